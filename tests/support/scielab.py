"""S-CIELAB by its definition: a weighted sum over all neighbours of every pixel, one after the other."""

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2xyz, xyz2lab

# Zhang and Wandell (1997): XYZ to light–dark, red–green and blue–yellow, in their program's digits; then for each of
# these the weights of its Gaussians exp(−(r / spread)²) and their spreads in degrees.
OPPONENT = [[0.2787336, 0.7218031, -0.106552], [-0.4487736, 0.2898056, 0.0771569], [0.0859513, -0.5899859, 0.5011089]]
WEIGHTS = [[0.921, 0.105, -0.108], [0.531, 0.330], [0.488, 0.371]]
SPREADS = [[0.0283, 0.133, 4.336], [0.0392, 0.494], [0.0536, 0.386]]


def filtered(picture, viewing, mask):
    """CIELAB of a picture, (h, w, 3) uint8, as it is seen; of the pixels in the mask alone, elsewhere NaN."""
    height, width, _ = picture.shape
    channels, seen = rgb2xyz(picture) @ np.transpose(OPPONENT), np.full(picture.shape, np.nan)
    rows, columns = np.indices((height, width))
    for y, x in np.argwhere(mask):
        down, right = rows - y, columns - x
        near = mask & (2 * abs(down) < viewing) & (2 * abs(right) < viewing)
        for channel in range(3):
            total = 0
            for weight, spread in zip(WEIGHTS[channel], SPREADS[channel], strict=True):
                gaussian = near * np.exp(-(down**2 + right**2) / (spread * viewing) ** 2)
                total += weight * (gaussian * channels[..., channel]).sum() / gaussian.sum()
            seen[y, x, channel] = total / sum(WEIGHTS[channel])
    return xyz2lab(seen @ np.linalg.inv(OPPONENT).T)


def scielab(first, second, viewing, mask=None):
    """The difference that is seen at every pixel that counts, (N,), between two pictures, (h, w, 3) uint8."""
    mask = np.ones(first.shape[:2], bool) if mask is None else mask
    return deltaE_ciede2000(filtered(first, viewing, mask)[mask], filtered(second, viewing, mask)[mask])
