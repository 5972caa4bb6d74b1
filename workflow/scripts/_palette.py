"""Write a palette in the forms that designers' programs read."""

import json
import re
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from _colors import hex_codes
from _tables import to_csv

_SWATCH = (1600, 320)  # pixels
_FONT_SIZE = 34


def palette_rows(palette: np.ndarray, pixels: np.ndarray) -> list[dict[str, Any]]:
    """Tabulate a palette: cluster, hex, r, g, b, pixels, share of all pixels.

    Parameters
    ----------
    palette : (k, 3) uint8
        Colours, most common first.
    pixels : (k,) int64
        Pixels of each.
    """
    return [
        {
            "cluster": cluster,
            "hex": code,
            "r": red,
            "g": green,
            "b": blue,
            "pixels": count,
            "share": round(count / int(pixels.sum()), 6),
        }
        for cluster, (code, (red, green, blue), count) in enumerate(
            zip(hex_codes(palette), palette.tolist(), pixels.tolist(), strict=True)
        )
    ]


def to_json(rows: list[dict[str, Any]], image: str) -> str:
    """Write the palette as JSON, a list of colours under the image's name."""
    return json.dumps({"image": image, "k": len(rows), "colors": rows}, indent=2) + "\n"


def to_gpl(rows: list[dict[str, Any]], image: str) -> str:
    """Write the palette as GIMP, Inkscape and Krita read it."""
    lines = ["GIMP Palette", f"Name: {image}, {len(rows)} colours", f"Columns: {min(len(rows), 16)}", "#"]
    lines += [f"{row['r']:3d} {row['g']:3d} {row['b']:3d}\t{row['hex']} {row['share']:.1%}" for row in rows]
    return "\n".join(lines) + "\n"


def to_css(rows: list[dict[str, Any]], image: str) -> str:
    """Write the palette as custom properties, ``--coffee-1`` the most common colour."""
    name = re.sub(r"[^A-Za-z0-9_-]", "-", image)
    lines = [f"  --{name}-{row['cluster'] + 1}: {row['hex']}; /* {row['share']:.1%} */" for row in rows]
    return "\n".join([":root {", *lines, "}", ""])


def palette_files(rows: list[dict[str, Any]], image: str) -> dict[str, str]:
    """Write the palette in every form, by the suffixes of their files."""
    return {"csv": to_csv(rows), "json": to_json(rows, image), "gpl": to_gpl(rows, image), "css": to_css(rows, image)}


def draw_swatches(rows: list[dict[str, Any]]) -> Image.Image:
    """Draw the palette: widths by share, hex codes where they fit, upright where only that fits."""
    width, height = _SWATCH
    image = Image.new("RGB", _SWATCH)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(_FONT_SIZE)
    edges = np.rint(np.cumsum([0, *(row["pixels"] for row in rows)]) / sum(row["pixels"] for row in rows) * width)
    for row, left, right in zip(rows, edges[:-1].astype(int), edges[1:].astype(int), strict=True):
        if left == right:
            continue
        draw.rectangle((left, 0, right - 1, height), fill=row["hex"])
        # Rec. 709 luma decides between black and white text.
        light = 0.2126 * row["r"] + 0.7152 * row["g"] + 0.0722 * row["b"] > 140
        long, short = int(draw.textlength(row["hex"], font)) + 16, _FONT_SIZE + 12
        label = Image.new("L", (long, short))
        ImageDraw.Draw(label).text((long / 2, short / 2), row["hex"], 255, font, anchor="mm")
        if right - left < long:
            label = label.rotate(90, expand=True)
        if right - left >= label.width:
            at = ((left + right - label.width) // 2, (height - label.height) // 2)
            image.paste("black" if light else "white", at, label)
    return image
