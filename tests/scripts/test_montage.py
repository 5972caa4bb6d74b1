"""The montage shows every k, pixel by pixel."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from flatten import flatten
from lines import assert_legible
from montage import main, montage, palette_strip
from photopalette.color.table import save_table
from photopalette.pictures.indexed import indexed_image, panel


def test_strip_widths_are_shares():
    palette = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
    strip = palette_strip(indexed_image(palette, np.array([0] * 6 + [1] * 3 + [2], np.uint8), (2, 5)), 100)
    assert [(strip[0] == color).all(axis=1).sum() for color in palette] == [60, 30, 10]


def test_panels_are_drawn_crisp_and_titled(coffee, tmp_path):
    palette = np.array([[250, 10, 20], [30, 40, 50]], np.uint8)
    labels = np.arange(64 * 96, dtype=np.uint8) % 2
    indexed_image(palette, labels, (64, 96)).save(tmp_path / "k2.png")
    canvas = montage(Image.fromarray(coffee), 1234, {2: tmp_path / "k2.png"})
    assert [line.text for line in canvas.lines] == ["original", "1,234 colours", "k = 2"]
    few = montage(Image.fromarray(coffee), 1, {2: tmp_path / "k2.png"})
    assert [line.text for line in few.lines] == ["original", "1 colour", "k = 2", "1 colour"]
    canvas.save(tmp_path / "montage.png")
    drawn = np.asarray(Image.open(tmp_path / "montage.png").convert("RGB")).reshape(-1, 3)
    for color in palette:
        assert (drawn == color).all(axis=1).sum() > 64 * 96 * 36 / 2


def test_panels_lie_under_their_titles_and_over_their_palettes(coffee, tmp_path):
    rng = np.random.default_rng(0)
    pictures = {"original": Image.fromarray(coffee)}
    for k in (2, 3):
        image = indexed_image(
            rng.integers(0, 256, (k, 3), np.uint8), rng.integers(0, k, 64 * 96).astype(np.uint8), (64, 96)
        )
        image.save(tmp_path / f"{k}.png")
        pictures[f"k = {k}"] = Image.open(tmp_path / f"{k}.png")
    canvas = montage(pictures["original"], 9, {k: tmp_path / f"{k}.png" for k in (2, 3)}, columns=2)
    canvas.save(tmp_path / "montage.png")
    drawn = np.asarray(Image.open(tmp_path / "montage.png").convert("RGB"))
    places = {}
    for text, _, (left, _, _, foot) in canvas.lines:
        if text not in pictures:
            continue
        picture = pictures[text]
        expected = panel(picture, 640)[..., :3]
        height, width = expected.shape[:2]
        # Within a hairline that begins below the title.
        top = foot + int((drawn[foot:, left + 9] == 208).all(axis=1).argmax()) + 2
        left = left - 9 + int((drawn[top, left - 9 :] == 208).all(axis=1).argmax()) + 2
        assert top - foot < 20
        assert (drawn[top : top + height, left : left + width] == expected).all()
        assert (drawn[top - 4 : top - 2, left : left + width] == 255).all(), "nothing between title and picture"
        assert (drawn[top - 1, left : left + width] < 255).all(), "a white picture would have no edge"
        if picture.mode == "P":
            strip = palette_strip(picture, width)
            below = drawn[top + height : top + height + 40, left : left + width]
            assert ((below == strip[0]).all(axis=(1, 2))).sum() == len(strip) > 20
        places[text] = (left, top)
    (left, top), right, below = places.values()
    assert right == (left + 576 + 36, top)
    assert below[0] == left
    assert below[1] > top + 384 + 60
    assert drawn.shape[1] == right[0] + 576 + 36
    assert drawn.shape[0] - below[1] - 384 > 40


@pytest.mark.parametrize(("width", "noted"), [(16, False), (24, True), (96, True)])
def test_a_k_beyond_all_colours_says_so_where_there_is_room(coffee, tmp_path, width, noted):
    """Of two colours, k = 2 has all, and k = 3 no more."""
    image = indexed_image(
        np.array([[0, 0, 0], [9, 9, 9]], np.uint8), np.arange(64 * width, dtype=np.uint8) % 2, (64, width)
    )
    image.save(tmp_path / "k.png")
    canvas = montage(Image.fromarray(coffee[:, :width]), 2, {k: tmp_path / "k.png" for k in (2, 3)})
    texts = [line.text for line in canvas.lines]
    assert texts == ["original", "2 colours", "k = 2", "k = 3", *["all 2 colours"] * noted]
    shown = {line.text: line for line in canvas.lines}
    assert abs(shown["2 colours"].box[0] - shown["original"].box[0]) < 4
    assert shown["2 colours"].box[1] > shown["original"].box[3] + 384
    if noted:
        note, title = shown["all 2 colours"], shown["k = 3"]
        assert 0.7 * title.points <= note.points < title.points
        assert abs(note.box[3] - title.box[3]) < 10, "on one line"
    assert_legible(canvas)


@pytest.mark.parametrize(("shape", "columns"), [((16, 96), 1), ((64, 16), 4)])
def test_panoramas_are_stacked_and_portraits_side_by_side(coffee, tmp_path, shape, columns):
    Image.fromarray(coffee[: shape[0], : shape[1]]).quantize(2).save(tmp_path / "k.png")
    pictures = dict.fromkeys((2, 3, 4), tmp_path / "k.png")
    canvas = montage(Image.fromarray(coffee[: shape[0], : shape[1]]), 9, pictures)
    width = max(640 // max(shape) * shape[1], 150)
    assert canvas.image.width == columns * (width + 36) + 36


def test_the_count_is_of_photographs(coffee, tmp_path, monkeypatch):
    Image.fromarray(coffee).save(tmp_path / "resized.png")
    save_table(tmp_path / "pixels.npz", flatten(coffee))
    Image.fromarray(coffee).quantize(2).save(tmp_path / "k.png")
    drawn = []
    monkeypatch.setattr("montage.montage", lambda *given: drawn.append(given) or montage(*given))
    job = SimpleNamespace(
        input=SimpleNamespace(
            resized=tmp_path / "resized.png", pixels=tmp_path / "pixels.npz", reconstructed=[tmp_path / "k.png"]
        ),
        params=SimpleNamespace(n_clusters=[2], montage={"columns": 1}),
        output=[tmp_path / "montage.png"],
    )
    main(job)
    assert drawn[0][1:] == (len(np.unique(coffee.reshape(-1, 3), axis=0)), {2: tmp_path / "k.png"}, 1)
    width, height = Image.open(tmp_path / "montage.png").size
    assert height > width, "one column"


@pytest.mark.parametrize("size", [(12, 300), (1, 400), (30, 64)])
@pytest.mark.parametrize("n_clusters", [(1,), (1, 2, 4, 16, 64, 256)])
def test_words_of_narrow_panels_do_not_meet(size, n_clusters, tmp_path):
    photo = Image.new("RGB", size, "white")
    photo.quantize(2).save(tmp_path / "k.png")
    assert_legible(montage(photo, 123_456, dict.fromkeys(n_clusters, tmp_path / "k.png")))
