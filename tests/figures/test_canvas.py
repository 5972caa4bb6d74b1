"""A canvas shows pictures pixel by pixel, and the letters that matplotlib draws."""

import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from photopalette.figures.canvas import DPI, GREY, Canvas


def pixels_of(canvas):
    return np.asarray(canvas.image).astype(int)


def by_matplotlib(text, x, baseline, size, shape, weight, color, align):
    height, width = shape
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    look = {"fontsize": size, "fontweight": weight, "color": color, "ha": align, "family": "DejaVu Sans"}
    figure.text(x / width, 1 - baseline / height, text, parse_math=False, **look)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(int)


def test_pictures_are_placed_pixel_by_pixel():
    noise = np.random.default_rng(0).integers(0, 256, (3, 4, 3), np.uint8)
    canvas = Canvas(24, 12)
    canvas.place_framed(noise, 3, 7)
    canvas.place(noise, 14, 4)
    canvas.fill(20, 0, 4, 2, "#010203")
    expected = np.full((12, 24, 3), 255, np.uint8)
    expected[5:12, 1:9] = 208  # a hairline around it
    expected[7:10, 3:7] = expected[4:7, 14:18] = noise
    expected[0:2, 20:24] = (1, 2, 3)
    assert (pixels_of(canvas) == expected).all()
    canvas.save(one := io.BytesIO())
    canvas.save(other := io.BytesIO(), runs=True)
    for file in (one, other):
        with Image.open(file) as image:
            assert (np.asarray(image) == expected).all()
            assert image.info["dpi"] == pytest.approx((DPI, DPI), abs=0.1)


@pytest.mark.parametrize("align", ["left", "center", "right"])
@pytest.mark.parametrize("weight", ["normal", "bold"])
@pytest.mark.parametrize("size", [7, 8, 10.5, 13, 24])
@pytest.mark.parametrize("text", ["mean ΔE 3.2; 95 % below", "jÄgVA,To_Й", "\u200e\u2068صورة\u2069: $x^2$", "1"])
def test_letters_are_those_of_matplotlib(text, size, weight, align):
    """Each letter is on a whole pixel, so that a line may end where a few more or less have been added up."""
    x = {"left": 30, "center": 600, "right": 1170}[align]
    canvas = Canvas(1200, 120)
    line = canvas.write(text, x, 70, size, bold=weight == "bold", color=GREY, align=align)
    drawn, expected = pixels_of(canvas), by_matplotlib(text, x, 70, size, (120, 1200), weight, GREY, align)
    ink, wanted = ((255 - image).sum() for image in (drawn, expected))
    assert ink == pytest.approx(wanted, rel=0.03)
    for axis in (0, 1):
        places, others = (np.flatnonzero((image < 230).any(axis=(1 - axis, 2))) for image in (drawn, expected))
        assert np.abs(places[[0, -1]] - others[[0, -1]]).max() <= 1 + len(text) / 8 * (axis == 1)
    left, top, right, foot = line.box
    outside = drawn.copy()
    outside[top:foot, left:right] = 255
    assert (outside == 255).all()
    assert (drawn[:, :, 0] >= 0x8A).all()


def test_what_reaches_beyond_an_edge_is_cut_off():
    canvas = Canvas(60, 20)
    box = canvas.write("a line that is too long", 30, 15, 12, align="center").box
    assert box[0] < 0 < 60 < box[2]
    assert (pixels_of(canvas)[:, [0, -1]] < 255).any()
    assert canvas.write("", 5, 15, 12).text == ""
