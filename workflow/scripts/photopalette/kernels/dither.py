"""Floyd and Steinberg's error diffusion (1976)."""

from photopalette.kernels.jit import jit


@jit
def dither(light, palette, weights, limit, count, errors, pixels):
    """Replace each pixel of `count` rows, a row of `light` or −1 where it is clear, by a place in the palette.

    `errors` are those handed on to this row and the next, with one column more on either side; they come from the rows
    above and are left for those below. One with a channel beyond the limit is shrunk to it. A further row of pixels
    says where those below are clear: their neighbours get what they can't.
    """
    last = pixels.shape[1] - 1
    for y in range(count):
        for x in range(last + 1):
            row = pixels[y, x]
            if row < 0:
                pixels[y, x] = len(palette)
                continue
            red, green, blue = errors[0, x + 1, 0], errors[0, x + 1, 1], errors[0, x + 1, 2]
            largest = max(abs(red), abs(green), abs(blue))
            share = limit / largest if largest > limit else 1.0
            red, green, blue = light[row, 0] + share * red, light[row, 1] + share * green, light[row, 2] + share * blue
            nearest, least = 0, 1e9
            for place in range(len(palette)):
                r, g, b = red - palette[place, 0], green - palette[place, 1], blue - palette[place, 2]
                distance = weights[0] * (r * r) + weights[1] * (g * g) + weights[2] * (b * b)
                if distance < least:
                    nearest, least = place, distance
            pixels[y, x] = nearest
            right = 7 if x < last and pixels[y, x + 1] >= 0 else 0
            left = below = corner = 0
            if y + 1 < len(pixels):
                left = 3 if x > 0 and pixels[y + 1, x - 1] >= 0 else 0
                below = 5 if pixels[y + 1, x] >= 0 else 0
                corner = 1 if x < last and pixels[y + 1, x + 1] >= 0 else 0
            # The row below takes what the pixel to the right does not.
            part = (16 - right) / (16 * max(left + below + corner, 1))
            for channel in range(3):
                error = (red, green, blue)[channel] - palette[nearest, channel]
                errors[0, x + 2, channel] += right / 16 * error
                errors[1, x, channel] += left * part * error
                errors[1, x + 1, channel] += below * part * error
                errors[1, x + 2, channel] += corner * part * error
        for x in range(errors.shape[1]):
            for channel in range(3):
                errors[0, x, channel] = errors[1, x, channel]
                errors[1, x, channel] = 0
