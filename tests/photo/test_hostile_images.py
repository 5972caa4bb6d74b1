"""Whatever bytes a stranger sends, they become a valid image or one line that says what is wrong and what to do."""

import contextlib
import io
import logging
import struct
import tracemalloc
import warnings
import zlib

import numpy as np
import pillow_heif
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile, TiffImagePlugin

import profiles
from photopalette.photo.decode import decode
from photopalette.photo.file_types import FORMATS
from photopalette.run.job import JobError
from pictures import encoded, png, refused
from resize import resize

pillow_heif.register_heif_opener()


@pytest.fixture
def photo(coffee, tmp_path):
    """Write bytes, or the coffee photograph in a format with its last part cut off, to a file."""

    def write(content, keep=1.0):
        data = content if isinstance(content, bytes) else encoded(Image.fromarray(coffee), content)
        path = tmp_path / "photo"
        path.write_bytes(data[: int(len(data) * keep)])
        return path

    return write


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a readable image; correct 'source'"),
        (b"hello", "is not a readable image; correct 'source'"),
        (
            b"\xef\xbb\xbf\n<!DOCTYPE HTML><title>Sign in",
            "is not a readable image (it looks like a web page); save the picture itself, not the page around it",
        ),
        (
            b'<?xml version="1.0"?><!--' + b"drawn by hand " * 50 + b'--><svg xmlns="http://www.w3.org/2000/svg"/>',
            "is not a readable image (it looks like an SVG drawing, not a raster image); export it as PNG",
        ),
        (b"%PDF-1.7", "is not a readable image (it looks like a PDF, not a raster image); export it as PNG"),
    ],
    ids=["empty", "text", "html", "svg", "pdf"],
)
def test_files_that_are_not_images_are_named(content, message, photo):
    assert refused(photo(content)) == message


def test_postscript_never_reaches_ghostscript(photo, monkeypatch):
    def ghostscript(*_args, **_kwargs):
        raise AssertionError("Ghostscript was called")

    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", ghostscript)
    content = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n(x) show\n"
    assert "it looks like PostScript, not a raster image" in refused(photo(content))


def test_only_photographic_formats_are_opened():
    assert not {"EPS", "WMF", "FITS", "HDF5", "GRIB", "BUFR", "FPX", "ICNS", "ICO", "PSD"} & set(FORMATS)


TRUNCATABLE = ["JPEG", "PNG", "GIF", "BMP", "TIFF", "PPM"]


@pytest.mark.parametrize("fmt", [*TRUNCATABLE, "WEBP", "AVIF"])
def test_truncated_file_is_refused(fmt, photo):
    message = refused(photo(fmt, keep=0.6))
    assert "damaged" in message or "not a readable image" in message


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "BMP"])
def test_allow_truncated_takes_what_there_is_and_warns(fmt, photo, coffee, caplog):
    path = photo(fmt, keep=0.6)
    assert "allow_truncated: true" in refused(path)
    shown = np.asarray(decode(str(path), "white", allow_truncated=True))
    assert shown.shape == coffee.shape
    # BMP is stored from the bottom up.
    whole = slice(-10, None) if fmt == "BMP" else slice(10)
    expected = decode(str(photo(fmt)), "white")
    assert (shown[whole] == np.asarray(expected)[whole]).all()
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "using the part that can be decoded" in warning.getMessage()
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def test_allow_truncated_changes_nothing_on_a_whole_file(photo, coffee, caplog):
    assert (np.asarray(decode(str(photo("PNG")), "white", allow_truncated=True)) == coffee).all()
    assert not caplog.records


def test_what_cannot_be_saved_is_refused_all_the_same(photo):
    message = refused(photo("WEBP", keep=0.6), allow_truncated=True)
    assert message.startswith("is damaged (")
    assert message.endswith("; get the file again")


def pillow_state():
    options = (ImageFile, "LOAD_TRUNCATED_IMAGES"), (TiffImagePlugin, "READ_LIBTIFF")
    options += (Image, "MAX_IMAGE_PIXELS"), (Image, "WARN_POSSIBLE_FORMATS")
    return [getattr(module, name) for module, name in options], list(warnings.filters)


@pytest.mark.parametrize("keep", [1.0, 0.6, 0.01])
@pytest.mark.parametrize("fmt", [*TRUNCATABLE, "WEBP", "AVIF"])
def test_decoding_leaves_no_trace_in_pillow(fmt, keep, photo, monkeypatch):
    """Whether a file is sound, damaged or unreadable; a caller's own settings stay, too."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 123_456)
    before = pillow_state()
    with contextlib.suppress(JobError):
        decode(str(photo(fmt, keep)), "white", allow_truncated=True)
    assert pillow_state() == before


def png_of(width, height, *chunks):
    """A PNG whose header says how large it is."""
    return png((b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)), *chunks, (b"IEND", b""))


def test_decompression_bomb_is_refused_by_its_header(photo, monkeypatch):
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("it was decoded"))
    path = photo(png_of(60_000, 50_000, (b"IDAT", zlib.compress(bytes(1000)))))
    assert refused(path) == (
        "is 60000 × 50000 pixels, 3000 megapixels, over the limit of 200; raise max_megapixels if you trust it "
        "and have the memory"
    )


@pytest.mark.filterwarnings("error")
def test_max_megapixels_is_exact(photo, coffee):
    # Pillow's own limit, which warns, is lower still for the largest: it must not be heard.
    height, width, _ = coffee.shape
    limit = height * width / 1e6
    assert decode(str(photo("PNG")), "white", max_megapixels=limit).size == (width, height)
    assert "over the limit of 0.006" in refused(photo("PNG"), max_megapixels=limit - 1e-6)


@pytest.mark.filterwarnings("error")
def test_large_photographs_within_the_limit_pass(photo):
    # Above what Pillow itself warns of (89 megapixels).
    path = photo(encoded(Image.new("1", (10_000, 9_000)), "PNG"))
    assert decode(str(path), "white", max_megapixels=90).size == (10_000, 9_000)


def test_bomb_in_a_text_chunk_is_passed_by(photo, caplog):
    bomb = b"comment\0\0" + zlib.compress(bytes(80_000_000))
    path = photo(png_of(1, 1, (b"zTXt", bomb), (b"IDAT", zlib.compress(bytes(4)))))
    tracemalloc.start()
    assert decode(str(path), "white").size == (1, 1)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert "unreadable metadata is ignored" in caplog.text


def test_a_canvas_that_is_too_large_is_never_allocated(photo, monkeypatch):
    """WebP's decoder allocates it when the file is opened."""
    data = bytearray(encoded(Image.new("RGBA", (2, 2), (1, 2, 3, 9)), "WEBP", lossless=True, exif=b"Exif\0\0II*\0"))
    at = data.index(b"VP8X") + 12
    data[at : at + 6] = b"\xff\x3f\0" * 2  # 16384 × 16384
    assert "megapixels; raise max_megapixels if you trust it" in refused(photo(bytes(data)))


def test_running_out_of_memory_is_reported_plainly(photo, monkeypatch):
    def load(_image):
        raise MemoryError

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    assert "needs more memory than is available; lower max_megapixels" in refused(photo("BMP"))


@pytest.mark.parametrize(
    ("fmt", "options"),
    [("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {}), ("AVIF", {"quality": 100})],
)
def test_an_animations_first_frame_is_used_with_a_warning(fmt, options, photo, caplog):
    frames = [Image.new("RGB", (16, 16), color) for color in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    caplog.set_level(logging.INFO)
    decode(str(photo(encoded(frames[0], fmt, **options))), "white")
    assert not caplog.records
    path = photo(encoded(frames[0], fmt, save_all=True, append_images=frames[1:], **options))
    shown = np.asarray(decode(str(path), "white")).astype(int)
    assert np.abs(shown - (255, 0, 0)).max() <= 3
    assert f"{path} has 3 frames; the first is used" in caplog.text


def test_one_pixel(photo):
    image = decode(str(photo(encoded(Image.new("RGB", (1, 1), (1, 2, 3)), "PNG"))), "white")
    assert np.asarray(image).tolist() == [[[1, 2, 3]]]
    assert set(np.asarray(resize(image, 320, 240, "contain", "bicubic")).reshape(-1, 3).sum(axis=1)) == {6}


@pytest.mark.parametrize(("size", "expected"), [((1, 60_000), (1, 240)), ((60_000, 1), (320, 1))])
def test_a_line_one_pixel_wide_stays_one_pixel_wide(size, expected):
    assert resize(Image.new("RGB", size), 320, 240, "contain", "bicubic").size == expected


def seeds():
    """Small valid images of many formats and modes, with the metadata that decoders trip over."""
    photo = Image.linear_gradient("L").resize((12, 10))
    rgb = Image.merge("RGB", [photo, photo.rotate(90), photo.rotate(180)])
    exif = Image.Exif()
    exif[0x0112] = 6
    both = {"exif": exif.tobytes(), "icc_profile": profiles.display_p3()}
    yield encoded(rgb, "JPEG", **both)
    yield encoded(rgb, "JPEG", progressive=True)
    yield encoded(rgb.convert("CMYK"), "JPEG", icc_profile=profiles.cmyk())
    yield encoded(rgb, "PNG", **both)
    yield encoded(rgb.quantize(5), "PNG", transparency=1)
    yield encoded(Image.fromarray(np.arange(120, dtype=np.uint16).reshape(10, 12)), "PNG")
    yield encoded(rgb, "PNG", save_all=True, append_images=[rgb.rotate(90)])
    yield encoded(rgb, "GIF", save_all=True, append_images=[rgb.rotate(90)])
    yield encoded(rgb, "BMP")
    yield encoded(rgb, "PPM")
    yield encoded(rgb, "WEBP", **both)
    yield encoded(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(90)])
    yield encoded(rgb, "AVIF")
    yield encoded(rgb, "TIFF", icc_profile=profiles.linear())
    yield encoded(rgb, "TIFF", compression="tiff_lzw")
    yield encoded(rgb, "TIFF", compression="jpeg")
    yield encoded(rgb.convert("LAB"), "TIFF")
    yield encoded(photo.convert("F"), "TIFF")
    yield encoded(rgb, "JPEG2000")
    yield encoded(rgb, "HEIF", **both)
    yield encoded(rgb, "HEIF", save_all=True, append_images=[rgb.rotate(90)])
    yield encoded(rgb.convert("RGBA"), "AVIF", **both)
    yield from deep_tiffs(np.asarray(rgb))


def deep_tiffs(pixels):
    """What tifffile reads, whole and floating, in strips, tiles and planes, and with a page inside a page."""
    for options in (
        {"extrasamples": None},
        {"tile": (16, 16), "compression": "deflate"},
        {"planarconfig": "separate", "compression": "deflate", "predictor": 2, "rowsperstrip": 3},
    ):
        for dtype in ("u2", "f4"):
            if dtype == "f4":
                options = options | {"predictor": None}
            values = (pixels / 255).astype("f4") if dtype == "f4" else pixels.astype("u2") * 257
            values = np.moveaxis(values, -1, 0) if "planarconfig" in options else values
            stream = io.BytesIO()
            tifffile.imwrite(stream, values, photometric="rgb", **options)
            yield stream.getvalue()
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as tiff:
        tiff.write(pixels[::2, ::2], photometric="rgb", subfiletype=1, subifds=1)
        tiff.write(pixels, photometric="rgb")
    yield stream.getvalue()


SEEDS = list(seeds())


@st.composite
def damaged(draw):
    """A valid image with some bytes overwritten, inserted or taken out."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        # Headers are where the harm is done.
        at = draw(st.integers(0, min(len(data), 64)) | st.integers(0, len(data)))
        length = draw(st.integers(0, 4) | st.integers(0, len(data)))
        data[at : at + length] = draw(st.binary(max_size=8))
    return bytes(data)


@pytest.mark.filterwarnings("ignore")  # of Pillow's, on what it skips
@pytest.mark.parametrize("allow_truncated", [False, True])
def test_any_damage_ends_in_an_image_or_in_one_line(allow_truncated, tmp_path_factory):
    path = tmp_path_factory.mktemp("damaged") / "photo"

    @settings(max_examples=400)
    @given(damaged())
    def check(data):
        path.write_bytes(data)
        try:
            image = decode(str(path), "white", allow_truncated, max_megapixels=0.1)
        except JobError as error:
            message = str(error)
        else:
            message = ""
            pixels = np.asarray(image)
            assert pixels.dtype == np.uint8
            assert pixels.ndim == 3
            assert pixels.shape[2] == 3
            assert 0 < pixels.shape[0] * pixels.shape[1] <= 100_000
        assert message.count("\n") == 0

    check()
