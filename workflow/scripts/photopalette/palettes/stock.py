"""Stocks: the colours that somebody has, with their names and codes, to choose a palette from."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import ImageColor

from photopalette.color.names import name_colors, survey
from photopalette.color.table import count_colors, hex_codes
from photopalette.palettes.reading import Color, PaletteError, Swatch, parse_color, read_file
from photopalette.run.secrets import shown

BUILT_IN = ("css", "xkcd")
AT_MOST = 24  # colours chosen by default
_FEWEST, _MOST = 2, 2000
_SHOWN = 3  # mistakes of a kind that a message lists, at most


class Stock(NamedTuple):
    """Colours to choose from.

    Attributes
    ----------
    colors : (m, 3) uint8
        Distinct.
    names, codes : (m,) str
        What each is called, where nobody says so by the survey's nearest colour; and its code, which may be empty.
    kept : (p,) int64
        Rows of the colours that have to be chosen, rising.
    most : int
        Colours to be chosen at most.
    """

    colors: np.ndarray
    names: list[str]
    codes: list[str]
    kept: np.ndarray
    most: int

    def label(self, row: int) -> str:
        """Write the code and the name of a colour."""
        return " ".join(filter(None, (self.codes[row], self.names[row])))


def read_stock(settings: Mapping[str, Any], path: str | None = None) -> Stock:
    """Read a stock as the configuration describes it.

    Parameters
    ----------
    settings
        ``colors``, a list, a file or one of :data:`BUILT_IN`; ``keep`` and ``at_most``, which may be missing.
    path
        Where the file is.

    Raises
    ------
    PaletteError
        If it can't be read, or what is asked for can't be chosen from it.
    """
    colors = settings["colors"]
    if isinstance(colors, list):
        stock = _gather(Swatch(parse_color(text), "" if "#" in text or "(" in text else text) for text in colors)
    elif colors in BUILT_IN:
        stock = _gather(dict.fromkeys(_built_in(colors)))  # of equal ones, the first name counts
    elif not Path(colors).suffix:
        words = ", ".join(BUILT_IN)
        raise PaletteError(f"{shown(colors)} is neither one of {words} nor a file with the extension of a palette")
    else:
        stock = read_file(path or colors, _gather)
    kept = _find_kept(stock, settings.get("keep") or [])
    m, asked = len(stock.colors), settings.get("at_most")
    if asked and asked > m:
        raise PaletteError(f"at_most: {asked} is more than the {count_colors(m)} of the stock; use {m} at most")
    most = asked or min(max(AT_MOST, len(kept)), m)
    if len(kept) > most:
        raise PaletteError(f"keep: has {count_colors(len(kept))}, more than at_most ({most}); raise at_most")
    return _name(stock)._replace(kept=kept, most=most)


def _built_in(name: str) -> Iterable[Swatch]:
    """Yield the colours of CSS or of the xkcd survey, each with its name."""
    if name == "css":
        return (Swatch(parse_color(name), name) for name in ImageColor.colormap)
    names, colors = survey()
    return (Swatch(tuple(color), name) for name, color in zip(names, colors.tolist(), strict=True))


def _gather(swatches: Iterable[Color]) -> Stock:
    """Gather the colours of a stock, which have to differ."""
    found: dict[Color, Color] = {}
    twice = []
    for swatch in swatches:
        if swatch in found:
            twice.append((found[swatch], swatch))
        else:
            found[swatch] = swatch
    if twice:
        pairs = (f"{_call(first)} and {_call(second)} are both {_code(first)}" for first, second in twice[:_SHOWN])
        more = f"; and {len(twice) - _SHOWN} more" * (len(twice) > _SHOWN)
        raise PaletteError(f"has a colour twice: {'; '.join(pairs)}{more}; remove one of each")
    if len(found) < _FEWEST:
        raise PaletteError(f"has {count_colors(len(found)) if found else 'no colours'}; a stock needs two at least")
    if len(found) > _MOST:
        raise PaletteError(f"has {count_colors(len(found))}; use {_MOST:,} at most")
    colors = np.array([*found], np.uint8)
    names, codes = ([getattr(color, kind, "") for color in found] for kind in ("name", "code"))
    return Stock(colors, names, codes, np.empty(0, np.int64), 0)


def _name(stock: Stock) -> Stock:
    """Call the colours without a name by the survey's nearest."""
    unnamed = [row for row, name in enumerate(stock.names) if not name]
    nearest = dict(zip(unnamed, name_colors(stock.colors[unnamed]) if unnamed else (), strict=True))
    return stock._replace(names=[nearest.get(row, name) for row, name in enumerate(stock.names)])


def _code(color: Color) -> str:
    return hex_codes(np.array([color], np.uint8))[0]


def _call(color: Color) -> str:
    """Name a colour in a message."""
    words = " ".join(filter(None, (getattr(color, "code", ""), getattr(color, "name", ""))))
    return f"'{words}'" if words else _code(color)


def _find_kept(stock: Stock, keep: Sequence[str]) -> np.ndarray:
    """Find the rows of colours to keep, each given by its code, its name or as a colour."""
    rows: list[int] = []
    for text in keep:
        known = []
        for called in (stock.codes, stock.names):
            known = known or [row for row, word in enumerate(called) if word == text]
        if len(known) > 1:
            codes = ", ".join(hex_codes(stock.colors[known]))
            raise PaletteError(f"keep: {len(known)} colours are called {shown(text)}; name one of {codes}")
        if not known:
            try:
                color = np.array([parse_color(text)], np.uint8)
            except PaletteError:
                fault = f"keep: {shown(text)} is neither a code nor a name in the stock, nor a colour; use #rrggbb"
                raise PaletteError(fault) from None
            known = np.flatnonzero((stock.colors == color).all(axis=1)).tolist()
        if not known:
            distance = ((stock.colors.astype(int) - color) ** 2).sum(axis=1)
            near = int(distance.argmin())
            closest = f"{hex_codes(stock.colors)[near]} ({_name(stock).label(near)})"
            raise PaletteError(f"keep: {text} is not in the stock; the nearest there is {closest}")
        if known[0] in rows:
            raise PaletteError(f"keep: {text} is listed twice; remove one")
        rows.append(known[0])
    return np.array(sorted(rows), np.int64)
