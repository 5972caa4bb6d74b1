"""Other quantizers are measured and drawn as ours is; given palettes take their place beside them."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from compare import apply_palette, compact, measure, rate_distortion, read_palettes, subsample
from flatten import flatten
from photopalette.color.spaces import to_space
from photopalette.palettes.quantizers import QUANTIZERS, Quantized
from photopalette.pictures.dithering import diffuse
from photopalette.quality.metrics import Reference


def test_exact_copies_are_left_out_of_the_figure_and_it_says_so():
    def texts(*psnrs):
        rows = [
            {
                "method": "ours",
                "k": k,
                "psnr": psnr,
                "delta_e_mean": 0.0 if np.isinf(psnr) else 9 - k,
                "png_bytes": 90 + k,
            }
            for k, psnr in enumerate(psnrs, start=2)
        ]
        axes = rate_distortion(rows, "photo").axes
        return [[text.get_text() for text in one.texts] for one in axes], [
            len(one.lines[0].get_xdata()) for one in axes
        ]

    assert texts(20.0, 30.0) == ([[], [], []], [2, 2, 2])
    assert texts(20.0, np.inf) == ([["without exact copies"]] * 2 + [[]], [1, 1, 2])
    assert texts(np.inf, np.inf) == ([["exact copies only"]] * 2 + [[]], [0, 0, 2])


def test_palettes_are_compared_without_duplicate_or_unused_colours():
    palette = np.array([[9, 9, 9], [1, 1, 1], [9, 9, 9], [5, 5, 5], [7, 7, 7]], np.uint8)
    indices = np.array([0, 2, 1, 1, 1, 1, 4], np.uint8)
    compacted = compact(Quantized(palette, indices))
    assert compacted.palette.tolist() == [[1, 1, 1], [9, 9, 9], [7, 7, 7]]
    assert (compacted.palette[compacted.indices] == palette[indices]).all()


def test_large_images_are_sampled_evenly(monkeypatch):
    pixels = np.arange(12 * 18).reshape(12, 18)
    assert (subsample(pixels) == pixels).all()
    monkeypatch.setattr("compare._MAX_PIXELS", 30)
    assert (subsample(pixels) == pixels[::3, ::3]).all()
    # Few pixels that count need not be fewer; of many, one at least is taken.
    assert (subsample(pixels, pixels == 40) == pixels).all()
    assert (subsample(pixels, pixels % 18 % 3 == 1) == pixels[::2, 1::2]).all()


def test_each_method_has_a_line_and_ours_is_on_top():
    rows = [
        {"method": method, "k": k, "psnr": 20 + k, "delta_e_mean": 10 / k, "png_bytes": 1000 * k}
        for method in ("ours", "octree", "wu")
        for k in (2, 4)
    ]
    figure = rate_distortion(rows, "photo")
    columns = (("png_bytes", "psnr"), ("png_bytes", "delta_e_mean"), ("k", "png_bytes"))
    for axes, (x, y) in zip(figure.axes, columns, strict=True):
        lines = {line.get_label(): line for line in axes.get_lines()}
        assert set(lines) == {"ours", "octree", "wu"}
        assert lines["ours"].get_xydata().tolist() == [[row[x], row[y]] for row in rows[:2]]
        assert lines["ours"].zorder > max(lines[name].zorder for name in ("octree", "wu"))


def test_no_line_of_quality_against_bytes_turns_back():
    """More colours may take fewer bytes, or be worse; every point is drawn all the same."""
    measured = [(900, 20.0, 9.0), (1500, 24.0, 6.0), (1200, 25.0, 5.0), (1300, 22.0, 7.0), (1200, 25.0, 5.0)]
    rows = [
        {"method": "ours", "k": k, "psnr": psnr, "delta_e_mean": difference, "png_bytes": size}
        for k, (size, psnr, difference) in enumerate(measured, start=2)
    ]
    for axes, column in zip(rate_distortion(rows, "photo").axes, ("psnr", "delta_e_mean"), strict=False):
        line, others = axes.get_lines()
        assert line.get_xydata().tolist() == [[row["png_bytes"], row[column]] for row in (rows[0], rows[2])]
        assert others.get_linestyle() == "None"
        drawn = {tuple(point) for one in (line, others) for point in one.get_xydata().tolist()}
        assert drawn == {(row["png_bytes"], row[column]) for row in rows}


def test_a_single_k_and_uneven_lists_have_fitting_axes():
    def last_axis(n_clusters):
        rows = [
            {"method": method, "k": k, "psnr": 20 + k, "delta_e_mean": 10 / k, "png_bytes": 1000 * k}
            for method in ("ours", "wu")
            for k in n_clusters
        ]
        return rate_distortion(rows, "photo").axes[2]

    axes = last_axis([4, 16, 64, 256])
    assert (axes.get_xscale(), axes.get_xticks().tolist()) == ("log", [4, 16, 64, 256])
    assert last_axis([2, 3, 4]).get_xscale() == "linear"
    one = last_axis([5])
    assert one.get_xlabel() == "k = 5"
    assert len({line.get_xdata()[0] for line in one.get_lines()}) == 2, "beside each other"


@pytest.mark.parametrize("space", ["rgb", "lab", "oklab"])
@pytest.mark.parametrize("k", [1, 5, 256])
def test_a_given_palette_takes_the_nearest_colour_in_the_studys_space(coffee, coffee_table, space, k):
    palette = np.random.default_rng(k).integers(0, 256, (k, 3), dtype=np.uint8)
    palette[0] = coffee_table.colors[7]
    shown, indices = apply_palette(coffee_table, palette, space)
    distances = cdist(to_space(coffee.reshape(-1, 3), space), to_space(palette, space))
    assert distances[np.arange(len(indices)), indices] == pytest.approx(distances.min(axis=1), abs=1e-9)
    assert (shown[indices][coffee_table.index == 7] == palette[0]).all()


@pytest.mark.parametrize("space", ["rgb", "lab", "oklab"])
def test_a_palette_with_every_colour_gives_an_exact_copy(space):
    greys = np.arange(240, 256, dtype=np.uint8).repeat(30).reshape(16, 30, 1).repeat(3, axis=2)
    table, palette = flatten(greys), np.arange(240, 256, dtype=np.uint8)[:, None].repeat(3, axis=1)
    for shown in (apply_palette(table, palette, space), Quantized(palette, diffuse(table, palette))):
        row, _ = measure(Reference(table), compact(shown))
        assert (row["mse"], row["colors_used"]) == (0, 16)


@pytest.mark.parametrize("put", [True, False])
def test_palettes_are_read_from_files_and_lists_in_their_order(tmp_path, monkeypatch, put):
    """Files where Snakemake has put them, or else where the configuration says."""
    monkeypatch.chdir(tmp_path)
    files = ["put/a.hex", "put/b.hex"] if put else ["photos/a.hex", "b.hex"]
    for file, color in zip(files, ("ff0000", "00ff00"), strict=True):
        Path(file).parent.mkdir(exist_ok=True)
        Path(file).write_text(f"{color}\n")
    palettes = {"one": "photos/a.hex", "none": None, "list": ["white", "#000"], "two": "b.hex"}
    read = read_palettes(palettes, files if put else [])
    assert {name: palette.tolist() for name, palette in read.items()} == {
        "one": [[255, 0, 0]],
        "list": [[255, 255, 255], [0, 0, 0]],
        "two": [[0, 255, 0]],
    }


@pytest.mark.parametrize("n_clusters", [(2, 4), (4,)])
def test_a_given_palette_is_a_point_at_its_own_k(n_clusters):
    rows = [
        {"method": "ours", "k": k, "psnr": 20.0 + k, "delta_e_mean": 9.0 / k, "png_bytes": 900 * k} for k in n_clusters
    ]
    rows += [{"method": "brand", "k": 7, "psnr": 15.0, "delta_e_mean": 9.0, "png_bytes": 2000}]
    for axes in rate_distortion(rows, "photo").axes:
        points = {line.get_label(): line for line in axes.get_lines()}["brand (7 colours)"]
        assert len(points.get_xydata()) == 1
        assert points.get_marker() != "o"


def test_no_two_methods_look_alike():
    rows = [
        {"method": method, "k": k, "psnr": 20.0 + k, "delta_e_mean": 10.0 / k, "png_bytes": 1500 * k}
        for method in (*QUANTIZERS, "ours+dither", "ours")
        for k in (2, 4)
    ]
    figure = rate_distortion(rows, "photo")
    figure.canvas.draw()
    axes = figure.axes[2]
    lines = {line.get_label(): line for line in axes.get_lines()}
    looks = {(line.get_color(), line.get_linestyle()) for line in lines.values()}
    assert len(looks) == len(lines) == len(QUANTIZERS) + 2
    assert lines["wu"].get_linestyle() == "-"
    for name, line in lines.items():
        base = name.partition("+")[0]
        assert (line.get_linestyle() == "--") == (line.get_markerfacecolor() == "white") == (name != base)
        assert line.get_color() == lines[base].get_color()
    assert lines["ours"].get_linewidth() > lines["wu"].get_linewidth()
    assert [label.get_text() for label in axes.get_yticklabels()][1].endswith(" kB")
    assert figure.get_size_inches()[0] > 12, "three panels need more than a slide's width"


def test_a_point_off_its_line_is_explained():
    rows = [
        {"method": "ours", "k": k, "psnr": psnr, "delta_e_mean": 9 - psnr / 10, "png_bytes": size}
        for k, psnr, size in ((2, 20.0, 900), (3, 25.0, 1000), (4, 24.0, 1100))
    ]
    assert ["off their line" in axes.get_title("left") for axes in rate_distortion(rows, "photo").axes] == [
        True,
        True,
        False,
    ]
    assert not any(axes.get_title("left") for axes in rate_distortion(rows[:2], "photo").axes)


@pytest.mark.parametrize(("largest", "scale"), [(16, "linear"), (17, "log")])
def test_more_than_three_doublings_of_k_are_drawn_by_their_logarithm(largest, scale):
    rows = [
        {"method": "ours", "k": k, "psnr": 20.0 + k, "delta_e_mean": 10.0 / k, "png_bytes": 900 * k}
        for k in (2, largest)
    ]
    assert rate_distortion(rows, "photo").axes[2].get_xscale() == scale
