"""The pipeline's own pictures are opened whatever their size, and large ones are small files all the same."""

import io

import numpy as np
import pytest
from PIL import Image

from photopalette.files.pictures import LARGE, open_picture, save_photograph
from pictures import photograph


def test_a_picture_of_any_size_is_opened_and_cut(tmp_path, monkeypatch):
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)  # beyond twice as many, Pillow refuses a picture
    assert (np.asarray(open_picture(tmp_path / "picture.png").crop((0, 0, 40, 20))) == pixels[:20]).all()


def pillows(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def pattern(coffee):
    return np.tile(np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8), (120, 180, 1))


def cutout(coffee):
    opaque = np.random.default_rng(0).random((96, 144)) < 0.6
    alpha = opaque.repeat(10, axis=0).repeat(10, axis=1)
    return np.dstack([photograph(coffee), alpha * np.uint8(255)]) * alpha[..., None]


@pytest.mark.parametrize(("draw", "growth"), [(photograph, 1.05), (pattern, 3), (cutout, 1.05)])
def test_a_large_photograph_keeps_its_pixels_and_hardly_grows(tmp_path, coffee, draw, growth):
    pixels = draw(coffee)
    assert pixels.shape[0] * pixels.shape[1] > LARGE
    save_photograph(pixels, tmp_path / "large.png")
    assert (np.asarray(Image.open(tmp_path / "large.png")) == pixels).all()
    assert (tmp_path / "large.png").stat().st_size <= growth * len(pillows(pixels))


def test_other_photographs_are_what_pillow_writes(tmp_path, coffee):
    save_photograph(coffee, tmp_path / "small.png")
    assert (tmp_path / "small.png").read_bytes() == pillows(coffee)
