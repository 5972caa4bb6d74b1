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
        ("oklab", (255, 0, 0), (0.62796, 0.22486, 0.12585), 1e-4),
        ("oklab", (0, 0, 255), (0.45201, -0.03246, -0.31153), 2e-4),
        ("oklab", (255, 255, 255), (1, 0, 0), 2e-4),
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
        assert (lightness, chroma) == pytest.approx((l_, c_), abs=2e-4)
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


@pytest.mark.parametrize(
    ("color", "expected"),
    [
        ((255, 255, 255), (1.000001735348, 0.000002285480, -0.000113652666)),
        ((255, 0, 0), (0.627925900662, 0.224887603833, 0.125804933240)),
        ((0, 255, 0), (0.866451874607, -0.233921435421, 0.179421768053)),
        ((0, 0, 255), (0.452032954406, -0.032351637521, -0.311620544209)),
        ((1, 2, 3), (0.082309938508, -0.003925209107, -0.007021013327)),
        ((128, 128, 128), (0.599871846607, 0.000001370992, -0.000068176916)),
        ((10, 11, 12), (0.148851824501, -0.001019943029, -0.002553194255)),
        ((250, 200, 30), (0.852967112634, 0.000798903851, 0.169125477265)),
        ((70, 40, 20), (0.310578883007, 0.033106250290, 0.043897242386)),
        ((12, 200, 180), (0.747987219194, -0.132420446134, -0.005356312501)),
        ((180, 20, 160), (0.533791959656, 0.205940058143, -0.097571396462)),
        ((90, 120, 60), (0.534517388767, -0.060916636424, 0.070526441661)),
    ],
)
def test_oklab_is_ottossons_by_way_of_the_standards_xyz(color, expected):
    """The expected values are colour-science's, XYZ_to_Oklab after sRGB_to_XYZ."""
    assert to_space(np.array([color], np.uint8), "oklab")[0] == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((0.791, -0.071, 0.104), (170, 201, 107)),
        ((0.616, -0.094, -0.048), (1, 150, 165)),
        ((0.720, 0.132, -0.069), (218, 127, 205)),
        ((0.720, 0.193, -0.052), (247, 103, 193)),
        ((0.834, 0.111, -0.038), (253, 170, 223)),
        ((0.355, 0.053, -0.025), (79, 48, 72)),
        ((0.670, 0.111, -0.099), (187, 117, 207)),
        ((0.650, -0.132, 0.129), (86, 166, 22)),
        ((0.623, 0.031, 0.058), (164, 126, 94)),
        ((0.426, 0.014, -0.115), (64, 70, 141)),
    ],
)
def test_oklab_comes_back_as_colour_science_brings_it(point, expected):
    """The expected values are colour-science's, XYZ_to_sRGB after Oklab_to_XYZ."""
    assert to_srgb(np.array([point]), "oklab")[0].tolist() == list(expected)


def test_oklab_is_coloraides_but_for_the_matrix():
    """CSS has a later matrix, a tenth of a thousandth or one level away at most."""
    colors = EVERY[::7]
    points = to_space(colors, "oklab")
    assert points == pytest.approx(
        np.array([Color("srgb", c / 255).convert("oklab").coords() for c in colors]), abs=2e-4
    )
    means = points[:-1] / 2 + points[1:] / 2
    reference = 255 * np.array([Color("oklab", mean).convert("srgb").coords() for mean in means]).clip(0, 1)
    assert to_srgb(means, "oklab") == pytest.approx(reference, abs=1.5)
