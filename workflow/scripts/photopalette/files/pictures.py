"""Open and save pictures of the pipeline's own, which may be larger than Pillow's limit."""

import io
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

LARGE = 1 << 20  # pixels above which a picture is encoded in a fraction of the time, for a few per cent more bytes
_STRIPE, _PERIOD = 16, 128  # rows of a large picture on which encodings are tried: so many of so many


def lift_limit() -> None:
    """Lift Pillow's limit on the size of a picture, above which it suspects a decompression bomb."""
    Image.MAX_IMAGE_PIXELS = None


def open_picture(file: str | Path | BinaryIO) -> Image.Image:
    """Open a picture that the pipeline has made, whatever its size."""
    lift_limit()
    return Image.open(file)


def save_photograph(pixels: np.ndarray, path: str | Path, **options: Any) -> None:
    """Write a photograph as a PNG.

    Once its rows are filtered, a photograph repeats little but single bytes. So if it is large, zlib looks for runs of
    bytes alone, which takes a sixth of the time and gives about as many bytes. Drawings and text repeat whole patterns:
    for them, zlib's fastest search makes the smaller file. A sample of the rows tells which of the two it is.

    Parameters
    ----------
    pixels : (height, width, 3) or (height, width, 4) uint8
    path
        File to write to.
    **options
        More options of Pillow's PNG encoder.
    """
    if pixels.shape[0] * pixels.shape[1] > LARGE:
        sample = Image.fromarray(pixels[np.arange(len(pixels)) % _PERIOD < _STRIPE])
        options |= min(({"compress_type": zlib.Z_RLE}, {"compress_level": 1}), key=lambda way: _png_bytes(sample, way))
    Image.fromarray(pixels).save(path, "PNG", **options)


def _png_bytes(image: Image.Image, options: dict[str, Any]) -> int:
    """Count the bytes of an image as a PNG."""
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return len(file.getvalue())
