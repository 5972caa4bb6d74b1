"""Time the default experiment against the notebook's way on the same photo, in turns.

    python bench/compare.py [--runs 3] [--silhouettes] [--cores 2]

Both start from nothing but the set-up, write into folders of their own, use the same browser, and
run in turns, so that a machine whose speed drifts is fair to both. The ratios are printed.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from _browser import find_browser


def seconds(command: list[str], **environment: str) -> float:
    """Run a command quietly and return its wall time; its output is shown if it fails."""
    start = time.perf_counter()
    run = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if run.returncode:
        sys.exit(run.stdout.decode())
    return time.perf_counter() - start


def pipeline(folder: str, cores: int) -> float:
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--directory", folder]
    return seconds(command, BROWSER_PATH=find_browser())


def notebook(image: Path, folder: str, *options: str) -> float:
    return seconds([sys.executable, "bench/notebook.py", str(image), folder, *options], BROWSER_PATH=find_browser())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    parser.add_argument("--silhouettes", action="store_true", help="also with the notebook's silhouettes, once")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {find_browser()}")
    ours, theirs = [], []
    for run in range(arguments.runs):
        with tempfile.TemporaryDirectory() as folder:
            ours.append(pipeline(folder, arguments.cores))
            image = Path(folder) / "results/coffee/resized.png"
            theirs.append(notebook(image, folder))
            line = f"run {run + 1}: pipeline {ours[-1]:6.1f} s   notebook {theirs[-1]:6.1f} s"
            print(f"{line}   ratio {ours[-1] / theirs[-1]:.2f}", flush=True)
            if arguments.silhouettes and run == arguments.runs - 1:
                whole = notebook(image, folder, "--silhouettes")
                print(f"with silhouettes: notebook {whole:6.1f} s   ratio {ours[-1] / whole:.3f}")
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    print(f"median: pipeline {statistics.median(ours):.1f} s, notebook {statistics.median(theirs):.1f} s, ", end="")
    print(f"ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
