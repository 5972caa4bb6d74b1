"""Any image Pillow opens becomes upright 8-bit sRGB with the colours a viewer shows."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

import profiles
from _job import JobError
from resize import decode, resize

RED, GREEN = (200, 30, 60), (20, 160, 90)


def decoded(image, tmp_path, name="image.png", background="white", **options):
    image.save(tmp_path / name, **options)
    result = decode(str(tmp_path / name), background)
    assert result.mode == "RGB"
    return np.asarray(result)


def two_pixels(mode="RGB"):
    image = Image.new("RGB", (2, 1), RED)
    image.putpixel((1, 0), GREEN)
    return image.convert(mode)


def test_rgb_is_unchanged(tmp_path):
    assert decoded(two_pixels(), tmp_path).tolist() == [[[*RED], [*GREEN]]]


@pytest.mark.parametrize(("mode", "white", "black"), [("L", 255, 0), ("1", 1, 0), ("LA", (255, 255), (0, 255))])
def test_grey_modes(mode, white, black, tmp_path):
    image = Image.new(mode, (2, 1), white)
    image.putpixel((1, 0), black)
    assert decoded(image, tmp_path).tolist() == [[[255] * 3, [0] * 3]]


def test_palette(tmp_path):
    image = two_pixels().quantize(2)
    assert image.mode == "P"
    assert decoded(image, tmp_path).tolist() == [[[*RED], [*GREEN]]]


def test_16_bit_grey_is_scaled_not_clipped(tmp_path):
    values = np.array([[0, 128, 257, 32896, 65535]], np.uint16)
    assert decoded(Image.fromarray(values), tmp_path)[0, :, 0].tolist() == [0, 0, 1, 128, 255]


def test_32_bit_float_is_scaled(tmp_path):
    values = np.array([[0.0, 0.5, 1.0]], np.float32)
    assert decoded(Image.fromarray(values), tmp_path, "image.tif")[0, :, 0].tolist() == [0, 128, 255]


def test_cmyk(tmp_path):
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    pixel = decoded(image, tmp_path, "image.tif")[0, 0]
    assert pixel.tolist() == [255, 0, 0]


@pytest.mark.parametrize(("background", "expected"), [("white", 255), ("#000000", 0)])
def test_transparency_is_composited(background, expected, tmp_path):
    image = Image.new("RGBA", (3, 1), (*RED, 255))
    image.putpixel((1, 0), (*RED, 0))
    image.putpixel((2, 0), (*RED, 128))
    opaque, clear, half = decoded(image, tmp_path, background=background)[0].astype(int)
    assert opaque.tolist() == [*RED]
    assert clear.tolist() == [expected] * 3
    assert np.abs(half - (np.array(RED) * 128 + expected * 127) / 255).max() <= 1


def test_palette_with_transparent_entry(tmp_path):
    image = two_pixels().quantize(2)
    clear = image.getpixel((1, 0))
    assert decoded(image, tmp_path, transparency=clear).tolist() == [[[*RED], [255] * 3]]


def test_exif_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90° clockwise
    result = decoded(two_pixels(), tmp_path, exif=exif)
    assert result.tolist() == [[[*RED]], [[*GREEN]]]


def test_first_frame_is_taken(tmp_path):
    frames = [Image.new("RGB", (2, 2), color) for color in (RED, GREEN)]
    assert (decoded(frames[0], tmp_path, save_all=True, append_images=frames[1:]) == RED).all()


def test_embedded_profile_is_converted(tmp_path):
    """A linear-light profile: its mid-grey is much lighter in sRGB."""
    result = decoded(Image.new("RGB", (1, 1), (128, 128, 128)), tmp_path, icc_profile=profiles.linear())[0, 0]
    # sRGB's transfer function (IEC 61966-2-1) of 128/255 is 0.7354.
    assert np.abs(result.astype(int) - 188).max() <= 1


def test_broken_profile_counts_as_srgb(tmp_path):
    assert decoded(two_pixels(), tmp_path, icc_profile=b"nonsense").tolist() == [[[*RED], [*GREEN]]]


@pytest.mark.parametrize(
    ("content", "hint"),
    [(b"<!DOCTYPE html><p>404", "a web page"), (b"%PDF-1.7", "a PDF"), (b"<svg/>", "an SVG"), (b"hello", "no image")],
)
def test_no_image_is_named(content, hint, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(JobError, match=hint) as error:
        decode(str(path), "white")
    assert str(path) in str(error.value)


def test_truncated_image_is_refused(coffee, tmp_path):
    stream = io.BytesIO()
    Image.fromarray(coffee).save(stream, "JPEG")
    path = tmp_path / "photo.jpg"
    path.write_bytes(stream.getvalue()[:-400])
    with pytest.raises(JobError, match="is damaged"):
        decode(str(path), "white")


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
