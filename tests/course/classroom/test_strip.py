"""The worker's package has no answer in it."""

import ast
import importlib
import inspect
import subprocess
import sys
import tomllib

import numpy as np
import pytest

from mlsdlib.course.classroom import strip
from mlsdlib.course.exercises import find_exercise
from mlsdlib.course.inputs import PACKAGE
from mlsdlib.course.source import solution_source
from tests.checks.trial import all_exercises
from tests.course.test_references_agree import LIBRARY

TWINS = tomllib.loads((PACKAGE / "course" / "classroom" / "twins.toml").read_text())
OTHERS = {"4.2-e2", "5.1-e3", "5.2-e7"}  # for these the test asks another library


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return strip.build(tmp_path_factory.mktemp("strip"), compiled=False)


def test_nothing_of_an_exercise_is_in_it(package):
    kept = sorted(f.name for f in (package / "course" / "exercises").iterdir())
    assert kept == ["__init__.py", "base.py", "released.py"]
    text = "\n".join(f.read_text(encoding="utf-8") for f in package.rglob("*.py"))
    for exercise in all_exercises():
        lines = inspect.getsource(exercise.judge).splitlines()
        assert "\n".join(lines[:4]) not in text, exercise.id
    assert not (package / "course" / "classroom").exists()
    assert not list(package.rglob("*.parquet"))


def test_each_twin_can_be_blanked_and_the_package_still_imports(package, tmp_path):
    copy = strip.linked(package, tmp_path)
    names = strip.twins_of(TWINS)
    strip.blank(copy, names)
    modules = sorted({name.rsplit(".", 1)[0] for name in names if name.split(".")[-2].islower()})
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import importlib, mlsdlib\n"
    code += f"[importlib.import_module(m) for m in {modules!r}]\n"
    code += "from mlsdlib import sampling\nassert sampling.__file__.startswith(sys.path[0])\n"
    code += "try: sampling.neyman_allocation([3], [1.0], 2)\n"
    code += "except LookupError as err: print(err)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "exercise 4.1-e2 asks for mlsdlib.sampling._strata" in said.stdout, said.stderr
    original = (package / "sampling" / "_strata.py").read_text(encoding="utf-8")
    assert "this build lacks it" not in original  # a linked file is not written through


def test_a_twin_that_is_not_there_is_an_error(package):
    with pytest.raises(LookupError, match="no definition of mlsdlib"):
        strip.blank(package, {"mlsdlib.sampling._strata.nowhere": "4.1-e2"})
    with pytest.raises(LookupError, match="no module"):
        strip.blank(package, {"mlsdlib.nowhere.f": "4.1-e2"})


def test_blanking_leaves_signature_and_docstring():
    text = 'def f(x):\n    """Say."""\n    return x\n\n\ndef g():\n    return 1\n'
    blanked = strip._blanked(text, ["f"], "m.f", "1.1-e1")
    assert blanked == (
        'def f(x):\n    """Say."""\n'
        '    raise LookupError("exercise 1.1-e1 asks for m.f: this build lacks it")\n\n\n'
        "def g():\n    return 1\n"
    )
    for name in ("f", "g"):
        ast.parse(strip._blanked(text, [name], "m", "1"))


@pytest.mark.parametrize("id", sorted(set(LIBRARY) - OTHERS))
def test_the_list_of_twins_is_complete(id, monkeypatch):
    """With these functions gone, the library's way to solve an exercise is gone."""

    def gone(*args, **kwargs):
        raise LookupError("gone")

    for name in TWINS[id]:
        for function in functions(name):
            monkeypatch.setattr(function, "__code__", gone.__code__)
    exercise = find_exercise(id)
    lost = 0
    for case in exercise.cases(np.random.default_rng(1)):
        try:
            exercise.call(LIBRARY[id], case)
        except Exception:
            lost += 1
    assert lost > 0


def functions(name):
    module, _, last = name.rpartition(".")
    found = getattr(importlib.import_module(module), last)
    parts = vars(found).values() if isinstance(found, type) else [found]
    # A code object that reads variables of an enclosing function can only be put for its like.
    return [p for p in parts if inspect.isfunction(p) and not p.__code__.co_freevars]


@pytest.mark.parametrize("exercise", all_exercises(), ids=lambda exercise: exercise.id)
def test_the_call_of_an_exercise_can_be_sent_and_does_not_hold_its_reference(exercise):
    source = strip.call_source(exercise)
    tree = ast.parse(source)
    defined = {getattr(node, "name", "") for node in tree.body}
    assert exercise.reference.__name__ not in defined
    assert exercise.judge.__name__ not in defined
    if exercise.call.__module__ != "mlsdlib.course.exercises.base":
        assert source.startswith(solution_source(exercise.call, "call").split("\n", 1)[0])
