"""Fit K-means with k centroids and write the palette."""

from pathlib import Path
from typing import Any

import numpy as np

from _colors import load_table
from _fit import fit
from _job import run
from _palette import draw_swatches, palette_files, palette_rows
from _tables import to_csv


def main(snakemake: Any) -> None:
    kmeans = snakemake.params.kmeans
    table = load_table(snakemake.input.pixels, index=kmeans["fit_on"] == "pixels")
    clusters = fit(table, int(snakemake.wildcards.k), **kmeans)
    arrays = clusters._asdict()
    restarts = arrays.pop("restarts")
    np.savez(snakemake.output.clusters, **arrays)
    columns = ("seed", "kind", "inertia", "iterations")
    kept = [dict(zip(columns, restart, strict=True)) for restart in restarts]
    Path(snakemake.output.restarts).write_text(to_csv(kept), encoding="utf-8")
    rows = palette_rows(clusters.palette, clusters.pixels)
    for suffix, text in palette_files(rows, snakemake.wildcards.image).items():
        Path(getattr(snakemake.output, suffix)).write_text(text, encoding="utf-8")
    draw_swatches(rows).save(snakemake.output.swatches)


if __name__ == "__main__":
    run(main, snakemake)
