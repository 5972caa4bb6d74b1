"""Draw an image's colours in RGB space: in their own colours, and in their centroid's for every k."""

import asyncio
import base64
import contextlib
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kaleido
import numpy as np
import psutil

from _browser import BrowserError, find_browser
from _colors import count_colors, hex_codes, load_table, name_k, sample_by_weight
from _job import JobError, is_disk_full, log, run

_FONT = "DejaVu Sans, Verdana, sans-serif"
_EYE = np.array([0.0, 2.0, 0.0])  # the camera's place; the RGB cube spans −0.5 … 0.5
_FIGURES_A_PAGE = 20  # each leaves some megabytes behind in the browser


def figure(
    points: np.ndarray, color: dict[str, Any], markers: np.ndarray, title: str, width: int, height: int
) -> dict[str, Any]:
    """Describe a 3D scatter for plotly: a pixel a point, more for few; black markers; the notebook's camera.

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

    Returns
    -------
    dict
        A figure of plain dicts: going through plotly's classes costs a second of validation.
    """

    def axis(name: str, *ticks: int) -> dict[str, Any]:
        return {
            "title": {"text": name, "font": {"size": 20}},
            "range": [0, 255],
            "tickvals": ticks,
            "tickangle": 0,
            "tickfont": {"size": 13},
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
                "marker": {"size": max(1, 10 - len(points) // 16), "symbol": "square", **color},
            },
            {
                "type": "scatter3d",
                "mode": "markers",
                "x": mx,
                "y": my,
                "z": mz,
                "marker": {"size": 7, "color": "black", "line": {"color": "white", "width": 2}},
            },
        ],
        "layout": {
            "width": width,
            "height": height,
            "title": {"text": title, "x": 0.5, "y": 0.96, "font": {"size": 24}},
            "font": {"family": _FONT, "color": "#222222"},
            "showlegend": False,
            "paper_bgcolor": "white",
            "margin": {"l": 0, "r": 0, "t": 50, "b": 0},
            "scene": {
                # Thirds leave the middle to the titles; two axes share a corner, so one of them is bare.
                "xaxis": axis("R", 0, 85, 170, 255),
                "yaxis": axis("G", 0, 85, 170, 255),
                "zaxis": axis("B", 85, 170, 255),
                "aspectmode": "cube",
                "camera": {"eye": dict(zip("xyz", _EYE.tolist(), strict=True)), "up": {"x": 0, "y": 0, "z": 1}},
            },
        },
    }


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


class _FewPages(kaleido.Kaleido):
    """kaleido without loading its page, four megabytes of plotly.js, anew after every figure."""

    _drawn = 0

    async def _return_kaleido_tab(self, tab: Any) -> None:
        self._drawn += 1
        if self._drawn % _FIGURES_A_PAGE:
            await self.tabs_ready.put(tab)
        else:
            await super()._return_kaleido_tab(tab)


def render(figures: dict[Path, dict[str, Any]], browser: str, timeout: float = 120) -> None:
    """Write figures as PNG, all with one browser; with another one if that dies or hangs.

    Parameters
    ----------
    figures
        Figure per file.
    browser
        Path of the browser.
    timeout
        Seconds that a figure may take, and the browser to start and to end.

    Raises
    ------
    JobError
        If the browser fails twice.
    OSError
        If the disk is full.
    """
    left = dict(figures)
    # Left to itself, kaleido fetches MathJax from the network at every start.
    page = kaleido.PageGenerator(mathjax=False, others=[Path(__file__).with_name("_static.js").as_uri()])

    async def every(alive: Callable[[], None]) -> None:
        async with _FewPages(path=browser, page_generator=page, timeout=timeout) as session:
            for path, figure in list(left.items()):
                alive()
                size = {name: figure["layout"][name] for name in ("width", "height")}
                path.write_bytes(await session.calc_fig(figure, opts={"format": "png", "scale": 1, **size}))
                del left[path]
            alive()

    for last in (False, True):
        try:
            with _nothing_left_behind(timeout) as alive:
                asyncio.run(every(alive))
            return
        except (Exception, asyncio.CancelledError) as error:  # kaleido cancels its tasks when the browser has died
            if is_disk_full(error):
                raise
            fault = f"{type(error).__name__}: {error.args[0] if error.args else ''}".rstrip(": ")
            if last:
                raise JobError(
                    f"the browser {browser} failed to render, twice ({fault}); "
                    "try again, name another browser by BROWSER_PATH, or raise scatter.timeout"
                ) from None
            log.warning("the browser failed (%s); another one is started", fault)


@contextlib.contextmanager
def _nothing_left_behind(timeout: float) -> Iterator[Callable[[], None]]:
    """Give the browser a temporary folder that goes away with it.

    Yields what is to be called whenever the browser has answered: it is ended after `timeout` seconds without.
    """
    with tempfile.TemporaryDirectory(prefix="scatter-", ignore_cleanup_errors=True) as folder:
        answered, over = threading.Event(), False

        def watch() -> None:
            while answered.wait(timeout):
                answered.clear()
                if over:
                    return
            _end_browser(folder)

        # By a thread: kaleido waits in ways that its own timeout can't end for a browser that says nothing.
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        before, tempfile.tempdir = tempfile.tempdir, folder
        try:
            yield answered.set
        finally:
            tempfile.tempdir = before
            over = True
            answered.set()
            watcher.join()
            _end_browser(folder)


def _end_browser(folder: str) -> None:
    """Kill our children, and the browser whose data are in `folder`: it is no child where a wrapper died first."""
    ours = psutil.Process().children(recursive=True)
    for process in psutil.process_iter(["cmdline"]):
        if any(folder in argument for argument in process.info["cmdline"] or ()):
            ours.append(process)
    for process in ours:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(ours, timeout=10)


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
    mean = np.average(table.colors, axis=0, weights=table.counts)[np.newaxis]
    title = f"{image}: {shown}, mean in black"
    figures = {Path(snakemake.output.pixels): figure(points, own_colors(points), mean, title, **size)}
    for k, clusters_path, output in zip(
        snakemake.params.n_clusters, snakemake.input.clusters, snakemake.output.clusters, strict=True
    ):
        with np.load(clusters_path, allow_pickle=False) as clusters:
            palette, labels = clusters["palette"], clusters["labels"][rows]
        figures[Path(output)] = figure(
            points, cluster_colors(labels, palette), palette.astype(float), name_k(k, len(table.colors)), **size
        )
    render(figures, browser, options["timeout"])


if __name__ == "__main__":
    run(main, snakemake)
