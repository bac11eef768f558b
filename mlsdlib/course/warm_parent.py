"""The warm parent: a process that has imported the heavy packages, and forks kernels on request.

Run as a file, not as a module of the package: a kernel forked from here must import `mlsdlib`
itself, so that a changed library is never an old one in a warm kernel. For the same reason only
the standard library is imported above, and what is preloaded is named on the command line.

It only ever imports. Forking after something was computed would copy locks of thread pools that no
longer have threads, and the kernel would hang. A package that starts a thread as it is imported is
left to the kernels: the parent begins anew without it.

One client connects for one kernel, over a socket that keeps message boundaries. It sends a request
with three descriptors (stdin, stdout, stderr); it gets ``{"pid": …}`` from the kernel, later
``{"exit": …}`` from here. A client that hangs up has died: its kernel's process group is killed.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import selectors
import signal
import socket
import sys
import threading
import types
import warnings
from pathlib import Path

MESSAGE_BYTES = 1 << 20
PR_SET_PDEATHSIG = 1
FIXED = ("PYTHON", "LD_", "OMP_", "OPENBLAS_", "MKL_", "KMP_", "JE_", "MPL", "TZ", "LC_", "LANG")
"""Prefixes of variables that are read at start or at import: a kernel cannot change them later."""


def fixed(environment: dict[str, str]) -> dict[str, str]:
    """Return the part of an environment that a forked kernel must share with its parent."""
    return {name: text for name, text in environment.items() if name.startswith(FIXED)}


def preload(modules: list[str]) -> str:
    """Import what kernels will need; return which module started a thread, if one did."""
    # Not `catch_warnings`: the filters that a module sets as it is imported are to stay.
    warnings.filterwarnings("ignore", module=".*")
    quiet = warnings.filters[0]
    gc.disable()  # there is little garbage in what imports build; to look costs a fifth of the time
    # A kernel is no terminal: pandas, for one, asks as it is imported, and prints accordingly.
    builtins.get_ipython = lambda: types.SimpleNamespace(kernel=None)
    for name in modules:
        with contextlib.suppress(Exception):  # what cannot be imported is the notebook's to report
            importlib.import_module(name)
        if len(list(Path("/proc/self/task").iterdir())) > 1:
            return name
    warnings.filters.remove(quiet)
    del builtins.get_ipython
    return ""


class Kernel:
    """A forked kernel: its process, and the connection of the client that asked for it."""

    def __init__(self, pid: int, client: socket.socket) -> None:
        self.pid, self.client = pid, client
        self.handle = os.pidfd_open(pid)

    def kill(self) -> None:
        """Kill the kernel with every process that it has started."""
        for kill in (os.killpg, os.kill):  # one that is only just forked leads no group yet
            with contextlib.suppress(ProcessLookupError):
                kill(self.pid, signal.SIGKILL)

    def reap(self) -> None:
        """Collect the exit code and tell it to the client."""
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        with contextlib.suppress(OSError):  # the client has gone
            self.client.send(json.dumps({"exit": code}).encode())
        self.client.close()
        os.close(self.handle)


class Parent:
    """Forks a kernel for each request until its owner has gone."""

    def __init__(self, listener: socket.socket, owner: int, environment: dict[str, str]) -> None:
        self.listener, self.owner, self.owner_pid = listener, owner, os.getppid()
        self.fixed = fixed(environment)
        self.kernels: dict[int, Kernel] = {}
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ, self._accept)
        self.selector.register(owner, selectors.EVENT_READ, self._owner_gone)
        self.running = True

    def serve(self) -> dict | None:
        """Return None at the end; in a forked child, the request it is to become."""
        while self.running:
            for key, _ in self.selector.select(timeout=1):
                request = key.data() if self.selector.get_map().get(key.fd) is key else None
                if request is not None:
                    return request
            if os.getppid() != self.owner_pid:  # someone else holds the owner's end of the pipe
                self.running = False
        for kernel in self.kernels.values():
            kernel.kill()
        return None

    def _owner_gone(self) -> None:
        self.running = bool(os.read(self.owner, 1))

    def _accept(self) -> None:
        client, _ = self.listener.accept()
        self.selector.register(client, selectors.EVENT_READ, lambda: self._request(client))

    def _request(self, client: socket.socket) -> dict | None:
        self.selector.unregister(client)
        try:
            message, streams, _, _ = socket.recv_fds(client, MESSAGE_BYTES, 3)
        except OSError:  # the client has gone before it asked
            message, streams = b"", []
        request = json.loads(message) if message else {"env": None}
        if len(streams) != 3 or fixed(request["env"]) != self.fixed:
            with contextlib.suppress(OSError):
                client.send(b'{"refused": true}')
            client.close()
        elif pid := os.fork():
            kernel = self.kernels[pid] = Kernel(pid, client)
            self.selector.register(kernel.handle, selectors.EVENT_READ, lambda: self._ended(kernel))
            self.selector.register(client, selectors.EVENT_READ, kernel.kill)
        else:
            self._become(client, streams)
            return request
        for stream in streams:
            os.close(stream)
        return None

    def _ended(self, kernel: Kernel) -> None:
        self.selector.unregister(kernel.handle)
        self.selector.unregister(kernel.client)
        kernel.reap()
        del self.kernels[kernel.pid]

    def _become(self, client: socket.socket, streams: list[int]) -> None:
        """Cut the forked child's ties with the parent, in the child."""
        parent = int(os.environ["JPY_PARENT_PID"])
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)
        os.setsid()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        client.send(json.dumps({"pid": os.getpid()}).encode())
        client.close()
        # A descriptor kept open here would hide the parent's death from those at its other end.
        for key in list(self.selector.get_map().values()):
            key.fileobj.close() if isinstance(key.fileobj, socket.socket) else os.close(key.fd)
        self.selector.close()


def become_kernel(request: dict, set_by_preload: dict[str, str]) -> None:
    """Turn this forked process into the kernel that was asked for, and end with it."""
    os.environ.clear()
    os.environ.update(set_by_preload | request["env"], JPY_PARENT_PID=str(os.getppid()))
    os.chdir(request["cwd"])
    launcher = importlib.util.find_spec("ipykernel_launcher")
    sys.argv = [launcher.origin, *request["arguments"]]
    # It enables figures as it is first imported, if a shell stands by then: none did before.
    sys.modules.pop("matplotlib_inline.backend_inline", None)
    _reseed()
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()
    _end(kernelapp.IPKernelApp.instance().control_thread)


def _end(ordered: threading.Thread) -> None:
    """End as an interpreter does, but leave the modules to the system.

    To take some thousands of them apart would last a quarter of a second, and copy their pages,
    shared with the parent until now.
    """
    # The thread that was ordered to end flushes the streams once more. ipykernel may stop the one
    # that serves it before that, and would then wait ten seconds for both.
    ordered.join(timeout=1)
    threading._shutdown()
    atexit._run_exitfuncs()  # IPython's empties the notebook's names, which closes its files
    gc.collect()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)


def _reseed() -> None:
    """Give the global generators fresh states: forked ones would all draw the same numbers."""
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    if "torch" in sys.modules:
        sys.modules["torch"].default_generator.seed()


def main() -> None:
    """Preload, then serve: ``warm_parent.py LISTENER OWNER MODULE…``, two descriptors first."""
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder of this file: its neighbours are no top-level modules
    listener, owner = (int(word) for word in sys.argv[1:3])
    started_with = dict(os.environ)
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # kernels watch this process from a thread
    with socket.socket(fileno=listener) as clients:
        if culprit := preload(sys.argv[3:]):
            rest = [word for word in sys.argv if not f"{word}.".startswith(f"{culprit}.")]
            # The variables that imports have set here would pass for the owner's own.
            os.execve(sys.executable, [sys.executable, *rest], started_with)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # else each kernel would print what an import printed
        gc.freeze()  # the collector would touch, and so copy, every page shared with the parent
        gc.enable()
        request = Parent(clients, owner, started_with).serve()
    if request is None:
        os._exit(0)  # it has nothing to put in order, and many modules to take apart
    # scikit-learn's import, for one, tells OpenMP what to do.
    become_kernel(request, {k: v for k, v in os.environ.items() if k not in started_with})


if __name__ == "__main__":
    main()
