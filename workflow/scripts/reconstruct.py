"""Rebuild the image from its k colours, as an indexed PNG."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from _colors import load_table
from _images import indexed_image, small_png
from _job import run


def dithered_image(palette: np.ndarray, original: np.ndarray) -> Image.Image:
    """Make a mode P image of the given palette by Floyd and Steinberg's error diffusion, as Pillow does it.

    Parameters
    ----------
    palette : (k, 3) uint8
        The colours, k ≤ 256.
    original : (h, w, 3) uint8
        The image to show.
    """
    colors = Image.new("P", (1, 1))
    colors.putpalette(palette.tobytes())
    return Image.fromarray(original).quantize(palette=colors, dither=Image.Dither.FLOYDSTEINBERG)


def main(snakemake: Any) -> None:
    table = load_table(snakemake.input.pixels)
    shape = tuple(table.shape)
    with np.load(snakemake.input.clusters, allow_pickle=False) as clusters:
        palette, labels = clusters["palette"], clusters["palette_labels"]
    # With every colour in the palette there is no error to diffuse; Pillow would still take colours that are
    # less than four levels apart for one another.
    dither = snakemake.params.reconstruct["dither"] == "floyd-steinberg" and len(palette) < len(table.colors)
    if dither:
        image = dithered_image(palette, table.colors[table.index].reshape(*shape, 3))
    else:
        image = indexed_image(palette, labels[table.index], shape)
    Path(snakemake.output[0]).write_bytes(small_png(image))


if __name__ == "__main__":
    run(main, snakemake)
