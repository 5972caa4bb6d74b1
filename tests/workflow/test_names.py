"""Photos of any name: folders in plain ASCII, and the photo's own name wherever people read of it."""

import json
import re
import zipfile

import pytest
from PIL import Image
from playwright.sync_api import expect

from chromium import opened_page
from photopalette.photo.fetch import bundled_path
from project import NUMBERS_ALONE, ROOT, Project, shared
from server import serving

TITLES = {
    "trip-Ubersicht-Tanzerin": "Übersicht Tänzerin",
    "trip-photo": "صورة جميلة",
    "trip--img-src-x-onerror-alert-1-": "<img src=x onerror=alert(1)>",
    "trip--x-k-b-_": "$x$ {k} `b`_",
}


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """A finished study of photos of odd names, one of them broken, and what it said."""

    def finish(folder):
        project = Project(
            folder,
            {
                "images": {"trip": {"source": "in/*.png"}},
                "n_clusters": [2, 4],
                "resize": {"width": 24, "height": 16},
                **NUMBERS_ALONE,
                "target": {"delta_e_mean": 5},
                "figures": NUMBERS_ALONE["figures"] | {"explorer": True, "card": True, "curves": True},
            },
        )
        (project.folder / "in").mkdir()
        for number, title in enumerate(TITLES.values()):
            photo = Image.open(bundled_path("skimage:coffee")).resize((90 + number, 60))
            photo.save(project.folder / f"in/{title}.png")
        (project.folder / "in/Zerstört.png").write_bytes((project.folder / "in/صورة جميلة.png").read_bytes()[:3000])
        run = project.snakemake("--cores", "2", "--keep-going")
        assert run.returncode == 1, run.stdout
        (project.folder / "said").write_text(run.stdout)
        return project

    return shared(tmp_path_factory, "named", finish)


def test_folders_are_plain_and_messages_name_the_photos(named):
    results = named.folder / "results"
    assert {path.name for path in results.iterdir() if path.is_dir()} == set(TITLES)
    said = (named.folder / "said").read_text()
    for title in TITLES.values():
        assert f"%  {title}: count the colours\n" in said
    assert "4 of 5 images, 8 palettes: made in " in said
    assert "  - Zerstört: in/Zerstört.png is damaged (" in said
    assert "data/raw" not in said
    record = json.loads((results / "provenance.json").read_text())
    assert {image: settings["title"] for image, settings in record["images"].items()} == TITLES


def test_pages_show_the_names_as_text(named):
    results = named.folder / "results"
    with opened_page() as page:
        opened = []
        page.on("dialog", lambda dialog: opened.append(dialog.message))
        page.on("pageerror", lambda error: opened.append(str(error)))
        page.goto((results / "index.html").as_uri())
        assert page.locator(".name bdi").all_inner_texts() == sorted(TITLES.values())
        assert page.locator(".faults dt").inner_text() == "Zerstört"
        assert page.locator(".faults dd").inner_text().startswith("in/Zerstört.png is damaged")
        for image, title in TITLES.items():
            page.goto((results / image / "explorer.html").as_uri())
            page.wait_for_selector("body[data-ready]")
            assert title in page.title()
            assert title in page.locator("header bdi").all_inner_texts()
        assert opened == []


def test_the_front_page_is_sorted_and_filtered(named):
    with opened_page() as page:
        page.goto((named.folder / "results/index.html").as_uri())
        shown = page.locator(".card:not([hidden])")

        def names():
            return [card.get_attribute("data-name") for card in shown.all()]

        def numbers(column):
            return [float(card.get_attribute(f"data-{column}")) for card in shown.all()]

        listed = names()
        for column in ("colors", "bytes", "difference"):
            page.select_option("#sort", column)
            assert numbers(column) == sorted(numbers(column))
            page.click("#reverse")
            assert numbers(column) == sorted(numbers(column), reverse=True)
            page.click("#reverse")
            middle = sorted(numbers(column))[1]
            page.fill(f"[data-most={column}]", str(middle))
            assert max(numbers(column)) == middle
            page.fill(f"[data-most={column}]", "")
        page.select_option("#sort", "name")
        assert names()[-2:] == ["Übersicht Tänzerin", "صورة جميلة"]
        page.fill("#name", "TANZ")
        assert names() == ["Übersicht Tänzerin"]
        expect(page.locator("#count")).to_have_text("1 of 4 photographs")
        page.fill("#name", "")
        page.select_option("#sort", "")
        assert names() == listed
        assert page.locator(".overview img").evaluate("image => image.decode().then(() => image.naturalWidth > 0)")


def test_pages_live_under_the_policy_that_the_documents_name(named):
    policy = re.search("Content-Security-Policy: (.+)", (ROOT / "docs/reuse.md").read_text())[1]
    results = named.folder / "results"

    def answer(request):
        path = results / request.path.lstrip("/")
        request.headers_to_send = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": sent[0]}
        return path.read_bytes() if path.is_file() else 404

    for policy_sent, lives in ((policy, True), ("default-src 'self'", False)):
        sent = [policy_sent]
        with serving(answer) as server, opened_page() as page:
            messages = []
            page.on("console", lambda message, messages=messages: messages.append(message))
            page.goto(f"{server.url}/index.html")
            page.select_option("#sort", "bytes")
            page.goto(f"{server.url}/trip-Ubersicht-Tanzerin/explorer.html")
            if lives:
                page.wait_for_selector("body[data-ready]")
                assert page.locator("#right").evaluate("image => image.naturalWidth") > 0
            assert ([message.text for message in messages if message.type == "error"] == []) == lives


def test_the_report_is_ordered_by_number_and_names_the_photos(named, tmp_path):
    finished = named.copy(tmp_path / "project")
    (finished.folder / "in/Zerstört.png").unlink()
    run = finished.snakemake("--report", str(tmp_path / "report.zip"))
    assert run.returncode == 0, run.stdout
    with zipfile.ZipFile(tmp_path / "report.zip") as archive:
        archive.extractall(tmp_path)
    with opened_page() as page:
        opened = []
        page.on("dialog", lambda dialog: opened.append(dialog.message))
        page.goto((tmp_path / "report/report.html").as_uri())
        expect(page.get_by_text("Übersicht Tänzerin", exact=True)).to_be_visible()
        expect(page.get_by_text("<img src=x onerror=alert(1)>", exact=True)).to_be_visible()
        results = page.evaluate("results")
        labels = {entry["labels"]["k"] for entry in results.values()}
        labels |= {f"{k:\N{FIGURE SPACE}>3}" for k in (16, 64, 256)}
        ordered = page.evaluate("labels => labels.sort((a, b) => a.localeCompare(b))", list(labels))
        assert opened == []
    assert [label.strip() for label in ordered] == ["2", "4", "16", "64", "256", "all", "answer"]
    assert "they are in the folder" in (tmp_path / "report/report.html").read_text()
