"""The explorer shows the picture first, whatever its shape, and what there is to say of it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from project import FIGURES, Project, shared


def draw(height: int, width: int) -> np.ndarray:
    """Draw a smooth picture with some noise, (height, width, 3) uint8, from orange to grey."""
    y, x = np.mgrid[:height, :width]
    base = np.stack([200 - 150 * y / height, 150 - 90 * x / width, 60 + 90 * y / height], axis=2)
    return (base + np.random.default_rng(1).normal(0, 6, base.shape)).clip(0, 255).astype(np.uint8)


PHOTOS = {
    "landscape": draw(64, 96),
    "portrait": draw(96, 64),
    "flat": np.full((40, 60, 3), (31, 96, 140), np.uint8),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    def finish(folder: Path) -> Project:
        config = {
            "images": {name: {"source": f"{name}.png"} for name in PHOTOS},
            "n_clusters": [2, 3],
            "resize": None,
            "kmeans": {"n_init": 2},
            "compare": [],
            "figures": dict.fromkeys(FIGURES, False) | {"explorer": True},
        }
        project = Project(folder, config)
        for name, pixels in PHOTOS.items():
            Image.fromarray(pixels).save(project.folder / f"{name}.png")
        project.make()
        return project

    return shared(tmp_path_factory, "layout", finish).folder / "results"


@pytest.fixture
def open_explorer(browser, results):
    """Open the page of an image; at the end, none may have complained."""
    contexts, complaints = [], []

    def open_explorer(name, width=1280, height=720, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((results / name / "explorer.html").as_uri())
        if options.get("java_script_enabled", True):
            page.wait_for_selector("body[data-ready]")
        return page

    yield open_explorer
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize(
    ("width", "height", "options"), [(1280, 720, {}), (390, 844, {"has_touch": True, "is_mobile": True})]
)
@pytest.mark.parametrize("name", PHOTOS)
def test_most_of_the_picture_and_the_slider_are_on_the_first_screen(open_explorer, name, width, height, options):
    page = open_explorer(name, width, height, **options)
    frame, slider, head = (page.locator(node).bounding_box() for node in ("#frame", "#k", "h1"))
    seen = min(frame["y"] + frame["height"], height) - frame["y"]
    assert seen >= 0.5 * frame["height"]
    assert frame["height"] >= 0.25 * height
    assert head["y"] + head["height"] <= slider["y"] < frame["y"]
    assert page.locator(".why").get_attribute("open") is None
