"""
What a run does besides its jobs.

before:    lock the folder, and check for files and programs whose absence would be noticed only later
meanwhile: print a line per job; everything else goes to .snakemake/log/
after:     summarize the finished images if others failed; print where the results are and what failed, and why
"""

import atexit
import contextlib
import fcntl
import gc
import os
import subprocess
import sys
import time

import photopalette.run.internals as internals
from photopalette.figures.browser import BrowserError, find_browser
from photopalette.palettes.quantizers import missing_package
from photopalette.run.progress import Progress, summary

# The jobs of a thousand photographs are millions of objects that live until the end. Frequent garbage collection, and
# freeing them at exit, would take a fifth of the time.
gc.set_threshold(100_000, 50, 50)
atexit.register(gc.freeze)

python = sys.executable
internals.quote_interpreter()


def check_bucket():
    """Check that the files are in the bucket, which Snakemake does not do if there is a copy in data/raw."""
    missing = [
        f"  - images.{image}.{key}: there is no file {path} (in {BUCKET})"
        for image in IMAGES
        for key in ("source", "mask", "palettes", "stock")
        for path in (internals.below_prefix(workflow, path) for path in local_files(image, key))
        if not exists(path)
    ]
    if missing:
        raise WorkflowError("Files are missing:\n" + "\n".join(missing))


if BUCKET and internals.is_main(workflow):
    check_bucket()

screen = internals.screen()
progress = Progress(screen.stream if screen else sys.stderr, remote=not internals.is_local(workflow), titles=TITLES)
internals.LOGGER.addFilter(progress.follow)


def owns_screen():
    """Tell whether to show progress, and not Snakemake's own output, of which the user may ask for more or less."""
    wanted = internals.is_dry_run(workflow) or internals.has_output_options(workflow)
    return internals.is_main(workflow) and not wanted


def show(record):
    """Show progress in place of Snakemake's log; a logging filter, as a dry run is recognized only after this file."""
    return progress.show(record) if owns_screen() else True


if screen:
    screen.filters.insert(0, show)


def notice(record):
    """Close a run that has nothing to do, for which neither `onsuccess` nor `onerror` is called."""
    if str(record.msg).startswith("Nothing to be done"):
        close(0, {})
    return True


internals.LOGGER.addFilter(notice)


def is_for_all():
    """Tell whether the run makes everything."""
    return "provenance" in (progress.rules or {rule for rule, _ in internals.wanted_jobs(workflow)})


def unfinished_images():
    """Return the images of which a requested file is missing."""
    if progress.finished:
        return progress.unfinished(planned)
    # No job has finished yet, or this is a release before 9.8, which does not report finished jobs.
    paths = {image: [f"results/{image}/{name}" for name in artefacts(image)] for image in IMAGES}
    return {image for image in IMAGES if not all(map(os.path.exists, paths[image]))}


def close(seconds, faults, stopped=False):
    """Summarize the finished images if others failed, and print the summary of the run.

    This happens at exit, after Snakemake's last message and in the folder that it was called from.
    """
    if FAULTS:
        return
    everything = is_for_all()
    jobs = [(job.rule, job.image) for job in progress.jobs.values()] or internals.wanted_jobs(workflow)
    images = set(IMAGES) if everything else {image for _, image in jobs} - {None}
    left = unfinished_images() - set(faults) if faults or stopped else set()
    done = images - left - set(faults)
    palettes = sum(len(IMAGES[image]["n_clusters"]) for image in done) if everything else 0
    look_at = ["results/index.html"] if everything else progress.last_output()
    # With --keep-going, an image is left without a fault only where the run was stopped; the next one sums up.
    going = internals.keeps_going(workflow)
    stopped = stopped or bool(left and going)
    summing_up = bool(faults) and set(faults) < set(IMAGES) and everything and going and not stopped

    def at_exit(folder=Path.cwd(), call=tuple(sys.argv), saying=owns_screen()):
        if summing_up:
            summarize_finished_images(folder, call, faults)
        if saying:
            paths = [os.path.relpath(folder / path) for path in look_at if (folder / path).exists()]
            place = os.path.relpath(folder)
            reasons = {TITLES.get(name, name): fault for name, fault in faults.items()}
            text = summary(len(done), len(images), palettes, seconds, paths, reasons, place, stopped)
            print(text, file=sys.stderr)

    atexit.register(at_exit)


def lock_folder():
    """Prevent a second run by a lock that ends with this process; Snakemake's own lock outlives a killed run."""
    lock_folder.file = open(".snakemake/running", "w")
    try:
        fcntl.flock(lock_folder.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise WorkflowError(f"Another run is active in {Path.cwd()}: wait for it, or stop it.") from None
    except OSError:
        pass  # a file system without locks


def touch_future_files():
    """Touch inputs that are from the future; their outputs would be older than they are, and Snakemake would fail."""
    now = time.time()
    for path in internals.files_to_read(workflow):
        with contextlib.suppress(OSError):
            if os.stat(path).st_mtime > now:
                os.utime(path)


def check_files():
    """Check, before the first job runs, that all photographs and masks can be read."""
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


def summarize_finished_images(folder, call, faults):
    """Make the front page, tables and record of the finished images, by the same call with those rules only."""
    program, *arguments = call
    if Path(program).name not in ("snakemake", "__main__.py"):
        return  # another program has called Snakemake
    end = arguments.index("--") if "--" in arguments else len(arguments)
    only = ["--executor", "local", "--cores", "1", "--allowed-rules", "study", "gallery", "provenance"]
    # In a file, as the reasons of more than some hundred images are too long for an environment variable.
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
    internals.remove_rate_limiter(workflow)
    touch_future_files()
    planned.extend(internals.planned_jobs(workflow))
    # Otherwise the run would fail after much work, and for want of a browser only after all fits.
    if not BUCKET and not internals.keeps_going(workflow):
        check_files()
    if any(name.startswith("scatter") for name in progress.rules):
        try:
            find_browser()
        except BrowserError as error:
            raise WorkflowError(str(error)) from None
    # Jobs that run elsewhere or in their own environment may have packages that this process lacks.
    if internals.is_local(workflow) and not internals.deploys(workflow):
        compared = [image for rule, image in planned if rule == "compare"]
        if fault := missing_package(
            {method for image in compared for method in IMAGES[image]["compare"]["methods"]}
        ):
            raise WorkflowError(fault)


onsuccess:
    close(time.monotonic() - began if progress.jobs else 0, {})


onerror:
    faults = progress.failures()
    close(time.monotonic() - began, faults, stopped=progress.interrupted() or not faults)
