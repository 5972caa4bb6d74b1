"""The browser is found in the documented order, or its absence explained."""

import os
import subprocess
import sys

import pytest

from photopalette.figures.browser import BrowserError, browser_version, find_browser, install_browser
from project import ROOT, has_ended, wait_until


def program(folder, name, script="echo Chromium 156.0"):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_browser_path_wins(tmp_path, monkeypatch):
    mine = program(tmp_path, "mine")
    monkeypatch.setenv("BROWSER_PATH", mine)
    assert find_browser() == mine


def test_headless_shell_is_preferred(tmp_path, monkeypatch):
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    program(tmp_path, "chromium")
    shell = program(tmp_path, "chromium-headless-shell")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_browser() == shell


def test_wrong_browser_path_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "nowhere"))
    with pytest.raises(BrowserError, match="nowhere', which is not a program"):
        find_browser()


def test_a_missing_browser_comes_with_three_remedies(tmp_path, monkeypatch):
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("choreographer.browsers.chromium.Chromium.find_browser", lambda **_: None)
    with pytest.raises(BrowserError) as error:
        find_browser()
    for remedy in ("apt-get install chromium-headless-shell", "BROWSER_PATH", "kaleido_get_chrome", "static: false"):
        assert remedy in str(error.value)


UNUSABLE = {
    "echo 'Command requires the chromium snap to be installed.' >&2; exit 1": "requires the chromium snap",
    "echo 'libnss3.so: cannot open shared object file' >&2; exit 127": "libnss3.so: cannot open shared object",
    "exit 1": "does not report its version (exit code 1)",
    "exit 0": "does not report its version",
    "echo installed soon": "says: installed soon",
}


@pytest.mark.parametrize("script", UNUSABLE)
def test_a_browser_that_does_not_work_is_passed_over(tmp_path, monkeypatch, script):
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    monkeypatch.setattr("choreographer.browsers.chromium.Chromium.find_browser", lambda **_: stub)
    stub = program(tmp_path, "chromium-headless-shell", script)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserError) as error:
        find_browser()
    assert str(error.value).count(UNUSABLE[script]) == 1
    assert "kaleido_get_chrome" in str(error.value)
    good = program(tmp_path, "google-chrome")
    assert find_browser() == good
    monkeypatch.setenv("BROWSER_PATH", stub)
    with pytest.raises(BrowserError, match="BROWSER_PATH does not name a working browser"):
        find_browser()


def test_a_program_that_cannot_be_started_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    monkeypatch.setattr("choreographer.browsers.chromium.Chromium.find_browser", lambda **_: None)
    (tmp_path / "chromium").write_bytes(b"\x7fELF of another machine")
    (tmp_path / "chromium").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserError, match="chromium can't be started: Exec format error"):
        find_browser()


def test_what_a_browser_started_ends_with_the_question(tmp_path):
    """A wrapper's child, which would be left behind."""
    wrapper = program(tmp_path, "wrapper", f"sleep 1000 & echo $! > {tmp_path}/child; echo Chromium 156.0")
    assert browser_version(wrapper) == "Chromium 156.0"
    child = int((tmp_path / "child").read_text())
    wait_until(lambda: has_ended(child))


def test_the_version_is_the_last_line_with_a_number(tmp_path):
    script = "echo 'WARNING: no bus'; echo ' Chromium 156.0 '; echo; echo bye"
    assert browser_version(program(tmp_path, "talker", script)) == "Chromium 156.0"


@pytest.mark.parametrize(
    ("user", "works", "tried"),
    [
        (0, "chromium-headless-shell", ["apt-get update", "apt-get chromium-headless-shell"]),
        (0, "chromium", ["apt-get update", "apt-get chromium-headless-shell", "apt-get chromium"]),
        (0, None, ["apt-get update", "apt-get chromium-headless-shell", "apt-get chromium", "kaleido_get_chrome"]),
        (1000, None, ["kaleido_get_chrome"]),
    ],
)
def test_a_browser_is_installed_by_the_first_way_that_works(tmp_path, monkeypatch, user, works, tried):
    log = tmp_path / "log"
    chosen = f"""
for word; do last=$package; package=$word; done
[ "$1" = update ] && {{ echo apt-get update >> {log}; exit 0; }}
echo "apt-get $last" >> {log}; [ "$last $package" = "{works} fonts-dejavu-core" ]"""
    program(tmp_path, "apt-get", chosen)
    program(tmp_path, "kaleido_get_chrome", f'[ "$1" = -y ] && echo kaleido_get_chrome >> {log}')
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr("photopalette.figures.browser.find_browser", lambda: "the browser")
    assert install_browser() == "the browser"
    assert log.read_text().splitlines() == tried


def test_each_attempt_is_announced_and_may_fail(tmp_path):
    script = "from photopalette.figures.browser import _attempt as a;"
    script += "print(a('echo', 'x'), a('no-such-program'), a('false'))"
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT / "workflow/scripts",
        env={**os.environ, "PYTHONUNBUFFERED": ""},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines() == [
        *("+ echo x", "x", "+ no-such-program"),
        "[Errno 2] No such file or directory: 'no-such-program'",
        *("+ false", "True False False"),
    ]


def test_version_is_the_browsers_own():
    assert "." in browser_version(find_browser())
