"""Colours have the name that is nearest in the XKCD survey."""

import matplotlib.colors
import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from _color_names import ciede2000, name_colors, survey

# L*, a*, b* of two colours and their difference: Sharma, Wu and Dalal (2005), table 1, where formulas go astray.
SHARMA = [
    (50.0, 2.6772, -79.7751, 50.0, 0.0, -82.7485, 2.0425),
    (50.0, -1.3802, -84.2814, 50.0, 0.0, -82.7485, 1.0),
    (50.0, 0.0, 0.0, 50.0, -1.0, 2.0, 2.3669),
    (50.0, 2.49, -0.001, 50.0, -2.49, 0.0009, 7.1792),
    (50.0, 2.49, -0.001, 50.0, -2.49, 0.0011, 7.2195),
    (50.0, -0.001, 2.49, 50.0, 0.0009, -2.49, 4.8045),
    (50.0, -0.001, 2.49, 50.0, 0.0011, -2.49, 4.7461),
    (50.0, 2.5, 0.0, 50.0, 0.0, -2.5, 4.3065),
    (50.0, 2.5, 0.0, 58.0, 24.0, 15.0, 19.4535),
    (60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644),
    (22.7233, 20.0904, -46.694, 23.0331, 14.973, -42.5619, 2.0373),
    (2.0776, 0.0795, -1.135, 0.9033, -0.0636, -0.5514, 0.9082),
]


def test_ciede2000_is_sharmas():
    table = np.array(SHARMA)
    assert ciede2000(table[:, :3], table[:, 3:6]) == pytest.approx(table[:, 6], abs=5e-5)


def test_ciede2000_is_scikit_images():
    rng = np.random.default_rng(0)
    a, b = (rgb2lab(rng.integers(0, 256, (1, 5000, 3)).astype(np.uint8))[0] for _ in range(2))
    assert ciede2000(a, b) == pytest.approx(deltaE_ciede2000(a, b), abs=1e-9)
    assert (ciede2000(a, a) == 0).all()


def test_survey_is_matplotlibs():
    names, colors = survey()
    assert len(names) == len(set(names)) == 949
    for name, color in zip(names, colors, strict=True):
        assert matplotlib.colors.to_hex(f"xkcd:{name}") == f"#{bytes(color).hex()}"


def test_every_color_of_the_survey_has_its_own_name():
    names, colors = survey()
    assert name_colors(colors) == list(names)


def test_name_is_the_nearest_of_all():
    names, known = survey()
    colors = np.random.default_rng(1).integers(0, 256, (100, 3)).astype(np.uint8)
    given = [names.index(name) for name in name_colors(colors)]
    difference = deltaE_ciede2000(rgb2lab(colors)[:, None], rgb2lab(known)[None])
    assert difference[np.arange(100), given] == pytest.approx(difference.min(axis=1), abs=1e-9)


def test_package_of_plots_is_not_imported():
    """It would cost every fit half a second."""
    import subprocess
    import sys

    program = (
        "import sys, numpy; from _color_names import name_colors; name_colors(numpy.zeros((1, 3), numpy.uint8));"
        "sys.exit(' '.join({'matplotlib', 'skimage', 'scipy', 'PIL'} & set(sys.modules)) or None)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd="workflow/scripts")
