"""Running a script as a job of Snakemake, with a log of its own and errors of one message."""

import atexit
import errno
import gc
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from photopalette.run.secrets import redact

log = logging.getLogger("pipeline")
# The scripts' folder, found from here because a script's own `__file__` is a URL if the workflow comes from GitHub.
SCRIPTS = Path(__file__).parents[2]


class JobError(Exception):
    """An error that the user can fix; its message names the cause and the remedy."""


def is_disk_full(error: BaseException) -> bool:
    """Tell whether an error means that the disk is full, or that the user's quota is used up."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


class _Formatter(logging.Formatter):
    """A formatter that hides the secrets in URLs, which libraries log in full."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def run(main: Callable[[Any], None], snakemake: Any) -> None:
    """Call ``main(snakemake)`` with logging to the job's log file.

    A :class:`JobError` or a full disk ends the job with one message; any other exception ends it with a line that
    points to the traceback in the log.
    """
    # Garbage collection, during imports and at exit, would take a fifth of the few seconds that a job runs.
    gc.disable()
    atexit.register(gc.freeze)
    handler = logging.FileHandler(snakemake.log[0], mode="w", errors="backslashreplace")
    handler.setFormatter(_Formatter("%(levelname)s %(message)s"))
    logging.basicConfig(handlers=[handler])
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # no traceback if the log can't be written to a full disk
    log.setLevel(logging.INFO)
    try:
        main(snakemake)
    except Exception as error:
        foreseen, message = True, str(error)
        if is_disk_full(error):
            message = f"{snakemake.output[0]} can't be written: the disk is full; free some space and run again; "
            message += "finished results are kept"
        elif not isinstance(error, JobError):
            foreseen = False
            message = redact(f"unexpected {type(error).__name__}: {error} (traceback in {snakemake.log[0]})")
        log.error("%s", message, exc_info=not foreseen)
        sys.exit(f"{snakemake.rule}: {message}")
    except KeyboardInterrupt:
        sys.excepthook = lambda *_: None  # no traceback; Python still ends by the signal, which the run looks for
        raise
