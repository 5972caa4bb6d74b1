"""
What a run does around its jobs.

before the first: keep a second run out, miss what would end the run late
meanwhile:        a line a job on the screen; everything in .snakemake/log/
after the last:   sum up the images that are done although others failed; say where to look, and what failed, why
"""

import atexit
import contextlib
import fcntl
import gc
import os
import subprocess
import sys
import time

import _snakemake as internals
from _browser import BrowserError, find_browser
from _progress import Progress, last_words
from _quantizers import missing_package

# The plan of a thousand photographs is millions of objects that live to the end: looking for cycles among them
# ever again, and to take them apart before leaving, is a fifth of the time.
gc.set_threshold(100_000, 50, 50)
atexit.register(gc.freeze)

python = sys.executable
internals.quote_interpreter()


def check_bucket():
    """Miss files in the bucket: with its copy in data/raw, Snakemake would not miss an object."""
    missing = [
        f"  - images.{image}.{key}: there is no file {path} (in {BUCKET})"
        for image in IMAGES
        for key in ("source", "mask", "palettes")
        for path in (internals.below_prefix(workflow, path) for path in local_files(image, key))
        if not exists(path)
    ]
    if missing:
        raise WorkflowError("Files are missing:\n" + "\n".join(missing))


if BUCKET and internals.is_main(workflow):
    check_bucket()

screen = internals.screen()
progress = Progress(screen.stream if screen else sys.stderr, remote=not internals.is_local(workflow))
internals.LOGGER.addFilter(progress.follow)


def is_ours():
    """Tell whether the screen is ours: not where the user asks Snakemake itself for more, or for less."""
    wanted = internals.is_dry_run(workflow) or internals.is_asked_for_more_or_less(workflow)
    return internals.is_main(workflow) and not wanted


def show(record):
    """Show Snakemake's log in our words; asked at every record, as a dry run is known only once this file is read."""
    return progress.show(record) if is_ours() else True


if screen:
    screen.filters.insert(0, show)


def notice(record):
    """Close a run that has nothing to do, for which neither `onsuccess` nor `onerror` is called."""
    if str(record.msg).startswith("Nothing to be done"):
        close(0, {})
    return True


internals.LOGGER.addFilter(notice)


def is_for_all():
    """Tell whether the run is to make everything."""
    return "provenance" in (progress.rules or {rule for rule, _ in internals.wanted_jobs(workflow)})


def undone():
    """Name the images of which something that was to be made is missing."""
    if progress.finished:
        return progress.unfinished(planned)
    # Either nothing has been finished yet, or this is a release before 9.8, which does not report it.
    paths = {image: [f"results/{image}/{name}" for name in artefacts(image)] for image in IMAGES}
    return {image for image in IMAGES if not all(map(os.path.exists, paths[image]))}


def close(seconds, faults, stopped=False):
    """Sum up the images that are done if others failed, and say where to look and what failed, as the last of all.

    At exit, when Snakemake has said all that it says, and is back in the folder that it was called from.
    """
    if FAULTS:
        return
    everything = is_for_all()
    jobs = [(job.rule, job.image) for job in progress.jobs.values()] or internals.wanted_jobs(workflow)
    images = set(IMAGES) if everything else {image for _, image in jobs} - {None}
    left = undone() - set(faults) if faults or stopped else set()
    done = images - left - set(faults)
    palettes = sum(len(IMAGES[image]["n_clusters"]) for image in done) if everything else 0
    look_at = ["results/index.html"] if everything else progress.last_output()
    # With --keep-going, an image is left without a fault only where the run was stopped; the next one sums up.
    going = internals.keeps_going(workflow)
    stopped = stopped or bool(left and going)
    summing_up = bool(faults) and set(faults) < set(IMAGES) and everything and going and not stopped

    def at_exit(folder=Path.cwd(), call=tuple(sys.argv), saying=is_ours()):
        if summing_up:
            sum_up_the_others(folder, call, faults)
        if saying:
            paths = [os.path.relpath(folder / path) for path in look_at if (folder / path).exists()]
            place = os.path.relpath(folder)
            words = last_words(len(done), len(images), palettes, seconds, paths, faults, place, stopped)
            print(words, file=sys.stderr)

    atexit.register(at_exit)


def lock_folder():
    """Keep a second run out with a lock that ends with this process: Snakemake's own outlives a killed run."""
    lock_folder.file = open(".snakemake/running", "w")
    try:
        fcntl.flock(lock_folder.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise WorkflowError(f"Another run is active in {Path.cwd()}: wait for it, or stop it.") from None
    except OSError:
        pass  # a file system without locks


def bring_to_the_present():
    """Let no file that jobs read be from the future: Snakemake would take what they make of it for older, and fail."""
    now = time.time()
    for path in internals.files_to_read(workflow):
        with contextlib.suppress(OSError):
            if os.stat(path).st_mtime > now:
                os.utime(path)


def check_files():
    """Look at the photographs and masks that jobs will read, before the first of them runs."""
    readers = {"download": "source", "resize": "mask"}
    faults = [
        f"  - images.{image}.{readers[rule]}: {fault}"
        for rule, image in planned
        if rule in readers
        for path in named(image, readers[rule])
        if is_local(path) and (fault := local_fault(path, f"correct '{readers[rule]}'"))
    ]
    if faults:
        what = "Files" if any(".mask: " in fault for fault in faults) else "Photographs"
        raise WorkflowError("\n".join([f"{what} can't be read (--keep-going skips them):", *faults]))


def sum_up_the_others(folder, call, faults):
    """Make the front page, tables and record of the images that are done, by the same call for those rules alone."""
    program, *arguments = call
    if Path(program).name not in ("snakemake", "__main__.py"):
        return  # another program has called Snakemake
    end = arguments.index("--") if "--" in arguments else len(arguments)
    only = ["--executor", "local", "--cores", "1", "--allowed-rules", "study", "gallery", "provenance"]
    # In a file, as an environment variable has room for the reasons of some hundred images only.
    record = folder / ".snakemake/faults.json"
    record.write_text(json.dumps(faults), encoding="utf-8")
    lock_folder.file.close()
    run = subprocess.run(
        [python, "-m", "snakemake", *arguments[:end], *only, "--quiet", "all", *arguments[end:]],
        env={**os.environ, "PALETTE_STUDY_FAULTS": str(record)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    record.unlink()
    if run.returncode:
        print(f"The finished images could not be summarized; run again to retry.\n{run.stdout}", file=sys.stderr)


began, planned = time.monotonic(), []


onstart:
    lock_folder()
    internals.schedule_at_once(workflow)
    bring_to_the_present()
    planned.extend(internals.planned_jobs(workflow))
    # Known before the first job: else the run would end after much work, or without a browser after all the fits.
    if not BUCKET and not internals.keeps_going(workflow):
        check_files()
    if any(name.startswith("scatter") for name in progress.rules):
        try:
            find_browser()
        except BrowserError as error:
            raise WorkflowError(str(error)) from None
    # Jobs that run elsewhere, or in an environment of their own, may have what this process lacks.
    if internals.is_local(workflow) and not internals.deploys(workflow):
        compared = [image for rule, image in planned if rule == "compare"]
        if fault := missing_package({method for image in compared for method in IMAGES[image]["compare"]}):
            raise WorkflowError(fault)


onsuccess:
    close(time.monotonic() - began if progress.jobs else 0, {})


onerror:
    faults = progress.failures()
    close(time.monotonic() - began, faults, stopped=progress.interrupted() or not faults)
