"""Titles fit, and keep both of their ends."""

import pytest

from photopalette.figures.titles import fit_title, shorten


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
