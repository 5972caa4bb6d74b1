"""The recommendation names its evidence, and says so when there is none."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kneed import KneeLocator

from recommend import best_by_criteria, find_elbow, name_range, recommend, weigh_elbow


def test_elbow_of_a_bent_line():
    assert find_elbow([1, 2, 3, 4, 5, 6, 7], [100, 60, 20, 18, 16, 14, 12]) == 3


@pytest.mark.parametrize(
    ("k", "inertia"), [([2, 3, 4, 5], [40, 30, 20, 10]), ([2, 3], [9, 1]), ([5], [3]), ([2, 3, 4], [0.0, 0, 0])]
)
def test_no_elbow(k, inertia):
    assert find_elbow(k, inertia) is None


COLUMNS = {
    "k": [1, 2, 3, 4, 5, 6, 7],
    "inertia": [100.0, 60, 20, 18, 16, 14, 12],
    "silhouette": ["", 0.4, 0.6, 0.5, 0.3, 0.2, 0.1],
    "calinski_harabasz": ["", 200.0, 900.0, 1000.0, 1000.0, 90.0, 80.0],
    "davies_bouldin": ["", 0.9, 0.7, 0.8, 0.7, 0.75, 0.95],
    "delta_e_mean": [20.0, 12, 6, 4.5, 2.9, 2.5, 2.0],
    "psnr": [10.0, 15, 20, 24, 27, 30.5, 33],
    "ssim": [0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9],
    "png_bytes": [100, 200, 300, 400, 500, 600, 700],
    "distinct_colors": [900] * 7,
}


def table(**columns):
    """Write rows of scores.csv, as text."""
    columns = COLUMNS | columns
    return [dict(zip(columns, map(str, cells), strict=True)) for cells in zip(*columns.values(), strict=True)]


SCORES = table()


def test_criteria_name_the_first_of_the_best():
    result = recommend(SCORES)
    assert result["calinski_harabasz"] == {"k": 4, "calinski_harabasz": 1000.0}
    assert result["davies_bouldin"] == {"k": 3, "davies_bouldin": 0.7}
    assert best_by_criteria({1: SCORES[0]}) == {
        "calinski_harabasz": {"k": None, "calinski_harabasz": None},
        "davies_bouldin": {"k": None, "davies_bouldin": None},
    }
    exact = {"calinski_harabasz": "inf", "davies_bouldin": "0.0"}
    assert best_by_criteria({2: SCORES[1], 3: exact, 4: exact}) == {
        "calinski_harabasz": {"k": 3, "calinski_harabasz": None},
        "davies_bouldin": {"k": 3, "davies_bouldin": 0.0},
    }


CHOCOLATE = {
    "color": "#523527",
    "name": "chocolate",
    "share": 0.01,
    "replacement": "#270a05",
    "replacement_name": "very dark brown",
    "delta_e": 11.2,
}


def searched(asked, k, meets=True, below=None, p99=5.0, colors=900, hues=()):
    """What answer/search.json holds, of an answer at k and what is just below it."""
    rows = {1: 20.0, 2: 12.0, 4: 4.5, 5: 2.9, 256: 1.1} | ({below: 3.1} if below else {}) | {k: 2.9}
    rows |= {fewer: 3.5 for fewer in range(1, min(k, 33)) if fewer not in rows and meets}
    row = {"colors_used": 1, "delta_e_p95": 9.0, "ssim": 0.8, "psnr": None}
    row |= {"delta_e_seen_mean": 2.0, "delta_e_seen_p95": 6.0}
    return {
        "asked": asked,
        "k": k,
        "meets": meets,
        "most": 256,
        "stops": [4, 256],
        "lost": {"delta_e_p99": p99, "share": 0.0123, "colors": [CHOCOLATE], "hues": list(hues)},
        "prices": [
            {"asked": {"delta_e_mean": 5}, "meaning": "m", "k": 4},
            {"asked": asked, "meaning": None, "k": None},
        ],
        "rungs": [*range(1, 33), 36, 40, 45, 256] if colors > 256 else list(range(1, colors + 1)),
        "tried": [{"k": k, "delta_e_mean": value, "png_bytes": 100 * k, **row} for k, value in sorted(rows.items())],
    }


def test_the_answer_comes_with_its_evidence():
    result = recommend(SCORES, searched({"delta_e_mean": 3.0}, 5))
    assert result["sentence"] == (
        "5 colours are the fewest found to meet the target of a mean ΔE of 3 or less (mean ΔE 2.9). "
        "Over k = 1 to 7, the inertia's elbow is at 3: up to there each colour helps a lot, past it little. "
        "The silhouette is highest at k = 3 (0.600)."
    )
    assert result["target"] == {
        "k": 5,
        "asked": {"delta_e_mean": 3.0},
        "reached": {"delta_e_mean": 2.9},
        "best_in_range": {"delta_e_mean": 2.9},
    }
    assert result["answer"] == {
        "k": 5,
        "meets": True,
        "most": 256,
        "stops": [4, 256],
        "lost": {"delta_e_p99": 5.0, "share": 0.0123, "colors": [CHOCOLATE], "hues": []},
    }
    assert [row["k"] for row in result["tried"]] == [1, 2, 3, 4, 5, 256]


def test_among_wide_steps_nothing_is_called_the_fewest():
    sentence = recommend(SCORES, searched({"delta_e_mean": 3.0}, 40, below=36))["sentence"]
    assert sentence.startswith(
        "40 colours meet the target of a mean ΔE of 3 or less (mean ΔE 2.9); 36 do not (mean ΔE 3.1). "
    )


def test_a_single_colour_is_spoken_of_as_one():
    sentence = recommend(SCORES, searched({"delta_e_mean": 3.0, "psnr": 90}, 1))["sentence"]
    assert sentence.startswith(
        "1 colour is enough for the target of a mean ΔE of 3 or less and a PSNR of 90 dB or more "
        "(mean ΔE 2.9, PSNR ∞ dB). "
    )


def test_an_answer_that_misses_the_target_says_so():
    result = recommend(SCORES, searched({"png_bytes": 900, "delta_e_mean": 1}, 256, meets=False))
    assert result["sentence"].startswith(
        "No palette of up to 256 colours was found that meets the target of a PNG of 900 bytes or less and a mean ΔE "
        "of 1 or less (256 colours: 25,600 bytes, mean ΔE 2.9). "
    )
    assert result["target"]["k"] is None
    assert result["target"]["reached"] == {}
    assert result["answer"]["k"] == 256


def test_lost_details_are_named():
    sentence = recommend(SCORES, searched({"delta_e_mean": 3.0}, 5, p99=10.1))["sentence"]
    far_off = "1.2 % of the pixels are far off (ΔE above 10), most of all chocolate (#523527), now very dark brown"
    assert f" {far_off} (#270a05). " in sentence


def test_a_hue_that_is_gone_is_named():
    green = {"hue": "green", "share": 0.03, "replacement": "#aaa662", "name": "khaki"}
    blue = {"hue": "blue", "share": 0.02, "replacement": "#808080", "name": "grey"}
    sentence = recommend(SCORES, searched({"delta_e_mean": 3.0}, 5, hues=[green]))["sentence"]
    assert " All green has become khaki. " in sentence
    sentence = recommend(SCORES, searched({"delta_e_mean": 3.0}, 5, hues=[green, blue]))["sentence"]
    assert " All green has become khaki, and all blue grey. " in sentence


def test_of_a_dithered_picture_all_is_said_of_what_is_seen():
    search = searched({"delta_e_seen_mean": 5.0}, 5, p99=10.1)
    search["prices"] = [{"asked": {"delta_e_seen_mean": 5.0}, "meaning": "m", "k": 5}]
    for row in search["tried"]:
        row["delta_e_seen_mean"] = 4.4 if row["k"] >= 5 else 5.1
    result = recommend(SCORES, search)
    assert result["sentence"].startswith(
        "5 colours are the fewest found to meet the target of a mean ΔE of 5 or less as seen from a distance (mean ΔE "
        "as seen 4.4). 1.2 % of the pixels are far off (ΔE as seen above 10), most of all chocolate "
    )
    assert result["prices"][0]["delta_e_seen_mean"] == 4.4
    assert result["prices"][0]["delta_e_seen_p95"] == 6.0


def test_nothing_is_called_the_fewest_if_a_smaller_palette_was_not_tried():
    search = searched({"delta_e_mean": 3.0}, 5)
    search["tried"] = [row for row in search["tried"] if row["k"] != 3]
    assert recommend(SCORES, search)["sentence"].startswith(
        "5 colours meet the target of a mean ΔE of 3 or less (mean ΔE 2.9); 4 do not (mean ΔE 4.5). "
    )


def test_a_limit_on_the_bytes_names_the_most_colours_found_within_it():
    sentence = recommend(SCORES, searched({"png_bytes": 450, "delta_e_mean": 1}, 4, meets=False))["sentence"]
    assert sentence.startswith(
        "No palette of up to 256 colours was found that meets the target of a PNG of 450 bytes or less and a mean ΔE "
        "of 1 or less (4 colours, the most found within the limit on the bytes: 400 bytes, mean ΔE 2.9). "
    )


def test_prices_have_the_scores_of_their_k_or_of_the_most_colours():
    first, second = recommend(SCORES, searched({"delta_e_mean": 1}, 256, meets=False))["prices"]
    assert (first["k"], first["delta_e_mean"], first["png_bytes"]) == (4, 4.5, 400)
    assert (second["k"], second["delta_e_mean"], second["png_bytes"]) == (None, 2.9, 25_600)


def proof(k, gap, exponent="1.0"):
    """Rows of certificates.csv."""
    return [{"k": str(k), "weight_exponent": exponent, "lower_bound": "15.9", "gap": str(gap), "method": "dual"}]


def test_what_is_proven_of_the_answer_is_said():
    result = recommend(SCORES, searched({"delta_e_mean": 3.0}, 5), proof(5, 0.0625))
    assert result["certificate"] == {"k": 5, "lower_bound": 15.9, "gap": 0.0625}
    assert " Proven: no 5 colours can have less than 99.93 % of this squared error. " in result["sentence"]
    wide = recommend(SCORES, searched({"delta_e_mean": 3.0}, 5), proof(5, 2.5))["sentence"]
    assert " no 5 colours can have less than 97.5 % of this squared error, so that a better palette may exist. " in wide
    assert (
        " Proven: no 5 colours can have less squared error. "
        in (recommend(SCORES, searched({"delta_e_mean": 3.0}, 5), proof(5, 0.0))["sentence"])
    )


def test_where_nothing_is_proven_of_the_answer_nothing_is_said():
    search = searched({"delta_e_mean": 3.0}, 5)
    for certificates in ([], proof(4, 0.1), proof(5, 0.1, exponent="0.5")):
        result = recommend(SCORES, search, certificates)
        assert result["certificate"] == {"k": None, "lower_bound": None, "gap": None}
        assert result["sentence"] == recommend(SCORES, search)["sentence"]
        assert "roven" not in result["sentence"]
    assert recommend(SCORES, None, proof(5, 0.1))["certificate"]["k"] is None


def test_without_a_target_there_is_no_answer():
    result = recommend(SCORES)
    assert result["sentence"].startswith("Over k = 1 to 7, the inertia's elbow")
    assert result["target"] == {"k": None, "asked": {}, "reached": {}, "best_in_range": {}}
    assert (result["answer"], result["prices"], result["tried"]) == (None, [], [])
    assert recommend(SCORES[1:2])["sentence"] == (
        "An elbow needs three k or more, but only k = 2 was studied. The silhouette at k = 2 is 0.400."
    )


@pytest.mark.parametrize(
    ("k", "text"),
    [
        ([8], "k = 8"),
        ([2, 3], "k = 2 and 3"),
        ([2, 3, 4], "k = 2 to 4"),
        ([4, 16, 64], "k = 4, 16 and 64"),
        (list(range(2, 40, 2)), "k = 2, 4, 6, 8, … 38"),
    ],
)
def test_ranges_and_lists_are_named(k, text):
    assert name_range(k) == text


def few(colors, n_clusters):
    """Rows of an image of few colours, too small for SSIM: exact from k = `colors` on, and all alike."""
    exact = [k >= colors for k in n_clusters]
    return table(
        k=n_clusters,
        inertia=[0.0 if same else 1000 / k**3 for k, same in zip(n_clusters, exact, strict=True)],
        silhouette=["" if colors == 1 else 1.0 if same else 0.9 for same in exact],
        calinski_harabasz=["" if colors == 1 else "inf" if same else 50.0 for same in exact],
        davies_bouldin=["" if colors == 1 else 0.0 if same else 0.5 for same in exact],
        delta_e_mean=[0.0 if same else 9.0 for same in exact],
        psnr=["inf" if same else 20.0 for same in exact],
        ssim=[""] * len(exact),
        png_bytes=[90] * len(exact),
        distinct_colors=[colors] * len(exact),
    )


def test_few_colours_are_named_and_more_are_not_recommended():
    result = recommend(few(5, list(range(2, 11))))
    assert result["sentence"] == (
        "The image has only 5 colours, so any k of 5 or more reproduces it exactly. "
        "Over k = 2 to 10, the inertia's elbow is at 5: up to there each colour helps a lot, past it little. "
        "The silhouette is highest at k = 5 (1.000)."
    )
    assert result["exact"] == {"k": 5, "colors": 5}
    assert result["silhouette"]["k"] == 5
    assert recommend(SCORES)["exact"] == {"k": None, "colors": 900}


def test_colours_that_are_kept_may_leave_no_room_for_the_few_there_are():
    rows = few(5, [3, 4, 5, 6, 7])
    rows[2]["inertia"] = "12.0"
    result = recommend(rows)
    assert result["exact"] == {"k": 6, "colors": 5}
    assert "The image has only 5 colours, so k = 6 reproduces it exactly." in result["sentence"]


@pytest.mark.parametrize(("colors", "n_clusters"), [(1, [2, 3, 4]), (1, [1]), (5, [7, 8, 9])])
def test_where_every_k_is_exact_none_stands_out(colors, n_clusters):
    result = recommend(few(colors, n_clusters))
    assert result["elbow"]["k"] is None
    assert result["exact"] == {"k": n_clusters[0], "colors": colors}
    count, any_k = ("1 colour", "any k") if colors == 1 else ("5 colours", "any k of 5 or more")
    assert result["sentence"] == f"The image has only {count}, so {any_k} reproduces it exactly."


def power(k, bend=None):
    """Inertia that falls by the square of k up to a bend, and slowly from there on; a power law without one."""
    return [
        1e6 / value if bend is None else 1e6 / min(value, bend) ** 2 * (min(value, bend) / value) ** 0.3 for value in k
    ]


@pytest.mark.parametrize("last", [9, 10, 16, 33, 64])
def test_a_bend_is_found_whatever_the_range_and_a_power_law_is_called_gentle(last):
    k = list(range(2, last + 1))
    bent = weigh_elbow(k, power(k, bend=5))
    assert bent["k"] in (4, 5)
    assert bent["sharp"]
    assert not weigh_elbow(k, power(k))["sharp"]


def test_a_gap_in_a_list_makes_no_elbow():
    lists = [4, 16, 64], [2, 8, 10, 64], [2, 3, 4, 5, 10, 20, 40, 80]
    for k in lists:
        straight = [100 - 10 * math.log(value) for value in k]  # one octave buys what the other does
        assert find_elbow(k, straight) is None
    assert find_elbow([2, 4, 8, 16, 32, 64], power([2, 4, 8, 16, 32, 64], bend=8)) in (4, 8)
    assert find_elbow([4, 16, 64], [100, 10, 1]) is None or find_elbow([4, 16, 64], [100, 10, 1]) == 16


@pytest.mark.parametrize(
    ("inertia", "k", "at_edge"),
    [
        ([100, 10, 8, 6, 4, 2, 0.5], 3, True),
        ([100, 55, 10, 8, 6, 4, 2], 4, False),
        ([60, 45, 30, 16, 2, 1.5, 1.2], 6, True),
    ],
)
def test_an_elbow_near_an_end_of_the_range_says_so(inertia, k, at_edge):
    studied = list(range(2, 9))
    elbow = weigh_elbow(studied, inertia)
    assert (elbow["k"], elbow["at_edge"]) == (k, at_edge)
    sentence = recommend(table(k=studied, inertia=inertia))["sentence"]
    end = "lower" if k == 3 else "upper"
    assert (f"it is near the {end} end of the range, so a wider range may move it" in sentence) == at_edge


@settings(max_examples=500)
@given(st.integers(0, 2**32), st.integers(3, 14), st.sampled_from([1, 2, 5]), st.booleans())
def test_the_elbow_is_kneeds(seed, count, step, falling):
    """On curves of any shape, rises among them; of equal values the two may choose different ones."""
    values = np.random.default_rng(seed).random(count) ** 3
    inertia = (np.sort(values)[::-1] if falling else values).tolist()
    k = list(range(2, 2 + step * count, step))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = KneeLocator(k, inertia, curve="convex", direction="decreasing").elbow
    assert find_elbow(k, inertia) == expected


@pytest.mark.parametrize(
    ("k", "inertia", "words"),
    [
        # No k is below 1, so that no wider range begins there.
        ([1, 2, 3, 4, 5, 6, 7], [100, 10, 8, 6, 4, 2, 0.5], None),
        ([2, 3, 4, 5, 6, 7, 8], [100, 10, 8, 6, 4, 2, 0.5], "near the lower end of the range"),
        ([2, 3, 4, 5, 6, 7, 8], [60, 45, 30, 16, 2, 1.5, 1.2], "near the upper end of the range"),
        # Nor is one above 256, or of use where nothing is left to gain.
        ([250, 251, 252, 253, 254, 255, 256], [60, 45, 30, 16, 2, 1.5, 1.2], None),
        ([2, 3, 4, 5, 6, 7, 8], [60, 45, 30, 16, 2, 1.5, 0], None),
        ([2, 3, 20], [100, 3, 1], "with three k it can only be in the middle"),
    ],
)
def test_a_wider_range_is_suggested_only_where_there_is_one(k, inertia, words):
    others = {name: values[: len(k)] for name, values in COLUMNS.items()}
    sentence = recommend(table(**others | {"k": k, "inertia": inertia}))["sentence"]
    assert "the inertia's elbow is at" in sentence
    assert (words or "elbow") in sentence
    assert ("end of the range" in sentence) == bool(words and "end" in words)


def test_a_price_says_what_its_picture_bears_out():
    given = searched({"delta_e_mean": 5}, 4)
    given["prices"][0]["meaning"] = "looks right on its own"
    assert recommend(SCORES, given)["prices"][0]["meaning"] == "is close in colour, but flat"
    for row in given["tried"]:
        row["colors_used"] = row["k"]
    assert recommend(SCORES, given)["prices"][0]["meaning"] == "looks right on its own"
