"""What plots share: ticks at the k there are, and a note on exact copies."""

import math

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from photopalette.figures.canvas import DPI
from photopalette.figures.style import note_exact_copies, save, scale_k


@pytest.mark.parametrize(
    ("n_clusters", "ticks"),
    [
        ([5], [5]),
        ([2, 3], [2, 3]),
        (list(range(2, 11)), list(range(2, 11))),
        ([2, 5, 8, 11], [2, 5, 8, 11]),
        (list(range(2, 34, 2)), list(range(2, 34, 2))),
        ([1, 2, 4], [1, 2, 4]),
        ([4, 16, 64, 256], [4, 16, 64, 256]),
        ([2, 3, 4, 6, 8, 16, 32, 33, 256], [2, 4, 8, 16, 33, 256]),
        ([100, 101, 150, 200, 256], [101, 150, 200, 256]),
    ],
)
def test_ticks_are_at_the_k_there_are(n_clusters, ticks):
    axes = Figure().add_subplot()
    axes.plot(n_clusters, [0] * len(n_clusters))
    scale_k(axes, n_clusters)
    axes.figure.draw_without_rendering()
    low, high = axes.get_xlim()
    shown = [(tick, label.get_text()) for tick, label in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)]
    assert sorted((tick, text) for tick, text in shown if low <= tick <= high) == [(k, str(k)) for k in ticks]
    assert low < n_clusters[0] <= n_clusters[-1] < high
    assert len(n_clusters) > 1 or n_clusters[0] - low == high - n_clusters[0], "a single one is in the middle"
    assert not axes.xaxis.get_minorticklocs().size
    assert axes.get_xlabel() == "number of colours k"


@pytest.mark.parametrize("n_clusters", [list(range(2, 36, 2)), list(range(1, 257)), sorted({*range(1, 99), 200, 201})])
def test_many_k_have_ticks_that_keep_apart(n_clusters):
    axes = Figure().add_subplot()
    axes.plot(n_clusters, [0] * len(n_clusters))
    scale_k(axes, n_clusters)
    axes.figure.draw_without_rendering()
    low, high = axes.get_xlim()
    ticks = sorted(tick for tick in axes.get_xticks() if low <= tick <= high)
    assert 5 <= len(ticks) <= 17
    assert all(tick == int(tick) for tick in ticks)
    places = axes.transData.transform([(tick, 0) for tick in ticks])[:, 0] / axes.bbox.width
    assert np.diff(places).min() > 1 / 20


@pytest.mark.parametrize("steps", ["even", "uneven"])
def test_uneven_steps_have_a_logarithmic_axis(steps):
    axes = Figure().add_subplot()
    scale_k(axes, [4, 8, 12] if steps == "even" else [4, 8, 16])
    assert axes.get_xscale() == ("linear" if steps == "even" else "log")


def test_exact_copies_are_noted():
    axes = Figure().add_subplot()
    axes.plot([1, 2], [3, math.inf])
    note_exact_copies(axes, drawn=True)
    (note,) = axes.texts
    assert note.get_text() == "without exact copies"
    box, room = note.get_window_extent(), axes.get_window_extent()
    assert box.y0 >= room.y1
    assert box.x1 <= room.x1 + 1
    assert len(axes.get_xticks())
    axes = Figure().add_subplot()
    note_exact_copies(axes, drawn=False)
    (note,) = axes.texts
    assert note.get_text() == "exact copies only"
    box, room = note.get_window_extent(), axes.get_window_extent()
    assert room.x0 < box.x0 < box.x1 < room.x1
    assert (box.x0 + box.x1) / 2 == pytest.approx((room.x0 + room.x1) / 2, abs=1)
    assert box.y0 - 1 <= (room.y0 + room.y1) / 2 <= box.y1
    assert not len(axes.get_xticks())
    assert not len(axes.get_yticks())


def test_a_saved_plot_is_what_matplotlib_draws_and_says_nothing_of_its_version(tmp_path):
    one, other = (Figure(figsize=(3, 2), layout="constrained") for _ in range(2))
    for figure in (one, other):
        figure.add_subplot().plot([1, 2, 4], [3, 1, 2], label="x")
        figure.legend(loc="outside lower center")
    save(one, tmp_path / "saved.png")
    other.savefig(tmp_path / "expected.png")
    with Image.open(tmp_path / "saved.png") as saved, Image.open(tmp_path / "expected.png") as expected:
        assert (np.asarray(saved) == np.asarray(expected.convert("RGB"))).all()
        assert saved.info.keys() == {"dpi"}
        assert saved.info["dpi"] == pytest.approx(expected.info["dpi"])
        assert saved.size == (3 * DPI, 2 * DPI)
    assert (tmp_path / "saved.png").stat().st_size < (tmp_path / "expected.png").stat().st_size
