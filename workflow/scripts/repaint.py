"""Show the image in a palette that the config gives, as an indexed PNG of exactly that palette."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from photopalette.color.spaces import nearest
from photopalette.color.table import load_table
from photopalette.palettes.reading import PaletteError, parse_colors, read_palette, read_sent
from photopalette.photo.sources import path_of
from photopalette.pictures.indexed import rebuild, small_png
from photopalette.run.job import JobError, run


def read_given(name: str, given: str | Sequence[str] | None, files: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Read a palette of the config; `files` is the one that Snakemake has put elsewhere, if there is one.

    Returns
    -------
    tuple of (k, 3) uint8
        Its colours, and what has to be sent for them to the device that shows them: the same, unless it is a table of
        a device.
    """
    if given is None:
        raise JobError(f"the config gives no palette '{name}' to try on this image; add it to its 'palettes'")
    try:
        if not isinstance(given, str):
            return (parse_colors(given),) * 2
        path = files[0] if files else path_of(given)
        return read_palette(path), read_sent(path)
    except PaletteError as error:
        raise JobError(f"palettes.{name}: {error}") from None


def main(snakemake: Any) -> None:
    params, name = snakemake.params, snakemake.wildcards.palette
    table = load_table(snakemake.input.pixels)
    palette, sent = read_given(name, params.palette, snakemake.input.file)
    if table.mask is not None and len(palette) > 255:
        raise JobError(
            f"palettes.{name}: an indexed PNG holds 256 colours, one of them transparent here; use 255 at most"
        )
    picture = rebuild(table, palette, nearest(table.colors, palette, params.space), **params.reconstruct)
    picture.putpalette(sent.tobytes() + bytes(3 * (table.mask is not None)))
    Path(snakemake.output[0]).write_bytes(small_png(picture))


if __name__ == "__main__":
    run(main, snakemake)
