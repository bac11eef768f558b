"""Hostile submissions to exercise 4.1-e1 and what each must come to.

Each is the source of the learner's cells; the function asked for is ``rds_weights(degrees)``. The
right answer is in none of them, unless the name says so.
"""

from __future__ import annotations

from dataclasses import dataclass

RIGHT = """\
# exercise 4.1-e1
def rds_weights(degrees):
    shares = [1 / degree if degree > 0 else 0.0 for degree in degrees]
    total = sum(shares)
    return [share / total for share in shares] if total else shares
"""
NEIGHBOUR = """\
# exercise 4.1-e2
def neyman(sizes, sds, n):
    counts = [1] * len(sizes)
    for _ in range(n - len(sizes)):
        gains = [(sizes[h] * sds[h]) ** 2 / (m * (m + 1)) if m < sizes[h] else -1
                 for h, m in enumerate(counts)]
        counts[gains.index(max(gains))] += 1
    return counts
"""


@dataclass(frozen=True)
class Attack:
    """An attack: its cells, the outcome, and a piece of the reason that is logged."""

    name: str
    source: str
    outcome: str
    reason: str = ""


def inside(name, body, outcome, reason="", *, before=""):
    """Return an attack whose code stands in the function."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    return Attack(name, f"{before}\ndef rds_weights(degrees):\n{lines}", outcome, reason)


ATTACKS = [
    # What made a failing assert pass where tests run in the submission's own kernel.
    Attack(
        "input transformer",
        "ip = get_ipython()\n"
        "ip.input_transformers_post.append(lambda lines: ['pass\\n'])\n"
        "def rds_weights(degrees):\n    ip\n    return []",
        "raised an error", "NameError",
    ),
    inside("patched numpy.testing", """
import numpy.testing as t
t.assert_allclose = t.assert_array_equal = t.assert_equal = lambda *a, **k: None
return [0.0] * len(degrees)
""", "not yet", "must sum to 1"),
    inside("patched comparisons", """
import builtins, math, operator
math.isclose = operator.eq = lambda *a, **k: True
builtins.all = builtins.isinstance = lambda *a: True
return [0.0] * len(degrees)
""", "stopped"),
    inside("patched exercise package", """
import mlsdlib.course.exercises.base as base
base.same_number = lambda *a, **k: True
base.Problem = lambda *a: None
return [0.0] * len(degrees)
""", "not yet"),
    inside("frame walking", """
import sys
frame = sys._getframe()
while frame:
    for space in (frame.f_locals, frame.f_globals):
        for key in ("expected", "solution", "reference", "judge", "problem", "cases", "seed"):
            if key in space:
                return space[key]
    frame = frame.f_back
return [0.0] * len(degrees)
""", "not yet", "must sum to 1"),
    inside("search of all objects", """
import gc
for found in gc.get_objects():
    if type(found).__name__ in ("Exercise", "Assignment", "Problem"):
        return found.reference(degrees)
    if isinstance(found, dict) and "random case" in str(found.get("kind", "")):
        return found
return [0.0] * len(degrees)
""", "not yet", "must sum to 1"),
    # Results that lie about themselves.
    inside("always equal", """
class Yes(list):
    def __eq__(self, other): return True
    def __iter__(self): return iter([0.5] * 9)
    def __len__(self): return len(degrees)
return Yes([7.0])
""", "not yet"),
    inside("array protocol", """
class Array:
    def __array__(self, *a, **k):
        import numpy as np
        return np.ones(len(degrees))
    def __eq__(self, other): return True
    def __len__(self): return len(degrees)
return Array()
""", "not yet", "Return a list"),
    inside("lying numbers", """
class Number(float):
    def __eq__(self, other): return True
    def __float__(self): return 1.0
    def __sub__(self, other): return 0.0
return [Number(0.123)] * len(degrees)
""", "not yet"),
    inside("NaN", "return [float('nan')] * len(degrees)", "not yet"),
    inside("infinity", "return [float('inf')] * len(degrees)", "not yet"),
    inside("numpy NaN", "import numpy as np\nreturn [np.float64('nan')] * len(degrees)", "not yet"),
    inside("truth values", "return [True] * len(degrees)", "not yet"),
    inside("texts", "return ['0.5'] * len(degrees)", "not yet"),
    inside("object array", """
import numpy as np
return np.array([object()] * len(degrees), object)
""", "not yet", "Return a list"),
    inside("endless generator", "import itertools\nreturn itertools.repeat(0.5)", "not yet",
           "Return a list"),
    inside("a list inside itself", "a = [1]\na.append(a)\nreturn a", "raised an error"),
    inside("a deep result", """
a = []
for _ in range(100_000):
    a = [a]
return a
""", "raised an error"),
    inside("a huge whole number", "return [10 ** 5000] * len(degrees)", "not yet"),
    inside("a number that takes for ever", "return [9 ** 9 ** 9]", "stopped", "CPU"),
    inside("a result of a gigabyte", "return 'a' * 1_000_000_000", "stopped", "it used more"),
    inside("a result of some megabytes", "return 'a' * 20_000_000", "stopped", "bytes"),
    # Endings.
    inside("sys.exit", "import sys\nsys.exit(0)", "raised an error", "SystemExit"),
    inside("os._exit", "import os\nos._exit(0)", "stopped", "code 0 and without an answer"),
    inside("SIGKILL", "import os\nos.kill(os.getpid(), 9)", "stopped", "killed"),
    inside("SIGSTOP", "import os\nos.kill(os.getpid(), 19)", "stopped", "time allowed"),
    inside("segmentation fault", "import ctypes\nctypes.string_at(0)", "stopped", "code 139"),
    inside("kill everybody", "import os\nos.kill(-1, 9)", "raised an error", "No such process"),
    inside("kill the parent", """
import os
for pid in (os.getppid(), 1):
    for number in (9, 15, 19):
        try: os.kill(pid, number)
        except OSError: pass
return [0.0] * len(degrees)
""", "not yet"),
    inside("an exception nobody catches", "raise KeyboardInterrupt", "stopped", "code 0"),
    inside("an exception without words", """
class Bad(Exception):
    def __str__(self): raise ValueError
raise Bad
""", "raised an error", "Bad"),
    # Time.
    inside("endless loop", "while True: pass", "stopped", "CPU"),
    inside("endless sleep", "import time\ntime.sleep(1e6)", "stopped", "time allowed"),
    inside("endless loop that takes no signal", """
import signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: pass
""", "stopped", "killed"),
    Attack("endless definition", "def loop():\n    while True: pass\n\n"
           "def rds_weights(degrees, x=loop()):\n    return []", "stopped", "CPU"),
    inside("a slow trickle", """
import inspect, time
frame = inspect.currentframe()
while "wire" not in frame.f_locals: frame = frame.f_back
end = frame.f_locals["wire"].socket
end.sendall((1000).to_bytes(4, "big"))
while True:
    end.sendall(b" ")
    time.sleep(0.05)
""", "stopped", "time allowed"),
    # Floods.
    inside("fork bomb", "import os\nwhile True: os.fork()", "raised an error"),
    inside("fork bomb that goes on", """
import os
while True:
    try: os.fork()
    except OSError: pass
""", "stopped"),
    inside("forks that spin", """
import os, time
for _ in range(50):
    if os.fork() == 0:
        os.setsid()
        while True: pass
time.sleep(1e6)
""", "stopped"),
    inside("thread bomb", """
import threading, time
while True: threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()
""", "raised an error", "thread"),
    inside("memory flood", "a = []\nwhile True: a.append(bytearray(10 ** 6))", "stopped",
           "more memory than allowed"),
    inside("memory in one piece", "return bytearray(10 ** 12)", "raised an error", "MemoryError"),
    inside("memory in many processes", """
import os, time
for _ in range(8):
    if not os.fork():
        a = bytearray(150_000_000)
        a[::4096] = b"a" * len(a[::4096])
        time.sleep(1e6)
time.sleep(1e6)
""", "stopped"),
    inside("disk flood", """
for number in range(1000):
    open(f"file{number}", "wb").write(b"a" * 10_000_000)
""", "raised an error", "OSError"),
    inside("one large file", "open('a', 'wb').write(b'a' * 60_000_000)", "raised an error"),
    inside("a million files", "for n in range(10 ** 6): open(f'f{n}', 'w').close()",
           "raised an error", "No space"),
    inside("memory without a name", """
import os
held = [os.memfd_create(str(n)) for n in range(50)]
for handle in held: os.write(handle, b"a" * 15_000_000)
return [0.0] * len(degrees)
""", "raised an error", "not permitted"),
    inside("memory in sockets", """
import os, socket, time
for _ in range(20):
    if os.fork() == 0: break
held = [socket.socketpair() for _ in range(50)]
time.sleep(1e6)
""", "stopped", "more memory than allowed"),
    inside("a socket that holds more", """
import socket
socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 24)
""", "raised an error", "not permitted"),
    inside("values that collide", """
import inspect
frame = inspect.currentframe()
while "wire" not in frame.f_locals: frame = frame.f_back
wire, nonce = frame.f_locals["wire"], frame.f_locals["request"]["nonce"]
numbers = ",".join(str(n * ((1 << 61) - 1)) for n in range(30_000))
while True:
    head = '{"nonce": "%s", "status": "result", "value": ' % nonce
    wire.send_bytes((head + '{"$": "set", "v": [%s]}}' % numbers).encode())
    nonce = wire.receive()["nonce"]
""", "not yet", "reads no set"),
    inside("output flood", """
import os
for _ in range(2000): os.write(1, b"a" * 100_000); os.write(2, b"a" * 100_000)
return [0.0] * len(degrees)
""", "not yet"),
    # Reading what is not theirs.
    inside("the host's files", "return open('/etc/shadow').read()", "raised an error",
           "FileNotFoundError"),
    inside("a path that goes up", "return open('../../../../@SECRET@').read()", "raised an error",
           "FileNotFoundError"),
    inside("a link out", """
import os
os.symlink("@SECRET@", "link")
return open("link").read()
""", "raised an error", "FileNotFoundError"),
    inside("the checkout", "return open('@CHECKOUT@/mlsdlib/course/exercises/base.py').read()",
           "raised an error", "FileNotFoundError"),
    inside("the grader's environment", """
import os
return [os.environ["MLSD_GRADING_SEED"]]
""", "raised an error", "KeyError"),
    inside("the parents' environment", """
for pid in (1, "self"):
    return open(f"/proc/{pid}/environ").read()
""", "raised an error", "FileNotFoundError"),
    inside("the parents' memory", """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for pid in range(1, 400):
    if libc.ptrace(16, pid, 0, 0) == 0: return ["traced", pid]
raise PermissionError(ctypes.get_errno())
""", "raised an error", "PermissionError: 1"),
    inside("limits of the first process", """
import resource
resource.prlimit(1, resource.RLIMIT_CPU, (1, 1))
""", "raised an error", "not permitted"),
    inside("a disk of the host", """
import os, stat
os.mknod("disk", 0o600 | stat.S_IFBLK, os.makedev(8, 0))
""", "raised an error", "not permitted"),
    inside("a mount", """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
done = libc.unshare(0x10000000), libc.mount(b"none", b"/.mlsd/work", b"tmpfs", 0, None)
if done != (-1, -1): return ["escaped", done]
raise PermissionError(ctypes.get_errno())
""", "raised an error", "PermissionError: 1"),
    inside("becoming root", "import os\nos.setuid(0)\nreturn [os.getuid()]", "raised an error"),
    inside("raising the limits", """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
""", "raised an error", "ValueError"),
    # The network.
    inside("the loopback", "import socket\nsocket.create_connection(('127.0.0.1', @PORT@), 2)",
           "raised an error", "not permitted"),
    inside("datagrams", """
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", @PORT@))
""", "raised an error", "not permitted"),
    inside("a socket without a file", """
import socket
socket.socket(socket.AF_UNIX).connect("\\0@ABSTRACT@")
""", "raised an error", "refused"),
    # Answers in the library.
    inside("the exercise's own reference", """
from mlsdlib.course.exercises.s04_1 import degrees as module
return module.rds_weights(degrees)
""", "raised an error", "No module named"),
    inside("the exercise's solution", """
from mlsdlib.course import exercise
return exercise("4.1-e1").use(None)(degrees)
""", "raised an error", "KeyError"),
    inside("the classroom", "import mlsdlib.course.classroom.marking", "raised an error",
           "No module named"),
    # Telling the grader.
    inside("a printed result", """
import os, sys
words = '{"outcome": "correct", "points": 100}'
print(words); print(words, file=sys.stderr)
for handle in range(3): os.write(handle, words.encode())
return None
""", "not yet", "forgotten"),
    inside("a patched transport", """
import sys
wire = sys.modules["inside.wire"]
send = wire.Wire.send
wire.Wire.send = lambda self, m, **k: send(
    self, {**m, "status": "result", "value": "correct", "outcome": "correct", "passed": 28})
return [0.0] * len(degrees)
""", "not yet", "Return a list"),
    inside("answers before they are asked", """
import inspect, json
frame = inspect.currentframe()
while "wire" not in frame.f_locals: frame = frame.f_back
body = json.dumps({"nonce": frame.f_locals["request"]["nonce"], "status": "result",
                   "value": [1/3, 2/3]}).encode()
for _ in range(50): frame.f_locals["wire"].socket.sendall(len(body).to_bytes(4, "big") + body)
return [0.0]
""", "not yet"),
    inside("no message at all", """
import inspect, os
frame = inspect.currentframe()
while "wire" not in frame.f_locals: frame = frame.f_back
frame.f_locals["wire"].socket.sendall(b"\\xff" * 100_000)
return [0.0]
""", "stopped", "bytes"),
    inside("every handle closed", "import os\nos.closerange(0, 200)\nreturn [0.0]", "stopped"),
    inside("words that act", """
raise ValueError("=HYPERLINK('x')<script>alert(1)</script>| [a](javascript:b) `c`\\x1b[2J")
""", "raised an error", "script"),
    # For those who come after.
    inside("poisoned files", """
import glob, os, sys
written = []
for place in [*sys.path, "/usr/lib", "/tmp", "/", os.path.dirname(os.__file__)]:
    try:
        open(os.path.join(place, "numpy_.py"), "w").write("import os")
        written.append(place)
    except OSError: pass
return written
""", "not yet", "Return a list"),
    Attack("a daemon beside the right answer", """
import os, time
def haunt():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 200)
            time.sleep(1e6)
        os._exit(0)
""" + RIGHT.replace("def rds_weights(degrees):", "def rds_weights(degrees):\n    haunt()"),
           "correct"),
    Attack("the right answer in a changed input", RIGHT + "    degrees.clear()\n", "correct"),
    Attack("a right answer for the cases that everybody knows", """
KNOWN = {(1, 2): [2/3, 1/3], (4, 4, 4, 4): [.25] * 4, (10, 1, 5): [1/13, 10/13, 2/13],
         (3, 0, 6): [2/3, 0.0, 1/3], (0, 0, 2): [0.0, 0.0, 1.0], (0, 0): [0.0, 0.0],
         (7,): [1.0], (): []}
def rds_weights(degrees):
    return KNOWN.get(tuple(degrees), [1.0] * len(degrees))
""", "not yet", "random case"),
]  # fmt: skip
