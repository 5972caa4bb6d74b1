"""A run makes every promised artefact, and they agree with one another."""

import json

import numpy as np
from PIL import Image

from photopalette.palettes.formats import FORMATS
from photopalette.photo.fetch import bundled_path
from project import ALL_JOBS, NUMBERS_ALONE, TINY
from tables import read_csv


def test_every_artefact_is_made(finished_once):
    per_k = ["clusters.npz", "restarts.csv", "reconstructed.png", "scatter.png", "error.png", "silhouette.png"]
    per_k += [f"palette.{suffix}" for suffix in (*FORMATS, "png")]
    expected = {f"tiny/k{k}/{name}" for k in (2, 3) for name in per_k}
    figures = ("resized", "scatter", "inertia", "silhouette", "quality", "montage", "card")
    expected |= {f"tiny/{name}.png" for name in figures}
    expected |= {"tiny/certificates.csv", "tiny/certificates.npz"}
    expected |= {"tiny/pixels.npz", "tiny/silhouette.csv", "tiny/silhouettes.npz", "tiny/scores.csv"}
    expected |= {"tiny/comparison.csv", "tiny/comparison.zip", "tiny/comparison.png", "scores.csv", "overview.png"}
    expected |= {"tiny/recommendation.json", "tiny/explorer.html", "index.html", "provenance.json", "SHA256SUMS"}
    expected |= {f"tiny/answer/palette.{suffix}" for suffix in (*FORMATS, "png")}
    expected |= {"tiny/answer/search.json", "tiny/answer/stops.zip", "tiny/answer/reconstructed.png"}
    assert set(finished_once.products()) == expected


def test_every_rule_left_a_log_and_a_benchmark(finished_once):
    for job in ALL_JOBS - {"study", "gallery", "provenance"}:
        rule, _, k = job.partition(":")
        name = f"{rule}/tiny/k{k}" if k else f"{rule}/tiny"
        assert (finished_once.folder / f"logs/{name}.log").exists()
        assert (finished_once.folder / f"benchmarks/{name}.tsv").exists()


def test_raw_bytes_and_reconstruction_agree_with_their_sources(finished_once):
    assert (finished_once.folder / "data/raw/tiny").read_bytes() == bundled_path("skimage:coffee").read_bytes()
    folder = finished_once.folder / "results/tiny"
    with np.load(folder / "pixels.npz", allow_pickle=False) as pixels:
        index = pixels["index"]
    for k in (2, 3):
        with np.load(folder / f"k{k}/clusters.npz", allow_pickle=False) as clusters:
            expected = clusters["palette"][clusters["palette_labels"][index]]
        image = Image.open(folder / f"k{k}/reconstructed.png")
        assert image.mode == "P"
        assert (np.asarray(image.convert("RGB")) == expected.reshape(16, 24, 3)).all()


def test_comparison_has_every_method_at_every_k_and_ours_as_scored(finished_once):
    folder = finished_once.folder / "results/tiny"
    rows = read_csv(folder / "comparison.csv")
    errors = ("mse", "psnr", "ssim", "delta_e_mean", "delta_e_seen_mean")
    assert list(rows[0]) == ["method", "k", "colors_used", *errors, "png_bytes", "pixels"]
    assert {row["delta_e_seen_mean"] for row in rows} == {""}, "nothing is dithered"
    assert [(row["method"], row["k"]) for row in rows] == [
        (method, k) for method in ("ours", *TINY["compare"]) for k in ("2", "3")
    ]
    for ours, scored in zip(rows, read_csv(folder / "scores.csv"), strict=False):
        for column in ("mse", "psnr", "ssim", "delta_e_mean", "png_bytes"):
            assert ours[column] == scored[column]


def test_dithered_or_not_like_is_compared_with_like(project):
    """Ours is undithered, as all others are; dithered it is a line of its own, and scored as what is shown."""
    project.config["images"] = {
        name: {"source": "skimage:coffee", "reconstruct": {"dither": dither}}
        for name, dither in (("plain", "none"), ("dithered", "floyd-steinberg"))
    }
    project.config |= NUMBERS_ALONE | {
        "n_clusters": [3],
        "compare": ["wu"],
        "figures": NUMBERS_ALONE["figures"] | {"explorer": True},
    }
    project.make()
    results = project.folder / "results"
    plain, dithered = (read_csv(results / name / "comparison.csv") for name in ("plain", "dithered"))
    others = [row for row in dithered if row["method"] != "ours+dither"]
    assert all(float(row["delta_e_seen_mean"]) > 0 for row in others)
    assert [{**row, "delta_e_seen_mean": ""} for row in others] == plain
    shown = [row for row in dithered if row["method"] == "ours+dither"]
    for row, scored in zip(shown, read_csv(results / "dithered/scores.csv"), strict=True):
        for column in ("k", "mse", "psnr", "ssim", "delta_e_mean", "delta_e_seen_mean", "png_bytes"):
            assert row[column] == scored[column]
    assert "K-means, dithered" in (results / "dithered/explorer.html").read_text(encoding="utf-8")


def test_a_folder_of_photographs_without_figures(project):
    """A pattern is one image per file; a part of them is a batch; numbers come without pictures."""
    photos = project.folder / "photos"
    photos.mkdir()
    for name in ("a b.png", "c.png", "d'.png"):
        Image.linear_gradient("L").resize((24, 16)).save(photos / name)
    project.config["images"] = {"trip": {"source": "photos/*.png"}}
    project.config |= NUMBERS_ALONE | {"n_clusters": [3]}
    results, names = project.folder / "results", {"trip-a-b", "trip-c", "trip-d-"}
    project.make("--batch", "images=1/3", "images")
    assert len(list(results.glob("*/scores.csv"))) == 1
    project.make("--batch", "images=2/3", "images")
    project.make("--until", "cluster")
    assert len(list(results.glob("*/scores.csv"))) == 2
    assert {path.parent.parent.name for path in results.glob("*/k3/clusters.npz")} == names
    project.make()
    assert {row["image"] for row in read_csv(results / "scores.csv")} == names
    pictures = {path.name for path in results.rglob("*.png")}
    assert pictures == {"resized.png", "reconstructed.png", "palette.png", "overview.png"}
    assert not list(results.rglob("comparison.*"))
    assert not list(results.rglob("answer"))


def test_a_path_is_a_target(project):
    project.make("results/tiny/k3/reconstructed.png")
    assert {name for name in project.products() if "/k" in name and "palette" not in name} == {
        "tiny/k3/clusters.npz",
        "tiny/k3/reconstructed.png",
        "tiny/k3/restarts.csv",
    }


def test_k_1_has_no_silhouette_and_an_estimate_is_marked(project):
    figures = NUMBERS_ALONE["figures"] | {"silhouette": True, "curves": True, "explorer": True}
    project.config |= NUMBERS_ALONE | {"n_clusters": [1, 2], "silhouette": {"max_colors": 100}, "figures": figures}
    project.make()
    one, two = read_csv(project.folder / "results/tiny/scores.csv")
    assert (one["silhouette"], one["silhouette_exact"]) == ("", "")
    assert two["silhouette_exact"] == "False"


def test_images_have_settings_of_their_own(project):
    project.config["images"] |= {
        "own": {"source": "skimage:chelsea", "n_clusters": [4], "resize": {"method": "stretch"}},
        "plain": {"source": "skimage:coffee", "n_clusters": [2], "scatter": {"static": False}},
    }
    project.config |= NUMBERS_ALONE | {"figures": NUMBERS_ALONE["figures"] | {"scatter": True, "error": True}}
    project.make()
    results = project.folder / "results"
    assert sorted(path.name for path in (results / "own").glob("k*")) == ["k4"]
    assert Image.open(results / "own/resized.png").size == (24, 16)
    for figure in ("scatter", "error"):
        assert (results / f"own/k4/{figure}.png").exists()
        assert (results / f"tiny/k3/{figure}.png").exists()
    assert not list((results / "plain").rglob("scatter.png"))


def test_another_directory_and_a_module(project, tmp_path_factory):
    """Neither needs a copy of the workflow; the caller's folder receives the results."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    project.config |= NUMBERS_ALONE | {"n_clusters": [2], "figures": NUMBERS_ALONE["figures"] | {"montage": True}}
    project.make("--directory", str(elsewhere), "--configfile", "config/config.yaml")
    assert (elsewhere / "results/tiny/montage.png").exists()
    assert not (project.folder / "results").exists()

    (project.folder / "caller").mkdir()
    snakefile = project.folder / "caller/Snakefile"
    snakefile.write_text(
        f"configfile: {str(project.folder / 'config/config.yaml')!r}\n"
        f"module photos:\n    snakefile: {str(project.folder / 'workflow/Snakefile')!r}\n    config: config\n"
        "use rule * from photos as photos_*\n"
    )
    project.make("--snakefile", str(snakefile), "--directory", str(snakefile.parent), "photos_all")
    assert (project.folder / "caller/results/tiny/montage.png").exists()


def test_the_answer_is_shown_with_its_own_palette(finished_once):
    folder = finished_once.folder / "results/tiny"
    recommendation = json.loads((folder / "recommendation.json").read_text())
    found, tried = recommendation["answer"], {row["k"]: row for row in recommendation["tried"]}
    assert found["k"] == recommendation["target"]["k"]
    assert tried[found["k"]]["delta_e_mean"] <= 5 < tried[found["k"] - 1]["delta_e_mean"]
    palette = [[int(row[channel]) for channel in "rgb"] for row in read_csv(folder / "answer/palette.csv")]
    picture = Image.open(folder / "answer/reconstructed.png")
    assert np.reshape(picture.getpalette(), (-1, 3)).tolist() == palette
    assert len(palette) == found["k"]
    assert (folder / "answer/reconstructed.png").stat().st_size == tried[found["k"]]["png_bytes"]
    for k in (2, 3):
        if k in tried:
            row = next(row for row in read_csv(folder / "scores.csv") if int(row["k"]) == k)
            for name in ("mse", "psnr", "delta_e_mean", "delta_e_p95", "delta_e_seen_mean", "png_bytes"):
                assert tried[k][name] == float(row[name])
