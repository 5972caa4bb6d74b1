"""The colour difference that is seen from a distance: S-CIELAB (Zhang and Wandell 1997), with CIEDE2000.

The eye blurs fine detail, that of hue more than that of light and dark. So both pictures are blurred as it does before
their colours are compared, and the dots of a dithered picture count for the colours that they add up to.
"""

import math
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from photopalette.color.spaces import opponent_to_xyz, to_opponent
from photopalette.color.table import ColorTable
from photopalette.kernels.compiled import call

_KERNELS = "photopalette.kernels.vision"
_STRIP = 1 << 20  # pixels at a time, so that temporary arrays stay small
# By channel: a filter is a weighted sum of Gaussians exp(−(r / spread)²), each of which adds up to 1. Weights, and
# spreads in degrees of visual angle, are those of Zhang and Wandell's table 1.
_FILTERS = (
    ((0.921, 0.0283), (0.105, 0.133), (-0.108, 4.336)),  # light and dark
    ((0.531, 0.0392), (0.330, 0.494)),  # red and green
    ((0.488, 0.0536), (0.371, 0.386)),  # blue and yellow
)
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
    shares : list of list of tuple
        For each Gaussian of each channel the factors, arrays that can be broadcast to the inner rows, by which a sum of
        neighbours becomes its part of the filtered channel.
    lab : (h × w, 3) float64
        Its colours in CIELAB.
    """

    strip: _Strip
    shares: list[list[tuple[np.ndarray, ...]]]
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
                    np.exp(-((distance / (spread * viewing)) ** 2)).astype(np.float32),
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
        channels, difference = to_opponent(palette), np.empty(len(indices), np.float32)
        for strip, shares, original in self._kept or self._see():
            if strip.mask is None:
                rows = np.arange(len(original), dtype=np.int32)
            else:
                rows = np.flatnonzero(strip.mask[strip.inner]).astype(np.int32)
            values = np.empty(len(rows))
            call(
                "photopalette.kernels.metrics",
                "delta_e",
                first=original,
                second=self._to_lab(strip, shares, channels, indices),
                rows=rows,
                labels=rows,
                differences=values,
            )
            difference[strip.counted] = values
        return difference

    @cached_property
    def _kept(self) -> list[_Seen]:
        """The original, if it is so small that it need not be filtered anew for every other picture."""
        return list(self._see()) if self.table.shape.prod() <= _STRIP else []

    def _see(self) -> Iterator[_Seen]:
        channels = to_opponent(self.table.colors)
        for strip in self._strips():
            shares = [[self._share(strip, weight, taps) for weight, taps in terms] for terms in self._filters]
            yield _Seen(strip, shares, self._to_lab(strip, shares, channels, self.table.index))

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

    def _share(self, strip: _Strip, weight: float, taps: np.ndarray) -> tuple[np.ndarray, ...]:
        """Divide a weight by the sum of a Gaussian over the pixels that count; where one does, that is 1 at least."""
        if strip.mask is not None:
            return (weight / np.maximum(self._blur(strip, taps, strip.mask.astype(np.float32)), 1),)
        # The sum over a rectangle is a product.
        column = np.ones((strip.rows.stop - strip.rows.start, 1), np.float32)
        row = np.ones((1, int(self.table.shape[1])), np.float32)
        whole = strip._replace(inner=slice(0, 1))
        return weight / self._blur(strip, taps, column), 1 / self._blur(whole, taps, row)

    def _to_lab(
        self,
        strip: _Strip,
        shares: list[list[tuple[np.ndarray, ...]]],
        channels: np.ndarray,
        places: np.ndarray,
    ) -> np.ndarray:
        """Filter a picture and convert it to CIELAB, (h × w, 3), from the channels of its colours and their places."""
        filtered = np.zeros((3, strip.inner.stop - strip.inner.start, int(self.table.shape[1])), np.float32)
        for channel, terms in enumerate(self._filters):
            plane = strip.spread(channels[channel].astype(np.float32)[places[strip.pixels]])
            for (_, taps), factors in zip(terms, shares[channel], strict=True):
                blurred = self._blur(strip, taps, plane)
                for factor in factors:
                    blurred *= factor
                filtered[channel] += blurred
        lab = np.empty((filtered[0].size, 3))
        call(_KERNELS, "to_lab", channels=filtered.reshape(3, -1), matrix=opponent_to_xyz(), lab=lab)
        return lab

    def _blur(self, strip: _Strip, taps: np.ndarray, plane: np.ndarray) -> np.ndarray:
        """Convolve a plane of all rows with a Gaussian; the result has the inner rows."""
        blurred = np.empty((strip.inner.stop - strip.inner.start, plane.shape[1]), np.float32)
        first = strip.inner.start
        call(_KERNELS, "blur", plane=plane, taps=taps, first=first, across=np.empty_like(plane), blurred=blurred)
        return blurred
