"""The best k of given colours: what each would gain, what swaps would change, and the choices that a bound leaves.

Points lie in blocks, so that what is far away can be passed over; kmeans/choose.py says what all this is for.
"""

import numpy as np

from photopalette.kernels.elementary import exp, log
from photopalette.kernels.geometry import largest_of
from photopalette.kernels.jit import jit

_STEPS = 100  # to find the level of a smooth choice, at most


@jit
def _reaches(stock, j, box, reach):
    """Tell whether the squared distance from a colour to a box is less than `reach`."""
    distance = 0.0
    for axis in range(3):
        gap = max(max(box[axis] - stock[j, axis], stock[j, axis] - box[3 + axis]), 0.0)
        distance += gap * gap
    return distance < reach


@jit
def gains(points, weights, radii, starts, boxes, stock, near, local, sums):
    """Compute the gain Σ wᵢ max(0, rᵢ − |xᵢ − c|²) of every colour c.

    Parameters
    ----------
    points : (3, n)
        In blocks.
    radii : (n,)
        The numbers r, squares of distances.
    starts : (blocks + 1,)
        First point of each block.
    boxes : (blocks, 6)
        Lower and upper ends of each block.
    stock : (m, 3)
        The colours.
    near, local
        Room for the colours in whose reach a block is.
    sums : (m,)
        The gains.
    """
    sums[:] = 0.0
    x, y, z, part = local[0], local[1], local[2], local[3]
    for block in range(len(boxes)):
        first, last = starts[block], starts[block + 1]
        reach, count = largest_of(radii, first, last), 0
        for j in range(len(stock)):
            if _reaches(stock, j, boxes[block], reach):
                near[count], x[count], y[count], z[count] = j, stock[j, 0], stock[j, 1], stock[j, 2]
                part[count] = 0.0
                count += 1
        # Many colours at once, rather than many points, so that the order of each sum stays what it is.
        for i in range(first, last):
            px, py, pz, radius, weight = points[0, i], points[1, i], points[2, i], radii[i], weights[i]
            for q in range(count):
                dx, dy, dz = px - x[q], py - y[q], pz - z[q]
                part[q] += weight * max(radius - (dx * dx + dy * dy + dz * dz), 0.0)
        for q in range(count):
            sums[near[q]] += part[q]


@jit
def spread(points, stock, chosen, nearest, labels):
    """Find the nearest of the chosen colours for each point, and the squared distances to it and to the second."""
    for i in range(len(labels)):
        first = second = np.inf
        own = 0
        for place in range(len(chosen)):
            j = chosen[place]
            dx, dy, dz = points[0, i] - stock[j, 0], points[1, i] - stock[j, 1], points[2, i] - stock[j, 2]
            distance = dx * dx + dy * dy + dz * dz
            if distance < first:
                second, first, own = first, distance, place
            elif distance < second:
                second = distance
        nearest[0, i], nearest[1, i], labels[i] = first, second, own


@jit
def swap(points, weights, starts, boxes, stock, kept, chosen, nearest, labels, losses, changes, rounds):
    """Swap a chosen colour for another one, the best such swap each time, until none lowers the inertia.

    What a swap changes is the loss of the colour that goes, less the gain of the one that comes, and a correction for
    the points that both have to do with (Whitaker 1983).

    Parameters
    ----------
    points, weights, starts, boxes, stock
        As for `gains`.
    kept
        So many of the chosen colours, the first, stay.
    chosen : (k,)
        Rows of the stock.
    nearest, labels
        Room for what `spread` finds.
    losses, changes : (k,)
        Room.
    rounds
        Swaps at most.

    Returns
    -------
    float
        The inertia.
    """
    n, k = len(labels), len(chosen)
    while True:
        spread(points, stock, chosen, nearest, labels)
        inertia = 0.0
        losses[:] = 0.0
        for i in range(n):
            inertia += weights[i] * nearest[0, i]
            losses[labels[i]] += weights[i] * (nearest[1, i] - nearest[0, i])
        rounds -= 1
        if rounds < 0:
            return inertia
        best, comes, goes = -1e-9 * inertia, -1, -1
        for j in range(len(stock)):
            gain = 0.0
            for place in range(k):
                changes[place] = losses[place]
            for block in range(len(boxes)):
                if not _reaches(stock, j, boxes[block], largest_of(nearest[1], starts[block], starts[block + 1])):
                    continue
                for i in range(starts[block], starts[block + 1]):
                    dx, dy, dz = points[0, i] - stock[j, 0], points[1, i] - stock[j, 1], points[2, i] - stock[j, 2]
                    distance = dx * dx + dy * dy + dz * dz
                    if distance < nearest[1, i]:
                        lower = max(nearest[0, i], distance)
                        gain += weights[i] * max(nearest[0, i] - distance, 0.0)
                        changes[labels[i]] -= weights[i] * (nearest[1, i] - lower)
            for place in range(kept, k):
                if changes[place] - gain < best:
                    best, comes, goes = changes[place] - gain, j, place
        if comes < 0:
            return inertia
        chosen[goes] = comes


@jit
def select(gains, kept, free, heat, shares):
    """Compute a smooth maximum of the sum of some gains, and each gain's share in it, which is its derivative.

    The sum of the `free` largest gains is the least value of free * level + Σ max(0, gain − level) over all levels;
    max(0, v) gives way to heat * log(1 + exp(v / heat)).

    Parameters
    ----------
    gains : (m,)
        The first of them count whole.
    kept
        How many those are.
    free
        How many of the others are to be selected, 0 < free < m − kept.
    shares : (m,)
        From 0 to 1; those of the others add up to `free`.

    Returns
    -------
    float
        The smooth maximum, with the kept ones.
    """
    m = len(gains)
    low = high = gains[kept]
    for j in range(kept, m):
        low, high = min(low, gains[j]), max(high, gains[j])
    low, high = low - 60 * heat, high + 60 * heat
    level = low
    # Newton's steps, kept between two levels that are too low and too high.
    for _ in range(_STEPS):
        total = slope = 0.0
        for j in range(kept, m):
            v = (gains[j] - level) / heat
            e = exp(-abs(v))
            share = 1 / (1 + e) if v > 0 else e / (1 + e)
            shares[j] = share
            total += share
            slope += share * (1 - share)
        if abs(total - free) < 1e-9 * free or high - low < 1e-12 * abs(high):
            break
        if total > free:
            low = level
        else:
            high = level
        after = level + heat * (total - free) / slope if slope > 1e-12 else low
        level = after if low < after < high else (low + high) / 2
    smooth = free * level
    for j in range(kept):
        shares[j] = 1.0
        smooth += gains[j]
    for j in range(kept, m):
        v = (gains[j] - level) / heat
        smooth += max(gains[j] - level, 0.0) + heat * log(1 + exp(-abs(v)))
    return smooth


@jit
def enumerate_choices(
    points, weights, radii, stock, gains, least, inertia, limit, distances, covered, places, best, complete
):
    """Look at every choice of colours that may have less inertia than is known, depth first.

    A choice of less inertia has points in its reach that gain at least `least`; what some colours gain together is
    known, and what any other adds is its own gain at most.

    Parameters
    ----------
    points : (3, n)
    weights, radii : (n,)
        As for `gains`.
    stock : (m, 3)
        Colours to choose from, by falling gain.
    gains : (m,)
        Theirs.
    least
        What a choice has to gain.
    inertia
        The least known.
    limit
        Distances to be computed before this gives up.
    distances : (free + 1, n)
        In the first row, squared distances to the nearest colour that is kept; room for those to the chosen ones.
    covered : (free + 1,)
        Room; the first is what those that are kept gain.
    places : (free + 1,)
        Room.
    best : (free,)
        Places in the stock of the best choice, if one is better than what is known.
    complete : (1,)
        1 if all choices were looked at, else 0.

    Returns
    -------
    float
        The least inertia.
    """
    n, m, free = len(weights), len(stock), len(best)
    complete[0] = 1
    depth, work = 0, 0
    places[0] = 0
    while depth >= 0:
        j, reach = places[depth], covered[depth]
        if j + free - depth <= m:
            for rest in range(j, j + free - depth):
                reach += gains[rest]
        else:
            reach = -np.inf
        if reach < least:  # and so with every later colour
            depth -= 1
            if depth >= 0:
                places[depth] += 1
            continue
        work += n
        if work > limit:
            complete[0] = 0
            return inertia
        before, after, x, y, z = distances[depth], distances[depth + 1], stock[j, 0], stock[j, 1], stock[j, 2]
        cost = gain = 0.0
        for i in range(n):
            dx, dy, dz = points[0, i] - x, points[1, i] - y, points[2, i] - z
            nearest = min(before[i], dx * dx + dy * dy + dz * dz)
            after[i] = nearest
            cost += weights[i] * nearest
            gain += weights[i] * max(radii[i] - nearest, 0.0)
        if depth + 1 < free:
            covered[depth + 1] = gain
            depth += 1
            places[depth] = j + 1
            continue
        if cost < inertia:
            inertia = cost
            for place in range(free):
                best[place] = places[place]
        places[depth] += 1
    return inertia
