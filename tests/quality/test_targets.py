"""What a picture can be asked to achieve, and how that is put into words."""

import pytest

from photopalette.quality.targets import (
    FAR,
    LEVELS,
    TARGETS,
    confirm,
    describe_scores,
    describe_target,
    excess,
    meets,
)

ROW = {
    "delta_e_mean": 3.0,
    "delta_e_p95": 9.12345,
    "delta_e_seen_mean": 2.0,
    "delta_e_seen_p95": 6.5,
    "psnr": 30.456,
    "ssim": 0.9,
    "png_bytes": 12345,
}


@pytest.mark.parametrize(
    ("target", "met"),
    [
        ({"delta_e_mean": 3.0}, True),
        ({"delta_e_mean": 2.99}, False),
        ({"delta_e_p95": 9.2}, True),
        ({"delta_e_p95": 9.1}, False),
        ({"delta_e_seen_mean": 2.0, "delta_e_seen_p95": 6.5}, True),
        ({"delta_e_seen_mean": 1.9}, False),
        ({"delta_e_seen_p95": 6.4}, False),
        ({"psnr": 30.456}, True),
        ({"psnr": 30.5}, False),
        ({"ssim": 0.9}, True),
        ({"ssim": 0.91}, False),
        ({"png_bytes": 12345}, True),
        ({"png_bytes": 12344}, False),
        ({"delta_e_mean": 3.0, "ssim": 0.91}, False),
        ({"delta_e_mean": 2.0, "ssim": 0.8}, False),
        ({}, True),
    ],
)
def test_errors_and_bytes_are_met_from_below_and_likeness_from_above(target, met):
    assert meets(ROW, target) == met


@pytest.mark.parametrize(
    ("target", "factor"),
    [
        ({"delta_e_mean": 1.5}, 2),
        ({"delta_e_mean": 1.5, "png_bytes": 24690}, 2),
        ({"delta_e_mean": 6, "png_bytes": 1234.5}, 10),
        ({"psnr": 40.456}, 10),
        ({"ssim": 0.95}, 2),
        ({"ssim": 1}, float("inf")),
        ({"delta_e_seen_p95": 6.5}, 1),
        ({}, 0),
    ],
)
def test_what_misses_a_target_misses_it_by_a_factor_of_its_error(target, factor):
    assert excess(ROW, target) == pytest.approx(factor)


def test_a_picture_without_error_misses_nothing():
    assert excess({"ssim": 1.0, "psnr": float("inf")}, {"ssim": 1, "psnr": 99}) == 1
    assert excess({"ssim": None}, {"ssim": 0.1}) == float("inf")


def test_a_missing_score_meets_nothing():
    assert not meets({"ssim": None}, {"ssim": 0.1})


def test_targets_and_results_are_put_into_words():
    assert describe_target({"delta_e_mean": 5.0}) == "a mean ΔE of 5 or less"
    assert describe_target(dict.fromkeys(TARGETS, 1000)) == (
        "a mean ΔE of 1000 or less and a ΔE of 1000 or less for 95 % of the pixels and a mean ΔE of 1000 or less as "
        "seen from a distance and a ΔE of 1000 or less as seen from a distance for 95 % of the pixels and a PSNR of "
        "1000 dB or more and an SSIM of 1000 or more and a PNG of 1,000 bytes or less"
    )
    assert describe_scores(ROW, dict.fromkeys(TARGETS, 1)) == (
        "mean ΔE 3, 95th percentile of ΔE 9.12, mean ΔE as seen 2, 95th percentile of ΔE as seen 6.5, PSNR 30.5 dB, "
        "SSIM 0.9, 12,345 bytes"
    )
    assert describe_scores({"psnr": None, "ssim": None}, {"psnr": 1, "ssim": 1}) == "PSNR ∞ dB, SSIM unknown"
    # One that misses its bound by little does not read like it.
    bounds = {"delta_e_mean": 5, "psnr": 30, "ssim": 0.9}
    missed = {"delta_e_mean": 5.0004, "psnr": 29.996, "ssim": 0.89999}
    assert describe_scores(missed, bounds) == "mean ΔE 5.0004, PSNR 29.996 dB, SSIM 0.89999"
    assert describe_scores({"delta_e_mean": 4.9996, "psnr": 30.004, "ssim": 0.9}, bounds) == (
        "mean ΔE 5, PSNR 30 dB, SSIM 0.9"
    )


def test_the_price_list_has_four_levels():
    assert list(LEVELS) == [10, 5, 3, 2]
    assert LEVELS[5] == "looks right on its own"
    assert max(LEVELS) == FAR, "a colour is far off where a whole picture like it would keep the mood alone"


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ({"colors_used": 3, "delta_e_p95": 16.0, "ssim": 0.56}, LEVELS[10]),
        ({"colors_used": 1, "delta_e_p95": 2.7, "ssim": 0.76}, "is close in colour, but flat"),
        ({"colors_used": 1, "delta_e_p95": 0.0, "ssim": 1.0}, LEVELS[10]),  # the photo has no other
        ({"colors_used": 2, "delta_e_p95": 6.0, "ssim": 0.38}, "is close in colour, but without its detail"),
        ({"colors_used": 2, "delta_e_p95": 1.9, "ssim": 0.38}, LEVELS[10]),  # nobody sees what is lost
        ({"colors_used": 2, "delta_e_p95": 6.0, "ssim": None}, LEVELS[10]),
    ],
)
def test_a_level_means_what_it_says_only_if_the_picture_bears_it_out(scores, words):
    assert confirm(LEVELS[10], scores) == words
    assert confirm(None, scores) is None
