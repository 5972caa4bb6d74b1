"""Dithering is what was published: its weights, its thresholds, and areas as bright as the photograph's."""

import numpy as np
import pytest

from flatten import flatten
from photopalette.pictures.dithering import DIFFUSIONS, bayer, blue_noise, dither

BLACK_AND_WHITE = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
# Drawn as in the papers and in Crocker's survey (1992): the pixel itself is the x, and what is before it gets nothing.
DRAWN = {
    "floyd-steinberg": ". . x 7 . / . 3 5 1 .",
    "jarvis-judice-ninke": ". . x 7 5 / 3 5 7 5 3 / 1 3 5 3 1",
    "stucki": ". . x 8 4 / 2 4 8 4 2 / 1 2 4 2 1",
    "sierra": ". . x 5 3 / 2 4 5 4 2 / . 2 3 2 .",
    "atkinson": ". . x 1 1 / . 1 1 1 . / . . 1 . .",
}
DROPPED = {"atkinson": 2}  # parts of eight that nobody gets
METHODS = (*DIFFUSIONS, "bayer", "blue-noise")


def light(picture):
    """Linear light by the definition of sRGB."""
    code = np.asarray(picture) / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def diffused(picture, palette, method, serpentine):
    """Diffuse the errors of a picture, (h, w, 3), pixel by pixel, from mirrored rows on; the whole picture counts."""
    parts = {
        (down, column - 2): int(text)
        for down, row in enumerate(DRAWN[method].split(" / "))
        for column, text in enumerate(row.split())
        if text not in ".x"
    }
    handed, whole = sum(parts.values()), sum(parts.values()) + DROPPED.get(method, 0)
    above = min(32, len(picture))
    wanted, shown = light(np.concatenate([picture[:above][::-1], picture])), light(palette)
    height, width = wanted.shape[:2]
    weights = (np.array([0.2126, 0.7152, 0.0722]) + 1 / 3) / 2
    limit, errors, places = np.ptp(shown, axis=0).max() / 2, np.zeros(wanted.shape), np.zeros((height, width), int)
    for y in range(height):
        backwards = serpentine and (y - above) % 2
        for x in range(width)[:: -1 if backwards else 1]:
            error = errors[y, x] * min(1, limit / max(abs(errors[y, x]).max(), 1e-300))
            sought = wanted[y, x] + error
            places[y, x] = ((shown - sought) ** 2 @ weights).argmin()
            error = sought - shown[places[y, x]]
            takers = {}
            for (down, right), part in parts.items():
                at = y + down, x + (-right if backwards else right)
                if at[0] < height and 0 <= at[1] < width:
                    takers[at] = part
            ahead = sum(part for (row, _), part in takers.items() if row == y)
            below = sum(part for (row, _), part in takers.items() if row > y)
            for at, part in takers.items():
                errors[at] += error * part / whole * (1 if at[0] == y else (handed - ahead) / below)
    return places[above:]


@pytest.mark.parametrize("serpentine", [False, True])
@pytest.mark.parametrize("method", DIFFUSIONS)
def test_diffusion_has_the_published_weights(coffee, method, serpentine, monkeypatch):
    monkeypatch.setattr("photopalette.pictures.dithering._ROWS", 9)
    picture = coffee[:45]  # an odd number of rows, some of them in a block of their own
    palette = np.random.default_rng(7).integers(0, 256, (7, 3), dtype=np.uint8)
    found = dither(flatten(picture), palette, method, serpentine).reshape(picture.shape[:2])
    assert (found == diffused(picture, palette, method, serpentine)).mean() > 0.999  # sums end in other digits


@pytest.mark.parametrize("code", [30, 90, 150, 188, 230])
@pytest.mark.parametrize("method", [method for method in METHODS if method != "atkinson"])
def test_a_flat_area_is_as_bright_as_it_was(method, code):
    area = np.full((128, 128, 3), code, np.uint8)
    shown = light(BLACK_AND_WHITE)[dither(flatten(area), BLACK_AND_WHITE, method)].mean()
    assert shown == pytest.approx(light(code), abs=1 / 64)


def test_atkinson_loses_a_quarter_of_the_error_in_the_darkest_and_brightest_areas():
    dark = np.full((128, 128, 3), 50, np.uint8)
    shown = light(BLACK_AND_WHITE)[dither(flatten(dark), BLACK_AND_WHITE, "atkinson")].mean()
    assert shown < light(50)


@pytest.mark.parametrize("method", [method for method in METHODS if method != "atkinson"])
def test_an_area_of_a_mixed_colour_is_mixed_in_light(method):
    palette = np.array([[200, 30, 30], [30, 160, 40], [40, 60, 220], [245, 240, 230], [10, 10, 12]], np.uint8)
    mixed = np.array([0.3, 0.25, 0.2, 0.15, 0.1]) @ light(palette)
    code = np.rint(255 * np.where(mixed > 0.0031308, 1.055 * mixed ** (1 / 2.4) - 0.055, 12.92 * mixed))
    area = np.broadcast_to(code.astype(np.uint8), (128, 128, 3))
    shown = light(palette)[dither(flatten(area), palette, method)].mean(axis=0)
    assert shown == pytest.approx(mixed, abs=0.02)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("serpentine", [False, True])
def test_a_picture_in_the_palettes_colours_stays_as_it_is(method, serpentine):
    rng = np.random.default_rng(0)
    palette = rng.integers(0, 256, (9, 3), dtype=np.uint8)
    picture = palette[rng.integers(0, 9, (70, 90))]
    assert (palette[dither(flatten(picture), palette, method, serpentine)].reshape(picture.shape) == picture).all()


@pytest.mark.parametrize("method", METHODS)
def test_clear_pixels_are_left_out(coffee, method):
    mask = np.random.default_rng(1).random(coffee.shape[:2]) < 0.7
    grey = coffee[..., :1].repeat(3, axis=2)
    indices = dither(flatten(np.dstack([grey, mask * np.uint8(255)])), BLACK_AND_WHITE, method)
    assert indices.shape == (mask.sum(),)
    assert set(indices.tolist()) == {0, 1}
    shown = light(BLACK_AND_WHITE)[indices].mean()
    assert shown == pytest.approx(light(grey)[mask].mean(), abs=0.1 if method == "atkinson" else 0.02)


def test_thresholds_of_bayer_are_those_he_published():
    # The first and the last row of his figure of 1973, from 0 to 63.
    assert bayer()[0].tolist() == [0, 32, 8, 40, 2, 34, 10, 42]
    assert bayer()[7].tolist() == [63, 31, 55, 23, 61, 29, 53, 21]
    assert sorted(bayer().ravel().tolist()) == list(range(64))


def test_a_checkerboard_is_what_bayer_makes_of_half_the_light():
    half = np.full((8, 8, 3), 188, np.uint8)
    rows, columns = np.indices((8, 8))
    assert (dither(flatten(half), BLACK_AND_WHITE, "bayer").reshape(8, 8) == (rows + columns) % 2).all()


def test_blue_noise_has_every_threshold_as_often_and_no_low_frequencies():
    tile = blue_noise()
    assert (np.bincount(tile.ravel()) == 64).all()
    frequencies = np.fft.fftfreq(64)
    radius = np.hypot(*np.meshgrid(frequencies, frequencies))
    for threshold in (6, 16, 32, 58):
        power = np.abs(np.fft.fft2(tile < threshold)) ** 2
        low, high = (radius > 0) & (radius < 0.1), (radius > 0.3) & (radius < 0.5)
        assert power[low].mean() < 0.1 * power[high].mean()


def test_the_dots_of_blue_noise_are_spread_evenly_from_tile_to_tile():
    """Sixteenth grey: no dot has another one next to it, also across the edges of the tile."""
    dots = np.argwhere(blue_noise() < 4)
    assert len(dots) == 256
    apart = np.abs(dots[:, None] - dots)
    apart = np.minimum(apart, 64 - apart)
    distance = np.hypot(*np.moveaxis(apart, 2, 0))
    assert distance[~np.eye(len(dots), dtype=bool)].min() > 2
