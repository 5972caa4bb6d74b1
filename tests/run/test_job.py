"""A job ends with one message, keeps the rest in its log, and tells neither a secret."""

import sys

import pytest

from project import ROOT, run_program

JOB = """
import errno, logging, sys, types, warnings
from photopalette.run.job import JobError, log, run
def main(snakemake):
    log.info("at work")
    logging.getLogger("library").info("chatter")
    {}
run(main, types.SimpleNamespace(rule="resize", log=["a.log"], output=["out.png"]))
print("done")
"""


@pytest.fixture
def job(tmp_path):
    def end(statement):
        """Run a job of one statement: its exit code, what it prints, and its log."""
        (tmp_path / "a.log").write_text("of an earlier try")
        environment = {"PYTHONPATH": str(ROOT / "workflow/scripts")}
        run = run_program([sys.executable, "-c", JOB.format(statement)], tmp_path, env=environment)
        return run.returncode, run.stdout, (tmp_path / "a.log").read_text()

    return end


def test_a_job_that_ends_well_says_nothing(job):
    assert job("pass") == (0, "done\n", "INFO at work\n")


def test_a_fault_ends_with_its_message(job):
    assert job("raise JobError('is empty')") == (1, "resize: is empty\n", "INFO at work\nERROR is empty\n")


@pytest.mark.parametrize("code", ["ENOSPC", "EDQUOT"])
def test_a_full_disk_is_reported(job, code):
    words = "out.png can't be written: the disk is full; free some space and run again; finished results are kept"
    assert job(f"raise OSError(errno.{code}, 'x')") == (1, f"resize: {words}\n", f"INFO at work\nERROR {words}\n")


def test_ctrl_c_ends_a_job_by_its_signal_without_a_traceback(job):
    assert job("import signal; signal.raise_signal(signal.SIGINT)") == (-2, "", "INFO at work\n")


@pytest.mark.parametrize("error", ["OSError(errno.EIO, 'x')", "ValueError('x')", "KeyError(errno.ENOSPC)"])
def test_whatever_else_happens_is_one_line_and_a_traceback_in_the_log(job, error):
    code, said, log = job(f"raise {error}")
    assert code == 1
    assert said.startswith(f"resize: unexpected {error.partition('(')[0]}: ")
    assert said.endswith(" (traceback in a.log)\n")
    assert said.count("\n") == 1
    assert log.splitlines()[:3] == [
        "INFO at work",
        f"ERROR {said.removeprefix('resize: ').strip()}",
        "Traceback (most recent call last):",
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "log.warning('https://alice:hunter2@host/a')",
        "warnings.warn('https://alice:hunter2@host/a')",
        "raise ValueError('https://alice:hunter2@host/a')",
        "raise OSError(errno.EIO, 'x', 'https://alice:hunter2@host/a')",
    ],
)
def test_no_secret_is_logged(job, statement):
    _, said, log = job(statement)
    assert "host/a" in log
    assert "hunter2" not in said + log


def test_names_that_are_not_text_are_escaped(job):
    assert job("log.info('caf\\udce9')") == (0, "done\n", "INFO at work\nINFO caf\\udce9\n")


def test_an_unwritable_log_is_no_error(job):
    assert job("logging.root.handlers[0].stream.close(); log.info('x')")[:2] == (0, "done\n")
