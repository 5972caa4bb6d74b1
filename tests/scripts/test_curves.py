"""The marks on the curves."""

import csv
import json
from itertools import pairwise
from types import SimpleNamespace

import pytest
from PIL import Image

import curves
from curves import draw_curve, draw_quality, format_tick, scale_silhouettes, show_restarts


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_mark_names_its_k():
    assert texts(draw_curve([2, 3, 4], [9.0, 3.0, 2.0], 3, "elbow", "photo", "inertia")) == ["elbow: k = 3"]


def test_a_missing_elbow_is_stated():
    assert texts(draw_curve([2, 3], [9.0, 3.0], None, "no elbow here", "photo", "inertia")) == ["no elbow here"]


@pytest.mark.parametrize(("k", "values", "ticks"), [([2, 3], [0.0, 0.0], [0]), ([], [], [])])
def test_without_values_there_is_no_scale(k, values, ticks):
    axes = draw_curve(k, values, None, "every k is exact", "photo", "inertia").axes[0]
    assert axes.get_yticks().tolist() == ticks
    assert axes.get_ylim() == (0, 1)


def test_restarts_are_a_band_and_their_luck_is_stated():
    figure = draw_curve([2, 3], [100.0, 50.0], None, "", "photo", "inertia")
    axes = figure.axes[0]
    show_restarts(axes, [2, 3, 4], [100.0, 50.0, 40.0], [0.0, 10.0, 0.0], [10, 1, 0])
    band = axes.collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == 100
    assert [3, 55] in band.round(9).tolist()
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert [line.get_xydata().tolist() for line in hollow] == [[[3, 50], [4, 40]]]


@pytest.mark.parametrize(
    ("n_clusters", "scale", "ticks"),
    [
        (list(range(2, 11)), "linear", list(range(2, 11))),
        ([4, 16, 64, 256], "log", [4, 16, 64, 256]),
        ([2, 4, 8, 12], "log", [2, 4, 8, 12]),
        ([10, 20, 30], "linear", [10, 20, 30]),
        ([1], "linear", [1]),
        ([256], "linear", [256]),
    ],
)
def test_uneven_lists_have_a_logarithmic_axis_with_ticks_at_the_k(n_clusters, scale, ticks):
    figure = draw_curve(n_clusters, [9.0 / k for k in n_clusters], None, "none", "photo", "inertia")
    axes = figure.axes[0]
    figure.draw_without_rendering()
    low, high = axes.get_xlim()
    assert axes.get_xscale() == scale
    assert sorted(tick for tick in axes.get_xticks() if low <= tick <= high) == ticks
    assert {str(tick) for tick in ticks} <= {label.get_text() for label in axes.get_xticklabels()}


@pytest.mark.parametrize("n_clusters", [[*range(2, 31), 40, 64, 100, 256], list(range(1, 257)), [1, 2, 255, 256]])
def test_ticks_never_touch(n_clusters):
    figure = draw_curve(n_clusters, [9.0 / k for k in n_clusters], None, "none", "photo", "inertia")
    figure.draw_without_rendering()
    boxes = sorted(
        (label.get_window_extent() for label in figure.axes[0].get_xticklabels() if label.get_text()),
        key=lambda box: box.x0,
    )
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


@pytest.mark.parametrize("restarts", [True, False])
@pytest.mark.parametrize("n_clusters", [list(range(2, 11)), [4, 16, 64, 256], [2, 3]])
def test_no_text_lies_on_the_curve(n_clusters, restarts):
    """Neither the legend nor the note that there is no elbow."""
    values = [9.0 - k / 100 for k in n_clusters]
    figure = draw_curve(n_clusters, values, None, "no elbow", "photo", "inertia")
    axes = figure.axes[0]
    axes.set_ylim(bottom=0)
    if restarts:
        show_restarts(axes, n_clusters, values, [3.0] * len(values), [1] * len(values))
    figure.draw_without_rendering()
    inside = axes.get_window_extent()
    texts = [*axes.texts, axes._left_title, *(text for legend in figure.legends for text in legend.get_texts())]
    assert len(texts) == (4 if restarts else 2)
    for text in texts:
        box = text.get_window_extent()
        assert not box.overlaps(inside), text.get_text()
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1
    assert not axes._left_title.get_window_extent().overlaps(axes.texts[0].get_window_extent())


def test_the_name_of_an_elbow_keeps_off_the_curve_before_it():
    k = [2, 3, 4, 5, 6, 7, 8]
    figure = draw_curve(k, [100.0, 80, 60, 40, 20, 19, 18], 6, "elbow", "photo", "inertia")
    figure.draw_without_rendering()
    axes = figure.axes[0]
    box = axes.texts[0].get_window_extent()
    assert not any(box.contains(*axes.transData.transform(point)) for point in axes.lines[0].get_xydata())
    assert box.x0 > axes.transData.transform((6, 20))[0]


def test_small_and_large_numbers_are_written_plainly():
    numbers = (0, 0.06, 5, 250e3, 30e6, 2.5e9)
    assert [format_tick(number) for number in numbers] == ["0", "0.06", "5", "250k", "30M", "2.5G"]


def test_silhouettes_of_1_have_no_scale_beyond():
    figure = draw_curve([2, 3], [1.0, 1.0], 2, "maximum", "photo", "silhouette")
    scale_silhouettes(figure.axes[0], [1.0, 1.0])
    assert max(figure.axes[0].get_yticks()) <= 1
    assert figure.axes[0].get_ylim()[1] < 1.01


STUDIED = [{"k": str(k), "delta_e_mean": f"{16 / k}", "delta_e_p95": f"{40 / k}"} for k in (2, 4, 8)]
TRIED = [{"k": k, "delta_e_mean": 16 / k, "delta_e_p95": 40 / k, "png_bytes": 1000 * k} for k in (4, 5, 16)]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"k": 5, "meets": True}, "5 colours, 5.0 kB"),
        ({"k": 16, "meets": False}, "16 colours miss the target"),
        (None, None),
        ({"k": 64, "meets": True}, None),
    ],
    ids=["met", "missed", "no target", "an exact copy"],
)
def test_quality_shows_every_k_and_rings_the_answer(answer, text):
    figure = draw_quality(STUDIED, {"tried": TRIED, "answer": answer}, "photo")
    (axes,) = figure.axes
    lines = {line.get_label(): line.get_xydata() for line in axes.get_lines()}
    for name, first in (("mean", 16), ("95th percentile", 40)):
        assert lines[name].tolist() == [[k, pytest.approx(first / k)] for k in (2, 4, 5, 8, 16)]
    assert "tried in the search" in lines
    rings = [line.get_xydata().tolist() for line in axes.get_lines() if line.get_markerfacecolor() == "none"]
    assert [ring for ring in rings if len(ring) == 1] == ([[[answer["k"], 16 / answer["k"]]]] if text else [])
    texts = [one.get_text() for one in axes.texts]
    assert {"10 keeps the photo's mood", "2 takes a close look to tell apart"} <= set(texts)
    assert [one for one in texts if "colours" in one] == ([text] if text else [])
    low, high = axes.get_ylim()
    assert low < 0.55, "there is room for the answer's name below the curve"
    assert high > 20
    assert axes.get_yticks().tolist() == [0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 40]
    for one in axes.texts:
        if one.get_text() == text:  # within the axes, on the side that has room
            assert one.get_horizontalalignment() == ("left" if answer["k"] == 5 else "right")


def test_quality_of_a_dithered_picture_is_what_is_seen():
    """Its levels are of that, so the curves are, too."""
    names = {"delta_e_mean": "delta_e_seen_mean", "delta_e_p95": "delta_e_seen_p95"}
    studied, tried = (
        [row | {seen: float(row[name]) / 2 for name, seen in names.items()} for row in rows]
        for rows in (STUDIED, TRIED)
    )
    prices = [{"asked": {"delta_e_seen_mean": 5}, "meaning": "looks right on its own", "k": 5}]
    found = {"tried": tried, "answer": {"k": 5, "meets": True}, "prices": prices}
    (axes,) = draw_quality(studied, found, "photo").axes
    lines = {line.get_label(): line.get_xydata() for line in axes.get_lines()}
    for name, first in (("mean", 8), ("95th percentile", 20)):
        assert lines[name].tolist() == [[k, pytest.approx(first / k)] for k in (2, 4, 5, 8, 16)]
    assert axes.get_ylabel() == "ΔE2000 as seen from a distance"


def test_quality_of_exact_pictures_has_no_scale():
    exact = [{"k": "2", "delta_e_mean": "0", "delta_e_p95": "0"}]
    (axes,) = draw_quality(exact, {"tried": [], "answer": None}, "photo").axes
    assert [one.get_text() for one in axes.texts] == ["every k reproduces the picture exactly"]


@pytest.mark.parametrize("n_clusters", [(2, 3, 4), (2,), (1,)])
def test_marks_say_what_was_found(n_clusters, tmp_path, monkeypatch):
    said = []

    def remember(k, values, marked, mark, title, label):
        said.append((marked, mark, title, label))
        return draw_curve(k, values, marked, mark, title, label)

    monkeypatch.setattr(curves, "draw_curve", remember)
    score = {"space": "lab", "spread": "", "hits": "", "delta_e_mean": "3", "delta_e_p95": "9"}
    found = {"silhouette": "0.5", "silhouette_exact": "False"}
    rows = [{**score, "k": k, "inertia": 100 / k, **(found if k > 1 else dict.fromkeys(found, ""))} for k in n_clusters]
    with (tmp_path / "scores.csv").open("w") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    many, two = len(n_clusters) > 2, n_clusters[-1] > 1
    recommendation = {
        "elbow": {"k": 3 if many else None},
        "silhouette": {"k": 2 if two else None},
        "exact": {"k": None},
        "tried": [],
        "answer": None,
    }
    (tmp_path / "recommendation.json").write_text(json.dumps(recommendation))
    names = ("inertia", "silhouette", "quality")
    curves.main(
        SimpleNamespace(
            wildcards=SimpleNamespace(image="photo"),
            params=SimpleNamespace(title="photo"),
            input=SimpleNamespace(scores=tmp_path / "scores.csv", recommendation=tmp_path / "recommendation.json"),
            output=SimpleNamespace(**{name: tmp_path / f"{name}.png" for name in names}),
        )
    )
    inertia, silhouette = said
    assert inertia == (
        3 if many else None,
        "elbow" if many else "too few k: an elbow needs three",
        "photo: inertia",
        "inertia (squared distances, CIELAB)",
    )
    assert silhouette[:2] == ((2, "maximum") if two else (None, "no silhouette: it needs two clusters"))
    assert silhouette[2] == "photo: silhouette" + " (estimated on a sample)" * two
    for name in names:
        with Image.open(tmp_path / f"{name}.png") as picture:
            assert picture.size == (1600, 900)


def test_quality_says_from_which_k_on_the_picture_is_exact():
    rows = [{"k": str(k), "delta_e_mean": mean, "delta_e_p95": mean} for k, mean in ((1, "9"), (2, "0"), (4, "0"))]
    (axes,) = draw_quality(rows, {"tried": [], "answer": None}, "photo").axes
    assert "exact from k = 2 on" in [text.get_text() for text in axes.texts]
    assert axes.get_xticks().tolist() == [1], "there is no half a colour"
    (axes,) = draw_quality(rows[:1], {"tried": [], "answer": None}, "photo").axes
    assert not [text for text in axes.texts if "exact" in text.get_text()]
