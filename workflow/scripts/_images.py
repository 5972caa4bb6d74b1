"""Images of few colours, and images at the size of a figure's panel."""

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from _colors import ColorTable


def indexed_image(palette: np.ndarray, indices: np.ndarray, shape: tuple[int, int]) -> Image.Image:
    """Make a mode P image of exactly the given palette.

    Parameters
    ----------
    palette : (k, 3) uint8
        The colours, k ≤ 256.
    indices : (N,) uint8
        Palette index of each pixel.
    shape
        Height and width in pixels.
    """
    image = Image.fromarray(indices.reshape(shape))
    image.putpalette(palette.tobytes())
    return image


def dithered_image(palette: np.ndarray, original: np.ndarray) -> Image.Image:
    """Make a mode P image of the given palette by Floyd and Steinberg's error diffusion, as Pillow does it.

    Parameters
    ----------
    palette : (k, 3) uint8
        The colours, k ≤ 256.
    original : (h, w, 3) uint8
        The image to show.
    """
    colors = Image.new("P", (1, 1))
    colors.putpalette(palette.tobytes())
    return Image.fromarray(original).quantize(palette=colors, dither=Image.Dither.FLOYDSTEINBERG)


def rebuild(table: ColorTable, palette: np.ndarray, labels: np.ndarray, dither: str) -> Image.Image:
    """Rebuild an image from a palette, as an image of mode P.

    Parameters
    ----------
    table
        The image's colour table.
    palette : (k, 3) uint8
        The colours, k ≤ 256.
    labels : (U,) uint8
        Place in the palette of what stands for each colour of the table.
    dither
        ``none`` or ``floyd-steinberg``.
    """
    shape = tuple(table.shape)
    # With every colour in the palette there is no error to diffuse; Pillow would still take colours that are
    # less than four levels apart for one another.
    if dither == "floyd-steinberg" and len(palette) < len(table.colors):
        return dithered_image(palette, table.colors[table.index].reshape(*shape, 3))
    return indexed_image(palette, labels[table.index], shape)


def small_png(image: Image.Image) -> bytes:
    """Write an indexed image as a PNG as small as oxipng's second level finds, losslessly.

    It may try filters and bit depths; the palette, its order and each pixel's place in it stay what they are.
    """
    # A job has one thread, and gives the same bytes with any number.
    os.environ.setdefault("RAYON_NUM_THREADS", "1")
    import oxipng

    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)  # it is deflated anew
    return oxipng.optimize_from_memory(
        file.getvalue(), level=2, color_type_reduction=False, palette_reduction=False, grayscale_reduction=False
    )


def read_indexed(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read an indexed PNG: its palette, (k, 3) uint8, and each pixel's place in it, (N,) uint8."""
    image = Image.open(path)
    return np.asarray(image.getpalette(), np.uint8).reshape(-1, 3), np.asarray(image).ravel()


def shrink(image: Image.Image, limit: int, resample: Image.Resampling, **jpeg: int) -> tuple[str, bytes]:
    """Make a copy of `limit` pixels at most on its longer side, to embed.

    Parameters
    ----------
    image
        An indexed one keeps its palette and stays a PNG; any other becomes a JPEG. It is shrunk itself.
    limit
        Pixels of the longer side.
    resample
        Filter for what is not indexed.
    **jpeg
        Options of Pillow's JPEG encoder.

    Returns
    -------
    tuple
        The MIME type and the file's bytes.
    """
    if image.mode == "P":
        image.thumbnail((limit, limit), Image.Resampling.NEAREST)
        return "image/png", small_png(image)
    file = io.BytesIO()
    image.thumbnail((limit, limit), resample)
    image.save(file, "JPEG", **jpeg)
    return "image/jpeg", file.getvalue()


def panel(image: Image.Image, limit: int) -> np.ndarray:
    """Bring an image of mode RGB or F to `limit` pixels at most on its longer side, (height, width, …).

    Small images grow by a whole factor, so that every pixel stays a crisp square.
    """
    if max(image.size) > limit:
        return np.asarray(ImageOps.contain(image, (limit, limit), Image.Resampling.BOX))
    factor = limit // max(image.size)
    return np.asarray(image).repeat(factor, axis=0).repeat(factor, axis=1)
