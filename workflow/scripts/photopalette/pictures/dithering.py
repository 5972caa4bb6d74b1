"""Dithering: error diffusion, and ordered dithering to any palette, both in linear light."""

import math
from typing import NamedTuple

import numpy as np

from photopalette.color.spaces import LUMINANCE, linear_light
from photopalette.color.table import ColorTable
from photopalette.kernels.compiled import call

_KERNELS = "photopalette.kernels.dither"
_ROWS = 256  # rows dithered at a time, so that temporary arrays stay small
_MIRRORED = 32  # rows above the first, in which errors build up before it
_WEIGHTS = (LUMINANCE + 1 / 3) / 2  # of red, green and blue in the distance of two colours to be dithered
_MIXTURE = 64  # colours in a mixture, for as many thresholds
_TILE = 64  # pixels of the side of the tile of blue noise
_SPREAD = 1.5  # pixels: the standard deviation of void-and-cluster's Gaussian, as Ulichney recommends
_UNIT = 1 << 32  # energies are whole multiples of its inverse, so that no processor rounds them differently
_SEED = 0


class Diffusion(NamedTuple):
    """The parts of an error that its neighbours get.

    Attributes
    ----------
    divisor : int
        Of how many parts the error consists.
    rows : tuple of tuple of int
        Parts of the neighbours, in the pixel's own row from the next one on, and in the rows below from two columns
        before it to two columns behind it.
    """

    divisor: int
    rows: tuple[tuple[int, ...], ...]

    def shares(self) -> np.ndarray:
        """List the neighbours that get a part, (n, 3) int64: rows below, columns further, parts."""
        ahead, *below = self.rows
        shares = [(0, further, parts) for further, parts in enumerate(ahead, start=1)]
        shares += [(down, at - 2, parts) for down, row in enumerate(below, start=1) for at, parts in enumerate(row)]
        return np.array([share for share in shares if share[2]])


DIFFUSIONS = {
    "floyd-steinberg": Diffusion(16, ((7,), (0, 3, 5, 1, 0))),  # Floyd and Steinberg 1976
    "jarvis-judice-ninke": Diffusion(48, ((7, 5), (3, 5, 7, 5, 3), (1, 3, 5, 3, 1))),  # 1976
    "stucki": Diffusion(42, ((8, 4), (2, 4, 8, 4, 2), (1, 2, 4, 2, 1))),  # 1981
    "sierra": Diffusion(32, ((5, 3), (2, 4, 5, 4, 2), (0, 2, 3, 2, 0))),  # Sierra 1989
    "atkinson": Diffusion(8, ((1, 1), (0, 1, 1, 1, 0), (0, 0, 1, 0, 0))),  # a quarter of the error is dropped
}


def dither(table: ColorTable, palette: np.ndarray, method: str, serpentine: bool = False) -> np.ndarray:
    """Dither an image to a palette, in linear light.

    The eye adds up light, not sRGB levels, so that dots look as bright as the area that they stand for. An image that
    has only colours of the palette stays as it is.

    Parameters
    ----------
    table
        The image's colour table.
    palette : (k, 3) uint8
        The colours, k ≤ 256; of a cut-out k ≤ 255.
    method
        One of :data:`DIFFUSIONS`, ``bayer`` or ``blue-noise``.
    serpentine
        Whether every other row is diffused from right to left.

    Returns
    -------
    (N,) uint8
        Palette index of each pixel that counts.
    """
    if method in DIFFUSIONS:
        return diffuse(table, palette, method, serpentine)
    return _order(table, palette, bayer() if method == "bayer" else blue_noise())


def diffuse(
    table: ColorTable, palette: np.ndarray, method: str = "floyd-steinberg", serpentine: bool = False
) -> np.ndarray:
    """Dither an image by error diffusion; parameters and result are those of :func:`dither`.

    Each pixel gets the colour nearest to the sum of its own and the errors diffused to it, the first of equally near
    ones. Nearest is meant in light, too, half of the weight being that of luminance, in which dots show most.

    To mix two colours takes errors of up to half their distance. Errors larger than half the palette's extent, as those
    of a colour that it can't mix, are shrunk to that, so that they do not run on through the rest of the image.
    Transparent pixels neither receive nor pass on any; what they, or those beyond the sides of the image, can't take is
    handed to the others below. The first rows are diffused twice, in the mirror at first, as errors have to build up.
    """
    height, width = table.shape.tolist()
    rows = table.spread(table.index.astype(np.int32), -1)
    light, available = linear_light(table.colors), linear_light(palette)
    limit = float((available.max(axis=0) - available.min(axis=0)).max()) / 2
    errors, places = np.zeros((3, width + 4, 3)), np.empty((height, width), np.uint8)
    diffusion = DIFFUSIONS[method]

    def run(block: np.ndarray, below: np.ndarray, first: int) -> np.ndarray:
        count, block = len(block), np.concatenate([block, below])
        call(
            _KERNELS,
            "diffuse",
            light=light,
            palette=available,
            weights=_WEIGHTS,
            limit=limit,
            shares=diffusion.shares(),
            divisor=diffusion.divisor,
            first=first,
            serpentine=int(serpentine),
            count=count,
            errors=errors,
            pixels=block,
        )
        return block[:count]

    mirrored = rows[:_MIRRORED][::-1]
    run(mirrored, rows[:2], len(mirrored))
    for top in range(0, height, _ROWS):
        bottom = top + _ROWS
        places[top:bottom] = run(rows[top:bottom], rows[bottom : bottom + 2], top)
    return places.ravel() if table.mask is None else places[table.mask]


def _order(table: ColorTable, palette: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Dither an image by thresholds, (h, w) from 0 to 63, which repeat; otherwise as :func:`dither`.

    Thomas Knoll's rule for any palette (US patent 6,606,166, filed in 1999, expired): a colour is mixed of 64 of the
    palette, each the nearest to the colour and what those before it have left over. Sorted by luminance, they are
    what the pixels of this colour show at each threshold.
    """
    by_luminance = np.argsort((linear_light(palette) * LUMINANCE).sum(axis=1), kind="stable")
    mixtures = np.empty((len(table.colors), _MIXTURE), np.uint8)
    call(
        _KERNELS,
        "mix",
        light=linear_light(table.colors),
        palette=linear_light(palette[by_luminance]),
        weights=_WEIGHTS,
        counts=np.empty(len(palette), np.int32),
        mixtures=mixtures,
    )
    height, width = table.shape.tolist()
    tiles = -(-height // len(thresholds)), -(-width // len(thresholds))
    at = np.tile(thresholds.astype(np.uint8), tiles)[:height, :width]
    at = at.ravel() if table.mask is None else at[table.mask]
    return by_luminance.astype(np.uint8)[mixtures[table.index, at]]


def bayer() -> np.ndarray:
    """Return the 8 × 8 thresholds of Bayer (1973), from 0 to 63, each of which has the others far from it."""
    thresholds = np.zeros((1, 1), int)
    for _ in range(3):
        thresholds = np.block([[4 * thresholds, 4 * thresholds + 2], [4 * thresholds + 3, 4 * thresholds + 1]])
    return thresholds


def blue_noise() -> np.ndarray:
    """Return 64 × 64 thresholds, from 0 to 63, without low frequencies, by void-and-cluster (Ulichney 1993)."""
    offsets = [min(place, _TILE - place) ** 2 for place in range(_TILE)]
    gaussian = [[round(_UNIT * math.exp(-(y + x) / (2 * _SPREAD**2))) for x in offsets] for y in offsets]
    ones, shape = np.zeros(_TILE**2, np.int32), (_TILE, _TILE)
    ones[np.random.default_rng(_SEED).permutation(_TILE**2)[: _TILE**2 // 10]] = 1
    ranks = np.empty(shape, np.int32)
    call(
        _KERNELS,
        "void_and_cluster",
        gaussian=np.array(gaussian),
        ones=ones.reshape(shape),
        energy=np.zeros(shape, np.int64),
        saved=np.empty(shape, np.int32),
        ranks=ranks,
    )
    return ranks * _MIXTURE // _TILE**2
