"""No size that the configuration allows is too large for what comes after."""

import os
import sys

import numpy as np
import pytest
from PIL import Image

import verify
from project import TINY, run_program


@pytest.fixture
def small_limit(tmp_path_factory) -> dict[str, str]:
    """An environment in which Pillow takes pictures of more than 200 pixels for bombs, in every process."""
    folder = tmp_path_factory.mktemp("limit")
    (folder / "sitecustomize.py").write_text("from PIL import Image\nImage.MAX_IMAGE_PIXELS = 100\n")
    return {"PYTHONPATH": str(folder)}


def test_pillows_limit_is_none_for_our_own_pictures(project, small_limit):
    """Whole photos, sets, cut-outs, dithered ones: their pictures are above the limit at every step."""
    Image.linear_gradient("L").resize((40, 30)).save(project.folder / "photo.png")
    Image.radial_gradient("L").resize((40, 30)).save(project.folder / "mask.png")
    program = "from PIL import Image; Image.open('photo.png')"
    bomb = run_program([sys.executable, "-c", program], project.folder, env={**os.environ, **small_limit})
    assert "DecompressionBombError" in bomb.stdout
    project.config = TINY | {
        "images": {
            "cup": {"source": "photo.png", "palettes": {"two": ["black", "white"]}, "crop": {"left": 0.1}},
            "dotted": {"source": "photo.png", "mask": "mask.png", "reconstruct": {"dither": "floyd-steinberg"}},
            "set": {"source": ["photo.png", "skimage:coffee"], "together": True},
        },
        "n_clusters": [2],
        "scatter": {"static": False},
        "target": {"delta_e_mean": 12},
    }
    project.make(**small_limit)
    results = project.folder / "results"
    assert (results / "SHA256SUMS").exists()
    assert Image.open(results / "set/photos/photo/k2.png").size == (21, 16)


def test_a_strangers_picture_keeps_its_limit(project, small_limit):
    """That of the configuration, also where it is larger than Pillow's."""
    project.config["images"] = {
        "small": {"source": "skimage:coffee", "max_megapixels": 0.2},
        "large": {"source": "skimage:coffee"},
    }
    targets = [f"results/{image}/pixels.npz" for image in project.config["images"]]
    output = project.fail("--keep-going", *targets, **small_limit)
    assert "600 × 400 pixels, 0.24 megapixels, over the limit of 0.2; raise max_megapixels" in output
    assert [(project.folder / target).exists() for target in targets] == [False, True]


def test_large_renderings_are_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    picture = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    for name, pixels in (("a", picture), ("b", picture), ("c", 255 - picture)):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    assert verify.look_alike(tmp_path / "a.png", tmp_path / "b.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert not verify.look_alike(tmp_path / "a.png", tmp_path / "c.png")
