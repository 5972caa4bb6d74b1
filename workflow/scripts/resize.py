"""Decode a photograph to upright 8-bit sRGB and bring it to the studied size."""

import io
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageColor, ImageOps, UnidentifiedImageError

from _job import JobError, log, run


def decode(path: str, background: str) -> Image.Image:
    """Open an image file as a colour-managed viewer shows it.

    Parameters
    ----------
    path
        The file, in any format and mode that Pillow opens. Of several frames the first is taken.
    background
        Colour under transparent pixels, a CSS name or ``#rrggbb``.

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
        image = Image.open(path)
        if getattr(image, "n_frames", 1) > 1:
            log.info("%s has %d frames; the first is taken", path, image.n_frames)
            image.seek(0)
        image.load()
    except UnidentifiedImageError:
        raise JobError(f"{path} is no image that Pillow can read{_looks_like(path)}; correct 'source'") from None
    except Image.DecompressionBombError as error:
        raise JobError(f"{path} is too large to be decoded safely: {error}") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise JobError(f"{path} is damaged: {error}; get the file again") from None
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    transparent = image.has_transparency_data and not image.mode.startswith("I")
    alpha = image.convert("RGBA").getchannel("A") if transparent else None
    rgb = _to_srgb(_to_8_bit(image), profile)
    if alpha is None:
        return rgb
    canvas = Image.new("RGB", rgb.size, ImageColor.getrgb(background)[:3])
    canvas.paste(rgb, mask=alpha)
    return canvas


def _looks_like(path: str) -> str:
    with open(path, "rb") as file:
        start = file.read(256).lstrip().lower()
    for magic, name in ((b"<!doctype html", "a web page"), (b"<html", "a web page"), (b"%pdf", "a PDF")):
        if start.startswith(magic):
            return f" (it looks like {name})"
    return " (it looks like an SVG drawing)" if b"<svg" in start else ""


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Reduce deep grey to mode L, palettes to RGB, and drop alpha; Pillow itself would clip at 255."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        values = np.asarray(image, dtype=np.float64)
        # Integers deeper than 8 bits are 16-bit unless they exceed it; floats span 0–1 by custom.
        top = 65535.0 if image.mode != "F" else 1.0
        top = max(top, values.max(initial=0.0))
        return Image.fromarray(np.rint(np.clip(values, 0, top) * (255 / top)).astype(np.uint8))
    if image.mode in ("P", "PA", "RGBA", "RGBX", "RGBa"):
        return image.convert("RGB")
    if image.mode in ("LA", "La", "1"):
        return image.convert("L")
    return image


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert by the embedded ICC profile; without a usable one the values are taken as sRGB."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
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
            return ImageOps.contain(image, box, resampling)
        case "fit":
            return ImageOps.fit(image, box, resampling)
        case "stretch":
            return image.resize(box, resampling)
    raise ValueError(f"method {method!r} is none of contain, fit, stretch")


def main(snakemake: Any) -> None:
    params = snakemake.params
    try:
        image = decode(snakemake.input.raw, params.background)
    except JobError as error:
        raise JobError(f"image '{snakemake.wildcards.image}' ({params.source}): {error}") from None
    if params.resize:
        image = resize(image, **params.resize)
    # A fresh image, so that no metadata of the source travels on.
    Image.fromarray(np.asarray(image)).save(snakemake.output[0], "PNG")


if __name__ == "__main__":
    run(main, snakemake)
