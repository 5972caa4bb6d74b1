"""Identify image files by their content, and name the remedy for those that can't be read."""

import re
from collections.abc import Callable

from photopalette.run.job import JobError

# The formats of photographs. Pillow opens more, but untrusted files should reach as few decoders as possible:
# PostScript, for example, runs Ghostscript. (The MPO files of phones open as JPEG.)
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "WEBP", "AVIF", "HEIF", "TIFF", "JPEG2000", "QOI")

# Their names in messages, with the article.
NAMES = dict.fromkeys(FORMATS, "") | {
    **{"JPEG": "a JPEG", "PNG": "a PNG", "GIF": "a GIF", "BMP": "a BMP", "PPM": "a PPM", "WEBP": "a WebP"},
    **{"AVIF": "an AVIF", "HEIF": "a HEIC", "TIFF": "a TIFF", "JPEG2000": "a JPEG 2000 file", "QOI": "a QOI"},
}

_HEAD = 4096  # bytes that identify a file
_PAGE = 65536  # bytes that identify text, which may begin with long comments

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"mif1", b"mif2", b"mif3", b"msf1"}

_EXPORT = "export it as PNG or JPEG"
_DEVELOP = "develop it in a raw converter and export it as TIFF or JPEG"
_FRAME = "save a frame of it as PNG or JPEG"
_SAVE = "save the picture in it as PNG or JPEG"
_UNPACK = "unpack it and name the picture in it"
_PHOTO = "name a photo instead"
_UNCRUSH = "convert it with Xcode's pngcrush -revert-iphone-optimizations in.png out.png"

_ICLOUD = "which iCloud leaves in place of a file not yet downloaded"

# Unsupported image formats: offset, signature, name, remedy.
_PICTURES = (
    (8, b"CR\x02", "a camera raw (Canon CR2)", _DEVELOP),
    (4, b"ftypcrx ", "a camera raw (Canon CR3)", _DEVELOP),
    (6, b"HEAPCCDR", "a camera raw (Canon CRW)", _DEVELOP),
    (0, b"FUJIFILMCCD-RAW", "a camera raw (Fujifilm RAF)", _DEVELOP),
    (0, b"IIRO", "a camera raw (Olympus ORF)", _DEVELOP),
    (0, b"IIRS", "a camera raw (Olympus ORF)", _DEVELOP),
    (0, b"MMOR", "a camera raw (Olympus ORF)", _DEVELOP),
    (0, b"IIU\0", "a camera raw (Panasonic RW2)", _DEVELOP),
    (8, b"IIII", "a camera raw (Phase One IIQ)", _DEVELOP),
    (8, b"MMMM", "a camera raw (Phase One IIQ)", _DEVELOP),
    (0, b"FOVb", "a camera raw (Sigma X3F)", _DEVELOP),
    (0, b"\0MRM", "a camera raw (Minolta MRW)", _DEVELOP),
    (0, b"\xff\x0a", "JPEG XL", _EXPORT),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL", _EXPORT),
    (0, b"II\xbc", "JPEG XR", _EXPORT),
    (0, b"8BPS", "a Photoshop document (PSD)", _EXPORT),
    (0, b"gimp xcf", "a GIMP image (XCF)", _EXPORT),
    (0, b"v/1\x01", "OpenEXR", _EXPORT),
    (0, b"\x89PNG\r\n\x1a\n\0\0\0\x04CgBI", "a PNG in Apple's own variant (CgBI)", _UNCRUSH),
    (0, b"#?RADIANCE", "a Radiance picture (HDR)", _EXPORT),
    (0, b"#?RGBE", "a Radiance picture (HDR)", _EXPORT),
    (0, b"P7\n", "a PAM", _EXPORT),
    (0, b"PF\n", "a PFM in colour", _EXPORT),
    (0, b"\0\0\x01\0", "an icon (ICO)", _EXPORT),
    (0, b"icns", "an icon (ICNS)", _EXPORT),
    (0, b"DDS ", "a texture (DDS)", _EXPORT),
    (0, b"\xabKTX ", "a texture (KTX)", _EXPORT),
    (0, b"\x0a\x05\x01", "a PCX", _EXPORT),
    (0, b"\x01\xda", "an SGI picture", _EXPORT),
    (0, b"\x59\xa6\x6a\x95", "a Sun raster", _EXPORT),
    (0, b"\x8aMNG", "an MNG animation", _EXPORT),
    (0, b"\x8bJNG", "a JNG", _EXPORT),
    (0, b"FLIF", "FLIF", _EXPORT),
    (0, b"BPG\xfb", "BPG", _EXPORT),
    (0, b"SIMPLE  =", "FITS", _EXPORT),
    (128, b"DICM", "DICOM", _EXPORT),
    (0, b"AT&TFORM", "DjVu", _EXPORT),
    (0, b"SQLite format 3\0", "a database, or a Clip Studio or Affinity document", _EXPORT),
    (0, b"\xd7\xcd\xc6\x9a", "a Windows metafile (WMF)", _EXPORT),
    (40, b" EMF", "a Windows metafile (EMF)", _EXPORT),
    (0, b"/* XPM", "an XPM", _EXPORT),
)

# Files that are not images, likewise.
_OTHERS = (
    (0, b"%!PS", "PostScript, not a raster image", "export it as PNG"),
    (0, b"\xc5\xd0\xd3\xc6", "PostScript, not a raster image", "export it as PNG"),
    (0, b"version https://git-lfs", "a Git LFS pointer", "fetch the picture itself with git lfs pull"),
    (0, b"\x1aE\xdf\xa3", "a video (WebM or Matroska)", _FRAME),
    (8, b"AVI LIST", "a video (AVI)", _FRAME),
    (0, b"\0\0\x01\xba", "a video (MPEG)", _FRAME),
    (0, b"\0\0\x01\xb3", "a video (MPEG)", _FRAME),
    (0, b"0&\xb2u\x8ef\xcf\x11", "a video (WMV)", _FRAME),
    (0, b"FLV\x01", "a video (FLV)", _FRAME),
    (0, b"OggS", "an audio file (Ogg)", _PHOTO),
    (0, b"ID3", "an audio file (MP3)", _PHOTO),
    (8, b"WAVEfmt", "an audio file (WAV)", _PHOTO),
    (0, b"\0\x05\x16\x07", "a macOS sidecar file (AppleDouble)", "name the file without the ._ prefix"),
    (0, b"\x1f\x8b", "a gzip archive", _UNPACK),
    (0, b"7z\xbc\xaf'\x1c", "a 7z archive", _UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (0, b"BZh", "a bzip2 archive", _UNPACK),
    (0, b"\xfd7zXZ\0", "an xz archive", _UNPACK),
    (0, b"(\xb5/\xfd", "a Zstandard archive", _UNPACK),
    (257, b"ustar", "a tar archive", _UNPACK),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document", _SAVE),
    (0, b"{\\rtf", "an RTF document", _SAVE),
    (0, b"L\0\0\0\x01\x14\x02\0", "a Windows shortcut", "name the file it points to"),
    (0, b"bplist", f"a property list, {_ICLOUD}", "download the photo first"),
    (0, b"\x93NUMPY", "a NumPy array", _EXPORT),
    (0, b"\x89HDF", "HDF5", _EXPORT),
    (0, b"\x7fELF", "a program", _PHOTO),
)

# Kinds of ZIP archives by their first entry: its beginning, name, remedy.
_ZIPPED = (
    (b"mimetypeapplication/x-krita", "a Krita document", _EXPORT),
    (b"mimetypeimage/openraster", "an OpenRaster picture", _EXPORT),
    (b"mimetypeapplication/epub", "an e-book", _SAVE),
    (b"mimetypeapplication/vnd.oasis", "an OpenDocument", _SAVE),
    (b"[Content_Types].xml", "an Office document", _SAVE),
    (b"_rels/.rels", "an Office document", _SAVE),
    (b"document.json", "a Sketch document", _EXPORT),
)

# What may precede the root element of XML: declaration, comments, doctype.
_PROLOGUE = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?(?:-->|\Z)|<!doctype\s+svg[^>\[]*(?:\[.*?\])?\s*>)*", re.DOTALL)


def identify(path: str) -> str:
    """Identify the format of an image file.

    Returns
    -------
    str
        One of :data:`FORMATS`.

    Raises
    ------
    JobError
        If it is another kind of file; the message names the kind, if known.
    """
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    for offset, magic, name, remedy in _PICTURES:
        if head.startswith(magic, offset):
            # These signatures follow a TIFF header; elsewhere the bytes are a coincidence.
            if offset == 8 and not head.startswith(_TIFF):
                continue
            raise JobError(f"{path} is {name}, which can't be read; {remedy}")
    for fmt, has in _TELLTALES.items():
        if has(head):
            return fmt
    if other := _other(path, head):
        raise JobError(f"{path} is not a readable image (it looks like {other[0]}); {other[1]}")
    if _is_tga(path, head):
        raise JobError(f"{path} is a TGA, which can't be read; {_EXPORT}")
    raise JobError(f"{path} is not a readable image; correct 'source'")


def _brands(head: bytes) -> tuple[bytes, set[bytes]]:
    """Read the major brand and the compatible brands of an ISO base media file."""
    if head[4:8] != b"ftyp":
        return b"", set()
    end = min(int.from_bytes(head[:4]), len(head))
    return head[8:12], {head[at : at + 4] for at in range(16, end - 3, 4)}


def _is_avif(head: bytes) -> bool:
    major, compatible = _brands(head)
    return major not in _HEIC_BRANDS and bool({major, *compatible} & _AVIF_BRANDS)


def _is_heic(head: bytes) -> bool:
    major, compatible = _brands(head)
    return not _is_avif(head) and bool({major, *compatible} & (_HEIC_BRANDS | _HEIF_BRANDS))


_TELLTALES: dict[str, Callable[[bytes], bool]] = {
    "JPEG": lambda head: head.startswith(b"\xff\xd8\xff"),
    "PNG": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "GIF": lambda head: head.startswith((b"GIF87a", b"GIF89a")),
    "BMP": lambda head: head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS,
    "PPM": lambda head: re.match(rb"P[1-6f][\s#]", head) is not None,
    "WEBP": lambda head: head.startswith(b"RIFF") and head.startswith(b"WEBP", 8),
    "AVIF": _is_avif,
    "HEIF": _is_heic,
    "TIFF": lambda head: head.startswith(_TIFF),
    "JPEG2000": lambda head: head.startswith((b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  \r\n\x87\n")),
    "QOI": lambda head: head.startswith(b"qoif"),
}


def _other(path: str, head: bytes) -> tuple[str, str] | None:
    """Find the name and the remedy of a file that is not an image, if known."""
    for offset, magic, name, remedy in _OTHERS:
        if head.startswith(magic, offset):
            return name, remedy
    if head.startswith(b"PK\x03\x04"):
        entry = head[30:120]
        return next(((n, r) for mark, n, r in _ZIPPED if entry.startswith(mark)), ("a ZIP archive", _UNPACK))
    major, _ = _brands(head)
    if major == b"qt  " or head[4:8] in (b"moov", b"mdat", b"wide", b"skip", b"free"):
        return "a video (QuickTime MOV)", _FRAME
    if major:
        return "a video or audio file (MP4)", _FRAME
    if head and not head.strip(b"\0"):
        return "an unfinished file with nothing but zeros in it", "get the file again"
    with open(path, "rb") as file:
        text = file.read(_PAGE).removeprefix(b"\xef\xbb\xbf").lower()
    root = text[_PROLOGUE.match(text).end() :]
    if root.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<meta", b"<title")):
        return "a web page", "save the picture itself, not the page around it"
    if root.startswith((b"<svg", b"<!doctype svg")):
        return "an SVG drawing, not a raster image", "export it as PNG"
    if root.startswith(b"%pdf"):
        return "a PDF, not a raster image", "export it as PNG"
    return None


def _is_tga(path: str, head: bytes) -> bool:
    """Tell whether a file is a TGA, by the signature at its end or, as that is optional, a plausible header."""
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 18, 0))
        if file.read().startswith(b"TRUEVISION-XFILE."):
            return True
    if len(head) < 18 or head[1] > 1 or head[2] not in (1, 2, 3, 9, 10, 11) or head[16] not in (8, 15, 16, 24, 32):
        return False
    width, height = int.from_bytes(head[12:14], "little"), int.from_bytes(head[14:16], "little")
    return width > 0 and height > 0 and (head[1] == 1) == any(head[3:8]) == (head[2] in (1, 9))
