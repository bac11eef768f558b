"""`mlsd grade` beside nbgrader's autograde: the same answers of a class to one notebook.

Run ``python benchmarks/bench_classroom.py [students] [whole] [many]``: 100 students, `whole` of
them with whole notebooks for nbgrader (all), and `many` for ours alone (ten times as many).
nbgrader: ``pip install nbgrader``.

Section 10.4 has four exercises and quick cells. Each answer is the reference, a planted wrong
answer or the stub, see `handed_in`. Both graders call it on the same cases and ask the same judge.
They must come to the same outcome for every answer, and to the one planned, before a table is
printed.

nbgrader's way is to run a student's whole notebook in a kernel of its own, one student after the
other. Two folders are given to it:

- *whole*: the section with all its cells at their quick values, tests among them. Ours reads the
  same files, and runs of each only what the asked functions need.
- *lean*: the answers and the tests, nothing else, so that nbgrader pays for its kernel and the
  tests alone. Nobody's notebook is so small; it is the fair case against us.

Ours runs on all cores, and once more with one worker, since nbgrader has no way to use two. A
command is timed from its start to its table; nbgrader's database is made before. Ours comes before
and after nbgrader's lean case, since the load may change. Memory is that of all processes of a
command together, looked at five times a second.

What it does not show: a test of nbgrader's stops at the first failing case, ours tries them all.
nbgrader keeps the executed notebooks. It runs answers as the instructor, with network and files;
ours puts each into a jail, and that is in its time. Nor is nbgrader's memory larger: it has one
kernel at a time, ours a prepared process and a judge a core. At last many students go through ours
alone: what one costs, and whether memory grows.

Exits with 1 if ours on all cores is not `LEAN` times faster than nbgrader's lean case, which two
cores and a hundred students show, and a handful does not: ours starts for seconds. Or if memory
grows to more than `GROWTH` times as much.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import nbformat
from handed_in import LESSON, RIGHT, STUB, WRONG, Lesson, hand_in, plans
from side_by_side import call, command, cores, peak_of_all, spread, table, timed

from mlsdlib.course.classroom import isolation
from mlsdlib.course.kernel import ENVIRONMENT

SECTION, SEED = "10.4", "a secret"
LEAN, GROWTH, MORE = 2.0, 1.2, 10
KINDS = {"correct": RIGHT, "not attempted": STUB, "not yet": WRONG, "raised an error": WRONG}
ERRORS = {"NotAttempted": "not attempted", "AssertionError": "not yet"}
Outcomes = dict[tuple[str, str], str]
"""What a grader says, by student and exercise."""


@dataclass
class Cost:
    """What a command took for some students: seconds on the wall, megabytes."""

    students: int
    wall: float
    peak: float


def measured(name: str, students: int, way: Callable[[], object]) -> Cost:
    """Run a command and return what it took, all its processes together; tell it, and the load."""
    with peak_of_all() as peak:
        cost = Cost(students, timed(way), 0.0)
    cost.peak = peak[0]
    load = f"load {os.getloadavg()[0]:.1f}"
    print(f"  {name}, {students}: {cost.wall:.1f} s, {cost.peak:.0f} MB, {load}", flush=True)
    return cost


def environment() -> dict[str, str]:
    """Return the same environment for both, without our way to start kernels."""
    own = {name: text for name, text in ENVIRONMENT.items() if not name.startswith("JUPYTER")}
    folder = Path(command("nbgrader")).parent  # nbgrader calls alembic by its name
    path = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, **own, "MLSD_PROGRESS": "off", "MLSD_GRADING_SEED": SEED, "PATH": path}


def ours(course: Path, out: Path, *words: object) -> Outcomes:
    """Grade the folder that is handed in for nbgrader; return what ours says."""
    line = (command("mlsd"), "grade", course / "submitted", "-e", SECTION, "--out", out, *words)
    call(*line, environment=environment())
    with out.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {(row["student"], row["exercise"]): row["outcome"] for row in rows}


def nbgrader(word: str, course: Path) -> None:
    """Run one of nbgrader's commands."""
    line = (sys.executable, "-m", "nbgrader", word, LESSON, f"--course-dir={course}")
    call(*line, "--Execute.timeout=600", environment=environment())


def nbgraders(lesson: Lesson, course: Path) -> Outcomes:
    """Return what nbgrader says: its points, and why there is none from the test's error."""
    from nbgrader.api import Gradebook

    found: Outcomes = {}
    names = {f"test-{id.replace('.', '-')}": id for id in lesson.exercises}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        for submission in book.assignment_submissions(LESSON):
            student = submission.student.id
            (graded,) = submission.notebooks
            run = nbformat.read(course / "autograded" / student / LESSON / f"{LESSON}.ipynb", 4)
            errors = {cell.id: _error(cell) for cell in run.cells if cell.id in names}
            for grade in graded.grades:
                name = grade.cell.name
                said = (
                    "correct" if grade.auto_score else ERRORS.get(errors[name], "raised an error")
                )
                found[student, names[name]] = said
    return found


def _error(cell: nbformat.NotebookNode) -> str:
    return next((output.ename for output in cell.outputs if output.output_type == "error"), "")


def check(lesson: Lesson, students: int, **said: Outcomes) -> None:
    """Raise unless all say the same of every answer, and what is planned."""
    planned = {
        (student, id): kind
        for student, plan in plans(lesson, students).items()
        for id, (kind, _) in plan.items()
    }
    first = next(iter(said.values()))
    for name, outcomes in said.items():
        if {key: KINDS.get(outcome) for key, outcome in outcomes.items()} != planned:
            raise ValueError(f"{name} does not say what is planned: nothing to compare")
        if outcomes != first:
            raise ValueError(f"{name} says something else than {next(iter(said))}")


def alone(students: int, work: Path) -> Cost:
    """Return what it costs ours to grade some students."""
    lesson, said = Lesson(SECTION, SEED), []
    course, out = work / f"{students}", work / f"{students}.csv"
    hand_in(lesson, students, course)
    cost = measured("ours alone", students, lambda: said.append(ours(course, out)))
    check(lesson, students, ours=said[0])
    return cost


def side_by_side(students: int, whole: int, work: Path) -> tuple[float, Cost]:
    """Print the table; return how many times faster ours is than the lean case, and its cost."""
    lesson, lean = Lesson(SECTION, SEED), Lesson(SECTION, SEED, lean=True)
    courses = {"ours": (lesson, students), "lean": (lean, students), "whole": (lesson, whole)}
    for name, (given, count) in courses.items():
        hand_in(given, count, work / name)
    for name in ("lean", "whole"):
        nbgrader("generate_assignment", work / name)
    said: list[Outcomes] = []

    def grade(name: str, *words: object) -> Cost:
        out = work / f"ours-{len(said)}.csv"  # a table of its own: what it holds is not redone
        return measured(name, students, lambda: said.append(ours(work / "ours", out, *words)))

    def autograde(name: str) -> Cost:
        course, count = work / name, courses[name][1]
        return measured(f"nbgrader, {name}", count, lambda: nbgrader("autograde", course))

    all_cores = [grade("ours, all cores")]
    one_worker = grade("ours, one worker", "--workers", 1)
    in_lean = autograde("lean")
    found = nbgraders(lean, work / "lean")
    check(lesson, students, ours=said[0], one_worker=said[1], lean=found)
    all_cores.append(grade("ours, all cores"))
    check(lesson, students, ours=said[0], again=said[2])
    in_whole = autograde("whole")
    found = nbgraders(lesson, work / "whole")
    check(lesson, whole, ours={key: said[0][key] for key in found}, whole=found)
    each = sum(cost.wall for cost in all_cores) / len(all_cores) / students
    rows = {
        "ours, all cores": all_cores, "ours, one worker": [one_worker],
        "nbgrader, lean notebooks": [in_lean], "nbgrader, whole notebooks": [in_whole],
    }  # fmt: skip
    counts = ", ".join(f"{n} {outcome}" for outcome, n in Counter(said[0].values()).most_common())
    table(
        f"Section {SECTION}, {len(lesson.exercises)} exercises, {cores()} cores, nbgrader "
        f"{version('nbgrader')}. The same outcomes: {counts}.",
        ["grader", "students", "wall", "a student", "÷ ours", "peak"],
        [row(name, costs, each) for name, costs in rows.items()],
    )
    return in_lean.wall / students / each, all_cores[1]


def row(name: str, costs: list[Cost], each: float) -> list[str]:
    """Return a row of the table; `each` is what a student costs ours."""
    mean = sum(cost.wall / cost.students for cost in costs) / len(costs)
    return [
        name, f"{costs[0].students}", spread([cost.wall for cost in costs]), f"{mean:.2f} s",
        f"{mean / each:.1f}", f"{max(cost.peak for cost in costs):.0f} MB",
    ]  # fmt: skip


def main(students: int = 100, whole: int = 0, many: int = 0) -> bool:
    """Print the tables; return whether the promises hold."""
    try:
        print(f"isolation: {isolation.choose()}\n")
    except ValueError as err:
        print(f"left out: {err}")
        return True
    fast = LEAN
    with tempfile.TemporaryDirectory(prefix="bench-classroom-") as work:
        if find_spec("nbgrader"):
            fast, few = side_by_side(students, whole or students, Path(work))
            print()
        else:
            print("  nbgrader is not installed")
            few = alone(students, Path(work))
        more = alone(many or MORE * students, Path(work))
    table(
        "Ours alone",
        ["students", "wall", "students a minute", "peak"],
        [
            [f"{c.students}", spread([c.wall]), f"{60 * c.students / c.wall:.0f}",
             f"{c.peak:.0f} MB"]
            for c in (few, more)
        ],
    )  # fmt: skip
    return fast >= LEAN and more.peak <= GROWTH * few.peak


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
