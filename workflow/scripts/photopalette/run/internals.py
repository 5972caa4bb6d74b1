"""Access to undocumented attributes of Snakemake, one function per attribute.

Another release of Snakemake may not have an attribute. Its function then returns a default, and the run loses a
convenience.
"""

import logging
import shlex
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from photopalette.files.writing import write_whole

# As `from snakemake.logging import logger` has it, in every release.
LOGGER = logging.getLogger("snakemake.logging")


def _or(default: Any) -> Callable:
    """Decorate a function to return a default if an attribute that it reads is missing or has another type."""

    def decorate(function: Callable) -> Callable:
        @wraps(function)
        def ask(*arguments: Any) -> Any:
            try:
                return function(*arguments)
            except (AttributeError, KeyError, TypeError):
                return default

        return ask

    return decorate


@_or(False)
def is_module(workflow: Any) -> bool:
    """Tell whether another workflow uses this one as a module, with its own configuration."""
    return workflow.modifier.skip_configfile


@_or([])
def config_files(workflow: Any) -> list[Path]:
    """List the files given to ``--configfile``."""
    return list(map(Path, workflow.configfiles))


@_or([])
def config_arguments(workflow: Any) -> list[str]:
    """List the arguments given to ``--config``."""
    return list(workflow.config_settings.config_args or [])


@_or(None)
def default_storage(workflow: Any) -> str | None:
    """Return the prefix of the default storage, such as a bucket, or None if files are local."""
    settings = workflow.storage_settings
    return (settings.default_storage_provider and settings.default_storage_prefix) or None


@_or(False)
def is_main(workflow: Any) -> bool:
    """Tell whether this process is the one that the user started, and not one that Snakemake started for a job."""
    return workflow.is_main_process


@_or(False)
def is_dry_run(workflow: Any) -> bool:
    """Tell whether this is a dry run."""
    return workflow.dryrun


@_or(False)
def runs_no_jobs(workflow: Any) -> bool:
    """Tell whether this call runs no jobs, and so should not fetch anything: a dry run, a summary, a report."""
    return workflow.execution_settings is None or workflow.dryrun


def below_prefix(workflow: Any, path: str) -> str:
    """Prefix a path as Snakemake does in the rules of a module, by its ``prefix`` or ``replace_prefix``.

    This works only while the rule files are being read.
    """
    try:
        return workflow.modifier.path_modifier.replace_prefix(path)
    except AttributeError:
        return path


@_or(True)
def is_local(workflow: Any) -> bool:
    """Tell whether jobs run on this machine."""
    return workflow.local_exec


@_or(False)
def deploys(workflow: Any) -> bool:
    """Tell whether jobs run in their own conda environment or container."""
    return bool(workflow.deployment_settings.deployment_method)


@_or(False)
def keeps_going(workflow: Any) -> bool:
    """Tell whether independent jobs are run after a failure, as with ``--keep-going``."""
    return workflow.execution_settings.keep_going


@_or(True)
def has_output_options(workflow: Any) -> bool:
    """Tell whether the user asks for more or less output than Snakemake usually writes."""
    output = workflow.output_settings
    less = set(map(str, output.quiet or ())) & {"all", "progress", "rules"}
    return bool(output.verbose or output.printshellcmds or output.debug_dag or less)


@_or([])
def planned_jobs(workflow: Any) -> list[tuple[str, str | None]]:
    """List the rule and the image, or None, of every job to run."""
    return [(job.rule.name, job.wildcards.get("image")) for job in workflow.dag.needrun_jobs()]


@_or([])
def wanted_jobs(workflow: Any) -> list[tuple[str, str | None]]:
    """List the jobs that lead to what was asked for, done or not, each by its rule and its image, if it has one."""
    return [(job.rule.name, job.wildcards.get("image")) for job in workflow.dag.jobs]


@_or(set())
def files_to_read(workflow: Any) -> set[str]:
    """Return the inputs of the jobs to run."""
    return {str(path) for job in workflow.dag.needrun_jobs() for path in job.input}


@_or(None)
def remove_rate_limiter(workflow: Any) -> None:
    """Remove the job rate limiter, which is meant for clusters and delays the start of local jobs."""
    if workflow.local_exec and workflow.scheduler.job_rate_limiter:
        workflow.scheduler.job_rate_limiter = None


def screen() -> logging.StreamHandler | None:
    """Return the handler that writes Snakemake's log to the screen, or None if there is none."""
    streams = [handler for handler in LOGGER.handlers if getattr(handler, "stream", None) in (sys.stderr, sys.stdout)]
    return streams[0] if streams else None


def quote_interpreter() -> None:
    """Replace ``sys.executable`` by a script that starts it if its path needs quotes, which Snakemake omits."""
    if shlex.quote(sys.executable) == sys.executable:
        return
    quoted = Path(".snakemake/python")
    write_whole(quoted, f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n'.encode(), 0o755)
    sys.executable = str(quoted)
