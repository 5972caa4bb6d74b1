"""Dithering shows the palette's colours alone, and nearer on average than flat areas can be."""

from types import SimpleNamespace

import numpy as np
from PIL import Image

from _images import dithered_image
from flatten import flatten
from reconstruct import main


def test_error_is_diffused_over_the_palette():
    grey = np.full((32, 32, 3), 96, np.uint8)
    palette = np.array([[0, 0, 0], [192, 192, 192]], np.uint8)
    image = dithered_image(palette, grey)
    assert set(np.unique(np.asarray(image))) == {0, 1}
    assert abs(np.asarray(image.convert("L")).mean() - 96) < 4


def test_dithering_leaves_an_exact_palette_exact(tmp_path):
    """Pillow's takes colours less than four levels apart for one another."""
    image = np.array([[[0, 0, 0], [1, 1, 1], [2, 2, 2]] * 4] * 5, np.uint8)
    table = flatten(image)
    np.savez(tmp_path / "pixels.npz", **table._asdict())
    np.savez(tmp_path / "clusters.npz", palette=table.colors, palette_labels=np.arange(3, dtype=np.uint8))
    job = SimpleNamespace(
        input=SimpleNamespace(pixels=tmp_path / "pixels.npz", clusters=tmp_path / "clusters.npz"),
        params=SimpleNamespace(reconstruct={"dither": "floyd-steinberg"}),
        output=[tmp_path / "reconstructed.png"],
    )
    main(job)
    assert (np.asarray(Image.open(tmp_path / "reconstructed.png").convert("RGB")) == image).all()


def test_every_pixel_is_of_the_palette(coffee, tmp_path):
    """Black fills an unused place of a palette in Pillow; it must not creep in."""
    palette = np.array([[250, 240, 230], [120, 60, 30], [200, 150, 100]], np.uint8)
    path = tmp_path / "dithered.png"
    dithered_image(palette, coffee).save(path, optimize=True)
    shown = np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3)
    assert {tuple(color) for color in np.unique(shown, axis=0).tolist()} <= {tuple(color) for color in palette.tolist()}
