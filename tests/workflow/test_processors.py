"""Results do not depend on the processor: on which of OpenBLAS's kernels it is given, nor on numpy's vector units."""

import pytest

from project import TINY, Project

PROCESSORS = {
    "nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
    "haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "skylake": {"OPENBLAS_CORETYPE": "SkylakeX"},
    "plain": {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"},
}
SPACES = ("rgb", "lab", "oklab")


@pytest.fixture(scope="module")
def config():
    return TINY | {
        "images": {space: {"source": "skimage:coffee", "kmeans": {"space": space}} for space in SPACES},
        "n_clusters": [3, 20],
        "resize": {"width": 60, "height": 40},
        "scatter": {"static": False},
        "figures": {name: False for name in ("error", "silhouette", "curves", "montage", "explorer")},
        "compare": ["median-cut", "octree", "imagequant", "wu"],
    }


def products(folder, config, **environment):
    project = Project(folder, config)
    targets = [f"results/{space}/{name}" for space in SPACES for name in ("scores.csv", "comparison.csv")]
    project.write_config()
    run = project.snakemake("--cores", "2", *targets, **environment)
    assert run.returncode == 0, run.stdout
    return {name: content for name, content in project.products().items() if not name.endswith("comparison.png")}


@pytest.fixture(scope="module")
def here(tmp_path_factory, config):
    return products(tmp_path_factory.mktemp("here"), config)


@pytest.mark.parametrize("processor", PROCESSORS)
def test_same_bytes(tmp_path, config, here, processor):
    assert products(tmp_path, config, **PROCESSORS[processor]) == here
