"""Draw an image's colours in RGB space: in their own colours, and in their centroid's for every k."""

import base64
import contextlib
import html
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from photopalette.color.table import count_colors, hex_codes, load_table, name_k, sample_by_weight
from photopalette.figures.browser import BrowserError, browser_version, find_browser
from photopalette.figures.titles import fit_title, name_in_figures
from photopalette.kernels.compiled import call
from photopalette.run.cache import FOLDER, Cache
from photopalette.run.job import SCRIPTS, JobError, log, run

_FONT = "DejaVu Sans, Verdana, sans-serif"
_PACKAGES = ("choreographer", "plotly")  # the first starts the browser
_SIZE = (900, 800)  # pixels for which text and markers were chosen
_EYE = np.array([0.0, 2.0, 0.0])  # the camera's place; the RGB cube spans −0.5 … 0.5


def figure(
    points: np.ndarray,
    color: dict[str, Any],
    markers: np.ndarray,
    title: str,
    width: int,
    height: int,
    count: int | None = None,
) -> dict[str, Any]:
    """Describe a 3D scatter for plotly: a dot a point, larger ones for few; black markers; the notebook's camera.

    Text and markers grow with the figure, and markers shrink where there are many.

    Parameters
    ----------
    points : (n, 3) uint8
        Colours to draw.
    color
        Their ``marker`` attributes: :func:`own_colors` or :func:`cluster_colors`.
    markers : (m, 3) float
        Centroids, drawn black.
    title
        Text above the figure.
    width, height
        Pixels.
    count
        How many points there are with those that can't be seen (:func:`in_sight`); by default, all are given.

    Returns
    -------
    dict
        A figure of plain dicts: going through plotly's classes costs a second of validation.
    """

    scale = _scale(width, height)
    # Few titles are wider than 0.62 of their size per character.
    title, font_size = fit_title(title, 0.95 * width, round(24 * scale), round(24 * scale) / 2, 0.62)
    # Sixteen markers are as large as one; 256 cover no more of the picture than those.
    marker = 7 * scale * min(1, math.sqrt(16 / len(markers)))

    def axis(name: str, *ticks: int) -> dict[str, Any]:
        return {
            "title": {"text": name, "font": {"size": max(16, round(20 * scale))}},
            "range": [0, 255],
            "tickvals": ticks,
            "tickangle": 0,
            "tickfont": {"size": round(13 * scale**0.25)},  # larger ones are drawn out of proportion
            "backgroundcolor": "#f4f4f4",
            "gridcolor": "#d0d0d0",
            "showbackground": True,
        }

    x, y, z = (_typed_array(points[:, channel]) for channel in range(3))
    mx, my, mz = _before_the_cloud(markers).T.tolist()
    return {
        "data": [
            # A square is drawn with a quarter of a circle's triangles and looks the same at one pixel.
            {
                "type": "scatter3d",
                "mode": "markers",
                "x": x,
                "y": y,
                "z": z,
                "marker": {"size": _point_size(count or len(points), scale), "symbol": "square", **color},
            },
            {
                "type": "scatter3d",
                "mode": "markers",
                "x": mx,
                "y": my,
                "z": mz,
                "marker": {"size": marker, "color": "black", "line": {"color": "white", "width": 0.3 * marker}},
            },
        ],
        "layout": {
            "width": width,
            "height": height,
            # plotly.js takes what looks like HTML for HTML.
            "title": {"text": html.escape(title, quote=False), "x": 0.5, "y": 0.96, "font": {"size": int(font_size)}},
            "font": {"family": _FONT, "color": "#222222"},
            "showlegend": False,
            "paper_bgcolor": "white",
            "margin": {"l": 0, "r": 0, "t": _title_height(scale), "b": 0},
            "scene": {
                # Thirds leave the middle to the titles. Where axes share a corner, two numbers would collide.
                "xaxis": axis("R", 85, 170, 255),
                "yaxis": axis("G", 0, 85, 170),
                "zaxis": axis("B", 85, 170, 255),
                "aspectmode": "cube",
                "camera": {"eye": dict(zip("xyz", _EYE.tolist(), strict=True)), "up": {"x": 0, "y": 0, "z": 1}},
            },
        },
    }


def _scale(width: int, height: int) -> float:
    """Return by how much text and markers are larger than at the size for which they were chosen."""
    return min(width / _SIZE[0], height / _SIZE[1])


def _point_size(count: int, scale: float) -> float:
    """Return plotly's size of the points' markers."""
    return max(1, scale * max(1, 10 - count // 16))


def _title_height(scale: float) -> int:
    """Return how many pixels lie above the scene."""
    return round(50 * scale)


def in_sight(points: np.ndarray, width: int, height: int) -> np.ndarray:
    """Find the points that others do not hide; without those that are hidden, the picture is the same.

    A nearer point is drawn over those behind it, and of two that are equally near, the later one over the other.

    Parameters
    ----------
    points : (n, 3) uint8
        Colours to draw.
    width, height
        Of the figure, in pixels.

    Returns
    -------
    (m,) int64
        Rows of `points`, in their order.
    """
    scale = _scale(width, height)
    # plotly's camera sees 45° from top to bottom.
    focus = (height - _title_height(scale)) / 2 / math.tan(math.pi / 8)
    x, depth, z = (points / 255 - 0.5 - _EYE).T
    pixels = focus * np.column_stack([x, z]) / depth[:, np.newaxis]
    # A marker of size 1 is a square, somewhat uneven, that reaches 1.5 pixels to each side.
    size = _point_size(len(points), scale)
    inner, outer, cell = 1.45 * size, 1.6 * size, size / 8
    places = (pixels - pixels.min(axis=0) + outer) / cell
    covered = np.zeros(np.ceil(places.max(axis=0) + outer / cell).astype(int)[::-1], np.uint8)
    nearest_first = np.argsort(points[:, 1], kind="stable")[::-1]
    seen = np.zeros(len(points), np.uint8)
    call(
        "photopalette.kernels.sight",
        "sight",
        places=places[nearest_first],
        inner=inner / cell,
        outer=outer / cell,
        covered=covered,
        seen=seen,
    )
    return np.sort(nearest_first[seen == 1])


def _before_the_cloud(markers: np.ndarray) -> np.ndarray:
    """Slide markers, (m, 3) on the 0–255 scale, along their lines of sight to the cube's front face.

    The picture shows them where they are; left inside, the points around would hide them.
    """
    places = markers / 255 - 0.5
    reach = (_EYE[1] - 0.5) / (_EYE[1] - places[:, 1:2])
    return (_EYE + reach * (places - _EYE) + 0.5) * 255


def own_colors(points: np.ndarray) -> dict[str, Any]:
    """Show each point, (n, 3) uint8, in its own colour."""
    return {"color": hex_codes(points)}


def cluster_colors(labels: np.ndarray, palette: np.ndarray) -> dict[str, Any]:
    """Show each point in the colour of its cluster: labels (n,) uint8 into palette (k, 3) uint8.

    The palette goes in as a colour scale of k flat steps, n numbers instead of n strings.
    """
    k = len(palette)
    steps = [[edge / k, code] for step, code in enumerate(hex_codes(palette)) for edge in (step, step + 1)]
    return {"color": _typed_array(labels), "colorscale": steps, "cmin": -0.5, "cmax": k - 0.5, "showscale": False}


def _typed_array(values: np.ndarray) -> dict[str, str]:
    """Encode (n,) uint8 the way plotly.js reads without parsing."""
    return {"dtype": "u1", "bdata": base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")}


def render(figures: dict[Path, dict[str, Any]], browser: str, timeout: float = 120) -> None:
    """Write figures as PNG, all with one browser; with another one if that dies or hangs.

    Parameters
    ----------
    figures
        Figure per file.
    browser
        Path of the browser.
    timeout
        Seconds that a figure may take, the first with the browser's start.

    Raises
    ------
    JobError
        If the browser fails twice.
    OSError
        If the disk is full.
    """
    left = dict(figures)
    for last in (False, True):
        if (fault := _render_once(left, browser, timeout)) is None:
            return
        if last:
            raise JobError(
                f"the browser {browser} failed to render twice ({fault}); "
                "try again, set BROWSER_PATH to another browser, or raise scatter.timeout"
            )
        log.warning("the browser failed (%s); starting another one", fault)


def _render_once(left: dict[Path, dict[str, Any]], browser: str, timeout: float) -> str | None:
    """Take from `left` what one browser draws; say why it did not draw all.

    choreographer and the browser are a process group of their own, and no answer of theirs is waited for: a picture
    that is there is there, and what is not there in time is not going to be.
    """
    # The browser of a snap can't see the system's temporary folder.
    home = Path.home() if "/snap/" in os.path.realpath(browser) else None
    with tempfile.TemporaryDirectory(prefix="scatter-", dir=home, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "figures.json").write_text(json.dumps(list(left.values())))
        command = [sys.executable, str(SCRIPTS / "photopalette/figures/render.py"), name, browser]
        # No pipe but the one that closes with this process: what reads or writes pipes can hang.
        with (folder / "log").open("w") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env={**os.environ, "TMPDIR": name},
                start_new_session=True,
            )
        try:
            for number, path in enumerate(list(left)):
                drawn, deadline = folder / f"{number}.png", time.monotonic() + timeout
                while not drawn.exists():
                    if process.poll() is not None and not drawn.exists():
                        return _last_words(folder)
                    if time.monotonic() > deadline:
                        return f"no figure within {timeout:g} s"
                    time.sleep(0.01)
                path.write_bytes(drawn.read_bytes())
                del left[path]
            return None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stdin.close()
            _remove(folder)


def _last_words(folder: Path) -> str:
    """Say why a browser ended, by its own words if it had any."""
    fault = folder / "fault"
    words = fault.read_text(encoding="utf-8") if fault.exists() else "it was killed"
    log.info("the browser said:\n%s", (folder / "log").read_text(errors="replace")[-2000:])
    return words


def _remove(folder: Path) -> None:
    """Remove a folder in which processes that were just killed may still be writing."""
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        time.sleep(0.02)


def main(snakemake: Any) -> None:
    options, image = snakemake.params.scatter, snakemake.wildcards.image
    try:
        browser = find_browser()
    except BrowserError as error:
        raise JobError(str(error)) from None
    table = load_table(snakemake.input.pixels, index=False)
    rows, _ = sample_by_weight(table.counts, options["max_points"])
    points, size = table.colors[rows], {name: options[name] for name in ("width", "height")}
    shown = count_colors(len(table.colors))
    if len(rows) < len(table.colors):
        shown = f"{len(rows):,} of {shown}"
    seen = in_sight(points, **size)
    rows, points, size["count"] = rows[seen], points[seen], len(points)
    mean = np.average(table.colors, axis=0, weights=table.counts)[np.newaxis]
    name = name_in_figures(snakemake.params.title, image)
    title = f"{name}: {shown}, mean in black"
    figures = {Path(snakemake.output.pixels): figure(points, own_colors(points), mean, title, **size)}
    for k, clusters_path, output in zip(
        snakemake.params.n_clusters, snakemake.input.clusters, snakemake.output.clusters, strict=True
    ):
        with np.load(clusters_path, allow_pickle=False) as clusters:
            palette, labels = clusters["palette"], clusters["palette_labels"][rows]
        figures[Path(output)] = figure(
            points,
            cluster_colors(labels, palette),
            palette.astype(float),
            f"{name}, {name_k(k, len(table.colors))}",
            **size,
        )
    version = browser_version(browser)
    cache = Cache(FOLDER / "scatter" / image, snakemake.params.code, version, packages=_PACKAGES)
    keys = {path: cache.key(json.dumps(described)) for path, described in figures.items()}
    for path, key in keys.items():
        if (content := cache.read(key)) is not None:
            path.write_bytes(content)
            del figures[path]
    log.info("%d of %d figures are unchanged and reused", len(keys) - len(figures), len(keys))
    if figures:
        render(figures, browser, options["timeout"])
    for path in figures:
        cache.write(keys[path], path.read_bytes())
    cache.delete_unused()


if __name__ == "__main__":
    run(main, snakemake)
