"""Results do not depend on the processor: neither on OpenBLAS's choice of kernels nor on numpy's vector units."""

import pytest

from project import NUMBERS_ALONE, TINY, Project, shared

PROCESSORS = {
    "old": {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"},
    "haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "skylake": {"OPENBLAS_CORETYPE": "SkylakeX"},
}
SPACES = ("rgb", "lab", "oklab")


@pytest.fixture(scope="module")
def config():
    return TINY | {
        "images": {space: {"source": "skimage:coffee", "kmeans": {"space": space}} for space in SPACES},
        "n_clusters": [20],
        "resize": {"width": 60, "height": 40},
        "figures": NUMBERS_ALONE["figures"],
        "compare": ["median-cut", "octree", "imagequant", "wu"],
    }


def finish(folder, config, **environment):
    project = Project(folder, config)
    targets = [f"results/{space}/{name}" for space in SPACES for name in ("scores.csv", "comparison.csv")]
    project.write_config()
    run = project.snakemake("--cores", "2", *targets, **environment)
    assert run.returncode == 0, run.stdout
    return project


def products(project):
    return {name: content for name, content in project.products().items() if not name.endswith("comparison.png")}


@pytest.fixture(scope="module")
def here(tmp_path_factory, config):
    return shared(tmp_path_factory, "here", lambda folder: finish(folder, config))


@pytest.mark.parametrize("processor", PROCESSORS)
def test_same_bytes(tmp_path, config, here, processor):
    assert products(finish(tmp_path, config, **PROCESSORS[processor])) == products(here)
