"""How far an image in few colours is from its original, measured on distinct pairs of colours."""

import math
from typing import NamedTuple

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab

from _colors import ColorTable

_WINDOW = 7  # pixels, of SSIM
_BLOCK = 128  # windows of SSIM at a time, down and across
_STRIP = 1 << 14  # pairs of colours at a time, which stay in the cache, too
# The colour scale of every error map.
DELTA_E_MAX = 20
DELTA_E_TICKS = {0: "0", 1: "1 just noticeable", 2: "2", 5: "5", 10: "10", 15: "15", 20: "20 and above"}


class Pairs(NamedTuple):
    """The distinct pairs of an original colour and the one that stands for it.

    Attributes
    ----------
    originals, replacements : (n, 3) uint8
        sRGB.
    counts : (n,) int64
        Pixels of each pair.
    index : (N,) int
        Pair of each pixel.
    """

    originals: np.ndarray
    replacements: np.ndarray
    counts: np.ndarray
    index: np.ndarray


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
        return Pairs(table.colors, palette[labels], table.counts, table.index)
    # Dithered: a colour has several replacements.
    code = table.index.astype(np.int64) * len(palette) + indices
    counts = np.bincount(code)
    pairs = np.flatnonzero(counts)
    rows, labels = np.divmod(pairs, len(palette))
    return Pairs(table.colors[rows], palette[labels], counts[pairs], np.searchsorted(pairs, code))


def count_used(palette: np.ndarray, indices: np.ndarray) -> int:
    """Count the distinct colours of a palette (k, 3) uint8 that an indexed image, (N,) uint8, shows."""
    return len(np.unique(palette[np.unique(indices)], axis=0))


def mean_squared_error(pairs: Pairs) -> float:
    """Average, over the pixels, the squared error summed over the three channels."""
    error = pairs.originals.astype(np.int64) - pairs.replacements
    return float((error**2).sum(axis=1) @ pairs.counts / pairs.counts.sum())


def psnr(mse: float) -> float:
    """Peak signal-to-noise ratio in dB, 10 log₁₀(255² / (mse / 3)): of the mean over the channels.

    Parameters
    ----------
    mse
        Squared error per pixel, summed over the three channels; 0 gives infinity.
    """
    return 10 * math.log10(255**2 * 3 / mse) if mse else math.inf


def ssim(original: np.ndarray, rebuilt: np.ndarray, mask: np.ndarray | None = None) -> float | None:
    """Structural similarity (Wang et al. 2004), mean of the channels, of two (h, w, 3) uint8 images.

    Equal to :func:`skimage.metrics.structural_similarity`, in a fifth of the time: sums over windows of 8-bit
    values are integers, and blocks of windows stay in the processor's cache. With a mask, (h, w) bool, the mean is of
    the windows of which all pixels count. None where there is no window of 7 × 7 pixels.
    """
    height, width = (length - _WINDOW + 1 for length in original.shape[:2])
    if min(height, width) < 1:
        return None
    total, windows = 0.0, 0
    for top in range(0, height, _BLOCK):
        for left in range(0, width, _BLOCK):
            place = slice(top, top + _BLOCK + _WINDOW - 1), slice(left, left + _BLOCK + _WINDOW - 1)
            pair = (image[place].transpose(2, 0, 1).astype(np.int32) for image in (original, rebuilt))
            whole = None if mask is None else _window_sums(mask[place].astype(np.int32)) == _WINDOW**2
            total += sum(_sum_ssim(a, b, whole) for a, b in zip(*pair, strict=True))
            windows += 0 if whole is None else np.count_nonzero(whole)
    windows = height * width if mask is None else windows
    return total / (3 * windows) if windows else None


def _sum_ssim(a: np.ndarray, b: np.ndarray, whole: np.ndarray | None) -> float:
    """Add up SSIM's formula, with sample covariances, over all or the `whole` windows of two channels, (h, w) int32.

    Numerator and denominator are multiplied by n³ (n − 1), n the pixels of a window, so that no mean is taken.
    """
    n = _WINDOW**2
    c1, c2 = (0.01 * 255) ** 2 * n * n, (0.03 * 255) ** 2 * n * (n - 1)
    sum_a, sum_b, squares, products = (_window_sums(values) for values in (a, b, a * a + b * b, a * b))
    product, square = sum_a * sum_b, sum_a**2 + sum_b**2
    similar = (2 * product + c1) * (2 * (n * products - product) + c2)
    similar /= (square + c1) * (n * squares - square + c2)
    return float((similar if whole is None else similar[whole]).sum())


def _window_sums(values: np.ndarray) -> np.ndarray:
    """Add up every window of an (h, w) int32 array, (h − 6, w − 6) float64."""
    for axis in (0, 1):
        values = np.moveaxis(values, axis, 0)
        count = len(values) - _WINDOW + 1
        sums = values[:count].copy(order="K")
        for shift in range(1, _WINDOW):
            sums += values[shift : shift + count]
        values = np.moveaxis(sums, 0, axis)
    return values.astype(np.float64)


def delta_e(pairs: Pairs) -> np.ndarray:
    """Colour difference of each pair by CIEDE2000 (Sharma et al. 2005), (n,) float64."""
    difference = np.empty(len(pairs.counts))
    for start in range(0, len(difference), _STRIP):
        rows = slice(start, start + _STRIP)
        difference[rows] = deltaE_ciede2000(rgb2lab(pairs.originals[rows]), rgb2lab(pairs.replacements[rows]))
    return difference


def weighted_quantile(values: np.ndarray, counts: np.ndarray, quantile: float) -> float:
    """Smallest of the values (n,) that `quantile` of the pixels, counts (n,), do not exceed."""
    return float(np.quantile(values, quantile, weights=counts, method="inverted_cdf"))


def score_picture(table: ColorTable, palette: np.ndarray, indices: np.ndarray) -> dict[str, float | int | None]:
    """Score how an image looks in few colours, by the names of scores.csv's columns.

    Parameters
    ----------
    table
        The original's colour table.
    palette : (k, 3) uint8
        The colours.
    indices : (N,) uint8
        Palette index of each pixel that counts.

    Returns
    -------
    dict
        ``colors_used``, ``mse``, ``psnr``, ``ssim``, ``delta_e_mean`` and ``delta_e_p95``.
    """
    pairs = pair_colors(table, palette, indices)
    mse, difference = mean_squared_error(pairs), delta_e(pairs)
    original, rebuilt = table.spread(table.colors[table.index]), table.spread(palette[indices])
    return {
        "colors_used": count_used(palette, indices),
        "mse": mse,
        "psnr": psnr(mse),
        "ssim": ssim(original, rebuilt, table.mask),
        "delta_e_mean": float(np.average(difference, weights=pairs.counts)),
        "delta_e_p95": weighted_quantile(difference, pairs.counts, 0.95),
    }
