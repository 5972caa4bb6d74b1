"""A browser that draws ends with its job, and its end is told."""

import contextlib
import json
import os
import signal
import subprocess
import sys

import psutil

from photopalette.run.job import SCRIPTS
from project import has_ended, wait_until


def test_a_message_says_how_the_browser_ended(tmp_path):
    script = """
import os, subprocess, sys, time, types
from pathlib import Path
from photopalette.figures.render import _end_with_the_browser, _in_a_thread
for name, ends in enumerate(sys.argv[1:]):
    Path(str(name)).mkdir()
    if not os.fork():
        session = types.SimpleNamespace()
        _in_a_thread(lambda: _end_with_the_browser(session, Path(str(name))))
        time.sleep(0.05)
        session.subprocess = subprocess.Popen(["/bin/sh", "-c", ends])
        time.sleep(600)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.wait()[1]), Path(str(name), "fault").read_text())
"""
    run = subprocess.run(
        [sys.executable, "-c", script, "exit 0", "exit 1", "exit 3", "kill -9 $$", "kill -15 $$"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    ends = [f"it ended with exit code {code}" for code in (0, 1, 3)]
    ends += [f"it was killed by signal {number}" for number in (9, 15)]
    assert run.stdout.splitlines() == [f"1 {end}" for end in ends]


def test_a_browser_ends_with_the_job_it_draws_for(tmp_path):
    """However that ended: its end of a pipe closes."""
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\nsleep 1000\n")
    browser.chmod(0o755)
    (tmp_path / "figures.json").write_text(json.dumps([{"data": [], "layout": {"width": 300, "height": 260}}]))
    command = [sys.executable, SCRIPTS / "photopalette/figures/render.py", tmp_path, browser]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    try:
        wait_until(lambda: process.poll() is not None or psutil.Process(process.pid).children(recursive=True))
        assert process.poll() is None
        started = psutil.Process(process.pid).children(recursive=True)
        process.stdin.close()
        assert process.wait(timeout=600) == -signal.SIGKILL
        wait_until(lambda: all(has_ended(process.pid) for process in started))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
