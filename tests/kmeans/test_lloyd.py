"""Lloyd's iterations are scikit-learn's, and exact; swaps never make worse; nothing is touched out of bounds."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from photopalette.kmeans.lloyd import crossover, lloyd, swap
from project import ROOT

SCRIPTS = ROOT / "workflow/scripts"


def scattered(seed, n, levels=256):
    """Weighted points on a grid, so that distances tie; distinct ones."""
    rng = np.random.default_rng(seed)
    points = np.unique(rng.integers(0, levels, (n, 3)), axis=0).astype(float)
    return points, rng.integers(1, 50, len(points)).astype(float), rng


def squared(points, centroids):
    return ((points[:, None] - centroids) ** 2).sum(axis=2)


def inertia_of(points, weights, solution):
    return weights @ squared(points, solution.centroids)[np.arange(len(points)), solution.labels]


@pytest.mark.parametrize("k", [1, 2, 3, 7, 20, 64, 200])
@pytest.mark.parametrize("seed", range(5))
def test_the_same_seeds_end_as_in_scikit_learn(seed, k):
    points, weights, rng = scattered(seed, 2000)
    # Off the grid, where no two distances are equal: which of them wins is told apart below.
    points += rng.random(points.shape)
    seeds = points[rng.choice(len(points), k, replace=False)]
    found = lloyd(points, weights, seeds, 300)
    model = KMeans(k, init=seeds, n_init=1, max_iter=300, tol=0).fit(points, sample_weight=weights)
    assert (found.labels == model.labels_).all()
    assert found.centroids == pytest.approx(model.cluster_centers_, abs=1e-9)
    assert found.inertia == pytest.approx(model.inertia_, rel=1e-12)
    assert abs(found.n_iter - model.n_iter_) <= 1


@settings(max_examples=200)
@given(st.integers(0, 10**6), st.integers(1, 120), st.integers(2, 12), st.integers(1, 12), st.integers(0, 40))
def test_the_end_is_a_fixed_point_whatever_the_points(seed, n, levels, k, max_iter):
    """Each point is with the first of its nearest centroids, and each centroid is the mean of its points."""
    points, weights, rng = scattered(seed, n, levels)
    k = min(k, len(points))
    seeds = rng.integers(0, levels, (k, 3)).astype(float)  # repeated ones and unused ones among them
    found = lloyd(points, weights, seeds, max_iter)
    assert found.inertia == pytest.approx(inertia_of(points, weights, found), rel=1e-9, abs=1e-9)
    assert found.n_iter <= max_iter
    distance = squared(points, found.centroids)
    assert distance[np.arange(len(points)), found.labels] == pytest.approx(distance.min(axis=1), abs=1e-9)
    if found.n_iter < max_iter:
        assert np.bincount(found.labels, minlength=k).all(), "as many clusters as there can be"
        for cluster in range(k):
            rows = found.labels == cluster
            assert found.centroids[cluster] == pytest.approx(np.average(points[rows], axis=0, weights=weights[rows]))


def test_ties_go_to_the_first():
    points = np.array([[0, 0, 0], [10, 0, 0], [5, 0, 0]], float)
    assert lloyd(points, np.ones(3), points[[1, 0]], 0).labels.tolist() == [1, 0, 0]
    assert lloyd(points, np.ones(3), points[[0, 1]], 0).labels.tolist() == [0, 1, 0]


def test_zero_iterations_only_assign():
    points, weights, _ = scattered(3, 500)
    seeds = points[:9] + 0.25
    found = lloyd(points, weights, seeds, 0)
    assert (found.centroids == seeds).all()
    assert (found.labels == squared(points, seeds).argmin(axis=1)).all()
    assert found.n_iter == 0


def test_as_many_centroids_as_points_leave_no_error():
    points, weights, rng = scattered(1, 40)
    assert lloyd(points, weights, points[rng.permutation(len(points))], 300).inertia == 0
    assert lloyd(points[:1], weights[:1], points[:1] + 9, 300).inertia == 0


def test_same_arguments_same_bytes():
    points, weights, rng = scattered(2, 3000)
    seeds, draws = points[:30], rng.random((200, 2))
    one, other = (lloyd(points, weights, seeds, 300) for _ in range(2))
    assert one.centroids.tobytes() == other.centroids.tobytes()
    swapped = [swap(points, weights, start, draws)[0] for start in (one, other)]
    assert swapped[0].centroids.tobytes() == swapped[1].centroids.tobytes()


@pytest.mark.parametrize("k", [2, 3, 14, 15, 40, 150])
@pytest.mark.parametrize("seed", range(4))
def test_swaps_never_make_it_worse(seed, k):
    points, weights, rng = scattered(seed, 1500, 64)
    start = lloyd(points, weights, points[:k], 300)
    swapped, kept = swap(points, weights, start, rng.random((300, 2)))
    labels = swapped.labels
    means = [np.average(points[labels == j], axis=0, weights=weights[labels == j]) for j in np.unique(labels)]
    assert swapped.centroids[np.unique(labels)] == pytest.approx(np.array(means))
    after = inertia_of(points, weights, swapped)
    assert after <= start.inertia * (1 + 1e-12)
    assert (after < start.inertia * (1 - 1e-10)) == (kept > 0)
    again = lloyd(points, weights, swapped.centroids, 300)
    assert again.inertia <= after * (1 + 1e-12)


def test_swaps_find_what_lloyd_cannot():
    """Two far groups and three seeds in one of them: only moving a centroid helps."""
    rng = np.random.default_rng(0)
    points = np.vstack([rng.normal(0, 1, (200, 3)), rng.normal(90, 1, (200, 3)), rng.normal(200, 1, (200, 3))])
    start = lloyd(points, np.ones(600), points[:3], 300)
    swapped, kept = swap(points, np.ones(600), start, rng.random((50, 2)))
    assert kept
    assert inertia_of(points, np.ones(600), swapped) < start.inertia / 100


def test_of_solutions_that_hardly_differ_crossovers_keep_the_better():
    """Four points, a little higher than wide: cut across, their inertia is 1, and else (1 + 1e-7)²."""
    high = 1 + 1e-7
    points = np.array([[0.0, 0, 0], [1, 0, 0], [0, high, 0], [1, high, 0]])
    worse, better = np.array([[0, high / 2, 0], [1, high / 2, 0]]), np.array([[0.5, 0, 0], [0.5, high, 0]])
    for pair in ([worse, better], [better, worse]):
        (kept,) = crossover(points, np.ones(4), pair, 0, np.empty((0, 9)), 300)
        assert (kept == better).all()


def test_crossovers_give_distinct_fixed_points_best_first_and_none_worse_than_was_given():
    rng = np.random.default_rng(3)
    points, weights = rng.integers(0, 256, (300, 3)).astype(float), rng.integers(1, 50, 300).astype(float)
    given = [lloyd(points, weights, points[at : at + 6], 300) for at in (0, 50, 100)]
    found = crossover(points, weights, [one.centroids for one in given], 5, rng.random((60, 13)), 300)
    again = [lloyd(points, weights, centroids, 300) for centroids in found]
    inertias = [one.inertia for one in again]
    assert all(np.abs(one.centroids - centroids).max() < 1e-9 for one, centroids in zip(again, found, strict=True))
    assert inertias == sorted(inertias)
    assert (np.diff(inertias) > 5e-7 * inertias[0]).all()
    assert inertias[0] < min(one.inertia for one in given)
    (kept,) = crossover(points, weights, [given[0].centroids], 0, np.empty((0, 13)), 300)
    assert (kept == given[0].centroids).all()


CHECKED = """
import sys, types
sys.path.insert(0, {scripts!r})
import numpy as np
import photopalette.kernels.compiled as _compiled
for name in ("search", "palette"):
    _compiled._load(f"photopalette.kernels.{{name}}")
sys.modules["numba"] = types.SimpleNamespace(njit=lambda **_: lambda function: function)
import photopalette.kernels.palette as _palette, photopalette.kernels.search as _search

class Checked(np.ndarray):
    def __getitem__(self, at):
        check(self, at)
        return super().__getitem__(at)
    def __setitem__(self, at, value):
        check(self, at)
        super().__setitem__(at, value)

def check(array, at):
    for index, size in zip(at if isinstance(at, tuple) else (at,), array.shape):
        assert index == slice(None) or 0 <= index < size, (at, array.shape)

def call(module, name, **arguments):
    kernel = getattr(_search if module.endswith("search") else _palette, name)
    return kernel(**{{key: a.view(Checked) if isinstance(a, np.ndarray) else a for key, a in arguments.items()}})

compiled = _compiled.call
import photopalette.kmeans.lloyd as _lloyd, photopalette.kmeans.palette as _fitted
from photopalette.color.table import ColorTable
from photopalette.kmeans.points import Points
for seed in range({seeds}):
    rng = np.random.default_rng(seed)
    points = np.unique(rng.integers(0, rng.integers(2, 30), (rng.integers(2, 60), 3)), axis=0).astype(float)
    weights = rng.integers(1, 9, len(points)).astype(float)
    k = int(rng.integers(1, min(len(points), 20) + 1))
    seeds, draws = points[rng.choice(len(points), k)], rng.random((25, 2))
    rows, fixed = rng.random((12, 27)), int(rng.integers(0, k)) if seed % 2 else 0
    results = []
    for way in (compiled, call):
        _lloyd.call = way
        found = _lloyd.lloyd(points, weights, seeds, 50, fixed)
        if k > 1:
            found, _ = _lloyd.swap(points, weights, found, draws, fixed)
        crossed = _lloyd.crossover(points, weights, [found.centroids], 3, rows[:, : k + 7], 50, fixed)
        _fitted.call = way
        results.append(found.centroids.tobytes() + found.labels.tobytes() + crossed.tobytes())
        if seed % 10 == 0:
            palette = np.rint(found.centroids).astype(np.uint8)
            table = ColorTable(points.astype(np.uint8), weights.astype(np.int64), None, None)
            results[-1] += _fitted._nudge(Points(table), palette, fixed).tobytes()
    assert results[0] == results[1], seed
print("done")
"""


def test_no_index_leaves_its_array_and_machine_code_does_what_python_does():
    """The kernels as plain Python, with every index looked at, against the compiled ones: the same bytes."""
    script = CHECKED.format(scripts=str(SCRIPTS), seeds=60)
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "done\n"


@pytest.mark.parametrize("fixed", [1, 3, 6])
def test_fixed_centroids_stay_and_the_others_are_means(fixed):
    rng = np.random.default_rng(9)
    points, weights = np.unique(rng.integers(0, 256, (400, 3)), axis=0).astype(float), rng.integers(1, 9, 400) * 1.0
    weights, seeds = weights[: len(points)], rng.integers(0, 256, (6, 3)).astype(float)
    expected = seeds.copy()
    while True:
        labels = ((points[:, None] - expected) ** 2).sum(axis=2).argmin(axis=1)
        moved = expected.copy()
        for cluster in range(fixed, 6):
            moved[cluster] = np.average(points[labels == cluster], axis=0, weights=weights[labels == cluster])
        if np.allclose(moved, expected, rtol=0, atol=1e-12):
            break
        expected = moved
    found = lloyd(points, weights, seeds, 300, fixed)
    assert (found.centroids[:fixed] == seeds[:fixed]).all()
    assert np.allclose(found.centroids, expected)
    assert (found.labels == labels).all()
    if fixed < 6:
        swapped, kept = swap(points, weights, found, rng.random((200, 2)), fixed)
        assert kept
        assert (swapped.centroids[:fixed] == seeds[:fixed]).all()
        squares = ((points - swapped.centroids[swapped.labels]) ** 2).sum(axis=1)
        assert weights @ squares < found.inertia
        crossed = crossover(points, weights, [found.centroids], 3, rng.random((30, 13)), 300, fixed)
        assert (crossed[:, :fixed] == seeds[:fixed]).all()
        assert lloyd(points, weights, crossed[0], 0).inertia <= found.inertia


def test_a_fixed_centroid_that_no_point_is_near_stays_empty():
    points = np.array([[0.0, 0, 0], [1, 0, 0], [10, 0, 0], [11, 0, 0]])
    found = lloyd(points, np.ones(4), np.array([[200.0, 0, 0], [0, 0, 0], [300, 0, 0]]), 300, 1)
    assert found.centroids.tolist() == [[200, 0, 0], [0.5, 0, 0], [10.5, 0, 0]]
    assert found.labels.tolist() == [1, 1, 2, 2]
