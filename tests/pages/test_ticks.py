"""Ticks and the numbers beside them are matplotlib's."""

import itertools

import numpy as np
import pytest
from matplotlib.ticker import EngFormatter, LogLocator, MaxNLocator

from photopalette.pages.ticks import integer_ticks, linear_ticks, log_ticks, with_prefix

RANDOM = np.random.default_rng(0)


def within(low, high, ticks):
    return [tick for tick in ticks.tolist() if low <= tick <= high]


@pytest.mark.parametrize("intervals", [4, 9])
@pytest.mark.parametrize("places", [None, 1, 3])
def test_evenly_spaced_ticks_are_max_n_locators(intervals, places):
    locator = MaxNLocator(intervals, steps=[1, 2, 2.5, 5, 10])
    bounds = np.cumsum(RANDOM.choice([-1, 1], (1000, 2)) * 10 ** RANDOM.uniform(-7, 9, (1000, 2)), axis=1)
    bounds = np.sort(bounds if places is None else bounds.round(places), axis=1)
    bounds = [*bounds.tolist(), [0.0, 1.04], [0.0, 4.0], [-1.0, 1.0], [0.1, 0.9], [99.5, 100.5], [1e6, 1e6 + 1]]
    for low, high in bounds:
        if high - low > 1e-13 * max(abs(low), abs(high)):  # closer ones are moved apart there
            assert linear_ticks(low, high, intervals) == within(low, high, locator.tick_values(low, high)), (low, high)


def test_integer_ticks_are_max_n_locators():
    locator = MaxNLocator(8, integer=True)
    for low, apart in itertools.product((1, 2, 3, 7, 10, 16, 50, 99, 239), range(16, 256)):
        high = low + apart
        assert integer_ticks(low, high) == within(low, high, locator.tick_values(low, high)), (low, high)


def test_logarithmic_ticks_are_log_locators():
    locator, lows = LogLocator(subs=(1, 2, 3, 5)), 10 ** RANDOM.uniform(-5, 2, 3000)
    bounds = np.column_stack([lows, lows * 1.3 * 10 ** RANDOM.choice([0.1, 1, 3, 5], 3000) ** RANDOM.random(3000)])
    for low, high in [*bounds.tolist(), [1.0, 10.0], [2.0, 3.0], [5.0, 9.9], [0.1, 0.15], [0.001, 1000.0]]:
        assert log_ticks(low, high) == within(low, high, locator.tick_values(low, high)), (low, high)


@pytest.mark.parametrize(("form", "places"), [("g", None), (".2f", 2)])
def test_prefixes_are_eng_formatters(form, places):
    write = EngFormatter(places=places, sep="")
    edges = [0.0, 1.0, 999.0, 999.994, 999.995, 999.9999, 1000.0, 999_999.9, 1e-33, 2e34, 0.001, 0.0009999]
    for number in [*edges, *(10 ** RANDOM.uniform(-31, 31, 3000)).tolist()]:
        assert with_prefix(number, form) == write(number), number
