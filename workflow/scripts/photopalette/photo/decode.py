"""Open an image file, whatever is in it, and show it as a colour-managed viewer does: upright, in 8-bit sRGB."""

import io
import mmap
import warnings
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

HALF = 128  # of 255: the least opacity, or brightness of a mask, with which a pixel counts

_TURNS = {
    **{2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM},
    **{5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE},
    **{8: Image.Transpose.ROTATE_90},
}


@dataclass
class Picture:
    """A decoded picture, not yet upright, its transparency apart, and what its file says about its pixels."""

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
    """Open an image file as a colour-managed viewer shows it.

    Parameters
    ----------
    path
        The file, in one of ``_kinds.FORMATS`` and any mode. Of several frames the first is taken, of a HEIC's
        pictures the primary one, of a TIFF's pages the first that is no reduced copy.
    background
        Colour under transparent pixels, as ``_given.parse_color`` reads it.
    allow_truncated
        Take what can be decoded of a damaged file, with a warning in the log.
    max_megapixels
        Millions of pixels above which the file is refused, undecoded.
    transparency
        ``background`` shows the background through all that is not opaque; ``ignore`` only through what is of at least
        half opacity, and leaves the rest clear.

    Returns
    -------
    Image
        In sRGB, upright, of mode RGB, or RGBA with alpha of 0 and 255 if there are pixels that are left clear.

    Raises
    ------
    JobError
        If the file is no image, of a kind that can't be read, damaged, or too large to be safe.
    """
    fmt = identify(path)
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            metadata = read_metadata(data, fmt)
            if metadata.unsupported:
                raise JobError(f"{path} is {NAMES[fmt]} with {metadata.unsupported}; export it as PNG or JPEG")
            source = _Source(path, fmt, data, metadata, max_megapixels)
            picture = _load_all_or_some(source, file, allow_truncated)
        return _to_upright_rgb(picture, background, transparency)
    except MemoryError:
        raise JobError(
            f"{path} needs more memory than is available; lower max_megapixels, or make it smaller"
        ) from None


@dataclass(frozen=True)
class _Source:
    """A file that is to be decoded, with what is known before that."""

    path: str
    fmt: str
    data: Buffer
    metadata: Metadata
    max_megapixels: float

    def check(self, width: int, height: int) -> None:
        """Refuse a picture that is too large."""
        if width * height > self.max_megapixels * 1e6:
            raise JobError(
                f"{self.path} is {width} × {height} pixels, {width * height / 1e6:g} megapixels, over the limit of "
                f"{self.max_megapixels:g}; raise max_megapixels if you trust it and have the memory"
            )


def _load_all_or_some(source: _Source, file: BinaryIO, allow_truncated: bool) -> Picture:
    """Decode a file, if need be without its metadata, or what can be decoded of a damaged one if that is allowed."""
    try:
        return _load(source, file)
    except (JobError, MemoryError):
        raise
    # On damaged files decoders end in any error there is: OSError, SyntaxError, struct.error, …
    except Exception as error:
        fault = error
    bare = without_metadata(source.data, source.fmt)
    files = [file] if bare is None else [file, io.BytesIO(bare)]
    if bare is not None and (picture := _attempt(source, files[1:])):
        log.warning("unreadable metadata is ignored (%s)", _words(fault))
        return picture
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        picture = _attempt(source, files)
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    if picture is None or _is_flat(picture.image):
        raise JobError(_refusal(source, fault))
    if not allow_truncated:
        raise JobError(
            f"{source.path} is damaged ({_words(fault)}); get the file again, or set allow_truncated: true to use "
            "the part that can be decoded"
        )
    log.warning("%s is damaged (%s); using the part that can be decoded", source.path, _words(fault))
    return picture


def _attempt(source: _Source, files: list[BinaryIO]) -> Picture | None:
    """Decode the first of some copies of a file that can be; None if none can."""
    for file in files:
        try:
            return _load(source, file)
        except (JobError, MemoryError):
            raise
        except Exception:  # of decoders', on damaged files, as many kinds as there are; the caller says the first
            continue
    return None


def _is_flat(image: Image.Image) -> bool:
    """Tell a picture of which nothing was decoded: what decoders leave out has one colour."""
    extrema = image.getextrema()
    return all(low == high for low, high in (extrema if isinstance(extrema[0], tuple) else [extrema]))


def _refusal(source: _Source, fault: Exception) -> str:
    """Say that a file is of a kind that can't be read, or damaged, as far as it can be told."""
    path, name, words = source.path, NAMES[source.fmt], _words(fault)
    if isinstance(fault, UnreadableKindError) or "supported" in words.lower():
        return f"{path} is {name} of an unsupported kind ({words}); export it as PNG or JPEG"
    if isinstance(fault, UnidentifiedImageError):
        return f"{path} is {name} that is damaged or of an unsupported kind ({words}); export it as PNG or JPEG"
    return f"{path} is damaged ({words}); get the file again"


def _words(error: Exception) -> str:
    """Put an error in one line; some have no words of their own."""
    plain = isinstance(error, OSError | UnreadableKindError) and str(error)
    return shown(" ".join(str(error if plain else f"{type(error).__name__}: {error}").split()).rstrip(": "))


def _load(source: _Source, file: BinaryIO) -> Picture:
    """Decode the photo of a file, after its header was found harmless."""
    file.seek(0)
    # Pillow warns of half a bomb and raises for a whole one, in frames and tiles too; ours is the limit. WebP's
    # decoder allots the memory as it is opened; of others the size is looked at first, to be named.
    Image.MAX_IMAGE_PIXELS = int(source.max_megapixels * 1e6 / 2) if source.fmt == "WEBP" else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            if source.fmt == "TIFF":
                return _load_tiff(source, file)
            with _open(source, file) as image:
                return _load_opened(source, file, image)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise JobError(
                f"{source.path} contains a frame of more than {source.max_megapixels:g} megapixels; raise "
                "max_megapixels if you trust it and have the memory"
            ) from None


def _open(source: _Source, file: BinaryIO) -> ImageFile.ImageFile:
    if source.fmt == "HEIF":
        try:
            from pillow_heif import register_heif_opener
        except ImportError:
            raise JobError(
                f"{source.path} is HEIC, and pillow-heif is not installed; pip install pillow-heif, "
                "or export it as JPEG"
            ) from None
        register_heif_opener(thumbnails=False)
    return _open_as(file, source.fmt)


def _open_as(file: BinaryIO, fmt: str) -> ImageFile.ImageFile:
    """Open a file as Pillow does, but if that fails, with the reason."""
    Image.WARN_POSSIBLE_FORMATS = True
    with warnings.catch_warnings(record=True) as reasons:
        warnings.simplefilter("always")  # whatever PYTHONWARNINGS says
        try:
            return Image.open(file, formats=[fmt])
        except UnidentifiedImageError:
            reason = " ".join(str(reason.message) for reason in reasons).removeprefix(f"{fmt} opening failed. ")
            raise UnidentifiedImageError(reason) from None


def _load_opened(source: _Source, file: BinaryIO, image: ImageFile.ImageFile) -> Picture:
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
        # What a first frame leaves free of the canvas is transparent.
        mask = Image.new("L", image.size)
        mask.paste(255 if picture.alpha is None else picture.alpha.crop(covered), covered)
        picture.alpha = mask
    return picture


def _as_meant(image: Image.Image, metadata: Metadata, fmt: str) -> Image.Image:
    """Stretch and order the channels of a JPEG 2000 file, and cut the crop of an AVIF out, as Pillow does not."""
    if metadata.depths:
        bands = zip(image.split(), metadata.depths, strict=True)
        image = Image.merge(image.mode, [band.point(_stretched(bits)) if bits < 8 else band for band, bits in bands])
    if metadata.channels:
        return Image.merge(image.mode, [image.getchannel(place) for place in metadata.channels])
    # libheif cuts it out itself.
    return image.crop(metadata.crop) if metadata.crop and fmt == "AVIF" else image


def _stretched(bits: int) -> list[int]:
    """List what becomes of values whose upper bits alone are used."""
    top = (1 << bits) - 1
    return [((value >> (8 - bits)) * 510 + top) // (2 * top) for value in range(256)]


def _load_pixels(source: _Source, image: ImageFile.ImageFile) -> None:
    Image.MAX_IMAGE_PIXELS = int(source.max_megapixels * 1e6)
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    image.load()
    source.check(*image.size)  # a HEIC's may be another once it is decoded


def _with_what_the_decoder_knows(source: _Source, image: ImageFile.ImageFile) -> Metadata:
    """Add what Pillow's plugins take from AVIF and HEIC themselves: the profile of a track, and EXIF."""
    known = replace(source.metadata)
    if exif := image.info.get("exif"):
        take_exif(exif, known)
    # libheif turns the picture itself; of AVIF, Pillow gives the turn as EXIF's orientation.
    known.orientation = known.orientation if source.fmt == "AVIF" else 1
    if not known.icc and not known.cicp:
        known.icc = image.info.get("icc_profile")
    return known


def _alpha_of_deep_png(source: _Source, file: BinaryIO, image: ImageFile.ImageFile) -> Image.Image | None:
    """Make the transparency of a PNG of 16 bits without alpha, whose transparent colour has 16 bits too."""
    clear = image.info.get("transparency")
    if source.data[24] != 16 or clear is None:
        return None
    del image.info["transparency"]
    if image.mode == "RGB":
        # Pillow keeps the upper bytes only: a second time, as if the order were the other, they are the lower ones.
        file.seek(0)
        with Image.open(file, formats=["PNG"]) as lower:
            lower.tile = [tile._replace(args="RGB;16L") for tile in lower.tile]
            lower.load()
        upper, lower = np.asarray(image), np.asarray(lower)
        same = [(upper[..., c] == clear[c] >> 8) & (lower[..., c] == clear[c] & 255) for c in range(3)]
        return Image.fromarray(~np.logical_and.reduce(same) * np.uint8(255))
    return Image.fromarray((np.asarray(image) != clear) * np.uint8(255))


def _load_tiff(source: _Source, file: BinaryIO) -> Picture:
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
            # Pillow knows this compression, but most builds of its libtiff don't, and call the picture damaged.
            if photo.page.compression != WEBP:
                raise
    Image.MAX_IMAGE_PIXELS = None  # strips are opened as pictures of their bytes
    image, alpha = read_page(photo.page, file, ImageFile.LOAD_TRUNCATED_IMAGES)
    return Picture(image, alpha, photo.metadata)


def _load_tiff_by_pillow(source: _Source, file: BinaryIO, photo: Photo) -> Picture:
    file.seek(0)
    # By itself Pillow takes subsampled colours without compression for whole ones.
    TiffImagePlugin.READ_LIBTIFF = photo.page.photometric == 6
    try:
        with _open_as(file, "TIFF") as image:
            image.seek(photo.number)
            # Pillow turns the page by a number, and by XMP, which viewers don't.
            image.info.pop("xmp", None)
            turned = isinstance(image.tag_v2.get(274), int)
            _load_pixels(source, image)
    finally:
        TiffImagePlugin.READ_LIBTIFF = False
    return _apart(image, None, replace(photo.metadata, orientation=1) if turned else photo.metadata)


def _apart(image: Image.Image, alpha: Image.Image | None, metadata: Metadata) -> Picture:
    """Part a picture of any mode into colours of 8 bits, where Pillow itself would clip at 255, and transparency."""
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image)
        if image.mode.startswith("I;16"):
            top = 65535.0
        else:
            seen = survey([values])
            # Pillow's mode I is what PGM of up to 16 bits becomes.
            top = white(values.dtype, 32, seen) if image.mode == "F" else 65535.0
            if "NaN" in seen.faults:
                alpha = Image.fromarray(~np.isnan(values) * np.uint8(255))
        return Picture(Image.fromarray(to_8_bit(values, top)), alpha, metadata)
    if image.mode in ("La", "RGBa"):
        image = image.convert(image.mode[:-1] + "A")
    if image.has_transparency_data:
        alpha = image.convert("RGBA").getchannel("A")
    if image.mode in ("P", "PA", "RGBA", "RGBX"):
        # By way of RGBA, because Pillow warns of a palette with alpha.
        image = image.convert("RGBA").convert("RGB")
    elif image.mode in ("LA", "1"):
        image = image.convert("L")
    return Picture(image, alpha, metadata)


def _to_upright_rgb(picture: Picture, background: str, transparency: str) -> Image.Image:
    rgb = to_srgb(picture.image, picture.metadata)
    if picture.alpha is not None:
        canvas = Image.new("RGB", rgb.size, parse_color(background))
        canvas.paste(rgb, mask=picture.alpha)
        rgb = canvas
        if transparency == "ignore" and picture.alpha.getextrema()[0] < HALF:
            rgb.putalpha(picture.alpha.point(lambda opacity: 255 * (opacity >= HALF)))
    turn = _TURNS.get(picture.metadata.orientation)
    return rgb if turn is None else rgb.transpose(turn)
