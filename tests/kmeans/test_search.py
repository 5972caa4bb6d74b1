"""The search finds the global optimum where it can be known, and fixed points of Lloyd everywhere."""

from itertools import product

import numpy as np
import pytest
from sklearn.cluster import KMeans

from photopalette.kmeans import search as _search
from photopalette.kmeans.lloyd import Solution, lloyd
from photopalette.kmeans.search import improve, kmeans_plusplus, maximin, merge_cells, search, variance_cuts
from proofs import least_beside


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


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("n", "fixed", "free"), [(10, 1, 1), (9, 1, 2), (7, 2, 3), (5, 1, 4)])
def test_global_optimum_beside_centroids_that_are_kept(seed, n, fixed, free):
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 256, (n, 3)).astype(float)
    weights = rng.integers(1, 50, n).astype(float)
    kept = rng.integers(0, 256, (fixed, 3)).astype(float)
    restarts = search(points, weights, fixed + free, 10, 300, 0, kept)
    for restart in restarts:
        assert (restart.solution.centroids[:fixed] == kept).all()
        distances = ((points[:, None] - restart.solution.centroids) ** 2).sum(axis=2)
        assert restart.solution.inertia == pytest.approx(weights @ distances.min(axis=1), rel=1e-9, abs=1e-6)
    least, _ = least_beside(points, weights, kept, free)
    assert min(restart.solution.inertia for restart in restarts) == pytest.approx(least, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("free", [3, 9, 20])
def test_what_is_found_beside_kept_centroids_is_better_than_restarts_of_lloyd(coffee_table, free):
    """And than the centroids that are best without them, moved as little as that takes."""
    points, weights = coffee_table.colors.astype(float), coffee_table.counts.astype(float)
    kept = np.array([[255.0, 255, 255], [228, 0, 43], [20, 90, 200]])
    found = min(restart.solution.inertia for restart in search(points, weights, free + 3, 4, 300, 42, kept))
    rng = np.random.default_rng(0)
    for _ in range(10):
        centroids = np.concatenate([kept, points[rng.choice(len(points), free, replace=False)]])
        for _ in range(60):
            labels = ((points[:, None] - centroids) ** 2).sum(axis=2).argmin(axis=1)
            for cluster in set(labels.tolist()) - {0, 1, 2}:
                own = labels == cluster
                centroids[cluster] = np.average(points[own], axis=0, weights=weights[own])
        inertia = weights @ ((points[:, None] - centroids) ** 2).sum(axis=2).min(axis=1)
        assert found <= inertia * (1 + 1e-9)


def test_every_restart_tells_its_seed_and_kind():
    rng = np.random.default_rng(0)
    points, weights = rng.integers(0, 256, (50, 3)).astype(float), np.ones(50)
    restarts = search(points, weights, 3, 4, 300, 42)
    assert [(restart.seed, restart.number, restart.kind) for restart in restarts] == [
        (42, 0, "variance cuts"),
        (42, 1, "maximin"),
        (42, 2, "k-means++"),
        (42, 3, "k-means++"),
        (42, None, "crossover"),
    ]


@pytest.mark.parametrize("k", [12, 20])
def test_a_restart_is_had_again_by_its_seed_and_number(coffee_table, k):
    points, weights = coffee_table.colors.astype(float), coffee_table.counts.astype(float)
    restarts = [restart for restart in search(points, weights, k, 5, 300, 42) if restart.number is not None]
    assert len({restart.solution.inertia for restart in restarts}) > 1
    for restart in restarts:
        again = search(points, weights, k, restart.number + 1, 300, restart.seed)[restart.number]
        assert again.kind == restart.kind
        assert again.solution.inertia == restart.solution.inertia
        assert (again.solution.centroids == restart.solution.centroids).all()


def test_a_restart_draws_from_its_seed_and_number(coffee_table, monkeypatch):
    points, weights = coffee_table.colors.astype(float), coffee_table.counts.astype(float)
    drawn, generator = [], np.random.default_rng
    monkeypatch.setattr(np.random, "default_rng", lambda seed: drawn.append(tuple(seed)) or generator(seed))
    restarts = search(points, weights, 4, 4, 300, 7)
    assert drawn == [(7, 0), (7, 1), (7, 2), (7, 3), (7, 4)]
    assert [restart.number for restart in restarts] == [0, 1, 2, 3, None], "the last draws are the crossover's"


def test_maximin_weighs_distance_against_pixels():
    """From the heaviest point 81 · √1, 49 · √4 and 1 · √900; then what is far from both."""
    points = np.array([[0.0, 0, 0], [9, 0, 0], [0, 7, 0], [0, 0, 1]])
    weights = np.array([1000.0, 1, 4, 900])
    assert maximin(points, weights, 3).tolist() == [[0, 0, 0], [0, 7, 0], [9, 0, 0]]


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


# By seed: k, and the least squared error per pixel that searches with many seeds found.
HARD = {17: (8, 466.041), 22: (6, 1915.161), 27: (12, 17.284), 49: (12, 18.150)}


def hard_chart(seed):
    """A dozen to thirty patches of very unequal size: colours and their counts."""
    rng = np.random.default_rng(seed)
    patches = rng.integers(12, 32)
    pixels = rng.integers(10, 246, (patches, 3)).repeat(1 + (4000 * rng.random(patches) ** 4).astype(int), axis=0)
    points, counts = np.unique(pixels + rng.integers(-4, 5, pixels.shape), axis=0, return_counts=True)
    return points.astype(float), counts.astype(float)


@pytest.mark.parametrize("random_state", [42, 1, 2])
@pytest.mark.parametrize("seed", HARD)
def test_a_better_optimum_is_found_where_restarts_agree_too_early(seed, random_state):
    (points, weights), (k, best) = hard_chart(seed), HARD[seed]
    restarts = search(points, weights, k, 10, 300, random_state)
    assert min(restart.solution.inertia for restart in restarts) / weights.sum() <= best * 1.001


@pytest.mark.parametrize("random_state", [42, 1, 2, 3])
def test_few_colours_of_very_unequal_weight(random_state):
    """Twenty to four hundred unrelated colours, most of them rare, as in a logo."""
    rng = np.random.default_rng(3000)
    number = rng.integers(20, 400)
    colors, times = rng.integers(0, 256, (number, 3)), 1 + (1e4 * rng.random(number) ** 8).astype(int)
    points, weights = np.unique(colors.repeat(times, axis=0), axis=0, return_counts=True)
    restarts = search(points.astype(float), weights.astype(float), 16, 10, 300, random_state)
    assert min(restart.solution.inertia for restart in restarts) <= 698_272_788.1 * 1.0015


@pytest.mark.parametrize("k", [9, 10, 11])
def test_no_small_step_leads_lloyd_to_a_better_optimum(coffee_table, k):
    """By more than a few millionths."""
    points, weights = coffee_table.colors.astype(float), coffee_table.counts.astype(float)
    best = min((restart.solution for restart in search(points, weights, k, 10, 300, 42)), key=lambda it: it.inertia)
    rng = np.random.default_rng(0)
    for _ in range(20):
        beside = lloyd(points, weights, best.centroids + rng.normal(0, 0.5, (k, 3)), 300)
        assert beside.inertia >= best.inertia * (1 - 5e-6)


@pytest.mark.parametrize("random_state", [42, 1, 2])
@pytest.mark.parametrize(("k", "best"), [(14, 158_255.965), (16, 144_479.541)])
def test_what_is_best_on_few_points_is_best_on_all(k, best, random_state):
    """Optima that lie close together are told apart, though they are searched on copies of fewer points."""
    points, weights = hard_chart(49)
    restarts = search(points, weights, k, 10, 300, random_state)
    assert min(restart.solution.inertia for restart in restarts) <= best * 1.0005


@pytest.mark.parametrize("random_state", [42, 1, 2])
def test_sixteen_colours_of_a_printed_page(random_state):
    """Shades between white and a few inks; the least squared error per pixel is the best of many searches."""
    rng = np.random.default_rng(24)
    inks = rng.integers(0, 200, (rng.integers(4, 10), 3))
    shades = rng.random((4000, 1)) ** 0.7
    pixels = 255 - shades * (255 - inks[rng.integers(0, len(inks), 4000)]) + rng.normal(0, 2, (4000, 3))
    points, counts = np.unique(np.clip(np.rint(pixels), 0, 255), axis=0, return_counts=True)
    restarts = search(points, counts.astype(float), 16, 10, 300, random_state)
    assert min(restart.solution.inertia for restart in restarts) / counts.sum() <= 282.9993 * 1.001


def small_table(seed):
    """A few hundred colours: on a coarse grid, greys, or a noisy gradient."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(50, 600))
    if seed % 3 == 0:
        colors = 5 * rng.integers(0, 30, (n, 3))
    elif seed % 3 == 1:
        colors = np.repeat(rng.integers(0, 256, (n, 1)), 3, axis=1)
    else:
        across, down = np.arange(n) % 17, np.arange(n) // 17
        colors = np.outer(across, [14, 0, 7]) + np.outer(down, [0, 200 / (n // 17), 9])
        colors = np.rint(colors + rng.integers(-12, 13, (n, 3)))
    points, counts = np.unique(colors, axis=0, return_counts=True)
    return points.astype(float), counts.astype(float)


@pytest.mark.parametrize("seed", [0, 2, 24, 33, 39, 40])
def test_small_tables_are_never_worse_than_plain_restarts(seed):
    """However few restarts are asked for."""
    points, weights = small_table(seed)
    for k in (2, 3, 5):
        reference = KMeans(k, n_init=10, random_state=0, tol=0).fit(points, sample_weight=weights)
        for n_init in (1, 4, 10):
            found = min(restart.solution.inertia for restart in search(points, weights, k, n_init, 300, 42))
            assert found <= reference.inertia_ * (1 + 1e-9), (k, n_init)


@pytest.mark.parametrize("large", [False, True])
def test_solutions_are_fixed_points_of_lloyd(chart, large, monkeypatch):
    points, weights = chart
    if large:  # by way of a copy of fewer points
        monkeypatch.setattr(_search, "_LARGE", len(points) - 1)
        monkeypatch.setattr(_search, "_MIDDLE_ROWS", 1000)
        monkeypatch.setattr(_search, "_COARSE_ROWS", 100)
    for *_, solution in search(points, weights, 8, 4, 300, 0):
        labels = ((points[:, None] - solution.centroids) ** 2).sum(axis=2).argmin(axis=1)
        means = [np.average(points[labels == j], axis=0, weights=weights[labels == j]) for j in range(8)]
        assert np.abs(solution.centroids - means).max() < 1e-9
        assert (solution.labels == labels).all()


def test_improving_makes_better_where_restarts_get_stuck(chart):
    points, weights = chart
    start = lloyd(points, weights, points[:9], 300)
    improved = improve(points, weights, start, 4, 300, np.random.default_rng(0))
    reference = KMeans(9, n_init=30, random_state=1, tol=0).fit(points, sample_weight=weights)
    assert improved.inertia < start.inertia
    assert improved.inertia <= reference.inertia_ * 1.01


def test_improving_a_single_centroid_is_lloyd(chart):
    points, weights = chart
    start = Solution(points[:1], np.zeros(len(points), np.int32), np.inf, 0)
    assert improve(points, weights, start, 4, 300, np.random.default_rng(0)).centroids[0] == pytest.approx(
        np.average(points, axis=0, weights=weights)
    )


def test_seeds_are_drawn_by_weighted_squared_distance():
    """Against the shares that Arthur and Vassilvitskii's definition gives, over many draws."""
    points = np.array([[0, 0, 0], [1, 0, 0], [3, 0, 0]], float)
    weights = np.array([2.0, 1.0, 1.0])
    draws = [kmeans_plusplus(points, weights, 2, np.random.default_rng(seed)) for seed in range(4000)]
    first = np.array([np.flatnonzero((points == seeds[0]).all(axis=1))[0] for seeds in draws])
    second = np.array([np.flatnonzero((points == seeds[1]).all(axis=1))[0] for seeds in draws])
    assert np.bincount(first) / 4000 == pytest.approx([0.5, 0.25, 0.25], abs=0.03)
    after_zero = second[first == 0]
    assert np.bincount(after_zero, minlength=3) / len(after_zero) == pytest.approx([0, 0.1, 0.9], abs=0.03)


def halve_the_worst(points, weights, rows):
    """Halve cells along one axis after the other, always the one with the largest inertia; sorted means, and weights.

    The points are 8-bit colours whose darkest and brightest channels are 0 and 255, so that a cell is a range of bits.
    """

    def cell(rows_of_it, depth):
        mean = np.average(points[rows_of_it], axis=0, weights=weights[rows_of_it])
        return weights[rows_of_it] @ ((points[rows_of_it] - mean) ** 2).sum(axis=1), rows_of_it, depth, mean

    cells = [cell(np.arange(len(points)), 0)]
    while len(cells) < rows:
        cells.sort(key=lambda cell: cell[0])
        _, of_it, depth, _ = cells.pop()
        upper = points[of_it, depth % 3].astype(int) >> (7 - depth // 3) & 1 == 1
        cells += [cell(half, depth + 1) for half in (of_it[upper], of_it[~upper]) if len(half)]
    return np.array(sorted([*mean, weights[of_it].sum()] for _, of_it, _, mean in cells))


@pytest.mark.parametrize("rows", [1, 2, 50, 300])
def test_merging_halves_the_cells_of_largest_inertia(rows):
    rng = np.random.default_rng(3)
    points = np.unique(np.clip(np.rint(rng.normal(120, [60, 30, 10], (3000, 3))), 0, 255), axis=0)
    points = np.vstack([np.zeros(3), points, np.full(3, 255.0)])
    weights = rng.integers(1, 9, len(points)) ** 3.0
    merged, total = merge_cells(points, weights, rows)
    found = np.column_stack([merged, total])
    expected = halve_the_worst(points, weights, rows)
    assert found[np.lexsort(found.T[::-1])] == pytest.approx(expected)


def test_variance_cuts_part_what_is_apart():
    points = np.array([[0, 0, 0], [1, 0, 0], [100, 0, 0], [101, 0, 0], [0, 0, 250]], float)
    means, labels = variance_cuts(points, np.array([1.0, 3, 2, 2, 5]), 3)
    expected = [[0.75, 0, 0], [0.75, 0, 0], [100.5, 0, 0], [100.5, 0, 0], [0, 0, 250]]
    assert means[labels].tolist() == expected


def test_same_seed_same_result(chart):
    points, weights = chart
    first, second = (search(points, weights, 7, 3, 300, 42) for _ in range(2))
    assert [r.solution.inertia for r in first] == [r.solution.inertia for r in second]
