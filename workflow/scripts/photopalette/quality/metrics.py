"""Metrics of an image in few colours against its original, most of them computed on distinct pairs of colours."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from photopalette.color.spaces import to_space
from photopalette.color.table import ColorTable
from photopalette.kernels.compiled import call
from photopalette.quality.seen import View

_KERNELS = "photopalette.kernels.metrics"
_WINDOW = 7  # pixels, of SSIM
_BLOCK = 1 << 22  # pixels at a time, so that temporary arrays stay small
_TOGETHER = 10  # pictures compared with their original together; each takes a byte per pixel
# The colour scale of every error map.
DELTA_E_MAX = 20
DELTA_E_TICKS = {0: "0", 1: "1 just noticeable", 2: "2", 5: "5", 10: "10", 15: "15", 20: "20 and above"}


class Reference:
    """The original of images in few colours, with what their metrics need of it, computed once.

    Parameters
    ----------
    table
        Its colour table.
    viewing
        Pixels per degree of visual angle, for what is seen from a distance.

    Attributes
    ----------
    image : (h, w, 3) uint8
        The image, black where it is transparent.
    lab : (U, 3) float64
        The table's colours in CIELAB.
    view : View
        The image as it is seen from a distance.
    """

    def __init__(self, table: ColorTable, viewing: float = 60):
        self.table, self.viewing = table, viewing

    @cached_property
    def image(self) -> np.ndarray:
        return self.table.spread(self.table.colors[self.table.index])

    @cached_property
    def lab(self) -> np.ndarray:
        return to_space(self.table.colors, "lab")

    @cached_property
    def view(self) -> View:
        return View(self.table, self.viewing)


@dataclass(frozen=True)
class Pairs:
    """The distinct pairs of an original colour and its replacement, sorted in this order.

    Attributes
    ----------
    rows : (n,) int32
        Row of the original colour in the colour table.
    palette : (k, 3) uint8
        The colours of the indexed image.
    labels : (n,) int32
        Palette index of the replacement.
    counts : (n,) int64
        Pixels of each pair.
    find : callable
        Finds the pair of each pixel.
    """

    rows: np.ndarray
    palette: np.ndarray
    labels: np.ndarray
    counts: np.ndarray
    find: Callable[[], np.ndarray]

    @cached_property
    def index(self) -> np.ndarray:
        """Pair of each pixel, (N,) uint32; only maps need this array, which is as long as the image."""
        return self.find()


def pair_colors(table: ColorTable, palette: np.ndarray, indices: np.ndarray) -> Pairs:
    """Pair an image's colours with those of an indexed image of the same size.

    Parameters
    ----------
    table
        The original's colour table.
    palette : (k, 3) uint8
        Colours of the indexed image.
    indices : (N,) uint8
        Palette index of each pixel.
    """
    labels = np.empty(len(table.colors), np.uint8)
    labels[table.index] = indices
    if np.array_equal(labels[table.index], indices):
        rows = np.arange(len(labels), dtype=np.int32)
        return Pairs(rows, palette, labels.astype(np.int32), table.counts, lambda: table.index)
    # Dithered: a colour has several replacements. The codes of 2^24 colours times 256 fit in 32 bits; a counter for
    # each of them would take far more memory than the pixels.
    code = table.index * np.uint32(len(palette))
    code += indices
    code.sort()
    first = np.flatnonzero(np.append(True, code[1:] != code[:-1]))
    pairs, counts = code[first], np.diff(first, append=len(code))
    rows, places = np.divmod(pairs, np.uint32(len(palette)))

    def find() -> np.ndarray:
        index = np.empty(len(indices), np.uint32)
        for start in range(0, len(index), _BLOCK):
            block = slice(start, start + _BLOCK)
            index[block] = np.searchsorted(pairs, table.index[block] * np.uint32(len(palette)) + indices[block])
        return index

    return Pairs(rows.astype(np.int32), palette, places.astype(np.int32), counts, find)


def count_used(palette: np.ndarray, indices: np.ndarray) -> int:
    """Count the distinct colours of a palette, (k, 3) uint8, that an indexed image, (N,) uint8, uses."""
    return len(np.unique(palette[np.unique(indices)], axis=0))


def mean_squared_error(reference: Reference, pairs: Pairs) -> float:
    """Compute the mean over the pixels of the squared error, summed over the three channels."""
    error = reference.table.colors[pairs.rows].astype(np.int32)
    error -= pairs.palette[pairs.labels]
    error *= error
    return float(error.sum(axis=1) @ pairs.counts / pairs.counts.sum())


def psnr(mse: float) -> float:
    """Compute the peak signal-to-noise ratio in dB, 10 log₁₀(255² / (mse / 3)).

    Parameters
    ----------
    mse
        Squared error per pixel, summed over the three channels; 0 gives infinity.
    """
    return 10 * math.log10(255**2 * 3 / mse) if mse else math.inf


def ssim(
    original: np.ndarray, palette: np.ndarray, indices: np.ndarray, mask: np.ndarray | None = None
) -> float | None:
    """Compute the structural similarity (Wang et al. 2004) of an image and one in few colours, mean of the channels.

    Equal to :func:`skimage.metrics.structural_similarity`: uniform windows of 7 × 7 pixels, sample covariances.

    Parameters
    ----------
    original : (h, w, 3) uint8
        sRGB.
    palette : (k, 3) uint8
        Colours of the indexed image.
    indices : (N,) uint8
        Palette index of each pixel that counts.
    mask : (h, w) bool or None
        Which pixels count; None for all. The mean is over the windows in which all pixels count.

    Returns
    -------
    float or None
        None if there is no such window, as in images smaller than one.
    """
    (height, width, _), n = original.shape, _WINDOW**2
    windows = _whole_windows(mask) if mask is not None else (height - _WINDOW + 1) * (width - _WINDOW + 1)
    if min(height, width) < _WINDOW or not windows:
        return None
    if mask is not None:
        places = np.full((height, width), len(palette), np.uint8)
        places[mask] = indices
        palette, indices = np.vstack([palette, np.zeros((1, 3), np.uint8)]), places
    total = call(
        _KERNELS,
        "ssim",
        original=np.ascontiguousarray(original),
        palette=palette.astype(np.int32),
        indices=np.ascontiguousarray(indices).reshape(height, width),
        c1=(0.01 * 255) ** 2 * n * n,
        c2=(0.03 * 255) ** 2 * n * (n - 1),
        window=_WINDOW,
        masked=int(mask is not None),
        columns=np.empty((5, 3 * width), np.int32),
    )
    return total / (3 * windows)


def _whole_windows(mask: np.ndarray) -> int:
    """Count the windows in which a mask, (h, w) bool, is True throughout."""
    clear = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), np.int64)
    clear[1:, 1:] = (~mask).cumsum(axis=0).cumsum(axis=1)
    sums = clear[_WINDOW:, _WINDOW:] - clear[:-_WINDOW, _WINDOW:] - clear[_WINDOW:, :-_WINDOW]
    return int(np.count_nonzero(sums + clear[:-_WINDOW, :-_WINDOW] == 0))


def delta_e(reference: Reference, pairs: Pairs) -> np.ndarray:
    """Compute the colour difference of each pair by CIEDE2000 (Sharma et al. 2005), (n,) float64."""
    difference = np.empty(len(pairs.rows))
    call(
        _KERNELS,
        "delta_e",
        first=reference.lab,
        second=to_space(pairs.palette, "lab"),
        rows=pairs.rows,
        labels=pairs.labels,
        differences=difference,
    )
    return difference


def weighted_quantile(values: np.ndarray, counts: np.ndarray, quantile: float) -> float:
    """Compute a quantile of values (n,) that occur as often as counts (n,) say.

    The same as :func:`numpy.quantile` with weights and ``method="inverted_cdf"``, in half the memory: a dithered
    picture has millions of pairs.
    """
    order = np.argsort(values)
    shares = np.cumsum(counts[order], dtype=np.float64)
    shares /= shares[-1]
    return float(values[order[np.searchsorted(shares, quantile)]])


class Picture:
    """An image in few colours and its original, with what several metrics need, computed once.

    Parameters
    ----------
    reference
        The original.
    palette : (k, 3) uint8
        The colours.
    indices : (N,) uint8
        Palette index of each pixel that counts.
    """

    def __init__(self, reference: Reference, palette: np.ndarray, indices: np.ndarray):
        self.reference, self.palette, self.indices = reference, palette, indices
        self.pairs = pair_colors(reference.table, palette, indices)

    @cached_property
    def mse(self) -> float:
        return mean_squared_error(self.reference, self.pairs)

    @property
    def ssim(self) -> float | None:
        return ssim(self.reference.image, self.palette, self.indices, self.reference.table.mask)

    @cached_property
    def difference(self) -> np.ndarray:
        """ΔE of each pair, (n,) float64."""
        return delta_e(self.reference, self.pairs)

    @cached_property
    def seen(self) -> np.ndarray:
        """ΔE that is seen at each pixel, (N,) float32."""
        return self.reference.view.difference(self.palette, self.indices)


# By their columns in scores.csv, which contains all of them; None is an empty cell.
METRICS: dict[str, Callable[[Picture], float | None]] = {
    "mse": lambda picture: picture.mse,
    "psnr": lambda picture: psnr(picture.mse),
    "ssim": lambda picture: picture.ssim,
    "delta_e_mean": lambda picture: float(np.average(picture.difference, weights=picture.pairs.counts)),
    "delta_e_p95": lambda picture: weighted_quantile(picture.difference, picture.pairs.counts, 0.95),
    "delta_e_seen_mean": lambda picture: float(picture.seen.mean(dtype=np.float64)),
    "delta_e_seen_p95": lambda picture: float(np.quantile(picture.seen, 0.95, method="inverted_cdf")),
}
SEEN = ("delta_e_seen_mean", "delta_e_seen_p95")  # those that take longest


def score_picture(
    reference: Reference, palette: np.ndarray, indices: np.ndarray, without: Iterable[str] = ()
) -> dict[str, float | int | None]:
    """Compute ``colors_used`` and METRICS of an image in few colours; the first parameters are those of Picture.

    The metrics named in `without` are None.
    """
    picture = Picture(reference, palette, indices)
    scores = {name: None if name in without else metric(picture) for name, metric in METRICS.items()}
    return {"colors_used": count_used(palette, indices), **scores}


def score_seen(reference: Reference, pictures: Iterable[tuple[np.ndarray, np.ndarray]]) -> Iterator[dict[str, float]]:
    """Compute the metrics SEEN of several images in few colours, in less time and memory than one after the other.

    Parameters
    ----------
    reference
        Their original.
    pictures
        The palette, (k, 3) uint8, and the indices, (N,) uint8, of each.
    """
    pictures = iter(pictures)
    while some := list(itertools.islice(pictures, _TOGETHER)):
        distributions = [_Distribution(len(indices)) for _, indices in some]
        for _, differences in reference.view.differences(some):
            for distribution, values in zip(distributions, differences, strict=True):
                distribution.add(values)
        for distribution in distributions:
            yield dict(zip(SEEN, (distribution.mean(), distribution.p95()), strict=True))


class _Distribution:
    """The mean and the 95th percentile of n values that come in parts: only the largest twentieth is kept."""

    def __init__(self, n: int):
        self._n, self._sum, self._largest = n, 0.0, np.empty(0, np.float32)
        self._most = n + 1 - math.ceil(0.95 * n)

    def add(self, values: np.ndarray) -> None:
        self._sum += float(values.sum(dtype=np.float64))
        self._largest = np.append(self._largest, values)
        if len(self._largest) > 2 * self._most:
            self._largest = np.partition(self._largest, -self._most)[-self._most :]

    def mean(self) -> float:
        return self._sum / self._n

    def p95(self) -> float:
        return float(np.partition(self._largest, -self._most)[-self._most])


def roughness(table: ColorTable, palette: np.ndarray, indices: np.ndarray) -> float:
    """Compute how rough an indexed image is: its total variation over that of the original.

    The anisotropic total variation of Rudin, Osher and Fatemi (1992): the sum of the differences between neighbouring
    pixels, over both directions and the three sRGB channels. Flat areas make it less than 1, dots and grain more.

    Parameters
    ----------
    table
        The original's colour table.
    palette : (k, 3) uint8
        Colours of the indexed image.
    indices : (N,) uint8
        Palette index of each pixel that counts.

    Returns
    -------
    float
        1 where the original has no variation.
    """
    whole = _total_variation(table, table.colors, table.index)
    return _total_variation(table, palette, indices) / whole if whole else 1.0


def _total_variation(table: ColorTable, colors: np.ndarray, index: np.ndarray) -> int:
    # One channel at a time, as the arrays are larger than the picture.
    total = 0
    for channel in colors.T.astype(np.int16):
        picture = table.spread(channel[index])
        for axis in (0, 1):
            steps = np.abs(np.diff(picture, axis=axis))
            if table.mask is not None:
                ends = np.moveaxis(table.mask, axis, 0)
                steps = steps[np.moveaxis(ends[1:] & ends[:-1], 0, axis)]
            total += int(steps.sum(dtype=np.int64))
    return total
