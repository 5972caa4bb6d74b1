"""Rebuild the image from its k colours, as an indexed PNG, and write the palette."""

from pathlib import Path
from typing import Any

import numpy as np

from photopalette.color.table import load_table
from photopalette.palettes.palette import tabulate_palette, write_palette
from photopalette.pictures.indexed import rebuild, small_png
from photopalette.run.job import run


def main(snakemake: Any) -> None:
    table, folder = load_table(snakemake.input.pixels), Path(snakemake.output.reconstructed).parent
    with np.load(snakemake.input.clusters, allow_pickle=False) as clusters:
        image = rebuild(table, clusters["palette"], clusters["palette_labels"], **snakemake.params.reconstruct)
        write_palette(folder, tabulate_palette(clusters), snakemake.wildcards.image)
    Path(snakemake.output.reconstructed).write_bytes(small_png(image))


if __name__ == "__main__":
    run(main, snakemake)
