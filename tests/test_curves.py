"""The marks on the curves."""

import pytest

from curves import draw_curve, show_restarts


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_mark_names_its_k():
    assert texts(draw_curve([2, 3, 4], [9.0, 3.0, 2.0], 3, "elbow", "photo", "inertia")) == ["elbow: k = 3"]


def test_absence_is_said():
    assert texts(draw_curve([2, 3], [9.0, 3.0], None, "no elbow here", "photo", "inertia")) == ["no elbow here"]


@pytest.mark.parametrize(("k", "values", "ticks"), [([2, 3], [0.0, 0.0], [0]), ([], [], [])])
def test_nothing_gets_no_scale(k, values, ticks):
    axes = draw_curve(k, values, None, "every k is exact", "photo", "inertia").axes[0]
    assert axes.get_yticks().tolist() == ticks
    assert axes.get_ylim() == (0, 1)


def test_restarts_show_band_and_luck():
    figure = draw_curve([2, 3], [100.0, 50.0], None, "", "photo", "inertia")
    axes = figure.axes[0]
    show_restarts(axes, [2, 3], [100.0, 50.0], [0.0, 10.0], [10, 1])
    band = axes.collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == 100
    assert [3, 55] in band.round(9).tolist()
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert [line.get_xydata().tolist() for line in hollow] == [[[3, 50]]]
