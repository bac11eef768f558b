"""A learner's functions are found in copied, moved, renamed, broken and deleted cells."""

import json
import random

import pytest

from mlsdlib.course.classroom.cells import MOST_BYTES, read_cells
from mlsdlib.course.classroom.extract import Program, best, extract
from mlsdlib.course.classroom.inside.wire import Late
from mlsdlib.course.classroom.judging import Marker
from mlsdlib.course.exercise import evaluate
from mlsdlib.course.exercises import find_exercise
from mlsdlib.course.sections import discover
from tests.course.classroom.submissions import notebook, run

STUB = "# exercise 9.9-e1\ndef f(x):\n    '''Return twice x.'''\n    return TODO"
RIGHT = "# exercise 9.9-e1\ndef f(x):\n    return 2 * x"


def found(*sources, name="f", id="9.9-e1", pristine=()):
    return extract(name, id, read_cells(notebook(*sources)), read_cells(notebook(*pristine)))


def defined(*sources, **options):
    program = found(*sources, **options)
    assert program.status == "found", program.detail
    return run(program, "f")


@pytest.mark.parametrize(
    "cells",
    [
        [RIGHT],
        [STUB, RIGHT],
        [RIGHT, STUB],  # a fresh copy below the work is no answer
        ["def f(x): return 0", RIGHT],  # the last one counts
        [RIGHT, "def f(x:\n  return 2"],
        ["x = (", RIGHT, "for"],
        [RIGHT, "# exercise 9.9-e1\nwhile True print"],
        [RIGHT, "f = exercise('9.9-e1').use(f)"],
        [RIGHT, "f(3); raise SystemExit", "while True: pass"],
        ["%%bash\ndef f(): rm", RIGHT],
        ["%matplotlib inline\n!pip install x\n" + RIGHT + "\nf?"],
        ["%%time\n" + RIGHT],
        ["def f(x):\n    return g(x)", "def g(x):\n    return h * x", "h = 2"],  # re-ordered
        ["h = 2", "def g(x):\n    return h * x", "def f(x):\n    return g(x)", "h = 9; g = None"],
        ["f = lambda x: 2 * x"],
        ["def double(x): return 2 * x", "f = double"],
        ["if True:\n    def f(x):\n        return 2 * x"],
        ["import functools\nfrom operator import mul as times", "f = functools.partial(times, 2)"],
        ["from operator import *", "def f(x): return mul(2, x)"],
        ["from __future__ import annotations\ndef f(x: Missing) -> Nowhere: return 2 * x"],
        ["def f(x):\n    total = 0\n    for x in [x, x]: total += x\n    return total",
         "total = 1 / 0"],
        ["class K:\n    n = 2\n\n    def __call__(self, x): return self.n * x", "f = K()"],
    ],
)  # fmt: skip
def test_the_function_is_found(cells):
    assert defined(*cells)(21) == 42


@pytest.mark.parametrize(
    "cells",
    [
        # A name is made in several steps, in one cell or more.
        ["k = [2, 3]", "k = [n for n in k if n == 2]", "def f(x): return k[0] * x"],
        ["k = 3", "k -= 1", "def f(x): return k * x"],
        ["def g(n): return 2 * n", "from functools import cache\ng = cache(g)",
         "def f(x): return g(x)"],
        ["def f(x): return 2 * x", "_old = f", "def f(x): return _old(x)"],
        ["def f(x): return 2 * x", "_old = f\ndef f(x): return _old(x)"],
        ["t = {}", "for n in range(50):\n    t[n] = 2 * n", "def f(x): return t[x]"],
        ["t = []\nfor n in range(50):\n    m = 2 * n\n    t.append(m)", "m = 1 / 0",
         "def f(x): return t[x]"],
        ["import random\nt = [2, 2]\nrandom.shuffle(t)", "def f(x): return t[0] * x"],
        ["k = 1", "if k:\n    k = 2", "def f(x): return k * x"],
        ["k = 3", "if k > 5:\n    k = 1", "def f(x): return (k - 1) * x"],
        ["try:\n    k\nexcept NameError:\n    k = 2", "def f(x): return k * x", "k = 7"],
        ["def f(x):\n    f.calls += 1\n    return 2 * x\nf.calls = 0"],
        ["def f(x):\n    f.calls += 1\n    return 2 * x", "f.calls = 0"],
        ["class K: pass\nK.n = 2", "def f(x): return K.n * x"],
        ["k = 3", "def g():\n    global k\n    k = 2\ng()", "def f(x): return k * x"],
        ["def g():\n    global k\n    k = 2\ng()", "def f(x): return k * x"],
        ["t = {}", "def fill(t):\n    for n in range(50):\n        t[n] = 2 * n", "fill(t)",
         "def f(x): return t[x]"],
        ["class K:\n    n = 1\n    def set(self, n): self.n = n", "k = K()", "k.set(2)",
         "def f(x): return k.n * x"],
        ["_ = [(k := n) for n in [2]]", "def f(x): return k * x"],
        # Decorators that register.
        ["from functools import singledispatch\n@singledispatch\ndef g(x): raise TypeError",
         "@g.register\ndef _(x: int): return 2 * x\n@g.register\ndef _(x: str): return x",
         "def f(x): return g(x)"],
        ["known = []\ndef keep(g):\n    known.append(g)\n    return g",
         "@keep\ndef g(x): return 2 * x", "def f(x): return known[0](x)"],
        ["@twice\ndef f(x): return x", "def twice(g): return lambda x: k * g(x)", "k = 2"],
        # Names of classes, imports, texts.
        ["def g(x): return 2 * x", "class K:\n    def g(self, x): return g(x)",
         "def f(x): return K().g(x)"],
        ["import xml.etree.ElementTree", "import xml.dom",
         "def f(x): return 2 * x if xml.etree.ElementTree and xml.dom else None"],
        ["import sys\nsys.setrecursionlimit(5000)",
         "def g(n): return n and 1 + g(n - 1)\ndef f(x): return g(2000) - 2000 + 2 * x"],
        ["def g(x): return 2 * x", "def f(x): return globals()['g'](x)"],
        ["import inspect", "def f(x): return 2 * x if inspect.getsource(f) else None"],
        ["def f(x): return sum([x, x])", "sum = 3"],
        # The last definition counts, also one by assignment.
        ["def f(x): return 0", "def better(x): return 2 * x", "f = better"],
        ["def f(x): return 2 * x", "f = f(3)"],
        ["def f(x): return 2 * x", "f = sum([1, 2])"],
        ["def f(x): return 2 * x", "for f in [1, 2]: pass"],
        ["# exercise 9.9-e1\nimport math\ndef f(x): return k * x", "k = math.sqrt(4)"],
        ["# exercise 9.9-e1\ndef mine(x): return 2 * x\nf = exercise('9.9-e1').use(mine)"],
        ["ex = exercise('9.9-e1')", RIGHT, "f = ex.use(f)"],
        ["def h(x): return 2 * x\nf = g = exercise('9.9-e1').use(h)"],
        ["def h(x): return 2 * x\ng = k = exercise('9.9-e1').use(h)", "def f(x): return k(x)"],
        ["class K:\n    def use(self, x): return x", "k = K().use(2)", "def f(x): return k * x"],
        # A helper is mended below; what it means to other exercises is theirs.
        ["def g(x): return 1 / 0", "def f(x): return g(x)", "def g(x): return k * x\nk = 2"],
        ["def g(x): return 2 * x", RIGHT.replace("2 * x", "g(x)"),
         "# exercise 9.9-e2\ndef g(x): return 0"],
        ["def g(x): return 2 * x", "def f(x): return g(x)", "g = 3", "def g(x): return 0"],
        ["k = 3", "def f(x): return k * x", "k = 2", "exercise('9.9-e1').check(f)", "k = 5"],
        # A guard is no stub.
        ["def f(x):\n    if x is None:\n        return TODO\n    return 2 * x", STUB,
         "# exercise 9.9-e1\nprint(f(3)"],
        # What IPython understands.
        ["!pip install \\\n    one\nk = 2", "def f(x): return k * x"],
        ["!pip install \\\n    one\n" + RIGHT],
        ["%time k = 2\nm = %time 0", "def f(x): return k * x + m"],
        ["%%memit\n" + RIGHT],
        ["%%time\n%%capture out\n" + RIGHT],
        ["%matplotlib inline\nk = '''\n%d\n'''", "def f(x): return int(k % (2 * x))"],
        ["!ls\nk = (12\n  % 5)", "def f(x): return k * x"],
        ["%pwd\ndef f(x):\n    return int('k=%s'[2:] % (2 * x))"],
        ["t = {}\nt['a b'], m = !ls\nt['k'] = !ls\nk = 2", "def f(x): return k * x"],
        ["!echo it's\nk = 2", "def f(x): return k * x"],
    ],
)  # fmt: skip
def test_what_a_kernel_would_make_of_it(cells):
    assert defined(*cells)(21) == 42


def test_what_is_called_for_its_value_is_an_experiment():
    memo = "memo = {}\ndef g(n):\n    memo[n] = 2 * n\n    return memo[n]"
    program = found(memo, "g(10 ** 9)", "print(g(3))", "def f(x): return g(x)")
    assert [piece.cell for piece in program.pieces] == [1, 4]
    assert run(program, "f")(21) == 42
    drawn = found("def draw(ax, k): ax.set(k)", "k = 2", "draw(3, k)", "def f(x): return k * x")
    assert [piece.cell for piece in drawn.pieces] == [2, 4]
    kind = "class f:\n    def fit(self, x): return x"
    assert [piece.cell for piece in found(kind, "y = f().fit(1 / 0)").pieces] == [1]


def test_many_steps_take_little_time():
    steps = "k += 1\n" * 5000 + "t[k] = k\n" * 5000
    program = found("k = 0\nt = {}", steps, "def f(x): return t[x]")
    assert sum(len(piece.picks) for piece in program.pieces) == 10_003


def test_only_what_the_function_needs_is_run():
    program = found("import os, re", "n = 1 / 0", "K = 3", "def g(): 1 / 0", "def f(x): return K")
    assert [(p.cell, p.picks) for p in program.pieces] == [(3, (0,)), (5, (0,))]


def test_a_deleted_import_comes_from_the_notebook_as_it_was_handed_out():
    double = defined("def f(x): return np.add(x, x)", pristine=["import numpy as np", "x = 1 / 0"])
    assert double(21) == 42
    own = defined("np = 2", "def f(x): return np * x", pristine=["import numpy as np"])
    assert own(21) == 42


def test_a_broken_cell_costs_its_own_exercise():
    cells = ["# exercise 9.9-e1\ndef f(x:\n    return 2", "# exercise 9.9-e2\ndef g(x): return 3"]
    broken = found(*cells)
    assert broken.status == "broken"
    assert "line 2 of cell 1" in broken.detail
    assert found(*cells, name="g", id="9.9-e2").status == "found"
    assert found(STUB, cells[0]).status == "broken"


def test_missing_and_untouched():
    assert found("x = 1").status == "missing"
    assert found().status == "missing"
    program = found(STUB)
    assert (program.status, program.untouched) == ("found", True)


def test_the_most_that_several_notebooks_hold_counts():
    kinds = [found(STUB), found(RIGHT), found("x = 1"), found("def f(: pass")]
    random.Random(0).shuffle(kinds)
    assert not best(kinds).untouched
    assert best(kinds).status == "found"
    assert best([]) == Program("missing", detail="no notebook")


def test_other_forms_of_a_notebook():
    old = {
        "worksheets": [{"cells": [{"cell_type": "code", "input": ["def f(x):\n", "  return 2"]}]}]
    }
    marked = {"cells": [{"cell_type": "code", "source": "x = (",
                         "metadata": {"mlsdlib": {"exercise": "9.9-e1"}}}]}  # fmt: skip
    assert read_cells(json.dumps(old).encode())[0].source == "def f(x):\n  return 2"
    assert read_cells(b"\xef\xbb\xbf" + json.dumps(marked).encode())[0].exercise == "9.9-e1"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"3", b"null", b'{"cells": 3}', b"\x00\xff\xfe", b"[" * 1_000_000,
        b'{"a":' * 200_000, b'{"cells": [' + b"0," * 6000 + b"0]}", b" " * (MOST_BYTES + 1),
        b'{"worksheets": [3]}x', b"9" * 5000,
    ],
    ids=range(13),
)  # fmt: skip
def test_what_is_no_notebook_is_said(data):
    with pytest.raises(ValueError, match=r"^the (file|notebook) "):
        read_cells(data)


def test_odd_cells_are_passed_over():
    cells = [
        None, 3, "code", {}, {"cell_type": "code"}, {"cell_type": "code", "source": 3},
        {"cell_type": "code", "source": ["def f(x):\n", None, "  return 2 * x"], "metadata": 3},
        {"cell_type": "code", "source": "x = '\ud800'", "metadata": {"mlsdlib": 3}},
        {"cell_type": "code", "source": "f = " + "(" * 5000},
        {"cell_type": "code", "source": "f = " + "-" * 100_000 + "1"},
        {"cell_type": "code", "source": "def f(x): return '\0'"},
    ]  # fmt: skip
    data = json.dumps({"cells": cells, "metadata": None}).encode()
    assert run(extract("f", "9.9-e1", read_cells(data)), "f")(21) == 42


def test_the_marker_says_what_is_wrong_with_a_notebook():
    right = "def rds_weights(degrees): return degrees"
    long = [f"k{n} = '{chr(0x1F600) * 199_000}'" for n in range(2)]
    ours = notebook(*long, "def rds_weights(degrees): return k0, k1")
    with Marker() as marker:

        def told(*notebooks):
            program = marker.extract(["4.1-e1"], notebooks)["programs"]["4.1-e1"]
            return program["status"], program["detail"]

        assert told(notebook(right, section="4.1")) == ("found", "")
        of = "the notebook is of section 4.2, not 4.1"
        assert told(notebook(right, section="4.2")) == ("missing", of)
        assert told() == ("missing", "no notebook could be read")
        assert told(b"{") == ("missing", "the file is not JSON: JSONDecodeError")
        status, detail = told(ours)
        assert (status, detail[:37]) == ("broken", "the cells that it needs are too long:")
        assert told(ours, notebook(right)) == ("found", "")


class SlowMarker(Marker):
    """A marker that long notebooks cost all the time they are given, on a clock of its own."""

    def __init__(self, monkeypatch):
        super().__init__(seconds=30)
        self.clock = 0.0
        monkeypatch.setattr("mlsdlib.course.classroom.judging.time.monotonic", lambda: self.clock)

    def _wake(self):
        pass

    def _ask(self, request, *, until):
        if any(len(sent) > 1000 for sent in request["notebooks"]):
            self.clock = until
            raise Late("no answer in time")
        program = {"status": "found", "pieces": [], "detail": "", "untouched": False}
        return {"programs": dict.fromkeys(request["ids"], program), "problems": []}


@pytest.mark.parametrize("count", [1, 2, 49])
def test_all_notebooks_of_a_student_share_one_time(monkeypatch, count):
    marker = SlowMarker(monkeypatch)
    slow = [b" " * 2000] * count
    found = marker.extract(["4.1-e1"], [*slow, b"quick"])
    assert found["programs"]["4.1-e1"]["status"] == "found"
    assert len(found["problems"]) == count
    assert marker.clock <= 33
    assert marker.extract(["4.1-e1"], slow)["programs"]["4.1-e1"]["status"] == "missing"


@pytest.mark.parametrize("section", discover(), ids=lambda section: section.name)
def test_each_exercise_of_the_course_is_found_in_its_notebooks(section):
    """From the solutions a right answer, from the notebooks a placeholder."""
    solved, asked = (read_cells(f.read_bytes()) for f in (section.solution, section.notebook))
    pristine = [cell for cell in asked if not cell.exercise]
    for id in [cell.exercise for cell in section.cells if cell.exercise]:
        exercise = find_exercise(id)
        program = extract(exercise.name, id, solved)
        assert (program.status, program.untouched) == ("found", False)
        alone = [cell for cell in solved if cell.exercise == id]
        for one in (program, extract(exercise.name, id, alone, pristine)):
            outcome = evaluate(exercise, run(one, exercise.name), rng=3)
            assert outcome.correct, outcome.message
        assert extract(exercise.name, id, asked).untouched
