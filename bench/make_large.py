"""Make a photograph of many megapixels with realistic colours, always the same: a mosaic of bundled photos.

    python bench/make_large.py 24 data/large-24.png
    python bench/make_large.py 100 data/large-100.png

Each tile is one of scikit-image's photos, enlarged, at an exposure of its own, with the noise of a sensor.
"""

import argparse
import math
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow/scripts"))

from photopalette.photo.fetch import bundled_path

_PHOTOS = ("coffee", "astronaut", "chelsea", "rocket", "retina", "hubble_deep_field", "motorcycle_left")
_TILE = (1500, 1000)  # pixels


def mosaic(megapixels: float) -> np.ndarray:
    """Compose a 3:2 picture, (h, w, 3) uint8."""
    height = round(math.sqrt(megapixels * 1e6 / 1.5))
    width = round(1.5 * height)
    picture = np.empty((height, width, 3), np.uint8)
    rng = np.random.default_rng(0)
    photos = [Image.open(bundled_path(f"skimage:{name}")).convert("RGB") for name in _PHOTOS]
    number = 0
    for top in range(0, height, _TILE[1]):
        for left in range(0, width, _TILE[0]):
            photo = photos[number % len(photos)].resize(_TILE, Image.Resampling.BICUBIC)
            tile = np.asarray(photo, np.float32) * rng.uniform(0.7, 1.2) + rng.normal(0, 1, (*_TILE[::-1], 3))
            room = picture[top : top + _TILE[1], left : left + _TILE[0]]
            room[:] = np.clip(np.rint(tile), 0, 255).astype(np.uint8)[: room.shape[0], : room.shape[1]]
            number += 1
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("megapixels", type=float)
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    picture = mosaic(arguments.megapixels)
    Image.fromarray(picture).save(arguments.path, compress_level=1)
    print(f"{arguments.path}: {picture.shape[1]} × {picture.shape[0]} pixels")


if __name__ == "__main__":
    main()
