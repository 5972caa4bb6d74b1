"""Samples of more than 8 bits become 8 bits by the rules that are written down, rounded to the nearest level."""

import numpy as np
import pytest

from photopalette.photo.depth import survey, to_8_bit, white

INFINITE = float("inf")


@pytest.mark.parametrize(
    ("dtype", "bits", "largest", "expected"),
    [
        ("f8", 64, 0.2, 1),
        ("f8", 64, 1.1, 1),
        ("f8", 64, 1.11, 255),
        ("f8", 64, 255, 255),
        ("f8", 64, 255.5, 255.5),
        ("f2", 16, 60_000, 60_000),
        ("u1", 1, 1, 1),
        ("u1", 8, 3, 255),
        ("u2", 12, 4095, 4095),
        ("u2", 16, 9, 65535),
        ("i1", 8, 100, 127),
        ("i2", 16, 100, 32767),
        ("u4", 32, 65535, 65535),
        ("u4", 32, 65536, 2**32 - 1),
        ("i4", 32, 65535, 65535),
        ("i4", 32, 65536, 2**31 - 1),
        ("u8", 64, 65536, 2.0**64 - 1),
        ("i8", 64, 65536, 2.0**63 - 1),
    ],
)
def test_white_is_the_largest_number_of_its_type(dtype, bits, largest, expected):
    values = np.array([0, largest], dtype)
    assert white(values.dtype, bits, survey([values])) == expected


def test_every_block_is_examined():
    blocks = [np.array(values, np.float32) for values in ([-1, 3], [7, 2], [], [np.nan], [np.inf, 1])]
    seen = survey(blocks)
    assert seen.largest == 7
    assert seen.faults == {"negative", "NaN", "infinite"}
    assert survey(blocks[1:3]).faults == set()
    assert survey([np.array([0], np.int16), np.array([255], np.uint8)]).faults == set()
    assert survey([np.array([0, -1], np.int16)]).faults == {"negative"}
    assert survey([np.array([-INFINITE, 1])]).faults == {"infinite"}


@pytest.mark.parametrize("top", [255, 1023, 4095, 32767, 65535])
@pytest.mark.parametrize("dtype", ["u2", "i2", "u4", "f4", "f8"])
def test_every_value_becomes_the_nearest_level(dtype, top):
    values = np.arange(min(65536, np.iinfo("i2").max + 1 if dtype == "i2" else 65536)).astype(dtype)
    # No level is halfway between two: the tops are odd.
    expected = np.rint(np.minimum(values.astype("f8"), top) * 255 / top)
    assert (to_8_bit(values, top) == expected).all()


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_premultiplied_values_are_divided_by_their_own_alpha(dtype):
    alpha, values = (part.ravel().astype(dtype) for part in np.mgrid[0:256, 0:256])
    result = to_8_bit(values, alpha)
    exact = 255 * np.minimum(values, alpha).astype("f8") / np.maximum(alpha, 1)
    assert np.abs(result - exact).max() <= 0.5
    assert (result[alpha == 0] == 0).all()


def test_values_beyond_black_and_white_are_clipped():
    values = np.array([-INFINITE, -1, 0, 0.5, 1, 2, INFINITE, np.nan, 1e300])
    assert to_8_bit(values, 1.0).tolist() == [0, 0, 0, 128, 255, 255, 255, 0, 255]
    assert to_8_bit(np.array([-5, 0, 32767], np.int16), 32767.0).tolist() == [0, 0, 255]
    assert to_8_bit(np.array([-5, 0, 2**31 - 1], np.int32), 2.0**31 - 1).tolist() == [0, 0, 255]


@pytest.mark.parametrize("dtype", ["u2", "f4"])
@pytest.mark.parametrize("shape", [(1100, 1000), (2, 1_100_000), (1_100_000,), (0, 5), (5, 0), (370, 1000, 3)])
def test_pictures_of_any_shape_are_scaled_whole(shape, dtype):
    values = (np.arange(np.prod(shape)) % 65521).reshape(shape).astype(dtype)
    expected = np.rint(values.astype("f8") * 255 / 65535)
    assert (to_8_bit(values, 65535.0) == expected).all()
    assert (to_8_bit(values, np.full(shape, 65535, dtype)) == expected).all()
