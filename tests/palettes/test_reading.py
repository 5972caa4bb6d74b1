"""Palettes from elsewhere are read as their programs wrote them, or refused with a reason."""

import json
import tempfile

import numpy as np
import pytest
from coloraide import Color
from hypothesis import given
from hypothesis import strategies as st

from compare import apply_palette
from photopalette.color.table import flatten
from photopalette.palettes.formats import palette_files
from photopalette.palettes.palette import palette_rows
from photopalette.palettes.reading import READERS, PaletteError, parse_color, parse_colors, read_palette, read_sent
from photopalette.pictures.dithering import diffuse
from project import ROOT

OURS = np.array([[12, 34, 56], [250, 250, 245], [200, 16, 46], [0, 0, 0]], np.uint8)


@pytest.mark.parametrize("suffix", ["act", "ase", "css", "csv", "gpl", "hex", "json"])
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
        ("a.pal", "JASC-PAL\r\n0100\r\n2\r\n12 34 56\r\n250 250 245\r\n"),
        ("a.pal", "JASC-PAL\n0100\n2\n12 34 56 255\n250 250 245 255"),
        ("a.txt", "; paint.net Palette File\n; 2 colours\nFF0C2238\n80fafaf5 ; half of it\n"),
        ("a.txt", "0c2238\nfafaf5\n"),
        ("a.csv", "r,g,b\n12.0,34.,56\n\n250,250,245,more\n"),
        ("a.csv", 'name;R;G;B;share\n"ink; dark";12;34;56;0,5\npaper;250;250;245;0,5\n'),
        ("a.csv", "hex\tname, comment\n#0c2238\tink, dark\n#fafaf5\tpaper\n"),
        (
            "a.css",
            'a { content: \': red;\' "\\": lime;"; --ink: #0c2238; background: url(data:image/svg+xml;fill:blue;) }\n'
            "/* \" */ b { content: '/*'; --paper: #fafaf5; background: URL( \"data:(x):navy;\" ) } /* ' */",
        ),
        ("a.json", '["0c2238", "FAFAF5"]'),
        ("a.json", '[{"name": "Ink", "hex": "0c2238", "rgb": [12, 34, 56]}, {"name": "Paper", "hex": "fafaf5"}]'),
        ("a.json", '{"id": "#1", "grey": {"50": "#FAFAF5", "900": "#0c2238"}, "name": "red"}'),
        (
            "a.json",
            '{"$type": "color", "ink": {"$value": "#0c2238"}, "text": {"$value": "{ink}"},'
            ' "gap": {"$type": "dimension", "s": {"$value": "4px"}}, "paper": {"$value": "#fafaf5"},'
            ' "font": {"$type": "fontFamily", "$value": ["Arial"]}}',
        ),
        (
            "a.json",
            '{"ink": {"value": "#0c2238", "type": "color"}, "gap": {"value": "4px", "type": "spacing"},'
            ' "paper": ["#fafaf5"]}',
        ),
        (
            "a.json",
            '{"a": {"colorSpace": "srgb", "components": [0.047, 0.1334, 0.2196]},'
            ' "b": {"$type": "color", "$value": {"colorSpace": "hsl", "components": [60, 33.3, 97], "alpha": 0.5}}}',
        ),
    ],
)
def test_palettes_of_other_programs(tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8", newline="")
    assert sorted(read_palette(tmp_path / name).tolist()) == [[12, 34, 56], [250, 250, 245]]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_of_a_device_has_what_it_shows_and_what_it_is_sent(tmp_path, separator):
    rows = [("sent", "name", "Shown"), ("#ffffff", "paper", "fafaf5"), ("000000", "ink", "#0c2238")]
    # What is shown alike is one colour: the first stands for it.
    rows += [("#0000ff", "blue", "#0c2238"), ("#ffffff", "white", "#e0e0e0")]
    (tmp_path / "a.csv").write_text("\n".join(separator.join(row) for row in rows))
    assert read_palette(tmp_path / "a.csv").tolist() == [[250, 250, 245], [12, 34, 56], [224, 224, 224]]
    assert read_sent(tmp_path / "a.csv").tolist() == [[255, 255, 255], [0, 0, 0], [255, 255, 255]]
    (tmp_path / "a.hex").write_text("0c2238\nfafaf5\n0c2238\n")
    assert read_sent(tmp_path / "a.hex").tolist() == read_palette(tmp_path / "a.hex").tolist()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("shown,sent\n#fff,#ffffff\n#0c2238,blu\n", "line 3 has no colour: blu; use #rrggbb"),
        ("shown,sent\n#0c2238,\n", "line 2 has no colour: the cell is empty; use #rrggbb"),
        ("shown,name\n#0c2238,ink\n", "has a column 'shown', but none .* sent for it; add a column 'sent', or rename"),
        (
            " Shown ;hex\n#0c2238;#fff\n",
            "has a column 'shown', but none .* sent for it; add a column 'sent', or rename",
        ),
        ("SENT\tname\n#0c2238\tink\n", "has a column 'sent', but none .* shown for it; add a column 'shown'"),
        ("show,sent\n#0c2238,#fff\n", "has a column 'sent', but none .* shown for it; add a column 'shown'"),
        ("hex,sent\n#0c2238,\n", "line 2 has no colour: the cell is empty; use #rrggbb"),
    ],
)
def test_a_table_of_a_device_needs_both_of_every_colour(tmp_path, content, words):
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(PaletteError, match=words):
        read_palette(tmp_path / "a.csv")


@pytest.mark.parametrize("shown", ["hex", "HEX ", "r,g,b", "Red, green ,BLUE", "hex,shown", "r,g,b,shown"])
def test_what_a_table_shows_may_be_in_any_columns_of_colours(tmp_path, shown):
    """A column `shown` goes before them; what is called otherwise, `device` for one, means nothing."""
    codes = {"hex": "0c2238", "hex,shown": "ff0000,0c2238", "r,g,b,shown": "1,2,3,#0c2238"}
    row = codes.get(shown.strip().lower(), "12,34,56")
    (tmp_path / "a.csv").write_text(f"device,{shown}, Sent\n#123456,{row},#0000ff\n")
    assert read_palette(tmp_path / "a.csv").tolist() == [[12, 34, 56]]
    assert read_sent(tmp_path / "a.csv").tolist() == [[0, 0, 255]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.gpl", "GIMP Palette\nName: x\n 12  34  56\tink\n250 250 245\tpaper"),
        ("a.hex", "0c2238\nfafaf5\n"),
        ("a.css", ":root { --ink: #0c2238; --paper: #fafaf5 }"),
        ("a.csv", "hex,name\n0c2238,ink\nfafaf5,paper\n"),
        ("a.json", '["#0c2238", "#fafaf5"]'),
        ("a.pal", "JASC-PAL\n0100\n2\n12 34 56\n250 250 245\n"),
        ("a.txt", "FF0c2238\nFFfafaf5\n"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_palette_in_any_encoding_of_windows(tmp_path, name, content, encoding, end):
    (tmp_path / name).write_text(content, encoding=encoding, newline=end)
    assert read_palette(tmp_path / name).tolist() == [[12, 34, 56], [250, 250, 245]]


def test_a_letter_of_an_old_program_is_no_end_of_a_line(tmp_path):
    """Byte 85 is the ellipsis of Windows, and a line end of Unicode's."""
    (tmp_path / "a.gpl").write_bytes(b"GIMP Palette\n12 34 56 ink\x85\x1c dark\n250 250 245 paper")
    assert read_palette(tmp_path / "a.gpl").tolist() == [[12, 34, 56], [250, 250, 245]]


# Right values: of sRGB by what CSS says of the numbers, of the others as browsers and colour-science have them.
COLORS = {
    "#0c2238": "0c2238",
    "#FFF": "ffffff",
    "#0f0c": "00ff00",
    "#0C223880": "0c2238",
    " Tomato\n": "ff6347",
    "rebeccapurple": "663399",
    "rgb(12, 34, 56)": "0c2238",
    "RGB(12 34 56)": "0c2238",
    "rgba(12, 34, 56, 0.5)": "0c2238",
    "rgb(12 34 56 / 50%)": "0c2238",
    "rgb(127.5 0 0)": "800000",
    "rgb(10% 50% 100%)": "1a80ff",
    "rgb(none 255 none)": "00ff00",
    "hsl(120deg 100% 50%)": "00ff00",
    "hsl(0.5turn 100% 50%)": "00ffff",
    "hsl(200grad 100% 50%)": "00ffff",
    "hsl(210 50% 50%)": "4080bf",
    "hsla(120, 100%, 50%, 0.5)": "00ff00",
    "hwb(180 0% 50%)": "008080",
    "hwb(0 80% 80%)": "808080",
    "lab(54.2917 80.8125 69.8851)": "ff0000",
    "oklab(62.7955% 0.224863 0.125846)": "ff0000",
    "oklch(0.627955 0.257683 29.2339deg)": "ff0000",
    "oklch(100% none none)": "ffffff",
    "color(srgb 1 0.5 0)": "ff8000",
    "color(srgb-linear 1 0.2158605 0)": "ff8000",
    # CSS clamps: red, green and blue where it reads them, and what is negative of a saturation or a chroma.
    "rgb(300 0 0)": "ff0000",
    "rgb(-20 120% 0)": "00ff00",
    "rgb(1e999 0 0)": "ff0000",
    "hsl(0 150% 50%)": "ff0000",
    "hsl(0 -50% 50%)": "808080",
    "oklch(0.5 -0.1 20)": "636363",
    "oklch(1.2 0.1 20)": "ffffff",
    "oklch(-1 0.1 20)": "000000",
}


@pytest.mark.parametrize(("text", "code"), COLORS.items())
def test_colours_are_written_in_many_ways(text, code):
    assert bytes(parse_color(text)).hex() == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("color(display-p3 0 1 0)", "00fb29"),  # as color.js maps it by the algorithm of CSS Color 4
        ("color(display-p3 1 0 0)", None),
        ("color(rec2020 1 0 0)", None),
        ("color(srgb 1.2 0 0)", None),
        ("lab(60 120 0)", None),
        ("oklch(0.5 0.4 200)", None),
    ],
)
def test_what_lies_outside_srgb_loses_chroma_but_keeps_lightness_and_hue(text, code):
    rgb = parse_color(text)
    assert code in (None, bytes(rgb).hex())
    assert 0 in rgb or 255 in rgb
    lightness, chroma, hue = Color(text).convert("oklch").coords()
    found = Color("srgb", [channel / 255 for channel in rgb]).convert("oklch").coords()
    assert abs(found[0] - lightness) < 0.02  # just noticeable
    assert abs(found[2] - hue) < 3
    assert found[1] < chroma


def test_what_the_explorer_copies_is_read_again():
    palette = np.random.default_rng(2).integers(0, 256, (200, 3)).astype(np.uint8)
    palette[:6] = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255)]
    rows = palette_rows(palette, np.arange(200, 0, -1))
    copied = ["oklch({} {} {})".format(*row["oklch"]) for row in rows]
    assert np.abs(parse_colors(copied).astype(int) - palette).max() <= 1


@pytest.mark.parametrize(
    "text",
    [
        *("", "blu", "#12345", "rgb()", "rgb(1 2)", "rgb(1,2 3)", "hsv(0 0% 0%)", "red blue", "url(red)", "12px"),
        *("currentcolor", "inherit", "CanvasText", "var(--red)", "rgb(var(--r) 0 0)", "rgb(calc(1 + 2) 0 0)"),
        *("color-mix(in srgb, red, blue)", "rgb(from red r g b)", "light-dark(red, blue)", "device-cmyk(0 1 1 0)"),
        *("color(--ours 1 0 0)", "color(--oklch 0.5 0.1 20)", "rgb(NaN 0 0)", "hsl(infinity 0% 0%)"),
        *("lab(1e308 1e308 0)", "oklch(1e999 0.1 20)", "oklch(0.5 1e200 20)", "color(srgb 1e308 0 0)"),
    ],
)
def test_what_is_no_colour_is_said_to_be_none(text):
    with pytest.raises(PaletteError) as error:
        parse_color(text)
    assert str(error.value) == f'"{text}" is not a colour; use a CSS name or #rrggbb'


@pytest.mark.parametrize("text", ["transparent", "#fff0", "#ffffff00", "rgb(1 2 3 / 0)", "hsla(0, 0%, 0%, 0)"])
def test_what_is_fully_transparent_has_no_colour(text):
    with pytest.raises(PaletteError, match="is fully transparent; use an opaque colour"):
        parse_color(text)


def outcome(function, argument):
    try:
        return function(argument), ""
    except PaletteError as error:
        return None, str(error)


ODD_NUMBERS = st.sampled_from(["none", "1e400", "-1e400", "NaN", "calc(1)", "5%", "1turn", "90deg"])
FUNCTIONS = [
    "rgb(",
    "hsla(",
    "hwb(",
    "lab(",
    "oklab(",
    "lch(",
    "oklch(",
    "color(display-p3 ",
    "color(xyz ",
    "color(srgb ",
]


@given(
    st.text()
    | st.builds(
        "{}{} {} {} / {})".format,
        st.sampled_from(FUNCTIONS),
        *[ODD_NUMBERS | st.floats().map(str)] * 4,
    )
)
def test_any_text_is_a_colour_or_refused_in_one_line(text):
    found, fault = outcome(parse_color, text)
    assert fault.count("\n") == 0
    assert fault or (len(found) == 3 and set(found) <= set(range(256)))


HEADS = {
    **{"gpl": b"GIMP Palette\n", "ase": b"ASEF\0\1\0\0\0\0\0\1\0\1", "css": b":root{--a:", "csv": b"r,g,b\n"},
    **{"json": b'["', "pal": b"JASC-PAL\n0100\n1\n"},
}


@given(st.sampled_from(sorted(READERS)), st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_file_is_a_palette_or_refused_in_one_line(suffix, content):
    with tempfile.NamedTemporaryFile(suffix=f".{suffix}") as file:
        file.write(HEADS.get(suffix, b"") + content)
        file.flush()
        found, fault = outcome(read_palette, file.name)
    assert fault.count("\n") == 0
    assert fault or found.shape[1] == 3


MODERN = """:root {
 --red: #ff0000;
 --lime: oklch(0.86644 0.294827 142.4953);
 --blue: rgb(0 0 255);
 --teal: hwb(180 0% 50%);
 --half: rgb(127.5 0 0);
 --turn: hsl(0.5turn 100% 50%);
 --p3: color(display-p3 0 1 0);
}
"""


def test_all_colours_of_a_modern_style_sheet(tmp_path, caplog):
    (tmp_path / "a.css").write_text(MODERN)
    found = [bytes(color).hex() for color in read_palette(tmp_path / "a.css").tolist()]
    assert found == ["ff0000", "00ff00", "0000ff", "008080", "800000", "00ffff", "00fb29"]
    assert not caplog.records


def test_what_cannot_be_read_of_a_style_sheet_is_said_with_its_line(tmp_path, caplog):
    (tmp_path / "a.css").write_text(
        """/* A palette: #000000
of two */
:root {
  --ink: #0C2238 ! important; --font: 12px serif; --size: calc(1px + 2px);
  --same: var(--ink); --hsl: 222.2 47.4% 11.2%; margin: 0 0 0;
  --mixed:
    color-mix(in oklab, var(--ink), white);
}
a:hover { color: currentColor; border: 1px solid red; background: url(#a) }
b { --paper: #fafaf5 /* the last one has no semicolon */ }
c { color: rgb(from red r g b); fill: #12345; --d: lab(calc(1) 0 0); --e: transparent; --f: light-dark(#fff, #000)"""
    )
    assert read_palette(tmp_path / "a.css").tolist() == [[12, 34, 56], [250, 250, 245]]
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage() == (
        f"{tmp_path}/a.css: left out, as no colour can be read in it: line 5, 222.2 47.4% 11.2%; "
        "line 7, color-mix(in oklab, var(--ink), white); line 9, currentColor; line 11, rgb(from red r g b); "
        "line 11, #12345; and 3 more"
    )


@pytest.mark.parametrize(
    ("end", "found"),
    [
        (b"", [[12, 34, 56], [250, 250, 245], [0, 0, 0]]),  # all of the 256 places
        (b"\0\2\xff\xff", [[12, 34, 56], [250, 250, 245]]),
        (b"\0\3\0\0", [[250, 250, 245], [0, 0, 0]]),
    ],
)
def test_a_colour_table_of_adobe_may_say_how_many_colours_it_has_and_which_is_transparent(tmp_path, caplog, end, found):
    (tmp_path / "a.act").write_bytes(bytes([12, 34, 56, 250, 250, 245]).ljust(768, b"\0") + end)
    assert read_palette(tmp_path / "a.act").tolist() == found
    assert ("left out, as no colour can be read in it: colour 0" in caplog.text) == (end == b"\0\3\0\0")


def test_a_transparent_entry_of_paint_net_is_said(tmp_path, caplog):
    (tmp_path / "a.txt").write_text("FF0C2238\n00FFFFFF\n")
    assert read_palette(tmp_path / "a.txt").tolist() == [[12, 34, 56]]
    assert "a.txt: left out, as no colour can be read in it: line 2, 00FFFFFF" in caplog.text


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.aco", b"", "does not have a palette extension; use one of .gpl, .hex, .ase, .act, .css, .csv, .json, .pal"),
        ("a.gpl", b"12 34 56\n", "does not begin with 'GIMP Palette'"),
        ("a.gpl", b"GIMP Palette\n300 0 0 red\n", "line 2 is not 'red green blue name'"),
        ("a.act", bytes(771), "has 771 bytes, but a colour table of Adobe has 768 or 772; export it again"),
        ("a.act", bytes(768) + b"\1\1\xff\xff", "says that it has 257 colours, but has room for 256; export it again"),
        ("a.act", bytes(768) + b"\0\0\xff\xff", "contains no colours; give at least one"),
        ("a.hex", b"0c2238\nred\n", "line 2 is not six hexadecimal digits: red"),
        ("a.hex", b"\n", "contains no colours; give at least one"),
        ("a.ase", b"GIF89a", "is not an Adobe Swatch Exchange file"),
        ("a.ase", b"ASEF\0\1\0\0\0\0\0\5\0\1", "is damaged, or not in ASE format"),
        ("a.csv", b"name\nred\n", "has neither a 'hex' column nor 'r', 'g' and 'b' columns"),
        ("a.csv", b"hex\n#zzzzzz\n", "line 2 has no colour: #zzzzzz"),
        ("a.csv", b'name,r,g,b\n"a\nb",1,2,3\n\nred,300,0,0\n', "line 5 has no colour: 300, 0, 0; red, green and blue"),
        ("a.csv", b"r,g,b\n-1,0,0\n", "line 2 has no colour: -1, 0, 0; red, green and blue are whole numbers from 0"),
        ("a.csv", b"r,g,b\n0.5,0.2,0.1\n", "line 2 has no colour: 0.5, 0.2, 0.1; red, green and blue are whole"),
        ("a.csv", b"r,g,b\nNaN,inf,\n", "line 2 has no colour: NaN, inf, ; red, green and blue are whole numbers"),
        ("a.csv", b"r,g,b\n1,2\n", "line 2 has no colour: 1, 2, ; red, green and blue are whole numbers"),
        ("a.pal", b"12 34 56\n", "does not begin with 'JASC-PAL', a version and a number"),
        (
            "a.pal",
            b"JASC-PAL\n0100\n1\n300 0 0\n",
            "line 4 is not 'red green blue' with numbers from 0 to 255: 300 0 0",
        ),
        ("a.pal", b"JASC-PAL\n0100\n2\n30 0 0\n", "says that it has 2 colours, but has 1; export it again"),
        ("a.pal", b"RIFF\x10\0\0\0PAL data", "is a Microsoft RIFF palette, which can't be read; export it as a JASC"),
        ("a.txt", b"; mine\nred\n", "line 2 is not aarrggbb in hexadecimal digits: red"),
        ("a.css", b"a { color: color-mix(in srgb, red, blue) }", "contains no colours; give at least one"),
        (
            "a.json",
            b'{"$value": {"colorSpace": "cmyk", "components": [0, 1]}}',
            '"color(cmyk 0 1 / 1)" is not a colour',
        ),
        ("a.json", b"{", "is damaged, or not in JSON format"),
        ("a.json", b'["nocolour"]', '"nocolour" is not a colour'),
        ("a.json", b'{"a": {"$type": "color", "$value": "nocolour"}}', '"nocolour" is not a colour'),
        ("a.json", b'{"gap": {"$type": "dimension", "$value": "4px"}}', "contains no colours; give at least one"),
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
    found = apply_palette(table, OURS, "rgb")
    distances = ((image.reshape(-1, 1, 3).astype(int) - OURS.astype(int)) ** 2).sum(axis=2)
    assert (found.indices == distances.argmin(axis=1)).all()
    assert found.indices[0] == 2
    assert apply_palette(table, OURS, "lab").indices[0] == 2


def test_greys_dithered_to_themselves_come_out_unchanged():
    greys = np.arange(240, 256, dtype=np.uint8)
    image = np.random.default_rng(1).choice(greys, (12, 15, 1)).repeat(3, axis=2)
    palette = greys[:, None].repeat(3, axis=1)
    assert (palette[diffuse(flatten(image), palette)].reshape(image.shape) == image).all()


def test_the_shipped_palette_is_what_it_is_called():
    colors = read_palette(ROOT / "config/examples/pico-8.hex")
    assert len(colors) == 16
    assert json.dumps(colors[8].tolist()) == "[255, 0, 77]"
