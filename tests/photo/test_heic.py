"""HEIC, as phones make it, is read like any other format; the files are encoded here."""

import io
import sys

import numpy as np
import pillow_heif
import pytest
from PIL import Image

import profiles
from photopalette.run.job import JobError
from pictures import encoded

pillow_heif.register_heif_opener()

COLOR = (100, 150, 200)
IN_DISPLAY_P3 = (83, 152, 205)  # what COLOR is in sRGB, by colour-science's RGB_to_RGB


def heic(image, **options):
    return encoded(image, "HEIF", quality=-1, chroma=444, **options)


def flat(color=COLOR, size=(64, 32), mode="RGB"):
    return Image.new(mode, size, color)


def test_colours(shown):
    assert np.abs(shown(heic(flat())) - COLOR).max() <= 1


def test_profile(shown):
    assert np.abs(shown(heic(flat(), icc_profile=profiles.display_p3())) - IN_DISPLAY_P3).max() <= 2


def test_colours_by_code_points(shown):
    content = heic(flat(), color_primaries=12, transfer_characteristics=13)
    assert b"nclx" in content
    assert np.abs(shown(content) - IN_DISPLAY_P3).max() <= 2


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr_is_read_with_a_warning(transfer, name, shown, caplog):
    shown(heic(flat(), color_primaries=9, transfer_characteristics=transfer))
    assert f"the picture is HDR ({name})" in caplog.text


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, -1), (8, 1)])
def test_orientation_is_applied_once(orientation, turns, shown):
    image = flat()
    image.paste((200, 30, 60), (0, 0, 16, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert np.abs(shown(heic(image, exif=exif.tobytes())) - np.rot90(np.asarray(image), turns)).max() <= 2


def test_ten_bits(shown):
    values = (np.ones((32, 64, 3)) * [0.4, 0.6, 0.8] * 65535).astype(np.uint16)
    stream = io.BytesIO()
    pillow_heif.from_bytes("RGB;16", (64, 32), values.tobytes()).save(stream, quality=-1, chroma=444)
    assert pillow_heif.open_heif(stream).info["bit_depth"] == 10
    assert np.abs(shown(stream.getvalue()) - (102, 153, 204)).max() <= 1


def test_grey(shown):
    assert np.abs(shown(heic(flat(77, mode="L"))) - 77).max() <= 1


def test_transparency(shown):
    assert np.abs(shown(heic(flat((*COLOR, 0), mode="RGBA")), "#0a141e") - (10, 20, 30)).max() <= 1


@pytest.mark.parametrize("primary", [0, 1, 2])
def test_primary_picture_of_several(primary, shown, caplog):
    caplog.set_level("INFO")
    colors = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    images = [flat(color) for color in colors]
    content = heic(images[0], save_all=True, append_images=images[1:], primary_index=primary)
    assert np.abs(shown(content) - colors[primary]).max() <= 2
    assert "has 3 frames; the primary one is used" in caplog.text


@pytest.mark.parametrize("exif", [b"garbage", b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"\0" * 9])
def test_broken_exif_costs_no_photo(exif, shown):
    assert np.abs(shown(heic(flat(), exif=exif)) - COLOR).max() <= 1


@pytest.mark.parametrize("brand", [b"mif1", b"heic", b"heix", b"miaf", b"abcd"])
def test_any_brand_may_come_first(brand, shown):
    content = heic(flat())
    assert np.abs(shown(content[:8] + brand + content[12:]) - COLOR).max() <= 1


def test_the_limit_is_checked_before_decoding(shown, monkeypatch):
    monkeypatch.setattr("pillow_heif.heif.HeifImage.load", lambda _self: pytest.fail("it was decoded"))
    with pytest.raises(JobError, match=r"is 64 × 32 pixels, .* over the limit of 0\.002; raise max_megapixels"):
        shown(heic(flat()), max_megapixels=0.002)


@pytest.mark.parametrize("allow_truncated", [False, True])
def test_truncated_files_are_refused(allow_truncated, shown, coffee):
    """libheif returns nothing of such a file, so allow_truncated would not help."""
    content = heic(Image.fromarray(coffee))
    with pytest.raises(JobError, match=r"is damaged \(.*\); get the file again$"):
        shown(content[: len(content) * 2 // 3], allow_truncated=allow_truncated)


def test_a_missing_pillow_heif_is_reported_plainly(shown, monkeypatch):
    content = heic(flat())
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(JobError, match=r"is HEIC, and pillow-heif is not installed; pip install"):
        shown(content)
