"""Show the image in a palette that the config gives, as an indexed PNG of exactly that palette."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from photopalette.color.spaces import nearest
from photopalette.color.table import ColorTable, load_table
from photopalette.palettes.reading import PaletteError, parse_colors, read_palette, read_sent
from photopalette.photo.sources import path_of
from photopalette.pictures.indexed import rebuild, small_png
from photopalette.run.job import JobError, run


def read_given(
    name: str, palettes: Mapping[str, str | Sequence[str] | None], files: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Read one of the palettes of the config; `files` are those that Snakemake has put elsewhere.

    Returns
    -------
    tuple of (k, 3) uint8
        Its colours, and what has to be sent for them to the device that shows them: the same, unless it is a table of
        a device.
    """
    if (given := palettes.get(name)) is None:
        raise JobError(f"the config gives no palette '{name}' to try on this image; add it to its 'palettes'")
    try:
        if not isinstance(given, str):
            return (parse_colors(given),) * 2
        names = [value for value in palettes.values() if isinstance(value, str)]
        path = path_of(dict(zip(names, files or names, strict=True))[given])
        return read_palette(path), read_sent(path)
    except PaletteError as error:
        raise JobError(f"palettes.{name}: {error}") from None


def repaint(table: ColorTable, palette: np.ndarray, space: str, dither: str, serpentine: bool = False) -> Image.Image:
    """Show an image in a palette, each pixel in the nearest colour unless it is dithered.

    Parameters
    ----------
    table
        The image's colour table.
    palette : (k, 3) uint8
        The colours, k ≤ 256; of a cut-out k ≤ 255.
    space
        Where distances are taken: ``rgb``, ``lab`` or ``oklab``.
    dither, serpentine
        As for :func:`photopalette.pictures.indexed.rebuild`.

    Returns
    -------
    Image
        Of mode P, with the whole palette in its order, whatever of it is used.
    """
    return rebuild(table, palette, nearest(table.colors, palette, space), dither, serpentine)


def main(snakemake: Any) -> None:
    params, name = snakemake.params, snakemake.wildcards.palette
    table = load_table(snakemake.input.pixels)
    palette, sent = read_given(name, params.palettes, snakemake.input.palettes)
    if table.mask is not None and len(palette) > 255:
        raise JobError(
            f"palettes.{name}: an indexed PNG holds 256 colours, one of them transparent here; use 255 at most"
        )
    picture = repaint(table, palette, params.space, **params.reconstruct)
    picture.putpalette(sent.tobytes() + bytes(3 * (table.mask is not None)))
    Path(snakemake.output[0]).write_bytes(small_png(picture))


if __name__ == "__main__":
    run(main, snakemake)
