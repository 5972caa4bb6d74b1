"""A Slurm cluster for as long as the tests run."""

import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from slurm import CONF, CONFIGURATION, Cluster, demand_slurm


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    demand_slurm()
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    # Others may look at munged's socket only if they can reach it.
    folder.chmod(0o755)
    (folder / "state").mkdir()
    (folder / "spool").mkdir()
    before = CONF.read_bytes() if CONF.exists() else None
    # What ends a run of the tests, a time limit for one, must not leave daemons behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    cluster = Cluster(folder)
    try:
        with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
            ports = [server.getsockname()[1] for server in (one, other)]
        CONF.write_text(CONFIGURATION.format(host=cluster.host, folder=folder, ports=ports))
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        CONF.unlink(missing_ok=True) if before is None else CONF.write_bytes(before)
        shutil.rmtree(folder)
