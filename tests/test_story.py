"""What a run says last is true and short."""

import io
import logging

from snakemake_interface_logger_plugins.common import LogEvent

from _story import Story, last_words, reason


class Terminal(io.StringIO):
    def isatty(self):
        return True


def record(text="", **extra):
    made = logging.LogRecord("snakemake", logging.INFO, "", 0, text, (), None)
    vars(made).update(extra)
    return made


def test_a_terminal_has_one_bar_and_what_is_said_takes_its_place(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    screen = Terminal()
    story = Story(screen, remote=False)
    assert not story.tell(record(event=LogEvent.PROGRESS, done=1, total=2))
    assert not story.tell(record(event=LogEvent.JOB_INFO, rule_msg="coffee: K-means with k = 8, and much more"))
    bar = screen.getvalue()
    assert bar == f"\r\033[K{'━' * 12}{'─' * 12}  50 %  coffee: K-means with k = 8, and much more"[: 4 + 59] + "\r"
    assert "\n" not in bar
    assert story.tell(record("WorkflowError: something"))
    assert screen.getvalue() == bar + "\r\033[K"


def test_failures_are_remembered_and_left_to_the_job_to_tell():
    story = Story(io.StringIO(), remote=False)
    failed = record(event=LogEvent.JOB_ERROR, jobid=3)
    group = record(event=LogEvent.GROUP_ERROR, job_error_info=[{"jobid": 4}, {"jobid": 5}])
    for one in (failed, group):
        assert story.remember(one)
        assert not story.tell(one)
    assert story.failed == {3, 4, 5}
    assert Story(io.StringIO(), remote=True).tell(failed), "its output is on another machine"


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
        assert reason(log).startswith("it ended without an error message, perhaps out of memory (see ")
        assert "a.log" in reason(log)


def test_last_words():
    page = ["results/index.html"]
    assert last_words(1, 1, 9, 23.4, page, {}) == "1 image, 9 palettes: made in 23 s.\nLook at results/index.html"
    assert last_words(2, 2, 2, 0, [], {}) == "2 images, 2 palettes: nothing to do."
    assert (
        last_words(1, 1, 1, 61, ["a.png", "b.png"], {})
        == "1 image, 1 palette: made in 1 min 01 s.\nLook at a.png, b.png"
    )
    assert last_words(997, 999, 8973, 3 * 3600 + 720, page, {"a": "is empty", "b": "is gone"}) == (
        "997 of 999 images, 8,973 palettes: made in 3 h 12 min.\n2 failed; finished results are kept:\n"
        "  - a: is empty\n  - b: is gone\nLook at results/index.html"
    )
    assert last_words(0, 1, 0, 0.2, [], {"a": "is empty"}).startswith("0 of 1 image: made in 1 s.")
