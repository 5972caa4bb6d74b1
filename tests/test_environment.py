"""The experiment's environment has what it needs and nothing else; the tests' tools are apart; all is pinned."""

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest
import yaml

from project import ROOT
from requirements import PROJECT, names, pins

GROUPS = PROJECT["dependency-groups"]
RUNTIME, DEV = PROJECT["project"]["dependencies"], GROUPS["dev"]
CONDA_NAMES = {"matplotlib": "matplotlib-base", "kaleido": "python-kaleido", "snakemake": "snakemake-minimal"}
FILES = sorted(path.name for path in ROOT.glob("requirements*.txt"))
# Imported by others, or by nobody here: Snakemake's report, the page that draws scatter figures, whoever works on with
# the tables, and the benchmarks, which compare us with it.
FOR_OTHERS = {"pygments", "plotly", "pandas", "kaleido"}


def conda(file: str) -> dict[str, str]:
    """Read the versions that an environment file offers, by conda or by pip."""
    environment = yaml.safe_load((ROOT / file).read_text())
    assert environment["channels"][:2] == ["conda-forge", "bioconda"]
    *packages, installer, by_pip = environment["dependencies"]
    assert installer == "pip"
    offered = dict(package.split("=", 1) for package in packages)
    return offered | dict(package.split("==", 1) for package in by_pip["pip"])


def imported(folder: str) -> set[str]:
    """Name the distributions that a folder's programs import."""
    paths = list((ROOT / folder).rglob("*.py"))
    ours = {path.stem for part in ("workflow", "bench", "tests") for path in (ROOT / part).rglob("*.py")}
    ours.add("photopalette")
    found = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module.split(".")[0])
    providers = packages_distributions()
    modules = found - ours - sys.stdlib_module_names
    distributions = {providers.get(module, [module])[0].lower().replace("_", "-") for module in modules}
    # Its interfaces are Snakemake's own, at the versions that it asks for.
    return {"snakemake" if name.startswith("snakemake-interface-") else name for name in distributions}


def test_the_workflow_has_what_it_imports_and_nothing_else():
    assert imported("workflow") | FOR_OTHERS == names(RUNTIME)


def test_benchmarks_need_no_tools_of_developers():
    assert imported("bench") <= names(RUNTIME)


def test_tests_have_what_they_import():
    not_set_up = {"atheris"}  # docs/testing.md
    for_s3 = {"boto3"} | names(GROUPS["s3-dev"])
    assert imported("tests") - not_set_up - for_s3 <= names(RUNTIME + DEV)
    assert not names(RUNTIME) & names(DEV)


def test_the_experiments_environment_has_no_tools_of_developers():
    of_others = {"psutil", "packaging", "scipy", "threadpoolctl"}  # which Snakemake and scikit-learn bring
    for file in ("requirements.txt", "requirements-slurm.txt", "requirements-s3.txt"):
        assert names(RUNTIME) <= pins(file).keys()
        assert pins(file).keys() & names(DEV + GROUPS["s3-dev"]) == of_others, file


@pytest.mark.parametrize("apart", ["", "slurm-", "s3-"])
def test_tests_run_with_the_versions_of_the_experiment(apart):
    """Both files of an environment are installed into it."""
    first, second = pins(f"requirements-{apart}".rstrip("-") + ".txt"), pins(f"requirements-{apart}dev.txt")
    assert names(GROUPS[f"{apart}dev"]) <= second.keys()
    both = first.keys() & second.keys()
    assert both
    assert {name: first[name] for name in both} == {name: second[name] for name in both}


def test_conda_and_pip_versions_agree():
    versions = pins("requirements-dev.txt") | pins("requirements.txt")
    offered, tools = conda("environment.yml"), conda("environment-dev.yml")
    assert offered.pop("python") >= PROJECT["project"]["requires-python"].removeprefix(">=")
    wanted = names(RUNTIME) | {"pytest"}
    assert offered == {CONDA_NAMES.get(name, name): versions[name] for name in wanted}
    assert tools == {name: versions[name] for name in names(DEV) - {"pytest"}}


@pytest.mark.parametrize("file", FILES)
def test_every_requirement_is_pinned_by_hash(file):
    text = (ROOT / file).read_text()
    blocks = re.split(r"\n(?=[\w-])", text.strip())
    assert len(blocks) == len(pins(file)) > 4
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text
