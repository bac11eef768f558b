"""A learner's functions are found in copied, moved, renamed, broken and deleted cells."""

import json
import random

import pytest

from mlsdlib.course.classroom.cells import MOST_BYTES, read_cells
from mlsdlib.course.classroom.extract import Program, best, extract
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
    return run(program)["f"]


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
    assert run(extract("f", "9.9-e1", read_cells(data)))["f"](21) == 42


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
            outcome = evaluate(exercise, run(one)[exercise.name], rng=3)
            assert outcome.correct, outcome.message
        assert extract(exercise.name, id, asked).untouched
