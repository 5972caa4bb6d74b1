"""The best k of given colours, against all choices of small stocks and an integer programme on a larger one."""

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, kron, vstack

import photopalette.kmeans.choose as module
from photopalette.color.spaces import to_space
from photopalette.kmeans.choose import choose

LIMIT = 1e-9  # of the inertia, for rounding in the sums that are compared


def distances(points, stock):
    return ((points[:, None] - stock[None]) ** 2).sum(axis=2)


def draw(seed, space, n, m):
    """Weighted points, some of them far heavier than others, and a stock."""
    rng = np.random.default_rng(seed)
    colors = [np.unique(rng.integers(0, 256, (count, 3)), axis=0).astype(np.uint8) for count in (n, m)]
    points, stock = (to_space(rng.permutation(some), space) for some in colors)
    return points, rng.integers(1, 50, len(points)).astype(float) ** rng.choice([0.5, 1, 3]), stock


@pytest.mark.parametrize("space", ["rgb", "lab", "oklab"])
@pytest.mark.parametrize("kept", [[], [7], [3, 0, 11]])
def test_no_choice_of_twelve_is_better(space, kept):
    for seed, n in enumerate((5, 40, 300)):
        points, weights, stock = draw(seed, space, n, 12)
        costs = distances(points, stock)
        for choice in choose(points, weights, stock, np.array(kept, int), 12):
            k = len(choice.rows)
            ways = [rows for rows in combinations(range(12), k) if set(kept) <= set(rows)]
            least = min((weights * costs[:, rows].min(axis=1)).sum() for rows in ways)
            assert tuple(choice.rows) in ways
            assert choice.inertia == pytest.approx((weights * costs[:, choice.rows].min(axis=1)).sum(), rel=LIMIT)
            assert choice.inertia == pytest.approx(least, rel=LIMIT)
            assert choice.lower_bound <= least * (1 + LIMIT)
            assert choice.lower_bound == pytest.approx(least, rel=LIMIT)


@pytest.mark.parametrize(("seed", "k"), [(40, 4), (217, 5), (310, 6)])
def test_what_swaps_miss_is_found_among_all_choices(seed, k):
    """No swap improves the choice that is found first, but another choice is better by a percent or so."""
    points, weights, stock = draw(seed, "rgb", 100, 12)
    costs = distances(points, stock)
    ways = combinations(range(12), k)
    least, best = min(((weights * costs[:, rows].min(axis=1)).sum(), rows) for rows in ways)
    choice = choose(points, weights, stock, np.empty(0, int), k)[-1]
    assert tuple(choice.rows) == best
    assert choice.inertia == choice.lower_bound == pytest.approx(least, rel=LIMIT)


def least_by_programme(points, weights, stock, kept, k):
    """Compute the least inertia of k colours as an integer programme: x[i, j] of point i is shown in colour j."""
    n, m = len(points), len(stock)
    cost = np.append((weights[:, None] * distances(points, stock)).ravel(), np.zeros(m))
    shown = hstack([kron(eye_array(n), np.ones((1, m))), csr_array((n, m))])
    open_ = hstack([eye_array(n * m), -vstack([eye_array(m)] * n)])
    number = hstack([csr_array((1, n * m)), np.ones((1, m))])
    low = np.zeros(n * m + m)
    low[[n * m + row for row in kept]] = 1
    rules = [LinearConstraint(shown, 1, 1), LinearConstraint(open_, ub=0), LinearConstraint(number, k, k)]
    whole = np.append(np.zeros(n * m), np.ones(m))
    found = milp(cost, integrality=whole, bounds=Bounds(low, 1), constraints=rules, options={"mip_rel_gap": 0})
    assert found.success
    return found.fun


@pytest.mark.parametrize("kept", [[], [4, 17]])
def test_an_integer_programme_finds_nothing_better(kept):
    points, weights, stock = draw(5, "rgb", 150, 40)
    choices = {len(choice.rows): choice for choice in choose(points, weights, stock, np.array(kept, int), 16)}
    assert sorted(choices) == list(range(max(len(kept), 1), 17))
    for k in (3, 7, 16):
        least = least_by_programme(points, weights, stock, kept, k)
        assert choices[k].inertia == pytest.approx(least, rel=1e-6)
        assert choices[k].lower_bound == pytest.approx(least, rel=1e-6)


@pytest.fixture
def photo(coffee_table):
    return coffee_table.colors.astype(float), coffee_table.counts.astype(float)


def test_the_choice_from_hundreds_of_colours_is_proven_for_a_photograph(photo):
    """Every k gets better, and none of many single swaps is any better."""
    points, weights = photo
    stock = np.unique(np.random.default_rng(1).integers(0, 256, (300, 3)), axis=0).astype(float)
    choices = choose(points, weights, stock, np.empty(0, int), 12)
    assert all(choice.lower_bound == choice.inertia for choice in choices)
    assert (np.diff([choice.inertia for choice in choices]) < 0).all()
    costs = distances(points, stock)
    for choice in choices[1::5]:
        for gone in range(len(choice.rows)):
            others = costs[:, np.delete(choice.rows, gone)].min(axis=1, initial=np.inf)
            swapped = (weights[:, None] * np.minimum(others[:, None], costs)).sum(axis=0)
            assert swapped.min() >= choice.inertia * (1 - LIMIT)


def test_a_proof_that_has_to_stop_leaves_a_bound_that_holds(photo, monkeypatch):
    """Less work, a weaker bound, and never one above the optimum."""
    points, weights = photo
    stock = to_space(np.unique(np.random.default_rng(2).integers(60, 200, (120, 3)), axis=0).astype(np.uint8), "rgb")
    whole = choose(points, weights, stock, np.empty(0, int), 9)
    plan = [(cells, smoothings[:1], 4) for cells, smoothings, _ in module._PLAN]
    monkeypatch.setattr(module, "_PLAN", plan)
    monkeypatch.setattr(module, "_WORK", 0)
    hurried = choose(points, weights, stock, np.empty(0, int), 9)
    assert all(choice.lower_bound == choice.inertia for choice in whole)
    for choice, optimum in zip(hurried, whole, strict=True):
        assert 0.5 * optimum.inertia < choice.lower_bound <= optimum.inertia * (1 + LIMIT)
    assert any(choice.lower_bound < choice.inertia for choice in hurried)


def test_one_colour_in_the_picture_takes_the_nearest():
    choices = choose(np.array([[9.0, 9, 9]]), np.array([3.0]), np.array([[0.0, 0, 0], [9, 9, 7]]), np.empty(0, int), 2)
    assert [(choice.rows.tolist(), choice.inertia, choice.lower_bound) for choice in choices] == [
        ([1], 12, 12),
        ([0, 1], 12, 12),
    ]


def test_colours_that_the_picture_has_cost_nothing():
    """With every colour of a tiny picture in stock, as many are exact, and what is beyond them changes nothing."""
    points = np.array([[10.0, 20, 30], [200, 100, 0], [0, 0, 0]])
    stock = np.vstack([points, [[255.0, 255, 255], [9, 9, 9]]])
    choices = choose(points, np.array([5.0, 1, 2]), stock, np.empty(0, int), 5)
    assert [choice.inertia for choice in choices][2:] == [0, 0, 0]
    assert [choice.lower_bound for choice in choices][2:] == [0, 0, 0]
    assert list(choices[2].rows) == [0, 1, 2]
    assert [len(set(choice.rows)) for choice in choices] == [1, 2, 3, 4, 5]
