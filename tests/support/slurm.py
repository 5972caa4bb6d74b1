"""A real Slurm cluster of one node, on the loopback, and projects whose jobs go to it.

The configuration has to be at Slurm's default place, because the executor plugin clears SLURM_CONF from the
environment of srun; one that is there is put back afterwards.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from project import Project

CONF = Path("/etc/slurm/slurm.conf")
MARK = "PALETTE_TEST_CLUSTER"  # in the environment of all that the cluster starts
# cgroups are out of reach in many containers. Instead, Slurm looks every second at the memory of each step
# (jobacct_gather/linux) and kills what is above its request (OverMemoryKill): a shorter peak goes unseen.
CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill,UsePss
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=2
ReturnToService=2
SlurmdTimeout=10
KillWait=2
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=8000
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 900) -> Any:
    """Wait until a condition holds and return its value, or fail with what did not come."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            pytest.fail(f"{what} did not come within {seconds} s")
        time.sleep(0.2)
    return value


def ask(*command: str) -> str:
    """Return what a command prints; nothing while it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


class Cluster:
    """The daemons, and what a test does to them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.host = socket.gethostname().split(".")[0]
        self.environment = {**os.environ, MARK: str(folder)}

    def start(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o600)
        files = {
            "key-file": key,
            **{name: self.folder / f"munge.{name}" for name in ("socket", "pid-file", "seed-file")},
        }
        self._run("munged", "--foreground", *(f"--{name}={path}" for name, path in files.items()))
        wait_for(files["socket"].exists, "munged's socket")
        self._run("slurmctld", "-D", "-c")
        self.start_slurmd()

    def start_slurmd(self) -> None:
        self.slurmd = self._run("slurmd", "-D", "-N", self.host)
        wait_for(lambda: self.node().startswith(("idle", "mix", "alloc")), "an idle node")

    def kill_slurmd(self) -> None:
        self.slurmd.kill()
        self.slurmd.wait()

    def _run(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{command[0]}.out").open("ab") as out:
            return subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def node(self) -> str:
        """Tell the node's state; a trailing star says that it does not answer."""
        return ask("sinfo", "--noheader", "--format=%t").strip()

    def jobs(self, state: str = "all") -> list[dict[str, str]]:
        """List the jobs there are and have been, in the order of their submission."""
        lines = ask("squeue", "--noheader", f"--states={state}", "--sort=i", "--format=%i %T %m %C %k").splitlines()
        return [
            dict(zip(("id", "state", "memory", "cpus", "comment"), line.split(" ", 4), strict=True)) for line in lines
        ]

    def running(self, word: str) -> str | None:
        """Find a running job by a word of its comment, which names its rule or group."""
        return next((job["id"] for job in self.jobs("running") if word in job["comment"]), None)

    def cancel(self, job: str) -> None:
        subprocess.run(["scancel", job], check=True)

    def log(self) -> str:
        return (self.folder / "slurmd.log").read_text() + (self.folder / "slurmctld.log").read_text()

    def stop(self) -> None:
        """End all that is ours, jobs and their steps included, by their process ids."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self._processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            end = time.monotonic() + 10
            while self._processes() and time.monotonic() < end:
                time.sleep(0.2)

    def _processes(self) -> list[int]:
        return [int(process.name) for process in Path("/proc").glob("[0-9]*") if self._is_ours(process)]

    def _is_ours(self, process: Path) -> bool:
        """Know a process by the mark; slurmstepd, which blanks its environment, by the log it has open."""
        try:
            if f"{MARK}={self.folder}".encode() in (process / "environ").read_bytes().split(b"\0"):
                return True
            return any(file.readlink().is_relative_to(self.folder) for file in (process / "fd").iterdir())
        except OSError:  # it has just ended
            return False


def demand_slurm() -> None:
    """Install Slurm if need be, or end the run with what is missing."""
    if os.geteuid() != 0:
        pytest.exit("The Slurm tests start a cluster of their own: run them as root.", returncode=1)
    if not all(map(shutil.which, ("slurmctld", "slurmd", "munged"))):
        if not shutil.which("apt-get"):
            pytest.exit("The Slurm tests need slurmctld, slurmd and munged; there is no apt-get.", returncode=1)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in ("update -q", "install -y -q --no-install-recommends slurm-wlm munge"):
            if subprocess.run(["apt-get", *command.split()], env=environment, check=False).returncode:
                pytest.exit(f"The Slurm tests need Slurm: apt-get {command} failed.", returncode=1)
    for name in Path("/proc").glob("[0-9]*/comm"):
        try:
            if name.read_text().strip() in ("slurmctld", "slurmd"):
                pytest.exit("Slurm runs here already; these tests would take its configuration away.", returncode=1)
        except OSError:
            continue


class SlurmProject(Project):
    """A project whose jobs go to the cluster."""

    timeout = 900  # seconds; a job is three Snakemakes deep, and two cores may be busy with other things

    def submit(self, *arguments: str) -> str:
        """Run to the end by the shipped profile; only what waits for a larger cluster is quickened."""
        # There is no accounting database here, so sacct has nothing to say.
        status = ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1"]
        status += ["--seconds-between-status-checks", "1"]
        run = self.snakemake("--profile", "profiles/slurm", *status, *arguments)
        assert run.returncode == 0, run.stdout
        return run.stdout
