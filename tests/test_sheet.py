"""Photos that are studied together lie on one sheet, whole, apart, and found again."""

import numpy as np
import pytest
from PIL import Image

from _sheet import lay_out, note, read_places

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


def test_what_does_not_count_of_a_photo_stays_clear():
    cut_out = Image.new("RGBA", (10, 10))
    cut_out.paste((200, 0, 0, 255), (2, 2, 5, 5))
    sheet, places = lay_out({"a": cut_out, "b": Image.new("RGB", (10, 10), "blue")})
    assert np.count_nonzero(np.asarray(sheet.crop(places["a"].box()))[..., 3]) == 9
