"""The answer is the lowest rung that meets the target, and the picture is of that many colours."""

import functools
import hashlib
import io
import math
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from answer import Trials, answer, find_lowest, rungs, write_stops
from photopalette.color.table import ColorTable, flatten
from photopalette.kmeans.fit import fit
from photopalette.palettes.formats import FORMATS
from photopalette.pictures.indexed import small_png
from photopalette.quality.losses import lost
from photopalette.quality.metrics import SEEN, Reference
from photopalette.quality.targets import TARGETS, meets
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
        return Trials(flatten(image), SEARCH, {"dither": dither}, target, cache)

    return make


@pytest.mark.parametrize(("clear", "most"), [(False, 256), (True, 255)])
def test_a_cut_out_has_a_colour_less(tmp_path, clear, most):
    """Its picture has an entry of the palette for what is clear."""
    image = np.random.default_rng(0).integers(0, 256, (20, 20, 4), np.uint8)
    image[..., 3] = 255
    image[0, 0, 3] = 0 if clear else 255
    trials = Trials(flatten(image), SEARCH, {"dither": "none"}, {"delta_e_mean": 1}, Cache(tmp_path))
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


def test_every_k_of_the_price_list_is_built_as_a_study_would_build_it(trials, tmp_path):
    """Also the largest palette, where none is enough."""
    made = trials({"delta_e_mean": 0.01})
    found = answer(made, {"delta_e_mean": 0.01})
    assert found["stops"] == sorted({price["k"] or 256 for price in found["prices"]})
    assert len(found["stops"]) > 3
    write_stops(tmp_path / "stops.zip", made, found["stops"], "photo")
    rows = {row["k"]: row for row in found["tried"]}
    names = ("clusters.npz", "reconstructed.png", *(f"palette.{suffix}" for suffix in FORMATS))
    with zipfile.ZipFile(tmp_path / "stops.zip") as archive:
        assert sorted(archive.namelist()) == sorted(f"k{k}/{name}" for k in found["stops"] for name in names)
        for k in found["stops"]:
            best = fit(made.table, k, **SEARCH)
            with np.load(io.BytesIO(archive.read(f"k{k}/clusters.npz"))) as clusters:
                assert (clusters["palette"] == best.palette).all()
                assert clusters["inertia"] == best.inertia
            content = archive.read(f"k{k}/reconstructed.png")
            picture = np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).reshape(-1, 3)
            assert (picture == best.palette[best.palette_labels[made.table.index]]).all()
            # Their scores are those of all restarts.
            assert rows[k]["restarts"] == sum(kind != "crossover" for _, _, kind, *_ in best.restarts)
            assert rows[k]["inertia"] == pytest.approx(best.inertia, rel=1e-6)
            assert rows[k]["png_bytes"] == len(content)
            original = made.table.colors[made.table.index].astype(int)
            assert rows[k]["mse"] == pytest.approx(((original - picture) ** 2).sum(axis=1).mean(), abs=1e-4)


def test_no_picture_is_compressed_twice(trials, tmp_path, monkeypatch):
    compressed = []
    monkeypatch.setattr("answer.small_png", lambda image: compressed.append(image.tobytes()) or small_png(image))
    made = trials({"delta_e_mean": 4}, folder=tmp_path / "empty")
    write_stops(tmp_path / "stops.zip", made, answer(made, {"delta_e_mean": 4})["stops"], "photo")
    assert len(compressed) == len({*compressed}) > 3


def test_another_target_fits_only_the_palettes_that_are_new_and_writes_the_same_bytes(trials, tmp_path, monkeypatch):
    fitted = []
    monkeypatch.setattr("answer.fit", lambda table, k, **settings: fitted.append(k) or fit(table, k, **settings))

    def write(target, folder):
        """Search and write the stops; return them, the k that were fitted, and the archive."""
        fitted.clear()
        made = trials({"delta_e_mean": target}, folder=tmp_path / folder)
        stops = answer(made, made.target)["stops"]
        write_stops(tmp_path / "stops.zip", made, stops, "photo")
        return stops, {*fitted}, (tmp_path / "stops.zip").read_bytes()

    first, *_ = write(4, "kept")
    second, again, content = write(6, "kept")
    everything = write(6, "empty")
    assert {*first} & {*second} & everything[1]
    assert not ({*first} & again)
    assert (second, content) == everything[::2]
    # Another name is in the palettes, so they are made anew.
    made = trials({"delta_e_mean": 6}, folder=tmp_path / "kept")
    write_stops(tmp_path / "stops.zip", made, second, "other")
    assert (tmp_path / "stops.zip").read_bytes() != content


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


MIXES = [
    *({name} for name in TARGETS),
    *({name, "png_bytes"} for name in TARGETS if name != "png_bytes"),
    {"delta_e_mean", "delta_e_p95"},
    {"delta_e_seen_mean", "ssim", "psnr"},
    {"psnr", "ssim", "png_bytes", "delta_e_seen_p95"},
]


@pytest.mark.parametrize("dither", ["none", "floyd-steinberg"])
@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: "+".join(sorted(mix)))
def test_whatever_is_asked_for_is_found_if_a_rung_has_it(trials, mix, dither):
    """And up to 32 colours it is the first that has it; bounds are around the scores of any rung."""
    rng = np.random.default_rng(5)
    noisy = (np.arange(0, 200, 20)[:, None, None] + rng.integers(0, 50, (10, 12, 3))).astype(np.uint8)
    made = trials({}, noisy, dither)
    rows = {k: made.evaluate(k) for k in made.rungs}
    for k in (2, 5, 9, 14, 23, 31, 40, 72):
        slack = {name: rng.choice([0.999, 1, 1.01]) for name in TARGETS if name in mix}
        target = {name: float(rows[k][name] * factor) for name, factor in slack.items()}
        fulfilled = [k for k, row in rows.items() if meets(row, target)]
        asked = trials(target, noisy, dither)
        found = answer(asked, target)
        assert found["meets"] == bool(fulfilled)
        if fulfilled:
            assert found["k"] == fulfilled[0] if found["k"] <= 32 else found["k"] in fulfilled
        else:
            assert {row["k"] for row in found["tried"]} == {*made.rungs}, "only then it is known that none does"
            limit = target.get("png_bytes", math.inf)
            assert found["k"] == max(k for k, row in rows.items() if row["png_bytes"] <= limit)


@pytest.mark.parametrize(
    "target", [{"delta_e_mean": 0.1}, {"delta_e_seen_mean": 0.01}, {"psnr": 70.0}, {"png_bytes": 30}]
)
def test_no_time_is_spent_on_what_is_far_out_of_reach(trials, tmp_path, target):
    made = trials(target, folder=tmp_path)
    assert made.lowest(target) is None
    assert len(made.rows) < 15


def test_fewer_colours_may_meet_what_more_do_not(tmp_path):
    """Dithered, this picture's 95th percentile as seen is 4.35 with 9 colours, 4.41 to 4.55 with 10 to 13."""
    table = flatten(np.asarray(Image.open(Path(__file__).with_name("fewest.png")).convert("RGB")))
    target = {"delta_e_seen_p95": 4.4}
    kmeans = DEFAULT | {"fit_on": "colors", "space": "rgb"}
    trials = Trials(table, kmeans, {"dither": "floyd-steinberg"}, target, Cache(tmp_path))
    assert answer(trials, target)["k"] == 9
    met = [k for k in range(1, 15) if trials.evaluate(k)["delta_e_seen_p95"] <= 4.4]
    assert met == [9, 14]


def test_dots_that_mix_from_a_distance_are_not_lost():
    """A grey area in dots of black and white; a white corner in it is lost in either way of looking."""
    grey = np.full((40, 40, 3), 188, np.uint8)
    grey[:12, :12] = 255
    table, palette = flatten(grey), np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
    dots = (np.indices((40, 40)).sum(axis=0) % 2).astype(np.uint8)
    by_pixel, seen = (lost(Reference(table), palette, dots.ravel(), seen) for seen in (False, True))
    assert by_pixel["share"] == pytest.approx(1 - 72 / 1600, abs=1e-4)
    assert 100 / 1600 < seen["share"] < 200 / 1600
    assert [loss["color"] for loss in seen["colors"]] == ["#ffffff"]


def test_prices_of_a_dithered_picture_are_those_of_what_is_seen(trials):
    target = {"delta_e_seen_mean": 3.0}
    found = answer(trials(target, dither="floyd-steinberg"), target)
    assert [price["asked"] for price in found["prices"]] == [{"delta_e_seen_mean": level} for level in (10, 5, 3, 2)]
    assert all(price["meaning"] for price in found["prices"])
    plain = answer(trials({"delta_e_mean": 3.0}), {"delta_e_mean": 3.0})
    assert [price["asked"] for price in plain["prices"]] == [{"delta_e_mean": level} for level in (10, 5, 3, 2)]


@pytest.mark.parametrize(
    ("target", "dither", "left_out"),
    [
        ({"delta_e_mean": 8.0}, "none", {"png_bytes", *SEEN}),
        ({"delta_e_seen_p95": 8.0}, "none", {"png_bytes"}),
        ({"delta_e_seen_mean": 8.0}, "floyd-steinberg", {"png_bytes"}),
        ({"png_bytes": 500}, "none", {*SEEN}),
    ],
)
def test_what_takes_long_is_left_out_of_trials_of_a_large_picture(trials, monkeypatch, target, dither, left_out):
    monkeypatch.setattr("answer._LARGE", 100)
    made = trials(target, dither=dither)
    assert {name for name in TARGETS if made.estimate(20)[name] is None} == left_out
    assert {name for name in TARGETS if made.evaluate(20)[name] is None} == left_out - {"png_bytes"}
    made.complete(20)
    assert not {name for name in TARGETS if made.rows[20][name] is None}


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
    (red,) = found["colors"]
    assert (found["share"], red["share"], red["color"], red["replacement"]) == (0.01, 0.01, "#fa0a0a", "#808080")
    assert red["name"] == "fire engine red"
    assert [hue["hue"] for hue in found["hues"]] == ["red"]
    assert found["delta_e_p99"] > 30
    image[0, 0] = 128
    assert lost(Reference(flatten(image)), palette, np.zeros(1000, np.uint8))["delta_e_p99"] == 0
    both = np.array([[128, 128, 128], [250, 10, 10]], np.uint8)
    kept = lost(Reference(table), both, (table.colors[table.index][:, 0] == 250).astype(np.uint8))
    assert kept == {"delta_e_p99": 0, "share": 0, "colors": [], "hues": []}
