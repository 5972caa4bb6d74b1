"""Name colours as people do: by the nearest of the 949 names of the XKCD colour survey (Munroe 2010)."""

import functools
import importlib.util
from pathlib import Path

import numpy as np

from photopalette.color.spaces import to_space
from photopalette.kernels.compiled import call


@functools.cache
def survey() -> tuple[tuple[str, ...], np.ndarray]:
    """Read the survey's names, and their colours as (949, 3) uint8 sRGB.

    They are data of matplotlib, ``matplotlib.colors.XKCD_COLORS``. Its file alone is read, as importing the
    package would take half a second of every fit.
    """
    package = importlib.util.find_spec("matplotlib").submodule_search_locations[0]
    spec = importlib.util.spec_from_file_location("_color_data", Path(package, "_color_data.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    codes = "".join(code.removeprefix("#") for code in module.XKCD_COLORS.values())
    names = tuple(name.removeprefix("xkcd:") for name in module.XKCD_COLORS)
    return names, np.frombuffer(bytes.fromhex(codes), np.uint8).reshape(-1, 3)


def name_colors(colors: np.ndarray) -> list[str]:
    """Name each of (n, 3) uint8 sRGB colours by the survey's nearest, as CIEDE2000 sees it."""
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
    # The first of equals is taken, up to how a sum was rounded.
    return [names[place] for place in difference.reshape(len(colors), -1).round(9).argmin(axis=1)]
