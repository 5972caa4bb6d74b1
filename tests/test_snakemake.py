"""What is read of Snakemake's own, and what is done where it is not there."""

from types import SimpleNamespace

from snakemake.path_modifier import PathModifier

from _snakemake import below_prefix


def test_a_modules_prefix_is_known():
    def workflow(prefix=None, replaced=None):
        return SimpleNamespace(modifier=SimpleNamespace(path_modifier=PathModifier(replaced, prefix, None)))

    assert below_prefix(workflow("art"), "data/raw") == "art/data/raw"
    assert below_prefix(workflow(replaced={"data/": "photos/"}), "data/raw") == "photos/raw"
    assert below_prefix(workflow(), "data/raw") == "data/raw"


def test_no_prefix_is_known_where_snakemake_has_changed():
    assert below_prefix(SimpleNamespace(), "data/raw") == "data/raw"
