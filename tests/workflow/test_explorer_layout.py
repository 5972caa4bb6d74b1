"""The explorer shows the picture first, whatever its shape, and what there is to say of it."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from chromium import edit, offered
from project import FIGURES, Project, shared, wait_until
from tables import read_csv


def draw(height: int, width: int) -> np.ndarray:
    """Draw a smooth picture with some noise, (height, width, 3) uint8, from orange to grey."""
    y, x = np.mgrid[:height, :width]
    base = np.stack([200 - 150 * y / height, 150 - 90 * x / width, 60 + 90 * y / height], axis=2)
    return (base + np.random.default_rng(1).normal(0, 6, base.shape)).clip(0, 255).astype(np.uint8)


def green() -> np.ndarray:
    """Draw warm greys and a patch of saturated green, for which two or three colours have no room."""
    ramp = np.linspace(60, 200, 96)[None, :, None] * np.array([1, 0.96, 0.9])
    noise = np.random.default_rng(1).normal(0, 2, (64, 96, 3))
    picture = (ramp + noise).clip(0, 255).astype(np.uint8)
    picture[10:22, 20:35] = (20, 190, 40)
    return picture


OPAQUE = np.ones((64, 96), bool)  # which pixels of the cut-out count; the others are as many as 40 x 30
OPAQUE[20:60, 60:90] = False
PHOTOS = {
    "landscape": draw(64, 96),
    "portrait": draw(96, 64),
    "green": green(),
    "flat": np.full((40, 60, 3), (31, 96, 140), np.uint8),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    def finish(folder: Path) -> Project:
        config = {
            "images": {name: {"source": f"{name}.png"} for name in PHOTOS}
            | {
                # So low a target that the answer has no green.
                "green": {"source": "green.png", "target": {"delta_e_mean": 12}},
                "alone": {"source": "landscape.png", "n_clusters": [3], "target": None},
                "cut-out": {"source": "cut-out.png", "transparency": "ignore"},
                "set": {"source": ["green.png", "portrait.png"], "together": True},
            },
            "n_clusters": [2, 3],
            "resize": None,
            "kmeans": {"n_init": 2},
            "compare": [],
            "figures": dict.fromkeys(FIGURES, False) | {"explorer": True},
        }
        project = Project(folder, config)
        for name, pixels in PHOTOS.items():
            Image.fromarray(pixels).save(project.folder / f"{name}.png")
        Image.fromarray(np.dstack([green(), OPAQUE * np.uint8(255)])).save(project.folder / "cut-out.png")
        project.make()
        return project

    return shared(tmp_path_factory, "layout", finish).folder / "results"


@pytest.fixture
def open_explorer(open_page_of, results):
    return lambda name, *size, **options: open_page_of(results, f"{name}/explorer.html", *size, **options)


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


def test_every_k_of_the_price_list_is_a_stop_with_picture_palette_scores_and_downloads(open_explorer, results):
    folder, table = results / "portrait", results / "portrait/pixels.npz"
    found = json.loads((folder / "recommendation.json").read_text())
    stops, rows = found["answer"]["stops"], {row["k"]: row for row in found["tried"]}
    extra = [k for k in stops if k not in (2, 3)]
    assert len(extra) > 2
    page = open_explorer("portrait")
    assert int(page.locator("#k").get_attribute("max")) == len({2, 3, *stops}) - 1
    with zipfile.ZipFile(folder / "answer/stops.zip") as archive:
        for k in extra:
            page.locator(f".prices [data-k='{k}']").first.click()
            expect(page.locator("#k-value")).to_have_text(str(k))
            expect(page.locator("#thumbs [aria-pressed='true']")).to_have_attribute("data-k", str(k))
            palette = json.loads(archive.read(f"k{k}/palette.json"))
            codes = [color["hex"] for color in (palette if isinstance(palette, list) else palette["colors"])]
            assert page.evaluate("selection.view.palette") == codes
            for suffix in ("png", "ase", "json"):
                name = "reconstructed.png" if suffix == "png" else f"palette.{suffix}"
                assert offered(page, suffix) == (f"portrait-k{k}.{suffix}", archive.read(f"k{k}/{name}"))
            row = page.locator(f"#all [data-row='{k}']")
            expect(row).to_have_class("ours")
            expect(row.locator("th")).to_contain_text("search")
            shown = row.locator("td").evaluate_all("cells => cells.map((cell) => cell.dataset.value)")
            for name in ("delta_e_mean", "png_bytes", "inertia", "hits"):
                assert str(rows[k][name]) in shown
            expect(page.locator("#scores")).to_contain_text(f"{rows[k]['hits']} of {rows[k]['restarts']}")
            expect(page.locator("#silhouettes-note")).to_contain_text(f"Not computed at k = {k}")
            # Every point in colour space has the colour of the palette that is nearest to it.
            with np.load(io.BytesIO(archive.read(f"k{k}/clusters.npz"))) as clusters, np.load(table) as colors:
                distances = ((colors["colors"][:, None].astype(int) - clusters["palette"]) ** 2).sum(axis=2)
            labels = page.evaluate("[...document.getElementById('scatter').space.labels]")
            assert (distances[np.arange(len(labels)), labels] == distances.min(axis=1)).all()
    expect(page.locator("#all [data-row='2'] th")).to_have_text("2")


def test_a_click_on_a_curve_shows_the_stop_nearest_to_it(open_explorer, results):
    stops = json.loads((results / "portrait/recommendation.json").read_text())["answer"]["stops"]
    page = open_explorer("portrait")
    for k in stops:
        page.locator("#difference").scroll_into_view_if_needed()
        dot = page.locator(f"#difference [data-at='{k}']").bounding_box()
        area = page.locator("#difference").bounding_box()
        x = min(dot["x"] + dot["width"] / 2, area["x"] + area["width"] - 1)
        page.mouse.click(x, area["y"] + area["height"] / 2)
        expect(page.locator("#k-value")).to_have_text(str(k))


# Of the mask over the picture: the pixels that stay as they are, as [left, top, right, bottom] and their number.
CLEAR = """() => {
  const mask = document.querySelector(".mask");
  if (mask.hidden) return null;
  const { width, height } = mask;
  const { data } = mask.getContext("2d").getImageData(0, 0, width, height);
  const clear = [...Array(width * height).keys()].filter((pixel) => data[4 * pixel + 3] === 0);
  const [columns, rows] = [clear.map((pixel) => pixel % width), clear.map((pixel) => Math.floor(pixel / width))];
  return [Math.min(...columns), Math.min(...rows), Math.max(...columns), Math.max(...rows), clear.length];
}"""


def test_what_was_lost_is_listed_and_shown_where_it_was(open_explorer):
    page = open_explorer("green")
    page.locator("#k").fill("0")
    button = page.locator("#lost [title^='#14be28 →']")
    assert page.evaluate(CLEAR) is None
    for _ in range(2):
        button.press("Enter")
        expect(button).to_have_attribute("aria-pressed", "true")
        wait_until(lambda: page.evaluate(CLEAR))
        assert page.evaluate(CLEAR) == [20, 10, 34, 21, 180]
        button.press("Enter")
        expect(button).to_have_attribute("aria-pressed", "false")
        assert page.evaluate(CLEAR) is None
    button.click()
    page.keyboard.press("Escape")
    expect(page.locator("#lost [aria-pressed='true']")).to_have_count(0)


def test_a_lost_colour_leaves_transparent_pixels_as_they_are(open_explorer):
    page = open_explorer("cut-out")
    page.locator("#k").fill("0")
    page.locator("#lost [title^='#14be28 →']").click()
    wait_until(lambda: page.evaluate(CLEAR))
    assert page.evaluate(CLEAR)[-1] == 180 + 40 * 30


def test_what_a_photo_has_only_is_not_said_of_an_edited_palette(open_explorer):
    page = open_explorer("flat")
    page.locator("#k").fill("2")
    few = page.locator("#few")
    expect(few).to_have_text("The photo has only this one colour: a larger k changes nothing.")
    edit(page)
    page.locator("#rows input").fill("#ff0000")
    expect(few).to_be_hidden()
    page.click("#undo")
    expect(few).to_be_visible()


def test_what_is_about_the_palette_before_an_edit_says_so(open_explorer):
    page = open_explorer("set")
    notes = page.locator(".unedited")
    page.locator("#lost button").first.click()
    edit(page)
    expect(page.locator(".mask").first).to_be_hidden()  # what would let go of it is hidden
    expect(page.locator(".unedited:visible")).to_have_count(0)
    before = page.locator("#rows").bounding_box()["y"]
    page.locator("#rows").get_by_role("button", name="Drop").first.click()
    expect(page.locator("#palette-title")).to_have_text("Edited palette")
    assert page.locator("#rows").bounding_box()["y"] == before  # nothing moves away from the pointer
    page.click("#edit")
    for heading in ("What was lost", "Photo by photo", "Every cluster's silhouette", "What "):
        section = page.locator(":is(section, div):has(> h2)", has=page.locator("h2", has_text=heading)).last
        expect(section.locator(".unedited")).to_be_visible()
    assert notes.count() == 4
    page.locator("#layer-error").click()
    assert page.locator(".right .which").inner_text().endswith(", edited")
    page.click("#edit")
    page.click("#undo")
    expect(page.locator("#palette-title")).to_have_text("Palette")
    expect(page.locator(".unedited:visible")).to_have_count(0)


@pytest.mark.parametrize("name", ["landscape", "set"])
def test_the_picture_stays_in_sight_of_the_editor_and_covers_nothing(open_explorer, name):
    page = open_explorer(name)
    page.locator("#k").fill("1")
    edit(page)
    covered = """() => {
      const view = document.querySelector(".view").getBoundingClientRect();
      return [...document.querySelectorAll(".hero :is(button, a, li, p, tr, h2, h3)")]
        .filter((node) => node.checkVisibility() && !node.closest(".view"))
        .map((node) => node.getBoundingClientRect())
        .filter((box) => box.left < view.right && box.right > view.left)
        .filter((box) => box.top < view.bottom && box.bottom > view.top)
        .length;
    }"""
    for selector in ("#rows li:last-child", ".downloads"):
        page.locator(selector).evaluate("node => node.scrollIntoView({ block: 'end' })")
        assert page.evaluate(covered) == 0
        box = page.locator("#frame").bounding_box()
        assert -1 <= box["y"] <= 720 - box["height"]


def test_where_there_are_no_curves_the_colour_space_has_their_room(open_explorer):
    page = open_explorer("alone")
    assert page.locator(".curves").is_hidden()
    assert page.locator("#scatter").bounding_box()["width"] == page.locator("#scores").bounding_box()["width"]


def test_on_paper_the_palette_is_beside_the_picture(open_explorer):
    page = open_explorer("landscape", 794, 1123)  # A4
    page.emulate_media(media="print")
    view, side = page.locator(".view").bounding_box(), page.locator(".side").bounding_box()
    assert view["x"] + view["width"] <= side["x"]
    assert side["x"] + side["width"] > 700


def test_where_nothing_was_lost_the_page_says_so(open_explorer):
    page = open_explorer("flat")
    expect(page.locator("#lost li")).to_have_count(0)
    expect(page.locator("#lost-note")).to_have_text("No colour changed by a ΔE of more than 10.")


def test_the_headline_says_which_hue_is_gone(open_explorer, results):
    found = json.loads((results / "green/recommendation.json").read_text())
    (hue,) = found["answer"]["lost"]["hues"]
    assert (hue["hue"], hue["share"]) == ("green", round(180 / (64 * 96), 4))
    page = open_explorer("green")
    assert page.locator("h1").inner_text().endswith(f", but all green has become {hue['name']}.")
    assert "All green has become" not in (results / "portrait/recommendation.json").read_text()


def test_a_set_is_shown_side_by_side_with_the_scores_of_each_photo(open_explorer, results):
    rows = read_csv(results / "set/photos.csv")
    page = open_explorer("set")
    left, right = (page.locator(f".pane.{side}").bounding_box() for side in ("left", "right"))
    assert left["x"] + left["width"] <= right["x"] or left["y"] + left["height"] <= right["y"]
    labels = page.locator(".which")
    expect(labels.first).to_be_visible()
    for k in json.loads((results / "set/recommendation.json").read_text())["answer"]["stops"]:
        page.locator(f".prices [data-k='{k}']").first.click()
        assert labels.all_inner_texts() == ["Original", f"{k} colour{'s' if k > 1 else ''}"]
        own = [row for row in rows if row["k"] == str(k)]
        assert page.locator("#photos th").all_inner_texts() == [row["photo"] for row in own] == ["green", "portrait"]
        cells = page.locator("#photos td:nth-child(2)").all_inner_texts()
        assert cells == [f"{float(row['delta_e_mean']):.2f}" for row in own]


def test_one_colour_has_neither_curves_nor_pairs(open_explorer, results):
    page = open_explorer("flat")
    for words in ("In colour space", "Scores against", "Every cluster's", "Text on colour"):
        for heading in page.locator("h2", has_text=words).all():
            expect(heading).to_be_hidden()
    assert page.locator(".area").count() == 0
    size = (results / "flat/answer/reconstructed.png").stat().st_size
    assert page.locator("h1").inner_text().replace("\u00a0", " ") == f"It has only one colour ({size} bytes)."


def test_words_are_explained_by_pointer_finger_and_keyboard(open_explorer):
    page = open_explorer("portrait", 390, 844, has_touch=True, is_mobile=True)
    page.locator(".why summary").tap()
    for word in page.locator("main .word:visible").all():
        note = page.locator(f"#{word.get_attribute('popovertarget')}")
        for act in (word.tap, lambda word=word: word.press("Enter")):
            word.scroll_into_view_if_needed()
            expect(note).to_be_hidden()
            act()
            expect(note).to_be_visible()
            box = note.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
            assert 0 <= box["y"] <= 844 - box["height"]
            page.keyboard.press("Escape")
        assert word.get_attribute("aria-describedby") == note.get_attribute("id")


@pytest.mark.parametrize("width", [320, 390])
def test_no_word_is_broken_and_nothing_overflows_on_a_phone(open_explorer, width):
    page = open_explorer("portrait", width, 700)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    broken = page.evaluate("""() => {
      const broken = [];
      for (const node of document.querySelectorAll("th, .prices th, h1, h2, .marks button")) {
        if (!node.checkVisibility()) continue;
        const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          for (const match of walker.currentNode.data.matchAll(/[\\p{L}]+/gu)) {
            const range = new Range();
            range.setStart(walker.currentNode, match.index);
            range.setEnd(walker.currentNode, match.index + match[0].length);
            const tops = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
            if (tops.size > 1) broken.push(match[0]);
          }
        }
      }
      return broken;
    }""")
    assert broken == []


def test_print_and_a_page_without_javascript_say_which_half_is_which(open_explorer):
    for page in (open_explorer("portrait"), open_explorer("portrait", java_script_enabled=False)):
        page.emulate_media(media="print")
        left, right = (page.locator(f".{side} .which") for side in ("left", "right"))
        expect(left).to_have_text("Original")
        expect(right).to_contain_text("colour")
        for label in (left, right):
            expect(label).to_be_visible()
        for words in ("Click", "Drag", "Point at"):
            for node in page.get_by_text(words).all():
                expect(node).to_be_hidden()
