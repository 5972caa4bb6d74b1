"""Silhouettes equal scikit-learn's on every pixel, and Rousseeuw's definition written out."""

import math

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_samples as sklearn_samples

from flatten import flatten
from photopalette.color.spaces import to_space
from silhouette import quantiles_by_cluster, silhouette_samples


@pytest.mark.parametrize("block", [100, 1 << 20], ids=["many blocks", "one block"])
def test_equal_to_scikit_learn_on_all_pixels(coffee, block, monkeypatch):
    monkeypatch.setattr("silhouette._BLOCK", block)
    image = coffee[::2, ::2]
    pixels, table = image.reshape(-1, 3), flatten(image)
    labelings = {k: KMeans(k, n_init=1, random_state=0).fit(table.colors).labels_ for k in (2, 3, 5, 8)}
    samples = silhouette_samples(table.colors, table.counts, labelings)
    for k, labels in labelings.items():
        assert np.abs(samples[k][table.index] - sklearn_samples(pixels, labels[table.index])).max() < 1e-5


def test_equal_to_the_definition_with_weights_and_a_cluster_of_one():
    colors = np.array([[0, 0, 0], [3, 0, 0], [0, 4, 0], [90, 90, 90], [250, 0, 9]], np.uint8)
    weights = np.array([2, 1, 3, 4, 1])
    labels = np.array([0, 0, 1, 1, 2])
    points, cluster = colors.repeat(weights, axis=0).astype(float), labels.repeat(weights)
    coefficients = []
    for i in range(len(points)):
        distance = np.linalg.norm(points - points[i], axis=1)
        own = cluster == cluster[i]
        if own.sum() == 1:
            coefficients.append(0.0)
            continue
        a = distance[own].sum() / (own.sum() - 1)
        b = min(distance[cluster == other].mean() for other in set(cluster.tolist()) - {cluster[i]})
        coefficients.append((b - a) / max(a, b))
    samples = silhouette_samples(colors, weights, {3: labels})
    assert samples[3].repeat(weights) == pytest.approx(coefficients, abs=1e-6)


def test_other_spaces_equal_scikit_learn(coffee):
    table = flatten(coffee[::2, ::2])
    points = to_space(table.colors, "oklab")
    labels = KMeans(4, n_init=1, random_state=0).fit(points).labels_
    samples = silhouette_samples(points, table.counts, {4: labels})
    assert np.abs(samples[4][table.index] - sklearn_samples(points[table.index], labels[table.index])).max() < 1e-5


def test_one_cluster_has_none():
    colors, weights = np.array([[0, 0, 0], [9, 9, 9]], np.uint8), np.array([1, 2])
    samples = silhouette_samples(colors, weights, {1: np.array([0, 0]), 2: np.array([0, 1])})
    assert samples[1] is None
    assert samples[2].tolist() == [0, 1]
    assert silhouette_samples(colors, weights, {1: np.array([0, 0])}) == {1: None}


def test_quantiles_are_of_the_pixels_of_each_cluster(coffee_table):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, len(coffee_table.colors))
    coefficients = rng.uniform(-1, 1, len(labels))
    quantiles, pixels = quantiles_by_cluster(coefficients, coffee_table.counts, labels, 4)
    assert quantiles.shape == (4, 101)
    for cluster in range(3):
        own = np.sort(coefficients[labels == cluster].repeat(coffee_table.counts[labels == cluster]))
        assert pixels[cluster] == len(own)
        expected = [own[max(math.ceil(percent * len(own) / 100) - 1, 0)] for percent in range(101)]
        assert np.abs(quantiles[cluster] - expected).max() <= 0.000501
    assert pixels[3] == 0
    assert np.isnan(quantiles[3]).all()
