"""What the restarts of a fit say of it."""

from collections.abc import Sequence

import numpy as np


def restart_statistics(runs: Sequence[tuple[str, float]]) -> dict[str, float | None]:
    """Say how far the restarts of a fit agree: how many reached the best, and how far above it the median ended.

    Parameters
    ----------
    runs
        Kind and inertia of each. A crossover counts as no restart, but it may have found the best; a single restart
        says nothing, and gets empty cells.

    Returns
    -------
    dict
        ``restarts``; ``hits``, those within 1e-6 of the best; ``spread``, the median above the best in %, to four
        decimals: beyond them it is how a sum was rounded.
    """
    inertias, best = [inertia for kind, inertia in runs if kind != "crossover"], min(inertia for _, inertia in runs)
    if len(inertias) == 1:
        return {"restarts": 1, "hits": None, "spread": None}
    spread = round(100 * float(np.median(inertias) / best - 1), 4) if best else 0.0
    hits = sum(inertia <= best * (1 + 1e-6) for inertia in inertias)
    return {"restarts": len(inertias), "hits": hits, "spread": spread}
