"""What is read of Snakemake's internals may be missing: every function then has its default."""

import inspect
from types import SimpleNamespace

import pytest
from snakemake.path_modifier import PathModifier

from photopalette.run import internals as _snakemake

ASKING = [
    function
    for name, function in inspect.getmembers(_snakemake, inspect.isfunction)
    if list(inspect.signature(function).parameters) == ["workflow"]
]


@pytest.mark.parametrize("function", ASKING, ids=lambda function: function.__name__)
def test_a_missing_internal_is_no_error(function):
    assert function(object()) in (None, False, True, [], set())


def test_every_internal_has_its_function():
    assert len(ASKING) >= 10


def test_a_modules_prefix_is_known():
    def workflow(prefix=None, replaced=None):
        return SimpleNamespace(modifier=SimpleNamespace(path_modifier=PathModifier(replaced, prefix, None)))

    assert _snakemake.below_prefix(workflow("art"), "data/raw") == "art/data/raw"
    assert _snakemake.below_prefix(workflow(replaced={"data/": "photos/"}), "data/raw") == "photos/raw"
    assert _snakemake.below_prefix(workflow(), "data/raw") == "data/raw"
    assert _snakemake.below_prefix(SimpleNamespace(), "data/raw") == "data/raw"
