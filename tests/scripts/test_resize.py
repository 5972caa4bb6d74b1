"""A photo is decoded, and what does not count left out, before it is brought to its size."""

import numpy as np
import pytest
from PIL import Image

from photopalette.photo.framing import WHOLE
from photopalette.run.job import JobError
from resize import prepare

SETTINGS = {
    **{"background": "white", "allow_truncated": False, "max_megapixels": 200, "transparency": "ignore"},
    **{"crop": WHOLE, "resize": None},
}


@pytest.fixture
def save(tmp_path):
    """Save a picture, (h, w) or (h, w, c) uint8, and give its path."""

    def save(picture, name="photo.png"):
        Image.fromarray(np.asarray(picture, np.uint8)).save(tmp_path / name)
        return str(tmp_path / name)

    return save


def square(color=(0, 0, 255), opacity=255):
    """A square of 30 × 30 pixels on a clear sheet of 100 × 100, its clear pixels red underneath."""
    sheet = np.zeros((100, 100, 4), np.uint8)
    sheet[..., 0] = 255
    sheet[20:50, 40:70] = (*color, opacity)
    return sheet


def test_clear_pixels_do_not_count_and_have_no_colour(save):
    image = np.asarray(prepare(save(square()), None, SETTINGS))
    counts = image[..., 3] > 0
    assert (np.argwhere(counts) == np.argwhere(square()[..., 3])).all()
    assert np.unique(image[counts], axis=0).tolist() == [[0, 0, 255, 255]]
    assert not image[~counts].any()


@pytest.mark.parametrize(("opacity", "expected"), [(127, None), (128, [127, 127, 255]), (255, [0, 0, 255])])
def test_half_opacity_decides_and_shows_the_background(save, opacity, expected):
    if expected is None:
        with pytest.raises(JobError, match="every pixel is less than half opaque; set transparency: background"):
            prepare(save(square(opacity=opacity)), None, SETTINGS)
        return
    image = np.asarray(prepare(save(square(opacity=opacity)), None, SETTINGS))
    assert image[30, 50].tolist() == [*expected, 255]
    assert np.count_nonzero(image[..., 3]) == 900


def test_what_is_opaque_stays_rgb_to_the_last_byte(save, coffee):
    path = save(coffee)
    white = save(np.full((64, 96), 255), "mask.png")
    opaque = save(np.dstack([coffee, np.full((64, 96), 255)]), "opaque.png")
    for size in (None, {"width": 31, "height": 31, "method": "contain", "resample": "bicubic"}):
        settings = {**SETTINGS, "resize": size}
        plain = prepare(path, None, {**settings, "transparency": "background"})
        for image in (prepare(path, white, settings), prepare(opaque, None, settings)):
            assert image.mode == "RGB"
            assert image.tobytes() == plain.tobytes()


@pytest.mark.parametrize("resample", ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"])
@pytest.mark.parametrize("method", ["contain", "fit", "stretch"])
@pytest.mark.parametrize("side", [7, 33, 90])
def test_no_colour_bleeds_over_an_edge(save, resample, method, side):
    size = {"width": side, "height": side, "method": method, "resample": resample}
    image = np.asarray(prepare(save(square((201, 33, 77))), None, {**SETTINGS, "resize": size}))
    counts = image[..., 3] == 255
    assert np.unique(image[counts], axis=0).tolist() == [[201, 33, 77, 255]]
    assert np.count_nonzero(counts) == pytest.approx(0.09 * side**2, rel=0.2, abs=3)


def test_resized_colours_are_means_of_what_counts(save, coffee):
    mask = np.random.default_rng(1).random((64, 96)) < 0.6
    size = {"width": 24, "height": 16, "method": "contain", "resample": "box"}
    path, mask_path = save(coffee), save(mask * 255, "mask.png")
    image = np.asarray(prepare(path, mask_path, {**SETTINGS, "resize": size}))
    for y, x in np.ndindex(16, 24):
        cell, counts = coffee[4 * y : 4 * y + 4, 4 * x : 4 * x + 4], mask[4 * y : 4 * y + 4, 4 * x : 4 * x + 4]
        assert (image[y, x, 3] == 255) == (counts.sum() >= 8)
        if counts.sum() >= 8:
            assert image[y, x, :3] == pytest.approx(cell[counts].mean(axis=0), abs=0.501)


def test_all_of_a_photo_counts_that_its_mask_does_not_have_black(coffee, save):
    levels = np.tile(np.arange(96, dtype=np.uint8), (64, 1))
    masked = np.asarray(prepare(save(coffee), save(levels, "mask.png"), SETTINGS))
    assert (masked[..., 3] == np.where(levels > 0, 255, 0)).all()
    assert (masked[:, 1:, :3] == coffee[:, 1:]).all()
    # Without any black, it is the photo: how bright a mask is changes no pixel.
    size = {"width": 31, "height": 31, "method": "contain", "resample": "bicubic"}
    for settings in (SETTINGS, {**SETTINGS, "resize": size}):
        grey = prepare(save(coffee), save(levels + 1, "grey.png"), settings)
        assert grey.mode == "RGB"
        assert grey.tobytes() == prepare(save(coffee), None, settings).tobytes()


def test_a_mask_is_laid_on_the_upright_photo(tmp_path, coffee, save):
    """A photo that lies on its side in the file, and a mask that stands."""
    turned = Image.fromarray(coffee).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[274] = 6
    turned.save(tmp_path / "turned.png", exif=exif)
    mask = np.zeros((64, 96), np.uint8)
    mask[:20, :30] = 255
    image = np.asarray(prepare(str(tmp_path / "turned.png"), save(mask, "mask.png"), SETTINGS))
    assert (image[:20, :30, :3] == coffee[:20, :30]).all()
    assert np.count_nonzero(image[..., 3]) == 600


def test_mask_and_transparency_must_both_agree(save):
    mask = np.zeros((100, 100), np.uint8)
    mask[:30] = 255
    image = prepare(save(square()), save(mask, "mask.png"), SETTINGS)
    assert image.getchannel("A").getbbox() == (40, 20, 70, 30)
    background = prepare(save(square()), save(mask, "mask.png"), {**SETTINGS, "transparency": "background"})
    assert np.asarray(background)[10, 10].tolist() == [255, 255, 255, 255], "clear, so that it shows the background"


def test_crop_comes_before_the_size(save, coffee):
    size = {"width": 10, "height": 10, "method": "stretch", "resample": "box"}
    settings = {**SETTINGS, "crop": {**WHOLE, "left": 20, "top": 4, "width": 20, "height": 20}, "resize": size}
    image = np.asarray(prepare(save(coffee), None, settings))
    expected = coffee[4:24, 20:40].reshape(10, 2, 10, 2, 3).mean(axis=(1, 3))
    assert image == pytest.approx(expected, abs=1)  # Pillow rounds twice


@pytest.mark.parametrize(
    ("mask", "changes", "words"),
    [
        (
            (50, 100),
            {},
            r"the mask .*mask\.png is 100 × 50 pixels, but the upright photo is 100 × 100; make the mask the",
        ),
        ((100, 100), {}, r"the mask .*mask\.png leaves no pixels; paint the part to study white"),
        (None, {"crop": {**WHOLE, "height": 20}}, "every pixel in 'crop' is masked or transparent; correct it"),
        (
            None,
            {"resize": {"width": 1, "height": 1, "method": "contain", "resample": "box"}},
            "the part that counts vanishes at 1 × 1 pixels; make 'resize' larger, or set it to null",
        ),
    ],
    ids=["size", "black", "crop", "resize"],
)
def test_a_photo_left_without_pixels_is_reported(save, mask, changes, words):
    path = mask and save(np.zeros(mask), "mask.png")
    with pytest.raises(JobError, match=words):
        prepare(save(square()), path, {**SETTINGS, **changes})


def test_a_missing_mask_is_named(save):
    with pytest.raises(JobError, match=r"there is no file no/mask\.png .*; correct 'mask'"):
        prepare(save(square()), "no/mask.png", SETTINGS)
