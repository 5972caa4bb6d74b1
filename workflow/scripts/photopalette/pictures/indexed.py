"""Images in few colours, and images at the size of a figure's panel."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from photopalette.color.table import ColorTable
from photopalette.files.pictures import LARGE, open_picture
from photopalette.pictures.dithering import dither as dithered

_BLOCK = 1 << 22  # pixels counted at a time
_SQUARE = 16  # pixels of a square of the checkerboard


def indexed_image(
    palette: np.ndarray, indices: np.ndarray, shape: tuple[int, int], mask: np.ndarray | None = None
) -> Image.Image:
    """Create a mode P image with exactly the given palette, followed by a transparent entry for a cut-out.

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
    transparent = len(palette)
    places = np.full(shape, transparent, np.uint8)
    places[mask] = indices
    image = Image.fromarray(places)
    image.putpalette(palette.tobytes() + bytes(3))
    image.info["transparency"] = transparent
    return image


def rebuild(
    table: ColorTable, palette: np.ndarray, labels: np.ndarray, dither: str, serpentine: bool = False
) -> Image.Image:
    """Rebuild an image from a palette as an image of mode P.

    Parameters
    ----------
    table
        The image's colour table.
    palette : (k, 3) uint8
        The colours, k ≤ 256; of a cut-out k ≤ 255.
    labels : (U,) uint8
        Palette index for each colour of the table.
    dither, serpentine
        ``none``, or how to dither, see :func:`photopalette.pictures.dithering.dither`.
    """
    indices = labels[table.index] if dither == "none" else dithered(table, palette, dither, serpentine)
    return indexed_image(palette, indices, tuple(table.shape), table.mask)


def small_png(image: Image.Image) -> bytes:
    """Encode an indexed image as a PNG, made as small as oxipng's second level can without loss.

    Only filters and bit depth are optimized; the palette, its order and the indices stay the same. The rows of a large
    image are not filtered, and compressed only once: a tenth more bytes in a sixth of the time.
    """
    # A job has one thread; the bytes do not depend on it.
    os.environ.setdefault("RAYON_NUM_THREADS", "1")
    import oxipng

    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)  # oxipng compresses it anew
    effort = {"level": 2}
    if image.width * image.height > LARGE:
        effort = {"level": 0, "filter": [oxipng.RowFilter.NoOp], "deflate": oxipng.Deflaters.libdeflater(9)}
    return oxipng.optimize_from_memory(
        file.getvalue(), **effort, color_type_reduction=False, palette_reduction=False, grayscale_reduction=False
    )


def read_indexed(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read the palette and the indices of an indexed PNG, see :func:`palette_and_indices`."""
    return palette_and_indices(open_picture(path))


def palette_and_indices(image: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """Return the palette, (k, 3) uint8, and the indices, (N,) uint8, of an image, without its transparent pixels."""
    palette, indices = np.asarray(image.getpalette(), np.uint8).reshape(-1, 3), np.asarray(image).ravel()
    transparent = image.info.get("transparency")
    return (palette, indices) if transparent is None else (palette[:transparent], indices[indices != transparent])


def count_pixels(indices: np.ndarray, k: int) -> np.ndarray:
    """Count the pixels of each of k colours, (k,) int64, from the palette index of each pixel, (N,) uint8."""
    counts = np.zeros(k, np.int64)
    for start in range(0, len(indices), _BLOCK):  # np.bincount converts each byte to eight
        counts += np.bincount(indices[start : start + _BLOCK], minlength=k)
    return counts


def shrink(image: Image.Image, limit: int, resample: Image.Resampling, **jpeg: int) -> tuple[str, bytes]:
    """Shrink an image to `limit` pixels at most on its longer side, and encode it to be embedded.

    Parameters
    ----------
    image
        An indexed image keeps its palette and becomes a PNG, as does a cut-out; any other becomes a JPEG. It is changed
        in place.
    limit
        Pixels of the longer side.
    resample
        Filter for images that are not indexed.
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
    """Resize an image of mode RGB, RGBA, P or F to `limit` pixels at most on its longer side, (height, width, …).

    Small images are enlarged by a whole factor, so that every pixel stays a crisp square. Transparent pixels show the
    checkerboard of image editors.
    """
    if image.mode == "P":
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if max(image.size) > limit:
        shown = np.asarray(ImageOps.contain(image, (limit, limit), Image.Resampling.BOX))
    else:
        factor = limit // max(image.size)
        shown = np.asarray(image).repeat(factor, axis=0).repeat(factor, axis=1)
    return on_checkerboard(shown) if image.mode == "RGBA" else shown


def resize_map(values: np.ndarray, resize: Callable[[Image.Image], Image.Image | np.ndarray]) -> np.ndarray:
    """Resize a map of values, some of which may be missing.

    Parameters
    ----------
    values : (height, width) float32
        NaN where a value is missing.
    resize
        Resizes an image of mode F; averages are taken over the values that are there.

    Returns
    -------
    (height', width') float32
        NaN where more than half of the values are missing.
    """
    missing = np.isnan(values)
    if not missing.any():
        return np.asarray(resize(Image.fromarray(values)))
    share = np.asarray(resize(Image.fromarray((~missing).astype(np.float32))))
    sums = np.asarray(resize(Image.fromarray(np.where(missing, np.float32(0), values))))
    return np.where(share >= 0.5, sums / np.maximum(share, 0.5), np.float32(np.nan))


def on_checkerboard(picture: np.ndarray) -> np.ndarray:
    """Composite a picture, (height, width, 4) uint8, over a checkerboard, (height, width, 3)."""
    rows, columns = np.indices(picture.shape[:2], sparse=True)
    board = np.where((rows // _SQUARE + columns // _SQUARE) % 2, 255, 228)[..., None]
    opacity = picture[..., 3:] / 255
    return np.rint(picture[..., :3] * opacity + board * (1 - opacity)).astype(np.uint8)
