"""Whatever ends a run, the next one carries on and makes the same bytes."""

import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import psutil
import pytest

from photopalette.figures.browser import find_browser
from project import run_program, wait_until
from server import serving

KILLS = 12


def start(project, *arguments, output=subprocess.DEVNULL):
    """Start a run in a process group of its own."""
    project.write_config()
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "2", *arguments],
        cwd=project.folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


def files(project):
    """List all files that a run has made so far; what vanishes meanwhile is passed over."""
    folders = [folder for name in ("data", "logs", "results") for folder in os.walk(project.folder / name)]
    return {os.path.join(folder, name) for folder, _, names in folders for name in names}


def test_killed_at_random_moments(project, finished_once):
    """SIGKILL to the whole process group, time and again, then a plain run."""
    expected, chance = finished_once.products(), random.Random(0)
    for _ in range(KILLS):
        # Moments are counted in files: how many seconds a job takes depends on the machine.
        before, number, later = files(project), chance.randint(1, 12), chance.uniform(0, 0.3)
        run = start(project)
        while run.poll() is None and len(files(project) - before) < number:
            time.sleep(0.05)
        time.sleep(later)
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
        else:
            # It was faster: begin again.
            shutil.rmtree(project.folder / "results")
    project.make()
    assert project.products() == expected


@contextmanager
def slow_server():
    """A server that answers no request before it is told to go on; it tells when it was asked."""
    asked, go_on = threading.Event(), threading.Event()

    def answer(_request):
        asked.set()
        go_on.wait()
        return b"P6 1 1 255\n\0\0\0"

    with serving(answer) as server:
        try:
            yield f"{server.url}/photo.png", asked, go_on
        finally:
            go_on.set()


def test_a_second_run_is_kept_out_while_the_first_is_at_work(project):
    with slow_server() as (url, asked, _):
        project.config |= {"images": {"slow": {"source": url}}, "download": {"timeout": 3600}}
        first = start(project)
        try:
            wait_until(lambda: asked.is_set() or first.poll() is not None)
            second = project.fail()
            assert first.poll() is None
            assert "Another run is active in" in second
        finally:
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()


def is_idle(process):
    """Tell whether all threads of a process wait for something, and did nothing between ten looks at them."""

    def look():
        threads = [psutil.Process(thread.id).status() for thread in process.threads()]
        return process.cpu_times()[:2], set(threads)

    try:
        looks = [(look(), time.sleep(0.05))[0] for _ in range(10)]
    except psutil.NoSuchProcess:  # a thread has ended
        return False
    return all(look == (looks[0][0], {psutil.STATUS_SLEEPING}) for look in looks)


@pytest.mark.parametrize("jobs_too", [True, False])
def test_an_interrupted_run_says_so_and_sums_up_nothing(project, jobs_too):
    """By Ctrl-C, which reaches the jobs as well, or by a signal to Snakemake alone."""
    (project.folder / "page.jpg").write_text("")
    with slow_server() as (url, asked, go_on):
        project.config["images"] = {"page": {"source": "page.jpg"}, "slow": {"source": url}}
        project.config["download"] = {"timeout": 3600}
        said = project.folder / "said"
        with said.open("w") as output:
            run = start(project, "--keep-going", output=output)
            logs = project.folder / ".snakemake/log"
            # The broken photo has failed for good, the other one is at work.
            wait_until(lambda: run.poll() or asked.is_set())
            wait_until(lambda: run.poll() or any(log.read_text().count("Error in rule") == 3 for log in logs.glob("*")))
            # A signal that comes while it still accounts for the failure ends Snakemake in a traceback of its own.
            wait_until(lambda: run.poll() is not None or is_idle(psutil.Process(run.pid)))
            if run.poll() is None:
                (os.killpg if jobs_too else os.kill)(run.pid, signal.SIGINT)
            # Snakemake itself waits for its jobs.
            wait_until(lambda: run.poll() is not None or (not jobs_too and "on user request" in said.read_text()))
            go_on.set()
            run.wait()
    words = said.read_text()
    assert run.returncode == 1
    assert "Traceback" not in words
    assert "summarized" not in words
    assert re.search(
        r"^2 images, none finished in .*\n1 failed; finished results are kept:\n  - page: page\.jpg is empty .*\n"
        r"Stopped before the end: run again to go on from there\.\n\Z",
        words,
        re.MULTILINE,
    ), words


# It reads what it is to do, and dies: the first time, or every time.
BROWSER = """\
#!/bin/sh
case " $* " in *" --version "*) exec {browser} "$@";; esac
if {always} || test ! -e {once}; then
    head -c 1 <&3 >{once}
    kill -9 $$
fi
exec {browser} "$@"
"""


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
    return [*processes, *folder.iterdir()]


# One that dies while it draws, or hangs, is in test_scatter.py.
@pytest.mark.parametrize("always", [False, True])
def test_a_browser_in_trouble_is_replaced_once(project, finished_once, tmp_path_factory, always):
    temporary = tmp_path_factory.mktemp("temporary")
    browser = project.folder / "browser"
    once = shlex.quote(str(project.folder / "once"))
    browser.write_text(BROWSER.format(browser=shlex.quote(find_browser()), always=str(always).lower(), once=once))
    browser.chmod(0o755)
    environment = {"BROWSER_PATH": str(browser), "TMPDIR": str(temporary)}
    if always:
        output = project.fail("results/tiny/scatter.png", **environment)
        assert "failed to render twice" in output
        assert "set BROWSER_PATH to another browser" in output
    else:
        project.make("results/tiny/scatter.png", **environment)
        assert project.products()["tiny/k2/scatter.png"] == finished_once.products()["tiny/k2/scatter.png"]
        assert "starting another one" in (project.folder / "logs/scatter/tiny.log").read_text()
    wait_until(lambda: not left_behind(temporary))


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
    run = run_program(["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script], project.folder)
    assert run.returncode == 0, run.stdout
    first = (project.folder / "first.log").read_text()
    assert "can't be written: the disk is full; free some space and run again" in first
    assert "Traceback" not in first
    again = (project.folder / "second.log").read_text()
    assert "rule download" not in again
    project.folder = kept
    assert project.products() == finished_once.products()
