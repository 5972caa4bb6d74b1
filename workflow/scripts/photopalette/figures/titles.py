"""Titles that fit their figure, however long the name of the photograph is."""


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
