"""The 8-bit palette of a fit is an optimum among such palettes, and no other quantizer's is better."""

import itertools

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from compare import compact, measure
from flatten import flatten
from photopalette.color.spaces import to_space, to_srgb
from photopalette.kmeans.fit import fit
from photopalette.kmeans.palette import fit_palette
from photopalette.kmeans.points import Points
from photopalette.palettes.quantizers import QUANTIZERS, Quantized
from photopalette.quality.metrics import Reference
from settings import SEARCH


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
