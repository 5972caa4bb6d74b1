"""The colour table is the image, exactly."""

import numpy as np
import pytest

from flatten import flatten
from photopalette.color.table import load_table, save_table


@pytest.mark.parametrize("sort_below", [0, 1 << 30], ids=["counting", "sorting"])
def test_table_is_the_image(coffee, sort_below, monkeypatch):
    monkeypatch.setattr("photopalette.color.table._SORT_BELOW", sort_below)
    table = flatten(coffee)
    flat = coffee.reshape(-1, 3)
    assert (table.colors[table.index] == flat).all()
    expected, counts = np.unique(flat, axis=0, return_counts=True)
    assert (table.colors == expected).all()
    assert (table.counts == counts).all()
    assert table.shape.tolist() == [64, 96]
    assert [array.dtype for array in table[:4]] == [np.uint8, np.int64, np.uint32, np.int64]


def test_extreme_colours():
    image = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 0, 0]]], np.uint8)
    table = flatten(image)
    assert table.colors.tolist() == [[0, 0, 0], [255, 0, 0], [255, 255, 255]]
    assert table.counts.tolist() == [2, 1, 1]
    assert table.index.tolist() == [0, 2, 1, 0]


@pytest.mark.parametrize("sort_below", [0, 1 << 30], ids=["counting", "sorting"])
def test_what_is_clear_is_not_in_the_table(coffee, sort_below, monkeypatch, tmp_path):
    monkeypatch.setattr("photopalette.color.table._SORT_BELOW", sort_below)
    mask = np.random.default_rng(2).random((64, 96)) < 0.5
    picture = np.dstack([coffee, mask * np.uint8(255)])
    save_table(tmp_path / "pixels.npz", flatten(picture))
    table = load_table(tmp_path / "pixels.npz")
    expected, counts = np.unique(coffee[mask], axis=0, return_counts=True)
    assert (table.colors == expected).all()
    assert (table.counts == counts).all()
    assert (table.colors[table.index] == coffee[mask]).all()
    assert (table.mask == mask).all()
    assert (table.picture()[mask] == picture[mask]).all()
    assert not table.picture()[~mask].any()


def test_without_clear_pixels_there_is_no_mask(coffee, tmp_path):
    save_table(tmp_path / "pixels.npz", flatten(np.dstack([coffee, np.full((64, 96), 255, np.uint8)])))
    with np.load(tmp_path / "pixels.npz") as arrays:
        assert arrays.files == ["colors", "counts", "index", "shape"]
    assert (load_table(tmp_path / "pixels.npz").picture() == coffee).all()


@pytest.mark.parametrize("sort_below", [0, 1 << 30], ids=["counting", "sorting"])
def test_a_colour_weighs_what_its_pixels_do(coffee, sort_below, monkeypatch, tmp_path):
    monkeypatch.setattr("photopalette.color.table._SORT_BELOW", sort_below)
    monkeypatch.setattr("photopalette.color.table._BLOCK", 1000)
    rng = np.random.default_rng(3)
    levels, mask = rng.integers(1, 256, (64, 96), dtype=np.uint8), rng.random((64, 96)) < 0.7
    save_table(tmp_path / "pixels.npz", flatten(np.dstack([coffee, mask * np.uint8(255)]), levels))
    table = load_table(tmp_path / "pixels.npz")
    for color, count, weight in zip(table.colors, table.counts, table.weights, strict=True):
        its = (coffee == color).all(axis=2) & mask
        assert (count, weight) == (np.count_nonzero(its), levels[its].sum(dtype=int))


@pytest.mark.parametrize("level", [1, 128, 255])
def test_weights_that_are_all_the_same_are_none(coffee, level):
    levels = np.full((64, 96), level, np.uint8)
    assert flatten(coffee, levels).weights is None
    # Whatever it is where nothing counts.
    levels[:5], mask = 9, np.arange(64)[:, None] >= np.full((64, 96), 5)
    assert flatten(np.dstack([coffee, mask * np.uint8(255)]), levels).weights is None
