"""Masks: pictures that say which pixels of a photograph count, and how much each weighs in the fit."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image, ImageChops

from photopalette.photo.decode import decode
from photopalette.photo.file_types import identify
from photopalette.photo.framing import WHOLE, crop, resize
from photopalette.photo.sources import local_fault, path_of
from photopalette.run.job import JobError, log
from photopalette.run.secrets import shown

_LOSSY = {"JPEG", "WEBP", "AVIF", "HEIF", "JPEG2000"}  # formats that turn black into greys that are nearly black
_NEARLY_BLACK = 15


def read_mask(mask: str, allow_truncated: bool, max_megapixels: float) -> Image.Image:
    """Read a mask as an image of mode L, black behind what is transparent in it.

    Parameters
    ----------
    mask
        Its file, as the config names it.
    allow_truncated, max_megapixels
        As for :func:`photopalette.photo.decode.decode`.

    Raises
    ------
    JobError
        If it can't be read.
    """
    if fault := local_fault(mask, "correct 'mask'"):
        raise JobError(fault)
    levels = decode(path_of(mask), "black", allow_truncated, max_megapixels).convert("L")
    if (noise := sum(levels.histogram()[1 : _NEARLY_BLACK + 1])) and identify(path_of(mask)) in _LOSSY:
        words = "%d pixels of the mask %s are nearly black, and count a little; save it as PNG if they should be black"
        log.warning(words, noise, shown(mask))
    return levels


def lay_mask(image: Image.Image, mask: Image.Image, path: str) -> Image.Image:
    """Let only those pixels of an image count that a mask, of mode L, does not have black.

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
    masked = image.convert("RGBA")
    masked.putalpha(ImageChops.multiply(_not_black(mask), masked.getchannel("A")))
    return masked


def mask_levels(mask: str, settings: Mapping[str, Any]) -> np.ndarray:
    """Bring the levels of a mask to the size of the studied picture.

    Only pixels that the mask does not have black are averaged, so that at the edge of a black and white mask all that
    counts is white.

    Parameters
    ----------
    mask
        Its file.
    settings
        Of the image: `allow_truncated`, `max_megapixels`, `crop`, `resize`.

    Returns
    -------
    (height, width) uint8
        From 1; what it is where a pixel does not count has no meaning.
    """
    levels = read_mask(mask, settings["allow_truncated"], settings["max_megapixels"])
    masked = Image.merge("RGBA", (levels, levels, levels, _not_black(levels)))
    if (settings["crop"] or WHOLE) != WHOLE:
        masked = crop(masked, **settings["crop"])
    if settings["resize"]:
        masked = resize(masked, **settings["resize"])
    return np.maximum(np.asarray(masked.getchannel("R")), 1)


def _not_black(mask: Image.Image) -> Image.Image:
    """Make a mask of which every grey is white."""
    return mask.point(lambda level: 255 * (level > 0))
