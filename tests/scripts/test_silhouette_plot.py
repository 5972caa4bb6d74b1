"""The silhouette plot shows the size, shape and colour of each cluster."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

import silhouette_plot
from silhouette_plot import draw, main, no_silhouette, plot_silhouettes

PALETTE = np.array([[200, 30, 40], [255, 255, 255], [0, 10, 20]], np.uint8)
QUANTILES = np.array([np.linspace(-0.1, 0.8, 101), np.linspace(0.2, 0.9, 101), np.full(101, 0.5)])
PIXELS = np.array([600, 300, 100])


def outlines(figure):
    (collection,) = figure.axes[0].collections
    return collection


def title_of(figure):
    figure.draw_without_rendering()
    (title,) = (text for text in figure.findobj(Text) if "silhouettes at" in text.get_text())
    return title


def test_heights_are_pixels_and_edges_are_coefficients():
    figure = plot_silhouettes("photo", PALETTE, QUANTILES, PIXELS, 0.42)
    collection = outlines(figure)
    assert [to_hex(color) for color in collection.get_facecolors()] == ["#c81e28", "#ffffff", "#000a14"]
    shapes = [path.vertices for path in collection.get_paths()]
    assert [np.ptp(shape[:, 1]) for shape in shapes] == pytest.approx([0.6, 0.3, 0.1])
    # Neither overlaps the next, and the most common is on top.
    for upper, lower in pairwise(shapes):
        assert upper[:, 1].min() > lower[:, 1].max()
    for shape, quantiles in zip(shapes, QUANTILES, strict=True):
        edge = shape[(shape[:, 0] != 0)]
        highest, lowest = edge[edge[:, 1].argmax()], edge[edge[:, 1].argmin()]
        assert (highest[0], lowest[0]) == pytest.approx((quantiles.max(), quantiles.min()))
    low, high = figure.axes[0].get_ylim()
    assert low < shapes[-1][:, 1].min() < low + 0.03
    assert high - 0.03 < shapes[0][:, 1].max() < high
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert figure.axes[0].get_yticks() == pytest.approx(
        [(shape[:, 1].min() + shape[:, 1].max()) / 2 for shape in shapes]
    )
    assert labels == ["#c81e28  60 %", "#ffffff  30 %", "#000a14  10 %"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["mean 0.420"]


@pytest.mark.parametrize("mean", [-0.15, 0.42, 0.86, 1.0])
def test_the_mean_is_a_line_and_its_number_above(mean):
    axes = plot_silhouettes("silhouettes at k = 3", PALETTE, QUANTILES, PIXELS, mean).axes[0]
    (text,), lines = axes.texts, [line.get_xdata()[0] for line in axes.lines]
    assert lines == [0, mean, mean]
    box = text.get_window_extent()
    at, top = axes.transData.transform((mean, axes.get_ylim()[1]))
    assert box.x0 < at <= box.x1 + 1 < axes.figure.bbox.x1
    assert mean > 0.85 or at == pytest.approx((box.x0 + box.x1) / 2, abs=2)
    assert box.y0 >= top - 1
    assert box.y1 < title_of(axes.figure).get_window_extent().y0


@pytest.mark.parametrize("count", [2, 64, 65])
def test_pale_clusters_have_outlines_unless_there_are_too_many(count):
    figure = plot_silhouettes("photo", PALETTE[[1] * count], QUANTILES[[2] * count], np.full(count, 5), 0.5)
    collection = outlines(figure)
    assert (collection.get_linewidth()[0] > 0) == (count <= 64)
    shapes = [path.vertices[:, 1] for path in collection.get_paths()]
    gaps = [upper.min() - lower.max() for upper, lower in pairwise(shapes)]
    assert gaps == pytest.approx([0.012 if count == 2 else 0.2 / 64 if count == 64 else 0] * (count - 1), abs=1e-9)


def test_percentages_add_up():
    figure = plot_silhouettes("photo", PALETTE, QUANTILES, np.array([70, 70, 70]), 0.5)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["#c81e28  34 %", "#ffffff  33 %", "#000a14  33 %"]


@pytest.mark.parametrize("worst", [-0.9, -0.41, -0.2, 0.3])
def test_all_of_a_cluster_is_in_the_picture(worst):
    quantiles = np.linspace(worst, 1, 101)[None].repeat(3, axis=0)
    low, high = plot_silhouettes("photo", PALETTE, quantiles, PIXELS, 0.5).axes[0].get_xlim()
    assert low <= min(worst, -0.2) < low + 0.2
    assert 1 < high < 1.01


@pytest.mark.parametrize("count", [1, 20, 256])
def test_labels_keep_apart(count):
    rng = np.random.default_rng(0)
    palette, quantiles = rng.integers(0, 256, (count, 3)).astype(np.uint8), np.sort(rng.random((count, 101)))
    pixels = np.sort(rng.integers(1, 1000, count))[::-1]
    figure = plot_silhouettes("photo", palette, quantiles, pixels, 0.5)
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    assert bool(boxes) == (count <= 20), "silhouettes of 256 clusters are lower than text"
    for upper, lower in pairwise(boxes):
        assert upper.y0 >= lower.y1
    assert min((box.x0 for box in boxes), default=1000) > figure.axes[0].yaxis.label.get_window_extent().x1


def test_a_cluster_without_a_pixel_of_the_sample_is_not_drawn():
    quantiles, pixels = QUANTILES.copy(), PIXELS.copy()
    quantiles[2], pixels[2] = np.nan, 0
    assert len(outlines(plot_silhouettes("photo", PALETTE, quantiles, pixels, 0.4)).get_paths()) == 2


def test_a_missing_silhouette_is_stated():
    figure = no_silhouette("photo", "one cluster has none")
    assert [text.get_text() for text in figure.axes[0].texts] == ["one cluster has none"]
    assert not figure.axes[0].axison
    assert draw("photo", 1, PALETTE[:1], {"silhouette": "", "silhouette_exact": ""}, ()).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("k", "count", "exact", "title"),
    [
        (1, 1, "", "photo: silhouettes at k = 1"),
        (5, 1, "", "photo: silhouettes at k = 5"),
        (3, 3, "True", "photo: silhouettes at k = 3"),
        (5, 3, "True", "photo: silhouettes at k = 5, 3 colours"),
        (3, 3, "False", "photo: silhouettes at k = 3 (estimated on a sample)"),
    ],
)
def test_titles_say_how_many_clusters_there_are_and_what_is_estimated(k, count, exact, title, monkeypatch):
    titles, frame = [], silhouette_plot._frame
    monkeypatch.setattr(silhouette_plot, "_frame", lambda given: titles.append(given) or frame(given))
    row = {"silhouette": "0.5", "silhouette_exact": exact}
    content = draw("photo", k, PALETTE[:count], row, (QUANTILES, PIXELS) if exact else ())
    assert content.startswith(b"\x89PNG")
    assert titles == [title]


def test_a_figure_is_drawn_anew_only_where_its_numbers_have_changed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    job = SimpleNamespace(
        wildcards=SimpleNamespace(image="photo"),
        input=SimpleNamespace(csv="silhouette.csv", npz="silhouettes.npz", clusters=["1.npz", "3.npz"]),
        output=["1.png", "3.png"],
        params=SimpleNamespace(code="a", title="photo", n_clusters=[1, 3]),
    )
    np.savez("1.npz", palette=PALETTE[:1])
    np.savez("3.npz", palette=PALETTE)
    np.savez("silhouettes.npz", k3=QUANTILES, k3_pixels=PIXELS)
    drawn = []
    monkeypatch.setattr(silhouette_plot, "draw", lambda *given: drawn.append(given[1]) or repr(given).encode())
    for score, anew in (("0.5", [1, 3]), ("0.5", []), ("0.6", [3])):
        Path("silhouette.csv").write_text(f"k,silhouette,silhouette_exact\n1,,\n3,{score},True\n")
        drawn.clear()
        main(job)
        assert drawn == anew
        assert len(list(Path(".snakemake/kept/silhouette_plot/photo").iterdir())) == 2, "nothing of before"
        row = {"k": "3", "silhouette": score, "silhouette_exact": "True"}
        assert Path("3.png").read_text() == repr(("photo", 3, PALETTE, row, [QUANTILES, PIXELS]))
        assert Path("1.png").read_text().endswith("'silhouette_exact': ''}, [])")


def test_titles_fit():
    figure = plot_silhouettes(f"{'IMG_2024' * 12}: silhouettes at k = 3", PALETTE, QUANTILES, PIXELS, 0.42)
    title = title_of(figure)
    assert title.get_text().endswith("silhouettes at k = 3")
    assert title.get_window_extent().x1 < figure.bbox.x1
    assert title.get_window_extent().y1 < figure.bbox.y1
