"""Pictures in files, and the parts that such files are made of."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photopalette.photo.decode import decode
from photopalette.run.job import JobError


def encoded(image: Image.Image, fmt: str, **options: object) -> bytes:
    """Write a picture in one of Pillow's formats."""
    stream = io.BytesIO()
    image.save(stream, fmt, **options)
    return stream.getvalue()


def refused(path: Path, **options: object) -> str:
    """Return the message, without the path, with which a file is refused: one line that ends with a remedy."""
    with pytest.raises(JobError) as error:
        decode(str(path), "white", **options)
    message = str(error.value)
    assert message.startswith(f"{path} ")
    assert "\n" not in message
    assert len(message.rsplit("; ", 1)[1]) > 10, "no remedy"
    return message.removeprefix(f"{path} ")


def chunk(kind: bytes, content: bytes, checksum: int | None = None) -> bytes:
    """Write a chunk of a PNG."""
    end = struct.pack(">I", zlib.crc32(kind + content) if checksum is None else checksum)
    return struct.pack(">I", len(content)) + kind + content + end


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """Write a PNG of these chunks, each its type and its content."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in chunks)


def box(kind: bytes, *content: bytes) -> bytes:
    """Write a box of a JPEG 2000, HEIC or AVIF file."""
    inner = b"".join(content)
    return struct.pack(">I4s", 8 + len(inner), kind) + inner


def photograph(coffee: np.ndarray) -> np.ndarray:
    """A photograph of 1440 × 960 pixels, (960, 1440, 3) uint8, with the noise of a sensor."""
    large = np.asarray(Image.fromarray(coffee).resize((1440, 960), Image.Resampling.BICUBIC), np.float32)
    return np.clip(large + np.random.default_rng(0).normal(0, 2, large.shape), 0, 255).astype(np.uint8)
