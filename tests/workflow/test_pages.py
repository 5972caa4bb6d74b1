"""The pages work in a real browser: by pointer, keys and address, in both themes, with nothing from the network."""

import ast
import base64
import csv
import io
import json
import re
import zipfile
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Error, expect

from chromium import offered
from photopalette.color.spaces import to_space
from photopalette.palettes.formats import FORMATS
from project import wait_until as wait_for

EYE = "document.getElementById('scatter').space.eye"
TURNED = f"eye => {EYE}.turn !== eye.turn"
THEMES = {"light": {}, "dark": {"color_scheme": "dark"}, "forced colours": {"forced_colors": "active"}}


@pytest.fixture
def open_page(open_page_of, finished_once):
    return partial(open_page_of, finished_once.folder / "results", width=1440, height=900)


@pytest.fixture
def explorer(open_page):
    return open_page("tiny/explorer.html#k=2")


def wait_until(page, expression, arg=None):
    """Poll from outside: the page's own policy forbids the eval that Playwright's wait_for_function needs."""
    wait_for(lambda: page.evaluate(expression, arg))


def palette(folder, k):
    with (folder / f"k{k}/palette.csv").open() as file:
        return [row["hex"] for row in csv.DictReader(file)]


def all_k(folder):
    """List every k on the page: those of the study, 2 and 3, and those of the price list."""
    found = json.loads((folder / "recommendation.json").read_text())
    return sorted({2, 3, *found["answer"]["stops"]})


def shown(page):
    return page.locator("#chips code").all_inner_texts()


def camera(page):
    return page.evaluate(EYE)


def clipboard(button):
    """Click a button that copies something, and read what it has copied."""
    page = button.page
    page.evaluate("navigator.clipboard.writeText('')")
    button.click()
    wait_until(page, "navigator.clipboard.readText()")
    return page.evaluate("navigator.clipboard.readText()")


def picture(locator):
    return np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("RGB"))


def test_the_slider_drives_everything(explorer, folder):
    assert shown(explorer) == palette(folder, 2)
    before = explorer.locator("#right").get_attribute("src")
    explorer.locator("#k").fill("1")
    assert shown(explorer) == palette(folder, 3)
    assert explorer.locator("#right").get_attribute("src") != before
    expect(explorer.locator("#k-value")).to_have_text("3")
    expect(explorer.locator("#scores-title")).to_have_text("What 3 colours mean")
    expect(explorer.locator("#comparison-words")).to_contain_text("At 3 colours")
    assert explorer.locator(".now").evaluate_all("dots => dots.map((dot) => dot.dataset.at)") == ["3"] * 3
    assert explorer.locator("tr.ours[data-row]").get_attribute("data-row") == "3"
    assert explorer.evaluate("document.getElementById('scatter').space.markers.length") == 3
    assert explorer.locator("#k").get_attribute("aria-valuetext") == "3 colours"


def test_only_functions_of_the_store_change_what_is_selected(explorer):
    """An assignment fails; the functions change all parts of the page."""
    for name in ("k", "color", "sides", "show"):
        with pytest.raises(Error, match="TypeError"):
            explorer.evaluate(f"() => {{ 'use strict'; selection.{name} = null; }}")
    with pytest.raises(Error, match="TypeError"):
        explorer.evaluate("() => { 'use strict'; selection.place.zoom = 2; }")
    explorer.evaluate("selection.show(3), selection.keep(1), selection.look(9, 0, 2), selection.setSide('left', 'k=2')")
    assert explorer.evaluate("[selection.k, selection.color, selection.place, selection.sides.left]") == [
        3,
        1,
        {"x": 0.5, "y": 0, "zoom": 2},
        "k=2",
    ]
    expect(explorer.locator("#k-value")).to_have_text("3")
    expect(explorer.locator("#chips [aria-pressed=true]")).to_have_count(1)
    expect(explorer.locator("#zoom-value")).to_have_text("2×")
    expect(explorer.locator("#side-left option:checked")).to_have_text("2 colours")


def test_arrow_keys_step_and_stop_at_the_ends(explorer, folder):
    up = [*map(str, all_k(folder))]
    assert {"2", "3", "6"} < set(up)  # 6 is the answer, although 2 and 3 were studied
    explorer.evaluate("location.hash = '#k=3'")
    down = up[: up.index("3")][::-1]
    for key, steps in (("ArrowLeft", [*down, down[-1]]), ("ArrowRight", [*up[1:], up[-1]])):
        for k in steps:
            explorer.keyboard.press(key)
            expect(explorer.locator("#k-value")).to_have_text(k)


def test_the_address_sets_k_and_k_the_address(explorer):
    explorer.keyboard.press("ArrowRight")
    explorer.wait_for_url("**/explorer.html#k=3")
    explorer.evaluate("location.hash = '#k=2'")
    expect(explorer.locator("#k-value")).to_have_text("2")
    explorer.evaluate("location.hash = '#k=99'")
    default = explorer.evaluate("JSON.parse(document.getElementById('data').textContent).first")
    expect(explorer.locator("#k-value")).to_have_text(str(default))


def test_an_address_that_is_given_while_another_is_to_be_written_counts(explorer):
    """Which is written a moment after k has changed, as a slider would write hundreds."""
    shown = explorer.evaluate("""async () => {
      const later = [];
      window.setTimeout = (task) => later.push(task);
      selection.show(3);
      location.hash = "#k=6";
      later.forEach((task) => task());
      await new Promise((told) => addEventListener("hashchange", told));
      return [selection.k, location.hash];
    }""")
    assert shown == [6, "#k=6"]


def test_a_click_on_a_curve_sets_k(explorer):
    explorer.locator("#inertia").scroll_into_view_if_needed()
    box = explorer.locator("#inertia [data-at='3']").bounding_box()
    explorer.mouse.click(box["x"], box["y"] - 20)
    expect(explorer.locator("#k-value")).to_have_text("3")


def test_the_divider_follows_pointer_and_keys(explorer):
    frame = explorer.locator("#frame").bounding_box()
    middle = frame["y"] + frame["height"] / 2
    explorer.mouse.move(frame["x"] + frame["width"] / 2, middle)
    explorer.mouse.down()
    explorer.mouse.move(frame["x"] + frame["width"] / 4, middle, steps=4)
    explorer.mouse.up()
    assert float(explorer.locator("#cut").input_value()) == pytest.approx(25, abs=1)
    explorer.locator("#cut").press("ArrowRight")
    assert float(explorer.locator("#cut").input_value()) == pytest.approx(25.5, abs=1)
    expect(explorer.locator("#k-value")).to_have_text("2")


def test_left_of_the_divider_is_the_original_and_right_the_reconstruction(explorer, folder):
    explorer.add_style_tag(content=".divider { display: none !important; }")
    drawn = picture(explorer.locator("#frame"))
    wide = drawn.shape[1]
    original, rebuilt = (Image.open(folder / name).convert("RGB") for name in ("resized.png", "k2/reconstructed.png"))
    sources = {color for _, color in original.getcolors(original.width * original.height)}
    left, right = drawn[20:-20, 20 : wide // 2 - 20], drawn[20:-20, wide // 2 + 20 : -20]
    # Crisp: no colour is shown that the files don't have.
    assert set(map(tuple, left.reshape(-1, 3).tolist())) <= sources
    assert set(map(tuple, right.reshape(-1, 3).tolist())) == {color for _, color in rebuilt.getcolors()}


def test_side_by_side_and_zoom(explorer):
    explorer.click("#mode-beside")
    original, other = (explorer.locator(f".pane.{name}").bounding_box() for name in ("left", "right"))
    assert original["y"] == other["y"]
    assert original["x"] + original["width"] <= other["x"]
    explorer.click("#zoom-in")
    expect(explorer.locator("#zoom-value")).to_have_text("2×")
    assert explorer.locator("#left").bounding_box()["width"] == pytest.approx(2 * original["width"])
    explorer.locator("#frame").press("ArrowRight")
    moved, along = (explorer.locator(f"#{name}").bounding_box() for name in ("left", "right"))
    assert moved["x"] - original["x"] == pytest.approx(along["x"] - other["x"])
    explorer.locator("#frame").press("0")
    expect(explorer.locator("#zoom-value")).to_have_text("1×")


def test_the_error_map_is_one_of_the_pictures(explorer):
    expect(explorer.locator("#scale")).to_be_hidden()
    before = explorer.locator("#right").get_attribute("src")
    explorer.click("#layer-error")
    expect(explorer.locator("#scale")).to_be_visible()
    expect(explorer.locator("#right")).to_have_attribute("alt", re.compile("colour difference"))
    assert explorer.locator("#right").get_attribute("src") != before
    explorer.click("#layer-error")
    assert explorer.locator("#right").get_attribute("src") == before


def test_any_two_pictures_are_shown_side_by_side(explorer, folder):
    def source(side):
        return base64.b64decode(explorer.locator(f"#{side}").get_attribute("src").split(",")[1])

    explorer.locator("#side-left").select_option("k=3")
    assert source("left") == (folder / "k3/reconstructed.png").read_bytes()
    explorer.locator("#side-right").select_option("original")
    assert source("right") == (folder / "resized.png").read_bytes()
    # What follows k does so on either side; what is fixed stays.
    explorer.locator("#side-right").select_option("k")
    explorer.keyboard.press("Escape")
    explorer.locator("#copy-all").focus()
    explorer.keyboard.press("ArrowRight")
    expect(explorer.locator("#side-right option:checked")).to_have_text("3 colours")
    assert source("left") == source("right") == (folder / "k3/reconstructed.png").read_bytes()


def test_one_colour_or_all_are_copied(explorer, folder):
    # What is said would be gone two seconds later, whether or not it was looked at.
    explorer.evaluate("window.setTimeout = () => 0")
    assert clipboard(explorer.locator("#chips .copy").nth(1)) == palette(folder, 2)[1]
    expect(explorer.locator("#toast")).to_have_text(f"Copied {palette(folder, 2)[1]}")
    assert clipboard(explorer.locator("#copy-all")).split("\n") == palette(folder, 2)
    expect(explorer.locator("#toast")).to_have_text("Copied 2 colours")


def test_the_palette_is_copied_in_every_form(explorer, folder):
    codes = palette(folder, 2)
    channels = [list(bytes.fromhex(code[1:])) for code in codes]
    copied = {}
    for form in explorer.locator("#format option").all_inner_texts():
        explorer.locator("#format").select_option(form)
        copied[form] = clipboard(explorer.locator("#copy-all"))
    assert ast.literal_eval(copied["Python list"]) == codes
    assert copied["rgb()"].splitlines() == ["rgb({} {} {})".format(*color) for color in channels]
    assert copied["hex"].splitlines() == codes
    # What is a file of the results is copied as it is there.
    assert copied["CSS variables"].encode() == (folder / "k2/palette.css").read_bytes()
    assert copied["SCSS map"].encode() == (folder / "k2/palette.scss").read_bytes()
    theme = re.fullmatch(r"@theme \{\n(.*)\}\n", copied["Tailwind theme"], re.DOTALL)[1]
    assert re.findall(r"^  --color-tiny-(\d): (#\w{6});", theme, re.MULTILINE) == list(zip("12", codes, strict=True))
    assert theme.count("\n") == 2
    # The browser's own reading of oklch() gives the same colours.
    painted = explorer.evaluate(
        """colors => colors.map((color) => {
          const context = document.createElement("canvas").getContext("2d");
          context.fillStyle = color;
          context.fillRect(0, 0, 1, 1);
          return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
        })""",
        copied["oklch()"].splitlines(),
    )
    assert painted == channels


def test_sorting_by_lightness_starts_with_the_lightest(explorer, folder):
    explorer.locator("#k").fill("1")
    explorer.locator("#sort").select_option("lightness")
    codes = shown(explorer)
    assert sorted(codes) == sorted(palette(folder, 3))
    lightness = to_space(np.array([list(bytes.fromhex(code[1:])) for code in codes], np.uint8), "oklab")[:, 0]
    assert list(lightness) == sorted(lightness, reverse=True)


def test_the_table_is_sorted_and_copied(explorer, folder):
    def rows():
        return explorer.locator("#all tbody tr").evaluate_all("rows => rows.map((row) => Number(row.dataset.row))")

    ks = all_k(folder)
    assert rows() == ks
    explorer.get_by_role("button", name="k ↑", exact=True).click()
    assert rows() == ks[::-1]
    expect(explorer.locator("#all thead th").first).to_have_attribute("aria-sort", "descending")
    explorer.get_by_role("button", name="PNG, bytes").click()
    assert rows() == ks
    lines = clipboard(explorer.locator("#copy-table")).splitlines()
    assert [line.split("\t")[0] for line in lines] == ["k", *map(str, ks)]
    assert len({line.count("\t") for line in lines}) == 1


def test_a_small_picture_chooses_its_k(explorer):
    explorer.locator("#thumbs button").nth(1).click()
    expect(explorer.locator("#k-value")).to_have_text("3")
    expect(explorer.locator("#thumbs button").nth(1)).to_have_attribute("aria-pressed", "true")


# Of the mask over the picture: how many pixels of each cluster, in the order of the palette, stay as they are.
CLEAR = """() => {
  const mask = document.querySelector(".mask");
  if (mask.hidden) return null;
  const { data } = mask.getContext("2d").getImageData(0, 0, mask.width, mask.height);
  return data.filter((value, at) => at % 4 === 3 && value === 0).length;
}"""


def lit(page):
    return page.evaluate("document.getElementById('scatter').space.only")


def counts(folder, k):
    with (folder / f"k{k}/palette.csv").open() as file:
        return [int(row["pixels"]) for row in csv.DictReader(file)]


def test_pointing_at_a_swatch_leaves_its_cluster_alone_in_all_three(explorer, folder):
    explorer.locator("#chips .swatch").nth(1).hover()
    wait_until(explorer, f"only => ({CLEAR})() === only", arg=counts(folder, 2)[1])
    assert lit(explorer) == 1
    assert explorer.locator("#chips li.on").get_attribute("data-label") == "1"
    explorer.mouse.move(5, 5)
    wait_until(explorer, f"({CLEAR})() === null")
    assert lit(explorer) is None


def test_pointing_at_the_picture_names_the_colour_and_a_click_keeps_it(explorer, folder):
    box = explorer.locator("#frame").bounding_box()
    indices = np.asarray(Image.open(folder / "k2/reconstructed.png"))
    place = (box["x"] + 2.5 / 24 * box["width"], box["y"] + 3.5 / 16 * box["height"])
    label = int(indices[3, 2])
    explorer.mouse.move(*place)
    expect(explorer.locator("#tip b")).to_have_text(palette(folder, 2)[label])
    expect(explorer.locator("#tip span")).to_contain_text("%")
    assert lit(explorer) is None
    assert explorer.evaluate(CLEAR) is None
    explorer.mouse.down()
    explorer.mouse.up()
    wait_until(explorer, f"only => ({CLEAR})() === only", arg=counts(folder, 2)[label])
    explorer.mouse.move(5, 5)
    expect(explorer.locator("#tip")).to_be_hidden()
    expect(explorer.locator("#chips [aria-pressed='true']")).to_have_count(1)
    assert lit(explorer) == label
    explorer.keyboard.press("Escape")
    assert lit(explorer) is None
    expect(explorer.locator("#chips [aria-pressed='true']")).to_have_count(0)


# Pictures are decoded only when told to, except for the original.
HOLD = """
  const { decode } = Image.prototype;
  window.held = [];
  Image.prototype.decode = function () {
    if (this.src === pictures.sourceOf("original")) return decode.call(this);
    return new Promise((resolve, reject) => held.push(() => decode.call(this).then(resolve, reject)));
  };
"""
# Decode one that is held, and let everything that waits for it run.
RELEASE = """async (place) => {
  await held[place]();
  await new Promise((resolve) => setTimeout(resolve));
}"""


def click_on_the_curve(page):
    page.locator("#inertia").scroll_into_view_if_needed()
    box = page.locator("#inertia").bounding_box()
    page.mouse.click(box["x"] + 5, box["y"] + 30)
    page.evaluate("scrollTo(0, 0)")


def step_twice(page):
    for _ in range(2):
        page.keyboard.press("ArrowLeft")


TO_TWO = {
    "slider": lambda page: page.locator("#k").fill("0"),
    "keys": step_twice,
    "curve": click_on_the_curve,
    "small picture": lambda page: page.locator("#thumbs button").first.click(),
    "table": lambda page: page.locator("#all [data-row='2'] td").first.click(),
    "address": lambda page: page.evaluate("location.hash = '#k=2'"),
}
SHOWN = {
    "divider": lambda page: None,
    "side by side": lambda page: page.click("#mode-beside"),
    "another k": lambda page: page.locator("#side-left").select_option("k=3"),
    "difference": lambda page: page.click("#layer-error"),
    "another quantizer": lambda page: page.locator("#side-left").select_option(
        page.locator("#side-left [value^='method=']").first.get_attribute("value")
    ),
}


def hover(page, row, column):
    """Point at a pixel of the left picture, off its centre, as the divider is there."""
    page.locator("#frame").scroll_into_view_if_needed()
    box = page.locator(".pane.left").bounding_box()
    page.mouse.move(box["x"] + (column + 0.5) / 24 * box["width"], box["y"] + (row + 0.5) / 16 * box["height"])


def is_shown(page):
    return page.evaluate(f"[document.getElementById('tip').hidden, ({CLEAR})()]") != [True, None]


@pytest.mark.parametrize(
    ("way", "how"), [*((way, "divider") for way in TO_TWO), *(("keys", how) for how in SHOWN if how != "divider")]
)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "overtaken"])
def test_a_k_that_is_left_while_its_picture_is_decoded_shows_nothing_more(open_page, folder, way, how, order):
    page = open_page("tiny/explorer.html#k=6", before=HOLD)
    SHOWN[how](page)
    shown = base64.b64decode(page.locator("#left").get_attribute("src").split(",")[1])
    before = np.asarray(Image.open(folder / "answer/reconstructed.png"))
    after = np.asarray(Image.open(folder / "k2/reconstructed.png"))
    # A cluster that there is not among two.
    row, column = next((row, column) for row, column in np.argwhere(before >= 2) if column < 10)
    hover(page, row, column)
    wait_until(page, "held.length")
    first = page.evaluate("held.length")
    TO_TWO[way](page)
    expect(page.locator("#k-value")).to_have_text("2")
    column = column - 1 if column else 1
    hover(page, row, column)
    wait_until(page, "first => held.length > first", arg=first)
    assert not is_shown(page)
    held = [range(first), range(first, page.evaluate("held.length"))]
    # A picture of its own is asked for once, and then waited for again.
    own = how in ("another k", "another quantizer")
    for turn, part in enumerate(order):
        for place in held[part]:
            page.evaluate(RELEASE, place)
        done = turn == 1 or (part == 1 and not own)
        assert page.locator("#tip").is_visible() == done
        assert (lit(page), page.evaluate(CLEAR)) == (None, None)
    expected = palette(folder, 2)[after[row, column]]
    if own:
        expected = "#" + bytes(Image.open(io.BytesIO(shown)).convert("RGB").getpixel((column, row))).hex()
    expect(page.locator("#tip b")).to_have_text(expected)


def test_what_is_let_go_of_or_left_while_a_picture_is_decoded_stays_so(open_page):
    page = open_page("tiny/explorer.html#k=6", before=HOLD)
    hover(page, 3, 2)
    wait_until(page, "held.length === 1")
    page.mouse.move(5, 5)
    page.evaluate(RELEASE, 0)
    assert (lit(page), is_shown(page)) == (None, False)
    page.keyboard.press("ArrowLeft")
    hover(page, 3, 2)
    page.mouse.down()
    page.mouse.up()
    wait_until(page, "held.length === 2")
    page.keyboard.press("Escape")
    page.mouse.move(5, 5)
    page.evaluate(RELEASE, 1)
    assert (lit(page), is_shown(page)) == (None, False)


def test_a_k_that_is_come_back_to_keeps_what_was_clicked_last(open_page, folder):
    page = open_page("tiny/explorer.html#k=3", before=HOLD)
    hover(page, 3, 2)
    page.mouse.down()
    page.mouse.up()
    wait_until(page, "held.length === 1")
    page.mouse.move(5, 5)
    for place in ("0", "1"):
        page.locator("#k").fill(place)
    page.evaluate(RELEASE, 0)
    assert (lit(page), is_shown(page)) == (None, False)
    hover(page, 3, 2)
    page.mouse.down()
    page.mouse.up()
    page.mouse.move(5, 5)
    label = int(np.asarray(Image.open(folder / "k3/reconstructed.png"))[3, 2])
    wait_until(page, f"document.getElementById('scatter').space.only === {label}")
    assert page.evaluate(CLEAR) == counts(folder, 3)[label]


CHOICES = {
    "swatch": lambda page: page.locator("#chips .swatch").last.click(),
    "key": lambda page: page.locator("#chips .swatch").last.press("Enter"),
    "strip": lambda page: page.locator("#stripes span").last.click(),
}


@pytest.mark.parametrize("choice", CHOICES)
def test_a_colour_that_is_chosen_while_a_picture_is_decoded_stays_chosen(open_page, folder, choice):
    page = open_page("tiny/explorer.html#k=3", before=HOLD)
    row, column = np.argwhere(np.asarray(Image.open(folder / "k3/reconstructed.png"))[:, :10] < 2)[0]
    hover(page, row, column)
    page.mouse.down()
    page.mouse.up()
    wait_until(page, "held.length === 1")
    CHOICES[choice](page)
    page.mouse.move(5, 5)
    page.evaluate(RELEASE, 0)
    assert lit(page) == 2
    assert page.locator("#chips [aria-pressed='true']").count() == 1
    assert page.evaluate(CLEAR) == counts(folder, 3)[2]
    assert page.locator("#tip").is_hidden()


@pytest.mark.parametrize("zoom", [1, 2])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_click_side_by_side_keeps_what_is_under_the_pointer(open_page, folder, side, zoom):
    page = open_page("tiny/explorer.html#k=3")
    page.click("#mode-beside")
    for _ in range(zoom - 1):
        page.click("#zoom-in")
    page.locator("#frame").scroll_into_view_if_needed()
    box = page.locator(f".pane.{side}").bounding_box()
    labels = np.asarray(Image.open(folder / "k3/reconstructed.png"))
    for label in range(3):
        # In the part that is in sight when zoomed.
        row, column = np.argwhere(labels[5:11, 7:17] == label)[0] + (5, 7)
        x, y = [((at + 0.5) / size - 0.5) * zoom + 0.5 for at, size in ((column, 24), (row, 16))]
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        expect(page.locator("#chips [aria-pressed='true']")).to_have_count(1)
        expect(page.locator("#chips li", has=page.locator("[aria-pressed='true']"))).to_have_attribute(
            "data-label", str(label)
        )
    # Between the two there is no pixel.
    right = page.locator(".pane.right").bounding_box()
    page.mouse.click(right["x"] - 2, right["y"] + 40)
    expect(page.locator("#chips [aria-pressed='true']")).to_have_count(0)
    expect(page.locator("#tip")).to_be_hidden()


def test_a_zoom_takes_away_what_was_said_of_another_pixel(open_page):
    page = open_page("tiny/explorer.html#k=3", before=HOLD)
    hover(page, 3, 2)
    wait_until(page, "held.length === 1")
    page.locator("#frame").press("+")
    page.evaluate(RELEASE, 0)
    assert (lit(page), is_shown(page)) == (None, False)
    hover(page, 5, 8)
    expect(page.locator("#tip")).to_be_visible()
    page.locator("#frame").press("ArrowLeft")
    expect(page.locator("#tip")).to_be_hidden()


def test_pointing_at_the_scatter_leaves_one_cluster_and_enter_keeps_one(explorer):
    explorer.locator("#scatter").scroll_into_view_if_needed()
    box = explorer.locator("#scatter").bounding_box()
    marker = explorer.evaluate(
        "(({ x, y, label }) => ({ x, y, label }))(document.getElementById('scatter').space.markers[1])"
    )
    explorer.mouse.move(box["x"] + marker["x"], box["y"] + marker["y"])
    wait_until(explorer, "document.getElementById('scatter').space.only === 1")
    explorer.locator("#chips .swatch").first.focus()
    explorer.keyboard.press("Enter")
    explorer.mouse.move(5, 5)
    assert lit(explorer) == 0


def test_where_the_answer_was_not_compared_the_page_leads_to_the_nearest_k_that_was(open_page):
    page = open_page("tiny/explorer.html")
    expect(page.locator("#k-value")).to_have_text("6")
    words, table = page.locator("#comparison-words"), page.locator("#others .table")
    expect(words).to_have_text("Nothing was compared at k = 6. Show the nearest, k = 3")
    expect(table).to_be_hidden()
    words.get_by_role("button").press("Enter")
    expect(page.locator("#k-value")).to_have_text("3")
    expect(words).to_contain_text("At 3 colours")
    expect(table).to_be_visible()
    expect(table).to_be_focused()


@pytest.mark.parametrize("k", [2, 3])
def test_downloads_are_the_files(k, explorer, folder):
    explorer.locator("#k").fill(str(k - 2))
    names = {"png": "reconstructed.png"} | {suffix: f"palette.{suffix}" for suffix in FORMATS}
    for suffix, name in names.items():
        assert offered(explorer, suffix) == (f"tiny-k{k}.{suffix}", (folder / f"k{k}" / name).read_bytes())


def test_a_click_downloads_what_a_link_offers(explorer, folder):
    with explorer.expect_download() as download:
        explorer.click("#download-ase")
    assert download.value.suggested_filename == "tiny-k2.ase"
    assert Path(download.value.path()).read_bytes() == (folder / "k2/palette.ase").read_bytes()


def test_the_scatter_is_drawn_in_both_colorings(explorer, folder):
    def colors():
        explorer.evaluate("const { space } = document.getElementById('scatter'); space.markers = []; space.draw()")
        return set(map(tuple, picture(explorer.locator("#scatter")).reshape(-1, 3).tolist()))

    few = colors()
    assert {tuple(bytes.fromhex(code[1:])) for code in palette(folder, 2)} <= few
    explorer.click("#color-own")
    own = {color for _, color in Image.open(folder / "resized.png").getcolors(1000)}
    assert len(colors() & own) > len(few & own) + 30


@pytest.mark.parametrize("space", ["rgb", "lab", "oklab"])
def test_the_spaces_are_those_of_the_fit(explorer, space):
    colors = np.random.default_rng(1).integers(0, 256, (50, 3)).astype(np.uint8)
    drawn = explorer.evaluate(f"colors => colors.map((color) => SPACES.{space}.from(...color))", colors.tolist())
    expected = to_space(colors, space)
    order = [0, 1, 2] if space == "rgb" else [1, 2, 0]  # lightness upright
    assert np.array(drawn) == pytest.approx(expected[:, order], abs=0.02 if space == "lab" else 5e-4)


def test_the_scatter_changes_its_space_and_zooms_to_the_colours(explorer):
    def extent():
        return explorer.evaluate("document.getElementById('scatter').space.ranges.map(([low, high]) => high - low)")

    assert extent() == [255, 255, 255]
    explorer.click("#closer")
    assert max(extent()) < 280
    assert min(extent()) < 255
    explorer.get_by_role("button", name="Lab", exact=True).click()
    assert explorer.evaluate("document.getElementById('scatter').space.name") == "lab"
    expect(explorer.locator("#scatter")).to_have_attribute("aria-label", re.compile("in Lab"))


def test_the_camera_is_kept_while_k_changes(explorer):
    start = camera(explorer)
    explorer.locator("#scatter").scroll_into_view_if_needed()
    box = explorer.locator("#scatter").bounding_box()
    explorer.mouse.move(box["x"] + 200, box["y"] + 200)
    explorer.mouse.down()
    explorer.mouse.move(box["x"] + 300, box["y"] + 230, steps=5)
    explorer.mouse.up()
    turned = camera(explorer)
    assert turned["turn"] != start["turn"]
    assert turned["rise"] != start["rise"]
    explorer.locator("#copy-all").focus()
    explorer.keyboard.press("ArrowRight")
    assert explorer.evaluate("document.getElementById('scatter').space.markers.length") == 3
    assert camera(explorer) == pytest.approx(turned)


def test_keys_turn_the_scatter_and_not_k(explorer):
    start = camera(explorer)
    explorer.locator("#scatter").press("ArrowRight")
    wait_until(explorer, TURNED, arg=start)
    expect(explorer.locator("#k-value")).to_have_text("2")


TWENTY_FRAMES = """() => new Promise((done) => {
  let left = 20;
  const next = () => (left-- ? requestAnimationFrame(next) : done());
  next();
})"""


def test_the_scatter_rotates_only_when_asked(explorer):
    start = camera(explorer)
    explorer.evaluate(TWENTY_FRAMES)
    assert camera(explorer) == start
    explorer.click("#spin")
    wait_until(explorer, TURNED, arg=start)
    explorer.click("#spin")
    expect(explorer.locator("#spin")).to_have_attribute("aria-pressed", "false")


def test_charts_follow_the_theme_and_keep_the_camera(explorer):
    start, cloud = camera(explorer), explorer.locator(".cloud")
    explorer.locator("#scatter").press("ArrowRight")
    wait_until(explorer, TURNED, arg=start)
    turned = camera(explorer)
    assert np.median(picture(cloud)) > 200
    explorer.emulate_media(color_scheme="dark")
    wait_for(lambda: np.median(picture(cloud)) < 100)
    assert camera(explorer) == turned


# Themes change colours and widths change places, so that not every one of each has to meet every one of the other.
@pytest.mark.parametrize(
    ("width", "theme"),
    [(320, "light"), (390, "dark"), (1280, "light"), (1280, "dark"), (1280, "forced colours"), (3840, "light")],
)
@pytest.mark.parametrize("address", ["tiny/explorer.html", "index.html"])
def test_axe_finds_nothing_against_wcag_and_best_practices(open_page, address, width, theme):
    page = open_page(address, width=width, **THEMES[theme])
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    results = Axe().run(page, options={"runOnly": tags})
    assert len(results.response["passes"]) > 15
    assert results.response["violations"] == [], results.generate_report()


# Of what has the focus: whether less than half of what could be seen of it is, because the bar, say, covers it.
COVERED = """() => {
  const node = document.activeElement;
  const box = node.getBoundingClientRect();
  const [width, height] = [Math.min(box.width, innerWidth), Math.min(box.height, innerHeight)];
  let seen = 0;
  for (let row = 0; row < 9; row++) {
    for (let column = 0; column < 9; column++) {
      const x = box.width > width ? (width * (column + 0.5)) / 9 : box.left + (width * (column + 0.5)) / 9;
      const y = box.height > height ? (height * (row + 0.5)) / 9 : box.top + (height * (row + 0.5)) / 9;
      const found = document.elementFromPoint(x, y);
      seen += Boolean(found && (node.contains(found) || (found.closest(".stage") && node.closest(".stage"))));
    }
  }
  return seen > 40 ? null : [node.id || node.className || node.textContent, box.top, seen];
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (640, 450), (320, 225), (390, 844)])
def test_the_focused_element_is_visible(open_page, width, height):
    """At 100, 200 and 400 % of a window of 1280 by 900, and on a phone."""
    page = open_page("tiny/explorer.html", width=width, height=height)
    for key in ("Tab", "Shift+Tab"):
        covered, seen = [], set()
        for _ in range(120):
            page.keyboard.press(key)
            node = page.evaluate("document.activeElement === document.body ? null : document.activeElement.outerHTML")
            if node is None or node in seen:
                break
            seen.add(node)
            covered.append(page.evaluate(COVERED))
        assert len(covered) > 20
        assert [entry for entry in covered if entry] == []


def test_a_palette_is_one_tab_stop_with_arrow_keys_inside(explorer):
    explorer.locator("#sort").focus()
    explorer.keyboard.press("Tab")
    inside = "document.activeElement.closest('#chips') !== null"
    assert explorer.evaluate(inside)
    explorer.keyboard.press("ArrowDown")
    assert explorer.evaluate("document.activeElement.closest('li').dataset.label") == "1"
    explorer.keyboard.press("ArrowRight")
    assert explorer.evaluate("document.activeElement.className") == "copy"
    expect(explorer.locator("#k-value")).to_have_text("2")
    explorer.keyboard.press("Tab")
    assert not explorer.evaluate(inside)


@pytest.fixture
def phone(open_page):
    return open_page("tiny/explorer.html#k=2", width=390, height=844, has_touch=True, is_mobile=True)


def swipe(page, x, y, dx, dy):
    session = page.context.new_cdp_session(page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        place = {"x": x + dx * step / 8, "y": y + dy * step / 8}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
        page.wait_for_timeout(16)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


# The first is where the divider's thumb is, the last scrolls by itself, sideways.
@pytest.mark.parametrize(
    "selector",
    ["#frame", "#chips", "#thumbs", "#scatter", "#difference", "#inertia", "#silhouette", "#all", "#comparison"],
)
def test_a_swipe_that_starts_anywhere_moves_the_page(phone, selector):
    phone.evaluate("selector => document.querySelector(selector).scrollIntoView({ block: 'center' })", selector)
    box = phone.locator(selector).bounding_box()
    before = phone.evaluate("scrollY")
    swipe(phone, 195, box["y"] + box["height"] / 2, 0, 150 if selector == "#comparison" else -150)
    wait_until(phone, "before => Math.abs(scrollY - before) > 100", arg=before)


def test_a_finger_turns_the_scatter_sideways_and_any_way_after_a_tap(phone):
    phone.locator("#scatter").scroll_into_view_if_needed()
    box = phone.locator("#scatter").bounding_box()
    x, y = box["x"] + 60, box["y"] + box["height"] - 40
    start = camera(phone)
    swipe(phone, x, y, 120, 0)
    wait_until(phone, TURNED, arg=start)
    aside = camera(phone)
    scrolled = phone.evaluate("scrollY")
    phone.touchscreen.tap(x, y)
    expect(phone.locator("#scatter.held")).to_have_count(1)
    swipe(phone, x, y, 0, -120)
    wait_until(phone, f"eye => {EYE}.rise !== eye.rise", arg=aside)
    assert phone.evaluate("scrollY") == scrolled
    phone.touchscreen.tap(20, 20)
    expect(phone.locator("#scatter.held")).to_have_count(0)


def test_a_tap_on_the_picture_keeps_a_cluster_and_on_a_curve_sets_k(phone):
    page = phone
    box = page.locator("#frame").bounding_box()
    page.touchscreen.tap(box["x"] + 20, box["y"] + 20)
    expect(page.locator("#tip")).to_be_visible()
    expect(page.locator("#chips [aria-pressed='true']")).to_have_count(1)
    page.locator("#inertia").scroll_into_view_if_needed()
    box = page.locator("#inertia").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 5, box["y"] + 30)
    expect(page.locator("#k-value")).to_have_text("3")


AWAY = {
    "scroll": lambda page: page.evaluate("scrollBy(0, 60)"),
    "tap elsewhere": lambda page: page.locator(".heading h2").first.tap(),
}


@pytest.mark.parametrize("way", AWAY)
def test_a_tap_whose_picture_is_decoded_late_says_nothing_where_the_finger_no_longer_is(open_page, way):
    page = open_page("tiny/explorer.html#k=3", before=HOLD, width=390, height=844, has_touch=True, is_mobile=True)
    page.locator("#frame").scroll_into_view_if_needed()
    box = page.locator("#frame").bounding_box()
    page.touchscreen.tap(box["x"] + 20, box["y"] + 20)
    wait_until(page, "held.length === 1")
    AWAY[way](page)
    page.evaluate(RELEASE, 0)
    expect(page.locator("#chips [aria-pressed='true']")).to_have_count(1)
    assert page.locator("#tip").is_hidden()


def test_colours_and_pressed_buttons_stay_visible_with_forced_colours(open_page, folder):
    page = open_page("tiny/explorer.html#k=2", forced_colors="active")
    swatch = tuple(picture(page.locator("#chips .swatch").first)[4, 60].tolist())
    assert swatch == tuple(bytes.fromhex(palette(folder, 2)[0][1:]))
    strip = picture(page.locator("#stripes"))[5, 40]
    assert tuple(strip.tolist()) == swatch
    looks = page.locator("#mode-divider, #mode-beside").evaluate_all(
        "nodes => nodes.map((node) => getComputedStyle(node).backgroundColor)"
    )
    assert looks[0] != looks[1]
    track = picture(page.locator("#k"))
    assert len({tuple(color) for color in track[:, 5 * track.shape[1] // 8].tolist()}) > 1


def test_the_page_is_still_useful_without_javascript(browser, finished_once):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((finished_once.folder / "results/tiny/explorer.html").as_uri())
    expect(page.locator(".plain")).to_be_visible()
    for name in ("#left", "#right", "#scores", "#all", "#inertia"):
        expect(page.locator(name)).to_be_visible()
    expect(page.locator("#k")).to_be_hidden()
    for link in page.locator("a").evaluate_all("nodes => nodes.map((node) => node.href)"):
        assert Path(unquote(urlsplit(link).path)).is_file()
    context.close()


@pytest.mark.parametrize("width", [320, 390, 1440, 1920, 3840])
@pytest.mark.parametrize("address", ["tiny/explorer.html", "index.html"])
def test_no_width_scrolls_sideways(open_page, address, width):
    page = open_page(address, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1280])
def test_a_wide_table_scrolls_by_itself(open_page, width):
    page = open_page("tiny/explorer.html", width=width)
    page.add_style_tag(content=".table table { min-width: 2000px; }")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_front_page_leads_to_the_explorer(open_page):
    page = open_page("index.html")
    page.locator(".tiles a").last.click()
    page.wait_for_selector("body[data-ready]")
    assert page.url.endswith("/tiny/explorer.html#k=6")
    expect(page.locator("#k-value")).to_have_text("6")
    page.get_by_role("link", name="All photographs").click()
    assert page.url.endswith("/index.html")


def test_everything_can_be_reached_by_keyboard_and_has_a_name(explorer):
    snapshot = explorer.evaluate("""() =>
      [...document.querySelectorAll("main button, main a, main input, main select, [tabindex='0']")]
        .filter((node) => node.checkVisibility() && !node.closest("#chips, #thumbs, #lost"))
        .map((node) => {
          const name = node.ariaLabel || node.labels?.[0]?.textContent || node.textContent;
          const by = document.getElementById(node.getAttribute("aria-labelledby"));
          return [node.id, node.tabIndex, (by?.textContent ?? name).trim()];
        })
    """)
    assert len(snapshot) > 20
    assert [entry for entry in snapshot if entry[1] != 0 or not entry[2]] == []


def test_the_report_holds_every_figure_and_opens(browser, finished_once, tmp_path):
    run = finished_once.snakemake("--report", str(tmp_path / "report.zip"))
    assert run.returncode == 0, run.stdout
    with zipfile.ZipFile(tmp_path / "report.zip") as archive:
        archive.extractall(tmp_path)
    page = browser.new_page()
    complaints, requests = [], []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto((tmp_path / "report/report.html").as_uri())
    expect(page.get_by_text("All images")).to_be_visible()
    results = page.evaluate("results")
    page.close()
    figures = {f"results/{name}" for name in finished_once.products() if name.endswith(".png")}
    assert set(results) == figures - {"results/tiny/resized.png"}
    for name, entry in results.items():
        assert entry["caption"]
        assert set(entry["labels"]) == {"k", "figure"}
        if entry["labels"]["figure"] == "palette":
            k = entry["labels"]["k"].strip()
            assert ("in the answer" if k == "answer" else f"at k = {k}") in entry["caption"]
        assert (tmp_path / "report" / entry["data_uri"]).read_bytes() == (finished_once.folder / name).read_bytes()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
