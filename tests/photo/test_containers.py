"""What a file says of its channels, its crop, its mirror and its rotation is done once, or the file is refused."""

import itertools
import struct

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from photopalette.run.job import JobError
from pictures import box, encoded

pillow_heif.register_heif_opener()

COLOR = (10, 100, 200)


def boxes(data):
    while data:
        length, kind = struct.unpack_from(">I4s", data)
        yield kind, data[8:length]
        data = data[length:]


# JPEG 2000


def jp2(*channels, header=(), space=16, more=b""):
    """A picture of 8 × 8 pixels, each channel of which has one value, or is an array."""
    bands = [Image.fromarray(np.full((8, 8), channel, np.uint8)) for channel in channels]
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[len(bands)]
    codestream = encoded(Image.merge(mode, bands), "JPEG2000", irreversible=False, mct=0, no_jp2=True)
    sizes = box(b"ihdr", struct.pack(">IIH4B", 8, 8, len(bands), 7, 7, 0, 0))
    color = box(b"colr", b"\1\0\0", struct.pack(">I", space))
    return (
        box(b"jP  ", b"\r\n\x87\n")
        + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
        + box(b"jp2h", sizes, color, *header)
        + box(b"jp2c", codestream)
        + more
    )


def cdef(*entries):
    """Channel definitions: channel, kind (0 is a colour, 1 opacity) and the colour's number."""
    return box(b"cdef", struct.pack(">H", len(entries)), *(struct.pack(">3H", *entry) for entry in entries))


BACKWARDS = cdef((0, 0, 3), (1, 0, 2), (2, 0, 1))


def pclr(*colors, bits=8):
    head = struct.pack(">HB", len(colors), len(colors[0])) + bytes([bits - 1]) * len(colors[0])
    return box(b"pclr", head, *map(bytes, colors))


def cmap(*columns):
    return box(b"cmap", *(struct.pack(">HBB", 0, 1, column) for column in columns))


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_colours_of_a_jpeg_2000_in_any_order(order, shown):
    content = jp2(
        *(COLOR[color] for color in order),
        header=[cdef(*((channel, 0, color + 1) for channel, color in enumerate(order)))],
    )
    assert (shown(content) == COLOR).all()


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("opacity", [0, 255])
def test_opacity_of_a_jpeg_2000_in_any_place(opacity, place, shown):
    channels = [*COLOR]
    channels.insert(place, opacity)
    meanings = [(0, 1), (0, 2), (0, 3)]
    meanings.insert(place, (1, 0))
    content = jp2(*channels, header=[cdef(*((channel, *meaning) for channel, meaning in enumerate(meanings)))])
    assert (shown(content, "#0a141e") == (COLOR if opacity else (10, 20, 30))).all()


def test_grey_behind_its_opacity_and_cmyk_from_behind(shown):
    assert (shown(jp2(255, 77, header=[cdef((0, 1, 0), (1, 0, 1))], space=17)) == 77).all()
    backwards = cdef((0, 0, 4), (1, 0, 3), (2, 0, 2), (3, 0, 1))
    assert (shown(jp2(0, 255, 255, 0, header=[backwards], space=12)) == (255, 0, 0)).all()


def test_a_sycc_jpeg_2000_is_converted_and_the_first_codestream_counts(shown):
    channels = Image.new("RGB", (1, 1), COLOR).convert("YCbCr").getpixel((0, 0))
    second = box(b"jp2c", jp2(1, 2, 3).partition(b"jp2c")[2])
    assert np.abs(shown(jp2(*channels, space=18, more=second)) - COLOR).max() <= 2


def test_palette_of_a_jpeg_2000(shown):
    indices = np.ones((8, 8))
    indices[0, 7] = 2
    header = [pclr((1, 2, 3), COLOR, (9, 8, 7)), cmap(0, 1, 2)]
    for more in ([], [cdef((0, 0, 1), (1, 0, 2), (2, 0, 3))]):
        result = shown(jp2(indices, header=header + more))
        assert result[0, 0].tolist() == [*COLOR]
        assert result[0, 7].tolist() == [9, 8, 7]


def shallow(content, *bits):
    """Declare the channels of a codestream to be of fewer bits, which moves zero by what its encoder took off."""
    at = content.index(b"\xff\x4f\xff\x51") + 42
    changed = bytearray(content)
    changed[at : at + 3 * len(bits) : 3] = bytes(bit - 1 for bit in bits)
    return bytes(changed)


@pytest.mark.parametrize("bits", range(1, 8))
def test_a_jpeg_2000_of_fewer_than_8_bits_reaches_from_black_to_white(bits, shown):
    values = np.array([0, 1, 0, 1, 1, 0, 0, 1]) * (2**bits - 1)
    values[2:4] = 2**bits // 3
    channel = [values + 128 - 2 ** (bits - 1)] * 8
    for content, count in ((jp2(channel, space=17), 1), (jp2(channel, channel, channel), 3)):
        result = shown(shallow(content, *[bits] * count))
        assert np.abs(result - (255 * values / (2**bits - 1))[:, None]).max() <= 0.5


def test_opacity_of_one_bit_in_a_jpeg_2000_is_all_or_nothing(shown):
    clear = [np.array([0, 1] * 4) + 127] * 8
    content = jp2(*COLOR, clear, header=[cdef((0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 1, 0))])
    result = shown(shallow(content, 8, 8, 8, 1), "#0a141e")
    assert (result[:, 0::2] == (10, 20, 30)).all()
    assert (result[:, 1::2] == COLOR).all()


def test_shallow_channels_are_counted_from_their_place_in_the_file(shown):
    red, blue = np.full((8, 8), 128 - 8 + 15), np.full((8, 8), 200)
    assert (shown(shallow(jp2(blue, 0, red, header=[BACKWARDS]), 8, 8, 4)) == (255, 0, 200)).all()


PALETTE = pclr((1, 2, 3), COLOR)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (jp2(*COLOR, 9, header=[cdef((0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 2, 0))]), "channels other than colours"),
        (jp2(*COLOR, 9, header=[cdef((0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 65535, 65535))]), "channels other than"),
        (jp2(*COLOR, header=[cdef((0, 0, 1), (1, 0, 2))]), "channels of unknown meaning|channels other than colours"),
        (jp2(*COLOR, header=[cdef((0, 0, 1), (1, 0, 1), (2, 0, 1))]), "channels of unknown meaning"),
        (jp2(*COLOR, header=[box(b"cdef", b"\0\3\0")]), "channels of unknown meaning"),
        (jp2(*COLOR, header=[BACKWARDS], space=18), "channels in an unusual order"),
        (shallow(jp2(*COLOR, space=18), 8, 4, 4), "colours of fewer than 8 bits that are not red, green and blue"),
        (
            jp2(1, header=[PALETTE, cmap(0, 1, 2), BACKWARDS]),
            "channels in an unusual order",
        ),
        (jp2(1, header=[PALETTE, cmap(2, 1, 0)]), "an unusual palette"),
        (jp2(1, header=[PALETTE]), "an unusual palette"),
        (jp2(1, header=[pclr(COLOR, COLOR, (1, 2, 3)), cmap(0, 1, 2)]), "an unusual palette"),
        (jp2(1, header=[pclr((1, 2, 3, 4), (5, 6, 7, 8)), cmap(0, 1, 2, 3)]), "an unusual palette"),
        (jp2(1, header=[pclr((1, 2, 3), COLOR, bits=12), cmap(0, 1, 2)]), "an unusual palette"),
        (jp2(1, header=[PALETTE, cmap(0, 1, 2)], space=17), "an unusual palette"),
    ],
)
def test_channels_that_are_not_decoded_are_refused(content, what, shown):
    with pytest.raises(JobError, match=rf"photo is a JPEG 2000 file with ({what}).*; export it as PNG or JPEG$"):
        shown(content)


# AVIF and HEIC


def photo():
    """A picture of 96 × 64 pixels, no two parts of which look alike."""
    colors = np.random.default_rng(4).integers(30, 226, (4, 6, 3)).astype(np.uint8)
    return Image.fromarray(colors.repeat(16, axis=0).repeat(16, axis=1))


def with_properties(content, *properties):
    """Give the primary picture further properties, in this order; the new header stands at the end."""
    parts = dict(boxes(content))
    meta = dict(boxes(parts[b"meta"][4:]))
    iprp = dict(boxes(meta[b"iprp"]))
    first = sum(1 for _ in boxes(iprp[b"ipco"]))
    ipma = bytearray(iprp[b"ipma"])
    assert (ipma[0], ipma[3] & 1) == (0, 0)
    primary = struct.unpack(">H", meta[b"pitm"][4:])
    at = 8
    while struct.unpack_from(">H", ipma, at) != primary:
        at += 3 + ipma[at + 2]
    end = at + 3 + ipma[at + 2]
    ipma[end:end] = bytes(0x80 | first + 1 + number for number in range(len(properties)))
    ipma[at + 2] += len(properties)
    meta[b"iprp"] = box(b"ipco", iprp[b"ipco"], *properties) + box(b"ipma", ipma)
    start = content.index(b"meta")
    header = box(b"meta", parts[b"meta"][:4], *(box(kind, inner) for kind, inner in meta.items()))
    return content[:start] + b"free" + content[start + 4 :] + header


def clap(width, height, left, top):
    """A crop, its offsets being those of its centre from the picture's; each a number, or a pair that is a fraction."""
    numbers = [number if isinstance(number, tuple) else (number, 1) for number in (width, height, left, top)]
    return box(b"clap", *(struct.pack(">iI", *number) for number in numbers))


def irot(quarters):
    return box(b"irot", bytes([quarters]))


def imir(axis):
    return box(b"imir", bytes([axis]))


def avif(**options):
    return encoded(photo(), "AVIF", quality=100, subsampling="4:4:4", **options)


def heic(**options):
    return encoded(photo(), "HEIF", quality=-1, chroma=444, **options)


def with_orientation(encode, orientation):
    """Write EXIF with an orientation that encoders don't turn into properties, as they see another tag."""
    entry = struct.pack(">HHIHH", 0x0128, 3, 1, orientation, 0)
    exif = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)
    content = encode(exif=exif)
    assert content.count(entry) == 1
    return content.replace(entry, b"\x01\x12" + entry[2:])


CROP = clap(48, 32, -8, 16)  # from 16, 32 to 64, 64
FORMATS = pytest.mark.parametrize("encode", [avif, heic])


@FORMATS
@pytest.mark.parametrize("orientation", [None, 1, 6])
@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ([CROP], lambda image: image[32:64, 16:64]),
        ([irot(1)], np.rot90),
        ([imir(1)], np.fliplr),
        ([imir(0)], np.flipud),
        ([CROP, irot(1)], lambda image: np.rot90(image[32:64, 16:64])),
        ([CROP, irot(3), imir(1)], lambda image: np.fliplr(np.rot90(image[32:64, 16:64], 3))),
        ([clap(47, 31, (-1, 2), (-1, 2))], lambda image: image[16:47, 24:71]),
        ([clap(96, 64, 0, 0)], lambda image: image),
    ],
)
def test_crop_rotation_and_mirror_are_done_once(properties, expected, orientation, encode, shown):
    """EXIF's orientation does not count beside them."""
    content = encode() if orientation is None else with_orientation(encode, orientation)
    result = shown(with_properties(content, *properties))
    right = expected(np.asarray(photo()).astype(int))
    assert result.shape == right.shape
    assert np.abs(result - right).max() <= 4


@FORMATS
@pytest.mark.parametrize(
    ("properties", "what"),
    [
        ([clap(48, 32, (1, 2), 0)], "a clean aperture that is not made of whole pixels"),
        ([clap((97, 2), 32, 0, 0)], "a clean aperture that is not made of whole pixels"),
        ([clap(47, 32, 0, 0)], "a clean aperture that is not made of whole pixels"),
        ([clap((48, 0), 32, 0, 0)], "a clean aperture that is not made of whole pixels"),
        ([clap(48, 32, -25, 0)], "a clean aperture that extends beyond the picture"),
        ([clap(48, 32, 0, 17)], "a clean aperture that extends beyond the picture"),
        ([clap(98, 64, 0, 0)], "a clean aperture that extends beyond the picture"),
        ([clap(0, 32, 0, 0)], "a clean aperture that extends beyond the picture"),
        ([irot(1), CROP], "a clean aperture that is not cut out first and once"),
        ([CROP, CROP], "a clean aperture that is not cut out first and once"),
    ],
)
def test_a_crop_that_is_none_is_refused(properties, what, encode, shown):
    content = with_properties(encode(), *properties)
    with pytest.raises(JobError, match=rf"photo is an? \w+ with {what}; export it as PNG or JPEG$"):
        shown(content)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ([imir(1), irot(1)], lambda image: np.rot90(np.fliplr(image))),
        ([irot(1), irot(1)], lambda image: np.rot90(image, 2)),
        ([imir(1), imir(0)], lambda image: np.flipud(np.fliplr(image))),
    ],
)
def test_turns_in_another_order_or_twice(properties, expected, shown):
    """Decoders of AVIF hand over one of each, as one turn."""
    right = expected(np.asarray(photo()).astype(int))
    assert np.abs(shown(with_properties(heic(), *properties)) - right).max() <= 4
    with pytest.raises(JobError, match=r"is an AVIF with rotations and mirrors in an unusual order or number; exp"):
        shown(with_properties(avif(), *properties))


def test_an_animation_with_a_crop_is_refused(shown):
    content = avif(save_all=True, append_images=[photo().transpose(Image.Transpose.FLIP_LEFT_RIGHT)])
    assert content[8:12] == b"avis"
    assert shown(content).shape == (64, 96, 3)
    assert content.count(b"ccst") == 1  # what is said of the encoding there
    with pytest.raises(JobError, match=r"is an AVIF with an animation with a clean aperture; export it"):
        shown(content.replace(b"ccst", b"clap"))
