"""Matrix products with the same last digits on every processor of a kind, for libraries that sum by them."""

import os

# OpenBLAS's names for the plainest kernels, which every processor that numpy runs on has.
_KERNELS = {"x86_64": "Nehalem", "amd64": "Nehalem", "aarch64": "ARMV8", "arm64": "ARMV8"}


def use_plainest_kernels() -> None:
    """Have OpenBLAS or MKL use its plainest kernels, on one thread, whatever the user's environment says.

    Others are chosen by the processor and add in an order of their own, and threads in the order in which they end.
    A library looks at these settings once, when numpy is imported.
    """
    os.environ |= {
        "MKL_CBWR": "COMPATIBLE",
        **dict.fromkeys(("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    }
    if kernels := _KERNELS.get(os.uname().machine.lower()):
        os.environ["OPENBLAS_CORETYPE"] = kernels
