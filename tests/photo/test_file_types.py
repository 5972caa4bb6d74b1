"""Unreadable files are identified by their signatures, and the user is told what to do."""

import io
import re
import struct
import zipfile

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

import pictures
from photopalette.photo.decode import decode
from photopalette.photo.file_types import FORMATS, NAMES, identify
from photopalette.run.job import JobError

FTYP = b"\0\0\0\x18ftyp%s\0\0\0\0isommp42" + bytes(100)


def zipped(name, content=b"", **more):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
        for other, text in more.items():
            archive.writestr(other, text)
    return stream.getvalue()


def tga(footer):
    end = bytes(8) + b"TRUEVISION-XFILE.\0"
    return pictures.encoded(Image.new("RGB", (8, 8), (1, 2, 3)), "TGA").removesuffix(end) + (end if footer else b"")


PICTURES = {
    tga(False): "a TGA",
    tga(True): "a TGA",
    b"8BPS\0\1" + bytes(99): "a Photoshop document (PSD)",
    pictures.encoded(Image.new("RGBA", (16, 16), (1, 2, 3, 4)), "ICO"): "an icon (ICO)",
    b"v/1\1\2\0\0\0channels": "OpenEXR",
    b"\x89PNG\r\n\x1a\n\0\0\0\4CgBIP\0\x20\2+\xd5\xb3\x7f\0\0\0\rIHDR": "a PNG in Apple's own variant (CgBI)",
    b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n": "a Radiance picture (HDR)",
    b"\xff\x0a\xfa\x7f": "JPEG XL",
    b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl ": "JPEG XL",
    b"gimp xcf v011\0": "a GIMP image (XCF)",
    b"#?RGBE\nFORMAT=32-bit_rle_rgbe\n": "a Radiance picture (HDR)",
    b"II\xbc\x01\x20\0\0\0": "JPEG XR",
    b"P7\nWIDTH 2\n": "a PAM",
    b"PF\n2 2\n-1.0\n": "a PFM in colour",
    b"SIMPLE  =                    T": "FITS",
    bytes(128) + b"DICM": "DICOM",
    b"DDS |\0\0\0": "a texture (DDS)",
    b"\xabKTX 20\xbb\r\n\x1a\n": "a texture (KTX)",
    b"icns\0\0\1\0ic07": "an icon (ICNS)",
    b"\x0a\5\1\x08\0\0\0\0": "a PCX",
    b"\1\xda\1\1\0\3": "an SGI picture",
    b"\x59\xa6\x6a\x95\0\0\0\x08": "a Sun raster",
    b"\x8aMNG\r\n\x1a\n": "an MNG animation",
    b"\x8bJNG\r\n\x1a\n": "a JNG",
    b"FLIF31\0\1": "FLIF",
    b"BPG\xfb\x20\0": "BPG",
    b"AT&TFORM\0\0\1\0DJVM": "DjVu",
    b"SQLite format 3\0\x10\0": "a database, or a Clip Studio or Affinity document",
    b"\xd7\xcd\xc6\x9a\0\0\0\0": "a Windows metafile (WMF)",
    b"\1\0\0\0\x6c\0\0\0" + bytes(32) + b" EMF": "a Windows metafile (EMF)",
    b"/* XPM */\nstatic char *cup[] = {": "an XPM",
    b"II*\0\x10\0\0\0CR\2\0" + bytes(99): "a camera raw (Canon CR2)",
    FTYP % b"crx ": "a camera raw (Canon CR3)",
    b"II\x1a\0\0\0HEAPCCDR\2\0": "a camera raw (Canon CRW)",
    b"FUJIFILMCCD-RAW 0201FF129502X-T1": "a camera raw (Fujifilm RAF)",
    b"IIRO\x08\0\0\0": "a camera raw (Olympus ORF)",
    b"IIRS\x08\0\0\0": "a camera raw (Olympus ORF)",
    b"MMOR\0\0\0\x08": "a camera raw (Olympus ORF)",
    b"IIU\0\x18\0\0\0": "a camera raw (Panasonic RW2)",
    b"II*\0\x08\0\0\0IIII": "a camera raw (Phase One IIQ)",
    b"MM\0*\0\0\0\x08MMMM": "a camera raw (Phase One IIQ)",
    b"FOVb\0\0\2\0": "a camera raw (Sigma X3F)",
    b"\0MRM\0\2\0\0": "a camera raw (Minolta MRW)",
}
OTHERS = {
    FTYP % b"qt  ": "a video (QuickTime MOV)",
    b"\0\0\0\x08wide\0\0\0\0mdat": "a video (QuickTime MOV)",
    b"\0\0\0\x6cmoov\0\0\0\x64mvhd": "a video (QuickTime MOV)",
    b"\0\0\0\1mdat\0\0\0\0": "a video (QuickTime MOV)",
    b"\0\0\0\x08skip\0\0\0\0": "a video (QuickTime MOV)",
    b"\0\0\0\x08free\0\0\0\0": "a video (QuickTime MOV)",
    FTYP % b"isom": "a video or audio file (MP4)",
    FTYP % b"mp42": "a video or audio file (MP4)",
    b"\x1aE\xdf\xa3\x9fB\x86\x81\1": "a video (WebM or Matroska)",
    b"RIFF\0\0\0\0AVI LIST": "a video (AVI)",
    b"\0\0\1\xba\x44\0": "a video (MPEG)",
    b"\0\0\1\xb3\x28\0": "a video (MPEG)",
    b"0&\xb2u\x8ef\xcf\x11\xa6\xd9": "a video (WMV)",
    b"FLV\1\5\0\0\0\x09": "a video (FLV)",
    b"OggS\0\2": "an audio file (Ogg)",
    b"ID3\3\0\0": "an audio file (MP3)",
    b"RIFF\0\0\0\0WAVEfmt \x10": "an audio file (WAV)",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n": "a Git LFS pointer",
    zipped("[Content_Types].xml"): "an Office document",
    zipped("mimetype", b"application/x-krita"): "a Krita document",
    zipped("mimetype", b"image/openraster"): "an OpenRaster picture",
    zipped("mimetype", b"application/epub+zip"): "an e-book",
    zipped("mimetype", b"application/vnd.oasis.opendocument.text"): "an OpenDocument",
    zipped("_rels/.rels"): "an Office document",
    zipped("document.json"): "a Sketch document",
    zipped("photo.jpg"): "a ZIP archive",
    b"\x1f\x8b\x08\0": "a gzip archive",
    b"7z\xbc\xaf'\x1c\0\4": "a 7z archive",
    b"Rar!\x1a\7\1\0": "a RAR archive",
    b"BZh91AY&SY": "a bzip2 archive",
    b"\xfd7zXZ\0\0\4": "an xz archive",
    b"(\xb5/\xfd\x24\0": "a Zstandard archive",
    b"photo.jpg".ljust(257, b"\0") + b"ustar\x0000": "a tar archive",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0": "an old Office document",
    b"{\\rtf1\\ansi": "an RTF document",
    b"L\0\0\0\1\x14\2\0\0\0": "a Windows shortcut",
    b"bplist00\xd4": "a property list, which iCloud leaves in place of a file not yet downloaded",
    b"\x93NUMPY\1\0": "a NumPy array",
    b"\x89HDF\r\n\x1a\n": "HDF5",
    b"\x7fELF\2\1": "a program",
    b"\0\5\x16\7\0\2\0\0Mac OS X": "a macOS sidecar file (AppleDouble)",
    bytes(5000): "an unfinished file with nothing but zeros in it",
    b"%PDF-1.4": "a PDF, not a raster image",
    b"\n%PDF-1.4": "a PDF, not a raster image",
    b"%!PS-Adobe-3.0 EPSF-3.0": "PostScript, not a raster image",
    b"\xc5\xd0\xd3\xc6 \0\0\0": "PostScript, not a raster image",
    b"\n <!-- made by hand --><html>": "a web page",
    b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">\n<html>': "a web page",
    b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x"><svg>': (
        "an SVG drawing, not a raster image"
    ),
}


def ftyp(major, *compatible, behind=b"", size=None):
    size = 16 + 4 * len(compatible) if size is None else size
    return struct.pack(">I4s4sI", size, b"ftyp", major, 0) + b"".join(compatible) + behind


HEIC_BRANDS = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"]
HEADS = [
    (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "JPEG"),
    (b"\xff\xd8\xff\xdb\0\x43", "JPEG"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
    (b"GIF87a\1\0\1\0", "GIF"),
    (b"GIF89a\1\0\1\0", "GIF"),
    *((b"BM" + bytes(12) + bytes([size, 0, 0, 0]), "BMP") for size in (12, 16, 40, 52, 56, 64, 108, 124)),
    *((b"P%c\n1 1\n" % digit, "PPM") for digit in b"123456f"),
    (b"P6 1 1 255 ", "PPM"),
    (b"P6#made by hand\n", "PPM"),
    (b"RIFF\0\0\0\0WEBPVP8L", "WEBP"),
    *((ftyp(brand), "AVIF") for brand in (b"avif", b"avis")),
    (ftyp(b"mif1", b"miaf", b"avif"), "AVIF"),
    (ftyp(b"msf1", b"avis", b"miaf"), "AVIF"),
    *((ftyp(brand), "HEIF") for brand in (*HEIC_BRANDS, b"mif1", b"mif2", b"mif3", b"msf1")),
    *((ftyp(b"isom", b"abcd", brand), "HEIF") for brand in (*HEIC_BRANDS, b"mif1", b"mif2", b"mif3", b"msf1")),
    (ftyp(b"heic", b"mif1", b"avif"), "HEIF"),
    *((head, "TIFF") for head in (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0")),
    # A mark of a raw that stands elsewhere.
    (b"II*\0\x10\0\0\0\0CR\2", "TIFF"),
    (b"\xff\x4f\xff\x51\0\x2f", "JPEG2000"),
    (b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14", "JPEG2000"),
    (b"qoif\0\0\0\1", "QOI"),
]


@pytest.mark.parametrize(("head", "fmt"), HEADS)
def test_every_format_is_recognized_by_its_header(head, fmt, tmp_path):
    (tmp_path / "photo").write_bytes(head)
    assert identify(str(tmp_path / "photo")) == fmt


def test_every_format_has_a_sample_header():
    assert {fmt for _, fmt in HEADS} == set(FORMATS)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        # What Phase One and Canon put behind a TIFF's header.
        (b"abcdefghIIII", None),
        (b"abcdefghCR\2", None),
        (b"BM" + bytes(12) + bytes([41, 0, 0, 0]), None),
        (b"BM" + bytes(12) + bytes([40, 1, 0, 0]), None),
        (b"P0\n1 1\n", None),
        (b"P8\n1 1\n", None),
        (b"P6x1 1\n", None),
        (b"RIFF\0\0\0\0ACON", None),
        (b"abcd\0\0\0\0WEBP", None),
        (ftyp(b"isom", b"abcd"), "a video or audio file (MP4)"),
        # Behind the box that lists them.
        (ftyp(b"isom", b"abcd", behind=b"heicavif"), "a video or audio file (MP4)"),
        (ftyp(b"isom", b"heic", size=19), "a video or audio file (MP4)"),
    ],
)
def test_near_misses_are_not_recognized(head, kind, tmp_path):
    (tmp_path / "photo").write_bytes(head + bytes(10))
    expected = rf"looks like {re.escape(kind)}\)" if kind else "is not a readable image; correct 'source'"
    with pytest.raises(JobError, match=expected):
        identify(str(tmp_path / "photo"))


@pytest.mark.parametrize("compression", [None, "tga_rle"])
@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 256), (256, 1)])
def test_a_tga_without_its_signature_is_recognized_by_its_header(size, mode, compression, tmp_path):
    content = pictures.encoded(Image.new(mode, size), "TGA", compression=compression)[:-26]  # the signature
    assert refused(content, tmp_path).startswith("is a TGA, which can't be read; ")


def test_a_tga_with_its_signature_may_have_any_header(tmp_path):
    content = bytes([0, 0, 32]) + bytes(40)
    mark = b"TRUEVISION-XFILE.\0"
    assert refused(content + mark, tmp_path).startswith("is a TGA, which can't be read; ")
    assert not refused(content + mark + b"x", tmp_path).startswith("is a TGA")


def test_a_senseless_header_is_not_a_tga(tmp_path):
    def kind(head, length=40):
        return refused(bytes(head).ljust(length, b"\x07")[:length], tmp_path)

    nothing = "is not a readable image; correct 'source'"
    # No colour map, true colour, no map's place, from (0, 0), 3 × 2 pixels of 24 bits.
    good = [5, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 2, 0, 24, 0]
    assert kind(good, 18).startswith("is a TGA")
    assert kind(good, 17) == nothing
    for place, value in [
        *((1, value) for value in (1, 2, 255)),
        *((2, value) for value in (0, 1, 4, 8, 9, 12)),
        *((place, 1) for place in range(3, 8)),
        *((place, 0) for place in (12, 14)),
        *((16, value) for value in (0, 7, 9, 14, 17, 23, 25, 31, 33)),
    ]:
        assert kind([*good[:place], value, *good[place + 1 :]]) == nothing, (place, value)
    for place in (0, 8, 9, 10, 11, 13, 15, 17):
        assert kind([*good[:place], 1, *good[place + 1 :]]).startswith("is a TGA"), place
    for value in (8, 15, 16, 32):
        assert kind([*good[:16], value, 0]).startswith("is a TGA")
    for value in (3, 10, 11):
        assert kind([*good[:2], value, *good[3:]]).startswith("is a TGA")


def refused(content, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    message = pictures.refused(path)
    assert "damaged" not in message
    return message


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
    content = bytearray(pictures.encoded(Image.new("RGB", (8, 8)), "JPEG"))
    content[content.index(b"\xff\xc0") + 4] = 12
    (tmp_path / "photo.jpg").write_bytes(content)
    with pytest.raises(JobError, match=r"is a JPEG that is damaged or of an unsupported kind .*12-bit.*; export"):
        decode(str(tmp_path / "photo.jpg"), "white")
