"""What the restarts of a fit say of it."""

from collections.abc import Sequence

import numpy as np


def restart_statistics(inertias: Sequence[float]) -> dict[str, float | None]:
    """Say how solid a fit is: how many restarts reached the best, and how far above it the median ended.

    Parameters
    ----------
    inertias
        Of all restarts; a single one says nothing, and gets empty cells.

    Returns
    -------
    dict
        ``restarts``; ``hits``, those within 1e-6 of the best; ``spread``, the median above the best in %, to four
        decimals: beyond them it is how a sum was rounded.
    """
    count, best = len(inertias), min(inertias)
    if count == 1:
        return {"restarts": 1, "hits": None, "spread": None}
    spread = round(100 * float(np.median(inertias) / best - 1), 4) if best else 0.0
    hits = sum(inertia <= best * (1 + 1e-6) for inertia in inertias)
    return {"restarts": count, "hits": hits, "spread": spread}
