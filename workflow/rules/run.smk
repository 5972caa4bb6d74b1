"""
What a run does around its jobs.

before the first: keep a second run out, miss what would end the run late
meanwhile:        a line a job on the screen; everything in .snakemake/log/
after the last:   sum up the images that are done although others failed; say where to look, and what failed, why
"""

import atexit
import datetime
import fcntl
import gc
import os
import shlex
import subprocess
import sys

from _browser import BrowserError, find_browser
from _quantizers import missing_package
from _story import Story, last_words, reason

# The plan of a thousand photographs is millions of objects that live to the end: looking for cycles among them
# ever again, and to take them apart before leaving, is a fifth of the time.
gc.set_threshold(100_000, 50, 50)
atexit.register(gc.freeze)

# Snakemake starts scripts through a shell without quoting its Python's path, which may have a space in it.
if shlex.quote(sys.executable) != sys.executable:
    plain = Path(f".snakemake/python-{os.getpid()}")
    plain.parent.mkdir(exist_ok=True)
    plain.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    plain.chmod(0o755)
    sys.executable = str(plain.replace(".snakemake/python"))

# Looked for once, before the first job: with its copy in data/raw, Snakemake would not miss an object.
if BUCKET and workflow.is_main_process:
    missing = [
        f"  - images.{image}.{key}: there is no file {path} (in {BUCKET})"
        for image in IMAGES
        for key, paths in (
            ("source", local_files(image, "source")),
            ("mask", local_files(image, "mask")),
            ("palettes", given_palettes(image)),
        )
        for path in paths
        if not exists(path)
    ]
    if missing:
        raise WorkflowError("Files are missing:\n" + "\n".join(missing))


def lock_folder():
    """Keep a second run out with a lock that ends with this process: Snakemake's own outlives a killed run."""
    lock_folder.file = open(".snakemake/running", "w")
    try:
        fcntl.flock(lock_folder.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise WorkflowError(f"Another run is active in {Path.cwd()}: wait for it, or stop it.") from None
    except OSError:
        pass  # a file system without locks


def told_plainly():
    """Tell whether the screen is ours: not where the user asks Snakemake itself for more, or for less."""
    output, quiet = workflow.output_settings, set(map(str, workflow.output_settings.quiet or ()))
    more, less = output.verbose or output.printshellcmds or output.debug_dag, quiet & {"all", "progress", "rules"}
    return workflow.is_main_process and not (workflow.dryrun or more or less)


story = None
if workflow.is_main_process:
    logger = workflow.logger_manager.logger
    screen = next((handler for handler in logger.handlers if handler.name == "DefaultStreamHandler"), None)
    story = Story(screen.stream if screen else sys.stderr, remote=not workflow.local_exec)
    logger.addFilter(story.remember)
    if screen:
        # Asked at every record: only later than now is it known that a run is a dry one.
        screen.filters.insert(0, lambda record: not told_plainly() or story.tell(record))


def failures():
    """Say why, for each image that has a job that failed and was not mended by a later try."""
    faults = {}
    for job in sorted(workflow.dag.needrun_jobs(), key=lambda job: workflow.dag.jobid(job)):
        if workflow.dag.jobid(job) in story.failed:
            image = job.wildcards.get("image", job.rule.name)
            faults.setdefault(image, reason(Path(job.log[0])))
    return faults


def sum_up_the_others(faults):
    """Make the front page, tables and record of the images that are done, by a run of those rules alone."""
    program, arguments = Path(ARGUMENTS[0]).name, ARGUMENTS[1:]
    if FAULTS or not set(faults) < set(IMAGES) or program not in ("snakemake", "__main__.py"):
        return
    end = arguments.index("--") if "--" in arguments else len(arguments)
    only = ["--executor", "local", "--cores", str(workflow.cores or 1)]
    only += ["--allowed-rules", "all", "study", "gallery", "provenance", "--quiet", "all"]
    lock_folder.file.close()
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments[:end], *only, *arguments[end:]],
        env={**os.environ, "PALETTE_STUDY_FAULTS": json.dumps(faults)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if run.returncode:
        print(f"The finished images could not be summarized; run again to retry.\n{run.stdout}", file=sys.stderr)


def say_the_last_words():
    """Say where to look; at exit, because Snakemake calls nothing of ours where nothing is to be done."""
    if getattr(workflow, "scheduler", None) is None or not told_plainly() or FAULTS:
        return
    jobs, left = list(workflow.dag.needrun_jobs(exclude_finished=False)), list(workflow.dag.needrun_jobs())
    faults = failures()
    if left and not faults:
        return  # interrupted
    seconds = (datetime.datetime.now() - workflow.start_time).total_seconds() if jobs else 0
    asked = list(workflow.dag.jobs)
    images, undone = ({job.wildcards.get("image") for job in some} - {None} for some in (asked, left))
    palettes = sum(job.rule.name == "cluster" and job.wildcards.image not in undone for job in asked)
    everything = any(job.rule.name == "all" for job in asked)
    look_at = ["results/index.html"] if everything else sorted(map(str, workflow.dag.targetfiles))[:3]
    look_at = [os.path.relpath(path, workflow.workdir_init) for path in look_at if Path(path).exists()]
    print(last_words(len(images - undone), len(images), palettes, seconds, look_at, faults), file=sys.stderr)


onstart:
    lock_folder()
    if workflow.local_exec:
        # Made for clusters: every job that ends starts a timer that works out the schedule anew each second.
        workflow.scheduler.job_rate_limiter = None
    # Known before the first job: else the run would end after much work, or without a browser after all the fits.
    jobs = list(workflow.dag.needrun_jobs())
    readers = {"download": "source", "resize": "mask"}
    wanted = [
        (job.wildcards.image, readers[job.rule.name]) for job in jobs if job.rule.name in readers and not BUCKET
    ]
    faults = [
        f"  - images.{image}.{key}: {fault}"
        for image, key in wanted
        for path in named(image, key)
        if is_local(path) and (fault := local_fault(path, f"correct '{key}'"))
    ]
    if faults and not workflow.execution_settings.keep_going:
        what = "Files" if any(".mask: " in fault for fault in faults) else "Photographs"
        raise WorkflowError("\n".join([f"{what} can't be read (--keep-going skips them):", *faults]))
    if any(job.rule.name.startswith("scatter") for job in jobs):
        try:
            find_browser()
        except BrowserError as error:
            raise WorkflowError(str(error)) from None
    # Jobs that run elsewhere, or in an environment of their own, may have what this process lacks.
    if workflow.local_exec and not workflow.deployment_settings.deployment_method:
        compared = [job.wildcards.image for job in jobs if job.rule.name == "compare"]
        if fault := missing_package({method for image in compared for method in IMAGES[image]["compare"]}):
            raise WorkflowError(fault)


onerror:
    faults = failures()
    if workflow.execution_settings.keep_going and any(job.rule.name == "all" for job in workflow.dag.jobs):
        sum_up_the_others(faults)


if story:
    atexit.register(say_the_last_words)
