"""The colour difference that is seen from a distance: S-CIELAB (Zhang and Wandell 1997), with CIEDE2000.

The eye blurs fine detail, that of hue more than that of light and dark. So both pictures are blurred as it does before
their colours are compared, and the dots of a dithered picture count for the colours that they add up to.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from photopalette.color.spaces import opponent_to_xyz, to_opponent
from photopalette.color.table import ColorTable
from photopalette.kernels.compiled import call

_KERNELS = "photopalette.kernels.vision"
_AT_ONCE = 1 << 10  # pixels that the kernels convert at a time
_STRIP = 1 << 20  # pixels at a time, so that temporary arrays stay small
# By channel: a filter is a weighted sum of Gaussians exp(−(r / spread)²), each of which adds up to 1. Weights, and
# spreads in degrees of visual angle, are those of Zhang and Wandell's table 1.
_FILTERS = (
    ((0.921, 0.0283), (0.105, 0.133), (-0.108, 4.336)),  # light and dark
    ((0.531, 0.0392), (0.330, 0.494)),  # red and green
    ((0.488, 0.0536), (0.371, 0.386)),  # blue and yellow
)
_NOTHING = 1e-9  # of a Gaussian's largest value: less than single precision adds to it
_REACH = 0.5  # degrees from its centre where a filter ends, as in the authors' program


class _Strip(NamedTuple):
    """Rows of a picture, with those around them that the filters reach.

    Attributes
    ----------
    rows : slice
        All of these rows.
    inner : slice
        The rows without those around them, counted from the first of all.
    pixels, counted : slice
        The pixels that count in either, in reading order.
    mask : (h, w) bool or None
        Which pixels count, in all rows; None for all.
    """

    rows: slice
    inner: slice
    pixels: slice
    counted: slice
    mask: np.ndarray | None

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Arrange values of the pixels that count, in all rows, as a plane, (h, w), with 0 elsewhere."""
        if self.mask is None:
            return values.reshape(self.rows.stop - self.rows.start, -1)
        plane = np.zeros(self.mask.shape, np.float32)
        plane[self.mask] = values
        return plane


class _Seen(NamedTuple):
    """A strip of the original as it is seen.

    Attributes
    ----------
    strip : _Strip
    factors : list of list of (h, w) float32
        For each Gaussian of each channel what turns a sum of neighbours into its part of the filtered channel.
    lab : (h × w, 3) float64
        Its colours in CIELAB.
    """

    strip: _Strip
    factors: list[list[np.ndarray]]
    lab: np.ndarray


class View:
    """A picture as it is seen from a distance, for others to be compared with.

    Only pixels that count are seen: each Gaussian is divided by the share of it that falls on them. So neither what is
    transparent nor what lies beyond the edges has an effect, and a uniform change is seen as large as it is.

    Parameters
    ----------
    table
        The picture's colour table.
    viewing
        Pixels in a degree of visual angle.
    """

    def __init__(self, table: ColorTable, viewing: float):
        self.table = table
        self._reach = max(math.ceil(_REACH * viewing) - 1, 0)
        distance = np.arange(self._reach + 1)
        self._filters = [
            [
                (
                    weight / sum(weight for weight, _ in terms),
                    _taps(np.exp(-((distance / (spread * viewing)) ** 2))),
                )
                for weight, spread in terms
            ]
            for terms in _FILTERS
        ]

    def difference(self, palette: np.ndarray, indices: np.ndarray) -> np.ndarray:
        """Compute the difference to another picture (CIEDE2000) that is seen at each pixel.

        Parameters
        ----------
        palette : (k, 3) uint8
            Colours of the other picture.
        indices : (N,) uint8
            Palette index of each of its pixels that count.

        Returns
        -------
        (N,) float32
        """
        difference = np.empty(len(indices), np.float32)
        for pixels, (values,) in self.differences([(palette, indices)]):
            difference[pixels] = values
        return difference

    def differences(
        self, pictures: Sequence[tuple[np.ndarray, np.ndarray]]
    ) -> Iterator[tuple[slice, list[np.ndarray]]]:
        """Compute the differences to several pictures, strip by strip, so that the original is filtered only once.

        Parameters
        ----------
        pictures
            The palette and the indices of each, as for :meth:`difference`.

        Yields
        ------
        pixels : slice
            Those of a strip that count, in reading order.
        differences : list of (n,) float32
            What is seen at them, for each picture.
        """
        channels = [to_opponent(palette).astype(np.float32) for palette, _ in pictures]
        for seen in self._kept or self._see():
            compared = zip(channels, pictures, strict=True)
            yield seen.strip.counted, [self._compare(seen, of_colors, indices) for of_colors, (_, indices) in compared]

    def _compare(self, seen: _Seen, channels: np.ndarray, indices: np.ndarray) -> np.ndarray:
        """Compute the difference to a strip of another picture, from the channels of its colours and its indices."""
        values = np.empty(len(seen.lab), np.float32)
        call(
            _KERNELS,
            "compare",
            original=seen.lab,
            channels=self._filter(seen.strip, seen.factors, channels, indices),
            matrix=opponent_to_xyz(),
            relative=np.empty((3, _AT_ONCE)),
            lab=np.empty((_AT_ONCE, 3)),
            differences=values,
        )
        return values if seen.strip.mask is None else values[seen.strip.mask[seen.strip.inner].ravel()]

    @cached_property
    def _kept(self) -> list[_Seen]:
        """The original, if it is so small that it need not be filtered anew for every other picture."""
        return list(self._see()) if self.table.shape.prod() <= _STRIP else []

    def _see(self) -> Iterator[_Seen]:
        channels = to_opponent(self.table.colors).astype(np.float32)
        for strip in self._strips():
            factors = [[self._factors(strip, weight, taps) for weight, taps in terms] for terms in self._filters]
            filtered = self._filter(strip, factors, channels, self.table.index)
            lab, relative = np.empty(filtered.T.shape), np.empty((3, _AT_ONCE))
            call(_KERNELS, "to_lab", channels=filtered, matrix=opponent_to_xyz(), relative=relative, lab=lab)
            yield _Seen(strip, factors, lab)

    def _strips(self) -> Iterator[_Strip]:
        height, width = self.table.shape.tolist()
        mask = self.table.mask
        step = max(_STRIP // width, self._reach, 1)
        ends = np.arange(height + 1) * width if mask is None else np.append(0, np.cumsum(mask.sum(axis=1)))
        for top in range(0, height, step):
            bottom = min(top + step, height)
            rows = slice(max(top - self._reach, 0), min(bottom + self._reach, height))
            yield _Strip(
                rows,
                slice(top - rows.start, bottom - rows.start),
                slice(ends[rows.start], ends[rows.stop]),
                slice(ends[top], ends[bottom]),
                None if mask is None else mask[rows],
            )

    def _factors(self, strip: _Strip, weight: float, taps: np.ndarray) -> np.ndarray:
        """Divide a weight by the sum of a Gaussian over the pixels that count; where one does, that is 1 at least."""

        def add_up(plane: np.ndarray, inner: slice) -> np.ndarray:
            sums = np.zeros((inner.stop - inner.start, plane.shape[1]), np.float32)
            _blur(plane, taps, inner.start, np.ones_like(sums), sums)
            return sums

        if strip.mask is not None:
            return weight / np.maximum(add_up(strip.mask.astype(np.float32), strip.inner), 1)
        # The sum over a rectangle is a product.
        column = np.ones((strip.rows.stop - strip.rows.start, 1), np.float32)
        row = np.ones((1, int(self.table.shape[1])), np.float32)
        return weight / add_up(column, strip.inner) * (1 / add_up(row, slice(0, 1)))

    def _filter(
        self, strip: _Strip, factors: list[list[np.ndarray]], channels: np.ndarray, places: np.ndarray
    ) -> np.ndarray:
        """Filter a picture, given the channels of its colours and their places; return the channels, (3, h × w)."""
        filtered = np.zeros((3, strip.inner.stop - strip.inner.start, int(self.table.shape[1])), np.float32)
        for channel, blurred, terms, shares in zip(channels, filtered, self._filters, factors, strict=True):
            plane = strip.spread(channel[places[strip.pixels]])
            for (_, taps), share in zip(terms, shares, strict=True):
                _blur(plane, taps, strip.inner.start, share, blurred)
        return filtered.reshape(3, -1)


def _blur(plane: np.ndarray, taps: np.ndarray, first: int, factors: np.ndarray, blurred: np.ndarray) -> None:
    """Convolve a plane with a Gaussian, and add its rows from `first` on, times the factors, to `blurred`."""
    rows, width = plane.shape
    padded, across = np.empty(width + 2 * len(taps), np.float32), np.empty((rows + 1, width), np.float32)
    call(
        *(_KERNELS, "blur"),
        **{"plane": plane, "taps": taps, "first": first, "factors": factors},
        **{"padded": padded, "across": across, "blurred": blurred},
    )


def _taps(gaussian: np.ndarray) -> np.ndarray:
    """Cut off what single precision would not notice of a Gaussian, and append zeros as the kernel takes four taps."""
    reach = np.flatnonzero(gaussian >= _NOTHING)[-1]
    taps = np.zeros(-(-reach // 4) * 4 + 1, np.float32)
    taps[: reach + 1] = gaussian[: reach + 1]
    return taps
