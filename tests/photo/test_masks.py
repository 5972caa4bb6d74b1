"""What a mask weighs at the size of the studied picture."""

import logging

import numpy as np
import pytest
from PIL import Image

from photopalette.photo.framing import WHOLE
from photopalette.photo.masks import mask_levels

SETTINGS = {"allow_truncated": False, "max_megapixels": 200, "crop": WHOLE, "resize": None}


@pytest.fixture
def save(tmp_path):
    def save(levels, name="mask.png", **options):
        Image.fromarray(np.asarray(levels, np.uint8)).save(tmp_path / name, **options)
        return str(tmp_path / name)

    return save


def test_a_pixel_weighs_the_mean_of_what_is_not_black(save):
    levels = np.random.default_rng(1).integers(0, 256, (64, 96)) * (np.random.default_rng(2).random((64, 96)) < 0.6)
    size = {"width": 20, "height": 12, "method": "stretch", "resample": "box"}
    crop = {**WHOLE, "left": 8, "top": 4, "width": 80, "height": 48}
    found = mask_levels(save(levels), {**SETTINGS, "crop": crop, "resize": size})
    assert found.shape == (12, 20)
    for y, x in np.ndindex(12, 20):
        cell = levels[4 + 4 * y : 8 + 4 * y, 8 + 4 * x : 12 + 4 * x]
        if np.count_nonzero(cell) >= 8:
            assert found[y, x] == pytest.approx(cell[cell > 0].mean(), abs=0.501)


@pytest.mark.parametrize("resample", ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"])
@pytest.mark.parametrize("method", ["contain", "fit", "stretch"])
def test_all_that_counts_of_a_black_and_white_mask_weighs_the_same(save, resample, method):
    levels = np.where(np.hypot(*np.mgrid[-32:32, -48:48]) < 25, 255, 0)
    size = {"width": 33, "height": 29, "method": method, "resample": resample}
    found = mask_levels(save(levels), {**SETTINGS, "resize": size})
    assert set(np.unique(found)) <= {1, 255}
    assert np.count_nonzero(found == 255) > 100


def test_levels_are_those_of_the_file(save):
    levels = np.arange(256).reshape(16, 16)
    assert (mask_levels(save(levels), SETTINGS) == np.maximum(levels, 1)).all()


def test_greys_that_jpeg_has_made_of_black_are_mentioned(save, caplog):
    caplog.set_level(logging.WARNING)
    levels = np.where(np.hypot(*np.mgrid[-32:32, -48:48]) < 25, 255, 0)
    mask_levels(save(levels), SETTINGS)
    # A picture of greys may be meant as it is.
    mask_levels(save(np.arange(256).reshape(16, 16)), SETTINGS)
    assert not caplog.records
    mask_levels(save(levels, "mask.jpg", quality=70), SETTINGS)
    (record,) = caplog.records
    assert "mask.jpg are nearly black, and count a little; save it as PNG if they should be black" in record.message
