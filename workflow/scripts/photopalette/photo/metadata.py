"""Read the metadata that affects how an image is shown, and copy a file without its metadata.

Pillow passes on only part of it, takes the orientation from XMP, which viewers ignore, and may fail to open a photo
because of damaged metadata that nobody needs.
"""

import mmap
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from photopalette.run.job import log

Buffer = bytes | mmap.mmap

_MAX_PROFILE = 16 << 20  # bytes; the largest ICC profiles in use, for CMYK, have 3 MB
_EXIF = b"Exif\0\0"
_SOI = b"\xff\xd8"

# PNG chunks that determine the pixels of the first frame.
_PNG_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
# WebP chunks of pixels.
_WEBP_CHUNKS = (b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF")
# TIFF tags that the pixels depend on, including those of old-style JPEG and of subsampling.
_TIFF_TAGS = {254, 255, *range(256, 260), 262, 266, 273, 274, *range(277, 280), 284, 292, 293, 317, *range(320, 326)}
_TIFF_TAGS |= {332, 334, 338, 339, 347, *range(512, 522), *range(529, 533), 34675}


class Cicp(NamedTuple):
    """A colour space as code points (ITU-T H.273)."""

    primaries: int
    transfer: int
    full_range: bool = True
    # Whether transfer functions of SDR video mean ITU-R BT.1886, or sRGB, as browsers take them in AVIF.
    video: bool = False


@dataclass
class Metadata:
    """The metadata that affects how an image is shown; earlier fields on colours take precedence."""

    cicp: Cicp | None = None
    icc: bytes | None = None
    srgb: bool = False
    gamma: float | None = None  # exponent of the encoding, such as 1 / 2.2
    chromaticities: tuple[float, ...] | None = None  # x, y of white, red, green, blue
    adobe_rgb: bool = False
    orientation: int = 1  # EXIF's, 1 to 8
    unknown_colors: str = ""
    channels: tuple[int, ...] | None = None  # indices of red, green, blue and alpha, if in another order
    depths: tuple[int, ...] | None = None  # bits of each channel, if the decoder does not scale them to 8
    crop: tuple[int, int, int, int] | None = None  # left, top, right and bottom, before the picture is turned upright
    unsupported: str = ""  # a feature that no decoder supports, if there is one


def read_metadata(data: Buffer, fmt: str) -> Metadata:
    """Read the metadata of a file, ignoring what is unreadable with a warning in the log.

    Parameters
    ----------
    data
        The content of the file, which may be memory-mapped.
    fmt
        Its format, one of ``file_types.FORMATS``.
    """
    found = Metadata()
    if reader := _READERS.get(fmt):
        try:
            reader(data, found)
        except (ValueError, IndexError, struct.error, zlib.error) as error:
            log.warning("unreadable metadata is ignored (%s)", error)
    return found


def without_metadata(data: Buffer, fmt: str) -> bytes | None:
    """Copy a file without the metadata that decoders don't need, such as profiles; None if that is not possible."""
    stripper = _STRIPPERS.get(fmt)
    try:
        return stripper(data) if stripper else None
    except (ValueError, IndexError, struct.error):
        return None


# EXIF


def read_exif(data: Buffer, found: Metadata) -> None:
    """Read the orientation and whether the colours are Adobe RGB from EXIF.

    Values of more than four bytes are skipped: none is needed, and a malicious file could declare gigabytes.
    """
    while data[:6] == _EXIF:
        data = data[6:]
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None or len(data) < 10:
        raise ValueError("it does not start with an EXIF header")
    main = _directory(data, order, struct.unpack_from(order + "I", data, 4)[0])
    found.orientation = upright(main.get(0x0112))
    exif = _directory(data, order, main.get(0x8769))
    interoperability = _directory(data, order, exif.get(0xA005))
    uncalibrated = exif.get(0xA001) in (2, 65535)
    found.adobe_rgb = uncalibrated and interoperability.get(1) == b"R03\0"


def take_exif(data: Buffer, found: Metadata) -> None:
    """Read EXIF with :func:`read_exif`, ignoring it with a warning in the log if it is unreadable."""
    try:
        read_exif(data, found)
    except (ValueError, struct.error) as error:
        log.warning("unreadable EXIF is ignored (%s)", error)


def _directory(data: Buffer, order: str, offset: object) -> dict[int, object]:
    """Read the numbers and texts of at most four bytes in an EXIF directory, by tag."""
    entries: dict[int, object] = {}
    if not isinstance(offset, int) or not 0 < offset <= len(data) - 2:
        return entries
    (count,) = struct.unpack_from(order + "H", data, offset)
    for at in range(offset + 2, min(offset + 2 + 12 * count, len(data) - 11), 12):
        tag, kind, number = struct.unpack_from(order + "HHI", data, at)
        if kind in (2, 7) and number <= 4:
            entries[tag] = data[at + 8 : at + 8 + number]
        elif kind in _INTEGERS and number == 1:
            entries[tag] = struct.unpack_from(order + _INTEGERS[kind], data, at + 8)[0]
    return entries


_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}


def upright(value: object) -> int:
    """Parse an EXIF orientation, a number or (against the standard) bytes or text of one digit; 1 if invalid."""
    match value:
        case int() if 1 <= value <= 8:
            return int(value)
        case bytes() if len(digits := value.strip(b"\0 ")) == 1:
            return upright(digits[0] - ord("0") if digits.isdigit() else digits[0])
        case str() if value.strip("\0 ").isdigit():
            return upright(int(value.strip("\0 ")[:2]))
    return 1


# JPEG


def _jpeg_segments(data: Buffer) -> Iterator[tuple[int, int, int]]:
    """Yield the marker, start and end of every segment up to the first scan; the length field is included."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:  # some writers leave bytes between segments
            at += 1
            continue
        marker = data[at + 1]
        if marker in (0xFF, 0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        yield marker, at + 2, end
        if marker in (0xDA, 0xD9):
            return
        at = max(end, at + 4)


def _read_jpeg(data: Buffer, found: Metadata) -> None:
    """Read EXIF and the ICC profile."""
    exif, parts = b"", []
    for marker, start, end in _jpeg_segments(data):
        segment = bytes(data[start + 2 : end]) if marker in (0xE1, 0xE2) else b""
        if marker == 0xE1 and segment.startswith(_EXIF):
            # EXIF larger than a segment continues in the next one.
            exif += segment[6:] if exif else segment
        elif marker == 0xE2 and segment.startswith(b"ICC_PROFILE\0") and len(segment) > 14:
            parts.append(segment[12:])
    parts.sort()
    if parts and [part[0] for part in parts] == list(range(1, parts[0][1] + 1)):
        found.icc = b"".join(part[2:] for part in parts)
    elif parts:
        log.warning("the embedded colour profile is incomplete; the colours are taken as sRGB")
    if exif:
        take_exif(exif, found)


def _strip_jpeg(data: Buffer) -> bytes:
    """Drop comments and application segments but for those that decoding needs."""
    kept = [_SOI]
    for marker, start, end in _jpeg_segments(data):
        if marker == 0xDA:
            return b"".join([*kept, data[start - 2 :]])
        # Adobe's and JFIF's segments determine the colour space of the components.
        name, length = bytes(data[start + 2 : start + 7]), end - start
        says = (marker, name) in ((0xEE, b"Adobe"), (0xE0, b"JFIF\0")) and length >= (14 if marker == 0xEE else 16)
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE) or says:
            kept.append(data[start - 2 : end])
    raise ValueError("no scan")


# PNG


def _png_chunks(data: Buffer) -> Iterator[tuple[bytes, int, int]]:
    """Yield the type of every chunk, and the start and end of its content."""
    at = 8
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, at + 8, at + 8 + length
        at += 12 + length


def _read_png(data: Buffer, found: Metadata) -> None:
    """Read the chunks on colours and EXIF; those on colours count only in front of the pixels."""
    chunks: dict[bytes, bytes] = {}
    in_front = True
    for kind, start, end in _png_chunks(data):
        if kind == b"IEND":
            break
        in_front &= kind != b"IDAT"
        if kind not in (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"eXIf") or not (in_front or kind == b"eXIf"):
            continue
        content = bytes(data[start:end])
        if data[end : end + 4] != zlib.crc32(kind + content).to_bytes(4):
            log.warning("the PNG chunk %s has a wrong checksum and is ignored", kind.decode())
        else:
            chunks.setdefault(kind, content)
    for kind, read in _PNG_READERS.items():
        if kind in chunks:
            try:
                read(chunks[kind], found)
            except (ValueError, IndexError, struct.error, zlib.error) as error:
                log.warning("the PNG chunk %s can't be read (%s) and is ignored", kind.decode(), error)


def _read_cicp(content: bytes, found: Metadata) -> None:
    primaries, transfer, matrix, full_range = struct.unpack(">4B", content)
    if matrix != 0:
        raise ValueError("its channels are not red, green and blue")
    found.cicp = Cicp(primaries, transfer, bool(full_range), video=True)


def _read_iccp(content: bytes, found: Metadata) -> None:
    _, _, rest = content.partition(b"\0")
    if not rest or rest[0] != 0:
        raise ValueError("unknown compression")
    inflate = zlib.decompressobj()
    profile = inflate.decompress(rest[1:], _MAX_PROFILE)
    if inflate.unconsumed_tail:
        raise ValueError("it is far too large")
    found.icc = profile


def _read_gama(content: bytes, found: Metadata) -> None:
    (value,) = struct.unpack(">I", content)
    # Decoders take a gamma this extreme for a mistake.
    if not 100 <= value <= 10_000_000:
        raise ValueError(f"its gamma is {value / 100_000:g}")
    found.gamma = value / 100_000


def _read_chrm(content: bytes, found: Metadata) -> None:
    found.chromaticities = tuple(value / 100_000 for value in struct.unpack(">8i", content))


def _read_srgb(content: bytes, found: Metadata) -> None:
    found.srgb = True


_PNG_READERS = {b"cICP": _read_cicp, b"iCCP": _read_iccp, b"sRGB": _read_srgb, b"gAMA": _read_gama}
_PNG_READERS |= {b"cHRM": _read_chrm, b"eXIf": take_exif}


def _strip_png(data: Buffer) -> bytes:
    kept = [bytes(data[:8])]
    kept += [data[start - 8 : end + 4] for kind, start, end in _png_chunks(data) if kind in _PNG_CHUNKS]
    return b"".join(kept)


# WebP


def _webp_chunks(data: Buffer) -> Iterator[tuple[bytes, int, int]]:
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind, at + 8, min(at + 8 + length, len(data))
        at += 8 + length + length % 2


def _read_webp(data: Buffer, found: Metadata) -> None:
    for kind, start, end in _webp_chunks(data):
        if kind == b"ICCP" and end - start <= _MAX_PROFILE:
            found.icc = bytes(data[start:end])
        elif kind == b"EXIF":
            take_exif(data[start : min(end, start + _MAX_PROFILE)], found)


def _strip_webp(data: Buffer) -> bytes:
    """Keep the chunks of pixels and the header, without its flags of ICC profile, EXIF and XMP."""
    kept = b""
    for kind, start, end in _webp_chunks(data):
        content = bytes(data[start:end])
        if kind == b"VP8X":
            kept += kind + struct.pack("<I", len(content)) + bytes([content[0] & 0x12]) + content[1:]
        elif kind in _WEBP_CHUNKS:
            kept += kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(kept)) + b"WEBP" + kept


# BMP


def _read_bmp(data: Buffer, found: Metadata) -> None:
    if data[14:18] == b"\x7c\0\0\0" and data[70:74] == b"DEBM":  # version 5, PROFILE_EMBEDDED
        offset, length = struct.unpack_from("<2I", data, 126)
        found.icc = bytes(data[14 + offset : 14 + offset + min(length, _MAX_PROFILE)])


# AVIF and HEIC (ISO/IEC 14496-12, 23008-12)


def _boxes(data: Buffer, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the type of every box, and the start and end of its content."""
    while start + 8 <= end:
        length, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, start + 8)
            head = 16
        elif length == 0:
            length = end - start
        if length < head or start + length > end:
            return
        yield kind, start + head, start + length
        start += length


def _find(data: Buffer, start: int, end: int, *path: bytes) -> Iterator[tuple[int, int]]:
    """Yield the start and end of boxes at a path of types; `type:n` skips n bytes before the boxes within."""
    name, _, skip = path[0].partition(b":")
    for kind, inner, stop in _boxes(data, start, end):
        if kind == name:
            inner += int(skip or b"0")
            if len(path) == 1:
                yield inner, stop
            else:
                yield from _find(data, inner, stop, *path[1:])


_Box = tuple[bytes, int, int]  # type, start and end


def _read_heif(data: Buffer, found: Metadata) -> None:
    primary, *tiles = _primary(data)
    _read_clap(data, primary, found)
    _read_colr(data, _with_colors(primary, *tiles), found)


def _read_avif(data: Buffer, found: Metadata) -> None:
    primary, *tiles = _primary(data)
    track = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd:8", b"av01:78")
    entry = [box for place in _find(data, 0, len(data), *track) for box in _boxes(data, *place)]
    # Of an animation, the decoder shows the track instead of the primary picture.
    if data[8:12] == b"avis" and entry:
        if any(kind == b"clap" for kind, _, _ in entry):
            found.unsupported = "an animation with a clean aperture"
    else:
        _read_clap(data, primary, found)
        # The decoder combines one of each, in this order, into one orientation.
        turns = [kind for kind, _, _ in primary if kind in (b"irot", b"imir")]
        if turns not in ([], [b"irot"], [b"imir"], [b"irot", b"imir"]):
            found.unsupported = "rotations and mirrors in an unusual order or number"
    _read_colr(data, _with_colors(primary, *tiles), found)
    if not found.icc and not found.cicp:
        _read_colr(data, entry, found)


def _with_colors(*lists: list[_Box]) -> list[_Box]:
    """Return the first list of properties that has a colour box, or an empty one."""
    return next((boxes for boxes in lists if any(kind == b"colr" for kind, _, _ in boxes)), [])


def _primary(data: Buffer) -> list[list[_Box]]:
    """List the property boxes of the primary picture, and those of its first tile, which may have the colours."""
    meta = next(_find(data, 0, len(data), b"meta:4"), None)
    found = next(_find(data, *meta, b"pitm"), None) if meta else None
    if not found:
        return [[]]
    at, _ = found
    primary = int.from_bytes(data[at + 4 : at + (8 if data[at] else 6)])
    items = [primary, *_tiles(data, *meta, primary)]
    shared = [box for place in _find(data, *meta, b"iprp", b"ipco") for box in _boxes(data, *place)]
    used: dict[int, list[int]] = {}
    for at, stop in _find(data, *meta, b"iprp", b"ipma"):
        wide_item, wide_index = data[at] > 0, bool(data[at + 3] & 1)
        (count,) = struct.unpack_from(">I", data, at + 4)
        at += 8
        for _ in range(count):
            if at + (5 if wide_item else 3) > stop:
                break
            item = int.from_bytes(data[at : at + (4 if wide_item else 2)])
            at += 4 if wide_item else 2
            size, number = 2 if wide_index else 1, data[at]
            indices = [int.from_bytes(data[i : i + size]) for i in range(at + 1, at + 1 + size * number, size)]
            at += 1 + size * number
            if item in items:
                used.setdefault(item, []).extend(index & (0x7FFF if wide_index else 0x7F) for index in indices)
    return [[shared[index - 1] for index in used.get(item, []) if 0 < index <= len(shared)] for item in items]


def _tiles(data: Buffer, start: int, end: int, primary: int) -> list[int]:
    """Find the item number of the first tile of a picture that is a grid, as a list of at most one."""
    for at, stop in _find(data, start, end, b"iref"):
        size = 4 if data[at] else 2
        for kind, inner, _ in _boxes(data, at + 4, stop):
            if kind == b"dimg" and int.from_bytes(data[inner : inner + size]) == primary:
                return [int.from_bytes(data[inner + size + 2 : inner + 2 * size + 2])]
    return []


def _read_clap(data: Buffer, boxes: list[_Box], found: Metadata) -> None:
    """Read the clean aperture: the size of the crop and the offset of its centre from the picture's, as fractions."""
    kinds, places = [kind for kind, _, _ in boxes], {kind: start for kind, start, _ in boxes}
    if b"clap" not in kinds:
        return
    try:
        numbers = struct.unpack_from(">2I2IiIiI", data, places[b"clap"])
        width, height, left, top = (Fraction(*numbers[at : at + 2]) for at in range(0, 8, 2))
        size = struct.unpack_from(">2I", data, places[b"ispe"] + 4)
        left, top = left + (size[0] - width) / 2, top + (size[1] - height) / 2
        crop = left, top, left + width, top + height
    except (LookupError, ArithmeticError, struct.error):
        crop = ()
    turns = [kind for kind in kinds if kind in (b"clap", b"irot", b"imir")]
    if turns[0] != b"clap" or turns.count(b"clap") > 1:
        found.unsupported = "a clean aperture that is not cut out first and once"
    elif not crop or any(edge.denominator > 1 for edge in crop):
        found.unsupported = "a clean aperture that is not made of whole pixels"
    elif not (0 <= crop[0] < crop[2] <= size[0] and 0 <= crop[1] < crop[3] <= size[1]):
        found.unsupported = "a clean aperture that extends beyond the picture"
    else:
        found.crop = tuple(map(int, crop))


def _read_colr(data: Buffer, boxes: list[_Box], found: Metadata) -> None:
    """Read the ICC profile, or else the code points, from colour boxes."""
    for kind, start, end in boxes:
        if kind != b"colr":
            continue
        how = bytes(data[start : start + 4])
        if how in (b"prof", b"rICC") and end - start <= _MAX_PROFILE:
            found.icc = bytes(data[start + 4 : end])
        elif how == b"nclx":
            found.cicp = Cicp(*struct.unpack_from(">2H", data, start + 4))
    if found.icc:
        # The profile describes the same colours more precisely.
        found.cicp = None


def _strip_heif(data: Buffer) -> bytes:
    """Change the type of EXIF and XMP items to an unknown one, in place, so that all offsets stay valid."""
    copy = bytearray(data)
    if copy[8:12] not in (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"):
        copy[8:12] = b"mif1"
    for start, end in _find(data, 0, len(data), b"meta:4", b"iinf"):
        for kind, inner, stop in _boxes(data, start + (8 if data[start] else 6), end):
            at = inner + (8 if data[inner] == 2 else 10)
            if kind == b"infe" and at + 4 <= stop and copy[at : at + 4] in (b"Exif", b"mime"):
                copy[at : at + 4] = b"none"
    return bytes(copy)


# JPEG 2000 (ISO/IEC 15444-1)


_CODESTREAM = b"\xff\x4f\xff\x51"
_GREY, _CMYK, _SRGB, _SYCC = (0, 15, 17), 12, 16, 18  # 0 and 15 are bilevel


def _read_jpeg2000(data: Buffer, found: Metadata) -> None:
    """Read the depths from the codestream, and channels and colours from the header boxes, if any."""
    for start in [0] if data[:4] == _CODESTREAM else [start for start, _ in _find(data, 0, len(data), b"jp2c")][:1]:
        _read_depths(data, start, found)
    for start, end in _find(data, 0, len(data), b"jp2h"):
        boxes = [(kind, place) for kind, *place in _boxes(data, start, end)]
        boxes = [(kind, bytes(data[slice(*place)])) for kind, place in boxes if place[1] - place[0] <= _MAX_PROFILE]
        try:
            _read_channels(dict(reversed(boxes)), found)  # the first of each kind
        except (LookupError, struct.error):
            found.unsupported = "channels of unknown meaning"
        _read_color_specification([content for kind, content in boxes if kind == b"colr"], found)
        break


def _read_color_specification(specifications: list[bytes], found: Metadata) -> None:
    """Read the first supported colour specification."""
    for content in specifications:
        method = content[0]
        if method in (2, 3):
            found.icc = content[3:]
            return
        if method == 1:
            (space,) = struct.unpack_from(">I", content, 3)
            if space not in (*_GREY, _CMYK, _SRGB, _SYCC):
                found.unknown_colors = f"JPEG 2000 colour space {space}"
            return


def _read_depths(data: Buffer, start: int, found: Metadata) -> None:
    """Read the bits per channel of a codestream, which Pillow does not scale if fewer than 8."""
    (count,) = struct.unpack_from(">H", data, start + 40)
    depths = tuple((data[at] & 0x7F) + 1 for at in range(start + 42, start + 42 + 3 * count, 3))
    if min(depths) < 8:
        found.depths = depths


def _read_channels(header: dict[bytes, bytes], found: Metadata) -> None:
    """Read the order of the channels, and refuse palettes and channels that Pillow would decode wrongly."""
    count = struct.unpack_from(">H", header.get(b"ihdr", bytes(14)), 8)[0]
    color = header.get(b"colr", b"")
    space = int.from_bytes(color[3:7]) if color[:1] == b"\1" else None
    if found.depths and space == _SYCC:
        found.unsupported = "colours of fewer than 8 bits that are not red, green and blue"
    if b"pclr" in header:
        entries, count = struct.unpack_from(">HB", header[b"pclr"])
        colors = {header[b"pclr"][at : at + 3] for at in range(6, 6 + 3 * entries, 3)}
        plain = header[b"pclr"][2:6] == b"\3\7\7\7" and header[b"ihdr"][8:11] == b"\0\1\7"
        direct = header.get(b"cmap") == b"\0\0\1\0\0\0\1\1\0\0\1\2"
        # Pillow merges equal entries, which shifts those that follow.
        if not plain or not direct or len(colors) < entries or space in _GREY:
            found.unsupported = "an unusual palette"
    if b"cdef" in header:
        (number,) = struct.unpack_from(">H", header[b"cdef"])
        definitions = [struct.unpack_from(">3H", header[b"cdef"], 2 + 6 * index) for index in range(number)]
        places = {(kind, whose): channel for channel, kind, whose in definitions}
        colors = sum(kind == 0 for _, kind, _ in definitions)
        order = [places[0, color] for color in range(1, colors + 1)]
        order += [places[key] for key in ((1, 0),) if key in places]  # opacity of all colours
        if sorted(order) != list(range(count)) or colors not in (1, 3, 4 * (space == _CMYK)):
            found.unsupported = "channels other than colours and plain opacity"
        elif order != sorted(order) and (b"pclr" in header or space == _SYCC):
            found.unsupported = "channels in an unusual order"
        elif order != sorted(order):
            found.channels = tuple(order)


def _strip_jpeg2000(data: Buffer) -> bytes:
    """Keep the boxes that decoding needs."""

    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(content), kind) + content

    kept = b""
    for kind, start, end in _boxes(data, 0, len(data)):
        content = bytes(data[start:end])
        if kind == b"jp2h":
            header = (b"ihdr", b"bpcc", b"colr", b"pclr", b"cmap", b"cdef")
            content = b"".join(box(k, bytes(data[s:e])) for k, s, e in _boxes(data, start, end) if k in header)
        if kind in (b"jP  ", b"ftyp", b"jp2h", b"jp2c"):
            kept += box(kind, content)
    return kept


# TIFF, whose metadata tiff.py reads


def _strip_tiff(data: Buffer) -> bytes:
    """Replace tags that decoding does not need by an unknown one, in place, so that all offsets stay valid."""
    copy = bytearray(data)
    order = "<" if copy[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", copy, 2)[0] == 43
    count_format, size, offset_format = ("Q", 20, "Q") if big else ("H", 12, "I")
    offset = struct.unpack_from(order + offset_format, copy, 8 if big else 4)[0]
    seen: set[int] = set()
    while offset and offset not in seen and len(seen) < 1000:
        seen.add(offset)
        (count,) = struct.unpack_from(order + count_format, copy, offset)
        at = offset + struct.calcsize("=" + count_format)
        if at + count * size > len(copy):
            break
        for entry in range(at, at + count * size, size):
            if struct.unpack_from(order + "H", copy, entry)[0] not in _TIFF_TAGS:
                head = struct.pack(order + "HH" + offset_format, 65_000, 1, 1)
                copy[entry : entry + size] = head + bytes(size - len(head))
        (offset,) = struct.unpack_from(order + offset_format, copy, at + count * size)
    return bytes(copy)


_READERS = {"JPEG": _read_jpeg, "PNG": _read_png, "WEBP": _read_webp, "AVIF": _read_avif, "HEIF": _read_heif}
_READERS |= {"JPEG2000": _read_jpeg2000, "BMP": _read_bmp}
_STRIPPERS = {"JPEG": _strip_jpeg, "PNG": _strip_png, "WEBP": _strip_webp, "AVIF": _strip_heif, "HEIF": _strip_heif}
_STRIPPERS |= {"JPEG2000": _strip_jpeg2000, "TIFF": _strip_tiff}
