"""Matrix products are the same on every processor of a kind."""

import json
import os
import subprocess
import sys

PROGRAM = """
import json
from photopalette.palettes.blas import use_plainest_kernels
use_plainest_kernels()
import sklearn.cluster, threadpoolctl
print(json.dumps(threadpoolctl.threadpool_info()))
"""


def test_all_libraries_use_the_plainest_kernels_on_one_thread(pytestconfig):
    """numpy's and scipy's OpenBLAS, and scikit-learn's loops, whatever the user has set for other programs."""
    user = {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_NUM_THREADS": "3", "OMP_NUM_THREADS": "3"}
    path = {"PYTHONPATH": str(pytestconfig.rootpath / "workflow/scripts")}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**os.environ, **user, **path}, capture_output=True, check=True
    )
    libraries = json.loads(run.stdout)
    assert len(libraries) >= 2
    assert {library["num_threads"] for library in libraries} == {1}
    kernels = {library["architecture"] for library in libraries if library["internal_api"] == "openblas"}
    assert {name.lower() for name in kernels} <= {"nehalem", "armv8"}
