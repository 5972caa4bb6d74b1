"""Cut the photos of a set from their sheet, in each palette, and score each by itself."""

import io
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from photopalette.color.table import flatten
from photopalette.files.pictures import open_picture, save_photograph
from photopalette.files.tables import rounded, to_csv
from photopalette.pictures.indexed import small_png
from photopalette.pictures.sheet import read_places
from photopalette.quality.metrics import Reference, score_picture
from photopalette.run.job import run

COLUMNS = [
    *("photo", "k", "colors_used", "mse", "psnr", "ssim", "delta_e_mean", "delta_e_p95"),
    *("delta_e_seen_mean", "delta_e_seen_p95", "png_bytes", "bits_per_pixel", "distinct_colors", "pixels"),
]


def score(photo: Image.Image, rebuilt: Image.Image, viewing: float) -> dict[str, Any]:
    """Score a photo of mode RGB or RGBA against its cut from an indexed sheet, by the names of COLUMNS.

    It is seen at `viewing` pixels per degree of visual angle.
    """
    table = flatten(np.asarray(photo))
    palette = np.asarray(rebuilt.getpalette(), np.uint8).reshape(-1, 3)
    indices = np.asarray(rebuilt)
    indices = indices.ravel() if table.mask is None else indices[table.mask]
    size = len(small_png(rebuilt))
    return {
        **score_picture(Reference(table, viewing), palette, indices),
        "png_bytes": size,
        "bits_per_pixel": 8 * size / len(indices),
        "distinct_colors": len(table.colors),
        "pixels": len(indices),
    }


def read_stops(path: str | Path) -> dict[int, BinaryIO]:
    """Read the pictures in the k of the price list, by their k, from stops.zip."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith("/reconstructed.png")]
        return {int(name.removeprefix("k").partition("/")[0]): io.BytesIO(archive.read(name)) for name in names}


def main(snakemake: Any) -> None:
    sheet = open_picture(snakemake.input.sheet)
    places, table = read_places(sheet), Path(snakemake.output.table)
    rows = {name: [] for name in places}
    pictures = dict(zip(snakemake.params.n_clusters, snakemake.input.reconstructed, strict=True))
    for path in snakemake.input.stops:
        pictures = dict(sorted((read_stops(path) | pictures).items()))
    for name, place in places.items():
        (table.parent / "photos" / name).mkdir(parents=True, exist_ok=True)
        photo = sheet.crop(place.box())
        photo = photo.convert("RGB") if photo.mode == "RGBA" and photo.getchannel("A").getextrema()[0] else photo
        save_photograph(np.asarray(photo), table.parent / f"photos/{name}/resized.png")
        for k, file in pictures.items():
            rebuilt = open_picture(file).crop(place.box())
            if k in snakemake.params.n_clusters:
                (table.parent / f"photos/{name}/k{k}.png").write_bytes(small_png(rebuilt))
            rows[name].append(rounded({"photo": name, "k": k, **score(photo, rebuilt, snakemake.params.viewing)}))
    table.write_text(to_csv([row for some in rows.values() for row in some], COLUMNS), encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
