"""A row of scores says of a fit what its files say, and of its picture what scikit-image says."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

import score
from photopalette.color.table import save_table
from photopalette.pictures.indexed import indexed_image
from score import entropy, main
from tables import documented_columns, read_csv


def test_entropy():
    assert entropy(np.array([5, 5, 5, 5])) == 2
    assert entropy(np.array([7])) == 0
    assert entropy(np.array([3, 1])) == pytest.approx(0.811278, abs=1e-6)


def test_every_k_has_its_row(coffee, coffee_table, tmp_path, monkeypatch):
    """Nearest colours of a given palette stand for a fit."""
    monkeypatch.chdir(tmp_path)
    save_table(tmp_path / "pixels.npz", coffee_table)
    Image.fromarray(coffee).save(tmp_path / "resized.png")
    certified = "k,weight_exponent,lower_bound,gap,method\n4,1.0,4.98765432109,0.2470,dual\n"
    (tmp_path / "certificates.csv").write_text(certified)
    (tmp_path / "silhouette.csv").write_text("k,silhouette,silhouette_exact\n4,0.500000,True\n2,0.430,False\n")
    pictures = {}
    for k, restarts in ((2, "maximin,7.0"), (4, "maximin,7.0\nk-means++,5.0\nk-means++,6.0")):
        palette = np.linspace(0, 255, k)[:, None].repeat(3, axis=1).astype(np.uint8)
        labels = (
            ((coffee_table.colors[:, None] - palette.astype(float)) ** 2).sum(axis=2).argmin(axis=1).astype(np.uint8)
        )
        fit = {"labels": labels, "space": "rgb", "inertia": 5.0, "n_iter": 10 * k, "converged": k == 4}
        np.savez(tmp_path / f"{k}.npz", **fit)
        (tmp_path / f"{k}.csv").write_text(f"kind,inertia\n{restarts}\n")
        indexed_image(palette, labels[coffee_table.index], coffee.shape[:2]).save(tmp_path / f"{k}.png")
        pictures[k] = palette[labels[coffee_table.index]].reshape(coffee.shape)
    job = SimpleNamespace(
        wildcards=SimpleNamespace(image="cup"),
        params=SimpleNamespace(code="a", n_clusters=[2, 4], viewing=60),
        output=[tmp_path / "scores.csv"],
        input=SimpleNamespace(
            **{
                name.partition(".")[0]: tmp_path / name
                for name in ("pixels.npz", "resized.png", "silhouette.csv", "certificates.csv")
            },
            clusters=[tmp_path / f"{k}.npz" for k in pictures],
            restarts=[tmp_path / f"{k}.csv" for k in pictures],
            reconstructed=[tmp_path / f"{k}.png" for k in pictures],
        ),
    )
    main(job)
    rows = read_csv(tmp_path / "scores.csv")
    assert [list(row) for row in rows] == [documented_columns("scores.csv")] * 2
    told = ("image", "k", "space", "inertia", "silhouette", "silhouette_exact", "n_iter", "converged", "restarts")
    assert [tuple(row[column] for column in told) for row in rows] == [
        ("cup", "2", "rgb", "5.0", "0.430", "False", "20", "False", "1"),
        ("cup", "4", "rgb", "5.0", "0.500000", "True", "40", "True", "3"),
    ]
    assert [(row["hits"], row["spread"]) for row in rows] == [("", ""), ("1", "20.0")]
    assert [(row["lower_bound"], row["gap"]) for row in rows] == [("", ""), ("4.98765432109", "0.247")]
    source_bytes, pixels = (tmp_path / "resized.png").stat().st_size, coffee.size // 3
    for row, (k, shown) in zip(rows, pictures.items(), strict=True):
        png_bytes = (tmp_path / f"{k}.png").stat().st_size
        shares = np.unique(shown[..., 0], return_counts=True)[1] / pixels
        expected = {
            "colors_used": len(shares),
            "mse": 3 * mean_squared_error(coffee, shown),
            "psnr": peak_signal_noise_ratio(coffee, shown),
            "ssim": structural_similarity(coffee, shown, channel_axis=2),
            "png_bytes": png_bytes,
            "source_png_bytes": source_bytes,
            "bits_per_pixel": 8 * png_bytes / pixels,
            "compression_ratio": source_bytes / png_bytes,
            "entropy": -(shares * np.log2(shares)).sum(),
            "distinct_colors": len(np.unique(coffee.reshape(-1, 3), axis=0)),
            "pixels": pixels,
        }
        assert {column: float(row[column]) for column in expected} == pytest.approx(expected, rel=1e-5)
    # Only what is made of a new file is computed again.
    judged, judge = [], score.judge
    monkeypatch.setattr(score, "judge", lambda *given: judged.append(given[-1]) or judge(*given))
    before = (tmp_path / "scores.csv").read_bytes()
    main(job)
    assert judged == []
    assert (tmp_path / "scores.csv").read_bytes() == before
    indexed_image(np.zeros((1, 3), np.uint8), np.zeros(pixels, np.uint8), coffee.shape[:2]).save(tmp_path / "4.png")
    main(job)
    assert judged == [tmp_path / "4.png"]
    again = read_csv(tmp_path / "scores.csv")
    assert again[0] == rows[0]
    assert float(again[1]["mse"]) == pytest.approx(3 * np.mean(coffee.astype(float) ** 2), rel=1e-5)
