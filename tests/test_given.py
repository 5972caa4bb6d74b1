"""Palettes from elsewhere are read as their programs wrote them, or refused with a reason."""

import json
from pathlib import Path

import numpy as np
import pytest

from _colors import flatten
from _formats import palette_files
from _given import READERS, PaletteError, parse_color, parse_colors, read_palette
from _images import diffuse
from _palette import palette_rows
from compare import given_palette

OURS = np.array([[12, 34, 56], [250, 250, 245], [200, 16, 46], [0, 0, 0]], np.uint8)


@pytest.mark.parametrize("suffix", ["gpl", "ase", "css", "csv", "json"])
def test_what_the_study_writes_it_reads_again(tmp_path, suffix):
    path = tmp_path / f"palette.{suffix}"
    path.write_bytes(palette_files(palette_rows(OURS, np.array([4, 3, 2, 1])), "photo")[suffix])
    assert read_palette(path).tolist() == OURS.tolist()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.gpl", "GIMP Palette\r\nName: x\r\nColumns: 3\r\n# note\r\n\r\n 12  34  56\tink\r\n250 250 245\r\n"),
        ("a.hex", "0c2238\n#FAFAF5\n\n"),
        (
            "a.css",
            ":root { --ink: #0c2238; /* #ffffff */ font: 12px serif; --paper: rgb(250 250 245 / 0.5) !important; }",
        ),
        ("a.csv", "name,red,green,blue\nink,12,34,56\npaper,250,250,245\n"),
        ("a.csv", "Hex\n0c2238\n#fafaf5\n"),
        ("a.json", '{"brand": {"ink": {"$value": "#0c2238", "$type": "color"}, "paper": {"hex": "#fafaf5"}}}'),
        ("a.json", '["#0c2238", "#fafaf5", "#0c2238"]'),
        ("a.HEX", "\ufeff0c2238\nfafaf5"),
    ],
)
def test_palettes_of_other_programs(tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8", newline="")
    assert read_palette(tmp_path / name).tolist() == [[12, 34, 56], [250, 250, 245]]


@pytest.mark.parametrize(
    ("text", "color"),
    [
        ("#0c2238", (12, 34, 56)),
        ("#fff", (255, 255, 255)),
        ("tomato", (255, 99, 71)),
        ("rgb(12, 34, 56)", (12, 34, 56)),
        ("RGB(12 34 56)", (12, 34, 56)),
        ("rgba(12, 34, 56, 0.5)", (12, 34, 56)),
        ("hsl(120deg 100% 50%)", (0, 255, 0)),
    ],
)
def test_colours_are_written_in_many_ways(text, color):
    assert parse_color(text) == color


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "a.txt does not have a palette extension; use one of .gpl, .hex, .ase, .css, .csv, .json"),
        ("a.gpl", b"12 34 56\n", "does not begin with 'GIMP Palette'"),
        ("a.gpl", b"GIMP Palette\n300 0 0 red\n", "line 2 is not 'red green blue name'"),
        ("a.hex", b"0c2238\nred\n", "line 2 is not six hexadecimal digits: red"),
        ("a.hex", b"\n", "contains no colours; give at least one"),
        ("a.ase", b"GIF89a", "is not an Adobe Swatch Exchange file"),
        ("a.ase", b"ASEF\0\1\0\0\0\0\0\5\0\1", "is damaged, or not in ASE format"),
        ("a.csv", b"name\nred\n", "has neither a 'hex' column nor 'r', 'g' and 'b' columns"),
        ("a.csv", b"hex\n#zzzzzz\n", "line 2 has no colour: #zzzzzz"),
        ("a.json", b"{", "is damaged, or not in JSON format"),
        ("a.json", b'["nocolour"]', '"nocolour" is not a colour'),
        (
            "a.hex",
            b"\n".join(b"%06x" % number for number in range(257)),
            "257 colours don't fit an indexed PNG",
        ),
    ],
)
def test_unreadable_palettes_are_refused_with_the_reason(tmp_path, name, content, reason):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PaletteError) as error:
        read_palette(path)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("suffix", READERS)
def test_a_missing_file_and_random_bytes_are_refused_plainly(tmp_path, suffix):
    with pytest.raises(PaletteError, match="can't be read"):
        read_palette(tmp_path / f"none.{suffix}")
    random = np.random.default_rng(5)
    for size in (0, 1, 13, 400):
        path = tmp_path / f"random.{suffix}"
        path.write_bytes(random.bytes(size))
        with pytest.raises(PaletteError):
            read_palette(path)


def test_a_list_keeps_each_colour_once():
    assert parse_colors(["white", "#FFFFFF", "black"]).tolist() == [[255, 255, 255], [0, 0, 0]]
    with pytest.raises(PaletteError, match='"blu" is not a colour'):
        parse_colors(["blu"])


def test_each_pixel_takes_the_nearest_colour_and_its_own_where_there_is_one():
    image = np.random.default_rng(0).integers(0, 256, (9, 7, 3)).astype(np.uint8)
    image[0, 0] = OURS[2]
    table = flatten(image)
    found = given_palette(table, OURS, "rgb")
    distances = ((image.reshape(-1, 1, 3).astype(int) - OURS.astype(int)) ** 2).sum(axis=2)
    assert (found.indices == distances.argmin(axis=1)).all()
    assert found.indices[0] == 2
    assert given_palette(table, OURS, "lab").indices[0] == 2


def test_greys_dithered_to_themselves_come_out_unchanged():
    greys = np.arange(240, 256, dtype=np.uint8)
    image = np.random.default_rng(1).choice(greys, (12, 15, 1)).repeat(3, axis=2)
    palette = greys[:, None].repeat(3, axis=1)
    assert (palette[diffuse(flatten(image), palette)].reshape(image.shape) == image).all()


def test_the_shipped_palette_is_what_it_is_called():
    colors = read_palette(Path(__file__).parents[1] / "config/examples/pico-8.hex")
    assert len(colors) == 16
    assert json.dumps(colors[8].tolist()) == "[255, 0, 77]"
