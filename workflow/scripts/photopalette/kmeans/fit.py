"""Fit K-means and a palette to a colour table."""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from photopalette.color.table import ColorTable, count_colors, find_colors, from_hex_codes
from photopalette.kmeans.lloyd import Solution, lloyd
from photopalette.kmeans.palette import fit_palette
from photopalette.kmeans.points import Points
from photopalette.kmeans.search import search
from photopalette.run.job import log

_Restarts = list[tuple[int | None, int | None, str, float, int]]
_EVERY_COLOR = (None, None, "every colour", 0.0, 0)


class Clusters(NamedTuple):
    """A fit, and its palette; clusters are ordered by their pixels, most first, ties by colour.

    There are k of them, or one a colour where the image has no more than k colours, those kept included.

    Attributes
    ----------
    centroids : (k, 3) float64
        In the space of the fit; sRGB is on the 0–255 scale.
    palette : (k, 3) uint8
        Their colours in sRGB, see kmeans/palette.py; the rounded centroids where scikit-learn alone is asked for.
    space : str
        ``rgb``, ``lab`` or ``oklab``.
    labels : (U,) uint8
        Cluster of each colour of the table, the nearest centroid.
    palette_labels : (U,) uint8
        What stands for each colour of the table, the nearest of the palette; `labels` where scikit-learn alone is
        asked for.
    pixels : (k,) int64
        Pixels of each colour of the palette; only one that is kept may have none.
    kept : (k,) bool
        Which of the colours were given, and stay what they are.
    inertia : float
        Sum over all pixels of the squared distance to their centroid, in the space of the fit.
    n_iter : int
        Lloyd iterations of the best restart.
    converged : bool
        False where scikit-learn stopped at `max_iter` or found fewer than k clusters.
    restarts : list of tuple
        Seed, number, kind of seeds, inertia and iterations of each restart (kmeans/search.py); only the kept one,
        whose number is not known, where scikit-learn ran them itself.
    """

    centroids: np.ndarray
    palette: np.ndarray
    space: str
    labels: np.ndarray
    palette_labels: np.ndarray
    pixels: np.ndarray
    kept: np.ndarray
    inertia: float
    n_iter: int
    converged: bool
    restarts: _Restarts

    def arrays(self) -> dict[str, Any]:
        """Return what clusters.npz has of a fit: all but the restarts, and what is kept only if anything is."""
        arrays = self._asdict()
        del arrays["restarts"]
        if not self.kept.any():
            del arrays["kept"]
        return arrays


def fit(
    table: ColorTable,
    k: int,
    fit_on: str,
    refine: str,
    space: str = "rgb",
    weight_exponent: float = 1.0,
    keep: Sequence[str] = (),
    **kmeans: Any,
) -> Clusters:
    """Fit K-means to an image, then a palette to the centroids.

    Parameters
    ----------
    table
        The image's colour table.
    k
        Number of clusters at most, 1 ≤ k ≤ 256: an image of no more colours keeps each as it is.
    fit_on
        ``colors``: the distinct colours, weighted by their pixels; ``pixels``: all pixels in their
        order. Both have the same optima; only ``pixels`` repeats a plain fit to the last digit.
    refine
        ``swaps`` improves every restart by swaps of centroids (kmeans/search.py); ``none`` is scikit-learn's KMeans
        alone.
    space, weight_exponent
        As for :class:`photopalette.kmeans.points.Points`. Whatever the weights, what is reported of the fit, `pixels`
        and `inertia`, is the picture's; only `restarts` hold what was minimised.
    keep
        Distinct colours ``#rrggbb`` that are in the palette, no more than k; only with ``swaps``. The others are the
        best beside them.
    **kmeans
        Passed to :class:`sklearn.cluster.KMeans`; the search takes ``n_init``, ``max_iter`` and
        ``random_state`` alone.
    """
    points, stopped, kept = Points(table, space, weight_exponent), [], from_hex_codes(keep)
    own = find_colors(table, kept)
    every = np.concatenate([table.colors, kept[~own]])
    if len(every) <= k:  # no search could do better than the exact picture
        if len(every) < k:
            log.warning("k = %d: the image has only %s, so the picture is exact", k, count_colors(len(table.colors)))
        found, restarts = Solution(points.place(every), np.arange(len(table.colors)), 0.0, 0), [_EVERY_COLOR]
        palette, labels, ties = every, found.labels, every
    elif len(kept) == k:
        found = lloyd(points.places, points.weights, points.place(kept), 0)
        palette, labels, ties, restarts = kept, found.labels, kept, [(None, None, "kept colours", found.inertia, 0)]
    elif refine == "swaps":
        found, restarts = fit_by_search(points, k, kept=points.place(kept), **kmeans)
        (palette, labels), ties = fit_palette(points, found.centroids, kept), found.centroids
    else:
        found, restarts, stopped = fit_plainly(points, k, fit_on, **kmeans)
        palette, labels, ties = points.nearest_colors(found.centroids), found.labels, found.centroids
    if found.n_iter >= kmeans["max_iter"]:
        stopped.append(f"stopped at max_iter = {kmeans['max_iter']}")
    for reason in dict.fromkeys(stopped):
        log.warning("k = %d did not converge: %s", k, reason)

    inertia, pixels = found.inertia, np.bincount(labels, table.counts, len(palette)).astype(np.int64)
    if not points.counts_pixels:
        nearest = found.centroids[found.labels]
        inertia = float((((points.places - nearest) ** 2).sum(axis=1) * table.counts).sum())
    order = np.lexsort((*ties.T[::-1], -pixels))
    rank = np.argsort(order).astype(np.uint8)
    return Clusters(
        centroids=found.centroids[order],
        palette=palette[order],
        space=space,
        labels=rank[found.labels],
        palette_labels=rank[labels],
        pixels=pixels[order],
        kept=(palette[order][:, None] == kept).all(axis=2).any(axis=1),
        inertia=inertia,
        n_iter=found.n_iter,
        converged=not stopped,
        restarts=restarts,
    )


def fit_by_search(
    points: Points, k: int, n_init: int, max_iter: int, random_state: int, kept: np.ndarray, **_: Any
) -> tuple[Solution, _Restarts]:
    """Fit K-means by our own search, beside centroids that are kept, (f, 3) float64, and list its restarts."""
    runs = search(points.places, points.weights, k, n_init, max_iter, random_state, kept)
    restarts = [(run.seed, run.number, run.kind, run.solution.inertia, run.solution.n_iter) for run in runs]
    return min((run.solution for run in runs), key=lambda solution: solution.inertia), restarts


def fit_plainly(points: Points, k: int, fit_on: str, **kmeans: Any) -> tuple[Solution, _Restarts, list[str]]:
    """Fit K-means by scikit-learn alone; list the restart that it kept, and why it stopped before it converged."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    model, index = KMeans(n_clusters=k, **kmeans), points.table.index
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if fit_on == "pixels":
            labels = np.empty(len(points.places), np.int64)
            shares = None if points.counts_pixels else (points.weights / points.table.counts)[index]
            labels[index] = model.fit(points.places[index], sample_weight=shares).labels_
        else:
            labels = model.fit(points.places, sample_weight=points.weights).labels_
    stopped = [str(warning.message) for warning in caught if issubclass(warning.category, ConvergenceWarning)]
    found = Solution(model.cluster_centers_, labels, float(model.inertia_), int(model.n_iter_))
    return found, [(kmeans["random_state"], None, kmeans["init"], found.inertia, found.n_iter)], stopped
