"""Factor the resized image into its colour table."""

from typing import Any

import numpy as np

from _colors import flatten, save_table
from _job import run
from _pictures import open_picture


def main(snakemake: Any) -> None:
    save_table(snakemake.output[0], flatten(np.asarray(open_picture(snakemake.input.resized))))


if __name__ == "__main__":
    run(main, snakemake)
