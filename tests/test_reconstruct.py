"""The reconstruction is an indexed PNG that decodes to palette[labels]."""

import numpy as np
import pytest
from PIL import Image

from reconstruct import indexed_image


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
