"""What the tests of configurations share."""

import pytest


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch) -> None:
    """Run each test in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
