"""An image is fitted to a box as the config says, and enlarged only if it says so."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from photopalette.run.job import JobError
from resize import WHOLE, crop, lay_mask, prepare, resize


@pytest.mark.parametrize(("method", "size"), [("contain", (30, 20)), ("fit", (30, 30)), ("stretch", (30, 30))])
def test_methods_are_pillows(method, size, coffee):
    image = Image.fromarray(coffee)
    result = resize(image, 30, 30, method, "bicubic")
    assert result.size == size
    expected = {
        "contain": image.resize((30, 20)),
        "fit": ImageOps.fit(image, (30, 30)),
        "stretch": image.resize((30, 30)),
    }
    assert (np.asarray(result) == np.asarray(expected[method])).all()


def test_resampling_filter_is_used(coffee):
    image = Image.fromarray(coffee)
    result = resize(image, 30, 20, "stretch", "nearest")
    assert (np.asarray(result) == np.asarray(image.resize((30, 20), Image.Resampling.NEAREST))).all()


@pytest.mark.parametrize(
    ("size", "expected"),
    [((60, 40), (60, 40)), ((320, 240), (320, 240)), ((640, 40), (320, 20)), ((60, 480), (30, 240)), ((1, 1), (1, 1))],
)
def test_contain_does_not_enlarge(size, expected):
    assert resize(Image.new("RGB", size), 320, 240, "contain", "bicubic").size == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [((60, 40), (53, 40)), ((40, 60), (40, 30)), ((640, 40), (53, 40)), ((100, 480), (100, 75)), ((1, 9), (1, 1))],
)
def test_fit_crops_what_is_smaller_to_the_aspect(size, expected):
    image = Image.effect_noise(size, 200).convert("RGB")
    result = resize(image, 320, 240, "fit", "bicubic")
    assert result.size == expected
    left, top = (size[0] - expected[0]) // 2, (size[1] - expected[1]) // 2
    # Its very pixels, none interpolated.
    middle = np.asarray(image)[top : top + expected[1], left : left + expected[0]]
    assert (np.asarray(result) == middle).all()


@pytest.mark.parametrize("method", ["contain", "fit"])
def test_no_colour_is_made_up_for_a_small_picture(method):
    colors = [(9, 9, 9), (200, 30, 60), (20, 160, 90), (64, 64, 200), (250, 250, 5)]
    image = Image.new("RGB", (60, 40))
    image.putdata([colors[x % 5] for x in range(60 * 40)])
    result = resize(image, 320, 240, method, "bicubic")
    assert {tuple(pixel) for pixel in np.asarray(result).reshape(-1, 3).tolist()} == set(colors)


@pytest.mark.parametrize(("method", "size"), [("contain", (320, 213)), ("fit", (320, 240))])
def test_enlarge_is_pillows(method, size, coffee):
    image = Image.fromarray(coffee[:40, :60])
    result = resize(image, 320, 240, method, "bicubic", enlarge=True)
    assert result.size == size
    expected = ImageOps.fit(image, size) if method == "fit" else image.resize(size)
    assert (np.asarray(result) == np.asarray(expected)).all()


def test_stretch_makes_the_box(coffee):
    image = Image.fromarray(coffee[:40, :60])
    assert (np.asarray(resize(image, 320, 240, "stretch", "bicubic")) == np.asarray(image.resize((320, 240)))).all()


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


def test_a_mask_counts_from_128_on(coffee):
    mask = np.tile(np.arange(96, dtype=np.uint8) + 80, (64, 1))
    masked = lay_mask(Image.fromarray(coffee), Image.fromarray(mask).convert("RGB"), "mask.png")
    assert (np.asarray(masked)[..., 3] == np.where(mask >= 128, 255, 0)).all()
    assert (np.asarray(masked)[..., :3] == coffee).all()


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


@pytest.mark.parametrize(
    ("values", "box"),
    [
        ({}, (0, 0, 96, 64)),
        ({"left": 10, "top": 4}, (10, 4, 96, 64)),
        ({"left": 10, "top": 4, "width": 20, "height": 1}, (10, 4, 30, 5)),
        ({"left": 0.25, "top": 0.5, "width": 0.5, "height": 0.5}, (24, 32, 72, 64)),
        ({"left": 90, "width": 0.0625, "height": 1.0}, (90, 0, 96, 64)),
        ({"left": 0.99, "top": 0.999, "width": 0.001}, (95, 63, 96, 64)),
        ({"left": 0.7, "width": 0.3}, (67, 0, 96, 64)),
    ],
)
def test_crop_in_pixels_and_shares(coffee, values, box):
    expected = Image.fromarray(coffee).crop(box)
    assert crop(Image.fromarray(coffee), **{**WHOLE, **values}).tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"left": 90, "width": 7},
            "the crop from 90, 0 to 97, 64 is not within the photo's 96 × 64 pixels; correct 'crop'",
        ),
        ({"top": 64}, "the crop from 0, 64 to 96, 64 is not within the photo's 96 × 64 pixels"),
        ({"top": 60, "height": 0.5}, "crop from 0, 60 to 96, 92 is not within"),
    ],
)
def test_a_crop_beyond_the_photo_is_refused(coffee, values, words):
    with pytest.raises(JobError, match=words):
        crop(Image.fromarray(coffee), **{**WHOLE, **values})


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
