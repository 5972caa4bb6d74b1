"""Dithering uses only the palette's colours, and is closer to the picture on average than flat areas can be."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from flatten import flatten
from photopalette.color.table import save_table
from photopalette.files.tables import read_rows
from photopalette.pictures.indexed import diffuse, indexed_image
from reconstruct import main


def test_error_is_diffused_over_the_palette():
    grey = np.full((32, 32, 3), 96, np.uint8)
    palette = np.array([[0, 0, 0], [192, 192, 192]], np.uint8)
    indices = diffuse(flatten(grey), palette)
    assert set(np.unique(indices)) == {0, 1}
    assert abs(palette[indices].mean() - 96) < 4


def test_dithering_leaves_an_exact_palette_exact(tmp_path):
    """Pillow's takes colours less than four levels apart for one another."""
    image = np.array([[[0, 0, 0], [1, 1, 1], [2, 2, 2]] * 4] * 5, np.uint8)
    table = flatten(image)
    save_table(tmp_path / "pixels.npz", table)
    labels = np.arange(3, dtype=np.uint8)
    np.savez(tmp_path / "clusters.npz", palette=table.colors, palette_labels=labels, pixels=table.counts)
    job = SimpleNamespace(
        wildcards=SimpleNamespace(image="a photo", k="3"),
        input=SimpleNamespace(pixels=tmp_path / "pixels.npz", clusters=tmp_path / "clusters.npz"),
        params=SimpleNamespace(reconstruct={"dither": "floyd-steinberg"}),
        output=SimpleNamespace(reconstructed=tmp_path / "reconstructed.png"),
    )
    main(job)
    assert (np.asarray(Image.open(tmp_path / "reconstructed.png").convert("RGB")) == image).all()
    palette = read_rows(tmp_path / "palette.csv")
    assert [[int(row[channel]) for channel in "rgb"] for row in palette] == table.colors.tolist()
    assert [int(row["pixels"]) for row in palette] == table.counts.tolist()
    assert "a photo" in (tmp_path / "palette.gpl").read_text()


def test_every_pixel_is_of_the_palette(coffee, tmp_path):
    """Black fills an unused place of a palette in Pillow; it must not creep in."""
    palette = np.array([[250, 240, 230], [120, 60, 30], [200, 150, 100]], np.uint8)
    path = tmp_path / "dithered.png"
    indexed_image(palette, diffuse(flatten(coffee), palette), coffee.shape[:2]).save(path, optimize=True)
    shown = np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3)
    assert {tuple(color) for color in np.unique(shown, axis=0).tolist()} <= {tuple(color) for color in palette.tolist()}


def floyd_steinberg(picture: np.ndarray, palette: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Diffuse errors pixel by pixel, in sixteenths; −1 where nothing is."""
    height, width = mask.shape
    errors, places = np.zeros((height + 1, width + 2, 3), int), np.full(mask.shape, -1)
    for y, x in np.argwhere(mask):
        wanted = (picture[y, x] + (errors[y, x + 1] + 8) // 16).clip(0, 255)
        places[y, x] = ((palette.astype(int) - wanted) ** 2).sum(axis=1).argmin()
        error = wanted - palette[places[y, x]]
        for dy, dx, share in ((0, 1, 7), (1, -1, 3), (1, 0, 5), (1, 1, 1)):
            errors[y + dy, x + 1 + dx] += share * error
    return places


@pytest.mark.parametrize("k", [2, 7, 255])
@pytest.mark.parametrize("cut_out", [False, True])
def test_diffusion_is_floyd_and_steinbergs(coffee, k, cut_out, monkeypatch):
    monkeypatch.setattr("photopalette.pictures.indexed._ROWS", 9)
    mask = np.random.default_rng(3).random((64, 96)) < 0.8 if cut_out else np.ones((64, 96), bool)
    palette = np.random.default_rng(k).integers(0, 256, (k, 3), dtype=np.uint8)
    table = flatten(np.dstack([coffee, mask * np.uint8(255)]))
    assert (diffuse(table, palette) == floyd_steinberg(coffee, palette, mask)[mask]).all()


def test_neighbouring_greys_dithered_to_themselves_come_out_unchanged():
    """Pillow looks at the upper six bits only."""
    greys = np.random.default_rng(0).integers(240, 256, (40, 50, 1), dtype=np.uint8).repeat(3, axis=2)
    palette = np.arange(240, 256, dtype=np.uint8)[:, None].repeat(3, axis=1)
    assert (palette[diffuse(flatten(greys), palette)] == greys.reshape(-1, 3)).all()


def test_transparent_pixels_neither_take_nor_pass_on_errors():
    """Two halves with a clear column between come out as each by itself."""
    rng = np.random.default_rng(4)
    left, right = (rng.integers(0, 256, (30, 20, 3), dtype=np.uint8) for _ in range(2))
    clear = np.zeros((30, 1, 3), np.uint8)
    both = np.dstack([np.hstack([left, clear, right]), np.full((30, 41), 255, np.uint8)])
    both[:, 20, 3] = 0
    palette = rng.integers(0, 256, (5, 3), dtype=np.uint8)
    places = flatten(both).spread(diffuse(flatten(both), palette), 255)
    assert (places[:, :20] == diffuse(flatten(left), palette).reshape(30, 20)).all()
    assert (places[:, 21:] == diffuse(flatten(right), palette).reshape(30, 20)).all()
    assert (places[:, 20] == 255).all()
