"""Read what Snakemake knows and documents nowhere: one function for each such thing, ready for it not to be there."""

from typing import Any


def below_prefix(workflow: Any, path: str) -> str:
    """Put before a path what Snakemake puts before those of a module's rules: its ``prefix`` or ``replace_prefix``.

    It counts while the rule files are read, for the module that they are read for.
    """
    try:
        return workflow.modifier.path_modifier.replace_prefix(path)
    except AttributeError:
        return path
