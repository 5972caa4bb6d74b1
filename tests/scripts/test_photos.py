"""Each photo of a set is cut from the sheet as it was, and scored by its own pixels alone."""

import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from flatten import flatten
from photopalette.files.tables import read_rows
from photopalette.pictures.indexed import indexed_image, small_png
from photopalette.pictures.sheet import lay_out, note
from photos import COLUMNS, main

N_CLUSTERS = [2, 5]


@pytest.fixture
def photos(coffee):
    """A photograph, and a cut-out of another size."""
    cutout = np.dstack([coffee[20:40, 30:48], np.full((20, 18), 255, np.uint8)])
    cutout[:7, :5] = 0
    return {"whole": Image.fromarray(coffee[:24, :30]), "cut": Image.fromarray(cutout)}


def test_photos_are_cut_out_and_scored(photos, tmp_path):
    sheet, places = lay_out(photos)
    sheet.save(tmp_path / "sheet.png", pnginfo=note(places))
    table, rng = flatten(np.asarray(sheet)), np.random.default_rng(0)
    rebuilt = {}
    for k in (2, 3, 5):
        palette = rng.integers(0, 256, (k, 3), np.uint8)
        indices = rng.integers(0, k, len(table.index)).astype(np.uint8)
        rebuilt[k] = indexed_image(palette, indices, sheet.size[::-1], table.mask)
        (tmp_path / f"{k}.png").write_bytes(small_png(rebuilt[k]))
    # Of the search for the answer are 3 colours, which get scores alone.
    with zipfile.ZipFile(tmp_path / "stops.zip", "w") as archive:
        archive.write(tmp_path / "3.png", "k3/reconstructed.png")
        archive.writestr("k3/palette.css", "")
    job = SimpleNamespace(
        input=SimpleNamespace(
            sheet=tmp_path / "sheet.png",
            reconstructed=[tmp_path / f"{k}.png" for k in N_CLUSTERS],
            stops=[tmp_path / "stops.zip"],
        ),
        output=SimpleNamespace(table=str(tmp_path / "photos.csv")),
        params=SimpleNamespace(n_clusters=N_CLUSTERS, viewing=60),
    )
    main(job)
    main(job)  # what is there is written over
    rows = read_rows(tmp_path / "photos.csv")
    assert list(rows[0]) == COLUMNS
    assert [(row["photo"], row["k"]) for row in rows] == [(name, str(k)) for name in photos for k in (2, 3, 5)]
    for row in rows:
        name, k = row["photo"], int(row["k"])
        shown = Image.open(tmp_path / f"photos/{name}/resized.png")
        assert shown.mode == photos[name].mode, "clear only where it is"
        assert shown.tobytes() == photos[name].tobytes()
        path = tmp_path / f"photos/{name}/k{k}.png"
        assert path.exists() == (k in N_CLUSTERS)
        if k == 3:
            path.write_bytes(small_png(rebuilt[k].crop(places[name].box())))
        cut = np.asarray(Image.open(path).convert("RGBA"))
        assert (cut == np.asarray(rebuilt[k].convert("RGBA").crop(places[name].box()))).all()
        original = np.asarray(photos[name].convert("RGBA"))
        counts = original[..., 3] > 0
        before, after = original[counts][:, :3], cut[counts][:, :3]
        assert (cut[..., 3] == original[..., 3]).all()
        assert int(row["colors_used"]) == len(np.unique(after, axis=0)) <= k
        assert int(row["distinct_colors"]) == len(np.unique(before, axis=0))
        assert int(row["pixels"]) == counts.sum()
        assert int(row["png_bytes"]) == path.stat().st_size
        assert float(row["bits_per_pixel"]) == pytest.approx(8 * path.stat().st_size / counts.sum(), abs=1e-4)
        mse = ((before.astype(float) - after) ** 2).sum(axis=1).mean()
        assert float(row["mse"]) == pytest.approx(mse, abs=1e-3)
        difference = deltaE_ciede2000(rgb2lab(before), rgb2lab(after)).mean()
        assert float(row["delta_e_mean"]) == pytest.approx(difference, abs=1e-4)
