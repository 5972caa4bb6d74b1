"""Other quantizers, as their libraries provide them.

A new one is a function and an entry in QUANTIZERS, which also makes it known to the config. Libraries that take long to
import are imported by the function that needs them, as the list is needed to read the config.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np

from photopalette.color.spaces import to_srgb
from photopalette.color.table import ColorTable
from photopalette.run.job import JobError
from photopalette.run.packages import installed

# Some environments leave it out because of its licence.
_MISSING = (
    "imagequant is not installed; pip install imagequant, or take 'imagequant' out of 'compare', "
    "which lists all quantizers by default"
)


class Quantized(NamedTuple):
    """A palette, (k, 3) uint8, and the palette index of each pixel, (N,) uint8."""

    palette: np.ndarray
    indices: np.ndarray


def pillow(image: np.ndarray, k: int, method: str, polish: bool) -> Quantized:
    """Quantize with Pillow's MEDIANCUT, MAXCOVERAGE or FASTOCTREE; `polish` then runs its k-means to convergence.

    Parameters
    ----------
    image : (h, w, 3) uint8
        sRGB.
    """
    from PIL import Image

    quantized = Image.fromarray(image).quantize(
        k, method=Image.Quantize[method], kmeans=int(polish), dither=Image.Dither.NONE
    )
    palette = np.asarray(quantized.getpalette(), np.uint8).reshape(-1, 3)
    return Quantized(palette, np.asarray(quantized).ravel())


def libimagequant(image: np.ndarray, k: int) -> Quantized:
    """Quantize (h, w, 3) uint8 sRGB with libimagequant, the engine of pngquant, at its default speed."""
    try:
        import imagequant
    except ImportError:
        raise JobError(_MISSING) from None
    height, width = image.shape[:2]
    rgba = np.dstack([image, np.full((height, width), 255, np.uint8)])
    indices, palette = imagequant.quantize_raw_rgba_bytes(
        rgba.tobytes(), width, height, dithering_level=0.0, max_colors=k
    )
    return Quantized(np.array(palette, np.uint8).reshape(-1, 4)[:, :3], np.frombuffer(indices, np.uint8))


def minibatch_kmeans(image: np.ndarray, k: int, random_state: int) -> Quantized:
    """Fit scikit-learn's MiniBatchKMeans, otherwise at its defaults, to all pixels, (h, w, 3) uint8 sRGB."""
    from sklearn.cluster import MiniBatchKMeans

    model = MiniBatchKMeans(n_clusters=k, random_state=random_state).fit(image.reshape(-1, 3).astype(np.float32))
    return Quantized(to_srgb(model.cluster_centers_, "rgb"), model.labels_.astype(np.uint8))


def bisecting_kmeans(table: ColorTable, k: int, random_state: int) -> Quantized:
    """Fit scikit-learn's BisectingKMeans, otherwise at its defaults, to the colour table."""
    from sklearn.cluster import BisectingKMeans

    points, weights = table.colors.astype(np.float64), table.counts.astype(np.float64)
    if k == 1:  # then the library ignores the weights
        mean = np.average(points, axis=0, weights=weights)
        return Quantized(to_srgb(mean[None], "rgb"), np.zeros(len(table.index), np.uint8))
    model = BisectingKMeans(n_clusters=k, random_state=random_state).fit(points, sample_weight=weights)
    return Quantized(to_srgb(model.cluster_centers_, "rgb"), model.labels_.astype(np.uint8)[table.index])


def wu(table: ColorTable, k: int) -> Quantized:
    """Quantize with Wu's variance cuts (palettes/wu.py)."""
    from photopalette.palettes.wu import quantize

    palette, labels = quantize(table.colors, table.counts, k)
    return Quantized(palette, labels[table.index])


OURS = ("ours+dither", "ours")  # our own methods in a comparison
FEW = 5  # points of a curve: the k of a comparison, unless it is to have all

# By their names in the config: functions of an image, (h, w, 3) uint8, its colour table, k and the seed.
QUANTIZERS: dict[str, Callable[[np.ndarray, ColorTable, int, int], Quantized]] = {
    "median-cut": lambda image, table, k, seed: pillow(image, k, "MEDIANCUT", polish=False),
    "median-cut+kmeans": lambda image, table, k, seed: pillow(image, k, "MEDIANCUT", polish=True),
    "max-coverage": lambda image, table, k, seed: pillow(image, k, "MAXCOVERAGE", polish=False),
    "max-coverage+kmeans": lambda image, table, k, seed: pillow(image, k, "MAXCOVERAGE", polish=True),
    "octree": lambda image, table, k, seed: pillow(image, k, "FASTOCTREE", polish=False),
    "imagequant": lambda image, table, k, seed: libimagequant(image, k),
    # These two require that there are no more clusters than colours.
    "minibatch-kmeans": lambda image, table, k, seed: minibatch_kmeans(image, min(k, len(table.colors)), seed),
    "bisecting-kmeans": lambda image, table, k, seed: bisecting_kmeans(table, min(k, len(table.colors)), seed),
    "wu": lambda image, table, k, seed: wu(table, k),
}


def choose_k(n_clusters: Sequence[int], answer: int | None) -> list[int]:
    """Choose at which k to run other quantizers: both ends, those evenly between, and the answer, FEW in all.

    Even is meant along the list, of which every second is taken, or every third. The answer, or what is nearest to it
    in the list, stands in for the one next to it.

    Parameters
    ----------
    n_clusters
        The k that are studied, rising.
    answer
        How many colours the image needs, studied or not; None if this is not known.
    """
    if len(n_clusters) <= FEW:
        return list(n_clusters)
    # Rounded down: a small k tells more, and a range that grows by one keeps all but its end.
    places = [step * (len(n_clusters) - 1) // (FEW - 1) for step in range(FEW)]
    if answer is not None:
        nearest = min(range(len(n_clusters)), key=lambda place: abs(n_clusters[place] - answer))
        if nearest not in places:
            places[min(range(1, FEW - 1), key=lambda step: abs(places[step] - nearest))] = nearest
    return [n_clusters[place] for place in places]


def missing_package(methods: Collection[str]) -> str | None:
    """Return a message if a package that quantizers of these names need is not installed, or else None."""
    return _MISSING if "imagequant" in methods and installed("imagequant") is None else None
