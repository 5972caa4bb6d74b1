"""Colours have the name that is nearest in the XKCD survey."""

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from photopalette.color.names import name_colors, survey


def test_every_survey_colour_has_its_own_name():
    names, colors = survey()
    assert name_colors(colors) == list(names)


def test_name_is_the_nearest_of_all():
    names, known = survey()
    colors = np.random.default_rng(1).integers(0, 256, (100, 3)).astype(np.uint8)
    given = [names.index(name) for name in name_colors(colors)]
    difference = deltaE_ciede2000(rgb2lab(colors)[:, None], rgb2lab(known)[None])
    assert difference[np.arange(100), given] == pytest.approx(difference.min(axis=1), abs=1e-9)


def test_matplotlib_is_not_imported():
    """It would cost every fit half a second."""
    import subprocess
    import sys

    program = (
        "import sys, numpy; from photopalette.color.names import name_colors;"
        "name_colors(numpy.zeros((1, 3), numpy.uint8));"
        "sys.exit(' '.join({'matplotlib', 'skimage', 'scipy', 'PIL'} & set(sys.modules)) or None)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd="workflow/scripts")
