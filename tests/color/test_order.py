"""Colours are put in order by their share, lightness or hue."""

import numpy as np
import pytest
from coloraide import Color

from photopalette.color.order import color_order
from photopalette.color.table import from_hex_codes, hex_codes

# OKLCH hues of the colours of CSS: red 29°, yellow 110°, lime 142°, blue 264°, magenta 328°.
CODES = ["#808080", "#0000ff", "#ffff00", "#ffffff", "#ff0000", "#000000", "#ff00ff", "#00ff00"]
PIXELS = np.array([5, 5, 40, 5, 10, 20, 9, 6])


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("share", "#ffff00 #000000 #ff0000 #ff00ff #00ff00 #0000ff #808080 #ffffff"),
        # L*: 100, 97.1, 87.7, 60.3, 53.6, 53.2, 32.3, 0.
        ("lightness", "#ffffff #ffff00 #00ff00 #ff00ff #808080 #ff0000 #0000ff #000000"),
        ("hue", "#ff0000 #ffff00 #00ff00 #0000ff #ff00ff #ffffff #808080 #000000"),
    ],
)
def test_colours_are_put_in_order(order, expected):
    colors = from_hex_codes(CODES)
    for places in (np.arange(len(CODES)), np.arange(len(CODES))[::-1]):
        found = color_order(colors[places], PIXELS[places], colors[places], order)
        assert " ".join(hex_codes(colors[places][found])) == expected


@pytest.mark.parametrize("order", ["lightness", "hue"])
def test_order_is_that_of_another_library(order):
    colors = np.random.default_rng(3).integers(0, 256, (200, 3)).astype(np.uint8)
    sorted_colors = [Color(code) for code in hex_codes(colors[color_order(colors, np.ones(200, int), colors, order)])]
    lightness = np.array([color.convert("lab-d65")["l"] for color in sorted_colors])
    _, chroma, hue = np.array([color.convert("oklch").coords(nans=False) for color in sorted_colors]).T
    if order == "lightness":
        assert (np.diff(lightness) < 0.02).all()
    else:
        greys = int((chroma < 0.02).sum())
        assert greys > 0
        assert (chroma[-greys:] < 0.02).all()
        assert (np.diff(lightness[-greys:]) < 0.02).all()
        assert (np.diff(hue[:-greys]) > -0.02).all()


@pytest.mark.parametrize("order", ["share", "lightness", "hue"])
def test_the_same_colour_twice_is_in_the_order_of_its_pixels_then_of_the_ties(order):
    colors = from_hex_codes(["#102030"] * 4)
    ties = np.array([[2.0, 0.0], [1.0, 5.0], [1.0, 4.0], [9.0, 9.0]])
    assert color_order(colors, np.array([7, 7, 7, 8]), ties, order).tolist() == [3, 2, 1, 0]
