"""With a bucket for default storage nothing but the bytes' place differs from a local run."""

import shutil
from pathlib import Path

import pytest
from PIL import Image

from conftest import S3Project
from project import TINY, Project

CONFIG = TINY | {"images": {"cup": {"source": "skimage:coffee"}, "own": {"source": "data/own.png"}}}


@pytest.fixture(scope="module")
def photo(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "own.png"
    Image.radial_gradient("L").resize((40, 30)).save(path)
    return path


def test_the_bucket_receives_the_bytes_of_a_local_run(project, bucket, photo, tmp_path_factory):
    local = Project(tmp_path_factory.mktemp("local"), CONFIG)
    (local.folder / "data").mkdir()
    shutil.copy(photo, local.folder / "data/own.png")
    local.make()

    bucket.upload(photo, "data/own.png")
    project.make()
    assert bucket.products() == local.products()
    assert not (project.folder / "results").exists()
    assert not (project.folder / "data").exists()
    assert project.planned() == {}

    # A new photo in the bucket runs its own image anew, and the study over both.
    Image.linear_gradient("L").resize((40, 30)).save(photo)
    bucket.upload(photo, "data/own.png")
    planned = project.planned()
    assert planned["download"] == planned["scatter"] == planned["study"] == planned["cluster:2"] == 1


def test_a_photo_that_the_bucket_lacks_starts_nothing(project, bucket):
    run = project.snakemake("--cores", "1")
    assert run.returncode != 0
    assert "images.own.source: there is no file data/own.png (in s3://study/colours)" in run.stdout
    assert bucket.products() == {}


def test_jobs_need_the_sources_and_the_bucket_alone(endpoint, bucket, photo, tmp_path):
    """As in the pods of Kubernetes: every job in a new folder with an empty cache, none sees another's files."""
    bucket.upload(photo, "data/own.png")
    for rule in ("download", "resize", "flatten"):
        (tmp_path / rule).mkdir()
        pod = S3Project(tmp_path / rule, CONFIG, endpoint)
        job = f"--target-jobs {rule}:image=own --allowed-rules {rule} --mode remote --shared-fs-usage none --no-hooks"
        run = pod.snakemake("--cores", "1", "--force", *job.split(), XDG_CACHE_HOME=str(pod.folder / "cache"))
        assert run.returncode == 0, run.stdout
    assert bucket.products().keys() == {"own/resized.png", "own/pixels.npz"}
