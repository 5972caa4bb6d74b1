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


def levels(values):
    """What 0 to 1 is in 8 bits."""
    return np.rint(np.clip(values, 0, 1) * 255).astype(int)


def stored(values, dtype):
    """0 to 1 as a file would hold it."""
    dtype = np.dtype(dtype)
    return values.astype(dtype) if dtype.kind == "f" else np.rint(values * np.iinfo(dtype).max).astype(dtype)


def grey(values):
    return np.repeat(values[..., None], 3, axis=-1)


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
def test_numbers_of_any_kind(kind, dtype, tmp_path):
    for byteorder, layout in itertools.product("<>", LAYOUTS):
        check_numbers(kind, dtype, layout, byteorder, tmp_path)


def check_numbers(kind, dtype, layout, byteorder, tmp_path):
    if layout.get("predictor") and (dtype[0] == "f" or byteorder == ">"):
        layout = {**layout, "predictor": None}  # tifffile can't write them alone
    path = tmp_path / "photo.tif"
    options = {**layout, "byteorder": byteorder, "photometric": "rgb" if kind.startswith("rgb") else "minisblack"}
    if kind == "white-is-zero":
        tifffile.imwrite(path, stored(RAMP, dtype), **{**options, "photometric": "miniswhite"})
        expected = 255 - grey(levels(RAMP))
    elif kind == "grey":
        tifffile.imwrite(path, stored(RAMP, dtype), **options)
        expected = grey(levels(RAMP))
    else:
        colors = PHOTO if kind.startswith("rgb") else RAMP[..., None]
        expected = levels(colors) * np.ones(3, int)
        if "alpha" in kind or "rgba" in kind:
            alpha = RAMP[:, ::-1, None]
            colors = np.concatenate([colors, alpha], axis=-1)
            options["extrasamples"] = ["unassalpha"]
            expected = np.rint(expected * alpha + 255 * (1 - alpha)).astype(int)
        if kind.endswith("planes"):
            colors = np.moveaxis(colors, -1, 0)
            options["planarconfig"] = "separate"
        tifffile.imwrite(path, stored(colors, dtype), **options)
    # 7 bits and half floats are coarser; so is what is rounded again, laid on the background.
    assert np.abs(shown(path) - expected).max() <= ("alpha" in kind or "rgba" in kind) + (dtype in ("i1", "f2"))


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("planes", [False, True])
@pytest.mark.parametrize("colors", [1, 3])
def test_premultiplied_alpha_gives_the_colours_back(colors, planes, dtype, tmp_path):
    """White at every opacity is white."""
    alpha = np.maximum(RAMP, 0.1)
    pixels = np.stack([alpha] * (colors + 1), axis=-1)
    pixels = np.moveaxis(pixels, -1, 0) if planes else pixels
    kind = {1: "minisblack", 3: "rgb"}[colors]
    config = "separate" if planes else "contig"
    tifffile.imwrite(
        tmp_path / "photo.tif",
        stored(pixels, dtype),
        photometric=kind,
        extrasamples=["assocalpha"],
        planarconfig=config,
    )
    assert shown(tmp_path / "photo.tif", "white").min() >= 254
    # On black it is as light as it is opaque.
    assert np.abs(shown(tmp_path / "photo.tif", "black")[..., 0] - levels(alpha)).max() <= 1


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "lzma", "zstd"])
@pytest.mark.parametrize("predictor", [1, 2, 3])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_compressions_that_tifffile_lacks(compression, predictor, byteorder, tmp_path):
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
    (tmp_path / "photo.tif").write_bytes(
        tiff_of(byteorder, strips, rows, bits=(32,) * 3, kind=3, photometric=2, compression=code, predictor=predictor)
    )
    assert (shown(tmp_path / "photo.tif") == levels(PHOTO)).all()


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
def test_integers_of_any_bit_depth(bits, bands, tmp_path):
    for fill, byteorder in itertools.product((1, 2), "<>"):
        check_bits(bits, bands, fill, byteorder, tmp_path)


def check_bits(bits, bands, fill, byteorder, tmp_path):
    values = np.rint((PHOTO if bands == 3 else RAMP[..., None]) * (2**bits - 1)).astype(np.uint32)
    if bits == 16:
        raw = values.astype(byteorder + "u2").reshape(HEIGHT, -1).view("u1")
    else:
        digits = (values[..., None] >> np.arange(bits - 1, -1, -1)) & 1
        raw = np.packbits(digits.reshape(HEIGHT, -1).astype("u1"), axis=1)
    if fill == 2:
        raw = np.packbits(np.unpackbits(raw[..., None], axis=-1)[..., ::-1], axis=-1)[..., 0]
    strips = [raw[row : row + 9].tobytes() for row in range(0, HEIGHT, 9)]
    (tmp_path / "photo.tif").write_bytes(
        tiff_of(byteorder, strips, 9, bits=(bits,) * bands, photometric=2 if bands == 3 else 1, fill=fill)
    )
    expected = levels(values / (2**bits - 1)) * np.ones(3, int)
    assert np.abs(shown(tmp_path / "photo.tif") - expected).max() <= (bits == 16)


@pytest.mark.parametrize(("dtype", "planes"), list(itertools.product(["u1", "u2"], [False, True])))
def test_cmyk(dtype, planes, tmp_path):
    inks = np.zeros((8, 10, 4))
    inks[..., 1:3] = 1  # magenta and yellow
    pixels = np.moveaxis(inks, -1, 0) if planes else inks
    config = "separate" if planes else "contig"
    tifffile.imwrite(tmp_path / "photo.tif", stored(pixels, dtype), photometric="separated", planarconfig=config)
    assert (shown(tmp_path / "photo.tif") == (255, 0, 0)).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_inks_of_other_colours_are_refused(dtype, tmp_path):
    pixels = stored(np.array([[[1.0, 0, 0, 0]]]), dtype)
    path = tmp_path / "photo.tif"
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
def test_palette(dtype, scale, tmp_path):
    """Its colours should have 16 bits; some programs wrote 8."""
    size = 256 if dtype == "u1" else 65536
    colors = np.zeros((3, size), np.uint16)
    colors[:, :2] = np.array([[200, 20], [30, 160], [60, 90]]) * scale
    index = np.tile([0, 1], (8, 4)).astype(dtype)
    tifffile.imwrite(tmp_path / "photo.tif", index, photometric="palette", colormap=colors)
    assert shown(tmp_path / "photo.tif")[0, :2].tolist() == [[200, 30, 60], [20, 160, 90]]


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("planes", [False, True])
@pytest.mark.parametrize(("lab", "expected"), [((60, 20, -20), (167, 133, 180)), ((40, -20, 20), (68, 103, 61))])
def test_lab(lab, expected, planes, dtype, tmp_path):
    """The expected values are colour-science's, Lab_to_XYZ and XYZ_to_sRGB from D50."""
    pixel = np.array([lab[0] * 2.55, lab[1] % 256, lab[2] % 256]) * (1 if dtype == "u1" else 256)
    pixels = np.tile(pixel, (8, 8, 1)).round().astype(dtype)
    pixels = np.moveaxis(pixels, -1, 0) if planes else pixels
    config = "separate" if planes else "contig"
    tifffile.imwrite(tmp_path / "photo.tif", pixels, photometric="cielab", planarconfig=config)
    assert np.abs(shown(tmp_path / "photo.tif")[0, 0] - expected).max() <= 2


@pytest.mark.parametrize("subsampling", [(2, 2), (1, 1)])
def test_subsampled_colours_without_compression(subsampling, tmp_path):
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
    (tmp_path / "photo.tif").write_bytes(content)
    assert np.abs(shown(tmp_path / "photo.tif") - (254, 0, 0)).max() <= 3


def test_floats_up_to_255_are_as_8_bit(tmp_path, caplog):
    values = np.array([[0, 1, 127.4, 255]], np.float32)
    tifffile.imwrite(tmp_path / "photo.tif", values)
    assert shown(tmp_path / "photo.tif")[0, :, 0].tolist() == [0, 1, 127, 255]
    assert "floating-point values go up to 255, not to 1; 255 is taken as white" in caplog.text


def test_floats_beyond_are_scaled_by_the_largest(tmp_path, caplog):
    values = np.array([[[0, 500, 1000], [250, 2000, 0]]], np.float32)
    tifffile.imwrite(tmp_path / "photo.tif", values, photometric="rgb")
    assert shown(tmp_path / "photo.tif")[0].tolist() == [[0, 64, 128], [32, 255, 0]]
    assert "2000 is taken as white" in caplog.text


def test_a_little_beyond_1_is_cut_off(tmp_path, caplog):
    tifffile.imwrite(tmp_path / "photo.tif", np.array([[0, 0.5, 1, 1.04]], np.float32))
    assert shown(tmp_path / "photo.tif")[0, :, 0].tolist() == [0, 128, 255, 255]
    assert not caplog.records


@pytest.mark.parametrize("planes", [False, True])
@pytest.mark.parametrize("bands", [3, 4])
def test_nan_is_background(bands, planes, tmp_path, caplog):
    pixels = np.full((2, 4, bands), 0.5, np.float32)
    pixels[..., 3:] = 1
    pixels[0, 1, 2], pixels[1, 2, :3], pixels[0, 3, 0] = np.nan, np.inf, -np.inf
    config = "separate" if planes else "contig"
    stack = np.moveaxis(pixels, -1, 0) if planes else pixels
    extra = ["unassalpha"] if bands == 4 else None
    tifffile.imwrite(tmp_path / "photo.tif", stack, photometric="rgb", planarconfig=config, extrasamples=extra)
    result = shown(tmp_path / "photo.tif", "#0a141e")
    assert result[0].tolist() == [[128] * 3, [10, 20, 30], [128] * 3, [0, 128, 128]]
    assert result[1, 2].tolist() == [255] * 3
    assert "there are NaN values; they count as transparent" in caplog.text
    assert "infinite values; they count as white, or as black where negative" in caplog.text


def test_negative_numbers_are_black(tmp_path, caplog):
    tifffile.imwrite(tmp_path / "photo.tif", np.array([[-32768, -1, 0, 16384, 32767]], np.int16))
    assert shown(tmp_path / "photo.tif")[0, :, 0].tolist() == [0, 0, 0, 128, 255]
    assert "negative values; they count as black" in caplog.text


def test_32_bits_that_hold_16_are_taken_for_16(tmp_path, caplog):
    tifffile.imwrite(tmp_path / "photo.tif", np.array([[0, 32896, 65535]], np.uint32))
    assert shown(tmp_path / "photo.tif")[0, :, 0].tolist() == [0, 128, 255]
    assert "they are treated as 16-bit" in caplog.text


def test_bands_that_are_not_colours_are_ignored(tmp_path, caplog):
    pixels = np.dstack([levels(PHOTO), np.zeros((HEIGHT, WIDTH, 2))]).astype("u2") * 257
    tifffile.imwrite(tmp_path / "photo.tif", pixels, photometric="rgb", extrasamples=["unspecified"] * 2)
    assert (shown(tmp_path / "photo.tif") == levels(PHOTO)).all()
    assert "2 of the 5 samples per pixel are not colours" in caplog.text


@pytest.mark.parametrize("config", ["contig", "separate"])
@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
def test_transparency_may_stand_behind_other_bands(kind, config, tmp_path, caplog):
    """Five samples: red, green, blue, one of no meaning, and an opacity of nothing, half and all."""
    opacity = np.array([[0, 128, 255]], np.uint8)
    colors = np.full((1, 3, 3), 255) * (opacity[..., None] / 255 if kind == "assocalpha" else 1)
    samples = np.dstack([colors, np.full((1, 3), 99), opacity]).astype(np.uint8)
    samples = samples if config == "contig" else samples.transpose(2, 0, 1)
    tifffile.imwrite(
        *(tmp_path / "photo.tif", samples),
        photometric="rgb",
        planarconfig=config,
        extrasamples=["unspecified", kind],
    )
    result = np.asarray(decode(str(tmp_path / "photo.tif"), "black"))
    assert np.abs(result[0, :, 0].astype(int) - [0, 128, 255]).max() <= 1
    assert "1 of the 5 samples per pixel are not colours" in caplog.text


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_profile_and_orientation(dtype, tmp_path):
    pixels = stored(np.full((8, 16, 3), 128 / 255), dtype)
    orientation = (274, 3, 1, 6, False)
    tifffile.imwrite(
        tmp_path / "photo.tif", pixels, photometric="rgb", iccprofile=profiles.linear(), extratags=[orientation]
    )
    result = shown(tmp_path / "photo.tif")
    assert result.shape == (16, 8, 3)
    assert np.abs(result - 188).max() <= 1  # sRGB's value of linear 128 / 255


@pytest.mark.parametrize(("kind", "value"), [(1, 6), (2, "6"), (3, 6), (4, 6)], ids=["byte", "text", "short", "long"])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_orientation_of_any_type(dtype, kind, value, tmp_path):
    pixels = stored(PHOTO, dtype)
    tag = (274, kind, 1, value, False)
    tifffile.imwrite(tmp_path / "photo.tif", pixels, photometric="rgb", extratags=[tag])
    assert (shown(tmp_path / "photo.tif") == np.rot90(levels(PHOTO), -1)).all()


def test_orientation_in_xmp_alone_is_not_applied(tmp_path):
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    tifffile.imwrite(
        tmp_path / "photo.tif", stored(PHOTO, "u1"), photometric="rgb", extratags=[(700, 1, len(xmp), xmp)]
    )
    assert shown(tmp_path / "photo.tif").shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("planes", [False, True])
def test_colours_and_transparency_each_have_their_own_scale(planes, tmp_path):
    pixels = np.concatenate([PHOTO, np.full((HEIGHT, WIDTH, 1), 255)], axis=-1).astype("f4")
    stack = np.moveaxis(pixels, -1, 0) if planes else pixels
    config = "separate" if planes else "contig"
    tifffile.imwrite(tmp_path / "photo.tif", stack, photometric="rgb", extrasamples=["unassalpha"], planarconfig=config)
    assert (shown(tmp_path / "photo.tif") == levels(PHOTO)).all()


@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_a_strip_that_was_left_out_is_black(dtype, tmp_path):
    top = np.full((19, WIDTH), np.iinfo("u2").max if dtype == "u2" else 1).astype(dtype)
    bits, kind = (16, 1) if dtype == "u2" else (32, 3)
    content = tiff_of("<", [top.tobytes(), b""], 19, bits=(bits,), kind=kind)
    place = struct.pack("<I", len(content))
    assert content.count(place) == 1
    (tmp_path / "photo.tif").write_bytes(content.replace(place, bytes(4)))
    result = shown(tmp_path / "photo.tif")
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
    ("make", "name"),
    [("NIKON CORPORATION", "Nikon NEF"), ("SONY", "Sony ARW"), ("Phase One A/S", "Phase One IIQ"), ("Holga", None)],
)
def test_raws_are_refused_with_their_name(make, name, reduced, photometric, tmp_path):
    pages(
        tmp_path / "photo.tif",
        (THUMBNAIL, {"subfiletype": reduced, "subifds": 1, "extratags": [(271, 2, 0, make, True)]}),
        (np.dstack([SENSOR] * 3) if photometric == 34892 else SENSOR, {"photometric": photometric}),
    )
    kind = f"a camera raw ({name})" if name else "a camera raw"
    expected = f"is {kind}, which can't be read; develop it in a raw converter and export it as TIFF or JPEG"
    assert refused(tmp_path / "photo.tif") == expected


@pytest.mark.parametrize(
    ("make", "name"),
    [
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
def test_the_raws_of_all_makers_have_their_names(make, name, tmp_path):
    pages(tmp_path / "photo.tif", (SENSOR, {"photometric": 32803, "extratags": [(271, 2, 0, make, True)]}))
    kind = f"a camera raw ({name})" if name else "a camera raw"
    assert refused(tmp_path / "photo.tif").startswith(f"is {kind}, which can't be read; ")


def test_dng_is_refused_even_without_a_colour_filter(tmp_path):
    version = (50706, 1, 4, b"\x01\x04\0\0", True)
    pages(tmp_path / "photo.tif", (FULL, {"extratags": [version]}))
    assert refused(tmp_path / "photo.tif").startswith("is a camera raw (DNG), which can't be read; ")


def test_a_sensor_in_front_is_raw(tmp_path):
    pages(tmp_path / "photo.tif", (SENSOR, {"photometric": 32803, "extratags": [MAKE]}))
    assert refused(tmp_path / "photo.tif").startswith("is a camera raw (Nikon NEF)")


def test_a_lone_thumbnail_of_a_camera_is_raw(tmp_path):
    """Only the maker knows where its data are."""
    pages(tmp_path / "photo.tif", (THUMBNAIL, {"subfiletype": 1, "extratags": [MAKE]}))
    assert refused(tmp_path / "photo.tif").startswith("is a camera raw (Nikon NEF)")


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"II*\0\x10\0\0\0CR\x02\0", "Canon CR2"),
        (b"IIRO\x08\0\0\0", "Olympus ORF"),
        (b"IIU\0\x18\0\0\0", "Panasonic RW2"),
        (b"II*\0\x08\0\0\0IIII", "Phase One IIQ"),
        (b"FUJIFILMCCD-RAW 0201", "Fujifilm RAF"),
        (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "Canon CR3"),
    ],
)
def test_raws_that_say_so_in_their_header(start, name, tmp_path):
    (tmp_path / "photo.tif").write_bytes(start + bytes(500))
    assert refused(tmp_path / "photo.tif").startswith(f"is a camera raw ({name}), which can't be read; ")


def test_pyramids_are_no_raws(tmp_path):
    pages(tmp_path / "photo.tif", (FULL, {"subifds": 1}), (FULL[::4, ::4], {"subfiletype": 1}))
    assert (shown(tmp_path / "photo.tif") == 200).all()
    assert shown(tmp_path / "photo.tif").shape == FULL.shape


def test_a_thumbnail_that_comes_second_is_none_of_our_business(tmp_path):
    pages(tmp_path / "photo.tif", (FULL, {}), (THUMBNAIL, {"subfiletype": 1}))
    assert shown(tmp_path / "photo.tif").shape == FULL.shape


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_the_photo_behind_its_thumbnail_is_taken(dtype, tmp_path, caplog):
    caplog.set_level("INFO")
    pages(tmp_path / "photo.tif", (THUMBNAIL, {"subfiletype": 1}), (stored(FULL / 255, dtype), {}))
    assert (shown(tmp_path / "photo.tif") == 200).all()
    assert shown(tmp_path / "photo.tif").shape == FULL.shape
    assert "the first page is a reduced copy; page 2, the photo, is used" in caplog.text


def test_the_photo_inside_its_thumbnail_is_taken(tmp_path, caplog):
    caplog.set_level("INFO")
    pages(tmp_path / "photo.tif", (THUMBNAIL, {"subfiletype": 1, "subifds": 1}), (FULL, {}))
    assert shown(tmp_path / "photo.tif").shape == FULL.shape
    assert "the photo inside it is used" in caplog.text


def test_a_lone_reduced_copy_is_taken_with_a_warning(tmp_path, caplog):
    pages(tmp_path / "photo.tif", (FULL, {"subfiletype": 1}))
    assert shown(tmp_path / "photo.tif").shape == FULL.shape
    assert "the full picture is not in the file" in caplog.text


# Damage, limits, kinds that are not read


def test_truncated_files(tmp_path, caplog):
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, stored(PHOTO, "f4"), photometric="rgb", rowsperstrip=4)
    path.write_bytes(path.read_bytes()[:-3000])
    assert "allow_truncated: true" in refused(path)
    result = shown(path, allow_truncated=True)
    assert (result[:20] == levels(PHOTO)[:20]).all()
    assert "using the part that can be decoded" in caplog.text


def test_limit_is_looked_at_before_anything_is_decoded(tmp_path, monkeypatch):
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, stored(PHOTO, "f4"), photometric="rgb")
    monkeypatch.setattr("photopalette.photo.decode.read_page", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(JobError, match=r"is 53 × 37 pixels, 0\.001961 megapixels, over the limit of 0\.001; raise"):
        decode(str(path), "white", max_megapixels=0.001)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_huge_tiles_of_a_small_picture_are_refused(compression, dtype, tmp_path):
    """Decoders would allocate gigabytes before looking at what is in them."""
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, stored(PHOTO, dtype), photometric="rgb", tile=(48, 64), compression=compression)
    content = path.read_bytes()
    length = struct.pack("<HHII", 323, 4, 1, 48)
    assert length in content
    path.write_bytes(content.replace(length, struct.pack("<HHII", 323, 4, 1, 1 << 24)))
    assert refused(path) == "is a TIFF of an unsupported kind (tiles of 64 × 16777216 pixels); export it as PNG or JPEG"


def test_many_small_tiles_of_a_large_picture_are_read(tmp_path):
    tifffile.imwrite(tmp_path / "photo.tif", np.zeros((4200, 4200), "u1"), tile=(512, 512), compression="deflate")
    assert decode(str(tmp_path / "photo.tif"), "white").size == (4200, 4200)


@pytest.mark.parametrize("entry", [(256, 1, 1, 64), (256, 4, 118, 64), (256, 4, 1, 0), (256, 2, 3, 64)])
def test_sizes_that_are_not_numbers_count_as_damage(entry, tmp_path):
    """To Python, a byte string times a number is a longer byte string."""
    content = tiff_of("<", [bytes(64)], 1 << 31, bits=(8,), size=(64, 0xFFFF0010))
    (tmp_path / "photo.tif").write_bytes(
        content.replace(struct.pack("<HHII", 256, 4, 1, 64), struct.pack("<HHII", *entry))
    )
    tracemalloc.start()
    assert "damaged" in refused(tmp_path / "photo.tif")
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("bits", "kind", "photometric"),
    [((24,), 3, 1), ((32,), 5, 1), ((64,), 6, 1), ((5, 6, 5), 1, 2), ((16,) * 3, 1, 32845), ((8,) * 3, 1, 10)],
    ids=["24-bit floats", "complex integers", "complex", "565", "LogLuv", "ITU Lab"],
)
def test_unsupported_kinds_are_named(bits, kind, photometric, tmp_path):
    (tmp_path / "photo.tif").write_bytes(
        tiff_of("<", [bytes(WIDTH * HEIGHT * 32)], HEIGHT, bits=bits, kind=kind, photometric=photometric)
    )
    message = refused(tmp_path / "photo.tif")
    assert message.startswith("is a TIFF of an unsupported kind")
    assert message.endswith("; export it as PNG or JPEG")


def test_a_compression_that_this_build_of_libtiff_lacks_is_no_damage(tmp_path):
    stream = io.BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), (10, 100, 200)).save(stream, "WEBP", lossless=True)
    path = tmp_path / "photo.tif"
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
def test_damaged_tags_cost_no_photo(dtype, tag, tmp_path):
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
        (tmp_path / "photo.tif").write_bytes(sound[:at] + entry + sound[at + 12 :])
        assert (shown(tmp_path / "photo.tif") == expected).all()
