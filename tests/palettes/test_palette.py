"""A palette's numbers are right."""

import numpy as np
import pytest
from coloraide import Color
from PIL import Image
from skimage.color import lab2rgb, rgb2lab

from photopalette.palettes.formats import FORMATS
from photopalette.palettes.palette import draw_swatches, palette_rows, write_palette

PALETTE = np.array([[255, 128, 0], [0, 10, 20], [250, 250, 250]], np.uint8)
PIXELS = np.array([60, 30, 10])


@pytest.fixture(scope="module")
def rows():
    return palette_rows(PALETTE, PIXELS)


@pytest.fixture(scope="module")
def many():
    """Colours from everywhere, the corners, all greys, and colours that are nearly grey."""
    levels = np.arange(256)
    near = np.repeat(levels[:, None], 3, axis=1)
    near[:, 2] ^= 1
    corners = np.stack(np.meshgrid(*[[0, 1, 127, 254, 255]] * 3), axis=-1).reshape(-1, 3)
    anywhere = np.random.default_rng(0).integers(0, 256, (500, 3))
    palette = np.concatenate([corners, anywhere, np.repeat(levels[:, None], 3, axis=1), near]).astype(np.uint8)
    return palette_rows(palette, np.ones(len(palette), int))


def test_rows(rows):
    assert rows[0] == {
        "cluster": 0,
        "hex": "#ff8000",
        "name": "pumpkin orange",
        "r": 255,
        "g": 128,
        "b": 0,
        "hsl": [30.1, 100.0, 50.0],
        "lab": [67.05, 42.83, 74.02],
        "oklch": [0.73189, 0.1858, 52.98],
        "luminance": 0.36698,
        "pixels": 60,
        "share": 0.6,
    }
    assert [row["share"] for row in rows] == [0.6, 0.3, 0.1]


@pytest.mark.parametrize("column", ["hsl", "oklch"])
def test_a_notation_is_the_same_8_bit_colour_in_css(column, many):
    for row in many:
        first, second, third = row[column]
        css = f"hsl({first} {second}% {third}%)" if column == "hsl" else f"oklch({first} {second} {third})"
        assert Color(css).convert("srgb").to_string(hex=True, fit="clip") == row["hex"]
        assert Color(row["hex"]).convert(column).distance(css, space="oklab") < 0.002


def test_lab_is_scikit_images(many):
    colors = np.array([[row[channel] for channel in "rgb"] for row in many])
    lab = np.array([row["lab"] for row in many])
    assert np.abs(lab - rgb2lab(colors.astype(np.uint8))).max() < 0.0051
    assert (np.rint(255 * lab2rgb(lab)) == colors).all()


def test_greys_have_no_chroma(many):
    greys = [row for row in many if row["r"] == row["g"] == row["b"]]
    assert len(greys) >= 256
    for row in greys:
        assert row["hsl"][:2] == row["oklch"][1:] == [0, 0]
        assert "-0.0" not in str(row)


@pytest.mark.parametrize("other", ["#ffffff", "#000000", "#777777"])
def test_contrast_follows_from_luminance(other, many):
    (reference,) = palette_rows(np.array([list(bytes.fromhex(other[1:]))], np.uint8), np.ones(1, int))
    for row in many[:400]:
        dark, light = sorted([row["luminance"], reference["luminance"]])
        assert (light + 0.05) / (dark + 0.05) == pytest.approx(
            Color(row["hex"]).contrast(other, method="wcag21"), rel=3e-4
        )


def test_every_form_is_written(tmp_path):
    write_palette(tmp_path, palette_rows(PALETTE, PIXELS), "photo")
    assert {path.name for path in tmp_path.iterdir()} == {"palette.png", *(f"palette.{suffix}" for suffix in FORMATS)}
    assert Image.open(tmp_path / "palette.png").mode == "RGB"


def test_swatch_widths_are_shares_and_labels_are_drawn(rows):
    swatches = np.asarray(draw_swatches(rows))
    assert [(swatches[9] == color).all(axis=1).sum() for color in PALETTE] == [960 - 2, 480, 160 - 2]
    assert len(np.unique(swatches[0, 2:958], axis=0)) == 1, "a hairline in the colour's own shade"
    assert not (swatches[0] == swatches[9]).all(axis=1).any()
    dark = swatches[:, 960:1440].reshape(-1, 3)
    assert (dark == 255).all(axis=1).sum() > 100, "white text on the dark swatch"


def test_a_colour_without_room_is_left_unlabelled():
    assert isinstance(draw_swatches(palette_rows(PALETTE, np.array([10**7, 10**7, 1]))), Image.Image)


@pytest.mark.parametrize("k", [13, 20, 64, 256])
def test_many_colours_have_a_swatch_of_their_own_size(k):
    rng = np.random.default_rng(k)
    palette = np.unique(rng.integers(0, 256, (k + 30, 3)), axis=0)[:k].astype(np.uint8)
    shares = np.sort(rng.integers(1, 1000, k) ** 2)[::-1]
    swatches = np.asarray(draw_swatches(palette_rows(palette, shares)))
    place = np.array([1 << 16, 1 << 8, 1])
    grid = swatches[160:].reshape(-1, 3) @ place
    sizes = np.bincount(grid, minlength=1 << 24)[palette @ place]
    whole = len(grid) / (np.ceil(k / min(np.ceil(np.sqrt(2 * k)), 16)) * min(np.ceil(np.sqrt(2 * k)), 16))
    # But for the text on it.
    assert min(sizes) > 0.55 * whole
    assert max(sizes) <= whole + 1
