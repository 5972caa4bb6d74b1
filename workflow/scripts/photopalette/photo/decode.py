"""Decode any image file to what a colour-managed viewer shows: an upright picture in 8-bit sRGB."""

import io
import math
import mmap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageFile, TiffImagePlugin, UnidentifiedImageError

from photopalette.palettes.reading import parse_color
from photopalette.photo.color_management import to_srgb
from photopalette.photo.depth import survey, to_8_bit, white
from photopalette.photo.file_types import NAMES, identify
from photopalette.photo.metadata import Buffer, Metadata, read_metadata, take_exif, without_metadata
from photopalette.photo.tiff import WEBP, Photo, UnreadableKindError, find_photo, pillow_reads, read_page
from photopalette.run.job import JobError, log
from photopalette.run.secrets import shown

_HALF = 128  # of 255: pixels of at least this opacity count

_TURNS = {
    **{2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM},
    **{5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE},
    **{8: Image.Transpose.ROTATE_90},
}


@dataclass
class Picture:
    """A decoded picture, not yet upright, with its transparency in an image of its own."""

    image: Image.Image
    alpha: Image.Image | None
    metadata: Metadata


def decode(
    path: str,
    background: str,
    allow_truncated: bool = False,
    max_megapixels: float = 200,
    transparency: str = "background",
) -> Image.Image:
    """Decode an image file to what a colour-managed viewer shows.

    Parameters
    ----------
    path
        The file, in one of ``file_types.FORMATS`` and any mode. The first frame is used, the primary picture of a
        HEIC, and the first page of a TIFF that is not a reduced copy.
    background
        Colour behind transparent pixels, as ``palettes.reading.parse_color`` reads it.
    allow_truncated
        Whether to use the part of a damaged file that can be decoded, with a warning in the log.
    max_megapixels
        Largest size, in millions of pixels, that is decoded.
    transparency
        ``background`` composites all pixels over the background; ``ignore`` does so with those of at least half
        opacity, and makes the others transparent.

    Returns
    -------
    Image
        Mode RGB, or RGBA with alpha of 0 and 255 if some pixels are transparent.

    Raises
    ------
    JobError
        If the file is not an image, of an unsupported kind, damaged, or too large.
    """
    fmt = identify(path)
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            metadata = read_metadata(data, fmt)
            if metadata.unsupported:
                raise JobError(f"{path} is {NAMES[fmt]} with {metadata.unsupported}; export it as PNG or JPEG")
            picture = _load_all_or_some(_Source(path, fmt, data, metadata, max_megapixels), file, allow_truncated)
        return _to_upright_rgb(picture, background, transparency)
    except MemoryError:
        raise JobError(
            f"{path} needs more memory than is available; lower max_megapixels, or make it smaller"
        ) from None


@dataclass(frozen=True)
class _Source:
    """An image file and how to decode it."""

    path: str
    fmt: str
    data: Buffer
    metadata: Metadata
    max_megapixels: float
    load_truncated: bool = False

    @property
    def pillow_limit(self) -> int:
        """Number of pixels above which Pillow warns; above twice as many it raises an error."""
        return math.ceil(self.max_megapixels * 1e6 / 2)

    def check(self, width: int, height: int) -> None:
        """Raise an error if a picture is larger than `max_megapixels`."""
        if width * height > self.max_megapixels * 1e6:
            raise JobError(
                f"{self.path} is {width} × {height} pixels, {width * height / 1e6:g} megapixels, over the limit of "
                f"{self.max_megapixels:g}; raise max_megapixels if you trust it and have the memory"
            )


def _load_all_or_some(source: _Source, file: BinaryIO, allow_truncated: bool) -> Picture:
    """Decode a file, or if it is damaged, a copy without metadata or the part that can be decoded."""
    fault = _attempt(source, file)
    if isinstance(fault, Picture):
        return fault
    copies, bare = [file], without_metadata(source.data, source.fmt)
    if bare is not None:
        copies.append(io.BytesIO(bare))
        if isinstance(picture := _attempt(source, copies[1]), Picture):
            log.warning("unreadable metadata is ignored (%s)", _words(fault))
            return picture
    attempts = (_attempt(replace(source, load_truncated=True), copy) for copy in copies)
    picture = next((found for found in attempts if isinstance(found, Picture)), None)
    if picture is None or picture.image.getcolors(1):  # of a single colour, as it is if nothing could be decoded
        raise JobError(_refusal(source, fault))
    if not allow_truncated:
        raise JobError(
            f"{source.path} is damaged ({_words(fault)}); get the file again, or set allow_truncated: true to use "
            "the part that can be decoded"
        )
    log.warning("the file is damaged (%s); using the part that can be decoded", _words(fault))
    return picture


def _attempt(source: _Source, file: BinaryIO) -> Picture | Exception:
    """Decode a file, or return the error that its decoder raised, which on damaged files may be of any kind."""
    try:
        return _load(source, file)
    except (JobError, MemoryError):
        raise
    except Exception as error:
        return error


def _refusal(source: _Source, fault: Exception) -> str:
    """Compose the message that a file is of an unsupported kind, damaged, or either."""
    path, name, words = source.path, NAMES[source.fmt], _words(fault)
    if isinstance(fault, UnreadableKindError) or "supported" in words.lower():
        return f"{path} is {name} of an unsupported kind ({words}); export it as PNG or JPEG"
    if isinstance(fault, UnidentifiedImageError):
        return f"{path} is {name} that is damaged or of an unsupported kind ({words}); export it as PNG or JPEG"
    return f"{path} is damaged ({words}); get the file again"


def _words(error: Exception) -> str:
    """Describe an error in one line, with its type unless the message says enough."""
    plain = isinstance(error, OSError | UnreadableKindError) and str(error)
    return shown(" ".join(str(error if plain else f"{type(error).__name__}: {error}").split()).rstrip(": "))


_OPTIONS = {"MAX_IMAGE_PIXELS": Image, "WARN_POSSIBLE_FORMATS": Image}
_OPTIONS |= {"LOAD_TRUNCATED_IMAGES": ImageFile, "READ_LIBTIFF": TiffImagePlugin}


@contextmanager
def _pillow_options(**options: int | None) -> Iterator[None]:
    """Set global options of Pillow, by name, and restore them afterwards."""
    before = {name: getattr(_OPTIONS[name], name) for name in options}
    try:
        for name, value in options.items():
            setattr(_OPTIONS[name], name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(_OPTIONS[name], name, value)


def _load(source: _Source, file: BinaryIO) -> Picture:
    """Decode the photo in a file."""
    file.seek(0)
    # A picture's size is checked between opening and loading, for a message that names it. But the WebP decoder
    # allocates all memory on opening.
    limit = source.pillow_limit if source.fmt == "WEBP" else None
    with (
        _pillow_options(MAX_IMAGE_PIXELS=limit, LOAD_TRUNCATED_IMAGES=source.load_truncated),
        warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning),
    ):
        try:
            if source.fmt == "TIFF":
                return _load_tiff(source, file)
            with _open(source, file) as image:
                return _load_opened(source, file, image)
        except Image.DecompressionBombError:
            raise JobError(
                f"{source.path} contains a frame of more than {source.max_megapixels:g} megapixels; raise "
                "max_megapixels if you trust it and have the memory"
            ) from None


def _open(source: _Source, file: BinaryIO) -> ImageFile.ImageFile:
    """Open a file with Pillow, and give the reason if that fails, which Pillow only warns of."""
    if source.fmt == "HEIF":
        try:
            from pillow_heif import register_heif_opener
        except ImportError:
            raise JobError(
                f"{source.path} is HEIC, and pillow-heif is not installed; pip install pillow-heif, "
                "or export it as JPEG"
            ) from None
        register_heif_opener(thumbnails=False)
    with _pillow_options(WARN_POSSIBLE_FORMATS=True), warnings.catch_warnings(record=True, action="always") as reasons:
        try:
            return Image.open(file, formats=[source.fmt])
        except UnidentifiedImageError:
            reason = " ".join(str(reason.message) for reason in reasons).removeprefix(f"{source.fmt} opening failed. ")
            raise UnidentifiedImageError(reason) from None


def _load_opened(source: _Source, file: BinaryIO, image: ImageFile.ImageFile) -> Picture:
    """Decode a file that Pillow has opened, of any format but TIFF."""
    source.check(*image.size)
    if (frames := getattr(image, "n_frames", 1)) > 1:
        which = "primary one" if source.fmt == "HEIF" else "first"
        log.info("%s has %d frames; the %s is used", source.path, frames, which)
    covered = image.tile[0].extents if source.fmt == "GIF" and image.tile else None
    _load_pixels(source, image)
    metadata = source.metadata
    if source.fmt in ("AVIF", "HEIF"):
        metadata = _with_what_the_decoder_knows(source, image)
    alpha = _alpha_of_deep_png(source, file, image) if source.fmt == "PNG" else None
    picture = _apart(_as_meant(image, metadata, source.fmt), alpha, metadata)
    if covered and tuple(covered) != (0, 0, *image.size):
        # The canvas is transparent where the first frame does not cover it.
        mask = Image.new("L", image.size)
        mask.paste(255 if picture.alpha is None else picture.alpha.crop(covered), covered)
        picture.alpha = mask
    return picture


def _as_meant(image: Image.Image, metadata: Metadata, fmt: str) -> Image.Image:
    """Rescale and reorder the channels of a JPEG 2000 and crop an AVIF, which Pillow leaves undone."""
    if metadata.depths:
        bands = zip(image.split(), metadata.depths, strict=True)
        image = Image.merge(image.mode, [band.point(_stretched(bits)) if bits < 8 else band for band, bits in bands])
    if metadata.channels:
        return Image.merge(image.mode, [image.getchannel(place) for place in metadata.channels])
    # libheif has cropped a HEIC.
    return image.crop(metadata.crop) if metadata.crop and fmt == "AVIF" else image


def _stretched(bits: int) -> list[int]:
    """Map 8-bit values of which only the upper `bits` are used to the full range of 8 bits."""
    top = (1 << bits) - 1
    return [((value >> (8 - bits)) * 510 + top) // (2 * top) for value in range(256)]


def _load_pixels(source: _Source, image: ImageFile.ImageFile) -> None:
    """Load the pixels of an opened image, within the limit on its size."""
    with _pillow_options(MAX_IMAGE_PIXELS=source.pillow_limit):  # of frames and tiles
        image.load()
    source.check(*image.size)  # a HEIC's size may be another once it is decoded


def _with_what_the_decoder_knows(source: _Source, image: ImageFile.ImageFile) -> Metadata:
    """Add the EXIF and the profile that Pillow's plugins find in an AVIF or HEIC to its metadata."""
    known = replace(source.metadata)
    if exif := image.info.get("exif"):
        take_exif(exif, known)
    # libheif has turned a HEIC; Pillow gives the turn of an AVIF as EXIF orientation.
    known.orientation = known.orientation if source.fmt == "AVIF" else 1
    if not known.icc and not known.cicp:
        known.icc = image.info.get("icc_profile")
    return known


def _alpha_of_deep_png(source: _Source, file: BinaryIO, image: ImageFile.ImageFile) -> Image.Image | None:
    """Make the alpha channel of a 16-bit PNG that names a transparent colour, which has 16 bits too."""
    clear = image.info.get("transparency")
    if source.data[24] != 16 or clear is None:
        return None
    del image.info["transparency"]
    if image.mode == "RGB":
        # Pillow keeps the upper bytes only. With the byte order swapped, it keeps the lower ones.
        file.seek(0)
        with Image.open(file, formats=["PNG"]) as lower:
            lower.tile = [tile._replace(args="RGB;16L") for tile in lower.tile]
            lower.load()
        upper, lower = np.asarray(image), np.asarray(lower)
        same = [(upper[..., c] == clear[c] >> 8) & (lower[..., c] == clear[c] & 255) for c in range(3)]
        return Image.fromarray(~np.logical_and.reduce(same) * np.uint8(255))
    return Image.fromarray((np.asarray(image) != clear) * np.uint8(255))


def _load_tiff(source: _Source, file: BinaryIO) -> Picture:
    """Decode the photo in a TIFF, with Pillow if it reads this kind correctly."""
    photo = find_photo(file, source.data, source.path)
    source.check(photo.page.imagewidth, photo.page.imagelength)
    if photo.pages > 1 and photo.number == 0:
        log.info("%s has %d frames; the first is used", source.path, photo.pages)
    if photo.number is not None and pillow_reads(photo.page):
        try:
            return _load_tiff_by_pillow(source, file, photo)
        except UnidentifiedImageError:
            pass
        except OSError:
            # Most builds of Pillow's libtiff lack this compression, and call the picture damaged.
            if photo.page.compression != WEBP:
                raise
    image, alpha = read_page(photo.page, file, source.load_truncated)
    return Picture(image, alpha, photo.metadata)


def _load_tiff_by_pillow(source: _Source, file: BinaryIO, photo: Photo) -> Picture:
    """Decode a page of a TIFF with Pillow."""
    file.seek(0)
    # Without libtiff, Pillow ignores the subsampling of uncompressed YCbCr.
    with _pillow_options(READ_LIBTIFF=photo.page.photometric == 6), _open(source, file) as image:
        image.seek(photo.number)
        # Pillow turns the page by a numeric orientation, and by XMP's, which viewers ignore.
        image.info.pop("xmp", None)
        turned = isinstance(image.tag_v2.get(274), int)
        _load_pixels(source, image)
    return _apart(image, None, replace(photo.metadata, orientation=1) if turned else photo.metadata)


def _apart(image: Image.Image, alpha: Image.Image | None, metadata: Metadata) -> Picture:
    """Separate an image of any mode into 8-bit colours and transparency, scaling deep values instead of clipping."""
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image)
        if image.mode.startswith("I;16"):
            top = 65535.0
        else:
            seen = survey([values])
            # Pillow scales PGM of any depth to 16 bits in mode I.
            top = white(values.dtype, 32, seen) if image.mode == "F" else 65535.0
            if "NaN" in seen.faults:
                alpha = Image.fromarray(~np.isnan(values) * np.uint8(255))
        return Picture(Image.fromarray(to_8_bit(values, top)), alpha, metadata)
    if image.mode in ("La", "RGBa"):
        image = image.convert(image.mode[:-1] + "A")
    if image.has_transparency_data:
        alpha = image.convert("RGBA").getchannel("A")
    if image.mode in ("P", "PA", "RGBA", "RGBX"):
        # By way of RGBA, as Pillow warns of palettes with alpha otherwise.
        image = image.convert("RGBA").convert("RGB")
    elif image.mode in ("LA", "1"):
        image = image.convert("L")
    return Picture(image, alpha, metadata)


def _to_upright_rgb(picture: Picture, background: str, transparency: str) -> Image.Image:
    """Convert a picture to sRGB, composite it over the background, and turn it upright."""
    rgb = to_srgb(picture.image, picture.metadata)
    if picture.alpha is not None:
        canvas = Image.new("RGB", rgb.size, parse_color(background))
        canvas.paste(rgb, mask=picture.alpha)
        rgb = canvas
        if transparency == "ignore" and picture.alpha.getextrema()[0] < _HALF:
            rgb.putalpha(picture.alpha.point(lambda opacity: 255 * (opacity >= _HALF)))
    turn = _TURNS.get(picture.metadata.orientation)
    return rgb if turn is None else rgb.transpose(turn)
