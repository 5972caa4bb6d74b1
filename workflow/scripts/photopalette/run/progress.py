"""The output of a run: a line for each job, and at the end where the results are and what failed, and why."""

import logging
import re
import shutil
import signal
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TextIO

from snakemake_interface_logger_plugins.common import LogEvent

from photopalette.run.secrets import redact, shown

_BAR = 24  # characters

# Messages of Snakemake that are the same in every run, or repeat an error that the job has already reported.
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
_HIDDEN = (LogEvent.RUN_INFO, LogEvent.RESOURCES_INFO, LogEvent.JOB_STARTED, LogEvent.JOB_FINISHED, LogEvent.SHELLCMD)

_EXIT = re.compile(r"died with <Signals\.\w+: (\d+)>|died with unknown signal (\d+)|non-zero exit status (\d+)")
_SIGNALS = {
    signal.SIGKILL: "killed, perhaps for want of memory",
    signal.SIGILL: "ended by an illegal instruction: a library uses instructions that this processor does not have",
    signal.SIGSEGV: "ended by a segmentation fault: a library crashed",
    signal.SIGBUS: "ended by a bus error: perhaps the disk, or shared memory, is full",
    signal.SIGFPE: "ended by an arithmetic exception: a library crashed",
    signal.SIGABRT: "aborted: a library gave up, perhaps for want of memory",
    signal.SIGXCPU: "ended because its limit of processor time was reached",
    signal.SIGXFSZ: "ended because a file reached the size limit",
    signal.SIGTERM: "terminated: something asked it to end",
    signal.SIGHUP: "ended because its terminal was closed",
}


class Job(NamedTuple):
    """A job that has started, as described in Snakemake's log."""

    rule: str
    image: str | None
    log: str | None
    output: Sequence[str]


class Progress:
    """The progress of a run, shown as one line per job, or as a bar in a terminal.

    It is updated by the events in Snakemake's log, which are documented for logger plugins.

    Parameters
    ----------
    stream
        Stream that Snakemake writes to.
    remote
        Whether the jobs run elsewhere, so that their own error messages are not on the screen.
    titles
        What readers call the images, by the names that jobs' messages begin with.
    """

    def __init__(self, stream: TextIO, remote: bool, titles: Mapping[str, str] = MappingProxyType({})):
        self.stream, self.remote, self.titles = stream, remote, titles
        self.terminal = stream.isatty()
        self.share = 0.0
        self.rules: Counter[str] = Counter()  # jobs that are planned
        self.jobs: dict[int, Job] = {}  # jobs that started, by Snakemake's numbers
        self.finished: list[int] = []
        self.failed: dict[int, int | None] = {}  # exit codes, if known, of jobs that no retry has finished
        self._exit_codes: dict[int | None, int] = {}  # by thread: Snakemake logs the exception before the failure

    def follow(self, record: logging.LogRecord) -> bool:
        """Update the progress by an event, and hide the secrets of URLs in it; a logging filter that drops nothing."""
        for name, value in vars(record).items():
            if isinstance(value, str) and "://" in value:
                setattr(record, name, redact(value))
        match getattr(record, "event", None):
            case LogEvent.RUN_INFO:
                self.rules.update({rule: count for rule, count in record.stats.items() if rule != "total"})
            case LogEvent.PROGRESS:
                self.share = record.done / max(record.total, 1)
            case LogEvent.JOB_INFO:
                image = (record.wildcards or {}).get("image")
                log = next(iter(record.log or ()), None)
                self.jobs[record.jobid] = Job(record.rule_name, image, log, list(record.output or ()))
            case LogEvent.JOB_FINISHED:
                self.finished.append(record.job_id)
                self.failed.pop(record.job_id, None)
            case LogEvent.ERROR:
                if found := _EXIT.search(str(record.msg)):
                    killed, unknown, status = found.groups()
                    self._exit_codes[record.thread] = int(status) if status else -int(killed or unknown)
            case LogEvent.JOB_ERROR:
                self.failed[record.jobid] = self._exit_codes.pop(record.thread, self.failed.get(record.jobid))
            case LogEvent.GROUP_ERROR:
                self.failed.update((job["jobid"], None) for job in record.job_error_info)
        return True

    def show(self, record: logging.LogRecord) -> bool:
        """Show the message of a job that starts; a logging filter that drops what the user need not see."""
        event = getattr(record, "event", None)
        match event:
            case LogEvent.JOB_INFO:
                if record.rule_msg:
                    image, colon, work = record.rule_msg.partition(": ")
                    self._line(f"{self.titles.get(image, image)}{colon}{work}")
                return False
            case LogEvent.PROGRESS:
                return False
            case LogEvent.JOB_ERROR | LogEvent.GROUP_ERROR:
                return self.remote
        passed = event not in _HIDDEN and not str(record.msg).lstrip().startswith(_NOISE)
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
        # The cursor goes back to the start of the line, so that the next message overwrites the bar.
        print(f"\r\033[K{line[:width]}\r", end="", file=self.stream, flush=True)

    def interrupted(self) -> bool:
        """Tell whether the user has interrupted jobs: Ctrl-C in a terminal reaches them as well."""
        return any(_signal_of(code) == signal.SIGINT for code in self.failed.values())

    def failures(self) -> dict[str, str]:
        """Return why jobs failed, by image, or by rule for jobs of all images; interrupted jobs have not failed."""
        faults: dict[str, str] = {}
        for number, code in sorted(self.failed.items()):
            if _signal_of(code) == signal.SIGINT:
                continue
            if job := self.jobs.get(number):
                faults.setdefault(job.image or job.rule, reason(Path(job.log) if job.log else None, code))
        return faults

    def last_output(self) -> list[str]:
        """Return the first output of the job that finished last, in a list that may be empty."""
        outputs = [self.jobs[number].output for number in self.finished if number in self.jobs]
        return list(outputs[-1][:1]) if outputs else []

    def unfinished(self, planned: Collection[tuple[str, str | None]]) -> set[str]:
        """Return the images with unfinished jobs, of those planned (rule and image each) and those that started."""
        left = Counter(image for _, image in planned) or Counter(job.image for job in self.jobs.values())
        left.subtract(self.jobs[number].image for number in set(self.finished) & self.jobs.keys())
        return {image for image, count in left.items() if image and count > 0}


def _signal_of(code: int | None) -> int | None:
    """Return the number of the signal that ended a job, as the subprocess module tells it or as a shell does."""
    return -code if code and code < 0 else code - 128 if code and 128 < code <= 192 else None


def reason(log: Path | None, code: int | None = None) -> str:
    """Explain in one line why a job failed.

    Parameters
    ----------
    log
        Log of the job, if it has one.
    code
        Exit code. A signal is a negative number, as in :mod:`subprocess`, or 128 plus its number, as in a shell.
    """
    see = f" (see {shown(str(log))})" if log else ""
    number = _signal_of(code)
    if number is not None:
        # The signal came after whatever is in the log: a job that reports an error ends by itself.
        name = signal.Signals(number).name if number in list(signal.Signals) else f"signal {number}"
        return f"{_SIGNALS.get(number, 'ended by a signal')} ({name}){see}"
    text = log.read_text(encoding="utf-8", errors="replace") if log and log.exists() else ""
    if errors := re.findall(r"^ERROR (.*(?:\n  .*)*)", text, re.MULTILINE):
        return re.sub(r"^image '[^']*'( \(.*?\))?: ", "", "; ".join(line.strip() for line in errors[-1].splitlines()))
    return f"it ended without an error message{f', with exit code {code}' if code else ''}{see}"


def summary(
    done: int,
    total: int,
    palettes: int,
    seconds: float,
    look_at: Sequence[str],
    failures: Mapping[str, str],
    folder: str = ".",
    stopped: bool = False,
) -> str:
    """Format the summary at the end of a run.

    Parameters
    ----------
    done
        Number of images whose results are complete.
    total
        Number of images that results were requested of.
    palettes
        Number of palettes of the complete images, over all k.
    seconds
        Duration of the run; 0 if there was nothing to do.
    look_at
        Files to look at: the front page, or what was requested.
    failures
        Reason of each failure, by image, or by rule for jobs of all images.
    folder
        Folder that the paths in these reasons are relative to.
    stopped
        Whether the run ended early for another reason than these, such as an interruption.
    """
    images = f"{total:,} image{'s' * (total != 1)}"
    if total and not done:
        lines = [f"{images}, {'none' if total > 1 else 'not'} finished in {_duration(seconds)}."]
    else:
        made = f"{done:,} of {images}" if done < total else images
        made += f", {palettes:,} palette{'s' * (palettes != 1)}" if palettes else ""
        lines = [f"{made}: {f'made in {_duration(seconds)}' if seconds else 'nothing to do'}."]
    if failures:
        relative = "" if folder == "." else f" (paths are relative to {folder})"
        lines.append(f"{len(failures):,} failed; finished results are kept{relative}:")
        lines += [f"  - {image}: {fault}" for image, fault in failures.items()]
    if stopped:
        lines.append("Stopped before the end: run again to go on from there.")
    if look_at:
        lines.append(f"Look at {', '.join(look_at)}")
    return "\n".join(lines)


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds:02} s" if minutes else f"{max(1, seconds)} s"
