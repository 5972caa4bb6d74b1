"""The 8-bit palette of a fit is an optimum among such palettes, or of colours of the photo."""

import itertools

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from compare import compact, measure
from flatten import flatten
from photopalette.color.spaces import to_space, to_srgb
from photopalette.kmeans.fit import fit
from photopalette.kmeans.lloyd import Solution
from photopalette.kmeans.palette import find_members, fit_palette
from photopalette.kmeans.points import Points
from photopalette.palettes.quantizers import QUANTIZERS, Quantized
from photopalette.quality.metrics import Reference
from settings import PLAIN, SEARCH


@pytest.mark.parametrize("space", ["rgb", "lab", "oklab"])
@pytest.mark.parametrize("k", [2, 4, 20, 200])
def test_the_palette_is_an_optimum_among_8_bit_colours(coffee_table, space, k):
    """Every colour is with the nearest of the palette, and the error is no more than that of rounded centroids."""
    centroids = fit(coffee_table, k, "colors", **SEARCH, space=space).centroids
    palette, labels = fit_palette(Points(coffee_table, space), centroids)
    points, weights = to_space(coffee_table.colors, space), coffee_table.counts
    assert len(np.unique(palette, axis=0)) == k

    def nearest(palette):
        return ((points[:, None] - to_space(palette, space)) ** 2).sum(axis=2)

    distance = nearest(palette)
    own = distance[np.arange(len(points)), labels]
    assert own == pytest.approx(distance.min(axis=1), abs=1e-9)
    rounded = nearest(to_srgb(centroids, space)).min(axis=1)
    assert weights @ own <= weights @ rounded * (1 + 1e-12)
    unrounded = ((points[:, None] - centroids) ** 2).sum(axis=2).min(axis=1)
    assert weights @ unrounded <= weights @ own * (1 + 1e-12)
    for color, channel, step in itertools.product(range(k), range(3), (-1, 1)) if k <= 4 else ():
        moved = palette.astype(int)
        moved[color, channel] += step
        assert moved.min() < 0 or moved.max() > 255 or weights @ nearest(moved).min(axis=1) > weights @ own * (1 - 2e-9)


@pytest.mark.parametrize("k", [2, 3, 4, 8])
@pytest.mark.parametrize("size", [(56, 240), (24, 16), (90, 20)])
def test_no_other_quantizer_has_a_lower_squared_error(k, size):
    for name in ("china.jpg", "flower.jpg"):
        image = np.asarray(Image.fromarray(load_sample_image(name)).resize(size))
        table = flatten(image)
        clusters = fit(table, k, "colors", **SEARCH)
        ours = measure(Reference(table), Quantized(clusters.palette, clusters.palette_labels[table.index]))[0]["mse"]
        for method, quantize in QUANTIZERS.items():
            other = measure(Reference(table), compact(quantize(image, table, k, 42)))[0]["mse"]
            assert ours <= other + 1e-4, (name, method)


def greys(*levels):
    """A table of greys, each of one pixel, as points."""
    return Points(flatten(np.repeat(np.array(levels, np.uint8)[None, :, None], 3, axis=2)))


@pytest.mark.parametrize(
    ("centroids", "labels", "kept", "expected"),
    [
        ([4, 27], [0, 0, 1, 1], [], [0, 30]),
        # In the middle of two: the first of the table.
        ([15, 30], [0, 0, 0, 1], [], [10, 30]),
        # Both are nearest to 10, which the cluster of most pixels gets; the other one takes what is next.
        ([11, 12], [0, 1, 1, 1], [], [20, 10]),
        ([11, 12], [0, 0, 0, 1], [], [10, 20]),
        # As many pixels: the lower centroid chooses first.
        ([12, 11], [0, 0, 1, 1], [], [20, 10]),
        # What is kept is not to be had a second time, and stays even where the photo does not have it.
        ([20, 19], [0, 1, 1, 1], [20], [20, 10]),
        ([21, 19], [0, 1, 1, 1], [21], [21, 20]),
    ],
)
def test_members_are_the_nearest_colours_each_once(centroids, labels, kept, expected):
    found = Solution(np.repeat(np.array(centroids, float)[:, None], 3, axis=1), np.array(labels), 0.0, 0)
    kept = np.repeat(np.array(kept, np.uint8)[:, None], 3, axis=1)
    assert find_members(greys(0, 10, 20, 30), found, kept)[:, 0].tolist() == expected


@pytest.mark.parametrize("space", ["rgb", "lab", "oklab"])
@pytest.mark.parametrize("way", [SEARCH, PLAIN], ids=["search", "plain"])
@pytest.mark.parametrize("weight_exponent", [1.0, 0.5])
def test_a_fit_of_members_is_reported_as_that_of_its_palette(coffee_table, space, way, weight_exponent):
    options = {"space": space, "weight_exponent": weight_exponent, **way, "n_init": 3}
    means, members = (fit(coffee_table, 7, "colors", colors=colors, **options) for colors in ("mean", "member"))
    points, counts = to_space(coffee_table.colors, space), coffee_table.counts
    own = {tuple(color) for color in coffee_table.colors.tolist()}
    palette = [tuple(color) for color in members.palette.tolist()]
    assert len({*palette} & own) == 7
    distances = ((points[:, None] - to_space(members.palette, space)) ** 2).sum(axis=2)
    assert (distances[np.arange(len(points)), members.labels] == distances.min(axis=1)).all()
    assert (members.palette_labels == members.labels).all()
    assert (members.centroids == to_space(members.palette, space)).all()
    assert members.inertia == pytest.approx(float(counts @ distances.min(axis=1)), rel=1e-12)
    assert members.pixels.tolist() == [int(counts[members.labels == cluster].sum()) for cluster in range(7)]
    # No colour of the photo is nearer to a mean than the one that has taken its place.
    nearest = ((points[:, None] - means.centroids) ** 2).sum(axis=2).argmin(axis=0)
    assert sorted(palette) == sorted(map(tuple, coffee_table.colors[nearest].tolist()))
    assert members.restarts == means.restarts
    if weight_exponent == 1:
        assert means.inertia < members.inertia
