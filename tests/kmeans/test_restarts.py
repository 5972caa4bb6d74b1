"""How solid a fit is follows from where its restarts ended."""

import pytest

from photopalette.kmeans.restarts import restart_statistics


def test_restart_statistics():
    inertias = [103.0, 100.0, 100.00005, 110.0, 104.0]
    assert restart_statistics(inertias) == {"restarts": 5, "hits": 2, "spread": pytest.approx(3)}
    assert restart_statistics([100.0]) == {"restarts": 1, "hits": None, "spread": None}
    assert restart_statistics([0.0, 0.0]) == {"restarts": 2, "hits": 2, "spread": 0.0}
