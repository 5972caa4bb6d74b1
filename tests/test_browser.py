"""The browser is found in the documented order, or its absence explained."""

import pytest

from _browser import BrowserError, find_browser


def program(folder, name):
    path = folder / name
    path.write_text("#!/bin/sh\n")
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
    with pytest.raises(BrowserError, match="nowhere', which is no program"):
        find_browser()


def test_absence_comes_with_three_remedies(tmp_path, monkeypatch):
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("choreographer.browsers.chromium.Chromium.find_browser", lambda **_: None)
    with pytest.raises(BrowserError) as error:
        find_browser()
    for remedy in ("apt-get install chromium-headless-shell", "BROWSER_PATH", "kaleido_get_chrome", "static: false"):
        assert remedy in str(error.value)
