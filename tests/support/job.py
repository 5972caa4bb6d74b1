"""Take the place of Python in a run, and have a script run where all is imported already (tests/support/jobs.py).

    python -IS tests/support/job.py SOCKET PYTHON ARGUMENT…

What is not a script alone is left to Python, as is a script that decides how libraries are loaded.
"""

import json
import os
import socket
import sys

address, python, *arguments = sys.argv[1:]
if len(arguments) == 1:
    with open(arguments[0], encoding="utf-8") as script:
        alone = "use_plainest_kernels" in script.read()
if len(arguments) != 1 or alone:
    os.execv(python, [python, *arguments])
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(address)
    socket.send_fds(connection, [b" "], [0, 1, 2])
    connection.sendall(json.dumps([os.getcwd(), arguments[0], dict(os.environ)]).encode())
    connection.shutdown(socket.SHUT_WR)
    code = int(connection.recv(10))
if code < 0:
    os.kill(os.getpid(), -code)
sys.exit(code)
