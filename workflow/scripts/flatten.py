"""Factor the resized image into its colour table."""

from typing import Any

import numpy as np

from photopalette.color.table import flatten, save_table
from photopalette.files.pictures import open_picture
from photopalette.run.job import run


def main(snakemake: Any) -> None:
    params, levels = snakemake.params, None
    if params.mask:
        from photopalette.photo.masks import mask_levels

        mask = next(iter(snakemake.input.mask), params.mask["mask"])
        levels = mask_levels(mask, params.mask)
    save_table(snakemake.output[0], flatten(np.asarray(open_picture(snakemake.input.resized)), levels))


if __name__ == "__main__":
    run(main, snakemake)
