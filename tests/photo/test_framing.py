"""An image is cropped, and fitted to a box, as the config says; it is enlarged only if that says so."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from photopalette.photo.framing import WHOLE, crop, resize
from photopalette.run.job import JobError


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
