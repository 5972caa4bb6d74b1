"""Factor the resized image into its colour table."""

from typing import Any

import numpy as np
from PIL import Image

from _colors import ColorTable
from _job import run

# Below, sorting the pixels is cheaper than clearing a table of all 2^24 colours.
_SORT_BELOW = 1 << 20
_BLOCK = 1 << 22  # pixels at a time, so that temporary arrays stay small


def flatten(image: np.ndarray) -> ColorTable:
    """Factor an image into distinct colours, their counts, and each pixel's colour.

    Parameters
    ----------
    image : (height, width, 3) uint8
        8-bit RGB.

    Returns
    -------
    ColorTable
        With ``colors[index].reshape(image.shape)`` equal to `image`.
    """
    pixels = image.reshape(-1, 3)
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
    return ColorTable(colors, counts.astype(np.int64), index, np.array(image.shape[:2]))


def main(snakemake: Any) -> None:
    table = flatten(np.asarray(Image.open(snakemake.input.resized)))
    np.savez(snakemake.output[0], **table._asdict())


if __name__ == "__main__":
    run(main, snakemake)
