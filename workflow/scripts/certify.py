"""Prove how good fits are: a lower bound of the inertia for each k to be certified."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from photopalette.color.table import ColorTable, load_table
from photopalette.files.checksum import sha256_of
from photopalette.files.tables import to_csv
from photopalette.kmeans.bound import Bound, lower_bound
from photopalette.kmeans.fit import fit
from photopalette.kmeans.lloyd import lloyd
from photopalette.kmeans.points import Points
from photopalette.quality.certificate import gap, round_down
from photopalette.run.cache import FOLDER, Cache
from photopalette.run.job import log, run
from photopalette.run.packages import KERNELS, SKLEARN

COLUMNS = ["k", "space", "weight_exponent", "inertia", "lower_bound", "gap", "method", "boxes", "complete"]
_MOST = 16  # colours: beyond, bounds take long and say less


def chosen(certify: str, n_clusters: Sequence[int], answer: int | None) -> list[int]:
    """List the k to certify: those that the setting asks for, up to 16.

    Parameters
    ----------
    certify
        ``all``, ``answer`` or ``none``.
    n_clusters
        The k that are studied.
    answer
        The answer's k, if there is one.
    """
    asked = {"all": {*n_clusters, answer}, "answer": {answer}, "none": set()}[certify]
    return sorted(k for k in asked if k is not None and k <= _MOST)


def certify(table: ColorTable, clusters: Mapping[str, Any], weight_exponent: float) -> tuple[dict[str, Any], Bound]:
    """Bound what a fit has minimized.

    Parameters
    ----------
    table
        The image's colour table.
    clusters
        ``centroids``, ``space``, ``inertia`` and what is ``kept`` of the fit, as in clusters.npz.
    weight_exponent
        With one other than 1, or a grey mask, not the inertia was minimized but a weighted sum, which is computed here.

    Returns
    -------
    dict
        The cells of certificates.csv, but k.
    Bound
        What proves them.
    """
    space, centroids, inertia = str(clusters["space"]), clusters["centroids"], float(clusters["inertia"])
    kept = clusters.get("kept", np.zeros(len(centroids), bool))
    centroids = centroids[np.argsort(~kept, kind="stable")]
    points = Points(table, space, weight_exponent)
    if not points.counts_pixels:
        inertia = lloyd(points.places, points.weights, centroids, max_iter=0).inertia
    bound = lower_bound(points.places, points.weights, centroids, inertia, fixed=np.count_nonzero(kept))
    least = round_down(bound.value)
    row = {
        "space": space,
        "weight_exponent": weight_exponent,
        "inertia": inertia,
        "lower_bound": least,
        "gap": gap(inertia, least),
        "method": bound.method,
        "boxes": bound.boxes,
        "complete": bound.complete,
        **({"kept": int(kept.sum())} if kept.any() else {}),
        **({"mask": True} if table.weights is not None else {}),
    }
    return row, bound


def pack(row: Mapping[str, Any], radii: np.ndarray) -> bytes:
    """Pack a row and its r for the cache."""
    file = io.BytesIO()
    np.savez(file, row=json.dumps(row), radii=radii)
    return file.getvalue()


def unpack(content: bytes) -> tuple[dict[str, Any], np.ndarray]:
    """Unpack what :func:`pack` has packed."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return json.loads(str(arrays["row"])), arrays["radii"]


def main(snakemake: Any) -> None:
    source, params, image = snakemake.input, snakemake.params, snakemake.wildcards.image
    answers = [json.loads(Path(path).read_text(encoding="utf-8"))["k"] for path in source.search]
    fits = dict(zip(params.n_clusters, source.clusters, strict=True))
    kmeans, pixels = params.kmeans, sha256_of(source.pixels)
    packages = ("numpy", *KERNELS, *(SKLEARN if kmeans["refine"] == "none" else ()))
    cache = Cache(FOLDER / "certify" / image, params.code, pixels, json.dumps(kmeans), packages=packages)
    table = load_table(source.pixels, index=kmeans["fit_on"] == "pixels")
    rows, radii = [], {}
    for k in chosen(params.certify, params.n_clusters, next(iter(answers), None)):

        def make(k: int = k) -> bytes:
            if k in fits:
                with np.load(fits[k], allow_pickle=False) as arrays:
                    clusters = dict(arrays)
            else:
                clusters = fit(table, k, **kmeans)._asdict()
            row, bound = certify(table, clusters, kmeans["weight_exponent"])
            return pack({"k": k, **row}, bound.radii)

        row, r = unpack(cache.get(make, k, sha256_of(fits[k]) if k in fits else ""))
        rows.append(row)
        if row["method"] == "dual":
            radii[f"k{k}"] = r
        if not row["complete"]:
            words = "there is no lower bound" if row["method"] == "none" else "the lower bound is a weak one"
            log.warning("k = %d: %s, as the search for a better one would take too long", k, words)
    cache.delete_unused()
    columns = dict.fromkeys([*COLUMNS, *(name for row in rows for name in row)])
    Path(snakemake.output.table).write_text(to_csv(rows, columns), encoding="utf-8")
    np.savez(snakemake.output.radii, **radii)


if __name__ == "__main__":
    run(main, snakemake)
