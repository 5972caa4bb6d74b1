"""A given palette's picture has the whole palette as it is, and every pixel in the nearest of its colours."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from flatten import flatten
from photopalette.color.spaces import to_space
from photopalette.color.table import save_table
from photopalette.pictures.indexed import diffuse
from photopalette.run.job import JobError
from repaint import main

# Not by their pixels, the last without any, and one of them twice.
PALETTE = ["#3060c0", "#402010", "white", "#c08040", "#402010", "#00ff00"]
COLORS = np.array([[48, 96, 192], [64, 32, 16], [255, 255, 255], [192, 128, 64], [0, 255, 0]], np.uint8)


@pytest.fixture
def paint(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def paint(picture, palettes, name="mine", space="rgb", dither="none", files=()):
        save_table("pixels.npz", flatten(picture))
        main(
            SimpleNamespace(
                wildcards=SimpleNamespace(image="cup", palette=name),
                params=SimpleNamespace(palettes=palettes, space=space, reconstruct={"dither": dither}),
                input=SimpleNamespace(pixels="pixels.npz", palettes=list(files)),
                output=["mine.png"],
            )
        )
        return Image.open(io.BytesIO((tmp_path / "mine.png").read_bytes()))

    return paint


@pytest.mark.parametrize("space", ["rgb", "lab"])
def test_every_pixel_has_the_nearest_colour_of_a_palette_that_is_kept_as_it_is(coffee, paint, space):
    image = paint(coffee, {"mine": PALETTE}, space=space)
    assert np.reshape(image.getpalette(), (-1, 3)).tolist() == COLORS.tolist()
    pixels, centres = to_space(coffee.reshape(-1, 3), space), to_space(COLORS, space)
    nearest = ((pixels[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    assert (np.asarray(image).ravel() == nearest).all()


def test_it_is_dithered_if_the_study_is(coffee, paint):
    image = paint(coffee, {"mine": PALETTE}, dither="floyd-steinberg")
    assert (np.asarray(image).ravel() == diffuse(flatten(coffee), COLORS)).all()


def test_files_are_read_where_they_were_put(coffee, paint, tmp_path):
    (tmp_path / "elsewhere.hex").write_text("ffffff\n402010\n")
    palettes = {"list": ["red"], "none": None, "other": "other.hex", "mine": "mine.hex"}
    image = paint(coffee, palettes, files=["missing.hex", "elsewhere.hex"])
    assert np.reshape(image.getpalette(), (-1, 3)).tolist() == [[255, 255, 255], [64, 32, 16]]


@pytest.mark.parametrize("dither", ["none", "floyd-steinberg"])
def test_a_device_is_sent_its_own_colours_where_it_shows_the_nearest(coffee, paint, tmp_path, dither):
    (tmp_path / "shown.hex").write_text("1c2024\ne4e5e1\nad1d1f\n")
    (tmp_path / "device.csv").write_text("shown,sent\n#1c2024,#000000\n#e4e5e1,#ffffff\n#ad1d1f,#ff0000\n")
    cut = np.dstack([coffee, np.where(np.arange(64)[:, None] < 9, np.uint8(0), np.full((64, 96), 255, np.uint8))])
    for picture in (coffee, cut):
        shown, sent = (paint(picture, {"mine": name}, dither=dither) for name in ("shown.hex", "device.csv"))
        assert (np.asarray(sent) == np.asarray(shown)).all()
        assert sent.getpalette()[:9] == [0, 0, 0, 255, 255, 255, 255, 0, 0]
        assert sent.info.get("transparency") == shown.info.get("transparency")


def test_a_palette_that_the_config_does_not_give_is_named(coffee, paint):
    for palettes in ({}, {"mine": None}):
        with pytest.raises(JobError, match="the config gives no palette 'mine' to try on this image"):
            paint(coffee, palettes)


def test_a_cut_out_has_room_for_255_colours(coffee, paint):
    cut = np.dstack([coffee, np.where(np.arange(64)[:, None] < 9, np.uint8(0), np.full((64, 96), 255, np.uint8))])
    greens = [f"#00{level:02x}00" for level in range(256)]
    image = paint(cut, {"mine": greens[:255]})
    assert image.info["transparency"] == 255
    assert ((np.asarray(image) == 255) == (cut[..., 3] == 0)).all()
    with pytest.raises(JobError, match=r"palettes\.mine: an indexed PNG holds 256 colours.*use 255 at most"):
        paint(cut, {"mine": greens})
