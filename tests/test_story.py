"""What a run says last is true and short."""

from pathlib import Path

from _story import last_words, reason


def test_the_reason_is_the_last_error_in_one_line(tmp_path):
    log = tmp_path / "a.log"
    log.write_text(
        "INFO x\nERROR image 'a' (in/a.jpg): first\nERROR image 'a': not it\n  expected 1\n  actual 2\nINFO y\n"
    )
    assert reason(log) == "not it; expected 1; actual 2"


def test_a_job_that_said_nothing_is_looked_up_in_its_log(tmp_path):
    log = tmp_path / "a.log"
    for text in (None, "INFO all is well\n"):
        if text:
            log.write_text(text)
        assert reason(log).startswith("it ended without a word, perhaps for want of memory (see ")
        assert "a.log" in reason(log)


def test_last_words():
    page = Path("results/index.html")
    assert last_words(1, 9, 23.4, page, {}) == (
        "1 image, 9 palettes: made in 23 s.\nOpen results/index.html in a browser."
    )
    assert last_words(2, 2, 0, None, {}) == "2 images, 2 palettes: nothing to do."
    assert last_words(1, 1, 61, None, {}) == "1 image, 1 palette: made in 1 min 01 s."
    assert last_words(997, 8973, 3 * 3600 + 720, page, {"a": "is empty", "b": "is gone"}) == (
        "997 of 999 images, 8,973 palettes: made in 3 h 12 min.\n2 failed; what is done is kept:\n"
        "  - a: is empty\n  - b: is gone\nOpen results/index.html in a browser."
    )
    assert last_words(0, 0, 0.2, None, {"a": "is empty"}).startswith("0 of 1 image, 0 palettes: made in 1 s.")
