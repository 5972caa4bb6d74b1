"""The montage shows every k, pixel by pixel."""

import numpy as np
import pytest
from PIL import Image

from _images import indexed_image
from montage import grid, montage, palette_strip


@pytest.mark.parametrize("panels", [1, 2, 3, 5, 10, 17, 64])
@pytest.mark.parametrize("aspect", [0.1, 0.75, 1.0, 1.5, 10.0])
def test_grid_holds_every_panel_without_an_empty_row(panels, aspect):
    rows, columns = grid(panels, aspect)
    assert rows * columns >= panels
    assert (rows - 1) * columns < panels


def test_grid_suits_the_aspect():
    assert grid(6, 4.0)[1] < grid(6, 0.25)[1]
    assert grid(10, 1.0, columns=5) == (2, 5)
    assert grid(3, 1.0, columns=5) == (1, 3)


def test_strip_widths_are_shares():
    palette = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
    strip = palette_strip(indexed_image(palette, np.array([0] * 6 + [1] * 3 + [2], np.uint8), (2, 5)), 100)
    assert [(strip[0] == color).all(axis=1).sum() for color in palette] == [60, 30, 10]


def test_panels_are_drawn_crisp_and_titled(coffee, tmp_path):
    palette = np.array([[250, 10, 20], [30, 40, 50]], np.uint8)
    labels = np.arange(64 * 96, dtype=np.uint8) % 2
    indexed_image(palette, labels, (64, 96)).save(tmp_path / "k2.png")
    figure = montage(Image.fromarray(coffee), 1234, {2: tmp_path / "k2.png"})
    assert [text.get_text() for text in figure.texts] == ["1,234 colours", "original", "k = 2"]
    few = montage(Image.fromarray(coffee), 1, {2: tmp_path / "k2.png"})
    assert [text.get_text() for text in few.texts] == ["1 colour", "original", "1 colour", "k = 2"]
    figure.savefig(tmp_path / "montage.png")
    drawn = np.asarray(Image.open(tmp_path / "montage.png").convert("RGB")).reshape(-1, 3)
    for color in palette:
        assert (drawn == color).all(axis=1).sum() > 64 * 96 * 36 / 2


@pytest.mark.parametrize("panels", [3, 5, 7, 10, 13, 17, 21, 31])
def test_no_panel_is_left_alone_in_the_last_row(panels):
    rows, columns = grid(panels, 1.5)
    assert rows == 1 or panels - (rows - 1) * columns > 1
