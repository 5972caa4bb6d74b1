"""The study's table is the images' tables, cell by cell."""

import pandas as pd
import pytest

from study import gather, overview


def test_tables_are_stacked_as_they_are(tmp_path):
    (tmp_path / "a.csv").write_text("image,k,psnr,hits\nb,2,16.30,\nb,3,inf,7\n")
    (tmp_path / "b.csv").write_text("image,k,psnr,hits\na,2,17.0,1\n")
    gather([tmp_path / "a.csv", tmp_path / "b.csv"]).to_csv(tmp_path / "all.csv", index=False)
    assert (tmp_path / "all.csv").read_text() == "image,k,psnr,hits\nb,2,16.30,\nb,3,inf,7\na,2,17.0,1\n"


def test_one_k_and_an_exact_reconstruction_are_drawn(tmp_path):
    row = {"image": "flag", "k": 2, "bits_per_pixel": 0.1, "psnr": float("inf"), "delta_e_mean": 0.0}
    overview(pd.DataFrame([row])).savefig(tmp_path / "overview.png")
    assert (tmp_path / "overview.png").stat().st_size > 1000


def test_exact_reconstructions_are_said_to_be_left_out():
    row = {"image": "flag", "k": 2, "bits_per_pixel": 0.1, "psnr": float("inf"), "delta_e_mean": 0.0}
    notes = [text.get_text() for text in overview(pd.DataFrame([row])).axes[0].texts]
    assert notes == ["exact copies only"]
    finite = row | {"k": 1, "psnr": 20.0, "delta_e_mean": 9.0}
    assert "without exact copies" in [text.get_text() for text in overview(pd.DataFrame([finite, row])).axes[0].texts]


@pytest.mark.parametrize("count", [1, 2, 12, 13])
def test_every_image_has_a_line(count):
    rows = [
        {"image": f"photo {image}", "k": k, "bits_per_pixel": k / 2, "psnr": 10.0 + k + image, "delta_e_mean": 9.0 / k}
        for image in range(count)
        for k in (2, 3, 4)
    ]
    figure = overview(pd.DataFrame(rows))
    for axes, column in zip(figure.axes, ("psnr", "delta_e_mean"), strict=True):
        assert len(axes.lines) == count
        assert axes.lines[0].get_xydata().tolist() == [[row["bits_per_pixel"], row[column]] for row in rows[:3]]
    legend = figure.axes[0].get_legend()
    assert (legend is not None) == (1 < count <= 12)
