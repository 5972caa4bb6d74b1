"""The criteria equal scikit-learn's on every pixel, and are defined where it refuses."""

import math

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

from photopalette.color.spaces import to_space
from photopalette.quality.criteria import CRITERIA, calinski_harabasz, davies_bouldin

PAIRS = [(calinski_harabasz, calinski_harabasz_score), (davies_bouldin, davies_bouldin_score)]


@pytest.mark.parametrize("space", ["rgb", "lab", "oklab"])
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_equal_to_scikit_learn_on_all_pixels(coffee_table, space, ours, theirs):
    points = to_space(coffee_table.colors, space)
    for k in (2, 3, 8, 40):
        labels = KMeans(k, n_init=1, random_state=0).fit(points, sample_weight=coffee_table.counts).labels_
        expected = theirs(points[coffee_table.index], labels[coffee_table.index])
        assert ours(points, coffee_table.counts, labels) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_weights_and_a_cluster_without_points(ours, theirs):
    points = np.array([[0.0, 0, 0], [3, 0, 0], [0, 4, 0], [90, 90, 90], [250, 0, 9]])
    weights, labels = np.array([2, 1, 3, 4, 1]), np.array([0, 0, 3, 3, 1])
    expected = theirs(points.repeat(weights, axis=0), labels.repeat(weights))
    assert ours(points, weights, labels) == pytest.approx(expected)


def test_hand_computed_clusters():
    points, weights = np.array([[0.0, 0, 0], [2, 0, 0], [10, 0, 0]]), np.array([1, 1, 2])
    # Centroids 1 and 10, their mean 5.5: between 4 · 4.5², within 2; both widths over a gap of 9.
    assert calinski_harabasz(points, weights, np.array([0, 0, 1])) == pytest.approx((81 / 1) / (2 / 2))
    assert davies_bouldin(points, weights, np.array([0, 0, 1])) == pytest.approx(1 / 9)


@pytest.mark.parametrize("name", CRITERIA)
def test_the_better_clustering_has_the_better_score(name):
    points, weights = np.array([[0.0, 0, 0], [2, 0, 0], [10, 0, 0], [13, 0, 0]]), np.array([1, 1, 2, 1])
    good, bad = (CRITERIA[name].score(points, weights, np.array(labels)) for labels in ([0, 0, 1, 1], [0, 1, 0, 1]))
    assert CRITERIA[name].best(bad, good) == good != bad


@pytest.mark.parametrize("criterion", [calinski_harabasz, davies_bouldin])
def test_there_is_no_score_where_scikit_learn_refuses(criterion):
    points = np.array([[0.0, 0, 0], [9, 9, 9]])
    assert criterion(points, np.array([3, 4]), np.array([0, 0])) is None, "one cluster"
    assert criterion(points[:1], np.array([7]), np.array([0])) is None, "one colour"
    assert criterion(points, np.array([1, 1]), np.array([0, 1])) is None, "a cluster a pixel"


@pytest.mark.parametrize("space", ["rgb", "lab", "oklab"])
def test_clusters_of_one_colour_each_are_perfect(space):
    points = to_space(np.array([[0, 0, 1], [9, 9, 9], [250, 3, 7]], np.uint8), space)
    weights, labels = np.array([3, 7, 11]), np.array([2, 0, 1])
    assert calinski_harabasz(points, weights, labels) == math.inf
    assert davies_bouldin(points, weights, labels) == 0
