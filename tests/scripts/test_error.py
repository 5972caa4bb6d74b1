"""The error map shows each pixel's difference in the colour of the one scale."""

import io
from itertools import combinations

import numpy as np
import pytest
from matplotlib import colormaps
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from error import draw, error_map
from flatten import flatten
from photopalette.pictures.indexed import indexed_image
from photopalette.quality.metrics import Reference


def drawn(difference, tmp_path):
    error_map(difference.astype(np.float32), "k = 2").savefig(tmp_path / "error.png")
    return np.asarray(Image.open(tmp_path / "error.png").convert("RGB"))


def count(picture, value):
    color = (np.array(colormaps["inferno"](value)[:3]) * 255).astype(np.uint8)
    return (picture == color).all(axis=2).sum()


@pytest.mark.parametrize("highest", [20.0, 3.0])
def test_pixels_are_crisp_squares_on_a_scale_that_never_moves(highest, tmp_path):
    difference = np.zeros((40, 60))
    difference[:, 30:] = 10.0
    difference[0, 0] = highest
    picture = drawn(difference, tmp_path)
    side = 1280 // 60
    # The colour bar shows each colour of the scale, too, in a strip of its own.
    assert count(picture, 10 / 20) >= side**2 * 40 * 30
    assert count(picture, highest / 20) >= side**2
    assert count(picture, 0.0) >= side**2 * (40 * 30 - 1)


@pytest.mark.parametrize("shape", [(240, 320), (30, 900)], ids=["beside", "below"])
def test_the_colour_bar_keeps_off_the_map(shape):
    figure = error_map(np.zeros(shape, np.float32), "k = 2")
    figure.canvas.draw()
    bar = figure.axes[0].get_window_extent()
    (height, width), factor = shape, 1280 // max(shape)
    foot = figure.get_size_inches()[1] * 200 - 170 - height * factor
    assert bar.y1 <= foot or bar.x0 >= 40 + width * factor


def test_differences_beyond_the_scale_show_its_end(tmp_path):
    picture = drawn(np.full((10, 10), 90.0), tmp_path)
    assert count(picture, 1.0) >= 1280 * 1280


def test_the_note_says_what_the_map_comes_to(coffee, tmp_path, monkeypatch):
    """Black stands for all: the difference of each pixel is worked out by itself."""
    said = []
    monkeypatch.setattr(
        "error.error_map", lambda shown, title, note: said.append((title, note)) or error_map(shown, title)
    )
    black = indexed_image(np.zeros((1, 3), np.uint8), np.zeros(64 * 96, np.uint8), (64, 96))
    black.save(tmp_path / "black.png")
    picture = Image.open(io.BytesIO(draw(Reference(flatten(coffee)), "cup", 3, tmp_path / "black.png")))
    assert min(picture.size) > 700
    difference = np.sort(deltaE_ciede2000(rgb2lab(coffee), np.zeros(coffee.shape)).ravel())
    high = difference[int(np.ceil(0.95 * difference.size)) - 1]
    assert said == [
        ("cup: colour difference at k = 3", f"mean ΔE {difference.mean():.1f}; 95 % of the pixels are below {high:.1f}")
    ]
    draw(Reference(flatten(np.zeros_like(coffee))), "cup", 3, tmp_path / "black.png")
    assert said[1][1] == "an exact copy in 1 colour"
    # Where colours are kept, as many as the photo has need not be those.
    draw(Reference(flatten(coffee)), "cup", 9999, tmp_path / "black.png")
    assert said[2][1] == said[0][1]


def test_every_map_has_the_same_colour_bar():
    bars = [error_map(np.full((20, 30), value, np.float32), "k = 2").axes[0] for value in (1.0, 60.0)]
    assert bars[0].get_ylim() == bars[1].get_ylim() == (0, 20)
    assert [label.get_text() for label in bars[0].get_yticklabels()][-1] == "20 and above"


@pytest.mark.parametrize("shape", [(240, 320), (320, 80), (50, 300), (8, 8), (700, 10), (3, 900), (1, 1)])
@pytest.mark.parametrize("name", ["photo", "IMG_2024-" * 11])
def test_no_text_is_cut_off_or_on_another(shape, name):
    note = "mean ΔE 10.2; 95 % of the pixels are below 23.9"
    figure = error_map(np.zeros(shape, np.float32), f"{name}: colour difference at k = 256", note)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    texts = [*figure.texts, axes.xaxis.label, axes._left_title, *axes.get_xticklabels(), *axes.get_yticklabels()]
    boxes = [text.get_window_extent() for text in texts if text.get_visible() and text.get_text()]
    assert len(boxes) == 10, "title, note, the bar's name, seven ticks"
    for box in boxes:
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)
