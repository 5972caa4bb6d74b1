"""One palette for a set of photos: the study of their sheet, and each photo in it by itself."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity
from sklearn.cluster import KMeans

from project import Project, shared
from tables import read_csv

N_CLUSTERS = [2, 3]
SHAPES = {"a": (12, 16), "b": (16, 10), "c": (9, 9)}


def draw(name: str) -> np.ndarray:
    rng = np.random.default_rng(ord(name))
    height, width = SHAPES[name]
    base = {"a": (200, 60, 40), "b": (40, 80, 200), "c": (60, 180, 70)}[name]
    return (np.array(base) + rng.integers(-40, 41, (height, width, 3))).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Project:
    return shared(tmp_path_factory, "together", finish)


def finish(folder: Path) -> Project:
    project = Project(
        folder,
        {
            "images": {
                "trip": {"source": "photos/*.png", "together": True},
                "alone": {"source": ["photos/a.png"], "together": True, "kmeans": {"space": "oklab"}},
            },
            "n_clusters": N_CLUSTERS,
            "resize": None,
            "compare": [],
            "target": None,
            "scatter": {"static": False},
        },
    )
    (project.folder / "photos").mkdir()
    for name in SHAPES:
        Image.fromarray(draw(name)).save(project.folder / f"photos/{name}.png")
    project.make()
    return project


def test_all_pixels_of_all_photos_are_fitted_and_the_gaps_are_not(finished):
    folder = finished.folder / "results/trip"
    pixels = np.concatenate([draw(name).reshape(-1, 3) for name in SHAPES])
    with np.load(folder / "pixels.npz") as table:
        counted = dict(zip(map(tuple, table["colors"].tolist()), table["counts"].tolist(), strict=True))
    colors, counts = np.unique(pixels, axis=0, return_counts=True)
    assert counted == dict(zip(map(tuple, colors.tolist()), counts.tolist(), strict=True))
    for row, k in zip(read_csv(folder / "scores.csv"), N_CLUSTERS, strict=True):
        assert int(row["pixels"]) == len(pixels)
        best = KMeans(k, n_init=10, random_state=0).fit(pixels.astype(float)).inertia_
        assert float(row["inertia"]) == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("name", SHAPES)
def test_each_photo_is_cut_out_in_the_common_palette_and_scored(finished, name):
    folder = finished.folder / "results/trip"
    original = draw(name)
    assert (np.asarray(Image.open(folder / f"photos/{name}/resized.png")) == original).all()
    rows = {int(row["k"]): row for row in read_csv(folder / "photos.csv") if row["photo"] == name}
    assert list(rows) == N_CLUSTERS
    for k, row in rows.items():
        path = folder / f"photos/{name}/k{k}.png"
        shown = np.asarray(Image.open(path).convert("RGB"))
        palette = [[int(color[channel]) for channel in "rgb"] for color in read_csv(folder / f"k{k}/palette.csv")]
        distances = ((original[:, :, None].astype(int) - np.array(palette)) ** 2).sum(axis=3)
        assert (shown == np.array(palette)[distances.argmin(axis=2)]).all()
        assert float(row["mse"]) == pytest.approx(distances.min(axis=2).mean(), abs=1e-4)
        assert float(row["ssim"]) == pytest.approx(structural_similarity(original, shown, channel_axis=2), abs=1e-4)
        assert int(row["png_bytes"]) == path.stat().st_size
        assert int(row["pixels"]) == original.shape[0] * original.shape[1]


def test_a_set_of_one_photo_is_studied_like_the_photo_alone(finished):
    folder = finished.folder / "results/alone"
    assert (np.asarray(Image.open(folder / "resized.png")) == draw("a")).all()
    assert read_csv(folder / "photos.csv")[0]["mse"] == read_csv(folder / "scores.csv")[0]["mse"]


def test_pages_and_sums_know_the_set(finished):
    assert 'href="trip/explorer.html' in (finished.folder / "results/index.html").read_text()
    sums = (finished.folder / "results/SHA256SUMS").read_text()
    assert "trip/photos/b/k3.png" in sums
    assert "Nothing to be done" in finished.make()
    record = json.loads((finished.folder / "results/provenance.json").read_text())
    assert record["images"]["trip"]["photos"] == {name: f"photos/{name}.png" for name in SHAPES}


def test_a_changed_or_further_photo_studies_its_set_again(finished, tmp_path):
    project = finished.copy(tmp_path / "project")
    Image.fromarray(draw("b")[::-1]).save(project.folder / "photos/b.png")
    planned = project.planned("results/trip/photos.csv", "results/alone/photos.csv")
    assert planned["download"] == planned["photos"] == 1
    Image.fromarray(draw("b")).save(project.folder / "photos/d.png")
    assert project.planned("results/trip/photos.csv")["download"] == 1


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"source": ["a.png", "b.png"]}, "a list of photos needs together: true"),
        ({"source": ["a.png"], "together": True, "sha256": "0" * 64}, "one hash can't match every photo"),
        ({"source": ["a.png"], "together": True, "mask": "m.png"}, "a mask applies to one photo"),
        ({"source": ["https://example.org/a.png"], "together": True}, "the photos of a set must be files"),
        ({"source": "*.nothing", "together": True}, "no file matches"),
        ({"source": ["a.png"], "together": True, "n_clusters": [256]}, "255 at most"),
        ({"source": [], "together": True}, "images.set.source: is empty; give at least one"),
        ({"source": ["a.png"], "together": "yes"}, "images.set.together"),
    ],
)
def test_photos_that_cannot_be_studied_together_are_refused(project, entry, words):
    project.config["images"] = {"set": entry}
    run = project.snakemake("--cores", "1")
    assert run.returncode
    assert words in run.stdout
    assert "Traceback" not in run.stdout


def test_a_broken_photo_is_named(project):
    (project.folder / "good.png").write_bytes(b"")
    Image.fromarray(draw("a")).save(project.folder / "good.png")
    (project.folder / "bad.png").write_text("<html>")
    project.config["images"] = {"set": {"source": ["good.png", "bad.png"], "together": True}}
    run = project.snakemake("--cores", "1", "results/set/resized.png")
    assert run.returncode
    assert "image 'set': bad.png is " in run.stdout
