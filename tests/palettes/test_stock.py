"""What somebody has is read with its names and codes, and what can't be chosen from it is refused."""

import json

import numpy as np
import pytest
from PIL import ImageColor

from photopalette.color.names import survey
from photopalette.palettes.formats import palette_files
from photopalette.palettes.palette import palette_rows
from photopalette.palettes.reading import PaletteError
from photopalette.palettes.stock import read_stock

BLACK, RED, NOBODYS = [0, 0, 0], [255, 0, 0], [17, 18, 19]


@pytest.mark.parametrize(
    ("name", "text", "names", "codes"),
    [
        ("a.csv", "Code;Name;Hex\n310;Jet;#000000\n666;Bright  red;ff0000\n", ["Jet", "Bright red"], ["310", "666"]),
        ("a.csv", "r,g,b,name\n0,0,0,Jet\n255,0,0,\n", ["Jet", "fire engine red"], ["", ""]),
        ("a.csv", "hex\n000000\nff0000\n", ["black", "fire engine red"], ["", ""]),
        ("a.gpl", "GIMP Palette\nName: x\n#\n0 0 0\tJet black\n255 0 0\n", ["Jet black", "fire engine red"], ["", ""]),
        ("a.hex", "000000\nff0000\n", ["black", "fire engine red"], ["", ""]),
        ("a.css", ":root { --jet: #000;\n /* --no: #123; */ --bright-red : red }", ["jet", "bright-red"], ["", ""]),
        (
            "a.json",
            '[{"hex": "#000000", "name": "Jet", "code": "310"}, {"hex": "#ff0000", "code": 666}]',
            ["Jet", "fire engine red"],
            ["310", "666"],
        ),
        ("a.json", '{"jet": "#000000", "bright": "#ff0000"}', ["jet", "bright"], ["", ""]),
        (
            "a.json",
            '{"mine": {"$type": "color", "jet": {"$value": "#000"}, "bright": {"$value": {"colorSpace": "srgb", '
            '"components": [1, 0, 0]}}}}',
            ["jet", "bright"],
            ["", ""],
        ),
        ("a.pal", "JASC-PAL\n0100\n2\n0 0 0\n255 0 0\n", ["black", "fire engine red"], ["", ""]),
        ("a.txt", "; mine\nFF000000\nFFFF0000\n", ["black", "fire engine red"], ["", ""]),
    ],
)
def test_names_and_codes_are_kept_from_every_kind_of_file(tmp_path, name, text, names, codes):
    (tmp_path / name).write_text(text)
    stock = read_stock({"colors": name}, str(tmp_path / name))
    assert stock.colors.tolist() == [BLACK, RED]
    assert (stock.names, stock.codes) == (names, codes)
    assert (stock.kept.tolist(), stock.most) == ([], 2)


def test_names_survive_every_format_that_has_them(tmp_path):
    """What this study writes of a stock is a stock again, with the names: code and name."""
    rows = palette_rows(np.array([BLACK, RED], np.uint8), np.array([3, 1]), ["310 Jet", "666 Red"])
    for suffix, content in palette_files(rows, "cup").items():
        if suffix in ("ase", "json", "csv", "gpl"):
            (tmp_path / f"p.{suffix}").write_bytes(content)
            stock = read_stock({"colors": f"p.{suffix}"}, str(tmp_path / f"p.{suffix}"))
            assert stock.colors.tolist() == [BLACK, RED]
            assert all(name.startswith(known) for name, known in zip(stock.names, ("310 Jet", "666 Red"), strict=True))


def test_what_is_built_in_has_each_colour_once_under_its_first_name():
    css, xkcd = (read_stock({"colors": name}) for name in ("css", "xkcd"))
    assert {tuple(color) for color in css.colors.tolist()} == {*map(ImageColor.getrgb, ImageColor.colormap)}
    assert len({*map(tuple, css.colors.tolist())}) == len(css.colors)
    assert {"aqua", "rebeccapurple"} <= {*css.names}
    assert "cyan" not in css.names
    assert xkcd.colors.tolist() == survey()[1].tolist()
    assert xkcd.names == list(survey()[0])
    assert css.most == xkcd.most == 24


def test_colours_are_kept_by_name_by_code_and_as_colours(tmp_path):
    (tmp_path / "a.csv").write_text("code,name,hex\n310,Jet,#000000\n666,Red,#ff0000\n1,Teal,#008080\n2,Snow,#fffafa\n")
    stock = read_stock({"colors": "a.csv", "keep": ["teal", "310", "Snow"], "at_most": 3}, str(tmp_path / "a.csv"))
    assert stock.kept.tolist() == [0, 2, 3]
    assert stock.most == 3
    # A name that the survey, not its owner, gives a colour is not in the way of CSS's.
    blacks = ["#010101", "#000000", "#ffffff"]
    assert read_stock({"colors": blacks}).names[:2] == ["black", "black"]
    assert read_stock({"colors": blacks, "keep": ["black"]}).kept.tolist() == [1]
    # As many as there are to be kept, although that is more than by default.
    codes = [f"#{level:02x}0000" for level in range(40)]
    assert read_stock({"colors": codes, "keep": codes[:30]}).most == 30


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"colors": ["red", "blue", "#F00", "#00f"]}, "has a colour twice: 'red' and #ff0000 are both #ff0000; 'blue'"),
        ({"colors": ["red"]}, "has 1 colour; a stock needs two at least"),
        ({"colors": ["red", "blu"]}, '"blu" is not a colour; use a CSS name or #rrggbb'),
        ({"colors": [f"#{n:06x}" for n in range(2001)]}, "has 2,001 colours; use 2,000 at most"),
        ({"colors": ["red", "blue"], "at_most": 3}, "at_most: 3 is more than the 2 colours of the stock; use 2"),
        (
            {"colors": ["red", "blue"], "at_most": 1, "keep": ["red", "blue"]},
            "keep: has 2 colours, more than at_most (1); raise at_most",
        ),
        ({"colors": ["red", "blue"], "keep": ["#0000fe"]}, "keep: #0000fe is not in the stock; the nearest there is "),
        ({"colors": ["red", "blue"], "keep": ["310"]}, "keep: 310 is neither a code nor a name in the stock, nor a"),
        ({"colors": ["red", "blue"], "keep": ["red", "#f00"]}, "keep: #f00 is listed twice; remove one"),
    ],
)
def test_what_cannot_be_chosen_from_is_refused_with_the_reason(settings, message):
    with pytest.raises(PaletteError) as error:
        read_stock(settings)
    assert str(error.value).startswith(message)


def test_a_name_that_two_colours_have_is_not_enough(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("code,name,hex\n1,Red,#ff0000\n2,Red,#ee0000\nRed,Wine,#600000\n4,Blue,#0000ff\n5,Blue,#0000ee\n")
    assert read_stock({"colors": "a.csv", "keep": ["Red", "2"]}, str(path)).kept.tolist() == [1, 2]  # codes come first
    with pytest.raises(PaletteError, match="keep: 2 colours are called Blue; name one of #0000ff, #0000ee"):
        read_stock({"colors": "a.csv", "keep": ["Blue"]}, str(path))


def test_a_file_is_named_in_front_of_what_is_wrong_with_it(tmp_path):
    path = tmp_path / "threads.json"
    path.write_text(json.dumps([{"hex": "#000000", "name": "Jet", "code": "1"}, {"hex": "#000000", "name": "Ink"}]))
    with pytest.raises(PaletteError) as error:
        read_stock({"colors": "threads.json"}, str(path))
    assert str(error.value) == (f"{path}: has a colour twice: '1 Jet' and 'Ink' are both #000000; remove one of each")
