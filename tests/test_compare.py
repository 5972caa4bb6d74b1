"""Other quantizers are run as they are, and measured as ours are."""

import sys

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.distance import cdist

from _images import diffuse
from _job import JobError
from _metrics import Reference
from _spaces import to_space
from compare import METHODS, Quantized, given, given_palette, measure, rate_distortion, thin, tidy
from flatten import flatten


def test_without_imagequant_it_is_said_plainly(coffee, coffee_table, monkeypatch):
    monkeypatch.setitem(sys.modules, "imagequant", None)
    with pytest.raises(JobError, match="imagequant is not installed; pip install imagequant, or take 'imagequant' out"):
        METHODS["imagequant"](coffee, coffee_table, 4, 42)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1, 2, 5, 16])
def test_at_most_k_colours_and_a_place_for_every_pixel(coffee, coffee_table, method, k):
    palette, indices = tidy(METHODS[method](coffee, coffee_table, k, 42))
    assert indices.shape == (64 * 96,)
    assert palette.dtype == indices.dtype == np.uint8
    row, _ = measure(Reference(coffee_table), Quantized(palette, indices))
    assert 1 <= row["colors_used"] <= k
    shown = palette[indices].reshape(coffee.shape)
    assert row["colors_used"] == len(np.unique(shown.reshape(-1, 3), axis=0))
    assert row["mse"] == pytest.approx(((coffee.astype(float) - shown) ** 2).sum(axis=2).mean())


@pytest.mark.parametrize("method", ["median-cut+kmeans", "max-coverage+kmeans"])
def test_the_polish_lowers_the_error(coffee, coffee_table, method):
    plain, polished = (
        measure(Reference(coffee_table), METHODS[name](coffee, coffee_table, 8, 42))[0]["mse"]
        for name in (method.removesuffix("+kmeans"), method)
    )
    assert polished < plain


def test_pillows_octree_has_no_polish(coffee):
    """Why there is no octree+kmeans."""
    image = Image.fromarray(coffee)
    plain, polished = (image.quantize(8, Image.Quantize.FASTOCTREE, kmeans=kmeans) for kmeans in (0, 1))
    assert plain.tobytes() == polished.tobytes()


@pytest.mark.parametrize("method", METHODS)
def test_few_flat_colours_are_kept(method):
    """Two colours far apart: every quantizer must find both, exactly or within a step of rounding."""
    image = np.zeros((8, 8, 3), np.uint8)
    image[:, 4:] = (248, 248, 248)
    palette, indices = METHODS[method](image, flatten(image), 2, 42)
    assert np.abs(palette[indices].reshape(image.shape).astype(int) - image).max() <= 8


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1, 2, 7, 256])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_fewer_colours_than_k(method, k, count):
    """More are not made up, and one alone is kept, or nearly."""
    image = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 0, 255], [0, 250, 0]][:count]], np.uint8)
    row, _ = measure(Reference(flatten(image)), tidy(METHODS[method](image, flatten(image), k, 42)))
    assert row["colors_used"] <= min(k, count)
    if count == 1:
        assert row["psnr"] > 40


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


@pytest.mark.parametrize("method", ["bisecting-kmeans", "median-cut+kmeans", "max-coverage+kmeans"])
def test_one_colour_is_the_mean_of_the_pixels(method):
    image = np.array([[[200, 10, 0]] * 9 + [[0, 110, 50]]], np.uint8)
    palette, indices = METHODS[method](image, flatten(image), 1, 42)
    assert np.abs(palette[indices].astype(int) - [180, 20, 5]).max() <= 1


def test_an_encoder_writes_no_colour_twice_and_none_unused():
    palette = np.array([[9, 9, 9], [1, 1, 1], [9, 9, 9], [5, 5, 5], [7, 7, 7]], np.uint8)
    indices = np.array([0, 2, 1, 1, 1, 1, 4], np.uint8)
    tidied = tidy(Quantized(palette, indices))
    assert tidied.palette.tolist() == [[1, 1, 1], [9, 9, 9], [7, 7, 7]]
    assert (tidied.palette[tidied.indices] == palette[indices]).all()


def test_large_images_are_thinned_evenly(monkeypatch):
    pixels = np.arange(12 * 18).reshape(12, 18)
    assert (thin(pixels) == pixels).all()
    monkeypatch.setattr("compare._MAX_PIXELS", 30)
    assert (thin(pixels) == pixels[::3, ::3]).all()
    # Few pixels that count need not be fewer; of many, one at least is taken.
    assert (thin(pixels, pixels == 40) == pixels).all()
    assert (thin(pixels, pixels % 18 % 3 == 1) == pixels[::2, 1::2]).all()


def test_figure_draws_ours_on_top_of_a_line_each():
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


def test_no_line_of_quality_for_bytes_turns_back():
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


def test_one_k_and_uneven_lists_have_axes_that_show_them():
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
    shown, indices = given_palette(coffee_table, palette, space)
    distances = cdist(to_space(coffee.reshape(-1, 3), space), to_space(palette, space))
    assert distances[np.arange(len(indices)), indices] == pytest.approx(distances.min(axis=1), abs=1e-9)
    assert (shown[indices][coffee_table.index == 7] == palette[0]).all()


@pytest.mark.parametrize("space", ["rgb", "lab", "oklab"])
def test_a_palette_with_every_colour_gives_an_exact_copy(space):
    greys = np.arange(240, 256, dtype=np.uint8).repeat(30).reshape(16, 30, 1).repeat(3, axis=2)
    table, palette = flatten(greys), np.arange(240, 256, dtype=np.uint8)[:, None].repeat(3, axis=1)
    for shown in (given_palette(table, palette, space), Quantized(palette, diffuse(table, palette))):
        row, _ = measure(Reference(table), tidy(shown))
        assert (row["mse"], row["colors_used"]) == (0, 16)


def test_palettes_are_read_from_files_and_lists_in_their_order(tmp_path):
    (tmp_path / "a.hex").write_text("ff0000\n")
    (tmp_path / "b.hex").write_text("00ff00\n")
    palettes = {"one": "photos/a.hex", "none": None, "list": ["white", "#000"], "two": "b.hex"}
    read = given(palettes, [str(tmp_path / "a.hex"), str(tmp_path / "b.hex")])
    assert {name: palette.tolist() for name, palette in read.items()} == {
        "one": [[255, 0, 0]],
        "list": [[255, 255, 255], [0, 0, 0]],
        "two": [[0, 255, 0]],
    }


@pytest.mark.parametrize("n_clusters", [(2, 4), (4,)])
def test_a_given_palette_is_a_point_of_its_own_size(n_clusters):
    rows = [
        {"method": "ours", "k": k, "psnr": 20.0 + k, "delta_e_mean": 9.0 / k, "png_bytes": 900 * k} for k in n_clusters
    ]
    rows += [{"method": "brand", "k": 7, "psnr": 15.0, "delta_e_mean": 9.0, "png_bytes": 2000}]
    for axes in rate_distortion(rows, "photo").axes:
        points = {line.get_label(): line for line in axes.get_lines()}["brand (7 colours)"]
        assert len(points.get_xydata()) == 1
        assert points.get_marker() != "o"
