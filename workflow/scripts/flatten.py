"""Factor the resized image into its colour table."""

from typing import Any

import numpy as np

from photopalette.color.table import flatten, save_table
from photopalette.files.pictures import open_picture
from photopalette.run.job import run


def main(snakemake: Any) -> None:
    save_table(snakemake.output[0], flatten(np.asarray(open_picture(snakemake.input.resized))))


if __name__ == "__main__":
    run(main, snakemake)
