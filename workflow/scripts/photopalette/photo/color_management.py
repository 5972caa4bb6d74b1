"""Convert images to sRGB from the colour space that their files declare."""

import io
import struct
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageCms

from photopalette.photo.metadata import Cicp, Metadata
from photopalette.run.job import log

Curve = Callable[[np.ndarray], np.ndarray]

# x, y of white, red, green, blue by code point (ITU-T H.273, table 2).
_D65, _C, _DCI, _E = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351), (1 / 3, 1 / 3)
_BT709 = (*_D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060)
_PRIMARIES = {
    1: _BT709,
    2: _BT709,  # unspecified
    4: (*_C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    8: (*_C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    10: (*_E, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    11: (*_DCI, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
_ADOBE_RGB = (*_D65, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)

_DIFFUSE_WHITE = 203  # cd/m² of paper white in HDR (ITU-R BT.2408)


def _srgb_curve(v: np.ndarray) -> np.ndarray:
    """Convert sRGB values, 0 to 1, to linear light (IEC 61966-2-1)."""
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def _gamma_curve(exponent: float) -> Curve:
    return lambda v: v**exponent


def _smpte_240m(v: np.ndarray) -> np.ndarray:
    return np.where(v < 0.0913, v / 4.0, ((v + 0.1115) / 1.1115) ** (1 / 0.45))


def _pq(v: np.ndarray) -> np.ndarray:
    """Convert PQ values (SMPTE ST 2084) to linear light, with diffuse white at 1."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    p = v ** (1 / m2)
    return (np.maximum(p - c1, 0) / (c2 - c3 * p)) ** (1 / m1) * (10_000 / _DIFFUSE_WHITE)


def _hlg(v: np.ndarray) -> np.ndarray:
    """Convert HLG values (ITU-R BT.2100) to the light of a 1000 cd/m² display, with diffuse white at 1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(v <= 0.5, v**2 / 3, (np.exp((v - c) / a) + b) / 12)
    return scene**1.2 * (1000 / _DIFFUSE_WHITE)


# Transfer functions by code point (ITU-T H.273, table 3).
_TRANSFERS: dict[int, Curve] = {
    **{2: _srgb_curve, 4: _gamma_curve(2.2), 5: _gamma_curve(2.8), 7: _smpte_240m, 8: _gamma_curve(1.0)},
    **{13: _srgb_curve, 16: _pq, 17: lambda v: v**2.6 * (52.37 / 48), 18: _hlg},
}
_VIDEO = (1, 6, 11, 12, 14, 15)
_HDR = {16: "PQ", 18: "HLG"}


def to_srgb(image: Image.Image, metadata: Metadata) -> Image.Image:
    """Convert an image to 8-bit sRGB.

    Parameters
    ----------
    image
        Mode L, RGB, CMYK, LAB or YCbCr.
    metadata
        The metadata of its file. Colours that it does not describe are taken as sRGB, and so, with a warning, are
        those of which the description can't be used.

    Returns
    -------
    Image
        Mode RGB.
    """
    if metadata.unknown_colors:
        log.warning("the colours are in %s, which can't be converted; they are taken as sRGB", metadata.unknown_colors)
    if metadata.icc and not metadata.cicp:
        try:
            return _convert(image, metadata.icc)
        except (ImageCms.PyCMSError, OSError, ValueError) as error:
            log.warning("the embedded colour profile can't be used (%s); the colours are taken as sRGB", error)
    try:
        profile = described(metadata)
    except (ValueError, ArithmeticError, struct.error, np.linalg.LinAlgError) as error:
        log.warning("the file's colour information can't be used (%s); the colours are taken as sRGB", error)
        profile = None
    image = image if image.mode == "RGB" else image.convert("RGB")
    return _convert(image, profile) if profile else image


def _convert(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert an image from the colour space of an ICC profile to sRGB."""
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if image.mode == "L" and opened.profile.xcolor_space.strip() == "RGB":
        image = image.convert("RGB")
    return ImageCms.profileToProfile(
        image,
        opened,
        ImageCms.createProfile("sRGB"),
        # With this sRGB profile, the perceptual intent would lighten blacks, unlike in other converters.
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        # The coarse table that Little CMS precomputes is off by up to 25 levels in CMYK, by 1 in RGB.
        flags=ImageCms.Flags.NOOPTIMIZE if image.mode == "CMYK" else ImageCms.Flags.NONE,
    )


def described(metadata: Metadata) -> bytes | None:
    """Build an ICC profile from metadata other than a profile; None if the colours are sRGB or not described."""
    if metadata.cicp:
        return _of_code_points(metadata.cicp)
    if metadata.srgb or metadata.icc:
        return None
    if metadata.gamma:
        # Writers round 1 / 2.2 differently, and mean sRGB by it.
        near = abs(metadata.gamma * 2.2 - 1) <= 0.05
        if near and metadata.chromaticities is None:
            return None
        curve = _srgb_curve if near else _gamma_curve(1 / metadata.gamma)
        return rgb_profile(metadata.chromaticities or _BT709, curve)
    # Adobe RGB (1998): the exponent is 2 + 51/256.
    return rgb_profile(_ADOBE_RGB, _gamma_curve(563 / 256)) if metadata.adobe_rgb else None


def _of_code_points(cicp: Cicp) -> bytes | None:
    """Build an ICC profile from code points; None if they are those of sRGB."""
    primaries = _PRIMARIES.get(cicp.primaries)
    curve = _TRANSFERS.get(cicp.transfer)
    if cicp.transfer in _VIDEO:
        curve = _gamma_curve(2.4) if cicp.video else _srgb_curve
    if primaries is None or curve is None:
        raise ValueError(f"unsupported code points {cicp.primaries} and {cicp.transfer}")
    if cicp.transfer in _HDR:
        log.warning(
            "the picture is HDR (%s): highlights brighter than SDR white are clipped; export it in SDR to control "
            "how it looks",
            _HDR[cicp.transfer],
        )
    if cicp.full_range:
        return None if primaries == _BT709 and curve is _srgb_curve else rgb_profile(primaries, curve)
    return rgb_profile(primaries, lambda v: curve(np.clip((v * 255 - 16) / 219, 0, 1)))


def rgb_profile(chromaticities: tuple[float, ...], curve: Curve) -> bytes:
    """Build an ICC profile (version 2) from three primaries and one transfer function.

    Parameters
    ----------
    chromaticities
        x, y of white, red, green, blue.
    curve
        Function from values, 0 to 1, to linear light, which is clipped at 1.

    Raises
    ------
    ValueError, ArithmeticError, LinAlgError
        If the primaries do not enclose the white point.
    """
    x, y = np.array(chromaticities, dtype=float).reshape(4, 2).T
    if y[0] <= 0 or not np.isfinite([x, y]).all():
        raise ValueError("it has no valid white point")
    xyz = np.stack([x, y, 1 - x - y])
    white = xyz[:, 0] / y[0]
    to_xyz = xyz[:, 1:] * np.linalg.solve(xyz[:, 1:], white)
    # Adapt to the white of the profile connection space with the Bradford matrix (ICC.1:2022, annex E).
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    d50 = np.array([0.9642, 1.0, 0.8249])
    to_d50 = np.linalg.solve(bradford, np.diag(bradford @ d50 / (bradford @ white)) @ bradford) @ to_xyz
    if not np.isfinite(to_d50).all() or np.abs(to_d50).max() > 100:
        raise ValueError("its primaries do not enclose its white point")
    values = np.linspace(0, 1, 4096)
    samples = np.rint(np.clip(curve(values), 0, 1) * 65535).astype(">u2")

    def number(value: float) -> int:
        return round(float(value) * 65536)

    def point(values: np.ndarray) -> bytes:
        return b"XYZ " + bytes(4) + struct.pack(">3i", *map(number, values))

    trc = b"curv" + bytes(4) + struct.pack(">I", len(samples)) + samples.tobytes()
    name = b"desc" + bytes(4) + struct.pack(">I", 4) + b"rgb\0" + bytes(4 + 4 + 2 + 1 + 67)
    text = b"text" + bytes(4) + b"none\0\0\0\0"
    contents = {b"desc": name, b"cprt": text, b"wtpt": point(d50), b"rTRC": trc}
    contents |= {tag: point(column) for tag, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), to_d50.T, strict=True)}
    start = 128 + 4 + 12 * (len(contents) + 2)
    directory, body, places = b"", b"", {}
    for tag, content in contents.items():
        places[tag] = struct.pack(">2I", start + len(body), len(content))
        directory += tag + places[tag]
        body += content + bytes(-len(content) % 4)
    directory += b"gTRC" + places[b"rTRC"] + b"bTRC" + places[b"rTRC"]
    header = struct.pack(">I4sI4s4s4s", start + len(body), bytes(4), 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", *map(number, d50))
    return header.ljust(128, b"\0") + struct.pack(">I", len(contents) + 2) + directory + body
