"""The colour table is the image, exactly."""

import numpy as np
import pytest

from flatten import flatten


@pytest.mark.parametrize("sort_below", [0, 1 << 30], ids=["counting", "sorting"])
def test_table_is_the_image(coffee, sort_below, monkeypatch):
    monkeypatch.setattr("_colors._SORT_BELOW", sort_below)
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
