"""The recommendation names its evidence, and says so when there is none."""

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kneed import KneeLocator

from recommend import best_by_criteria, find_elbow, recommend


def test_elbow_of_a_bent_line():
    assert find_elbow([1, 2, 3, 4, 5, 6, 7], [100, 60, 20, 18, 16, 14, 12]) == 3


@pytest.mark.parametrize(
    ("k", "inertia"), [([2, 3, 4, 5], [40, 30, 20, 10]), ([2, 3], [9, 1]), ([5], [3]), ([2, 3, 4], [0.0, 0, 0])]
)
def test_no_elbow(k, inertia):
    assert find_elbow(k, inertia) is None


COLUMNS = {
    "k": [1, 2, 3, 4, 5, 6, 7],
    "inertia": [100.0, 60, 20, 18, 16, 14, 12],
    "silhouette": ["", 0.4, 0.6, 0.5, 0.3, 0.2, 0.1],
    "calinski_harabasz": ["", 200.0, 900.0, 1000.0, 1000.0, 90.0, 80.0],
    "davies_bouldin": ["", 0.9, 0.7, 0.8, 0.7, 0.75, 0.95],
    "delta_e_mean": [20.0, 12, 6, 4.5, 2.9, 2.5, 2.0],
    "psnr": [10.0, 15, 20, 24, 27, 30.5, 33],
    "ssim": [0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9],
    "png_bytes": [100, 200, 300, 400, 500, 600, 700],
    "distinct_colors": [900] * 7,
}


def table(**columns):
    """Write rows of scores.csv, as text."""
    columns = COLUMNS | columns
    return [dict(zip(columns, map(str, cells), strict=True)) for cells in zip(*columns.values(), strict=True)]


SCORES = table()


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


def test_criteria_name_the_first_of_the_best():
    result = recommend(SCORES, {})
    assert result["calinski_harabasz"] == {"k": 4, "calinski_harabasz": 1000.0}
    assert result["davies_bouldin"] == {"k": 3, "davies_bouldin": 0.7}
    assert best_by_criteria({1: SCORES[0]}) == {
        "calinski_harabasz": {"k": None, "calinski_harabasz": None},
        "davies_bouldin": {"k": None, "davies_bouldin": None},
    }
    exact = {"calinski_harabasz": "inf", "davies_bouldin": "0.0"}
    assert best_by_criteria({2: SCORES[1], 3: exact, 4: exact}) == {
        "calinski_harabasz": {"k": 3, "calinski_harabasz": None},
        "davies_bouldin": {"k": 3, "davies_bouldin": 0.0},
    }


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
    result = recommend(table(psnr=[10.0, 20, *["inf"] * 5]), {"psnr": 90})
    assert result["target"] == {
        "k": 3,
        "asked": {"psnr": 90},
        "reached": {"psnr": None},
        "best_in_range": {"psnr": None},
    }
    assert "(PSNR (dB) inf)" in result["sentence"]


def few(colors, n_clusters):
    """Rows of an image of few colours, too small for SSIM: exact from k = `colors` on, and all alike."""
    exact = [k >= colors for k in n_clusters]
    return table(
        k=n_clusters,
        inertia=[0.0 if same else 1000 / k**3 for k, same in zip(n_clusters, exact, strict=True)],
        silhouette=["" if colors == 1 else 1.0 if same else 0.9 for same in exact],
        calinski_harabasz=["" if colors == 1 else "inf" if same else 50.0 for same in exact],
        davies_bouldin=["" if colors == 1 else 0.0 if same else 0.5 for same in exact],
        delta_e_mean=[0.0 if same else 9.0 for same in exact],
        psnr=["inf" if same else 20.0 for same in exact],
        ssim=[""] * len(exact),
        png_bytes=[90] * len(exact),
        distinct_colors=[colors] * len(exact),
    )


def test_few_colours_are_named_and_more_are_not_recommended():
    result = recommend(few(5, list(range(2, 11))), {"delta_e_mean": 3.0})
    assert result["sentence"] == (
        "5 colours are the fewest that meet the target of mean ΔE at most 3 (mean ΔE 0); "
        "the image has only 5 colours, so any k from 5 on gives the exact picture; "
        "the elbow of the inertia is at k = 5; the silhouette is highest at k = 5 (1.000)."
    )
    assert result["exact"] == {"k": 5, "colors": 5}
    assert result["target"]["k"] == result["silhouette"]["k"] == 5
    assert recommend(SCORES, {})["exact"] == {"k": None, "colors": 900}


@pytest.mark.parametrize(("colors", "n_clusters"), [(1, [2, 3, 4]), (1, [1]), (5, [7, 8, 9])])
def test_where_every_k_is_exact_none_stands_out(colors, n_clusters):
    result = recommend(few(colors, n_clusters), {"psnr": 90, "ssim": 0.9})
    assert result["elbow"] == {"k": None, "inertia": None}
    assert result["exact"] == {"k": n_clusters[0], "colors": colors}
    assert result["target"]["k"] == n_clusters[0]
    assert result["target"]["reached"] == {"psnr": None, "ssim": 1.0}
    count, verb, any_k = ("1 colour", "is the fewest that meets", "any k")
    if colors == 5:
        count, verb, any_k = "5 colours", "are the fewest that meet", "any k from 5 on"
    assert result["sentence"] == (
        f"{count} {verb} the target of PSNR (dB) at least 90 and SSIM at least 0.9 (PSNR (dB) inf, SSIM 1); "
        f"the image has only {count}, so {any_k} gives the exact picture."
    )


@settings(max_examples=500, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=3, max_size=14), st.sampled_from([1, 2, 5]), st.booleans())
def test_elbow_is_kneeds(values, step, falling):
    """On curves of any shape, plateaus and rises among them."""
    inertia = [float(value) for value in (sorted(values, reverse=True) if falling else values)]
    k = list(range(2, 2 + step * len(inertia), step))
    if min(inertia) == max(inertia):
        assert find_elbow(k, inertia) is None
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = KneeLocator(k, inertia, curve="convex", direction="decreasing").elbow
    assert find_elbow(k, inertia) == expected
