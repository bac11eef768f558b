"""A folder of submissions becomes the same table, however often and however it is cut off."""

import csv
import json
import os
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import psutil
import pytest

from mlsdlib.course.classroom import grading
from mlsdlib.course.classroom.limits import Limits
from mlsdlib.course.classroom.marking import GRADER_ERROR, Mark
from mlsdlib.course.classroom.seed import secret_seed
from mlsdlib.course.classroom.submissions import Submission, collect
from mlsdlib.course.store import Store
from tests.course.classroom.attacks import NEIGHBOUR, RIGHT
from tests.course.classroom.submissions import notebook
from tests.course.processes import within

WRONG = "def rds_weights(degrees):\n    return [1 / d for d in degrees if d]"
HALF = RIGHT.replace("if total else", "if total and len(degrees) % 2 else")
LOOP = "def rds_weights(degrees):\n    while True: pass"
POLICY = """\
exercises = ["4.1-e1", "4.1-e2"]
partial = true
points = { default = 1, "4.1-e2" = 3 }

[limits]
cpu_seconds = 1
seconds = 6
"""


@pytest.fixture
def classroom(tmp_path, monkeypatch, walls):
    """A folder of submissions, and where the table goes."""
    monkeypatch.setenv("MLSD_GRADING_SEED", "the same secret")
    folder = tmp_path / "submissions"
    handed_in = {
        "anna": (RIGHT, NEIGHBOUR), "ben": (HALF, NEIGHBOUR), "carl": ("x = (",),
        "dora": (LOOP, NEIGHBOUR), "emil": (NEIGHBOUR, WRONG), "fay": (NEIGHBOUR, RIGHT),
    }  # fmt: skip
    for student, cells in handed_in.items():
        (folder / student).mkdir(parents=True)
        (folder / student / "lab.ipynb").write_bytes(notebook(*cells))
    (tmp_path / "policy.toml").write_text(POLICY)
    return tmp_path


@pytest.fixture(scope="module")
def whole():
    """The table of an undisturbed run, as the first test has found it."""
    return {}


def command(classroom, *words):
    return [
        sys.executable, "-m", "mlsdlib.course", "grade", str(classroom / "submissions"),
        "--out", str(classroom / "grades.csv"), "--policy", str(classroom / "policy.toml"),
        "--feedback", str(classroom / "feedback"), *words,
    ]  # fmt: skip


def grade(classroom, *words, code=0, workers="1"):
    """Grade with one worker, as most tests here need no more, and others run beside them."""
    words = command(classroom, *words, "--workers", workers)
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == code, done.stderr
    return done.stderr


def table(classroom, name="grades.csv"):
    with (classroom / name).open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_table_totals_feedback_and_a_second_run(classroom, whole):
    said = grade(classroom, workers="2")
    assert "isolation: namespaces" in said
    outcomes = {(row["student"], row["exercise"]): row["outcome"] for row in table(classroom)}
    assert [outcomes[name, "4.1-e1"] for name in ("anna", "ben", "carl", "dora", "emil")] == [
        "correct", "not yet", "missing", "stopped", "not yet",
    ]  # fmt: skip
    assert [outcomes[name, "4.1-e2"] for name in ("anna", "carl", "dora")] == [
        "correct", "missing", "correct",
    ]  # fmt: skip
    sums = {row["student"]: float(row["points"]) for row in table(classroom, "grades_totals.csv")}
    assert sums["anna"] == 4.0
    assert sums["dora"] == 3.0
    assert 3.0 < sums["ben"] < 4.0  # part of the cases pass
    ben = next(row for row in table(classroom) if row["student"] == "ben")
    assert ben["input"].startswith("rds_weights([")
    for page in (classroom / "feedback").iterdir():
        assert ben["input"] not in page.read_text()
        assert ben["expected"] not in page.read_text()
        assert "the same secret" not in page.read_text()
    first = whole["table"] = (classroom / "grades.csv").read_bytes()
    assert grade(classroom).count("done before") == 6
    assert (classroom / "grades.csv").read_bytes() == first
    for file in (classroom / "grades.parts").glob("*.json"):
        file.unlink()
    assert "done before" not in grade(classroom)
    assert (classroom / "grades.csv").read_bytes() == first


def test_what_has_changed_is_graded_again(classroom):
    grade(classroom)
    (classroom / "submissions" / "ben" / "lab.ipynb").write_bytes(notebook(RIGHT, NEIGHBOUR))
    assert grade(classroom).count("done before") == 5
    rows = {row["student"]: row for row in table(classroom) if row["exercise"] == "4.1-e1"}
    assert rows["ben"]["outcome"] == "correct"
    # What an exercise is worth is no part of the marks.
    policy = classroom / "policy.toml"
    policy.write_text(policy.read_text().replace("default = 1", "default = 10"))
    assert grade(classroom).count("done before") == 6
    rows = {row["student"]: row for row in table(classroom) if row["exercise"] == "4.1-e1"}
    assert rows["ben"]["points"] == "10.0"


@pytest.mark.parametrize("moment", range(4))
def test_kill_9_loses_no_marks(classroom, moment, no_process_left, whole):
    draw = random.Random(moment)
    parts = classroom / "grades.parts"
    process = subprocess.Popen(command(classroom), stderr=subprocess.DEVNULL)
    assert within(60, lambda: len(list(parts.glob("*.json"))) >= moment)
    time.sleep(draw.uniform(0, 1.5))
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    assert within(5, lambda: not any(p.is_running() for p in family)), family
    kept = {f.name: f.stat().st_mtime_ns for f in parts.glob("*.json")}
    assert all(json.loads((parts / name).read_text())["marks"] for name in kept)
    assert grade(classroom).count("done before") == len(kept)
    assert (classroom / "grades.csv").read_bytes() == whole.setdefault(
        "table", (classroom / "grades.csv").read_bytes()
    )
    assert list(no_process_left.glob("mlsd-*")) == []
    stood = {f.name: f.stat().st_mtime_ns for f in parts.glob("*.json")}
    assert kept.items() <= stood.items()


@pytest.mark.parametrize("victim", ["zygote.py", "classroom.marker"])
def test_a_process_of_the_grader_that_dies_is_replaced(classroom, victim):
    process = subprocess.Popen(command(classroom, "--workers", "1"), stderr=subprocess.DEVNULL)
    assert within(60, lambda: list((classroom / "grades.parts").glob("*.json")))
    family = psutil.Process(process.pid).children()
    (found,) = (child for child in family if victim in " ".join(child.cmdline()))
    found.kill()
    assert process.wait(120) == 0
    outcomes = [row["outcome"] for row in table(classroom)]
    assert GRADER_ERROR not in outcomes
    assert outcomes.count("correct") == 7


OWN = '''
"""An exercise whose check is broken, and one that is right."""
import os
import time

from mlsdlib.course.exercises.base import Exercise, Problem, Wrong


def double(x):
    return 2 * x


def cases(rng):
    for number in range(5):
        yield {"args": [number], "kind": "small number"}


def judge(case, result):
    if result != double(*case["args"]):
        return Problem(double(*case["args"]), f"Twice {case['args'][0]} is asked for.")


def judge_badly(case, result):
    if case["args"] == [3]:
        raise RuntimeError("a mistake of ours")


def judge_touchily(case, result):
    if isinstance(result, str):
        os._exit(1)
    if isinstance(result, list):
        time.sleep(1e6)
    return judge(case, result["x"] if isinstance(result, dict) else result)


common = dict(reference=double, cases=cases, hints=("a", "b", "c"), wrong=(), note="Fine.")
EXERCISES = (
    Exercise(id="90.1-e1", name="double", judge=judge, **common),
    Exercise(id="90.1-e2", name="double", judge=judge_badly, **common),
    Exercise(id="90.1-e3", name="double", judge=judge_touchily, **common),
)
'''


@pytest.fixture
def own(classroom):
    folder = classroom / "own"
    folder.mkdir()
    (folder / "doubles.py").write_text(OWN)
    for student in ("ben", "carl", "dora", "emil", "fay"):
        (classroom / "submissions" / student / "lab.ipynb").unlink()
    return folder


def submit(classroom, student, source):
    (classroom / "submissions" / student / "lab.ipynb").write_bytes(notebook(source))


def test_a_mistake_of_the_graders_is_no_zero(classroom, own):
    submit(classroom, "anna", "def double(x):\n    return x + x")
    said = grade(classroom, "-e", "90.1", "--own", str(own), code=1)
    assert "NOT GRADED anna, exercise 90.1-e2: the check of 90.1-e2 fails: RuntimeError" in said
    rows = {row["exercise"]: row for row in table(classroom) if row["student"] == "anna"}
    assert rows["90.1-e1"]["points"] == rows["90.1-e3"]["points"] == "1.0"
    assert (rows["90.1-e2"]["outcome"], rows["90.1-e2"]["points"]) == (GRADER_ERROR, "")
    totals = {row["student"]: row for row in table(classroom, "grades_totals.csv")}
    assert totals["anna"]["ungraded"] == "1"
    # Nothing is kept of it, so that it is tried again as soon as it is mended.
    assert not (classroom / "grades.parts" / "anna.json").exists()
    file = own / "doubles.py"
    file.write_text(file.read_text().replace('raise RuntimeError("a mistake of ours")', "pass"))
    grade(classroom, "-e", "90.1", "--own", str(own))
    rows = {row["exercise"]: row for row in table(classroom) if row["student"] == "anna"}
    assert rows["90.1-e2"]["points"] == "1.0"


def test_the_kind_is_the_exercises_own_and_values_are_masked(classroom, own):
    submit(classroom, "anna", "def double(x):\n    return 3 * x")
    grade(classroom, "-e", "90.1-e1", "--own", str(own))
    (row,) = (row for row in table(classroom) if row["student"] == "anna")
    assert (row["kind"], row["input"], row["got"]) == ("small number", "double(1)", "3")
    assert row["why"] == "Twice … is asked for."


@pytest.mark.parametrize("answer", ["'a text'", "[1]", "{}"])
def test_an_answer_that_the_check_does_not_survive_is_wrong(own, walls, answer):
    from mlsdlib.course.classroom.judging import Marker
    from mlsdlib.course.classroom.sandbox import Answer

    raw = '{{"nonce": "", "status": "result", "value": {}}}'.format(answer.replace("'", '"'))
    answers = [Answer("result", raw=raw.encode()), Answer("result", raw=b'{"value": 2}')]
    with Marker(own, seconds=2) as marker:
        verdicts = marker.judge("90.1-e3", [{"args": [7]}, {"args": [1]}], answers)
        again = marker.judge("90.1-e3", [{"args": [1]}], answers[1:])
    assert verdicts[0]["outcome"] == "not yet"
    assert verdicts[0]["why"]
    assert again[0]["outcome"] == "correct"


def test_no_student_stops_another_whatever_the_name_or_the_error(classroom, mlsd, monkeypatch):
    folder = classroom / "class"
    odd = "def rds_weights(degrees):\n    raise ValueError('\\ud800 \\x1b[2J')"
    for name, source in {
        "anna": odd, "anna ": RIGHT, os.fsdecode(b"m\xfcller"): RIGHT, "ben": RIGHT,
    }.items():  # fmt: skip
        (folder / name).mkdir(parents=True)
        (folder / name / "lab.ipynb").write_bytes(notebook(source))
    real = os.open

    def refuse(place, *words, **more):
        if "/ben/" in os.fsdecode(place):
            raise PermissionError(13, "Permission denied", place)
        return real(place, *words, **more)

    (folder / "list.csv").touch()
    words = (folder, "--out", folder / "grades.csv", "--feedback", folder / "pages", "-e", "4.1-e1")
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        said = mlsd("grade", *words)
    assert said.exit_code == 1
    assert said.output.startswith("isolation: ")
    assert "\nnote: no hand-in, and not read: list.csv\n" in said.output
    assert "NOT GRADED ben, exercise 4.1-e1: lab.ipynb cannot be read: Permission" in said.output
    assert "\x1b" not in said.output
    assert outcomes(folder) == {
        "anna": ("raised an error", "0.0"), "anna (d047e20b)": ("correct", "1.0"),
        "m?ller (75ef5c25)": ("correct", "1.0"), "ben": (GRADER_ERROR, ""),
    }  # fmt: skip
    assert len(list((folder / "pages").iterdir())) == 8
    said = mlsd("grade", *words)
    assert (said.exit_code, said.output.count("done before")) == (0, 3)
    assert outcomes(folder)["ben"] == ("correct", "1.0")
    first = (folder / "grades.csv").read_bytes()
    assert mlsd("grade", *words).output.count("done before") == 4
    assert (folder / "grades.csv").read_bytes() == first

    def fail(student, rows, exercises):
        raise RuntimeError(f"{student}\x1b")

    monkeypatch.setattr("mlsdlib.course.classroom.feedback.as_html", fail)
    said = mlsd("grade", *words)
    assert said.exit_code == 1
    assert "NO PAGE ben.html: RuntimeError: ben?" in said.output
    assert len(list((folder / "pages").glob("*.md"))) == 4
    assert list((folder / "pages").glob("*.html")) == []


def outcomes(folder):
    return {row["student"]: (row["outcome"], row["points"]) for row in table(folder)}


def test_what_was_handed_in_in_place_of_a_notebook(tmp_path, walls):
    task = grading.Task(("4.1-e1",), "a secret", walls, Limits())
    carl = Submission("carl", lacks="no notebook; lab.zip: an archive", problems=("lab.zip",))
    for _ in range(2):
        (graded,) = grading.grade_all([carl], task, Store(tmp_path))
        assert (graded.marks[0].outcome, graded.marks[0].why) == ("missing", carl.lacks)


@pytest.mark.parametrize("threads", [True, False], ids=["in threads", "on an executor"])
def test_a_file_that_is_gone_stops_nobody_else(classroom, tmp_path, walls, threads):
    task = grading.Task(("4.1-e1",), "a secret", walls, Limits())
    anna, ben = collect(classroom / "submissions")[:2]
    anna.notebooks[0].file.unlink()
    store = Store(tmp_path / "parts")
    with nullcontext() if threads else ThreadPoolExecutor(1) as executor:
        gone, graded = grading.grade_all([anna, ben], task, store, executor=executor)
    assert (gone.student, gone.marks[0].outcome) == ("anna", GRADER_ERROR)
    assert gone.marks[0].why == "lab.ipynb cannot be read: No such file or directory"
    assert graded.marks[0].outcome == "not yet"
    assert store.names() == ["ben.json"]  # Anna is tried again next time


def test_graders_that_start_at_once_have_one_seed(tmp_path):
    for number in range(20):
        store = Store(tmp_path / str(number))
        together = threading.Barrier(4)

        def ask(store=store, together=together):
            together.wait()
            return secret_seed(store, None)

        with ThreadPoolExecutor(4) as threads:
            seeds = {future.result() for future in [threads.submit(ask) for _ in range(4)]}
        assert len(seeds) == 1
        assert store.names() == ["seed"]
    assert secret_seed(store, "given") == "given"
    store.put("seed", b"")
    with pytest.raises(ValueError, match=r"no seed stands in .*: remove the file"):
        secret_seed(store, None)


def test_marks_are_of_one_version_of_all_they_depend_on(monkeypatch):
    task = grading.Task(("4.1-e1",), "a secret", "user", Limits())
    (exercise,) = task.assignment().exercises
    read, seen = {}, []
    real = Path.read_bytes

    def remember(file):
        seen.append(file)
        return read.get(file.name, real(file))

    monkeypatch.setattr(Path, "read_bytes", remember)
    first = grading._digest(task, [exercise])
    assert grading._digest(task, [exercise]) == first
    check = Path(exercise.judge.__code__.co_filename).name
    library, manifest = ("extract.py", "twins.toml", "estimate.py"), "MANIFEST.json"
    for name in (check, *library, manifest, "04_1_sampling.ipynb"):
        assert name in {file.name for file in seen}
        read[name] = b"of another version"
        assert grading._digest(task, [exercise]) != first
        read.clear()
    monkeypatch.setattr("mlsdlib.course.inputs._packages", lambda: "numpy 99")
    assert grading._digest(task, [exercise]) != first


def test_a_terminal_gets_a_bar_and_a_log_gets_lines(monkeypatch, capsys):
    from mlsdlib.course.classroom.gradebook import Graded
    from mlsdlib.course.cli_class import _watching

    def watch():
        with _watching(2) as tell:
            tell(Graded("anna", (Mark("4.1-e1", "correct"), Mark("4.1-e2", "missing"))), False)
            tell(Graded("ben", (Mark("4.1-e1", "correct"),)), True)
        return capsys.readouterr().err

    assert watch().splitlines() == [
        "[1/2] anna: 1 of 2 right", "[2/2] ben: 1 of 1 right, done before",
    ]  # fmt: skip
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    said = watch()
    assert "submissions" in said
    assert "100%" in said
    assert "anna" not in said


def test_usage_errors(classroom, mlsd, monkeypatch):
    monkeypatch.chdir(classroom)  # the table goes there if nobody says where

    def said(*words):
        result = mlsd("grade", *words)
        assert result.exit_code == 2
        return result.output

    folder, typo = classroom / "submissions", classroom / "typo.toml"
    typo.write_text('exercises = ["4.1-e1"]\npoints = { "4.1-e9" = 2 }')
    assert "say what to grade" in said(folder)
    assert "no exercise 4.1-e99" in said(folder, "-e", "4.1-e99")
    assert "no such folder of submissions" in said(classroom / "nowhere", "-e", "4.1")
    assert "no such policy" in said(folder, "--policy", classroom / "none.toml")
    assert "workers must be at least 1" in said(folder, "-e", "4.1-e1", "--workers", "0")
    assert "own must be a folder" in said(folder, "-e", "4.1", "--own", classroom / "nowhere")
    assert "points must name exercises: no exercise 4.1-e9" in said(folder, "--policy", typo)
    assert "policy must be a file" in said(folder, "--policy", folder)
    assert "out must be a file" in said(folder, "-e", "4.1-e1", "--out", folder)
    monkeypatch.setattr("mlsdlib.course.cli_class.sys.platform", "darwin")
    assert "mlsd grade needs Linux" in said(folder, "-e", "4.1-e1")
