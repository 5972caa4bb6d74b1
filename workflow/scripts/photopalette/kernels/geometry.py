"""Distances between points, rows of arrays of three columns, and what is largest among some of them."""

from photopalette.kernels.jit import jit


@jit
def squared_distance(points, row, others, other):
    """Compute the squared Euclidean distance between a row of one array and a row of another."""
    x = points[row, 0] - others[other, 0]
    y = points[row, 1] - others[other, 1]
    z = points[row, 2] - others[other, 2]
    return x * x + y * y + z * z


@jit
def largest_of(values, first, last):
    """Find the largest of the values from `first` to before `last`."""
    most = values[first]
    for i in range(first + 1, last):
        most = max(most, values[i])
    return most
