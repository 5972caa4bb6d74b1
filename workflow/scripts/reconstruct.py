"""Rebuild the image from its k colours, as an indexed PNG."""

from pathlib import Path
from typing import Any

import numpy as np

from photopalette.color.table import load_table
from photopalette.pictures.indexed import rebuild, small_png
from photopalette.run.job import run


def main(snakemake: Any) -> None:
    table = load_table(snakemake.input.pixels)
    with np.load(snakemake.input.clusters, allow_pickle=False) as clusters:
        image = rebuild(table, clusters["palette"], clusters["palette_labels"], snakemake.params.reconstruct["dither"])
    Path(snakemake.output[0]).write_bytes(small_png(image))


if __name__ == "__main__":
    run(main, snakemake)
