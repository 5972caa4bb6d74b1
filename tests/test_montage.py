"""The montage shows every k, pixel by pixel."""

import numpy as np
from PIL import Image

from _images import indexed_image
from montage import montage, palette_strip


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
