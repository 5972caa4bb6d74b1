"""The pipeline's own pictures are opened whatever their size."""

import numpy as np
from PIL import Image

from photopalette.files.pictures import open_picture


def test_a_picture_of_any_size_is_opened_and_cut(tmp_path, monkeypatch):
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)  # beyond twice as many, Pillow refuses a picture
    assert (np.asarray(open_picture(tmp_path / "picture.png").crop((0, 0, 40, 20))) == pixels[:20]).all()
