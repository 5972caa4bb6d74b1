"""The pages work in a real browser: by pointer, keys and address, in both themes, with nothing from the network."""

import csv
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from _browser import find_browser
from _formats import FORMATS

ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
EYE = "document.getElementById('scatter')._fullLayout.scene._scene.getCamera().eye"
TURNED = f"eye => {EYE}.x !== eye.x"


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, finished_once):
    """Open a page of the results; at the end, no page may have complained or asked the network for anything."""
    contexts, complaints, requests = [], [], []

    def open_page(address, width=1440, height=900, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True, **options)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto((finished_once.folder / "results").as_uri() + f"/{address}")
        if "explorer" in address:
            page.wait_for_selector("body[data-ready]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.fixture
def explorer(open_page):
    return open_page("tiny/explorer.html#k=2")


@pytest.fixture
def folder(finished_once):
    return finished_once.folder / "results/tiny"


def wait_until(page, expression, arg=None):
    """Poll from outside: the page's own policy forbids the eval that Playwright's wait_for_function needs."""
    for _ in range(300):
        if page.evaluate(expression, arg):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never true: {expression}")


def palette(folder, k):
    with (folder / f"k{k}/palette.csv").open() as file:
        return [row["hex"] for row in csv.DictReader(file)]


def shown(page):
    return page.locator("#chips code").all_inner_texts()


def camera(page):
    return page.evaluate(EYE)


def picture(locator):
    return np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("RGB"))


def test_the_slider_drives_everything(explorer, folder):
    assert shown(explorer) == palette(folder, 2)
    before = explorer.locator("#other").get_attribute("src")
    explorer.locator("#k").fill("1")
    assert shown(explorer) == palette(folder, 3)
    assert explorer.locator("#other").get_attribute("src") != before
    expect(explorer.locator("#k-value")).to_have_text("3")
    expect(explorer.locator("#scores-title")).to_have_text("What 3 colours mean")
    expect(explorer.locator("#comparison-words")).to_contain_text("At 3 colours")
    wait_until(explorer, "document.getElementById('inertia').data[2].x[0] === 3")
    wait_until(explorer, "document.getElementById('scatter').layout.scene.annotations.length === 3")
    assert explorer.locator("#k").get_attribute("aria-valuetext") == "3 colours"


def test_arrow_keys_step_and_stop_at_the_ends(explorer):
    for key, k in (("ArrowLeft", "2"), ("ArrowRight", "3"), ("ArrowRight", "3"), ("ArrowLeft", "2")):
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


def test_a_click_on_a_curve_sets_k(explorer):
    explorer.locator("#inertia .points path").nth(1).click(force=True)
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
    explorer.add_style_tag(content=".divider, .tag { display: none !important; }")
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
    original, other = (explorer.locator(f".pane.{name}").bounding_box() for name in ("original", "other"))
    assert original["y"] == other["y"]
    assert original["x"] + original["width"] <= other["x"]
    explorer.click("#zoom-in")
    expect(explorer.locator("#zoom-value")).to_have_text("2×")
    assert explorer.locator("#original").bounding_box()["width"] == pytest.approx(2 * original["width"])
    explorer.locator("#frame").press("ArrowRight")
    moved, along = (explorer.locator(f"#{name}").bounding_box() for name in ("original", "other"))
    assert moved["x"] - original["x"] == pytest.approx(along["x"] - other["x"])
    explorer.locator("#frame").press("0")
    expect(explorer.locator("#zoom-value")).to_have_text("1×")


def test_the_error_map_is_the_third_layer(explorer):
    expect(explorer.locator("#scale")).to_be_hidden()
    before = explorer.locator("#other").get_attribute("src")
    explorer.click("#layer-error")
    expect(explorer.locator("#scale")).to_be_visible()
    expect(explorer.locator("#other")).to_have_attribute("alt", re.compile("colour difference"))
    assert explorer.locator("#other").get_attribute("src") != before
    explorer.click("#layer-picture")
    assert explorer.locator("#other").get_attribute("src") == before


def test_one_color_and_all_are_copied(explorer, folder):
    explorer.locator("#chips button").nth(1).click()
    expect(explorer.locator("#toast")).to_have_text(f"Copied {palette(folder, 2)[1]}")
    assert explorer.evaluate("navigator.clipboard.readText()") == palette(folder, 2)[1]
    explorer.click("#copy-all")
    expect(explorer.locator("#toast")).to_have_text("Copied 2 colours")
    assert explorer.evaluate("navigator.clipboard.readText()").split("\n") == palette(folder, 2)


def test_downloads_are_the_files(explorer, folder):
    explorer.keyboard.press("ArrowRight")
    names = {"png": "reconstructed.png"} | {suffix: f"palette.{suffix}" for suffix in FORMATS}
    for suffix, name in names.items():
        with explorer.expect_download() as download:
            explorer.click(f"[id='download-{suffix}']")
        assert download.value.suggested_filename == f"tiny-k3.{suffix}"
        assert Path(download.value.path()).read_bytes() == (folder / "k3" / name).read_bytes()


def test_the_scatter_is_drawn_in_both_colorings(explorer, folder):
    explorer.evaluate("Plotly.relayout('scatter', {'scene.annotations': []})")
    scatter = explorer.locator("#scatter")

    def colors():
        return set(map(tuple, picture(scatter).reshape(-1, 3).tolist()))

    few = colors()
    assert {tuple(bytes.fromhex(code[1:])) for code in palette(folder, 2)} <= few
    explorer.click("#color-own")
    wait_until(explorer, "document.getElementById('scatter').data[0].marker.color[0].startsWith?.('#')")
    explorer.evaluate("Plotly.relayout('scatter', {'scene.annotations': []})")
    own = {color for _, color in Image.open(folder / "resized.png").getcolors(1000)}
    assert len(colors() & own) > len(few & own) + 30


def test_the_camera_is_kept_while_k_changes(explorer):
    start = camera(explorer)
    box = explorer.locator("#scatter").bounding_box()
    explorer.locator("#scatter").scroll_into_view_if_needed()
    box = explorer.locator("#scatter").bounding_box()
    explorer.mouse.move(box["x"] + 200, box["y"] + 200)
    explorer.mouse.down()
    explorer.mouse.move(box["x"] + 300, box["y"] + 230, steps=5)
    explorer.mouse.up()
    turned = camera(explorer)
    assert turned != start
    explorer.locator("#copy-all").focus()
    explorer.keyboard.press("ArrowRight")
    wait_until(explorer, "document.getElementById('scatter').layout.scene.annotations.length === 3")
    assert camera(explorer) == pytest.approx(turned)


def test_keys_turn_the_scatter_and_not_k(explorer):
    start = camera(explorer)
    explorer.locator("#scatter").press("ArrowRight")
    wait_until(explorer, TURNED, arg=start)
    expect(explorer.locator("#k-value")).to_have_text("2")


def test_the_scatter_rotates_only_when_asked(explorer):
    start = camera(explorer)
    explorer.wait_for_timeout(300)
    assert camera(explorer) == start
    explorer.click("#spin")
    wait_until(explorer, TURNED, arg=start)
    explorer.click("#spin")
    expect(explorer.locator("#spin")).to_have_attribute("aria-pressed", "false")


def test_charts_follow_the_theme_and_keep_the_camera(explorer):
    start = camera(explorer)
    explorer.locator("#scatter").press("ArrowRight")
    wait_until(explorer, TURNED, arg=start)
    turned = camera(explorer)
    line = explorer.evaluate("document.getElementById('inertia').data[1].line.color")
    explorer.emulate_media(color_scheme="dark")
    wait_until(explorer, "line => document.getElementById('inertia').data[1].line.color !== line", arg=line)
    wait_until(explorer, f"x => Math.abs({EYE}.x - x) < 1e-6", arg=turned["x"])


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["tiny/explorer.html", "index.html"])
def test_text_is_readable(open_page, address, color_scheme):
    """Contrast by WCAG 2 of every visible text with its background, where both are plain colours."""
    page = open_page(address, color_scheme=color_scheme)
    ratios = page.evaluate("""() => {
      const parse = (color) => color.match(/[\\d.]+/g).map(Number);
      const luminance = (color) => {
        const [r, g, b] = color.map((value) => {
          value /= 255;
          return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const found = [];
      for (const node of document.querySelectorAll("body *:not(script)")) {
        if (node.closest("svg, .hidden, .tag, #scatter, #toast")) continue;
        if (![...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim())) continue;
        if (!node.checkVisibility()) continue;
        let below = node;
        while (below && parse(getComputedStyle(below).backgroundColor)[3] === 0) below = below.parentElement;
        const back = below ? getComputedStyle(below).backgroundColor : "rgb(255, 255, 255)";
        const pair = [getComputedStyle(node).color, back].map((color) => luminance(parse(color).slice(0, 3)));
        found.push([(Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05), node.textContent.slice(0, 40)]);
      }
      return found;
    }""")
    assert len(ratios) > 5
    assert [text for ratio, text in ratios if ratio < 4.5] == []


@pytest.mark.parametrize("width", [390, 1440, 1920, 3840])
@pytest.mark.parametrize("address", ["tiny/explorer.html", "index.html"])
def test_no_width_scrolls_sideways(open_page, address, width):
    page = open_page(address, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_front_page_leads_to_the_explorer(open_page):
    page = open_page("index.html")
    page.locator(".tiles a").last.click()
    page.wait_for_selector("body[data-ready]")
    assert page.url.endswith("/tiny/explorer.html#k=3")
    expect(page.locator("#k-value")).to_have_text("3")
    page.get_by_role("link", name="All photographs").click()
    assert page.url.endswith("/index.html")


def test_everything_is_reached_by_keyboard_and_named(explorer):
    snapshot = explorer.evaluate("""() =>
      [...document.querySelectorAll("main button, main a, main input, .bar button, .bar input, [tabindex='0']")]
        .filter((node) => node.checkVisibility())
        .map((node) => {
          const name = node.ariaLabel || node.labels?.[0]?.textContent || node.textContent;
          return [node.id, node.tabIndex, name.trim()];
        })
    """)
    assert len(snapshot) > 20
    assert [entry for entry in snapshot if entry[1] != 0 or not entry[2]] == []
    images = explorer.locator("img").evaluate_all("nodes => nodes.map((node) => node.alt)")
    assert all(images)


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
        assert (tmp_path / "report" / entry["data_uri"]).read_bytes() == (finished_once.folder / name).read_bytes()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
