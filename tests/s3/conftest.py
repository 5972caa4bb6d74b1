"""An S3 server on the loopback, a bucket of it, and a project that keeps everything there."""

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from bucket import BUCKET, Bucket, S3Project
from project import TINY

OWN = {
    "source": "data/own.png",
    "mask": "data/mask.png",
    "palettes": {"brand": "data/brand.hex"},
    "stock": {"threads": {"colors": "data/threads.csv", "keep": ["310"]}},
}
CONFIG = TINY | {"images": {"cup": {"source": "skimage:coffee"}, "own": OWN}}


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(endpoint) -> Iterator[Bucket]:
    bucket = Bucket(endpoint)
    yield bucket
    for key in [entry["Key"] for entry in bucket.client.list_objects_v2(Bucket=BUCKET).get("Contents", ())]:
        bucket.client.delete_object(Bucket=BUCKET, Key=key)
    bucket.client.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def project(endpoint, tmp_path) -> S3Project:
    return S3Project(tmp_path, CONFIG, endpoint)
