"""The elbow and the marks on the curves."""

import pytest

from curves import draw_curve, find_elbow


def test_elbow_of_a_bent_line():
    assert find_elbow([1, 2, 3, 4, 5, 6, 7], [100, 60, 20, 18, 16, 14, 12]) == 3


@pytest.mark.parametrize(("k", "inertia"), [([2, 3, 4, 5], [40, 30, 20, 10]), ([2, 3], [9, 1]), ([5], [3])])
def test_no_elbow(k, inertia):
    assert find_elbow(k, inertia) is None


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_mark_names_its_k():
    assert texts(draw_curve([2, 3, 4], [9.0, 3.0, 2.0], 3, "elbow", "photo", "inertia")) == ["elbow: k = 3"]


def test_absence_is_said():
    assert texts(draw_curve([2, 3], [9.0, 3.0], None, "no elbow here", "photo", "inertia")) == ["no elbow here"]
