"""Numbers survive a CSV in every reader."""

import io
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from photopalette.files.tables import read_rows, rounded, to_csv, to_number, to_percents, to_shares


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (97310613.643061, 97310613.6431),
        (12.345678, 12.3457),
        (0.000942417, 0.000942417),
        (-1.23456789e-9, -1.23457e-9),
        (0.0, 0.0),
        (math.inf, math.inf),
        (np.float64(0.00012345678), 0.000123457),
    ],
)
def test_small_numbers_keep_their_digits(value, kept):
    assert rounded({"inertia": value, "k": 7, "silhouette": "0.50"}) == {"inertia": kept, "k": 7, "silhouette": "0.50"}


@pytest.mark.parametrize("engine", ["c", "python"])
def test_infinity_and_empty_cells_are_numbers_to_pandas(engine):
    text = to_csv([{"k": 2, "psnr": 30.5, "ssim": None}, {"k": 3, "psnr": math.inf, "ssim": 1.0}])
    assert text == "k,psnr,ssim\n2,30.5,\n3,inf,1.0\n"
    table = pd.read_csv(io.StringIO(text), engine=engine)
    assert table.psnr.tolist() == [30.5, math.inf]
    assert table.ssim.isna().tolist() == [True, False]


def test_a_table_has_the_requested_columns():
    rows = [{"k": 2, "psnr": 1.5}, {"k": 3, "psnr": 2.5, "more": 1}]
    assert to_csv(rows, ["psnr", "k"]) == "psnr,k\n1.5,2\n2.5,3\n"
    assert to_csv(rows) == "k,psnr\n2,1.5\n3,2.5\n"


@pytest.mark.parametrize(
    ("counts", "digits", "expected"),
    [
        ([1, 1, 1], 6, [0.333334, 0.333333, 0.333333]),
        ([1, 1, 1], 3, [0.334, 0.333, 0.333]),
        ([1, 1, 1], 0, [1, 0, 0]),
        ([1, 2, 0], 2, [0.33, 0.67, 0]),
        # Quotas of 4.7, 1.6, 1.59, 1.2, 0.6 and 0.31.
        ([47000, 16000, 15900, 12000, 6000, 3100], 1, [0.5, 0.2, 0.1, 0.1, 0.1, 0.0]),
        # Each rounded by itself: 0.1667 six times.
        ([2] * 6, 4, [0.1667, 0.1667, 0.1667, 0.1667, 0.1666, 0.1666]),
        ([5], 6, [1]),
        ([0, 10**12 - 1, 1], 6, [0, 1, 0]),
    ],
)
def test_shares_add_up_to_one_by_largest_remainders(counts, digits, expected):
    assert to_shares(counts, digits) == expected


@pytest.mark.parametrize("size", [2, 7, 64, 256])
def test_no_share_is_off_by_a_last_digit(size):
    counts = np.random.default_rng(size).integers(0, 5000, size).tolist()
    shares = to_shares(counts, 6)
    assert sum(map(Decimal, map(str, shares))) == 1
    assert all(abs(share - count / sum(counts)) < 1e-6 for share, count in zip(shares, counts, strict=True))
    percents = to_percents(shares)
    assert sum(map(Decimal, map(str, percents))) == 100
    assert all(abs(percent - 100 * share) < 0.1 for percent, share in zip(percents, shares, strict=True))


def test_cells_are_read_as_they_are_written(tmp_path):
    (tmp_path / "table.csv").write_text("k,ssim\n2,0.50\n3,\n")
    rows = read_rows(tmp_path / "table.csv")
    assert rows == [{"k": "2", "ssim": "0.50"}, {"k": "3", "ssim": ""}]
    assert to_number(rows[0]["ssim"]) == 0.5
    assert math.isnan(to_number(rows[1]["ssim"]))
