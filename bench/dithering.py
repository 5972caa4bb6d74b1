"""Compare the ways to dither a photograph: what is seen from a distance, and bytes; and draw them side by side.

python bench/dithering.py docs/dithering.png
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow/scripts"))

from photopalette.color.table import flatten
from photopalette.config.settings import DEFAULTS
from photopalette.kmeans.fit import fit
from photopalette.photo.fetch import bundled_path
from photopalette.pictures.dithering import DIFFUSIONS
from photopalette.pictures.indexed import palette_and_indices, rebuild, small_png
from photopalette.quality.metrics import Reference, score_seen

_K = 4
_PART = (90, 30, 250, 170)  # of the photograph, drawn at twice its size
_COLUMNS, _LABEL = 4, 26  # panels in a row, and pixels of height for their names


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    photo = Image.open(bundled_path("skimage:coffee")).convert("RGB")
    photo.thumbnail((320, 240))
    table = flatten(np.asarray(photo))
    found = fit(table, _K, **DEFAULTS["kmeans"])
    ways = [("none", False), *((method, False) for method in DIFFUSIONS), ("bayer", False), ("blue-noise", False)]
    pictures = [rebuild(table, found.palette, found.palette_labels, *way) for way in ways]
    seen = score_seen(Reference(table), map(palette_and_indices, pictures))
    width, height = (2 * (_PART[2] - _PART[0]), 2 * (_PART[3] - _PART[1]))
    sheet = Image.new("RGB", (_COLUMNS * width, -(-len(ways) // _COLUMNS) * (height + _LABEL)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(18)
    for number, ((method, _), picture, scores) in enumerate(zip(ways, pictures, seen, strict=True)):
        print(f"{method}: ΔE as seen {scores['delta_e_seen_mean']:.2f}, {len(small_png(picture)):,} bytes")
        left, top = number % _COLUMNS * width, number // _COLUMNS * (height + _LABEL)
        draw.text((left + 4, top + 2), method, "black", font)
        sheet.paste(
            picture.crop(_PART).convert("RGB").resize((width, height), Image.Resampling.NEAREST), (left, top + _LABEL)
        )
    colors = sheet.quantize(16, dither=Image.Dither.NONE)
    arguments.path.write_bytes(small_png(colors))


if __name__ == "__main__":
    main()
