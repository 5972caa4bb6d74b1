"""Every form of the palette says the same."""

import csv
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from _palette import draw_swatches, palette_files, palette_rows

PALETTE = np.array([[255, 128, 0], [0, 10, 20], [250, 250, 250]], np.uint8)
PIXELS = np.array([60, 30, 10])


@pytest.fixture
def rows():
    return palette_rows(PALETTE, PIXELS)


def test_rows(rows):
    assert rows[0] == {"cluster": 0, "hex": "#ff8000", "r": 255, "g": 128, "b": 0, "pixels": 60, "share": 0.6}
    assert [row["share"] for row in rows] == [0.6, 0.3, 0.1]


def test_csv_and_json(rows):
    files = palette_files(rows, "photo")
    table = csv.DictReader(io.StringIO(files["csv"]))
    assert [{key: str(value) for key, value in row.items()} for row in rows] == list(table)
    assert json.loads(files["json"]) == {"image": "photo", "k": 3, "colors": rows}


def test_gpl_is_what_pillow_reads(rows):
    from PIL import GimpPaletteFile

    file = io.BytesIO(palette_files(rows, "photo")["gpl"].encode())
    assert GimpPaletteFile.GimpPaletteFile(file).palette[:9] == PALETTE.tobytes()


def test_css_names_are_valid(rows):
    css = palette_files(rows, "my.photo_1")["css"]
    properties = re.findall(r"^  (--[A-Za-z0-9_-]+): (#[0-9a-f]{6});", css, re.MULTILINE)
    assert properties == [(f"--my-photo_1-{row['cluster'] + 1}", row["hex"]) for row in rows]


def test_swatch_widths_are_shares_and_labels_are_drawn(rows):
    swatches = np.asarray(draw_swatches(rows))
    assert [(swatches[0] == color).all(axis=1).sum() for color in PALETTE] == [960, 480, 160]
    dark = swatches[:, 960:1440].reshape(-1, 3)
    assert (dark == 255).all(axis=1).sum() > 100, "white text on the dark swatch"


def test_a_colour_without_room_is_left_out():
    assert isinstance(draw_swatches(palette_rows(PALETTE, np.array([10**7, 10**7, 1]))), Image.Image)
