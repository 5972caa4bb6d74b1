"""Run the whole pipeline in folders of the tests' own, on tiny images, with the real browser."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from chromium import PATIENCE, started_browser
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


@pytest.fixture
def open_page_of(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page of some results; at the end, none may have complained or asked the network for anything."""
    contexts, complaints, requests = [], [], []

    def open_page(
        results: Path, address: str, width: int = 1280, height: int = 720, before: str = "", **options: Any
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(before)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(f"{results.as_uri()}/{address}")
        if "explorer" in address and options.get("java_script_enabled", True):
            page.wait_for_selector("body[data-ready]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
