"""What the project needs, and the versions it is pinned to."""

import re
import tomllib

from project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(name: str) -> dict[str, str]:
    """Read the versions of a file of requirements."""
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / name).read_text(), re.MULTILINE))


def names(*groups: list[str]) -> set[str]:
    """Read the names of packages in lists of requirements."""
    return {re.match(r"[\w-]+", requirement)[0] for group in groups for requirement in group}
