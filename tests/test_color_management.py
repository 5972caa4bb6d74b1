"""The colours are those that a colour-managed viewer shows: within 2 levels of ImageMagick's.

The expected values are those of ImageMagick 6.9.11 (which converts with Little CMS, as Pillow does) on the
very files made here, by ``convert FILE -profile srgb.icc`` for those with a profile, by ``-colorspace sRGB``
for plain CMYK, by ``-background white -alpha remove`` for transparency and by ``-auto-orient`` for EXIF.
Argyll's cctiff agrees with it on the intent.
"""

import base64

import numpy as np
import pytest
from PIL import Image

import profiles
from _decode import decode

PHOTO = [(200, 30, 60), (20, 160, 90), (64, 64, 64), (10, 200, 250), (250, 250, 5)]
INKS = [(0, 0, 0, 0), (255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 255), (30, 90, 200, 40), (255,) * 4]
PLAIN_INKS = [(255, 255, 255), (0, 255, 255), (255, 0, 255), (255, 255, 0), (0, 0, 0), (189, 139, 46), (0, 0, 0)]

# Four pixels of 16 bits a channel: rgb(10 %, 40 %, 90 %) to rgb(93.1 %, 0.3 %, 50 %).
DEEP_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAQAAAABEAIAAAAmzkTZAAAAHklEQVQI12OUnJWW9izN/eU9hXv33F/ek793D8IGAKdyDoqBvZ9U"
    "AAAAAElFTkSuQmCC"
)


def row(mode, pixels):
    image = Image.new(mode, (len(pixels), 1))
    image.putdata(pixels)
    return image


def assert_shows(path, expected):
    shown = np.asarray(decode(str(path), "white")).reshape(-1, 3).astype(int)
    assert np.abs(shown - expected).max() <= 2, shown.tolist()


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (profiles.display_p3(), [(218, 0, 54), (0, 162, 82), (63, 64, 63), (0, 203, 255), (249, 250, 0)]),
        (profiles.linear(), [(229, 96, 133), (79, 207, 160), (137, 137, 137), (55, 229, 252), (252, 252, 38)]),
    ],
    ids=["display-p3", "linear"],
)
def test_embedded_rgb_profile(profile, expected, tmp_path):
    row("RGB", PHOTO).save(tmp_path / "photo.png", icc_profile=profile)
    assert_shows(tmp_path / "photo.png", expected)


def test_profile_of_a_palette_image(tmp_path):
    image = row("P", range(5))
    image.putpalette([value for color in PHOTO for value in color])
    image.save(tmp_path / "photo.png", icc_profile=profiles.display_p3())
    assert_shows(tmp_path / "photo.png", [(218, 0, 54), (0, 162, 82), (63, 64, 63), (0, 203, 255), (249, 250, 0)])


def test_cmyk_without_a_profile(tmp_path):
    row("CMYK", INKS).save(tmp_path / "photo.tif")
    assert_shows(tmp_path / "photo.tif", PLAIN_INKS)


def test_cmyk_jpeg_is_not_inverted(tmp_path):
    large = row("CMYK", INKS).resize((len(INKS) * 16, 16), Image.Resampling.NEAREST)
    large.save(tmp_path / "photo.jpg", quality=100, subsampling=0)
    shown = np.asarray(decode(str(tmp_path / "photo.jpg"), "white"))[8, 8::16].astype(int)
    assert np.abs(shown - PLAIN_INKS).max() <= 2


def test_cmyk_by_its_profile(tmp_path):
    row("CMYK", INKS).save(tmp_path / "photo.tif", icc_profile=profiles.cmyk())
    expected = [
        *[(240, 240, 240), (0, 174, 213), (217, 64, 202), (247, 215, 42), (26, 26, 26), (183, 150, 86)],
        (4, 4, 4),
    ]
    assert_shows(tmp_path / "photo.tif", expected)


def test_16_bit_grey(tmp_path):
    Image.fromarray(np.array([[0, 100, 257, 5000, 32896, 60000, 65535]], np.uint16)).save(tmp_path / "photo.png")
    assert_shows(tmp_path / "photo.png", [(grey,) * 3 for grey in (0, 0, 1, 19, 128, 233, 255)])


def test_16_bit_rgb(tmp_path):
    (tmp_path / "photo.png").write_bytes(DEEP_PNG)
    assert_shows(tmp_path / "photo.png", [(25, 102, 229), (96, 68, 195), (166, 34, 161), (237, 0, 127)])


def test_palette_with_partial_transparency(tmp_path):
    image = row("P", range(3))
    image.putpalette([200, 30, 60, 20, 160, 90, 9, 9, 200])
    image.save(tmp_path / "photo.png", transparency=bytes([255, 128, 0]))
    assert_shows(tmp_path / "photo.png", [(200, 30, 60), (137, 207, 172), (255, 255, 255)])


def test_grey_with_alpha(tmp_path):
    row("LA", [(200, 255), (100, 128), (10, 0)]).save(tmp_path / "photo.png")
    assert_shows(tmp_path / "photo.png", [(grey,) * 3 for grey in (200, 177, 255)])


@pytest.mark.parametrize(
    ("orientation", "width", "order"),
    [
        (1, 2, "abcdef"),
        (2, 2, "badcfe"),
        (3, 2, "fedcba"),
        (4, 2, "efcdab"),
        (5, 3, "acebdf"),
        (6, 3, "ecafdb"),
        (7, 3, "fdbeca"),
        (8, 3, "bdface"),
    ],
)
@pytest.mark.parametrize("suffix", ["png", "tif", "webp", "jpg"])
def test_exif_orientation(orientation, width, order, suffix, tmp_path):
    colors = dict(zip("abcdef", [*PHOTO, (90, 90, 90)], strict=True))
    image = Image.new("RGB", (2, 3))
    image.putdata(list(colors.values()))
    image = image.resize((32, 48), Image.Resampling.NEAREST)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if suffix == "webp" else {"quality": 100, "subsampling": 0} if suffix == "jpg" else {}
    image.save(tmp_path / f"photo.{suffix}", exif=exif, **options)
    shown = np.asarray(decode(str(tmp_path / f"photo.{suffix}"), "white")).astype(int)
    assert shown.shape[1] == 16 * width
    assert np.abs(shown[8::16, 8::16].reshape(-1, 3) - [colors[letter] for letter in order]).max() <= 2
