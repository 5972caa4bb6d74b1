"""Colours that are kept are in every palette of a run, and all that is said of it knows of them."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from project import FIGURES, TINY, Project
from tables import read_csv

KEEP = ["#ffffff", "#e4002b"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("keep"), TINY)
    project.config |= {
        "n_clusters": [2, 4],
        # A notation of its own, and a colour twice.
        "kmeans": {"n_init": 2, "keep": ["white", "rgb(228 0 43)", "#fff"]},
        "figures": dict.fromkeys(FIGURES, False) | {"explorer": True, "silhouette": True},
        "compare": [],
        "certify": "all",
    }
    project.make()
    return project.folder / "results/tiny"


def colors(picture):
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.reshape(Image.open(picture).getpalette(), (-1, 3))]


def test_kept_colours_are_in_every_palette(folder):
    for k in (2, 4):
        found = colors(folder / f"k{k}/reconstructed.png")
        assert len(set(found)) == k
        assert set(KEEP) <= set(found)
        assert [row["hex"] for row in read_csv(folder / f"k{k}/palette.csv")] == found
        with np.load(folder / f"k{k}/clusters.npz") as clusters:
            assert {found[at] for at in np.flatnonzero(clusters["kept"])} == set(KEEP)
    search = json.loads((folder / "answer/search.json").read_text())
    assert search["rungs"][0] == search["tried"][0]["k"] == 2
    with zipfile.ZipFile(folder / "answer/stops.zip") as archive:
        for k in search["stops"]:
            found = colors(io.BytesIO(archive.read(f"k{k}/reconstructed.png")))
            assert len(found) == k
            assert set(KEEP) <= set(found)


def test_what_is_proven_is_about_palettes_with_the_kept_colours(folder):
    rows = {int(row["k"]): row for row in read_csv(folder / "certificates.csv")}
    assert {row["kept"] for row in rows.values()} == {"2"}
    assert (rows[2]["method"], float(rows[2]["gap"])) == ("kept", 0)
    assert rows[4]["method"] == "dual"
    assert float(rows[4]["gap"]) < 2
    recommendation = json.loads((folder / "recommendation.json").read_text())
    k, gap = (recommendation["certificate"][name] for name in ("k", "gap"))
    assert recommendation["certificate"]["kept"] == 2
    assert f"no {k} colours with the 2 that are kept can have less" in recommendation["sentence"]
    assert gap < 2
    page = (folder / "explorer.html").read_text().replace("\N{NO-BREAK SPACE}", " ")
    assert "No 4 colours with the 2 that are kept can have less" in page
