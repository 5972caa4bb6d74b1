"""Open pictures that the pipeline has made itself."""

from pathlib import Path

from PIL import Image


def open_picture(path: str | Path) -> Image.Image:
    """Open a picture of our own, of any size, and let parts of any size be cut from it.

    Pillow takes what exceeds a limit of its own for a bomb. A stranger's picture has its limit in the configuration
    (_decode.py), and ours are no larger than that asks for.
    """
    Image.MAX_IMAGE_PIXELS = None
    return Image.open(path)
