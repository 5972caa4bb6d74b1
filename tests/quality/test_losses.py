"""What a picture loses is told apart by its colour, largest first, and a hue that is gone is named."""

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from photopalette.color.table import flatten
from photopalette.kmeans.fit import fit
from photopalette.quality.losses import find_losses, find_lost_hues
from photopalette.quality.metrics import Reference, delta_e, pair_colors
from photopalette.quality.targets import say_lost_hues
from settings import SEARCH


def photo(*patches: tuple[tuple[int, int, int], int], noise: float = 2) -> np.ndarray:
    """Draw patches of colours, each in so many rows of a hundred pixels, on warm greys, 100 rows in all."""
    rng = np.random.default_rng(5)
    ramp = np.linspace(60, 190, 100)[None, :, None] * np.array([1, 0.97, 0.92])
    image = np.repeat(ramp, 100, axis=0)
    row = 0
    for color, rows in patches:
        image[row : row + rows] = color
        row += rows
    return (image + rng.normal(0, noise, image.shape)).clip(0, 255).astype(np.uint8)


def losses(image: np.ndarray, palette: list[tuple[int, int, int]]) -> tuple:
    """Find what the picture in the nearest colours of a palette loses, with the original and the picture's pixels."""
    table, palette = flatten(image), np.array(palette, np.uint8)
    pixels = image.reshape(-1, 3)
    indices = ((pixels[:, None].astype(int) - palette) ** 2).sum(axis=2).argmin(axis=1).astype(np.uint8)
    reference = Reference(table)
    pairs = pair_colors(table, palette, indices)
    difference = delta_e(reference, pairs)
    found, groups = find_losses(reference, pairs, difference)
    return found, find_lost_hues(reference, pairs, difference), groups[pairs.index], pixels, palette[indices]


GREYS = [(level, round(0.97 * level), round(0.92 * level)) for level in range(60, 200, 15)]


def test_each_loss_is_described_by_its_own_pixels():
    """By a second way: the pixels of each patch, whose places are known."""
    image = photo(((20, 190, 40), 3), ((200, 30, 160), 8))
    found, _, groups, pixels, shown = losses(image, GREYS)
    assert len(found) == 2
    places = {1: slice(300, 1100), 2: slice(0, 300)}  # the larger loss is first
    difference = deltaE_ciede2000(rgb2lab(pixels), rgb2lab(shown))
    for number, place in places.items():
        loss, members = found[number - 1], np.flatnonzero(groups == number)
        assert set(members) == set(range(10_000)[place])
        assert loss["share"] == len(members) / 10_000
        mean = pixels[members].mean(axis=0)
        assert np.abs(mean - list(bytes.fromhex(loss["color"][1:]))).max() <= 0.5
        assert loss["delta_e"] == pytest.approx(difference[members].mean(), abs=1e-3)
        codes, counts = np.unique(shown[members], axis=0, return_counts=True)
        assert loss["replacement"] == f"#{bytes(codes[counts.argmax()]).hex()}"
    assert "green" in found[1]["name"]


def test_where_nothing_is_lost_nothing_is_said():
    found, hues, groups, *_ = losses(photo(), GREYS)
    assert (found, hues, groups.any()) == ([], [], False)
    image = photo(((20, 190, 40), 3))
    found, hues, *_ = losses(image, [*GREYS, (20, 190, 40)])
    assert (found, hues) == ([], [])


@pytest.mark.parametrize(
    ("color", "word"),
    [
        ((20, 190, 40), "green"),
        ((60, 110, 50), "green"),
        ((210, 30, 30), "red"),
        ((40, 70, 210), "blue"),
        ((110, 50, 160), "purple"),
        ((230, 200, 30), "yellow"),
        ((240, 140, 20), "orange"),
        ((120, 66, 20), "brown"),
        ((20, 170, 165), "turquoise"),
        ((240, 100, 170), "pink"),
    ],
)
def test_a_hue_of_three_percent_that_a_small_palette_drops_is_named(color, word):
    image = photo((color, 3))
    clusters = fit(flatten(image), 3, **SEARCH, fit_on="colors")
    small = [tuple(color) for color in clusters.palette.tolist()]
    greys = [color for color in small if max(color) - min(color) < 40]
    found, (hue,), *_ = losses(image, greys)
    assert (hue["hue"], hue["share"]) == (word, pytest.approx(0.03, abs=0.002))
    assert found[0]["share"] + sum(loss["share"] for loss in found[1:]) >= 0.03
    assert say_lost_hues([hue]) == f"all {word} has become {hue['name']}"
    # While the palette has any colour of this hue, it is not gone.
    assert losses(image, [*greys, color])[1] == []


def test_a_hue_is_not_gone_where_another_shade_of_it_stands_for_it():
    image = photo(((20, 190, 40), 4))
    assert losses(image, [*GREYS, (60, 130, 70)])[1] == []
    assert [hue["hue"] for hue in losses(image, [*GREYS, (150, 140, 60)])[1]] == ["green"]


def test_at_most_six_losses_are_told_apart_and_together_they_are_all_that_is_lost():
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)
    found, _, groups, pixels, shown = losses(image, [(128, 128, 128)])
    difference = deltaE_ciede2000(rgb2lab(pixels), rgb2lab(shown))
    assert len(found) == 6
    assert ((groups > 0) == (difference > 10)).all()
    assert sum(loss["share"] for loss in found) == pytest.approx((difference > 10).mean(), abs=1e-4)
    sizes = [loss["share"] * loss["delta_e"] for loss in found]
    assert sizes == sorted(sizes, reverse=True)
