"""Lower bounds of the inertia hold, against every partition of small sets and by a proof of another kind."""

import numpy as np
import pytest

from photopalette.color.spaces import to_space
from photopalette.kmeans.bound import lower_bound
from photopalette.kmeans.lloyd import lloyd
from photopalette.kmeans.search import search
from proofs import holds, least_beside, least_inertia, partitions

LIMIT = 1e-12  # of the inertia, for rounding in the sums that are compared


def draw(kind, rng, n):
    """Colours of a kind, distinct, and their space."""
    if kind in ("greys", "greys in lab"):
        return np.repeat(rng.choice(256, n, replace=False)[:, None], 3, axis=1), "lab" if "lab" in kind else "rgb"
    if kind == "line":
        return [10, 20, 30] + rng.choice(25, n, replace=False)[:, None] * [7, 3, -1], "rgb"
    levels = rng.choice((4 if kind == "close" else 256) ** 3, n, replace=False)
    size = 4 if kind == "close" else 256
    return np.stack([levels // size**2, levels // size % size, levels % size], axis=1), {
        "lab": "lab",
        "oklab": "oklab",
    }.get(kind, "rgb")


@pytest.mark.parametrize("kind", ["rgb", "lab", "oklab", "close", "line", "greys", "greys in lab"])
def test_no_partition_is_below_the_bound(kind):
    """And the bound is often within a hair of the best, whatever the weights and the fit it starts from."""
    rng, gaps = np.random.default_rng(7), []
    for n, k in [(4, 2), (6, 2), (6, 3), (7, 4), (8, 2), (8, 3), (8, 4), (10, 2), (10, 3), (10, 4)]:
        ways = partitions(n, k)
        for weighing in ("pixels", "roots", "far apart"):
            colors, space = draw(kind, rng, n)
            points = to_space(colors.astype(np.uint8), space)
            weights = rng.integers(1, 100, n).astype(float)
            weights = {"pixels": weights, "roots": weights**0.5, "far apart": weights**4}[weighing]
            least, centroids = least_inertia(points, weights, ways)
            poor = lloyd(points, weights, points[:k], 3)
            for start in (lloyd(points, weights, centroids, 0), poor):
                bound = lower_bound(points, weights, start.centroids, start.inertia)
                assert bound.value <= least * (1 + LIMIT), (n, k, weighing)
            best = lower_bound(points, weights, centroids, least)
            gaps.append(1 - best.value / least)
    assert np.median(gaps) < 1e-3
    if kind in ("line", "greys"):
        assert max(gaps) < 1e-9


@pytest.mark.parametrize("kind", ["rgb", "lab", "close", "greys"])
def test_nothing_beside_kept_centroids_is_below_the_bound(kind):
    rng, gaps = np.random.default_rng(8), []
    for n, fixed, free in [(4, 1, 1), (8, 1, 1), (8, 1, 2), (8, 3, 2), (7, 2, 3), (5, 7, 2), (6, 2, 0)]:
        for weighing in (1, 4):
            colors, space = draw(kind, rng, n)
            points, kept = (to_space(levels.astype(np.uint8), space) for levels in (colors, draw(kind, rng, fixed)[0]))
            weights = rng.integers(1, 100, n).astype(float) ** weighing
            least, centroids = least_beside(points, weights, kept, free)
            poor = lloyd(points, weights, np.concatenate([kept, points[:free]]), 3, fixed)
            for start in (lloyd(points, weights, centroids, 0), poor):
                bound = lower_bound(points, weights, start.centroids, start.inertia, fixed=fixed)
                assert 0 <= bound.value <= least * (1 + LIMIT), (n, fixed, free)
            best = lower_bound(points, weights, centroids, least, fixed=fixed)
            gaps.append(1 - best.value / least if least else 0.0)
    assert np.median(gaps) < 1e-3


def fitted(points, weights, k, *kept):
    return min((run.solution for run in search(points, weights, k, 4, 300, 42, *kept)), key=lambda run: run.inertia)


@pytest.mark.parametrize("free", [1, 4])
def test_the_numbers_of_a_bound_beside_kept_centroids_prove_it(coffee_table, free):
    points, weights = coffee_table.colors.astype(float), coffee_table.counts.astype(float)
    kept = np.array([[255.0, 255, 255], [100, 60, 40]])
    fit = fitted(points, weights, free + 2, kept)
    bound = lower_bound(points, weights, fit.centroids, fit.inertia, fixed=2)
    assert (bound.method, bound.complete) == ("dual", True)
    assert 0.98 * fit.inertia < bound.value <= fit.inertia
    assert (bound.radii <= ((points[:, None] - kept) ** 2).sum(axis=2).min(axis=1)).all()
    assert holds(coffee_table.colors, coffee_table.counts, bound.radii, free, bound.value, 1e-3 * fit.inertia)


@pytest.mark.parametrize("k", [2, 4, 7])
def test_the_numbers_of_a_bound_prove_it(coffee_table, k):
    points, weights = coffee_table.colors.astype(float), coffee_table.counts.astype(float)
    fit = fitted(points, weights, k)
    bound = lower_bound(points, weights, fit.centroids, fit.inertia)
    assert bound.method == "dual"
    assert bound.complete
    assert 0.99 * fit.inertia < bound.value <= fit.inertia
    assert holds(coffee_table.colors, coffee_table.counts, bound.radii, k, bound.value, 1e-3 * fit.inertia)
    # The proof would notice a bound that is too high.
    assert not holds(coffee_table.colors, coffee_table.counts, bound.radii, k, 1.02 * fit.inertia, 0.0)


@pytest.mark.parametrize(("limit", "at_least"), [(0, 0.0), (20_000, 0.0), (200_000, 0.5), (10**9, 0.99)])
def test_a_search_that_had_to_stop_gives_a_weaker_bound(limit, at_least):
    rng = np.random.default_rng(3)
    points = np.unique(np.rint(rng.normal(128, 30, (800, 3))), axis=0)
    weights, k = np.ones(len(points)), 2
    fit = fitted(points, weights, k)
    bound = lower_bound(points, weights, fit.centroids, fit.inertia, limit)
    assert bound.complete == (limit == 10**9)
    assert bound.method == ("none" if bound.value == 0 else "dual")
    assert at_least * fit.inertia <= bound.value <= fit.inertia
    if bound.method == "dual":
        colors, counts = points.astype(np.uint8), np.ones(len(points), np.int64)
        assert holds(colors, counts, bound.radii, k, bound.value, 2e-3 * fit.inertia)


def test_what_is_exact_by_itself():
    points, weights = np.array([[0.0, 0, 0], [4, 0, 0], [0, 3, 1]]), np.array([1.0, 3, 2])
    assert lower_bound(points, weights, points, 0.0)[:2] == (0.0, "all")
    mean = np.array([[2.0, 1, 1 / 3]])
    inertia = float((weights * ((points - mean) ** 2).sum(axis=1)).sum())
    assert lower_bound(points, weights, mean, inertia)[:2] == (pytest.approx(inertia, rel=1e-12), "mean")
    assert lower_bound(points, weights, mean, inertia).value <= inertia
    # Worse than the mean: the bound is what the mean has.
    assert lower_bound(points, weights, mean + 1, inertia + 18).value == pytest.approx(inertia, rel=1e-12)


def test_all_greys_are_solved():
    """K-means on 256 levels, each with its own number of pixels, by another program: intervals, one split at a time."""
    levels, k = np.arange(256), 9
    weights = 1.0 + (levels * 37 % 101)
    moments = np.concatenate([[[0, 0, 0]], np.cumsum(weights[:, None] * levels[:, None] ** [0, 1, 2], axis=0)])
    best = [0.0] + [np.inf] * 256
    for _ in range(k):
        best = [0.0] + [
            min(best[i] + (m := moments[j] - moments[i])[2] - m[1] ** 2 / m[0] for i in range(j)) for j in range(1, 257)
        ]
    points = np.repeat(levels[:, None], 3, axis=1).astype(float)
    fit = fitted(points, weights, k)
    bound = lower_bound(points, weights, fit.centroids, fit.inertia)
    assert (bound.method, bound.value) == ("line", pytest.approx(3 * best[256], rel=1e-9))
    assert bound.value <= fit.inertia


def test_places_of_no_use_and_heavy_colours_do_no_harm():
    """A white page with a few colours on it, and points without any room between them."""
    rng = np.random.default_rng(1)
    points = np.unique(rng.integers(0, 256, (3000, 3)).astype(float), axis=0)
    weights = np.ones(len(points))
    weights[-1] = 3e5
    flat = np.unique(points * [1, 1, 0], axis=0)
    for cloud, mass in ((points, weights), (flat, np.ones(len(flat)))):
        fit = fitted(cloud, mass, 3)
        bound = lower_bound(cloud, mass, fit.centroids, fit.inertia)
        assert 0.97 * fit.inertia < bound.value <= fit.inertia
