"""Indexed PNGs are exactly their palette; panels keep every pixel crisp."""

import io
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from photopalette.pictures.indexed import count_pixels, indexed_image, panel, read_indexed, resize_map, small_png
from pictures import encoded, photograph
from project import ROOT

PALETTES = {
    "any": lambda rng, k: rng.integers(0, 256, (k, 3)),
    "grey": lambda rng, k: rng.integers(0, 256, (k, 1)).repeat(3, axis=1),
    "ramp": lambda rng, k: np.linspace(0, 255, k)[:, None].repeat(3, axis=1),
    "twins": lambda rng, k: rng.integers(0, 256, (k, 3))[rng.integers(0, max(1, k // 3), k)],
    "black": lambda rng, k: np.zeros((k, 3)),
}
LABELS = {
    "noise": lambda rng, k: rng.integers(0, k, 60 * 40),
    "few used": lambda rng, k: rng.integers(0, max(1, k // 4), 60 * 40),
    "last only": lambda rng, k: np.full(60 * 40, k - 1),
    "areas": lambda rng, k: np.arange(60 * 40) * k // (60 * 40),
}


@pytest.mark.parametrize("use", LABELS)
@pytest.mark.parametrize("kind", PALETTES)
@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 16, 17, 256])
def test_png_is_indexed_and_keeps_palette_and_places(k, kind, use, tmp_path):
    """What could be written smaller as grey, with a sorted palette, or without twins, stays as it is."""
    rng = np.random.default_rng(k)
    palette = PALETTES[kind](rng, k).astype(np.uint8)
    labels = LABELS[use](rng, k).astype(np.uint8)
    path = tmp_path / "image.png"
    path.write_bytes(small_png(indexed_image(palette, labels, (40, 60))))

    assert (np.asarray(Image.open(path).convert("RGB")) == palette[labels].reshape(40, 60, 3)).all()
    # The header by the PNG specification: IHDR's depth and colour type 3, then a PLTE of k colours.
    data = path.read_bytes()
    assert max(1, (k - 1).bit_length()) <= data[24]
    assert data[25] == 3
    start = data.index(b"PLTE")
    assert data[start + 4 : start + 4 + 3 * k] == palette.tobytes()
    assert int.from_bytes(data[start - 4 : start]) == 3 * k
    read_palette, read_labels = read_indexed(path)
    assert (read_palette == palette).all()
    assert (read_labels == labels).all()


@pytest.mark.parametrize("k", [2, 4, 8, 10, 32])
def test_png_of_a_photograph_is_smaller_than_pillows(k, coffee):
    image = Image.fromarray(coffee).quantize(k, dither=Image.Dither.NONE)
    assert len(small_png(image)) < len(encoded(image, "PNG", optimize=True))


@pytest.mark.parametrize("k", [2, 4, 10, 32])
def test_a_large_picture_is_the_same_and_at_most_a_little_larger_than_pillows(k, coffee):
    image = Image.fromarray(photograph(coffee)).quantize(k, dither=Image.Dither.NONE)
    png = small_png(image)
    assert (np.asarray(Image.open(io.BytesIO(png))) == np.asarray(image)).all()
    assert Image.open(io.BytesIO(png)).getpalette() == image.getpalette()
    assert len(png) < 1.05 * len(encoded(image, "PNG", optimize=True))


def test_any_number_of_threads_gives_the_same_png(coffee, tmp_path):
    Image.fromarray(coffee).quantize(10).save(tmp_path / "image.png")
    program = (
        "import sys; from PIL import Image; from photopalette.pictures.indexed import small_png; "
        "sys.stdout.buffer.write(small_png(Image.open(sys.argv[1])))"
    )
    scripts = ROOT / "workflow/scripts"
    first, second = (
        subprocess.run(
            [sys.executable, "-c", program, tmp_path / "image.png"],
            env={**os.environ, "PYTHONPATH": str(scripts), "RAYON_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "4")
    )
    assert first == second
    assert first == small_png(Image.open(tmp_path / "image.png"))


def test_small_images_grow_by_whole_pixels(coffee):
    shown = panel(Image.fromarray(coffee), 200)
    assert shown.shape == (128, 192, 3)
    assert (shown[::2, ::2] == coffee).all()
    assert (shown[1::2, 1::2] == coffee).all()


def test_large_images_are_bounded(coffee):
    assert panel(Image.fromarray(coffee), 48).shape == (32, 48, 3)


def test_maps_shrink_by_their_means():
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert panel(Image.fromarray(values), 2) == pytest.approx(values.reshape(2, 2, 2, 2).mean(axis=(1, 3)))


@pytest.mark.parametrize("k", [1, 3, 255])
def test_a_cut_out_has_a_clear_entry_behind_its_colours(tmp_path, k):
    rng = np.random.default_rng(k)
    palette, mask = rng.integers(0, 256, (k, 3), dtype=np.uint8), rng.random((20, 30)) < 0.7
    labels = rng.integers(0, k, np.count_nonzero(mask)).astype(np.uint8)
    path = tmp_path / "cutout.png"
    path.write_bytes(small_png(indexed_image(palette, labels, (20, 30), mask)))
    image = Image.open(path)
    assert image.mode == "P"
    shown = np.asarray(image.convert("RGBA"))
    assert (shown[..., 3] == mask * 255).all()
    assert (shown[mask][:, :3] == palette[labels]).all()
    again, places = read_indexed(path)
    assert (again == palette).all()
    assert (places == labels).all()
    assert len(image.getpalette()) == 3 * (k + 1)


def test_a_clear_place_shows_the_checkerboard():
    picture = np.zeros((4, 6, 4), np.uint8)
    picture[1:3, 2:5] = (10, 200, 30, 255)
    shown = panel(Image.fromarray(picture), 60)
    assert shown.shape == (40, 60, 3)
    assert (shown[10:30, 20:50] == (10, 200, 30)).all()
    assert {tuple(color) for color in shown[:10].reshape(-1, 3).tolist()} == {(228, 228, 228), (255, 255, 255)}


def test_maps_average_only_what_counts():
    values = np.array([[1, np.nan, 5, 7], [3, np.nan, np.nan, np.nan]], np.float32)
    halved = resize_map(values, lambda image: image.resize((2, 1), Image.Resampling.BOX))
    assert halved.tolist() == [[2.0, 6.0]]
    missing = resize_map(values[:, 1:3], lambda image: image.resize((1, 1), Image.Resampling.BOX))
    assert np.isnan(missing).all()


def test_pixels_of_each_colour_are_counted_in_parts(monkeypatch):
    monkeypatch.setattr("photopalette.pictures.indexed._BLOCK", 7)
    indices = np.array([3, 0, 3, 1] * 25, np.uint8)
    assert count_pixels(indices, 5).tolist() == [25, 25, 0, 50, 0]
