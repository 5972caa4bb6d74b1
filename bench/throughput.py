"""Count images a minute, with figures and without, on one core and on two.

    python bench/throughput.py [--images 12]

Runs the whole pipeline on copies of scikit-image's photographs, each shifted a little so that no two are
equal, at the default size and k. Prints a Markdown table: images a minute, the parallel efficiency, and the CPU
seconds an image of every rule, from its `benchmarks/`.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import yaml
from PIL import Image, ImageChops

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from photopalette.photo.fetch import bundled_path

PHOTOS = ("coffee", "chelsea", "astronaut", "rocket")
NO_FIGURES = {
    "figures": dict.fromkeys(("scatter", "error", "silhouette", "curves", "montage", "card", "explorer"), False),
    "compare": [],
    "target": None,
}


def make_photos(folder: Path, number: int) -> None:
    """Write so many different photographs."""
    for place in range(number):
        photo = Image.open(bundled_path(f"skimage:{PHOTOS[place % len(PHOTOS)]}"))
        ImageChops.offset(photo, 7 * place, 3 * place).save(folder / f"photo{place:03}.png")


def run(folder: Path, config: dict, cores: int) -> float:
    """Run everything and give the seconds."""
    (folder / "config").mkdir()
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config))
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "workflow/Snakefile", "--directory", folder]
    start = time.perf_counter()
    subprocess.run([*command, "--cores", str(cores), "--quiet", "all"], check=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - start


def cpu_seconds(folder: Path) -> Counter[str]:
    """Add up what each rule's jobs took."""
    seconds: Counter[str] = Counter()
    for path in sorted((folder / "benchmarks").rglob("*.tsv")):
        with path.open(newline="") as file:
            row = next(csv.DictReader(file, delimiter="\t"))
        # Snakemake looks at a job once a second or less; one that was not seen counts by the clock.
        used = row["cpu_time"] if row["cpu_time"] not in ("NA", "-") and float(row["cpu_time"]) > 0 else row["s"]
        seconds[path.relative_to(folder / "benchmarks").parts[0].removesuffix(".tsv")] += float(used)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--images", type=int, default=12)
    number = parser.parse_args().images
    # The scripts are compiled once, as in a set-up.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print("| | cores | seconds | images a minute | parallel efficiency |\n|---|---|---|---|---|")
    rules = {}
    for name, options in (("figures on", {}), ("figures and comparison off", NO_FIGURES)):
        alone = None
        for cores in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                photos = Path(folder, "photos")
                photos.mkdir()
                make_photos(photos, number)
                shipped = yaml.safe_load((ROOT / "config/config.yaml").read_text())
                images = {"images": {"photo": {"source": "photos/*.png"}}}
                taken = run(Path(folder), {**shipped, **images, **options}, cores)
                alone = alone or taken
                share = f"{alone / taken / cores:.0%}"
                print(f"| {name} | {cores} | {taken:.0f} | {60 * number / taken:.1f} | {share} |", flush=True)
                if cores == 1:
                    rules[name] = cpu_seconds(Path(folder))
    print("\nCPU seconds an image:\n\n| rule |", " | ".join(rules), "|\n|---|" + "---|" * len(rules))
    for rule, _ in rules["figures on"].most_common():
        print(f"| {rule} |", " | ".join(f"{seconds[rule] / number:.2f}" for seconds in rules.values()), "|")
    totals = (f"{seconds.total() / number:.1f}" for seconds in rules.values())
    print("| all |", " | ".join(totals), "|")


if __name__ == "__main__":
    main()
