"""A folder of a test's own with the workflow in it, tiny images, and snakemake to run there."""

import copy
import fcntl
import functools
import json
import os
import pickle
import re
import resource
import shutil
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

ROOT = Path(__file__).parents[2]
TINY = {
    "images": {"tiny": {"source": "skimage:coffee"}},
    "n_clusters": [2, 3],
    "resize": {"width": 24, "height": 16},
    "kmeans": {"n_init": 2},
    "scatter": {"width": 200, "height": 180, "timeout": 600},
    # Without scikit-learn's, whose import takes longer than all of these.
    "compare": ["median-cut", "median-cut+kmeans", "octree", "imagequant", "wu"],
}
# Two thirds of a run, for tests that look at none of it: to be added to a config.
FIGURES = ("scatter", "error", "silhouette", "curves", "montage", "card", "explorer")
NUMBERS_ALONE = {"figures": dict.fromkeys(FIGURES, False), "compare": [], "target": None}
# The jobs of a run of TINY.
ALL_JOBS = {
    *["download", "resize", "flatten", "scatter", "error", "silhouette", "score", "answer", "recommend", "compare"],
    *["certify", "silhouette_plot", "curves", "montage", "card", "study", "explorer", "gallery", "provenance"],
    *(f"{rule}:{k}" for rule in ("cluster", "reconstruct") for k in (2, 3)),
}
PER_K = ("cluster", "reconstruct")


@functools.cache
def _warm(python: str) -> subprocess.Popen[str]:
    """Start a process that has imported Snakemake; it ends with this one."""
    program = [python, ROOT / "tests/support/warm.py"]
    return subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


class Project:
    """A folder with the workflow and a config (bytes, if it is to be broken) in which Snakemake is run."""

    timeout = 1800  # seconds a run: only one that hangs takes that long, whatever else the machine does

    def __init__(self, folder: Path, config: dict[str, Any]):
        self.folder = folder
        self.config: dict[str, Any] | bytes = copy.deepcopy(config)
        shutil.copy(ROOT / "environment.yml", folder)
        shutil.copy(ROOT / "Snakefile", folder)
        for name in ("profiles", "workflow"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"), symlinks=True)
        (folder / "config").mkdir()

    def copy(self, folder: Path) -> "Project":
        """Copy everything to another folder with its times, so that nothing in it is out of date."""
        other = copy.deepcopy(self)
        other.folder = shutil.copytree(self.folder, folder, symlinks=True)
        return other

    def write_config(self) -> None:
        text = self.config if isinstance(self.config, bytes) else yaml.safe_dump(self.config, sort_keys=False).encode()
        (self.folder / "config/config.yaml").write_bytes(text)

    def snakemake(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Snakemake: it and its jobs are freshly started if they are to have an environment of their own.

        Else they are forks of processes that have imported what they need (tests/support/warm.py).
        """
        self.write_config()
        command = [sys.executable, "-m", "snakemake", *arguments]
        with tempfile.NamedTemporaryFile("r+", errors="replace") as output:
            if environment:
                code = subprocess.run(
                    command,
                    cwd=self.folder,
                    env={**os.environ, **environment},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    timeout=self.timeout,
                ).returncode
            else:
                request = [str(self.folder), arguments, dict(os.environ), output.name, self.timeout]
                warm = _warm(sys.executable)
                print(json.dumps(request), file=warm.stdin, flush=True)
                code = int(warm.stdout.readline())
                if code == -signal.SIGALRM:
                    raise subprocess.TimeoutExpired(command, self.timeout)
            output.seek(0)
            return subprocess.CompletedProcess(command, code, output.read())

    def make(self, *arguments: str, **environment: str) -> str:
        """Run Snakemake, which must end well, and return what it said."""
        run = self.snakemake("--cores", "2", *arguments, **environment)
        _must_have_ended_well(run)
        return run.stdout

    def fail(self, *arguments: str, **environment: str) -> str:
        """Run Snakemake, which must end with an error but without a traceback, and return what it said."""
        run = self.snakemake("--cores", "2", *arguments, **environment)
        if run.returncode != 1 or "Traceback" in run.stdout:
            raise AssertionError(run.stdout)
        return run.stdout

    def verify(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the experiment again and compare, as `make verify` does."""
        command = [sys.executable, "workflow/verify.py", "--cores", "2"]
        return run_program(command, self.folder, env={**os.environ, **environment}, timeout=self.timeout)

    def planned(self, *arguments: str) -> Counter[str]:
        """Count the jobs that a run would do, as rule or as rule:k."""
        run = self.snakemake("--summary", *arguments)
        _must_have_ended_well(run)
        jobs = set()
        for line in run.stdout.splitlines():
            if line.endswith("\tupdate pending"):
                file, _, rule, *_ = line.split("\t")
                k = re.search(r"/k(\d+)/", file) if rule in PER_K else None
                image = re.search(r"data/raw/([^/]+)|results/([^/]+)/|", file)[0]
                jobs.add((f"{rule}:{k[1]}" if k else rule, image.removeprefix("data/raw/")))
        return Counter(job for job, _ in jobs)

    def products(self) -> dict[str, bytes]:
        """Read every file of the results."""
        results = self.folder / "results"
        return {
            str(path.relative_to(results)): path.read_bytes() for path in sorted(results.rglob("*")) if path.is_file()
        }


def run_program(command: list[str | Path], folder: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, without input, and gather all that it prints."""
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, **output, **options)


def use_environment_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an environment without packages, whose Python runs Snakemake from now on; return the folder for packages."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (folder / "share").symlink_to(Path(sys.prefix, "share"))  # compiled code
    monkeypatch.setattr(sys, "executable", str(folder / "bin/python"))
    monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")
    (packages,) = folder.glob("lib/python*/site-packages")
    return packages


def wait_until(condition: Callable[[], Any]) -> None:
    """Wait for an event, however long the machine takes; half an hour is for those that never come."""
    end = time.monotonic() + 1800
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def has_ended(pid: int) -> bool:
    """Tell whether a process is gone, or would be if its parent had asked how it ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextmanager
def no_room(size: int = 100) -> Iterator[None]:
    """Let files of this process not grow beyond so many bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _must_have_ended_well(run: subprocess.CompletedProcess[str]) -> None:
    """Fail where a run has; an assert outside of the tests themselves would be left out by `python -O`."""
    if run.returncode:
        raise AssertionError(run.stdout)


@contextmanager
def listening(server: socketserver.BaseServer) -> Iterator[socketserver.BaseServer]:
    """Let a server answer in a thread of its own, which ends at once and not when it looks for that twice a second."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def shared(factory: pytest.TempPathFactory, name: str, finish: Callable[[Path], Project]) -> Project:
    """Finish a project once for all processes that run tests side by side; each gets a copy of its own.

    Parameters
    ----------
    factory
        pytest's.
    name
        Of the folder.
    finish
        Makes a project in a folder that is empty, and runs it.
    """
    base = factory.getbasetemp()
    # Each of several processes has a folder in one that is of them all.
    common = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    common.mkdir(exist_ok=True)
    with (common / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder, done = common / name, common / f"{name}.pickle"
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            done.write_bytes(pickle.dumps(finish(folder)))
    return pickle.loads(done.read_bytes()).copy(factory.mktemp(name) / "project")
