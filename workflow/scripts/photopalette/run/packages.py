"""Packages whose versions have an effect on the results."""

from importlib.metadata import PackageNotFoundError, version

KERNELS = ("llvmlite", "numba")  # compile the kernels
SKLEARN = ("scikit-learn", "scipy")  # scikit-learn's K-means uses scipy's matrix products
PNG = ("pillow", "pyoxipng")  # the first writes an indexed picture, the second compresses it


def installed(package: str) -> str | None:
    """Return the version of a package, or None if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
