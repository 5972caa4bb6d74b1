"""Structural similarity (SSIM) and colour difference (CIEDE2000)."""

import math

import numpy as np

from photopalette.kernels.jit import jit

_COS_6, _SIN_6 = math.cos(math.radians(6)), math.sin(math.radians(6))
_COS_30, _SIN_30 = math.cos(math.radians(30)), math.sin(math.radians(30))
_COS_125 = math.cos(math.radians(125))
_COS_275, _SIN_275 = math.cos(math.radians(275)), math.sin(math.radians(275))
_COS_63, _SIN_63 = math.cos(math.radians(63)), math.sin(math.radians(63))


@jit
def _add_row(original, palette, indices, row, sign, masked, columns):
    """Add a row of pixels to the sums of each column and channel, or subtract it where `sign` is -1.

    The sums are those of either image's values, of their squares and of their products; where `masked`, also the number
    of clear pixels, for which the last colour of the palette stands.
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


@jit
def ssim(original, palette, indices, c1, c2, window, masked, columns):
    """Add up SSIM over all windows of the three channels; where `masked`, over those without clear pixels.

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


@jit
def ciede2000(first, row, second, other):
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
    turn = 0.0
    # Far from blue, which is at 275 degrees, this adds less than a ten-billionth, and takes longer than all the rest.
    if cos1 * _COS_275 + sin1 * _SIN_275 > _COS_125:
        degrees = math.degrees(math.atan2(sin1, cos1))
        blue = ((degrees + 360 if degrees < 0 else degrees) - 275) / 25
        seventh = chroma * chroma * chroma
        seventh *= seventh * chroma
        turn = -2 * np.sqrt(seventh / (seventh + 25.0**7)) * math.sin(2 * math.radians(30 * math.exp(-blue * blue)))
    return np.sqrt(max(0.0, lightness**2 + saturation**2 + hue**2 + turn * saturation * hue))


@jit
def delta_e(first, second, rows, labels, differences):
    """Compute the colour difference of pairs: a row of the first colours, and one of the second, each."""
    for pair in range(len(differences)):
        differences[pair] = ciede2000(first, rows[pair], second, labels[pair])
