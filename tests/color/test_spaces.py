"""Conversions agree with published values, and come back to the colours they came from."""

import tracemalloc

import numpy as np
import pytest
from coloraide import Color
from skimage.color import lab2rgb, rgb2lab

from photopalette.color.spaces import luminance, oklch, to_space, to_srgb
from photopalette.kmeans.fit import fit

EVERY = np.array(np.meshgrid(*[range(0, 256, 15)] * 3), np.uint8).reshape(3, -1).T


@pytest.mark.parametrize("space", ["rgb", "lab", "oklab"])
def test_there_and_back_again(space):
    assert (to_srgb(to_space(EVERY, space), space) == EVERY).all()


@pytest.mark.parametrize(
    ("space", "color", "expected", "within"),
    [
        ("rgb", (1, 2, 3), (1, 2, 3), 0),
        # CSS Color 4 gives these of sRGB red and blue, for Oklab; L*a*b* by Lindbloom, D65.
        ("oklab", (255, 0, 0), (0.62796, 0.22486, 0.12585), 1e-5),
        ("oklab", (0, 0, 255), (0.45201, -0.03246, -0.31153), 1e-5),
        ("oklab", (255, 255, 255), (1, 0, 0), 1e-7),
        ("lab", (255, 0, 0), (53.24, 80.09, 67.20), 0.01),
        ("lab", (255, 255, 255), (100, 0, 0), 0.01),
    ],
)
def test_published_values(space, color, expected, within):
    assert to_space(np.array([color], np.uint8), space)[0] == pytest.approx(expected, abs=within)


def test_oklch_and_luminance_equal_coloraides():
    colors = EVERY[::37]
    for color, (lightness, chroma, hue), light in zip(colors, oklch(colors), luminance(colors), strict=True):
        expected = Color("srgb", color / 255)
        l_, c_, h_ = expected.convert("oklch").coords(nans=False)
        assert (lightness, chroma) == pytest.approx((l_, c_), abs=1e-6)
        # A hue means the less, the less chroma there is.
        assert chroma * abs((hue - h_ + 180) % 360 - 180) < 0.02
        assert light == pytest.approx(expected.luminance(), abs=2e-4)


def test_rounding_is_to_the_nearest():
    assert to_srgb(np.array([[0.49, 0.51, 254.6]]), "rgb").tolist() == [[0, 1, 255]]


@pytest.mark.parametrize("space", ["lab", "oklab"])
def test_colours_outside_srgb_are_clipped(space):
    beyond = to_space(np.array([[0, 255, 0]], np.uint8), space) * [[1, 1.5, 1.5]]
    red, green, blue = to_srgb(beyond, space)[0].tolist()
    assert red == blue == 0
    assert green >= 250


@pytest.mark.parametrize("space", ["lab", "oklab"])
@pytest.mark.parametrize("refine", ["swaps", "none"])
def test_a_fit_is_nearest_and_mean_in_its_space(coffee_table, space, refine):
    options = {"n_init": 2, "max_iter": 300, "random_state": 0}
    if refine == "none":
        options |= {"init": "k-means++", "tol": 0, "algorithm": "lloyd"}
    clusters = fit(coffee_table, 5, "colors", refine, space, **options)
    points = to_space(coffee_table.colors, space)
    distance = ((points[:, None] - clusters.centroids) ** 2).sum(axis=2)
    assert (distance.argmin(axis=1) == clusters.labels).all()
    assert clusters.inertia == pytest.approx(distance.min(axis=1) @ coffee_table.counts)
    for label, centroid in enumerate(clusters.centroids):
        rows = clusters.labels == label
        assert centroid == pytest.approx(np.average(points[rows], axis=0, weights=coffee_table.counts[rows]))
    if refine == "none":
        assert (to_srgb(clusters.centroids, space) == clusters.palette).all()
    assert clusters.space == space


def test_lab_is_scikit_images():
    rng = np.random.default_rng(0)
    colors = np.vstack([EVERY, rng.integers(0, 256, (20_000, 3), np.uint8)])
    assert to_space(colors, "lab") == pytest.approx(rgb2lab(colors), abs=1e-9)
    means = to_space(colors, "lab")[:-1] / 2 + to_space(colors, "lab")[1:] / 2
    assert (to_srgb(means, "lab") == np.rint((255 * lab2rgb(means)).clip(0, 255))).mean() > 0.9999


@pytest.mark.parametrize("space", ["lab", "oklab"])
def test_many_colours_are_what_each_is_alone_and_take_little_room(space):
    """A photograph may have millions: intermediate results of them all would be ten times as large."""
    colors = np.random.default_rng(6).integers(0, 256, (300_000, 3), np.uint8)
    tracemalloc.start()
    try:
        points = to_space(colors, space)
        assert tracemalloc.get_traced_memory()[1] < 3 * points.nbytes
    finally:
        tracemalloc.stop()
    for place in (0, (1 << 16) - 1, 1 << 16, 200_000, 299_999):
        assert (to_space(colors[place : place + 1], space)[0] == points[place]).all()


def test_oklab_is_coloraides():
    points = to_space(EVERY, "oklab")
    expected = np.array([Color("srgb", color / 255).convert("oklab").coords() for color in EVERY])
    assert points == pytest.approx(expected, abs=1e-7)
    means = points[:-1] / 2 + points[1:] / 2
    levels = 255 * np.array([Color("oklab", mean).convert("srgb").coords() for mean in means]).clip(0, 1)
    assert to_srgb(means, "oklab") == pytest.approx(levels, abs=0.5001)
