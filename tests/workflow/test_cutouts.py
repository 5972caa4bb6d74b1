"""Pixels that do not count add no colour, from the config to every picture and page."""

import hashlib
import io
import json
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from chromium import opened_page
from project import NUMBERS_ALONE, TINY, Project, shared
from tables import read_csv


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A blue square on a clear sheet, and a photo of noise behind a mask, dithered."""
    noise = np.random.default_rng(0).integers(0, 256, (24, 36, 3), dtype=np.uint8)
    mask = np.zeros((24, 36), np.uint8)
    mask[4:20, 6:30] = 255
    return shared(tmp_path_factory, "cutouts", lambda folder: finish(folder, noise, mask)), noise, mask > 0


def finish(folder, noise, mask):
    project = Project(folder, TINY)
    sheet = np.zeros((100, 100, 4), np.uint8)
    sheet[20:50, 40:70] = (0, 0, 255, 255)
    Image.fromarray(sheet).save(project.folder / "blue.png")
    Image.fromarray(noise).save(project.folder / "noise.png")
    Image.fromarray(mask).save(project.folder / "mask.png")
    (project.folder / "brand.hex").write_text("ff8800\n003366\n")
    project.config |= {
        "images": {
            "blue": {"source": "blue.png", "transparency": "ignore", "n_clusters": [1, 2]},
            "noise": {
                "source": "noise.png",
                "mask": "mask.png",
                "n_clusters": [2, 5],
                "palettes": {"brand": "brand.hex"},
                "reconstruct": {"dither": "floyd-steinberg"},
            },
        },
        "resize": None,
        "compare": ["octree", "wu"],
        "scatter": {"static": False},
    }
    project.make()
    return project


def alpha(path):
    return np.asarray(Image.open(path).convert("RGBA"))[..., 3]


def test_a_blue_square_on_a_clear_sheet_is_blue(finished):
    project, _, _ = finished
    folder = project.folder / "results/blue"
    (row,) = read_csv(folder / "k1/palette.csv")
    assert (row["hex"], row["pixels"], float(row["share"])) == ("#0000ff", "900", 1.0)
    score = read_csv(folder / "scores.csv")[0]
    assert (score["pixels"], score["distinct_colors"], float(score["mse"])) == ("900", "1", 0.0)
    image = Image.open(folder / "k1/reconstructed.png")
    assert image.mode == "P"
    shown = np.asarray(image.convert("RGBA"))
    assert (shown[20:50, 40:70] == (0, 0, 255, 255)).all()
    assert np.count_nonzero(shown[..., 3]) == 900


def test_scores_are_those_of_the_pixels_that_count(finished):
    project, noise, mask = finished
    folder = project.folder / "results/noise"
    for row in read_csv(folder / "scores.csv"):
        shown = np.asarray(Image.open(folder / f"k{row['k']}/reconstructed.png").convert("RGBA"))
        assert (shown[..., 3] == mask * 255).all()
        squares = ((noise[mask].astype(float) - shown[mask][:, :3]) ** 2).sum(axis=1)
        assert float(row["mse"]) == pytest.approx(squares.mean(), rel=1e-5)
        assert row["pixels"] == "384"
        assert float(row["bits_per_pixel"]) == pytest.approx(8 * int(row["png_bytes"]) / 384, rel=1e-5)
    for row in read_csv(folder / "comparison.csv"):
        assert row["pixels"] == "384"
        assert int(row["colors_used"]) <= int(row["k"])
    assert {row["method"] for row in read_csv(folder / "comparison.csv")} >= {"ours", "brand", "brand+dither"}
    assert (alpha(folder / "answer/reconstructed.png") == mask * 255).all()
    palette = json.loads((folder / "k5/palette.json").read_text())["colors"]
    assert sum(color["pixels"] for color in palette) == 384


def test_a_given_palette_has_a_picture_of_its_own(finished):
    project, _, mask = finished
    image = Image.open(project.folder / "results/noise/palettes/brand.png")
    assert image.getpalette()[:6] == [255, 136, 0, 0, 51, 102]
    assert (np.asarray(image.convert("RGBA"))[..., 3] == mask * 255).all()
    assert not (project.folder / "results/blue/palettes").exists()


def test_the_pages_show_it_transparent(finished):
    project, _, mask = finished
    with opened_page() as page:
        page.goto((project.folder / "results/noise/explorer.html").as_uri())
        page.wait_for_selector("body[data-ready]")
        sources = page.evaluate("[...document.images].map(image => image.src)")
        pictures = [
            Image.open(io.BytesIO(b64decode(source.split(",")[1]))) for source in sources if "image/png" in source
        ]
        whole = [picture for picture in pictures if picture.size == (36, 24)]
        assert len(whole) >= 2
        for picture in whole:
            assert (np.asarray(picture.convert("RGBA"))[..., 3] == mask * 255).all()
        page.goto((project.folder / "results/index.html").as_uri())
        sources = page.evaluate("[...document.querySelectorAll('.card img')].map(image => image.src)")
        assert sources
        for source in sources:
            picture = Image.open(io.BytesIO(b64decode(source.split(",")[1])))
            assert picture.convert("RGBA").getchannel("A").getextrema() == (0, 255)


def test_an_edited_cutout_stays_clear_and_dithered(finished):
    """The pixels of a dropped colour take the nearest that is left, all others keep theirs."""
    project, noise, counted = finished
    folder = project.folder / "results/noise"
    before = np.asarray(Image.open(folder / "k5/reconstructed.png"))
    palette = np.reshape(Image.open(folder / "k5/reconstructed.png").getpalette(), (-1, 3))[:5]
    with opened_page() as page:
        page.goto((folder / "explorer.html").as_uri() + "#k=5")
        page.wait_for_selector("body[data-ready]")
        page.click("#edit")
        page.wait_for_selector("#editor:not([inert]) #rows li")
        page.get_by_role("button", name="Drop").nth(1).click()
        expect(page.locator("#side-right option:checked")).to_have_text("4 colours, edited")
        source = page.locator("#right").get_attribute("src").split(",")[1]
    after = np.asarray(Image.open(io.BytesIO(b64decode(source))).convert("RGBA"))
    assert (after[..., 3] == counted * 255).all()
    rest = np.delete(palette, 1, axis=0)
    nearest = ((noise[..., None, :].astype(int) - rest) ** 2).sum(axis=3).argmin(axis=2)
    expected = np.where((before == 1)[..., None], rest[nearest], palette[np.minimum(before, 4)])
    assert (after[counted][:, :3] == expected[counted]).all()


def test_what_is_clear_belongs_to_no_colour_on_the_page(finished):
    project, _, counted = finished
    folder = project.folder / "results/noise"
    labels = np.asarray(Image.open(folder / "k5/reconstructed.png"))
    label = int(labels[12, 9])
    with opened_page() as page:
        complaints = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((folder / "explorer.html").as_uri() + "#k=5")
        page.wait_for_selector("body[data-ready]")
        page.locator("#frame").scroll_into_view_if_needed()
        box = page.locator(".pane.left").bounding_box()

        def point(row, column):
            page.mouse.move(box["x"] + (column + 0.5) / 36 * box["width"], box["y"] + (row + 0.5) / 24 * box["height"])

        def veiled():
            return page.evaluate("""() => {
              const mask = document.querySelector(".mask");
              if (mask.hidden) return null;
              const { data } = mask.getContext("2d").getImageData(0, 0, mask.width, mask.height);
              return [...data.filter((_, at) => at % 4 === 3)].map(Boolean);
            }""")

        for row, column in ((12, 2), (0, 0), (22, 12)):
            point(12, 9)
            expect(page.locator("#tip")).to_be_visible()
            page.mouse.down()
            page.mouse.up()
            expect(page.locator("#chips li.on")).to_have_attribute("data-label", str(label))
            assert np.reshape(veiled(), labels.shape).tolist() == (counted & (labels != label)).tolist()
            point(row, column)
            expect(page.locator("#tip")).to_be_hidden()
            page.mouse.down()
            page.mouse.up()
            expect(page.locator("#chips li.on")).to_have_count(0)
            assert page.evaluate("document.getElementById('scatter').space.only") is None
            assert veiled() is None
        # A click keeps a colour, and one on nothing lets go of it.
        point(12, 9)
        expect(page.locator("#tip")).to_be_visible()
        page.mouse.down()
        page.mouse.up()
        point(0, 0)
        expect(page.locator("#tip")).to_be_hidden()
        expect(page.locator("#chips [aria-pressed='true']")).to_have_count(1)
        page.mouse.down()
        page.mouse.up()
        expect(page.locator("#chips [aria-pressed='true']")).to_have_count(0)
        assert veiled() is None
    assert complaints == []


def test_the_record_has_the_mask_and_the_palette(finished):
    project, _, _ = finished
    record = json.loads((project.folder / "results/provenance.json").read_text())
    assert record["others"] == {
        name: {
            "sha256": hashlib.sha256((project.folder / name).read_bytes()).hexdigest(),
            "bytes": (project.folder / name).stat().st_size,
        }
        for name in ("brand.hex", "mask.png")
    }


def test_an_edited_mask_reruns_what_it_changes(finished, tmp_path):
    project = finished[0].copy(tmp_path / "project")
    assert "Nothing to be done" in project.make()
    mask = np.zeros((24, 36), np.uint8)
    mask[:, 18:] = 200
    Image.fromarray(mask).save(project.folder / "mask.png")
    planned = project.planned()
    assert planned["resize"] == planned["cluster:5"] == 1
    assert "download" not in planned
    project.make("results/noise/k5/reconstructed.png")
    assert (alpha(project.folder / "results/noise/k5/reconstructed.png") > 0).tolist() == (mask > 0).tolist()


def test_a_grey_mask_weighs_in_the_fit_alone(project):
    rng = np.random.default_rng(6)
    photo = (rng.normal(0, 25, (24, 36, 3)) + rng.integers(40, 216, (1, 12, 3)).repeat(3, axis=1)).clip(0, 255)
    photo, times = photo.astype(np.uint8), rng.integers(1, 4, (24, 36))
    repeated = np.repeat(photo.reshape(-1, 3), times.ravel(), axis=0)[None]
    masks = {"weighted": 85 * times, "even": np.full((24, 36), 128)}
    for name, array in {"photo": photo, "repeated": repeated, **masks}.items():
        Image.fromarray(array.astype(np.uint8)).save(project.folder / f"{name}.png")
    project.config |= NUMBERS_ALONE | {"n_clusters": [4], "resize": None, "certify": "all"}
    project.config["images"] = {
        **{name: {"source": f"{name}.png"} for name in ("photo", "repeated")},
        **{name: {"source": "photo.png", "mask": f"{name}.png"} for name in masks},
    }
    project.make()
    folder = project.folder / "results"

    def hexes(image):
        return sorted(row["hex"] for row in read_csv(folder / image / "k4/palette.csv"))

    assert hexes("weighted") == hexes("repeated") != hexes("photo")
    assert (folder / "weighted/resized.png").read_bytes() == (folder / "photo/resized.png").read_bytes()
    (score,), (plain,) = (read_csv(folder / image / "scores.csv") for image in ("weighted", "repeated"))
    shown = np.asarray(Image.open(folder / "weighted/k4/reconstructed.png").convert("RGB")).astype(float)
    assert score["pixels"] == "864"
    assert float(score["mse"]) == pytest.approx(((shown - photo) ** 2).sum(axis=2).mean(), rel=1e-5)
    # What is proven is about the weighted sum.
    (row,) = read_csv(folder / "weighted/certificates.csv")
    assert row["mask"] == "True"
    assert (score["lower_bound"], score["gap"]) == ("", "")
    assert float(row["inertia"]) == pytest.approx(85 * float(plain["inertia"]), rel=1e-6)
    assert 0 < float(row["lower_bound"]) <= float(row["inertia"])
    # Only ratios matter.
    for path in ("resized.png", "pixels.npz", "certificates.csv", "k4/clusters.npz", "k4/reconstructed.png"):
        assert (folder / "even" / path).read_bytes() == (folder / "photo" / path).read_bytes()


def test_a_missing_mask_is_reported_before_the_first_job(project):
    project.config["images"] = {
        "a": {"source": "skimage:coffee", "mask": "no/such.png"},
        "b": {"source": "skimage:coffee", "crop": {"left": 0.2}},
    }
    assert "images.a.mask: there is no file no/such.png" in project.fail()
    assert not (project.folder / "data").exists()


def test_a_mask_of_another_size_costs_its_image_only(project):
    Image.new("L", (5, 5), 255).save(project.folder / "mask.png")
    project.config["images"]["odd"] = {"source": "skimage:coffee", "mask": "mask.png"}
    project.config |= NUMBERS_ALONE | {"n_clusters": [2]}
    words = "the mask mask.png is 5 × 5 pixels, but the upright photo is 600 × 400; make the mask the same size"
    assert words in project.fail("--keep-going")
    assert (project.folder / "results/index.html").exists()
