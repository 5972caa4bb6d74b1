"""Stocks in whole runs: what is made of them, for which images, how they are shown, and what a changed one reruns."""

import base64
import csv
import json
import zipfile
from functools import partial

import pytest
from playwright.sync_api import expect

from chromium import edit, offered
from photopalette.palettes.formats import FORMATS
from project import NUMBERS_ALONE, TINY, Project, wait_until
from tables import read_csv

THREADS = "code,name,hex\n310,Black,#000000\n433,Brown,#6b3a1e\n738,Tan,#c9a26b\n739,Cream,#f2e6cf\n498,Red,#a02020\n"
FILES = {"choices.csv", "answer.json", "stops.zip", "colors.csv", "reconstructed.png", "curve.png", "palette.png"}
FILES |= {f"palette.{suffix}" for suffix in FORMATS}
SHOWN = {"recommend", "explorer", "gallery", "provenance"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two images and two stocks, of which each image has its own idea."""
    folder = tmp_path_factory.mktemp("stock")
    other = {"threads": {"at_most": 2, "keep": ["310"]}, "few": None}
    project = Project(
        folder,
        TINY
        | NUMBERS_ALONE
        | {
            "images": {"tiny": {"source": "skimage:coffee"}, "other": {"source": "skimage:chelsea", "stock": other}},
            "figures": NUMBERS_ALONE["figures"] | {"explorer": True},
            "n_clusters": [2],
            "target": {"delta_e_mean": 20},
            "stock": {"threads": {"colors": "threads.csv"}, "few": {"colors": ["maroon", "tan", "#201008"]}},
        },
    )
    (folder / "threads.csv").write_text(THREADS)
    project.make()
    return project


@pytest.fixture
def changed(made, tmp_path):
    return made.copy(tmp_path / "project")


def test_every_stock_of_every_image_is_answered(made):
    products = made.products()
    for image, stock in (("tiny", "threads"), ("tiny", "few"), ("other", "threads")):
        prefix = f"{image}/stock/{stock}/"
        assert {name.removeprefix(prefix) for name in products if name.startswith(prefix)} == FILES
        sums = products["SHA256SUMS"].decode()
        assert all(f"  {prefix}{name}\n" in sums for name in FILES)
    assert not any(name.startswith("other/stock/few") for name in products)
    results = made.folder / "results"
    assert [row["k"] for row in read_csv(results / "tiny/stock/threads/choices.csv")] == ["1", "2", "3", "4", "5"]
    kept = read_csv(results / "other/stock/threads/choices.csv")
    assert [row["k"] for row in kept] == ["1", "2"]
    assert all("#000000" in row["colors"].split() for row in kept)


def test_the_answers_are_in_the_recommendation_and_on_the_page(made):
    results = made.folder / "results"
    recommendation = json.loads((results / "tiny/recommendation.json").read_text())
    assert list(recommendation["stock"]) == ["threads", "few"]
    page = (results / "tiny/explorer.html").read_text()
    for name, found in recommendation["stock"].items():
        assert found == json.loads((results / f"tiny/stock/{name}/answer.json").read_text())
        assert found["sentence"] in recommendation["sentence"]
        assert found["free"] == recommendation["answer"]["k"]
        assert found["sentence"] in page
        assert f'href="stock/{name}/palette.gpl"' in page
        share = "all" if found["k"] == found["of"] else f"{found['k']} of the"
        assert f"The photo in {share} {found['of']}\N{NO-BREAK SPACE}colours: " in page


@pytest.fixture
def open_page(open_page_of, made):
    return partial(open_page_of, made.folder / "results")


def colors_of(page):
    """Read the palette that is shown: codes and names."""
    return [*zip(*(page.locator(f"#chips {part}").all_inner_texts() for part in ("code", "em")), strict=True)]


def test_the_choices_of_a_stock_are_shown_as_the_studys_own_palettes(made, open_page):
    folder = made.folder / "results/tiny"
    page = open_page("tiny/explorer.html#k=2")
    own = [int(text) for text in page.locator("#thumbs button").all_inner_texts()]
    for name in ("threads", "few"):
        found = json.loads((folder / f"stock/{name}/answer.json").read_text())
        scores = {int(row["k"]): row for row in read_csv(folder / f"stock/{name}/choices.csv")}
        page.locator(".sets").get_by_text(name, exact=True).click()
        expect(page.locator("#k-value")).to_have_text(str(found["k"]))
        expect(page.locator(".sets [aria-pressed=true]")).to_have_text(name)
        expect(page.locator(".marks:visible")).to_have_text(f"answer {found['k']}")
        assert [int(text) for text in page.locator("#thumbs button").all_inner_texts()] == found["stops"]
        assert page.locator(".ticks span").all_inner_texts() == [str(k) for k in found["stops"]]
        listed = page.locator(".prices:visible [data-k]").evaluate_all("nodes => nodes.map((node) => node.dataset.k)")
        assert listed == [f"{name}/{price['k'] or max(scores)}" for price in found["prices"]]
        with zipfile.ZipFile(folder / f"stock/{name}/stops.zip") as archive:
            for at, k in enumerate(found["stops"]):
                page.locator("#k").fill(str(at))
                expect(page.locator("#thumbs [aria-pressed=true]")).to_have_text(str(k))
                colors = json.loads(archive.read(f"k{k}/palette.json"))["colors"]
                assert colors_of(page) == [(color["hex"], color["name"]) for color in colors]
                picture = base64.b64encode(archive.read(f"k{k}/reconstructed.png")).decode()
                assert page.locator("#right").get_attribute("src") == f"data:image/png;base64,{picture}"
                for suffix in ("png", *FORMATS):
                    path = "reconstructed.png" if suffix == "png" else f"palette.{suffix}"
                    assert offered(page, suffix) == (f"tiny-{name}-k{k}.{suffix}", archive.read(f"k{k}/{path}"))
                assert page.evaluate("document.getElementById('scatter').space.markers.length") == k
                reached = f"{float(scores[k]['delta_e_mean']):.1f}"
                expect(page.locator("#scores .value").first).to_have_text(reached)
                words = f"{k} colour{'s' * (k > 1)} of “{name}”"
                expect(page.locator("#side-right option:checked")).to_have_text(words)
        # A colour shows where it occurs, and the difference to the original is a map of its own.
        page.locator("#chips button.swatch").first.click()
        expect(page.locator(".right .mask")).to_be_visible()
        page.click("#layer-error")
        assert page.locator("#right").get_attribute("src").endswith(page.evaluate("selection.view.error"))
        page.click("#layer-error")
        # What only free colours have is not shown beside these.
        for part in (".curves", "#all", "#silhouettes"):
            expect(page.locator(part)).to_be_hidden()
    page.locator(".sets").get_by_text("Any colours").click()
    expect(page.locator("#k-value")).to_have_text("2")
    assert [int(text) for text in page.locator("#thumbs button").all_inner_texts()] == own
    expect(page.locator("#all")).to_be_visible()


def test_the_section_of_a_stock_leads_to_its_answer_and_the_address_names_it(made, open_page):
    found = json.loads((made.folder / "results/tiny/stock/few/answer.json").read_text())
    page = open_page("tiny/explorer.html")
    page.locator(".stock [data-k^='few/']").click()
    expect(page.locator("#k-value")).to_have_text(str(found["k"]))
    wait_until(lambda: page.evaluate("location.hash") == f"#k=few/{found['k']}")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    expect(page.locator(".sets [aria-pressed=true]")).to_have_text("few")
    free = page.locator("[data-set='']").get_attribute("data-to")
    for unknown in ("few/1000", "none/2", "few", "few/", "/2", "%"):
        page.evaluate("name => { location.hash = `k=${name}`; }", unknown)
        wait_until(lambda: page.evaluate("location.hash") == f"#k={free}")
        assert page.evaluate("selection.id") == free
        page.evaluate(f"selection.show('few/{found['k']}')")


def test_an_edited_choice_is_its_own_and_keeps_the_names_of_its_colours(made, open_page):
    page = open_page("tiny/explorer.html#k=2")
    edit(page)
    page.locator(".sets").get_by_text("threads", exact=True).click()
    page.wait_for_selector("#editor:not([inert])")
    before, place = colors_of(page), page.evaluate("selection.id")
    page.locator("#rows [aria-label^='Drop']").first.click()
    page.wait_for_function("() => selection.isEdited")
    assert {*colors_of(page)} == {*before[1:]}
    name, content = offered(page, "csv")
    assert name == f"tiny-{place.replace('/', '-k')}-edited.csv"
    table = csv.DictReader(content.decode().splitlines())
    assert {(row["hex"], row["name"]) for row in table} == {*before[1:]}
    page.locator(".sets").get_by_text("Any colours").click()
    assert not page.evaluate("selection.isEdited"), "the same k of other colours"
    page.locator(".sets").get_by_text("threads", exact=True).click()
    assert page.evaluate("selection.isEdited")
    page.locator("#undo").click()
    page.wait_for_function("() => !selection.isEdited")
    assert colors_of(page) == before


def test_without_javascript_every_stock_has_its_price_list_and_its_files(made, open_page):
    page = open_page("tiny/explorer.html", java_script_enabled=False)
    captions = page.locator(".prices:visible caption").all_inner_texts()
    assert [text for text in captions if "“" in text] == [
        f"What each level of quality costs in “{name}”" for name in ("threads", "few")
    ]
    expect(page.locator("[href='stock/few/reconstructed.png']")).to_be_visible()
    expect(page.locator(".sets")).to_be_hidden()


def test_a_file_of_colours_is_in_the_record(made):
    assert list(json.loads(made.products()["provenance.json"])["others"]) == ["threads.csv"]


@pytest.mark.parametrize(
    ("change", "stocks"),
    [
        ({"few": {"colors": ["maroon", "tan", "#201008"], "at_most": 2}}, {"tiny/stock/few"}),
        ({"few": None}, set()),
        # The other image has its own idea of both.
        ({"threads": {"colors": "threads.csv", "keep": ["498"]}}, {"tiny/stock/threads"}),
        ({"threads": {"colors": "threads.csv", "at_most": 3}}, {"tiny/stock/threads"}),
    ],
)
def test_a_changed_stock_runs_itself_and_what_shows_it(changed, change, stocks):
    pictures = sorted(changed.folder.glob("results/*/stock/*/curve.png"))
    before = {path: path.stat().st_mtime_ns for path in pictures}
    changed.config["stock"] |= change
    assert set(changed.planned()) == SHOWN | ({"stock"} if stocks else set())
    changed.make()
    again = {path for path, time in before.items() if path.exists() and path.stat().st_mtime_ns != time}
    assert {str(path.parent.relative_to(changed.folder / "results")) for path in again} == stocks


def test_another_list_of_colours_in_the_file_is_noticed(changed):
    (changed.folder / "threads.csv").write_text(THREADS + "1,Gold,#d08a3c\n")
    assert set(changed.planned()) == SHOWN | {"stock"}


def test_nothing_stays_of_a_colour_that_is_another_one_in_the_file(changed, tmp_path):
    """What a run has made before leaves no trace: all is as in a project of its own."""
    (tmp_path / "fresh").mkdir()
    fresh = Project(tmp_path / "fresh", changed.config)
    for project in (changed, fresh):
        (project.folder / "threads.csv").write_text(THREADS.replace("#c9a26b", "#c9a36b"))
        project.make()
    assert changed.products() == fresh.products()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "there is no file threads.csv"),
        (b"name\nBlack\n", "threads.csv: has neither a 'hex' column nor 'r', 'g' and 'b' columns"),
        (b"hex\n#000000\n#000\n", "threads.csv: has a colour twice: #000000 and #000000 are both #000000; remove one"),
        (b"hex\n#000000\n#ffffff\n", "images.other.stock.threads: keep: 310 is neither a code nor a name in the stock"),
    ],
)
def test_what_cannot_be_chosen_from_starts_nothing(made, tmp_path, content, fault):
    project = Project(tmp_path, made.config)
    if content is not None:
        (tmp_path / "threads.csv").write_bytes(content)
    assert fault in project.fail()
    assert not (tmp_path / "results").exists()
