"""The browser is found in the documented order, or its absence explained."""

import pytest

from _browser import BrowserError, browser_version, find_browser


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


def test_version_is_the_browsers_own():
    assert "." in browser_version(find_browser())
