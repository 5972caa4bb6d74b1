"""Decode a photograph to upright 8-bit sRGB and bring it to the studied size."""

from typing import Any

import numpy as np
from PIL import Image, ImageOps

from _decode import decode
from _job import JobError, run
from _source import shown


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
    """
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
    raise ValueError(f"method {method!r} is none of contain, fit, stretch")


def _crop(image: Image.Image, aspect: float) -> Image.Image:
    """Cut the middle of an aspect out, in whole pixels."""
    width = min(image.width, max(round(image.height * aspect), 1))
    height = min(image.height, max(round(image.width / aspect), 1))
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


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
