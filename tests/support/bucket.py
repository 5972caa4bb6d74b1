"""A bucket of an S3 server, and projects that keep everything there."""

from pathlib import Path
from typing import Any

import boto3

from project import Project

BUCKET, PREFIX = "study", "colours"
KEYS = {"SNAKEMAKE_STORAGE_S3_ACCESS_KEY": "test", "SNAKEMAKE_STORAGE_S3_SECRET_KEY": "test"}


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
