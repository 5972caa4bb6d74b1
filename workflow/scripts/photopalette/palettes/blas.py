"""Matrix products with the same last digits on every processor of an architecture, for libraries that use them."""

import os

# OpenBLAS's names for the plainest kernels, which run on every processor that numpy supports.
_KERNELS = {"x86_64": "Nehalem", "amd64": "Nehalem", "aarch64": "ARMV8", "arm64": "ARMV8"}


def use_plainest_kernels() -> None:
    """Make OpenBLAS or MKL use its plainest kernels, on one thread, regardless of the user's environment.

    By default, the kernels depend on the processor, and so does the order of their sums; with threads, it depends on
    which one ends first. The libraries read these settings once, when numpy is imported.
    """
    os.environ |= {
        "MKL_CBWR": "COMPATIBLE",
        **dict.fromkeys(("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    }
    if kernels := _KERNELS.get(os.uname().machine.lower()):
        os.environ["OPENBLAS_CORETYPE"] = kernels
