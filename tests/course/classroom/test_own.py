"""An instructor's own exercise: made, checked, handed out, and graded from end to end."""

import csv
import json
import re

import pytest

from mlsdlib.course.classroom.cells import read_cells
from mlsdlib.course.classroom.rehearsal import rehearse
from mlsdlib.course.new import create_exercise
from mlsdlib.course.own import exercise, load
from mlsdlib.course.source import solution_source

ID = "4.1-e90"


@pytest.fixture
def own(tmp_path):
    """A folder with one exercise as it is made."""
    folder = tmp_path / "own"
    create_exercise(ID, "Trimmed mean", folder)
    return folder


def edit(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def solved_with(own, source):
    """Return the notebook that is handed out, with another text in the exercise's cell."""
    made = json.loads((own / f"{ID}.ipynb").read_text())
    (cell,) = (c for c in made["cells"] if c["metadata"].get("mlsdlib") == {"exercise": ID})
    cell["source"] = f"# exercise {ID}\n{source}"
    return json.dumps(made)


def test_what_is_made_is_sound_and_graded_from_end_to_end(tmp_path, mlsd, monkeypatch, walls):
    own, submissions = tmp_path / "own", tmp_path / "submissions"
    made = mlsd("new", "--exercise", ID, "Trimmed mean", "--own", own)
    assert (made.exit_code, made.stderr) == (0, "")
    assert sorted(file.name for file in own.iterdir()) == [f"{ID}.ipynb", "trimmed_mean.py"]
    checked = mlsd("class", "check", own)
    assert (checked.exit_code, checked.output) == (0, f"{ID} is sound\n")
    definition = load(own)[ID]
    answers = {"right": definition.reference}
    answers |= {f"wrong {n}": wrong.function for n, wrong in enumerate(definition.wrong)}
    assert len(answers) == 4
    submissions.mkdir()
    (submissions / "stub.ipynb").write_bytes((own / f"{ID}.ipynb").read_bytes())
    for student, function in answers.items():
        text = solved_with(own, solution_source(function, "trimmed_mean"))
        (submissions / f"{student}.ipynb").write_text(text)
    monkeypatch.setenv("MLSD_GRADING_SEED", "a secret")
    out = tmp_path / "grades.csv"
    graded = mlsd("grade", submissions, "--own", own, "-e", ID, "--out", out, "--workers", "1")
    assert graded.exit_code == 0, graded.output
    with out.open(newline="") as stream:
        rows = {row["student"]: row for row in csv.DictReader(stream)}
    assert {student: row["outcome"] for student, row in rows.items()} == {
        "stub": "not attempted", "right": "correct",
        "wrong 0": "not yet", "wrong 1": "not yet", "wrong 2": "not yet",
    }  # fmt: skip
    for n, wrong in enumerate(definition.wrong):
        assert wrong.says in rows[f"wrong {n}"]["why"]


def test_the_notebook_runs_and_its_cell_is_marked_twice(own):
    cells = read_cells((own / f"{ID}.ipynb").read_bytes())
    assert [cell.exercise for cell in cells] == ["", ID, ""]
    assert cells[1].source.startswith(f"# exercise {ID}\n")
    space = {}
    for cell in cells:
        exec(cell.source, space)
    assert repr(space["trimmed_mean"]([1, 2, 6, 3])) == "TODO"


def test_an_own_exercise_answers_in_a_notebook(own, capsys):
    handle = exercise(ID, own)
    handle.check(load(own)[ID].reference)
    handle.check(lambda values: sum(values) / len(values))
    said = capsys.readouterr().out
    assert f"Exercise {ID}: correct, on all 24 cases." in said
    assert "This is the mean of all values" in said
    with pytest.raises(KeyError, match=f"no exercise 4.1-e91 in .*: it has {ID}"):
        exercise("4.1-e91", own)


@pytest.mark.parametrize(
    ("id", "title", "says"),
    [
        ("4.1-e2", "Mode", "id must be free, as 4.1-e91 is, got '4.1-e2'"),
        (ID, "Mode", f"id must be free, as 4.1-e91 is, got '{ID}'"),
        ("4.1-x1", "Mode", "id of an exercise must look like 3.2-e1, got '4.1-x1'"),
        ("4.1", "Mode", "id of an exercise must look like 3.2-e1, got '4.1'"),
        ("4.1-e91", "Trimmed mean", "trimmed_mean.py is there already"),
        ("4.1-e91", "?", "title must hold letters, got '?'"),
        ("4.1-e91", "Max", "title must make a name for a function, got 'Max'"),
        ("4.1-e91", "3 ways", "title must make a name for a function, got '3 ways'"),
        ("4.1-e91", "Same number", "title must make a name for a function"),
        ("4.1-e91", "Lambda", "title must make a name for a function"),
    ],
)
def test_new_overwrites_nothing_and_says_what_it_takes(own, mlsd, id, title, says):
    before = {file.name: file.read_bytes() for file in own.glob("*.*")}
    result = mlsd("new", "--exercise", id, title, "--own", own)
    assert result.exit_code == 2
    assert says in result.stderr
    assert {file.name: file.read_bytes() for file in own.glob("*.*")} == before


def test_any_title_makes_a_whole_exercise(tmp_path):
    source, notebook = create_exercise("90.1-e1", 'A "b"\n\\x # """', tmp_path)
    assert source.name == "a_b_x.py"
    assert load(tmp_path)["90.1-e1"].name == "a_b_x"
    first = json.loads(notebook.read_text())["cells"][0]
    assert "".join(first["source"]).startswith('# Exercise 90.1-e1: A "b" \\x # """\n')


UNSOUND = {
    "a check that accepts anything": (
        "if same_number(result, expected):", "if True:",
        "lets a wrong answer through, 'the mean of all', with seed 0: add a case",
    ),
    "a check that refuses what is right": (
        "expected = trimmed_mean(values)", "expected = trimmed_mean(values) + 1",
        "refuses its reference, with seed 0: not yet.",
    ),
    "a check that fails": (
        "expected = trimmed_mean(values)", 'expected = case["x"]',
        r"has a check that raises KeyError: 'x' \(line \d+ of trimmed_mean.py\)",
    ),
    "another message": (
        '"leave the extremes out"', '"drop them"',
        "must answer 'the mean of all' with the words 'drop them'; with seed 0 it says: not yet",
    ),
    "inputs that are not plain": (".tolist()]}", "]}", "must have cases of plain data"),
    "no random input": ("rng.integers(3, 12, size=20)", "()", "must draw some of its cases from"),
    "other inputs each time": (
        "size=size).tolist()", "size=size).tolist() + [time.time_ns()]",
        "must draw its cases from rng alone",
    ),
    "no input": ("    yield {", "    return\n    yield {", "must have cases, has none"),
    "two hints": ('"A sum does not', '# "A sum does not', "must have three hints, has 2"),
    "no note": ('note="It walks', 'note="" and "It walks', "must say what its solution trades"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "says"), UNSOUND.values(), ids=UNSOUND)
def test_what_is_unsound_is_told(own, old, new, says):
    file = own / "trimmed_mean.py"
    edit(file, old, new)
    edit(file, "import numpy as np", "import numpy as np, time")
    assert re.search(says, "\n".join(rehearse(own, walls="none")[ID]))


def test_what_only_the_jail_shows_is_told(own, mlsd, walls):
    notebook, source = own / f"{ID}.ipynb", own / "trimmed_mean.py"
    edit(notebook, "return TODO", "return 0")
    edit(
        source, "    return (sum(values)", f"    os.stat({str(source)!r})\n    return (sum(values)"
    )
    edit(source, "import numpy as np", "import os\n\nimport numpy as np")
    result = mlsd("class", "check", own)
    assert (result.exit_code, result.stdout) == (1, "")
    stub, reference = result.stderr.splitlines()
    assert stub.startswith(f"{ID} has a stub that is graded 'not yet', not 'not attempted': Leave")
    assert f"{ID} has a reference that is graded 'raised an error', not 'correct'" in reference
    edit(notebook, f"# exercise {ID}", "# mine")
    edit(notebook, f'"exercise": "{ID}"', '"x": 1')
    assert f"{ID} stands in no notebook of {own}" in mlsd("class", "check", own).stderr


def test_a_folder_that_cannot_be_used_is_a_usage_error(own, mlsd, tmp_path):
    def said(folder=own):
        result = mlsd("class", "check", folder)
        assert result.exit_code == 2
        return result.stderr

    assert "own must be a folder of exercises, got" in said(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "own must hold exercises, got" in said(tmp_path / "empty")
    (own / "more.ipynb").write_text("{")
    assert "more.ipynb: the file is not JSON" in said()
    more = own / "more.py"
    more.write_text((own / "trimmed_mean.py").read_text())
    assert f"trimmed_mean.py has {ID}, which is in {own} already" in said()
    edit(more, f'id="{ID}"', 'id="mine"')
    assert "id of an exercise must look like 3.2-e1, got 'mine'" in said()
    edit(more, 'id="mine"', "id=41")
    assert "more.py: id of an exercise must be a string, got 41" in said()
    more.write_text((own / "trimmed_mean.py").read_text())
    edit(more, f'id="{ID}"', 'id="4.1-e91"')
    edit(more, "judge=_judge", "judge=__import__('functools').partial(_judge)")
    assert "judge of 4.1-e91 must be a function, got functools.partial" in said()
    more.write_text("EXERCISES = []")
    assert "more.py must hold a tuple EXERCISES of exercises" in said()
    more.write_text("\nx")
    assert (
        "more.py cannot be read: NameError: name 'x' is not defined (line 2 of more.py)" in said()
    )
    more.write_text("x = (")
    assert "more.py cannot be read: SyntaxError" in said()
