"""Stocks in whole runs: what is made of them, for which images, and what a changed one reruns."""

import json

import pytest

from photopalette.palettes.formats import FORMATS
from project import NUMBERS_ALONE, TINY, Project
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
            "target": {"delta_e_mean": 12},
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
