"""The arguments of every kernel: one table from which they are compiled and by which every call is checked."""

import re
import struct
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

# By module and kernel. An argument is a number or an array, whose sizes are numbers, symbols that have one value in a
# call, or sums and products of them. Arrays that are written to are marked `out`.
_TEXTS = {
    "search": {
        "cell_inertias": """
            points: float64[n, 3], weights: float64[n], codes: int64[n], out sums: float64[n + 1, 5],
            out stack: int64[n], out inertias: float64[n]""",
        "lloyd": """
            points: float64[n, 3], weights: float64[n], max_iter: int64, margin: float64, fixed: int64,
            out centroids: float64[k, 3], out labels: int32[n], out bounds: float64[n, 2], out masses: float64[k, 4],
            out drift: float64[k, 4], out order: int32[k, k], out gaps: float64[k, k], out iterations: int32[1]
            -> float64""",
        "swap": """
            points: float64[n, 3], weights: float64[n], draws: float64[trials, 2], rounds: int64, fixed: int64,
            out centroids: float64[k, 3], out labels: int32[n], out masses: float64[k, 4], out saved: float64[k, 7],
            out costs: float64[n], out losses: float64[k], out gaps: float64[width], out neighbours: int32[k, width],
            out kept: int32[3, width + 1], out close: int32[width], out ranked: int32[k], out heads: int32[k],
            out links: int32[n, 2], out marks: int32[k, 3], out touched: int32[k], out scanned: int32[k],
            out log: int32[room, 2], out counts: int32[2]
            -> float64""",
        "crossover": """
            points: float64[n, 3], weights: float64[n], max_iter: int64, margin: float64, fixed: int64,
            starts: int64, draws: float64[runs, k + 7], out population: float64[size, k, 3],
            out inertias: float64[size],
            out centroids: float64[k, 3], out labels: int32[n], out bounds: float64[n, 2], out masses: float64[k, 4],
            out drift: float64[k, 4], out order: int32[k, k], out gaps: float64[k, k], out iterations: int32[1],
            out costs: float64[n], out paired: int32[k]
            -> float64""",
    },
    "bound": {
        "dot": "first: float64[n], second: float64[n] -> float64",
        "soften": "sums: float64[m], heat: float64, out shares: float64[m] -> float64",
        "gains": """
            points: float32[3, n], weights: float32[n], radii: float32[n], starts: int64[blocks + 1],
            boxes: float32[blocks, 6], places: float32[3, m], soft: float64, out near: int32[m],
            out local: float32[4, m], out sums: float64[m]""",
        "cover": """
            points: float32[3, n], radii: float32[n], starts: int64[blocks + 1], boxes: float32[blocks, 6],
            places: float32[3, m], soft: float64, shares: float64[m], out covered: float32[n]""",
        "climb": """
            points: float32[3, n], weights: float32[n], radii: float32[n], starts: int64[blocks + 1],
            boxes: float32[blocks, 6], steps: int64, out reaches: float32[blocks], out places: float32[3, m]""",
        "largest": """
            points: float64[n, 3], weights: float64[n], radii: float64[n], start: float64, slack: float64,
            limit: int64, out rows: int32[room], out ends: int64[depth, 2], out boxes: float64[depth, 6],
            out sums: float64[depth, 5], out found: float64[most, 3], out counts: int64[3]
            -> float64""",
    },
    "choice": {
        "gains": """
            points: float64[3, n], weights: float64[n], radii: float64[n], starts: int64[blocks + 1],
            boxes: float64[blocks, 6], stock: float64[m, 3], out near: int32[m], out local: float64[4, m],
            out sums: float64[m]""",
        "swap": """
            points: float64[3, n], weights: float64[n], starts: int64[blocks + 1], boxes: float64[blocks, 6],
            stock: float64[m, 3], kept: int64, out chosen: int64[k], out nearest: float64[2, n], out labels: int32[n],
            out losses: float64[k], out changes: float64[k], rounds: int64
            -> float64""",
        "select": """
            gains: float64[m], kept: int64, free: int64, heat: float64, out shares: float64[m]
            -> float64""",
        "enumerate_choices": """
            points: float64[3, n], weights: float64[n], radii: float64[n], stock: float64[m, 3], gains: float64[m],
            least: float64, inertia: float64, limit: int64, out distances: float64[free + 1, n],
            out covered: float64[free + 1], out places: int64[free + 1], out best: int64[free], out complete: int64[1]
            -> float64""",
    },
    "palette": {
        "rank": "points: float64[n, 3], centroids: float64[k, 3], out gaps: float64[n, 2], out labels: int32[n]",
        "moved": """
            points: float64[n, 3], weights: float64[n], cluster: int64, centroid: float64[1, 3],
            gaps: float64[n, 2], labels: int32[n]
            -> float64""",
    },
    "metrics": {
        "ssim": """
            original: uint8[height, width, 3], palette: int32[k, 3], indices: uint8[height, width],
            c1: float64, c2: float64, window: int64, masked: int64, out columns: int32[5, 3 * width]
            -> float64""",
        "delta_e": """
            first: float64[colors, 3], second: float64[k, 3], rows: int32[n], labels: int32[n],
            out differences: float64[n]""",
    },
    "vision": {
        "blur": """
            plane: float32[rows, width], taps: float32[taps], first: int64, factors: float32[height, width],
            out padded: float32[padded], out across: float32[rows + 1, width], out blurred: float32[height, width]""",
        "to_lab": """
            channels: float32[3, n], matrix: float64[3, 3], out relative: float64[3, 1024], out lab: float64[n, 3]""",
        "compare": """
            original: float64[n, 3], channels: float32[3, n], matrix: float64[3, 3], out relative: float64[3, 1024],
            out lab: float64[1024, 3], out differences: float32[n]""",
    },
    "silhouette": {
        "distances": """
            rows: float32[3, m], points: float32[3, n], weights: float32[n], starts: int32[runs + 1],
            out part: float32[m], out sums: float64[runs, m]""",
    },
    "dither": {
        "diffuse": """
            light: float64[n, 3], palette: float64[k, 3], weights: float64[channels], limit: float64,
            shares: int64[parts, 3], divisor: int64, first: int64, serpentine: int64, count: int64,
            out errors: float64[3, width + 4, 3], out pixels: int32[height, width]""",
        "mix": """
            light: float64[n, 3], palette: float64[k, 3], weights: float64[channels], out counts: int32[k],
            out mixtures: uint8[n, size]""",
        "void_and_cluster": """
            gaussian: int64[size, size], out ones: int32[size, size], out energy: int64[size, size],
            out saved: int32[size, size], out ranks: int32[size, size]""",
    },
    "sight": {
        "sight": """
            places: float64[n, 2], inner: float64, outer: float64, out covered: uint8[height, width],
            out seen: uint8[n]""",
    },
}
_ARGUMENT = re.compile(r"(?P<out>out )?(?P<name>\w+): (?P<type>\w+)(?:\[(?P<shape>.*?)\])?")
_SIZE = re.compile(r"(?:(\d+) \* )?(?:([a-z]\w*)(?: \+ )?)?(\d+)?")


class Size(NamedTuple):
    """One size of an array: factor * symbol + more, or `more` alone where the symbol is empty."""

    factor: int
    symbol: str
    more: int


class Argument(NamedTuple):
    """One argument of a kernel."""

    name: str
    kind: str  # type, and shape of an array, as the table has them
    type: str  # int64 or float64; of an array its dtype
    shape: tuple[Size, ...] | None  # of an array; None for a number
    out: bool  # whether the kernel writes to it

    def accepts(self, value: object) -> bool:
        """Tell whether a value has the type of this argument; an array also its number of dimensions and its layout."""
        if self.shape is None:
            return isinstance(value, (int, np.integer) if self.type == "int64" else float)
        if not isinstance(value, np.ndarray) or value.dtype != self.type or value.ndim != len(self.shape):
            return False
        flags = value.flags
        return flags.c_contiguous and flags.aligned and (flags.writeable or not self.out)


class Signature:
    """The arguments of a kernel.

    Attributes
    ----------
    arguments : list of Argument
        In the order of the table.
    returns : bool
        Whether the kernel returns a float64, or else nothing.
    """

    def __init__(self, text: str):
        self.arguments = []
        for found in _ARGUMENT.finditer(text):
            shape = None
            if found["shape"]:
                sizes = (_SIZE.fullmatch(size).groups() for size in found["shape"].split(", "))
                shape = tuple(Size(int(factor or 1), symbol or "", int(more or 0)) for factor, symbol, more in sizes)
            kind = found[0].rpartition(": ")[2]
            self.arguments.append(Argument(found["name"], kind, found["type"], shape, bool(found["out"])))
        self.returns = "->" in text
        self._names = {argument.name for argument in self.arguments}
        words = ("d" if argument.type == "float64" and argument.shape is None else "q" for argument in self.arguments)
        shapes = ("q" * len(argument.shape or ()) for argument in self.arguments)
        self._words = struct.Struct("".join(word + shape for word, shape in zip(words, shapes, strict=True)))

    def pack(self, values: Mapping[str, int | float | np.ndarray]) -> bytes:
        """Check the arguments of a call and pack them for the machine code, in the order of the table.

        Returns
        -------
        bytes
            Words of 64 bits: a number, or an array's address and its sizes.

        Raises
        ------
        TypeError
            If an argument is missing, unknown or not of its type.
        ValueError
            If the shapes of the arrays do not agree.
        """
        if values.keys() != self._names:
            known = ", ".join(argument.name for argument in self.arguments)
            raise TypeError(f"the arguments have to be {known}, not {', '.join(values) or 'none'}")
        sizes, words = {"": 0}, []
        for argument in self.arguments:
            value = values[argument.name]
            if not argument.accepts(value):
                raise TypeError(f"{argument.name} has to be {argument.kind}, not {_describe(value)}")
            if argument.shape is None:
                words.append(value)
                continue
            for (factor, symbol, more), size in zip(argument.shape, value.shape, strict=True):
                # The first array with a symbol in its shape sets its value.
                if size != factor * sizes.setdefault(symbol, (size - more) // factor) + more:
                    known = ", ".join(f"{name} = {value}" for name, value in sizes.items() if name)
                    raise ValueError(f"{argument.name} has to be {argument.kind} where {known}, not {_describe(value)}")
            words += [value.ctypes.data, *value.shape]
        return self._words.pack(*words)


def _describe(value: object) -> str:
    """Name the type of a value; of an array its dtype, its shape, and what is unusual about its layout."""
    if not isinstance(value, np.ndarray):
        return type(value).__name__
    flags = value.flags
    layout = "" if flags.c_contiguous and flags.aligned else ", not contiguous or not aligned"
    return f"{'' if flags.writeable else 'read-only '}{value.dtype}{list(value.shape)}{layout}"


SIGNATURES = {module: {name: Signature(text) for name, text in kernels.items()} for module, kernels in _TEXTS.items()}
