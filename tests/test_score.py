"""Errors of the rounded palette, against an independent computation over all pixels."""

import math

import numpy as np
import pandas as pd
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio

from _colors import round_palette
from cluster import fit
from flatten import flatten
from score import delta_e, entropy, mean_squared_error, psnr, restart_statistics, ssim

KMEANS = {"refine": "breathing", "n_init": 2, "max_iter": 300, "random_state": 0}


def test_mse_and_psnr_equal_scikit_images(coffee, coffee_table):
    clusters = fit(coffee_table, 6, "colors", **KMEANS)
    palette = round_palette(clusters.centroids)
    rebuilt = palette[clusters.labels[coffee_table.index]].reshape(coffee.shape)
    mse = mean_squared_error(coffee_table, palette, clusters.labels)
    assert mse == pytest.approx(((coffee.astype(float) - rebuilt) ** 2).sum(axis=2).mean(), rel=1e-12)
    assert psnr(mse) == pytest.approx(peak_signal_noise_ratio(coffee, rebuilt), rel=1e-12)


def test_hand_computed():
    assert psnr(3 * 255**2) == 0
    assert psnr(3 * 2.55**2) == pytest.approx(40)
    assert math.isinf(psnr(0))


def test_restart_statistics():
    inertias = pd.Series([100.0, 100.00005, 103.0, 104.0, 110.0])
    assert restart_statistics(inertias) == {"restarts": 5, "hits": 2, "spread": pytest.approx(3)}
    assert restart_statistics(pd.Series([100.0])) == {"restarts": 1, "hits": None, "spread": None}
    assert restart_statistics(pd.Series([0.0, 0.0])) == {"restarts": 2, "hits": 2, "spread": 0.0}


def test_delta_e_equals_the_pixels():
    """CIEDE2000 over weighted colours, against the pixel-by-pixel mean and percentile."""
    table = flatten(np.array([[[255, 0, 0], [250, 5, 5], [250, 5, 5], [0, 0, 255]]], np.uint8))
    palette = np.array([[255, 0, 0], [0, 0, 250]], np.uint8)
    labels = np.array([1, 0, 0])
    pixels, rebuilt = table.colors[table.index], palette[labels[table.index]]
    differences = deltaE_ciede2000(rgb2lab(pixels), rgb2lab(rebuilt))
    mean, percentile = delta_e(table, palette, labels)
    assert mean == pytest.approx(differences.mean())
    assert percentile == pytest.approx(np.sort(differences)[math.ceil(0.95 * 4) - 1])


def test_ciede2000_is_sharmas():
    # First and last pairs of the reference data of Sharma, Wu and Dalal (2005), table 1.
    first = deltaE_ciede2000([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485])
    last = deltaE_ciede2000([2.0776, 0.0795, -1.1350], [0.9033, -0.0636, -0.5514])
    assert (first, last) == pytest.approx((2.0425, 0.9082), abs=5e-5)


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


def test_entropy():
    assert entropy(np.array([5, 5, 5, 5])) == 2
    assert entropy(np.array([7])) == 0
    assert entropy(np.array([3, 1])) == pytest.approx(0.811278, abs=1e-6)
