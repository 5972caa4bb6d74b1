"""Gather one row of scores per k."""

from typing import Any

import numpy as np
import pandas as pd

from _colors import ColorTable, load_table, round_palette
from _job import run

COLUMNS = [
    "image",
    "k",
    "inertia",
    "silhouette",
    "silhouette_exact",
    "mse",
    "psnr",
    "n_iter",
    "converged",
    "restarts",
    "hits",
    "spread",
    "distinct_colors",
    "pixels",
]


def mean_squared_error(table: ColorTable, palette: np.ndarray, labels: np.ndarray) -> float:
    """Average, over the pixels, the squared error summed over the three channels.

    Parameters
    ----------
    table
        The image's colour table.
    palette : (k, 3) uint8
        Colours of the reconstruction.
    labels : (U,) int
        Palette index of each colour of the table.
    """
    error = table.colors.astype(np.int64) - palette[labels]
    return float((error**2).sum(axis=1) @ table.counts / table.counts.sum())


def psnr(mse: float) -> float:
    """Peak signal-to-noise ratio in dB, 10 log₁₀(255² / (mse / 3)): of the mean over the channels.

    Parameters
    ----------
    mse
        Squared error per pixel, summed over the three channels; 0 gives infinity.
    """
    return 10 * np.log10(255**2 * 3 / mse) if mse else np.inf


def restart_statistics(inertias: pd.Series) -> dict[str, float | None]:
    """Say how solid a fit is: how many restarts reached the best, and how far above it the median ended.

    Parameters
    ----------
    inertias
        Of all restarts; a single one says nothing, and gets empty cells.

    Returns
    -------
    dict
        ``restarts``; ``hits``, those within 1e-6 of the best; ``spread``, the median above the best in %.
    """
    count, best = len(inertias), inertias.min()
    if count == 1:
        return {"restarts": 1, "hits": None, "spread": None}
    spread = 100 * (inertias.median() / best - 1) if best else 0.0
    return {"restarts": count, "hits": int((inertias <= best * (1 + 1e-6)).sum()), "spread": round(spread, 4)}


def main(snakemake: Any) -> None:
    table = load_table(snakemake.input.pixels)
    rows = []
    for path, restarts in zip(snakemake.input.clusters, snakemake.input.restarts, strict=True):
        with np.load(path, allow_pickle=False) as clusters:
            mse = mean_squared_error(table, round_palette(clusters["centroids"]), clusters["labels"])
            rows.append(
                {
                    "k": len(clusters["centroids"]),
                    "inertia": round(float(clusters["inertia"]), 4),
                    "mse": round(mse, 4),
                    "psnr": round(psnr(mse), 4),
                    "n_iter": int(clusters["n_iter"]),
                    "converged": bool(clusters["converged"]),
                    **restart_statistics(pd.read_csv(restarts)["inertia"]),
                }
            )
    # As text, so that an estimated score's digits and an empty cell stay what they are.
    silhouettes = pd.read_csv(snakemake.input.silhouette, dtype={"silhouette": str, "silhouette_exact": str})
    scores = pd.DataFrame(rows).merge(silhouettes, on="k", validate="one_to_one").sort_values("k")
    scores = scores.astype({"hits": "Int64"})
    scores["image"] = snakemake.wildcards.image
    scores["distinct_colors"] = len(table.colors)
    scores["pixels"] = int(table.counts.sum())
    scores.to_csv(snakemake.output[0], columns=COLUMNS, index=False, lineterminator="\n")


if __name__ == "__main__":
    run(main, snakemake)
