"""Open pictures that the pipeline has made itself, without the limit of size that strangers' have."""

from pathlib import Path

from PIL import Image


def lift_limit() -> None:
    """Let Pillow open, cut and draw on pictures of any size: what exceeds its own limit it takes for a bomb."""
    Image.MAX_IMAGE_PIXELS = None


def open_picture(path: str | Path) -> Image.Image:
    """Open a picture of our own, whatever its size, also for parts of any size to be cut from it."""
    lift_limit()
    return Image.open(path)
