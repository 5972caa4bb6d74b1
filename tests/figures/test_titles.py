"""Titles fit, and keep both of their ends."""

import numpy as np
import pytest

from photopalette.figures.canvas import DPI, Canvas
from photopalette.figures.titles import fit, fit_title, name_in_figures, shorten


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


@pytest.mark.parametrize(
    "text", ["PHOTOGRAPHS OF A HOLIDAY " * 9, "k = 7", "photographs of a holiday " * 4, "IMG_2024-" * 12]
)
@pytest.mark.parametrize("inches", [2.0, 5.0, 8.0])
def test_a_fitted_line_stays_within_its_room_even_in_bold(text, inches):
    shown, size = fit(text, inches, 15)
    assert 7 <= size <= 15
    left, _, right, _ = Canvas(1, 1).write(shown, 0, 0, size, bold=True).box
    assert right - left <= inches * DPI * 1.05, "hardly wider"
    if shown == text:
        assert size == 15 or size * (len(text) + 1) * 0.72 > inches * 72, "no smaller than need be"
    else:
        head, tail = shown.split("…")
        assert text.startswith(head)
        assert text.endswith(tail)
        assert len(head) < len(tail) < 2.5 * len(head), "the k is at the end"
        assert 7 * (len(shown) + 1) * 0.72 > inches * 72, "as much as fits"


def test_an_empty_line_is_left_as_it_is():
    assert fit("", 5, 15) == ("", 15)


def test_a_right_to_left_name_comes_before_what_is_said_of_it():
    """Written from right to left itself, it does not take the rest of the line with it."""
    name = name_in_figures("צילום", "x")
    lines = []
    for words in (name, f"{name}: iiiiiiiiiii", f"{name}: WWWWWWWWWWW"):
        canvas = Canvas(1200, 100)
        canvas.write(words, 0, 60, 12)
        lines.append(np.asarray(canvas.image.convert("L")))
    alone, *others = lines
    end = np.flatnonzero((alone < 255).any(axis=0))[-1]
    for other in others:
        assert (other[:, :end] == alone[:, :end]).all()


def test_what_looks_like_a_formula_is_text():
    canvas = Canvas(200, 100)
    plain, formula = (canvas.write(text, 0, 50, 12).box for text in ("$x$", "x"))
    assert plain[2] > 2 * formula[2]
