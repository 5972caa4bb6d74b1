"""The arguments of every kernel: one table from which they are compiled and by which every call is checked."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

# By module and kernel. An argument is a number or an array, whose sizes are numbers, symbols that have one value in a
# call, or sums and products of them. Arrays that are written to are marked `out`.
_TEXTS = {
    "search": {
        "lloyd": """
            points: float64[n, 3], weights: float64[n], max_iter: int64, margin: float64,
            out centroids: float64[k, 3], out labels: int32[n], out bounds: float64[n, 2], out masses: float64[k, 4],
            out drift: float64[k, 4], out order: int32[k, k], out gaps: float64[k, k], out iterations: int32[1]
            -> float64""",
        "swap": """
            points: float64[n, 3], weights: float64[n], draws: float64[trials, 2], rounds: int64,
            out centroids: float64[k, 3], out labels: int32[n], out masses: float64[k, 4], out saved: float64[k, 7],
            out costs: float64[n], out losses: float64[k], out gaps: float64[width], out neighbours: int32[k, width],
            out kept: int32[3, width + 1], out close: int32[width], out ranked: int32[k], out heads: int32[k],
            out links: int32[n, 2], out marks: int32[k, 3], out touched: int32[k], out scanned: int32[k],
            out log: int32[room, 2], out counts: int32[2]
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
    "silhouette": {
        "distances": """
            rows: float32[3, m], points: float32[3, n], weights: float32[n], starts: int32[runs + 1],
            out part: float32[m], out sums: float64[runs, m]""",
    },
    "dither": {
        "dither": """
            colors: int32[n, 3], palette: int32[k, 3], out errors: int32[2, width + 2, 3],
            out pixels: int32[height, width]""",
    },
}
_ARGUMENT = re.compile(r"(?P<out>out )?(?P<name>\w+): (?P<type>\w+)(?:\[(?P<shape>.*?)\])?")


class Argument(NamedTuple):
    """One argument of a kernel.

    Attributes
    ----------
    name : str
        By which it is passed.
    type : str
        ``int64`` or ``float64``; of an array its dtype.
    shape : tuple of str or None
        Sizes of an array as the table has them; None for a number.
    out : bool
        Whether the kernel writes to it.
    """

    name: str
    type: str
    shape: tuple[str, ...] | None
    out: bool

    def __str__(self) -> str:
        return self.type if self.shape is None else f"{self.type}[{', '.join(self.shape)}]"

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
    sizes : dict
        The symbols in the arrays' shapes, each with an array and an axis that has this size.
    returns : bool
        Whether the kernel returns a float64, or else nothing.
    """

    def __init__(self, text: str):
        self.arguments = []
        self.sizes: dict[str, tuple[str, int]] = {}
        for match in _ARGUMENT.finditer(text):
            shape = match["shape"] and tuple(match["shape"].split(", "))
            self.arguments.append(Argument(match["name"], match["type"], shape, bool(match["out"])))
            for axis, size in enumerate(shape or ()):
                if size.isidentifier():
                    self.sizes.setdefault(size, (match["name"], axis))
        self.returns = "->" in text
        self._names = {argument.name for argument in self.arguments}
        shapes = (f"({', '.join(argument.shape)},)" if argument.shape else "None" for argument in self.arguments)
        self._shapes = eval(f"lambda {', '.join(self.sizes)}: ({', '.join(shapes)},)")

    def bind(self, values: Mapping[str, int | float | np.ndarray]) -> list[int | float]:
        """Check the arguments of a call and turn them into what the machine code takes.

        Returns
        -------
        list
            The sizes in the order of their symbols; then for each argument the number or the array's address.

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
        for argument in self.arguments:
            if not argument.accepts(value := values[argument.name]):
                raise TypeError(f"{argument.name} has to be {argument}, not {_describe(value)}")
        sizes = [values[name].shape[axis] for name, axis in self.sizes.values()]
        bound: list[int | float] = [*sizes]
        for argument, shape in zip(self.arguments, self._shapes(*sizes), strict=True):
            value = values[argument.name]
            if shape is None:
                bound.append(value)
            elif value.shape == shape:
                bound.append(value.ctypes.data)
            else:
                known = ", ".join(f"{symbol} = {size}" for symbol, size in zip(self.sizes, sizes, strict=True))
                raise ValueError(f"{argument.name} has to be {argument} where {known}, not {_describe(value)}")
        return bound


def _describe(value: object) -> str:
    """Name the type of a value; of an array its dtype, shape and, if it may matter, layout."""
    if not isinstance(value, np.ndarray):
        return type(value).__name__
    flags = value.flags
    layout = "" if flags.c_contiguous and flags.aligned else ", not contiguous or not aligned"
    return f"{'' if flags.writeable else 'read-only '}{value.dtype}{list(value.shape)}{layout}"


SIGNATURES = {module: {name: Signature(text) for name, text in kernels.items()} for module, kernels in _TEXTS.items()}
