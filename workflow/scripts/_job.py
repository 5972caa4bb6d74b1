"""What every script shares with Snakemake: a log of its own, and errors that read as one message."""

import atexit
import errno
import gc
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _source import redact

log = logging.getLogger("pipeline")
# The scripts' folder. `__file__` of a script itself is a URL where the workflow comes from GitHub.
SCRIPTS = Path(__file__).parent


class JobError(Exception):
    """A fault the user can mend; its text names the culprit and the remedy."""


def is_disk_full(error: BaseException) -> bool:
    """Tell whether nothing more can be written, on the disk or by the user's quota."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


class _Formatter(logging.Formatter):
    """Writes no secret of a URL into a log, whoever logs it: libraries name URLs in full."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def run(main: Callable[[Any], None], snakemake: Any) -> None:
    """Call ``main(snakemake)`` with logging to the job's log file.

    A :class:`JobError` ends the job with its message alone, and so does a full disk; anything else
    ends it with one line that points to the traceback in the log.
    """
    # A job lives for seconds: looking for cycles while it imports, and once more at its end, is a fifth of them.
    gc.disable()
    atexit.register(gc.freeze)
    handler = logging.FileHandler(snakemake.log[0], mode="w", errors="backslashreplace")
    handler.setFormatter(_Formatter("%(levelname)s %(message)s"))
    logging.basicConfig(handlers=[handler])
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a log that can't be written, on a full disk, is no reason for a traceback
    log.setLevel(logging.INFO)
    try:
        main(snakemake)
    except Exception as error:
        if (message := _plain_fault(error, snakemake.output[0])) is not None:
            log.error("%s", message)
            sys.exit(f"{snakemake.rule}: {message}")
        message = redact(f"unexpected {type(error).__name__}: {error} (traceback in {snakemake.log[0]})")
        log.exception("%s", message)
        sys.exit(f"{snakemake.rule}: {message}")
    except KeyboardInterrupt:
        sys.excepthook = lambda *_: None  # no traceback; Python ends by the signal all the same, as the run must know
        raise


def _plain_fault(error: Exception, output: str) -> str | None:
    """Say what the user can mend; None of what is no such fault."""
    if is_disk_full(error):
        return f"{output} can't be written: the disk is full; free some space and run again; finished results are kept"
    return str(error) if isinstance(error, JobError) else None
