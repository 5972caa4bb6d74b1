"""Throw bytes at the decoder or at the config reader for as long as you like, led by what they reach (docs/testing.md).

pip install atheris; python tests/fuzz.py images|configs SEEDS [options of libFuzzer, such as -max_total_time=600]

SEEDS is a folder: it is filled with valid files first, and gathers what reaches new code. Ends at the first input
that does something else than to give a result or one plain message, and keeps that input.
"""

import io
import itertools
import logging
import sys
import tempfile
import warnings
from pathlib import Path

import atheris
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

with atheris.instrument_imports():
    import pillow_heif
    import tifffile
    from PIL import Image

    from photopalette.config.settings import expand_globs, read_schema, resolve
    from photopalette.config.yaml_file import ConfigError, read
    from photopalette.photo.decode import decode
    from photopalette.photo.file_types import FORMATS
    from photopalette.run.job import JobError

SCHEMA = read_schema(ROOT / "workflow/schemas/config.schema.yaml")
FILE = Path(tempfile.mkdtemp(), "file")


def images(data: bytes) -> None:
    """Decode: an upright RGB image, or one line with a remedy."""
    FILE.write_bytes(data)
    for allow_truncated in (False, True):
        try:
            image, message = decode(str(FILE), "white", allow_truncated, max_megapixels=1), None
        except JobError as error:
            image, message = None, str(error)
        if message and ("\n" in message or ";" not in message):
            raise AssertionError(f"not one plain message: {message}")
        if image and not (image.mode == "RGB" and image.tobytes()):
            raise AssertionError(f"not a picture in RGB: {image}")


def configs(data: bytes) -> None:
    """Read and resolve: settings, or the list of problems."""
    FILE.write_bytes(data)
    try:
        message = None
        expand_globs(resolve(read(FILE).values, SCHEMA))
    except ConfigError as error:
        message = str(error)
    if message and not message.startswith("The configuration has "):
        raise AssertionError(f"not a list of problems: {message}")


def image_seeds() -> dict[str, bytes]:
    """Make a small photo in every format and several modes, and TIFFs that Pillow does not read."""
    pillow_heif.register_heif_opener()
    photo = Image.radial_gradient("L").resize((24, 16))
    photo = Image.merge("RGB", (photo, photo.rotate(180), photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    seeds = {}
    for fmt in FORMATS:
        for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"):
            stream = io.BytesIO()
            try:
                photo.convert("L" if mode == "I;16" else mode).convert(mode).save(stream, fmt)
            except (OSError, ValueError):  # no such mode in this format
                continue
            seeds[f"{fmt}-{mode.replace(';', '')}"] = stream.getvalue()
    for dtype, config in itertools.product(("i1", "u2", "i4", "f4"), ("contig", "separate")):
        values = np.asarray(photo).astype(dtype)
        values = np.moveaxis(values, -1, 0) if config == "separate" else values
        stream = io.BytesIO()
        tifffile.imwrite(stream, values, photometric="rgb", planarconfig=config, compression="deflate", rowsperstrip=5)
        seeds[f"TIFF-{dtype}-{config}"] = stream.getvalue()
    return seeds


def config_seeds() -> dict[str, bytes]:
    """Take the shipped configs and the broken ones of the tests."""
    seeds = {path.name: path.read_bytes() for path in (ROOT / "config").glob("*.yaml")}
    cases = (ROOT / "tests/config/broken_configs.txt").read_text().split("\n=== ")
    return seeds | {f"case-{number}": case.split("\n", 1)[-1].encode() for number, case in enumerate(cases)}


if __name__ == "__main__":
    logging.disable()
    warnings.simplefilter("ignore")
    target, seeds = {"images": (images, image_seeds), "configs": (configs, config_seeds)}[sys.argv.pop(1)]
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    for name, content in seeds().items():
        (folder / name).write_bytes(content)
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
