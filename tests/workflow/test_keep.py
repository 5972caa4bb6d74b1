"""Colours that are kept are in every palette of a run, and all that is said of it knows of them."""

import csv
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from chromium import edit, offered, opened_page
from photopalette.palettes.formats import FORMATS, palette_files
from photopalette.palettes.palette import palette_rows
from photopalette.pictures.indexed import count_pixels, read_indexed
from project import FIGURES, TINY, Project, wait_until
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
        "stock": {"pens": {"colors": ["white", "black", "maroon", "tan"], "at_most": 3, "keep": ["tan"]}},
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


def test_every_table_of_a_palette_says_which_colours_were_kept(folder):
    """Those of each k, of the answer, of its price list and of a stock, which has a colour of its own to keep."""
    tables = {}
    tan = ["#d2b48c"]
    for path in folder.glob("**/*"):
        if path.name in ("palette.csv", "colors.csv", "palette.json"):
            tables[path] = path.read_text(), tan if "stock" in path.parts else KEEP
    for path, keep in ((folder / "answer/stops.zip", KEEP), (folder / "stock/pens/stops.zip", tan)):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(("palette.csv", "colors.csv", "palette.json")):
                    tables[path / name] = archive.read(name).decode(), keep
    assert len(tables) > 12
    for path, (text, keep) in tables.items():
        rows = json.loads(text)["colors"] if path.suffix == ".json" else list(csv.DictReader(io.StringIO(text)))
        assert {row["hex"]: row["kept"] for row in rows} == {
            row["hex"]: (row["hex"] in keep) if path.suffix == ".json" else str(row["hex"] in keep) for row in rows
        }, path
        assert set(keep) <= {row["hex"] for row in rows}
    recommendation = json.loads((folder / "recommendation.json").read_text())
    assert {row["hex"] for row in recommendation["stock"]["pens"]["colors"] if row["kept"]} == {"#d2b48c"}


def test_the_page_marks_kept_colours_and_its_editor_writes_them_as_the_study_does(folder):
    with opened_page() as page:
        page.goto(f"{(folder / 'explorer.html').as_uri()}#k=4")
        page.wait_for_selector("body[data-ready]")

        def marked(rows):
            return set(page.locator(f"{rows} li:has(.kept) code").all_inner_texts())

        assert marked("#chips") == set(KEEP)
        assert page.locator(".stock tr:has(.kept) code").all_inner_texts() == ["#d2b48c"]
        edit(page)
        assert marked("#rows") == set(KEEP)
        codes = page.locator("#rows code").all_inner_texts()
        # One that is kept is changed, and is then none of them any more; all files say so.
        page.locator("#rows input").nth(codes.index(KEEP[1])).fill("#3366cc")
        wait_until(lambda: marked("#rows") == {KEEP[0]})
        wait_until(lambda: "#3366cc" in page.evaluate("selection.view.palette"))
        palette, indices = read_indexed(folder / "k4/reconstructed.png")
        palette[codes.index(KEEP[1])] = [0x33, 0x66, 0xCC]
        pixels = count_pixels(indices, len(palette))
        order = np.argsort(-pixels, kind="stable")
        rows = palette_rows(palette[order], pixels[order], kept=(palette[order] == 255).all(axis=1))
        assert {suffix: offered(page, suffix)[1] for suffix in FORMATS} == palette_files(rows, "tiny")
        # Merging the other one away is as possible as before.
        codes = page.locator("#rows code").all_inner_texts()
        for place in (codes.index(KEEP[0]), codes.index("#3366cc")):
            page.locator("#rows li").nth(place).get_by_role("button", name="Merge").click()
        wait_until(lambda: len(page.evaluate("selection.view.palette")) == 3)
        assert marked("#rows") == set()
