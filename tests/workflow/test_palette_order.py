"""Whatever the order of colours that the config asks for, everything that a run makes has it."""

import io
import json
import zipfile
from decimal import Decimal

import numpy as np
import pytest
from coloraide import Color
from PIL import Image

from chromium import edit, offered, opened_page
from project import FIGURES, TINY, Project
from tables import read_csv

ORDERS = ("share", "lightness", "hue")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The results of the same photograph, by order."""
    project = Project(tmp_path_factory.mktemp("order"), TINY)
    project.config |= {
        "images": {name: {"source": "skimage:coffee", "palette": {"order": name}} for name in ORDERS},
        "n_clusters": [8],
        "figures": dict.fromkeys(FIGURES, False) | {"explorer": True, "montage": True},
        "stock": {"paints": {"colors": ["black", "white", "tan", "maroon", "sienna"]}},
        "compare": [],
        "certify": "all",
    }
    project.make()
    return {name: project.folder / "results" / name for name in ORDERS}


def key(order, code, pixels):
    lightness, (_, chroma, hue) = Color(code).convert("lab-d65")["l"], Color(code).convert("oklch").coords(nans=False)
    return {"share": -pixels, "lightness": -lightness, "hue": (chroma < 0.02, -lightness if chroma < 0.02 else hue)}[
        order
    ]


def archived(folder):
    """The palette tables and the pictures of the k in the archives of the answer and the stock."""
    for name in ("answer", "stock/paints"):
        with zipfile.ZipFile(folder / name / "stops.zip") as archive:
            for member in archive.namelist():
                if member.endswith("palette.csv"):
                    picture = archive.read(member.replace("palette.csv", "reconstructed.png"))
                    yield archive.read(member).decode(), picture


def palettes(folder):
    """The table and the picture of every palette."""
    for name in ("k8", "answer", "stock/paints"):
        yield (folder / name / "palette.csv").read_text(), (folder / name / "reconstructed.png").read_bytes()
    yield from archived(folder)


def codes(picture):
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.reshape(picture.getpalette(), (-1, 3))]


@pytest.mark.parametrize("order", ORDERS)
def test_every_palette_has_the_order(order, folders):
    seen = 0
    for table, picture in palettes(folders[order]):
        columns, *lines = table.splitlines()
        rows = [dict(zip(columns.split(","), line.split(","), strict=True)) for line in lines]
        found = [row["hex"] for row in rows]
        assert found == [row["hex"] for row in sorted(rows, key=lambda row: key(order, row["hex"], int(row["pixels"])))]
        assert found == codes(Image.open(io.BytesIO(picture)))
        assert [row["cluster"] for row in rows] == [str(place) for place in range(len(rows))]
        seen += len(rows) > 2
    assert seen > 4
    used = [row["hex"] for row in read_csv(folders[order] / "stock/paints/colors.csv")]
    assert used == [row["hex"] for row in read_csv(folders[order] / "stock/paints/palette.csv")]


def test_the_pictures_show_the_same(folders):
    assert len({tuple(row["hex"] for row in read_csv(folder / "k8/palette.csv")) for folder in folders.values()}) == 3
    for others in zip(*map(palettes, folders.values()), strict=True):
        shown = [np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")) for _, picture in others]
        assert all(np.array_equal(shown[0], picture) for picture in shown[1:])
    rows = [read_csv(folder / "scores.csv")[0] for folder in folders.values()]
    for name in rows[0].keys() - {"image", "png_bytes", "bits_per_pixel", "compression_ratio"}:
        assert len({row[name] for row in rows}) == 1, name


def test_shares_add_up_in_files_and_on_the_page(folders):
    for folder in folders.values():
        for table, _ in palettes(folder):
            assert sum(Decimal(line.split(",")[-1]) for line in table.splitlines()[1:]) == 1
    for script in (False, True):
        with opened_page(java_script_enabled=script) as page:
            page.goto(f"{(folders['hue'] / 'explorer.html').as_uri()}#k=8")
            for parts in ("#chips .swatch span", ".stock .table td:last-child"):
                shown = page.locator(parts).all_inner_texts()
                assert len(shown) > 2
                assert sum(Decimal(text.split("\N{NO-BREAK SPACE}")[0]) for text in shown) == 100


@pytest.mark.parametrize("order", ORDERS)
def test_k_and_the_answer_of_the_same_k_are_the_same_file(order, folders):
    search = json.loads((folders[order] / "answer/search.json").read_text())
    for row in search["tried"]:
        if row["k"] == 8:
            assert row["png_bytes"] == (folders[order] / "k8/reconstructed.png").stat().st_size
            break
    else:
        raise AssertionError("8 colours were not tried")


@pytest.mark.parametrize("order", ORDERS)
def test_files_of_an_edited_palette_have_the_order(order, folders):
    """The page begins with the order, and so do its files of a palette from which a colour was dropped."""
    with opened_page() as page:
        page.goto(f"{(folders[order] / 'explorer.html').as_uri()}#k=8")
        page.wait_for_selector("body[data-ready]")
        table = read_csv(folders[order] / "k8/palette.csv")
        assert page.locator("#sort").input_value() == order
        assert page.locator("#chips code").all_inner_texts() == [row["hex"] for row in table]
        edit(page)
        page.locator("#rows [aria-label^='Drop']").first.click()
        page.wait_for_function("() => selection.isEdited")
        edited = offered(page, "csv")[1].decode()
        found = [(line.split(",")[1], int(line.split(",")[-2])) for line in edited.splitlines()[1:]]
        assert len(found) == 7
        assert found == sorted(found, key=lambda color: key(order, *color))
        assert offered(page, "hex")[1].decode().split() == [code[1:] for code, _ in found]
