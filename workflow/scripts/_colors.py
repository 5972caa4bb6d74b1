"""The colour table: an image's distinct colours, how many pixels have each, and where they are."""

from pathlib import Path
from typing import NamedTuple

import numpy as np


class ColorTable(NamedTuple):
    """An image, factored into its distinct colours.

    Attributes
    ----------
    colors : (U, 3) uint8
        Distinct colours, sorted by red, green, blue.
    counts : (U,) int64
        Pixels of each colour.
    index : (N,) uint32
        Row of each pixel's colour; ``colors[index]`` is the flat image.
    shape : (2,) int64
        Height and width in pixels.
    """

    colors: np.ndarray
    counts: np.ndarray
    index: np.ndarray
    shape: np.ndarray


def load_table(path: str | Path, index: bool = True) -> ColorTable:
    """Read a colour table from pixels.npz; without `index`, which is as long as the image, it is empty."""
    with np.load(path, allow_pickle=False) as arrays:
        table = {name: arrays[name] for name in ColorTable._fields if index or name != "index"}
    return ColorTable(**{"index": np.empty(0, np.uint32), **table})


def count_colors(count: int) -> str:
    """Say so many colours."""
    return "1 colour" if count == 1 else f"{count:,} colours"


def name_k(k: int, colors: int) -> str:
    """Say "k = 7", and what that comes to in an image of fewer colours: "k = 7: 5 colours, all there are"."""
    if k <= colors:
        return f"k = {k}"
    return f"k = {k}: {count_colors(colors)}, all there {'is' if colors == 1 else 'are'}"


def hex_codes(colors: np.ndarray) -> list[str]:
    """Write (n, 3) uint8 colours as ``#rrggbb``."""
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in colors.tolist()]


def sample_by_weight(counts: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw `size` pixels at even steps along the colour table: a systematic sample, no chance in it.

    Parameters
    ----------
    counts : (U,) int
        Pixels of each colour.
    size : int
        Pixels to draw.

    Returns
    -------
    rows : (n,) int64
        The colours drawn, n ≤ size, in the table's order.
    weights : (n,) int64
        How often each was drawn; all of the table, with its own counts, where it has no more than
        `size` colours.
    """
    if len(counts) <= size:
        return np.arange(len(counts)), counts
    ends = np.cumsum(counts)
    positions = (np.arange(size) + 0.5) * (ends[-1] / size)
    return np.unique(np.searchsorted(ends, positions, side="right"), return_counts=True)
