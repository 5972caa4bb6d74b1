"""Say how many colours a photo needs: by the elbow, by the silhouette, and for the config's targets."""

import json
import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from _job import run

# Which way each target is met, and how it reads.
_TARGETS = {
    "delta_e_mean": ("at most", "mean ΔE"),
    "psnr": ("at least", "PSNR (dB)"),
    "ssim": ("at least", "SSIM"),
    "png_bytes": ("at most", "PNG bytes"),
}


def find_elbow(k: list[int], inertia: list[float]) -> int | None:
    """Find the elbow of a falling convex curve: Kneedle (Satopää et al. 2011) by kneed.

    Returns
    -------
    int or None
        The elbow's k; None where the curve has none, or fewer than three points.
    """
    from kneed import KneeLocator

    if len(k) < 3:
        return None
    with warnings.catch_warnings():
        # kneed warns when there is no elbow; the recommendation says so instead.
        warnings.simplefilter("ignore")
        elbow = KneeLocator(k, inertia, curve="convex", direction="decreasing").elbow
    return None if elbow is None else int(elbow)


def recommend(scores: pd.DataFrame, target: Mapping[str, float | None]) -> dict[str, Any]:
    """Weigh an image's scores.

    Parameters
    ----------
    scores
        The rows of scores.csv.
    target
        ``delta_e_mean`` and ``png_bytes`` at most, ``psnr`` and ``ssim`` at least; None asks nothing.

    Returns
    -------
    dict
        ``elbow``, ``silhouette`` and ``target``, each with its ``k`` (None where there is none in this
        range) and evidence, and ``sentence``, which says it all.
    """
    scores = scores.sort_values("k").set_index("k")
    first, last = int(scores.index[0]), int(scores.index[-1])
    elbow = find_elbow(scores.index.tolist(), scores["inertia"].tolist())
    separate = scores["silhouette"].dropna()
    asked = {name: value for name, value in target.items() if value is not None}
    met = pd.Series(True, index=scores.index)
    for name, value in asked.items():
        met &= scores[name] <= value if _TARGETS[name][0] == "at most" else scores[name] >= value
    enough = int(met.idxmax()) if asked and met.any() else None

    wish = " and ".join(f"{_TARGETS[name][1]} {_TARGETS[name][0]} {value:g}" for name, value in asked.items())
    parts = []
    if enough is not None:
        values = ", ".join(f"{_TARGETS[name][1]} {scores.loc[enough, name]:g}" for name in asked)
        parts.append(f"{enough} colours are the fewest that meet the target of {wish} ({values})")
    elif asked:
        parts.append(f"no k from {first} to {last} meets the target of {wish}: widen n_clusters or lower the target")
    if elbow:
        parts.append(f"the elbow of the inertia is at k = {elbow}")
    else:
        parts.append(f"the inertia has no elbow from {first} to {last}")
    best = None
    if len(separate):
        best = int(separate.idxmax())
        parts.append(f"the silhouette is highest at k = {best} ({separate.max():.3f})")
    sentence = "; ".join(parts) + "."
    return {
        "sentence": sentence[0].upper() + sentence[1:],
        "elbow": {"k": elbow, "inertia": None if elbow is None else float(scores.loc[elbow, "inertia"])},
        "silhouette": {"k": best, "silhouette": None if best is None else float(separate.max())},
        "target": {
            "k": enough,
            "asked": asked,
            "reached": {} if enough is None else {name: _finite(scores.loc[enough, name]) for name in asked},
            "best_in_range": {
                name: _finite(scores[name].min() if _TARGETS[name][0] == "at most" else scores[name].max())
                for name in asked
            },
        },
    }


def _finite(value: float) -> float | None:
    """Give a number as JSON can hold it: the infinite PSNR of an exact reconstruction becomes null."""
    return float(value) if math.isfinite(value) else None


def main(snakemake: Any) -> None:
    recommendation = recommend(pd.read_csv(snakemake.input.scores), snakemake.params.target)
    text = json.dumps(recommendation, indent=2, ensure_ascii=False, allow_nan=False)
    Path(snakemake.output[0]).write_text(text + "\n")


if __name__ == "__main__":
    run(main, snakemake)
