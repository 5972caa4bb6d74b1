"""Decode a photograph to upright 8-bit sRGB and bring it to the studied size."""

import io
import warnings
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageColor, ImageFile, ImageOps, UnidentifiedImageError

from _job import JobError, log, run
from _source import shown

# What photographs and their edits come in. Pillow opens more, but a stranger's file should meet no more
# decoders than it must: PostScript, for one, runs Ghostscript. (Phones' MPO opens as JPEG.)
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "WEBP", "AVIF", "TIFF", "JPEG2000", "QOI")

_LOOKS_LIKE = (
    (b"%pdf", "a PDF, no raster image", "export it as PNG"),
    (b"%!ps", "PostScript, no raster image", "export it as PNG"),
    (b"<!doctype html", "a web page", "save the picture itself, not the page around it"),
    (b"<html", "a web page", "save the picture itself, not the page around it"),
    (b"<svg", "an SVG drawing, no raster image", "export it as PNG"),
    (b"ftyphe", "HEIC", "convert it to JPEG or PNG"),
    (b"ftypmif1", "HEIC", "convert it to JPEG or PNG"),
)


def decode(path: str, background: str, allow_truncated: bool = False, max_megapixels: float = 200) -> Image.Image:
    """Open an image file as a colour-managed viewer shows it.

    Parameters
    ----------
    path
        The file, in one of :data:`FORMATS` and any mode. Of several frames the first is taken.
    background
        Colour under transparent pixels, a CSS name or ``#rrggbb``.
    allow_truncated
        Take what can be decoded of a damaged file, with a warning in the log.
    max_megapixels
        Millions of pixels above which the file is refused, undecoded.

    Returns
    -------
    Image
        Mode RGB, in sRGB, EXIF orientation applied.

    Raises
    ------
    JobError
        If the file is no image, damaged, or too large to be safe.
    """
    try:
        return _to_upright_rgb(_load_all_or_some(path, allow_truncated, max_megapixels), background)
    except JobError:
        raise
    except MemoryError:
        raise JobError(f"{path} needs more memory than there is; lower max_megapixels, or make it smaller") from None
    # On damaged files Pillow ends in any error there is: OSError, SyntaxError, struct.error, …
    except Exception as error:
        remedy = "get the file again"
        if not allow_truncated:
            remedy += ", or set allow_truncated: true to take what can be decoded of it"
        raise JobError(f"{path} is damaged ({_words(error)}); {remedy}") from None


def _load(path: str, max_megapixels: float) -> Image.Image:
    """Decode the first frame, after its header was found harmless."""
    with open(path, "rb") as file, warnings.catch_warnings():
        # Pillow warns of half a bomb and raises for a whole one, in frames and tiles too; ours is the limit.
        Image.MAX_IMAGE_PIXELS = None
        try:
            image = Image.open(file, formats=FORMATS)
        except UnidentifiedImageError:
            raise JobError(f"{path} is no image that can be read{_looks_like(path)}") from None
        width, height = image.size
        if width * height > max_megapixels * 1e6:
            raise JobError(
                f"{path} is {width} × {height} pixels, {width * height / 1e6:g} megapixels, more than "
                f"{max_megapixels:g}; raise max_megapixels if you trust it and have the memory"
            )
        Image.MAX_IMAGE_PIXELS = int(max_megapixels * 1e6)
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            frames = getattr(image, "n_frames", 1)
            if frames > 1:
                log.info("%s has %d frames; the first is taken", path, frames)
                image.seek(0)
            image.load()
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise JobError(
                f"{path} holds a frame of more than {max_megapixels:g} megapixels; raise max_megapixels "
                "if you trust it and have the memory"
            ) from None
    return image


def _load_all_or_some(path: str, allow_truncated: bool, max_megapixels: float) -> Image.Image:
    """Decode a file, or what can be decoded of a damaged one if that is allowed."""
    try:
        return _load(path, max_megapixels)
    except (JobError, MemoryError):
        raise
    except Exception as error:
        if not allow_truncated:
            raise
        fault = _words(error)
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        image = _load(path, max_megapixels)
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    log.warning("%s is damaged (%s); the part that can be decoded is taken", path, fault)
    return image


def _words(error: Exception) -> str:
    """Put a decoder's error in one line; some have no words of their own."""
    return shown(str(error) if isinstance(error, OSError) and str(error) else f"{type(error).__name__}: {error}")


def _looks_like(path: str) -> str:
    with open(path, "rb") as file:
        start = file.read(4096).lower()
    for magic, name, remedy in _LOOKS_LIKE:
        if magic in start:
            return f" (it looks like {name}); {remedy}"
    return "; correct 'source'"


def _to_upright_rgb(image: Image.Image, background: str) -> Image.Image:
    profile = image.info.get("icc_profile")
    # In place, because a copy of a large photograph is a lot of memory.
    ImageOps.exif_transpose(image, in_place=True)
    transparent = image.has_transparency_data and not image.mode.startswith("I")
    alpha = image.convert("RGBA").getchannel("A") if transparent else None
    rgb = _to_srgb(_to_8_bit(image), profile)
    if alpha is None:
        return rgb
    canvas = Image.new("RGB", rgb.size, ImageColor.getrgb(background)[:3])
    canvas.paste(rgb, mask=alpha)
    return canvas


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Reduce deep grey to mode L, palettes to RGB, and drop alpha; Pillow itself would clip at 255."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        values = np.asarray(image, dtype=np.float64)
        # Integers deeper than 8 bits are 16-bit unless they exceed it; floats span 0–1 by custom.
        top = 65535.0 if image.mode != "F" else 1.0
        top = max(top, values.max(initial=0.0))
        return Image.fromarray(np.rint(np.clip(values, 0, top) * (255 / top)).astype(np.uint8))
    if image.mode in ("P", "PA", "RGBA", "RGBX", "RGBa"):
        # By way of RGBA, because Pillow warns of a palette with alpha.
        return image.convert("RGBA").convert("RGB")
    if image.mode in ("LA", "La", "1"):
        return image.convert("L")
    return image


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert by the embedded ICC profile; without a usable one the values are taken as sRGB."""
    if profile:
        try:
            return ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                # Towards this sRGB profile, perceptual would lift blacks, which other converters leave alone.
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB",
                # Little CMS's short cut through a coarse table is off by up to 25 levels in CMYK, by 1 in RGB.
                flags=ImageCms.Flags.NOOPTIMIZE if image.mode == "CMYK" else ImageCms.Flags.NONE,
            )
        except (ImageCms.PyCMSError, OSError) as error:
            log.warning("the embedded colour profile can't be used (%s); the colours are taken as sRGB", error)
    return image.convert("RGB")


def resize(image: Image.Image, width: int, height: int, method: str, resample: str) -> Image.Image:
    """Bring an image to a box of `width` × `height` pixels.

    Parameters
    ----------
    method
        ``contain`` keeps the aspect within the box, ``fit`` crops the middle to fill it, ``stretch``
        ignores the aspect: :func:`PIL.ImageOps.contain`, :func:`PIL.ImageOps.fit`, ``Image.resize``.
    resample
        Name of a filter of Pillow's, lower case.
    """
    box, resampling = (width, height), Image.Resampling[resample.upper()]
    match method:
        case "contain":
            size = ImageOps.contain(image, box, Image.Resampling.NEAREST).size
            # A line thousands of times longer than wide would end up without a width.
            return image.resize((max(size[0], 1), max(size[1], 1)), resampling)
        case "fit":
            return ImageOps.fit(image, box, resampling)
        case "stretch":
            return image.resize(box, resampling)
    raise ValueError(f"method {method!r} is none of contain, fit, stretch")


def main(snakemake: Any) -> None:
    params = snakemake.params
    try:
        image = decode(snakemake.input.raw, params.background, params.allow_truncated, params.max_megapixels)
    except JobError as error:
        raise JobError(f"image '{snakemake.wildcards.image}' ({shown(params.source)}): {error}") from None
    if params.resize:
        image = resize(image, **params.resize)
    # A fresh image, so that no metadata of the source travels on.
    Image.fromarray(np.asarray(image)).save(snakemake.output[0], "PNG")


if __name__ == "__main__":
    run(main, snakemake)
