"""The answer is the lowest rung that meets the target, and the picture is of that many colours."""

import functools
import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from answer import Trials, answer, find_lowest, lost, rungs
from photopalette.color.table import ColorTable, flatten
from photopalette.kmeans.fit import fit
from photopalette.quality.metrics import Reference
from photopalette.run.cache import Cache
from settings import SEARCH as DEFAULT

SEARCH = DEFAULT | {"n_init": 4, "fit_on": "colors", "space": "rgb"}


def test_rungs_are_every_k_and_then_steps_of_an_eighth():
    wide = [36, 40, 45, 51, 57, 64, 72, 81, 91, 102, 114, 128, 144, 161, 181, 203, 228, 256]
    assert rungs(300) == [*range(1, 33), *wide]
    assert rungs(1) == [1]
    assert rungs(32) == list(range(1, 33))
    assert rungs(50) == [*range(1, 33), 36, 40, 45, 50]


@given(st.integers(1, 300), st.integers(0, 60))
def test_the_lowest_rung_that_meets_a_target_is_found(colors, first):
    k, asked = rungs(colors), []

    def met(value):
        asked.append(value)
        return k.index(value) >= first

    assert find_lowest(k, met) == (first if first < len(k) else None)
    assert len(asked) <= 16


@given(st.integers(1, 300), st.floats(0.2, 2), st.floats(0.05, 60), st.floats(0.9, 1.1))
def test_a_power_law_is_cut_where_it_crosses_the_target(colors, power, target, bend):
    k, asked = rungs(colors), []

    def score(value):
        # Not quite a power law.
        return 40 / value**power * (bend if value > 9 else 1) / target

    def met(value):
        asked.append(value)
        return score(value) <= 1

    found = find_lowest(k, met, score)
    if found is None:
        assert not met(k[-1])
    else:
        assert met(k[found])
        assert found == 0 or not met(k[found - 1])
    assert len(asked) <= 18


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What one test has searched for, the next one finds."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def trials(folder):
    """Make the trials of a small photograph-like image: smooth, with noise."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:18, :24]
    image = np.stack([10 * x, 13 * y, 120 + 60 * np.sin(x / 5)], axis=2) + rng.normal(0, 5, (18, 24, 3))
    image = image.clip(0, 255).astype(np.uint8)

    def make(target, image=image, dither="none", folder=folder):
        cache = Cache(folder, hashlib.sha256(image.tobytes()).hexdigest(), dither)
        return Trials(flatten(image), SEARCH, dither, target, cache)

    return make


@pytest.mark.parametrize(("clear", "most"), [(False, 256), (True, 255)])
def test_a_cut_out_has_a_colour_less(tmp_path, clear, most):
    """Its picture has an entry of the palette for what is clear."""
    image = np.random.default_rng(0).integers(0, 256, (20, 20, 4), np.uint8)
    image[..., 3] = 255
    image[0, 0, 3] = 0 if clear else 255
    trials = Trials(flatten(image), SEARCH, "none", {"delta_e_mean": 1}, Cache(tmp_path))
    assert trials.rungs[-1] == most


def mean_delta_e(table: ColorTable, k: int) -> float:
    """Mean ΔE of k colours as the study finds them, over all pixels."""
    clusters = fit(table, k, **SEARCH)
    picture = clusters.palette[clusters.palette_labels[table.index]]
    return float(deltaE_ciede2000(rgb2lab(table.colors[table.index]), rgb2lab(picture)).mean())


@pytest.mark.parametrize("target", [12.0, 6.0, 3.0])
def test_the_answer_meets_the_target_and_the_rung_below_does_not(trials, target):
    made = trials({"delta_e_mean": target})
    found = answer(made, {"delta_e_mean": target})
    assert found["meets"]
    assert mean_delta_e(made.table, found["k"]) <= target
    assert mean_delta_e(made.table, made.rungs[made.rungs.index(found["k"]) - 1]) > target
    row = next(row for row in found["tried"] if row["k"] == found["k"])
    assert row["delta_e_mean"] == pytest.approx(mean_delta_e(made.table, found["k"]), abs=1e-4)


def test_every_price_is_the_lowest_rung_within_one(trials):
    made = trials({"psnr": 30})
    found = answer(made, {"psnr": 30})
    assert [price["asked"] for price in found["prices"]] == [
        *({"delta_e_mean": level} for level in (10, 5, 3, 2)),
        {"psnr": 30},
    ]
    difference = functools.cache(lambda k: mean_delta_e(made.table, k))
    for price in found["prices"][:4]:
        level = price["asked"]["delta_e_mean"]
        enough = next((place for place, k in enumerate(made.rungs) if difference(k) <= level), None)
        assert (price["k"] is None) == (enough is None)
        assert enough is None or abs(made.rungs.index(price["k"]) - enough) <= 1


def test_a_target_out_of_reach_gets_the_most_colours(trials):
    found = answer(trials({"delta_e_mean": 0.01}), {"delta_e_mean": 0.01})
    assert (found["k"], found["meets"]) == (256, False)
    assert found["prices"][-1]["k"] is None


def test_a_limit_of_bytes_gets_the_most_colours_that_it_allows(trials):
    target = {"delta_e_mean": 2.0, "png_bytes": 400}
    made = trials(target)
    found = answer(made, target)
    assert not found["meets"]
    above = made.rungs[made.rungs.index(found["k"]) + 1]
    assert made.estimate(found["k"])["png_bytes"] <= 400 < made.estimate(above)["png_bytes"]


@pytest.mark.parametrize("k", [3, 5, 7, 11, 13, 19, 27, 36])
@pytest.mark.parametrize("score", ["delta_e_mean", "delta_e_p95", "psnr"])
def test_what_a_lower_and_an_upper_limit_enclose_is_found(trials, k, score):
    """Of its own scores and bytes a rung is within the limits, however few others are."""
    row = trials({}).evaluate(k)
    target = {score: row[score], "png_bytes": row["png_bytes"]}
    made = trials(target)
    found = answer(made, target)
    assert found["meets"]
    reached = made.evaluate(found["k"])
    assert reached["png_bytes"] <= target["png_bytes"]
    assert reached[score] >= target[score] if score == "psnr" else reached[score] <= target[score]


def test_fewer_colours_may_meet_what_more_do_not(tmp_path):
    """Dithered, this picture's ΔE at the 95th percentile is 9.006 with 14 colours, 9.024 with 15 and 8.946 with 16."""
    table = flatten(np.asarray(Image.open(Path(__file__).with_name("fewest.png")).convert("RGB")))
    target = {"delta_e_p95": 9.015}
    kmeans = DEFAULT | {"fit_on": "colors", "space": "rgb"}
    trials = Trials(table, kmeans, "floyd-steinberg", target, Cache(tmp_path))
    assert answer(trials, target)["k"] == 14
    met = [k for k in range(1, 17) if trials.evaluate(k)["delta_e_p95"] <= 9.015]
    assert met == [14, 16]


def test_an_image_of_few_colours_ends_with_the_exact_picture(trials):
    image = np.zeros((5, 4, 3), np.uint8)
    image[2:] = 200
    image[4] = 90
    found = answer(trials({"ssim": 0.99, "psnr": 90}, image), {"ssim": 0.99, "psnr": 90})
    assert (found["k"], found["meets"], found["rungs"]) == (3, True, [1, 2, 3])
    assert found["tried"][-1]["psnr"] is None
    assert found["tried"][-1]["mse"] == 0


def test_scores_are_of_the_dithered_picture(trials):
    plain, dithered = (trials({}, dither=dither).evaluate(4) for dither in ("none", "floyd-steinberg"))
    assert dithered["mse"] > plain["mse"]


def test_what_was_found_before_is_not_searched_again(trials, tmp_path, monkeypatch):
    first = answer(trials({"delta_e_mean": 5}, folder=tmp_path), {"delta_e_mean": 5})
    fitted = []
    monkeypatch.setattr("answer.fit", lambda table, k, **kmeans: fitted.append(k) or fit(table, k, **kmeans))
    assert answer(trials({"delta_e_mean": 5}, folder=tmp_path), {"delta_e_mean": 5}) == first
    assert fitted == [first["k"]]  # only its picture is made


def test_losing_a_small_detail_of_its_own_colour_is_reported():
    image = np.full((10, 100, 3), 128, np.uint8)
    image[:2, :5] = [250, 10, 10]
    table = flatten(image)
    palette = np.array([[128, 128, 128]], np.uint8)
    found = lost(Reference(table), palette, np.zeros(1000, np.uint8))
    assert (found["share"], found["color"]) == (0.01, "#fa0a0a")
    assert found["name"] == "fire engine red"
    assert found["delta_e_p99"] > 30
    image[0, 0] = 128
    assert lost(Reference(flatten(image)), palette, np.zeros(1000, np.uint8))["delta_e_p99"] == 0
    both = np.array([[128, 128, 128], [250, 10, 10]], np.uint8)
    assert lost(Reference(table), both, (table.colors[table.index][:, 0] == 250).astype(np.uint8))["share"] == 0
