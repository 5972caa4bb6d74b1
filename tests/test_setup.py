"""`make` on a doorstep of stand-ins: which programs it starts, from where, with which files, and in which home."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from project import ROOT, run_program

# All that a machine offers: a shell with its tools and no Python. `make` itself is started by its path.
TOOLS = ("sh", "cp", "find", "id", "mkdir", "rm", "test", "touch", "true")
# Notes how it was called and in which home; makes environments of itself.
PROGRAM = """\
#!/bin/sh
printf '%s|%s|%s|%s|%s\\n' "$0 $*" "${PYTHONDONTWRITEBYTECODE-unset}" "$HOME" "$USER" "$XDG_CACHE_HOME" >> "$LOG"
if [ "$1 $2" = "-m venv" ]; then
  mkdir -p "$3/bin"
  for name in python snakemake ruff snakefmt uv; do cp "$ORIGINAL" "$3/bin/$name"; done
fi
"""


class Doorstep:
    """A checkout whose Python, and all that the set-up would install, are stand-ins."""

    def __init__(self, folder: Path):
        self.folder, self.log = folder / "check out", folder / "log"
        bin_ = folder / "bin"
        bin_.mkdir()
        for tool in TOOLS:
            (bin_ / tool).symlink_to(shutil.which(tool))
        python = folder / "python"
        python.write_text(PROGRAM)
        python.chmod(0o755)
        scripts = self.folder / "workflow/scripts"
        for room in ("figures", "kernels"):
            (scripts / "photopalette" / room).mkdir(parents=True)
        (self.folder / "results").mkdir()
        for path in [ROOT / "Makefile", *ROOT.glob("requirements*.txt")]:
            shutil.copy(path, self.folder)
        for name in ("figures/browser.py", "kernels/compiled.py", "kernels/search.py"):
            (scripts / "photopalette" / name).touch()
        self.environment = {"PATH": str(bin_), "LOG": str(self.log), "ORIGINAL": str(python), "HOME": str(folder)}
        self.command = [shutil.which("make"), "--silent", f"PYTHON={python}"]

    def make(self, *goals: str, **environment: str | None) -> list[list[str]]:
        """Make some goals and return the calls: program with arguments, and what it saw of its environment."""
        values = {key: value for key, value in {**self.environment, **environment}.items() if value is not None}
        run = run_program([*self.command, *goals], self.folder, env=values)
        assert run.returncode == 0, run.stdout
        calls = [line.split("|") for line in self.log.read_text().splitlines()]
        self.log.unlink()
        return calls

    def installed(self, calls: list[list[str]]) -> list[str]:
        """List the requirements files that pip was given."""
        return [file for call in calls for file in re.findall(r"--requirement (\S+)", call[0])]


@pytest.fixture
def doorstep(tmp_path) -> Doorstep:
    return Doorstep(tmp_path)


def test_the_experiment_needs_no_tools_of_developers(doorstep):
    calls = doorstep.make()
    assert doorstep.installed(calls) == ["requirements.txt"]
    assert calls[-1][0] == ".venv/bin/snakemake --cores all"
    assert [call[0] for call in doorstep.make()] == [calls[-1][0]], "once is enough"


def test_tests_come_with_their_tools(doorstep):
    calls = doorstep.make("test")
    assert doorstep.installed(calls) == ["requirements.txt", "requirements-dev.txt"]
    assert calls[-1][0].startswith(".venv/bin/python -m pytest ")
    # An update of what both files pin is followed by both.
    later = (doorstep.folder / ".venv/ready-dev").stat().st_mtime + 10
    os.utime(doorstep.folder / "requirements.txt", (later, later))
    assert doorstep.installed(doorstep.make("lint")) == ["requirements.txt", "requirements-dev.txt"]


@pytest.mark.parametrize("extra", ["slurm", "s3"])
def test_environments_of_their_own(doorstep, extra):
    calls = doorstep.make(f"test-{extra}")
    assert doorstep.installed(calls) == [f"requirements-{extra}.txt", f"requirements-{extra}-dev.txt"]
    assert {Path(call[0].split()[0]).parts[0] for call in calls[2:]} == {f".venv-{extra}"}
    assert calls[-1][0] == f".venv-{extra}/bin/python -m pytest tests/{extra}"


def test_no_goal_looks_for_programs_of_the_environment_in_the_path(doorstep):
    """macOS' make finds only what was in the PATH when it was started itself."""
    goals = re.findall(r"\S+", re.search(r"^\.PHONY:(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1])
    assert {"all", "setup", "test", "lock", "bench"} < set(goals)
    for goal in goals:
        doorstep.log.touch()
        for call in doorstep.make(goal):
            assert call[0].startswith((".venv", doorstep.environment["ORIGINAL"])), goal


def test_what_is_installed_is_compiled(doorstep):
    """Whatever the environment says, as every job imports anew."""
    for goal in ("setup", "dev", "test-slurm"):
        calls = doorstep.make(goal, PYTHONDONTWRITEBYTECODE="1")
        assert {call[1] for call in calls} == {"unset"}
        pips = [call[0] for call in calls if "--requirement" in call[0]]
        assert pips
        assert all(" --compile " in call for call in pips)


@pytest.mark.parametrize("home", [None, "", "/dev/null", "/nowhere at/all"])
def test_a_user_without_a_home_gets_a_place_to_keep_things(doorstep, home):
    id_ = Path(doorstep.environment["PATH"], "id")
    id_.unlink()
    id_.write_text("#!/bin/sh\necho 'cannot find name for user ID 4321' >&2; echo 4321; exit 1\n")
    id_.chmod(0o755)
    calls = doorstep.make(HOME=home)
    assert len({tuple(call[2:]) for call in calls}) == 1
    *_, actual, user, cache = calls[-1]
    assert actual == (home or "/"), "a ~ in the config stays what it is"
    assert user == "4321"
    assert cache == f"{doorstep.folder}/.snakemake/home/cache"
    assert doorstep.make(HOME=home, USER="me", XDG_CACHE_HOME="/my cache")[-1][3:] == ["me", "/my cache"]
    assert doorstep.make(HOME=home, USER="", XDG_CACHE_HOME="")[-1][2:] == calls[-1][2:]


def test_a_home_of_ones_own_is_left_alone(doorstep):
    calls = doorstep.make()
    assert {(call[2], call[4]) for call in calls} == {(doorstep.environment["HOME"], "")}


@pytest.mark.parametrize("answer", ["exit 1", "exit 127"])
def test_a_python_that_will_not_do_is_refused_before_anything_is_made(doorstep, answer):
    Path(doorstep.environment["ORIGINAL"]).write_text(f"#!/bin/sh\n{answer}\n")
    run = run_program([*doorstep.command, "test"], doorstep.folder, env=doorstep.environment)
    assert run.returncode == 2
    assert "Python 3.11, 3.12 or 3.13 with venv is needed" in run.stdout
    assert "make PYTHON=python3.13" in run.stdout
    assert not (doorstep.folder / ".venv").exists()


@pytest.mark.parametrize(
    ("version", "compiler", "fits"),
    [
        ((3, 10, 9), False, False),
        ((3, 11, 0), False, True),
        ((3, 13, 7), False, True),
        ((3, 14, 0), False, False),
        ((3, 14, 0), True, True),
    ],
)
def test_a_python_for_which_packages_must_be_compiled_needs_a_compiler(doorstep, version, compiler, fits):
    """What is asked of a Python is asked of a real one that gives another version."""
    pretend = f"import sys; sys.version_info = {version}; exec(sys.argv[1])"
    original = Path(doorstep.environment["ORIGINAL"])
    asked = f'if [ "$1" = -c ]; then exec {sys.executable!r} -c \'{pretend}\' "$2"; fi\n'
    original.write_text(PROGRAM.replace("#!/bin/sh\n", f"#!/bin/sh\n{asked}"))
    if compiler:
        Path(doorstep.environment["PATH"], "cargo").symlink_to(shutil.which("true"))
    run = run_program([*doorstep.command, "setup"], doorstep.folder, env=doorstep.environment)
    assert (run.returncode == 0) == fits
    assert ("Python 3.11, 3.12 or 3.13 with venv is needed" in run.stdout) != fits
    assert (doorstep.folder / ".venv").exists() == fits
