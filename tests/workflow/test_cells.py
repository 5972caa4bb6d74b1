"""Every cell of every table, worked out again from the pixels by other means: scikit-learn, scikit-image, loops."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

from photopalette.color.spaces import to_space
from project import NUMBERS_ALONE, Project, shared
from proofs import holds
from scielab import scielab
from tables import read_csv

SHAPE = (10, 13)
IMAGES = {
    "plain": {"compare": ["octree", "minibatch-kmeans", "wu"]},
    "lab": {"kmeans": {"space": "lab"}, "compare": []},
    "oklab": {"kmeans": {"space": "oklab"}, "compare": []},
    "notebook": {"kmeans": {"fit_on": "pixels", "refine": "none"}, "compare": []},
    "dithered": {"reconstruct": {"dither": "floyd-steinberg"}},
    "deep": {"kmeans": {"weight_exponent": 0.5}},  # of its colours several are of more than one pixel
    "few": {},
}


N_CLUSTERS = {name: [1, 2, 5] if name in ("plain", "few") else [2, 5] for name in IMAGES}


def draw(name: str) -> np.ndarray:
    """A photograph by its name, (h, w, 3) uint8; the deep one is saved with 16 bits a channel."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    image = np.stack([14 * x, 18 * y, 7 * x + 9 * y], axis=2).clip(0, 255)
    noise = np.random.default_rng(3).integers(-12, 13, image.shape)
    image = (image + noise).clip(0, 255).astype(np.uint8)
    if name == "few":
        image = np.array([[10, 20, 30], [200, 100, 0], [90, 90, 95]], np.uint8)[(x + y) % 3]
    return image


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Project:
    return shared(tmp_path_factory, "cells", finish)


def finish(folder: Path) -> Project:
    project = Project(
        folder,
        {
            "images": {
                name: {"source": f"{name}.png", "n_clusters": N_CLUSTERS[name], **settings}
                for name, settings in IMAGES.items()
            },
            "resize": None,
            "kmeans": {"n_init": 4},
            "compare": ["octree", "wu"],
            "figures": NUMBERS_ALONE["figures"],
            "certify": "all",
        },
    )
    for name in IMAGES:
        if name == "deep":
            # Grey of 16 bits, as cameras and scanners write it; its upper byte is not its nearest 8-bit level.
            Image.fromarray(draw(name)[..., 0].astype(np.uint16) * 257 + 100).save(project.folder / f"{name}.png")
        else:
            Image.fromarray(draw(name)).save(project.folder / f"{name}.png")
    project.make()
    return project


@pytest.fixture(params=IMAGES)
def name(request) -> str:
    return request.param


def original(name: str) -> np.ndarray:
    """The photograph as it should be studied, (h, w, 3) uint8."""
    image = draw(name)
    if name == "deep":
        image = (
            np.rint((image[..., :1].astype(float) * 257 + 100).clip(0, 65535) / 257).astype(np.uint8).repeat(3, axis=2)
        )
    return image


def differences(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return deltaE_ciede2000(rgb2lab(a), rgb2lab(b)).ravel()


def is_near(cell: str, value: float | None) -> bool:
    """Tell whether a cell is a value, to the digits that it has: four decimals, or six significant ones."""
    if value is None:
        return cell == ""
    return (math.isinf(value) and cell == "inf") or abs(float(cell) - value) <= max(6e-5, 2e-6 * abs(value))


def test_the_pixels_studied_are_the_photographs(finished, name):
    folder = finished.folder / "results" / name
    assert (np.asarray(Image.open(folder / "resized.png")) == original(name)).all()
    with np.load(folder / "pixels.npz") as table:
        assert (table["colors"][table["index"]].reshape(*SHAPE, 3) == original(name)).all()
        colors, counts = np.unique(original(name).reshape(-1, 3), axis=0, return_counts=True)
        assert (table["colors"] == colors).all()
        assert (table["counts"] == counts).all()


def test_clusters_are_what_their_names_say(finished, name):
    folder = finished.folder / "results" / name
    colors, index, counts = np.unique(original(name).reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    settings = {"space": "rgb", "weight_exponent": 1.0} | IMAGES[name].get("kmeans", {})
    points, weights = to_space(colors, settings["space"]), counts ** settings["weight_exponent"]
    for k in N_CLUSTERS[name]:
        with np.load(folder / f"k{k}/clusters.npz") as clusters:
            distances = ((points[:, None] - clusters["centroids"]) ** 2).sum(axis=2)
            assert (distances[np.arange(len(points)), clusters["labels"]] <= distances.min(axis=1) + 1e-9).all()
            inertia = (distances.min(axis=1) * counts).sum()
            assert float(clusters["inertia"]) == pytest.approx(inertia, rel=1e-9, abs=1e-6)
            lowest = min(float(restart["inertia"]) for restart in read_csv(folder / f"k{k}/restarts.csv"))
            assert lowest == pytest.approx((distances.min(axis=1) * weights).sum(), rel=1e-5, abs=1e-6)
            for cluster, centroid in enumerate(clusters["centroids"]):
                own = clusters["labels"] == cluster
                assert np.average(points[own], axis=0, weights=weights[own]) == pytest.approx(centroid, abs=0.05)
            shares = np.bincount(clusters["palette_labels"], counts, len(clusters["palette"]))
            assert (clusters["pixels"] == shares).all()
            palette = read_csv(folder / f"k{k}/palette.csv")
            assert [[int(row[c]) for c in "rgb"] for row in palette] == clusters["palette"].tolist()
            assert [int(row["pixels"]) for row in palette] == shares.tolist()
            assert [float(row["share"]) for row in palette] == pytest.approx((shares / index.size).tolist(), abs=1e-6)
            assert shares.tolist() == sorted(shares, reverse=True)


def test_scores_are_worked_out_again(finished, name):
    folder = finished.folder / "results" / name
    image = original(name)
    colors, index = np.unique(image.reshape(-1, 3), axis=0, return_inverse=True)
    space = IMAGES[name].get("kmeans", {}).get("space", "rgb")
    points = to_space(colors, space)[index]
    for row, k in zip(read_csv(folder / "scores.csv"), N_CLUSTERS[name], strict=True):
        png = folder / f"k{k}/reconstructed.png"
        shown = np.asarray(Image.open(png).convert("RGB"))
        own_colors = {tuple(int(color[c]) for c in "rgb") for color in read_csv(folder / f"k{k}/palette.csv")}
        assert set(map(tuple, shown.reshape(-1, 3).tolist())) <= own_colors
        with np.load(folder / f"k{k}/clusters.npz") as clusters:
            labels, inertia = clusters["labels"][index], float(clusters["inertia"])
            steps, converged = clusters["n_iter"], clusters["converged"]
        several = 1 < len(np.unique(labels)) < len(points)
        own = several and max(np.unique(points[labels == c], axis=0).shape[0] for c in np.unique(labels)) > 1
        mse = float(((image.astype(float) - shown) ** 2).sum(axis=2).mean())
        difference, seen = differences(image, shown), scielab(image, shown, 60)
        shares = np.unique(shown.reshape(-1, 3), axis=0, return_counts=True)[1] / index.size
        size, whole = png.stat().st_size, (folder / "resized.png").stat().st_size
        rows = read_csv(folder / f"k{k}/restarts.csv")
        lowest = min(float(row["inertia"]) for row in rows)
        restarts = [float(row["inertia"]) for row in rows if row["kind"] != "crossover"]
        expected = {
            "colors_used": len(shares),
            "inertia": inertia,
            "silhouette": float(silhouette_score(points, labels)) if several else None,
            "calinski_harabasz": float(calinski_harabasz_score(points, labels))
            if own
            else math.inf
            if several
            else None,
            "davies_bouldin": float(davies_bouldin_score(points, labels)) if several else None,
            "mse": mse,
            "psnr": 10 * math.log10(255**2 / (mse / 3)) if mse else math.inf,
            "ssim": float(structural_similarity(image, shown, channel_axis=2)),
            "delta_e_mean": float(difference.mean()),
            "delta_e_p95": float(np.quantile(difference, 0.95, method="inverted_cdf")),
            "delta_e_seen_mean": float(seen.mean()),
            "delta_e_seen_p95": float(np.quantile(seen, 0.95, method="inverted_cdf")),
            "png_bytes": size,
            "source_png_bytes": whole,
            "bits_per_pixel": 8 * size / index.size,
            "compression_ratio": whole / size,
            "entropy": float(-(shares * np.log2(shares)).sum()) + 0.0,
            "n_iter": int(steps),
            "restarts": len(restarts),
            "hits": sum(one <= lowest * (1 + 1e-6) for one in restarts) if len(restarts) > 1 else None,
            "distinct_colors": len(colors),
            "pixels": index.size,
        }
        wrong = {column: (row[column], value) for column, value in expected.items() if not is_near(row[column], value)}
        assert not wrong, f"k = {k}"
        assert (row["image"], row["k"], row["space"], row["converged"]) == (name, str(k), space, str(bool(converged)))
        assert row["silhouette_exact"] == ("True" if several else "")
        proven = {"lower_bound", "gap"}
        assert set(row) - set(expected) == {"image", "k", "space", "converged", "silhouette_exact", "spread"} | proven


def test_what_is_proven_is_proven_otherwise(finished, name):
    """By the cubes of tests/support/proofs.py in RGB, and by every cell that follows from another."""
    folder = finished.folder / "results" / name
    found = json.loads((folder / "recommendation.json").read_text())
    scores = {row["k"]: row for row in read_csv(folder / "scores.csv")}
    rows = {row["k"]: row for row in read_csv(folder / "certificates.csv")}
    colors, counts = np.unique(original(name).reshape(-1, 3), axis=0, return_counts=True)
    settings = {"space": "rgb", "weight_exponent": 1.0} | IMAGES[name].get("kmeans", {})
    assert set(rows) == {str(k) for k in {*N_CLUSTERS[name], found["answer"]["k"]} if k <= 16}
    with np.load(folder / "certificates.npz", allow_pickle=False) as radii:
        assert set(radii) == {f"k{k}" for k, row in rows.items() if row["method"] == "dual"}
        for k, row in rows.items():
            inertia, bound = float(row["inertia"]), float(row["lower_bound"])
            assert bound <= inertia
            assert inertia == 0 or 0 <= float(row["gap"]) - 100 * (1 - bound / inertia) + 1e-7 < 2e-4
            # What the search finds is known to be good; of a plain fit, the gap shows that it is not always.
            assert name == "notebook" or float(row["gap"]) < 1.5
            assert (row["space"], float(row["weight_exponent"])) == (settings["space"], settings["weight_exponent"])
            if k in scores:
                exponent = settings["weight_exponent"]
                assert is_near(scores[k]["gap"], float(row["gap"]) if exponent == 1 else None)
                assert is_near(scores[k]["lower_bound"], bound if exponent == 1 else None)
                assert exponent != 1 or is_near(scores[k]["inertia"], inertia)
            if row["method"] == "dual" and (settings["space"], settings["weight_exponent"]) == ("rgb", 1.0):
                assert holds(colors, counts, radii[f"k{k}"], int(k), bound, 1e-2 * inertia)
    answer = str(found["answer"]["k"])
    if answer in rows and settings["weight_exponent"] == 1:
        assert found["certificate"]["gap"] == float(rows[answer]["gap"])
        assert found["certificate"]["lower_bound"] == float(rows[answer]["lower_bound"])
    else:
        assert found["certificate"]["k"] is None


def test_a_palette_is_the_best_of_its_size_for_what_lies_around_it(finished):
    """No colour of the plain palettes can move by a level to the picture's advantage."""
    colors, counts = np.unique(original("plain").reshape(-1, 3), axis=0, return_counts=True)
    for k in N_CLUSTERS["plain"]:
        with np.load(finished.folder / f"results/plain/k{k}/clusters.npz") as clusters:
            palette = clusters["palette"].astype(float)

        def error(palette):
            return (((colors[:, None] - palette) ** 2).sum(axis=2).min(axis=1) * counts).sum()

        for place, axis, step in itertools.product(range(k), range(3), (-1, 1)):
            moved = palette.copy()
            moved[place, axis] += step
            assert error(moved) >= error(palette) - 1e-6


@pytest.mark.parametrize("name", [name for name, settings in IMAGES.items() if settings.get("compare") != []])
def test_other_quantizers_are_scored_as_ours_is(finished, name):
    folder = finished.folder / "results" / name
    image = original(name)
    rows = read_csv(folder / "comparison.csv")
    for row in rows:
        assert int(row["colors_used"]) <= int(row["k"])
        assert int(row["pixels"]) == SHAPE[0] * SHAPE[1]
        assert row["psnr"] == "inf" or is_near(row["psnr"], 10 * math.log10(255**2 * 3 / float(row["mse"])))
        if row["method"] == "octree":
            octree = Image.fromarray(image).quantize(int(row["k"]), method=Image.Quantize.FASTOCTREE, dither=0)
            shown = np.asarray(octree.convert("RGB"))
            assert is_near(row["mse"], float(((image.astype(float) - shown) ** 2).sum(axis=2).mean()))
            assert is_near(row["ssim"], float(structural_similarity(image, shown, channel_axis=2)))
            assert is_near(row["delta_e_mean"], float(differences(image, shown).mean()))
            assert int(row["colors_used"]) == len(np.unique(shown.reshape(-1, 3), axis=0))
    if name == "plain":
        ours = {row["k"]: float(row["mse"]) for row in rows if row["method"] == "ours"}
        assert all(float(row["mse"]) >= ours[row["k"]] for row in rows)


def test_the_recommendation_rests_on_the_scores(finished, name):
    folder = finished.folder / "results" / name
    found = json.loads((folder / "recommendation.json").read_text())
    scores = {int(row["k"]): row for row in read_csv(folder / "scores.csv")}
    known = {k: float(row["silhouette"]) for k, row in scores.items() if row["silhouette"]}
    assert found["silhouette"]["k"] == max(known, key=known.get)
    image, picture = original(name), Image.open(folder / "answer/reconstructed.png").convert("RGB")
    difference = differences(image, np.asarray(picture))
    if name == "dithered":
        difference = scielab(image, np.asarray(picture), 60)
    assert difference.mean() <= 5
    assert found["answer"]["lost"]["delta_e_p99"] == pytest.approx(
        np.quantile(difference, 0.99 + 1e-9, method="inverted_cdf"), abs=1e-4
    )
    assert found["answer"]["lost"]["share"] == pytest.approx((difference > 10).mean(), abs=1e-4)


def test_the_table_of_all_images_is_their_tables(finished):
    whole = read_csv(finished.folder / "results/scores.csv")
    assert whole == [row for name in IMAGES for row in read_csv(finished.folder / f"results/{name}/scores.csv")]
