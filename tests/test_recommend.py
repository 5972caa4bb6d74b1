"""The recommendation names its evidence, and says so when there is none."""

import pandas as pd
import pytest

from recommend import find_elbow, recommend


def test_elbow_of_a_bent_line():
    assert find_elbow([1, 2, 3, 4, 5, 6, 7], [100, 60, 20, 18, 16, 14, 12]) == 3


@pytest.mark.parametrize(("k", "inertia"), [([2, 3, 4, 5], [40, 30, 20, 10]), ([2, 3], [9, 1]), ([5], [3])])
def test_no_elbow(k, inertia):
    assert find_elbow(k, inertia) is None


SCORES = pd.DataFrame(
    {
        "k": [1, 2, 3, 4, 5, 6, 7],
        "inertia": [100.0, 60, 20, 18, 16, 14, 12],
        "silhouette": [None, 0.4, 0.6, 0.5, 0.3, 0.2, 0.1],
        "delta_e_mean": [20.0, 12, 6, 4.5, 2.9, 2.5, 2.0],
        "psnr": [10.0, 15, 20, 24, 27, 30.5, 33],
        "ssim": [0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9],
        "png_bytes": [100, 200, 300, 400, 500, 600, 700],
    }
)


@pytest.mark.parametrize(
    ("target", "k"),
    [
        ({"delta_e_mean": 3.0}, 5),
        ({"delta_e_mean": 3.0, "psnr": 30}, 6),
        ({"ssim": 0.5, "png_bytes": 300}, 3),
        ({"ssim": 0.8, "png_bytes": 300}, None),
        ({"psnr": 40}, None),
        ({"delta_e_mean": None}, None),
    ],
)
def test_smallest_k_that_meets_every_target(target, k):
    result = recommend(SCORES, target)
    assert result["target"]["k"] == k
    assert result["elbow"] == {"k": 3, "inertia": 20.0}
    assert result["silhouette"] == {"k": 3, "silhouette": 0.6}


def test_sentences():
    assert recommend(SCORES, {"delta_e_mean": 3.0})["sentence"] == (
        "5 colours are the fewest that meet the target of mean ΔE at most 3 (mean ΔE 2.9); "
        "the elbow of the inertia is at k = 3; the silhouette is highest at k = 3 (0.600)."
    )
    assert recommend(SCORES, {"psnr": 40})["sentence"].startswith(
        "No k from 1 to 7 meets the target of PSNR (dB) at least 40: widen n_clusters or lower the target;"
    )
    assert recommend(SCORES[:1], {})["sentence"] == "The inertia has no elbow from 1 to 1."


def test_exact_reconstruction_meets_any_psnr():
    scores = SCORES.assign(psnr=[10.0, 20, float("inf"), float("inf"), float("inf"), float("inf"), float("inf")])
    result = recommend(scores, {"psnr": 90})
    assert result["target"] == {
        "k": 3,
        "asked": {"psnr": 90},
        "reached": {"psnr": None},
        "best_in_range": {"psnr": None},
    }
    assert "(PSNR (dB) inf)" in result["sentence"]
