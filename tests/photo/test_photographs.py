"""Small made-up files of the kinds that people have, each with its correct values in photographs/expected.csv."""

import csv
from pathlib import Path

import numpy as np
import pytest

from photopalette.photo.decode import decode
from photopalette.run.job import JobError

FOLDER = Path(__file__).parent / "photographs"
ROWS = list(csv.DictReader((FOLDER / "expected.csv").read_text().splitlines()))
REFUSED = {
    "raw_dng_thumbnail_first.dng": "is a camera raw (DNG), which can't be read; develop it in a raw converter",
    "bmp_16bit_444_masks.bmp": "is a BMP of an unsupported kind (Unsupported BMP bitfields layout); export it as",
}
WARNED = {
    "avif_nclx_bt2020_pq.avif": "the picture is HDR (PQ)",
    "png_eXIf_garbage.png": "unreadable EXIF is ignored",
    "png_text_bad_crc.png": "unreadable metadata is ignored (broken PNG file (bad header checksum in b'tEXt'))",
}


@pytest.mark.parametrize("row", [row for row in ROWS if row["file"] not in REFUSED], ids=lambda row: row["file"])
def test_comes_out_right(row, caplog):
    shown = np.asarray(decode(str(FOLDER / row["file"]), "white"))
    height, width, _ = shown.shape
    assert row["size"] == f"{width}x{height}"
    for column, at in (("left pixel of the middle row", 0), ("middle", width // 2), ("right", width - 1)):
        assert row[column] in ("", " ".join(map(str, shown[height // 2, at])))
    assert WARNED.get(row["file"], "") in caplog.text
    assert (row["file"] in WARNED) == bool(caplog.records)


def test_the_upper_half_is_transparent():
    shown = np.asarray(decode(str(FOLDER / "png_grey16_trns.png"), "#0a141e"))
    assert (shown[:8] == (10, 20, 30)).all()
    assert (shown[8:] == 117).all()


def test_turned_by_a_byte():
    shown = np.asarray(decode(str(FOLDER / "jpeg_exif_orientation_as_byte.jpg"), "white")).astype(int)
    # By a quarter clockwise, the left end is up.
    assert np.abs(shown[0] - (199, 10, 30)).max() <= 2
    assert np.abs(shown[-1] - (10, 200, 30)).max() <= 2


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_with_its_name(name):
    with pytest.raises(JobError) as error:
        decode(str(FOLDER / name), "white")
    assert REFUSED[name] in str(error.value)
    assert "damaged" not in str(error.value)
