"""Criteria for the number of clusters, computed from weighted points without distances between them."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


def calinski_harabasz(points: np.ndarray, weights: np.ndarray, labels: np.ndarray) -> float | None:
    """Compute the Caliński–Harabasz index: variance between clusters over that within, each per degree of freedom.

    Equal to :func:`sklearn.metrics.calinski_harabasz_score` on points repeated by their weights; more is better.

    Parameters
    ----------
    points : (n, 3) float64
        Distinct colours, in the space of the fit.
    weights : (n,) int64
        Pixels of each.
    labels : (n,) int
        The cluster of each.

    Returns
    -------
    float or None
        Infinite where no cluster is wider than a point (scikit-learn says 1); None where scikit-learn refuses, with
        fewer than two clusters or with no more pixels than clusters.
    """
    labels, sizes = _relabel(labels, weights)
    count, pixels = len(sizes), int(weights.sum())
    if not 1 < count < pixels:
        return None
    centroids = _means(points, weights, labels, sizes)
    center = (sizes[:, None] * centroids).sum(axis=0) / pixels
    between = float((sizes * ((centroids - center) ** 2).sum(axis=1)).sum())
    within = float((weights * ((points - centroids[labels]) ** 2).sum(axis=1)).sum())
    return between / within * (pixels - count) / (count - 1) if within else math.inf


def davies_bouldin(points: np.ndarray, weights: np.ndarray, labels: np.ndarray) -> float | None:
    """Compute the Davies–Bouldin index: the mean similarity of each cluster to the one most similar to it.

    The similarity of two clusters is the sum of their mean distances to the centroid, divided by the distance between
    the centroids. Equal to :func:`sklearn.metrics.davies_bouldin_score` on points repeated by their weights; less is
    better.

    Parameters
    ----------
    points, weights, labels
        As for :func:`calinski_harabasz`.

    Returns
    -------
    float or None
        None where scikit-learn refuses.
    """
    labels, sizes = _relabel(labels, weights)
    count = len(sizes)
    if not 1 < count < weights.sum():
        return None
    centroids = _means(points, weights, labels, sizes)
    distances = np.sqrt(((points - centroids[labels]) ** 2).sum(axis=1))
    widths = np.bincount(labels, weights * distances, count) / sizes
    apart = np.sqrt(((centroids[:, None] - centroids) ** 2).sum(axis=2))
    # Neither a cluster itself counts nor, as in scikit-learn, another one with the same centroid.
    apart[apart == 0] = np.inf
    return float(((widths[:, None] + widths) / apart).max(axis=1).mean())


class Criterion(NamedTuple):
    """A criterion for k: its score of a clustering, or None, and how to choose the best of several scores."""

    score: Callable[[np.ndarray, np.ndarray, np.ndarray], float | None]
    best: Callable[..., Any]


# By their names in scores.csv and recommendation.json, which contain all of them.
CRITERIA = {"calinski_harabasz": Criterion(calinski_harabasz, max), "davies_bouldin": Criterion(davies_bouldin, min)}


def _relabel(labels: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Renumber the labels (n,) without empty clusters, and count the pixels of each cluster, (k,)."""
    sizes = np.bincount(labels, weights)
    used = sizes > 0
    return (np.cumsum(used) - 1)[labels], sizes[used]


def _means(points: np.ndarray, weights: np.ndarray, labels: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Compute the mean of each cluster, (k, 3), from offsets to one of its points, so that a single point is exact."""
    first = np.empty((len(sizes), 3))
    first[labels] = points
    offsets = (points - first[labels]).T
    sums = [np.bincount(labels, weights * offset, len(sizes)) for offset in offsets]
    return first + np.stack(sums, axis=1) / sizes[:, None]
