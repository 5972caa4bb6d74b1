"""Other quantizers run unaltered."""

import sys

import numpy as np
import pytest
from PIL import Image

from compare import compact, measure
from flatten import flatten
from photopalette.palettes.quantizers import QUANTIZERS, Quantized, choose_k
from photopalette.quality.metrics import Reference
from photopalette.run.job import JobError


@pytest.mark.parametrize(
    ("n_clusters", "answer", "expected"),
    [
        ([7], 3, [7]),
        ([2, 9], 5, [2, 9]),
        ([2, 3, 4, 5, 6], None, [2, 3, 4, 5, 6]),
        ([2, 3, 4, 5, 6, 7], None, [2, 3, 4, 5, 7]),
        ([2, 3, 4, 5, 6, 7], 6, [2, 3, 4, 6, 7]),
        (range(2, 11), None, [2, 4, 6, 8, 10]),
        (range(2, 11), 6, [2, 4, 6, 8, 10]),
        (range(2, 11), 7, [2, 4, 7, 8, 10]),
        (range(2, 11), 3, [2, 3, 6, 8, 10]),
        (range(2, 11), 9, [2, 4, 6, 9, 10]),
        (range(2, 11), 50, [2, 4, 6, 8, 10]),
        (range(2, 12), 9, [2, 4, 6, 9, 11]),
        (range(1, 257), 7, [1, 7, 128, 192, 256]),
        ([2, 4, 8, 16, 32, 64, 128, 256], None, [2, 4, 16, 64, 256]),
        ([2, 4, 8, 16, 32, 64, 128, 256], 36, [2, 4, 32, 64, 256]),
        ([2, 4, 8, 16, 32, 64, 128, 256], 90, [2, 4, 16, 64, 256]),
        ([2, 4, 8, 16, 32, 64, 128, 256], 100, [2, 4, 16, 128, 256]),
    ],
)
def test_a_few_k_are_both_ends_the_answer_and_others_evenly_between(n_clusters, answer, expected):
    assert choose_k(n_clusters, answer) == expected


def test_whatever_is_studied_a_few_k_are_five_with_the_one_nearest_to_the_answer():
    for size in range(6, 40):
        for n_clusters in (list(range(3, 3 + size)), [k * k for k in range(1, size + 1)]):
            for answer in range(1, n_clusters[-1] + 5, 3):
                chosen = choose_k(n_clusters, answer)
                assert chosen == sorted(set(chosen) & set(n_clusters))
                assert len(chosen) == 5
                assert (chosen[0], chosen[-1]) == (n_clusters[0], n_clusters[-1])
                assert min(abs(k - answer) for k in chosen) == min(abs(k - answer) for k in n_clusters)


def test_a_missing_imagequant_is_reported_plainly(coffee, coffee_table, monkeypatch):
    monkeypatch.setitem(sys.modules, "imagequant", None)
    with pytest.raises(JobError, match="imagequant is not installed; pip install imagequant, or take 'imagequant' out"):
        QUANTIZERS["imagequant"](coffee, coffee_table, 4, 42)


@pytest.mark.parametrize("method", QUANTIZERS)
@pytest.mark.parametrize("k", [1, 2, 5, 16])
def test_at_most_k_colours_and_one_for_every_pixel(coffee, coffee_table, method, k):
    palette, indices = compact(QUANTIZERS[method](coffee, coffee_table, k, 42))
    assert indices.shape == (64 * 96,)
    assert palette.dtype == indices.dtype == np.uint8
    row, _ = measure(Reference(coffee_table), Quantized(palette, indices))
    assert 1 <= row["colors_used"] <= k
    shown = palette[indices].reshape(coffee.shape)
    assert row["colors_used"] == len(np.unique(shown.reshape(-1, 3), axis=0))
    assert row["mse"] == pytest.approx(((coffee.astype(float) - shown) ** 2).sum(axis=2).mean())


@pytest.mark.parametrize("method", QUANTIZERS)
def test_nothing_is_dithered(coffee, coffee_table, method):
    """Equal pixels get equal colours."""
    _, indices = QUANTIZERS[method](coffee, coffee_table, 5, 42)
    pairs = np.unique(np.column_stack([coffee_table.index, indices]), axis=0)
    assert len(pairs) == len(coffee_table.colors)


@pytest.mark.parametrize("method", ["median-cut+kmeans", "max-coverage+kmeans"])
def test_the_polish_lowers_the_error(coffee, coffee_table, method):
    plain, polished = (
        measure(Reference(coffee_table), QUANTIZERS[name](coffee, coffee_table, 8, 42))[0]["mse"]
        for name in (method.removesuffix("+kmeans"), method)
    )
    assert polished < plain


def test_pillows_octree_has_no_polish(coffee):
    """Why there is no octree+kmeans."""
    image = Image.fromarray(coffee)
    plain, polished = (image.quantize(8, Image.Quantize.FASTOCTREE, kmeans=kmeans) for kmeans in (0, 1))
    assert plain.tobytes() == polished.tobytes()


@pytest.mark.parametrize("method", QUANTIZERS)
def test_a_few_flat_colours_are_kept(method):
    """Two colours far apart: every quantizer must find both, exactly or within a step of rounding."""
    image = np.zeros((8, 8, 3), np.uint8)
    image[:, 4:] = (248, 248, 248)
    palette, indices = QUANTIZERS[method](image, flatten(image), 2, 42)
    assert np.abs(palette[indices].reshape(image.shape).astype(int) - image).max() <= 8


@pytest.mark.parametrize("method", QUANTIZERS)
@pytest.mark.parametrize("k", [1, 2, 7, 256])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_fewer_colours_than_k(method, k, count):
    """No colours are invented, and a single one is kept, or nearly."""
    image = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 0, 255], [0, 250, 0]][:count]], np.uint8)
    row, _ = measure(Reference(flatten(image)), compact(QUANTIZERS[method](image, flatten(image), k, 42)))
    assert row["colors_used"] <= min(k, count)
    if count == 1:
        assert row["psnr"] > 40


@pytest.mark.parametrize("method", ["bisecting-kmeans", "median-cut+kmeans", "max-coverage+kmeans"])
def test_one_colour_is_the_mean_of_the_pixels(method):
    image = np.array([[[200, 10, 0]] * 9 + [[0, 110, 50]]], np.uint8)
    palette, indices = QUANTIZERS[method](image, flatten(image), 1, 42)
    assert np.abs(palette[indices].astype(int) - [180, 20, 5]).max() <= 1
