"""Charts show their values in the right places, and nothing else."""

import itertools
import math

import pytest

from _charts import curve, k_scale


def places(plot):
    return [(point["k"], point["left"], point["top"]) for point in plot["points"]]


def test_points_are_where_their_values_are():
    plot = curve([2, 3, 6], [1000.0, 500.0, 0.0], kind="amount")
    # From zero at the bottom; k from the left to the right edge.
    assert [left for _, left, _ in places(plot)] == [0, 25, 100]
    tops = [top for _, _, top in places(plot)]
    assert tops[2] == 100
    assert (100 - tops[1]) * 2 == pytest.approx(100 - tops[0], abs=0.01)
    ticks = {label: top for top, label in plot["y_ticks"]}
    assert ticks["500"] == tops[1]
    assert plot["line"].count("L") == 2


def test_differences_are_on_a_logarithmic_scale_with_exact_copies_at_the_bottom():
    plot = curve([1, 2, 3], [8.0, 4.0, 0.0], kind="difference", levels={5.0: "looks right"})
    tops = [top for _, _, top in places(plot)]
    level, words = plot["levels"][0]
    assert words == "looks right"
    assert tops[2] == 100
    share = math.log(8 / 5) / math.log(8 / 4)
    assert (level - tops[0]) / (tops[1] - tops[0]) == pytest.approx(share, abs=0.001)


def test_gaps_stay_gaps_and_marks_sit_on_their_points():
    plot = curve([1, 2, 3, 4], [None, 0.5, None, 0.4], marks={2: "maximum", None: "elbow"})
    assert [point["k"] for point in plot["points"]] == [2, 4]
    assert plot["line"].count("M") == 2
    assert plot["marks"] == [(plot["points"][0]["left"], plot["points"][0]["top"], "maximum")]


@pytest.mark.parametrize("values", [[None, None], [0.0, 0.0]])
@pytest.mark.parametrize("kind", ["number", "amount", "difference"])
def test_without_values_no_number_is_invented(values, kind):
    plot = curve([1, 2], values, kind=kind)
    assert {label for _, label in plot["y_ticks"]} <= {"0"}


def test_a_single_k_is_in_the_middle():
    plot = curve([4], [0.5])
    assert (places(plot)[0][1], plot["x_ticks"]) == (50, [(50, 4)])


@pytest.mark.parametrize(
    ("n_clusters", "ticks"),
    [
        (list(range(2, 11)), list(range(2, 11))),
        ([4, 16, 64, 256], [4, 8, 16, 32, 64, 128, 256]),
        (list(range(1, 257)), [1, 2, 4, 8, 16, 32, 64, 128, 256]),
        (list(range(2, 31)), [2, 4, 8, 12, 16, 20, 24, 28, 30]),
    ],
)
def test_ticks_name_the_ends_and_do_not_touch(n_clusters, ticks):
    scale, shown = k_scale(n_clusters)
    assert shown == ticks
    assert min(scale(b) - scale(a) for a, b in itertools.pairwise(shown)) >= 5.5
