"""Figures are what the notebook drew; the browser renders them alike every time."""

import base64
import io
import json
import shlex
import signal
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import plotly
import psutil
import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from photopalette.color.spaces import to_srgb
from photopalette.color.table import save_table
from photopalette.figures.browser import find_browser
from photopalette.kmeans.fit import fit
from photopalette.run.job import JobError
from project import has_ended, listening, wait_until
from scatter import cluster_colors, figure, in_sight, main, own_colors, render
from settings import SEARCH

SIZE = {"width": 300, "height": 260}


@pytest.fixture(scope="module")
def figures(coffee_table):
    clusters = fit(coffee_table, 3, "colors", **SEARCH)
    palette = to_srgb(clusters.centroids, "rgb")
    return [
        figure(coffee_table.colors, own_colors(coffee_table.colors), clusters.centroids[:1], "own", **SIZE),
        figure(coffee_table.colors, cluster_colors(clusters.labels, palette), clusters.centroids, "k = 3", **SIZE),
    ]


def unpacked(typed_array):
    return np.frombuffer(base64.b64decode(typed_array["bdata"]), np.uint8)


def test_points_axes_and_camera(figures, coffee_table):
    points, centroids = figures[1]["data"]
    for axis, channel in zip("xyz", coffee_table.colors.T, strict=True):
        assert (unpacked(points[axis]) == channel).all()
    assert points["marker"]["size"] == 1
    assert centroids["marker"]["color"] == "black"
    layout = figures[1]["layout"]
    assert layout["title"]["text"] == "k = 3"
    assert layout["showlegend"] is False
    assert layout["scene"]["camera"] == {"eye": {"x": 0, "y": 2, "z": 0}, "up": {"x": 0, "y": 0, "z": 1}}
    for axis, name in zip("xyz", "RGB", strict=True):
        assert layout["scene"][f"{axis}axis"]["title"]["text"] == name
        assert layout["scene"][f"{axis}axis"]["range"] == [0, 255]


@pytest.mark.parametrize("k", [1, 2, 7, 256])
def test_every_label_is_in_the_middle_of_its_colour(k):
    palette = np.random.default_rng(0).integers(0, 256, (k, 3), np.uint8)
    labels = np.arange(k, dtype=np.uint8)
    color = cluster_colors(labels, palette)
    assert (unpacked(color["color"]) == labels).all()
    assert not color["showscale"], "a bar of numbers would say nothing"
    ends, codes = zip(*color["colorscale"], strict=True)
    assert (ends[0], ends[-1]) == (0, 1)
    for label in labels.tolist():
        assert codes[2 * label] == codes[2 * label + 1] == f"#{bytes(palette[label]).hex()}"
        middle = (label - color["cmin"]) / (color["cmax"] - color["cmin"])
        assert middle == pytest.approx((ends[2 * label] + ends[2 * label + 1]) / 2)


def test_few_points_are_drawn_to_be_seen():
    sizes = []
    for count in (1, 5, 100, 144, 5000):
        points = np.zeros((count, 3), np.uint8)
        shown = figure(points, own_colors(points), points[:1], "", width=900, height=800)
        sizes.append(shown["data"][0]["marker"]["size"])
    assert sizes == [10, 10, 4, 1, 1]


def test_many_centroids_cover_no_more_than_a_few():
    points = np.zeros((5000, 3), np.uint8)

    def markers(count, width=900, height=800):
        shown = figure(points, own_colors(points), np.zeros((count, 3)), "", width=width, height=height)
        return shown["data"][1]["marker"]

    assert [markers(count)["size"] for count in (1, 16, 64, 256)] == [7, 7, 3.5, 1.75]
    assert markers(256)["line"]["width"] < 1
    assert markers(4, 1800, 1600)["size"] == 14, "they grow with the figure"


@pytest.mark.parametrize("title", ["coffee, k = 7", "IMG_2024-" * 11 + "x, k = 256"])
@pytest.mark.parametrize("width", [300, 900, 1200])
def test_titles_fit_and_keep_both_ends(title, width):
    points = np.zeros((1, 3), np.uint8)
    shown = figure(points, own_colors(points), points, title, width=width, height=width * 8 // 9)["layout"]["title"]
    text, size = shown["text"], shown["font"]["size"]
    assert len(text) * 0.62 * size <= width
    assert text.startswith(title[:5])
    assert text.endswith(title[-9:])
    assert size >= 12 * width // 900 - 1, "half of what it is where there is room"


def test_centroids_lie_on_their_lines_of_sight(figures, coffee_table):
    clusters = fit(coffee_table, 3, "colors", **SEARCH)
    marker = figures[1]["data"][1]
    drawn = np.column_stack([marker[axis] for axis in "xyz"]) / 255 - 0.5
    true = clusters.centroids / 255 - 0.5
    # Seen from (0, 2, 0) along y, a place in the picture is (x, z) / (2 − y).
    for axis in (0, 2):
        assert drawn[:, axis] / (2 - drawn[:, 1]) == pytest.approx(true[:, axis] / (2 - true[:, 1]))
    assert drawn[:, 1] == pytest.approx([0.5] * 3)


def test_only_what_others_cover_is_out_of_sight():
    """Where lines of sight through a square meet no nearer one, its point is in sight."""
    rng = np.random.default_rng(0)
    points = rng.integers(110, 130, (3000, 3), np.uint8)
    seen = in_sight(points, 900, 800)
    assert (np.diff(seen) > 0).all()
    depth = 2 - (points[:, 1] / 255 - 0.5)
    # The scene is 750 pixels high, of which the camera sees 45°.
    pixels = (points[:, [0, 2]] / 255 - 0.5) / depth[:, None] * 375 / np.tan(np.radians(22.5))
    rays = np.stack(np.meshgrid(*[np.linspace(-1.55, 1.55, 14)] * 2), axis=-1).reshape(-1, 2)
    rows = np.arange(len(points))
    for row in np.setdiff1d(rows, seen):
        nearer = (points[:, 1] > points[row, 1]) | ((points[:, 1] == points[row, 1]) & (rows > row))
        reach = np.abs(pixels[row] + rays[:, None] - pixels[nearer]).max(axis=2)
        assert (reach <= 1.5).any(axis=1).all()
    assert 0.1 * len(points) < len(seen) < 0.6 * len(points), "many are covered"


def test_a_nearer_or_later_point_is_before_others():
    corners = [[127 + r, 200, 127 + b] for r in (-2, 2) for b in (-2, 2)]
    for among, seen in (
        ([[127, 199, 127], *corners], [1, 2, 3, 4]),
        ([*corners, [127, 199, 127]], [0, 1, 2, 3]),
        ([[127, 200, 127], *corners], [1, 2, 3, 4]),
        ([*corners, [127, 200, 127]], [0, 1, 2, 3, 4]),
        ([[127, 201, 127], *corners], [0, 1, 2, 3, 4]),
    ):
        assert in_sight(np.array(among, np.uint8), 900, 800).tolist() == seen


def test_the_picture_is_the_same_without_what_is_out_of_sight(coffee_table, figures, rendered, tmp_path):
    colors = coffee_table.colors
    seen = in_sight(colors, **SIZE)
    assert len(seen) < 0.9 * len(colors)
    markers = np.column_stack([figures[0]["data"][1][axis] for axis in "xyz"])
    described = figure(colors[seen], own_colors(colors[seen]), markers, "own", **SIZE, count=len(colors))
    described["data"][1] = figures[0]["data"][1]
    render({tmp_path / "seen.png": described}, find_browser())
    assert (tmp_path / "seen.png").read_bytes() == rendered[0].read_bytes()


def test_figures_show_the_image_and_each_k_and_are_drawn_only_once(coffee_table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_table("pixels.npz", coffee_table)
    rng = np.random.default_rng(0)
    clusters = {
        k: (rng.integers(0, 256, (k, 3), np.uint8), rng.integers(0, k, len(coffee_table.colors))) for k in (2, 3)
    }
    for k, (palette, labels) in clusters.items():
        np.savez(f"{k}.npz", palette=palette, palette_labels=labels.astype(np.uint8))
    job = SimpleNamespace(
        wildcards=SimpleNamespace(image="photo"),
        input=SimpleNamespace(pixels="pixels.npz", clusters=["2.npz", "3.npz"]),
        output=SimpleNamespace(pixels="own.png", clusters=["2.png", "3.png"]),
        params=SimpleNamespace(
            code="a", title="photo", n_clusters=[2, 3], scatter=SIZE | {"max_points": 10**6, "timeout": 60}
        ),
    )
    drawn = []

    def draw(figures, browser, timeout):
        drawn.extend(map(str, figures))
        for path, described in figures.items():
            path.write_text(json.dumps(described))

    monkeypatch.setattr("scatter.find_browser", lambda: "browser")
    monkeypatch.setattr("scatter.browser_version", lambda path: f"{path} 1.0")
    monkeypatch.setattr("scatter.render", draw)
    main(job)
    main(job)
    assert drawn == ["own.png", "2.png", "3.png"]
    shown = {name: json.loads(Path(f"{name}.png").read_text()) for name in ("own", "2", "3")}
    colors, mean = coffee_table.colors, np.average(coffee_table.colors, axis=0, weights=coffee_table.counts)
    seen = in_sight(colors, **SIZE)
    for described in shown.values():
        points = [unpacked(described["data"][0][axis]) for axis in "xyz"]
        assert (np.stack(points, axis=1) == colors[seen]).all()
    title, sizes = f"photo: {len(colors):,} colours, mean in black", {**SIZE, "count": len(colors)}
    own = figure(colors[seen], own_colors(colors[seen]), mean[None], title, **sizes)
    assert shown["own"] == json.loads(json.dumps(own))
    for k, (_, labels) in clusters.items():
        assert shown[str(k)]["layout"]["title"]["text"] == f"photo, k = {k}"
        assert (unpacked(shown[str(k)]["data"][0]["marker"]["color"]) == labels[seen]).all()
        assert len(shown[str(k)]["data"][1]["x"]) == k
    # A sample is said to be one; and a figure that has changed is drawn anew, alone, in place of the one before.
    palette, labels = clusters[3]
    np.savez("3.npz", palette=255 - palette, palette_labels=labels.astype(np.uint8))
    main(job)
    assert drawn[3:] == ["3.png"]
    assert len(list(Path(".snakemake/kept/scatter/photo").iterdir())) == 3
    job.params.scatter |= {"max_points": 100}
    main(job)
    assert len(drawn) == 7
    title = json.loads(Path("own.png").read_text())["layout"]["title"]["text"]
    assert title.endswith(f" of {len(colors):,} colours, mean in black")


@pytest.fixture(scope="module")
def rendered(figures, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rendered")
    paths = [folder / "own.png", folder / "k3.png"]
    render(dict(zip(paths, figures, strict=True)), find_browser())
    return paths


def test_picture_shows_the_points_in_their_colours(rendered, coffee_table):
    pixels = np.asarray(Image.open(rendered[1]).convert("RGB")).reshape(-1, 3)
    assert Image.open(rendered[1]).size == (300, 260)
    clusters = fit(coffee_table, 3, "colors", **SEARCH)
    for color in to_srgb(clusters.centroids, "rgb"):
        assert (np.abs(pixels.astype(int) - color).max(axis=1) <= 2).sum() > 50
    assert (pixels == 0).all(axis=1).sum() > 50, "black markers"


def test_labels_are_drawn(rendered):
    title = np.asarray(Image.open(rendered[0]).convert("L"))[:40]
    assert (title < 100).sum() > 30, "without a font the browser draws no text"


def test_the_picture_is_the_one_that_plotly_exports(figures, rendered):
    """plotly.js alone, in a page of its own, exports the same, but for the clock, by which its camera rounds.

    An export divides colours by their opacity, and multiplies them with it again: where an edge is smoothed over a
    transparent ground, a channel may come out one level apart.
    """
    plotly_js = Path(plotly.__file__).parent / "package_data/plotly.min.js"
    to_image = "figure => Plotly.toImage({...figure, config: {plotGlPixelRatio: 1}}, {...figure.layout, format: 'png'})"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser())
        page = browser.new_page()
        page.add_script_tag(path=plotly_js)
        page.evaluate("performance.now = () => 0")
        for figure, path in zip(figures, rendered, strict=True):
            exported = io.BytesIO(base64.b64decode(page.evaluate(to_image, figure).partition(",")[2]))
            theirs, ours = (np.asarray(Image.open(file).convert("RGB")).astype(int) for file in (exported, path))
            differences = np.abs(theirs - ours)
            assert differences.max() <= 1
            assert differences.any(axis=2).mean() < 0.001
        browser.close()


def test_a_browser_without_webgl_draws_no_empty_picture(figures, tmp_path):
    browser = stand_in(tmp_path, f'exec {shlex.quote(find_browser())} "$@" --disable-3d-apis')
    with pytest.raises(JobError, match="WebGL"):
        render({tmp_path / "own.png": figures[0]}, browser)
    assert not (tmp_path / "own.png").exists()


def test_figures_before_it_in_the_same_page_change_no_byte(figures, rendered, tmp_path):
    again = [tmp_path / path.name for path in reversed(rendered)]
    render(dict(zip(again, reversed(figures), strict=True)), find_browser())
    assert [path.read_bytes() for path in reversed(again)] == [path.read_bytes() for path in rendered]


def test_a_full_disk_is_not_blamed_on_the_browser(figures):
    with pytest.raises(OSError, match="No space left on device"):
        render({Path("/dev/full"): figures[0]}, find_browser())


# What browsers in trouble do, none of which ever draws.
TROUBLE = {
    "exits at once": "exit 1",
    "reads nothing": "sleep 1000",
    "answers nothing": "cat <&3 >/dev/null",
    "closes its pipes": "exec 3<&- 4>&-; sleep 1000",
    "ends its input alone": "exec 3<&-; sleep 1000 & wait",
    "talks nonsense": "while echo nonsense >&4; do sleep 0.01; done",
}


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A folder for temporary files, in which nothing is left behind, and no process of a browser either."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    ours = [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(tmp_path) in argument for argument in process.info["cmdline"] or ())
    ]
    wait_until(lambda: all(has_ended(process.pid) for process in ours))
    assert list(folder.iterdir()) == []


def stand_in(folder, script):
    """Write a program that takes a browser's place."""
    browser = folder / "browser"
    browser.write_text(f"#!/bin/sh\n{script}\n")
    browser.chmod(0o755)
    return str(browser)


def test_a_render_ends_though_the_browser_never_draws(figures, tmp_path, temporary):
    """Many at a time, so that all are busy."""

    def attempt(trouble, number):
        folder = tmp_path / f"{trouble} {number}"
        folder.mkdir()
        with pytest.raises(JobError, match="failed to render twice"):
            render({folder / "own.png": figures[0]}, stand_in(folder, TROUBLE[trouble]), timeout=2)
        return list(folder.glob("*.png"))

    with ThreadPoolExecutor(2 * len(TROUBLE)) as pool:
        attempts = [pool.submit(attempt, trouble, number) for trouble in TROUBLE for number in range(2)]
    assert [future.result() for future in attempts] == [[]] * len(attempts)


# What befalls a browser while it draws: a signal, and whether only the process that was started gets it.
FAULTS = {
    "dies": (signal.SIGKILL, False),
    "leaves its children behind": (signal.SIGKILL, True),
    "hangs": (signal.SIGSTOP, False),
}


@pytest.fixture
def trouble(tmp_path, temporary, monkeypatch):
    """A server that a page asks before it draws a certain figure. This befalls the browser then, `times` times.

    Where it hangs, an hour goes by: how long a figure takes decides nothing.
    """
    passed, over = [], threading.Event()
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + 3600 * len(passed), sleep=time.sleep)
    monkeypatch.setattr("scatter.time", clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if not self.server.times:
                self.send_error(404)
                return
            self.server.times -= 1
            browser = psutil.Process(int((tmp_path / "pid").read_text()))
            # A wrapper such as Debian's is a process of its own, so its children are meant, too.
            children = [] if self.server.alone else browser.children(recursive=True)
            for process in [browser, *children]:
                process.send_signal(self.server.signal)
            if self.server.signal == signal.SIGSTOP:
                passed.append("an hour")
            over.wait()

    with listening(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield server
        over.set()


@pytest.mark.parametrize(
    ("fault", "times"), [("dies", 1), ("hangs", 1), ("dies", 2), ("hangs", 2), ("leaves its children behind", 2)]
)
def test_a_browser_in_trouble_is_replaced_once(figures, rendered, tmp_path, trouble, caplog, fault, times):
    """The pictures that were drawn are kept."""
    (trouble.signal, trouble.alone), trouble.times = FAULTS[fault], times
    paths = [tmp_path / name for name in ("own.png", "asks.png", "k3.png")]
    described = dict(zip(paths, (figures[0], {**figures[0], "asks": True}, figures[1]), strict=True))
    asks = f"""<script>
    const drawAlone = window.draw;
    window.draw = async (figure) => {{
        if (figure.asks) await fetch("http://127.0.0.1:{trouble.server_port}/");
        await drawAlone(figure);
    }};
    </script>"""
    pid, real = shlex.quote(str(tmp_path / "pid")), shlex.quote(find_browser())
    browser = stand_in(tmp_path, f'echo $$ > {pid}; echo {shlex.quote(asks)} >> "$TMPDIR/index.html"; exec {real} "$@"')
    if times == 1:
        render(described, browser, timeout=600)
        assert caplog.text.count("starting another one") == 1
        assert Image.open(paths[1]).size == (300, 260)
        assert paths[2].read_bytes() == rendered[1].read_bytes()
    else:
        with pytest.raises(JobError, match="failed to render twice") as error:
            render(described, browser, timeout=600)
        assert ("no figure within 600 s" in str(error.value)) == (fault == "hangs")
        assert not paths[1].exists()
    assert paths[0].read_bytes() == rendered[0].read_bytes()
