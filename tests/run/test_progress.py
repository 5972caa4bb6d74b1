"""What a run says last is true and short."""

import io
import logging

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from photopalette.run.progress import Progress, reason, summary


class Screen(io.TextIOWrapper):
    """A terminal or a log that shows what has been flushed."""

    def __init__(self, terminal):
        super().__init__(io.BytesIO(), encoding="utf-8")
        self.terminal = terminal

    def isatty(self):
        return self.terminal

    def shown(self):
        return self.buffer.getvalue().decode()


def record(text="", **extra):
    made = logging.LogRecord("snakemake", logging.INFO, "", 0, text, (), None)
    vars(made).update(extra)
    return made


def test_a_terminal_has_one_bar_and_what_is_said_takes_its_place(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    screen = Screen(terminal=True)
    progress = Progress(screen, remote=False)
    halfway = record(event=LogEvent.PROGRESS, done=1, total=2)
    assert progress.follow(halfway)
    assert not progress.show(halfway)
    assert not progress.show(record(event=LogEvent.JOB_INFO, rule_msg="coffee: K-means with k = 8, and much more"))
    bar = screen.shown()
    assert bar == f"\r\033[K{'━' * 12}{'─' * 12}  50 %  coffee: K-means with k = 8, and much more"[: 4 + 59] + "\r"
    assert "\n" not in bar
    assert progress.show(record("WorkflowError: something"))
    assert screen.shown() == bar + "\r\033[K"


def test_without_a_terminal_every_job_is_a_line_and_snakemakes_noise_is_left_out():
    log = Screen(terminal=False)
    progress = Progress(log, remote=False)
    assert not progress.show(record(event=LogEvent.JOB_INFO, rule_msg="at once"))
    for done, total, words in ((0, 0, "first"), (1, 3, "second"), (1, 1, "third")):
        progress.follow(record(event=LogEvent.PROGRESS, done=done, total=total))
        assert not progress.show(record(event=LogEvent.JOB_INFO, rule_msg=words))
    assert not progress.show(record(event=LogEvent.JOB_INFO, rule_msg=None))
    assert log.shown() == "  0 %  at once\n  0 %  first\n 33 %  second\n100 %  third\n"
    for event in (LogEvent.RUN_INFO, LogEvent.JOB_STARTED, LogEvent.SHELLCMD):
        assert not progress.show(record("said of a job", event=event))
    for text in ("Using shell: /bin/sh", "\nElapsed time: 3 s", "Provided cores: 2"):
        assert not progress.show(record(text))
    assert progress.show(record("WorkflowError: something"))
    assert log.shown().endswith("third\n"), "there is no bar to make way"


def started(number, rule, image, log):
    wildcards = {"image": image} if image else {}
    return record(event=LogEvent.JOB_INFO, jobid=number, rule_name=rule, wildcards=wildcards, log=log, output=[])


def test_failures_are_followed_until_a_later_try_ends_well(tmp_path):
    progress = Progress(io.StringIO(), remote=False)
    for number, image in enumerate(("a", "b", "c", "d", None), start=3):
        log = tmp_path / f"{image}.log"
        log.write_text(f"ERROR image '{image}': reason {number}\n")
        progress.follow(started(number, "cluster" if image else "study", image, [str(log)]))
    failed = [record(event=LogEvent.JOB_ERROR, jobid=number) for number in (7, 3)]
    group = record(event=LogEvent.GROUP_ERROR, job_error_info=[{"jobid": 4}, {"jobid": 5}])
    for one in (*failed, group):
        assert progress.follow(one)
        assert not progress.show(one), "the job has told it"
    assert Progress(io.StringIO(), remote=True).show(failed[0]), "its output is on another machine"
    progress.follow(record(event=LogEvent.JOB_FINISHED, job_id=4))
    progress.follow(record(event=LogEvent.JOB_FINISHED, job_id=6))
    assert progress.failures() == {"a": "reason 3", "c": "reason 5", "study": "reason 7"}
    planned = [("cluster", image) for image in ("a", "b", "c", "d", "e", "e")] + [("study", None)]
    assert progress.unfinished(planned) == {"a", "c", "e"}
    assert progress.unfinished([]) == {"a", "c"}, "where the plan is not known, what has started counts"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Command 'x' died with <Signals.SIGILL: 4>.", "ended by an illegal instruction: "),
        ("Command 'x' returned non-zero exit status 132.", "ended by an illegal instruction: "),
        ("Command 'x' died with <Signals.SIGKILL: 9>.", "killed, perhaps for want of memory (SIGKILL)"),
        ("Command 'x' returned non-zero exit status 137.", "killed, perhaps for want of memory (SIGKILL)"),
        ("Command 'x' died with <Signals.SIGSEGV: 11>.", "ended by a segmentation fault"),
        ("Command 'x' died with <Signals.SIGUSR1: 10>.", "ended by a signal (SIGUSR1)"),
        ("Command 'x' died with unknown signal 99.", "ended by a signal (signal 99)"),
        ("Command 'x' returned non-zero exit status 255.", "an older error"),
        ("Command 'x' returned non-zero exit status 1.", "an older error"),
        ("Something else.", "an older error"),
    ],
)
def test_a_signal_is_named_whatever_the_log_of_an_earlier_run_says(tmp_path, text, reason):
    """Snakemake logs the exception in the job's thread, before it reports the failure."""
    log = tmp_path / "a.log"
    log.write_text("ERROR image 'a': an older error\n")
    progress = Progress(io.StringIO(), remote=False)
    progress.follow(started(1, "cluster", "a", [str(log)]))
    other = record("Command 'y' died with <Signals.SIGHUP: 1>.", event=LogEvent.ERROR, thread=1)
    for one in (
        record(text, event=LogEvent.ERROR, thread=2),
        other,
        record(event=LogEvent.JOB_ERROR, jobid=1, thread=2),
    ):
        progress.follow(one)
    assert progress.failures()["a"].startswith(reason)


@pytest.mark.parametrize("text", ["died with <Signals.SIGINT: 2>.", "returned non-zero exit status 130."])
def test_an_interrupted_job_has_not_failed(tmp_path, text):
    progress = Progress(io.StringIO(), remote=False)
    (tmp_path / "b.log").write_text("ERROR image 'b': is empty\n")
    for number, image in enumerate("ab"):
        progress.follow(started(number, "cluster", image, [str(tmp_path / f"{image}.log")]))
    progress.follow(record(event=LogEvent.JOB_ERROR, jobid=1, thread=1))
    assert not progress.interrupted()
    progress.follow(record(f"Command 'x' {text}", event=LogEvent.ERROR, thread=2))
    progress.follow(record(event=LogEvent.JOB_ERROR, jobid=0, thread=2))
    assert progress.interrupted()
    assert progress.failures() == {"b": "is empty"}
    assert progress.unfinished([("cluster", "a"), ("cluster", "b")]) == {"a", "b"}


def test_urls_lose_their_secrets_before_anything_is_written():
    logged = record("fetch http://al1ce:hunter2@h/p", cmd="snakemake --config x=http://h/p?token=5ecre7", other=7)
    assert Progress(io.StringIO(), remote=False).follow(logged)
    assert "hunter2" not in logged.msg
    assert "5ecre7" not in logged.cmd


def test_the_reason_is_the_last_error_in_one_line(tmp_path):
    log = tmp_path / "a.log"
    log.write_text(
        "INFO x\nERROR image 'a' (in/a.jpg): first\nERROR image 'a': not it\n  expected 1\n  actual 2\nINFO y\n"
    )
    assert reason(log) == "not it; expected 1; actual 2"


def test_the_reason_does_not_repeat_the_image(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("ERROR image 'a' (in/a (1).jpg): is empty: image 'b' too\n")
    assert reason(log) == "is empty: image 'b' too"
    log.write_bytes(b"ERROR caf\xe9 is gone\n")
    assert reason(log) == "caf\ufffd is gone"


def test_a_job_that_said_nothing_is_looked_up_in_its_log(tmp_path):
    log = tmp_path / "a.log"
    for text in (None, "INFO all is well\n"):
        if text:
            log.write_text(text)
        assert reason(log) == f"it ended without an error message (see {log})"
        assert reason(log, 3) == f"it ended without an error message, with exit code 3 (see {log})"
    assert reason(None) == "it ended without an error message"


def test_summary():
    page = ["results/index.html"]
    assert summary(1, 1, 9, 23.4, page, {}) == "1 image, 9 palettes: made in 23 s.\nLook at results/index.html"
    assert summary(2, 2, 2, 0, [], {}) == "2 images, 2 palettes: nothing to do."
    assert (
        summary(1, 1, 1, 61, ["a.png", "b.png"], {}) == "1 image, 1 palette: made in 1 min 01 s.\nLook at a.png, b.png"
    )
    assert summary(997, 999, 8973, 3 * 3600 + 720, page, {"a": "is empty", "b": "is gone"}) == (
        "997 of 999 images, 8,973 palettes: made in 3 h 12 min.\n2 failed; finished results are kept:\n"
        "  - a: is empty\n  - b: is gone\nLook at results/index.html"
    )
    assert "kept (paths are relative to my-study):\n" in summary(0, 1, 0, 1, [], {"a": "is empty"}, "my-study")
    assert summary(1, 1, 0, 0, [], {}) == "1 image: nothing to do."
    assert summary(1000, 1000, 1000, 1, [], {}) == "1,000 images, 1,000 palettes: made in 1 s."
    assert summary(0, 1, 0, 0.2, [], {"a": "is empty"}).startswith("1 image, not finished in 1 s.\n1 failed; ")
    assert summary(0, 2, 0, 6, [], dict.fromkeys("ab", "is empty")).startswith("2 images, none finished in 6 s.\n")
    assert summary(1, 2, 9, 3, page, {}, stopped=True) == (
        "1 of 2 images, 9 palettes: made in 3 s.\nStopped before the end: run again to go on from there.\n"
        "Look at results/index.html"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"),
        (59.4, "59 s"),
        (59.5, "1 min 00 s"),
        (119, "1 min 59 s"),
        (3599.4, "59 min 59 s"),
        (3600, "1 h 00 min"),
        (7199, "1 h 59 min"),
        (90061, "25 h 01 min"),
    ],
)
def test_times_have_two_units_at_most(seconds, words):
    assert summary(1, 1, 1, seconds, [], {}) == f"1 image, 1 palette: made in {words}."
