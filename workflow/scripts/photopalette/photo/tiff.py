"""Find the photo in a TIFF, and decode the kinds that Pillow decodes wrongly or not at all."""

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from photopalette.photo.depth import Survey, survey, to_8_bit, white
from photopalette.photo.metadata import Buffer, Metadata, take_exif, upright
from photopalette.run.job import JobError, log

if TYPE_CHECKING:
    import tifffile

_REDUCED, _MASK = 1, 4  # bits of NewSubfileType
_COLOR_FILTER_ARRAY, _LINEAR_RAW = 32803, 34892
_RAW = (_COLOR_FILTER_ARRAY, _LINEAR_RAW)
_DNG_VERSION, _MAKE, _SUBIFDS = 50706, 271, 330
_MAX_SUBIFDS = 16
_MAX_BYTES_A_PIXEL = 64
_MAX_SPARE_PIXELS = 1 << 24  # of tiles, beyond the edges of the picture

# Names of raw formats by the beginning of the camera's make, in lower case.
_RAW_NAMES = {
    **{"nikon": "Nikon NEF", "sony": "Sony ARW", "canon": "Canon CR2", "pentax": "Pentax PEF", "ricoh": "Pentax PEF"},
    **{"hasselblad": "Hasselblad 3FR", "phase one": "Phase One IIQ", "leaf": "Leaf MOS", "samsung": "Samsung SRW"},
    **{"olympus": "Olympus ORF", "om digital": "Olympus ORF", "panasonic": "Panasonic RW2", "leica": "Leica raw"},
    **{"epson": "Epson ERF", "seiko epson": "Epson ERF", "kodak": "Kodak DCR", "eastman kodak": "Kodak DCR"},
    **{"mamiya": "Mamiya MEF", "fujifilm": "Fujifilm RAF", "minolta": "Minolta MRW", "konica": "Minolta MRW"},
}

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR, _LAB = 0, 1, 2, 3, 5, 6, 8
_MODES = {_WHITE_IS_ZERO: "L", _BLACK_IS_ZERO: "L", _RGB: "RGB", _PALETTE: "RGB", _CMYK: "CMYK", _LAB: "LAB"}
_COLORS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _CMYK: 4, _YCBCR: 3, _LAB: 3}
_UNSPECIFIED, _PREMULTIPLIED = 0, 1
_INK_SET, _OTHER_INKS, _INK_NAMES = 332, 2, 333

_NONE, _OLD_DEFLATE, _DEFLATE, _PACKBITS, _LZW, _LZMA, _ZSTD = 1, 32946, 8, 32773, 5, 34925, 50000
WEBP = 50001
_OF_BYTES = (_NONE, _OLD_DEFLATE, _DEFLATE, _PACKBITS, _LZW, _LZMA, _ZSTD)

_REVERSED = np.packbits(np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)[:, ::-1], axis=1)[:, 0]


class UnreadableKindError(Exception):
    """The file is of a kind that can't be read, which the message names, though it may be sound."""


@dataclass
class Photo:
    """The page of a TIFF that is the photo."""

    page: "tifffile.TiffPage"
    number: int | None  # in the chain of pages; None for a page inside another
    pages: int
    metadata: Metadata


def find_photo(file: io.BufferedIOBase, data: Buffer, path: str) -> Photo:
    """Find the page of a TIFF that is the photo, without decoding any.

    Parameters
    ----------
    file
        The open TIFF, which is left open.
    data
        Its content.
    path
        Its name in messages.

    Raises
    ------
    JobError
        If it is a camera raw.
    UnreadableKindError
        If it would take far more memory than its pixels, or has other inks than those of CMYK.
    """
    import tifffile

    tiff = tifffile.TiffFile(file)
    first = tiff.pages[0]
    count = len(tiff.pages)
    inner = _inner_pages(first)
    _refuse_raw(path, first, inner)
    photo, number = first, 0
    if _is_reduced(first):
        full = next((n for n in range(1, min(count, 64)) if not _is_reduced(tiff.pages[n])), None)
        whole = next((page for page in inner if not _is_reduced(page)), None)
        if full is not None:
            photo, number = tiff.pages[full], full
            _refuse_raw(path, photo, _inner_pages(photo))
            log.info("the first page is a reduced copy; page %d, the photo, is used", full + 1)
        elif whole is not None:
            photo, number = whole, None
            log.info("the first page is a reduced copy; the photo inside it is used")
        elif inner or _value(first, _MAKE):
            raise JobError(_raw_message(path, first))
        else:
            log.warning("the only page is marked as a reduced copy, but the full picture is not in the file")
    _check_memory(photo)
    _check_inks(photo)
    return Photo(photo, number, count, _metadata(photo, data))


def _check_memory(page: Any) -> None:
    """Refuse a page whose samples or tiles take far more memory than its pixels, as decoders allocate whole tiles."""
    sizes = [page.imagewidth, page.imagelength, page.samplesperpixel, page.imagedepth]
    sizes += [page.tilewidth, page.tilelength] if page.is_tiled else []
    if not all(isinstance(size, int) and size > 0 for size in sizes):
        raise ValueError("its sizes are not numbers")
    if page.samplesperpixel * max(np.atleast_1d(_value(page, 258, 1)).tolist()) > 8 * _MAX_BYTES_A_PIXEL:
        raise UnreadableKindError(f"{page.samplesperpixel} samples per pixel")
    if page.is_tiled:
        tiled = (page.imagewidth + page.tilewidth) * (page.imagelength + page.tilelength)
        if tiled > 4 * page.imagewidth * page.imagelength + _MAX_SPARE_PIXELS:
            raise UnreadableKindError(f"tiles of {page.tilewidth} × {page.tilelength} pixels")


def _check_inks(page: Any) -> None:
    """Refuse inks other than those of CMYK without a profile, which decoders would take for CMYK."""
    other = _value(page, 262) == _CMYK and _value(page, _INK_SET) == _OTHER_INKS
    if other and page.tags.get(34675) is None:
        names = str(_value(page, _INK_NAMES, "")).lower().split("\0")
        if names[:4] != ["cyan", "magenta", "yellow", "black"]:
            raise UnreadableKindError("inks other than cyan, magenta, yellow and black")


def _value(page: Any, tag: int, default: Any = None) -> Any:
    """Return the value of a tag, or the default if it is missing or damaged."""
    found = page.tags.get(tag)
    return default if found is None or found.value is None else found.value


def _is_reduced(page: Any) -> bool:
    """Tell whether a page is a reduced copy of another, or a mask."""
    kind, old_kind = _value(page, 254, 0), _value(page, 255, 1)
    flags = kind if isinstance(kind, int) else 0
    return bool(flags & (_REDUCED | _MASK)) or old_kind == 2


def _inner_pages(page: Any) -> list[Any]:
    """List the readable pages inside a page (SubIFDs)."""
    import tifffile

    offsets = page.subifds or ()
    handle, pages = page.parent.filehandle, []
    for offset in offsets[:_MAX_SUBIFDS]:
        try:
            handle.seek(offset)
            pages.append(tifffile.TiffPage(page.parent, index=(0, len(pages))))
        except Exception:  # tifffile raises errors of any kind on damaged directories
            continue
    return pages


def _refuse_raw(path: str, page: Any, inner: list[Any]) -> None:
    """Raise an error if a page, or one inside it, is a camera raw."""
    if page.tags.get(_DNG_VERSION) is not None or any(_value(p, 262) in _RAW for p in (page, *inner)):
        raise JobError(_raw_message(path, page))


def _raw_message(path: str, page: Any) -> str:
    make = str(_value(page, _MAKE, "")).strip().lower()
    name = "DNG" if page.tags.get(_DNG_VERSION) is not None else ""
    name = name or next((known for start, known in _RAW_NAMES.items() if make.startswith(start)), "")
    kind = f"a camera raw ({name})" if name else "a camera raw"
    return f"{path} is {kind}, which can't be read; develop it in a raw converter and export it as TIFF or JPEG"


def _metadata(page: Any, data: Buffer) -> Metadata:
    """Read the orientation and the colour profile of a page."""
    found = Metadata()
    if not page.parent.is_bigtiff and page.tags.get(34665) is not None:
        take_exif(data, found)  # EXIF is a directory of the TIFF
    found.orientation = upright(_value(page, 274))
    profile = _value(page, 34675)
    if page.tags.get(34675) is not None:
        found.icc = profile if isinstance(profile, bytes) else b"damaged"
    return found


def pillow_reads(page: Any) -> bool:
    """Tell whether Pillow decodes a page correctly: integers of up to 8 bits, and interleaved ones of 16."""
    photometric, bits, samples = _value(page, 262), _bits(page), page.samplesperpixel
    if page.compression not in _OF_BYTES or photometric is None:
        return True  # compressions such as JPEG and fax, and pages without a photometric interpretation
    if photometric not in _COLORS:
        return False
    sample_format = _value(page, 339, 1)
    if sample_format not in (1, 4) and set(np.atleast_1d(sample_format).tolist()) != {1}:
        return False
    if samples > 1 and page.planarconfig == 2:
        return False
    extra = samples - _COLORS[photometric]
    if photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO):
        return extra == 0 and bits in (1, 2, 4, 8)
    if photometric == _PALETTE:
        colors = _value(page, 320)
        return extra == 0 and bits in (1, 2, 4, 8) and colors is not None and int(np.max(colors)) > 255
    if photometric == _RGB:
        return extra in (0, 1) and (bits == 8 or (bits == 16 and not _extra(page)[1]))
    if photometric == _CMYK:
        return extra == 0 and bits in (8, 16)
    return extra == 0 and bits == 8


def _bits(page: Any) -> int:
    """Return the number of bits per sample, or 0 if samples differ."""
    bits = set(np.atleast_1d(_value(page, 258, 1)).tolist())
    return bits.pop() if len(bits) == 1 else 0


def _extra(page: Any) -> tuple[int | None, bool]:
    """Find which extra sample is alpha, if any, and tell whether the colours are premultiplied by it."""
    first = _COLORS[_value(page, 262)]
    kinds = _value(page, 338)
    # Programs that leave the tag out mean alpha.
    kinds = [2] if kinds is None else np.atleast_1d(kinds).tolist()
    found = ((at, kind == _PREMULTIPLIED) for at, kind in enumerate(kinds, first) if kind != _UNSPECIFIED)
    at, premultiplied = next(found, (page.samplesperpixel, False))
    return (at, premultiplied) if at < page.samplesperpixel else (None, False)


def read_page(page: Any, file: io.BufferedIOBase, allow_truncated: bool) -> tuple[Image.Image, Image.Image | None]:
    """Decode a page of a kind that Pillow does not decode correctly (see :func:`pillow_reads`).

    Returns
    -------
    image
        Mode L, RGB, CMYK or LAB, not yet turned upright.
    alpha
        Mode L, or None if all is opaque.

    Raises
    ------
    UnreadableKindError
        If this kind can't be decoded here either.
    ValueError
        If the page is damaged.
    """
    layout = _layout(page, file, allow_truncated)
    colors, mode = _COLORS[layout.photometric], _MODES[layout.photometric]
    at, premultiplied = _extra(page)
    if spare := page.samplesperpixel - colors - (at is not None):
        log.warning("%d of the %d samples per pixel are not colours and are ignored", spare, page.samplesperpixel)
    seen, top, alpha_top = _scales(layout, colors, at)
    write = _writer(layout)
    shape = page.imagelength, page.imagewidth
    bands = np.zeros((*shape, len(mode)), np.uint8)
    alpha = np.full(shape, 255 if at is None else 0, np.uint8)
    missing = np.zeros(shape, bool) if "NaN" in seen.faults else None
    for place, samples, values in _segments(layout):
        over = values[..., at - samples.start] if premultiplied and at in samples else top
        for index in samples:
            band = values[..., index - samples.start]
            if index == at:
                alpha[place] = to_8_bit(band, alpha_top)
            elif index < colors:
                write(bands[place], index, band, over)
            else:
                continue
            if missing is not None:
                missing[place] |= np.isnan(band)
    if premultiplied and page.planarconfig == 2:
        # The alpha plane comes after those of the colours, and has been scaled to 8 bits by now.
        for index in range(len(mode)):
            bands[..., index] = to_8_bit(bands[..., index], alpha)
    if layout.photometric == _WHITE_IS_ZERO:
        np.subtract(255, bands, out=bands)
    if missing is not None:
        alpha[missing] = 0
    image = Image.frombytes(mode, shape[::-1], bands.tobytes())
    return image, None if at is None and missing is None else Image.fromarray(alpha)


def _scales(layout: "_Layout", colors: int, at: int | None) -> tuple[Survey, float, float]:
    """Survey the colours, and choose the values that become 255 in them and in alpha."""

    def blocks(first: int, last: int) -> Iterator[np.ndarray]:
        for _, samples, values in _segments(layout):
            yield values[..., max(first - samples.start, 0) : max(last - samples.start, 0)]

    # The scale of deep samples depends on all their values.
    deep = layout.dtype.kind == "f" or layout.bits >= 32
    seen = survey(blocks(0, colors)) if deep or layout.dtype.kind == "i" else Survey()
    top = white(layout.dtype, layout.bits, seen)
    seen_in_alpha = survey(blocks(at, at + 1)) if deep and at is not None else Survey()
    return seen, top, white(layout.dtype, layout.bits, seen_in_alpha)


def _writer(layout: "_Layout") -> Callable[[np.ndarray, int, np.ndarray, float | np.ndarray], None]:
    """Choose the function that writes a sample of a photometric interpretation to 8-bit bands."""
    if layout.photometric == _PALETTE:
        return partial(_write_palette, _palette(layout.page))
    return partial(_write_lab, layout.bits) if layout.photometric == _LAB else _write_scaled


def _write_scaled(bands: np.ndarray, index: int, values: np.ndarray, top: float | np.ndarray) -> None:
    """Scale grey, red, green, blue or an ink."""
    bands[..., index] = to_8_bit(values, top)


def _write_lab(bits: int, bands: np.ndarray, index: int, values: np.ndarray, top: float | np.ndarray) -> None:
    """Scale L*; of a* and b*, which are signed, keep the upper byte."""
    bands[..., index] = to_8_bit(values, top) if index == 0 and bits > 8 else values >> (bits - 8)


def _write_palette(palette: np.ndarray, bands: np.ndarray, _index: int, values: np.ndarray, _top: float) -> None:
    """Look up palette entries."""
    bands[:] = palette[np.minimum(values, len(palette) - 1)]


@dataclass(frozen=True)
class _Layout:
    """How the samples of a page are stored in its segments, which are strips or tiles."""

    page: Any
    file: io.BufferedIOBase
    allow_truncated: bool
    photometric: int
    bits: int
    dtype: np.dtype  # as stored
    width: int  # of a segment
    height: int
    samples: int  # interleaved in a segment


def _layout(page: Any, file: io.BufferedIOBase, allow_truncated: bool) -> _Layout:
    """Read the layout of a page, or refuse a kind that can't be decoded here."""
    photometric, bits = _value(page, 262), _bits(page)
    formats = set(np.atleast_1d(_value(page, 339, 1)).tolist())
    kind = {1: "u", 2: "i", 3: "f", 4: "u"}.get(formats.pop() if len(formats) == 1 else 0)
    possible = {"u": (*range(1, 17), 32, 64), "i": (8, 16, 32, 64), "f": (16, 32, 64)}.get(kind, ())
    if photometric not in _MODES or bits not in possible or page.compression not in _OF_BYTES:
        raise UnreadableKindError(_kind(page, photometric, bits, kind))
    if page.samplesperpixel < _COLORS[photometric] or page.imagedepth != 1:
        raise UnreadableKindError(f"{page.samplesperpixel} samples per pixel, {page.imagedepth} deep")
    if (photometric == _LAB and (kind != "u" or bits not in (8, 16))) or (photometric == _PALETTE and kind != "u"):
        raise UnreadableKindError(_kind(page, photometric, bits, kind))
    samples = page.samplesperpixel if page.planarconfig == 1 else 1
    if page.is_tiled:
        width, height = page.tilewidth, page.tilelength
    else:
        width, height = page.imagewidth, min(page.rowsperstrip or page.imagelength, page.imagelength)
    size = 1 if bits <= 8 else 2 if bits <= 16 else bits // 8
    order = page.parent.byteorder if bits in (8, 16, 32, 64) else "="
    dtype = np.dtype(f"{order}{kind}{size}")
    return _Layout(page, file, allow_truncated, photometric, bits, dtype, width, height, samples)


def _kind(page: Any, photometric: int, bits: int, kind: str | None) -> str:
    """Describe a kind of page in a message."""
    words = {"u": "unsigned integers", "i": "signed integers", "f": "floating-point numbers"}.get(kind, "mixed numbers")
    how = getattr(page.compression, "name", page.compression)
    return f"{words} of {bits or 'several'} bits, photometric interpretation {photometric}, compression {how}"


def _palette(page: Any) -> np.ndarray:
    """Read the colours of a palette, (N, 3) uint8, which have 16 bits, or from some programs 8."""
    colors = np.asarray(_value(page, 320, ())).reshape(3, -1).T
    if not len(colors):
        raise ValueError("it has no palette")
    return (colors >> (8 if colors.max() > 255 else 0)).astype(np.uint8)


def _segments(layout: _Layout) -> Iterator[tuple[tuple[slice, slice], range, np.ndarray]]:
    """Yield the place, numbers of samples and values of every segment, without damaged ones if allowed."""
    page = layout.page
    across, down = -(-page.imagewidth // layout.width), -(-page.imagelength // layout.height)
    count = across * down * (page.samplesperpixel // layout.samples)
    offsets, lengths = page.dataoffsets, page.databytecounts
    for number in range(count):
        plane, position = divmod(number, across * down)
        row, column = position // across * layout.height, position % across * layout.width
        samples = range(plane, plane + layout.samples) if layout.samples == 1 else range(layout.samples)
        rows = layout.height if page.is_tiled else min(layout.height, page.imagelength - row)
        place = slice(row, row + rows), slice(column, column + layout.width)
        try:
            if number >= len(offsets):
                raise ValueError("strips or tiles are missing")
            values = _segment(layout, offsets[number], lengths[number], rows)
        except (OSError, ValueError, SyntaxError, struct.error):
            if not layout.allow_truncated:
                raise
            continue
        yield place, samples, values[: page.imagelength - row, : page.imagewidth - column]


def _segment(layout: _Layout, offset: int, length: int, rows: int) -> np.ndarray:
    """Decode one segment to an array of (rows, columns, samples)."""
    page, values = layout.page, layout.width * layout.samples
    row_bytes = -(-values * layout.bits // 8)
    size = rows * row_bytes
    if not offset and not length:
        return np.zeros((rows, layout.width, layout.samples), layout.dtype)  # writers may leave out empty segments
    layout.file.seek(offset)
    data = layout.file.read(length if page.compression != _NONE else size)
    if page.fillorder == 2:
        data = _REVERSED[np.frombuffer(data, np.uint8)].tobytes()
    if page.compression != _NONE:
        data = _decompress(data, page.compression, row_bytes, rows)
    if len(data) < size:
        raise ValueError("a strip or tile is cut off")
    raw = np.frombuffer(data, np.uint8, size).reshape(rows, row_bytes)
    if layout.bits not in (8, 16, 32, 64):
        return _unpack(raw, values, layout.bits, layout.dtype).reshape(rows, layout.width, layout.samples)
    if page.predictor == 3 and layout.dtype.kind == "f":
        return _undo_float_predictor(raw, layout)
    whole = raw.view(layout.dtype).reshape(rows, layout.width, layout.samples)
    if page.predictor == 2 and page.compression != _NONE:
        unsigned = layout.dtype.str.replace("i", "u").replace("f", "u")
        native = whole.view(unsigned).astype(unsigned[1:])
        whole = np.cumsum(native, axis=1, dtype=native.dtype).view(layout.dtype.str[1:])
    elif page.predictor not in (1, 2):
        raise UnreadableKindError(f"predictor {page.predictor}")
    return whole


def _decompress(data: bytes, compression: int, row_bytes: int, rows: int) -> bytes:
    """Decompress bytes with Pillow's libtiff, wrapped as a greyscale TIFF of one strip."""
    longs = {256: row_bytes, 257: rows, 258: 8, 259: int(compression), 262: 1, 273: 0, 277: 1, 278: rows}
    longs[279] = len(data)
    longs[273] = 8 + 2 + 12 * len(longs) + 4
    tags = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in longs.items())
    content = struct.pack("<4sIH", b"II*\0", 8, len(longs)) + tags + bytes(4) + data
    return Image.open(io.BytesIO(content), formats=["TIFF"]).tobytes()


def _unpack(raw: np.ndarray, values: int, bits: int, dtype: np.dtype) -> np.ndarray:
    """Unpack integers of any number of bits, (rows, bytes) to (rows, values)."""
    out = np.zeros((len(raw), values), dtype)
    step = max(1, (1 << 20) // values)
    for start in range(0, len(raw), step):
        part = out[start : start + step]
        digits = np.unpackbits(raw[start : start + step], axis=1, count=values * bits).reshape(-1, values, bits)
        for bit in range(bits):
            part <<= 1
            part |= digits[..., bit]
    return out


def _undo_float_predictor(raw: np.ndarray, layout: _Layout) -> np.ndarray:
    """Undo the floating-point predictor (Adobe's TIFF Technical Note 3)."""
    rows, size = len(raw), layout.dtype.itemsize
    sums = np.cumsum(raw.reshape(rows, -1, layout.samples), axis=1, dtype=np.uint8)
    # A row starts with the most significant bytes of all its numbers, whatever the byte order of the file.
    numbers = np.ascontiguousarray(sums.reshape(rows, size, -1).transpose(0, 2, 1)).view(f">f{size}")
    return numbers.reshape(rows, layout.width, layout.samples)
