"""The silhouette plot has a knife of each cluster's size, shape and colour."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_hex

from silhouette_plot import draw, knives, no_silhouette

PALETTE = np.array([[200, 30, 40], [255, 255, 255], [0, 10, 20]], np.uint8)
QUANTILES = np.array([np.linspace(-0.1, 0.8, 101), np.linspace(0.2, 0.9, 101), np.full(101, 0.5)])
PIXELS = np.array([600, 300, 100])


def outlines(figure):
    (collection,) = figure.axes[0].collections
    return collection


def test_heights_are_pixels_and_edges_are_coefficients():
    figure = knives("photo", PALETTE, QUANTILES, PIXELS, 0.42)
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
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["#c81e28  60%", "#ffffff  30%", "#000a14  10%"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["mean 0.420"]


@pytest.mark.parametrize("count", [1, 20, 256])
def test_labels_keep_apart(count):
    rng = np.random.default_rng(0)
    palette, quantiles = rng.integers(0, 256, (count, 3)).astype(np.uint8), np.sort(rng.random((count, 101)))
    pixels = np.sort(rng.integers(1, 1000, count))[::-1]
    figure = knives("photo", palette, quantiles, pixels, 0.5)
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    assert bool(boxes) == (count <= 20), "knives of 256 clusters are lower than text"
    for upper, lower in pairwise(boxes):
        assert upper.y0 >= lower.y1
    assert min((box.x0 for box in boxes), default=1000) > figure.axes[0].yaxis.label.get_window_extent().x1


def test_a_cluster_without_a_pixel_of_the_sample_has_no_knife():
    quantiles, pixels = QUANTILES.copy(), PIXELS.copy()
    quantiles[2], pixels[2] = np.nan, 0
    assert len(outlines(knives("photo", PALETTE, quantiles, pixels, 0.4)).get_paths()) == 2


def test_a_missing_silhouette_is_stated():
    figure = no_silhouette("photo", "one cluster has none")
    assert [text.get_text() for text in figure.axes[0].texts] == ["one cluster has none"]
    assert not figure.axes[0].axison
    assert draw("photo", 1, PALETTE[:1], {"silhouette": "", "silhouette_exact": ""}, ()).startswith(b"\x89PNG")


def test_titles_fit(tmp_path):
    figure = knives(f"{'IMG_2024' * 12}: silhouettes at k = 3", PALETTE, QUANTILES, PIXELS, 0.42)
    assert figure.axes[0].title.get_window_extent().x1 < figure.bbox.x1
