"""Run the scripts of jobs in forks of a process that has imported what most of them do: half of a short job is that.

    python tests/support/jobs.py

It prints the path of a program that takes the place of Python in a run: a script that is given to it is run here
(tests/support/job.py). It ends with its input.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import shlex
import shutil
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path

IMPORTED = (
    *("snakemake.iocontainers", "snakemake.logging", "snakemake.script", "ctypes", "csv", "html", "zipfile"),
    *("jinja2", "llvmlite.binding", "numpy", "oxipng", "PIL.Image", "PIL.PngImagePlugin"),
    *("matplotlib.backends.backend_agg", "matplotlib.figure", "matplotlib.ticker", "matplotlib.offsetbox"),
)


def attend(connection: socket.socket) -> None:
    """Return in another process, which is to do the job; in this one, wait for its end, and pass on how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if process := os.fork():
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        with contextlib.suppress(BrokenPipeError):
            connection.sendall(str(code).encode())
        os._exit(0)


def do(connection: socket.socket) -> None:
    """Do a job: three files for input and output are asked for, then a folder, a script and an environment."""
    _, files, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile() as request:
        folder, script, environment = json.load(request)
    connection.close()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, file in enumerate(files):
        os.dup2(file, descriptor)
        os.close(file)
    sys.argv, sys.path[0] = [script], os.path.dirname(script)
    runpy.run_path(script, run_name="__main__")


def main() -> None:
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    for name in IMPORTED:
        importlib.import_module(name)
    if threading.active_count() > 1:
        raise RuntimeError("of several threads, a fork would have one alone")
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who attend to a job
    folder, server = Path(tempfile.mkdtemp()), socket.socket(socket.AF_UNIX)
    server.bind(str(folder / "socket"))
    server.listen(64)
    command = [sys.executable, "-IS", Path(__file__).with_name("job.py"), folder / "socket", sys.executable]
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, command))} "$@"\n')
    python.chmod(0o755)
    print(python, flush=True)
    while server in select.select([server, sys.stdin], [], [])[0]:
        connection, _ = server.accept()
        if not os.fork():
            server.close()
            attend(connection)
            do(connection)
            return
        connection.close()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
