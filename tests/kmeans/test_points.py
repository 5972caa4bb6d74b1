"""Points are the table's colours in the space of a fit, and weigh a power of their pixels."""

import numpy as np
import pytest

from photopalette.color.spaces import to_space
from photopalette.kmeans.points import Points


@pytest.mark.parametrize("space", ["rgb", "lab", "oklab"])
def test_colours_are_placed_in_the_space_and_found_again(coffee_table, space):
    points = Points(coffee_table, space)
    assert (points.places == to_space(coffee_table.colors, space)).all()
    assert (points.nearest_colors(points.places) == coffee_table.colors).all()


def test_weights_are_powers_of_the_pixels(coffee_table):
    counts = coffee_table.counts
    assert Points(coffee_table).weights.tolist() == counts.tolist()
    assert Points(coffee_table, weight_exponent=0).weights.tolist() == [1] * len(counts)
    assert Points(coffee_table, weight_exponent=0.5).weights.tolist() == np.sqrt(counts).astype(np.float32).tolist()
    assert Points(coffee_table, weight_exponent=2).weights.tolist() == (counts**2.0).tolist()
