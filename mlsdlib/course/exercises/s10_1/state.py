"""Exercise 10.1-e3: what does a notebook hide?"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from functools import partial

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, altered

__all__ = ["EXERCISE"]


def hidden_state(cells):
    """Return what was run out of order, which names are missing, and where magics are."""
    order, missing, magics = [], set(), []
    bound, last = set(dir(builtins)), 0
    for position, (count, source) in enumerate(cells):
        lines = source.splitlines()
        plain = [line for line in lines if not line.startswith(("%", "!"))]
        if len(plain) < len(lines):
            magics.append(position)
        used = set()
        for node in ast.walk(ast.parse("\n".join(plain))):
            if isinstance(node, ast.Name):
                (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                bound.add(node.name)
            elif isinstance(node, ast.alias):
                bound.add((node.asname or node.name).split(".")[0])
            elif isinstance(node, ast.arg):
                bound.add(node.arg)
        missing |= used - bound
        if count is not None:
            if count < last:
                order.append(position)
            last = count
    return {"order": order, "missing": sorted(missing), "magics": magics}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[[1, "x = 2"], [2, "print(x)"]]]}
    yield {"args": [[[2, "x = 2"], [1, "print(x)"]]]}  # run upwards
    yield {"args": [[[1, "x = 2"], [5, "print(y)"]]]}  # its cell is gone
    yield {"args": [[[3, "print(x)"], [4, "x = 2"]]]}  # defined below
    yield {
        "args": [[[1, "%matplotlib inline\nx = 1"], [2, "!ls"], [3, "print(x % 2, 1 !=\\\n x)"]]]
    }
    yield {"args": [[[1, "import numpy as np\nimport os.path"], [2, "np.ones(3), os.sep, numpy"]]]}
    yield {"args": [[[1, "from math import pi, e as euler"], [2, "pi + euler + e"]]]}
    yield {"args": [[[1, "def area(r, k=2):\n    return pi * r**k"], [2, "area(1)"]]]}
    yield {"args": [[[1, "class Shop:\n    tax = 0.2"], [2, "Shop().tax, Shopp"]]]}
    yield {
        "args": [[[1, "[v for v in range(3)]\nfor i in [1]:\n    pass"], [2, "print(i, sum([1]))"]]]
    }
    yield {"args": [[[4, "a = 1"], [None, "b = 2"], [3, "a + b"], [5, "a"]]]}  # one was never run
    yield {"args": [[[2, "a = 1"], [3, "b = a"], [1, "a"], [4, "c = b"]]]}
    yield {"args": [[[6, "a = 1"], [2, "b = a"], [4, "a"], [8, "d"]]]}  # 4 comes after 2
    yield {"args": [[[1, "a = a0"], [2, "f(z)"], [3, "%timeit a"]]]}
    yield {"args": [[[1, "a = 1"], [1, "b = a"]]]}  # after a restart numbers come twice
    yield {"args": [[]]}
    names = list("abcdef")
    for _ in range(20):
        n = int(rng.integers(3, 7))
        counts = rng.permutation(n) + 1 if rng.random() < 0.5 else np.arange(n) + 1
        sources = [f"{names[k]} = 1 + {names[max(k - 1, 0)] if k else 1}" for k in range(n)]
        if rng.random() < 0.5:
            sources[int(rng.integers(n))] = "%time 1"
        cells = [[int(c), s] for c, s in zip(counts, sources, strict=True)]
        if rng.random() < 0.3:
            cells[0][0] = None
        yield {"args": [cells]}


_WHY = {
    "order": "A cell is out of order if its number is lower than that of the cell above it which "
    "has one; a gap is no proof.",
    "missing": "A name is missing if a cell uses it and neither it nor a cell above binds it: by "
    "=, for, import, def, class or as a parameter. Python's own names are never missing.",
    "magics": "A magic is a line that begins with % or !; such a line is no Python, and is taken "
    "out before the rest is parsed.",
}


def _judge(case: Case, result: object) -> Problem | None:
    expected = hidden_state(*case["args"])
    if not isinstance(result, dict) or set(result) != set(expected):
        return Problem(expected, "Return a dictionary with the keys order, missing and magics.")
    for key, why in _WHY.items():
        if result[key] != expected[key]:
            return Problem(expected, why)
    return None


def _sorted_counts(right, cells):
    counts = [c for c, _ in cells if c is not None]
    return [k for k, (c, _) in enumerate(cells) if c is not None and c != k + 1] if counts else []


def _bound_anywhere(right, cells):
    text = "\n".join(source for _, source in cells)
    return [name for name in right["missing"] if f"{name} = " not in text]


def _with_builtins(right, cells):
    found = right["missing"]
    return sorted({*found, "print"}) if any("print" in s for _, s in cells) else found


def _any_percent(right, cells):
    return [k for k, (_, source) in enumerate(cells) if "%" in source or "!" in source]


_with = partial(altered, hidden_state)

EXERCISE = Exercise(
    id="10.1-e3",
    name="hidden_state",
    reference=hidden_state,
    cases=_cases,
    judge=_judge,
    hints=(
        "Go through the cells from the top, as Restart and run all would, and keep the set of "
        "names that are bound so far.",
        "ast.walk(ast.parse(source)) yields every node. An ast.Name has a ctx: ast.Load if it is "
        "used. Others that bind: FunctionDef and ClassDef (.name), alias, arg (.arg).",
        "if isinstance(node, ast.Name): (used if isinstance(node.ctx, ast.Load) else "
        "bound).add(node.id); for an alias (node.asname or node.name).split('.')[0]; at the end "
        "of each cell missing |= used - bound",
    ),
    wrong=(
        Wrong("numbers must be 1, 2, 3", _with(order=_sorted_counts), "a gap is no proof"),
        Wrong("looks below as well", _with(missing=_bound_anywhere), "nor a cell above"),
        Wrong("does not know Python", _with(missing=_with_builtins), "Python's own names"),
        Wrong("any percent sign", _with(magics=_any_percent), "begins with % or !"),
    ),
    equivalent={
        "hidden_state: `(set(dir(builtins)), 0)` -> `(set(dir(builtins)), 1)`": "numbers "
        "begin at 1",
        "hidden_state: `(set(dir(builtins)), 0)` -> `(set(dir(builtins)), -1)`": "as above",
    },
    note="It sees names, not values: a cell that was run twice, or edited after it was run, leaves "
    "no trace here. Only a run from the top tells, and a second one tells whether it repeats.",
)
