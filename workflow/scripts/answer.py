"""Find how many colours meet the target, what each level of quality costs, and show the answer."""

import bisect
import functools
import io
import json
import math
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from photopalette.color.table import ColorTable, find_colors, from_hex_codes, load_table
from photopalette.files.checksum import sha256_of
from photopalette.files.tables import rounded
from photopalette.kmeans.fit import Clusters, fit
from photopalette.kmeans.restarts import restart_statistics
from photopalette.palettes.formats import palette_files
from photopalette.palettes.palette import tabulate_palette, write_palette
from photopalette.pictures.indexed import palette_and_indices, rebuild, small_png
from photopalette.quality.losses import lost
from photopalette.quality.metrics import SEEN, Reference, score_picture
from photopalette.quality.targets import LEVELS, excess, level_score, meets
from photopalette.run.cache import FOLDER, Cache
from photopalette.run.job import log, run
from photopalette.run.packages import KERNELS, PNG, SKLEARN

_PACKAGES = ("numpy", *KERNELS, *PNG)
_EVERY = 32  # up to here every k is a rung; beyond, six rungs double it
_MOST = 256  # entries of an indexed PNG's palette; a cut-out needs one for its transparent pixels
# Above 12 colours, few restarts are enough to estimate the scores of a rung to a percent. The answer itself and the
# rung below it are evaluated with all restarts, and so are the cheap rungs of the price list.
_CHEAP, _RESTARTS_TIMES_K = 12, 32
# Pixels above which scores that take long are not computed of every rung, and colours above which no fit is remembered.
_LARGE = 1 << 20
_NEAR = 2  # factor by which a rung may miss the target for others to be tried that the search has passed over
_FALLING = ("delta_e_mean", "delta_e_p95", *SEEN)  # scores that are approximately a power of k


def rungs(colors: int, most: int = _MOST, least: int = 1) -> list[int]:
    """List the k that may be the answer: every k up to 32, then in steps of about an eighth up to the largest possible.

    Between larger k the difference can't be seen.

    Parameters
    ----------
    colors
        Distinct colours of the image, and others to be kept. With as many, the picture is exact, so this is the last
        rung.
    most
        Colours that the picture may have: 256, or 255 in a cut-out.
    least
        Colours that it must have: those that are kept.
    """
    last = min(colors, most)
    steps = (round(_EVERY * 2 ** (step / 6)) for step in range(1, 19))
    return [k for k in (*range(1, _EVERY + 1), *steps) if least <= k < last] + [last]


def find_lowest(
    k: Sequence[int], met: Callable[[int], bool], score: Callable[[int], float] | None = None
) -> int | None:
    """Find a rung that meets a condition while the rung below does not, by doubling and then by bisection.

    Parameters
    ----------
    k : (n,) int
        The rungs, rising.
    met
        Tells whether a k meets the condition.
    score
        Score of a k over its bound, at most 1 where the condition is met. A power law through the scores at both ends
        of the interval then says where to divide it, which takes half as many steps as bisection.

    Returns
    -------
    int or None
        Place of the rung; None if the last one does not meet the condition.
    """
    low, high = -1, 0
    while not met(k[high]):
        if high == len(k) - 1:
            return None
        low, wanted = high, 2 * k[high]
        high = next((place for place in range(high + 1, len(k)) if k[place] >= wanted), len(k) - 1)
    while high - low > 1:
        middle = (low + high) // 2
        if score and low >= 0 and (above := score(k[low])) > (below := score(k[high])) > 0:
            crossing = k[low] * (k[high] / k[low]) ** (math.log(above) / math.log(above / below))
            middle = min(max(bisect.bisect_left(k, crossing), low + 1), high - 1)
        low, high = (low, middle) if met(k[middle]) else (middle, high)
    return high


class Trials:
    """Pictures of an image in k colours and their scores, each computed once.

    Parameters
    ----------
    table
        The image's colour table.
    kmeans, reconstruct, viewing
        The image's settings; with those of K-means, those of palettes.
    target
        What is asked for, see :data:`photopalette.quality.targets.TARGETS`.
    cache
        The scores and the files of stops that earlier runs found.
    """

    def __init__(
        self,
        table: ColorTable,
        kmeans: Mapping[str, Any],
        reconstruct: Mapping[str, Any],
        target: Mapping[str, float],
        cache: Cache,
        viewing: float = 60,
    ):
        self.table, self.kmeans, self.reconstruct = table, kmeans, reconstruct
        self.target, self.cache = target, cache
        self.reference = Reference(table, viewing)
        kept = from_hex_codes(kmeans.get("keep", ()))
        colors = len(table.colors) + int((~find_colors(table, kept)).sum())
        self.rungs = rungs(colors, _MOST if table.mask is None else _MOST - 1, len(kept))
        wanted, large = {*target, level_score(reconstruct["dither"])}, len(table.index) > _LARGE
        self.costly = [name for names in (["png_bytes"], SEEN) if large and not wanted & {*names} for name in names]
        self.rows: dict[int, dict[str, Any]] = {}
        self.pictures: dict[tuple[int, int], tuple[Clusters, Image.Image]] = {}
        # Without pictures, and those as files, of tables that leave room for them.
        self.fits: dict[tuple[int, int], Clusters] = {}
        self.files: dict[tuple[int, int], bytes] = {}
        self.evaluated: set[int] = set()

    def estimate(self, k: int) -> dict[str, Any]:
        """Estimate the scores of k colours with few restarts."""
        if k <= _CHEAP:
            return self.evaluate(k)
        if k not in self.rows:
            n_init = min(self.kmeans["n_init"], max(1, _RESTARTS_TIMES_K // k))
            self.rows[k] = self._score(k, n_init, self.costly)
        return self.rows[k]

    def evaluate(self, k: int) -> dict[str, Any]:
        """Compute the scores of k colours with all restarts, as for every palette of the study."""
        if k not in self.evaluated:
            self.evaluated.add(k)
            self.rows[k] = self._score(k, self.kmeans["n_init"], [name for name in self.costly if name in SEEN])
        return self.rows[k]

    def complete(self, k: int) -> None:
        """Compute all scores of k colours, be the image large."""
        self.evaluated.add(k)
        self.rows[k] = self._score(k, self.kmeans["n_init"], [])

    def picture(self, k: int, n_init: int | None = None) -> tuple[Clusters, Image.Image]:
        """Make the picture in k colours, with all restarts by default; the last two pictures are remembered."""
        key = k, n_init or self.kmeans["n_init"]
        if key not in self.pictures:
            clusters = self.fits.get(key) or fit(self.table, k, **{**self.kmeans, "n_init": key[1]})
            if len(self.table.colors) <= _LARGE:
                self.fits[key] = clusters
            image = rebuild(self.table, clusters.palette, clusters.palette_labels, **self.reconstruct)
            self.pictures = {**dict([*self.pictures.items()][-1:]), key: (clusters, image)}
        return self.pictures[key]

    def png(self, k: int, n_init: int | None = None) -> bytes:
        """Encode the picture in k colours, see :meth:`picture`; it is compressed only once."""
        key = k, n_init or self.kmeans["n_init"]
        if key in self.files:
            return self.files[key]
        content = small_png(self.picture(*key)[1])
        if len(self.table.index) <= _LARGE:
            self.files[key] = content
        return content

    def lowest(self, target: Mapping[str, float]) -> int | None:
        """Find the lowest rung that meets a target while the rung below does not; up to 32, the lowest of all."""
        (name, value), *_ = target.items()
        score = (lambda k: self.estimate(k)[name] / value) if len(target) == 1 and name in _FALLING else None
        place = find_lowest(self.rungs, lambda k: meets(self.estimate(k), target), score)
        # With all restarts a rung may meet a target that it missed with few, or the other way round.
        while place is not None:
            if not meets(self.evaluate(self.rungs[place]), target):
                place = place + 1 if place + 1 < len(self.rungs) else None
            elif target != self.target and self.rungs[place] > _EVERY:
                return self.rungs[place]
            elif place and meets(self.evaluate(self.rungs[place - 1]), target):
                place -= 1
            elif target == self.target and self.rungs[place] <= _EVERY:
                # Scores need not fall from k to k: a lower rung may meet what those between do not.
                return next(k for k in self.rungs if meets(self.evaluate(k), target))
            else:
                return self.rungs[place]
        self.evaluate(self.rungs[-1])
        # Scores need not change evenly, and more colours take more bytes: a rung that meets the target may lie between
        # two steps of the search, unless all of them are far from it.
        if min(excess(row, target) for row in self.rows.values()) < _NEAR:
            return next((k for k in self.rungs if meets(self.evaluate(k), target)), None)
        return None

    def most_within(self, limit: int) -> int:
        """Find the most colours whose picture has no more bytes than a limit; 1 if all have more."""
        target = {"png_bytes": limit}
        find_lowest(self.rungs, lambda k: not meets(self.estimate(k), target))
        within = sorted(k for k, row in self.rows.items() if meets(row, target))
        while within and not meets(self.evaluate(within[-1]), target):
            within.pop()
        return within[-1] if within else self.rungs[0]

    def _score(self, k: int, n_init: int, without: Sequence[str]) -> dict[str, Any]:
        def make() -> bytes:
            clusters, image = self.picture(k, n_init)
            scores = score_picture(self.reference, *palette_and_indices(image), without)
            if not scores["mse"]:
                scores["ssim"] = 1.0  # of an exact picture, be it too small for SSIM's window
            scores["png_bytes"] = None if "png_bytes" in without else len(self.png(k, n_init))
            restarts = restart_statistics([(kind, inertia) for _, _, kind, inertia, _ in clusters.restarts])
            return json.dumps({"k": k, **rounded({"inertia": clusters.inertia, **restarts, **scores})}).encode()

        return json.loads(self.cache.get(make, k, n_init, *without))


def answer(trials: Trials, target: Mapping[str, float]) -> dict[str, Any]:
    """Answer how many colours an image needs.

    Parameters
    ----------
    trials
        Those of the image.
    target
        Bounds of scores.

    Returns
    -------
    dict
        ``asked``, the target; ``k``, a rung that meets it while the one below does not, up to 32 the lowest, or, if
        none is found, the last rung, or the highest within a limit on the bytes; ``meets``, which of the two it is;
        ``most``, the largest possible palette; ``lost``, see :func:`photopalette.quality.losses.lost`; ``prices``, for
        each of LEVELS and the target what is ``asked``, its ``meaning``, and ``k``, None if no palette was found;
        ``stops``, the k to show: the answer and those of the price list, with the largest where no palette was found;
        ``rungs``; and ``tried``, the scores of every k that was tried (``psnr`` is None where it is infinite, as JSON
        has no infinity; those that take long are None in trials of a large image).
    """
    score = level_score(trials.reconstruct["dither"])
    asked = [{score: level} for level in LEVELS]
    prices = [
        {"asked": wanted, "meaning": LEVELS.get(wanted.get(score)) if len(wanted) == 1 else None}
        for wanted in (*asked, *([target] if target not in asked else []))
    ]
    for price in prices:
        price["k"] = trials.lowest(price["asked"])
    found = next(price["k"] for price in prices if price["asked"] == target)
    k = trials.rungs[-1] if found is None else found
    if found is None and "png_bytes" in target:
        k = trials.most_within(target["png_bytes"])
    _, image = trials.picture(k)
    stops = sorted({k, *(price["k"] or trials.rungs[-1] for price in prices)})
    for stop in stops:
        trials.evaluate(stop)
    trials.complete(k)
    return {
        "asked": target,
        "k": k,
        "meets": found is not None,
        "most": trials.rungs[-1],
        "lost": lost(trials.reference, *palette_and_indices(image), seen=trials.reconstruct["dither"] != "none"),
        "prices": prices,
        "stops": stops,
        "rungs": trials.rungs,
        "tried": [{**row, "psnr": row["psnr"] if row["mse"] else None} for _, row in sorted(trials.rows.items())],
    }


def write_stops(path: str | Path, trials: Trials, stops: Sequence[int], image: str) -> None:
    """Write a ZIP archive of what a study has of each k: ``k{k}/`` clusters.npz, reconstructed.png and the palette."""
    with zipfile.ZipFile(path, "w") as archive:
        for k in stops:
            kept = trials.cache.get(functools.partial(stop, trials, k, image), "stop", image, k)
            with zipfile.ZipFile(io.BytesIO(kept)) as files:
                for name in files.namelist():
                    # ZipInfo without a time, so that the same files give the same archive.
                    archive.writestr(zipfile.ZipInfo(f"k{k}/{name}"), files.read(name))


def stop(trials: Trials, k: int, image: str) -> bytes:
    """Make a ZIP archive of what a study has of one k."""
    clusters, _ = trials.picture(k)
    arrays = clusters.arrays()
    np.savez(fits := io.BytesIO(), **arrays)
    files = {"clusters.npz": fits.getvalue(), "reconstructed.png": trials.png(k)}
    palette = palette_files(tabulate_palette(arrays), image)
    files |= {f"palette.{suffix}": content for suffix, content in palette.items()}
    with zipfile.ZipFile(packed := io.BytesIO(), "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def main(snakemake: Any) -> None:
    params, output, image = snakemake.params, snakemake.output, snakemake.wildcards.image
    pixels = sha256_of(snakemake.input.pixels)
    kmeans = {**params.kmeans, **params.palette}
    settings = json.dumps([kmeans, params.reconstruct, params.viewing])
    packages = (*_PACKAGES, *SKLEARN) if kmeans["refine"] == "none" else _PACKAGES
    table, target = load_table(snakemake.input.pixels), params.target
    cache = Cache(FOLDER / "answer" / image, params.code, pixels, settings, packages=packages)
    trials = Trials(table, kmeans, params.reconstruct, target, cache, params.viewing)
    found = answer(trials, target)
    log.info("tried k = %s", ", ".join(map(str, sorted(trials.rows))))
    Path(output.search).write_text(json.dumps(found, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    write_stops(output.stops, trials, found["stops"], image)
    cache.delete_unused()
    with zipfile.ZipFile(output.stops) as archive:
        Path(output.reconstructed).write_bytes(archive.read(f"k{found['k']}/reconstructed.png"))
    clusters, _ = trials.picture(found["k"])
    write_palette(Path(output.search).parent, tabulate_palette(clusters.arrays()), image)


if __name__ == "__main__":
    run(main, snakemake)
