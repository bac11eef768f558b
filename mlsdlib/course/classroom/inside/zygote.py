"""A process that has imported what submissions import, and forks a jail whenever it is asked.

Run as a file, ``python -I zygote.py FACTS``, with a socket as its standard input. A request is a
JSON line and two sockets: the jail's wire, and the one its keeper reports on. An empty line is the
end. If the socket closes without it the grader was killed, and what it had on the disk is removed.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import shutil
import signal
import socket
import sys
import types
import warnings
from pathlib import Path


def main(modules: list[str], remove: list[str]) -> None:
    """Serve until the grader says that it is over, or ends."""
    package = types.ModuleType("inside")
    package.__path__ = [str(Path(__file__).resolve().parent)]
    sys.modules["inside"] = package
    keeper = importlib.import_module("inside.keeper")
    warnings.simplefilter("ignore")
    for module in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # a keeper reports by itself
    control = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.close(null)
    gc.freeze()  # a collection in a child would copy every page
    while True:
        request, handles, _, _ = socket.recv_fds(control, 1 << 16, 2)
        if request == b"\n":
            return
        if not request:
            for folder in remove:
                shutil.rmtree(folder, ignore_errors=True)
            return
        if os.fork() == 0:
            control.close()
            keeper.keep(json.loads(request), *handles)
        for handle in handles:
            os.close(handle)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
