"""Small ICC profiles, built by hand, so that the tests need no files."""

import itertools
import struct

from PIL import ImageCms

# Colorants of Display P3, adapted to D50 (as in Apple's own profile).
_DISPLAY_P3 = {
    b"rXYZ": (0.515121, 0.241196, -0.001053),
    b"gXYZ": (0.291977, 0.692245, 0.041885),
    b"bXYZ": (0.157104, 0.066574, 0.784073),
}


def _srgb_with(changes: dict[bytes, bytes]) -> bytes:
    """sRGB's own profile with other contents in some of its tags, none longer than the old ones."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for entry in range(132, 132 + 12 * int.from_bytes(data[128:132]), 12):
        if content := changes.get(bytes(data[entry : entry + 4])):
            offset = int.from_bytes(data[entry + 4 : entry + 8])
            data[offset : offset + len(content)] = content
            data[entry + 8 : entry + 12] = len(content).to_bytes(4)
    return bytes(data)


def linear() -> bytes:
    """sRGB's primaries in linear light."""
    return _srgb_with(dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), b"curv" + bytes(8)))


def display_p3() -> bytes:
    """The gamut of newer phones and screens, with sRGB's tone curve."""
    xyz = {
        tag: b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in c)) for tag, c in _DISPLAY_P3.items()
    }
    return _srgb_with(xyz)


def cmyk() -> bytes:
    """Inks as on paper, not as in light: a table of Lab at the 16 corners of CMYK."""
    identity = bytes(range(256))
    corners = []
    for c, m, y, k in itertools.product((0, 1), repeat=4):
        light = (0.95 - 0.35 * c - 0.4 * m - 0.08 * y) * (1 - 0.9 * k)
        green_red, blue_yellow = 70 * (m - c) * (1 - k), 80 * (y - (m + c) / 2) * (1 - k)
        corners.append((round(255 * light), 128 + round(green_red), 128 + round(blue_yellow)))
    table = bytes(value for corner in corners for value in corner)
    lut = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    lut += identity * 4 + table + identity * 3
    return _printers(b"CMYK", b"Lab ", b"A2B0", lut + bytes(-len(lut) % 4))


def grey() -> bytes:
    """Grey in linear light."""
    return _printers(b"GRAY", b"XYZ ", b"kTRC", b"curv" + bytes(8))


def _printers(space: bytes, connection: bytes, tag: bytes, conversion: bytes) -> bytes:
    """Write a printer's profile: a colour space, the one it is converted to, and the tag that says how."""
    white = struct.pack(">3i", 63190, 65536, 54061)
    text = b"text" + bytes(4) + b"none\0\0\0\0"
    name = b"desc" + bytes(4) + struct.pack(">I", 5) + b"name\0" + bytes(4 + 4 + 2 + 1 + 67) + bytes(3)
    tags = {b"desc": name, b"cprt": text, b"wtpt": b"XYZ " + bytes(4) + white, tag: conversion}
    directory, contents, offset = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for tag, content in tags.items():
        content += bytes(-len(content) % 4)
        directory += tag + struct.pack(">2I", offset + len(contents), len(content))
        contents += content
    header = struct.pack(">I4sI4s4s4s", offset + len(contents), bytes(4), 0x02100000, b"prtr", space, connection)
    header += bytes(12) + b"acsp" + bytes(28) + white
    return header.ljust(128, b"\0") + directory + contents
