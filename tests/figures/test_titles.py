"""Titles fit, and keep both of their ends."""

import numpy as np
import pytest
from PIL import Image

from photopalette.figures.style import Figure
from photopalette.figures.titles import fit_title, name_in_figures, shorten


@pytest.mark.parametrize(
    ("text", "characters", "short"),
    [("k = 7", 5, "k = 7"), ("coffee at k = 7", 9, "cof…k = 7"), ("", 3, ""), ("abcd", 3, "a…d")],
)
def test_what_is_too_long_loses_its_middle(text, characters, short):
    assert shorten(text, characters) == short
    assert len(short) <= characters


@pytest.mark.parametrize(
    ("length", "size"), [(0, 20), (1, 20), (10, 20), (11, 100 / 5.5), (20, 10), (21, 10), (99, 10)]
)
def test_a_title_is_as_large_as_its_room_allows(length, size):
    text, points = fit_title("x" * length, 100, 20, 10, 0.5)
    assert (len(text), points) == (min(length, 20), size)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("<b>$x^2$</b>", "<b>$x^2$</b>"),
        ("Übersicht Ελλάδα Київ", "Übersicht Ελλάδα Київ"),
        ("Sunset 🌅 at sea", "Sunset at sea"),
        ("東京 2024", "the-folder"),
        ("🌅", "the-folder"),
        ("צילום חג", "\u200e\u2068צילום חג\u2069"),
        ("صورة", "\u200e\u2068صورة\u2069"),
    ],
)
def test_figures_use_the_folders_name_only_where_their_font_lacks_a_letter(title, name):
    assert name_in_figures(title, "the-folder") == name


def test_a_right_to_left_name_comes_before_what_is_said_of_it(tmp_path):
    """Written from right to left itself, it does not take the rest of the line with it."""
    name = name_in_figures("צילום", "x")
    widths = {}
    for words in (name, f"{name}: iiiiiiiiiii", f"{name}: WWWWWWWWWWW"):
        figure = Figure(figsize=(6, 1))
        figure.text(0, 0.5, words)
        figure.savefig(tmp_path / "line.png")
        widths[words] = np.asarray(Image.open(tmp_path / "line.png").convert("L"))
    alone, *others = widths.values()
    end = np.flatnonzero((alone < 255).any(axis=0))[-1]
    for other in others:
        assert (other[:, :end] == alone[:, :end]).all()


def test_what_looks_like_a_formula_is_text():
    figure = Figure()
    plain, formula = figure.text(0, 0, "$x$"), figure.text(0, 0, "x")
    assert plain.get_window_extent().width > 2 * formula.get_window_extent().width
