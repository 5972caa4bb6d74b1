"""Results do not depend on the processor: neither on OpenBLAS's choice of kernels nor on numpy's vector units."""

import os
import subprocess
import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from photopalette.palettes.quantizers import QUANTIZERS
from project import NUMBERS_ALONE, TINY, Project, shared

# numpy's names for what this processor has: what its code takes for granted, and what it uses where it is there.
UNITS = np.show_config(mode="dicts")["SIMD Extensions"]
FOUND = UNITS.get("found", [])
# OpenBLAS's names for kernels that differ, and numpy's for what a processor needs to run them.
NEEDED = {
    "Nehalem": "X86_V2",
    "Haswell": "X86_V3",
    "SkylakeX": "X86_V4",
    "ARMV8": "ASIMD",
    "CORTEXA57": "ASIMD",
    "NEOVERSEN1": "ASIMDDP",
}
PROCESSORS = {
    kernels: {"OPENBLAS_CORETYPE": kernels}
    for kernels, unit in NEEDED.items()
    if unit in {*UNITS["baseline"], *FOUND} and "openblas" in {library["internal_api"] for library in threadpool_info()}
} | {
    # Without all that numpy, and the C library's mathematics on x86-64, use where it is there.
    "without units": {
        "NPY_DISABLE_CPU_FEATURES": " ".join(FOUND),
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F",
    }
}
SPACES = ("rgb", "lab", "oklab")


@pytest.fixture(scope="module")
def config():
    """All spaces, lower bounds, choices from a stock, all quantizers: matrix products would tell processors apart."""
    images = {space: {"source": "skimage:coffee", "kmeans": {"space": space}} for space in SPACES}
    images["rgb"] |= {"n_clusters": [7, 20, 100], "figures": {"explorer": True}, "compare": list(QUANTIZERS)}
    sizes = {"n_clusters": [9, 20], "resize": {"width": 60, "height": 40}}
    sizes["stock"] = {"names": {"colors": "xkcd", "at_most": 12}}
    return TINY | NUMBERS_ALONE | {"images": images, "certify": "all"} | sizes


def finish(folder, config, **environment):
    project = Project(folder, config)
    project.make(**environment)
    return project


def products(project):
    """Read everything but the record, the only file that may say where it was made."""
    return {name: content for name, content in project.products().items() if name != "provenance.json"}


@pytest.fixture(scope="module")
def here(tmp_path_factory, config):
    return shared(tmp_path_factory, "here", lambda folder: finish(folder, config))


@pytest.mark.parametrize("processor", PROCESSORS)
def test_same_bytes(tmp_path, config, here, processor):
    made, expected = products(finish(tmp_path, config, **PROCESSORS[processor])), products(here)
    assert [name for name in made | expected if made.get(name) != expected.get(name)] == []
    assert {f"rgb/{name}" for name in ("comparison.csv", "comparison.png", "comparison.zip", "explorer.html")} <= set(
        made
    )
    assert all(len(made[f"{space}/certificates.csv"].splitlines()) == 2 for space in SPACES)


@pytest.mark.parametrize("processor", PROCESSORS)
def test_libraries_work_as_on_that_processor(processor):
    """Otherwise the test above would hold this processor against itself."""
    program = """
import numpy as np, threadpoolctl
print(*(library["architecture"] for library in threadpoolctl.threadpool_info() if library["user_api"] == "blas"))
print(*np.show_config(mode="dicts")["SIMD Extensions"].get("found", []))
"""
    environment = PROCESSORS[processor]
    command = [sys.executable, "-W", "error", "-c", program]
    run = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    kernels, units = run.stdout.splitlines()
    if "OPENBLAS_CORETYPE" in environment:
        assert kernels.lower() == processor.lower()
    else:
        assert units == ""
