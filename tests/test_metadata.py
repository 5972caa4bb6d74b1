"""Faulty metadata costs no photo, and its sound parts still count."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageFile

import profiles
from _decode import decode
from _job import JobError

COLOR, LEFT = (100, 150, 200), (20, 160, 90)
LINEAR = tuple(np.rint(255 * (1.055 * (np.array(COLOR) / 255) ** (1 / 2.4) - 0.055)).astype(int))


def photo(mode="RGB"):
    image = Image.new("RGB", (32, 16), COLOR)
    image.paste(LEFT, (0, 0, 16, 16))
    return image.convert(mode)


def encoded(fmt, **options):
    stream = io.BytesIO()
    lossless = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}, "AVIF": {"quality": 100}}
    photo().save(stream, fmt, **lossless.get(fmt, {}), **options)
    return stream.getvalue()


@pytest.fixture
def shown(tmp_path):
    def show(content, **options):
        (tmp_path / "photo").write_bytes(content)
        return np.asarray(decode(str(tmp_path / "photo"), "white", **options)).astype(int)

    return show


def is_the_photo(result, right=COLOR):
    return result.shape == (16, 32, 3) and np.abs(result[:, 20:] - right).max() <= 3


def segment(marker, content):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content


def chunk(kind, content, checksum=None):
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content) if checksum is None else checksum)
    )


def exif(value=b"\0\x06\0\0", kind=3, more=b""):
    entry = struct.pack(">HHI", 0x0112, kind, 1 if kind != 2 else 2) + value
    entries = [entry, *[more[at : at + 12] for at in range(0, len(more), 12)]]
    return b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", len(entries)) + b"".join(entries) + bytes(4)


NO_EXIF = [
    b"garbage",
    b"Exif\0\0garbage",
    b"Exif\0\0II*\0\xff\xff\xff\xff\0\0",
    b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01" * 5,
    b"Exif\0\0",
]


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("content", NO_EXIF)
def test_broken_exif(content, fmt, shown, caplog):
    if fmt == "AVIF":
        # Its encoder wants EXIF: a sound one, overwritten.
        sound = b"MM\0*\0\0\0\x08\0\1" + struct.pack(">HHI4s", 0x010E, 7, 4, b"text") + bytes(4)
        data = encoded(fmt, exif=b"Exif\0\0" + sound)
        assert sound in data
        data = data.replace(sound, content.removeprefix(b"Exif\0\0").ljust(len(sound), b"\1")[: len(sound)])
    else:
        data = encoded(fmt, exif=content)
    assert is_the_photo(shown(data))
    if content == b"garbage" and fmt != "JPEG":  # which has a mark for what is EXIF
        assert "ignored" in caplog.text


def test_an_empty_jfif_segment(shown, caplog):
    data = encoded("JPEG")
    assert is_the_photo(shown(data[:2] + segment(0xE0, b"JFIF\0") + data[20:]))
    assert "unreadable metadata is ignored" in caplog.text


@pytest.mark.parametrize(
    "content",
    [
        b"JFIF",
        b"Adobe",
        b"Photoshop 3.0\x008BIM\x03\xed\0\0\0\0\xff\xff",
        b"MPF\0II*\0\xff\xff\xff\xff",
        b"MPF\0garbage",
        b"ICC_PROFILE\0",
        b"ICC_PROFILE\0\1\3garbage",
        b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta tiff:Orientation=6",
        b"",
    ],
)
def test_segments_of_a_jpeg_with_nothing_sound_in_them(content, shown):
    data = encoded("JPEG")
    for marker in (0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE):
        assert is_the_photo(shown(data[:2] + segment(marker, content) + data[2:]))


@pytest.mark.parametrize(
    "bad",
    [
        chunk(b"tEXt", b"Comment\0text", checksum=1),
        chunk(b"zTXt", b"Comment\0\7text"),
        chunk(b"zTXt", b"Comment\0\0no deflate"),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(5_000_000))),
        chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(bytes(5_000_000))),
        chunk(b"iTXt", b"Comment\0\1\7\0\0text"),
        chunk(b"tEXt", b"\xff" * 200),
        chunk(b"pHYs", b"\0"),
        chunk(b"sRGB", b""),
        chunk(b"gAMA", b"\0"),
        chunk(b"cHRM", b"\0" * 31),
        chunk(b"cICP", b"\1"),
        chunk(b"iCCP", b"name\0\7" + zlib.compress(b"profile")),
        chunk(b"iCCP", b"name"),
        chunk(b"iCCP", b"name\0\0" + zlib.compress(bytes(50_000_000))),
        chunk(b"eXIf", b"MM\0*", checksum=1),
        chunk(b"acTL", b"\0"),
        chunk(b"fcTL", b"\0"),
        chunk(b"fcTL", bytes(26)) * 2,
        chunk(b"tIME", b"", checksum=7),
    ],
    ids=lambda chunk: f"{chunk[4:8].decode()}-{len(chunk)}",
)
@pytest.mark.parametrize("behind", [False, True])
def test_chunks_of_a_png_with_nothing_sound_in_them(behind, bad, shown):
    data = encoded("PNG")
    at = data.index(b"IEND") - 4 if behind else 33
    tracemalloc.start()
    assert is_the_photo(shown(data[:at] + bad + data[at:]))
    assert tracemalloc.get_traced_memory()[1] < 40_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP"])
def test_profile_and_orientation_outlive_their_neighbours(fmt, shown, caplog):
    """Pillow gives up on such a file, although its contents are sound."""
    data = encoded(fmt, icc_profile=profiles.linear(), exif=exif())
    if fmt == "JPEG":
        data = data[:2] + segment(0xE0, b"JFIF") + data[2:]
    elif fmt == "PNG":
        data = data[:33] + chunk(b"tEXt", b"Comment\0text", checksum=1) + data[33:]
    else:
        at = data.index(b"EXIF")
        data = data[:at] + b"JUNK\xff\xff\xff\x00" + data[at:]
        data = data[:at] + data[at + 8 :] + b"JUNK\xff\xff\0\0"
    result = shown(data)
    assert result.shape == (32, 16, 3)
    assert np.abs(result[20:] - LINEAR).max() <= 3


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (1, b"\x06\0\0\0"),
        (2, b"6\0\0\0"),
        (3, b"\0\x06\0\0"),
        (4, b"\0\0\0\x06"),
        (8, b"\0\x06\0\0"),
        (9, b"\0\0\0\x06"),
    ],
    ids=["byte", "text", "short", "long", "sshort", "slong"],
)
@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP"])
def test_orientation_of_any_type(fmt, kind, value, shown):
    assert shown(encoded(fmt, exif=exif(value, kind))).shape == (32, 16, 3)


@pytest.mark.parametrize("value", [0, 9, 255])
def test_meaningless_orientation(value, shown):
    assert is_the_photo(shown(encoded("JPEG", exif=exif(struct.pack(">HH", value, 0)))))


def test_orientation_in_xmp_alone_is_not_applied(shown):
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    assert is_the_photo(shown(encoded("JPEG", xmp=xmp)))
    assert is_the_photo(shown(encoded("WEBP", xmp=xmp)))
    data = encoded("PNG")
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp
    assert is_the_photo(shown(data[:33] + chunk(b"iTXt", text) + data[33:]))


def adobe(color_space, index):
    """EXIF with its own directory at 64, and that of interoperability at 128."""
    head = exif(b"\0\x01\0\0", more=struct.pack(">HHII", 0x8769, 4, 1, 64))
    inner = struct.pack(">H", 2) + struct.pack(">HHIHH", 0xA001, 3, 1, color_space, 0)
    inner += struct.pack(">HHII", 0xA005, 4, 1, 128) + bytes(4)
    interoperability = struct.pack(">HHHI", 1, 1, 2, 4) + index + bytes(4)
    return (head.ljust(70, b"\0") + inner).ljust(134, b"\0") + interoperability


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(
    ("color_space", "index", "expected"),
    [
        (65535, b"R03\0", (66, 151, 203)),
        (2, b"R03\0", (66, 151, 203)),
        (1, b"R03\0", COLOR),
        (65535, b"R98\0", COLOR),
    ],
)
def test_adobe_rgb_by_exif_alone(color_space, index, expected, fmt, shown):
    if fmt == "TIFF":
        # EXIF's directories are the file's own there: behind the pixels, where the offsets were chosen for.
        stream = io.BytesIO()
        tifffile.imwrite(stream, np.asarray(photo()), photometric="rgb", extratags=[(65_000, 4, 1, 70_000)])
        block = adobe(color_space, index)[6:]
        block = block[:64] + block[64:].replace(struct.pack(">I", 128), struct.pack(">I", 70_064))
        main = stream.getvalue().replace(struct.pack("<HH", 65_000, 4), struct.pack("<HH", 0x8769, 4))
        little = main.ljust(70_000, b"\0") + swapped(block[64:])
        assert is_the_photo(shown(little), expected)
        return
    assert is_the_photo(shown(encoded(fmt, exif=adobe(color_space, index))), expected)


def swapped(block):
    """The directories of adobe(), for a little-endian file."""
    count, *first = struct.unpack_from(">HHHIHHHHII", block)
    inner = struct.pack("<HHHIHHHHIII", count, *first, 0)
    number, tag, kind, size = struct.unpack_from(">HHHI", block, 64)
    return inner.ljust(64, b"\0") + struct.pack("<HHHI", number, tag, kind, size) + block[74:]


def test_a_profile_counts_for_more_than_exif(shown):
    assert is_the_photo(shown(encoded("JPEG", exif=adobe(2, b"R03\0"), icc_profile=profiles.linear())), LINEAR)


def test_entries_that_claim_huge_values_are_not_read(shown):
    """A block of 64 KB, each entry of which is said to be as large."""
    entry = struct.pack(">HHII", 0x010E, 2, 60_000, 8)
    tracemalloc.start()
    assert shown(encoded("WEBP", exif=exif(more=entry * 5000))).shape == (32, 16, 3)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_avif_is_turned_as_its_boxes_say(orientation, shown):
    """The encoder writes them for EXIF's orientation; a viewer goes by them."""
    result = shown(encoded("AVIF", exif=exif(struct.pack(">HH", orientation, 0))))
    expected = np.asarray(photo().transpose(TURNS[orientation]) if orientation > 1 else photo())
    assert result.shape == expected.shape
    assert np.abs(result - expected).mean() < 3


TURNS = {
    **{2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM},
    **{5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE},
    **{8: Image.Transpose.ROTATE_90},
}


@pytest.mark.parametrize("fmt", ["JPEG", "PNG"])
def test_allow_truncated_covers_the_opening_too(fmt, shown, coffee, caplog):
    """Here the fault is in front of the pixels, in what a decoder needs."""
    stream = io.BytesIO()
    Image.fromarray(coffee).save(stream, fmt)
    data = bytearray(stream.getvalue()[:-400])
    if fmt == "PNG":
        data[29:33] = bytes(4)  # IHDR's checksum
        assert not ImageFile.LOAD_TRUNCATED_IMAGES
        with pytest.raises(JobError, match=r"a PNG that is damaged or of an unsupported kind .*IHDR"):
            shown(bytes(data), allow_truncated=True)
        return
    data[2:2] = segment(0xE0, b"JFIF")
    with pytest.raises(JobError, match="allow_truncated: true"):
        shown(bytes(data))
    assert shown(bytes(data), allow_truncated=True).shape == coffee.shape
    assert "using the part that can be decoded" in caplog.text


def test_allow_truncated_is_not_suggested_where_it_would_not_help(shown, coffee):
    stream = io.BytesIO()
    Image.fromarray(coffee).save(stream, "PNG")
    data = stream.getvalue()
    content = data[: data.index(b"IDAT") + 6]
    for allow_truncated in (False, True):
        with pytest.raises(JobError) as error:
            shown(content, allow_truncated=allow_truncated)
        assert "set allow_truncated" not in str(error.value)
