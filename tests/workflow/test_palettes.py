"""Pictures in palettes that the config gives."""

import shutil

import numpy as np
import yaml
from PIL import Image

from project import NUMBERS_ALONE, ROOT


def test_pictures_in_given_palettes_need_no_fit_and_are_made_again_with_their_palettes(project):
    project.config |= NUMBERS_ALONE | {"resize": None, "palettes": {"ink": ["white", "navy"], "file": "a.hex"}}
    project.config["images"] = {"tiny": {"source": "photo.png"}, "other": {"source": "photo.png"}}
    project.config["images"]["other"]["palettes"] = {"file": None}
    photo = np.random.default_rng(0).integers(0, 256, (150, 200, 3), dtype=np.uint8)
    Image.fromarray(photo).save(project.folder / "photo.png")
    (project.folder / "a.hex").write_text("ff0000\n00ff00\n0000ff\n")
    wanted = [f"results/tiny/palettes/{name}.png" for name in ("ink", "file")]
    project.make(*wanted)
    assert {path.name for path in (project.folder / "logs").iterdir()} == {"download", "resize", "flatten", "repaint"}
    pictures = [Image.open(project.folder / path) for path in wanted]
    assert [picture.size for picture in pictures] == [(200, 150)] * 2
    assert pictures[0].getpalette() == [255, 255, 255, 0, 0, 128]
    assert (np.asarray(pictures[1]) == photo.argmax(axis=2)).mean() > 0.98
    # A run makes them all, and only what has changed is made again.
    project.make()
    made = {str(path.relative_to(project.folder / "results")) for path in project.folder.glob("results/*/palettes/*")}
    assert made == {"tiny/palettes/ink.png", "tiny/palettes/file.png", "other/palettes/ink.png"}
    assert all(f"  {path}\n" in (project.folder / "results/SHA256SUMS").read_text() for path in made)
    (project.folder / "a.hex").write_text("ff0000\n00ff00\n")
    planned = project.planned()
    assert planned["repaint"]
    assert not {"cluster:2", "flatten"} & set(planned)


def test_only_palettes_that_are_given_have_pictures(project):
    project.config["palettes"] = {"ink": ["white", "navy"]}
    assert "results/tiny/palettes/inc.png" in project.fail("results/tiny/palettes/inc.png")
    assert not (project.folder / "results").exists()


def test_the_example_of_a_panel_has_a_picture_of_its_size_and_its_colours(project):
    project.config = yaml.safe_load((ROOT / "config/epaper.yaml").read_text())
    shutil.copytree(ROOT / "config/examples", project.folder / "config/examples")
    project.make("results/coffee/palettes/epaper.png")
    picture = Image.open(project.folder / "results/coffee/palettes/epaper.png")
    assert picture.size == (800, 480)
    sent = np.reshape(picture.getpalette(), (-1, 3))
    assert set(np.unique(sent)) == {0, 255}
    # Most of the coffee photograph is brown: its dots are red, black and yellow, as the panel shows them.
    counts = np.bincount(np.asarray(picture).ravel(), minlength=6)
    assert set(np.argsort(-counts)[:3].tolist()) == {0, 2, 3}
