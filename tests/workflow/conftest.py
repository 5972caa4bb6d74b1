"""Run the whole pipeline in folders of the tests' own, on tiny images, with the real browser."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from chromium import started_browser
from project import TINY, Project, shared


@pytest.fixture
def project(tmp_path) -> Project:
    """A project that has not run."""
    return Project(tmp_path, TINY)


@pytest.fixture(scope="session")
def finished_once(tmp_path_factory) -> Project:
    """A project that has run to its end, for tests that only read it; as users run it, in processes of its own."""

    def finish(folder: Path) -> Project:
        project = Project(folder, TINY)
        project.make(PATH=os.environ["PATH"])
        return project

    return shared(tmp_path_factory, "finished", finish)


@pytest.fixture
def finished(finished_once, tmp_path_factory) -> Iterator[Project]:
    """A project that has run to its end, for one test alone."""
    project = finished_once.copy(tmp_path_factory.mktemp("finished") / "project")
    yield project
    shutil.rmtree(project.folder)


@pytest.fixture
def folder(finished_once) -> Path:
    """The results of that project's image."""
    return finished_once.folder / "results/tiny"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser to open pages in."""
    with started_browser() as browser:
        yield browser
