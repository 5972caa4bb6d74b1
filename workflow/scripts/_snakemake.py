"""What the workflow reads of Snakemake beyond what Snakemake documents, one function each.

Another release may not have it: a function then returns its default, and the run lacks a nicety.
"""

import logging
import shlex
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from _files import write_whole

# As `from snakemake.logging import logger` has it, in every release.
LOGGER = logging.getLogger("snakemake.logging")


def _or(default: Any) -> Callable:
    """Return this default where an attribute is missing or has another meaning."""

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
    """Tell whether another workflow uses this one as a module, with a configuration of its own."""
    return workflow.modifier.skip_configfile


@_or([])
def config_files(workflow: Any) -> list[Path]:
    """List the files that ``--configfile`` names."""
    return list(map(Path, workflow.configfiles))


@_or([])
def config_arguments(workflow: Any) -> list[str]:
    """List what ``--config`` was given."""
    return list(workflow.config_settings.config_args or [])


@_or(None)
def default_storage(workflow: Any) -> str | None:
    """Return the prefix of the default storage, a bucket for example; None if files are local."""
    settings = workflow.storage_settings
    return (settings.default_storage_provider and settings.default_storage_prefix) or None


@_or(False)
def is_main(workflow: Any) -> bool:
    """Tell the user's own call of Snakemake from those that it makes for its jobs."""
    return workflow.is_main_process


@_or(False)
def is_dry_run(workflow: Any) -> bool:
    """Tell whether nothing is going to run."""
    return workflow.dryrun


@_or(False)
def only_looks(workflow: Any) -> bool:
    """Tell whether this call makes nothing, and so should fetch nothing either: a dry run, a summary, a report."""
    return workflow.execution_settings is None or workflow.dryrun


def below_prefix(workflow: Any, path: str) -> str:
    """Put before a path what Snakemake puts before those of a module's rules: its ``prefix`` or ``replace_prefix``.

    It counts while the rule files are read, for the module that they are read for.
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
    """Tell whether jobs run in an environment of their own, conda's or a container's."""
    return bool(workflow.deployment_settings.deployment_method)


@_or(False)
def keeps_going(workflow: Any) -> bool:
    """Tell whether independent jobs go on after a failure."""
    return workflow.execution_settings.keep_going


@_or(True)
def is_asked_for_more_or_less(workflow: Any) -> bool:
    """Tell whether the user wants more or less on the screen than Snakemake usually writes."""
    output = workflow.output_settings
    less = set(map(str, output.quiet or ())) & {"all", "progress", "rules"}
    return bool(output.verbose or output.printshellcmds or output.debug_dag or less)


@_or([])
def planned_jobs(workflow: Any) -> list[tuple[str, str | None]]:
    """List the jobs to run, each by its rule and its image, if it has one."""
    return [(job.rule.name, job.wildcards.get("image")) for job in workflow.dag.needrun_jobs()]


@_or([])
def wanted_jobs(workflow: Any) -> list[tuple[str, str | None]]:
    """List the jobs that lead to what was asked for, done or not, each by its rule and its image, if it has one."""
    return [(job.rule.name, job.wildcards.get("image")) for job in workflow.dag.jobs]


@_or(set())
def files_to_read(workflow: Any) -> set[str]:
    """Name the inputs of the jobs to run."""
    return {str(path) for job in workflow.dag.needrun_jobs() for path in job.input}


@_or(None)
def schedule_at_once(workflow: Any) -> None:
    """Leave out the job rate limiter, which is for clusters: with it, each job that ends starts a timer."""
    if workflow.local_exec and workflow.scheduler.job_rate_limiter:
        workflow.scheduler.job_rate_limiter = None


def screen() -> logging.StreamHandler | None:
    """Return the handler that writes Snakemake's log to the screen; None if it can't be told from here."""
    streams = [handler for handler in LOGGER.handlers if getattr(handler, "stream", None) in (sys.stderr, sys.stdout)]
    return streams[0] if streams else None


def quote_interpreter() -> None:
    """Replace ``sys.executable``, which Snakemake puts into a shell command as it is, where it needs quotes."""
    if shlex.quote(sys.executable) == sys.executable:
        return
    quoted = Path(".snakemake/python")
    write_whole(quoted, f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n'.encode(), 0o755)
    sys.executable = str(quoted)
