"""The colour map is matplotlib's."""

import numpy as np
from matplotlib import colormaps

from photopalette.color.inferno import INFERNO


def test_inferno_is_matplotlibs():
    assert INFERNO.dtype == np.uint8
    assert (np.rint(255 * colormaps["inferno"](np.arange(256))[:, :3]) == INFERNO).all()
