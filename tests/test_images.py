"""Indexed PNGs are exactly their palette; panels keep every pixel crisp."""

import numpy as np
import pytest
from PIL import Image

from _images import indexed_image, panel, read_indexed


@pytest.mark.parametrize(("k", "bits"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 4), (16, 4), (17, 8), (256, 8)])
def test_png_is_indexed_at_the_fewest_bits(k, bits, tmp_path):
    rng = np.random.default_rng(k)
    palette = rng.integers(0, 256, (k, 3), dtype=np.uint8)
    labels = rng.integers(0, k, 60 * 40).astype(np.uint8)
    path = tmp_path / "image.png"
    indexed_image(palette, labels, (40, 60)).save(path, optimize=True)

    assert (np.asarray(Image.open(path).convert("RGB")) == palette[labels].reshape(40, 60, 3)).all()
    # The header by the PNG specification: IHDR's depth and colour type 3, then a PLTE of k colours.
    data = path.read_bytes()
    assert data[24:26] == bytes([bits, 3])
    start = data.index(b"PLTE")
    assert data[start + 4 : start + 4 + 3 * k] == palette.tobytes()
    assert int.from_bytes(data[start - 4 : start]) == 3 * k
    read_palette, read_labels = read_indexed(path)
    assert (read_palette == palette).all()
    assert (read_labels == labels).all()


def test_small_images_grow_by_whole_pixels(coffee):
    shown = panel(Image.fromarray(coffee), 200)
    assert shown.shape == (128, 192, 3)
    assert (shown[::2, ::2] == coffee).all()
    assert (shown[1::2, 1::2] == coffee).all()


def test_large_images_are_bounded(coffee):
    assert panel(Image.fromarray(coffee), 48).shape == (32, 48, 3)


def test_maps_shrink_by_their_means():
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert panel(Image.fromarray(values), 2) == pytest.approx(values.reshape(2, 2, 2, 2).mean(axis=(1, 3)))
