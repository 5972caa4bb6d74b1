"""Run the whole pipeline in folders of the tests' own, on tiny images, with the real browser."""

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from project import TINY, Project, shared


@pytest.fixture
def project(tmp_path) -> Project:
    """A project that has not run."""
    return Project(tmp_path, TINY)


@pytest.fixture(scope="session")
def finished_once(tmp_path_factory) -> Project:
    """A project that has run to its end, for tests that only read it."""

    def finish(folder: Path) -> Project:
        project = Project(folder, TINY)
        project.make()
        return project

    return shared(tmp_path_factory, "finished", finish)


@pytest.fixture(scope="session")
def backup(finished_once, tmp_path_factory) -> Path:
    return shutil.copytree(finished_once.folder, tmp_path_factory.mktemp("backup") / "finished")


@pytest.fixture
def finished(finished_once, backup) -> Iterator[Project]:
    """A project that has run to its end, put back as it was after the test."""
    project = copy.copy(finished_once)
    project.config = copy.deepcopy(TINY)
    yield project
    shutil.rmtree(project.folder)
    shutil.copytree(backup, project.folder)
