"""Faulty metadata costs no photo, and its sound parts still count."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageFile, ImageOps

import pictures
import profiles
from photopalette.photo.metadata import Cicp, Metadata, read_metadata, upright, without_metadata
from photopalette.run.job import JobError
from pictures import box, chunk, png

COLOR, LEFT = (100, 150, 200), (20, 160, 90)
LINEAR = tuple(np.rint(255 * (1.055 * (np.array(COLOR) / 255) ** (1 / 2.4) - 0.055)).astype(int))


def photo(mode="RGB"):
    image = Image.new("RGB", (32, 16), COLOR)
    image.paste(LEFT, (0, 0, 16, 16))
    return image.convert(mode)


def encoded(fmt, **options):
    lossless = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}, "AVIF": {"quality": 100}}
    return pictures.encoded(photo(), fmt, **lossless.get(fmt, {}), **options)


def is_the_photo(result, right=COLOR):
    return result.shape == (16, 32, 3) and np.abs(result[:, 20:] - right).max() <= 3


def segment(marker, content):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content


def exif(value=b"\0\x06\0\0", kind=3, more=b""):
    entry = struct.pack(">HHI", 0x0112, kind, 1 if kind != 2 else 2) + value
    entries = [entry, *[more[at : at + 12] for at in range(0, len(more), 12)]]
    return b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", len(entries)) + b"".join(entries) + bytes(4)


NO_EXIF = [
    b"garbage",
    b"Exif\0\0garbage",
    b"Exif\0\0" + b"garbage" * 9,
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
    image = photo()
    image.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    assert result.shape == expected.shape
    assert np.abs(result - expected).mean() < 3


@pytest.mark.parametrize("fmt", ["JPEG", "PNG"])
def test_allow_truncated_covers_the_opening_too(fmt, shown, coffee, caplog):
    """Here the fault is in front of the pixels, in what a decoder needs."""
    data = bytearray(pictures.encoded(Image.fromarray(coffee), fmt)[:-400])
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
    data = pictures.encoded(Image.fromarray(coffee), "PNG")
    content = data[: data.index(b"IDAT") + 6]
    for allow_truncated in (False, True):
        with pytest.raises(JobError) as error:
            shown(content, allow_truncated=allow_truncated)
        assert "set allow_truncated" not in str(error.value)


# What is read, of bytes by hand where no encoder writes them


def read(data, fmt):
    found = read_metadata(data, fmt)
    return {name: value for name, value in vars(found).items() if value != getattr(Metadata(), name)}


def app2(number, count, content):
    return segment(0xE2, b"ICC_PROFILE\0" + bytes([number, count]) + content)


def test_a_jpegs_profile_is_put_together_from_its_parts(caplog):
    parts = [app2(2, 3, b"two"), app2(3, 3, b"three"), app2(1, 3, b"one")]
    assert read(b"\xff\xd8" + b"".join(parts), "JPEG") == {"icc": b"onetwothree"}
    assert read(b"\xff\xd8" + app2(1, 1, b"x"), "JPEG") == {"icc": b"x"}
    assert not caplog.records
    for some in (parts[1:], parts[:2], parts * 2):
        assert read(b"\xff\xd8" + b"".join(some), "JPEG") == {}
        assert "the embedded colour profile is incomplete" in caplog.text
        caplog.clear()


BETWEEN = {
    "nothing": b"",
    "fill": b"\xff",
    "more fill": b"\xff\xff",
    "stray bytes": b"\0\1\2",
    "TEM": b"\xff\1",
    "zero": b"\xff\0",
    "RST0": b"\xff\xd0",
    "SOI": b"\xff\xd8",
    "an empty comment": b"\xff\xfe\0\2",
    "a comment of no length": b"\xff\xfe\0\0",
}


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
def test_segments_are_found_whatever_is_between_them(between):
    data = b"\xff\xd8" + between + segment(0xE1, exif()) + between + app2(1, 1, b"profile")
    scan = segment(0xDA, b"") + segment(0xE1, exif(b"\0\3\0\0"))
    assert read(data + between + scan, "JPEG") == {"icc": b"profile", "orientation": 6}
    assert read(b"\xff\xd8" + between + scan, "JPEG") == {}, "behind the scan is no metadata"


def test_exif_of_more_than_one_segment_is_one():
    whole = exif(
        b"\0\1\0\0", more=struct.pack(">HHII", 0x0100, 3, 1, 7) * 9 + struct.pack(">HHIHH", 0x0112, 3, 1, 8, 0)
    )
    for at in range(8, len(whole), 7):
        data = b"\xff\xd8" + segment(0xE1, whole[:at]) + segment(0xE1, b"Exif\0\0" + whole[at:])
        assert read(data, "JPEG") == {"orientation": 8}


def test_exif_ends_where_it_says():
    """Of two entries, the second of which would turn the picture."""
    both = exif(b"\0\3\0\0", more=struct.pack(">HHIHH", 0x0112, 3, 1, 8, 0))
    one = both[:14] + b"\0\1" + both[16:]
    assert read(b"\xff\xd8" + segment(0xE1, both), "JPEG") == {"orientation": 8}
    assert read(b"\xff\xd8" + segment(0xE1, one), "JPEG") == {"orientation": 3}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((number, number) for number in range(1, 9)),
        *((value, 1) for value in (0, -1, 9, None, 6.0, "", "x", "16", "66", b"", b"16", b"\x09", b"x", (6,))),
        *((value, 6) for value in ("6", " 6 ", "6\0", b"6", b"\x06", b"\x06\0", b"6\0\0", b" 6 ")),
    ],
)
def test_an_orientation_is_one_of_eight(value, expected):
    assert upright(value) == expected


@pytest.mark.parametrize("order", ["<", ">"])
def test_adobe_rgb_is_recognized_in_exif_of_either_byte_order(order):
    def block(tags, more=b""):
        return struct.pack(order + "H", len(tags)) + b"".join(tags) + bytes(4) + more

    def tag(number, value, kind="I"):
        content = struct.pack(order + kind, value) if kind != "s" else value
        return struct.pack(order + "HHI", number, {"H": 3, "I": 4, "s": 2}[kind], len(value) if kind == "s" else 1) + (
            content.ljust(4, b"\0")
        )

    def content(space, index, first=8, inner=100, last=200):
        mark = b"II*\0" if order == "<" else b"MM\0*"
        data = (mark + struct.pack(order + "I", first)).ljust(first, b"\0") + block(
            [tag(0x0112, 3, "H"), tag(0x8769, inner)]
        )
        data = data.ljust(inner, b"\0") + block([tag(0xA001, space, "H"), tag(0xA005, last)])
        return data.ljust(last, b"\0") + block([tag(1, index, "s")])

    for space in (2, 65535):
        data = content(space, b"R03\0")
        assert read(chunked(b"eXIf", data), "PNG") == {"orientation": 3, "adobe_rgb": True}
        # To the last byte of its last entry.
        assert read(chunked(b"eXIf", data[:-4]), "PNG") == {"orientation": 3, "adobe_rgb": True}
        assert read(chunked(b"eXIf", data[:-5]), "PNG") == {"orientation": 3}
        assert read(chunked(b"eXIf", content(space, b"R98\0")), "PNG") == {"orientation": 3}
        assert read(chunked(b"eXIf", b"Exif\0\0" * 2 + data), "PNG") == {"orientation": 3, "adobe_rgb": True}
    assert read(chunked(b"eXIf", content(1, b"R03\0")), "PNG") == {"orientation": 3}
    assert read(chunked(b"eXIf", content(2, b"R03\0", last=0)[:150]), "PNG") == {"orientation": 3}
    assert read(chunked(b"eXIf", content(2, b"R03\0")[:10]), "PNG") == {}


def chunked(*chunks):
    given = zip(chunks[::2], chunks[1::2], strict=True)
    return png((b"IHDR", bytes(13)), *given, (b"IDAT", b""), (b"IEND", b""))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(100, 0.001), (45455, 0.45455), (10_000_000, 100), (99, None), (10_000_001, None), (0, None)],
)
def test_an_implausible_gamma_is_ignored(value, expected, caplog):
    assert read_metadata(chunked(b"gAMA", struct.pack(">I", value)), "PNG").gamma == expected
    assert bool(caplog.records) == (expected is None)


def test_png_chunks_are_read():
    values = (31270, 32900, 64000, 33000, 30000, 60000, -15000, 6000)
    data = chunked(
        b"cICP", b"\x09\x10\0\0", b"iCCP", b"a name\0\0" + zlib.compress(b"profile"), b"sRGB", b"\0", b"gAMA",
        struct.pack(">I", 50_000), b"cHRM", struct.pack(">8i", *values), b"eXIf", exif(),
    )  # fmt: skip
    assert read(data, "PNG") == {
        "cicp": Cicp(9, 16, full_range=False, video=True),
        "icc": b"profile",
        "srgb": True,
        "gamma": 0.5,
        "chromaticities": tuple(value / 100_000 for value in values),
        "orientation": 6,
    }
    # The first of two counts, and behind the pixels only EXIF does.
    first = chunked(b"gAMA", struct.pack(">I", 50_000), b"gAMA", struct.pack(">I", 60_000), b"sRGB", b"\0")
    assert read(first, "PNG") == {"gamma": 0.5, "srgb": True}
    behind = chunked(b"IDAT", b"x", b"gAMA", struct.pack(">I", 50_000), b"sRGB", b"\0", b"eXIf", exif())
    assert read(behind, "PNG") == {"orientation": 6}
    assert read(chunked(b"IEND", b"", b"eXIf", exif()), "PNG") == {}


def riff(*chunks):
    body = b"".join(
        kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
        for kind, content in zip(chunks[::2], chunks[1::2], strict=True)
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


@pytest.mark.parametrize("odd", [b"", b"x"])
def test_webp_chunks_are_read(odd):
    data = riff(
        b"VP8X", bytes(10), b"JUNK", b"ab" + odd, b"ICCP", b"profile" + odd, b"EXIF", exif() + odd, b"XMP ", b""
    )
    assert read(data, "WEBP") == {"icc": b"profile" + odd, "orientation": 6}
    assert read(riff(b"EXIF", exif()[6:]), "WEBP") == {"orientation": 6}


def test_a_bmps_profile_is_where_its_header_says():
    def bmp(offset, length, version=b"\x7c\0\0\0", kind=b"DEBM"):
        data = bytearray(200) + b"profile" + b"more"
        data[14:18], data[70:74], data[126:134] = version, kind, struct.pack("<2I", offset, length)
        return bytes(data)

    assert read(bmp(186, 7), "BMP") == {"icc": b"profile"}
    assert read(bmp(188, 3), "BMP") == {"icc": b"ofi"}
    assert read(bmp(186, 7, version=b"\x6c\0\0\0"), "BMP") == read(bmp(186, 7, kind=b"BGRs"), "BMP") == {}


def heif(uses, properties, primary=3, references=(), wide=(False, False), versions=(0, 0)):
    """The directory of a HEIC or an AVIF: which items use which properties, by numbers from 1."""
    item, index = "I" if wide[0] else "H", "H" if wide[1] else "B"
    pitm = box(b"pitm", bytes([versions[0], 0, 0, 0]), struct.pack(">I" if versions[0] else ">H", primary))
    reference = ">I" if versions[1] else ">H"
    iref = box(
        b"iref",
        bytes([versions[1], 0, 0, 0]),
        *(
            box(
                kind,
                struct.pack(reference, source),
                struct.pack(">H", len(to)),
                *(struct.pack(reference, t) for t in to),
            )
            for kind, source, to in references
        ),
    )
    essential = 0x8000 if wide[1] else 0x80
    associations = b"".join(
        struct.pack(f">{item}B{len(used)}{index}", number, len(used), *(essential | use for use in used))
        for number, used in uses.items()
    )
    ipma = box(b"ipma", bytes([wide[0], 0, 0, wide[1]]), struct.pack(">I", len(uses)), associations)
    iprp = box(b"iprp", box(b"ipco", *properties), ipma)
    return box(b"ftyp", b"heic", bytes(4)) + box(b"meta", bytes(4), pitm, iref, iprp) + box(b"mdat", b"pixels")


def profile(name, kind=b"prof"):
    return box(b"colr", kind, name)


SIZE = box(b"ispe", bytes(12))


@pytest.mark.parametrize("versions", [(0, 0), (1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize("wide", [(False, False), (True, False), (False, True), (True, True)])
def test_the_colours_of_a_heic_are_its_primary_pictures(wide, versions):
    properties = [SIZE, profile(b"another"), box(b"irot", b"\1"), profile(b"primary")]
    more = {"wide": wide, "versions": versions}
    uses = {1: [1, 2], 2: [], 3: [3, 1, 4], 7: [2, 1]}
    assert read(heif(uses, properties, **more), "HEIF") == {"icc": b"primary"}
    assert read(heif(uses, properties, primary=7, **more), "AVIF") == {"icc": b"another"}
    assert read(heif({1: [2], 3: [1, 3]}, properties, **more), "HEIF") == {}
    # Of a picture in tiles that says nothing itself, those of a tile: what iPhones write.
    references = [(b"thmb", 8, [3]), (b"dimg", 5, [1]), (b"cdsc", 3, [1]), (b"dimg", 3, [6, 2])]
    uses = {1: [1, 2], 2: [2], 3: [1, 3], 5: [2], 6: [1, 4]}
    assert read(heif(uses, properties, references=references, **more), "HEIF") == {"icc": b"primary"}
    uses[3] = [1, 2]
    assert read(heif(uses, properties, references=references, **more), "HEIF") == {"icc": b"another"}


def test_properties_of_high_numbers_and_of_none():
    properties = [SIZE] * 299 + [profile(b"primary")]
    assert read(heif({3: [1, 300]}, properties, wide=(False, True)), "HEIF") == {"icc": b"primary"}
    assert read(heif({3: [0, 127]}, properties), "HEIF") == {}
    assert read(heif({3: [1, 300, 301, 302]}, properties, wide=(False, True)), "HEIF") == {"icc": b"primary"}
    assert read(heif({3: [1, 2]}, [SIZE]), "HEIF") == {}


def test_a_profile_counts_for_more_than_code_points_and_each_is_read():
    points = box(b"colr", b"nclx", struct.pack(">3HB", 9, 16, 9, 0x80))
    assert read(heif({3: [1, 2]}, [SIZE, points]), "HEIF") == {"cicp": Cicp(9, 16)}
    for kind in (b"prof", b"rICC"):
        assert read(heif({3: [1, 2]}, [points, profile(b"p", kind)]), "HEIF") == {"icc": b"p"}
    assert read(heif({3: [1]}, [profile(b"p", b"what")]), "HEIF") == {}


def test_boxes_of_any_length_are_passed_by():
    whole = heif({3: [1]}, [profile(b"primary")])
    start, end = whole.index(b"meta") - 4, whole.index(b"mdat") - 4
    head, meta, rest = whole[:start], whole[start:end], whole[end:]
    long = struct.pack(">I4sQ", 1, b"free", 20) + bytes(4)
    wide = struct.pack(">I4sQ", 1, b"meta", len(meta) + 8) + meta[8:]
    to_the_end = bytes(4) + meta[4:]
    for data in (head + long + meta, head + box(b"free") + wide + rest, head + wide, head + to_the_end):
        assert read(data, "HEIF") == {"icc": b"primary"}
    for broken in (
        struct.pack(">I4s", 7, b"free"),
        struct.pack(">I4sQ", 1, b"free", 0),
        struct.pack(">I4sQ", 1, b"free", 15),
        struct.pack(">I", 99),
    ):
        assert read(head + broken + meta, "HEIF") == {}
    assert read(head + meta[:-1], "HEIF") == {}


def test_an_animated_avif_has_the_colours_of_its_track():
    entry = box(b"stsd", bytes(8), box(b"av01", bytes(78), box(b"av1C", bytes(4)), profile(b"track")))
    track = box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", entry)))))
    assert read(heif({3: [1]}, [SIZE]) + track, "AVIF") == {"icc": b"track"}
    assert read(heif({3: [1]}, [profile(b"primary")]) + track, "AVIF") == {"icc": b"primary"}


@pytest.mark.parametrize(
    ("colr", "expected"),
    [
        (b"\2\0\0profile", {"icc": b"profile"}),
        (b"\3\0\0profile", {"icc": b"profile"}),
        *((bytes([1, 0, 0, 0, 0, 0, space]), {}) for space in (0, 12, 15, 16, 17, 18)),
        *(
            (bytes([1, 0, 0, 0, 0, 0, space]), {"unknown_colors": f"JPEG 2000 colour space {space}"})
            for space in (1, 14, 19, 20)
        ),
        (b"\4\0\0what", {}),
    ],
)
def test_colours_of_jpeg_2000(colr, expected):
    data = box(b"jP  ", b"\r\n\x87\n") + box(b"jp2h", box(b"ihdr", bytes(14)), box(b"colr", colr))
    assert read(data, "JPEG2000") == expected
    second = box(b"jp2h", box(b"colr", colr), box(b"colr", b"\2\0\0second"))
    assert read(second, "JPEG2000") == ({"icc": b"second"} if colr[0] == 4 else expected)


# What is copied without it

XMP = b"<x:xmpmeta><rdf:Description tiff:Orientation='6'/></x:xmpmeta>"


def pixels(data, frames=1):
    with Image.open(io.BytesIO(data)) as image:
        shown = []
        for frame in range(frames):
            image.seek(frame)
            shown.append(np.asarray(image.convert("RGBA")))
        return np.array(shown)


def saved(image, fmt, **options):
    exif = Image.Exif()
    exif[0x010F] = "a maker"
    return pictures.encoded(image, fmt, exif=exif, icc_profile=profiles.linear(), **options)


def clear(color=COLOR):
    image = Image.new("RGBA", (31, 17), (*color, 255))
    image.paste((*LEFT, 90), (0, 0, 16, 16))
    return image


def animation(fmt, **options):
    return saved(clear(), fmt, save_all=True, append_images=[clear(LEFT)], lossless=True, **options)


COPIED = {
    "JPEG": lambda: saved(photo(), "JPEG", quality=100, subsampling=0, comment=b"a word", xmp=XMP),
    "JPEG in grey": lambda: saved(photo("L"), "JPEG", xmp=XMP),
    "JPEG of inks": lambda: saved(photo("CMYK"), "JPEG"),
    "JPEG of RGB": lambda: saved(photo(), "JPEG", keep_rgb=True),
    "progressive JPEG": lambda: saved(photo(), "JPEG", progressive=True, dpi=(300, 300)),
    "PNG": lambda: saved(clear(), "PNG", dpi=(300, 300)),
    "PNG with a palette": lambda: saved(photo().quantize(4), "PNG", transparency=1),
    "PNG with a clear colour": lambda: saved(photo(), "PNG", transparency=COLOR),
    "WEBP": lambda: saved(photo(), "WEBP", xmp=XMP),
    "WEBP of odd lengths": lambda: saved(clear(), "WEBP", quality=33, xmp=XMP + b"x"),
    "WEBP without loss": lambda: saved(clear(), "WEBP", lossless=True, xmp=XMP),
    "animated WEBP": lambda: animation("WEBP", xmp=XMP),
    "AVIF": lambda: saved(photo(), "AVIF", xmp=XMP),
    "JPEG2000": lambda: saved(photo(), "JPEG2000") + box(b"uuid", b"a maker"),
    "JPEG2000 with alpha": lambda: saved(clear(), "JPEG2000") + box(b"uuid", b"a maker"),
    "TIFF": lambda: saved(photo(), "TIFF", compression="tiff_lzw", dpi=(300, 300)),
    "big TIFF": lambda: saved(clear(), "TIFF", big_tiff=True),
    "TIFF of JPEGs": lambda: saved(photo(), "TIFF", compression="jpeg"),
    "TIFF with a palette": lambda: saved(photo().quantize(4), "TIFF"),
    "TIFF of several pages": lambda: saved(photo(), "TIFF", save_all=True, append_images=[photo().rotate(180)]),
}


@pytest.mark.parametrize("kind", COPIED)
def test_a_copy_without_metadata_has_the_same_pixels(kind):
    data = COPIED[kind]()
    fmt = next(word for word in kind.split() if word.isupper() or word[-1].isdigit())
    assert b"a maker" in data
    copy = without_metadata(data, fmt)
    frames = 2 if "animated" in kind or "several" in kind else 1
    assert (pixels(copy, frames) == pixels(data, frames)).all()
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(copy)) as after:
        assert not {0x010F, 0x0112} & set(after.getexif())
        assert before.format == after.format
    for mark in (b"a maker", b"xmpmeta", b"a word") if fmt not in ("AVIF", "TIFF") else ():
        assert mark not in copy
    # Without them a decoder might take the components for others.
    assert [name in copy for name in (b"Adobe", b"JFIF")] == [name in data for name in (b"Adobe", b"JFIF")]
    if fmt != "AVIF":  # whose boxes stay where they are
        assert "icc" not in read(copy, fmt)


def test_a_copy_of_a_tiff_has_the_same_pixels_in_either_order():
    for byteorder in "<>":
        stream = io.BytesIO()
        tifffile.imwrite(
            stream, np.asarray(photo()), photometric="rgb", byteorder=byteorder, rowsperstrip=3, description="a word"
        )
        copy = without_metadata(stream.getvalue(), "TIFF")
        assert (pixels(copy) == pixels(stream.getvalue())).all()
        with tifffile.TiffFile(io.BytesIO(copy)) as tiff:
            assert 270 not in tiff.pages[0].tags
            assert 65_000 in tiff.pages[0].tags


def test_nothing_is_copied_without_metadata_or_a_picture():
    assert without_metadata(encoded("BMP"), "BMP") is None
    assert without_metadata(encoded("JPEG")[:400], "JPEG") is None
    assert without_metadata(b"II*\0", "TIFF") is None


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("kind", [b"Exif", b"mime"])
@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("brand", [b"avif", b"heic", b"heix", b"mif1", b"miaf"])
def test_heic_items_that_are_not_pictures_are_hidden(brand, many, kind, version):
    def heic(kind, brand):
        number = ">I" if version == 3 else ">H"
        items = [
            box(b"infe", bytes([version, 0, 0, 0]), struct.pack(number, item), bytes(2), what, b"\0")
            for item, what in [(1, b"hvc1"), (2, kind), (3, b"av01")]
        ]
        count = struct.pack(">I" if many else ">H", 3)
        return box(b"ftyp", brand, bytes(4)) + box(
            b"meta", bytes(4), box(b"hdlr", bytes(24)), box(b"iinf", bytes([many, 0, 0, 0]), count, *items)
        )

    assert without_metadata(heic(kind, brand), "HEIF") == heic(b"none", b"mif1" if brand == b"miaf" else brand)
