"""How far a fit can be trusted follows from where its restarts ended."""

import pytest

from photopalette.kmeans.restarts import restart_statistics


def test_restart_statistics():
    def runs(*inertias):
        return [("k-means++", inertia) for inertia in inertias]

    several = runs(103.0, 100.0, 100.00005, 110.0, 104.0)
    assert restart_statistics(several) == {"restarts": 5, "hits": 2, "spread": pytest.approx(3)}
    assert restart_statistics(runs(100.0)) == {"restarts": 1, "hits": None, "spread": None}
    assert restart_statistics(runs(0.0, 0.0)) == {"restarts": 2, "hits": 2, "spread": 0.0}


@pytest.mark.parametrize(("inertia", "hits", "spread"), [(100.0, 2, 1.0), (50.0, 0, 102.0), (200.0, 2, 1.0)])
def test_a_crossover_is_no_restart_but_may_be_best(inertia, hits, spread):
    runs = [("maximin", found) for found in (100.0, 102.0, 100.0, 104.0)] + [("crossover", inertia)]
    assert restart_statistics(runs) == {"restarts": 4, "hits": hits, "spread": pytest.approx(spread)}
    assert restart_statistics(runs[3:]) == {"restarts": 1, "hits": None, "spread": None}
