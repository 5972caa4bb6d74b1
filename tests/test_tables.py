"""Numbers keep what they say through a CSV, in every reader."""

import io
import math

import numpy as np
import pandas as pd
import pytest

from _tables import rounded, to_csv


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
