"""What a picture in few colours loses: the colours that change most, and the hues that are gone altogether."""

from typing import Any

import numpy as np

from photopalette.color.names import name_colors
from photopalette.color.spaces import oklch
from photopalette.color.table import hex_codes
from photopalette.files.tables import rounded
from photopalette.quality.metrics import Pairs, Reference, delta_e, pair_colors, weighted_quantile
from photopalette.quality.targets import FAR

_MOST = 6  # lost colours that are told apart
_LEAST = 0.001  # share of the pixels from which on a lost colour is listed
_CELL, _REACH = 8, 3  # side of a cell of CIELAB, and how many cells around its middle a lost colour extends

# Names of hues and where they begin, in degrees of OKLCH, in which sRGB's red is at 29, its green at 142, its blue at
# 264. What is left of the circle is pink.
_HUES = {"red": 12, "orange": 45, "yellow": 85, "green": 120, "turquoise": 170, "blue": 220, "purple": 285, "pink": 335}
_COLORED = 0.08  # chroma of OKLCH from which on a colour has a hue to lose
_STILL_COLORED = 0.04  # and from which on its replacement still shows one
_ALIKE = 20  # degrees within which hues count as the same
_LEAST_HUE = 0.005  # share of the pixels from which on a hue belongs to the photo
_ALL = 0.95  # share of a hue's pixels that count as all of it


def lost(reference: Reference, palette: np.ndarray, indices: np.ndarray, seen: bool = False) -> dict[str, Any]:
    """Describe what a picture loses: the pixels whose colour changes most, which a mean does not show.

    Parameters
    ----------
    reference, palette, indices
        The original and the picture, see :class:`photopalette.quality.metrics.Picture`.
    seen
        Whether to take the change that is seen from a distance, as of a dithered picture, or else the pixels' own.

    Returns
    -------
    dict
        ``delta_e_p99``, the 99th percentile of ΔE; ``share`` of the pixels whose ΔE is above 10; their ``colors``, see
        :func:`find_losses`, and the ``hues`` that are gone altogether, see
        :func:`find_lost_hues`.
    """
    pairs = pair_colors(reference.table, palette, indices)
    if seen:
        change, counts = reference.view.difference(palette, indices), np.ones(len(indices), np.int64)
        difference = mean_of_pixels(pairs, change)
    else:
        difference = change = delta_e(reference, pairs)
        counts = pairs.counts
    # Something that is exactly one pixel in a hundred counts.
    p99 = weighted_quantile(change, counts, 0.99 + 1e-9)
    found = rounded({"delta_e_p99": p99, "share": int(counts[change > FAR].sum()) / int(counts.sum())})
    colors, _ = find_losses(reference, pairs, difference)
    return {**found, "colors": colors, "hues": find_lost_hues(reference, pairs, difference)}


def find_losses(reference: Reference, pairs: Pairs, difference: np.ndarray) -> tuple[list[dict[str, Any]], np.ndarray]:
    """Group the pixels whose colour changes by more than FAR by the colour that they had.

    The colour around which most is lost, pixels times ΔE, is a group's middle, then that of what is left, up to six
    times; each lost pixel belongs to the nearest middle. All of this happens on cells of CIELAB, in whole numbers.

    Parameters
    ----------
    reference
        The original.
    pairs
        Its colours and their replacements.
    difference : (n,) float64
        ΔE of each pair.

    Returns
    -------
    losses
        Largest first: the mean ``color`` that was lost, a hex code, and its ``name``; its ``share`` of the pixels; the
        ``replacement`` that most of them have now, and ``replacement_name``; and their mean ``delta_e``.
    groups : (n,) uint8
        Which loss each pair belongs to, from 1; 0 for none.
    """
    groups = np.zeros(len(difference), np.uint8)
    far = np.flatnonzero(difference > FAR)
    total = int(pairs.counts.sum())
    cells, cell = np.unique(np.floor(reference.lab[pairs.rows[far]] / _CELL).astype(int), axis=0, return_inverse=True)
    cell = cell.ravel()
    pixels, mass = np.zeros(len(cells), np.int64), np.zeros(len(cells), np.int64)
    np.add.at(pixels, cell, pairs.counts[far])
    np.add.at(mass, cell, np.rint(pairs.counts[far] * difference[far]).astype(np.int64))

    def away(middle: int) -> np.ndarray:
        return ((cells - cells[middle]) ** 2).sum(axis=1)

    middles, left = [], np.ones(len(cells), bool)
    near = [away(middle) <= _REACH**2 for middle in range(len(cells))]
    while left.any() and len(middles) < _MOST:
        middle = max(range(len(cells)), key=lambda cell: int(mass[near[cell] & left].sum()))
        around = near[middle] & left
        if pixels[around].sum() < _LEAST * total:
            break
        middles.append(middle)
        left &= ~around
    if not middles:
        return [], groups
    group_of = np.argmin([away(middle) for middle in middles], axis=0)
    losses = []
    largest_first = sorted(range(len(middles)), key=lambda group: -int(mass[group_of == group].sum()))
    for number, group in enumerate(largest_first, start=1):
        members = far[group_of[cell] == group]
        groups[members] = number
        losses.append(_describe(reference, pairs, difference, members, total))
    return losses, groups


def _describe(
    reference: Reference, pairs: Pairs, difference: np.ndarray, members: np.ndarray, total: int
) -> dict[str, Any]:
    """Describe the loss of some pairs."""
    counts = pairs.counts[members]
    color = _mean_color(reference.table.colors[pairs.rows[members]], counts)
    replacement = _most_common(pairs, members)
    name, replacement_name = name_colors(np.vstack([color, replacement]))
    code, replacement_code = hex_codes(np.vstack([color, replacement]))
    return rounded(
        {
            "color": code,
            "name": name,
            "share": int(counts.sum()) / total,
            "replacement": replacement_code,
            "replacement_name": replacement_name,
            "delta_e": float(np.average(difference[members], weights=counts)),
        }
    )


def _mean_color(colors: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Average colours, (n, 3) uint8, that occur as often as counts, (n,), say."""
    return np.rint((colors.astype(np.int64) * counts[:, None]).sum(axis=0) / counts.sum()).astype(np.uint8)


def _most_common(pairs: Pairs, members: np.ndarray) -> np.ndarray:
    """Find the replacement, (3,) uint8, that most pixels of some pairs have."""
    shown = np.zeros(len(pairs.palette), np.int64)
    np.add.at(shown, pairs.labels[members], pairs.counts[members])
    return pairs.palette[shown.argmax()]


def mean_of_pixels(pairs: Pairs, values: np.ndarray) -> np.ndarray:
    """Average the values of pixels, (N,), over those of each pair, (n,) float64."""
    return np.bincount(pairs.index, values, len(pairs.counts)) / pairs.counts


def find_lost_hues(reference: Reference, pairs: Pairs, difference: np.ndarray) -> list[dict[str, Any]]:
    """Find the hues that the original has and the picture has not.

    A hue is lost where nearly all of its pixels get a colour that is grey or of another hue, and on average a ΔE above
    FAR.

    Parameters
    ----------
    reference, pairs, difference
        See :func:`find_losses`.

    Returns
    -------
    list of dict
        Most common first: the ``hue``, a word; its ``share`` of the pixels; the ``replacement`` that most of them have
        now, a hex code, and its ``name``.
    """
    _, chroma, hue = oklch(reference.table.colors)[pairs.rows].T
    _, new_chroma, new_hue = oklch(pairs.palette)[pairs.labels].T
    family, new_family = _family(hue), _family(new_hue)
    turn = np.abs((new_hue - hue + 180) % 360 - 180)
    kept = (new_chroma >= _STILL_COLORED) & ((family == new_family) | ((turn < _ALIKE) & (new_chroma >= chroma / 2)))
    total, lost = int(pairs.counts.sum()), []
    for number, word in enumerate(_HUES):
        members = np.flatnonzero((family == number) & (chroma >= _COLORED))
        counts = pairs.counts[members]
        pixels, away = int(counts.sum()), int(counts[~kept[members]].sum())
        if pixels < _LEAST_HUE * total or away < _ALL * pixels:
            continue
        if np.average(difference[members], weights=counts) <= FAR:
            continue
        word = _word(word, _mean_color(reference.table.colors[pairs.rows[members]], counts))
        replacement = _most_common(pairs, members)[None]
        (name,), (code,) = name_colors(replacement), hex_codes(replacement)
        # A greyish green is still one.
        if name.split()[-1] != word:
            lost.append({"hue": word, "share": round(pixels / total, 4), "replacement": code, "name": name})
    return sorted(lost, key=lambda loss: -loss["share"])


def _family(hue: np.ndarray) -> np.ndarray:
    """Return the place in _HUES of hues in degrees."""
    return (np.searchsorted(list(_HUES.values()), hue, side="right") - 1) % len(_HUES)


def _word(hue: str, color: np.ndarray) -> str:
    """Choose the word for a hue: dark orange is called brown, and light red pink."""
    ((lightness, _, _),) = oklch(color[None])
    if hue == "orange" and lightness < 0.62:
        return "brown"
    return "pink" if hue == "red" and lightness > 0.75 else hue
