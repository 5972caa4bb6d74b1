"""Lower bounds of K-means' inertia: the gains of places, and the exact maximum of the gain.

The gain of a place c is P(c) = Σ wᵢ max(0, rᵢ − |xᵢ − c|²); kmeans/bound.py says what it is for. The first kernels help
to choose r: single precision is enough for them. `largest` decides, in double precision.
"""

import numpy as np

from photopalette.kernels.elementary import exp, log
from photopalette.kernels.geometry import largest_of
from photopalette.kernels.jit import jit

_ZERO, _HALF = np.float32(0), np.float32(0.5)
_LEAST_SHARE = 1e-7  # of a place, below which it does not count


@jit
def dot(first, second):
    """Compute a scalar product as four sums, in an order that is fixed."""
    a = b = c = d = 0.0
    whole = len(first) - len(first) % 4
    for i in range(0, whole, 4):
        a += first[i] * second[i]
        b += first[i + 1] * second[i + 1]
        c += first[i + 2] * second[i + 2]
        d += first[i + 3] * second[i + 3]
    for i in range(whole, len(first)):
        a += first[i] * second[i]
    return (a + b) + (c + d)


@jit
def soften(sums, heat, shares):
    """Compute the smooth maximum heat * log Σ exp(sum / heat), and each sum's share of it, which is its derivative."""
    most = sums[0]
    for j in range(len(sums)):
        most = max(most, sums[j])
    total = 0.0
    for j in range(len(sums)):
        shares[j] = exp((sums[j] - most) / heat)
        total += shares[j]
    for j in range(len(sums)):
        shares[j] /= total
    return most + heat * log(total)


@jit
def _reaches(places, j, box, reach):
    """Tell whether the squared distance from a place to a box is less than `reach`."""
    distance = _ZERO
    for axis in range(3):
        gap = max(max(box[axis] - places[axis, j], places[axis, j] - box[3 + axis]), _ZERO)
        distance += gap * gap
    return distance < reach


@jit
def gains(points, weights, radii, starts, boxes, places, soft, near, local, sums):
    """Compute the gain of every place, with max(0, v) rounded off where v is between 0 and `soft`.

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
    near, local
        Room for the places in whose reach a block is.
    sums : (m,)
        The gains.
    """
    sums[:] = 0.0
    smooth = np.float32(soft)
    x, y, z, part = local[0], local[1], local[2], local[3]
    for block in range(len(boxes)):
        first, last = starts[block], starts[block + 1]
        reach, count = largest_of(radii, first, last), 0
        for j in range(places.shape[1]):
            if _reaches(places, j, boxes[block], reach):
                near[count], x[count], y[count], z[count] = j, places[0, j], places[1, j], places[2, j]
                part[count] = _ZERO
                count += 1
        # Many places at once, rather than many points, so that the order of each sum stays what it is.
        for i in range(first, last):
            px, py, pz, radius, weight = points[0, i], points[1, i], points[2, i], radii[i], weights[i]
            for q in range(count):
                dx, dy, dz = px - x[q], py - y[q], pz - z[q]
                value = max(radius - dx * dx - dy * dy - dz * dz, _ZERO)
                short = min(value, smooth)
                part[q] += weight * (short * (value - _HALF * short))
        for q in range(count):
            sums[near[q]] += part[q]
    for j in range(len(sums)):
        sums[j] /= soft


@jit
def cover(points, radii, starts, boxes, places, soft, shares, covered):
    """Compute the shares of the places in whose balls each point lies; the derivative of `gains`, as are its arguments.

    Near the surface of a ball, only a part of the share counts.
    """
    smooth = np.float32(soft)
    covered[:] = _ZERO
    for block in range(len(boxes)):
        first, last = starts[block], starts[block + 1]
        reach = largest_of(radii, first, last)
        for j in range(places.shape[1]):
            if shares[j] > _LEAST_SHARE and _reaches(places, j, boxes[block], reach):
                x, y, z, share = places[0, j], places[1, j], places[2, j], np.float32(shares[j] / soft)
                for i in range(first, last):
                    dx, dy, dz = points[0, i] - x, points[1, i] - y, points[2, i] - z
                    value = radii[i] - dx * dx - dy * dy - dz * dz
                    covered[i] += share * min(max(value, _ZERO), smooth)


@jit
def climb(points, weights, radii, starts, boxes, steps, reaches, places):
    """Move every place to the mean of the points in its ball, some times (mean shift), by which its gain rises.

    `reaches` is room for the largest r of each block.
    """
    for block in range(len(boxes)):
        reaches[block] = largest_of(radii, starts[block], starts[block + 1])
    for j in range(places.shape[1]):
        for _ in range(steps):
            mass = x = y = z = 0.0
            for block in range(len(boxes)):
                if not _reaches(places, j, boxes[block], reaches[block]):
                    continue
                for i in range(starts[block], starts[block + 1]):
                    dx, dy, dz = points[0, i] - places[0, j], points[1, i] - places[1, j], points[2, i] - places[2, j]
                    if dx * dx + dy * dy + dz * dz < radii[i]:
                        mass += weights[i]
                        x += weights[i] * points[0, i]
                        y += weights[i] * points[1, i]
                        z += weights[i] * points[2, i]
            if mass == 0.0:
                break
            places[0, j], places[1, j], places[2, j] = x / mass, y / mass, z / mass


@jit
def largest(points, weights, radii, start, slack, limit, rows, ends, boxes, sums, found, counts):
    """Bound the largest gain in the points' box from above, by branch and bound.

    On a box, a point's term max(0, f), f = w (r − |x − c|²), is 0 if f ≤ 0 throughout, f if f ≥ 0 throughout, and else
    at most t (f − min f) with t = max f / (max f − min f), as max(0, ·) is convex. The sum of these is concave and
    separable, so its maximum on the box is known. The box is done with if that is at most `slack` above the largest
    gain met.

    Parameters
    ----------
    start
        A gain; only larger ones count as found.
    limit
        Points to be looked at, counted once a box, before this gives up.
    rows
        Room for the rows of points whose term is neither 0 nor f on the boxes that are open.
    ends, boxes, sums : (depth, …)
        Room for the open boxes: where their rows are; their ends; Σ w (r − |x|²), Σ w and Σ w x of those that are f.
    found : (most, 3)
        Places whose gain is larger.
    counts : (3,)
        Boxes, points looked at, places found.

    Returns
    -------
    float
        The bound; infinity if the limit, or the room, was too small.
    """
    n = len(points)
    for axis in range(3):
        boxes[0, axis] = boxes[0, 3 + axis] = points[0, axis]
        for i in range(n):
            boxes[0, axis] = min(boxes[0, axis], points[i, axis])
            boxes[0, 3 + axis] = max(boxes[0, 3 + axis], points[i, axis])
    for i in range(n):
        rows[i] = i
    ends[0, 0], ends[0, 1] = 0, n
    sums[0] = 0.0
    best, top, counts[:] = start, 1, 0
    while top > 0:
        top -= 1
        begin, end = ends[top, 0], ends[top, 1]
        counts[0] += 1
        counts[1] += end - begin
        if counts[1] > limit or top + 2 > len(boxes) or 2 * end - begin > len(rows):
            return np.inf
        box, known = boxes[top], sums[top]
        ax, ay, az, bx, by, bz = box[0], box[1], box[2], box[3], box[4], box[5]
        height, mass, gx, gy, gz = known[0], known[1], known[2], known[3], known[4]
        high = more = hx = hy = hz = 0.0
        last = end
        for place in range(begin, end):
            i = rows[place]
            x, y, z, radius, weight = points[i, 0], points[i, 1], points[i, 2], radii[i], weights[i]
            ux, vx, uy, vy, uz, vz = ax - x, x - bx, ay - y, y - by, az - z, z - bz
            nx, ny, nz = max(max(ux, vx), 0.0), max(max(uy, vy), 0.0), max(max(uz, vz), 0.0)
            near = nx * nx + ny * ny + nz * nz
            if near >= radius:
                continue
            fx, fy, fz = max(-ux, -vx), max(-uy, -vy), max(-uz, -vz)
            far, square = fx * fx + fy * fy + fz * fz, x * x + y * y + z * z
            if far <= radius:
                height += weight * (radius - square)
                mass += weight
                gx += weight * x
                gy += weight * y
                gz += weight * z
            else:
                part = weight * (radius - near) / (far - near)
                high += part * (far - square)
                more += part
                hx += part * x
                hy += part * y
                hz += part * z
                rows[last] = i
                last += 1
        whole = mass + more
        cx, cy, cz = ax, ay, az
        if whole > 0.0:
            cx, cy, cz = (
                min(max((gx + hx) / whole, ax), bx),
                min(max((gy + hy) / whole, ay), by),
                min(max((gz + hz) / whole, az), bz),
            )
        square = cx * cx + cy * cy + cz * cz
        bound = height + high + 2 * ((gx + hx) * cx + (gy + hy) * cy + (gz + hz) * cz) - whole * square
        if bound <= best + slack:
            continue
        gain = height + 2 * (gx * cx + gy * cy + gz * cz) - mass * square
        for place in range(end, last):
            i = rows[place]
            dx, dy, dz = points[i, 0] - cx, points[i, 1] - cy, points[i, 2] - cz
            gain += weights[i] * max(radii[i] - dx * dx - dy * dy - dz * dz, 0.0)
        if gain > start and counts[2] < len(found):
            found[counts[2], 0], found[counts[2], 1], found[counts[2], 2] = cx, cy, cz
            counts[2] += 1
        best = max(best, gain)
        # Halve the longest edge; the half with the place comes next.
        axis = 0
        if by - ay > bx - ax:
            axis = 1
        if bz - az > boxes[top, 3 + axis] - boxes[top, axis]:
            axis = 2
        cut = (boxes[top, axis] + boxes[top, 3 + axis]) / 2
        upper = (cx, cy, cz)[axis] >= cut
        for end_of_box in range(6):
            boxes[top + 1, end_of_box] = boxes[top, end_of_box]
        for child in range(top, top + 2):
            boxes[child, axis if (child > top) == upper else 3 + axis] = cut
            sums[child, 0], sums[child, 1], sums[child, 2], sums[child, 3], sums[child, 4] = height, mass, gx, gy, gz
            ends[child, 0], ends[child, 1] = end, last
        top += 2
    return best + slack
