"""Time the default experiment against the notebook's way on the same photo, in turns.

    python bench/compare.py [--runs 3] [--silhouettes] [--cores 2]

All start from nothing but the set-up, write into folders of their own, use the same browser, and
run in turns, so that a machine whose speed drifts is fair to all. The ratios are printed. "everything"
is the default experiment; "alike" leaves out what the notebook has nothing of: the answer and its price
list, the comparison with other quantizers, error maps, silhouettes of every cluster, and the explorer.
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
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from photopalette.figures.browser import find_browser


def seconds(command: list[str], **environment: str) -> float:
    """Run a command quietly and return its wall time; its output is shown if it fails."""
    start = time.perf_counter()
    run = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if run.returncode:
        sys.exit(run.stdout.decode())
    return time.perf_counter() - start


ALIKE = {
    "target": None,
    "compare": [],
    "figures": {"error": False, "silhouette": False, "explorer": False},
}


def pipeline(folder: Path, cores: int, changes: dict[str, Any]) -> float:
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    for key, value in changes.items():
        config[key] = {**config[key], **value} if isinstance(value, dict) else value
    (folder / "config").mkdir(parents=True)
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config))
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--directory", str(folder)]
    return seconds(command, BROWSER_PATH=find_browser())


def notebook(image: Path, folder: str, *options: str) -> float:
    return seconds([sys.executable, "bench/notebook.py", str(image), folder, *options], BROWSER_PATH=find_browser())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    parser.add_argument("--silhouettes", action="store_true", help="also with the notebook's silhouettes, once")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {find_browser()}")
    taken: dict[str, list[float]] = {"everything": [], "alike": [], "notebook": []}
    for run in range(arguments.runs):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            image = folder / "all/results/coffee/resized.png"
            taken["everything"].append(pipeline(folder / "all", arguments.cores, {}))
            taken["alike"].append(pipeline(folder / "alike", arguments.cores, ALIKE))
            taken["notebook"].append(notebook(image, name))
            print(f"run {run + 1}:", ", ".join(f"{who} {times[-1]:.1f} s" for who, times in taken.items()), flush=True)
            if arguments.silhouettes and run == arguments.runs - 1:
                whole = notebook(image, name, "--silhouettes")
                ratios = ", ".join(f"{who} {taken[who][-1] / whole:.3f}" for who in ("everything", "alike"))
                print(f"notebook with silhouettes {whole:.1f} s; ratio: {ratios}")
    for who in ("everything", "alike"):
        ratios = [ours / theirs for ours, theirs in zip(taken[who], taken["notebook"], strict=True)]
        print(f"{who}: median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
