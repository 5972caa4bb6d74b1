"""The error map shows each pixel's difference in the colour of the one scale."""

import io

import numpy as np
import pytest
from matplotlib import colormaps
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from error import draw, error_map
from flatten import flatten
from lines import assert_legible
from photopalette.pictures.indexed import indexed_image
from photopalette.quality.metrics import Reference


def drawn(difference, tmp_path):
    error_map(difference.astype(np.float32), "k = 2").save(tmp_path / "error.png")
    return np.asarray(Image.open(tmp_path / "error.png").convert("RGB"))


def inferno(value):
    return np.rint(np.array(colormaps["inferno"](value)[:3]) * 255).astype(np.uint8)


def count(picture, value):
    return (picture == inferno(value)).all(axis=2).sum()


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
    """Only the bar has the colours of large differences, where there are none."""
    picture = np.asarray(error_map(np.zeros(shape, np.float32), "k = 2").image)
    height, width = (side * (1280 // max(shape)) for side in shape)
    rows, columns = np.nonzero((picture == inferno(0.99)).all(axis=2))
    assert rows.min() >= 170 + height + 2 or columns.min() >= 40 + width + 2
    assert (picture[170 : 170 + height, 40 : 40 + width] == inferno(0.0)).all()


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


@pytest.mark.parametrize("shape", [(240, 320), (30, 900)], ids=["beside", "below"])
def test_every_map_has_the_same_colour_bar_with_labels_at_their_colours(shape):
    maps = [error_map(np.full(shape, value, np.float32), "k = 2") for value in (1.0, 60.0)]
    (one, other), low = (np.asarray(canvas.image) for canvas in maps), shape[0] == 30
    height, width = (side * (1280 // max(shape)) for side in shape)
    assert (one[170 + height + 2 :] == other[170 + height + 2 :]).all()
    assert (one[:, 40 + width + 2 :] == other[:, 40 + width + 2 :]).all()
    labels = {line.text: line.box for line in maps[0].lines}
    ends = {"0": 0, "20+" if low else "20 and above": 20}
    inner = {"1" if low else "1 just noticeable": 1, "2": 2, "5": 5, "10": 10, "15": 15}
    for label, value in (inner | ends).items():
        left, top, right, foot = labels[label]
        if low:
            column = {0: left, 20: right - 1}.get(value, (left + right) // 2)
            color = one[170 + height + 30, min(max(column, 40), 40 + width - 1)]
        else:
            row = min(max((top + foot) // 2, 170), 170 + height - 1)
            color = one[row, 40 + width + 30]
        assert np.abs(color.astype(int) - inferno(value / 20)).max() <= 8


@pytest.mark.parametrize("shape", [(240, 320), (320, 80), (50, 300), (8, 8), (700, 10), (3, 900), (1, 1)])
@pytest.mark.parametrize("name", ["photo", "IMG_2024-" * 11])
def test_no_text_is_cut_off_or_on_another(shape, name):
    note = "mean ΔE 10.2; 95 % of the pixels are below 23.9"
    canvas = error_map(np.zeros(shape, np.float32), f"{name}: colour difference at k = 256", note)
    assert len(canvas.lines) == 10, "title, note, the bar's name, seven ticks"
    assert_legible(canvas)
