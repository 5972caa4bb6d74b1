"""Loops over points and pixels, for numba to compile.

Every sum runs in a fixed order and nothing is reordered or fused, so all processors give the same bytes. Nothing is
allocated: whoever calls brings the room to work in.
"""

import math

import numpy as np
from numba import carray, cfunc, njit, types

# As in numpy, and in every other language, a division by zero gives infinity: no error to be looked out for.
_OPTIONS = {"error_model": "numpy"}

_compiled = njit(**_OPTIONS)


@_compiled
def _squared(points, row, centroids, cluster):
    x = points[row, 0] - centroids[cluster, 0]
    y = points[row, 1] - centroids[cluster, 1]
    z = points[row, 2] - centroids[cluster, 2]
    return x * x + y * y + z * z


@_compiled
def _add(masses, cluster, points, row, weight):
    """Add a point to a cluster's mass and weighted sums; take it away with its weight below zero."""
    masses[cluster, 0] += weight
    masses[cluster, 1] += weight * points[row, 0]
    masses[cluster, 2] += weight * points[row, 1]
    masses[cluster, 3] += weight * points[row, 2]


@_compiled
def _sort_neighbours(centroids, order, gaps):
    """Sort each centroid's others by distance, beginning with the order of last time, which has hardly changed."""
    for cluster in range(len(centroids)):
        for rank in range(len(centroids) - 1):
            other = order[cluster, rank]
            gap = np.sqrt(_squared(centroids, cluster, centroids, other))
            at = rank
            while at > 0 and gaps[cluster, at - 1] > gap:
                gaps[cluster, at] = gaps[cluster, at - 1]
                order[cluster, at] = order[cluster, at - 1]
                at -= 1
            gaps[cluster, at] = gap
            order[cluster, at] = other


@_compiled
def _fill_empty(points, weights, centroids, labels, bounds, masses):
    """Give each empty cluster the point that costs most, unless there is none that costs anything; how many."""
    filled = 0
    for cluster in range(len(centroids)):
        if masses[cluster, 0] > 0:
            continue
        most, chosen = 0.0, -1
        for row in range(len(points)):
            own = labels[row]
            if masses[own, 0] > weights[row]:
                cost = weights[row] * _squared(points, row, centroids, own)
                if cost > most:
                    most, chosen = cost, row
        if chosen >= 0:
            _add(masses, labels[chosen], points, chosen, -weights[chosen])
            _add(masses, cluster, points, chosen, weights[chosen])
            labels[chosen] = cluster
            bounds[chosen, 0], bounds[chosen, 1] = np.inf, -np.inf
            filled += 1
    return filled


@_compiled
def _lloyd(points, weights, centroids, labels, bounds, masses, drift, order, gaps, max_iter, margin):
    """Iterate; each point's bounds are stored less its cluster's drift so far, and so need no upkeep.

    bounds[i]: at most so far from its own centroid, at least so far from every other (Hamerly 2010).
    drift[j]: half the distance to the next centroid, how far its own points' upper bounds have risen, how far
    their lower bounds have fallen, and its last shift.
    """
    n, k = len(points), len(centroids)
    for cluster in range(k):
        for rank in range(k - 1):
            order[cluster, rank] = rank + (rank >= cluster)
        for column in range(4):
            masses[cluster, column] = drift[cluster, column] = 0.0
    _sort_neighbours(centroids, order, gaps)
    iteration, fresh, first = 0, True, True
    while True:
        iteration += 1
        again = False
        for cluster in range(k):
            drift[cluster, 0] = 0.5 * gaps[cluster, 0] if k > 1 else np.inf
        changed, nearest = 0, 0
        for row in range(n):
            # Neighbouring rows are similar colours: at first each is looked for around the one before.
            own, least = nearest, -np.inf
            if not first:
                own = labels[row]
                least = max(drift[own, 0], bounds[row, 1] - drift[own, 2])
                if bounds[row, 0] + drift[own, 1] + margin < least:
                    continue
            near = _squared(points, row, centroids, own)
            radius = np.sqrt(near)
            if radius + margin < least:
                bounds[row, 0] = radius - drift[own, 1]
                continue
            nearest, second, reach = own, np.inf, np.inf
            # Nobody is nearer than a centroid's distance less ours (Newling and Fleuret 2016).
            for rank in range(k - 1):
                if gaps[own, rank] - radius > reach + margin:
                    break
                other = order[own, rank]
                distance = _squared(points, row, centroids, other)
                if distance < near or (distance == near and other < nearest):
                    near, second, nearest = distance, near, other
                    reach = np.sqrt(second)
                elif distance < second:
                    second = distance
                    reach = np.sqrt(second)
            bounds[row, 0] = np.sqrt(near) - drift[nearest, 1]
            bounds[row, 1] = reach + drift[nearest, 2]
            if first or nearest != own:
                changed += 1
                if not first:
                    _add(masses, own, points, row, -weights[row])
                    fresh = False
                _add(masses, nearest, points, row, weights[row])
                labels[row] = nearest
        first = False
        if iteration > max_iter:
            break
        if changed == 0:
            if fresh:
                break
            # What was added and taken away again has left its rounding behind.
            for cluster in range(k):
                for column in range(4):
                    masses[cluster, column] = 0.0
            for row in range(n):
                _add(masses, labels[row], points, row, weights[row])
            fresh = again = True
        filled = _fill_empty(points, weights, centroids, labels, bounds, masses)
        if filled:
            fresh = False
        farthest, far, next_far = -1, 0.0, 0.0
        for cluster in range(k):
            drift[cluster, 3] = 0.0
            if masses[cluster, 0] > 0:
                shift = 0.0
                for axis in range(3):
                    mean = masses[cluster, axis + 1] / masses[cluster, 0]
                    shift += (mean - centroids[cluster, axis]) ** 2
                    centroids[cluster, axis] = mean
                shift = drift[cluster, 3] = np.sqrt(shift)
                if shift > far:
                    farthest, far, next_far = cluster, shift, far
                elif shift > next_far:
                    next_far = shift
        if far == 0 and not filled:
            break
        for cluster in range(k):
            drift[cluster, 1] += drift[cluster, 3]
            drift[cluster, 2] += next_far if cluster == farthest else far
        _sort_neighbours(centroids, order, gaps)
        iteration -= again
    return min(iteration, max_iter)


@_compiled
def _list_neighbours(centroids, neighbours, gaps):
    """List each centroid's nearest others, as many as the table is wide."""
    width = neighbours.shape[1]
    for cluster in range(len(centroids)):
        count = 0
        for other in range(len(centroids)):
            gap = _squared(centroids, cluster, centroids, other)
            if other == cluster or (count == width and gap >= gaps[width - 1]):
                continue
            at = min(count, width - 1)
            count = min(count + 1, width)
            while at > 0 and gaps[at - 1] > gap:
                gaps[at] = gaps[at - 1]
                neighbours[cluster, at] = neighbours[cluster, at - 1]
                at -= 1
            gaps[at] = gap
            neighbours[cluster, at] = other


@_compiled
def _link(row, cluster, heads, links):
    """Put a point at the head of a cluster's list."""
    links[row, 0], links[row, 1] = -1, heads[cluster]
    if heads[cluster] >= 0:
        links[heads[cluster], 0] = row
    heads[cluster] = row


@_compiled
def _move(points, weights, row, source, target, labels, masses, heads, links):
    """Take a point out of one cluster's list and put it in another's."""
    _add(masses, source, points, row, -weights[row])
    _add(masses, target, points, row, weights[row])
    before, after = links[row, 0], links[row, 1]
    if before >= 0:
        links[before, 1] = after
    else:
        heads[source] = after
    if after >= 0:
        links[after, 0] = before
    _link(row, target, heads, links)
    labels[row] = target


@_compiled
def _touch(cluster, trial, marks, lists, count, masses, centroids, saved):
    """Save a cluster as it was, once a trial; how many are saved now."""
    if marks[cluster, 0] == trial:
        return count
    marks[cluster, 0] = trial
    lists[count, 0] = cluster
    for column in range(4):
        saved[count, column] = masses[cluster, column]
    for axis in range(3):
        saved[count, 4 + axis] = centroids[cluster, axis]
    return count + 1


@_compiled
def _between(masses, cluster):
    """What a cluster's mean explains of its points' squares: mass times squared mean."""
    if masses[cluster, 0] <= 0:
        return 0.0
    return (masses[cluster, 1] ** 2 + masses[cluster, 2] ** 2 + masses[cluster, 3] ** 2) / masses[cluster, 0]


@_compiled
def _weigh(points, weights, centroids, labels, neighbours, costs, losses, ranked):
    """Add up the costs of the points, and rank the clusters by what it would cost to do without them."""
    k, width = len(centroids), neighbours.shape[1]
    for cluster in range(k):
        losses[cluster] = 0.0
    total = 0.0
    for row in range(len(points)):
        own = labels[row]
        near, second = _squared(points, row, centroids, own), np.inf
        for rank in range(width):
            second = min(second, _squared(points, row, centroids, neighbours[own, rank]))
        total += weights[row] * near
        costs[row] = total
        losses[own] += weights[row] * (second - near)
    for cluster in range(k):
        at = cluster
        while at > 0 and losses[ranked[at - 1]] > losses[cluster]:
            ranked[at] = ranked[at - 1]
            at -= 1
        ranked[at] = cluster
    return total


@_compiled
def _swap(
    points, weights, centroids, labels, draws, rounds, masses, saved, costs, losses, gaps,
    neighbours, kept, close, ranked, heads, links, marks, lists, log,
):  # fmt: skip
    """Try to move one centroid to a point elsewhere, as often as there are draws, and keep what is better.

    Almost all points keep their clusters: only the points of clusters whose centroid moves, and of their neighbours,
    are looked at anew, for a few rounds (Fränti 2018 calls it local repartition). Exact or not, a partition's inertia
    is known from its masses and sums, so that nothing is kept that is not better.
    """
    n, k, width = len(points), len(centroids), neighbours.shape[1]
    for cluster in range(k):
        heads[cluster] = -1
        for column in range(4):
            masses[cluster, column] = 0.0
        for column in range(3):
            marks[cluster, column] = -1
    for row in range(n):
        _add(masses, labels[row], points, row, weights[row])
        _link(row, labels[row], heads, links)
    _list_neighbours(centroids, neighbours, gaps)
    total = _weigh(points, weights, centroids, labels, neighbours, costs, losses, ranked)
    accepted, stamp = 0, 0
    for trial in range(len(draws)):
        # Whom to do without: one of those missed least. Where to put it: at a point, by what it costs.
        gone = ranked[min(int(k * draws[trial, 0] ** 2), k - 1)]
        goal, row, high = draws[trial, 1] * total, 0, n - 1
        while row < high:
            middle = (row + high) // 2
            if costs[middle] > goal:
                high = middle
            else:
                row = middle + 1
        split = labels[row]
        if split == gone:
            continue
        touched = _touch(gone, trial, marks, lists, 0, masses, centroids, saved)
        for axis in range(3):
            centroids[gone, axis] = points[row, axis]
        moves = 0
        row = heads[gone]
        while row >= 0:
            following, nearest, near = links[row, 1], gone, _squared(points, row, centroids, gone)
            for rank in range(width):
                distance = _squared(points, row, centroids, neighbours[gone, rank])
                if distance < near:
                    near, nearest = distance, neighbours[gone, rank]
            if nearest != gone:
                touched = _touch(nearest, trial, marks, lists, touched, masses, centroids, saved)
                log[moves, 0], log[moves, 1] = row, gone
                moves += 1
                _move(points, weights, row, gone, nearest, labels, masses, heads, links)
            row = following
        # In its new place it has the neighbours of the cluster that it splits, and they have it.
        for rank in range(width):
            kept[0, rank], kept[1, rank] = neighbours[gone, rank], neighbours[split, rank]
        at = 0
        for rank in range(-1, width):
            other = split if rank < 0 else kept[1, rank]
            if other == gone:
                continue
            if at < width:
                neighbours[gone, at] = other
                at += 1
            kept[2 + (rank + 1) // width, (rank + 1) % width] = neighbours[other, width - 1]
            neighbours[other, width - 1] = gone
            row, gap = heads[other], _squared(centroids, other, centroids, gone)
            while row >= 0:
                following, near = links[row, 1], _squared(points, row, centroids, other)
                if gap < 4 * near and _squared(points, row, centroids, gone) < near:
                    touched = _touch(other, trial, marks, lists, touched, masses, centroids, saved)
                    log[moves, 0], log[moves, 1] = row, other
                    moves += 1
                    _move(points, weights, row, other, gone, labels, masses, heads, links)
                row = following
        gain, room = -np.inf, True
        for turn in range(rounds):
            stamp += 1
            before, gain, scanned = gain, 0.0, 0
            for place in range(touched):
                cluster = lists[place, 0]
                gain += _between(masses, cluster) - _between(saved, place)
                if masses[cluster, 0] > 0:
                    shifted = False
                    for axis in range(3):
                        mean = masses[cluster, axis + 1] / masses[cluster, 0]
                        shifted |= mean != centroids[cluster, axis]
                        centroids[cluster, axis] = mean
                    if shifted:
                        marks[cluster, 1] = marks[cluster, 2] = stamp
                        lists[scanned, 1] = cluster
                        scanned += 1
            if scanned == 0 or not room or turn == rounds - 1 or (turn > 0 and gain < 3 * (before - gain)):
                break
            moved = scanned
            for place in range(moved):
                for rank in range(width):
                    other = neighbours[lists[place, 1], rank]
                    if marks[other, 2] != stamp:
                        marks[other, 2] = stamp
                        lists[scanned, 1] = other
                        scanned += 1
            for place in range(scanned):
                cluster, count = lists[place, 1], 0
                for rank in range(width):
                    other = neighbours[cluster, rank]
                    if place >= moved and marks[other, 1] != stamp:
                        continue
                    gap, at = _squared(centroids, cluster, centroids, other), count
                    while at > 0 and gaps[at - 1] > gap:
                        gaps[at], close[at] = gaps[at - 1], close[at - 1]
                        at -= 1
                    gaps[at], close[at] = gap, other
                    count += 1
                row = heads[cluster]
                while row >= 0:
                    following, near, nearest = links[row, 1], _squared(points, row, centroids, cluster), cluster
                    reach = 4 * near
                    for rank in range(count):
                        if gaps[rank] >= reach:
                            break
                        distance = _squared(points, row, centroids, close[rank])
                        if distance < near:
                            near, nearest = distance, close[rank]
                    if nearest != cluster:
                        if moves == len(log):
                            room = False
                            break
                        touched = _touch(cluster, trial, marks, lists, touched, masses, centroids, saved)
                        touched = _touch(nearest, trial, marks, lists, touched, masses, centroids, saved)
                        log[moves, 0], log[moves, 1] = row, cluster
                        moves += 1
                        _move(points, weights, row, cluster, nearest, labels, masses, heads, links)
                    row = following
        if gain > 1e-9 * total:
            accepted += 1
            _list_neighbours(centroids, neighbours, gaps)
            continue
        for move in range(moves - 1, -1, -1):
            row = log[move, 0]
            _move(points, weights, row, labels[row], log[move, 1], labels, masses, heads, links)
        for place in range(touched):
            cluster = lists[place, 0]
            for column in range(4):
                masses[cluster, column] = saved[place, column]
            for axis in range(3):
                centroids[cluster, axis] = saved[place, 4 + axis]
        for rank in range(width, -1, -1):
            other = split if rank == 0 else kept[1, rank - 1]
            if other != gone:
                neighbours[other, width - 1] = kept[2 + rank // width, rank % width]
        for rank in range(width):
            neighbours[gone, rank] = kept[0, rank]
    return accepted


@_compiled
def _dither(colors, palette, errors, pixels):
    """Replace each pixel, a row of colours or −1 for a clear one, by the place of its colour in the palette.

    `errors` are sixteenths of a level, of this row and the next, with a column more on either side; they come from the
    rows above and are left for those below.
    """
    for y in range(len(pixels)):
        for x in range(pixels.shape[1]):
            row = pixels[y, x]
            if row < 0:
                pixels[y, x] = len(palette)
                continue
            red = min(max(colors[row, 0] + ((errors[0, x + 1, 0] + 8) >> 4), 0), 255)
            green = min(max(colors[row, 1] + ((errors[0, x + 1, 1] + 8) >> 4), 0), 255)
            blue = min(max(colors[row, 2] + ((errors[0, x + 1, 2] + 8) >> 4), 0), 255)
            least, nearest = 1 << 30, 0
            for place in range(len(palette)):
                r, g, b = red - palette[place, 0], green - palette[place, 1], blue - palette[place, 2]
                distance = r * r + g * g + b * b
                if distance < least:
                    least, nearest = distance, place
            pixels[y, x] = nearest
            for channel in range(3):
                error = (red, green, blue)[channel] - palette[nearest, channel]
                errors[0, x + 2, channel] += 7 * error
                errors[1, x, channel] += 3 * error
                errors[1, x + 1, channel] += 5 * error
                errors[1, x + 2, channel] += error
        for x in range(errors.shape[1]):
            for channel in range(3):
                errors[0, x, channel] = errors[1, x, channel]
                errors[1, x, channel] = 0
    return 0.0


@_compiled
def _add_row(original, palette, indices, row, sign, masked, columns):
    """Add a row of pixels to the sums of each column and channel: both images' values, their squares, products.

    Where `masked`, the last of the palette stands for clear pixels, which are counted.
    """
    for column in range(original.shape[1]):
        index = indices[row, column]
        for channel in range(3):
            a, b, at = np.int32(original[row, column, channel]), palette[index, channel], 3 * column + channel
            columns[0, at] += sign * a
            columns[1, at] += sign * b
            columns[2, at] += sign * (a * a + b * b)
            columns[3, at] += sign * (a * b)
            if masked and index == len(palette) - 1:
                columns[4, at] += sign


@_compiled
def _ssim(original, palette, indices, columns, c1, c2, window, masked):
    """Add up SSIM's formula over all windows of the three channels; where `masked`, over those without clear pixels.

    Numerator and denominator are multiplied by n³ (n − 1), n the pixels of a window, so that no mean is taken and
    all sums are exact.
    """
    n, reach, total = window * window, 3 * (window - 1), 0.0
    for row in range(5):
        for at in range(columns.shape[1]):
            columns[row, at] = 0
    for row in range(len(original)):
        _add_row(original, palette, indices, row, np.int32(1), masked, columns)
        if row < window - 1:
            continue
        if row >= window:
            _add_row(original, palette, indices, row - window, np.int32(-1), masked, columns)
        line = 0.0
        for channel in range(3):
            sum_a = sum_b = squares = products = clear = 0
            for at in range(channel, columns.shape[1], 3):
                sum_a += columns[0, at]
                sum_b += columns[1, at]
                squares += columns[2, at]
                products += columns[3, at]
                if masked:
                    clear += columns[4, at]
                if at < reach:
                    continue
                product, square = sum_a * sum_b, sum_a * sum_a + sum_b * sum_b
                similar = (2 * product + c1) * (2 * (n * products - product) + c2)
                if clear == 0:
                    line += similar / ((square + c1) * (n * squares - square + c2))
                sum_a -= columns[0, at - reach]
                sum_b -= columns[1, at - reach]
                squares -= columns[2, at - reach]
                products -= columns[3, at - reach]
                if masked:
                    clear -= columns[4, at - reach]
        total += line
    return total


_COS_6, _SIN_6 = math.cos(math.radians(6)), math.sin(math.radians(6))
_COS_30, _SIN_30 = math.cos(math.radians(30)), math.sin(math.radians(30))
_COS_63, _SIN_63 = math.cos(math.radians(63)), math.sin(math.radians(63))


@_compiled
def _delta_e(first, row, second, other):
    """Colour difference of two CIELAB colours by CIEDE2000 (Sharma, Wu and Dalal 2005).

    Hues are unit vectors: their mean and difference, and cosines of multiples, then take no angles.
    """
    chroma = 0.5 * (
        np.sqrt(first[row, 1] ** 2 + first[row, 2] ** 2) + np.sqrt(second[other, 1] ** 2 + second[other, 2] ** 2)
    )
    seventh = chroma * chroma * chroma
    seventh *= seventh * chroma
    stretch = 1.5 - 0.5 * np.sqrt(seventh / (seventh + 25.0**7))
    x1, y1, x2, y2 = stretch * first[row, 1], first[row, 2], stretch * second[other, 1], second[other, 2]
    chroma1, chroma2 = np.sqrt(x1 * x1 + y1 * y1), np.sqrt(x2 * x2 + y2 * y2)
    side = x1 * y2 - x2 * y1
    if chroma1 > 0:
        x1, y1 = x1 / chroma1, y1 / chroma1
    if chroma2 > 0:
        x2, y2 = x2 / chroma2, y2 / chroma2
    hue = np.sqrt(chroma1 * chroma2 * ((x2 - x1) ** 2 + (y2 - y1) ** 2))
    if side < 0:
        hue = -hue
    # The direction between both; grey has none, so that the other's is taken.
    cos1, sin1 = x1 + x2, y1 + y2
    length = np.sqrt(cos1 * cos1 + sin1 * sin1)
    cos1, sin1 = (cos1 / length, sin1 / length) if length > 0 else (1.0, 0.0)
    cos2, sin2 = cos1 * cos1 - sin1 * sin1, 2 * cos1 * sin1
    cos3, sin3 = cos2 * cos1 - sin2 * sin1, sin2 * cos1 + cos2 * sin1
    cos4, sin4 = cos2 * cos2 - sin2 * sin2, 2 * cos2 * sin2
    t = 1 - 0.17 * (cos1 * _COS_30 + sin1 * _SIN_30) + 0.24 * cos2
    t += 0.32 * (cos3 * _COS_6 - sin3 * _SIN_6) - 0.2 * (cos4 * _COS_63 + sin4 * _SIN_63)
    light, chroma = 0.5 * (first[row, 0] + second[other, 0]) - 50, 0.5 * (chroma1 + chroma2)
    lightness = (second[other, 0] - first[row, 0]) / (1 + 0.015 * light * light / np.sqrt(20 + light * light))
    saturation = (chroma2 - chroma1) / (1 + 0.045 * chroma)
    hue /= 1 + 0.015 * chroma * t
    degrees = math.degrees(math.atan2(sin1, cos1))
    blue = ((degrees + 360 if degrees < 0 else degrees) - 275) / 25
    seventh = chroma * chroma * chroma
    seventh *= seventh * chroma
    turn = -2 * np.sqrt(seventh / (seventh + 25.0**7)) * math.sin(2 * math.radians(30 * math.exp(-blue * blue)))
    return np.sqrt(max(0.0, lightness**2 + saturation**2 + hue**2 + turn * saturation * hue))


@_compiled
def _distances(rows, points, weights, starts, part, sums):
    """Add up the weighted distances of some points to all others, by runs of the others.

    Single precision is exact for the squares of 8-bit colours, and few are added up in it.
    """
    for run in range(len(sums)):
        sums[run] = 0
        for first in range(starts[run], starts[run + 1], 64):
            part[:] = 0
            for other in range(first, min(first + 64, starts[run + 1])):
                x, y, z, weight = points[0, other], points[1, other], points[2, other], weights[other]
                for row in range(len(part)):
                    dx, dy, dz = rows[0, row] - x, rows[1, row] - y, rows[2, row] - z
                    part[row] += weight * np.sqrt(dx * dx + dy * dy + dz * dz)
            for row in range(len(part)):
                sums[run, row] += part[row]


@_compiled
def _rank(points, centroids, gaps, labels):
    """Find each point's nearest centroid; gaps[i]: the squared distances to it and to the nearest of the others."""
    for row in range(len(points)):
        gaps[row, 0] = gaps[row, 1] = np.inf
        for cluster in range(len(centroids)):
            distance = _squared(points, row, centroids, cluster)
            if distance < gaps[row, 0]:
                gaps[row, 1], gaps[row, 0], labels[row] = gaps[row, 0], distance, cluster
            elif distance < gaps[row, 1]:
                gaps[row, 1] = distance


@_compiled
def _moved(points, weights, cluster, centroid, gaps, labels):
    """Add up the weighted squared errors as they would be with one centroid elsewhere."""
    error = 0.0
    for row in range(len(points)):
        other = gaps[row, 1] if labels[row] == cluster else gaps[row, 0]
        error += weights[row] * min(other, _squared(points, row, centroid, 0))
    return error


_FLOATS, _INTEGERS, _COUNT = types.CPointer(types.float64), types.CPointer(types.int32), types.int64
_BYTES, _SINGLES = types.CPointer(types.uint8), types.CPointer(types.float32)


@cfunc(types.float64(*[_COUNT] * 3, types.float64, *[_FLOATS] * 7, *[_INTEGERS] * 3), **_OPTIONS)
def lloyd(n, k, max_iter, margin, points, weights, centroids, bounds, masses, drift, gaps, labels, order, iterations):
    """Run Lloyd's iterations, and give the inertia."""
    points, weights, labels = carray(points, (n, 3)), carray(weights, n), carray(labels, n)
    centroids = carray(centroids, (k, 3))
    carray(iterations, 1)[0] = _lloyd(
        points, weights, centroids, labels, carray(bounds, (n, 2)), carray(masses, (k, 4)), carray(drift, (k, 4)),
        carray(order, (k, k)), carray(gaps, (k, k)), max_iter, margin,
    )  # fmt: skip
    inertia = 0.0
    for row in range(n):
        inertia += weights[row] * _squared(points, row, centroids, labels[row])
    return inertia


@cfunc(types.float64(*[_COUNT] * 6, *[_FLOATS] * 9, *[_INTEGERS] * 10), **_OPTIONS)
def swap(
    n, k, width, trials, rounds, room,
    points, weights, centroids, draws, masses, saved, costs, losses, gaps,
    labels, neighbours, kept, close, ranked, heads, links, marks, lists, log,
):  # fmt: skip
    """Try swaps, and give how many were kept."""
    return _swap(
        carray(points, (n, 3)), carray(weights, n), carray(centroids, (k, 3)), carray(labels, n),
        carray(draws, (trials, 2)), rounds, carray(masses, (k, 4)), carray(saved, (k, 7)), carray(costs, n),
        carray(losses, k), carray(gaps, width), carray(neighbours, (k, width)), carray(kept, (4, width)),
        carray(close, width), carray(ranked, k), carray(heads, k), carray(links, (n, 2)), carray(marks, (k, 3)),
        carray(lists, (k, 2)), carray(log, (room, 2)),
    )  # fmt: skip


@cfunc(types.float64(*[_COUNT] * 2, *[_FLOATS] * 3, _INTEGERS), **_OPTIONS)
def rank(n, k, points, centroids, gaps, labels):
    """Find the nearest centroids, and give how many points there are."""
    _rank(carray(points, (n, 3)), carray(centroids, (k, 3)), carray(gaps, (n, 2)), carray(labels, n))
    return n


@cfunc(types.float64(*[_COUNT] * 2, *[_FLOATS] * 4, _INTEGERS), **_OPTIONS)
def moved(n, cluster, points, weights, centroid, gaps, labels):
    """Give the inertia with one centroid elsewhere."""
    centroid, gaps = carray(centroid, (1, 3)), carray(gaps, (n, 2))
    return _moved(carray(points, (n, 3)), carray(weights, n), cluster, centroid, gaps, carray(labels, n))


@cfunc(types.float64(*[_COUNT] * 4, *[_INTEGERS] * 4), **_OPTIONS)
def dither(height, width, n, k, colors, palette, errors, pixels):
    """Diffuse the error over some rows of a picture."""
    return _dither(
        carray(colors, (n, 3)), carray(palette, (k, 3)), carray(errors, (2, width + 2, 3)),
        carray(pixels, (height, width)),
    )  # fmt: skip


@cfunc(types.float64(*[_COUNT] * 5, *[types.float64] * 2, *[_BYTES] * 2, *[_INTEGERS] * 2), **_OPTIONS)
def ssim(height, width, k, window, masked, c1, c2, original, indices, palette, columns):
    """Add up SSIM over all windows of an image and one of few colours."""
    return _ssim(
        carray(original, (height, width, 3)), carray(palette, (k, 3)), carray(indices, (height, width)),
        carray(columns, (5, 3 * width)), c1, c2, window, masked,
    )  # fmt: skip


@cfunc(types.float64(*[_COUNT] * 3, *[_FLOATS] * 3, *[_INTEGERS] * 2), **_OPTIONS)
def delta_e(n, colors, k, first, second, differences, rows, labels):
    """Work out the colour difference of pairs, and give how many there are."""
    first, second, differences = carray(first, (colors, 3)), carray(second, (k, 3)), carray(differences, n)
    rows, labels = carray(rows, n), carray(labels, n)
    for pair in range(n):
        differences[pair] = _delta_e(first, rows[pair], second, labels[pair])
    return n


@cfunc(types.float64(*[_COUNT] * 3, *[_SINGLES] * 4, _FLOATS, _INTEGERS), **_OPTIONS)
def distances(m, n, runs, rows, points, weights, part, sums, starts):
    """Add up distances, and give how many there are."""
    _distances(
        carray(rows, (3, m)), carray(points, (3, n)), carray(weights, n), carray(starts, runs + 1),
        carray(part, m), carray(sums, (runs, m)),
    )  # fmt: skip
    return m * n
