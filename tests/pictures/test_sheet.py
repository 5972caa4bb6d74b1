"""Photos that are studied together lie on one sheet, whole and apart, and are found again."""

import numpy as np
import pytest
from PIL import Image

from photopalette.pictures.sheet import grid, lay_out, note, read_places

SIZES = [(30, 20), (20, 30), (7, 5), (30, 30), (1, 1)]


@pytest.fixture
def photos():
    rng = np.random.default_rng(0)
    return {
        f"photo{number}": Image.fromarray(rng.integers(0, 256, (height, width, 3)).astype(np.uint8))
        for number, (width, height) in enumerate(SIZES)
    }


@pytest.mark.parametrize("count", [2, 3, 5])
def test_every_photo_is_on_the_sheet_and_nothing_else_counts(photos, count, tmp_path):
    some = dict(list(photos.items())[:count])
    sheet, places = lay_out(some)
    sheet.save(tmp_path / "sheet.png", pnginfo=note(places))
    again = Image.open(tmp_path / "sheet.png")
    assert read_places(again) == places
    for name, photo in some.items():
        cut = np.asarray(again.crop(places[name].box()))
        assert (cut[..., :3] == np.asarray(photo)).all()
        assert (cut[..., 3] == 255).all()
    assert np.count_nonzero(np.asarray(sheet)[..., 3]) == sum(photo.width * photo.height for photo in some.values())


def test_a_single_photo_is_its_own_sheet(photos):
    sheet, places = lay_out({"one": photos["photo0"]})
    assert sheet.mode == "RGB"
    assert places["one"] == (0, 0, 30, 20)
    assert (np.asarray(sheet) == np.asarray(photos["photo0"])).all()


def test_what_does_not_count_in_a_photo_stays_clear():
    cut_out = Image.new("RGBA", (10, 10))
    cut_out.paste((200, 0, 0, 255), (2, 2, 5, 5))
    sheet, places = lay_out({"a": cut_out, "b": Image.new("RGB", (10, 10), "blue")})
    assert np.count_nonzero(np.asarray(sheet.crop(places["a"].box()))[..., 3]) == 9


@pytest.mark.parametrize("panels", [1, 2, 3, 5, 10, 17, 64])
@pytest.mark.parametrize("aspect", [0.1, 0.75, 1.0, 1.5, 10.0])
def test_grid_holds_every_panel_without_an_empty_row(panels, aspect):
    rows, columns = grid(panels, aspect)
    assert rows * columns >= panels
    assert (rows - 1) * columns < panels


def test_grid_suits_the_aspect():
    assert grid(6, 4.0)[1] < grid(6, 0.25)[1]
    assert grid(10, 1.0, columns=5) == (2, 5)
    assert grid(3, 1.0, columns=5) == (1, 3)


@pytest.mark.parametrize(
    ("panels", "aspect", "expected"),
    [
        (2, 1.5, (1, 2)),
        (4, 1.5, (2, 2)),
        (6, 1.5, (2, 3)),
        (10, 1.5, (3, 4)),  # the default study
        (12, 1.5, (3, 4)),
        (10, 0.67, (2, 5)),
        (3, 4.0, (3, 1)),
        (10, 4.0, (5, 2)),
        (12, 0.25, (1, 12)),
        (14, 0.25, (2, 7)),
    ],
)
def test_grids_that_suit_a_slide(panels, aspect, expected):
    assert grid(panels, aspect) == expected


@pytest.mark.parametrize("panels", [3, 5, 7, 10, 13, 17, 21, 31])
def test_no_panel_is_left_alone_in_the_last_row(panels):
    rows, columns = grid(panels, 1.5)
    assert rows == 1 or panels - (rows - 1) * columns > 1
