"""Gather one row of scores per k: the fit, how good it looks, what it costs."""

import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from photopalette.color.spaces import to_space
from photopalette.color.table import load_table
from photopalette.files.checksum import sha256_of
from photopalette.files.tables import read_rows, rounded, to_csv
from photopalette.kmeans.restarts import restart_statistics
from photopalette.pictures.indexed import count_pixels, read_indexed
from photopalette.quality.certificate import certified
from photopalette.quality.criteria import CRITERIA
from photopalette.quality.metrics import METRICS, SEEN, Reference, score_picture, score_seen
from photopalette.run.cache import FOLDER, Cache
from photopalette.run.job import run
from photopalette.run.packages import KERNELS

_PACKAGES = ("numpy", "pillow", *KERNELS)

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


def judge(
    reference: Reference,
    points: Callable[[str], np.ndarray],
    clusters: str | Path,
    reconstructed: str | Path,
    seen: Mapping[str, float],
) -> bytes:
    """Compute the scores of one k that take long, those of its clusters and of its picture, as JSON.

    Parameters
    ----------
    reference
        The original.
    points
        Converts its colours to a colour space, (n, 3).
    clusters, reconstructed
        Paths of the fit and of its picture.
    seen
        The scores of the picture as it is seen from a distance.
    """
    with np.load(clusters, allow_pickle=False) as archive:
        places, labels = points(str(archive["space"])), archive["labels"]
    palette, indices = read_indexed(reconstructed)
    counts = reference.table.counts
    scores = {name: criterion.score(places, counts, labels) for name, criterion in CRITERIA.items()}
    scores |= score_picture(reference, palette, indices, without=SEEN) | seen
    scores["entropy"] = entropy(count_pixels(indices, len(palette)))
    return json.dumps(rounded(scores)).encode()


def main(snakemake: Any) -> None:
    params, source = snakemake.params, snakemake.input
    table, image = load_table(source.pixels), snakemake.wildcards.image
    reference = Reference(table, params.viewing)
    source_bytes, pixels = Path(source.resized).stat().st_size, int(table.counts.sum())
    silhouettes = {int(row["k"]): row for row in read_rows(source.silhouette)}
    certificates = {int(row["k"]): row for row in read_rows(source.certificates)}
    points = functools.cache(functools.partial(to_space, table.colors))
    given = (sha256_of(source.pixels), str(params.viewing))
    cache = Cache(FOLDER / "score" / image, params.code, *given, packages=_PACKAGES)
    keys = [cache.key(*map(sha256_of, paths)) for paths in zip(source.clusters, source.reconstructed, strict=True)]
    kept = [cache.read(key) for key in keys]
    new = (path for path, judged in zip(source.reconstructed, kept, strict=True) if judged is None)
    seen = score_seen(reference, map(read_indexed, new))
    rows = []
    for k, clusters_path, restarts, reconstructed, key, judged in zip(
        params.n_clusters, source.clusters, source.restarts, source.reconstructed, keys, kept, strict=True
    ):
        if judged is None:
            judged = judge(reference, points, clusters_path, reconstructed, next(seen))
            cache.write(key, judged)
        with np.load(clusters_path, allow_pickle=False) as archive:
            fit = {name: archive[name].item() for name in ("space", "inertia", "n_iter", "converged")}
        png_bytes = Path(reconstructed).stat().st_size
        row = {
            "image": image,
            "k": k,
            **fit,
            "png_bytes": png_bytes,
            "source_png_bytes": source_bytes,
            "bits_per_pixel": 8 * png_bytes / pixels,
            "compression_ratio": source_bytes / png_bytes,
            "distinct_colors": len(table.colors),
            "pixels": pixels,
            **restart_statistics([(row["kind"], float(row["inertia"])) for row in read_rows(restarts)]),
        }
        proven = certified(certificates, k) or {}
        # As text, so that an estimated score's digits and an empty cell stay what they are.
        text = {name: silhouettes[k][name] for name in ("silhouette", "silhouette_exact")}
        rows.append(rounded(row) | json.loads(judged) | proven | text)
    cache.delete_unused()
    Path(snakemake.output[0]).write_text(to_csv(rows, COLUMNS), encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
