"""What all tests share."""

import gc
import importlib.util
import signal

import numpy as np
import pytest
from PIL import Image

from flatten import flatten
from photopalette.color.table import ColorTable
from photopalette.photo.fetch import bundled_path

pytest.register_assert_rewrite("pictures")
# A shell that runs the tests in the background has them, and all that they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
if importlib.util.find_spec("hypothesis"):  # where a cluster or a bucket is tested, it is not
    from hypothesis import settings

    settings.load_profile("ci")  # the same examples every time, however long they take


def pytest_collection_finish() -> None:
    """Keep the garbage collector from what was imported: that took a sixth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def in_folder(tmp_path, monkeypatch) -> None:
    """Run a test in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def coffee() -> np.ndarray:
    """A small photograph, (64, 96, 3) uint8."""
    return np.asarray(Image.open(bundled_path("skimage:coffee")).convert("RGB").resize((96, 64)))


@pytest.fixture(scope="session")
def coffee_table(coffee) -> ColorTable:
    return flatten(coffee)
