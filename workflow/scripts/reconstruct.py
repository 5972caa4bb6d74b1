"""Rebuild the image from its k colours, as an indexed PNG."""

from typing import Any

import numpy as np
from PIL import Image

from _colors import load_table, round_palette
from _job import run


def indexed_image(palette: np.ndarray, labels: np.ndarray, shape: tuple[int, int]) -> Image.Image:
    """Make a mode P image of exactly the given palette.

    Parameters
    ----------
    palette : (k, 3) uint8
        The colours, k ≤ 256.
    labels : (N,) uint8
        Palette index of each pixel.
    shape
        Height and width in pixels.
    """
    image = Image.fromarray(labels.reshape(shape))
    image.putpalette(palette.tobytes())
    return image


def main(snakemake: Any) -> None:
    table = load_table(snakemake.input.pixels)
    with np.load(snakemake.input.clusters, allow_pickle=False) as clusters:
        palette, labels = round_palette(clusters["centroids"]), clusters["labels"]
    image = indexed_image(palette, labels[table.index], tuple(table.shape))
    image.save(snakemake.output[0], "PNG", optimize=True)


if __name__ == "__main__":
    run(main, snakemake)
