"""Factor the resized image into its colour table."""

from typing import Any

import numpy as np
from PIL import Image

from _colors import ColorTable
from _job import run

# Below, sorting the pixels is cheaper than clearing a table of all 2^24 colours.
_SORT_BELOW = 1 << 20


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
    planes = image.reshape(-1, 3).astype(np.uint32)
    codes = planes[:, 0] << 16 | planes[:, 1] << 8 | planes[:, 2]
    if codes.size < _SORT_BELOW:
        present, index, counts = np.unique(codes, return_inverse=True, return_counts=True)
    else:
        histogram = np.bincount(codes, minlength=1 << 24)
        present = np.flatnonzero(histogram)
        counts = histogram[present]
        rows = np.empty(1 << 24, np.uint32)
        rows[present] = np.arange(present.size, dtype=np.uint32)
        index = rows[codes]
    colors = np.stack([present >> 16, present >> 8 & 255, present & 255], axis=1).astype(np.uint8)
    return ColorTable(colors, counts.astype(np.int64), index.astype(np.uint32), np.array(image.shape[:2]))


def main(snakemake: Any) -> None:
    table = flatten(np.asarray(Image.open(snakemake.input.resized)))
    np.savez(snakemake.output[0], **table._asdict())


if __name__ == "__main__":
    run(main, snakemake)
