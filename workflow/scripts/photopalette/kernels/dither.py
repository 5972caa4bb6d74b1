"""Floyd and Steinberg's error diffusion (1976)."""

from photopalette.kernels.jit import jit


@jit
def dither(colors, palette, errors, pixels):
    """Replace each pixel, a row of `colors` or −1 where it is clear, by a place in the palette.

    `errors` are those handed on to this row and the next, in sixteenths of a level, with one column more on either
    side; they come from the rows above and are left for those below.
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
