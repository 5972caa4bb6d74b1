"""Any image Pillow opens becomes upright 8-bit sRGB with the colours a viewer shows."""

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from photopalette.photo.decode import decode
from photopalette.run.job import JobError
from pictures import encoded, png

RED, GREEN = (200, 30, 60), (20, 160, 90)


def decoded(image, tmp_path, background="white", **options):
    image.save(tmp_path / "image.png", **options)
    result = decode(str(tmp_path / "image.png"), background)
    assert result.mode == "RGB"
    return np.asarray(result)


def two_pixels():
    image = Image.new("RGB", (2, 1), RED)
    image.putpixel((1, 0), GREEN)
    return image


@pytest.mark.parametrize("image", [two_pixels(), two_pixels().quantize(2)], ids=lambda image: image.mode)
def test_colours_of_8_bits_are_unchanged(image, tmp_path):
    assert decoded(image, tmp_path).tolist() == [[[*RED], [*GREEN]]]


@pytest.mark.parametrize(("mode", "white", "black"), [("L", 255, 0), ("1", 1, 0), ("LA", (255, 255), (0, 255))])
def test_grey_modes(mode, white, black, tmp_path):
    image = Image.new(mode, (2, 1), white)
    image.putpixel((1, 0), black)
    assert decoded(image, tmp_path).tolist() == [[[255] * 3, [0] * 3]]


@pytest.mark.parametrize(
    ("background", "expected"), [("white", 255), ("#000000", 0), ("rgb(300 300 300)", 255), ("oklch(0 0 0)", 0)]
)
def test_transparency_is_composited(background, expected, tmp_path):
    image = Image.new("RGBA", (3, 1), (*RED, 255))
    image.putpixel((1, 0), (*RED, 0))
    image.putpixel((2, 0), (*RED, 128))
    opaque, clear, half = decoded(image, tmp_path, background=background)[0].astype(int)
    assert opaque.tolist() == [*RED]
    assert clear.tolist() == [expected] * 3
    assert np.abs(half - (np.array(RED) * 128 + expected * 127) / 255).max() <= 1


def test_what_is_less_than_half_opaque_is_left_clear_where_transparency_is_ignored(tmp_path):
    image = Image.new("RGBA", (4, 1))
    image.putdata([(*RED, 0), (*RED, 127), (*RED, 128), (*RED, 255)])
    image.save(tmp_path / "image.png")
    result = decode(str(tmp_path / "image.png"), "#000000", transparency="ignore")
    assert result.getchannel("A").tobytes() == bytes([0, 0, 255, 255])
    half = np.array(RED) * 128 / 255
    assert np.abs(np.asarray(result)[0, 2, :3] - half).max() <= 1
    image.crop((2, 0, 4, 1)).save(tmp_path / "image.png")
    # Without a clear pixel there is nothing to leave out.
    assert decode(str(tmp_path / "image.png"), "#000000", transparency="ignore").mode == "RGB"


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "GIF", "BMP", "PPM", "WEBP", "AVIF", "TIFF", "JPEG2000", "QOI"])
def test_the_limit_of_pixels_is_the_largest_number_that_is_read(fmt, tmp_path):
    Image.new("RGB", (40, 25), RED).save(tmp_path / "photo", fmt)
    path = str(tmp_path / "photo")
    assert decode(path, "white", max_megapixels=0.001).size == (40, 25)
    for limit in (0.000_999, 0.000_7, 0.000_000_1):
        with pytest.raises(
            JobError, match=r"photo (is 40 × 25 pixels|contains a frame of more).*; raise max_megapixels"
        ):
            decode(path, "white", max_megapixels=limit)


def test_palette_with_transparent_entry(tmp_path):
    image = two_pixels().quantize(2)
    clear = image.getpixel((1, 0))
    assert decoded(image, tmp_path, transparency=clear).tolist() == [[[*RED], [255] * 3]]


def test_broken_profile_counts_as_srgb(tmp_path):
    assert decoded(two_pixels(), tmp_path, icc_profile=b"nonsense").tolist() == [[[*RED], [*GREEN]]]


def test_16_bit_grey_takes_little_memory(tmp_path):
    """In strips of whole numbers: beside the picture, its 16 and its 8 bits, and the RGB of the result."""
    pixels = 2_000_000
    Image.fromarray(np.arange(pixels, dtype=np.uint16).reshape(1000, -1)).save(tmp_path / "image.png", compress_level=1)
    tracemalloc.start()
    decode(str(tmp_path / "image.png"), "white")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Of numpy's; Pillow's own are 2, 1 and 4 bytes a pixel. It was 26.
    assert peak < 8 * pixels + 20_000_000


@pytest.mark.parametrize("color", [(1000, 40000, 65000)])
def test_transparent_colour_of_16_bit_rgb_is_that_colour_alone(color, tmp_path):
    """Its neighbours with the same upper bytes are opaque."""
    pixels = np.array([[color, (color[0] + 1, *color[1:]), (*color[:2], color[2] - 1)]], ">u2")
    (tmp_path / "image.png").write_bytes(deep_png(pixels, struct.pack(">3H", *color)))
    shown = np.asarray(decode(str(tmp_path / "image.png"), "#0a141e"))[0].tolist()
    assert shown == [[10, 20, 30], [3, 156, 253], [3, 156, 253]]


def test_transparent_colour_of_16_bit_grey_is_that_grey_alone(tmp_path):
    pixels = np.array([[[30000], [30001], [29999]]], ">u2")
    (tmp_path / "image.png").write_bytes(deep_png(pixels, struct.pack(">H", 30000)))
    shown = np.asarray(decode(str(tmp_path / "image.png"), "#0a141e"))
    assert shown[0].tolist() == [[10, 20, 30], [117] * 3, [117] * 3]


def deep_png(pixels, transparent):
    height, width, bands = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">2I5B", width, height, 16, 2 if bands == 3 else 0, 0, 0, 0)
    return png((b"IHDR", header), (b"tRNS", transparent), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))


@pytest.mark.parametrize("transparent", [False, True])
@pytest.mark.parametrize("animated", [False, True])
def test_the_uncovered_part_of_a_gif_is_transparent(animated, transparent, tmp_path):
    """A first frame of 8 × 6 at (5, 3) on a canvas of 20 × 10."""
    frame = Image.new("P", (8, 6), 1)
    frame.putpalette([0, 0, 0, 200, 30, 60])
    if transparent:
        frame.putpixel((0, 0), 0)
    more = {"save_all": True, "append_images": [Image.new("P", (8, 6), 0)]} if animated else {}
    data = bytearray(encoded(frame, "GIF", **more, **({"transparency": 0} if transparent else {})))
    data[6:10] = struct.pack("<2H", 20, 10)
    at = data.index(b",\0\0\0\0" + struct.pack("<2H", 8, 6))
    data[at + 1 : at + 5] = struct.pack("<2H", 5, 3)
    (tmp_path / "image.gif").write_bytes(data)
    shown = np.asarray(decode(str(tmp_path / "image.gif"), "#0a141e"))
    expected = np.full((10, 20, 3), (10, 20, 30))
    expected[3:9, 5:13] = RED
    if transparent:
        expected[3, 5] = (10, 20, 30)
    assert (shown == expected).all()


@pytest.mark.parametrize(
    ("head", "values", "expected"),
    [
        (b"P5 3 1 255\n", bytes([0, 100, 255]), [0, 100, 255]),
        (b"P5 3 1 1023\n", struct.pack(">3H", 0, 511, 1023), [0, 127, 255]),
        (b"P5 3 1 65535\n", struct.pack(">3H", 0, 25700, 65535), [0, 100, 255]),
        (b"Pf 3 1 -1.0\n", struct.pack("<3f", 0, 0.5, 1), [0, 128, 255]),
        (b"Pf 3 1 -1.0\n", struct.pack("<3f", 0, 100, 200), [0, 100, 200]),
        (b"Pf 3 1 -1.0\n", struct.pack("<3f", float("nan"), 1, float("inf")), [7, 255, 255]),
    ],
)
def test_portable_maps_of_any_depth(head, values, expected, tmp_path):
    (tmp_path / "image.ppm").write_bytes(head.replace(b" ", b"\n", 1) + values)
    assert np.asarray(decode(str(tmp_path / "image.ppm"), "#070707"))[0, :, 0].tolist() == expected
