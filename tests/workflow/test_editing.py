"""In the explorer, palettes are edited, pixels inspected and contrasts judged: as the pipeline would compute them."""

import base64
import csv
import io
import itertools
import re

import numpy as np
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from coloraide import Color
from PIL import Image
from playwright.sync_api import expect
from skimage.color import deltaE_ciede2000

from chromium import edit, offered, opened_page
from photopalette.color.inferno import INFERNO
from photopalette.color.names import name_colors
from photopalette.color.spaces import luminance, nearest, to_space, to_srgb
from photopalette.color.table import ColorTable, hex_codes, load_table
from photopalette.config.settings import check_palettes, resolve
from photopalette.palettes.formats import FORMATS, palette_files
from photopalette.palettes.palette import palette_rows
from photopalette.palettes.reading import parse_colors
from photopalette.pictures.indexed import read_indexed
from photopalette.quality.metrics import DELTA_E_MAX, Reference, score_picture
from project import wait_until
from settings import SCHEMA


@pytest.fixture(scope="module")
def browser_page():
    with opened_page(viewport={"width": 1280, "height": 900}) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield page


@pytest.fixture
def complaints(browser_page):
    found = []
    browser_page.on("pageerror", lambda error: found.append(str(error)))
    browser_page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    yield found
    assert found == []


@pytest.fixture
def explorer(browser_page, complaints, folder):
    return show(browser_page, folder / "explorer.html", 3)


def show(page, path, k):
    page.goto("about:blank")
    page.goto(f"{path.as_uri()}#k={k}")
    page.wait_for_selector("body[data-ready]")
    return page


def codes(page):
    return page.locator("#rows code").all_inner_texts()


def settled(page):
    """Wait until the whole page shows the last step; its picture is encoded a moment after the list has changed."""
    wait_until(lambda: page.evaluate("selection.view.palette.join()") == ",".join(codes(page)))


def reassign(page):
    """Give every pixel its nearest colour, and wait until that shows, although no colour may change by it."""
    settled(page)
    page.evaluate("() => { window.before = selection.view; }")
    page.click("#reassign")
    page.wait_for_function("() => selection.view !== window.before")


def rgb(hexes):
    return np.array([list(bytes.fromhex(code[1:])) for code in hexes], np.uint8)


def measured(page):
    return page.locator("#measured dd:nth-child(2)").all_inner_texts()


class Model:
    """What the editor does to the palette of a picture, in numpy."""

    def __init__(self, table: ColorTable, picture: str, space: str):
        self.table, self.space, (self.palette, self.indices) = table, space, read_indexed(picture)
        self.points = to_space(table.colors[table.index], space)

    def distances(self, colors):
        return ((self.points[:, None] - to_space(colors, self.space)) ** 2).sum(axis=2)

    def drop(self, gone):
        rest = np.delete(self.palette, gone, axis=0)
        kept = self.indices - (self.indices > gone)
        self.indices = np.where(self.indices == gone, self.distances(rest).argmin(axis=1), kept)
        self.palette = rest

    def merge(self, one, other):
        both = np.isin(self.indices, [one, other])
        self.palette[one] = to_srgb(self.points[both].mean(axis=0)[None], self.space)[0]
        self.indices = np.where(both, one, self.indices - (self.indices > other))
        self.palette = np.delete(self.palette, other, axis=0)

    def fit(self, locked):
        centres = to_space(self.palette, self.space)
        for _ in range(100):
            labels = ((self.points[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
            for label in set(labels.tolist()) - locked:
                centres[label] = self.points[labels == label].mean(axis=0)
        moved = to_srgb(centres, self.space)
        self.palette = np.array([self.palette[at] if at in locked else moved[at] for at in range(len(moved))])
        self.reassign()

    def reassign(self):
        self.indices = self.distances(self.palette).argmin(axis=1)

    def agrees_with(self, page):
        wait_until(lambda: codes(page) == hex_codes(self.palette))
        settled(page)
        picture = Image.open(io.BytesIO(offered(page, "png")[1]))
        assert picture.mode == "P"
        assert hex_codes(rgb(codes(page))) == hex_codes(np.reshape(picture.getpalette(), (-1, 3)).astype(np.uint8))
        assert np.array_equal(np.asarray(picture).ravel(), self.indices)
        drawn = page.locator("#right").get_attribute("src")
        assert np.array_equal(
            np.asarray(Image.open(io.BytesIO(base64.b64decode(drawn.split(",")[1]))).convert("RGB")).reshape(-1, 3),
            self.palette[self.indices],
        )
        scores = score_picture(Reference(self.table), self.palette, self.indices.astype(np.uint8))
        difference, psnr, size = measured(page)
        assert (difference, psnr) == (f"{scores['delta_e_mean']:.2f}", f"{scores['psnr']:.2f}")
        assert size.startswith("≈ ")
        counts = np.bincount(self.indices, minlength=len(self.palette))
        shares = [float(text.split()[0]) for text in page.locator("#rows .swatch span").all_inner_texts()]
        assert shares == pytest.approx(100 * counts / counts.sum(), abs=0.1)
        assert sum(shares) == pytest.approx(100)


@pytest.mark.parametrize("space", ["rgb", "lab", "oklab"])
def test_an_edited_picture_and_its_scores_are_those_of_its_palette(browser_page, complaints, folder, tmp_path, space):
    """In whatever space the study was: the page is told by its data."""
    html = (folder / "explorer.html").read_text(encoding="utf-8")
    (tmp_path / "explorer.html").write_text(html.replace('"space":"rgb"', f'"space":"{space}"'), encoding="utf-8")
    page = show(browser_page, tmp_path / "explorer.html", 6)
    edit(page)
    model = Model(load_table(folder / "pixels.npz"), folder / "answer/reconstructed.png", space)
    page.locator("#rows input").nth(1).fill("#3366cc")
    model.palette[1] = [0x33, 0x66, 0xCC]
    model.agrees_with(page)
    page.locator("#rows li").nth(3).get_by_role("button", name="Drop").click()
    model.drop(3)
    model.agrees_with(page)
    page.locator("#rows li").nth(4).get_by_role("button", name="Merge").click()
    page.locator("#rows li").nth(2).get_by_role("button", name="Merge").click()
    model.merge(2, 4)
    model.agrees_with(page)
    reassign(page)
    model.reassign()
    model.agrees_with(page)
    page.locator("#rows li").nth(1).get_by_role("button", name="Lock").click()
    page.click("#fit")
    model.fit({1})
    model.agrees_with(page)
    assert "#3366cc" in codes(page)
    # The palette as files, and its name everywhere else on the page.
    counts = np.bincount(model.indices, minlength=len(model.palette))
    order = np.argsort(-counts, kind="stable")
    files = palette_files(palette_rows(model.palette[order], counts[order]), "tiny")
    assert {suffix: offered(page, suffix) for suffix in FORMATS} == {
        suffix: (f"tiny-k6-edited.{suffix}", content) for suffix, content in files.items()
    }
    expect(page.locator("#side-right option:checked")).to_have_text("4 colours, edited")
    assert page.evaluate("document.getElementById('scatter').space.markers.map(({ hex }) => hex)") == codes(page)


def test_what_an_edited_palette_is_worth_in_the_study_is_what_the_page_says(explorer, folder):
    """With every pixel in its nearest colour, which is how a study uses a palette that it is given."""
    edit(explorer)
    explorer.locator("#rows input").nth(0).fill("#775533")
    reassign(explorer)
    explorer.locator("#format").select_option("YAML for config.yaml")
    explorer.evaluate("navigator.clipboard.writeText('')")
    explorer.click("#copy-all")
    wait_until(lambda: explorer.evaluate("navigator.clipboard.readText()"))
    given = yaml.safe_load(explorer.evaluate("navigator.clipboard.readText()"))
    config = {"images": {"photo": {"source": "skimage:coffee"}}, **given}
    check_palettes(config)
    ((name, colors),) = resolve(config, SCHEMA)["photo"]["palettes"].items()
    assert name == "edited"
    palette, table = parse_colors(colors), load_table(folder / "pixels.npz")
    assert sorted(hex_codes(palette)) == sorted(codes(explorer))
    indices = nearest(table.colors, palette, "rgb")[table.index]
    scores = score_picture(Reference(table), palette, indices)
    assert measured(explorer)[:2] == [f"{scores['delta_e_mean']:.2f}", f"{scores['psnr']:.2f}"]


def test_the_unedited_palette_has_the_scores_of_the_study(explorer, folder):
    edit(explorer)
    with (folder / "scores.csv").open() as file:
        row = next(row for row in csv.DictReader(file) if row["k"] == "3")
    size = int(row["png_bytes"])
    words = f"{size}\xa0B" if size < 1000 else f"{size / 1000:.1f}\xa0kB"
    assert measured(explorer) == [f"{float(row['delta_e_mean']):.2f}", f"{float(row['psnr']):.2f}", words]


def test_every_step_is_undone_and_done_again_and_said(explorer):
    explorer.evaluate("window.setTimeout = () => 0")
    edit(explorer)
    original, toast = codes(explorer), explorer.locator("#toast")
    source = explorer.locator("#right").get_attribute("src")
    expect(explorer.locator("#undo")).to_be_disabled()
    explorer.locator("#rows input").nth(0).fill("#ff0000")
    expect(toast).to_contain_text(f"Changed {original[0]} to {name_colors(rgb(['#ff0000']))[0]} (#ff0000)")
    explorer.get_by_role("button", name=f"Drop {original[2]}").click()
    expect(toast).to_contain_text(original[2])
    expect(toast).to_contain_text("Dropped")
    changed = codes(explorer)
    assert len(changed) == 2
    # The focus is not lost with the button that had it.
    assert explorer.evaluate("document.activeElement.closest('#rows') !== null")
    explorer.keyboard.press("Control+z")
    expect(toast).to_contain_text("Undone: Dropped")
    explorer.click("#undo")
    expect(toast).to_contain_text("Undone: Changed")
    assert codes(explorer) == original
    wait_until(lambda: explorer.locator("#right").get_attribute("src") == source)
    expect(explorer.locator("#undo")).to_be_disabled()
    explorer.keyboard.press("Control+Shift+z")
    expect(toast).to_contain_text("Done again: Changed")
    explorer.click("#redo")
    assert codes(explorer) == changed
    explorer.click("#reset")
    wait_until(lambda: explorer.locator("#right").get_attribute("src") == source)
    assert codes(explorer) == original
    explorer.click("#undo")
    assert codes(explorer) == changed
    expect(toast).to_have_attribute("role", "status")


def test_a_palette_is_edited_by_keyboard_alone(explorer):
    explorer.evaluate("window.setTimeout = () => 0")
    explorer.locator("#edit").focus()
    explorer.keyboard.press("Enter")
    explorer.wait_for_selector("#editor:not([inert]) #rows li")
    first, second, third = codes(explorer)
    for _ in range(3):  # past the two buttons for all colours
        explorer.keyboard.press("Tab")
    assert explorer.evaluate("document.activeElement.ariaLabel").startswith("Change ")
    explorer.keyboard.press("ArrowRight")
    explorer.keyboard.press("Enter")
    expect(explorer.locator("#toast")).to_have_text(f"Choose the colour to merge {first} with")
    explorer.keyboard.press("Escape")
    expect(explorer.locator("#rows [aria-pressed=true]")).to_have_count(0)
    explorer.keyboard.press("Enter")
    explorer.keyboard.press("ArrowDown")
    assert explorer.evaluate("document.activeElement.ariaLabel") == f"Merge {second} with {first}"
    explorer.keyboard.press("Enter")
    expect(explorer.locator("#toast")).to_contain_text(f"Merged {first} and {second} into ")
    settled(explorer)
    difference = explorer.locator("#measured dd").first.inner_text()
    expect(explorer.locator("#toast")).to_contain_text(f"Mean ΔE {difference}.")
    assert len(codes(explorer)) == 2
    assert codes(explorer)[1] == third
    expect(explorer.locator("#k-value")).to_have_text("3")


def test_while_a_colour_is_being_chosen_there_is_one_step(explorer):
    edit(explorer)
    original = codes(explorer)
    explorer.evaluate("""async () => {
      const input = document.querySelector("#rows input");
      for (const value of ["#111111", "#222222", "#333333"]) {
        input.value = value;
        input.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }""")
    assert codes(explorer) == ["#333333", *original[1:]]
    settled(explorer)
    explorer.click("#undo")
    assert codes(explorer) == original


def test_locked_colours_and_the_last_one_can_not_be_lost(explorer):
    edit(explorer)
    first = explorer.locator("#rows li").nth(0)
    first.get_by_role("button", name="Lock").click()
    expect(first.get_by_role("button", name="Lock")).to_have_attribute("aria-pressed", "true")
    for control in (first.locator("input"), *(first.get_by_role("button", name=name) for name in ("Drop", "Merge"))):
        expect(control).to_be_disabled()
    for _ in range(2):
        explorer.locator("#rows li").last.get_by_role("button", name="Drop").click()
    assert len(codes(explorer)) == 1
    first.get_by_role("button", name="Lock").click()
    expect(first.get_by_role("button", name="Drop")).to_be_disabled()
    expect(first.locator("input")).to_be_enabled()


def test_each_k_has_edits_of_its_own_and_the_study_is_still_there(explorer, folder):
    edit(explorer)
    explorer.locator("#rows input").nth(0).fill("#00ff00")
    settled(explorer)
    explorer.locator("#side-left").select_option("k=3")
    left = base64.b64decode(explorer.locator("#left").get_attribute("src").split(",")[1])
    assert left == (folder / "k3/reconstructed.png").read_bytes()
    explorer.locator("#k").fill("0")
    wait_until(lambda: len(codes(explorer)) == 2 and "#00ff00" not in codes(explorer))
    settled(explorer)
    assert offered(explorer, "png")[1] == (folder / "k2/reconstructed.png").read_bytes()
    explorer.locator("#k").fill("1")
    wait_until(lambda: codes(explorer)[0] == "#00ff00")
    settled(explorer)
    assert b"#00ff00" in offered(explorer, "css")[1]


def test_an_edit_lets_go_of_colours_and_keeps_the_order_of_the_palette(explorer):
    explorer.locator("#chips .swatch").nth(1).click()
    explorer.mouse.move(5, 5)
    expect(explorer.locator("#silhouettes.lit")).to_have_count(1)
    edit(explorer)
    explorer.get_by_role("button", name="Drop").first.click()
    settled(explorer)
    expect(explorer.locator(":is(#silhouettes, #chips, #stripes).lit")).to_have_count(0)
    assert explorer.locator(".mask").first.is_hidden()
    explorer.locator("#rows input").nth(0).fill("#0000ff")
    reassign(explorer)
    # Hardly anything is nearest to blue: sorted by share, it is last.
    explorer.click("#edit")
    assert explorer.locator("#chips code").all_inner_texts()[-1] == "#0000ff"
    shares = [float(share.split()[0]) for share in explorer.locator("#chips .swatch span").all_inner_texts()]
    assert shares == sorted(shares, reverse=True)


def test_files_written_in_the_page_are_those_of_the_pipeline(explorer):
    """For all kinds of colours, shares that are halves in their last digit, and hostile names."""
    rng = np.random.default_rng(5)
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    dark = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 0, 255]], np.uint8)
    cases = [(greys, np.arange(256, 0, -1)), (dark, np.array([57, 35, 16, 8, 8, 3, 1])), (dark, np.full(7, 5))]
    for size in (1, 2, 13, 16, 17, 40, 256):
        palette = rng.permutation(np.unique(rng.integers(0, 256, (2 * size, 3)), axis=0))[:size].astype(np.uint8)
        cases.append((palette, np.sort(rng.integers(0, 3000, size))[::-1] + (np.arange(size) == 0)))
    titles = ["tiny", "2024-ü", "a<b>&\"'\u2028", "קפה", "🏔️"]
    for (palette, pixels), image in zip(cases, itertools.cycle(titles), strict=False):
        # The survey's names, and those of a stock.
        for names in (None, [f'{at}, the "{image}"' for at in range(len(palette))]):
            written = explorer.evaluate(
                """([hexes, pixels, image, names]) => Object.fromEntries(
                  Object.entries(formats.files(hexes, pixels, image, names ?? undefined))
                  .map(([name, content]) => [name, base64(content)]))""",
                [hex_codes(palette), pixels.tolist(), image, names],
            )
            expected = palette_files(palette_rows(palette, pixels, names), image)
            assert written.keys() == expected.keys() == FORMATS.keys()
            for suffix, content in expected.items():
                assert base64.b64decode(written[suffix]) == content, (suffix, image)


def test_names_and_differences_are_those_of_the_pipeline(explorer):
    rng = np.random.default_rng(7)
    colors = np.vstack([rng.integers(0, 256, (80, 3)), [[0] * 3, [255] * 3, [128] * 3, [127, 127, 128]]]).astype(
        np.uint8
    )
    assert explorer.evaluate("hexes => hexes.map(nameOf)", hex_codes(colors)) == name_colors(colors)
    lab = to_space(colors, "lab")
    found = explorer.evaluate(
        """hexes => {
          const lab = pointsOf(hexes, "lab");
          return hexes.map((_, at) => hexes.map((_, to) => deltaE(lab, 3 * at, lab, 3 * to)));
        }""",
        hex_codes(colors),
    )
    assert np.array(found) == pytest.approx(deltaE_ciede2000(lab[:, None], lab[None]), abs=1e-6)


SIMULATED = {"protanopia": "protan", "deuteranopia": "deutan", "tritanopia": "tritan"}


def simulate(code, vision):
    """Machado's simulation as another library has it."""
    return Color(code).filter(SIMULATED[vision], 1, method="machado").convert("srgb").clip().to_string(hex=True)


PALETTE = ["#c0392b", "#2e8b57", "#8b7d2e", "#3366cc", "#7f3fbf", "#f5e6d3", "#1b1b1b", "#c8403a"]
# Show the palette as if it had been found.
SET = """hexes => selection.edit(selection.id, {
  ...selection.study, palette: hexes, names: hexes.map(nameOf), oklch: hexes.map(formats.oklch),
  shares: hexes.map(() => 1 / hexes.length), labels: new Uint8Array($("scatter").space.count),
})"""


@pytest.mark.parametrize("vision", SIMULATED)
def test_colour_blind_people_confuse_what_the_simulation_brings_together(explorer, vision):
    explorer.evaluate(SET, PALETTE)
    explorer.click(f"[data-vision='{vision}']")
    seen = {code: simulate(code, vision) for code in PALETTE}
    for title in explorer.locator("#seen li").evaluate_all("nodes => nodes.map((node) => node.title)"):
        code, shown = re.search(r"(#\w{6}), seen as (#\w{6})", title).groups()
        assert np.abs(rgb([shown]).astype(int) - rgb([seen[code]])).max() <= 1
    lab = {code: to_space(rgb([seen[code]]), "lab")[0] for code in PALETTE}
    far = {
        frozenset(pair): deltaE_ciede2000(*(lab[code] for code in pair)) for pair in itertools.combinations(PALETTE, 2)
    }
    listed = [frozenset(node.locator(".sample").all_inner_texts()) for node in explorer.locator("#confused li").all()]
    assert set(listed) == {pair for pair, distance in far.items() if distance < 5}
    assert [far[pair] for pair in listed] == sorted(far[pair] for pair in listed)
    expect(explorer.locator("#vision-note")).to_contain_text("less than ΔE 5 apart")


def test_the_pairs_with_the_most_contrast_come_first_and_those_that_fail_last(explorer):
    explorer.evaluate(SET, PALETTE)

    def contrast(pair):
        dark, light = sorted(luminance(rgb(pair)))
        return (light + 0.05) / (dark + 0.05)

    for summary in explorer.locator("#contrast summary").all():
        summary.click()
    expect(explorer.locator("#contrast li")).to_have_count(len(PALETTE) * (len(PALETTE) - 1) // 2)
    items = explorer.locator("#contrast li").all()
    pairs = [item.locator(".sample").all_inner_texts() for item in items]
    assert len({frozenset(pair) for pair in pairs}) == len(PALETTE) * (len(PALETTE) - 1) // 2
    ratios = [contrast(pair) for pair in pairs]
    assert ratios == sorted(ratios, reverse=True)
    for item, ratio in zip(items, ratios, strict=True):
        value, *level = item.locator(".ratio").inner_text().split(maxsplit=1)
        assert float(value) == int(10 * ratio) / 10
        assert level == [word for least, word in ((7, "AAA"), (4.5, "AA"), (3, "large text")) if ratio >= least][:1]
    # A sample is text of one colour on the other, both ways.
    looks = (
        items[0]
        .locator(".sample")
        .evaluate_all(
            "nodes => nodes.map((node) => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor])"
        )
    )
    assert looks[0] == looks[1][::-1]
    assert sum(ratio >= 4.5 for ratio in ratios) == int(explorer.locator("#contrast-note").inner_text().split()[0])


@pytest.mark.parametrize("size", [13, 24, 25, 40])
def test_a_colour_of_a_large_palette_has_a_name_and_is_copied_alone(explorer, size):
    palette = np.unique(np.random.default_rng(size).integers(0, 256, (size, 3)), axis=0).astype(np.uint8)
    hexes, names = hex_codes(palette), name_colors(palette)
    explorer.evaluate(SET, hexes)
    swatch = explorer.locator("#chips .swatch").nth(7)
    if size <= 24:
        expect(swatch.locator("em")).to_have_text(names[7])
        button = explorer.locator("#chips .copy").nth(7)
    else:
        swatch.focus()
        explorer.keyboard.press("Enter")
        expect(explorer.locator("#detail")).to_contain_text(names[7])
        button = explorer.locator("#copy-color")
    explorer.evaluate("navigator.clipboard.writeText('')")
    button.click()
    wait_until(lambda: explorer.evaluate("navigator.clipboard.readText()") == hexes[7])


def test_names_of_palettes_in_another_direction_stay_apart_from_their_numbers(
    browser_page, complaints, folder, tmp_path
):
    html = (folder / "explorer.html").read_text(encoding="utf-8")
    (tmp_path / "explorer.html").write_text(html.replace('"wu, 3 colours"', '"קפה=x, y, 3 colours"'), encoding="utf-8")
    page = show(browser_page, tmp_path / "explorer.html", 3)
    page.locator("#side-left").select_option("method=קפה=x, y, 3 colours")
    assert page.locator("#side-left option:checked").text_content() == "\u2068קפה=x, y\u2069, 3 colours"
    wait_until(lambda: page.evaluate("$('left').naturalWidth") == 24)
    page.mouse.move(*place_of(page, "left", 4, 4))
    assert "\u2068קפה=x, y\u2069, 3 colours" in inspected(page)[1]


@pytest.mark.parametrize("width", [320, 1280])
def test_the_open_editor_is_accessible_and_fits(explorer, width):
    explorer.set_viewport_size({"width": width, "height": 900})
    edit(explorer)
    explorer.locator("#rows li").first.get_by_role("button", name="Lock").click()
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    results = Axe().run(explorer, options={"runOnly": tags})
    assert results.response["violations"] == [], results.generate_report()
    assert explorer.evaluate("document.documentElement.scrollWidth") <= width
    explorer.set_viewport_size({"width": 1280, "height": 900})


def place_of(page, side, row, column):
    box = page.locator(f".pane.{side}").bounding_box()
    return box["x"] + (column + 0.5) / 24 * box["width"], box["y"] + (row + 0.5) / 16 * box["height"]


def inspected(page):
    expect(page.locator("#tip")).to_be_visible()
    return page.locator("#tip b").inner_text(), page.locator("#tip span").inner_text()


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("shown", ["k", "k=2", "method=wu, 2 colours", "method=octree, 2 colours", "error"])
def test_pointing_tells_of_the_picture_that_is_shown(explorer, folder, shown, side):
    explorer.evaluate("() => data.others")
    explorer.click("#mode-beside")
    options = explorer.locator("#side-right option").evaluate_all("nodes => nodes.map((node) => node.value)")
    name = next(option for option in options if option.split(",")[0] == shown.split(",")[0])
    explorer.locator("#side-right").select_option(name)
    source = (
        base64.b64decode(explorer.locator("#right").get_attribute("src").split(",")[1])
        if shown != "error"
        else (folder / "k3/reconstructed.png").read_bytes()
    )
    picture = np.asarray(Image.open(io.BytesIO(source)).convert("RGB"))
    original = np.asarray(Image.open(folder / "resized.png").convert("RGB"))
    explorer.locator("#frame").scroll_into_view_if_needed()
    for row, column in ((2, 3), (9, 14), (15, 23)):
        explorer.mouse.move(5, 5)
        expect(explorer.locator("#tip")).to_be_hidden()
        explorer.mouse.move(*place_of(explorer, side, row, column))
        code, words = inspected(explorer)
        assert code == hex_codes(picture[row, column][None])[0]
        assert name_colors(picture[row, column][None])[0] in words
        assert f"Original {hex_codes(original[row, column][None])[0]}" in words
        first, second = (to_space(image[row, column][None], "lab") for image in (original, picture))
        assert f"ΔE {deltaE_ciede2000(first, second)[0]:.1f} here" in words
        assert ("wu" in words, "octree" in words) == ("wu" in shown, "octree" in shown)
        # Nothing is dimmed, and the other picture has a mark at the same place.
        assert explorer.locator(".mask").first.is_hidden()
        other = "right" if side == "left" else "left"
        assert explorer.locator(f".pane.{side} .mark-here").is_hidden()
        mark = explorer.locator(f".pane.{other} .mark-here").bounding_box()
        assert (mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2) == pytest.approx(
            place_of(explorer, other, row, column), abs=1
        )


def test_a_pixel_is_inspected_by_keys_that_leave_k_alone(explorer, folder):
    frame, status = explorer.locator("#frame"), explorer.locator(".stage [role=status]")
    frame.focus()
    explorer.keyboard.press("Shift+ArrowRight")
    original = hex_codes(np.asarray(Image.open(folder / "resized.png").convert("RGB"))[8, 12][None])[0]
    expect(status).to_contain_text(f"Original {original}")
    explorer.keyboard.press("Shift+ArrowUp")
    original = hex_codes(np.asarray(Image.open(folder / "resized.png").convert("RGB"))[7, 12][None])[0]
    expect(status).to_contain_text(f"Original {original}")
    expect(explorer.locator("#k-value")).to_have_text("3")
    explorer.keyboard.press("Enter")
    expect(explorer.locator("#chips [aria-pressed=true]")).to_have_count(1)
    explorer.keyboard.press("Escape")
    expect(explorer.locator("#tip")).to_be_hidden()
    explorer.keyboard.press("ArrowLeft")
    expect(explorer.locator("#k-value")).to_have_text("2")


CLICKED = {
    "picture": lambda page: page.locator("#frame").click(position={"x": 40, "y": 40}),
    "zoomed picture": lambda page: (page.click("#zoom-in"), page.locator("#frame").click(position={"x": 40, "y": 40})),
    "swatch": lambda page: page.locator("#chips .swatch").first.click(),
    "small picture": lambda page: page.locator("#thumbs button").nth(1).click(),
    "scatter": lambda page: page.locator("#scatter").click(position={"x": 60, "y": 200}),
    "table": lambda page: page.locator("#all thead th").nth(3).click(),
    "row": lambda page: page.locator("#all [data-row='3'] td").nth(2).click(),
    "button": lambda page: page.click("#closer"),
    "strip": lambda page: page.locator("#stripes span").first.click(),
    "lock": lambda page: (edit(page), page.locator("#rows li").first.get_by_role("button", name="Lock").click()),
}


@pytest.mark.parametrize("what", CLICKED)
def test_arrow_keys_change_k_after_a_click_on_anything(explorer, what):
    CLICKED[what](explorer)
    for key, k in (("ArrowLeft", "2"), ("ArrowRight", "3"), ("ArrowRight", "6"), ("ArrowLeft", "3")):
        explorer.keyboard.press(key)
        expect(explorer.locator("#k-value")).to_have_text(k)


def test_arrow_keys_change_k_wherever_the_focus_has_no_use_for_them(explorer):
    """By keyboard: the picture when it is not zoomed, a table that does not scroll sideways."""
    for selector in ("#frame", "#others .table", "#edit", "#zoom-in"):
        explorer.locator(selector).focus()
        explorer.keyboard.press("ArrowLeft")
        expect(explorer.locator("#k-value")).to_have_text("2")
        explorer.keyboard.press("ArrowRight")
        expect(explorer.locator("#k-value")).to_have_text("3")


@pytest.mark.parametrize("name", ["#k=99", "#k=1e1", "#k=", "#k=07"])
def test_the_address_never_names_a_k_that_is_not_shown(browser_page, complaints, folder, name):
    browser_page.goto("about:blank")
    browser_page.goto((folder / "explorer.html").as_uri() + name)
    browser_page.wait_for_selector("body[data-ready]")
    assert browser_page.evaluate("location.hash") == f"#k={browser_page.locator('#k-value').inner_text()}"
    browser_page.evaluate("location.hash = '#k=2'")
    expect(browser_page.locator("#k-value")).to_have_text("2")
    browser_page.evaluate("name => { location.hash = name; }", name)
    expect(browser_page.locator("#k-value")).to_have_text("6")
    wait_until(lambda: browser_page.evaluate("location.hash") == "#k=6")


def test_the_difference_gives_back_the_picture_that_it_covered(explorer):
    explorer.locator("#side-right").select_option("k=2")
    before = explorer.locator("#right").get_attribute("src")
    explorer.click("#layer-error")
    expect(explorer.locator("#scale")).to_be_visible()
    explorer.click("#layer-error")
    assert explorer.locator("#right").get_attribute("src") == before
    expect(explorer.locator("#side-right")).to_have_value("k=2")


# Pictures are decoded, and what has to wait goes on, only when told to.
LATER = """() => {
  const { decode } = Image.prototype;
  window.wait = setTimeout;
  window.later = [];
  window.setTimeout = (task, _, ...given) => later.push(() => void task(...given));
  window.clearTimeout = (number) => delete later[number - 1];
  Image.prototype.decode = function () {
    return new Promise((resolve, reject) => later.push(() => decode.call(this).then(resolve, reject)));
  };
}"""
NOW = """async () => {
  for (let next = 0; next < later.length; next++) {
    await later[next]?.();
    delete later[next];
    await new Promise((go_on) => wait(go_on));
  }
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
}"""


@pytest.mark.parametrize(
    "selector", ["#frame", "#chips .swatch", "#stripes span", "#scatter", "#silhouettes path", "#inertia"]
)
def test_nothing_stays_when_the_pointer_has_left(explorer, selector):
    """Whether what it was on is known before or only after that."""

    def told():
        about = explorer.locator("#tip, .mask").evaluate_all("nodes => nodes.some((node) => !node.hidden)")
        return about or explorer.evaluate("selection.color") is not None

    explorer.evaluate(LATER)
    part = explorer.locator(selector).first
    part.scroll_into_view_if_needed()
    for late in (True, False):
        box = part.bounding_box()
        x, y = box["width"] / 3, box["height"] / 2
        if selector == "#scatter":
            x, y = explorer.evaluate("(({ x, y }) => [x, y])($('scatter').space.markers[1])")
        explorer.mouse.move(box["x"] + x, box["y"] + y)
        explorer.mouse.move(box["x"] + x + 2, box["y"] + y + 2)
        if not late:
            explorer.evaluate(NOW)
            assert told()
        explorer.mouse.move(5, 5)
        explorer.evaluate(NOW)
        assert not told()


def test_a_picture_that_is_left_without_a_word_of_it_is_left(explorer):
    explorer.mouse.move(*place_of(explorer, "left", 4, 4))
    expect(explorer.locator("#tip")).to_be_visible()
    explorer.evaluate("document.querySelector('h1').dispatchEvent(new PointerEvent('pointermove', { bubbles: true }))")
    expect(explorer.locator("#tip")).to_be_hidden()


SLOW = """() => {
  const { decode } = Image.prototype;
  let seed = 1;
  window.pending = 0;
  Image.prototype.decode = async function () {
    pending++;
    seed = (seed * 16807) % 2147483647;
    await new Promise((resolve) => setTimeout(resolve, seed % 120));
    try { return await decode.call(this); } finally { pending--; }
  };
}"""


def test_pictures_that_are_decoded_late_never_show_another_k(explorer, folder):
    """Whatever is pointed at and clicked meanwhile, in the end the page shows what is selected, and nothing else."""
    explorer.evaluate(SLOW)
    explorer.click("#edit")
    explorer.locator("#frame").scroll_into_view_if_needed()
    rng = np.random.default_rng(11)
    for turn in range(40):
        place = place_of(explorer, "left", *rng.integers(0, [16, 10]))
        match rng.integers(6):
            case 0:
                explorer.mouse.click(*place)
            case 1:
                explorer.mouse.move(*place)
            case 2:
                explorer.locator("#stripes span").last.hover()
            case 3:
                explorer.keyboard.press("ArrowLeft")
            case 4:
                explorer.keyboard.press("ArrowRight")
            case 5:
                explorer.evaluate(
                    "$('editor').inert || document.querySelector('#rows input').dispatchEvent(new Event('input'))"
                )
        if turn % 4 == 0:
            explorer.wait_for_timeout(int(rng.integers(0, 150)))
    explorer.evaluate("selection.show(2), selection.show(6), selection.show(3)")
    explorer.wait_for_selector("#editor:not([inert])")
    explorer.evaluate("$('reset').click()")
    wait_until(lambda: not explorer.evaluate("selection.isEdited"))
    explorer.evaluate("selection.keep(1)")
    explorer.mouse.move(5, 5)
    wait_until(lambda: explorer.evaluate("pending === 0 && !document.querySelector('.mask').hidden"))
    clear = explorer.evaluate("""() => {
      const mask = document.querySelector(".mask");
      const { data } = mask.getContext("2d").getImageData(0, 0, mask.width, mask.height);
      return [...data.filter((_, at) => at % 4 === 3)].map((value) => value === 0);
    }""")
    assert clear == (np.asarray(Image.open(folder / "k3/reconstructed.png")).ravel() == 1).tolist()
    assert explorer.locator("#tip").is_hidden()


def test_the_difference_of_an_edited_palette_is_its_own(explorer, folder):
    edit(explorer)
    explorer.locator("#rows input").nth(0).fill("#ffffff")
    settled(explorer)
    explorer.click("#layer-error")
    drawn = np.asarray(
        Image.open(io.BytesIO(base64.b64decode(explorer.locator("#right").get_attribute("src").split(",")[1]))).convert(
            "RGB"
        )
    )
    palette, indices = read_indexed(folder / "k3/reconstructed.png")
    palette[0] = 255
    original = np.asarray(Image.open(folder / "resized.png").convert("RGB")).reshape(-1, 3)
    far = deltaE_ciede2000(to_space(original, "lab"), to_space(palette[indices], "lab"))
    assert np.array_equal(drawn.reshape(-1, 3), INFERNO[np.minimum(255, (far * 256 / DELTA_E_MAX).astype(int))])
