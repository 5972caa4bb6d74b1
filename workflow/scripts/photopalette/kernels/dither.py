"""Dithering: error diffusion, mixtures of colours for ordered dithering, and thresholds of blue noise."""

from photopalette.kernels.jit import jit


@jit
def _nearest(red, green, blue, palette, weights):
    """Find the palette's colour nearest to another one, the first of equally near ones."""
    nearest, least = 0, 1e9
    for place in range(len(palette)):
        r, g, b = red - palette[place, 0], green - palette[place, 1], blue - palette[place, 2]
        distance = weights[0] * (r * r) + weights[1] * (g * g) + weights[2] * (b * b)
        if distance < least:
            nearest, least = place, distance
    return nearest


@jit
def diffuse(light, palette, weights, limit, shares, divisor, first, serpentine, count, errors, pixels):
    """Replace each pixel of `count` rows, a row of `light` or −1 where it is clear, by a place in the palette.

    `shares` are the parts of an error, each with the number of rows below, of columns further, and how many parts of
    `divisor` it is. If `serpentine`, odd rows run from right to left; `first` is the number of the first one here.

    `errors` are those handed on to this row and the next two, with two more columns on either side; they come from the
    rows above and are left for those below. One with a channel beyond the limit is shrunk to it. Two further rows of
    pixels say where those below are clear: their neighbours get what they can't.
    """
    width = pixels.shape[1]
    whole = 0
    for number in range(len(shares)):
        whole += shares[number, 2]
    for y in range(count):
        step = -1 if serpentine and (first + y) % 2 else 1
        for column in range(width):
            x = column if step > 0 else width - 1 - column
            row = pixels[y, x]
            if row < 0:
                pixels[y, x] = len(palette)
                continue
            red, green, blue = errors[0, x + 2, 0], errors[0, x + 2, 1], errors[0, x + 2, 2]
            largest = max(abs(red), abs(green), abs(blue))
            part = limit / largest if largest > limit else 1.0
            red, green, blue = light[row, 0] + part * red, light[row, 1] + part * green, light[row, 2] + part * blue
            nearest = _nearest(red, green, blue, palette, weights)
            pixels[y, x] = nearest
            ahead = below = 0
            for number in range(len(shares)):
                down, at = shares[number, 0], x + step * shares[number, 1]
                if 0 <= at < width and y + down < len(pixels) and pixels[y + down, at] >= 0:
                    if down:
                        below += shares[number, 2]
                    else:
                        ahead += shares[number, 2]
            # The rows below take what the pixels ahead do not.
            part = (whole - ahead) / (divisor * max(below, 1))
            for number in range(len(shares)):
                down, at = shares[number, 0], x + step * shares[number, 1]
                if 0 <= at < width and y + down < len(pixels) and pixels[y + down, at] >= 0:
                    share = shares[number, 2] * part if down else shares[number, 2] / divisor
                    for channel in range(3):
                        error = (red, green, blue)[channel] - palette[nearest, channel]
                        errors[down, at + 2, channel] += share * error
        for x in range(errors.shape[1]):
            for channel in range(3):
                errors[0, x, channel] = errors[1, x, channel]
                errors[1, x, channel] = errors[2, x, channel]
                errors[2, x, channel] = 0


@jit
def mix(light, palette, weights, counts, mixtures):
    """Mix each colour of as many colours of the palette as a mixture has, and sort these by their place in it.

    Each of them is the nearest to the colour and the sum of the errors of those before it.
    """
    for row in range(len(light)):
        for place in range(len(counts)):
            counts[place] = 0
        red, green, blue = light[row, 0], light[row, 1], light[row, 2]
        for _ in range(mixtures.shape[1]):
            nearest = _nearest(red, green, blue, palette, weights)
            counts[nearest] += 1
            red += light[row, 0] - palette[nearest, 0]
            green += light[row, 1] - palette[nearest, 1]
            blue += light[row, 2] - palette[nearest, 2]
        at = 0
        for place in range(len(counts)):
            for _ in range(counts[place]):
                mixtures[row, at] = place
                at += 1


@jit
def _change(ones, energy, gaussian, at, value):
    """Set or clear a point of a pattern that repeats itself on all sides, and update the energy of all points."""
    size = len(ones)
    top, left = at // size, at % size
    ones[top, left] = value
    for y in range(size):
        for x in range(size):
            step = gaussian[(y - top) % size, (x - left) % size]
            energy[y, x] += step if value else -step


@jit
def _extreme(ones, energy, value):
    """Find the tightest cluster, the point of most energy (1), or the largest void, the one of least (0), the first."""
    size, found = len(ones), -1
    for at in range(size * size):
        y, x = at // size, at % size
        if ones[y, x] == value:
            best = energy[found // size, found % size]
            if found < 0 or (energy[y, x] > best if value else energy[y, x] < best):
                found = at
    return found


@jit
def void_and_cluster(gaussian, ones, energy, saved, ranks):
    """Rank the points of a tile so that those below any rank are evenly spread (Ulichney 1993).

    `ones` is a pattern of few points to start with, `energy` is 0, and `saved` is room for the pattern. Once most
    points are set, the tightest cluster of the others is the largest void as well, as both energies add up to the same.
    """
    size, few = len(ones), 0
    for at in range(size * size):
        if ones[at // size, at % size]:
            few += 1
            _change(ones, energy, gaussian, at, 1)
    while True:
        cluster = _extreme(ones, energy, 1)
        _change(ones, energy, gaussian, cluster, 0)
        void = _extreme(ones, energy, 0)
        _change(ones, energy, gaussian, void, 1)
        if void == cluster:
            break
    for at in range(size * size):
        saved[at // size, at % size] = ones[at // size, at % size]
    for rank in range(few - 1, -1, -1):
        cluster = _extreme(ones, energy, 1)
        _change(ones, energy, gaussian, cluster, 0)
        ranks[cluster // size, cluster % size] = rank
    for at in range(size * size):
        if saved[at // size, at % size]:
            _change(ones, energy, gaussian, at, 1)
    for rank in range(few, size * size):
        void = _extreme(ones, energy, 0)
        _change(ones, energy, gaussian, void, 1)
        ranks[void // size, void % size] = rank
