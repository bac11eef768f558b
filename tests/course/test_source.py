"""The source of a reference, as a cell of the solved notebook that stands on its own."""

import importlib.util
import itertools
import sys
import textwrap

import pytest

from mlsdlib.course.source import solution_source

MODULE = '''\
"""A section's exercises."""

from __future__ import annotations

import math
import os.path as places
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

LIMIT = 10
SCALE: float = 2.0
UNUSED = 1


class Kept:
    """A class that a function needs.

    Its details stay in the library.
    """

    limit = LIMIT


def helper(x):
    # the comment stays
    return x * SCALE + Kept.limit


def total(values: list[float], *, start: float = 0.0) -> np.ndarray:
    """Return the scaled total of the values,
    in one number.

    Parameters
    ----------
    values : list
        The numbers.
    """
    return np.asarray(start + sum(map(helper, values)))


def plain(x):
    return x + math.pi


def recursive(n):
    """Return n factorial."""
    return 1 if n < 2 else n * recursive(n - 1)


def count(x):
    return Counter(x), places.sep


def twice(fn):
    return lambda x: fn(fn(x))


@twice
def decorated(x):
    return x + 1


def other(x):
    return UNUSED + x


def typed(frame: pd.DataFrame) -> Later:
    return Later()


class Later:
    pass
'''
names = itertools.count()


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The module above, imported from a file."""
    name = f"reference_{next(names)}"
    file = tmp_path / f"{name}.py"
    file.write_text(MODULE)
    spec = importlib.util.spec_from_file_location(name, file)
    made = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, made)
    spec.loader.exec_module(made)
    return made


def run(source):
    found = {}
    exec(compile(source, "<cell>", "exec"), found)
    return found


def test_helpers_constants_and_imports_come_along(module):
    source = solution_source(module.total, "total")
    assert run(source)["total"]([1.0, 2.0]) == module.total([1.0, 2.0]) == 26
    assert source.splitlines()[:2] == ["import numpy as np", ""]
    assert all(word in source for word in ("LIMIT = 10", "SCALE: float = 2.0", "class Kept:"))
    assert "# the comment stays" in source


def test_what_is_not_needed_stays_out(module):
    source = solution_source(module.total, "total")
    for word in ("UNUSED", "def other", "Counter", "math", "__future__", "TYPE_CHECKING"):
        assert word not in source


def test_only_the_imported_names_in_use_are_imported(module):
    source = solution_source(module.count, "count")
    assert "from collections import Counter\n" in source
    assert "import os.path as places\n" in source
    assert run(source)["count"]("aa")[0]["a"] == 2


def test_a_long_docstring_is_cut_to_its_first_sentence(module):
    source = solution_source(module.total, "total")
    assert '    """Return the scaled total of the values, in one number."""\n' in source
    assert "Parameters" not in source
    assert '    """A class that a function needs."""\n\n    limit = LIMIT' in source


def test_definitions_keep_the_order_of_the_module(module):
    source = solution_source(module.total, "total")
    places = [source.index(word) for word in ("LIMIT =", "class Kept", "def helper", "def total")]
    assert places == sorted(places)


def test_a_reference_of_another_name_gets_the_learners(module):
    source = solution_source(module.plain, "area")
    assert source.endswith("\n\n\narea = plain")
    assert run(source)["area"](1) == module.plain(1)


def test_a_function_that_calls_itself_is_taken_once(module):
    source = solution_source(module.recursive, "recursive")
    assert source.count("def recursive") == 1
    assert run(source)["recursive"](5) == 120


def test_a_class_can_be_a_reference(module):
    assert run(solution_source(module.Kept, "Kept"))["Kept"].limit == 10


def test_a_decorator_comes_along(module):
    module.decorated.__name__ = "decorated"
    source = solution_source(module.decorated, "decorated")
    assert run(source)["decorated"](1) == 3


def test_annotations_that_only_a_type_checker_knows_do_no_harm(module):
    source = solution_source(module.typed, "typed")
    assert source.startswith("from __future__ import annotations\n")
    found = run(source)
    assert isinstance(found["typed"](None), found["Later"])


def test_a_library_function_can_be_the_reference():
    from mlsdlib.estimate import paired_t

    found = run(solution_source(paired_t, "compare"))
    assert str(found["compare"]([1.0, 2.0, 4.0], [0.0, 1.5, 2.0])) == str(
        paired_t([1.0, 2.0, 4.0], [0.0, 1.5, 2.0])
    )


def test_the_cell_has_no_blank_at_its_ends(module):
    for name in ("total", "plain", "count"):
        source = solution_source(getattr(module, name), name)
        assert source == source.strip()
        assert source == textwrap.dedent(source)
