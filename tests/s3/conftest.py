"""An S3 server on the loopback, and projects that keep everything in a bucket of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from project import Project

BUCKET, PREFIX = "study", "colours"
KEYS = {"SNAKEMAKE_STORAGE_S3_ACCESS_KEY": "test", "SNAKEMAKE_STORAGE_S3_SECRET_KEY": "test"}


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


class Bucket:
    """The bucket's objects, seen with another client than Snakemake's plugin."""

    def __init__(self, endpoint: str):
        self.client = boto3.client(
            "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        self.client.create_bucket(Bucket=BUCKET)

    def upload(self, path: Path, name: str) -> None:
        self.client.upload_file(str(path), BUCKET, f"{PREFIX}/{name}")

    def products(self) -> dict[str, bytes]:
        """Read every object below the results."""
        start = f"{PREFIX}/results/"
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=start)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        return {key.removeprefix(start): self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


@pytest.fixture
def bucket(endpoint) -> Iterator[Bucket]:
    bucket = Bucket(endpoint)
    yield bucket
    for key in [entry["Key"] for entry in bucket.client.list_objects_v2(Bucket=BUCKET).get("Contents", ())]:
        bucket.client.delete_object(Bucket=BUCKET, Key=key)
    bucket.client.delete_bucket(Bucket=BUCKET)


class S3Project(Project):
    """A project whose inputs and outputs are a bucket's."""

    def __init__(self, folder: Path, config: dict[str, Any], endpoint: str):
        super().__init__(folder, config)
        self.storage = f"--default-storage-provider s3 --default-storage-prefix s3://{BUCKET}/{PREFIX}".split()
        self.storage += ["--storage-s3-endpoint-url", endpoint]
        # Neither the user's credentials nor a proxy may come between.
        self.environment = {**KEYS, "AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1"}

    def snakemake(self, *arguments: str, **environment: str):
        return super().snakemake(*self.storage, *arguments, **self.environment, **environment)


@pytest.fixture
def project(endpoint, tmp_path) -> S3Project:
    from test_s3 import CONFIG

    return S3Project(tmp_path, CONFIG, endpoint)
