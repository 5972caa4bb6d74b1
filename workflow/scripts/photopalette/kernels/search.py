"""K-means on weighted points: merging, Lloyd's iterations, swaps of centroids, crossovers of solutions."""

from typing import NamedTuple

import numpy as np

from photopalette.kernels.geometry import squared_distance
from photopalette.kernels.jit import jit


@jit
def cell_inertias(points, weights, codes, sums, stack, inertias):
    """Compute, for each point, the inertia of the smallest cell that also holds the one before it; first is infinity.

    Cells are a binary tree: the points whose codes agree up to some bit. Two neighbours are parted where their codes
    first differ, so that of two such places the one with the greater difference is further up in the tree.

    Parameters
    ----------
    codes : (n,)
        In rising order.
    sums : (n + 1, 5)
        Room for the cumulative sums of weights, weighted coordinates and weighted squares.
    stack : (n,)
        Room for the rows whose cell has not ended yet, each further down than the one before.
    """
    n, height = len(points), 0
    sums[0] = 0.0
    for row in range(n):
        sums[row + 1, 0] = sums[row, 0] + weights[row]
        square = 0.0
        for axis in range(3):
            offset = points[row, axis] - points[0, axis]
            sums[row + 1, axis + 1] = sums[row, axis + 1] + weights[row] * offset
            square += offset * offset
        sums[row + 1, 4] = sums[row, 4] + weights[row] * square
    inertias[0] = np.inf
    for row in range(1, n + 1):
        difference = codes[row] ^ codes[row - 1] if row < n else 0
        while height > 0:
            last = stack[height - 1]
            if row < n and codes[last] ^ codes[last - 1] >= difference:
                break
            height -= 1
            first = stack[height - 1] if height > 0 else 0
            square = 0.0
            for axis in range(1, 4):
                square += (sums[row, axis] - sums[first, axis]) ** 2
            mass = sums[row, 0] - sums[first, 0]
            inertias[last] = sums[row, 4] - sums[first, 4] - square / mass
        if row < n:
            stack[height] = row
            height += 1


@jit
def _add(masses, cluster, points, row, weight):
    """Add a point to a cluster's mass and weighted sums, or subtract it where its weight is negative."""
    masses[cluster, 0] += weight
    masses[cluster, 1] += weight * points[row, 0]
    masses[cluster, 2] += weight * points[row, 1]
    masses[cluster, 3] += weight * points[row, 2]


@jit
def _add_up(points, weights, labels, masses):
    """Compute every cluster's mass and weighted sums from its points."""
    masses[:] = 0.0
    for row in range(len(points)):
        _add(masses, labels[row], points, row, weights[row])


@jit
def lloyd(points, weights, max_iter, margin, fixed, centroids, labels, bounds, masses, drift, order, gaps, iterations):
    """Run Lloyd's iterations, and return the inertia.

    Parameters
    ----------
    margin
        By how much rounding may have moved a bound.
    fixed
        How many centroids, the first, stay where they are.
    bounds : (n, 2)
        An upper bound on each point's distance to its own centroid and a lower one on that to any other (Hamerly
        2010), both less what `drift` has for its cluster, so that they need no upkeep.
    masses : (k, 4)
        Mass and weighted sums of each cluster.
    drift : (k, 4)
        For each cluster: half the distance to the nearest other centroid; by how much its points' upper bounds have
        risen and their lower bounds have fallen since the start; how far its centroid moved last.
    order, gaps : (k, k)
        Each centroid's others, the nearest first, and the distances to them.
    """
    n, k = len(points), len(centroids)
    for cluster in range(k):
        for rank in range(k - 1):
            order[cluster, rank] = rank + (rank >= cluster)
    masses[:] = 0.0
    drift[:] = 0.0
    _sort_neighbours(centroids, order, gaps)
    _assign(points, weights, margin, centroids, labels, bounds, masses, drift, order, gaps, True)
    # Whether masses are sums of their points alone, without the rounding errors of points that came and went.
    iteration, exact, changed = 1, True, n
    while iteration <= max_iter:
        repeated = changed == 0
        if repeated:
            if exact:
                break
            _add_up(points, weights, labels, masses)
        filled = _fill_empty(points, weights, fixed, centroids, labels, bounds, masses)
        shift = _update(fixed, centroids, masses, drift)
        if shift == 0 and not filled:
            break
        _sort_neighbours(centroids, order, gaps)
        changed = _assign(points, weights, margin, centroids, labels, bounds, masses, drift, order, gaps, False)
        exact = (exact or repeated) and not filled and changed == 0
        iteration += not repeated
    iterations[0] = min(iteration, max_iter)
    inertia = 0.0
    for row in range(n):
        inertia += weights[row] * squared_distance(points, row, centroids, labels[row])
    return inertia


@jit
def _sort_neighbours(centroids, order, gaps):
    """Sort each centroid's others by distance, starting from their last order, which has hardly changed."""
    for cluster in range(len(centroids)):
        for rank in range(len(centroids) - 1):
            other = order[cluster, rank]
            gap = np.sqrt(squared_distance(centroids, cluster, centroids, other))
            at = rank
            while at > 0 and gaps[cluster, at - 1] > gap:
                gaps[cluster, at] = gaps[cluster, at - 1]
                order[cluster, at] = order[cluster, at - 1]
                at -= 1
            gaps[cluster, at] = gap
            order[cluster, at] = other


@jit
def _assign(points, weights, margin, centroids, labels, bounds, masses, drift, order, gaps, first):
    """Assign each point to its nearest centroid, and return how many changed their cluster."""
    k = len(centroids)
    for cluster in range(k):
        drift[cluster, 0] = 0.5 * gaps[cluster, 0] if k > 1 else np.inf
    changed, nearest = 0, 0
    for row in range(len(points)):
        # Neighbouring rows are similar colours: the first search starts at the cluster of the row before.
        own, least = nearest, -np.inf
        if not first:
            own = labels[row]
            least = max(drift[own, 0], bounds[row, 1] - drift[own, 2])
            if bounds[row, 0] + drift[own, 1] + margin < least:
                continue
        near = squared_distance(points, row, centroids, own)
        radius = np.sqrt(near)
        if radius + margin < least:
            bounds[row, 0] = radius - drift[own, 1]
            continue
        nearest, second, reach = own, np.inf, np.inf
        # By the triangle inequality a centroid is at least its gap less the radius away (Newling and Fleuret 2016).
        for rank in range(k - 1):
            if gaps[own, rank] - radius > reach + margin:
                break
            other = order[own, rank]
            distance = squared_distance(points, row, centroids, other)
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
            _add(masses, nearest, points, row, weights[row])
            labels[row] = nearest
    return changed


@jit
def _fill_empty(points, weights, fixed, centroids, labels, bounds, masses):
    """Give each empty cluster the point that costs most, if any costs anything, and return how many were filled."""
    filled = 0
    for cluster in range(fixed, len(centroids)):
        if masses[cluster, 0] > 0:
            continue
        most, chosen = 0.0, -1
        for row in range(len(points)):
            own = labels[row]
            if own < fixed or masses[own, 0] > weights[row]:
                cost = weights[row] * squared_distance(points, row, centroids, own)
                if cost > most:
                    most, chosen = cost, row
        if chosen >= 0:
            _add(masses, labels[chosen], points, chosen, -weights[chosen])
            _add(masses, cluster, points, chosen, weights[chosen])
            labels[chosen] = cluster
            bounds[chosen, 0], bounds[chosen, 1] = np.inf, -np.inf
            filled += 1
    return filled


@jit
def _update(fixed, centroids, masses, drift):
    """Move each centroid to the mean of its points, and return how far the farthest moved."""
    farthest, far, next_far = -1, 0.0, 0.0
    for cluster in range(len(centroids)):
        drift[cluster, 3] = 0.0
        if cluster >= fixed and masses[cluster, 0] > 0:
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
    for cluster in range(len(centroids)):
        drift[cluster, 1] += drift[cluster, 3]
        drift[cluster, 2] += next_far if cluster == farthest else far
    return far


class _Partition(NamedTuple):
    """Points in clusters.

    Attributes
    ----------
    points, weights, fixed, centroids, labels
        As for :func:`lloyd`.
    masses : (k, 4)
        Mass and weighted sums of each cluster.
    heads : (k,)
        First point of each cluster's list.
    links : (n, 2)
        Previous and next point in the list of each point's cluster.
    neighbours : (k, width)
        Each centroid's nearest others.
    """

    points: np.ndarray
    weights: np.ndarray
    fixed: int
    centroids: np.ndarray
    labels: np.ndarray
    masses: np.ndarray
    heads: np.ndarray
    links: np.ndarray
    neighbours: np.ndarray


class _Journal(NamedTuple):
    """What a trial has changed, so that it can be undone.

    Attributes
    ----------
    counts : (2,)
        Length of `touched`, and of `log`.
    touched : (k,)
        Clusters that have changed.
    saved : (k, 7)
        Mass, sums and centroid of each of them before the trial.
    log : (room, 2)
        Points that changed their cluster, and the one that they were in.
    kept : (3, width + 1)
        Neighbours of the centroid that moves; the clusters around its new place; the last neighbour of each of those.
    marks : (k, 3)
        For each cluster: the last trial that touched it, the last round that moved its centroid, and the last one that
        looked at its points.
    """

    counts: np.ndarray
    touched: np.ndarray
    saved: np.ndarray
    log: np.ndarray
    kept: np.ndarray
    marks: np.ndarray


@jit
def swap(
    points, weights, draws, rounds, fixed, centroids, labels, masses, saved, costs, losses, gaps, neighbours, kept,
    close, ranked, heads, links, marks, touched, scanned, log, counts,
):  # fmt: skip
    """Try to move one centroid to a point elsewhere, once a draw; keep what is better, and return how many were kept.

    Almost all points keep their clusters: only the points of clusters whose centroid moves, and of their neighbours,
    are assigned anew, for a few rounds (Fränti 2018 calls it local repartition). Exact or not, a partition's inertia
    is known from its masses and sums, so that nothing is kept that is not better.
    """
    n, free = len(points), len(centroids) - fixed
    partition = _Partition(points, weights, fixed, centroids, labels, masses, heads, links, neighbours)
    journal = _Journal(counts, touched, saved, log, kept, marks)
    heads[:] = -1
    marks[:] = -1
    _add_up(points, weights, labels, masses)
    for row in range(n):
        _link(partition, row, labels[row])
    _list_neighbours(centroids, neighbours, gaps)
    total = _rank_losses(partition, costs, losses, ranked)
    accepted = 0
    for trial in range(len(draws)):
        gone = ranked[min(int(free * draws[trial, 0] ** 2), free - 1)]
        goal = _draw_point(costs, draws[trial, 1] * total)
        split = labels[goal]
        if split == gone:
            continue
        counts[:] = 0
        _take_away(partition, journal, trial, gone, goal)
        _place(partition, journal, trial, gone, split)
        gain = _settle(partition, journal, trial, rounds, gaps, close, scanned)
        if gain > 1e-9 * total:
            accepted += 1
            _list_neighbours(centroids, neighbours, gaps)
        else:
            _undo(partition, journal, gone)
    return accepted


@jit
def _link(partition, row, cluster):
    """Put a point at the head of a cluster's list."""
    heads, links = partition.heads, partition.links
    links[row, 0], links[row, 1] = -1, heads[cluster]
    if heads[cluster] >= 0:
        links[heads[cluster], 0] = row
    heads[cluster] = row


@jit
def _move(partition, row, target):
    """Move a point from its cluster to another."""
    source, heads, links = partition.labels[row], partition.heads, partition.links
    _add(partition.masses, source, partition.points, row, -partition.weights[row])
    _add(partition.masses, target, partition.points, row, partition.weights[row])
    before, after = links[row, 0], links[row, 1]
    if before >= 0:
        links[before, 1] = after
    else:
        heads[source] = after
    if after >= 0:
        links[after, 0] = before
    _link(partition, row, target)
    partition.labels[row] = target


@jit
def _list_neighbours(centroids, neighbours, gaps):
    """List each centroid's nearest others, as many as the table is wide."""
    width = neighbours.shape[1]
    for cluster in range(len(centroids)):
        count = 0
        for other in range(len(centroids)):
            gap = squared_distance(centroids, cluster, centroids, other)
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


@jit
def _rank_losses(partition, costs, losses, ranked):
    """Rank the clusters that are not fixed by what their removal would cost, the cheapest first; return the inertia.

    `costs` become the inertia of all points up to each.
    """
    points, weights, centroids = partition.points, partition.weights, partition.centroids
    losses[:] = 0.0
    total = 0.0
    for row in range(len(points)):
        own = partition.labels[row]
        near, second = squared_distance(points, row, centroids, own), np.inf
        for rank in range(partition.neighbours.shape[1]):
            second = min(second, squared_distance(points, row, centroids, partition.neighbours[own, rank]))
        total += weights[row] * near
        costs[row] = total
        losses[own] += weights[row] * (second - near)
    for cluster in range(partition.fixed, len(centroids)):
        at = cluster - partition.fixed
        while at > 0 and losses[ranked[at - 1]] > losses[cluster]:
            ranked[at] = ranked[at - 1]
            at -= 1
        ranked[at] = cluster
    return total


@jit
def _draw_point(costs, goal):
    """Find the first point up to which the inertia exceeds a goal."""
    low, high = 0, len(costs) - 1
    while low < high:
        middle = (low + high) // 2
        if costs[middle] > goal:
            high = middle
        else:
            low = middle + 1
    return low


@jit
def _touch(partition, journal, trial, cluster):
    """Save a cluster as it was, once a trial."""
    if journal.marks[cluster, 0] == trial:
        return
    journal.marks[cluster, 0] = trial
    place = journal.counts[0]
    journal.counts[0] += 1
    journal.touched[place] = cluster
    for column in range(4):
        journal.saved[place, column] = partition.masses[cluster, column]
    for axis in range(3):
        journal.saved[place, 4 + axis] = partition.centroids[cluster, axis]


@jit
def _reassign(partition, journal, trial, row, target):
    """Move a point to another cluster so that it can be undone."""
    source = partition.labels[row]
    _touch(partition, journal, trial, source)
    _touch(partition, journal, trial, target)
    place = journal.counts[1]
    journal.counts[1] += 1
    journal.log[place, 0], journal.log[place, 1] = row, source
    _move(partition, row, target)


@jit
def _take_away(partition, journal, trial, gone, goal):
    """Move a centroid to a point elsewhere, and its points to the nearest of their old neighbours."""
    points, centroids, neighbours = partition.points, partition.centroids, partition.neighbours
    _touch(partition, journal, trial, gone)
    for axis in range(3):
        centroids[gone, axis] = points[goal, axis]
    row = partition.heads[gone]
    while row >= 0:
        following, nearest, near = partition.links[row, 1], gone, squared_distance(points, row, centroids, gone)
        for rank in range(neighbours.shape[1]):
            distance = squared_distance(points, row, centroids, neighbours[gone, rank])
            if distance < near:
                near, nearest = distance, neighbours[gone, rank]
        if nearest != gone:
            _reassign(partition, journal, trial, row, nearest)
        row = following


@jit
def _place(partition, journal, trial, gone, split):
    """Give a moved centroid the points that are nearer to it than to the cluster it splits or a neighbour of that.

    Until the next list is made, it is a neighbour of those clusters, and they are its own.
    """
    points, centroids, neighbours, kept = partition.points, partition.centroids, partition.neighbours, journal.kept
    width = neighbours.shape[1]
    kept[1, 0] = split
    for rank in range(width):
        kept[0, rank], kept[1, rank + 1] = neighbours[gone, rank], neighbours[split, rank]
    at = 0
    for rank in range(width + 1):
        other = kept[1, rank]
        if other == gone:
            continue
        if at < width:
            neighbours[gone, at] = other
            at += 1
        kept[2, rank] = neighbours[other, width - 1]
        neighbours[other, width - 1] = gone
        row, gap = partition.heads[other], squared_distance(centroids, other, centroids, gone)
        while row >= 0:
            following, near = partition.links[row, 1], squared_distance(points, row, centroids, other)
            if gap < 4 * near and squared_distance(points, row, centroids, gone) < near:
                _reassign(partition, journal, trial, row, gone)
            row = following


@jit
def _settle(partition, journal, trial, rounds, gaps, close, scanned):
    """Run Lloyd's iterations on the clusters that have changed and their neighbours; return by how much inertia fell.

    They end when no centroid moves, after `rounds`, when the log is full, or when the gain slows down.
    """
    gain, has_room = -np.inf, True
    for turn in range(rounds):
        stamp = trial * rounds + turn
        before = gain
        gain, moved = _move_centroids(partition, journal, stamp, scanned)
        if moved == 0 or not has_room or turn == rounds - 1 or (turn > 0 and gain < 3 * (before - gain)):
            break
        has_room = _assign_locally(partition, journal, trial, stamp, moved, gaps, close, scanned)
    return gain


@jit
def _explained(masses, row, cluster, fixed, centroids):
    """Compute what a cluster's centroid explains of its points' squares; of a mean, it is mass times squared mean."""
    if masses[row, 0] <= 0:
        return 0.0
    if cluster < fixed:
        x, y, z = centroids[cluster, 0], centroids[cluster, 1], centroids[cluster, 2]
        along = masses[row, 1] * x + masses[row, 2] * y + masses[row, 3] * z
        return 2 * along - masses[row, 0] * (x * x + y * y + z * z)
    return (masses[row, 1] ** 2 + masses[row, 2] ** 2 + masses[row, 3] ** 2) / masses[row, 0]


@jit
def _move_centroids(partition, journal, stamp, scanned):
    """Move the centroids of touched clusters to their means; return the gain so far and how many moved."""
    masses, centroids, fixed = partition.masses, partition.centroids, partition.fixed
    gain, moved = 0.0, 0
    for place in range(journal.counts[0]):
        cluster = journal.touched[place]
        before = _explained(journal.saved, place, cluster, fixed, centroids)
        gain += _explained(masses, cluster, cluster, fixed, centroids) - before
        if cluster >= fixed and masses[cluster, 0] > 0:
            shifted = False
            for axis in range(3):
                mean = masses[cluster, axis + 1] / masses[cluster, 0]
                shifted |= mean != centroids[cluster, axis]
                centroids[cluster, axis] = mean
            if shifted:
                journal.marks[cluster, 1] = journal.marks[cluster, 2] = stamp
                scanned[moved] = cluster
                moved += 1
    return gain, moved


@jit
def _assign_locally(partition, journal, trial, stamp, moved, gaps, close, scanned):
    """Assign the points of moved clusters and their neighbours; return whether there was room to log all moves.

    A point of a cluster that has moved is held against all its neighbours, any other against those that have moved.
    """
    points, centroids, neighbours, marks = partition.points, partition.centroids, partition.neighbours, journal.marks
    width, count, has_room = neighbours.shape[1], moved, True
    for place in range(moved):
        for rank in range(width):
            other = neighbours[scanned[place], rank]
            if marks[other, 2] != stamp:
                marks[other, 2] = stamp
                scanned[count] = other
                count += 1
    for place in range(count):
        cluster, near_ones = scanned[place], 0
        for rank in range(width):
            other = neighbours[cluster, rank]
            if place >= moved and marks[other, 1] != stamp:
                continue
            gap, at = squared_distance(centroids, cluster, centroids, other), near_ones
            while at > 0 and gaps[at - 1] > gap:
                gaps[at], close[at] = gaps[at - 1], close[at - 1]
                at -= 1
            gaps[at], close[at] = gap, other
            near_ones += 1
        row = partition.heads[cluster]
        while row >= 0:
            following, nearest = partition.links[row, 1], cluster
            near = squared_distance(points, row, centroids, cluster)
            reach = 4 * near
            for rank in range(near_ones):
                if gaps[rank] >= reach:
                    break
                distance = squared_distance(points, row, centroids, close[rank])
                if distance < near:
                    near, nearest = distance, close[rank]
            if nearest != cluster:
                if journal.counts[1] == len(journal.log):
                    has_room = False
                    break
                _reassign(partition, journal, trial, row, nearest)
            row = following
    return has_room


@jit
def _undo(partition, journal, gone):
    """Restore the partition as it was before the trial."""
    neighbours, log, kept = partition.neighbours, journal.log, journal.kept
    width = neighbours.shape[1]
    for move in range(journal.counts[1] - 1, -1, -1):
        _move(partition, log[move, 0], log[move, 1])
    for place in range(journal.counts[0]):
        cluster = journal.touched[place]
        for column in range(4):
            partition.masses[cluster, column] = journal.saved[place, column]
        for axis in range(3):
            partition.centroids[cluster, axis] = journal.saved[place, 4 + axis]
    for rank in range(width, -1, -1):
        if kept[1, rank] != gone:
            neighbours[kept[1, rank], width - 1] = kept[2, rank]
    for rank in range(width):
        neighbours[gone, rank] = kept[0, rank]


@jit
def crossover(
    points, weights, max_iter, margin, fixed, starts, draws, population, inertias, centroids, labels, bounds, masses,
    drift, order, gaps, iterations, costs, paired,
):  # fmt: skip
    """Cross the best solutions known with one another, again and again, and return how many there are in the end.

    Parameters
    ----------
    fixed
        How many centroids, the first, are the same in all solutions.
    starts
        How many runs start from seeds of k-means++ before the first crossover.
    draws : (runs, k + 7)
        Random numbers from [0, 1), a row for each run.
    population : (size, k, 3)
        Centroids of solutions: those to begin with, one at least, in the first places; in the end the best that differ,
        best first.
    inertias : (size,)
        Of these solutions; infinity where there is none. Those to begin with may have any other number.
    costs : (n,)
        Squared distances to the nearest centroid, weighted and added up.
    paired : (k,)
        Whether a centroid of the second parent has its partner.
    """
    k, given, size = len(centroids), 0, 0
    while given < len(population) and inertias[given] < np.inf:
        given += 1
    inertias[:] = np.inf
    for run in range(given + len(draws)):
        if run < given:
            _copy(population[run], centroids)
        elif run < given + starts or size == 0:
            for cluster in range(fixed, k):
                _draw_centroid(points, weights, centroids, cluster, draws[run - given, cluster], costs)
        else:
            draw = draws[run - given]
            first = min(int(draw[0] * size), int(draw[1] * size))
            second = min(int(draw[2] * size), int(draw[3] * size))
            _mix(population[first], population[second], draw, fixed, centroids, paired)
            # The mutation: the last centroid takes the place of one of them, and is drawn anew.
            gone = min(fixed + int(draw[5] * (k - fixed)), k - 1)
            for axis in range(3):
                centroids[gone, axis] = centroids[k - 1, axis]
            _draw_centroid(points, weights, centroids, k - 1, draw[6], costs)
        inertia = lloyd(
            points, weights, max_iter, margin, fixed, centroids, labels, bounds, masses, drift, order, gaps, iterations
        )
        size = _insert(population, inertias, size, centroids, inertia)
    return size


@jit
def _copy(source, target):
    for cluster in range(len(source)):
        for axis in range(3):
            target[cluster, axis] = source[cluster, axis]


@jit
def _draw_centroid(points, weights, centroids, cluster, draw, costs):
    """Put a centroid at a point, drawn by its weighted squared distance to the nearest of the centroids before."""
    total = 0.0
    for row in range(len(points)):
        nearest = np.inf if cluster else 1.0
        for other in range(cluster):
            nearest = min(nearest, squared_distance(points, row, centroids, other))
        total += weights[row] * nearest
        costs[row] = total
    chosen = _draw_point(costs, draw * total)
    for axis in range(3):
        centroids[cluster, axis] = points[chosen, axis]


@jit
def _mix(first, second, draw, fixed, centroids, paired):
    """Pair each centroid of a solution with the nearest one left of another, and take one of each pair.

    The fixed ones are there already.
    """
    k, free = len(first), len(first) - fixed
    paired[:] = 0
    for step in range(free):
        cluster, partner, least = fixed + (int(draw[4] * free) + step) % free, fixed, np.inf
        for other in range(fixed, k):
            gap = squared_distance(first, cluster, second, other)
            if paired[other] == 0 and gap < least:
                partner, least = other, gap
        paired[partner] = 1
        for axis in range(3):
            centroids[cluster, axis] = first[cluster, axis] if draw[7 + cluster] < 0.5 else second[partner, axis]


@jit
def _insert(population, inertias, size, centroids, inertia):
    """Put a solution where its inertia belongs, and return how many there are.

    Of those whose inertias agree in six digits, the best stays. If there is no room, the last solution drops out.
    """
    for place in range(size):
        if abs(inertias[place] - inertia) <= 1e-6 * inertia:
            if inertia < inertias[place]:
                inertias[place] = inertia
                _copy(centroids, population[place])
            return size
    place = min(size, len(population) - 1)
    if size == len(population) and inertia >= inertias[place]:
        return size
    while place > 0 and inertias[place - 1] > inertia:
        inertias[place] = inertias[place - 1]
        _copy(population[place - 1], population[place])
        place -= 1
    inertias[place] = inertia
    _copy(centroids, population[place])
    return min(size + 1, len(population))
