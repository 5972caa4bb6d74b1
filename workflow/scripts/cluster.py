"""Fit K-means with k centroids."""

from pathlib import Path
from typing import Any

import numpy as np

from photopalette.color.table import load_table
from photopalette.files.tables import to_csv
from photopalette.kmeans.fit import fit
from photopalette.run.job import run


def main(snakemake: Any) -> None:
    kmeans = snakemake.params.kmeans
    table = load_table(snakemake.input.pixels, index=kmeans["fit_on"] == "pixels")
    clusters = fit(table, int(snakemake.wildcards.k), **kmeans)
    np.savez(snakemake.output.clusters, **clusters.arrays())
    columns = ("seed", "restart", "kind", "inertia", "iterations")
    kept = [dict(zip(columns, restart, strict=True)) for restart in clusters.restarts]
    Path(snakemake.output.restarts).write_text(to_csv(kept), encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
