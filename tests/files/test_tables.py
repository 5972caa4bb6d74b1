"""Numbers survive a CSV in every reader."""

import io
import math

import numpy as np
import pandas as pd
import pytest

from photopalette.files.tables import read_rows, rounded, to_csv, to_number


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


def test_cells_are_read_as_they_are_written(tmp_path):
    (tmp_path / "table.csv").write_text("k,ssim\n2,0.50\n3,\n")
    rows = read_rows(tmp_path / "table.csv")
    assert rows == [{"k": "2", "ssim": "0.50"}, {"k": "3", "ssim": ""}]
    assert to_number(rows[0]["ssim"]) == 0.5
    assert math.isnan(to_number(rows[1]["ssim"]))
