"""Name colours as people do: by the nearest of the 949 names of the XKCD colour survey (Munroe 2010)."""

import functools
import importlib.util
from pathlib import Path

import numpy as np

from _spaces import to_space


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
    difference = ciede2000(to_space(colors, "lab")[:, None], to_space(known, "lab"))
    # Processors differ in the last digits of a power or a cosine. The first of equals is taken.
    return [names[place] for place in difference.round(9).argmin(axis=1)]


def ciede2000(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Colour difference of CIELAB colours (…, 3), after Sharma, Wu and Dalal (2005); their shapes broadcast.

    Equal to :func:`skimage.color.deltaE_ciede2000`, which takes half a second to import.
    """
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(a, -1, 0), np.moveaxis(b, -1, 0)
    grey = 1.5 - _seventh((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) / 2
    a1, a2 = a1 * grey, a2 * grey
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.arctan2(b1, a1), np.arctan2(b2, a2)
    chromatic = c1 * c2 != 0
    # The way round the circle that is no longer than half of it.
    turn = np.where(chromatic, (h2 - h1 + np.pi) % (2 * np.pi) - np.pi, 0)
    hue = np.where(chromatic, h1 + turn / 2, h1 + h2)
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    weight = 1 - 0.17 * np.cos(hue - np.radians(30)) + 0.24 * np.cos(2 * hue)
    weight += 0.32 * np.cos(3 * hue + np.radians(6)) - 0.2 * np.cos(4 * hue - np.radians(63))
    centred = (lightness - 50) ** 2
    light = (l2 - l1) / (1 + 0.015 * centred / np.sqrt(20 + centred))
    colourful = (c2 - c1) / (1 + 0.045 * chroma)
    tint = 2 * np.sqrt(c1 * c2) * np.sin(turn / 2) / (1 + 0.015 * chroma * weight)
    degrees = np.degrees(hue) % 360
    rotation = -np.sin(np.radians(60) * np.exp(-(((degrees - 275) / 25) ** 2))) * 2 * _seventh(chroma)
    return np.sqrt(light**2 + colourful**2 + tint**2 + rotation * colourful * tint)


def _seventh(chroma: np.ndarray) -> np.ndarray:
    power = chroma**7
    return np.sqrt(power / (power + 25.0**7))
