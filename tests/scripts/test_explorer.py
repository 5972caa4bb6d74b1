"""The explorer holds what it shows, once, and shows hostile text as text."""

import base64
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

import explorer
from explorer import (
    charts,
    choose_points,
    color_variance,
    curves_note,
    describe,
    encode_points,
    encode_silhouettes,
    error_layer,
    main,
    other_pictures,
    page,
    rank,
    say_loss,
    tabulate,
    tabulate_prices,
    thumbnail,
    to_score_row,
)
from flatten import flatten
from pages import HOSTILE, TEMPLATES, Reader, recommendation
from photopalette.color.table import save_table
from photopalette.config.settings import DEFAULTS
from photopalette.files.tables import to_csv
from photopalette.kmeans.fit import fit
from photopalette.pages.html import (
    certainty,
    default_k,
    embed_json,
    embed_script,
    headline,
    icon,
    shape,
    templates,
)
from photopalette.palettes.formats import FORMATS, palette_files
from photopalette.palettes.palette import palette_rows
from photopalette.pictures.indexed import indexed_image, palette_and_indices, rebuild
from photopalette.quality.metrics import DELTA_E_MAX, METRICS, Reference, roughness, score_picture
from photopalette.quality.targets import LEVELS, confirm, judged_by
from tables import read_csv

PATHS = [path for path in TEMPLATES.rglob("*") if path.is_file()]
SCORES = {
    "image": "photo",
    "k": "4",
    "colors_used": "4",
    "space": "rgb",
    "inertia": "1000.0",
    "lower_bound": "",
    "gap": "",
    "silhouette": "0.53",
    "silhouette_exact": "True",
    "mse": "50.0",
    "psnr": "35.9",
    "ssim": "0.9",
    "delta_e_mean": "2.2",
    "delta_e_p95": "6.1",
    "png_bytes": "6400",
    "source_png_bytes": "128000",
    "distinct_colors": "5000",
    "pixels": "60000",
    "restarts": "10",
    "hits": "3",
    "spread": "0.0011",
}


def context(**changes):
    plain = {
        "headline": "4 colours are enough.",
        "evidence": "Because.",
        "certainty": ("repeatable", "All agree."),
        "first": 4,
        "folders": {2: "k2", 4: "k4"},
        "prices": [],
        "marks": [("elbow", 4)],
        "original": "data:image/png;base64,",
        "picture": "data:image/png;base64,",
        "shape": "",
        "beside": False,
        "photos": [],
        "stocks": [],
        "palette": palette_rows(np.array([[17, 34, 51], [238, 221, 204]], np.uint8), np.array([7, 3])),
        "lost": [],
        "seen": "",
        "spaces": [("rgb", "RGB")],
        "charts": charts([SCORES], recommendation()),
        "curves_note": "",
        "scores": [{"label": "Trust", "value": "10 of 10", "unit": "restarts agree", "words": "Repeatable."}],
        "table": tabulate([SCORES]),
        "width": 30,
        "height": 20,
        "smaller": False,
        "limit": 1600,
        "distinct": 500,
        "shown": 500,
        "compared": True,
        "icon": icon(["#112233"]),
        "bar": {"stops": ["#000000"], "ticks": [(0, "0")]},
    }
    return plain | changes


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_shows_as_text_and_runs_nothing(name):
    plain = Reader(page("photo", {"image": "photo"}, context(), PATHS))
    hostile = Reader(page(name, {"image": name}, context(headline=name, evidence=name, certainty=(name, name)), PATHS))
    assert hostile.tags == plain.tags
    assert [attribute for attribute, _ in hostile.attributes] == [attribute for attribute, _ in plain.attributes]
    assert hostile.text.count(name) >= 4
    assert json.loads(hostile.scripts[0]) == {"image": name}
    assert hostile.scripts[1:] == plain.scripts[1:]


@pytest.mark.parametrize("name", HOSTILE)
def test_json_is_read_back_and_holds_no_markup(name):
    text = embed_json({name: [name]})
    assert json.loads(text) == {name: [name]}
    assert not set(text) & set("<>&\u2028\u2029")


def test_json_is_valid_and_short():
    assert embed_json({"é": [1, 2]}) == '{"é":[1,2]}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        embed_json(float("nan"))


def test_scripts_run_by_hash_alone():
    html = page("photo", {}, context(), PATHS)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy.replace("&#39;", "'")
    for forbidden in ("http:", "https:", "unsafe-eval", "*"):
        assert forbidden not in policy
    text, _ = embed_script("let end = '</script>';")
    assert "</script" not in text


def test_every_file_of_the_program_is_in_the_page_and_in_the_digest_of_its_rule():
    program = Reader(page("photo", {}, context(), PATHS)).scripts[1]
    rule = (TEMPLATES.parent / "rules/report.smk").read_text(encoding="utf-8")
    for path in (TEMPLATES / "explorer").iterdir():
        assert path.read_text(encoding="utf-8") in program
        assert f'"{path.stem}"' in rule


def test_templates_escape_by_default_and_miss_nothing(tmp_path):
    (tmp_path / "one.html").write_text("{{ text }}")
    template = templates([tmp_path / "one.html"]).get_template("one.html")
    assert template.render(text="<b>") == "&lt;b&gt;"
    with pytest.raises(Exception, match="undefined"):
        template.render()


def test_a_name_in_another_direction_stays_apart_from_the_text_around_it():
    name = "‏קפה (1)"
    html = page(name, {"image": name}, context(), PATHS)
    assert html.count(f"<bdi>{name}</bdi>") == 2
    body = html[html.index("<body>") : html.index('<script type="application/json"')]
    visible = Reader(re.sub(r"<(bdi|title)>.*?</\1>", "", body)).text
    assert name not in visible


def test_without_other_quantizers_there_is_no_table():
    assert Reader(page("photo", {}, context(), PATHS)).tags.count("table") == 2
    assert Reader(page("photo", {}, context(compared=False), PATHS)).tags.count("table") == 1


def test_no_words_on_the_page_take_what_is_compared_for_quantizers():
    """They may be given palettes alone."""
    reader = Reader(page("photo", {}, context(), PATHS))
    program = re.sub(r"/\*.*?\*/|//[^\n]*", "", reader.scripts[1], flags=re.DOTALL)
    assert "Comparison" in reader.text
    assert "uantizer" not in reader.text + program


def test_a_smaller_picture_and_a_sample_are_said_to_be_so():
    text = Reader(page("photo", {}, context(smaller=True, width=4000, shown=300), PATHS)).text
    assert "Shown and downloaded at 1600 pixels on the longer side; the studied picture is 4,000 × 20" in text
    assert "300 of the 500 colours, sampled" in text
    text = Reader(page("photo", {}, context(), PATHS)).text
    assert "Shown" not in text
    assert "All 500 colours" in text
    assert "The only colour" in Reader(page("photo", {}, context(distinct=1, shown=1), PATHS)).text


def test_same_input_same_page():
    assert page("photo", {"k": 4}, context(), PATHS) == page("photo", {"k": 4}, context(), PATHS)


def test_the_page_loads_nothing_and_leads_only_to_what_lies_beside_it():
    reader = Reader(page("photo", {}, context(), PATHS))
    assert [value for name, value in reader.attributes if name == "src" and not value.startswith("data:")] == []
    links = {value for name, value in reader.attributes if name == "href" and not value.startswith("data:")}
    pictures = {f"k{k}/reconstructed.png" for k in (2, 4)}
    assert links == {"../index.html", "scores.csv", *(f"k4/palette.{suffix}" for suffix in FORMATS), *pictures}


def test_without_javascript_there_are_picture_palette_scores_and_links():
    html = page("photo", {}, context(), PATHS)
    before, after = html.split("<header", 1)
    assert "JavaScript is off." in before  # the notice is first
    assert all(text in after for text in ("#112233", "70.0&nbsp;%", "10 of 10", "0.530"))


def test_values_and_units_are_apart():
    text = Reader(page("photo", {}, context(), PATHS)).text
    assert "10 of 10 restarts agree" in text


@pytest.mark.parametrize(
    ("given", "k", "words"),
    [
        (
            dict(target=8, elbow=4, asked={"delta_e_mean": 5}),
            8,
            "8 colours (8.6 kB) look right; the first 4 do most of the work.",
        ),
        (
            dict(target=64, elbow=4, asked={"psnr": 33}),
            10,
            "64 colours (8.6 kB) are enough; the first 4 do most of the work.",
        ),
        (dict(target=4, elbow=4, asked={"psnr": 30}), 4, "4 colours (8.6 kB) are enough."),
        (
            dict(target=4, elbow=2, asked={"psnr": 30}),
            4,
            "4 colours (8.6 kB) are enough; the first 2 do most of the work.",
        ),
        (dict(target=4, elbow=1, asked={"psnr": 30}), 4, "4 colours (8.6 kB) are enough."),
        (dict(elbow=1), 2, "1 colour does most of the work."),
        (dict(target=3, elbow=4, asked={"delta_e_mean": 5}), 3, "3 colours (8.6 kB) look right."),
        (
            dict(target=8, elbow=4, asked={"delta_e_mean": 5}, hues=[{"hue": "green", "name": "khaki"}]),
            8,
            "8 colours (8.6 kB) look right, but all green has become khaki.",
        ),
        (dict(target=1, asked={"psnr": 30}), 2, "One colour (8.6 kB) is enough."),
        (
            dict(elbow=4, silhouette=3, asked={"delta_e_mean": 3}),
            4,
            "4 colours do most of the work; no palette of up to 256 colours was found that meets the target.",
        ),
        (dict(elbow=4, silhouette=3), 4, "4 colours do most of the work."),
        (dict(silhouette=3), 3, "3 colours stand apart most clearly."),
        (dict(), 6, "No number of colours stands out."),
        (dict(target=7, asked={"psnr": 30}, exact=7, colors=7), 7, "It has only 7 colours (8.6 kB)."),
        (dict(target=1, asked={"psnr": 30}, exact=2, colors=1), 2, "It has only one colour (8.6 kB)."),
        (dict(elbow=3, exact=3, colors=3), 3, "3 colours do most of the work."),
        (
            dict(elbow=3, exact=5, colors=5, asked={"png_bytes": 9}),
            3,
            "3 colours do most of the work; no palette of up to 5 colours was found that meets the target.",
        ),
        (dict(silhouette=8, exact=8, colors=7), 8, "7 colours stand apart most clearly."),
        (dict(exact=2, colors=1), 6, "It has only one colour."),
    ],
)
def test_the_answer_follows_the_recommendation(given, k, words):
    n_clusters = list(range(2, 11))
    assert default_k(recommendation(**given), n_clusters) == k
    assert headline(recommendation(**given)) == words


@pytest.mark.parametrize(
    ("hits", "spread", "word"),
    [
        ("10", "4.0", "repeatable"),
        ("3", "0.09", "repeatable"),
        ("3", "0.1", "fairly repeatable"),
        ("2", "0.99", "fairly repeatable"),
        ("2", "1.0", "shaky"),
        ("1", "0.5", "shaky"),
        ("1", "0.09", "repeatable"),
        ("0", "0.5", "shaky"),
    ],
)
def test_restarts_say_how_far_they_agree(hits, spread, word):
    said, why = certainty(SCORES | {"hits": hits, "spread": spread})
    assert said == word
    assert why.startswith({"0": "A crossover of the 10 restarts", "10": "All 10 "}.get(hits, f"{hits} of 10 "))
    assert hits == "10" or f"{float(spread):g} % above" in why
    assert "roven" not in said + why


@pytest.mark.parametrize("hits", ["10", "1", ""])
def test_what_is_proven_is_said_in_place_of_what_restarts_say(hits):
    row = SCORES | {"hits": hits, "restarts": "10" if hits else "1", "gap": "0.42", "lower_bound": "995.8"}
    assert certainty(row) == ("proven", "No 4 colours can have less than 99.5 % of this squared error.")
    (entry,) = (entry for entry in describe(row, 1000.0) if entry["label"] == "Trust")
    assert (entry["value"], entry["unit"]) == ("0.42", "% less error at most")
    assert ("0.42", "0.42") in tabulate([row])["rows"][0][1]
    assert certainty(row | {"distinct_colors": "4"})[0] == "exact"


def test_a_single_restart_says_nothing():
    assert certainty(SCORES | {"restarts": "1", "hits": "", "spread": ""})[0] == "untested"


def test_without_a_search_the_picture_is_exact():
    assert certainty(SCORES | {"restarts": "1", "hits": "", "distinct_colors": "4"})[0] == "exact"
    assert certainty(SCORES | {"restarts": "1", "hits": "", "distinct_colors": "3"})[0] == "exact"
    assert certainty(SCORES | {"restarts": "1", "hits": "", "distinct_colors": "5"})[0] == "untested"


@pytest.mark.parametrize(
    ("width", "height", "kind"),
    [(59, 100, "portrait"), (60, 100, ""), (100, 100, ""), (200, 100, ""), (201, 100, "panorama")],
)
def test_very_wide_and_very_tall_pictures_have_their_own_layouts(width, height, kind):
    assert shape(width, height) == kind


def test_numbers_and_their_units_stay_together(tmp_path):
    (tmp_path / "one.html").write_text("{{ text | together }}")
    template = templates([tmp_path / "one.html"]).get_template("one.html")
    text = "8 colours, 8.6 kB; 3 do; 12 MB, 90 B, 1 colour, at k = 4 Bytes, 99.5 % of 8 pixels, ΔE 5, ≤ 256, 30 dB"
    joined = "8_colours, 8.6_kB; 3 do; 12_MB, 90_B, 1_colour, at k_=_4 Bytes, 99.5_% of 8_pixels, ΔE_5, ≤_256, 30_dB"
    assert template.render(text=text) == joined.replace("_", "\u00a0")
    (tmp_path / "one.html").write_text("{{ text }}")
    template = templates([tmp_path / "one.html"]).get_template("one.html")
    assert template.render(text="k = 4: 99 %") == "k\u00a0=\u00a04: 99\u00a0%", "without being asked"


def test_an_icon_has_up_to_four_stripes_side_by_side():
    def stripes(codes):
        svg = base64.b64decode(icon(codes).removeprefix("data:image/svg+xml;base64,")).decode()
        return re.findall("<rect x='([^']*)' width='([^']*)' height='16' fill='([^']*)'/>", svg)

    codes = ["#111111", "#222222", "#333333", "#444444", "#555555"]
    assert stripes(codes) == [(str(4 * at), "4", code) for at, code in enumerate(codes[:4])]
    assert stripes(codes[:2]) == [("0", "8", "#111111"), ("8", "8", "#222222")]


@pytest.mark.parametrize(
    ("given", "n_clusters", "k"),
    [
        (dict(target=7, elbow=3), [2, 4, 8], 8),
        (dict(target=300), [2, 4, 8], 8),
        (dict(elbow=1), [2, 4, 8], 2),
        (dict(silhouette=6), [2, 4, 8], 4),
        (dict(), [2, 4, 8], 4),
        (dict(), [2, 4], 4),
        (dict(), [5], 5),
    ],
)
def test_the_first_k_shown_is_the_nearest_there_is(given, n_clusters, k):
    assert default_k(recommendation(**given), n_clusters) == k


def test_an_exact_copy_is_put_into_words():
    exact = {"mse": "0.0", "psnr": "inf", "delta_e_mean": "0.0", "delta_e_p95": "0.0", "ssim": "1.0"}
    few = {"restarts": "1", "hits": "", "spread": "", "distinct_colors": "3", "png_bytes": "90"}
    entries = {entry["label"]: entry for entry in describe(SCORES | exact | few, 1000.0)}
    assert entries["Colour difference"]["words"] == "None: every pixel keeps its own colour."
    assert entries["Variety kept"]["words"] == "All of it: no colour of the photo is missing."
    assert entries["Trust"]["value"] == "Full"
    assert (entries["File size"]["value"], entries["File size"]["unit"]) == ("90", "bytes")


def test_scores_are_put_into_words():
    entries = {entry["label"]: entry for entry in describe(SCORES, 1000.0)}
    assert entries["Colour difference"]["value"] == "2.2"
    assert "glance" in entries["Colour difference"]["words"]
    assert entries["Variety kept"]["value"] == "95.0"
    assert entries["File size"]["words"].endswith("20.0 times as large.")
    assert entries["Separation"]["words"] == "Distinct groups with soft borders."
    assert entries["Trust"]["value"] == "3 of 10"


@pytest.mark.parametrize(
    ("column", "label", "bounds"),
    [
        ("delta_e_mean", "Colour difference", [1, 2, 5, 10]),
        ("delta_e_p95", "Largest differences", [2]),
        ("ssim", "Structure", [0.6, 0.8, 0.95]),
        ("psnr", "Fidelity", [20, 30, 40]),
        ("silhouette", "Separation", [0.25, 0.5, 0.7]),
    ],
)
def test_each_range_of_a_score_has_its_own_words(column, label, bounds):
    def words(value):
        return next(
            entry["words"] for entry in describe(SCORES | {column: str(value)}, 1000.0) if entry["label"] == label
        )

    ranges = [(low, high - 1e-6) for low, high in zip([0, *bounds], [*bounds, 2 * bounds[-1]], strict=True)]
    assert all(words(low) == words(high) for low, high in ranges)
    assert len({words(low) for low, _ in ranges}) == len(ranges)


@pytest.mark.parametrize(
    ("size", "source", "value", "unit", "original"),
    [
        ("999", "999", "999", "bytes", "999 bytes, is 1.0 times"),
        ("1000", "1000", "1.0", "kB", "1 kB, is 1.0 times"),
        ("6400", "128000", "6.4", "kB", "128 kB, is 20.0 times"),
        ("1234567", "9876543", "1,234.6", "kB", "9,877 kB, is 8.0 times"),
    ],
)
def test_sizes_are_in_bytes_or_kilobytes(size, source, value, unit, original):
    entries = {
        entry["label"]: entry for entry in describe(SCORES | {"png_bytes": size, "source_png_bytes": source}, 1.0)
    }
    shown = entries["File size"]
    assert (shown["value"], shown["unit"]) == (value, unit)
    assert f"the original, at {original} as large" in shown["words"]


def test_the_variety_kept_is_what_the_error_leaves_of_the_variance():
    def variety(variance, **changes):
        entries = describe(SCORES | changes, variance)
        return next((entry["value"], entry["words"]) for entry in entries if entry["label"] == "Variety kept")

    assert variety(200.0) == ("75.0", "How much of the variety of 5,000 colours these 4 preserve.")
    assert variety(40.0)[0] == "0.0", "never below nothing"
    assert variety(200.0, k="1")[1] == "One colour has no variety."


def test_estimates_and_single_restarts_are_marked():
    def entry(label, **changes):
        return next(entry for entry in describe(SCORES | changes, 1000.0) if entry["label"] == label)

    assert entry("Separation")["unit"] == "silhouette"
    assert entry("Separation", silhouette_exact="False")["unit"] == "silhouette, estimated"
    trust = entry("Trust", restarts="1", hits="", spread="")
    assert (trust["value"], trust["unit"]) == ("1", "restart")
    assert trust["words"].startswith("Untested. Only one restart")


def test_scores_may_be_missing_or_infinite():
    row = SCORES | {"ssim": "", "silhouette": "", "psnr": "inf", "mse": "0.0", "hits": "", "restarts": "1"}
    entries = {entry["label"]: entry for entry in describe(row, 0.0)}
    assert not {"Structure", "Separation", "Variety kept"} & set(entries)
    assert entries["Fidelity"]["value"] == "∞"


def test_quantizers_are_ranked():
    def row(method, difference, mse, k="4"):
        cells = {"method": method, "k": k, "delta_e_mean": difference, "mse": mse}
        return cells | {"colors_used": "4", "psnr": "30", "ssim": "", "png_bytes": "1000"}

    rows = [row("ours", "3.0", "10"), row("other", "2.0", "12"), row("ours", "9.0", "99", k="2")]
    ranked = rank(rows, 4)
    assert [entry["method"] for entry in ranked["rows"]] == ["other", "K-means, this study"]
    assert "number 2 of 2 by mean ΔE and has the lowest squared error" in ranked["words"]
    assert rank([], 4) is None
    exact = [row("ours", "0.0", "0") | {"psnr": "inf"}, row("wu", "0.0", "0") | {"psnr": "inf"}, row("other", "2", "9")]
    ranked = rank(exact, 4)
    assert ranked["words"] == "This study's picture is an exact copy. Others that also make one: 1 of 2."
    assert [entry["psnr"] for entry in ranked["rows"]] == ["∞", "∞", "30.0"]


def test_the_table_of_all_k_reads_and_sorts():
    rows = [SCORES | {"k": "2", "psnr": "inf", "silhouette": ""}, SCORES | {"inertia": "98765432.1"}]
    table = tabulate(rows)
    names = [name for name, _ in table["columns"]]
    assert names == ["k", "Colours", "Mean ΔE", "95th percentile of ΔE", "PSNR, dB", "SSIM", "PNG, bytes", *names[7:]]
    assert [k for k, *_ in table["rows"]] == [2, 4]
    first, second = (dict(zip(names, cells, strict=True)) for _, cells, _ in table["rows"])
    assert (first["PSNR, dB"], first["Silhouette"]) == (("inf", "∞"), ("", "–"))
    assert (second["PSNR, dB"], second["Inertia"]) == (("35.9", "35.90"), ("98765432.1", "98,765,432"))
    for inertia, text in (("9999.0", "9999"), ("10000.0", "10,000")):
        (_, cells, _), *_ = tabulate([SCORES | {"inertia": inertia}])["rows"]
        assert cells[names.index("Inertia") - 1] == (inertia, text)
    for size in ("9999", "10000"):
        (_, cells, _), *_ = tabulate([SCORES | {"png_bytes": size}])["rows"]
        assert cells[names.index("PNG, bytes") - 1] == (size, f"{int(size):,}")
    # What would say nothing is left out.
    assert "Colours" not in [name for name, _ in tabulate([SCORES])["columns"]]
    assert "Silhouette" not in [name for name, _ in tabulate([SCORES | {"silhouette": ""}])["columns"]]


@pytest.fixture
def study(tmp_path, coffee, monkeypatch):
    """A job's files, as far as they matter: k = 2 and 4 were studied, 3 is the answer."""
    monkeypatch.chdir(tmp_path)  # where pieces of the page are kept
    table, rng = flatten(coffee), np.random.default_rng(0)
    Image.fromarray(coffee).save(tmp_path / "resized.png")
    save_table(tmp_path / "pixels.npz", table)
    silhouettes = {}
    for k in (2, 3, 4):
        palette, labels = rng.integers(0, 256, (k, 3), np.uint8), rng.integers(0, k, len(table.colors)).astype(np.uint8)
        pixels = np.bincount(labels, table.counts, k).astype(int)
        np.savez(tmp_path / f"{k}.npz", palette=palette, pixels=pixels, palette_labels=labels)
        indexed_image(palette, labels[table.index], table.shape).save(tmp_path / f"{k}.png")
        silhouettes |= {f"k{k}": np.linspace(-1, 1, 101)[None].repeat(k, axis=0), f"k{k}_pixels": pixels}
    with zipfile.ZipFile(tmp_path / "stops.zip", "w") as archive:
        for k in (2, 3):
            archive.write(tmp_path / f"{k}.npz", f"k{k}/clusters.npz")
            archive.write(tmp_path / f"{k}.png", f"k{k}/reconstructed.png")
    np.savez(tmp_path / "silhouettes.npz", **{name: silhouettes[name] for name in ("k4", "k4_pixels")})
    scores = [SCORES | {"k": "2", "silhouette": ""}, SCORES | {"k": "4", "mse": "40.0"}]
    (tmp_path / "scores.csv").write_text(to_csv(scores))
    compared = [
        {
            "method": method,
            "k": k,
            "colors_used": k,
            "delta_e_mean": "3",
            "mse": "9",
            "psnr": "30",
            "ssim": "",
            "png_bytes": "999",
        }
        for method in ("ours", "wu")
        for k in ("2", "4")
    ]
    (tmp_path / "comparison.csv").write_text(to_csv(compared))
    with zipfile.ZipFile(tmp_path / "comparison.zip", "w") as archive:
        for row in compared:
            archive.writestr(f"k{row['k']}/{row['method']}.png", f"{row['method']} {row['k']}")
    given = recommendation(target=3, elbow=2, asked={"delta_e_mean": 5})
    given["answer"] = {"k": 3, "meets": True, "most": 256, "stops": [2, 3], "lost": {"hues": []}}
    given["tried"] = [
        {
            "k": 3,
            "mse": 45.0,
            "psnr": 31.0,
            "ssim": None,
            "png_bytes": 8614,
            "delta_e_mean": 4.0,
            "delta_e_p95": 9.0,
            "restarts": 5,
        }
    ]
    given["prices"] = []
    given["sentence"] = "Enough is k = 3 for 99 % of it."
    (tmp_path / "recommendation.json").write_text(json.dumps(given))
    names = {
        name: tmp_path / f"{name}.{kind}" for name, kind in (("pixels", "npz"), ("resized", "png"), ("scores", "csv"))
    }
    names |= {"recommendation": tmp_path / "recommendation.json", "silhouettes": tmp_path / "silhouettes.npz"}
    return SimpleNamespace(
        wildcards=SimpleNamespace(image="photo"),
        input=SimpleNamespace(
            **names,
            clusters=[tmp_path / "2.npz", tmp_path / "4.npz"],
            reconstructed=[tmp_path / "2.png", tmp_path / "4.png"],
            comparison=[tmp_path / "comparison.csv", tmp_path / "comparison.zip"],
            stops=[tmp_path / "stops.zip"],
            photos=[],
            choices=[],
            chosen=[],
        ),
        params=SimpleNamespace(
            code="a", title="Фото <1>", order="share", card=True, n_clusters=[2, 4], palettes={}, viewing=60
        ),
        output=[tmp_path / "explorer.html"],
    )


def test_the_page_has_every_k_as_it_was_found(study, coffee):
    main(study)
    folder = study.output[0].parent
    reader = Reader(study.output[0].read_text(encoding="utf-8"))
    data, colors = json.loads(reader.scripts[0]), np.unique(coffee.reshape(-1, 3), axis=0)
    assert reader.text.count("Фото <1>") >= 3
    assert ("content", "card.png") in reader.attributes
    assert (data["image"], data["title"]) == ("photo", "Фото <1>")
    assert (data["image"], data["first"], data["space"], data["width"], data["height"]) == ("photo", 3, "rgb", 96, 64)
    assert list(data["views"]) == ["2", "3", "4"]
    points = [np.frombuffer(base64.b64decode(data["points"][channel]), np.uint8) for channel in "rgb"]
    assert (np.stack(points, axis=1) == colors).all()
    for k, view in data["views"].items():
        with np.load(folder / f"{k}.npz") as clusters:
            palette, pixels = clusters["palette"], clusters["pixels"]
        picture = np.asarray(Image.open(folder / f"{k}.png").convert("RGB"))
        assert view["palette"] == [f"#{bytes(color).hex()}" for color in palette]
        assert view["shares"] == pytest.approx((pixels / pixels.sum()).tolist(), abs=1e-6)
        assert (view["picture"] is None) == (k == "3"), "the first is in the page itself"
        assert k == "3" or base64.b64decode(view["picture"]) == (folder / f"{k}.png").read_bytes()
        errors = deltaE_ciede2000(rgb2lab(coffee), rgb2lab(picture)).astype(np.float32)
        assert base64.b64decode(view["error"]) == error_layer(errors)
        assert view["silhouette"] == (0.53 if k == "4" else None)
        assert ("silhouettes" in view) == (k == "4")
        assert (view["comparison"] is None) == (k == "3")
        assert set(view["files"]) == set(FORMATS)
        assert [entry["label"] for entry in view["scores"]].count("Trust") == (k != "3")
    assert data["views"]["4"]["pixels"] == np.load(folder / "4.npz")["pixels"].tolist()
    # Of the pictures of other quantizers those at the studied k nearest to the first.
    assert {name: base64.b64decode(text).decode() for name, text in data["others"].items()} == {"wu, 2 colours": "wu 2"}
    images = [value for name, value in reader.attributes if name == "src"]
    for name in ("3", "resized"):
        assert f"data:image/png;base64,{base64.b64encode((folder / f'{name}.png').read_bytes()).decode()}" in images
    assert "Enough is k = 3 for 99 % of it." in reader.text
    assert f"All {len(colors):,} colours" in reader.text
    links = {value for name, value in reader.attributes if name == "href"}
    assert {f"{name}/reconstructed.png" for name in ("k2", "answer", "k4")} <= links
    assert "k3/reconstructed.png" not in links


def test_where_few_k_were_compared_the_pictures_are_those_of_the_nearest(study):
    """Of the studied k, 2 and 4, the first is as near to the answer, 3, but was not compared."""
    table = study.input.comparison[0]
    rows = [row for row in read_csv(table) if row["k"] == "4"]
    table.write_text(to_csv(rows))
    main(study)
    data = json.loads(Reader(study.output[0].read_text(encoding="utf-8")).scripts[0])
    assert list(data["others"]) == ["wu, 4 colours"]
    assert [k for k, view in data["views"].items() if view["comparison"]] == ["4"]


def test_losses_are_found_anew_only_for_a_picture_that_is_new(study, monkeypatch):
    folder, found, find = study.output[0].parent, [], explorer.find_losses_of
    monkeypatch.setattr(explorer, "find_losses_of", lambda *given: found.append(given[1]) or find(*given))
    two, three, four = ((folder / f"{k}.png").read_bytes() for k in (2, 3, 4))
    source, params, files = study.input, study.params, ("clusters", "reconstructed")
    every = {name: getattr(source, name) for name in files}
    for n_clusters, viewing, anew in (([2], 60, [two, three]), ([2, 4], 60, [four]), ([2, 4], 30, [two, three, four])):
        source.__dict__.update({name: paths[: len(n_clusters)] for name, paths in every.items()})
        params.n_clusters, params.viewing = n_clusters, viewing
        found.clear()
        main(study)
        assert found == anew
    kept = folder / ".snakemake/kept/explorer/photo"
    assert len(list(kept.iterdir())) == 3, "nothing of before"
    page = study.output[0].read_bytes()
    shutil.rmtree(kept)
    main(study)
    assert study.output[0].read_bytes() == page, "the same as where nothing was kept"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_stock_is_on_the_page_with_all_that_there_is_of_a_palette(study, coffee, name):
    """Names in it may be any text, and show as text."""
    folder, given = study.output[0].parent, json.loads(study.input.recommendation.read_text())
    colors = [
        {"name": name, "code": "310", "hex": "#102030", "pixels": 9, "share": 0.75},
        {"name": "Snow", "code": "", "hex": "#fffafa", "pixels": 3, "share": 0.25},
    ]
    prices = [{"asked": {"delta_e_mean": level}, "meaning": words, "k": None} for level, words in LEVELS.items()]
    prices[1]["k"] = 2
    found = {"sentence": f"2 of 447 {name}.", "k": 2, "of": 447, "asked": {"delta_e_mean": 5}, "stops": [2, 4]}
    given["stock"] = {"threads": {**found, "colors": colors, "prices": prices}}
    study.input.recommendation.write_text(json.dumps(given))
    with zipfile.ZipFile(folder / "chosen.zip", "w") as archive:
        for k in (2, 4):
            with np.load(folder / f"{k}.npz") as clusters:
                rows = palette_rows(clusters["palette"], clusters["pixels"], [f"{name} {label}" for label in range(k)])
            archive.write(folder / f"{k}.png", f"k{k}/reconstructed.png")
            archive.writestr(f"k{k}/palette.json", palette_files(rows, "photo")["json"])
    known = {column: SCORES.get(column, "5.0") for column in ("colors_used", *METRICS, "png_bytes")} | {"gap": "0.0"}
    choices = [{"k": k, **known, "delta_e_mean": value} for k, value in ((1, 20.0), (2, 4.9), (4, 4.25))]
    (folder / "choices.csv").write_text(to_csv(choices))
    study.input.choices, study.input.chosen = [folder / "choices.csv"], [folder / "chosen.zip"]
    main(study)
    reader = Reader(study.output[0].read_text(encoding="utf-8"))
    assert f"2 of 447 {name}." in reader.text
    for text in ("310", "#102030", "75.0", "Snow", "Looks right on its own", "none found; with 4: mean ΔE 4.25"):
        assert text in reader.text
    links = {value for attribute, value in reader.attributes if attribute == "href"}
    assert {f"stock/threads/palette.{suffix}" for suffix in FORMATS} <= links
    assert ("id", "stock-curve-1") in reader.attributes
    views = json.loads(reader.scripts[0])["views"]
    assert list(views) == ["2", "3", "4", "threads/2", "threads/4"]
    assert [view.get("stock") for view in views.values()] == [None, None, None, "threads", "threads"]
    for k in (2, 4):
        view, free = views[f"threads/{k}"], views[str(k)]
        # The picture is the same here: all that depends on it alone is, too.
        assert all(view[part] == free[part] for part in ("picture", "error", "where", "palette", "shares", "oklch"))
        assert view["names"] == [f"{name} {label}" for label in range(k)]
        assert f"{name} 0" in base64.b64decode(view["files"]["gpl"].partition(",")[2]).decode()
        assert {loss["replacement_name"] for loss in view["lost"]} <= {*view["names"]}
        # What is known of free colours is not said of these.
        assert (view["comparison"], view["silhouette"], view["photos"], view["studied"]) == (None, None, [], False)
        trust = view["scores"][-1]
        assert (
            trust["words"]
            == f"Proven. No {k}\N{NO-BREAK SPACE}colours that “threads” allows can have less squared error."
        )


def test_a_study_without_comparison_or_answer_has_a_page_too(study):
    study.input.comparison, study.input.stops = [], []
    given = json.loads(study.input.recommendation.read_text())
    study.input.recommendation.write_text(json.dumps(given | recommendation(elbow=4)))
    main(study)
    reader = Reader(study.output[0].read_text(encoding="utf-8"))
    data = json.loads(reader.scripts[0])
    assert (list(data["views"]), data["first"], data["others"]) == (["2", "4"], 4, {})
    assert data["views"]["2"]["comparison"] is None


def test_the_price_list_says_what_each_level_costs():
    scores = {"delta_e_mean": 4.9, "delta_e_p95": 10.0, "psnr": 25.8, "ssim": 0.78, "png_bytes": 8614}
    given = recommendation(target=7, asked={"png_bytes": 9000}) | {
        "prices": [
            {"asked": {"delta_e_mean": 5}, "meaning": "looks right on its own", "k": 7, **scores},
            {"asked": {"delta_e_mean": 2}, "meaning": "takes a close look", "k": None, **scores, "delta_e_mean": 2.83},
            {"asked": {"png_bytes": 9000}, "meaning": None, "k": 7, **scores, "psnr": None, "ssim": None},
        ],
        "tried": [{"k": k, "delta_e_mean": 4.0, "delta_e_p95": 9.0} for k in (7, 256)],
    }
    asked = given["target"]["asked"]
    right, close, own = tabulate_prices(given["prices"], asked, 256)
    given["prices"][2] |= {"k": None, "png_bytes": 9412}
    text = Reader(page("photo", {}, context(prices=tabulate_prices(given["prices"], asked, 256)[2:]), PATHS)).text
    assert "none found; with 256: 9,412 bytes" in text
    assert (right["words"], right["k"], right["size"]) == ("Looks right on its own", 7, "8.6 kB")
    assert own["words"] == "Has a PNG of 9,000 bytes or less"
    assert own["own"]
    text = Reader(page("photo", {}, context(prices=[right, close, own]), PATHS)).text
    assert "none found; with 256: mean ΔE 2.83" in text


def test_a_level_is_not_said_to_look_right_where_the_price_list_says_otherwise():
    given = recommendation(target=3, asked={"delta_e_seen_mean": 5})
    given["prices"] = [{"asked": {"delta_e_seen_mean": 5}, "meaning": "is close in colour, but flat", "k": 3}]
    assert headline(given) == "3 colours (8.6 kB) are enough."
    given["prices"][0]["meaning"] = LEVELS[5]
    assert headline(given) == "3 colours (8.6 kB) look right."


def test_two_colours_of_the_same_name_are_told_apart():
    loss = {"name": "dark teal", "color": "#0f3a41", "replacement": "#024847", "replacement_name": "deep teal"}
    assert say_loss(loss) == "dark teal → deep teal"
    assert say_loss(loss | {"replacement_name": "dark teal"}) == "dark teal: #0f3a41 → #024847"


def test_restarts_are_only_explained_where_they_are_listed():
    about = "How many restarts agree"
    assert about in Reader(page("photo", {}, context(), PATHS)).text
    table = tabulate([SCORES | {"hits": "", "spread": ""}])
    assert about not in Reader(page("photo", {}, context(table=table), PATHS)).text


def test_a_dithered_picture_is_described_as_it_is_seen():
    """In its price list, its curve and its words, which are of mean ΔE 2.2 and 6.1 pixel by pixel."""
    seen = {"delta_e_seen_mean": 1.4, "delta_e_seen_p95": 3.3, "delta_e_mean": 2.2, "delta_e_p95": 6.1}
    scores = {**seen, "psnr": 25.8, "ssim": 0.78, "png_bytes": 8614}
    given = recommendation(target=7, asked={"delta_e_seen_mean": 5}) | {
        "prices": [{"asked": {"delta_e_seen_mean": 5}, "meaning": "looks right on its own", "k": 7, **scores}],
        "tried": [{"k": 7, **seen}, {"k": 256, **seen, "delta_e_seen_mean": 0.2}],
    }
    (price,) = tabulate_prices(given["prices"], given["target"]["asked"], 256)
    assert (price["asked"], price["own"]) == ("≤ 5 as seen", True)
    row = SCORES | {name: str(value) for name, value in seen.items()}
    values = {
        entry["label"]: (entry["value"], entry["unit"]) for entry in describe(row, 1e4, judged_by(given["prices"]))
    }
    assert values["Colour difference"] == ("1.4", "mean ΔE2000 as seen from a distance")
    assert values["Largest differences"] == ("3.3", "ΔE2000 as seen from a distance, 95th percentile")
    note = charts([row], given)[0][-1]
    assert note == "mean ΔE as seen from a distance; dashed, its 95th percentile"
    assert headline(given | {"tried": [{"k": 7, "png_bytes": 8614}]}).startswith("7 colours (8.6 kB) look right")


def test_a_tried_k_is_described_by_what_is_known_of_it():
    tried = {"k": 18, "restarts": 5, "colors_used": 18, "mse": 0.0, "psnr": None, "ssim": None, "delta_e_mean": 2.9}
    row = to_score_row(tried | {"delta_e_p95": 6.7, "png_bytes": 13806}, SCORES)
    assert (row["k"], row["silhouette"], row["hits"], row["distinct_colors"]) == ("18", "", "", "5000")
    labels = [entry["label"] for entry in describe(row | {"psnr": "30.5", "mse": "173"}, 10_000.0)]
    assert "Colour difference" in labels
    assert "Trust" not in labels  # of few restarts nothing is known


def test_silhouettes_are_encoded_in_127ths_with_what_it_takes_to_decode_them():
    encoded = encode_silhouettes(np.array([[-1, 0, 0.5, 1], [np.nan] * 4]))
    values = base64.b64decode(encoded.pop("values"))
    assert np.frombuffer(values, np.int8).tolist() == [-127, 0, 64, 127, *[-128] * 4]
    assert encoded == {"quantiles": 4, "scale": 127, "missing": -128}


def test_the_difference_is_drawn_over_every_k_that_was_tried():
    given = recommendation(target=18, asked={"delta_e_mean": 5}) | {
        "prices": [{"asked": {"delta_e_mean": 5}, "meaning": "looks right on its own", "k": 18}]
    }
    rows = [SCORES, SCORES | {"k": "5", "inertia": "900.0", "silhouette": "0.4"}]
    ((_, _, plot, _), (_, _, inertia, _), _) = charts(rows, given)
    assert [point["k"] for point in plot["points"]] == [4, 5, 18]
    assert [words for _, _, words in plot["marks"]] == ["answer"]
    assert [words for _, words in plot["levels"]] == ["on its own"]
    assert [point["k"] for point in inertia["points"]] == [4, 5]


def test_the_median_restart_is_above_the_inertia_and_unconfirmed_optima_are_hollow():
    rows = [
        SCORES | {"k": "2", "inertia": "1000.0", "spread": "50.0", "hits": "1"},
        SCORES | {"k": "3", "inertia": "500.0", "spread": "", "hits": ""},
        SCORES | {"k": "4", "inertia": "250.0", "spread": "100.0", "hits": "2"},
    ]
    ((_, _, plot, _),) = charts(rows, recommendation())
    lows = [100 - point["top"] for point in plot["points"]]
    edge = [100 - float(place.split(" ")[1]) for place in plot["band"].strip("MZ").split("L")]
    assert edge == pytest.approx([1.5 * lows[0], lows[1], 2 * lows[2], *reversed(lows)], abs=0.01)
    assert [point["hollow"] for point in plot["points"]] == [True, False, False]
    ((_, _, plot, _),) = charts([row | {"spread": ""} for row in rows], recommendation())
    assert plot["band"] == ""


def test_every_level_of_the_price_list_is_a_line():
    given = recommendation(target=18, asked={"delta_e_mean": 5}) | {
        "prices": [{"asked": {"delta_e_mean": level}, "meaning": words, "k": 4} for level, words in LEVELS.items()]
    }
    ((_, _, plot, _), *_) = charts([SCORES], given)
    assert len(plot["levels"]) == len(LEVELS)
    for (_, short), long in zip(sorted(plot["levels"]), LEVELS.values(), strict=True):
        assert short in long


def test_what_is_the_same_for_every_k_is_no_curve():
    flat = [SCORES | {"k": k, "inertia": "0.0", "silhouette": "", "delta_e_mean": "0.0"} for k in "23"]
    assert charts(flat, recommendation()) == []
    assert charts([SCORES], recommendation()) == []
    html = page("photo", {}, context(charts=[], distinct=1, shown=1), PATHS)
    assert html.count(" hidden>") > page("photo", {}, context(), PATHS).count(" hidden>")


def test_words_that_need_it_are_explained_where_they_stand_first():
    html = page("photo", {}, context(evidence="At k = 4 <b> the elbow; a silhouette, an elbow, ΔE 4.85."), PATHS)
    reader = Reader(html)
    targets = [value for name, value in reader.attributes if name == "popovertarget"]
    notes = [value for name, value in reader.attributes if name == "id" and value.startswith("about-")]
    assert set(targets) == set(notes)
    assert len(notes) == len(set(notes)) == 5
    assert "At k = 4 <b> the elbow; a silhouette, an elbow, ΔE 4.85." in reader.text
    evidence = html[html.index('<details class="why"') : html.index("</details>")]
    assert re.findall('popovertarget="about-([^"]*)"', evidence) == ["k", "elbow", "silhouette", "delta-e"]
    assert "&lt;b&gt;" in evidence


def test_the_curves_say_what_they_do_not_show():
    assert curves_note([SCORES | {"hits": "1"}]) == (
        "The band above the inertia extends to the median restart (at most 0.0011 % higher). "
        "A hollow point was found by at most one restart."
    )
    assert curves_note([SCORES | {"hits": "", "restarts": "1", "spread": ""}]) == ""
    assert curves_note([SCORES | {"spread": "0.2"}, SCORES | {"spread": "1.5", "silhouette": ""}]) == (
        "The band above the inertia extends to the median restart (at most 1.5 % higher)."
    )
    assert "A silhouette needs two clusters." in curves_note([SCORES | {"silhouette": "", "spread": "0.0"}])


def test_variance_is_that_of_the_pixels(coffee, coffee_table):
    assert color_variance(coffee_table) == pytest.approx(coffee.reshape(-1, 3).var(axis=0).sum())


def test_points_go_in_once_and_are_sampled(coffee_table):
    rows = choose_points(coffee_table, 100)
    points = encode_points(coffee_table.colors[rows])
    decoded = [np.frombuffer(base64.b64decode(points[channel]), np.uint8) for channel in "rgb"]
    assert (np.stack(decoded, axis=1) == coffee_table.colors[rows]).all()
    assert len(rows) <= 100 < len(choose_points(coffee_table))


def test_the_error_map_has_the_figures_colours():
    from matplotlib import colormaps

    difference = np.linspace(0, 1.5 * DELTA_E_MAX, 600).reshape(20, 30)
    drawn = np.asarray(Image.open(io.BytesIO(error_layer(difference))).convert("RGB"))
    expected = colormaps["inferno"](np.clip(difference / DELTA_E_MAX, 0, 1), bytes=True)[..., :3]
    assert np.abs(drawn.astype(int) - expected).max() <= 1
    assert Image.open(io.BytesIO(error_layer(np.ones((30, 90)), limit=30))).size == (30, 10)
    difference[0, :3] = np.nan
    cutout = np.asarray(Image.open(io.BytesIO(error_layer(difference))).convert("RGBA"))
    assert (cutout[..., 3] == np.where(np.isnan(difference), 0, 255)).all()
    # The last step is taken: what is as bad has the one before.
    shown = ~np.isnan(difference)
    assert np.abs(cutout[shown][:, :3].astype(int) - expected[shown]).max() <= 9
    assert (
        cutout[~np.isnan(difference) & (difference < 0.99 * DELTA_E_MAX)][:, :3]
        == drawn[shown & (difference < 0.99 * DELTA_E_MAX)]
    ).all()


def test_small_pictures_go_in_as_they_are_and_large_ones_smaller(coffee, tmp_path):
    Image.fromarray(coffee).save(tmp_path / "photo.png")
    photo = (tmp_path / "photo.png").read_bytes()
    palette = np.array([[250, 10, 20], [30, 40, 50]], np.uint8)
    indexed_image(palette, np.arange(64 * 96, dtype=np.uint8) % 2, (64, 96)).save(tmp_path / "indexed.png")
    assert thumbnail(photo) == ("image/png", photo)
    kind, content = thumbnail(photo, 48)
    assert (kind, Image.open(io.BytesIO(content)).size) == ("image/jpeg", (48, 32))
    kind, content = thumbnail((tmp_path / "indexed.png").read_bytes(), 48)
    small = Image.open(io.BytesIO(content))
    assert (kind, small.mode, small.size) == ("image/png", "P", (48, 32))
    assert {color for _, color in small.convert("RGB").getcolors()} <= set(map(tuple, palette.tolist()))


def test_other_quantizers_pictures_are_taken_at_one_k_and_given_palettes_always(tmp_path):
    rows = [
        {"method": method, "k": k, "colors_used": used}
        for method, k, used in (
            ("ours", "8", "8"),
            ("wu", "8", "7"),
            ("wu", "4", "4"),
            ("web", "2", "2"),
            ("web+dither", "2", "1"),
        )
    ]
    with zipfile.ZipFile(tmp_path / "comparison.zip", "w") as archive:
        for row in rows:
            archive.writestr(f"k{row['k']}/{row['method']}.png", f"{row['method']} {row['k']}")
    pictures = other_pictures(rows, tmp_path / "comparison.zip", 8, {"web": ["red", "blue"]})
    assert {label: base64.b64decode(text).decode() for label, text in pictures.items()} == {
        "wu, 7 colours": "wu 8",
        "web, 2 colours": "web 2",
        "web+dither, 1 colour": "web+dither 2",
    }
    assert other_pictures([], None, 8, ()) == {}


def test_what_takes_long_to_import_is_not():
    """A page is one of thirty short jobs of a photograph."""
    slow = {"matplotlib", "skimage", "scipy", "sklearn", "pandas"}
    program = f"import sys, explorer; sys.exit(' '.join({slow} & set(sys.modules)) or None)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=TEMPLATES.parent / "scripts")


def seen(picture, k, dither="none"):
    """Describe a picture, (h, w, 3) uint8, in k colours, as the page does: the words by their label."""
    table = flatten(picture)
    found = fit(table, k, **{**DEFAULTS["kmeans"], "n_init": 2})
    shown = palette_and_indices(rebuild(table, found.palette, found.palette_labels, dither))
    scores = score_picture(Reference(table), *shown)
    cells = {name: "" if value is None else str(value) for name, value in scores.items()}
    entries = describe(SCORES | cells | {"k": str(k)}, color_variance(table), rough=roughness(table, *shown))
    return {entry["label"]: entry["words"] for entry in entries}, scores


def test_one_flat_colour_is_called_nothing_better(coffee):
    """Whatever its scores are: those of a dark, a pale or a faintly noisy photo are good."""
    noise = np.random.default_rng(0).normal(128, 2, coffee.shape).clip(0, 255).astype(np.uint8)
    for photo in ((coffee * 0.09).astype(np.uint8), 255 - (coffee // 12), noise):
        words, scores = seen(photo, 1)
        assert scores["delta_e_mean"] < 5
        assert words["Colour difference"].startswith("One flat colour")
        assert words["Structure"] == "No shapes and no textures are left."
        assert words["Fidelity"].startswith("One flat colour")
        price = {"colors_used": 1, "delta_e_p95": scores["delta_e_p95"], "ssim": scores["ssim"]}
        assert confirm(LEVELS[10], price) == "is close in colour, but flat"
    words, _ = seen(np.full((20, 20, 3), 77, np.uint8), 1)
    assert words["Colour difference"] == "None: every pixel keeps its own colour.", "it is that colour"


def test_dots_are_not_called_flat(coffee):
    plain, _ = seen(coffee, 4)
    dithered, scores = seen(coffee, 4, "floyd-steinberg")
    assert scores["ssim"] < 0.8
    assert "grain" in dithered["Structure"]
    assert not {"flatten", "Only"} & set(dithered["Structure"].split())
    assert "grain" not in plain["Structure"]


def test_a_small_patch_that_is_far_off_is_not_passed_over():
    """Nearly all of the picture is as it was, so that its mean ΔE is small."""
    picture = np.full((60, 60, 3), 240, np.uint8)
    picture[:, :2] = (250, 250, 250)
    picture[25:45, 20:40] = (0, 90, 200)
    words, scores = seen(picture, 2)
    assert "indistinguishable" in words["Colour difference"], scores
    picture[25:45, 20:40] = np.where(np.indices((20, 20)).sum(axis=0)[..., None] % 2, (0, 90, 200), (200, 90, 0))
    words, scores = seen(picture, 2)
    assert scores["delta_e_mean"] < 10 < scores["delta_e_p95"]
    assert "right" not in words["Colour difference"]


@pytest.mark.parametrize("masked", [False, True])
def test_roughness_is_the_variation_between_neighbours(masked):
    rng = np.random.default_rng(1)
    photo, palette = rng.integers(0, 256, (7, 9, 3)).astype(np.uint8), rng.integers(0, 256, (5, 3)).astype(np.uint8)
    counts = rng.random((7, 9)) < 0.7 if masked else np.ones((7, 9), bool)
    table = flatten(np.dstack([photo, counts * np.uint8(255)]) if masked else photo)
    labels = rng.integers(0, 5, counts.sum()).astype(np.uint8)
    shown = np.zeros((7, 9, 3), int)
    shown[counts] = palette[labels]

    def variation(picture):
        return sum(
            abs(int(picture[y, x, c]) - int(picture[v, u, c]))
            for y in range(7)
            for x in range(9)
            for v, u in ((y + 1, x), (y, x + 1))
            for c in range(3)
            if v < 7 and u < 9 and counts[y, x] and counts[v, u]
        )

    assert roughness(table, palette, labels) == variation(shown) / variation(photo)
    assert roughness(flatten(np.full((4, 4, 3), 9, np.uint8)), palette, np.zeros(16, np.uint8)) == 1
