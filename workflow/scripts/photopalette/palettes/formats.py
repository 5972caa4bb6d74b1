"""The file formats of palettes.

A new format is a function with ``@palette_format``. Every k and every answer then has such a file, and the explorer
offers it. Nothing that takes long is imported here, as the rules need the list of formats.
"""

import html
import json
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from photopalette.files.tables import to_csv, to_percents

# Above this relative luminance, black text has more contrast with a colour than white text.
INK_THRESHOLD = 0.179

# See palettes.palette.palette_rows.
Rows = Sequence[Mapping[str, Any]]


class Format(NamedTuple):
    """A file format: the function that writes it, what it is for, and its MIME type."""

    write: Callable[[Rows, str], str | bytes]
    title: str
    mime: str


FORMATS: dict[str, Format] = {}  # by the suffix of the file


def palette_format(suffix: str, title: str, mime: str) -> Callable:
    """Register a function that writes a palette, given its rows and the image's name."""

    def register(write: Callable[[Rows, str], str | bytes]) -> Callable[[Rows, str], str | bytes]:
        FORMATS[suffix] = Format(write, title, mime)
        return write

    return register


def palette_files(rows: Rows, image: str) -> dict[str, bytes]:
    """Write a palette in every format; return the contents by their files' suffixes."""
    contents = {suffix: form.write(rows, image) for suffix, form in FORMATS.items()}
    return {suffix: text.encode() if isinstance(text, str) else text for suffix, text in contents.items()}


def _title(rows: Rows, image: str) -> str:
    return f"{image}, {len(rows)} colour{'s' * (len(rows) != 1)}"


def _labels(rows: Rows) -> list[str]:
    """Name the colours, each with its share in percent; these add up to 100.0 %."""
    percents = to_percents(row["share"] for row in rows)
    return [f"{row['name']}, {percent:.1f} %" for row, percent in zip(rows, percents, strict=True)]


def _identifier(image: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", image)


@palette_format("css", "CSS custom properties", "text/css")
def to_css(rows: Rows, image: str) -> str:
    """Write custom properties, of which ``--coffee-1`` is the first colour."""
    labels = [label.replace("*/", "* /") for label in _labels(rows)]
    labeled = zip(rows, labels, strict=True)
    lines = [f"  --{_identifier(image)}-{row['cluster'] + 1}: {row['hex']}; /* {label} */" for row, label in labeled]
    return "\n".join([":root {", *lines, "}", ""])


@palette_format("scss", "Sass variables and a map", "text/x-scss")
def to_scss(rows: Rows, image: str) -> str:
    """Write variables, of which ``$coffee-1`` is the first colour, and a map of all, ``$coffee``."""
    name = re.sub(r"^(?=\d)", "photo-", _identifier(image))  # no variable of Sass begins with a digit
    labeled = zip(rows, _labels(rows), strict=True)
    lines = [f"${name}-{row['cluster'] + 1}: {row['hex']}; // {label}" for row, label in labeled]
    entries = [f"  {row['cluster'] + 1}: ${name}-{row['cluster'] + 1}," for row in rows]
    return "\n".join([*lines, "", f"${name}: (", *entries, ");", ""])


@palette_format("tokens.json", "design tokens (W3C DTCG 2025.10)", "application/design-tokens+json")
def to_tokens(rows: Rows, image: str) -> str:
    """Write a group of colour tokens, named by their place (Design Tokens Format Module 2025.10)."""
    tokens = {
        str(row["cluster"] + 1): {
            "$value": {
                "colorSpace": "srgb",
                "components": [round(row[channel] / 255, 6) for channel in "rgb"],
                "hex": row["hex"],
            },
            "$description": label,
        }
        for row, label in zip(rows, _labels(rows), strict=True)
    }
    return json.dumps({_identifier(image): {"$type": "color", **tokens}}, indent=2) + "\n"


@palette_format("ase", "Adobe Illustrator, Photoshop and InDesign", "application/octet-stream")
def to_ase(rows: Rows, image: str) -> bytes:
    """Write Adobe Swatch Exchange, version 1.0: a group of RGB colours with different names."""

    def block(kind: int, content: bytes) -> bytes:
        return struct.pack(">HI", kind, len(content)) + content

    def text(name: str) -> bytes:
        letters = name.encode("utf-16-be") + bytes(2)
        return struct.pack(">H", len(letters) // 2) + letters

    normal = 2  # neither global nor a spot colour
    blocks = [block(0xC001, text(image))]
    for row in rows:
        color = struct.pack(">4s3fH", b"RGB ", *(row[channel] / 255 for channel in "rgb"), normal)
        blocks.append(block(0x0001, text(f"{row['name']} {row['hex']}") + color))
    blocks.append(block(0xC002, b""))
    return b"ASEF" + struct.pack(">HHI", 1, 0, len(blocks)) + b"".join(blocks)


@palette_format("act", "Adobe Photoshop, for indexed pictures", "application/octet-stream")
def to_act(rows: Rows, image: str) -> bytes:
    """Write an Adobe colour table: room for 256 colours, their number, and which is transparent: none."""
    colors = bytes(row[channel] for row in rows for channel in "rgb")
    return colors.ljust(3 * 256, b"\0") + struct.pack(">HH", len(rows), 0xFFFF)


@palette_format("hex", "Lospec and editors of pixel art", "text/plain")
def to_hex(rows: Rows, image: str) -> str:
    """Write one code a line, without ``#``, as Lospec does."""
    return "".join(f"{row['hex'].removeprefix('#')}\n" for row in rows)


@palette_format("gpl", "GIMP, Inkscape and Krita", "text/plain")
def to_gpl(rows: Rows, image: str) -> str:
    """Write a GIMP palette."""
    lines = ["GIMP Palette", f"Name: {_title(rows, image)}", f"Columns: {min(len(rows), 16)}", "#"]
    lines += [
        f"{row['r']:3d} {row['g']:3d} {row['b']:3d}\t{label}" for row, label in zip(rows, _labels(rows), strict=True)
    ]
    return "\n".join(lines) + "\n"


@palette_format("svg", "vector swatches", "image/svg+xml")
def to_svg(rows: Rows, image: str) -> str:
    """Write a grid of equal swatches, at most sixteen in a row, with hex codes and names."""
    columns, size = min(len(rows), 16), 96
    width, height = columns * size, -(-len(rows) // columns) * size
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<title>{html.escape(_title(rows, image), quote=False)}</title>",
        '<g font-family="sans-serif" font-size="14" text-anchor="middle">',
    ]
    for row, label in zip(rows, _labels(rows), strict=True):
        y, x = (size * place for place in divmod(row["cluster"], columns))
        ink = "black" if row["luminance"] > INK_THRESHOLD else "white"
        lines += [
            f"<g><title>{html.escape(label, quote=False)}</title>"
            f'<rect x="{x}" y="{y}" width="{size}" height="{size}" fill="{row["hex"]}"/>'
            f'<text x="{x + size // 2}" y="{y + size - 10}" fill="{ink}">{row["hex"]}</text></g>'
        ]
    return "\n".join([*lines, "</g>", "</svg>", ""])


@palette_format("json", "all values, for programs", "application/json")
def to_json(rows: Rows, image: str) -> str:
    """Write a list of colours, one a line."""
    colors = ",\n".join(f"    {json.dumps(row)}" for row in rows)
    return f'{{\n  "image": {json.dumps(image)},\n  "k": {len(rows)},\n  "colors": [\n{colors}\n  ]\n}}\n'


@palette_format("csv", "all values, as a table", "text/csv")
def to_table(rows: Rows, image: str) -> str:
    """Write a table, one row per colour; the numbers in a cell are separated by spaces."""

    def cell(value: Any) -> Any:
        return " ".join(map(str, value)) if isinstance(value, list) else value

    return to_csv([{column: cell(value) for column, value in row.items()} for row in rows])
