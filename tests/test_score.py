"""Errors of the rounded palette, against an independent computation over all pixels."""

import math

import pandas as pd
import pytest
from skimage.metrics import peak_signal_noise_ratio

from _colors import round_palette
from cluster import fit
from score import mean_squared_error, psnr, restart_statistics

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
    assert restart_statistics(inertias) == {"restarts": 5, "hits": 2, "spread": 3.0}
    assert restart_statistics(pd.Series([100.0])) == {"restarts": 1, "hits": None, "spread": None}
    assert restart_statistics(pd.Series([0.0, 0.0])) == {"restarts": 2, "hits": 2, "spread": 0.0}
