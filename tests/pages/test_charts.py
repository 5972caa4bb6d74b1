"""Charts show their values in the right places, and nothing else."""

import itertools
import math

import pytest

from photopalette.pages.charts import curve, k_scale


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


@pytest.mark.parametrize("values", [[0.2, 0.9, 0.4], [-0.5, 0.1, 0.3], [40.0, 3.0, 0.02], [7.0, 7.0, 7.0]])
@pytest.mark.parametrize("kind", ["number", "amount", "difference"])
def test_values_fill_the_chart_and_ticks_are_correct(values, kind):
    if min(values) < 0 and kind != "number":
        values = [value + 0.6 for value in values]
    plot = curve([1, 2, 3], values, kind=kind)
    tops = [top for _, _, top in places(plot)]
    assert 0 < min(tops) <= max(tops) < 100
    if len(set(values)) > 1:
        assert min(tops) < 20
        assert max(tops) > (80 if kind != "amount" or min(values) < max(values) / 9 else 50)
    # Ticks by what they say, against the points by their values.
    of = math.log if kind == "difference" else float
    units = {"m": 1e-3, "k": 1e3}
    ticks = [(float(label.rstrip("mk")) * units.get(label[-1], 1), top) for top, label in plot["y_ticks"]]
    assert len(ticks) >= 2 or kind == "difference"
    assert all(0 <= top <= 100 for _, top in ticks)
    places_of = [*zip(values, tops, strict=True), *ticks]
    (low, foot), (high, head) = min(places_of), max(places_of)
    for value, top in places_of:
        assert (foot - top) / (foot - head) == pytest.approx((of(value) - of(low)) / (of(high) - of(low)), abs=2e-4)


def test_bands_second_lines_and_hollow_points_follow_their_values():
    plot = curve([1, 2, 3], [4.0, 2.0, 1.0], kind="amount", upper=[8.0, None, 1.0], second=[8.0, None, 4.0], hollow=[2])
    tops = [f"{top:g}" for _, _, top in places(plot)]
    assert plot["line"] == f"M0 {tops[0]}L50 {tops[1]}L100 {tops[2]}"
    high = f"{100 - 100 / 1.04:.6g}"[:5]
    assert plot["band"].startswith(f"M0 {high}")
    assert plot["band"] == f"M0 {high}L100 {tops[2]}L100 {tops[2]}L0 {tops[0]}Z"
    assert plot["second"] == f"M0 {high}L100 {tops[0]}"
    assert [point["hollow"] for point in plot["points"]] == [False, True, False]
    assert [point["words"] for point in plot["points"]] == ["4.00", "2.00", "1.00"]
    assert curve([1, 2], [1.0, 2.0])["band"] == curve([1, 2], [1.0, 2.0], upper=[None, None])["band"] == ""


@pytest.mark.parametrize("values", [[None, None], [0.0, 0.0]])
@pytest.mark.parametrize("kind", ["number", "amount", "difference"])
def test_without_values_no_number_is_invented(values, kind):
    plot = curve([1, 2], values, kind=kind)
    assert {label for _, label in plot["y_ticks"]} <= {"0"}
    assert all(top == 100 for _, _, top in places(plot))


def test_a_single_k_is_in_the_middle():
    plot = curve([4], [0.5])
    assert (places(plot)[0][1], plot["x_ticks"]) == (50, [(50, 4)])


@pytest.mark.parametrize(
    ("n_clusters", "ticks"),
    [
        (list(range(2, 11)), list(range(2, 11))),
        ([4, 16, 64, 256], [4, 8, 16, 32, 64, 128, 256]),
        (list(range(1, 257)), [1, 2, 4, 8, 16, 32, 64, 128, 256]),
        ([2, 8, 31], [2, 8, 31]),
        ([2, 20, 21, 31], [2, 20, 31]),
        ([2, 8, 32], [2, 4, 8, 16, 32]),
        (list(range(3, 19)), list(range(3, 19))),
        (list(range(3, 20)), [3, *range(4, 19, 2), 19]),
        ([3, 48], [3, 4, 8, 16, 32, 48]),
        (list(range(2, 31)), [2, 4, 8, 12, 16, 20, 24, 28, 30]),
    ],
)
def test_ticks_name_the_ends_and_do_not_touch(n_clusters, ticks):
    scale, shown = k_scale(n_clusters)
    assert shown == ticks
    assert min(scale(b) - scale(a) for a, b in itertools.pairwise(shown)) >= 5.5


def test_the_label_of_a_level_is_on_the_side_where_the_curve_is_not():
    levels = {10: "mood", 5: "on its own", 2: "close look"}
    plot = curve([1, 2, 4, 8, 16], [10.3, 8.1, 4.0, 2.4, 1.5], kind="difference", levels=levels)
    assert plot["above"] == ["mood"]
    high = curve([1, 2, 4, 8, 16], [40, 25, 4.0, 2.4, 1.5], kind="difference", levels=levels)
    assert high["above"] == []
    # Nor is there room between a low level and the axis.
    low = curve([1, 2, 4, 8, 16], [70, 60, 50, 40, 30], kind="amount", levels={5: "asked for"})
    assert low["above"] == ["asked for"]
