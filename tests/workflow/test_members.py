"""Palettes of colours that the photograph has, in a whole run."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from project import NUMBERS_ALONE, TINY, Project
from tables import read_csv

KEEP = "#e4002b"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Of means, of members, and of members beside a colour that is kept, which the photograph does not have."""
    project = Project(tmp_path_factory.mktemp("members"), TINY | NUMBERS_ALONE)
    photo, member = {"source": "skimage:coffee"}, {"colors": "member"}
    project.config |= {
        "images": {
            "mean": photo,
            "member": photo | {"palette": member},
            "kept": photo | {"palette": member, "kmeans": {"keep": [KEEP], "space": "oklab"}},
        },
        "n_clusters": [4, 8],
        "target": {"delta_e_mean": 5},
        "certify": "all",
    }
    project.make()
    return project.folder / "results"


def shown(picture):
    picture = Image.open(picture)
    palette = np.reshape(picture.getpalette(), (-1, 3))
    return {tuple(color) for color in palette.tolist()}, np.asarray(picture.convert("RGB")).astype(int)


def pictures(folder):
    for name in ("k4", "k8", "answer"):
        yield shown(folder / name / "reconstructed.png")
    with zipfile.ZipFile(folder / "answer/stops.zip") as archive:
        for name in archive.namelist():
            if name.endswith("reconstructed.png"):
                yield shown(io.BytesIO(archive.read(name)))


@pytest.mark.parametrize(("image", "others"), [("member", set()), ("kept", {(228, 0, 43)})])
def test_every_palette_is_of_colours_of_the_photo(image, others, results):
    photo = np.asarray(Image.open(results / image / "resized.png").convert("RGB"))
    own = {tuple(color) for color in photo.reshape(-1, 3).tolist()}
    assert not others & own
    count = 0
    for palette, _ in pictures(results / image):
        assert palette - own == others
        count += 1
    assert count > 4
    assert any(palette - own for palette, _ in pictures(results / "mean"))


def test_inertia_is_that_of_the_picture_and_bounded_by_the_proof(results):
    photo = np.asarray(Image.open(results / "member/resized.png").convert("RGB")).astype(int)
    certificates = {row["k"]: row for row in read_csv(results / "member/certificates.csv")}
    means = {row["k"]: row for row in read_csv(results / "mean/scores.csv")}
    for row in read_csv(results / "member/scores.csv"):
        _, picture = shown(results / f"member/k{row['k']}/reconstructed.png")
        squares = int(((photo - picture) ** 2).sum())
        assert float(row["inertia"]) == squares == float(certificates[row["k"]]["inertia"])
        # The bound is of any colours, and so lies below the means, which do better than members.
        assert float(row["lower_bound"]) < float(means[row["k"]]["inertia"]) < squares
        assert float(row["gap"]) == pytest.approx(100 * (1 - float(row["lower_bound"]) / squares), abs=1e-4)


@pytest.mark.parametrize("image", ["member", "kept"])
def test_the_answer_is_the_fewest_members_that_meet_the_target(image, results):
    search = json.loads((results / image / "answer/search.json").read_text())
    tried = {row["k"]: row for row in search["tried"]}
    assert tried[search["k"]]["delta_e_mean"] <= 5
    assert all(row["delta_e_mean"] > 5 for k, row in tried.items() if k < search["k"])
    for row in read_csv(results / image / "scores.csv"):
        if int(row["k"]) in tried:
            same = tried[int(row["k"])]
            assert (float(row["inertia"]), int(row["png_bytes"])) == (same["inertia"], same["png_bytes"])
