"""Images with fewer colours than k: every such k gives the exact picture, and everything runs to the end."""

import json

import numpy as np
import pytest
from PIL import Image

from chromium import opened_page
from photopalette.config.settings import DEFAULTS
from photopalette.palettes.formats import FORMATS
from project import TINY, Project, shared
from tables import documented_columns, read_csv

COLORS = {"logo": 5, "flat": 1, "pixel": 1, "near": 5}
WITH_EVERYTHING = {"logo", "pixel"}  # a browser each, and scikit-learn's quantizers
N_CLUSTERS = {5: [4, 5, 6], 1: [2, 6]}  # by the colours that an image has


def draw(name):
    """A logo of five colours; one colour; one pixel; five colours of which some are a level apart."""
    if name in ("flat", "pixel"):
        return np.full((1, 1, 3) if name == "pixel" else (12, 18, 3), (0, 128, 128), np.uint8)
    picture = np.full((20, 30, 3), 255, np.uint8)
    for place, color in enumerate([(200, 30, 40), (30, 60, 200), (250, 200, 20), (0, 0, 0)]):
        picture[3 : 18 - 3 * place, 2 + 7 * place : 7 + 7 * place] = color if name == "logo" else 251 + place
    return picture


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return shared(tmp_path_factory, "few", finish)


def finish(folder):
    project = Project(folder, TINY)
    for name in COLORS:
        Image.fromarray(draw(name)).save(project.folder / f"{name}.png")
    project.config |= {
        "images": {
            name: {"source": f"{name}.png", "n_clusters": N_CLUSTERS[colors]} for name, colors in COLORS.items()
        },
        "resize": None,
        "compare": DEFAULTS["compare"]["methods"],
    }
    project.config["images"]["near"] |= {"kmeans": {"space": "lab"}, "reconstruct": {"dither": "floyd-steinberg"}}
    for name in COLORS.keys() - WITH_EVERYTHING:
        project.config["images"][name] |= {"scatter": {"static": False}, "compare": TINY["compare"]}
    project.make()
    return project


@pytest.fixture(params=COLORS)
def image(request, project):
    return request.param, project.folder / "results" / request.param


def test_every_k_has_its_folder_with_all_files(image):
    name, folder = image
    names = {"clusters.npz", "restarts.csv", "reconstructed.png", "error.png", "silhouette.png"}
    names |= {"scatter.png"} if name in WITH_EVERYTHING else set()
    names |= {f"palette.{suffix}" for suffix in (*FORMATS, "png")}
    assert {path.name: {file.name for file in path.iterdir()} for path in folder.glob("k*")} == {
        f"k{k}": names for k in N_CLUSTERS[COLORS[name]]
    }
    pages = {"explorer.html", "montage.png", "inertia.png", "silhouette.png", "comparison.png", "recommendation.json"}
    assert pages <= {path.name for path in folder.iterdir()}
    assert f'href="{name}/explorer.html' in (folder.parent / "index.html").read_text()


def test_no_colour_is_lost_or_invented(image, project):
    name, folder = image
    own = {tuple(color) for color in draw(name).reshape(-1, 3).tolist()}
    for k in N_CLUSTERS[COLORS[name]]:
        rebuilt = Image.open(folder / f"k{k}/reconstructed.png")
        palette = [tuple(int(row[channel]) for channel in "rgb") for row in read_csv(folder / f"k{k}/palette.csv")]
        assert rebuilt.mode == "P"
        assert len(palette) == len(set(palette)) == min(k, COLORS[name])
        assert len(json.loads((folder / f"k{k}/palette.json").read_text())["colors"]) == len(palette)
        with np.load(folder / f"k{k}/clusters.npz") as clusters:
            assert clusters["palette"].tolist() == [list(color) for color in palette]
            assert clusters["centroids"].shape == (len(palette), 3)
            assert clusters["pixels"].sum() == draw(name).size // 3
        warned = "so the picture is exact" in (project.folder / f"logs/cluster/{name}/k{k}.log").read_text()
        assert warned == (k > COLORS[name])
        if k >= COLORS[name]:
            assert (np.asarray(rebuilt.convert("RGB")) == draw(name)).all()
            assert set(palette) == own
            assert [row["inertia"] for row in read_csv(folder / f"k{k}/restarts.csv")] == ["0.0"]


def test_scores_say_exact(image):
    name, folder = image
    rows = read_csv(folder / "scores.csv")
    assert list(rows[0]) == documented_columns("scores.csv")
    assert [int(row["k"]) for row in rows] == N_CLUSTERS[COLORS[name]]
    for row in rows:
        exact = int(row["k"]) >= COLORS[name]
        # Dithering need not use all of a palette.
        assert row["colors_used"] == str(min(int(row["k"]), COLORS[name])) or (name == "near" and not exact)
        assert row["distinct_colors"] == str(COLORS[name])
        assert (row["psnr"] == "inf") == exact
        assert (float(row["inertia"]) == 0) == exact
        assert (float(row["mse"]) == 0) == exact
        assert (row["silhouette"] == "") == (row["davies_bouldin"] == "") == (COLORS[name] == 1)
        assert (row["ssim"] == "") == (name == "pixel")
        if exact:
            assert row["delta_e_mean"] == row["delta_e_p95"] == "0.0"
            assert row["delta_e_seen_mean"] == row["delta_e_seen_p95"] == "0.0"
            assert row["ssim"] in ("", "1.0")
            assert row["silhouette"] in ("", "1.000000")  # no cluster is wider than a point
            assert (row["calinski_harabasz"], row["davies_bouldin"]) in (("", ""), ("inf", "0.0"))
            assert (row["n_iter"], row["converged"], row["restarts"], row["hits"]) == ("0", "True", "1", "")


def test_the_recommendation_names_no_colours_that_do_not_exist(image):
    name, folder = image
    recommendation = json.loads((folder / "recommendation.json").read_text())
    first_exact = max(COLORS[name], 2)
    assert recommendation["exact"] == {"k": first_exact, "colors": COLORS[name]}
    assert recommendation["target"]["k"] <= first_exact
    count = "1 colour" if COLORS[name] == 1 else "5 colours"
    assert f"The image has only {count}, so any k" in recommendation["sentence"]
    page = (folder / "explorer.html").read_text().replace("\N{NO-BREAK SPACE}", " ")
    assert f"The image has only {count}" in page


def test_other_quantizers_are_compared(image):
    name, folder = image
    rows = read_csv(folder / "comparison.csv")
    methods = {row["method"] for row in rows}
    compared = DEFAULTS["compare"]["methods"] if name in WITH_EVERYTHING else TINY["compare"]
    assert methods == {"ours", *compared} | ({"ours+dither"} if name == "near" else set())
    assert len(rows) == len(methods) * len(N_CLUSTERS[COLORS[name]])
    for row in rows:
        assert int(row["colors_used"]) <= min(int(row["k"]), COLORS[name])
        if row["method"] == "ours":
            assert (row["psnr"] == "inf") == (int(row["k"]) >= COLORS[name])


def test_the_explorer_shows_the_colours_there_are(project):
    with opened_page() as page:
        complaints = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        for name, k, unit, count in (("logo", 6, "colours at most", 5), ("pixel", 2, "colours at most", 1)):
            page.goto(f"{(project.folder / 'results' / name / 'explorer.html').as_uri()}#k={k}")
            page.wait_for_selector("body[data-ready]")
            assert (page.inner_text("#k-value"), page.inner_text("#k-unit")) == (str(k), unit)
            assert page.locator("#chips code").count() == count
            assert "a larger k changes nothing" in page.inner_text("#few")
            assert page.inner_text("#scores-title").startswith(f"What {count} colour")
        page.goto(f"{(project.folder / 'results/logo/explorer.html').as_uri()}#k=5")
        page.wait_for_selector("body[data-ready]")
        assert page.inner_text("#k-unit") == "colours"
        assert not page.locator("#few").is_visible()
        page.keyboard.press("ArrowRight")
        assert page.inner_text("#k-value") == "6"
        assert page.locator("#few").is_visible()
        assert complaints == []
