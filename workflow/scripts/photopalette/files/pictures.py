"""Open pictures that the pipeline has made itself, which may be larger than Pillow's limit."""

from pathlib import Path
from typing import BinaryIO

from PIL import Image


def lift_limit() -> None:
    """Lift Pillow's limit on the size of a picture, above which it suspects a decompression bomb."""
    Image.MAX_IMAGE_PIXELS = None


def open_picture(file: str | Path | BinaryIO) -> Image.Image:
    """Open a picture that the pipeline has made, whatever its size."""
    lift_limit()
    return Image.open(file)
