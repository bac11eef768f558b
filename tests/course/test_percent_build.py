"""`mlsd build`: what is made, when it is executed again, and what never changes its bytes."""

import shutil

import nbformat
import pytest
from nbformat import v4

from mlsdlib.course import build, percent
from mlsdlib.course.inputs import PACKAGE
from mlsdlib.course.sections import discover
from tests.course.conftest import working_in


def outputs(notebook, containing):
    (cell,) = [c for c in notebook.cells if containing in c.source and c.cell_type == "code"]
    return "".join(
        o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in cell.outputs
    )


@pytest.fixture
def never_execute(monkeypatch):
    def refuse(notebook, **options):
        raise AssertionError("nothing may be executed here")

    monkeypatch.setattr("mlsdlib.course.kernel.execute", refuse)


@pytest.fixture
def executed(monkeypatch):
    """Stand in for the kernel where only the question is asked whether it would run."""
    seen = []
    monkeypatch.setattr(
        "mlsdlib.course.kernel.execute", lambda notebook, **_: seen.append(notebook)
    )
    return seen


# ---- what is made


def test_the_readers_notebook_is_executed_and_unsolved(course):
    made = course.read()
    assert all(cell.execution_count for cell in made.cells if cell.cell_type == "code")
    assert "return TODO" in "".join(cell.source for cell in made.cells)
    assert "Exercise 9.9-e1: not attempted." in outputs(made, '").check(')
    assert outputs(made, "claim(").startswith("Claim 9.9-1 holds: The mean is below 1")


def test_the_solution_is_solved_and_its_quiz_answered(course):
    made = course.read(course.solution)
    assert "Exercise 9.9-e1: correct, on all" in outputs(made, '").check(')
    assert "a) is right." in outputs(made, 'quiz("9.9-q1"')
    assert "return TODO" not in "".join(cell.source for cell in made.cells)


def test_a_cell_has_the_same_id_in_both_notebooks(course):
    unsolved, solved = course.read(), course.read(course.solution)
    assert [c.id for c in unsolved.cells] == [c.id for c in solved.cells]
    assert len({c.id for c in unsolved.cells}) == len(unsolved.cells)


def test_the_notebooks_are_valid_and_name_the_exercise(course):
    for file in (course.notebook, course.solution):
        made = course.read(file)
        nbformat.validate(made)
        assert made.metadata.kernelspec.name == "python3"
        named = [c.metadata.mlsdlib.exercise for c in made.cells if "mlsdlib" in c.metadata]
        assert named == ["9.9-e1"]


def test_the_notebooks_hold_no_place_time_or_version(course, built_tree):
    for text in map(bytes.decode, course.stored().values()):
        assert str(built_tree) not in text
        assert '"execution": {' not in text
        assert "3.11" not in text
        assert "papermill" not in text


def test_where_a_kernel_cuts_its_output_in_two_does_not_show():
    def stream(text, name="stdout"):
        return v4.new_output("stream", name=name, text=text)

    shown = v4.new_output("display_data", {"text/plain": "a figure"})
    whole = [stream("one\ntwo\n"), stream("oh\n", "stderr"), shown, stream("three\n")]
    cut = [stream("one\n"), stream("two\n"), stream("oh\n", "stderr"), shown, stream("three\n")]
    cells = [[v4.new_code_cell("x", id="a", outputs=outputs)] for outputs in (whole, cut)]
    first, second = (build.normalised(v4.new_notebook(cells=cell)) for cell in cells)
    assert first == second


# ---- when it is executed


def test_building_twice_executes_nothing(course, never_execute):
    before = course.stored()
    assert course.build() == [False, False]
    assert course.stored() == before


def test_forcing_gives_the_same_bytes(course):
    before = course.stored()
    assert course.build(force=True) == [True, True]
    assert course.stored() == before


def test_a_changed_source_is_executed_and_shown(course):
    course.edit("rng.uniform(0, 1", "rng.uniform(3, 4")
    assert course.build() == [True, True]
    assert outputs(course.read(), "claim(").startswith("Claim 9.9-1 fails: The mean is below 1")


def test_changed_prose_is_written(course, executed):
    course.edit("## Round 1", "## First round")
    assert course.build() == [True, True]
    assert "## First round" in course.notebook.read_text()


def test_a_changed_exercise_is_executed_again(course, executed):
    course.edit("max(values) - min(values)", "max(values) + -min(values)", course.exercises)
    assert course.build() == [True, True]
    assert "max(values) + -min(values)" in course.solution.read_text()


@pytest.mark.parametrize("name", ["constraints.txt", "datasets/MANIFEST.json"])
def test_changed_pins_or_data_are_executed_again(course, executed, name):
    (course.root / name).parent.mkdir(exist_ok=True)
    (course.root / name).write_text("changed")
    assert course.build() == [True, True]


@pytest.mark.parametrize(
    ("changed", "executed"),
    [
        ("estimate.py", True),  # the notebook imports it
        ("timing.py", True),  # only the exercises import it
        ("course/doctor.py", False),  # nothing here does
    ],
)
def test_a_changed_file_of_the_library_is_an_input_where_it_is_imported(
    course, monkeypatch, tmp_path, changed, executed
):
    course.edit("import numpy as np\n", "import mlsdlib.timing\n", course.exercises)
    course.edit("np.random.Generator", '"Generator"', course.exercises)
    package = tmp_path / "mlsdlib"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("datasets", "__pycache__"))
    monkeypatch.setattr("mlsdlib.course.inputs.PACKAGE", package)
    before = [target.inputs for target in build.targets(course.section)]
    with (package / changed).open("a") as stream:
        stream.write("# changed\n")
    after = [target.inputs for target in build.targets(course.section)]
    assert [old != new for old, new in zip(before, after, strict=True)] == [executed, executed]


def test_the_place_of_the_checkout_is_no_input(course, tmp_path):
    before = [target.inputs for target in build.targets(course.section)]
    moved = shutil.copytree(course.root, tmp_path / "elsewhere")
    with working_in(moved):
        (section,) = discover(moved)
        assert [target.inputs for target in build.targets(section)] == before


# ---- drift


def change_a_cell(notebook):
    notebook.cells[2].source += "\n# by hand"


def drop_a_cell(notebook):
    del notebook.cells[-1]


def change_a_tag(notebook):
    notebook.cells[1].metadata["tags"].append("another")


@pytest.mark.parametrize("which", ["notebook", "solution"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (change_a_cell, "cell 2 differs from its source: edit the source, then build"),
        (change_a_tag, "cell 1 differs from its source"),
        (drop_a_cell, "cells, its source"),
    ],
)
def test_a_change_by_hand_is_drift_and_is_undone(course, executed, which, change, message):
    file = getattr(course, which)
    made = course.read(file)
    change(made)
    nbformat.write(made, file)
    (problem,) = course.problems()
    assert message in problem
    assert f"{file.parent.name}/{file.name}" in problem
    assert course.build() == [which == "notebook", which == "solution"]
    assert [build.drift(target) for target in build.targets(course.section)] == ["", ""]


def test_a_missing_notebook_is_drift_and_is_made(course, executed):
    course.notebook.unlink()
    assert course.problems() == [
        "9.9: notebooks/09_9_a_tiny_course.ipynb is missing: run mlsd build 9.9"
    ]
    assert course.build() == [True, False]


def test_a_failing_source_leaves_the_old_notebook(course, mlsd):
    before = course.stored()
    course.edit("draws = rng.uniform(0, 1, size=n_draws)", "draws = 1 / 0")
    result = mlsd("build")
    assert result.exit_code == 1
    assert "notebooks/09_9_a_tiny_course.ipynb was not written" in result.stderr
    assert "ZeroDivisionError" in result.stderr
    assert course.stored() == before
    assert not list(course.notebook.parent.glob(".*"))


def test_a_source_that_is_not_python_is_a_message(course, mlsd):
    course.edit("draws = rng.uniform(0, 1, size=n_draws)", "draws = = 1")
    result = mlsd("build")
    assert result.exit_code == 2
    assert "a code cell is not Python" in result.stderr


def test_an_unknown_exercise_is_a_message(course, mlsd):
    course.edit("# exercise 9.9-e1\n", "# exercise 9.9-e7\n")
    result = mlsd("build")
    assert result.exit_code == 2
    assert "mlsd: no exercise 9.9-e7: section 9.9 has 9.9-e1" in result.stderr


def test_the_command_says_what_it_built(course, mlsd):
    result = mlsd("build", "9.9")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "unchanged  notebooks/09_9_a_tiny_course.ipynb",
        "unchanged  solutions/09_9_a_tiny_course.ipynb",
    ]


# ---- the percent format


def test_cells_tags_and_kinds_are_read():
    cells = percent.parse('# %% [markdown]\n# Text\n\n# %% tags=["a", "b"]\nx = 1\n')
    assert [(c.kind, c.source, c.tags) for c in cells] == [
        ("markdown", "Text", ()),
        ("code", "x = 1", ("a", "b")),
    ]


def test_equal_cells_get_ids_of_their_own_that_repeat():
    text = "# %%\nx = 1\n\n# %%\nx = 1\n"
    first, second = ([cell.id for cell in percent.parse(text)] for _ in range(2))
    assert first == second
    assert len(set(first)) == 2


def test_an_id_depends_on_no_other_cell():
    alone, after = percent.parse("# %%\nx = 1\n"), percent.parse("# %%\ny = 2\n\n# %%\nx = 1\n")
    assert alone[0].id == after[1].id


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "cells in percent format, got none"), ("# %% [raw]\n# x\n", "got 'raw'")],
)
def test_what_is_no_source_is_refused(text, message):
    with pytest.raises(ValueError, match=f"09_9_x.py must hold .*{message}"):
        percent.parse(text, "09_9_x.py")
