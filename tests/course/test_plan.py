"""From sections and values to jobs: what they hold, what is refused, and what moves their key."""

import json
import shutil

import pytest

from mlsdlib.course import inputs
from mlsdlib.course.inputs import PACKAGE
from mlsdlib.course.plan import plan
from mlsdlib.course.sections import discover, select
from mlsdlib.course.store import Store

# ---- jobs


@pytest.fixture
def planned(tiny):
    """Plan the tiny course, as it is written now."""

    def make(parameters=None, **options):
        return plan([tiny.section], parameters or {}, store=Store(tiny.runs), **options)

    return make


def test_a_job_holds_all_it_takes(tiny, planned):
    tiny.write("import scipy.stats")
    (job,) = planned({"seed": 3}, seconds=60.0, gigabytes=1.5)
    assert (job.section, job.notebook) == ("9.9", "notebooks/09_9_tiny.ipynb")
    assert (job.output, job.parameters) == ("09_9_tiny-seed=3.ipynb", {"seed": 3})
    assert (job.seconds, job.gigabytes, job.alone) == (60.0, 1.5, False)
    assert job.store.place == str(tiny.runs)
    assert {"numpy", "scipy.stats"} <= {*job.preload}
    assert not any(name.split(".")[0] in ("mlsdlib", "json") for name in job.preload)
    assert {"estimate.py", "course/claim.py", "course/session.py"} <= {*job.files}
    cells = json.loads(job.source)["cells"]
    assert [cell["source"] for cell in cells[-2:]] == ["import scipy.stats", "recap()"]


def test_several_values_make_a_job_for_each_combination(tiny, planned):
    tiny.write()
    jobs = planned({"seed": "0:2", "mode": ["fast", "slow"], "scale": 2})
    assert [tuple(job.parameters.values()) for job in jobs] == [
        (0, 2.0, "fast"),
        (0, 2.0, "slow"),
        (1, 2.0, "fast"),
        (1, 2.0, "slow"),
    ]
    assert len({job.output for job in jobs}) == len({job.key for job in jobs}) == 4


def test_the_order_of_the_parameters_makes_no_other_output(tiny, planned):
    tiny.write()
    (one,), (other,) = planned({"seed": 1, "scale": 2}), planned({"scale": 2, "seed": 1})
    assert one.output == other.output == "09_9_tiny-seed=1-scale=2.0.ipynb"
    assert one.key == other.key


def test_a_grid_of_too_many_jobs_is_refused(tiny, planned):
    tiny.write().edit("[0.5, 2]", "[0.5, 100_000]", tiny.notebook)
    with pytest.raises(ValueError, match="at most 100000 jobs a section, got 100002"):
        planned({"seed": [0, 1], "scale": range(1, 50_002)})


def test_quick_takes_the_small_values_and_a_value_given_overrides_them(tiny, planned):
    tiny.write()
    assert planned(quick=True)[0].parameters == {"seed": 1}
    assert planned({"seed": 5}, quick=True)[0].parameters == {"seed": 5}
    assert planned({"scale": 2}, quick=True)[0].parameters == {"seed": 1, "scale": 2.0}


def test_a_claim_that_compares_durations_makes_its_notebook_run_alone(tiny, planned):
    tiny.write()
    assert [job.alone for job in planned()] == [False]
    tiny.edit("above = 1", "above = 1\ntiming = true", tiny.claims)
    assert [job.alone for job in planned()] == [True]


def test_the_solution_is_another_notebook_with_another_output(tiny, planned):
    tiny.write()
    with pytest.raises(FileNotFoundError, match=r"not built yet: 09_9_tiny\.ipynb; run mlsd build"):
        planned(solved=True)
    tiny.solution.parent.mkdir()
    shutil.copy(tiny.notebook, tiny.solution)
    (job,) = planned(solved=True)
    assert (job.notebook, job.output) == ("solutions/09_9_tiny.ipynb", "09_9_tiny-solved.ipynb")


def test_the_parts_of_a_section_take_those_parameters_that_are_theirs(tiny):
    tiny.write()
    store = Store(tiny.runs)
    for part in "ab":
        for file in (tiny.source, tiny.notebook):
            text = file.read_text().replace("mode: str", f"size_{part}: str")
            file.with_name(f"09_8{part}_part{file.suffix}").write_text(text.replace("9.9", "9.8"))
    parts = select(["9.8"])
    first, second = plan(parts, {"seed": 3, "size_a": "slow"}, store=store)
    assert (first.parameters, second.parameters) == ({"seed": 3, "size_a": "slow"}, {"seed": 3})
    with pytest.raises(ValueError, match=r"section 9\.8a has no parameter 'size'"):
        plan(parts, {"size": "slow"}, store=store)
    with pytest.raises(ValueError, match=r"section 9\.8b has no parameter 'size_a'"):
        plan(parts[1:], {"size_a": "slow"}, store=store)
    with pytest.raises(ValueError, match=r"section 9\.9 has no parameter 'size_a'"):
        plan(discover(), {"size_a": "slow"}, store=store)


def test_no_section_makes_no_job(tiny):
    assert plan([], {}, store=Store(tiny.runs)) == []


# ---- what cannot be planned


def test_a_notebook_that_is_not_built_is_named(tiny, planned):
    tiny.write().notebook.unlink()
    with pytest.raises(FileNotFoundError, match=r"not built yet: 09_9_tiny\.ipynb; run mlsd build"):
        planned()


@pytest.mark.parametrize("text", ["", "no notebook", "[]", "{}", '{"metadata": {}, "cells": [1]}'])
def test_a_file_that_is_no_notebook_is_named(tiny, planned, text):
    tiny.write().notebook.write_text(text)
    with pytest.raises(ValueError, match=r"09_9_tiny\.ipynb is not a notebook"):
        planned()


def test_a_notebook_needs_one_parameters_cell(tiny, planned):
    tiny.write()
    made = json.loads(tiny.notebook.read_text())
    made["cells"][1]["metadata"]["tags"] = []
    tiny.notebook.write_text(json.dumps(made))
    with pytest.raises(ValueError, match=r"section 9\.9 has 0 parameters cells, needs one"):
        planned()


# ---- the key


@pytest.fixture
def key(planned):
    """Return the key of the one job of these parameters."""

    def make(**parameters):
        (job,) = planned(parameters)
        return job.key

    return make


def test_the_key_moves_with_the_notebook(tiny, key):
    tiny.write("x = 1")
    before = key()
    tiny.write("x = 2")
    after = key()
    tiny.write("x = 1")
    assert (before != after, before == key()) == (True, True)


def test_the_key_moves_with_the_text_of_the_notebook(tiny, key):
    tiny.write()
    before = key()
    tiny.edit("Does it run?", "Does it walk?", tiny.notebook)
    assert key() != before


def test_the_key_moves_with_the_parameters(tiny, key):
    tiny.write()
    assert len({key(), key(seed=0), key(seed=1), key(seed=1, scale=1)}) == 4


def test_the_key_moves_not_with_outputs_or_what_the_build_notes(tiny, key):
    tiny.write()
    before = key()
    made = json.loads(tiny.notebook.read_text())
    made["metadata"]["mlsdlib"]["inputs"] = "a hash"
    made["cells"][-1] |= {"execution_count": 4, "outputs": [{"output_type": "stream"}]}
    tiny.notebook.write_text(json.dumps(made))
    assert key() == before


def test_the_key_moves_not_with_the_place_or_the_limits(tiny, key, tmp_path, monkeypatch):
    tiny.write()
    before = key()
    moved = shutil.copytree(tiny.root, tmp_path / "elsewhere")
    monkeypatch.setenv("MLSD_ROOT", str(moved))
    (job,) = plan(discover(), {}, store=Store("there"), seconds=1.0, gigabytes=1.0)
    assert job.key == before


@pytest.mark.parametrize(
    ("changed", "moves"),
    [
        ("estimate.py", True),  # the notebook imports it
        ("course/session.py", True),  # what the notebook imports does
        ("timing.py", False),  # nothing here does
        ("course/plan.py", False),
    ],
)
def test_the_key_moves_with_the_library_as_far_as_it_is_imported(
    tiny, key, tmp_path, monkeypatch, changed, moves
):
    tiny.write()
    package = tmp_path / "mlsdlib"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("datasets", "__pycache__"))
    for module in ("inputs", "plan"):
        monkeypatch.setattr(f"mlsdlib.course.{module}.PACKAGE", package)
    before = key()
    with (package / changed).open("a") as stream:
        stream.write("# changed\n")
    assert (key() != before) == moves


def test_the_key_moves_with_the_exercises_of_the_section(course, monkeypatch):
    (before,) = plan([course.section], {}, store=Store("there"))
    # As in a checkout, where the exercises lie inside the package.
    for module in ("inputs", "plan"):
        monkeypatch.setattr(f"mlsdlib.course.{module}.PACKAGE", course.root / "mlsdlib")
    (inside,) = plan([course.section], {}, store=Store("there"))
    course.edit("max(values) - min(values)", "max(values) + -min(values)", course.exercises)
    (after,) = plan([course.section], {}, store=Store("there"))
    assert inside.files == ("course/exercises/s09_9.py",)
    assert len({before.key, inside.key, after.key}) == 3


def test_the_key_moves_with_the_data(tiny, key, tmp_path, monkeypatch):
    tiny.write()
    before = key()
    (tmp_path / "MANIFEST.json").write_text("{}")
    monkeypatch.setenv("MLSD_DATA", str(tmp_path))
    assert key() != before


def test_the_key_moves_with_the_packages_of_the_course_and_no_others(tiny, key, monkeypatch):
    tiny.write()
    versions = {"numpy": "1", "torch": "1", "ruff": "1", "distributed": "1"}

    def key_with(**changed):
        inputs._packages.cache_clear()
        monkeypatch.setattr(inputs.metadata, "version", lambda name: (versions | changed)[name])
        return key()

    monkeypatch.setattr(
        inputs.metadata,
        "requires",
        lambda _: [
            "numpy>=1",
            'torch>=1; extra == "course"',
            'distributed>=1; extra == "cluster"',
            'ruff>=1; extra == "test"',
        ],
    )
    try:
        before = key_with()
        assert before not in (key_with(numpy="2"), key_with(torch="2"))
        assert before == key_with(ruff="2", distributed="2")
    finally:
        inputs._packages.cache_clear()
