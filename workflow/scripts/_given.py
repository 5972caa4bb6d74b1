"""Read palettes that were made elsewhere, to hold them against an image's own."""

import csv
import io
import json
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ImageColor

from _source import shown

_MOST = 256  # colours of an indexed PNG


class PaletteError(ValueError):
    """A palette can't be read; the message says why, and what to do."""


def parse_colors(colors: Sequence[str]) -> np.ndarray:
    """Read a list of colours.

    Parameters
    ----------
    colors
        CSS names, ``#rrggbb``, ``#rgb``, ``rgb(…)`` or ``hsl(…)``; what is opaque of them is taken.

    Returns
    -------
    (k, 3) uint8
        Distinct colours, in the order of the list.

    Raises
    ------
    PaletteError
        If one is no colour, or there are none or too many.
    """
    return _distinct(map(parse_color, colors))


def parse_color(text: str) -> tuple[int, int, int]:
    """Read a colour; raises :class:`PaletteError` if it is none."""
    # CSS parts the numbers by spaces, too, and Pillow only by commas.
    function = re.fullmatch(r"(rgb|hsl)a?\((.*)\)", text.strip().lower(), re.DOTALL)
    if function:
        numbers = re.split(r"[\s,/]+", function[2].strip().replace("deg", ""))[:3]
        text = f"{function[1]}({', '.join(numbers)})"
    try:
        return ImageColor.getrgb(text.strip())[:3]
    except ValueError:
        raise PaletteError(
            f"{json.dumps(text, ensure_ascii=False)} is not a colour; use a CSS name or #rrggbb"
        ) from None


def read_palette(path: str | Path) -> np.ndarray:
    """Read a palette file, in the format that its extension names, one of :data:`READERS`.

    Returns
    -------
    (k, 3) uint8
        Distinct colours, in the order of the file.

    Raises
    ------
    PaletteError
        If it can't be read, is of another format, or has no colour or too many.
    """
    path = Path(path)
    suffix = path.suffix[1:].lower()
    if suffix not in READERS:
        names = ", ".join(f".{name}" for name in READERS)
        raise PaletteError(f"{shown(str(path))} does not have a palette extension; use one of {names}")
    try:
        content = path.read_bytes()
        return _distinct(READERS[suffix](content))
    except PaletteError as error:
        fault = str(error)
    except OSError as error:
        fault = f"can't be read: {error.strerror}"
    except (ValueError, LookupError, TypeError, struct.error, csv.Error, RecursionError):
        fault = f"is damaged, or not in {suffix.upper()} format; export it again"
    raise PaletteError(f"{shown(str(path))}: {fault}")


def _distinct(colors: Any) -> np.ndarray:
    found = list(dict.fromkeys(colors))
    if not found:
        raise PaletteError("contains no colours; give at least one")
    if len(found) > _MOST:
        raise PaletteError(f"{len(found)} colours don't fit an indexed PNG; use {_MOST} at most")
    return np.array(found, np.uint8)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # as old programs wrote names


def _read_gpl(content: bytes) -> Iterator[tuple[int, int, int]]:
    """GIMP's palette: a first line that says so, and a line ``R G B name`` per colour."""
    first, *lines = _text(content).splitlines() or [""]
    if first.strip() != "GIMP Palette":
        raise PaletteError("does not begin with 'GIMP Palette'; export it again as a GIMP palette")
    for number, line in enumerate(lines, start=2):
        if re.match(r"\s*(#|$|[A-Za-z]+:)", line):
            continue
        color = re.match(r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(\s|$)", line)
        if not color or max(map(int, color.groups()[:3])) > 255:
            raise PaletteError(f"line {number} is not 'red green blue name' with numbers from 0 to 255: {line.strip()}")
        yield tuple(map(int, color.groups()[:3]))


def _read_hex(content: bytes) -> Iterator[tuple[int, int, int]]:
    """A colour a line, ``rrggbb`` with or without ``#``."""
    for number, line in enumerate(_text(content).splitlines(), start=1):
        code = line.strip().lstrip("#")
        if code and not re.fullmatch("[0-9a-fA-F]{6}", code):
            raise PaletteError(f"line {number} is not six hexadecimal digits: {line.strip()}")
        if code:
            yield tuple(bytes.fromhex(code))


def _read_ase(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Adobe Swatch Exchange: blocks of a kind and a length; those of colours have a name, a model and floats."""
    if content[:4] != b"ASEF":
        raise PaletteError("is not an Adobe Swatch Exchange file; export it again")
    (count,) = struct.unpack_from(">I", content, 8)
    at = 12
    for _ in range(count):
        kind, length = struct.unpack_from(">HI", content, at)
        block, at = content[at + 6 : at + 6 + length], at + 6 + length
        if kind != 0x0001:
            continue
        (letters,) = struct.unpack_from(">H", block)
        name = block[2 : 2 + 2 * letters].decode("utf-16-be").rstrip("\0")
        model = block[2 + 2 * letters :][:4]
        if model not in (b"RGB ", b"Gray"):
            model = model.decode("latin-1").strip()
            raise PaletteError(
                f"the swatch '{name}' is in {model}, which does not define an sRGB colour; convert it to RGB"
            )
        values = struct.unpack_from(">3f" if model == b"RGB " else ">f", block, 6 + 2 * letters)
        yield tuple(round(255 * min(max(value, 0.0), 1.0)) for value in (values * 3)[:3])


def _read_css(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Every declaration whose value is a colour, of custom properties and others."""
    text = re.sub(r"/\*.*?\*/", " ", _text(content), flags=re.DOTALL)
    for value in re.findall(r":\s*([^:;{}]+?)\s*(?:!important\s*)?(?=[;}])", text):
        try:
            yield parse_color(value)
        except PaletteError:
            continue  # a length, a font, …


def _read_csv(content: bytes) -> Iterator[tuple[int, int, int]]:
    """A table with a column ``hex``, or with ``r``, ``g`` and ``b``, or ``red``, ``green`` and ``blue``."""
    rows = csv.DictReader(io.StringIO(_text(content)))
    names = {str(name).strip().lower(): name for name in rows.fieldnames or []}
    channels = next((three for three in ("r g b", "red green blue") if set(three.split()) <= set(names)), "").split()
    if "hex" not in names and not channels:
        raise PaletteError("has neither a 'hex' column nor 'r', 'g' and 'b' columns; name them in its first line")
    for number, row in enumerate(rows, start=2):
        if "hex" in names:
            code = str(row[names["hex"]]).strip()
            cells = code if code.startswith("#") else f"#{code}"
        else:
            cells = f"rgb({','.join(str(row[names[channel]]).strip() for channel in channels)})"
        try:
            yield parse_color(cells)
        except PaletteError:
            raise PaletteError(f"line {number} has no colour: {cells}") from None


def _read_json(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Colours at any depth: texts in lists, and what is called ``hex``, ``$value``, ``value`` or ``color``."""

    def walk(value: Any) -> Iterator[tuple[int, int, int]]:
        if isinstance(value, dict):
            for name in ("hex", "$value", "value", "color"):
                if isinstance(value.get(name), str):
                    yield parse_color(value[name])
                    return
            for inner in value.values():
                yield from walk(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from (parse_color(inner),) if isinstance(inner, str) else walk(inner)

    yield from walk(json.loads(_text(content)))


READERS: dict[str, Callable[[bytes], Iterator[tuple[int, int, int]]]] = {
    "gpl": _read_gpl,
    "hex": _read_hex,
    "ase": _read_ase,
    "css": _read_css,
    "csv": _read_csv,
    "json": _read_json,
}
