"""Factor the resized image into its colour table."""

from typing import Any

import numpy as np
from PIL import Image

from _colors import flatten
from _job import run


def main(snakemake: Any) -> None:
    table = flatten(np.asarray(Image.open(snakemake.input.resized)))
    np.savez(snakemake.output[0], **table._asdict())


if __name__ == "__main__":
    run(main, snakemake)
