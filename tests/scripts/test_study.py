"""The study's table is the images' tables, cell by cell."""

from itertools import pairwise

import pytest
from matplotlib.text import Text

from photopalette.figures.style import GREY
from photopalette.files.tables import to_csv
from study import gather, overview, spread_out


def cells(*rows):
    """Write rows as scores.csv has them."""
    return [{name: str(cell) for name, cell in row.items()} for row in rows]


def draw(rows, names=None, **options):
    """Draw the figure of rows, whose images are called by their names if no others are given."""
    return overview(cells(*rows), names or {row["image"]: row["image"] for row in rows}, **options)


def test_tables_are_stacked_as_they_are(tmp_path):
    (tmp_path / "a.csv").write_text("image,k,psnr,hits\nb,2,16.30,\nb,3,inf,7\n")
    (tmp_path / "b.csv").write_text("image,k,psnr,hits\na,2,17.0,1\n")
    stacked = to_csv(gather([tmp_path / "a.csv", tmp_path / "b.csv"]))
    assert stacked == "image,k,psnr,hits\nb,2,16.30,\nb,3,inf,7\na,2,17.0,1\n"


def test_exact_reconstructions_are_left_out_and_a_note_says_so(tmp_path):
    row = {"image": "flag", "k": 2, "bits_per_pixel": 0.1, "psnr": float("inf"), "delta_e_mean": 0.0}
    figure = draw([row])
    assert [text.get_text() for text in figure.axes[0].texts] == ["exact copies only"]
    figure.savefig(tmp_path / "overview.png")
    assert (tmp_path / "overview.png").stat().st_size > 1000
    finite = row | {"k": 1, "psnr": 20.0, "delta_e_mean": 9.0}
    assert "without exact copies" in [text.get_text() for text in draw([finite, row]).axes[0].texts]


@pytest.mark.parametrize("count", [1, 2, 14, 40, 41, 200])
def test_every_image_has_a_line_and_as_many_have_a_name_as_fit(count):
    rows = [
        {"image": str(image), "k": k, "bits_per_pixel": k / 2, "psnr": 10.0 + k + image, "delta_e_mean": 9.0 / k}
        for image in range(count)
        for k in (2, 3, 4)
    ]
    figure = draw(rows)
    figure.draw_without_rendering()
    for axes, column in zip(figure.axes, ("psnr", "delta_e_mean"), strict=True):
        assert len(axes.lines) == count
        assert axes.lines[0].get_xydata().tolist() == [[row["bits_per_pixel"], row[column]] for row in rows[:3]]
        names = [text.get_text() for text in axes.texts]
        if count == 1:
            assert names == ["k = 2", "k = 4"]
        elif count <= 40:
            assert sorted(names, key=int) == [str(image) for image in range(count)]
        else:
            assert len(names) == 16
            assert column != "psnr" or names == [str(image) for image in [*range(8), *range(count - 8, count)]]
        boxes = sorted((Text.get_window_extent(text) for text in axes.texts), key=lambda box: box.y0)
        assert count == 1 or all(lower.y1 <= upper.y0 + 1 for lower, upper in pairwise(boxes))
        assert all(box.x1 <= figure.bbox.x1 and figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1 for box in boxes)


@pytest.mark.parametrize(
    ("dithered", "words"),
    [
        ([], "mean ΔE2000 (less is better)"),
        (["a", "b"], "mean ΔE2000 as seen from a distance (less is better)"),
        (["b"], "mean ΔE2000, of dithered ones as seen from a distance (less is better)"),
    ],
)
def test_what_is_dithered_is_drawn_as_it_is_judged(dithered, words):
    rows = [
        {"image": image, "k": k, "bits_per_pixel": k, "psnr": 10 * k, "delta_e_mean": 9 / k, "delta_e_seen_mean": 4 / k}
        for image in "ab"
        for k in (1, 2)
    ]
    _, axes = draw(rows, dithered=dithered).axes
    assert axes.get_ylabel() == words
    drawn = dict(zip("ab", (line.get_ydata().tolist() for line in axes.lines), strict=True))
    assert drawn == {image: [4, 2] if image in dithered else [9, 4.5] for image in "ab"}


def test_names_have_the_colours_of_their_lines_and_point_at_their_ends():
    rows = [
        {"image": str(image), "k": k, "bits_per_pixel": k + image, "psnr": 9 * k + image, "delta_e_mean": 9 / k}
        for image in range(24)
        for k in (4, 2, 3)
    ]
    for axes in draw(rows).axes:
        texts = {text.get_text(): text for text in axes.texts}
        for image, line in enumerate(axes.lines):
            text = texts[str(image)]
            assert text.xy == tuple(line.get_xydata()[-1])
            assert text.xy[0] == 4 + image, "the largest k, whatever the order of the rows"
            assert text.get_color() == line.get_color()
        assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines}) == 24, "no two look alike"


def test_lines_without_a_name_are_grey():
    rows = [
        {"image": f"{image:02}", "k": 2, "bits_per_pixel": 1.0, "psnr": float(image), "delta_e_mean": float(image)}
        for image in range(41)
    ]
    figure = draw(rows)
    for axes in figure.axes:
        grey = [number for number, line in enumerate(axes.lines) if line.get_color() == GREY]
        assert grey == list(range(8, 33))
    assert figure.get_suptitle() == "41 images: what quality costs; the 8 highest and the 8 lowest are labelled"


def test_long_names_are_shortened_only_in_the_middle():
    names = {"a" + "b" * 20 + "c": "a" + "b" * 20 + "c", "d" + "e" * 21 + "f": "d" + "e" * 6 + "…" + "e" * 13 + "f"}
    rows = [
        {"image": name, "k": 2, "bits_per_pixel": 1.0, "psnr": number, "delta_e_mean": number}
        for number, name in enumerate(names)
    ]
    assert [text.get_text() for text in draw(rows).axes[0].texts] == list(names.values())


@pytest.mark.parametrize("last", [2, 3])
def test_a_single_images_ends_are_labelled_beside_its_line(last):
    rows = [
        {"image": "a", "k": k, "bits_per_pixel": k / 2, "psnr": 9.0 * k, "delta_e_mean": 9.0 / k}
        for k in range(1, last + 1)
    ]
    rising, falling = draw(rows).axes
    for axes, above in ((rising, True), (falling, False)):
        first, end = axes.texts
        assert (first.get_text(), end.get_text()) == ("k = 1", f"k = {last}")
        assert (first.xy, end.xy) == tuple(map(tuple, axes.lines[0].get_xydata()[[0, -1]]))
        assert (end.get_position()[1] > 0) == above


def test_places_are_spread_out_as_little_as_possible():
    assert spread_out([1.0, 5.0, 9.0], 2, 0, 10) == [1, 5, 9]
    assert spread_out([5.0, 5.0, 5.5], 1, 0, 10) == [5, 6, 7]
    assert spread_out([9.5, 9.5], 1, 0, 10) == [9, 10]
    assert spread_out([-4.0, 0.5], 1, 0, 10) == [0, 1]
    assert spread_out([], 1, 0, 10) == []
