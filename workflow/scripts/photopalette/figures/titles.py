"""Titles that fit their figure and that its font can write, whatever the photograph is called."""

import unicodedata


def name_in_figures(title: str, image: str) -> str:
    """Choose what to call an image in figures: its title, if their font has all the letters of it, or its name.

    Only matplotlib's own font counts, DejaVu Sans, so that figures do not depend on the fonts of a machine. Symbols
    that it lacks are left out.

    Parameters
    ----------
    title
        What readers call the image.
    image
        Name of its folder.

    Returns
    -------
    str
        One that is written from right to left is isolated from the text around it (Unicode Standard Annex 9), which
        goes from left to right.
    """
    if title.isascii():
        return title
    from matplotlib.font_manager import findfont, get_font  # slow to import, and seldom needed

    known = get_font(findfont("DejaVu Sans", fallback_to_default=False)).get_charmap()
    drawn = "".join(letter for letter in title if ord(letter) in known)
    if any(letter.isalnum() for letter in set(title) - set(drawn)) or not any(map(str.isalnum, drawn)):
        return image
    drawn = " ".join(drawn.split())
    if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in drawn):
        return f"\N{LEFT-TO-RIGHT MARK}\N{FIRST STRONG ISOLATE}{drawn}\N{POP DIRECTIONAL ISOLATE}"
    return drawn


def shorten(text: str, characters: int) -> str:
    """Shorten a text to a number of characters by cutting out its middle; two thirds are left for its end, the k."""
    head = characters // 3
    return text if len(text) <= characters else f"{text[:head]}…{text[head + 1 - characters :]}"


def fit_title(text: str, room: float, largest: float, smallest: float, aspect: float) -> tuple[str, float]:
    """Choose the font size at which a line of text fits its room, and shorten the text if it is too long for any.

    Parameters
    ----------
    text
        The line.
    room
        The width that there is for it, in the unit of the sizes.
    largest, smallest
        Bounds of the font size.
    aspect
        Width of a character over the font size.

    Returns
    -------
    tuple
        The text, and its size.
    """
    text = shorten(text, int(room / (aspect * smallest)))
    return text, min(largest, room / (aspect * max(len(text), 1)))


def fit(text: str, inches: float, largest: float) -> tuple[str, float]:
    """Make a line of text fit a width, as :func:`fit_title` does, in 7 to `largest` points.

    Hardly any line of DejaVu Sans is wider than 0.72 of its size per character, even in bold capitals.
    """
    return fit_title(text, 72 * inches, largest, 7, 0.72)
