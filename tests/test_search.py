"""The search finds the global optimum where it can be known, and fixed points of Lloyd everywhere."""

from itertools import product

import numpy as np
import pytest
from sklearn.cluster import KMeans

import _search
from _search import breathe, lloyd, merge_cells, search, swap, variance_cuts


def exhaustive(points, weights, k):
    """Inertia of the best of all partitions into k clusters."""
    best = np.inf
    for labels in product(range(k), repeat=len(points) - 1):
        labels = np.array((0, *labels))
        inertia = 0.0
        for cluster in range(k):
            rows = labels == cluster
            if rows.any():
                mean = np.average(points[rows], axis=0, weights=weights[rows])
                inertia += weights[rows] @ ((points[rows] - mean) ** 2).sum(axis=1)
        best = min(best, inertia)
    return best


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("n", "k"), [(12, 2), (9, 3), (8, 1), (5, 5)])
def test_global_optimum_of_tiny_tables(seed, n, k):
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 256, (n, 3)).astype(float)
    weights = rng.integers(1, 50, n).astype(float)
    found = min(restart.solution.inertia for restart in search(points, weights, k, 10, 300, 0))
    assert found == pytest.approx(exhaustive(points, weights, k), rel=1e-9, abs=1e-6)


@pytest.fixture(scope="module")
def chart():
    """A colour chart: flat patches of unequal size plus noise, where restarts alone get stuck."""
    rng = np.random.default_rng(5)
    patches = rng.integers(0, 256, (24, 3)).repeat(rng.integers(5, 400, 24), axis=0)
    pixels = np.clip(np.rint(patches + rng.normal(0, 6, patches.shape)), 0, 255)
    points, weights = np.unique(pixels, axis=0, return_counts=True)
    return points, weights.astype(float)


@pytest.mark.parametrize("k", [4, 6, 7, 9, 10])
def test_colour_chart_within_a_thousandth_of_many_restarts(chart, k):
    points, weights = chart
    found = min(restart.solution.inertia for restart in search(points, weights, k, 10, 300, 42))
    reference = KMeans(k, n_init=100, random_state=1, tol=0).fit(points, sample_weight=weights)
    assert found <= reference.inertia_ * 1.001


@pytest.mark.parametrize("large", [False, True])
def test_solutions_are_fixed_points_of_lloyd(chart, large, monkeypatch):
    points, weights = chart
    if large:  # by way of a copy of fewer points
        monkeypatch.setattr(_search, "_LARGE", len(points) - 1)
        monkeypatch.setattr(_search, "_MIDDLE_ROWS", 1000)
        monkeypatch.setattr(_search, "_COARSE_ROWS", 100)
    for _, _, solution in search(points, weights, 8, 4, 300, 0):
        labels = ((points[:, None] - solution.centroids) ** 2).sum(axis=2).argmin(axis=1)
        means = [np.average(points[labels == j], axis=0, weights=weights[labels == j]) for j in range(8)]
        assert np.abs(solution.centroids - means).max() < 1e-9
        assert (solution.labels == labels).all()


def test_breathing_and_swaps_never_make_worse(chart):
    points, weights = chart
    start = lloyd(points, weights, points[:9], 300)
    breathed = breathe(points, weights, start, 300, np.random.default_rng(0))
    swapped = swap(points, weights, breathed, 300)
    assert swapped.inertia <= breathed.inertia <= start.inertia
    assert swapped.inertia < start.inertia


def test_merging_keeps_weight_and_mean(chart):
    points, weights = chart
    coarse, total = merge_cells(points, weights, 300)
    assert len(coarse) <= 300
    assert total.sum() == weights.sum()
    assert total @ coarse == pytest.approx(weights @ points)


def test_variance_cuts_part_what_is_apart():
    points = np.array([[0, 0, 0], [1, 0, 0], [100, 0, 0], [101, 0, 0], [0, 0, 250]], float)
    means, labels = variance_cuts(points, np.array([1.0, 3, 2, 2, 5]), 3)
    expected = [[0.75, 0, 0], [0.75, 0, 0], [100.5, 0, 0], [100.5, 0, 0], [0, 0, 250]]
    assert means[labels].tolist() == expected


def test_same_seed_same_result(chart):
    points, weights = chart
    first, second = (search(points, weights, 7, 3, 300, 42) for _ in range(2))
    assert [r.solution.inertia for r in first] == [r.solution.inertia for r in second]
