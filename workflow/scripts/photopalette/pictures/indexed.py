"""Images of few colours, and images at the size of a figure's panel."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from photopalette.color.table import ColorTable
from photopalette.files.pictures import open_picture
from photopalette.kernels.compiled import call

_ROWS = 256  # of a picture at a time, so that what is diffused takes little room
_BLOCK = 1 << 22  # pixels that are counted at a time
_SQUARE = 16  # pixels, of the checkerboard


def indexed_image(
    palette: np.ndarray, indices: np.ndarray, shape: tuple[int, int], mask: np.ndarray | None = None
) -> Image.Image:
    """Make a mode P image of exactly the given palette; of a cut-out, with a clear entry behind it.

    Parameters
    ----------
    palette : (k, 3) uint8
        The colours, k ≤ 256; of a cut-out k ≤ 255.
    indices : (N,) uint8
        Palette index of each pixel that counts.
    shape
        Height and width in pixels.
    mask : (height, width) bool or None
        Which pixels count; None where all do.
    """
    if mask is None:
        image = Image.fromarray(indices.reshape(shape))
        image.putpalette(palette.tobytes())
        return image
    clear = len(palette)
    places = np.full(shape, clear, np.uint8)
    places[mask] = indices
    image = Image.fromarray(places)
    image.putpalette(palette.tobytes() + bytes(3))
    image.info["transparency"] = clear
    return image


def diffuse(table: ColorTable, palette: np.ndarray) -> np.ndarray:
    """Show an image in the colours of a palette by Floyd and Steinberg's error diffusion (1976), in sRGB.

    Each pixel takes the colour nearest to its own and the errors handed on to it, the first of equally near ones;
    errors are in sixteenths of a level, and what is clear neither takes nor hands on any. So a picture whose colours
    are all in the palette stays as it is, which Pillow's diffusion, blind to the last two bits, does not promise.

    Parameters
    ----------
    table
        The image's colour table.
    palette : (k, 3) uint8
        The colours, k ≤ 256; of a cut-out k ≤ 255.

    Returns
    -------
    (N,) uint8
        Palette index of each pixel that counts.
    """
    height, width = table.shape.tolist()
    rows = table.spread(table.index.astype(np.int32), -1)
    colors, errors = table.colors.astype(np.int32), np.zeros((2, width + 2, 3), np.int32)
    places = np.empty((height, width), np.uint8)
    for top in range(0, height, _ROWS):
        block = np.ascontiguousarray(rows[top : top + _ROWS])
        call(
            "photopalette.kernels.dither",
            "dither",
            colors=colors,
            palette=palette.astype(np.int32),
            errors=errors,
            pixels=block,
        )
        places[top : top + _ROWS] = block
    return places.ravel() if table.mask is None else places[table.mask]


def rebuild(table: ColorTable, palette: np.ndarray, labels: np.ndarray, dither: str) -> Image.Image:
    """Rebuild an image from a palette, as an image of mode P.

    Parameters
    ----------
    table
        The image's colour table.
    palette : (k, 3) uint8
        The colours, k ≤ 256; of a cut-out k ≤ 255.
    labels : (U,) uint8
        Place in the palette of what stands for each colour of the table.
    dither
        ``none`` or ``floyd-steinberg``.
    """
    indices = diffuse(table, palette) if dither == "floyd-steinberg" else labels[table.index]
    return indexed_image(palette, indices, tuple(table.shape), table.mask)


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
    """Read an indexed PNG as :func:`take_apart` does it."""
    return take_apart(open_picture(path))


def take_apart(image: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """Give an image's palette, (k, 3) uint8, and each pixel's place in it, (N,) uint8, both without what is clear."""
    palette, indices = np.asarray(image.getpalette(), np.uint8).reshape(-1, 3), np.asarray(image).ravel()
    clear = image.info.get("transparency")
    return (palette, indices) if clear is None else (palette[:clear], indices[indices != clear])


def count_pixels(indices: np.ndarray, k: int) -> np.ndarray:
    """Count the pixels of each of k colours, (k,) int64, from the palette index of each pixel, (N,) uint8."""
    counts = np.zeros(k, np.int64)
    for start in range(0, len(indices), _BLOCK):  # np.bincount makes eight bytes of one
        counts += np.bincount(indices[start : start + _BLOCK], minlength=k)
    return counts


def shrink(image: Image.Image, limit: int, resample: Image.Resampling, **jpeg: int) -> tuple[str, bytes]:
    """Make a copy of `limit` pixels at most on its longer side, to embed.

    Parameters
    ----------
    image
        An indexed one keeps its palette and stays a PNG, as does a cut-out; any other becomes a JPEG. It is shrunk
        itself.
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
    if image.mode == "RGBA":
        image.save(file, "PNG", optimize=True)
        return "image/png", file.getvalue()
    image.save(file, "JPEG", **jpeg)
    return "image/jpeg", file.getvalue()


def panel(image: Image.Image, limit: int) -> np.ndarray:
    """Bring an image of mode RGB, RGBA, P or F to `limit` pixels at most on its longer side, (height, width, …).

    Small images grow by a whole factor, so that every pixel stays a crisp square. What is clear shows the checkerboard
    of image editors.
    """
    if image.mode == "P":
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if max(image.size) > limit:
        shown = np.asarray(ImageOps.contain(image, (limit, limit), Image.Resampling.BOX))
    else:
        factor = limit // max(image.size)
        shown = np.asarray(image).repeat(factor, axis=0).repeat(factor, axis=1)
    return on_checkerboard(shown) if image.mode == "RGBA" else shown


def over_counted(values: np.ndarray, bring: Callable[[Image.Image], Image.Image | np.ndarray]) -> np.ndarray:
    """Bring a map to another size.

    Parameters
    ----------
    values : (height, width) float32
        NaN where a pixel does not count.
    bring
        Brings an image of mode F there; where it averages, only what counts is averaged.

    Returns
    -------
    (height', width') float32
        NaN where less than half counts.
    """
    clear = np.isnan(values)
    if not clear.any():
        return np.asarray(bring(Image.fromarray(values)))
    share = np.asarray(bring(Image.fromarray((~clear).astype(np.float32))))
    sums = np.asarray(bring(Image.fromarray(np.where(clear, np.float32(0), values))))
    return np.where(share >= 0.5, sums / np.maximum(share, 0.5), np.float32(np.nan))


def on_checkerboard(picture: np.ndarray) -> np.ndarray:
    """Lay a picture, (height, width, 4) uint8, on the checkerboard that stands for nothing, (height, width, 3)."""
    rows, columns = np.indices(picture.shape[:2], sparse=True)
    board = np.where((rows // _SQUARE + columns // _SQUARE) % 2, 255, 228)[..., None]
    opacity = picture[..., 3:] / 255
    return np.rint(picture[..., :3] * opacity + board * (1 - opacity)).astype(np.uint8)
