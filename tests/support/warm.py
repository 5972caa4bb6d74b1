"""Run Snakemake in forks of a process that has imported it: half of a short run is that import.

    python tests/support/warm.py < requests

A request is a line of JSON: folder, arguments, environment, file for all that is printed, and the most seconds it may
take. The answer is the exit code. Jobs are run in forks as well (tests/support/jobs.py).
"""

import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
from pathlib import Path

# Snakemake, and what it would import only later.
for name in (
    "snakemake.cli",
    "numpy",
    "pandas",
    "jsonschema",
    "smart_open",
    "snakemake.storage",
    "snakemake.report.html_reporter",
    "yte",
):
    importlib.import_module(name)

jobs = subprocess.Popen(
    [sys.executable, Path(__file__).with_name("jobs.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
)
python = jobs.stdout.readline().strip()
for line in sys.stdin:
    if not (process := os.fork()):
        folder, sys.argv[1:], environment, output, seconds = json.loads(line)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for descriptor in (1, 2):
            os.dup2(os.open(output, os.O_WRONLY | os.O_APPEND), descriptor)
        signal.alarm(seconds)
        sys.executable = python
        # As `python -m snakemake` does it from here on, its end included.
        sys.path[0] = folder
        runpy.run_module("snakemake", run_name="__main__", alter_sys=True)
        break
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
