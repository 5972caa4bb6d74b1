"""TIFFs of all kinds decode to the numbers in them, by Pillow or by tifffile, or are refused plainly."""

import io
import itertools
import struct
import tracemalloc

import numpy as np
import pytest
import tifffile
from PIL import Image

import profiles
from photopalette.photo.decode import decode
from photopalette.run.job import JobError
from pictures import refused

HEIGHT, WIDTH = 37, 53  # of no strip, tile or byte

# Of 8 bits, so that nothing lies between two levels.
RAMP = np.rint(np.linspace(0, 255, WIDTH)[None, :] * np.ones((HEIGHT, 1))) / 255
PHOTO = np.stack([RAMP, RAMP[:, ::-1], RAMP[0, :HEIGHT, None] * np.ones((1, WIDTH))], axis=-1)


def shown(path, background="white", **options):
    return np.asarray(decode(str(path), background, **options)).astype(int)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "photo.tif"


def write(path, pixels, planes=False, **options):
    """Write samples that lie together, or each kind in a plane of its own."""
    if planes:
        pixels, options["planarconfig"] = np.moveaxis(pixels, -1, 0), "separate"
    tifffile.imwrite(path, pixels, **options)


def levels(values):
    """What 0 to 1 is in 8 bits."""
    return np.rint(np.clip(values, 0, 1) * 255).astype(int)


def stored(values, dtype):
    """0 to 1 as a file would hold it."""
    dtype = np.dtype(dtype)
    return values.astype(dtype) if dtype.kind == "f" else np.rint(values * np.iinfo(dtype).max).astype(dtype)


DTYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "f2", "f4", "f8"]
LAYOUTS = [
    {},
    {"rowsperstrip": 5},
    {"tile": (16, 32)},
    {"compression": "deflate", "rowsperstrip": 5},
    {"compression": "deflate", "tile": (16, 16)},
    {"compression": "deflate", "predictor": 2, "rowsperstrip": 7},
    {"bigtiff": True},
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["grey", "white-is-zero", "rgb", "rgb-planes", "grey-alpha", "rgba", "rgba-planes"])
def test_numbers_of_any_kind(kind, dtype, path):
    for byteorder, layout in itertools.product("<>", LAYOUTS):
        check_numbers(kind, dtype, layout, byteorder, path)


def check_numbers(kind, dtype, layout, byteorder, path):
    if layout.get("predictor") and (dtype[0] == "f" or byteorder == ">"):
        layout = {**layout, "predictor": None}  # tifffile can't write them alone
    options = {**layout, "byteorder": byteorder, "photometric": "rgb" if kind.startswith("rgb") else "minisblack"}
    colors = PHOTO if kind.startswith("rgb") else RAMP[..., None]
    expected = levels(colors) * np.ones(3, int)
    transparent = "alpha" in kind or "rgba" in kind
    if kind == "white-is-zero":
        options["photometric"] = "miniswhite"
        expected = 255 - expected
    if transparent:
        alpha = RAMP[:, ::-1, None]
        colors = np.concatenate([colors, alpha], axis=-1)
        options["extrasamples"] = ["unassalpha"]
        expected = np.rint(expected * alpha + 255 * (1 - alpha)).astype(int)
    write(path, stored(colors, dtype), kind.endswith("planes"), **options)
    # 7 bits and half floats are coarser; so is what is rounded again, laid on the background.
    assert np.abs(shown(path) - expected).max() <= transparent + (dtype in ("i1", "f2"))


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("planes", [False, True])
@pytest.mark.parametrize("colors", [1, 3])
def test_premultiplied_alpha_gives_the_colours_back(colors, planes, dtype, path):
    """White at every opacity is white."""
    alpha = np.maximum(RAMP, 0.1)
    pixels = np.stack([alpha] * (colors + 1), axis=-1)
    kind = {1: "minisblack", 3: "rgb"}[colors]
    write(path, stored(pixels, dtype), planes, photometric=kind, extrasamples=["assocalpha"])
    assert shown(path, "white").min() >= 254
    # On black it is as light as it is opaque.
    assert np.abs(shown(path, "black")[..., 0] - levels(alpha)).max() <= 1


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "lzma", "zstd"])
@pytest.mark.parametrize("predictor", [1, 2, 3])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_compressions_that_tifffile_lacks(compression, predictor, byteorder, path):
    """Strips by libtiff's own encoder, in a TIFF of a kind that Pillow does not read."""
    values = stored(PHOTO, "f4")
    if predictor == 1:
        raw = values.astype(byteorder + "f4").tobytes()
    elif predictor == 2:
        difference = np.diff(values.view("u4"), axis=1, prepend=np.zeros((HEIGHT, 1, 3), "u4")).astype("u4")
        raw = difference.astype(byteorder + "u4").tobytes()
    else:
        # All first bytes of a row, then all second ones, …, and of that the differences.
        planes = values.astype(">f4").reshape(HEIGHT, -1, 1).view("u1").reshape(HEIGHT, -1, 4).transpose(0, 2, 1)
        row = planes.reshape(HEIGHT, -1, 3)
        raw = np.diff(row, axis=1, prepend=np.zeros((HEIGHT, 1, 3), "u1")).astype("u1").tobytes()
    row_bytes = WIDTH * 3 * 4
    stream = io.BytesIO()
    Image.frombytes("L", (row_bytes, HEIGHT), raw).save(stream, "TIFF", compression=compression)
    stream.seek(0)
    with tifffile.TiffFile(stream) as tiff:
        page = tiff.pages[0]
        code, rows = int(page.compression), page.rowsperstrip
        stream_bytes = stream.getvalue()
        places = zip(page.dataoffsets, page.databytecounts, strict=True)
        strips = [stream_bytes[start : start + length] for start, length in places]
    path.write_bytes(
        tiff_of(byteorder, strips, rows, bits=(32,) * 3, kind=3, photometric=2, compression=code, predictor=predictor)
    )
    assert (shown(path) == levels(PHOTO)).all()


def tiff_of(byteorder, strips, rows, *, bits, kind=1, photometric=1, compression=1, predictor=1, fill=1, size=None):
    """A TIFF by hand, of strips as they are to lie in the file."""
    width, height = size or (WIDTH, HEIGHT)
    tags = {
        **{256: ("I", [width]), 257: ("I", [height]), 258: ("H", bits), 259: ("H", [compression])},
        **{262: ("H", [photometric]), 266: ("H", [fill]), 273: ("I", [0] * len(strips)), 277: ("H", [len(bits)])},
        **{278: ("I", [rows]), 279: ("I", [len(strip) for strip in strips]), 317: ("H", [predictor])},
        339: ("H", [kind] * len(bits)),
    }
    start = 8 + 2 + 12 * len(tags) + 4
    sizes = {tag: struct.calcsize(byteorder + code * len(values)) for tag, (code, values) in tags.items()}
    after = start + sum(size for size in sizes.values() if size > 4)
    tags[273] = ("I", [after + sum(map(len, strips[:n])) for n in range(len(strips))])
    entries, extra = b"", b""
    for tag, (code, values) in sorted(tags.items()):
        content = struct.pack(byteorder + code * len(values), *values)
        if len(content) > 4:
            place = struct.pack(byteorder + "I", start + len(extra))
            extra += content
            content = place
        entries += struct.pack(byteorder + "HHI", tag, {"H": 3, "I": 4}[code], len(values)) + content.ljust(4, b"\0")
    mark = b"II" if byteorder == "<" else b"MM"
    head = mark + struct.pack(byteorder + "HIH", 42, 8, len(tags))
    return head + entries + bytes(4) + extra + b"".join(strips)


@pytest.mark.parametrize("bits", range(1, 17))
@pytest.mark.parametrize("bands", [1, 3])
def test_integers_of_any_bit_depth(bits, bands, path):
    for fill, byteorder in itertools.product((1, 2), "<>"):
        check_bits(bits, bands, fill, byteorder, path)


def check_bits(bits, bands, fill, byteorder, path):
    values = np.rint((PHOTO if bands == 3 else RAMP[..., None]) * (2**bits - 1)).astype(np.uint32)
    if bits == 16:
        raw = values.astype(byteorder + "u2").reshape(HEIGHT, -1).view("u1")
    else:
        digits = (values[..., None] >> np.arange(bits - 1, -1, -1)) & 1
        raw = np.packbits(digits.reshape(HEIGHT, -1).astype("u1"), axis=1)
    if fill == 2:
        raw = np.packbits(np.unpackbits(raw[..., None], axis=-1)[..., ::-1], axis=-1)[..., 0]
    strips = [raw[row : row + 9].tobytes() for row in range(0, HEIGHT, 9)]
    path.write_bytes(tiff_of(byteorder, strips, 9, bits=(bits,) * bands, photometric=2 if bands == 3 else 1, fill=fill))
    expected = levels(values / (2**bits - 1)) * np.ones(3, int)
    assert np.abs(shown(path) - expected).max() <= (bits == 16)


@pytest.mark.parametrize(("dtype", "planes"), list(itertools.product(["u1", "u2"], [False, True])))
def test_cmyk(dtype, planes, path):
    inks = np.zeros((8, 10, 4))
    inks[..., 1:3] = 1  # magenta and yellow
    write(path, stored(inks, dtype), planes, photometric="separated")
    assert (shown(path) == (255, 0, 0)).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_inks_of_other_colours_are_refused(dtype, path):
    pixels = stored(np.array([[[1.0, 0, 0, 0]]]), dtype)
    for kind, names, is_cmyk in [
        (1, "", True),
        (2, "Cyan\0Magenta\0Yellow\0Black\0", True),
        (2, "Orange\0Green\0Violet\0Black\0", False),
        (2, "", False),
    ]:
        tags = [(332, "H", 1, kind, True), (333, "s", 0, names, True)]
        tifffile.imwrite(path, pixels, photometric="separated", extratags=tags[: 1 + bool(names)])
        if is_cmyk:
            assert shown(path).tolist() == [[[0, 255, 255]]]
        else:
            with pytest.raises(JobError, match=r"of an unsupported kind .inks other than cyan, magenta, yellow and bl"):
                shown(path)


@pytest.mark.parametrize("scale", [1, 257], ids=["8-bit colours", "16-bit colours"])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_palette(dtype, scale, path):
    """Its colours should have 16 bits; some programs wrote 8."""
    size = 256 if dtype == "u1" else 65536
    colors = np.zeros((3, size), np.uint16)
    colors[:, :2] = np.array([[200, 20], [30, 160], [60, 90]]) * scale
    index = np.tile([0, 1], (8, 4)).astype(dtype)
    tifffile.imwrite(path, index, photometric="palette", colormap=colors)
    assert shown(path)[0, :2].tolist() == [[200, 30, 60], [20, 160, 90]]


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("planes", [False, True])
@pytest.mark.parametrize(("lab", "expected"), [((60, 20, -20), (167, 133, 180)), ((40, -20, 20), (68, 103, 61))])
def test_lab(lab, expected, planes, dtype, path):
    """The expected values are colour-science's, Lab_to_XYZ and XYZ_to_sRGB from D50."""
    pixel = np.array([lab[0] * 2.55, lab[1] % 256, lab[2] % 256]) * (1 if dtype == "u1" else 256)
    pixels = np.tile(pixel, (8, 8, 1)).round().astype(dtype)
    write(path, pixels, planes, photometric="cielab")
    assert np.abs(shown(path)[0, 0] - expected).max() <= 2


@pytest.mark.parametrize("subsampling", [(2, 2), (1, 1)])
def test_subsampled_colours_without_compression(subsampling, path):
    """Cb and Cr stand once for four pixels, after the four."""
    across, down = subsampling
    luma, blue, red = 76, 85, 255  # red
    unit = bytes([luma] * (across * down) + [blue, red])
    size = 16, 8
    strip = unit * (size[0] // across * size[1] // down)
    content = bytearray(tiff_of("<", [strip], 8, bits=(8, 8, 8), photometric=6, size=size))
    # In the place of a tag that says nothing here.
    at = content.index(struct.pack("<HHI", 317, 3, 1))
    last = content.index(struct.pack("<HHI", 339, 3, 3))
    content[at : at + 12] = content[last : last + 12]
    content[last : last + 12] = struct.pack("<HHIHH", 530, 3, 2, *subsampling)
    path.write_bytes(content)
    assert np.abs(shown(path) - (254, 0, 0)).max() <= 3


def test_floats_up_to_255_are_as_8_bit(path, caplog):
    values = np.array([[0, 1, 127.4, 255]], np.float32)
    tifffile.imwrite(path, values)
    assert shown(path)[0, :, 0].tolist() == [0, 1, 127, 255]
    assert "floating-point values go up to 255, not to 1; 255 is taken as white" in caplog.text


def test_floats_beyond_are_scaled_by_the_largest(path, caplog):
    values = np.array([[[0, 500, 1000], [250, 2000, 0]]], np.float32)
    tifffile.imwrite(path, values, photometric="rgb")
    assert shown(path)[0].tolist() == [[0, 64, 128], [32, 255, 0]]
    assert "2000 is taken as white" in caplog.text


def test_a_little_beyond_1_is_cut_off(path, caplog):
    tifffile.imwrite(path, np.array([[0, 0.5, 1, 1.04]], np.float32))
    assert shown(path)[0, :, 0].tolist() == [0, 128, 255, 255]
    assert not caplog.records


@pytest.mark.parametrize("planes", [False, True])
@pytest.mark.parametrize("bands", [3, 4])
def test_nan_is_background(bands, planes, path, caplog):
    pixels = np.full((2, 4, bands), 0.5, np.float32)
    pixels[..., 3:] = 1
    pixels[0, 1, 2], pixels[1, 2, :3], pixels[0, 3, 0] = np.nan, np.inf, -np.inf
    write(path, pixels, planes, photometric="rgb", extrasamples=["unassalpha"] if bands == 4 else None)
    result = shown(path, "#0a141e")
    assert result[0].tolist() == [[128] * 3, [10, 20, 30], [128] * 3, [0, 128, 128]]
    assert result[1, 2].tolist() == [255] * 3
    assert "there are NaN values; they count as transparent" in caplog.text
    assert "infinite values; they count as white, or as black where negative" in caplog.text


def test_negative_numbers_are_black(path, caplog):
    tifffile.imwrite(path, np.array([[-32768, -1, 0, 16384, 32767]], np.int16))
    assert shown(path)[0, :, 0].tolist() == [0, 0, 0, 128, 255]
    assert "negative values; they count as black" in caplog.text


def test_32_bits_that_hold_16_are_taken_for_16(path, caplog):
    tifffile.imwrite(path, np.array([[0, 32896, 65535]], np.uint32))
    assert shown(path)[0, :, 0].tolist() == [0, 128, 255]
    assert "they are treated as 16-bit" in caplog.text


def test_bands_that_are_not_colours_are_ignored(path, caplog):
    pixels = np.dstack([levels(PHOTO), np.zeros((HEIGHT, WIDTH, 2))]).astype("u2") * 257
    tifffile.imwrite(path, pixels, photometric="rgb", extrasamples=["unspecified"] * 2)
    assert (shown(path) == levels(PHOTO)).all()
    assert "2 of the 5 samples per pixel are not colours" in caplog.text


@pytest.mark.parametrize("planes", [False, True])
@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
def test_transparency_may_stand_behind_other_bands(kind, planes, path, caplog):
    """Five samples: red, green, blue, one of no meaning, and an opacity of nothing, half and all."""
    opacity = np.array([[0, 128, 255]], np.uint8)
    colors = np.full((1, 3, 3), 255) * (opacity[..., None] / 255 if kind == "assocalpha" else 1)
    samples = np.dstack([colors, np.full((1, 3), 99), opacity]).astype(np.uint8)
    # The height of 1 leaves open which axis the samples are on.
    write(path, samples, planes, photometric="rgb", planarconfig="contig", extrasamples=["unspecified", kind])
    assert np.abs(shown(path, "black")[0, :, 0] - [0, 128, 255]).max() <= 1
    assert "1 of the 5 samples per pixel are not colours" in caplog.text


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_profile_and_orientation(dtype, path):
    pixels = stored(np.full((8, 16, 3), 128 / 255), dtype)
    orientation = (274, 3, 1, 6, False)
    tifffile.imwrite(path, pixels, photometric="rgb", iccprofile=profiles.linear(), extratags=[orientation])
    result = shown(path)
    assert result.shape == (16, 8, 3)
    assert np.abs(result - 188).max() <= 1  # sRGB's value of linear 128 / 255


@pytest.mark.parametrize(("kind", "value"), [(1, 6), (2, "6"), (3, 6), (4, 6)], ids=["byte", "text", "short", "long"])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_orientation_of_any_type(dtype, kind, value, path):
    pixels = stored(PHOTO, dtype)
    tag = (274, kind, 1, value, False)
    tifffile.imwrite(path, pixels, photometric="rgb", extratags=[tag])
    assert (shown(path) == np.rot90(levels(PHOTO), -1)).all()


def test_orientation_in_xmp_alone_is_not_applied(path):
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    tifffile.imwrite(path, stored(PHOTO, "u1"), photometric="rgb", extratags=[(700, 1, len(xmp), xmp)])
    assert shown(path).shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("planes", [False, True])
def test_colours_and_transparency_each_have_their_own_scale(planes, path):
    pixels = np.concatenate([PHOTO, np.full((HEIGHT, WIDTH, 1), 255)], axis=-1).astype("f4")
    write(path, pixels, planes, photometric="rgb", extrasamples=["unassalpha"])
    assert (shown(path) == levels(PHOTO)).all()


@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_a_strip_that_was_left_out_is_black(dtype, path):
    top = np.full((19, WIDTH), np.iinfo("u2").max if dtype == "u2" else 1).astype(dtype)
    bits, kind = (16, 1) if dtype == "u2" else (32, 3)
    content = tiff_of("<", [top.tobytes(), b""], 19, bits=(bits,), kind=kind)
    place = struct.pack("<I", len(content))
    assert content.count(place) == 1
    path.write_bytes(content.replace(place, bytes(4)))
    result = shown(path)
    assert (result[:19] == 255).all()
    assert (result[19:] == 0).all()


# Camera raws, thumbnails, pages


def pages(path, *written):
    with tifffile.TiffWriter(path) as tiff:
        for values, options in written:
            tiff.write(values, metadata=None, **{"photometric": "rgb", **options})


THUMBNAIL = np.full((12, 16, 3), 7, np.uint8)
FULL = np.full((48, 64, 3), 200, np.uint8)
SENSOR = np.full((48, 64), 900, np.uint16)
MAKE = (271, 2, 0, "NIKON CORPORATION", True)


@pytest.mark.parametrize("photometric", [32803, 34892], ids=["colour filter array", "linear"])
@pytest.mark.parametrize("reduced", [0, 1])
@pytest.mark.parametrize(
    ("make", "kind"), [("NIKON CORPORATION", "a camera raw (Nikon NEF)"), ("Holga", "a camera raw")]
)
def test_raws_are_refused_with_their_name(make, kind, reduced, photometric, path):
    pages(
        path,
        (THUMBNAIL, {"subfiletype": reduced, "subifds": 1, "extratags": [(271, 2, 0, make, True)]}),
        (np.dstack([SENSOR] * 3) if photometric == 34892 else SENSOR, {"photometric": photometric}),
    )
    expected = f"is {kind}, which can't be read; develop it in a raw converter and export it as TIFF or JPEG"
    assert refused(path) == expected


@pytest.mark.parametrize(
    ("make", "name"),
    [
        ("NIKON CORPORATION", "Nikon NEF"),
        ("SONY", "Sony ARW"),
        ("Phase One A/S", "Phase One IIQ"),
        ("Canon", "Canon CR2"),
        ("PENTAX Corporation", "Pentax PEF"),
        ("RICOH IMAGING COMPANY, LTD.", "Pentax PEF"),
        ("Hasselblad", "Hasselblad 3FR"),
        ("Leaf", "Leaf MOS"),
        ("SAMSUNG", "Samsung SRW"),
        ("OLYMPUS IMAGING CORP.", "Olympus ORF"),
        ("OM Digital Solutions", "Olympus ORF"),
        ("Panasonic", "Panasonic RW2"),
        ("LEICA CAMERA AG", "Leica raw"),
        ("SEIKO EPSON CORP.", "Epson ERF"),
        (" EASTMAN KODAK COMPANY", "Kodak DCR"),
        ("Mamiya-OP Co.,Ltd.", "Mamiya MEF"),
        ("FUJIFILM", "Fujifilm RAF"),
        ("Minolta Co., Ltd.", "Minolta MRW"),
        ("KONICA MINOLTA", "Minolta MRW"),
        ("Not a Canon", None),
    ],
)
def test_the_raws_of_all_makers_have_their_names(make, name, path):
    pages(path, (SENSOR, {"photometric": 32803, "extratags": [(271, 2, 0, make, True)]}))
    kind = f"a camera raw ({name})" if name else "a camera raw"
    assert refused(path).startswith(f"is {kind}, which can't be read; ")


def test_dng_is_refused_even_without_a_colour_filter(path):
    version = (50706, 1, 4, b"\x01\x04\0\0", True)
    pages(path, (FULL, {"extratags": [version]}))
    assert refused(path).startswith("is a camera raw (DNG), which can't be read; ")


def test_a_lone_thumbnail_of_a_camera_is_raw(path):
    """Only the maker knows where its data are."""
    pages(path, (THUMBNAIL, {"subfiletype": 1, "extratags": [MAKE]}))
    assert refused(path).startswith("is a camera raw (Nikon NEF)")


def test_pyramids_are_no_raws(path):
    pages(path, (FULL, {"subifds": 1}), (FULL[::4, ::4], {"subfiletype": 1}))
    assert (shown(path) == 200).all()
    assert shown(path).shape == FULL.shape


def test_a_thumbnail_that_comes_second_is_none_of_our_business(path):
    pages(path, (FULL, {}), (THUMBNAIL, {"subfiletype": 1}))
    assert shown(path).shape == FULL.shape


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_the_photo_behind_its_thumbnail_is_taken(dtype, path, caplog):
    caplog.set_level("INFO")
    pages(path, (THUMBNAIL, {"subfiletype": 1}), (stored(FULL / 255, dtype), {}))
    assert (shown(path) == 200).all()
    assert shown(path).shape == FULL.shape
    assert "the first page is a reduced copy; page 2, the photo, is used" in caplog.text


def test_the_photo_inside_its_thumbnail_is_taken(path, caplog):
    caplog.set_level("INFO")
    pages(path, (THUMBNAIL, {"subfiletype": 1, "subifds": 1}), (FULL, {}))
    assert shown(path).shape == FULL.shape
    assert "the photo inside it is used" in caplog.text


def test_a_lone_reduced_copy_is_taken_with_a_warning(path, caplog):
    pages(path, (FULL, {"subfiletype": 1}))
    assert shown(path).shape == FULL.shape
    assert "the full picture is not in the file" in caplog.text


# Damage, limits, kinds that are not read


def test_truncated_files(path, caplog):
    tifffile.imwrite(path, stored(PHOTO, "f4"), photometric="rgb", rowsperstrip=4)
    path.write_bytes(path.read_bytes()[:-3000])
    assert "allow_truncated: true" in refused(path)
    result = shown(path, allow_truncated=True)
    assert (result[:20] == levels(PHOTO)[:20]).all()
    assert "using the part that can be decoded" in caplog.text


def test_limit_is_looked_at_before_anything_is_decoded(path, monkeypatch):
    tifffile.imwrite(path, stored(PHOTO, "f4"), photometric="rgb")
    monkeypatch.setattr("photopalette.photo.decode.read_page", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(JobError, match=r"is 53 × 37 pixels, 0\.001961 megapixels, over the limit of 0\.001; raise"):
        decode(str(path), "white", max_megapixels=0.001)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_huge_tiles_of_a_small_picture_are_refused(compression, dtype, path):
    """Decoders would allocate gigabytes before looking at what is in them."""
    tifffile.imwrite(path, stored(PHOTO, dtype), photometric="rgb", tile=(48, 64), compression=compression)
    content = path.read_bytes()
    length = struct.pack("<HHII", 323, 4, 1, 48)
    assert length in content
    path.write_bytes(content.replace(length, struct.pack("<HHII", 323, 4, 1, 1 << 24)))
    assert refused(path) == "is a TIFF of an unsupported kind (tiles of 64 × 16777216 pixels); export it as PNG or JPEG"


def test_many_small_tiles_of_a_large_picture_are_read(path):
    tifffile.imwrite(path, np.zeros((4200, 4200), "u1"), tile=(512, 512), compression="deflate")
    assert decode(str(path), "white").size == (4200, 4200)


@pytest.mark.parametrize("entry", [(256, 1, 1, 64), (256, 4, 118, 64), (256, 4, 1, 0), (256, 2, 3, 64)])
def test_sizes_that_are_not_numbers_count_as_damage(entry, path):
    """To Python, a byte string times a number is a longer byte string."""
    content = tiff_of("<", [bytes(64)], 1 << 31, bits=(8,), size=(64, 0xFFFF0010))
    path.write_bytes(content.replace(struct.pack("<HHII", 256, 4, 1, 64), struct.pack("<HHII", *entry)))
    tracemalloc.start()
    assert "damaged" in refused(path)
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("bits", "kind", "photometric"),
    [((24,), 3, 1), ((32,), 5, 1), ((64,), 6, 1), ((5, 6, 5), 1, 2), ((16,) * 3, 1, 32845), ((8,) * 3, 1, 10)],
    ids=["24-bit floats", "complex integers", "complex", "565", "LogLuv", "ITU Lab"],
)
def test_unsupported_kinds_are_named(bits, kind, photometric, path):
    path.write_bytes(tiff_of("<", [bytes(WIDTH * HEIGHT * 32)], HEIGHT, bits=bits, kind=kind, photometric=photometric))
    message = refused(path)
    assert message.startswith("is a TIFF of an unsupported kind")
    assert message.endswith("; export it as PNG or JPEG")


def test_a_compression_that_this_build_of_libtiff_lacks_is_no_damage(path):
    stream = io.BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), (10, 100, 200)).save(stream, "WEBP", lossless=True)
    path.write_bytes(tiff_of("<", [stream.getvalue()], HEIGHT, bits=(8,) * 3, photometric=2, compression=50001))
    try:
        picture, fault = shown(path), ""
    except JobError as error:
        picture, fault = None, str(error)
    if picture is None:
        assert "photo.tif is a TIFF of an unsupported kind (" in fault
        assert fault.endswith(", compression WEBP); export it as PNG or JPEG")
    else:
        assert (picture == (10, 100, 200)).all()


@pytest.mark.parametrize("tag", [34665, 34853, 33723, 34377, 700, 270, 305, 306, 315, 282, 50341])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_damaged_tags_cost_no_photo(dtype, tag, path, tmp_path):
    """Of a type that does not exist, or somewhere beyond the end of the file."""
    tifffile.imwrite(tmp_path / "sound.tif", stored(PHOTO, dtype), photometric="rgb", metadata=None, software=None)
    sound = (tmp_path / "sound.tif").read_bytes()
    expected = shown(tmp_path / "sound.tif")
    at = sound.index(struct.pack("<HH", 282, 5))
    for entry in (
        struct.pack("<HHII", tag, 4, 1, 0xFFFFFF00),
        struct.pack("<HHII", tag, 99, 7, 8),
        struct.pack("<HHII", tag, 2, 0x7FFFFFFF, 0x7FFFFFFF),
        struct.pack("<HHII", tag, 5, 1, 0xFFFFFFF0),
        struct.pack("<HHII", tag, 13, 1, 3),
    ):
        path.write_bytes(sound[:at] + entry + sound[at + 12 :])
        assert (shown(path) == expected).all()
