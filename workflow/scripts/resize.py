"""Decode a photograph to upright 8-bit sRGB, choose the pixels that count, and bring it to the studied size."""

import tempfile
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageOps

from photopalette.files.pictures import lift_limit, save_photograph
from photopalette.photo.decode import HALF, decode
from photopalette.photo.sources import local_fault, path_of
from photopalette.pictures.sheet import lay_out, note
from photopalette.run.job import JobError, run
from photopalette.run.secrets import shown

WHOLE = {"left": 0, "top": 0, "width": None, "height": None}


def resize(
    image: Image.Image, width: int, height: int, method: str, resample: str, enlarge: bool = False
) -> Image.Image:
    """Bring an image to a box of `width` × `height` pixels.

    Parameters
    ----------
    method
        ``contain`` keeps the aspect within the box, ``fit`` crops the middle to fill it, ``stretch``
        ignores the aspect: :func:`PIL.ImageOps.contain`, :func:`PIL.ImageOps.fit`, ``Image.resize``.
    resample
        Name of a filter of Pillow's, lower case.
    enlarge
        Whether ``contain`` and ``fit`` interpolate an image that is smaller. If not, ``contain`` leaves it
        as it is, and ``fit`` only crops it to the box's aspect.

    Returns
    -------
    Image
        Of the same mode; where `image` is RGBA, alpha of 0 and 255 says which pixels count. Only those are averaged,
        and a pixel counts if they cover half of it at least.
    """
    if image.mode == "RGBA":
        *channels, alpha = (np.asarray(channel, np.float32) for channel in image.split())

        def part(values: np.ndarray) -> np.ndarray:
            return np.asarray(resize(Image.fromarray(values), width, height, method, resample, enlarge))

        # In floating point: a flat colour stays what it is up to its edge.
        counts = alpha / np.float32(255)
        share = part(counts)
        kept = share >= 0.5 - 1e-6
        means = [part(channel * counts)[kept] / share[kept] for channel in channels]
        resized = np.zeros((*share.shape, 4), np.uint8)
        resized[kept, :3] = np.rint(np.stack(means, axis=1)).clip(0, 255)
        resized[kept, 3] = 255
        return Image.fromarray(resized)
    box, resampling = (width, height), Image.Resampling[resample.upper()]
    match method:
        case "contain":
            if not enlarge and image.width <= width and image.height <= height:
                return image
            size = ImageOps.contain(image, box, Image.Resampling.NEAREST).size
            # A line thousands of times longer than wide would end up without a width.
            return image.resize((max(size[0], 1), max(size[1], 1)), resampling)
        case "fit":
            if not enlarge and (image.width < width or image.height < height):
                return _crop(image, width / height)
            return ImageOps.fit(image, box, resampling)
        case "stretch":
            return image.resize(box, resampling)
    raise ValueError(f"method {method!r} is not one of contain, fit, stretch")


def _crop(image: Image.Image, aspect: float) -> Image.Image:
    """Cut the middle of an aspect out, in whole pixels."""
    width = min(image.width, max(round(image.height * aspect), 1))
    height = min(image.height, max(round(image.width / aspect), 1))
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def crop(image: Image.Image, left: float, top: float, width: float | None, height: float | None) -> Image.Image:
    """Cut a rectangle out.

    Parameters
    ----------
    left, top, width, height
        Whole pixels as int, shares of the image's width or height as float; a width or height of None reaches to the
        edge.

    Raises
    ------
    JobError
        If it reaches beyond the image.
    """

    def span(start: float, length: float | None, whole: int) -> tuple[int, int]:
        first = start if isinstance(start, int) else min(round(start * whole), whole - 1)
        if length is None:
            return first, whole
        if isinstance(length, int):
            return first, first + length
        last = first + round(length * whole) if isinstance(start, int) else round((start + length) * whole)
        return first, max(last, first + 1)

    (x, right), (y, bottom) = span(left, width, image.width), span(top, height, image.height)
    if right > image.width or bottom > image.height or x >= right or y >= bottom:
        raise JobError(
            f"the crop from {x}, {y} to {right}, {bottom} is not within the photo's "
            f"{image.width} × {image.height} pixels; correct 'crop'"
        )
    return image.crop((x, y, right, bottom))


def lay_mask(image: Image.Image, mask: Image.Image, path: str) -> Image.Image:
    """Let only those pixels of an image count that a mask, of mode RGB, has white, or half as bright at least.

    Raises
    ------
    JobError
        If they are not of one size; `path` names the mask.
    """
    if mask.size != image.size:
        raise JobError(
            f"the mask {shown(path)} is {mask.width} × {mask.height} pixels, but the upright photo is "
            f"{image.width} × {image.height}; make the mask the same size"
        )
    white = mask.convert("L").point(lambda level: 255 * (level >= HALF))
    masked = image.convert("RGBA")
    masked.putalpha(ImageChops.multiply(white, masked.getchannel("A")))
    return masked


def prepare(raw: str, mask: str | None, settings: Mapping[str, Any]) -> Image.Image:
    """Decode a photograph, choose the pixels that count, and bring it to its size.

    Parameters
    ----------
    raw
        Its file.
    mask
        The file of its mask, or None.
    settings
        Of the image: `background`, `allow_truncated`, `max_megapixels`, `transparency`, `crop`, `resize`.

    Returns
    -------
    Image
        Of mode RGB; RGBA, with alpha of 0 and 255, if some pixels do not count, those in black.

    Raises
    ------
    JobError
        If a file can't be read, mask or crop do not fit, or no pixel is left.
    """
    limits = settings["allow_truncated"], settings["max_megapixels"]
    image = decode(raw, settings["background"], *limits, settings["transparency"])
    why = "every pixel is less than half opaque; set transparency: background to study it anyway"
    image = _without_needless_alpha(image, why)
    if mask:
        if fault := local_fault(mask, "correct 'mask'"):
            raise JobError(fault)
        image = lay_mask(image, decode(path_of(mask), "black", *limits), mask)
        image = _without_needless_alpha(
            image, f"the mask {shown(mask)} leaves no pixels; paint the part to study white"
        )
    if (settings["crop"] or WHOLE) != WHOLE:
        image = crop(image, **settings["crop"])
        image = _without_needless_alpha(image, "every pixel in 'crop' is masked or transparent; correct it")
    if settings["resize"]:
        image = resize(image, **settings["resize"])
        size = f"{image.width} × {image.height}"
        why = f"the part that counts vanishes at {size} pixels; make 'resize' larger, or set it to null"
        image = _without_needless_alpha(image, why)
    if image.mode == "RGBA":
        pixels = np.asarray(image)
        image = Image.fromarray(np.where(pixels[..., 3:] > 0, pixels, 0))
    return image


def _without_needless_alpha(image: Image.Image, why: str) -> Image.Image:
    """Make an image of which all pixels count RGB; refuse one of which none does, and say why."""
    if image.mode == "RGBA":
        least, most = image.getchannel("A").getextrema()
        if not most:
            raise JobError(why)
        if least:
            return image.convert("RGB")
    return image


def prepare_named(name: str, raw: str, mask: str | None, settings: Mapping[str, Any]) -> Image.Image:
    """Prepare a photograph as :func:`prepare` does; an error is about the file that the user named, not its copy."""
    try:
        return prepare(raw, mask, settings)
    except JobError as error:
        message = str(error)
        rest = message.removeprefix(f"{raw} ")
        raise JobError(f"{name}: {message}" if rest == message else f"{name} {rest}") from None


def prepare_all(raw: str, photos: Mapping[str, str], settings: Mapping[str, Any]) -> dict[str, Image.Image]:
    """Prepare every photo of an archive, by name; `photos` has their sources."""
    prepared = {}
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(raw) as archive:
        for name in archive.namelist():
            prepared[name] = prepare_named(shown(photos[name]), archive.extract(name, folder), None, settings)
    return prepared


def main(snakemake: Any) -> None:
    lift_limit()  # Pillow checks crops against it, too; for photos, max_megapixels is the limit
    params, places = snakemake.params, {}
    mask = next(iter(snakemake.input.mask), params.mask)
    try:
        if params.photos:
            image, places = lay_out(prepare_all(snakemake.input.raw, params.photos, params.settings))
        else:
            image = prepare_named(shown(params.source), snakemake.input.raw, mask, params.settings)
    except JobError as error:
        raise JobError(f"image '{snakemake.wildcards.image}': {error}") from None
    # From the bare pixels, so that no metadata of the source travels on.
    save_photograph(np.asarray(image), snakemake.output[0], pnginfo=note(places) if places else None)


if __name__ == "__main__":
    run(main, snakemake)
