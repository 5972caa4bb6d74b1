"""The pipeline on Slurm makes the bytes of a local run, whatever happens to its jobs on the way."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from project import TINY
from slurm import MARK, SlurmProject, wait_for

TWO = TINY | {"images": {"cup": {"source": "skimage:coffee"}, "cat": {"source": "skimage:chelsea"}}}
FITS = [f"results/cup/k{k}/reconstructed.png" for k in (2, 3)]


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> dict[str, bytes]:
    """What a run on this machine makes."""
    project = SlurmProject(tmp_path_factory.mktemp("local"), TWO)
    project.make()
    return project.products()


@pytest.fixture
def project(cluster, tmp_path, monkeypatch) -> SlurmProject:
    monkeypatch.setenv(MARK, str(cluster.folder))
    return SlurmProject(tmp_path, TWO)


def test_slurm_makes_the_bytes_of_a_local_run(cluster, project, local):
    project.submit()
    assert project.products() == local
    jobs = cluster.jobs()
    # Four submissions an image, and the study over both.
    assert len(jobs) == 2 * 4 + 1
    assert {job["state"] for job in jobs} == {"COMPLETED"}
    assert {job["cpus"] for job in jobs} == {"1"}
    assert project.planned() == {}


def test_a_cancelled_job_and_a_lost_node(cluster, project, local):
    seen = len(cluster.jobs())
    with ThreadPoolExecutor() as pool:
        run = pool.submit(project.submit, *FITS)
        cluster.cancel(wait_for(lambda: cluster.running("prepare"), "the first group"))
        wait_for(lambda: cluster.running("fit"), "the second group")
        cluster.kill_slurmd()
        wait_for(lambda: cluster.node().startswith("down"), "the loss of the node")
        cluster.start_slurmd()
        run.result()
    made = project.products()
    assert {name.removeprefix("results/") for name in FITS} <= made.keys()
    assert made == {name: local[name] for name in made}
    assert cluster.jobs()[seen]["state"] == "CANCELLED"


def test_memory_is_doubled_until_it_suffices(cluster, project, local):
    rules = project.folder / "workflow/rules/image.smk"
    # Less than Snakemake alone takes in the job.
    text, changed = re.subn(r"mem_mb=grow\(\d+\)", "mem_mb=grow(100)", rules.read_text())
    assert changed == 3
    rules.write_text(text)
    seen = len(cluster.jobs())
    project.submit("results/cup/pixels.npz")
    assert project.products()["cup/pixels.npz"] == local["cup/pixels.npz"]
    jobs = cluster.jobs()[seen:]
    assert [job["memory"] for job in jobs] == ["100M", "200M", "400M"][: len(jobs)]
    assert jobs[0]["state"] == "FAILED"
    assert f"StepId={jobs[0]['id']}.batch exceeded memory limit" in cluster.log()
