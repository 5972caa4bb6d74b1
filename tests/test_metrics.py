"""Errors over pairs of colours, against an independent computation over all pixels."""

import math

import numpy as np
import pytest
from scipy.ndimage import minimum_filter
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from _metrics import delta_e, mean_squared_error, pair_colors, psnr, score_picture, ssim, weighted_quantile
from flatten import flatten


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
    assert (pairs.originals[pairs.index] == coffee.reshape(-1, 3)).all()
    assert (pairs.replacements[pairs.index] == palette[indices]).all()
    assert (np.bincount(pairs.index) == pairs.counts).all()


def test_mse_and_psnr_equal_scikit_images(coffee, coffee_table, indexed):
    palette, indices = indexed
    rebuilt = palette[indices].reshape(coffee.shape)
    mse = mean_squared_error(pair_colors(coffee_table, palette, indices))
    assert mse == pytest.approx(((coffee.astype(float) - rebuilt) ** 2).sum(axis=2).mean(), rel=1e-12)
    assert psnr(mse) == pytest.approx(peak_signal_noise_ratio(coffee, rebuilt), rel=1e-12)


def test_delta_e_equals_the_pixels(coffee, coffee_table, indexed):
    palette, indices = indexed
    pairs = pair_colors(coffee_table, palette, indices)
    expected = deltaE_ciede2000(rgb2lab(coffee.reshape(-1, 3)), rgb2lab(palette[indices]))
    assert delta_e(pairs)[pairs.index] == pytest.approx(expected)
    assert weighted_quantile(delta_e(pairs), pairs.counts, 0.95) == pytest.approx(
        np.sort(expected)[math.ceil(0.95 * len(expected)) - 1]
    )


def test_hand_computed():
    assert psnr(3 * 255**2) == 0
    assert psnr(3 * 2.55**2) == pytest.approx(40)
    assert math.isinf(psnr(0))


def test_ciede2000_is_sharmas():
    # First and last pairs of the reference data of Sharma, Wu and Dalal (2005), table 1.
    first = deltaE_ciede2000([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485])
    last = deltaE_ciede2000([2.0776, 0.0795, -1.1350], [0.9033, -0.0636, -0.5514])
    assert (first, last) == pytest.approx((2.0425, 0.9082), abs=5e-5)


def test_ssim_in_blocks_is_that_of_the_whole(coffee, monkeypatch):
    rebuilt = coffee // 32 * 32
    expected = structural_similarity(coffee, rebuilt, channel_axis=2, data_range=255)
    for block in (1, 7, 50, 1 << 30):
        monkeypatch.setattr("_metrics._BLOCK", block)
        assert ssim(coffee, rebuilt) == pytest.approx(expected, rel=1e-12)


def test_ssim_by_its_formula(coffee):
    """Uniform 7 × 7 windows with sample covariances, K₁ = 0.01, K₂ = 0.03, over the inner pixels."""
    original, rebuilt = coffee[:20, :24], coffee[:20, :24] // 32 * 32
    values = []
    for channel in range(3):
        a, b = original[..., channel].astype(float), rebuilt[..., channel].astype(float)
        for y, x in np.ndindex(14, 18):
            p, q = a[y : y + 7, x : x + 7].ravel(), b[y : y + 7, x : x + 7].ravel()
            (va, cov), (_, vb) = np.cov(p, q)
            c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
            top = (2 * p.mean() * q.mean() + c1) * (2 * cov + c2)
            values.append(top / ((p.mean() ** 2 + q.mean() ** 2 + c1) * (va + vb + c2)))
    assert ssim(original, rebuilt) == pytest.approx(np.mean(values), rel=1e-9)
    assert ssim(original[:6], rebuilt[:6]) is None


def test_of_a_cut_out_only_whole_windows_count(coffee):
    """Their mean is that of scikit-image's map, wherever all 49 pixels around count."""
    rebuilt = coffee // 32 * 32
    mask = np.ones((64, 96), bool)
    mask[20:30, 40:70] = mask[50, 3] = mask[:, 90:] = False
    table = flatten(np.dstack([coffee, mask * np.uint8(255)]))
    _, values = structural_similarity(coffee, rebuilt, channel_axis=2, data_range=255, full=True)
    whole = minimum_filter(mask, 7)[3:-3, 3:-3]
    palette, indices = np.unique(rebuilt[mask], axis=0, return_inverse=True)
    scores = score_picture(table, palette, indices.astype(np.uint8))
    assert scores["ssim"] == pytest.approx(values[3:-3, 3:-3][whole].mean(), rel=1e-9)
    squares = ((coffee[mask].astype(float) - rebuilt[mask]) ** 2).sum(axis=1)
    assert scores["mse"] == pytest.approx(squares.mean(), rel=1e-12)
    expected = deltaE_ciede2000(rgb2lab(coffee[mask]), rgb2lab(rebuilt[mask]))
    assert scores["delta_e_mean"] == pytest.approx(expected.mean(), rel=1e-6)
    stripes = np.zeros((64, 96), bool)
    stripes[::2] = True
    striped = flatten(np.dstack([coffee, stripes * np.uint8(255)]))
    palette, indices = np.unique(rebuilt[stripes], axis=0, return_inverse=True)
    assert score_picture(striped, palette, indices.astype(np.uint8))["ssim"] is None
