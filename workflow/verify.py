"""Run a finished experiment again, in a folder of its own, and compare every file: `make verify`.

Reads results/provenance.json and results/SHA256SUMS. Every file must have the same bytes; only a
picture drawn by another version of the browser may differ, and must then look the same.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent / "scripts"))

from photopalette.files.checksum import sha256_of
from photopalette.files.pictures import open_picture
from photopalette.photo.sources import is_palette_file, path_of
from photopalette.quality.targets import TARGETS
from photopalette.run.secrets import HIDDEN, is_local

SNAKEFILE = Path(__file__).with_name("Snakefile")
_BY_BROWSER = re.compile(r"[^/]+/(k\d+/)?scatter\.png")
_ALIKE = 0.95  # structural similarity of two renderings that show the same


def read_sums(path: Path) -> dict[str, str]:
    """Read a SHA256SUMS file, as the checksum of each path relative to its folder."""
    return dict(line.split("  ", 1)[::-1] for line in path.read_text(encoding="utf-8").splitlines())


def look_alike(first: Path, second: Path) -> bool:
    """Tell whether two pictures look the same: equal in size, and similar in structure."""
    from skimage.metrics import structural_similarity

    one, other = (np.asarray(open_picture(path).convert("RGB")) for path in (first, second))
    return one.shape == other.shape and structural_similarity(one, other, channel_axis=2) >= _ALIKE


def compare(first: Path, second: Path, same_browser: bool) -> dict[str, list[str]]:
    """Compare two folders of results by their files, not only by their SHA256SUMS.

    Parameters
    ----------
    first, second
        Folders with a SHA256SUMS each; the first is the one to verify.
    same_browser
        Whether the same version of the browser drew both.

    Returns
    -------
    dict
        Paths that are ``same``, ``alike`` (pictures by the browser that look the same but have other bytes),
        ``changed`` (since the first SHA256SUMS was written), ``different``, or ``missing`` in the second.
    """
    verdicts: dict[str, list[str]] = {name: [] for name in ("same", "alike", "changed", "different", "missing")}
    for path, expected in read_sums(first / "SHA256SUMS").items():
        if not (first / path).is_file() or sha256_of(first / path) != expected:
            verdicts["changed"].append(path)
        elif not (second / path).is_file():
            verdicts["missing"].append(path)
        elif sha256_of(second / path) == expected:
            verdicts["same"].append(path)
        elif not same_browser and _BY_BROWSER.fullmatch(path) and look_alike(first / path, second / path):
            verdicts["alike"].append(path)
        else:
            verdicts["different"].append(path)
    return verdicts


def numbers(first: Path, second: Path) -> str:
    """Describe how far the numbers in two tables or archives differ; return an empty text for other files."""
    if first.suffix == ".npz":
        with np.load(first, allow_pickle=False) as one, np.load(second, allow_pickle=False) as other:
            pairs = [(name, one[name], other[name]) for name in one.files if name in other.files]
    elif first.suffix == ".csv":
        tables = (np.loadtxt(path, str, delimiter=",", ndmin=2, comments=None) for path in (first, second))
        pairs = [("cells", *map(np.vectorize(_number, otypes=[float]), tables))]
    else:
        return ""
    relative, moved = 0.0, 0
    for name, a, b in pairs:
        if a.shape != b.shape:
            return f"{name}: {a.shape} and {b.shape}"
        if "labels" in name:
            moved += int(np.count_nonzero(a != b))
        elif a.dtype.kind in "fiu":
            a, b = a.astype(float), b.astype(float)
            scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), np.finfo(float).tiny)
            relative = max(relative, float(np.nan_to_num(np.abs(a - b) / scale).max(initial=0.0)))
    return f"numbers differ by {relative:.1e} at most" + (f", {moved} labels moved" if moved else "")


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan


def repeatable(record: Mapping[str, Any], home: Path) -> dict[str, Any]:
    """Convert a provenance record to a config that can be run elsewhere, with absolute paths and checksums of sources.

    A URL whose secrets were not recorded can't be requested again: the downloaded copy takes its place.
    """
    images = {}
    for name, settings in record["images"].items():
        images[name] = repeated = {key: value for key, value in settings.items() if key != "photos"}
        if "target" in settings:
            # Targets that are None are not in the record, and would get their defaults.
            repeated["target"] = dict.fromkeys(TARGETS) | settings["target"]
        if settings.get("mask"):
            repeated["mask"] = _from(home, settings["mask"])
        if palettes := settings.get("palettes"):
            files = {key: _from(home, value) for key, value in palettes.items() if isinstance(value, str)}
            repeated["palettes"] = {**palettes, **files}
        if stocks := settings.get("stock"):
            repeated["stock"] = {
                key: {**stock, "colors": _from(home, stock["colors"])} if is_palette_file(stock["colors"]) else stock
                for key, stock in stocks.items()
            }
        source = settings["source"]
        if settings.get("together"):
            repeated["source"] = [_from(home, one) for one in ([source] if isinstance(source, str) else source)]
            del repeated["sha256"]
        elif HIDDEN in source:
            repeated |= {"source": str(home / "data/raw" / name), "sha256": record["sources"][name]["sha256"]}
        else:
            repeated |= {"source": _from(home, source), "sha256": record["sources"][name]["sha256"]}
    return {"images": images}


def _from(home: Path, source: str) -> str:
    return str(home / path_of(source)) if is_local(source) else source


def lost_copies(record: Mapping[str, Any], home: Path) -> list[str]:
    """List the images whose URL has secrets that were not recorded, and whose copy has changed or is gone."""
    images = repeatable(record, home)["images"]
    copies = {
        name: Path(images[name]["source"])
        for name, settings in record["images"].items()
        if not settings.get("together") and HIDDEN in settings["source"]
    }
    return [
        name
        for name, copy in copies.items()
        if is_local(images[name]["source"]) and not (copy.is_file() and sha256_of(copy) == images[name]["sha256"])
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("results", type=Path, nargs="?", default=Path("results"))
    parser.add_argument("--cores", default="all")
    arguments = parser.parse_args()
    try:
        record = json.loads((arguments.results / "provenance.json").read_text(encoding="utf-8"))
        read_sums(arguments.results / "SHA256SUMS")
    except FileNotFoundError as error:
        print(f"There is no {error.filename}: finish the experiment first (make).", file=sys.stderr)
        return 2
    except ValueError:
        print(f"The record in {arguments.results} is damaged: finish the experiment first (make).", file=sys.stderr)
        return 2
    if lost := lost_copies(record, Path.cwd()):
        print(
            "The secrets in a URL are never recorded, and the downloaded copy has changed or is gone: "
            f"{', '.join(f'data/raw/{name}' for name in lost)}. Run the experiment again first (make).",
            file=sys.stderr,
        )
        return 2
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.json")
        config.write_text(json.dumps(repeatable(record, Path.cwd())))
        command = [sys.executable, "-m", "snakemake", "--snakefile", SNAKEFILE, "--directory", folder]
        command += ["--configfile", config, "--cores", arguments.cores, "--quiet", "all"]
        if subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL).returncode:
            print("The experiment could not be repeated; see above.", file=sys.stderr)
            return 1
        again = json.loads(Path(folder, "results/provenance.json").read_text(encoding="utf-8"))
        verdicts = compare(arguments.results, Path(folder, "results"), record["browser"] == again["browser"])
        how = {path: numbers(arguments.results / path, Path(folder, "results", path)) for path in verdicts["different"]}
    for name in ("python", "browser", "workflow_sha256", *(f"packages.{package}" for package in record["packages"])):
        before, now = (_get(side, name) for side in (record, again))
        if before != now:
            print(f"{name}: was {before or 'none'}, is {now or 'none'}")
    for name, file in record.get("others", {}).items():
        if again["others"].get(_from(Path.cwd(), name)) != file:
            print(f"{name}: has changed since the first run")
    for verdict in ("changed", "missing", "different", "alike"):
        for path in verdicts[verdict]:
            print(f"{verdict}: {path}" + (f" ({how[path]})" if how.get(path) else ""))
    print(", ".join(f"{len(paths)} {verdict}" for verdict, paths in verdicts.items() if paths))
    return int(any(verdicts[verdict] for verdict in ("changed", "missing", "different")))


def _get(record: Any, path: str) -> Any:
    for key in path.split(".", 1):
        record = record.get(key) if isinstance(record, dict) else None
    return record


if __name__ == "__main__":
    os.environ.pop("SNAKEMAKE_PROFILE", None)
    sys.exit(main())
