"""A card to share shows the photo, its picture, the palette in its shares, and the number."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from card import beside, draw, fill, main
from pages import recommendation
from photopalette.pictures.indexed import indexed_image
from photopalette.pictures.sheet import lay_out

RED, BLUE = (200, 30, 30), (20, 40, 160)


def drawn(canvas, path):
    canvas.save(path)
    with Image.open(path) as image:
        assert image.size == (1200, 630)
        return np.asarray(image.convert("RGB"))


def flat(color, width, height):
    return Image.new("RGB", (width, height), color)


def two_colors(width, height, share):
    """A picture whose upper part, a share of it, is red, and the rest blue."""
    labels = (np.arange(width * height) >= share * width * height).astype(np.uint8)
    return indexed_image(np.array([RED, BLUE], np.uint8), labels, (height, width))


@pytest.mark.parametrize(("width", "height"), [(320, 213), (213, 320), (12, 300), (1200, 90), (1, 1), (4000, 3000)])
def test_photo_picture_and_palette_are_there_whatever_the_shape(width, height, tmp_path):
    picture = two_colors(width, height, 0.75)
    card = drawn(draw(flat("white", width, height), picture, "Photo", "8.6 kB, mean ΔE 4.6"), tmp_path / "card.png")
    above = card[:420].reshape(-1, 3)
    share = max((card[445] == RED).all(axis=1).mean(), 0)
    assert share == pytest.approx(0.75 if width * height > 1 else 1, abs=0.01), "widths are shares"
    assert (above == 255).all(axis=1).sum() > 500, "the photo"
    assert (above == RED).all(axis=1).sum() > 500, "the picture"
    assert (card[480:] < 128).all(axis=2).sum() > 1000, "the words"


def test_a_photo_that_is_neither_wide_nor_narrow_is_one_view_cut_in_the_middle(tmp_path):
    ramp = np.linspace(0, 255, 300).astype(np.uint8)[None, :, None].repeat(200, axis=0).repeat(3, axis=2)
    labels = (ramp[..., 0].ravel() > 127).astype(np.uint8)
    picture = indexed_image(np.array([[0, 0, 0], [255, 255, 255]], np.uint8), labels, (200, 300))
    card = drawn(draw(Image.fromarray(ramp), picture, "Ramp", ""), tmp_path / "card.png")[200, :, 0].astype(int)
    assert (np.diff(card[:590]) >= 0).all()
    assert card[0] < 3
    assert abs(card[590] - 126) < 4
    assert (card[620:] > 250).all()


@pytest.mark.parametrize("size", [(100, 4), (4, 100)])
def test_what_is_too_wide_or_narrow_is_shown_whole(size):
    box = fill(flat(RED, *size), 600, 400)
    red = (box == RED).all(axis=2)
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    aspect = (columns[-1] - columns[0] + 1) / (rows[-1] - rows[0] + 1)
    assert aspect == pytest.approx(size[0] / size[1], rel=0.1)


def test_a_picture_in_few_colours_gets_no_others(tmp_path):
    picture = indexed_image(np.array([RED, BLUE], np.uint8), (np.arange(48) % 2).astype(np.uint8), (6, 8))
    card = drawn(draw(flat(RED, 8, 6), picture, "", ""), tmp_path / "card.png")
    assert {tuple(color) for color in card[:420, 610:].reshape(-1, 3).tolist()} == {RED, BLUE}


def test_a_sheet_of_photos_is_shown_whole_without_what_is_between_them():
    sheet, _ = lay_out({"a": flat(RED, 40, 30), "b": flat(BLUE, 30, 40)})
    card = beside(sheet, sheet, is_sheet=True)
    assert {tuple(color) for color in card[2:-2, [2, 590, 610, 1190]].reshape(-1, 3).tolist()} == {(245, 245, 245)}
    for half in (card[:, :598], card[:, 602:]):
        red, blue = ((half == color).all(axis=2).sum() for color in (RED, BLUE))
        assert red == pytest.approx(blue, rel=0.1)
        assert (half == (228, 228, 228)).all(axis=2).sum() == 0


def test_what_is_transparent_shows_a_checkerboard():
    box = fill(Image.new("RGBA", (30, 20), (0, 0, 0, 0)), 600, 400)
    assert {int(level) for level in np.unique(box)} == {228, 255}


def test_a_white_palette_has_edges(tmp_path):
    white = indexed_image(np.full((1, 3), 255, np.uint8), np.zeros(600, np.uint8), (20, 30))
    card = drawn(draw(flat("white", 30, 20), white, "", ""), tmp_path / "card.png")
    assert (card[420] < 240).all()
    assert (card[469] < 240).all()


def test_the_card_is_of_what_the_page_shows_first_and_the_same_every_time(tmp_path):
    for k, color in ((2, RED), (7, BLUE)):
        folder = tmp_path / (f"k{k}" if k == 2 else "answer")
        folder.mkdir()
        indexed_image(np.array([color], np.uint8), np.zeros(600, np.uint8), (20, 30)).save(folder / "reconstructed.png")
    flat("white", 30, 20).save(tmp_path / "resized.png")
    given = recommendation(target=7, asked={"delta_e_mean": 5}) | {"answer": {"k": 7, "meets": True, "most": 256}}
    (tmp_path / "recommendation.json").write_text(json.dumps(given))
    (tmp_path / "scores.csv").write_text("k,delta_e_mean\n2,9.5\n")
    names = {"resized": "resized.png", "recommendation": "recommendation.json", "scores": "scores.csv"}
    cards = []
    for number in range(2):
        job = SimpleNamespace(
            input=SimpleNamespace(**{key: tmp_path / name for key, name in names.items()}),
            params=SimpleNamespace(title="صورة $x$ <b>", n_clusters=[2]),
            wildcards=SimpleNamespace(image="photo"),
            output=[tmp_path / f"card{number}.png"],
        )
        main(job)
        cards.append(job.output[0].read_bytes())
    assert cards[0] == cards[1]
    card = np.asarray(Image.open(tmp_path / "card0.png").convert("RGB"))
    assert (card[200, 700] == BLUE).all()
