"""Cut a rectangle out of an image, and bring it to the studied size."""

import numpy as np
from PIL import Image, ImageOps

from photopalette.run.job import JobError

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
