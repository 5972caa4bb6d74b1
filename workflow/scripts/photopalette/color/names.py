"""Names of colours: the nearest of the xkcd colour survey."""

import functools

import numpy as np

from photopalette.color.spaces import to_space
from photopalette.color.xkcd import SURVEY
from photopalette.kernels.compiled import call


@functools.cache
def survey() -> tuple[tuple[str, ...], np.ndarray]:
    """Return the survey's names, and their colours as (949, 3) uint8 sRGB."""
    codes, names = zip(*(entry.split(maxsplit=1) for entry in SURVEY.strip().split(",")), strict=True)
    return names, np.array([list(bytes.fromhex(code[1:])) for code in codes], np.uint8)


def name_colors(colors: np.ndarray) -> list[str]:
    """Name each of (n, 3) uint8 sRGB colours by the survey's colour with the smallest CIEDE2000 difference."""
    names, known = survey()
    rows, labels = np.divmod(np.arange(len(colors) * len(names), dtype=np.int32), np.int32(len(names)))
    difference = np.empty(len(rows))
    call(
        "photopalette.kernels.metrics",
        "delta_e",
        first=to_space(colors, "lab"),
        second=to_space(known, "lab"),
        rows=rows,
        labels=labels,
        differences=difference,
    )
    # Rounded, so that of equally near colours the first is taken.
    return [names[place] for place in difference.reshape(len(colors), -1).round(9).argmin(axis=1)]
