"""The colour table: the distinct colours of an image, their numbers of pixels, and the colour of each pixel.

In a cut-out, not all pixels count: the table contains those that do, and a mask that says which they are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

# Pixels below which sorting them is faster than clearing a table of all 2^24 colours.
_SORT_BELOW = 1 << 20
_BLOCK = 1 << 22  # pixels at a time, so that temporary arrays stay small


class ColorTable(NamedTuple):
    """An image, factored into its distinct colours and the colour of each pixel.

    Attributes
    ----------
    colors : (U, 3) uint8
        Distinct colours, sorted by red, green, blue.
    counts : (U,) int64
        Pixels of each colour.
    index : (N,) uint32
        Row of the colour of each pixel that counts, in reading order; ``colors[index]`` are the pixels.
    shape : (2,) int64
        Height and width in pixels.
    mask : (height, width) bool or None
        Which pixels count; None for all, so that ``colors[index]`` is the flat image.
    weights : (U,) int64 or None
        What the pixels of each colour weigh together in a fit, 255 for a full pixel; None where all weigh the same.
    """

    colors: np.ndarray
    counts: np.ndarray
    index: np.ndarray
    shape: np.ndarray
    mask: np.ndarray | None = None
    weights: np.ndarray | None = None

    def spread(self, values: np.ndarray, fill: float = 0) -> np.ndarray:
        """Arrange values of the pixels that count, (N, …), as a picture, (height, width, …), with `fill` elsewhere."""
        if self.mask is None:
            return values.reshape(*self.shape, *values.shape[1:])
        picture = np.full((*self.shape, *values.shape[1:]), fill, values.dtype)
        picture[self.mask] = values
        return picture

    def picture(self) -> np.ndarray:
        """Restore the image, (height, width, 3) uint8; of a cut-out (height, width, 4), with alpha of 0 or 255."""
        picture = self.spread(self.colors[self.index])
        return picture if self.mask is None else np.dstack([picture, self.mask * np.uint8(255)])


def flatten(image: np.ndarray, levels: np.ndarray | None = None) -> ColorTable:
    """Factor an image into its distinct colours, their counts, and the colour of each pixel.

    Parameters
    ----------
    image : (height, width, 3) or (height, width, 4) uint8
        sRGB; with alpha of 0 or 255, pixels of 0 do not count.
    levels : (height, width) uint8 or None
        Weight of each pixel that counts, from 1 to 255. Only their ratios matter: if all are the same, the table has no
        weights.

    Returns
    -------
    ColorTable
        Its :meth:`ColorTable.picture` equals `image`, except for pixels that do not count.
    """
    mask = None if image.shape[2] == 3 or image[..., 3].all() else image[..., 3] > 0
    pixels = image[..., :3].reshape(-1, 3) if mask is None else image[mask][:, :3]
    index = np.empty(len(pixels), np.uint32)
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(pixels), _BLOCK)]
    for block in blocks:
        red, green, blue = pixels[block].astype(np.uint32).T
        index[block] = red << 16 | green << 8 | blue
    if len(pixels) < _SORT_BELOW:
        present, places, counts = np.unique(index, return_inverse=True, return_counts=True)
        index = places.astype(np.uint32)
    else:
        seen = np.zeros(1 << 24, bool)
        for block in blocks:
            seen[index[block]] = True
        present = np.flatnonzero(seen)
        row = np.empty(1 << 24, np.uint32)
        row[present] = np.arange(present.size, dtype=np.uint32)
        counts = np.zeros(present.size, np.int64)
        for block in blocks:
            index[block] = row[index[block]]
            counts += np.bincount(index[block], minlength=present.size)
    colors = np.stack([present >> 16, present >> 8 & 255, present & 255], axis=1).astype(np.uint8)
    weights = None
    if levels is not None:
        levels = levels.ravel() if mask is None else levels[mask]
        if levels.min() < levels.max():
            weights = np.zeros(present.size, np.int64)
            for block in blocks:
                weights += np.bincount(index[block], levels[block], present.size).astype(np.int64)
    return ColorTable(colors, counts.astype(np.int64), index, np.array(image.shape[:2]), mask, weights)


def save_table(path: str | Path, table: ColorTable) -> None:
    """Write a colour table as pixels.npz, which has a mask only of a cut-out, and weights only where they differ."""
    np.savez(path, **{name: array for name, array in table._asdict().items() if array is not None})


def load_table(path: str | Path, index: bool = True) -> ColorTable:
    """Read a colour table from pixels.npz; without `index`, which is as long as the image, that is empty."""
    with np.load(path, allow_pickle=False) as arrays:
        table = {name: arrays[name] for name in arrays.files if index or name != "index"}
    return ColorTable(**{"index": np.empty(0, np.uint32), **table})


def count_colors(count: int) -> str:
    """Write a number of colours: 1 colour, 1,234 colours."""
    return "1 colour" if count == 1 else f"{count:,} colours"


def bytes_text(count: float) -> str:
    """Write a number of bytes: 850 B, 8.6 kB, 19 kB, 1.3 MB."""
    unit, size = next((unit, size) for unit, size in (("MB", 1e6), ("kB", 1e3), ("B", 1)) if count >= size or size == 1)
    value = count / size
    return f"{value:.1f} {unit}" if value < 9.95 and size > 1 else f"{value:.0f} {unit}"


def name_k(k: int, colors: int) -> str:
    """Write k, and the number of colours if the image has fewer: "k = 7", "k = 7: 5 colours, all there are"."""
    if k <= colors:
        return f"k = {k}"
    return f"k = {k}: {count_colors(colors)}, all there {'is' if colors == 1 else 'are'}"


def hex_codes(colors: np.ndarray) -> list[str]:
    """Write (n, 3) uint8 colours as ``#rrggbb``."""
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in colors.tolist()]


def from_hex_codes(codes: Sequence[str]) -> np.ndarray:
    """Read ``#rrggbb`` as (n, 3) uint8 colours."""
    return np.array([tuple(bytes.fromhex(code[1:])) for code in codes], np.uint8).reshape(-1, 3)


def find_colors(table: ColorTable, colors: np.ndarray) -> np.ndarray:
    """Tell which of some distinct colours, (n, 3) uint8, an image has; (n,) bool."""
    own, other = (three.astype(np.int64) @ [1 << 16, 1 << 8, 1] for three in (table.colors, colors))
    return np.isin(other, own)


def sample_by_weight(counts: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a systematic sample of pixels, at even steps along the colour table.

    Parameters
    ----------
    counts : (U,) int
        Pixels of each colour.
    size : int
        Pixels to draw.

    Returns
    -------
    rows : (n,) int64
        Rows of the sampled colours in the table, n ≤ size.
    weights : (n,) int64
        Pixels drawn of each. A table of no more than `size` colours is returned whole, with its own counts.
    """
    if len(counts) <= size:
        return np.arange(len(counts)), counts
    ends = np.cumsum(counts)
    positions = (np.arange(size) + 0.5) * (ends[-1] / size)
    return np.unique(np.searchsorted(ends, positions, side="right"), return_counts=True)
