"""Read palettes from files and lists of colours, to be compared with the image's own."""

import codecs
import csv
import io
import json
import math
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PIL import ImageColor

from photopalette.run.job import log
from photopalette.run.secrets import redact, shown

_CODE = re.compile("[0-9a-fA-F]{6}")

COLORS = 256  # of an indexed PNG, at most
_NAMED = 5  # skipped colours that a message lists, at most
_LONGEST = 60  # characters of a value in a message, at most

# Beginnings of CSS values that are colours, whether or not they can be read. Some style sheets contain only the three
# numbers of a colour.
_LOOKS_LIKE_A_COLOR = re.compile(
    r"#|[a-z-]*(?:rgb|hsl|hsv|hwb|lab|lch|color|cmyk)[a-z-]*\(|light-dark\(|(?:transparent|currentcolor"
    r"|[\d.]+(?:deg)?[ ,]+[\d.]+%[ ,]+[\d.]+%|\d{1,3}, ?\d{1,3}, ?\d{1,3})\Z"
)
# What a style sheet holds that may look like a declaration and is none: a comment, a text, an address.
_NO_CSS = re.compile(
    r"""/\*.*?(?:\*/|\Z)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\burl\((?!\s*["'])[^)]*\)""", re.DOTALL | re.IGNORECASE
)
# Columns of a table in which its colours may be, those that are preferred first.
_COLUMNS = ("shown",), ("hex",), ("r", "g", "b"), ("red", "green", "blue")
# Colour spaces with functions of their own in CSS; the others are written in color().
_FUNCTIONS = ("hsl", "hwb", "lab", "lch", "oklab", "oklch")
# Channels whose negative values CSS sets to 0, by colour space.
_NOT_NEGATIVE = {"hsl": "s", "lch": "c", "oklch": "c"}

Color = tuple[int, int, int]
Gathered = TypeVar("Gathered")


class Swatch(tuple[int, int, int]):
    """A colour as a table lists it, perhaps with a name, a code, and what a device is sent to show it.

    It is equal to the colour alone.
    """

    name: str
    code: str
    sent: Color

    def __new__(cls, color: Color, name: str | None = "", code: str | None = "", sent: Color | None = None) -> "Swatch":
        swatch = super().__new__(cls, color)
        swatch.name, swatch.code = (" ".join((text or "").split()) for text in (name, code))
        swatch.sent = sent or color
        return swatch


class PaletteError(ValueError):
    """A palette can't be read; the message says why, and how to fix it."""


def parse_colors(colors: Sequence[str]) -> np.ndarray:
    """Read a list of colours.

    Parameters
    ----------
    colors
        Colours as in :func:`parse_color`.

    Returns
    -------
    (k, 3) uint8
        Distinct colours, in the order of the list.

    Raises
    ------
    PaletteError
        If one is not a colour, or if there are none or too many.
    """
    return _distinct(map(parse_color, colors))


def parse_color(text: str) -> Color:
    """Read a colour of CSS Color 4: a name, ``#rrggbb``, or a function such as ``oklch(…)``.

    Colours outside sRGB are mapped into it as in CSS: clipped in ``rgb()``, ``hsl()`` and ``hwb()``, otherwise by
    reducing their chroma. Opacity is ignored.

    Raises
    ------
    PaletteError
        If it is not such a colour, or fully transparent.
    """
    color = text.strip().lower()
    try:
        # Common notations don't need coloraide, which takes time to import.
        if color.startswith("#") or color in ImageColor.colormap:
            *rgb, opacity = (*ImageColor.getrgb(color), 255)[:4]
        else:
            rgb, opacity = _parse_function(color)
    # Numbers may be too large for any space.
    except (ValueError, ArithmeticError):
        raise PaletteError(f'"{_brief(text)}" is not a colour; use a CSS name or #rrggbb') from None
    if not opacity:
        raise PaletteError(f'"{_brief(text)}" is fully transparent; use an opaque colour')
    return tuple(rgb)


def _brief(text: str) -> str:
    """Shorten and escape a text for a message."""
    text = redact(text)
    return json.dumps(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…", ensure_ascii=False)[1:-1]


def _parse_function(text: str) -> tuple[Color, float]:
    """Read a colour in functional notation, and its opacity; raise ValueError or ArithmeticError if it is not one."""
    from coloraide import Color as CssColor

    if "--" in text:
        raise ValueError("a colour space of the style sheet's own")
    color = CssColor(text)
    if (channel := _NOT_NEGATIVE.get(color.space())) and color[channel] < 0:
        color[channel] = 0
    srgb = CssColor(color.space(), color.coords(nans=False)).convert("srgb")  # none is 0
    if text.startswith(("rgb", "hsl", "hwb")):
        srgb.clip()
    else:
        srgb.fit(method="oklch-chroma")
    # Halves are rounded up, even if a rounding error makes them less.
    rgb = tuple(math.floor(round(255 * channel, 6) + 0.5) for channel in srgb.coords())
    return rgb, color.alpha(nans=False)


def read_palette(path: str | Path) -> np.ndarray:
    """Read a palette file in the format of its extension, one of :data:`READERS`.

    Returns
    -------
    (k, 3) uint8
        Distinct colours, in the order of the file.

    Raises
    ------
    PaletteError
        If it can't be read, is in another format, or has no colours or too many. Values in a style sheet that look
        like colours but can't be read are skipped, with a warning in the log.
    """
    return read_file(path, _distinct)


def read_sent(path: str | Path) -> np.ndarray:
    """Read what a device has to be sent for each colour of a palette file, (k, 3) uint8, as :func:`read_palette` does.

    Only a table with a column ``sent`` tells them apart.
    """
    return read_file(
        path, lambda colors: np.array([getattr(one, "sent", one) for one in dict.fromkeys(colors)], np.uint8)
    )


def read_file(path: str | Path, gather: Callable[[Iterable[Color]], Gathered]) -> Gathered:
    """Read the colours of a palette file, and return what a function makes of them.

    Colours that the file names are :class:`Swatch`.

    Raises
    ------
    PaletteError
        If it can't be read, or the function raises it; the message then begins with the file.
    """
    path = Path(path)
    suffix = path.suffix[1:].lower()
    if suffix not in READERS:
        names = ", ".join(f".{name}" for name in READERS)
        raise PaletteError(f"{shown(str(path))} does not have a palette extension; use one of {names}")
    try:
        found = list(READERS[suffix](path.read_bytes()))
        if left_out := [entry for entry in found if isinstance(entry, str)]:
            more = f"; and {len(left_out) - _NAMED} more" * (len(left_out) > _NAMED)
            words = "; ".join(left_out[:_NAMED]) + more
            log.warning("%s: left out, as no colour can be read in it: %s", shown(str(path)), words)
        return gather(entry for entry in found if not isinstance(entry, str))
    except PaletteError as error:
        fault = str(error)
    except OSError as error:
        fault = f"can't be read: {error.strerror}"
    except (ValueError, LookupError, TypeError, ArithmeticError, struct.error, csv.Error, RecursionError):
        fault = f"is damaged, or not in {suffix.upper()} format; export it again"
    raise PaletteError(f"{shown(str(path))}: {fault}")


def _distinct(colors: Iterable[Color]) -> np.ndarray:
    found = list(dict.fromkeys(colors))
    if not found:
        raise PaletteError("contains no colours; give at least one")
    if len(found) > COLORS:
        raise PaletteError(f"{len(found)} colours don't fit an indexed PNG; use {COLORS} at most")
    return np.array(found, np.uint8)


def _text(content: bytes) -> str:
    try:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # names written by old programs


def _lines(content: bytes) -> list[str]:
    """Split a text into lines; splitlines() would also split at some letters of old encodings."""
    return io.StringIO(_text(content), newline=None).read().split("\n")


def _read_gpl(content: bytes) -> Iterator[Color]:
    """Read a GIMP palette: a first line that says so, and a line ``R G B name`` per colour."""
    first, *lines = _lines(content)
    if first.strip() != "GIMP Palette":
        raise PaletteError("does not begin with 'GIMP Palette'; export it again as a GIMP palette")
    for number, line in enumerate(lines, start=2):
        if re.match(r"\s*(#|$|[A-Za-z]+:)", line):
            continue
        fault = f"line {number} is not 'red green blue name' with numbers from 0 to 255: {_brief(line.strip())}"
        *cells, name = (*line.split(maxsplit=3), "", "", "", "")[:4]
        yield Swatch(_channels(cells, fault), name)


def _read_hex(content: bytes) -> Iterator[Color]:
    """Read one colour per line, ``rrggbb`` with or without ``#``."""
    for number, line in enumerate(_lines(content), start=1):
        code = line.strip().lstrip("#")
        if code and not re.fullmatch("[0-9a-fA-F]{6}", code):
            raise PaletteError(f"line {number} is not six hexadecimal digits: {_brief(line.strip())}")
        if code:
            yield tuple(bytes.fromhex(code))


def _read_ase(content: bytes) -> Iterator[Color]:
    """Read Adobe Swatch Exchange: blocks with a kind and a length; colours have a name, a model and floats."""
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
        yield Swatch(tuple(round(255 * min(max(value, 0.0), 1.0)) for value in (values * 3)[:3]), name)


def _read_act(content: bytes) -> Iterator[Color | str]:
    """Read an Adobe colour table: 256 colours, of which their number and the transparent one may follow."""
    if len(content) not in (768, 772):
        raise PaletteError(f"has {len(content)} bytes, but a colour table of Adobe has 768 or 772; export it again")
    count, transparent = struct.unpack(">HH", content[768:] or b"\1\0\xff\xff")
    if count > COLORS:
        raise PaletteError(f"says that it has {count} colours, but has room for {COLORS}; export it again")
    for number, color in enumerate(struct.iter_unpack("3B", content[: 3 * count])):
        yield f"colour {number}, which is transparent" if number == transparent else color


def _read_jasc(content: bytes) -> Iterator[Color]:
    """Read a JASC palette of Paint Shop Pro: name, version, number of colours, and a line ``R G B`` per colour."""
    if content[:4] == b"RIFF":
        raise PaletteError("is a Microsoft RIFF palette, which can't be read; export it as a JASC or GIMP palette")
    lines = _lines(content)
    if len(lines) < 3 or lines[0].strip() != "JASC-PAL" or not lines[2].strip().isdecimal():
        raise PaletteError("does not begin with 'JASC-PAL', a version and a number; export it again as a JASC palette")
    colors = [(number, line.strip()) for number, line in enumerate(lines[3:], start=4) if line.strip()]
    if len(colors) != int(lines[2]):
        raise PaletteError(f"says that it has {int(lines[2])} colours, but has {len(colors)}; export it again")
    for number, line in colors:
        fault = f"line {number} is not 'red green blue' with numbers from 0 to 255: {_brief(line)}"
        yield _channels(line.split()[:3], fault)


def _read_paint_net(content: bytes) -> Iterator[Color | str]:
    """Read a palette of paint.net: a line ``aarrggbb`` per colour, and comments after semicolons."""
    for number, line in enumerate(_lines(content), start=1):
        code = line.partition(";")[0].strip()
        if code and not re.fullmatch("(?:[0-9a-fA-F]{2})?[0-9a-fA-F]{6}", code):
            raise PaletteError(f"line {number} is not aarrggbb in hexadecimal digits: {_brief(line.strip())}")
        if code[:-6] == "00":
            yield f"line {number}, {code}"
        elif code:
            yield tuple(bytes.fromhex(code[-6:]))


def _channels(cells: Sequence[str], fault: str) -> Color:
    """Read red, green and blue, integers from 0 to 255, which some programs write as 12.0."""
    if len(cells) != 3 or not all(re.fullmatch(r"[0-9]{1,3}(\.0*)?", cell) and float(cell) <= 255 for cell in cells):
        raise PaletteError(fault)
    return tuple(int(float(cell)) for cell in cells)


def _read_css(content: bytes) -> Iterator[Color | str]:
    """Read every declaration in CSS whose value is a colour, of custom properties and others."""
    # The line breaks in comments and strings are kept, so that line numbers are those of the file.
    text = _NO_CSS.sub(lambda found: " " + "\n" * found[0].count("\n"), _text(content))
    line, counted = 1, 0
    for declared in re.finditer(r":([^:;{}]*)(?=[;}]|\Z)", text):
        value = " ".join(re.sub(r"!\s*important\s*\Z", "", declared[1], flags=re.IGNORECASE).split())
        name = re.search(r"[\w-]*\s*\Z", text[max(declared.start() - 100, 0) : declared.start()])[0]
        try:
            yield Swatch(parse_color(value), name.removeprefix("--"))
        except PaletteError:
            # Other values are lengths, fonts, …
            if _LOOKS_LIKE_A_COLOR.match(value[:_LONGEST].lower()):
                at = declared.end() - len(declared[1].lstrip())
                line, counted = line + text.count("\n", counted, at), at
                yield f"line {line}, {_brief(value)}"


def _read_csv(content: bytes) -> Iterator[Color]:
    """Read a table with a column ``hex``, or with ``r``, ``g`` and ``b``, or ``red``, ``green`` and ``blue``.

    One with a column ``sent`` has the colours of a device, here or in a column ``shown``, and what it has to be sent
    for them.
    """
    # Spreadsheets separate by semicolons where the comma is that of decimals, and by tabs.
    for separator in ",;\t":
        rows = csv.DictReader(_lines(content), delimiter=separator)
        names = {str(name).strip().lower(): name for name in rows.fieldnames or []}
        columns = next((columns for columns in _COLUMNS if names.keys() >= set(columns)), ())
        if columns or "sent" in names:
            break
    else:
        raise PaletteError(
            "has neither a 'hex' column nor 'r', 'g' and 'b' columns, nor both 'shown' and 'sent'; "
            "name them in its first line"
        )
    if not columns:
        raise PaletteError("has a column 'sent', but none of what is shown for it; add a column 'shown'")
    if columns == ("shown",) and "sent" not in names:
        raise PaletteError(
            "has a column 'shown', but none of what is sent for it; add a column 'sent', or rename 'shown'"
        )
    for row in rows:
        cells = {column: str(row[name] or "").strip() for column, name in names.items()}
        if len(columns) == 3:
            numbers = [cells[column] for column in columns]
            fault = f"line {rows.line_num} has no colour: {_brief(', '.join(numbers))}"
            color = _channels(numbers, f"{fault}; red, green and blue are whole numbers from 0 to 255")
        else:
            color = _from_hex(cells[columns[0]], rows.line_num)
        sent = _from_hex(cells["sent"], rows.line_num) if "sent" in cells else color
        yield Swatch(color, cells.get("name"), cells.get("code"), sent)


def _from_hex(cell: str, line: int) -> Color:
    """Read a cell of a table that has a hex code, with or without ``#``."""
    try:
        return parse_color(f"#{cell.strip().removeprefix('#')}")
    except PaletteError:
        shown = _brief(cell.strip()) or "the cell is empty"
        raise PaletteError(f"line {line} has no colour: {shown}; use #rrggbb") from None


def _read_json(content: bytes) -> Iterator[Color]:
    """Read colours at any depth: strings in lists, ``hex``, ``$value``, ``value`` or ``color`` in objects, tokens.

    Where there are none of these, codes ``#rrggbb`` of any name.
    """

    def read(text: str, kind: Any, *known_as: str) -> Iterator[Color]:
        try:
            yield Swatch(parse_color(f"#{text}" if _CODE.fullmatch(text) else text), *known_as)
        except PaletteError:
            # Design tokens of other types are a length, a font, …; those in braces name another one.
            if kind in (None, "color") and not re.fullmatch(r"\{.*\}", text):
                raise

    def walk(value: Any, kind: Any = None, key: str = "") -> Iterator[Color]:
        if isinstance(value, dict):
            kind = value.get("$type", value.get("type", kind) if "value" in value else kind)
            found = ((value.get(field), other) for field, other in (("name", key), ("code", "")))
            known_as = [str(text) if isinstance(text, (str, int)) else other for text, other in found]
            for name in ("hex", "$value", "value", "color"):
                if isinstance(value.get(name), str):
                    yield from read(value[name], kind, *known_as)
                    return
            if isinstance(value.get("colorSpace"), str) and isinstance(value.get("components"), list):
                # A design token, in which the hex code is optional.
                space, numbers = value["colorSpace"], " ".join(map(str, value["components"]))
                numbers += f" / {value.get('alpha', 1)}"
                text = f"{space}({numbers})" if space in _FUNCTIONS else f"color({space} {numbers})"
                yield Swatch(parse_color(text), *known_as)
                return
            for inner_key, inner in value.items():
                # The value of a token has the token's name.
                yield from walk(inner, kind, known_as[0] if inner_key in ("$value", "value") else inner_key)
        elif isinstance(value, list):
            for inner in value:
                yield from read(inner, kind) if isinstance(inner, str) else walk(inner, kind)

    def named(value: Any) -> Iterator[Color]:
        if isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, str) and inner.startswith("#") and _CODE.fullmatch(inner[1:]):
                    yield Swatch(parse_color(inner), key)
                yield from named(inner)

    palette = json.loads(_text(content))
    yield from list(walk(palette)) or named(palette)


READERS: dict[str, Callable[[bytes], Iterator[Color]]] = {
    "gpl": _read_gpl,
    "hex": _read_hex,
    "ase": _read_ase,
    "act": _read_act,
    "css": _read_css,
    "csv": _read_csv,
    "json": _read_json,
    "pal": _read_jasc,
    "txt": _read_paint_net,
}
