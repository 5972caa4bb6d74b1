"""A job fetches one source, or a set of photos into one file; what a retry can't mend is not tried again."""

import hashlib
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from download import main
from photopalette.photo.fetch import bundled_path
from photopalette.run.job import JobError
from server import serving

BODY = bytes(range(256))

OPTIONS = {"timeout": 300, "retries": 0, "max_megabytes": 1, "max_wait": 1}


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A job's parts, where nothing is at its source's path: Snakemake has put all elsewhere."""
    monkeypatch.chdir(tmp_path)
    for name in ("put", "logs", "raw"):
        Path(name).mkdir()
    return SimpleNamespace(
        wildcards=SimpleNamespace(image="photo"),
        input=SimpleNamespace(photos=[]),
        output=["raw/photo"],
        log=["logs/photo.log"],
        resources=SimpleNamespace(attempt=1),
        params=SimpleNamespace(source="a.jpg", photos=None, sha256=None, download=OPTIONS),
        config={"images": {"photo": {"source": "a.jpg"}}},
    )


def test_a_source_is_read_where_snakemake_has_put_it(job):
    Path("put/a").write_bytes(BODY)
    job.input.photos = ["put/a"]
    main(job)
    assert Path("raw/photo").read_bytes() == BODY
    job.params.sha256 = "0" * 64
    with pytest.raises(JobError, match=f"(?s)image 'photo': .*{hashlib.sha256(BODY).hexdigest()}"):
        main(job)


def test_a_url_comes_from_the_configuration(job, monkeypatch):
    """Params are without its secrets."""
    job.params.source = "https://127.0.0.1/hidden"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(lambda request: BODY) as server:
        job.config["images"]["photo"]["source"] = f"{server.url}/photo"
        main(job)
    assert Path("raw/photo").read_bytes() == BODY


def test_a_fault_is_final_only_within_its_run(job):
    with pytest.raises(JobError, match=r"image 'photo': there is no file a\.jpg") as first:
        main(job)
    Path("a.jpg").write_bytes(BODY)
    job.resources.attempt = 2
    with pytest.raises(JobError) as second:
        main(job)
    assert str(second.value) == str(first.value)
    Path("logs/photo.fault").write_text("")  # as a full disk left it
    main(job)
    job.resources.attempt = 1
    main(job)
    assert Path("raw/photo").read_bytes() == BODY
    assert not list(Path("logs").iterdir())
    job.resources.attempt = 2
    main(job)


@pytest.mark.parametrize("put", [True, False])
def test_photos_of_a_set_are_one_file_that_depends_on_their_bytes_alone(job, put):
    for name in ("a.jpg", "b.jpg"):
        Path("put" if put else ".", name).write_text(f"bytes of {name}")
    job.params.photos = {"second": "b.jpg", "coffee": "skimage:coffee", "first": "a.jpg"}
    job.input.photos = ["put/b.jpg", "put/a.jpg"] if put else []
    main(job)
    with zipfile.ZipFile("raw/photo") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "second": b"bytes of b.jpg",
            "coffee": bundled_path("skimage:coffee").read_bytes(),
            "first": b"bytes of a.jpg",
        }
        assert {(entry.date_time, entry.compress_type) for entry in archive.infolist()} == {((1980, 1, 1, 0, 0, 0), 0)}
    assert [path.name for path in Path("raw").iterdir()] == ["photo"]


def test_a_broken_photo_of_a_set_leaves_nothing(job):
    job.params.photos = {"first": "a.jpg"}
    with pytest.raises(JobError, match=r"image 'photo': there is no file a\.jpg"):
        main(job)
    assert not list(Path("raw").iterdir())
