"""What is said of a bound is never more than what is proven."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photopalette.quality.certificate import certified, describe_gap, gap, round_down


@given(st.floats(0, 1e12), st.integers(1, 15))
def test_what_is_rounded_down_is_near_and_never_above(value, digits):
    rounded = round_down(value, digits)
    assert value * (1 - 10.0 ** (1 - digits) * (1 + 1e-9)) <= rounded <= value
    assert float(f"{rounded:.{digits - 1}e}") == rounded


@given(st.floats(1e-6, 1e12), st.floats(0, 1))
def test_a_gap_is_never_too_small(inertia, share):
    bound = inertia * share
    exact = 100 * (1 - Fraction(bound) / Fraction(inertia))
    assert exact - Fraction(2, 10**7) <= Fraction(gap(inertia, bound)) <= exact + Fraction(2, 10**4)


def test_rounding_is_no_gap():
    assert gap(0.0, 0.0) == 0
    assert gap(3.0, 3.0 * (1 - 1e-12)) == 0
    assert gap(3.0, 3.0 * (1 + 1e-12)) == 0
    assert gap(3.0, 3.0 * (1 - 1e-7)) == 0.0001


@pytest.mark.parametrize(
    ("k", "percent", "words"),
    [
        (7, 0.0, "no 7 colours can have less squared error"),
        (7, 0.0001, "no 7 colours can have less than 99.99 % of this squared error"),
        (7, 0.0922, "no 7 colours can have less than 99.9 % of this squared error"),
        (7, 0.3001, "no 7 colours can have less than 99.6 % of this squared error"),
        (1, 0.5, "no single colour can have less than 99.5 % of this squared error"),
        (9, 4.9037, "no 9 colours can have less than 95 % of this squared error, so that a better palette may exist"),
    ],
)
def test_a_gap_in_words(k, percent, words):
    assert describe_gap(k, percent) == words


def test_a_gap_beside_colours_that_are_kept():
    assert describe_gap(7, 0.0, 1) == "no 7 colours with the one that is kept can have less squared error"
    assert describe_gap(7, 0.0, 2) == "no 7 colours with the 2 that are kept can have less squared error"
    assert describe_gap(2, 0.0, 2) == "all 2 colours are kept, so that there is no other palette"
    assert describe_gap(1, 0.0, 1) == "the one colour is kept, so that there is no other palette"


def test_what_proves_nothing_of_the_inertia_is_left_out():
    row = {"weight_exponent": "1.0", "lower_bound": "12.5", "gap": "0.25", "method": "dual"}
    assert certified({4: row}, 4) == {"k": 4, "lower_bound": 12.5, "gap": 0.25}
    assert certified({4: row}, 5) is None
    assert certified({4: row | {"method": "none"}}, 4) is None
    assert certified({4: row | {"weight_exponent": "0.5"}}, 4) is None
