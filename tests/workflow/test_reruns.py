"""A change reruns what it changes, and nothing else."""

import json
import re
from zipfile import ZipFile

import pytest

from photopalette.photo.fetch import bundled_path
from project import ALL_JOBS as ALL
from project import NUMBERS_ALONE
from server import serving
from tables import read_csv

REBUILT = {"reconstruct:2", "reconstruct:3"}
PAGES = {"explorer", "gallery", "card"}
SUMMARIES = PAGES | {
    *["silhouette", "score", "recommend", "compare", "curves", "montage", "scatter", "error", "study", "provenance"],
    "silhouette_plot",
}
# What is made of lower bounds.
CERTIFIED = PAGES | {"certify", "score", "recommend", "curves", "study"}
# What is made of the pictures that reconstruct makes, with themselves.
PICTURES = SUMMARIES - {"silhouette", "silhouette_plot", "scatter", "compare"} | REBUILT


def test_first_run_makes_everything(project):
    assert set(project.planned()) == ALL


def test_second_run_has_nothing_to_do(finished):
    assert "Nothing to be done" in finished.make()


def test_what_a_further_k_does_not_change_is_not_made_again(finished, project):
    """Its own jobs and the summaries run; of the summaries, what was kept is not worked out again."""
    finished.config["n_clusters"] = [2, 3, 11]
    assert set(finished.planned()) == {"cluster:11", "reconstruct:11", "certify"} | SUMMARIES
    before = finished.products()
    finished.make()
    after = finished.products()
    for name, content in before.items():
        if "/k" in name:
            assert after[name] == content
    assert "3 of 4 figures are unchanged and reused" in (finished.folder / "logs/scatter/tiny.log").read_text()
    rows = len(finished.products()["tiny/comparison.csv"].splitlines()) - 1
    assert (
        f"{rows * 2 // 3} of {rows} rows are unchanged and reused"
        in (finished.folder / "logs/compare/tiny.log").read_text()
    )
    # The same bytes as where nothing was kept.
    project.config["n_clusters"] = [2, 3, 11]
    project.make()
    fresh = project.products()
    assert after.keys() == fresh.keys()
    assert {name for name in after if after[name] != fresh[name]} <= {"provenance.json", "SHA256SUMS"}


def test_other_quantizers_run_at_few_k_and_another_target_only_at_its_answer(project):
    project.config |= NUMBERS_ALONE | {"n_clusters": {"min": 2, "max": 8}, "compare": ["octree", "wu"]}
    project.config["target"] = {"delta_e_mean": 11}
    table = "results/tiny/comparison.csv"

    def compare():
        """Compare, and return the answer, the k of each method, and how many of its rows were reused."""
        project.make(table)
        rows = read_csv(project.folder / table)
        found = {
            method: [int(row["k"]) for row in rows if row["method"] == method] for method in ("ours", "octree", "wu")
        }
        assert found["ours"] == found["octree"] == found["wu"]
        with ZipFile(project.folder / "results/tiny/comparison.zip") as archive:
            assert len(archive.namelist()) == len(rows)
        reused = re.search(r"(\d+) of \d+ rows", (project.folder / "logs/compare/tiny.log").read_text())
        search = json.loads((project.folder / "results/tiny/answer/search.json").read_text())
        return search["k"], found["ours"], int(reused[1])

    first, n_clusters, reused = compare()
    assert (len(n_clusters), n_clusters[0], n_clusters[-1], reused) == (5, 2, 8, 0)
    assert first in n_clusters
    kept = project.products()
    project.config["target"] = {"delta_e_mean": 7}
    second, others, reused = compare()
    assert second in {*others} - {first}
    assert len({*others} - {*n_clusters}) <= 2
    assert reused == 3 * len({*n_clusters} & {*others})
    # Back again, what was found before is still there, and all is as it was.
    project.config["target"] = {"delta_e_mean": 11}
    _, again, reused = compare()
    assert again == n_clusters
    assert reused >= 2 * 5
    assert {name: content for name, content in project.products().items() if "comparison" in name} == {
        name: content for name, content in kept.items() if "comparison" in name
    }
    # At every k; then the target does not matter.
    project.config["compare"] = {"methods": ["octree", "wu"], "n_clusters": "all"}
    _, every, _ = compare()
    assert every == [2, 3, 4, 5, 6, 7, 8]
    project.config["target"] = {"delta_e_mean": 7}
    assert "compare" not in project.planned()
    # A given palette alone is compared with every k.
    project.config |= {"compare": [], "palettes": {"two": ["black", "white"]}}
    project.make(table)
    assert [(row["method"], row["k"]) for row in read_csv(project.folder / table)] == [
        *(("ours", str(k)) for k in range(2, 9)),
        ("two", "2"),
    ]


def test_one_k_fewer_runs_the_summaries(finished):
    finished.config["n_clusters"] = [2]
    assert set(finished.planned()) == SUMMARIES | {"certify"}


@pytest.mark.parametrize(
    ("section", "value", "expected"),
    [
        ("scatter", {"width": 210, "height": 180}, {"scatter"}),
        ("montage", {"columns": 1}, {"montage"}),
        (
            "silhouette",
            {"max_colors": 5000},
            PAGES | {"silhouette", "silhouette_plot", "score", "recommend", "curves", "study"},
        ),
        ("target", {"psnr": 30}, {"answer"} | CERTIFIED),
        ("target", None, CERTIFIED),
        ("certify", "all", CERTIFIED),
        ("kmeans", {"n_init": 3}, ALL - {"download", "resize", "flatten"}),
        ("kmeans", {"n_init": 2, "keep": ["white"]}, ALL - {"download", "resize", "flatten"}),
        ("palette", {"order": "hue"}, ALL - {"download", "resize", "flatten"}),
        ("palette", {"colors": "member"}, ALL - {"download", "resize", "flatten"}),
        (
            "reconstruct",
            {"dither": "floyd-steinberg"},
            SUMMARIES - {"silhouette", "silhouette_plot", "scatter"} | {"answer", "certify"} | REBUILT,
        ),
        ("viewing", 30, {"answer"} | CERTIFIED),
        ("compare", ["octree"], {"compare", "explorer"}),
        ("compare", [], {"explorer"}),
        ("background", "black", ALL - {"download"}),
        ("allow_truncated", True, ALL - {"download"}),
        ("max_megapixels", 100, ALL - {"download"}),
        ("download", {"timeout": 31}, ALL),
    ],
)
def test_a_changed_option_runs_its_users(finished, section, value, expected):
    finished.config[section] = value
    assert set(finished.planned()) == expected | {"provenance"}


def test_another_title_runs_what_shows_it(finished):
    finished.config["images"]["tiny"]["title"] = "Übersicht"
    figures = {"scatter", "error", "silhouette_plot", "curves", "compare", "study"}
    assert set(finished.planned()) == figures | PAGES | {"provenance"}


def test_a_further_image_leaves_the_others_alone(finished):
    finished.config["images"]["more"] = {"source": "skimage:chelsea"}
    assert finished.planned() == {job: 1 for job in ALL}


@pytest.mark.parametrize(
    ("module", "users"),
    [
        ("figures/canvas.py", {"curves", "montage", "study", "error", "silhouette_plot", "compare"} | PAGES),
        ("figures/style.py", {"curves", "study", "silhouette_plot", "compare"} | PAGES - {"card"}),
        ("figures/static.js", {"scatter"}),
        ("color/table.py", ALL - {"download", "resize"}),
        ("run/job.py", set()),
        ("run/secrets.py", set()),
        ("run/progress.py", set()),
        ("run/cache.py", set()),
        ("photo/sources.py", ALL),
        ("run/paths.py", set()),
        ("photo/tiff.py", ALL - {"download"}),  # in resize by way of decode; the others are in run/test_digest.py
        ("config/yaml_file.py", set()),
        ("scripts/montage.py", {"montage"}),
        ("quality/metrics.py", {"answer", "compare", "error"} | CERTIFIED),
        ("quality/certificate.py", CERTIFIED),
        ("kmeans/bound.py", CERTIFIED),
        ("kernels/bound.py", CERTIFIED),
        ("scripts/reconstruct.py", PICTURES),
        ("palettes/formats.py", PICTURES | {"answer", "certify"}),
        ("color/names.py", PICTURES | {"answer", "certify"}),
        ("files/tables.py", ALL - {"download", "resize", "flatten"}),
        ("kmeans/search.py", ALL - {"download", "resize", "flatten"}),
        ("kernels/search.py", ALL - {"download", "resize", "flatten"}),
        ("kernels/metrics.py", PICTURES | {"answer", "certify", "compare"}),  # names of colours are found by CIEDE2000
        (
            "kernels/dither.py",
            SUMMARIES - {"silhouette", "silhouette_plot", "scatter"} | {"answer", "certify"} | REBUILT,
        ),
        ("kernels/vision.py", {"answer", "compare", "error"} | CERTIFIED),
        ("kernels/silhouette.py", {"silhouette", "silhouette_plot", "score", "recommend", "curves", "study"} | PAGES),
        ("pages/html.py", PAGES),
        ("templates/base.css", PAGES - {"card"}),
        ("templates/explorer/store.js", {"explorer"}),
        ("templates/gallery.html", {"gallery"}),
        ("report/montage.rst", set()),
    ],
)
def test_an_edited_file_runs_its_users(finished, module, users):
    workflow = finished.folder / "workflow"
    path = next(path for path in (workflow / "scripts/photopalette" / module, workflow / module) if path.exists())
    path.write_text(path.read_text() + "\n")
    assert set(finished.planned()) == users | ({"provenance"} if users else set())


def test_a_changed_local_photo_reruns_its_image(project):
    from PIL import Image

    photo = project.folder / "photo.png"
    Image.linear_gradient("L").resize((24, 16)).save(photo)
    project.config["images"] = {"tiny": {"source": "photo.png"}}
    project.config |= NUMBERS_ALONE
    everything = project.planned()
    project.make()
    Image.radial_gradient("L").resize((24, 16)).save(photo)
    assert project.planned() == everything
    assert everything["download"] == everything["score"] == 1


@pytest.mark.parametrize("query", ["", "?token=t0k3n"])
@pytest.mark.parametrize("forced", ["download", "data/raw/tiny"])
def test_a_photo_that_changed_behind_its_url_is_fetched_when_asked_for(forced, query, project):
    picture = "results/tiny/resized.png"
    photo = bundled_path("skimage:coffee")
    with serving(lambda request: photo.read_bytes()) as server:
        project.config["images"]["tiny"]["source"] = f"{server.url}/cup.png{query}"
        project.make(picture)
        before = (project.folder / picture).read_bytes()
        photo = bundled_path("skimage:chelsea")
        assert "Nothing to be done" in project.make(picture)
        assert len(server.asked) == 1
        project.make(picture, "--forcerun", forced)
        assert len(server.asked) == 2
        assert (project.folder / "data/raw/tiny").read_bytes() == photo.read_bytes()
        assert (project.folder / picture).read_bytes() != before
        assert "Nothing to be done" in project.make(picture)
        assert len(server.asked) == 2


def test_a_moved_project_reruns_nothing(finished):
    finished.folder = finished.folder.rename(finished.folder.with_name("elsewhere"))
    assert finished.planned() == {}
