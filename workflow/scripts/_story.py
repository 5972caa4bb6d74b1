"""What a run says: a line a job while it is at work, and last where to look and what failed, why."""

import logging
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from snakemake_interface_logger_plugins.common import LogEvent

from _source import shown

_BAR = 24  # characters

# What Snakemake says of itself on every run, and of every failure after the job has said it.
_NOISE = (
    "Using shell",
    "Provided",
    "Rules claiming more threads",
    "Conda environments: ignored",
    "Singularity containers: ignored",
    "Select jobs to execute",
    "RuleException:\nCalledProcessError",
    "Exiting because a job execution failed",
    "At least one job did not complete",
    "WorkflowError:\nAt least one job did not complete",
    "Elapsed time",
    "Trying to restart job",
)
_UNTOLD = (LogEvent.RUN_INFO, LogEvent.RESOURCES_INFO, LogEvent.JOB_STARTED, LogEvent.JOB_FINISHED, LogEvent.SHELLCMD)


class Story:
    """Snakemake's log, told in the rules' own words: one line a job, or one bar for all in a terminal.

    Parameters
    ----------
    stream
        Where Snakemake writes.
    remote
        Whether the jobs run elsewhere, so that what they print is not on the screen.
    """

    def __init__(self, stream: TextIO, remote: bool):
        self.stream, self.remote = stream, remote
        self.terminal = stream.isatty()
        self.share = 0.0
        self.failed: set[int] = set()  # the numbers of jobs that failed, though a later try may have ended well

    def remember(self, record: logging.LogRecord) -> bool:
        """Note failures, as a filter that lets everything pass."""
        match getattr(record, "event", None):
            case LogEvent.JOB_ERROR:
                self.failed.add(record.jobid)
            case LogEvent.GROUP_ERROR:
                self.failed.update(job["jobid"] for job in record.job_error_info)
        return True

    def tell(self, record: logging.LogRecord) -> bool:
        """Tell a job's start in its own words, as a filter that passes on only what is part of no story."""
        event = getattr(record, "event", None)
        match event:
            case LogEvent.JOB_INFO:
                if record.rule_msg:
                    self._line(record.rule_msg)
                return False
            case LogEvent.PROGRESS:
                self.share = record.done / max(record.total, 1)
                return False
            case LogEvent.JOB_ERROR | LogEvent.GROUP_ERROR:
                return self.remote
        passed = event not in _UNTOLD and not str(record.msg).lstrip().startswith(_NOISE)
        if passed and self.terminal:
            print("\r\033[K", end="", file=self.stream, flush=True)
        return passed

    def _line(self, text: str) -> None:
        percent = f"{100 * self.share:3.0f} %"
        if not self.terminal:
            print(f"{percent}  {text}", file=self.stream, flush=True)
            return
        done = round(_BAR * self.share)
        line = f"{'━' * done}{'─' * (_BAR - done)} {percent}  {text}"
        width = shutil.get_terminal_size().columns - 1
        # The cursor goes back to the start of the line, so that whatever is said next takes the bar's place.
        print(f"\r\033[K{line[:width]}\r", end="", file=self.stream, flush=True)


def reason(log: Path) -> str:
    """Say in one line why a job failed, by its log."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    if errors := re.findall(r"^ERROR (.*(?:\n  .*)*)", text, re.MULTILINE):
        return re.sub(r"^image '[^']*'( \(.*?\))?: ", "", "; ".join(line.strip() for line in errors[-1].splitlines()))
    return f"it ended without an error message, perhaps out of memory (see {shown(str(log))})"


def last_words(
    done: int, total: int, palettes: int, seconds: float, look_at: Sequence[str], failures: Mapping[str, str]
) -> str:
    """Write what is last on the screen after a run.

    Parameters
    ----------
    done
        Images of which everything that was asked for is there.
    total
        Images of which anything was asked for.
    palettes
        Of them, over all k.
    seconds
        That the run took; 0 if there was nothing to do.
    look_at
        The front page, or what else was asked for; there may be none.
    failures
        Why, for each image that failed, or for a job that is for all.
    """
    images = f"{total:,} image{'s' * (total != 1)}"
    if done < total:
        images = f"{done:,} of {images}"
    made = f"{images}, {palettes:,} palette{'s' * (palettes != 1)}" if palettes else images
    when = f"made in {_duration(seconds)}" if seconds else "nothing to do"
    lines = [f"{made}: {when}."]
    if failures:
        lines.append(f"{len(failures):,} failed; finished results are kept:")
        lines += [f"  - {image}: {fault}" for image, fault in failures.items()]
    if look_at:
        lines.append(f"Look at {', '.join(look_at)}")
    return "\n".join(lines)


def _duration(seconds: float) -> str:
    minutes, hours = divmod(round(seconds), 60), round(seconds) // 3600
    if hours:
        return f"{hours} h {minutes[0] % 60:02} min"
    return f"{minutes[0]} min {minutes[1]:02} s" if minutes[0] else f"{max(1, minutes[1])} s"
