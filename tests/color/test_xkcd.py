"""The names of the colour survey, and their colours, are matplotlib's."""

import matplotlib.colors

from photopalette.color.names import survey


def test_survey_is_matplotlibs():
    names, colors = survey()
    assert len(names) == 949
    expected = [(f"xkcd:{name}", f"#{bytes(color).hex()}") for name, color in zip(names, colors, strict=True)]
    # In the same order: of two colours that are equally near, the first gives its name.
    assert list(matplotlib.colors.XKCD_COLORS.items()) == expected
