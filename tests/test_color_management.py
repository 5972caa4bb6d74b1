"""The colours are those that a colour-managed viewer shows: within 2 levels of ImageMagick's.

The expected values are those of ImageMagick 6.9.11 (which converts with Little CMS, as Pillow does) on the
very files made here, by ``convert FILE -profile srgb.icc`` for those with a profile, by ``-colorspace sRGB``
for plain CMYK, by ``-background white -alpha remove`` for transparency and by ``-auto-orient`` for EXIF.
Argyll's cctiff agrees with it on the intent.
"""

import base64
import io
import struct
import zlib

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


def test_palette_image_with_a_profile(tmp_path):
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


def test_cmyk_with_a_profile(tmp_path):
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


# Colours told by other means than a profile. What (100, 150, 200) is in sRGB then is what Chromium 156 shows of the
# very bytes made here, and for Adobe RGB, Display P3, gamma and linear light also what colour-science computes.

COLOR = (100, 150, 200)
D65_P3 = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def gama(gamma):
    return chunk(b"gAMA", struct.pack(">I", round(gamma * 100_000)))


def cicp(*points):
    return chunk(b"cICP", bytes(points))


def iccp(profile):
    return chunk(b"iCCP", b"name\0\0" + zlib.compress(profile))


CHRM = chunk(b"cHRM", b"".join(struct.pack(">I", round(value * 100_000)) for value in D65_P3))
SRGB = chunk(b"sRGB", b"\0")
P3 = (83, 152, 205)
LINEAR = (168, 202, 229)


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        (b"", COLOR),
        (cicp(12, 13, 0, 1), P3),
        (cicp(1, 13, 0, 1), COLOR),
        (cicp(2, 2, 0, 1), COLOR),
        (cicp(1, 8, 0, 1), LINEAR),
        (cicp(1, 4, 0, 1), (100, 151, 201)),
        (cicp(1, 5, 0, 1), (76, 131, 189)),
        (cicp(1, 1, 0, 1), (91, 144, 197)),
        (cicp(9, 14, 0, 1), (0, 149, 203)),
        (cicp(7, 7, 0, 1), (119, 161, 207)),
        (cicp(11, 17, 0, 1), (73, 144, 205)),
        (gama(1 / 2.2), COLOR),
        (gama(0.475), COLOR),  # within 5 % of 1 / 2.2
        (gama(0.433), COLOR),
        (gama(0.48), (105, 156, 204)),
        (gama(0.429), (94, 147, 198)),
        (gama(0.5), (109, 159, 206)),
        (gama(1), LINEAR),
        (gama(0.5) + CHRM, (93, 161, 210)),
        (gama(1 / 2.2) + CHRM, P3),
        (CHRM, COLOR),  # without a gamma it counts for nothing
        # The order of the specification.
        (gama(0.5) + CHRM + SRGB, COLOR),
        (gama(0.5) + SRGB + iccp(profiles.linear()), LINEAR),
        (gama(0.5) + SRGB + iccp(profiles.linear()) + cicp(12, 13, 0, 1), P3),
        # What makes no sense is passed by.
        (cicp(12, 13, 1, 1) + SRGB, COLOR),
        (cicp(99, 13, 0, 1), COLOR),
        (gama(0), COLOR),
        (gama(0.5) + chunk(b"cHRM", bytes(32)), COLOR),
        (gama(0.5) + chunk(b"cHRM", struct.pack(">8I", *[30_000] * 8)), COLOR),
        (iccp(b"nonsense") + gama(1), COLOR),
    ],
)
@pytest.mark.parametrize("grey", [False, True])
def test_png_colours(chunks, expected, grey, tmp_path):
    image = Image.new("L", (4, 4), 150) if grey else Image.new("RGB", (4, 4), COLOR)
    image.save(tmp_path / "photo.png")
    data = (tmp_path / "photo.png").read_bytes()
    (tmp_path / "photo.png").write_bytes(data[:33] + chunks + data[33:])
    if grey:
        # The middle one of an equal grey depends on the curve alone, but for the primaries.
        shown = np.asarray(decode(str(tmp_path / "photo.png"), "white"))[0, 0].astype(int)
        assert np.ptp(shown) <= 1
    else:
        assert_shows(tmp_path / "photo.png", [expected] * 16)


def test_png_of_narrow_range(tmp_path):
    """16 to 235 is black to white, by the specification."""
    row("RGB", [(16,) * 3, (126,) * 3, (235,) * 3, (255,) * 3]).save(tmp_path / "photo.png")
    data = (tmp_path / "photo.png").read_bytes()
    (tmp_path / "photo.png").write_bytes(data[:33] + cicp(1, 13, 0, 0) + data[33:])
    assert_shows(tmp_path / "photo.png", [(0,) * 3, (128,) * 3, (255,) * 3, (255,) * 3])


def avif(**options):
    stream = io.BytesIO()
    Image.new("RGB", (16, 16), COLOR).save(stream, "AVIF", quality=100, subsampling="4:4:4", **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("primaries", "transfer", "expected"),
    [
        (1, 13, COLOR),
        (1, 1, COLOR),  # video's curves are taken as sRGB's here
        (2, 2, COLOR),
        (12, 13, P3),
        (9, 14, (0, 155, 205)),
        (1, 8, LINEAR),
        (1, 4, (100, 151, 201)),
        (1, 5, (76, 131, 189)),
        (1, 7, (114, 162, 206)),
        (11, 17, (72, 145, 205)),
        (99, 99, COLOR),
    ],
)
def test_avif_colours_by_code_points(primaries, transfer, expected, tmp_path):
    data = avif().replace(b"nclx\0\1\0\x0d", b"nclx" + struct.pack(">2H", primaries, transfer))
    (tmp_path / "photo.avif").write_bytes(data)
    assert_shows(tmp_path / "photo.avif", [expected] * 256)


def test_avif_profile_overrides_code_points(tmp_path):
    (tmp_path / "photo.avif").write_bytes(avif(icc_profile=profiles.display_p3()))
    assert_shows(tmp_path / "photo.avif", [P3] * 256)


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr_is_read_with_a_warning(transfer, name, tmp_path, caplog):
    """203 cd/m² is white (ITU-R BT.2408): 58 % of PQ, 75 % of HLG; greys stay grey."""
    values = {16: [0, 74, 148, 255], 18: [0, 96, 191, 255]}[transfer]
    row("RGB", [(value,) * 3 for value in values]).save(tmp_path / "photo.png")
    data = (tmp_path / "photo.png").read_bytes()
    (tmp_path / "photo.png").write_bytes(data[:33] + cicp(9, transfer, 0, 1) + data[33:])
    shown = np.asarray(decode(str(tmp_path / "photo.png"), "white"))[0].astype(int)
    assert shown[0].max() == 0
    assert 30 < shown[1].min() < 150
    assert shown[2:].min() >= 252
    assert f"the picture is HDR ({name})" in caplog.text


@pytest.mark.parametrize("embedded", [False, True])
def test_bmp_profile(embedded, tmp_path):
    """With a header of the latest version."""
    pixels, profile = bytes([200, 150, 100]) * 16, profiles.linear() if embedded else b""
    head = struct.pack("<IiiHHIIiiII", 124, 4, 4, 1, 24, 0, len(pixels), 0, 0, 0, 0) + bytes(16)
    head += (b"DEBM" if embedded else b"BGRs") + bytes(48) + struct.pack("<4I", 4, 124 + len(pixels), len(profile), 0)
    (tmp_path / "photo.bmp").write_bytes(
        b"BM" + struct.pack("<3I", 138 + len(pixels) + len(profile), 0, 138) + head + pixels + profile
    )
    assert_shows(tmp_path / "photo.bmp", [LINEAR if embedded else COLOR] * 16)


def jp2(image, colr):
    """A JPEG 2000 file with another box for its colours."""
    stream = io.BytesIO()
    image.save(stream, "JPEG2000", irreversible=False)
    data = stream.getvalue()
    at = data.index(b"colr") - 4
    length = int.from_bytes(data[at : at + 4])
    header = data.index(b"jp2h") - 4
    box = struct.pack(">I4s", 8 + len(colr), b"colr") + colr
    size = int.from_bytes(data[header : header + 4]) - length + len(box)
    return data[:header] + struct.pack(">I", size) + data[header + 4 : at] + box + data[at + length :]


@pytest.mark.parametrize("method", [2, 3])
def test_jpeg2000_profile(method, tmp_path):
    content = jp2(Image.new("RGB", (8, 8), COLOR), bytes([method, 0, 0]) + profiles.display_p3())
    (tmp_path / "photo.jp2").write_bytes(content)
    assert_shows(tmp_path / "photo.jp2", [P3] * 64)


def test_jpeg2000_enumerated_spaces(tmp_path, caplog):
    def check(image, space, expected):
        (tmp_path / "photo.jp2").write_bytes(jp2(image, bytes([1, 0, 0]) + struct.pack(">I", space)))
        assert_shows(tmp_path / "photo.jp2", [expected] * 64)

    check(Image.new("RGB", (8, 8), COLOR), 16, COLOR)
    check(Image.new("L", (8, 8), 150), 17, (150,) * 3)
    check(Image.new("RGB", (8, 8), (76, 85, 255)), 18, (254, 0, 0))  # sYCC
    assert not caplog.records
    check(Image.new("RGB", (8, 8), COLOR), 14, COLOR)
    assert "the colours are in JPEG 2000 colour space 14, which can't be converted" in caplog.text


def test_grey_with_an_rgb_profile(tmp_path):
    """As Chromium shows it: by the profile's curve."""
    row("L", [0, 128, 255]).save(tmp_path / "photo.png", icc_profile=profiles.linear())
    assert_shows(tmp_path / "photo.png", [(0,) * 3, (188,) * 3, (255,) * 3])
