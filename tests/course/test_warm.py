"""Warm kernels: a forked one shows what a fresh one would, in the same surroundings."""

import json
import os
from dataclasses import replace
from pathlib import Path

import nbformat
import psutil
import pytest
from jupyter_client.manager import KernelManager

from mlsdlib.course.build import joined_streams
from mlsdlib.course.jobs import run_job
from mlsdlib.course.kernel import WARM_SOCKET, set_environment
from mlsdlib.course.plan import plan
from mlsdlib.course.store import Store
from mlsdlib.course.warm import WarmParent
from tests.course.kernels import kernel, use
from tests.course.processes import within

pytestmark = pytest.mark.usefixtures("nothing_is_left")

SURROUNDINGS = """
import gc, resource, signal, stat, threading, warnings
import matplotlib.pyplot, numpy, pandas, scipy.stats, sklearn
from IPython import get_ipython
main = sys.modules["__main__"]
print(json.dumps({
    "environment": dict(os.environ),
    "folder": os.getcwd(),
    "arguments": sys.argv,
    "path": sys.path,
    "flags": list(sys.flags),
    "main": [main.__name__, main is get_ipython().user_module, *sorted(vars(main))],
    "threads": sorted(type(thread).__name__ for thread in threading.enumerate()),
    "signals": {s.name: repr(signal.getsignal(s)).split(" at ")[0] for s in signal.Signals},
    "filters": sorted(str(one) for one in warnings.filters),
    "garbage": [gc.isenabled(), *gc.get_threshold()],
    "leads its group": os.getpgid(0) == os.getsid(0) == os.getpid(),
    "limits": [resource.getrlimit(n) for n in range(resource.RLIMIT_OFILE + 1)],
    "outputs": [stat.S_IFMT(os.fstat(number).st_mode) for number in (1, 2)],
    "nice": os.nice(0),
    "backend": matplotlib.get_backend(),
    "style": {name: str(value) for name, value in matplotlib.rcParams.items()},
    "columns": pandas.get_option("display.max_columns"),  # set as it is imported
    "floats": [str(value) for value in numpy.geterr().values()],
}))"""

PLOTS = {
    "shown": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    "left to the cell's end": "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])",
    "shown by the course": """\
from mlsdlib.course import show, subplots
fig, axis = subplots()
_ = axis.plot([1, 2])
_ = axis.set(xlabel="x", ylabel="y", title="a line")
show(fig, alt="a straight line that rises to the right")""",
}

SMALL = [
    "import numpy as np, pandas as pd, matplotlib.pyplot as plt\nnp.matrix([1])",
    "frame = pd.DataFrame({'x': np.arange(5), 'y': np.linspace(0, 1, 5) ** seed})\nframe",
    "print(frame.describe(), hash('text'), pd.Timestamp(0, tz='UTC').tz_convert(None))",
    "import sys, os\nprint('to stderr', file=sys.stderr)\n_ = os.system('echo from a child')",
    "_ = plt.hist(np.random.default_rng(seed).normal(size=99))",
    "fig, axis = plt.subplots()\n_ = axis.plot(frame.x, frame.y)\nplt.show()",
]


@pytest.fixture(scope="module")
def parent():
    """A warm parent for many tests."""
    modules = ["numpy", "pandas", "matplotlib.pyplot", "scipy.stats", "sklearn"]
    # The last would draw no figure in a kernel that finds it imported.
    with WarmParent([*modules, "matplotlib_inline.backend_inline"]) as made:
        yield made


@pytest.fixture(autouse=True)
def no_kernel_left(request):
    """Demand that a test leaves the shared parent without kernels."""
    yield
    if "parent" in request.fixturenames:
        process = request.getfixturevalue("parent").process
        assert within(5, lambda: not psutil.Process(process.pid).children())
        assert process.poll() is None


# ---- where it comes from


def test_a_warm_kernel_is_forked_with_the_named_modules_and_without_the_library(parent):
    with kernel(parent) as session:
        assert session.parent == parent.process.pid
        assert session.value("os.getpid()") == session.pid
        loaded = set(session.value("list(sys.modules)"))
    assert {"numpy", "pandas", "matplotlib.pyplot", "sklearn"} <= loaded
    assert [name for name in loaded if name.split(".")[0] == "mlsdlib"] == []


def test_jupyters_own_manager_gets_a_warm_kernel_too(parent):
    with kernel(parent, manager=KernelManager(kernel_name="python3")) as session:
        assert session.manager.transport == "tcp"
        assert session.parent == parent.process.pid


def test_the_parent_has_one_thread_before_and_after_it_forks(parent):
    tasks = Path(f"/proc/{parent.process.pid}/task")
    with kernel(parent) as session:
        assert len(list(tasks.iterdir())) == 1
        assert session.value("len(os.listdir('/proc/self/task'))") > 1


def test_a_module_that_starts_a_thread_is_left_out_and_the_others_stay(
    tmp_path, monkeypatch, capfd
):
    thread = "import threading, time\nthreading.Thread(target=time.sleep, args=[600]).start()"
    # As scikit-learn does: what it sets must reach the kernel, and must not pass for the owner's.
    (tmp_path / "first_one.py").write_text("import os\nos.environ['KMP_SET_BY_IMPORT'] = 'yes'")
    (tmp_path / "second_one.py").write_text(thread)
    (tmp_path / "third_one.py").write_text("print('from an import')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    names = ["first_one", "not_there", "second_one", "third_one"]
    with WarmParent(names) as parent, kernel(parent) as session:
        assert session.parent == parent.process.pid
        assert len(list(Path(f"/proc/{parent.process.pid}/task").iterdir())) == 1
        assert session.value(f"[n for n in {names} if n in sys.modules]") == [names[0], names[3]]
        assert session.value("os.environ['KMP_SET_BY_IMPORT']") == "yes"
        session.manager.shutdown_kernel()
    assert capfd.readouterr().out == "from an import\n"


# ---- equal to a cold one


def test_a_warm_kernels_surroundings_are_those_of_a_cold_one(parent, tmp_path):
    found = []
    for place in (parent, None):
        with kernel(place, cwd=str(tmp_path)) as session:
            facts = json.loads(session.printed(f"import json, os, sys\n{SURROUNDINGS}"))
            # What may differ: the process that started it, and its own connection file.
            assert facts["environment"].pop("JPY_PARENT_PID") == str(session.parent)
            assert facts["arguments"].pop() == session.manager.connection_file
            facts["environment"].pop(WARM_SOCKET, None)
            found.append(facts)
    forked, cold = found
    assert forked == cold
    assert forked["folder"] == str(tmp_path)


@pytest.mark.parametrize("way", PLOTS)
def test_a_figure_appears(parent, way):
    with kernel(parent) as session:
        shown = session.shown(PLOTS[way])
    images = [content["data"] for _, content in shown if "image/png" in content.get("data", {})]
    assert len(images) == 1
    assert len(images[0]["image/png"]) > 1000


def test_what_a_kernel_and_its_children_print_appears_in_the_notebook(parent):
    code = """
    import subprocess
    print("one"); print("two", file=sys.stderr); os.write(1, b"three\\n"); os.write(2, b"four\\n")
    _ = subprocess.run(["echo", "five"])"""
    with kernel(parent) as session:
        shown = session.shown(f"import os, sys\nif True:{code}\n    import time; time.sleep(0.3)")
    for name, words in {"stdout": {"one", "three", "five"}, "stderr": {"two", "four"}}.items():
        texts = [c["text"] for kind, c in shown if kind == "stream" and c["name"] == name]
        assert set("".join(texts).split()) == words


@pytest.mark.parametrize("warm_one", [True, False])
def test_what_a_kernel_writes_beside_the_notebook_goes_where_its_client_says(
    parent, warm_one, tmp_path
):
    # ipykernel shows it in the notebook, except where it takes itself for part of a test.
    environment = set_environment(dict(os.environ)) | {"PYTEST_CURRENT_TEST": "yes"}
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        streams = {"stdout": out, "stderr": err}
        with kernel(parent if warm_one else None, env=environment, **streams) as session:
            assert (session.parent == parent.process.pid) == warm_one
            session.printed("import os; _ = os.write(1, b'to out'), os.write(2, b'to err')")
    assert (tmp_path / "out").read_bytes() == b"to out"
    assert (tmp_path / "err").read_bytes() == b"to err"


def test_a_notebook_shows_the_same_bytes_from_cold_and_from_warm_kernels(tiny, parent, monkeypatch):
    (job,) = plan([tiny.write(*SMALL).section], {"seed": 3}, store=Store(tiny.root / "runs"))
    shown = []
    for place in (parent, None):
        use(monkeypatch, place)
        result = run_job(replace(job, preload=()))  # else it would start a parent of its own
        assert result.error == ""
        cells = nbformat.read(result.url, as_version=4).cells
        shown.append([joined_streams(c.outputs) for c in cells if c.cell_type == "code"])
    assert shown[0] == shown[1]
    pictures = [o for outputs in shown[0] for o in outputs if "image/png" in o.get("data", {})]
    assert len(pictures) == 2


# ---- two of one parent


def test_random_states_are_fresh_in_each_kernel_and_torch_works_after_the_fork():
    draw = "[random.random(), numpy.random.rand(), torch.rand(1).item(), uuid.uuid4().hex]"
    work = "torch.nn.Linear(300, 300)(torch.ones(300, 300)).sum().backward()"
    draws = []
    with WarmParent(["numpy", "torch"]) as parent:
        for _ in range(2):
            with kernel(parent) as session:
                assert session.value("'torch' in sys.modules") is True
                assert session.printed(f"import random, uuid, numpy, torch\n{work}") == ""
                draws.append(session.value(draw))
    assert all(one != other for one, other in zip(*draws, strict=True))


def test_two_kernels_of_one_parent_do_not_disturb_each_other(parent):
    with kernel(parent) as first, kernel(parent) as second:
        assert first.parent == second.parent == parent.process.pid
        first.printed("import numpy, os; mine = 1; numpy.pi = 3; os.environ['MINE'] = '1'")
        first.printed("import tempfile; os.chdir(tempfile.gettempdir())")
        mine = "['mine' in globals(), __import__('numpy').pi, 'MINE' in os.environ]"
        assert first.value(mine) == [True, 3, True]
        assert second.value(mine) == [False, pytest.approx(3.14159), False]
        assert second.value("os.getcwd()") == str(Path.cwd())
        os.kill(first.pid, 9)
        assert within(5, lambda: not first.manager.is_alive())
        assert second.value("1 + 1") == 2
        with kernel(parent) as third:
            assert third.parent == parent.process.pid


# ---- a kernel's life


def test_a_warm_kernel_can_be_interrupted(parent):
    with kernel(parent) as session:
        # Or the kernel may abort the next request, too, if that comes soon after the error.
        code = "print('begun', flush=True)\nwhile True: pass"
        waiting = session.client.execute(code, stop_on_error=False)
        while session.client.get_iopub_msg(timeout=30)["msg_type"] != "stream":
            continue
        session.manager.interrupt_kernel()
        reply = session.client.get_shell_msg(timeout=30)
        assert reply["parent_header"]["msg_id"] == waiting
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert session.value("1 + 1") == 2


def test_a_warm_kernel_can_be_restarted(parent):
    with kernel(parent) as session:
        before = session.pid
        session.printed("x = 1")
        session.manager.restart_kernel(now=True)
        session.client.wait_for_ready(timeout=60)
        assert session.pid != before
        assert session.parent == parent.process.pid
        assert session.value("'x' in globals()") is False


def test_kernels_that_are_asked_to_end_do_so_by_themselves(parent):
    codes = []
    for _ in range(10):  # ipykernel's threads may end in an unlucky order
        with kernel(parent) as first, kernel(parent) as second:
            for session in (first, second):
                session.printed("import matplotlib.pyplot as plt; print(end='')")
                process = session.manager.provisioner.process
                session.manager.shutdown_kernel()
                codes.append(process.returncode)
    assert codes == [0] * 20  # one that had to be told by a signal would show its number


def test_a_kernel_that_ends_writes_its_open_files_and_calls_what_is_registered(parent, tmp_path):
    code = """
    import atexit, tempfile, threading, time
    text = open("text", "w")
    _ = text.write("written")
    _ = atexit.register(lambda: open("called", "w").write(name))
    threading.Thread(target=lambda: [time.sleep(0.3), open("waited for", "w").close()]).start()
    name, folder = "by name", tempfile.TemporaryDirectory(dir=".")"""
    with kernel(parent, cwd=str(tmp_path)) as session:
        session.printed(f"if True:{code}")
        session.manager.shutdown_kernel()
    left = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert left == {"text": "written", "called": "by name", "waited for": ""}
