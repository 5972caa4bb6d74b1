"""What is seen from a distance: fine patterns as their mean, everything else as it is."""

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from flatten import flatten
from photopalette.pictures.dithering import diffuse
from photopalette.quality.metrics import Reference, score_picture, score_seen
from photopalette.quality.seen import View
from scielab import scielab

GREYS = np.arange(256)[:, None].repeat(3, axis=1).astype(np.uint8)


def indexed(picture, mask):
    """A palette, and the index of each pixel that counts, of a picture with few colours."""
    palette, indices = np.unique(picture[mask], axis=0, return_inverse=True)
    return palette, indices.ravel().astype(np.uint8)


def per_pixel(first, second):
    return deltaE_ciede2000(rgb2lab(first), rgb2lab(second)).ravel()


@pytest.mark.parametrize("viewing", [1, 2.5, 7, 24, 60])
@pytest.mark.parametrize("masked", [False, True])
def test_equals_the_definition(coffee, viewing, masked):
    original, rng = coffee[20:42, 30:60], np.random.default_rng(0)
    other = original // 64 * 64 + rng.integers(0, 2, original.shape, np.uint8) * 60
    mask = np.ones(original.shape[:2], bool)
    if masked:
        mask = rng.random(mask.shape) < 0.6
        mask[:4] = mask[9:, 12:20] = False
    table = flatten(np.dstack([original, mask * np.uint8(255)]))
    found = View(table, viewing).difference(*indexed(other, mask))
    assert found == pytest.approx(scielab(original, other, viewing, mask), rel=1e-4, abs=1e-4)


def test_scores_are_its_mean_and_its_95th_percentile(coffee):
    original, other = coffee[:18, :20], coffee[:18, :20] // 50 * 50
    everywhere = np.ones(original.shape[:2], bool)
    scores = score_picture(Reference(flatten(original), 20), *indexed(other, everywhere))
    expected = np.sort(scielab(original, other, 20))
    assert scores["delta_e_seen_mean"] == pytest.approx(expected.mean(), rel=1e-4)
    assert scores["delta_e_seen_p95"] == pytest.approx(expected[341], rel=1e-4)  # of 360, 342 are at most this


@pytest.mark.parametrize(("dark", "light", "mean"), [(0, 255, 188), (60, 140, 109), (170, 250, 215)])
def test_a_checkerboard_is_seen_as_its_mean_light(dark, light, mean):
    """`mean` is the grey with half the light of both, by the definition of sRGB; the codes' mean is darker."""
    rows, columns = np.indices((48, 48))
    board = ((rows + columns) % 2).ravel().astype(np.uint8)
    palette = GREYS[[dark, light]]
    scores = score_picture(Reference(flatten(np.full((48, 48, 3), mean, np.uint8))), palette, board)
    assert scores["delta_e_seen_mean"] < 0.8
    assert scores["delta_e_mean"] > 5
    codes = np.full((48, 48, 3), (dark + light) // 2, np.uint8)
    assert View(flatten(codes), 60).difference(palette, board).mean() > 2 * scores["delta_e_seen_mean"]


def test_squares_of_a_degree_are_seen_as_they_are():
    rows, columns = np.indices((240, 240))
    board = ((rows // 60 + columns // 60) % 2).ravel().astype(np.uint8)
    grey = flatten(np.full((240, 240, 3), 188, np.uint8))
    found = View(grey, 60).difference(GREYS[[0, 255]], board).reshape(240, 240)
    expected = per_pixel(np.full((2, 3), 188, np.uint8), GREYS[[0, 255]])
    assert found[30::60, 30::60].ravel() == pytest.approx(
        expected[board.reshape(240, 240)[30::60, 30::60].ravel()], rel=0.2
    )


@pytest.mark.parametrize("clear", [False, True])
def test_no_change_is_no_difference_and_a_uniform_one_is_as_large_as_it_is(coffee, clear):
    """At the edges, too, of the picture and of what is transparent."""
    mask = np.ones(coffee.shape[:2], bool)
    mask[10:30, 20:50] = mask[5, ::2] = not clear
    same = coffee // 40 * 40
    table = flatten(np.dstack([same, mask * np.uint8(255)]))
    assert not View(table, 60).difference(*indexed(same, mask)).any()
    flat, shown = np.full(coffee.shape, (90, 120, 60), np.uint8), np.array([[100, 110, 70]], np.uint8)
    table = flatten(np.dstack([flat, mask * np.uint8(255)]))
    found = View(table, 60).difference(shown, np.zeros(np.count_nonzero(mask), np.uint8))
    assert found == pytest.approx(per_pixel(flat[mask], shown.repeat(len(found), axis=0)), rel=1e-5)


def test_a_degree_of_two_pixels_blurs_nothing(coffee):
    other = coffee // 50 * 50
    found = View(flatten(coffee), 2).difference(*indexed(other, np.ones(coffee.shape[:2], bool)))
    assert found == pytest.approx(per_pixel(coffee, other), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("edge", [1, 40, 95])
def test_what_is_transparent_is_as_if_it_were_not_there(coffee, edge):
    other = coffee // 50 * 50
    mask = np.zeros(coffee.shape[:2], bool)
    mask[:, :edge] = True
    cut = View(flatten(np.dstack([coffee, mask * np.uint8(255)])), 60).difference(*indexed(other, mask))
    part, whole = other[:, :edge], np.ones((64, edge), bool)
    alone = View(flatten(coffee[:, :edge]), 60).difference(*indexed(part, whole))
    assert cut == pytest.approx(alone, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("strip", [1, 96 * 31, 96 * 40])
def test_large_pictures_are_seen_in_strips(coffee, monkeypatch, strip, masked):
    mask = np.ones(coffee.shape[:2], bool)
    mask[10:50, 7:60] = not masked
    table, other = flatten(np.dstack([coffee, mask * np.uint8(255)])), indexed(coffee // 50 * 50, mask)
    whole = View(table, 60).difference(*other)
    monkeypatch.setattr("photopalette.quality.seen._STRIP", strip)
    view = View(table, 60)
    assert (view.difference(*other) == whole).all()
    assert view._kept == []


@pytest.mark.parametrize("strip", [1 << 20, 96 * 31])
def test_pictures_scored_together_have_the_scores_that_each_has_alone(coffee, monkeypatch, strip):
    monkeypatch.setattr("photopalette.quality.seen._STRIP", strip)
    mask = np.ones(coffee.shape[:2], bool)
    mask[10:50, 7:60] = False
    reference = Reference(flatten(np.dstack([coffee, mask * np.uint8(255)])))
    pictures = [indexed(coffee // step * step, mask) for step in range(50, 62)]
    scores = list(score_seen(reference, pictures))
    assert len(scores) == len(pictures)
    for found, picture in zip(scores, pictures, strict=True):
        alone = View(reference.table, 60).difference(*picture)
        assert found["delta_e_seen_mean"] == pytest.approx(alone.mean(dtype=float), rel=1e-12)
        assert found["delta_e_seen_p95"] == np.quantile(alone, 0.95, method="inverted_cdf")


@pytest.mark.parametrize("size", [(1, 1), (1, 19), (4, 5), (1, 21), (7, 9)])
def test_the_percentile_of_few_pixels_is_one_of_them(size):
    rng = np.random.default_rng(0)
    original, indices = rng.integers(0, 256, (*size, 3), np.uint8), rng.integers(0, 2, size[0] * size[1], np.uint8)
    reference, palette = Reference(flatten(original)), rng.integers(0, 256, (2, 3), np.uint8)
    (scores,) = score_seen(reference, [(palette, indices)])
    alone = np.sort(reference.view.difference(palette, indices))
    assert scores["delta_e_seen_p95"] == alone[-(len(alone) * 5 // 100) - 1]


def test_a_dithered_photograph_looks_better_than_its_pixels(coffee_table):
    palette = np.array([[x, y, z] for x in (20, 130, 240) for y in (20, 130, 240) for z in (20, 130, 240)], np.uint8)
    distance = ((coffee_table.colors[:, None].astype(int) - palette) ** 2).sum(axis=2)
    reference = Reference(coffee_table)
    plain = score_picture(reference, palette, distance.argmin(axis=1).astype(np.uint8)[coffee_table.index])
    dithered = score_picture(reference, palette, diffuse(coffee_table, palette))
    assert dithered["delta_e_mean"] > plain["delta_e_mean"]
    assert dithered["delta_e_seen_mean"] < plain["delta_e_seen_mean"]
