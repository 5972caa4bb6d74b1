"""The nearest colour of a palette, and the error of a palette with one colour moved."""

import numpy as np

from photopalette.kernels.geometry import squared_distance
from photopalette.kernels.jit import jit


@jit
def rank(points, centroids, gaps, labels):
    """Find each point's nearest centroid, and the squared distances to it and to the second nearest (`gaps`)."""
    for row in range(len(points)):
        gaps[row, 0] = gaps[row, 1] = np.inf
        for cluster in range(len(centroids)):
            distance = squared_distance(points, row, centroids, cluster)
            if distance < gaps[row, 0]:
                gaps[row, 1], gaps[row, 0], labels[row] = gaps[row, 0], distance, cluster
            elif distance < gaps[row, 1]:
                gaps[row, 1] = distance


@jit
def moved(points, weights, cluster, centroid, gaps, labels):
    """Compute the inertia with one centroid moved elsewhere, from what `rank` found."""
    error = 0.0
    for row in range(len(points)):
        other = gaps[row, 1] if labels[row] == cluster else gaps[row, 0]
        error += weights[row] * min(other, squared_distance(points, row, centroid, 0))
    return error
