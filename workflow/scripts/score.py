"""Gather one row of scores per k: the fit, how good it looks, what it costs."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

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
    "ssim",
    "delta_e_mean",
    "delta_e_p95",
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


def ssim(original: np.ndarray, rebuilt: np.ndarray) -> float | None:
    """Structural similarity (Wang et al. 2004), mean of the channels, of two (h, w, 3) uint8 images.

    None for images smaller than the window of 7 × 7 pixels.
    """
    if min(original.shape[:2]) < 7:
        return None
    return float(structural_similarity(original, rebuilt, channel_axis=2, data_range=255))


def delta_e(table: ColorTable, palette: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Colour difference by CIEDE2000 (Sharma et al. 2005) over the pixels: mean and 95th percentile.

    Parameters
    ----------
    table
        The image's colour table, sRGB.
    palette : (k, 3) uint8
        Colours of the reconstruction, sRGB.
    labels : (U,) int
        Palette index of each colour of the table.
    """
    difference = deltaE_ciede2000(rgb2lab(table.colors), rgb2lab(palette)[labels])
    percentile = np.quantile(difference, 0.95, weights=table.counts, method="inverted_cdf")
    return float(np.average(difference, weights=table.counts)), float(percentile)


def entropy(pixels: np.ndarray) -> float:
    """Shannon entropy, in bits per pixel, of the labels: pixels (k,) of each cluster."""
    share = pixels[pixels > 0] / pixels.sum()
    return float(-(share @ np.log2(share))) + 0.0


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
    spread = 100 * float(inertias.median() / best - 1) if best else 0.0
    return {"restarts": count, "hits": int((inertias <= best * (1 + 1e-6)).sum()), "spread": spread}


def main(snakemake: Any) -> None:
    table = load_table(snakemake.input.pixels)
    original = np.asarray(Image.open(snakemake.input.resized))
    source_bytes, pixels = Path(snakemake.input.resized).stat().st_size, int(table.counts.sum())
    rows = []
    for clusters_path, restarts, reconstructed in zip(
        snakemake.input.clusters, snakemake.input.restarts, snakemake.input.reconstructed, strict=True
    ):
        with np.load(clusters_path, allow_pickle=False) as archive:
            clusters = dict(archive)
        palette, labels = round_palette(clusters["centroids"]), clusters["labels"]
        mse = mean_squared_error(table, palette, labels)
        mean, percentile = delta_e(table, palette, labels)
        png_bytes = Path(reconstructed).stat().st_size
        rows.append(
            {
                "k": len(palette),
                "inertia": float(clusters["inertia"]),
                "mse": mse,
                "psnr": psnr(mse),
                "ssim": ssim(original, np.asarray(Image.open(reconstructed).convert("RGB"))),
                "delta_e_mean": mean,
                "delta_e_p95": percentile,
                "png_bytes": png_bytes,
                "source_png_bytes": source_bytes,
                "bits_per_pixel": 8 * png_bytes / pixels,
                "compression_ratio": source_bytes / png_bytes,
                "entropy": entropy(clusters["pixels"]),
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
    scores["pixels"] = pixels
    scores.round(4).to_csv(snakemake.output[0], columns=COLUMNS, index=False, lineterminator="\n")


if __name__ == "__main__":
    run(main, snakemake)
