"""The `mlsd` command: the classroom."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from mlsdlib.course.cli_app import fail, usage_errors
from mlsdlib.course.cli_batch import Dask, Workers, cluster

Exercises = Annotated[
    list[str] | None,
    typer.Option("-e", "--exercise", help="Exercise or section; repeatable; else the policy's."),
]
Own = Annotated[Path | None, typer.Option(help="A folder of your own exercises.")]
SEED = "MLSD_GRADING_SEED"

class_app = typer.Typer(
    no_args_is_help=True, help="For instructors: your own exercises, and what to do with grades."
)


def register(app: typer.Typer) -> None:
    """Add these commands to the app."""
    app.command()(release)
    app.command()(grade)
    class_app.command()(check)
    class_app.command()(policy)
    class_app.command()(points)
    class_app.command()(report)
    app.add_typer(class_app, name="class")


def release(
    sections: Annotated[list[str], typer.Argument(help="Sections to hand out, such as 4.1.")],
    out: Annotated[Path, typer.Option(help="Write the archive here.")] = Path("lab.zip"),
) -> None:
    """Make what students get: notebooks, data, environment, and a package without answers."""
    from mlsdlib.course import paths
    from mlsdlib.course.classroom.release import release as make
    from mlsdlib.course.sections import select

    with usage_errors():
        names = make(select(sections), paths.root(), out)
    typer.echo(f"wrote {out}: {len(names)} files, {out.stat().st_size / 1e6:.1f} MB")


def grade(
    submissions: Annotated[Path, typer.Argument(help="A folder or a notebook for each student.")],
    out: Annotated[Path, typer.Option(help="Write the table here.")] = Path("grades.csv"),
    feedback: Annotated[
        Path | None, typer.Option(help="Write a page for each student in this folder.")
    ] = None,
    exercise: Exercises = None,
    policy: Annotated[
        Path | None, typer.Option(help="Points, deadlines, limits, overrides: a TOML file.")
    ] = None,
    override: Annotated[
        Path | None,
        typer.Option(
            help="Points set by hand: a CSV file with the columns student, exercise, points and, "
            "if you like, reason."
        ),
    ] = None,
    times: Annotated[
        Path | None,
        typer.Option(
            help="When students handed in: a CSV file with the columns student and time, such as "
            "2030-01-31T23:59:00+01:00; else the files tell, and some carry only the time at "
            "which you downloaded them."
        ),
    ] = None,
    own: Own = None,
    workers: Workers = None,
    dask: Dask = None,
    trusted: Annotated[
        bool, typer.Option("--trusted", help="Go on where submissions cannot be walled off.")
    ] = False,
) -> None:
    """Grade submissions, each out of the others' way; the same command goes on where it stopped.

    The random inputs come from a secret seed: $MLSD_GRADING_SEED, else one that is made at the
    first run and kept in the file seed of the folder .parts beside the table.
    """
    _on_linux("mlsd grade")
    from mlsdlib.course.classroom import gradebook, isolation
    from mlsdlib.course.classroom.grading import Task, grade_all
    from mlsdlib.course.classroom.outputs import Outputs
    from mlsdlib.course.classroom.seed import secret_seed
    from mlsdlib.course.store import Store

    with usage_errors(), _disk_errors():
        outputs = Outputs(out, feedback)
        rules, when, chosen = _asked(exercise, policy, override, times, own)
        handed_in, notes = _handed_in(submissions, outputs, rules, when)
        outputs.check(submissions)
        walls = isolation.choose(trusted=trusted)
        for line in (f"isolation: {walls}", *notes):
            typer.echo(line, err=True)
        store = Store(outputs.parts)
        task = Task(
            exercises=tuple(e.id for e in chosen),
            seed=secret_seed(store, os.environ.get(SEED)),
            walls=walls.walls,
            limits=rules.limits,
            own=str(own.absolute()) if own else "",
        )
        with cluster(dask) as executor, _watching(len(handed_in)) as on_graded:
            try:
                graded = grade_all(
                    handed_in, task, store, workers=workers, executor=executor,
                    on_graded=on_graded, on_stop=_stopping,
                )  # fmt: skip
            except KeyboardInterrupt:
                fail("stopped. The same command goes on from there.", code=130)
    table = gradebook.rows(graded, rules)
    problems = {one.student: one.problems for one in graded}
    with _disk_errors():
        gradebook.write(out, table, gradebook.COLUMNS)
        gradebook.write(outputs.totals, gradebook.totals(table, problems), gradebook.TOTALS)
        failed = _tell_errors(table, problems)
        if feedback is not None:
            failed |= _write_feedback(feedback, table, {e.id: e for e in chosen})
    made = f"{out} and {outputs.totals.name}"
    typer.echo(f"wrote {made}: {len(graded)} students, {len(chosen)} exercises")
    raise typer.Exit(int(failed))


def check(
    own: Annotated[Path, typer.Argument(help="A folder of your own exercises.")],
) -> None:
    """Try your own exercises before students do: reference, wrong answers, stub, inputs."""
    _on_linux("mlsd class check")
    from mlsdlib.course.classroom import isolation
    from mlsdlib.course.classroom.rehearsal import rehearse

    with usage_errors():
        found = rehearse(own, walls=isolation.choose(trusted=True).walls)
    for id, problems in found.items():
        for problem in problems:
            typer.echo(f"{id} {problem}", err=True)
        if not problems:
            typer.echo(f"{id} is sound")
    raise typer.Exit(1 if any(found.values()) else 0)


def policy() -> None:
    """Print a policy with all there is, some of it commented out: points, deadlines, limits."""
    from mlsdlib.course.classroom.policy import EXAMPLE

    typer.echo(EXAMPLE, nl=False)


def points(
    grades: Annotated[Path, typer.Argument(help="A table that mlsd grade has written.")],
    roster: Annotated[Path, typer.Argument(help="The list that your platform exports.")],
    out: Annotated[Path, typer.Option(help="Write the list with the points here.")],
    key: Annotated[str, typer.Option(help="Its column with the names of the folders graded.")],
    column: Annotated[str, typer.Option(help="Its column to fill, or a new one.")] = "Points",
) -> None:
    """Fill the points into a learning platform's own list of students, to import it there."""
    from mlsdlib.course.classroom import gradebook
    from mlsdlib.course.classroom.checks import text_of
    from mlsdlib.course.classroom.clean import clean
    from mlsdlib.course.classroom.sheets import read_grades
    from mlsdlib.files import write_text

    with usage_errors(), _disk_errors():
        sums, open_ = gradebook.sums(read_grades(grades, gradebook.READ))
        text = text_of("roster", roster)
        filled, lacking, cleared = gradebook.fill(text, sums, key=key, column=column)
        write_text(out, filled)
    typer.echo(f"wrote {out}: {len(sums) - len(lacking)} students")
    for words, students in (
        (f"not in {roster.name}", lacking),
        ("left out, not graded to the end", open_),
        (f"old points taken out, since {grades.name} has none", cleared),
    ):
        for student in students:
            typer.echo(f"{words}: {clean(student)}", err=True)
    raise typer.Exit(1 if lacking or open_ or cleared else 0)


def report(
    grades: Annotated[Path, typer.Argument(help="A table that mlsd grade has written.")],
    out: Annotated[
        Path | None, typer.Option(help="Write a page with figures here, in place of the text.")
    ] = None,
) -> None:
    """Show which exercises fail, on which cases, and where students stopped."""
    from mlsdlib.course.classroom.gradebook import READ
    from mlsdlib.course.classroom.report import as_text
    from mlsdlib.course.classroom.report_page import as_html
    from mlsdlib.course.classroom.sheets import read_grades
    from mlsdlib.files import write_text

    with usage_errors(), _disk_errors():
        rows = read_grades(grades, READ)
        if out is None:
            typer.echo(as_text(rows))
        else:
            write_text(out, as_html(rows))
            typer.echo(f"wrote {out}")


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Turn what the disk refuses into one line on the terminal and exit code 2."""
    from mlsdlib.course.classroom.clean import clean

    try:
        yield
    except OSError as err:
        where = f"{os.fsdecode(err.filename)}: " if err.filename else ""
        fail(clean(f"{where}{err.strerror or err}"), code=2)


def _on_linux(command: str) -> None:
    if sys.platform != "linux":
        fail(f"{command} needs Linux, whose kernel walls submissions off", code=2)


def _stopping() -> None:
    typer.echo("stopping: exercises that have begun are ended first", err=True)


def _asked(exercise, policy, override, times, own):
    """Return the rules, when students handed in, and the exercises; all that is said is checked."""
    from dataclasses import replace

    from mlsdlib.course.classroom import policy as policies
    from mlsdlib.course.classroom.registry import Registry
    from mlsdlib.course.classroom.sheets import read_points, read_times

    rules = policies.load(policy)
    if override is not None:
        rules = replace(rules, overrides={**rules.overrides, **read_points(override)})
    names = exercise or list(rules.exercises)
    if not names:
        raise ValueError("say what to grade: -e 4.1, or exercises = [...] in the policy")
    registry = Registry(own)
    chosen = registry.select(names)
    policies.check(rules, registry)
    return rules, read_times(times) if times else {}, chosen


def _handed_in(folder, outputs, rules, when):
    """Return the submissions, and notes: what is nobody's, and who is named and has none."""
    from mlsdlib.course.classroom.clean import listed
    from mlsdlib.course.classroom.policy import strangers
    from mlsdlib.course.classroom.submissions import collect, passed_over

    made = collect(folder, when, leave_out=outputs.places)
    notes = strangers(rules, when, [one.student for one in made])
    over = passed_over(folder, outputs.places)
    if over:
        notes.append(f"no hand-in, and not read: {listed(over)}")
    return made, [f"note: {note}" for note in notes]


def _write_feedback(folder: Path, table: list[dict], exercises: dict) -> bool:
    """Write the pages; return whether one could not be made: it keeps no other back."""
    from mlsdlib.course.classroom.clean import clean
    from mlsdlib.course.classroom.feedback import as_html, as_markdown, page_name
    from mlsdlib.files import write_text

    by_student: dict[str, list[dict]] = {}
    for row in table:
        by_student.setdefault(str(row["student"]), []).append(row)
    failed = False
    for student, rows in by_student.items():
        for ending, made in ((".html", as_html), (".md", as_markdown)):
            page = folder / f"{page_name(student)}{ending}"
            try:
                write_text(page, made(student, rows, exercises))
            except OSError:  # the next would fail too
                raise
            except Exception as err:
                failed = True
                page.unlink(missing_ok=True)  # an old one would tell of other marks
                words = clean(f"{type(err).__name__}: {err}")
                typer.echo(f"NO PAGE {page.name}: {words}", err=True)
    return failed


def _tell_errors(table: list[dict], problems: dict) -> bool:
    """Say what the grader has failed at, and what was odd; return whether it failed."""
    from mlsdlib.course.classroom.marking import GRADER_ERROR

    failed = [row for row in table if row["outcome"] == GRADER_ERROR]
    for row in failed:
        words = f"{row['student']}, exercise {row['exercise']}: {row['why']}"
        typer.echo(f"NOT GRADED {words}", err=True)
    for student, odd in problems.items():
        for problem in odd:
            typer.echo(f"note {student}: {problem}", err=True)
    return bool(failed)


@contextmanager
def _watching(total: int) -> Iterator:
    """Yield what tells of each student: a bar on a terminal, lines elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    from mlsdlib.course.classroom.marking import CORRECT

    console = Console(stderr=True)
    if not console.is_terminal:
        count = iter(range(1, total + 1))

        def tell(graded, resumed) -> None:
            right = sum(mark.outcome == CORRECT for mark in graded.marks)
            before = ", done before" if resumed else ""
            words = f"{graded.student}: {right} of {len(graded.marks)} right{before}"
            typer.echo(f"[{next(count)}/{total}] {words}", err=True)

        yield tell
        return
    with Progress(console=console, transient=True) as bars:
        bar = bars.add_task("submissions", total=total)
        yield lambda graded, resumed: bars.advance(bar)
