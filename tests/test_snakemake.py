"""What is read of Snakemake's internals may be missing: every function then has its default."""

import inspect

import pytest

import _snakemake

ASKING = [
    function
    for name, function in inspect.getmembers(_snakemake, inspect.isfunction)
    if "workflow" in inspect.signature(function).parameters
]


@pytest.mark.parametrize("function", ASKING, ids=lambda function: function.__name__)
def test_a_missing_internal_is_no_error(function):
    assert function(object()) in (None, False, True, [])


def test_every_internal_has_its_function():
    assert len(ASKING) >= 10
