"""Every palette file means the same to the programs it is made for."""

import csv
import io
import json
import re

import numpy as np
import pytest
import sass
import swatch
import tinycss2
from PIL import GimpPaletteFile, Image

from chromium import opened_page
from photopalette.palettes.formats import FORMATS, palette_files
from photopalette.palettes.palette import palette_rows
from photopalette.palettes.reading import read_palette
from project import ROOT

# Names with an apostrophe and a slash among them.
PALETTE = np.array([[255, 128, 0], [0, 10, 20], [250, 250, 250], [0x6D, 0xED, 0xFD], [0x0F, 0x9B, 0x8E]], np.uint8)
IMAGES = ["coffee", "my.photo_1", "2024-trip", "A"]


@pytest.fixture(scope="module")
def rows():
    rows = palette_rows(PALETTE, np.array([60, 20, 10, 6, 4]))
    assert [row["name"] for row in rows[3:]] == ["robin's egg", "blue/green"]
    return rows


@pytest.fixture(scope="module", params=IMAGES)
def image(request):
    return request.param


@pytest.fixture(scope="module")
def files(rows, image):
    return palette_files(rows, image)


def test_every_format_is_documented():
    text = (ROOT / "results/README.md").read_text()
    for suffix in FORMATS:
        assert f"`palette.{suffix}`" in text, suffix


def test_csv(rows, image, files):
    table = list(csv.DictReader(io.StringIO(files["csv"].decode())))
    assert [(row["name"], float(row["share"])) for row in table] == [(row["name"], row["share"]) for row in rows]
    for column in ("hsl", "lab", "oklch"):
        assert [list(map(float, row[column].split(" "))) for row in table] == [row[column] for row in rows]


@pytest.mark.parametrize("suffix", ["css", "scss", "tokens.json", "gpl", "svg"])
def test_percentages_add_up_in_every_format(suffix):
    """Three of the same size, and six of which each, rounded by itself, would be 16.7."""
    for count, expected in ((3, [33.4, 33.3, 33.3]), (6, [16.7, 16.7, 16.7, 16.7, 16.6, 16.6])):
        palette = np.repeat(np.arange(count, dtype=np.uint8)[:, None], 3, axis=1)
        text = palette_files(palette_rows(palette, np.full(count, 400)), "coffee")[suffix].decode()
        assert [float(percent) for percent in re.findall(r", ([0-9.]+) %", text)] == expected


def test_json(rows, image, files):
    assert json.loads(files["json"]) == {"image": image, "k": 5, "colors": rows}


def test_gpl_is_what_pillow_reads(files):
    assert GimpPaletteFile.GimpPaletteFile(io.BytesIO(files["gpl"])).palette[:15] == PALETTE.tobytes()


def test_hex_has_a_code_a_line(files):
    assert files["hex"].decode() == "ff8000\n000a14\nfafafa\n6dedfd\n0f9b8e\n"


def test_act_is_adobes_table_of_256_places(files):
    """As Adobe specifies it: the colours, zeros up to 768 bytes, their number, and 0xFFFF as none is transparent."""
    assert files["act"] == PALETTE.tobytes() + bytes(768 - 15) + bytes([0, 5, 255, 255])


@pytest.mark.parametrize("k", [1, 255, 256])
@pytest.mark.parametrize("suffix", ["act", "hex"])
def test_what_is_written_is_read_again(tmp_path, suffix, k):
    palette = np.random.default_rng(k).permutation(1 << 24)[:k, None] >> [16, 8, 0] & 255
    path = tmp_path / f"palette.{suffix}"
    path.write_bytes(palette_files(palette_rows(palette.astype(np.uint8), np.arange(k, 0, -1)), "photo")[suffix])
    assert (read_palette(path) == palette).all()


def test_css_is_what_a_parser_reads(rows, image, files):
    (root,) = tinycss2.parse_stylesheet(files["css"].decode(), skip_whitespace=True)
    assert tinycss2.serialize(root.prelude).strip() == ":root"
    declarations = tinycss2.parse_blocks_contents(root.content, skip_whitespace=True, skip_comments=True)
    name = image.replace(".", "-")
    assert {item.name: tinycss2.serialize(item.value).strip() for item in declarations} == {
        f"--{name}-{place}": row["hex"] for place, row in enumerate(rows, start=1)
    }


def test_scss_is_what_sass_compiles(rows, image, files):
    name = {"my.photo_1": "my-photo_1", "2024-trip": "photo-2024-trip"}.get(image, image)
    program = files["scss"].decode() + (
        f"@each $place, $color in ${name} {{ .of-#{{$place}} {{ color: $color; }} }}\n.one {{ color: ${name}-1; }}"
    )
    compiled = re.findall(r"\.([\w-]+) \{\s*color: (.*?);", sass.compile(string=program))
    assert compiled == [*((f"of-{place}", row["hex"]) for place, row in enumerate(rows, start=1)), ("one", "#ff8000")]


def test_ase_is_what_a_reader_of_swatches_reads(rows, image, files, tmp_path):
    path = tmp_path / "palette.ase"
    path.write_bytes(files["ase"])
    (group,) = swatch.parse(str(path))
    assert (group["name"], group["type"]) == (image, "Color Group")
    colors = np.array([color["data"]["values"] for color in group["swatches"]])
    assert (np.rint(255 * colors) == PALETTE).all()
    assert {color["data"]["mode"] for color in group["swatches"]} == {"RGB"}
    assert [color["name"] for color in group["swatches"]] == [f"{row['name']} {row['hex']}" for row in rows]
    # Byte for byte what that program writes itself.
    assert swatch.dumps(swatch.parse(str(path))) == files["ase"]


def test_names_of_any_kind_stay_in_their_place(tmp_path):
    """Those of a stock are somebody's own: an emoji takes two of the letters that ASE counts."""
    names = ["🧵 red", "half */ half", "名前"]
    files = palette_files(palette_rows(PALETTE[:3], np.array([3, 2, 1]), names), "🏔️")
    (tmp_path / "palette.ase").write_bytes(files["ase"])
    (group,) = swatch.parse(str(tmp_path / "palette.ase"))
    assert group["name"] == "🏔️"
    assert [color["name"] for color in group["swatches"]] == ["🧵 red #ff8000", "half */ half #000a14", "名前 #fafafa"]
    assert read_palette(tmp_path / "palette.ase").tolist() == PALETTE[:3].tolist()
    (root,) = tinycss2.parse_stylesheet(files["css"].decode(), skip_whitespace=True)
    items = tinycss2.parse_blocks_contents(root.content, skip_whitespace=True, skip_comments=True)
    assert [tinycss2.serialize(item.value).strip() for item in items] == ["#ff8000", "#000a14", "#fafafa"]


def test_design_tokens_are_colours_of_srgb(rows, image, files):
    (group,) = json.loads(files["tokens.json"]).items()
    assert not set(group[0]) & set(".{}$")
    assert group[1].pop("$type") == "color"
    assert list(group[1]) == ["1", "2", "3", "4", "5"]
    for token, color, row in zip(group[1].values(), PALETTE, rows, strict=True):
        assert token["$value"]["colorSpace"] == "srgb"
        assert (np.rint(255 * np.array(token["$value"]["components"])) == color).all()
        assert token["$value"]["hex"] == row["hex"]
        assert row["name"] in token["$description"]


def test_svg_shows_every_colour_in_a_browser(tmp_path):
    palette = np.random.default_rng(0).integers(0, 256, (20, 3)).astype(np.uint8)
    (tmp_path / "palette.svg").write_bytes(palette_files(palette_rows(palette, np.arange(20, 0, -1)), "photo")["svg"])
    with opened_page(viewport={"width": 16 * 96, "height": 2 * 96}) as page:
        page.goto((tmp_path / "palette.svg").as_uri())
        shown = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        labels = page.locator("text").all_text_contents()
    assert (shown[48::96, 48::96].reshape(-1, 3)[:20] == palette).all()
    assert labels == [f"#{bytes(color).hex()}" for color in palette]
