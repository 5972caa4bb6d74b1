"""Decode a photograph to upright 8-bit sRGB, choose the pixels that count, and bring it to the studied size."""

import tempfile
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from photopalette.files.pictures import lift_limit, save_photograph
from photopalette.photo.decode import decode
from photopalette.photo.framing import WHOLE, crop, resize
from photopalette.photo.masks import lay_mask, read_mask
from photopalette.pictures.sheet import lay_out, note
from photopalette.run.job import JobError, run
from photopalette.run.secrets import shown


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
        image = lay_mask(image, read_mask(mask, *limits), mask)
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
