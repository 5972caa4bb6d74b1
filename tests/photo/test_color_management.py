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
from PIL import Image, ImageCms

import profiles
from photopalette.photo.color_management import rgb_profile
from pictures import box, chunk, encoded

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


def with_chunks(image, *chunks):
    """A PNG with further chunks, in front of its pixels."""
    data = encoded(image, "PNG")
    return data[:33] + b"".join(chunks) + data[33:]


def greys(*levels):
    return row("RGB", [(level,) * 3 for level in levels])


@pytest.fixture
def assert_shows(shown):
    """Hold the pixels of a file, row by row, against what they should be."""

    def check(content, expected):
        pixels = shown(content).reshape(-1, 3)
        assert np.abs(pixels - expected).max() <= 2, pixels.tolist()

    return check


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (profiles.display_p3(), [(218, 0, 54), (0, 162, 82), (63, 64, 63), (0, 203, 255), (249, 250, 0)]),
        (profiles.linear(), [(229, 96, 133), (79, 207, 160), (137, 137, 137), (55, 229, 252), (252, 252, 38)]),
    ],
    ids=["display-p3", "linear"],
)
def test_embedded_rgb_profile(profile, expected, assert_shows):
    assert_shows(encoded(row("RGB", PHOTO), "PNG", icc_profile=profile), expected)


def test_palette_image_with_a_profile(assert_shows):
    image = row("P", range(5))
    image.putpalette([value for color in PHOTO for value in color])
    content = encoded(image, "PNG", icc_profile=profiles.display_p3())
    assert_shows(content, [(218, 0, 54), (0, 162, 82), (63, 64, 63), (0, 203, 255), (249, 250, 0)])


def test_cmyk_without_a_profile(assert_shows):
    assert_shows(encoded(row("CMYK", INKS), "TIFF"), PLAIN_INKS)


def test_cmyk_jpeg_is_not_inverted(shown):
    large = row("CMYK", INKS).resize((len(INKS) * 16, 16), Image.Resampling.NEAREST)
    result = shown(encoded(large, "JPEG", quality=100, subsampling=0))[8, 8::16]
    assert np.abs(result - PLAIN_INKS).max() <= 2


def test_cmyk_with_a_profile(assert_shows):
    expected = [
        *[(240, 240, 240), (0, 174, 213), (217, 64, 202), (247, 215, 42), (26, 26, 26), (183, 150, 86)],
        (4, 4, 4),
    ]
    assert_shows(encoded(row("CMYK", INKS), "TIFF", icc_profile=profiles.cmyk()), expected)


def test_16_bit_grey(assert_shows):
    image = Image.fromarray(np.array([[0, 100, 257, 5000, 32896, 60000, 65535]], np.uint16))
    assert_shows(encoded(image, "PNG"), [(grey,) * 3 for grey in (0, 0, 1, 19, 128, 233, 255)])


def test_16_bit_rgb(assert_shows):
    assert_shows(DEEP_PNG, [(25, 102, 229), (96, 68, 195), (166, 34, 161), (237, 0, 127)])


def test_palette_with_partial_transparency(assert_shows):
    image = row("P", range(3))
    image.putpalette([200, 30, 60, 20, 160, 90, 9, 9, 200])
    content = encoded(image, "PNG", transparency=bytes([255, 128, 0]))
    assert_shows(content, [(200, 30, 60), (137, 207, 172), (255, 255, 255)])


def test_grey_with_alpha(assert_shows):
    content = encoded(row("LA", [(200, 255), (100, 128), (10, 0)]), "PNG")
    assert_shows(content, [(grey,) * 3 for grey in (200, 177, 255)])


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
@pytest.mark.parametrize("fmt", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_exif_orientation(orientation, width, order, fmt, shown):
    colors = dict(zip("abcdef", [*PHOTO, (90, 90, 90)], strict=True))
    image = Image.new("RGB", (2, 3))
    image.putdata(list(colors.values()))
    image = image.resize((32, 48), Image.Resampling.NEAREST)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}.get(fmt, {})
    result = shown(encoded(image, fmt, exif=exif, **options))
    assert result.shape[1] == 16 * width
    assert np.abs(result[8::16, 8::16].reshape(-1, 3) - [colors[letter] for letter in order]).max() <= 2


# Colours told by other means than a profile. What (100, 150, 200) is in sRGB then is what Chromium 156 shows of the
# very bytes made here, and for Adobe RGB, Display P3, gamma and linear light also what colour-science computes.

COLOR = (100, 150, 200)
D65_P3 = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)


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
def test_png_colours(chunks, expected, grey, shown, assert_shows):
    if grey:
        # The middle one of an equal grey depends on the curve alone, but for the primaries.
        assert np.ptp(shown(with_chunks(Image.new("L", (4, 4), 150), chunks))[0, 0]) <= 1
    else:
        assert_shows(with_chunks(Image.new("RGB", (4, 4), COLOR), chunks), [expected] * 16)


def test_png_of_narrow_range(shown):
    """16 to 235 is black to white, by the specification."""
    result = shown(with_chunks(greys(*range(256)), cicp(1, 13, 0, 0)))[0, :, 1]
    assert np.abs(result - np.clip((np.arange(256) - 16) * 255 / 219, 0, 255)).max() <= 0.6


def avif(**options):
    return encoded(Image.new("RGB", (16, 16), COLOR), "AVIF", quality=100, subsampling="4:4:4", **options)


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
def test_avif_colours_by_code_points(primaries, transfer, expected, assert_shows):
    data = avif().replace(b"nclx\0\1\0\x0d", b"nclx" + struct.pack(">2H", primaries, transfer))
    assert_shows(data, [expected] * 256)


def test_avif_profile_overrides_code_points(assert_shows):
    assert_shows(avif(icc_profile=profiles.display_p3()), [P3] * 256)


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr_is_read_with_a_warning(transfer, name, shown, caplog):
    """203 cd/m² is white (ITU-R BT.2408): 58 % of PQ, 75 % of HLG; greys stay grey."""
    levels = {16: [0, 74, 148, 255], 18: [0, 96, 191, 255]}[transfer]
    result = shown(with_chunks(greys(*levels), cicp(9, transfer, 0, 1)))[0]
    assert result[0].max() == 0
    assert 30 < result[1].min() < 150
    assert result[2:].min() >= 252
    assert f"the picture is HDR ({name})" in caplog.text


@pytest.mark.parametrize("embedded", [False, True])
def test_bmp_profile(embedded, assert_shows):
    """With a header of the latest version."""
    pixels, profile = bytes([200, 150, 100]) * 16, profiles.linear() if embedded else b""
    head = struct.pack("<IiiHHIIiiII", 124, 4, 4, 1, 24, 0, len(pixels), 0, 0, 0, 0) + bytes(16)
    head += (b"DEBM" if embedded else b"BGRs") + bytes(48) + struct.pack("<4I", 4, 124 + len(pixels), len(profile), 0)
    file_header = b"BM" + struct.pack("<3I", 138 + len(pixels) + len(profile), 0, 138)
    assert_shows(file_header + head + pixels + profile, [LINEAR if embedded else COLOR] * 16)


def jp2(image, colr):
    """A JPEG 2000 file with another box for its colours."""
    data = encoded(image, "JPEG2000", irreversible=False)
    at = data.index(b"colr") - 4
    length = int.from_bytes(data[at : at + 4])
    header = data.index(b"jp2h") - 4
    color = box(b"colr", colr)
    size = int.from_bytes(data[header : header + 4]) - length + len(color)
    return data[:header] + struct.pack(">I", size) + data[header + 4 : at] + color + data[at + length :]


@pytest.mark.parametrize("method", [2, 3])
def test_jpeg2000_profile(method, assert_shows):
    content = jp2(Image.new("RGB", (8, 8), COLOR), bytes([method, 0, 0]) + profiles.display_p3())
    assert_shows(content, [P3] * 64)


def test_jpeg2000_enumerated_spaces(assert_shows, caplog):
    def check(image, space, expected):
        assert_shows(jp2(image, bytes([1, 0, 0]) + struct.pack(">I", space)), [expected] * 64)

    check(Image.new("RGB", (8, 8), COLOR), 16, COLOR)
    check(Image.new("L", (8, 8), 150), 17, (150,) * 3)
    check(Image.new("RGB", (8, 8), (76, 85, 255)), 18, (254, 0, 0))  # sYCC
    assert not caplog.records
    check(Image.new("RGB", (8, 8), COLOR), 14, COLOR)
    assert "the colours are in JPEG 2000 colour space 14, which can't be converted" in caplog.text


def test_grey_with_an_rgb_profile(assert_shows):
    """As Chromium shows it: by the profile's curve."""
    content = encoded(row("L", [0, 128, 255]), "PNG", icc_profile=profiles.linear())
    assert_shows(content, [(0,) * 3, (188,) * 3, (255,) * 3])


def test_grey_with_a_grey_profile(assert_shows):
    content = encoded(row("L", [0, 64, 128, 255]), "PNG", icc_profile=profiles.grey())
    assert_shows(content, [(0,) * 3, (137,) * 3, (188,) * 3, (255,) * 3])


# Colours worked out once more, from the standards' own words.

# ITU-T H.273, table 2: x, y of red, green, blue, white.
PRIMARIES = {
    1: (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290),  # BT.709, sRGB
    4: (0.67, 0.33, 0.21, 0.71, 0.14, 0.08, 0.310, 0.316),  # BT.470 M
    5: (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, 0.3127, 0.3290),  # BT.470 BG
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, 0.3127, 0.3290),  # SMPTE 170M
    7: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, 0.3127, 0.3290),  # SMPTE 240M
    8: (0.681, 0.319, 0.243, 0.692, 0.145, 0.049, 0.310, 0.316),  # film
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290),  # BT.2020
    10: (1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1 / 3, 1 / 3),  # XYZ
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351),  # DCI-P3
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290),  # Display P3
    22: (0.630, 0.340, 0.295, 0.605, 0.155, 0.077, 0.3127, 0.3290),  # EBU 3213
}


def srgb(light):
    """Levels of sRGB (IEC 61966-2-1)."""
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def to_xyz(primaries):
    x, y = np.reshape(primaries, (4, 2)).T
    xyz = np.stack([x, y, 1 - x - y])
    white = xyz[:, 3] / y[3]
    return xyz[:, :3] * np.linalg.solve(xyz[:, :3], white), white


@pytest.mark.parametrize("code", PRIMARIES)
def test_every_set_of_primaries_matches_its_standard(code, assert_shows):
    """From its light to XYZ, by Bradford's cones to D65, and to the light of sRGB."""
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    (theirs, white), (ours, d65) = to_xyz(PRIMARIES[code]), to_xyz(PRIMARIES[1])
    adapted = np.linalg.solve(bradford, np.diag(bradford @ d65 / (bradford @ white)) @ bradford)
    colors = np.array([(100, 150, 200), (150, 140, 120), (128, 128, 128), (90, 120, 100), (255, 255, 255)])
    light = ((colors / 255 + 0.055) / 1.055) ** 2.4
    expected = srgb(light @ np.linalg.solve(ours, adapted @ theirs).T)
    assert_shows(with_chunks(Image.fromarray(colors[None].astype(np.uint8)), cicp(code, 13, 0, 1)), expected)


@pytest.mark.parametrize(
    ("primaries", "colorants"),
    [
        # As the profiles of HP and Microsoft, of Adobe and of Apple have them.
        (
            (0.64, 0.33, 0.30, 0.60, 0.15, 0.06),
            [(0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)],
        ),
        (
            (0.64, 0.33, 0.21, 0.71, 0.15, 0.06),
            [(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)],
        ),
        (
            (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
            [(0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)],
        ),
    ],
    ids=["sRGB", "Adobe RGB", "Display P3"],
)
def test_profiles_are_those_in_use(primaries, colorants):
    content = rgb_profile((0.3127, 0.3290, *primaries), lambda values: values)
    profile = ImageCms.ImageCmsProfile(io.BytesIO(content)).profile
    found = profile.red_colorant, profile.green_colorant, profile.blue_colorant
    assert np.abs(np.array([color[0] for color in found]) - colorants).max() < 0.0005
    assert profile.version == 2.1
    assert profile.media_white_point[0] == pytest.approx((0.9642, 1, 0.8249), abs=0.0001)
    # The whole file is what its header and directory say.
    assert int.from_bytes(content[:4]) == len(content)
    count = int.from_bytes(content[128:132])
    tags = [struct.unpack_from(">4s2I", content, 132 + 12 * number) for number in range(count)]
    names = {b"desc", b"cprt", b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"}
    assert {name for name, _, _ in tags} == names
    assert len(tags) == len(names)
    places = sorted({(start, length) for _, start, length in tags})
    assert places[0][0] == 132 + 12 * count
    assert all(start % 4 == 0 for start, _ in places)
    ends = [start + length + -length % 4 for start, length in places]
    assert ends == [*(start for start, _ in places[1:]), len(content)]


# ITU-T H.273, table 3, as encoders have them: what light, in parts of SDR's white, becomes.
ENCODERS = {
    **dict.fromkeys((1, 6, 11, 12, 14, 15), lambda light: light ** (1 / 2.4)),  # for a screen of BT.1886
    2: lambda light: srgb(light) / 255,
    4: lambda light: light ** (1 / 2.2),
    5: lambda light: light ** (1 / 2.8),
    7: lambda light: np.where(light < 0.0228, 4 * light, 1.1115 * light**0.45 - 0.1115),
    8: lambda light: light,
    13: lambda light: srgb(light) / 255,
    16: lambda light: pq(light * 203 / 10_000),
    17: lambda light: (48 * light / 52.37) ** (1 / 2.6),
    18: lambda light: hlg((light * 203 / 1000) ** (1 / 1.2)),
}


def pq(light):
    power = light ** (2610 / 4096 / 4)
    return ((3424 / 4096 + 2413 / 4096 * 32 * power) / (1 + 2392 / 4096 * 32 * power)) ** (2523 / 4096 * 128)


def hlg(light):
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(light <= 1 / 12, np.sqrt(3 * light), a * np.log(np.maximum(12 * light - b, 1e-9)) + c)


@pytest.mark.parametrize("code", ENCODERS)
def test_every_transfer_function_matches_its_standard(code, shown):
    light, levels = np.linspace(0, 1, 100_001), range(0, 256, 5)
    # Of greys the primaries make no others.
    result = shown(with_chunks(greys(*levels), cicp(12, code, 0, 1)))[0, :, 1]
    expected = srgb(np.interp(np.array(levels) / 255, ENCODERS[code](light), light))
    assert np.abs(result - expected).max() <= 1


@pytest.mark.parametrize("point", [(0, 13), (3, 13), (13, 13), (23, 13), (1, 0), (1, 3), (1, 9), (1, 10), (1, 19)])
def test_meaningless_code_points_are_ignored_with_a_warning(point, assert_shows, caplog):
    assert_shows(with_chunks(row("RGB", PHOTO), cicp(*point, 0, 1)), PHOTO)
    assert f"unsupported code points {point[0]} and {point[1]}" in caplog.text


@pytest.mark.parametrize(
    "points",
    [
        (0.3127, 0, *D65_P3[2:]),
        (0.3127, -0.329, *D65_P3[2:]),
        (0.3127, 0.329, *(0.3, 0.3) * 3),
        (0.3127, 0.329, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3),
        (0.3127, 0.329, 0.1, 0.1, 0.2, 0.2, 0.3, 0.30001),
    ],
)
def test_primaries_that_enclose_no_white_are_ignored(points, assert_shows, caplog):
    chrm = chunk(b"cHRM", struct.pack(">8i", *(round(value * 100_000) for value in points)))
    assert_shows(with_chunks(row("RGB", PHOTO), gama(0.5), chrm), PHOTO)
    assert "the file's colour information can't be used" in caplog.text
