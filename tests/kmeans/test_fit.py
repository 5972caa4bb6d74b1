"""Fits equal scikit-learn's on all pixels; clusters come most common first."""

from itertools import product

import numpy as np
import pytest
from PIL import Image
from sklearn.cluster import KMeans
from sklearn.datasets import load_sample_image

from flatten import flatten
from photopalette.color.spaces import to_space
from photopalette.color.table import ColorTable, hex_codes
from photopalette.kmeans.fit import fit
from settings import PLAIN, SEARCH


def photograph(name) -> np.ndarray:
    return np.asarray(Image.fromarray(load_sample_image(name)).resize((120, 80)))


def sorted_rows(array):
    return array[np.lexsort(array.T)]


@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
@pytest.mark.parametrize("k", [1, 2, 3, 7])
def test_fit_on_pixels_is_scikit_learns_to_the_last_digit(name, k):
    image = photograph(name)
    pixels = image.reshape(-1, 3)
    clusters = fit(flatten(image), k, "pixels", **PLAIN)
    reference = KMeans(n_clusters=k, random_state=42, n_init=10).fit(pixels)
    assert clusters.inertia == reference.inertia_
    assert (sorted_rows(clusters.centroids) == sorted_rows(reference.cluster_centers_)).all()
    assert (
        clusters.centroids[clusters.labels][flatten(image).index] == reference.cluster_centers_[reference.labels_]
    ).all()


@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
@pytest.mark.parametrize("options", [PLAIN, SEARCH], ids=["plain", "swaps"])
def test_fit_on_colors_finds_the_optimum_of_all_pixels(name, k, options):
    image = photograph(name)
    clusters = fit(flatten(image), k, "colors", **options)
    reference = KMeans(n_clusters=k, random_state=42, n_init=10).fit(image.reshape(-1, 3))
    assert clusters.inertia <= reference.inertia_ * (1 + 1e-4)


def test_inertia_and_pixels_are_those_of_the_labels(coffee_table):
    clusters = fit(coffee_table, 5, "colors", **SEARCH)
    squares = ((coffee_table.colors - clusters.centroids[clusters.labels]) ** 2).sum(axis=1)
    assert clusters.inertia == pytest.approx(squares @ coffee_table.counts, rel=1e-12)
    assert clusters.pixels.tolist() == [
        coffee_table.counts[clusters.palette_labels == label].sum() for label in range(5)
    ]
    assert clusters.converged


def test_most_common_cluster_comes_first_and_ties_go_by_colour():
    colors = np.array([[0, 0, 9], [0, 9, 0], [200, 0, 0], [200, 200, 200]], np.uint8)
    table = ColorTable(colors, np.array([2, 2, 2, 7]), np.arange(4, dtype=np.uint32), np.array([1, 4]))
    clusters = fit(table, 4, "colors", **SEARCH)
    assert clusters.centroids.tolist() == [[200, 200, 200], [0, 0, 9], [0, 9, 0], [200, 0, 0]]
    assert clusters.labels.tolist() == [1, 2, 3, 0]


@pytest.mark.parametrize("space", ["rgb", "lab", "oklab"])
@pytest.mark.parametrize(
    "way", [("colors", PLAIN), ("pixels", PLAIN), ("colors", SEARCH)], ids=["plain", "all", "search"]
)
@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("more", [0, 1, 5])
def test_images_with_at_most_k_colours_keep_them_all(count, more, way, space, caplog):
    """Neighbours in the table, which a fit would have to tell apart."""
    image = np.array([[[9, 9, value] for value in [0, 1, 2, 255, 254][:count]] * 3 + [[9, 9, 0]]], np.uint8)
    table, (fit_on, options) = flatten(image), way
    clusters = fit(table, count + more, fit_on, space=space, **options)
    assert (clusters.palette[clusters.labels] == table.colors).all()
    assert len(clusters.palette) == len(np.unique(clusters.labels)) == count
    assert (clusters.centroids[clusters.labels] == to_space(table.colors, space)).all()
    assert clusters.palette[0].tolist() == [9, 9, 0]
    assert clusters.pixels.tolist() == [4, 3, 3, 3, 3][:count]
    assert clusters.inertia == 0
    assert clusters.converged
    said = f"k = {count + more}: the image has only {count} colour{'s' if count > 1 else ''}, so the picture is exact"
    assert (said in caplog.text) == (more > 0)


def test_stopping_at_max_iter_is_reported(coffee_table, caplog):
    clusters = fit(coffee_table, 8, "colors", **{**PLAIN, "max_iter": 1, "n_init": 1})
    assert not clusters.converged
    assert "k = 8 did not converge: stopped at max_iter = 1" in caplog.text


def test_restarts_are_listed_and_the_best_is_kept(coffee_table):
    clusters = fit(coffee_table, 6, "colors", **SEARCH)
    assert [(seed, number) for seed, number, *_ in clusters.restarts] == [(42, n) for n in (*range(10), None)]
    kinds = ["variance cuts", "maximin", *["k-means++"] * 8, "crossover"]
    assert [kind for _, _, kind, *_ in clusters.restarts] == kinds
    assert clusters.inertia == min(inertia for _, _, _, inertia, _ in clusters.restarts)


@pytest.mark.parametrize("space", ["rgb", "oklab"])
@pytest.mark.parametrize("fit_on", ["colors", "pixels"])
@pytest.mark.parametrize("n_init", [1, 4])
def test_what_is_listed_of_scikit_learn_is_had_again_by_its_seed(coffee_table, space, fit_on, n_init):
    options = PLAIN | {"n_init": n_init}
    ((seed, number, kind, inertia, iterations),) = fit(coffee_table, 6, fit_on, space=space, **options).restarts
    points, weights = to_space(coffee_table.colors, space), coffee_table.counts
    if fit_on == "pixels":
        points, weights = points[coffee_table.index], None
    again = KMeans(n_clusters=6, random_state=seed, n_init=n_init).fit(points, sample_weight=weights)
    assert (number, kind) == (None, "k-means++")
    assert (inertia, iterations) == (again.inertia_, again.n_iter_)


@pytest.mark.parametrize("fit_on", ["colors", "pixels"])
def test_what_is_listed_of_scikit_learn_is_had_again_with_the_documented_weights(coffee_table, fit_on):
    ((seed, _, _, inertia, iterations),) = fit(coffee_table, 6, fit_on, **PLAIN, weight_exponent=0.5).restarts
    points, weights = coffee_table.colors.astype(float), np.float32(coffee_table.counts**0.5)
    if fit_on == "pixels":
        points, weights = points[coffee_table.index], (weights / coffee_table.counts)[coffee_table.index]
    again = KMeans(n_clusters=6, random_state=seed, n_init=10).fit(points, sample_weight=weights)
    assert (inertia, iterations) == (again.inertia_, again.n_iter_)


@pytest.mark.parametrize("weight_exponent", [1.0, 0.5])
@pytest.mark.parametrize("k", [3, 30])
def test_restarts_are_the_first_rows_of_every_fit_with_as_many(coffee_table, k, weight_exponent):
    options = {**SEARCH, "random_state": 7, "weight_exponent": weight_exponent}
    whole = fit(coffee_table, k, "colors", **{**options, "n_init": 4}).restarts
    assert [number for _, number, *_ in whole] == ([0, 1, 2, 3, None] if k == 3 else [0, 1, 2])
    for number in range(min(4, 100 // k)):
        again = fit(coffee_table, k, "colors", **{**options, "n_init": number + 1}).restarts
        assert again[: number + 1] == whole[: number + 1]


def test_without_a_search_no_seed_is_listed(coffee_table):
    few = flatten(np.zeros((2, 2, 3), np.uint8))
    for options in (PLAIN, SEARCH):
        assert fit(few, 3, "colors", **options).restarts == [(None, None, "every colour", 0.0, 0)]


@pytest.mark.parametrize("fit_on", ["colors", "pixels"])
@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.3])
def test_weight_exponent_is_scikit_learns_sample_weight(coffee_table, fit_on, exponent):
    points, counts = coffee_table.colors.astype(float), coffee_table.counts
    clusters = fit(coffee_table, 5, fit_on, **PLAIN, weight_exponent=exponent)
    reference = KMeans(n_clusters=5, random_state=42, n_init=10).fit(points, sample_weight=counts**exponent)
    weighted = (((points - clusters.centroids[clusters.labels]) ** 2).sum(axis=1) * counts**exponent).sum()
    assert weighted == pytest.approx(reference.inertia_, rel=1e-3)
    searched = fit(coffee_table, 5, "colors", **SEARCH, weight_exponent=exponent)
    assert min(inertia for _, _, _, inertia, _ in searched.restarts) <= reference.inertia_ * (1 + 1e-6)


@pytest.mark.parametrize("options", [PLAIN, SEARCH], ids=["plain", "swaps"])
def test_scores_stay_those_of_the_picture_whatever_a_colour_weighs(coffee_table, options):
    points, counts = coffee_table.colors.astype(float), coffee_table.counts
    clusters = fit(coffee_table, 5, "colors", **options, weight_exponent=0.5)
    own = ((points - clusters.centroids[clusters.labels]) ** 2).sum(axis=1)
    nearest = ((points[:, None] - clusters.centroids) ** 2).sum(axis=2).min(axis=1)
    assert own == pytest.approx(nearest, rel=1e-9)
    assert clusters.inertia == pytest.approx((own * counts).sum(), rel=1e-12)
    assert clusters.pixels.tolist() == [counts[clusters.palette_labels == label].sum() for label in range(5)]
    assert (np.diff(clusters.pixels) <= 0).all()


def test_small_things_count_more_below_an_exponent_of_one():
    """A sheet of a thousand greys, and three small things in three colours."""
    sheet = np.arange(96, 160).repeat(64 * 3).reshape(64, 64, 3).astype(np.uint8)
    for place, color in enumerate([(255, 0, 0), (250, 0, 0), (245, 10, 0)]):
        sheet[place, 0] = color
    reds = [
        [
            color[0] - color[1] > 200
            for color in fit(flatten(sheet), 3, "colors", **SEARCH, weight_exponent=e).palette.astype(int)
        ]
        for e in (1.0, 0.0)
    ]
    assert [sum(red) for red in reds] == [0, 1]


@pytest.mark.parametrize("options", [PLAIN, SEARCH], ids=["plain", "swaps"])
@pytest.mark.parametrize("weight_exponent", [1.0, 0.5])
def test_a_pixel_of_a_third_of_the_weight_counts_as_one_of_three(options, weight_exponent):
    image = photograph("flower.jpg")[:40, :60]
    times = np.random.default_rng(4).integers(1, 4, image.shape[:2])
    repeated = np.repeat(image.reshape(-1, 3), times.ravel(), axis=0)[None]
    weighted, plain = (
        fit(table, 4, "colors", weight_exponent=weight_exponent, **options)
        for table in (flatten(image, (85 * times).astype(np.uint8)), flatten(repeated))
    )
    assert np.allclose(sorted_rows(weighted.centroids), sorted_rows(plain.centroids), atol=1e-4)
    assert (sorted_rows(weighted.palette) == sorted_rows(plain.palette)).all()
    # What is reported is the picture's.
    assert weighted.pixels.sum() == 2400
    squares = ((image.reshape(-1, 1, 3) - weighted.centroids) ** 2).sum(axis=2).min(axis=1)
    assert weighted.inertia == pytest.approx(squares.sum(), rel=1e-9)
    minimized, least = (min(restart[3] for restart in clusters.restarts) for clusters in (weighted, plain))
    assert minimized == pytest.approx(85**weight_exponent * least, rel=1e-5)


def test_what_hardly_counts_hardly_gets_a_colour():
    """Half of the pixels, of little weight, would take half of the colours."""
    rng = np.random.default_rng(5)
    red, blue = (rng.normal(mean, 12, (40, 40, 3)).clip(0, 255) for mean in ((190, 40, 40), (40, 60, 190)))
    image = np.hstack([red, blue]).astype(np.uint8)
    levels = np.repeat([255, 1], 40)[None].repeat(40, axis=0).astype(np.uint8)
    bluish = [int((fit(flatten(image, w), 6, "colors", **SEARCH).palette[:, 2] > 120).sum()) for w in (None, levels)]
    assert bluish == [3, 1]


@pytest.mark.parametrize("k", [2, 5, 20])
@pytest.mark.parametrize("space", ["rgb", "oklab"])
def test_kept_colours_are_in_the_palette_and_the_others_are_the_best_beside_them(coffee_table, k, space):
    keep = ["#ffffff", "#e4002b"]
    clusters = fit(coffee_table, k, "colors", space=space, keep=keep, **SEARCH)
    hexes = hex_codes(clusters.palette)
    assert len(set(hexes)) == k
    assert {hexes[at] for at in np.flatnonzero(clusters.kept)} == set(keep)
    assert clusters.pixels.tolist() == sorted(clusters.pixels.tolist(), reverse=True)
    assert clusters.pixels.sum() == 64 * 96
    points, counts = to_space(coffee_table.colors, space), coffee_table.counts

    def error(palette):
        distances = ((points[:, None] - to_space(palette, space)) ** 2).sum(axis=2)
        return float(counts @ distances.min(axis=1))

    least = error(clusters.palette)
    shown = ((points - to_space(clusters.palette, space)[clusters.palette_labels]) ** 2).sum(axis=1)
    assert float(counts @ shown) == pytest.approx(least, rel=1e-9)
    # No other colour is better by a level more or less, and none could be dropped for another of the photo.
    for color in np.flatnonzero(~clusters.kept)[:4]:
        for axis, step in product(range(3), (-1, 1)):
            palette = clusters.palette.astype(int)
            palette[color, axis] += step
            if 0 <= palette[color, axis] <= 255:
                assert error(palette.astype(np.uint8)) >= least * (1 - 1e-9)
    # Without them, k colours do better, and k - 2 of them beside these do worse.
    free = fit(coffee_table, k, "colors", space=space, **SEARCH)
    assert free.inertia < clusters.inertia
    assert not free.kept.any()
    if k > 2:
        beside = fit(coffee_table, k - 2, "colors", space=space, **SEARCH)
        rest = np.vstack([beside.palette, [[255, 255, 255], [228, 0, 43]]]).astype(np.uint8)
        assert least <= error(rest)


def test_kept_colours_alone_are_fitted_by_nothing(coffee_table):
    clusters = fit(coffee_table, 2, "colors", keep=["#ffffff", "#000000"], **SEARCH)
    assert sorted(hex_codes(clusters.palette)) == ["#000000", "#ffffff"]
    squares = ((coffee_table.colors[:, None] - np.array([[0.0] * 3, [255.0] * 3])) ** 2).sum(axis=2).min(axis=1)
    assert clusters.inertia == squares @ coffee_table.counts
    assert [kind for _, _, kind, _, _ in clusters.restarts] == ["kept colours"]
    assert clusters.converged


@pytest.mark.parametrize(("k", "exact"), [(3, False), (4, False), (5, True), (9, True)])
def test_a_photo_of_few_colours_is_exact_as_soon_as_those_kept_leave_room_for_all(k, exact):
    """Four colours, of which one is kept, and one is kept that it does not have."""
    image = np.array([[[0, 0, 0], [9, 200, 40], [200, 30, 90], [255, 255, 255], [0, 0, 0]]], np.uint8)
    clusters = fit(flatten(image), k, "colors", keep=["#ffffff", "#ff8800"], **SEARCH)
    assert len(clusters.palette) == min(k, 5)
    assert {"#ffffff", "#ff8800"} <= set(hex_codes(clusters.palette))
    assert (clusters.inertia == 0) == exact
    shown = clusters.palette[clusters.palette_labels][flatten(image).index]
    assert (shown == image[0]).all() == exact
    unused = hex_codes(clusters.palette).index("#ff8800")
    if exact:
        assert clusters.pixels[unused] == 0
