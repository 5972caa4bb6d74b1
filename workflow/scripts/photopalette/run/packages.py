"""The packages whose versions decide over a byte of the results."""

from importlib.metadata import PackageNotFoundError, version

KERNELS = ("llvmlite", "numba")  # what compiles the kernels
SKLEARN = ("scikit-learn", "scipy")  # scikit-learn's K-means leaves its matrix products to scipy
PNG = ("pillow", "pyoxipng")  # an indexed picture is written by the one and made small by the other


def installed(package: str) -> str | None:
    """Tell the version of a package; None where it is not installed, as some are optional."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
