"""Dithering uses only the palette's colours, and areas of them have the light of the picture."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from flatten import flatten
from photopalette.color.table import save_table
from photopalette.files.tables import read_rows
from photopalette.pictures.dithering import diffuse
from photopalette.pictures.indexed import indexed_image
from reconstruct import main

GREYS = np.arange(256, dtype=np.uint8)[:, None].repeat(3, axis=1)


def light(colors):
    """Linear light of sRGB colours, by the standard's definition."""
    values = np.asarray(colors) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def dithered(picture, palette):
    return palette[diffuse(flatten(picture), palette)].reshape(picture.shape)


@pytest.mark.parametrize("size", [(64, 64), (200, 40), (40, 200)])
@pytest.mark.parametrize("grey", [110, 118, 128, 150, 188, 220, 250])
def test_a_grey_area_in_black_and_white_has_its_light(grey, size):
    area = np.full((*size, 3), grey, np.uint8)
    shown = light(dithered(area, GREYS[[0, 255]]))
    assert shown.mean(axis=(0, 1)) == pytest.approx(light(area[0, 0]), rel=0.01)


@pytest.mark.parametrize("grey", [96, 128, 188, 220])
@pytest.mark.parametrize("shape", ["disc", "holes", "stripes"])
def test_a_cut_out_area_has_its_light(shape, grey):
    """What can't be handed to a transparent pixel is not lost."""
    y, x = np.indices((120, 120))
    masks = {
        "disc": (x - 60) ** 2 + (y - 60) ** 2 < 55**2,
        "holes": np.random.default_rng(0).random((120, 120)) < 0.7,
        "stripes": x % 7 < 3,
    }
    table = flatten(np.dstack([np.full((120, 120, 3), grey), masks[shape] * 255]).astype(np.uint8))
    shown = light(GREYS[[0, 255]])[diffuse(table, GREYS[[0, 255]])]
    assert shown.mean() == pytest.approx(light(grey), abs=0.006)


@pytest.mark.parametrize("seed", range(6))
def test_an_area_of_any_colour_that_the_palette_can_mix_has_its_light(seed):
    """In each channel, to a hundredth of white; half of these palettes are of eight corners, half of primaries."""
    rng = np.random.default_rng(seed)
    palette = np.array(list(itertools.product((0, 255), repeat=3)), np.uint8)
    if seed % 2:
        palette = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [40, 90, 160]], np.uint8)
    shares = rng.dirichlet(np.ones(len(palette)))
    color = np.abs(light(GREYS[:, :1]) - shares @ light(palette)).argmin(axis=0).astype(np.uint8)
    shown = light(dithered(np.full((128, 128, 3), color), palette))
    assert shown.mean(axis=(0, 1)) == pytest.approx(light(color), abs=0.01)


def test_every_part_of_a_ramp_has_its_light():
    """Not only the whole of it: errors stay where they are made."""
    ramp = np.arange(256, dtype=np.uint8).repeat(2)[None, :, None].repeat(64, axis=0).repeat(3, axis=2)
    shown = light(dithered(ramp, GREYS[[0, 60, 140, 255]])).reshape(64, 16, 32, 3).mean(axis=(0, 2))
    assert shown == pytest.approx(light(ramp).reshape(64, 16, 32, 3).mean(axis=(0, 2)), abs=0.01)


@pytest.mark.parametrize("color", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (255, 0, 255)])
@pytest.mark.parametrize("greys", [(60, 200), (0, 255), (40, 90, 140, 190)])
def test_errors_of_a_colour_that_cannot_be_mixed_stay_near_it(color, greys):
    """They are forgotten a few pixels on; if they added up, they would run through all that comes after."""
    picture = np.full((120, 120, 3), 128, np.uint8)
    picture[20:60, 20:60] = color
    shown, without = (light(dithered(some, GREYS[[*greys]])) for some in (picture, np.full_like(picture, 128)))
    far = [(slice(76, 120), slice(0, 120)), (slice(0, 60), slice(76, 120)), (slice(0, 60), slice(0, 12))]
    for place in far:
        assert shown[place].mean() == pytest.approx(without[place].mean(), abs=0.01)


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
    """Diffuse errors in light, pixel by pixel, from 32 mirrored rows on; −1 where nothing is."""
    picture, mask = (np.concatenate([some[:32][::-1], some]) for some in (picture, mask))
    wanted, shown, places = light(picture), light(palette), np.full(mask.shape, -1)
    limit = np.ptp(shown, axis=0).max() / 2
    weights = (np.array([0.2126, 0.7152, 0.0722]) + 1 / 3) / 2
    errors = np.zeros(picture.shape)
    there = np.pad(mask, 1)
    for y, x in np.argwhere(mask):
        error = errors[y, x] * min(1, limit / max(abs(errors[y, x]).max(), 1e-300))
        sought = wanted[y, x] + error
        places[y, x] = ((shown - sought) ** 2 @ weights).argmin()
        error = sought - shown[places[y, x]]
        if there[y + 1, x + 2]:
            errors[y, x + 1] += 7 / 16 * error
        rest = {side: share for side, share in ((-1, 3), (0, 5), (1, 1)) if there[y + 2, x + 1 + side]}
        for side, share in rest.items():
            handed = 9 / 16 if there[y + 1, x + 2] else 1
            errors[y + 1, x + side] += share / sum(rest.values()) * handed * error
    return places[32:]


@pytest.mark.parametrize("k", [2, 7, 255])
@pytest.mark.parametrize("cut_out", [False, True])
def test_diffusion_is_floyd_and_steinbergs(coffee, k, cut_out, monkeypatch):
    monkeypatch.setattr("photopalette.pictures.dithering._ROWS", 9)
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
