"""Helpers of the colour table."""

import numpy as np
import pytest

from photopalette.color.table import bytes_text, hex_codes, name_k, sample_by_weight


def test_hex_codes():
    assert hex_codes(np.array([[0, 10, 255]], np.uint8)) == ["#000aff"]


def test_small_table_is_not_sampled():
    rows, weights = sample_by_weight(np.array([3, 1, 2]), 3)
    assert rows.tolist() == [0, 1, 2]
    assert weights.tolist() == [3, 1, 2]


def test_sample_follows_the_weights():
    counts = np.array([1000, 1, 3000, 1, 2000, 1])
    rows, weights = sample_by_weight(counts, 5)
    assert weights.sum() == 5
    assert dict(zip(rows.tolist(), weights.tolist(), strict=True)).keys() <= {0, 2, 4}
    rows, weights = sample_by_weight(np.full(10_000, 4), 1000)
    assert len(rows) == 1000
    assert (np.diff(rows) == 10).all()


@pytest.mark.parametrize(
    ("k", "colors", "text"),
    [
        (5, 5, "k = 5"),
        (7, 5, "k = 7: 5 colours, all there are"),
        (2, 1, "k = 2: 1 colour, all there is"),
        (7, 36_447, "k = 7"),
    ],
)
def test_a_k_beyond_the_colours_says_how_many_there_are(k, colors, text):
    assert name_k(k, colors) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (7, "7 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9949, "9.9 kB"),
        (9960, "10 kB"),
        (18_400, "18 kB"),
        (1.3e6, "1.3 MB"),
    ],
)
def test_byte_counts_are_readable(count, text):
    assert bytes_text(count) == text
