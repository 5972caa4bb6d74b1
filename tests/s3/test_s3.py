"""With a bucket as default storage, a run differs from a local one only in where its files are kept."""

import shutil
from pathlib import Path

import pytest
from PIL import Image

from bucket import S3Project
from project import Project

FILES = ("own.png", "mask.png", "brand.hex", "threads.csv")


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A folder with a photo, its mask, a palette and a stock."""
    folder = tmp_path_factory.mktemp("data")
    Image.radial_gradient("L").resize((40, 30)).save(folder / "own.png")
    Image.linear_gradient("L").resize((40, 30)).save(folder / "mask.png")
    (folder / "brand.hex").write_text("ff8800\n003366\n")
    (folder / "threads.csv").write_text("code,name,hex\n310,Black,#000000\n3,Grey,#777777\n1,White,#ffffff\n")
    return folder


def test_the_bucket_receives_the_bytes_of_a_local_run(project, bucket, data, tmp_path_factory):
    local = Project(tmp_path_factory.mktemp("local"), project.config)
    shutil.copytree(data, local.folder / "data")
    local.make()

    for name in FILES:
        bucket.upload(data / name, f"data/{name}")
    project.make()
    assert bucket.products() == local.products()
    assert not (project.folder / "results").exists()
    assert not (project.folder / "data").exists()
    assert project.planned() == {}

    # A new photo in the bucket runs its own image anew, and the study over both.
    Image.linear_gradient("L").resize((40, 30)).save(data / "own.png")
    bucket.upload(data / "own.png", "data/own.png")
    planned = project.planned()
    assert planned["download"] == planned["scatter"] == planned["study"] == planned["cluster:2"] == 1


def test_a_photo_that_the_bucket_lacks_starts_nothing(project, bucket):
    assert "images.own.source: there is no file data/own.png (in s3://study/colours)" in project.fail()
    assert bucket.products() == {}


def test_jobs_need_only_the_sources_and_the_bucket(project, endpoint, bucket, data, tmp_path):
    """As in the pods of Kubernetes: every job in a new folder with an empty cache, none sees another's files."""
    for name in FILES:
        bucket.upload(data / name, f"data/{name}")
    for rule in ("download", "resize", "flatten"):
        (tmp_path / rule).mkdir()
        pod = S3Project(tmp_path / rule, project.config, endpoint)
        job = f"--target-jobs {rule}:image=own --allowed-rules {rule} --mode remote --shared-fs-usage none --no-hooks"
        pod.make("--force", *job.split(), XDG_CACHE_HOME=str(pod.folder / "cache"))
    assert bucket.products().keys() == {"own/resized.png", "own/pixels.npz"}
