"""Factor the resized image into its colour table."""

from typing import Any

import numpy as np
from PIL import Image

from _colors import flatten, save_table
from _job import run


def main(snakemake: Any) -> None:
    save_table(snakemake.output[0], flatten(np.asarray(Image.open(snakemake.input.resized))))


if __name__ == "__main__":
    run(main, snakemake)
