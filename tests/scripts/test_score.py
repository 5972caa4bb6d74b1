"""Statistics of a fit's restarts and labels."""

import numpy as np
import pytest

from score import entropy, restart_statistics


def test_restart_statistics():
    inertias = [103.0, 100.0, 100.00005, 110.0, 104.0]
    assert restart_statistics(inertias) == {"restarts": 5, "hits": 2, "spread": pytest.approx(3)}
    assert restart_statistics([100.0]) == {"restarts": 1, "hits": None, "spread": None}
    assert restart_statistics([0.0, 0.0]) == {"restarts": 2, "hits": 2, "spread": 0.0}


def test_entropy():
    assert entropy(np.array([5, 5, 5, 5])) == 2
    assert entropy(np.array([7])) == 0
    assert entropy(np.array([3, 1])) == pytest.approx(0.811278, abs=1e-6)
