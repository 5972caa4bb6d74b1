"""Gather one row of scores per k: the fit, how good it looks, what it costs."""

import functools
from pathlib import Path
from typing import Any

import numpy as np

from photopalette.color.spaces import to_space
from photopalette.color.table import load_table
from photopalette.files.tables import read_rows, rounded, to_csv
from photopalette.kmeans.restarts import restart_statistics
from photopalette.pictures.indexed import count_pixels, read_indexed
from photopalette.quality.certificate import certified
from photopalette.quality.criteria import CRITERIA
from photopalette.quality.metrics import METRICS, SEEN, Reference, score_picture, score_seen
from photopalette.run.job import run

COLUMNS = [
    "image",
    "k",
    "colors_used",
    "space",
    "inertia",
    "lower_bound",
    "gap",
    "silhouette",
    "silhouette_exact",
    *CRITERIA,
    *METRICS,
    "png_bytes",
    "source_png_bytes",
    "bits_per_pixel",
    "compression_ratio",
    "entropy",
    "n_iter",
    "converged",
    "restarts",
    "hits",
    "spread",
    "distinct_colors",
    "pixels",
]


def entropy(pixels: np.ndarray) -> float:
    """Shannon entropy, in bits per pixel, of a labelling: pixels (k,) of each label."""
    share = pixels[pixels > 0] / pixels.sum()
    return float(-(share @ np.log2(share))) + 0.0


def main(snakemake: Any) -> None:
    table = load_table(snakemake.input.pixels)
    reference = Reference(table, snakemake.params.viewing)
    source_bytes, pixels = Path(snakemake.input.resized).stat().st_size, int(table.counts.sum())
    silhouettes = {int(row["k"]): row for row in read_rows(snakemake.input.silhouette)}
    certificates = {int(row["k"]): row for row in read_rows(snakemake.input.certificates)}
    points = functools.cache(functools.partial(to_space, table.colors))
    seen = list(score_seen(reference, map(read_indexed, snakemake.input.reconstructed)))
    rows = []
    for k, seen_of_k, clusters_path, restarts, reconstructed in zip(
        snakemake.params.n_clusters,
        seen,
        snakemake.input.clusters,
        snakemake.input.restarts,
        snakemake.input.reconstructed,
        strict=True,
    ):
        with np.load(clusters_path, allow_pickle=False) as archive:
            clusters = dict(archive)
        space = str(clusters["space"])
        palette, indices = read_indexed(reconstructed)
        png_bytes = Path(reconstructed).stat().st_size
        row = {
            "image": snakemake.wildcards.image,
            "k": k,
            "space": space,
            "inertia": float(clusters["inertia"]),
            **{
                name: criterion.score(points(space), table.counts, clusters["labels"])
                for name, criterion in CRITERIA.items()
            },
            **score_picture(reference, palette, indices, without=SEEN),
            **seen_of_k,
            "png_bytes": png_bytes,
            "source_png_bytes": source_bytes,
            "bits_per_pixel": 8 * png_bytes / pixels,
            "compression_ratio": source_bytes / png_bytes,
            "entropy": entropy(count_pixels(indices, len(palette))),
            "n_iter": int(clusters["n_iter"]),
            "converged": bool(clusters["converged"]),
            "distinct_colors": len(table.colors),
            "pixels": pixels,
            **restart_statistics([(row["kind"], float(row["inertia"])) for row in read_rows(restarts)]),
        }
        proven = certified(certificates, k) or {}
        # As text, so that an estimated score's digits and an empty cell stay what they are.
        rows.append(rounded(row) | proven | {name: silhouettes[k][name] for name in ("silhouette", "silhouette_exact")})
    Path(snakemake.output[0]).write_text(to_csv(rows, COLUMNS), encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
