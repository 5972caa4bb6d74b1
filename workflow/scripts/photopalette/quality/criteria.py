"""How well a clustering of weighted points holds together, by criteria that need no distances between points."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


def calinski_harabasz(points: np.ndarray, weights: np.ndarray, labels: np.ndarray) -> float | None:
    """Variance between the clusters over that within them, each per degree of freedom (Caliński & Harabasz 1974).

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
    labels, sizes = _close_ranks(labels, weights)
    count, pixels = len(sizes), int(weights.sum())
    if not 1 < count < pixels:
        return None
    centroids = _means(points, weights, labels, sizes)
    center = (sizes[:, None] * centroids).sum(axis=0) / pixels
    between = float((sizes * ((centroids - center) ** 2).sum(axis=1)).sum())
    within = float((weights * ((points - centroids[labels]) ** 2).sum(axis=1)).sum())
    return between / within * (pixels - count) / (count - 1) if within else math.inf


def davies_bouldin(points: np.ndarray, weights: np.ndarray, labels: np.ndarray) -> float | None:
    """Mean, over the clusters, of how wide each is together with the one it is worst told from (Davies & Bouldin 1979).

    Widths are mean distances to the centroid, over the distance between the two centroids. Equal to
    :func:`sklearn.metrics.davies_bouldin_score` on points repeated by their weights; less is better.

    Parameters
    ----------
    points, weights, labels
        As for :func:`calinski_harabasz`.

    Returns
    -------
    float or None
        None where scikit-learn refuses.
    """
    labels, sizes = _close_ranks(labels, weights)
    count = len(sizes)
    if not 1 < count < weights.sum():
        return None
    centroids = _means(points, weights, labels, sizes)
    distances = np.sqrt(((points - centroids[labels]) ** 2).sum(axis=1))
    widths = np.bincount(labels, weights * distances, count) / sizes
    apart = np.sqrt(((centroids[:, None] - centroids) ** 2).sum(axis=2))
    # A cluster is not told from itself, nor, as in scikit-learn, from one with the same centroid.
    apart[apart == 0] = np.inf
    return float(((widths[:, None] + widths) / apart).max(axis=1).mean())


class Criterion(NamedTuple):
    """A criterion for k: the score of a clustering, None where it has none, and which of several scores is best."""

    score: Callable[[np.ndarray, np.ndarray, np.ndarray], float | None]
    best: Callable[..., Any]


# By their names in scores.csv and recommendation.json, which have every one of them.
CRITERIA = {"calinski_harabasz": Criterion(calinski_harabasz, max), "davies_bouldin": Criterion(davies_bouldin, min)}


def _close_ranks(labels: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the clusters that have points from 0 on: labels (n,), and the pixels of each (k,)."""
    sizes = np.bincount(labels, weights)
    used = sizes > 0
    return (np.cumsum(used) - 1)[labels], sizes[used]


def _means(points: np.ndarray, weights: np.ndarray, labels: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Average the points of each cluster, (k, 3), as offsets from one of them: a single point is its own mean."""
    first = np.empty((len(sizes), 3))
    first[labels] = points
    offsets = (points - first[labels]).T
    sums = [np.bincount(labels, weights * offset, len(sizes)) for offset in offsets]
    return first + np.stack(sums, axis=1) / sizes[:, None]
