"""Whatever ends a run, the next one carries on and makes the same bytes."""

import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from project import shebang

KILLS = 12


def start(project):
    """Start a run in a process group of its own."""
    project.write_config()
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "2"],
        cwd=project.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def test_killed_at_random_moments(project, finished_once):
    """SIGKILL to the whole process group, time and again, then a plain run."""
    expected, chance = finished_once.products(), random.Random(0)
    for _ in range(KILLS):
        run = start(project)
        try:
            run.wait(timeout=chance.uniform(1, 4))
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
        else:
            # It was faster: begin again.
            shutil.rmtree(project.folder / "results")
    project.make()
    assert project.products() == expected


def test_a_second_run_is_kept_out_while_the_first_is_at_work(project):
    first = start(project)
    try:
        while not (project.folder / "logs/download/tiny.log").exists():
            assert first.poll() is None
            time.sleep(0.05)
        second = project.snakemake("--cores", "1")
        assert second.returncode
        assert "Another run is active in" in second.stdout
        assert "Traceback" not in second.stdout
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()


FAULTS = {"dies": signal.SIGKILL, "hangs": signal.SIGSTOP}
# A wrapper such as Debian's is a process of its own, so its children are meant too.
BROWSER = """\
{shebang}
import os, psutil, sys, time
if "--version" not in sys.argv and ({always} or not os.path.exists("{once}")):
    open("{once}", "w").close()
    browser = psutil.Process()
    if not os.fork():
        time.sleep(1)
        for process in [*browser.children(recursive=True), browser]:
            if process.pid != os.getpid():
                process.send_signal({signal:d})
        os._exit(0)
os.execv("{browser}", ["{browser}", *sys.argv[1:]])
"""


def browser(folder, fault, always):
    """A browser that is sent a signal a second after its start: the first time, or every time."""
    from _browser import find_browser

    path = folder / "browser"
    path.write_text(
        BROWSER.format(
            shebang=shebang(),
            always=always,
            once=folder / "once",
            signal=FAULTS[fault],
            browser=find_browser(),
        )
    )
    path.chmod(0o755)
    return str(path)


def left_behind(folder):
    """Processes and temporary folders of a run whose TMPDIR is a folder of its own."""
    processes = []
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except psutil.Error:
            continue
        if environment.get("TMPDIR") == str(folder):
            processes.append(process)
    return processes, list(folder.iterdir())


# One that hangs every time takes long to be given up, and is in test_scatter.py.
@pytest.mark.parametrize(("fault", "always"), [("dies", False), ("hangs", False), ("dies", True)])
def test_a_browser_in_trouble_is_replaced_once(project, finished_once, tmp_path_factory, fault, always):
    temporary = tmp_path_factory.mktemp("temporary")
    # Enough figures that the browser is at work when the signal comes.
    project.config["n_clusters"] = list(range(2, 8))
    project.config["scatter"]["timeout"] = 8
    run = project.snakemake(
        "--cores",
        "2",
        "results/tiny/scatter.png",
        BROWSER_PATH=browser(project.folder, fault, always),
        TMPDIR=str(temporary),
    )
    if always:
        assert run.returncode
        assert "failed to render twice" in run.stdout
        assert "set BROWSER_PATH to another browser" in run.stdout
        assert "Traceback" not in run.stdout
    else:
        assert run.returncode == 0, run.stdout
        assert project.products()["tiny/k2/scatter.png"] == finished_once.products()["tiny/k2/scatter.png"]
        assert "starting another one" in (project.folder / "logs/scatter/tiny.log").read_text()
    assert left_behind(temporary) == ([], [])


def test_a_full_disk(project, finished_once, tmp_path_factory):
    """A results folder on a disk of its own, too small at first, then made larger."""
    project.write_config()
    kept, python = tmp_path_factory.mktemp("kept"), shlex.quote(sys.executable)
    script = f"""
        mkdir results
        mount -t tmpfs -o size=300k none results
        {python} -m snakemake --cores 2 > first.log 2>&1 && exit 1
        mount -o remount,size=100m results
        {python} -m snakemake --cores 2 > second.log 2>&1 || exit 2
        cp -r results {kept}
    """
    # In a namespace of its own, where anyone may mount, and which takes the disk along at its end.
    run = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        cwd=project.folder,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    first = (project.folder / "first.log").read_text()
    assert "can't be written: the disk is full; free some space and run again" in first
    assert "Traceback" not in first
    again = (project.folder / "second.log").read_text()
    assert "rule download" not in again
    project.folder = kept
    assert project.products() == finished_once.products()
