"""The best few of the colours at hand, and the fewest that meet the target."""

import io
import json
import zipfile
from decimal import Decimal
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from flatten import flatten
from photopalette.color.table import save_table
from photopalette.files.pictures import open_picture
from photopalette.palettes.formats import FORMATS
from photopalette.palettes.reading import read_palette
from photopalette.pictures.indexed import palette_and_indices
from photopalette.run.job import JobError
from stock import answer, main
from tables import documented_columns, read_csv

THREADS = "code,name,hex\n310,Black,#000000\n433,Brown,#6b3a1e\n738,Tan,#c9a26b\n739,Cream,#f2e6cf\n"
THREADS += "415,Grey,#8b8b8b\n498,Red,#a02020\n838,Dark,#2a1710\n977,Gold,#d08a3c\n"
COLORS = [tuple(bytes.fromhex(line[-6:])) for line in THREADS.split()[1:]]


@pytest.fixture
def job(tmp_path, coffee_table, monkeypatch):
    """Run the script on a small photograph, and return the folder of its results."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "threads.csv").write_text(THREADS)

    def run(table=coffee_table, free=3, target=None, dither="none", space="rgb", beside=0, **stock):
        save_table("pixels.npz", table)
        search = {"k": free, "meets": True, "tried": [{"k": 3, "delta_e_mean": 9.0, "delta_e_seen_mean": 8.0}]}
        (tmp_path / "search.json").write_text(json.dumps(search))
        names = {"choices": "choices.csv", "answer": "answer.json", "stops": "stops.zip", "table": "colors.csv"}
        pictures = {name: f"{name}.png" for name in ("reconstructed", "curve")}
        main(
            SimpleNamespace(
                wildcards=SimpleNamespace(image="cup", stock="threads"),
                params=SimpleNamespace(
                    code="",
                    title="Cup",
                    stock={"colors": "threads.csv", **stock},
                    space=space,
                    weight_exponent=1.0,
                    keep=["#ffffff"] * beside,
                    reconstruct={"dither": dither},
                    order="share",
                    target={"delta_e_mean": 12.0} if target is None else target,
                    viewing=60,
                ),
                output=SimpleNamespace(**{name: tmp_path / file for name, file in {**names, **pictures}.items()}),
                input=SimpleNamespace(
                    pixels=tmp_path / "pixels.npz", search=[tmp_path / "search.json"] if free else [], file=[]
                ),
            )
        )
        return tmp_path

    return run


def found(folder):
    return json.loads((folder / "answer.json").read_text(encoding="utf-8"))


def mean_difference(table, colors):
    """The mean ΔE of the picture, computed pixel by pixel without the project's code."""
    pixels, palette = table.colors[table.index].astype(float), np.array(colors, float)
    shown = palette[((pixels[:, None] - palette) ** 2).sum(axis=2).argmin(axis=1)]
    return float(deltaE_ciede2000(rgb2lab(pixels / 255), rgb2lab(shown / 255)).mean())


def test_every_k_has_the_best_choice_and_its_scores(job, coffee_table):
    rows = read_csv(job() / "choices.csv")
    assert list(rows[0]) == documented_columns("choices.csv")
    assert [int(row["k"]) for row in rows] == list(range(1, 9))
    points, counts = coffee_table.colors.astype(float), coffee_table.counts
    costs = ((points[:, None] - np.array(COLORS, float)) ** 2).sum(axis=2)
    for row in rows:
        k = int(row["k"])
        least, rows_of_best = min(
            ((counts * costs[:, some].min(axis=1)).sum(), some) for some in combinations(range(8), k)
        )
        colors = [COLORS[place] for place in rows_of_best]
        assert row["colors"].split() == [f"#{bytes(color).hex()}" for color in colors]
        assert float(row["inertia"]) == pytest.approx(least, rel=1e-12)
        assert float(row["lower_bound"]) <= least
        assert float(row["gap"]) == 0
        assert float(row["delta_e_mean"]) == pytest.approx(mean_difference(coffee_table, colors), abs=1e-3)


def test_the_answer_is_the_fewest_that_meet_the_target(job, coffee_table):
    folder = job()
    rows, result = read_csv(folder / "choices.csv"), found(folder)
    enough = next(row for row in rows if float(row["delta_e_mean"]) <= 12)
    assert (result["k"], result["meets"], result["of"], result["free"]) == (int(enough["k"]), True, 8, 3)
    assert result["sentence"].startswith(
        f"{enough['k']} of the 8 colours in “threads” are enough for the target of a mean ΔE of 12 or less (mean ΔE "
    )
    assert "; with any colours, it takes as many. Proven: no other " in result["sentence"]
    # The picture, its table and its palette agree.
    palette, indices = palette_and_indices(open_picture(folder / "reconstructed.png"))
    shown = read_csv(folder / "colors.csv")
    assert [row["hex"] for row in shown] == [f"#{bytes(color).hex()}" for color in palette.tolist()]
    assert [int(row["pixels"]) for row in shown] == np.bincount(indices, minlength=len(palette)).tolist()
    assert [int(row["pixels"]) for row in shown] == sorted((int(row["pixels"]) for row in shown), reverse=True)
    known = {line.split(",")[2]: line.split(",")[:2] for line in THREADS.split()[1:]}
    assert [[row["code"], row["name"]] for row in shown] == [known[row["hex"]] for row in shown]
    assert sum(Decimal(row["share"]) for row in shown) == 1
    assert {row["hex"] for row in shown} == {*enough["colors"].split()}
    for suffix in FORMATS:
        assert (folder / f"palette.{suffix}").exists()
    assert [row["name"] for row in read_csv(folder / "palette.csv")] == [
        f"{row['code']} {row['name']}" for row in shown
    ]
    assert read_palette(folder / "palette.gpl").tolist() == palette.tolist()


def test_the_archive_has_every_k_of_the_price_list(job):
    folder = job()
    result, rows = found(folder), read_csv(folder / "choices.csv")
    for price in result["prices"]:
        ((name, bound),) = price["asked"].items()
        assert price["k"] == next((int(row["k"]) for row in rows if float(row[name]) <= bound), None)
    assert {price["k"] or 8 for price in result["prices"]} | {result["k"]} == {*result["stops"]}
    with zipfile.ZipFile(folder / "stops.zip") as archive:
        assert {int(name.split("/")[0][1:]) for name in archive.namelist()} == {*result["stops"]}
        for k in result["stops"]:
            content = archive.read(f"k{k}/reconstructed.png")
            assert len(content) == int(rows[k - 1]["png_bytes"])
            assert len(Image.open(io.BytesIO(content)).getpalette()) == 3 * k
            assert archive.read(f"k{k}/colors.csv").count(b"\n") == k + 1


def test_colours_to_be_kept_are_in_every_choice_and_may_be_enough_alone(job):
    folder = job(keep=["310", "Cream", "#6b3a1e", "Tan", "977"], at_most=6)
    rows, result = read_csv(folder / "choices.csv"), found(folder)
    assert [int(row["k"]) for row in rows] == [5, 6]
    assert all({"#000000", "#f2e6cf", "#6b3a1e", "#c9a26b", "#d08a3c"} <= {*row["colors"].split()} for row in rows)
    assert float(rows[0]["delta_e_mean"]) <= 12
    assert (result["k"], result["meets"]) == (5, True)
    assert result["sentence"].startswith("The 5 colours of “threads” to be kept meet the target of a mean ΔE of 12 or")


@pytest.mark.parametrize(
    ("free", "beside", "words"),
    [
        (2, 0, "; with any colours, 2 are enough."),
        (1, 0, "; with any colours, 1 is enough."),
        (3, 1, "; with the one that the study keeps and any others, it takes as many."),
        (2, 1, "; with the one that the study keeps and any others, 2 are enough."),
        (2, 2, "; the 2 that the study keeps are enough."),
        (5, 0, " or less (mean ΔE 11.9)."),
    ],
)
def test_colours_of_any_kind_are_spoken_of_where_they_are_fewer_or_as_many(job, free, beside, words):
    assert f"{words} Proven: no other 3 of them have" in found(job(free=free, beside=beside))["sentence"]


def test_what_is_proven_is_proven_of_choices_with_what_is_to_be_kept(job, coffee_table):
    """Others would be better: what has to be in a choice, such as black in a photo without it, may be of little use."""
    of_any = read_csv(job() / "choices.csv")
    row = read_csv(job(keep=["Grey"]) / "choices.csv")[2]
    assert (row["k"], row["gap"]) == ("3", "0.0")
    assert float(of_any[2]["inertia"]) < float(row["inertia"])
    result = found(job(keep=["Grey"], target={"psnr": float(row["psnr"])}))
    assert result["k"] == 3
    proven = "Proven: no other 3 of them that include the one to be kept have less squared error."
    assert result["sentence"].endswith(proven)


def test_no_more_colours_are_kept_than_a_picture_holds(job, tmp_path):
    cut = np.zeros((8, 8, 4), np.uint8)
    cut[2:] = 255
    reds = [f"#{level:02x}0000" for level in range(256)]
    with pytest.raises(JobError, match=r"stock\.threads: keep: has 256 colours; an indexed PNG .* keep 255 at most"):
        job(table=flatten(cut), colors=reds, keep=reds)


def test_where_no_choice_meets_the_target_the_missing_colours_are_named(job):
    folder = job(target={"delta_e_mean": 1.0})
    rows, result = read_csv(folder / "choices.csv"), found(folder)
    nearest = min(rows, key=lambda row: float(row["delta_e_mean"]))
    assert (result["k"], result["meets"]) == (int(nearest["k"]), False)
    named = [f"{loss['name']} ({loss['color']})" for loss in result["lost"]["colors"][:3]]
    assert named
    assert f"; what it lacks most is {named[0]}, {named[1]} and {named[2]}; with any" in result["sentence"]
    best = "Even the best choice of any number of the 8 colours in “threads” misses the target of a mean ΔE of 1 or"
    assert result["sentence"].startswith(best)
    assert "Proven" not in result["sentence"]
    # As many of any colours would be enough, which these are not.
    as_many = found(job(target={"delta_e_mean": 1.0}, free=result["k"]))["sentence"]
    assert as_many.endswith(f"; with any colours, {result['k']} are enough.")


def test_without_a_target_the_largest_choice_is_shown(job):
    result = found(job(target={}, free=None, at_most=4))
    assert (result["k"], result["meets"], result["free"]) == (4, False, None)
    assert result["sentence"] == "4 of the 8 colours in “threads” have been chosen."
    one = found(job(target={}, free=None, at_most=1))
    assert one["sentence"] == "1 of the 8 colours in “threads” has been chosen."


def test_of_all_colours_of_a_stock_nothing_is_proven(job):
    best = read_csv(job() / "choices.csv")[7]
    result = found(job(target={"psnr": float(best["psnr"])}))
    assert result["k"] == 8
    assert result["sentence"].startswith("All 8 colours in “threads” are enough for the target")
    assert "Proven" not in result["sentence"]


@pytest.mark.parametrize(
    ("stock", "target", "words"),
    [
        ({"at_most": 1}, 1.0, "Even the best choice of one of the 8 colours in “threads” misses the target of a mean"),
        ({"at_most": 3}, 1.0, "Even the best choice of up to 3 of the 8 colours in “threads” misses the target of a"),
        ({"colors": ["#000000", "#c9a26b"]}, 25.0, "Both colours in “threads” are enough for the target of a mean ΔE"),
        ({"keep": ["433"]}, 40.0, "The one colour of “threads” to be kept meets the target of a mean ΔE of 40 or less"),
    ],
)
def test_one_and_two_colours_are_spoken_of_as_such(job, stock, target, words):
    assert found(job(target={"delta_e_mean": target}, **stock))["sentence"].startswith(words)


def test_the_psnr_of_an_exact_picture_is_infinite(job):
    table = flatten(np.full((8, 8, 3), [160, 32, 32], np.uint8))
    sentence = found(job(table=table, target={"psnr": 30.0}))["sentence"]
    assert "1 of the 8 colours in “threads” is enough for the target of a PSNR of 30 dB or more (PSNR ∞ dB)" in sentence


@pytest.mark.parametrize("asked", [{"psnr": 18.0}, {"delta_e_mean": 12.0, "png_bytes": 1500}, {"png_bytes": 10}])
def test_any_target_is_answered_by_the_fewest_that_meet_all_of_it(job, asked):
    folder = job(target=asked)
    result = found(folder)
    bounds = {"psnr": lambda value: value >= 18, "delta_e_mean": lambda value: value <= 12}
    bounds["png_bytes"] = lambda value: value <= asked["png_bytes"]
    rows = read_csv(folder / "choices.csv")
    good = [int(row["k"]) for row in rows if all(bounds[name](float(row[name])) for name in asked)]
    assert result["meets"] == bool(good)
    assert result["k"] == (good[0] if good else 1)  # one colour takes the fewest bytes


def test_a_dithered_picture_is_judged_as_it_is_seen(job, coffee_table):
    plain, dithered = job(), None
    before = [row["delta_e_seen_mean"] for row in read_csv(plain / "choices.csv")]
    dithered = job(dither="floyd-steinberg", target={"delta_e_seen_mean": 8.0})
    rows, result = read_csv(dithered / "choices.csv"), found(dithered)
    assert [row["delta_e_seen_mean"] for row in rows][1:] != before[1:]
    assert all("delta_e_seen_mean" in price["asked"] for price in result["prices"])
    assert float(rows[result["k"] - 1]["delta_e_seen_mean"]) <= 8


@pytest.mark.parametrize("space", ["lab", "oklab"])
def test_distances_are_those_of_the_studys_space(job, space, coffee_table):
    rows = read_csv(job(space=space) / "choices.csv")
    in_rgb = read_csv(job() / "choices.csv")
    assert rows[2]["inertia"] != in_rgb[2]["inertia"]
    if space == "lab":
        costs = ((rgb2lab(coffee_table.colors)[:, None] - rgb2lab(np.array(COLORS, np.uint8))) ** 2).sum(axis=2)
        least = min((coffee_table.counts * costs[:, some].min(axis=1)).sum() for some in combinations(range(8), 3))
        assert float(rows[2]["inertia"]) == pytest.approx(least, rel=1e-6)


def test_pixels_that_do_not_count_stay_clear(job):
    image = np.zeros((12, 16, 4), np.uint8)
    image[2:8, 3:12] = [160, 32, 32, 255]
    folder = job(table=flatten(image), target={"delta_e_mean": 1.0}, free=1)
    assert found(folder)["k"] == 1
    assert (np.asarray(Image.open(folder / "reconstructed.png").convert("RGBA")) == image).all()
    assert [row["name"] for row in read_csv(folder / "colors.csv")] == ["Red"]
    assert int(read_csv(folder / "colors.csv")[0]["pixels"]) == 54


def test_a_file_that_has_changed_for_the_worse_is_refused(job, tmp_path):
    (tmp_path / "threads.csv").write_text(THREADS + "1,Ink,#000000\n")
    with pytest.raises(JobError, match="has a colour twice: '310 Black' and '1 Ink' are both #000000; remove one"):
        job()


def test_what_was_found_is_not_searched_again(job, monkeypatch):
    before = (job() / "choices.csv").read_bytes()
    monkeypatch.setattr("stock.choose", None)
    assert (job(target={"psnr": 20.0}) / "choices.csv").read_bytes() == before


def test_more_colours_may_look_worse_and_the_fewest_count():
    scores = {"delta_e_p95": 9.0, "ssim": 0.9, "colors_used": 2, "psnr": 20.0}
    rows = [{"k": k, "delta_e_mean": value, **scores} for k, value in ((1, 9.0), (2, 4.9), (3, 5.1), (4, 4.0))]
    result = answer(rows, {"delta_e_mean": 5.0}, "none")
    assert (result["k"], result["stops"]) == (2, [1, 2, 4])
    assert [price["k"] for price in result["prices"]] == [1, 2, None, None]
