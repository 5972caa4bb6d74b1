"""Unreadable files are identified by their signatures, and the user is told what to do."""

import io
import struct
import zipfile

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from _decode import decode
from _job import JobError
from _kinds import FORMATS, NAMES

FTYP = b"\0\0\0\x18ftyp%s\0\0\0\0isommp42" + bytes(100)


def zipped(name, content=b"", **more):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
        for other, text in more.items():
            archive.writestr(other, text)
    return stream.getvalue()


def tga(footer):
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), (1, 2, 3)).save(stream, "TGA")
    content = stream.getvalue().removesuffix(b"\0" * 8 + b"TRUEVISION-XFILE.\0")
    return content + (bytes(8) + b"TRUEVISION-XFILE.\0" if footer else b"")


def ico():
    stream = io.BytesIO()
    Image.new("RGBA", (16, 16), (1, 2, 3, 4)).save(stream, "ICO")
    return stream.getvalue()


PICTURES = {
    tga(False): "a TGA",
    tga(True): "a TGA",
    b"8BPS\0\1" + bytes(99): "a Photoshop document (PSD)",
    ico(): "an icon (ICO)",
    b"v/1\1\2\0\0\0channels": "OpenEXR",
    b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n": "a Radiance picture (HDR)",
    b"\xff\x0a\xfa\x7f": "JPEG XL",
    b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl ": "JPEG XL",
    b"gimp xcf v011\0": "a GIMP image (XCF)",
    b"P7\nWIDTH 2\n": "a PAM",
    b"PF\n2 2\n-1.0\n": "a PFM in colour",
    b"SIMPLE  =                    T": "FITS",
    bytes(128) + b"DICM": "DICOM",
    b"DDS |\0\0\0": "a texture (DDS)",
    b"II*\0\x10\0\0\0CR\2\0" + bytes(99): "a camera raw (Canon CR2)",
    FTYP % b"crx ": "a camera raw (Canon CR3)",
    b"FUJIFILMCCD-RAW 0201FF129502X-T1": "a camera raw (Fujifilm RAF)",
}
OTHERS = {
    FTYP % b"qt  ": "a video (QuickTime MOV)",
    b"\0\0\0\x08wide\0\0\0\0mdat": "a video (QuickTime MOV)",
    FTYP % b"isom": "a video or audio file (MP4)",
    FTYP % b"mp42": "a video or audio file (MP4)",
    b"\x1aE\xdf\xa3\x9fB\x86\x81\1": "a video (WebM or Matroska)",
    b"RIFF\0\0\0\0AVI LIST": "a video (AVI)",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n": "a Git LFS pointer",
    zipped("[Content_Types].xml"): "an Office document",
    zipped("mimetype", b"application/x-krita"): "a Krita document",
    zipped("photo.jpg"): "a ZIP archive",
    b"\x1f\x8b\x08\0": "a gzip archive",
    b"\0\5\x16\7\0\2\0\0Mac OS X": "a macOS sidecar file (AppleDouble)",
    bytes(5000): "an unfinished file with nothing but zeros in it",
    b"%PDF-1.4": "a PDF, not a raster image",
    b"\xc5\xd0\xd3\xc6 \0\0\0": "PostScript, not a raster image",
    b"\n <!-- made by hand --><html>": "a web page",
    b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">\n<html>': "a web page",
    b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x"><svg>': (
        "an SVG drawing, not a raster image"
    ),
}


def refused(content, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(JobError) as error:
        decode(str(path), "white")
    message = str(error.value)
    assert message.startswith(f"{path} ")
    assert "\n" not in message
    assert "damaged" not in message
    assert len(message.rsplit("; ", 1)[1]) > 10, "no remedy"
    return message.removeprefix(f"{path} ")


@pytest.mark.parametrize(("content", "name"), PICTURES.items(), ids=PICTURES.values())
def test_pictures_of_other_kinds_are_named(content, name, tmp_path):
    assert refused(content, tmp_path).startswith(f"is {name}, which can't be read; ")


@pytest.mark.parametrize(("content", "name"), OTHERS.items(), ids=OTHERS.values())
def test_files_that_are_not_pictures_are_named(content, name, tmp_path):
    assert refused(content, tmp_path).startswith(f"is not a readable image (it looks like {name}); ")


def test_a_git_lfs_pointer_has_its_remedy(tmp_path):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    assert refused(pointer, tmp_path).endswith("; fetch the picture itself with git lfs pull")


@pytest.mark.parametrize(
    "text", ["%pdf-1.4", "<html>", "<svg/>", "8BPS", "ftypheic", "%!PS", "CR\x02", "FUJIFILMCCD-RAW", "git-lfs"]
)
def test_signatures_inside_a_comment_mean_nothing(text, tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", text)
    Image.new("RGB", (8, 8), (1, 2, 3)).save(tmp_path / "photo.png", pnginfo=info)
    assert (np.asarray(decode(str(tmp_path / "photo.png"), "white")) == (1, 2, 3)).all()


def test_text_about_pictures_is_not_a_picture(tmp_path):
    assert refused(b"see <svg> and %PDF in <html>", tmp_path) == "is not a readable image; correct 'source'"


def bmp(bits=16, compression=3, masks=(0xF00, 0xF0, 0xF), header=40):
    pixels = bytes(4 * 4 * bits // 8)
    start = 14 + header + 12
    info = struct.pack("<IiiHHIIiiII", header, 4, 4, 1, bits, compression, len(pixels), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + info + struct.pack("<3I", *masks) + pixels


@pytest.mark.parametrize(
    "content",
    [bmp(), bmp(bits=32, masks=(0x3FF, 0xFFC00, 0x3FF00000)), bmp(bits=2), bmp(compression=4), bmp(compression=9)],
    ids=["444", "10 bits", "2 bits", "JPEG inside", "unknown compression"],
)
def test_unusual_bmps_are_named_as_unsupported(content, tmp_path):
    message = refused(content, tmp_path)
    assert message.startswith("is a BMP of an unsupported kind (Unsupported BMP")
    assert message.endswith("; export it as PNG or JPEG")


def test_every_format_has_a_name():
    assert all(NAMES[fmt].startswith(("a ", "an ")) for fmt in FORMATS)


def test_a_known_kind_that_is_not_decoded_keeps_its_name(tmp_path):
    """A JPEG of 12 bits is sound, but Pillow's decoder has 8."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "JPEG")
    content = bytearray(stream.getvalue())
    content[content.index(b"\xff\xc0") + 4] = 12
    (tmp_path / "photo.jpg").write_bytes(content)
    with pytest.raises(JobError, match=r"is a JPEG that is damaged or of an unsupported kind .*12-bit.*; export"):
        decode(str(tmp_path / "photo.jpg"), "white")
