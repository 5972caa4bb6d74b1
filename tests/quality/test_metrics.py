"""Errors over pairs of colours, against an independent computation over all pixels."""

import math
import tracemalloc

import numpy as np
import pytest
from scipy.ndimage import minimum_filter
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from flatten import flatten
from photopalette.color.table import ColorTable
from photopalette.kernels.compiled import call
from photopalette.quality.metrics import (
    Reference,
    delta_e,
    mean_squared_error,
    pair_colors,
    psnr,
    score_picture,
    ssim,
    weighted_quantile,
)


@pytest.fixture(params=["flat", "dithered"])
def indexed(request, coffee, coffee_table):
    """A palette of six, and for each pixel the nearest of it, or any."""
    palette = np.random.default_rng(1).integers(0, 256, (6, 3), dtype=np.uint8)
    if request.param == "dithered":
        return palette, np.random.default_rng(2).integers(0, 6, coffee.size // 3).astype(np.uint8)
    distance = ((coffee_table.colors[:, None].astype(int) - palette) ** 2).sum(axis=2)
    return palette, distance.argmin(axis=1).astype(np.uint8)[coffee_table.index]


def test_pairs_are_the_pixels(coffee, coffee_table, indexed):
    palette, indices = indexed
    pairs = pair_colors(coffee_table, palette, indices)
    assert (coffee_table.colors[pairs.rows[pairs.index]] == coffee.reshape(-1, 3)).all()
    assert (pairs.labels[pairs.index] == indices).all()
    assert (np.bincount(pairs.index) == pairs.counts).all()


def test_mse_and_psnr_equal_scikit_images(coffee, coffee_table, indexed):
    palette, indices = indexed
    rebuilt = palette[indices].reshape(coffee.shape)
    mse = mean_squared_error(Reference(coffee_table), pair_colors(coffee_table, palette, indices))
    assert mse == pytest.approx(((coffee.astype(float) - rebuilt) ** 2).sum(axis=2).mean(), rel=1e-12)
    assert psnr(mse) == pytest.approx(peak_signal_noise_ratio(coffee, rebuilt), rel=1e-12)


def test_delta_e_equals_the_pixels(coffee, coffee_table, indexed):
    palette, indices = indexed
    pairs = pair_colors(coffee_table, palette, indices)
    expected = deltaE_ciede2000(rgb2lab(coffee.reshape(-1, 3)), rgb2lab(palette[indices]))
    found = delta_e(Reference(coffee_table), pairs)
    assert found[pairs.index] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert weighted_quantile(found, pairs.counts, 0.95) == pytest.approx(
        np.sort(expected)[math.ceil(0.95 * len(expected)) - 1]
    )


@pytest.mark.parametrize("quantile", [0, 0.5, 0.95, 0.99 + 1e-9, 1])
def test_quantiles_equal_numpys(quantile):
    rng = np.random.default_rng(3)
    values, counts = rng.integers(0, 50, 400).astype(float), rng.integers(1, 9, 400)
    assert weighted_quantile(values, counts, quantile) == np.quantile(
        values, quantile, weights=counts, method="inverted_cdf"
    )


def test_pairs_of_any_colours_and_palette_are_told_apart():
    """The last of all colours there can be, in the last of 256."""
    colors, index = np.zeros((1 << 24, 3), np.uint8), np.array([(1 << 24) - 1] * 3 + [0, 0], np.uint32)
    table = ColorTable(colors, np.zeros(1 << 24, np.int64), index, np.array([1, 5]))
    pairs = pair_colors(table, np.zeros((256, 3), np.uint8), np.array([255, 0, 255, 3, 2], np.uint8))
    assert pairs.rows.tolist() == [0, 0, (1 << 24) - 1, (1 << 24) - 1]
    assert pairs.labels.tolist() == [2, 3, 0, 255]
    assert pairs.counts.tolist() == [1, 1, 1, 2]
    assert pairs.index.tolist() == [3, 2, 3, 1, 0]


def test_dithered_pairs_take_as_much_room_as_the_pixels():
    """And not as colours × k, here 400 MB."""
    colors, pixels = 200_000, 400_000
    rng = np.random.default_rng(4)
    index = rng.integers(0, colors, pixels).astype(np.uint32)
    table = ColorTable(np.zeros((colors, 3), np.uint8), np.ones(colors, np.int64), index, np.array([1, pixels]))
    palette, indices = np.zeros((256, 3), np.uint8), rng.integers(0, 256, pixels).astype(np.uint8)
    tracemalloc.start()
    try:
        pairs = pair_colors(table, palette, indices)
        assert pairs.counts.sum() == pixels
        assert len(pairs.index) == pixels
        assert tracemalloc.get_traced_memory()[1] < 60 * pixels
    finally:
        tracemalloc.stop()


def test_hand_computed():
    assert psnr(3 * 255**2) == 0
    assert psnr(3 * 2.55**2) == pytest.approx(40)
    assert math.isinf(psnr(0))


def ciede2000(first, second):
    first, second = np.array(first, float).reshape(-1, 3), np.array(second, float).reshape(-1, 3)
    found, rows = np.empty(len(first)), np.arange(len(first), dtype=np.int32)
    kernels = "photopalette.kernels.metrics"
    call(kernels, "delta_e", first=first, second=second, rows=rows, labels=rows, differences=found)
    return found


def test_ciede2000_matches_sharmas_reference_data():
    """Pairs of the reference data of Sharma, Wu and Dalal (2005), table 1: 1, 4, 7 to 10, 13, 17, 19 and 34."""
    first = [[50, 2.6772, -79.7751], [50, -1.3802, -84.2814], [50, 0, 0], [50, -1, 2], [50, 2.49, -0.001]]
    first += [[50, 2.49, -0.001], [50, -0.001, 2.49], [50, 2.5, 0], [50, 2.5, 0], [2.0776, 0.0795, -1.1350]]
    second = [[50, 0, -82.7485], [50, 0, -82.7485], [50, -1, 2], [50, 0, 0], [50, -2.49, 0.0009]]
    second += [[50, -2.49, 0.0011], [50, 0.0009, -2.49], [73, 25, -18], [56, -27, -3], [0.9033, -0.0636, -0.5514]]
    expected = [2.0425, 1.0000, 2.3669, 2.3669, 7.1792, 7.2195, 4.8045, 27.1492, 31.9030, 0.9082]
    assert ciede2000(first, second) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("kind", ["any", "near", "grey", "same"])
def test_ciede2000_equals_scikit_images(kind):
    rng = np.random.default_rng(5)
    first = rng.integers(0, 256, (5000, 3), np.uint8)
    second = {
        "any": rng.integers(0, 256, (5000, 3), np.uint8),
        "near": (first.astype(int) + rng.integers(-2, 3, (5000, 3))).clip(0, 255).astype(np.uint8),
        "grey": first[:, :1].repeat(3, axis=1),
        "same": first,
    }[kind]
    first, second = rgb2lab(first), rgb2lab(second)
    assert ciede2000(first, second) == pytest.approx(deltaE_ciede2000(first, second), rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("shape", [(64, 96), (7, 7), (7, 40), (40, 7), (8, 9)])
@pytest.mark.parametrize("k", [1, 6, 256])
def test_ssim_equals_scikit_images(coffee, shape, k):
    original, rng = coffee[: shape[0], : shape[1]], np.random.default_rng(k)
    palette, indices = rng.integers(0, 256, (k, 3), np.uint8), rng.integers(0, k, shape[0] * shape[1]).astype(np.uint8)
    rebuilt = palette[indices].reshape(original.shape)
    expected = structural_similarity(original, rebuilt, channel_axis=2, data_range=255)
    assert ssim(original, palette, indices) == pytest.approx(expected, rel=1e-12)


def posterized(image):
    """An image of few colours, indexed, and as it is."""
    table = flatten(image // 64 * 64)
    return table.colors, table.index.astype(np.uint8), image // 64 * 64


def test_ssim_of_the_brightest_and_the_darkest():
    """The largest sums, at which an integer would run over."""
    black, white = np.zeros((20, 20, 3), np.uint8), np.full((20, 20, 3), 255, np.uint8)
    palette, indices = np.array([[255, 255, 255], [0, 0, 0]], np.uint8), np.arange(400).astype(np.uint8) % 2
    for original in (black, white):
        rebuilt = palette[indices].reshape(original.shape)
        expected = structural_similarity(original, rebuilt, channel_axis=2, data_range=255)
        assert ssim(original, palette, indices) == pytest.approx(expected, rel=1e-12)
    assert ssim(white, palette, np.zeros(400, np.uint8)) == 1


def test_ssim_by_its_formula(coffee):
    """Uniform 7 × 7 windows with sample covariances, K₁ = 0.01, K₂ = 0.03, over the inner pixels."""
    original = coffee[:20, :24]
    palette, indices, rebuilt = posterized(original)
    values = []
    for channel in range(3):
        a, b = original[..., channel].astype(float), rebuilt[..., channel].astype(float)
        for y, x in np.ndindex(14, 18):
            p, q = a[y : y + 7, x : x + 7].ravel(), b[y : y + 7, x : x + 7].ravel()
            (va, cov), (_, vb) = np.cov(p, q)
            c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
            top = (2 * p.mean() * q.mean() + c1) * (2 * cov + c2)
            values.append(top / ((p.mean() ** 2 + q.mean() ** 2 + c1) * (va + vb + c2)))
    assert ssim(original, palette, indices) == pytest.approx(np.mean(values), rel=1e-9)
    assert ssim(original[:6], palette, indices[: 6 * 24]) is None


@pytest.mark.parametrize("shown", [(64, 96), (7, 7), (64, 8), (6, 96)])
def test_in_a_cut_out_only_whole_windows_count(coffee, shown):
    """Their mean is that of scikit-image's map, wherever all 49 pixels around count."""
    original = coffee[: shown[0], : shown[1]]
    rebuilt = original // 32 * 32
    mask = np.ones(shown, bool)
    mask[20:30, 40:70] = mask[50:51, 3] = mask[:, 90:] = False
    if shown == (64, 8):
        mask[:3] = False
    table = flatten(np.dstack([original, mask * np.uint8(255)]))
    palette, indices = np.unique(rebuilt[mask], axis=0, return_inverse=True)
    scores = score_picture(Reference(table), palette, indices.astype(np.uint8))
    if shown[0] < 7:
        assert scores["ssim"] is None
    else:
        _, values = structural_similarity(original, rebuilt, channel_axis=2, data_range=255, full=True)
        whole = minimum_filter(mask, 7)[3:-3, 3:-3]
        assert scores["ssim"] == pytest.approx(values[3:-3, 3:-3][whole].mean(), rel=1e-9)
    squares = ((original[mask].astype(float) - rebuilt[mask]) ** 2).sum(axis=1)
    assert scores["mse"] == pytest.approx(squares.mean(), rel=1e-12)
    expected = deltaE_ciede2000(rgb2lab(original[mask]), rgb2lab(rebuilt[mask]))
    assert scores["delta_e_mean"] == pytest.approx(expected.mean(), rel=1e-6)


def test_a_cut_out_without_a_whole_window_has_no_ssim(coffee):
    stripes = np.zeros((64, 96), np.uint8)
    stripes[::2] = 255
    table = flatten(np.dstack([coffee, stripes]))
    scores = score_picture(Reference(table), table.colors[:1], np.zeros(len(table.index), np.uint8))
    assert scores["ssim"] is None
