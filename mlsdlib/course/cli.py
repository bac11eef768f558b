"""The `mlsd` command: reading, writing and looking after the course."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from mlsdlib.course import cli_batch, cli_class, paths
from mlsdlib.course.cli_app import Sections, app, fail, usage_errors


@app.command("list")
def list_sections() -> None:
    """List the sections with their core questions."""
    from mlsdlib.course.sections import discover

    with usage_errors():
        for section in discover():
            typer.echo(f"{section.title}  ({section.minutes} min)\n    {section.question}")


@app.command()
def lab(
    sections: Sections = None,
    copy_only: Annotated[
        bool, typer.Option("--copy-only", help="Copy the notebooks, do not start JupyterLab.")
    ] = False,
    cold: cli_batch.Cold = False,
) -> None:
    """Open JupyterLab on your own copies in work/; what is there is never overwritten."""
    from mlsdlib.course.cli_batch import course_modules
    from mlsdlib.course.desk import lay_out
    from mlsdlib.course.kernel import WARM_SOCKET, set_environment
    from mlsdlib.course.sections import select
    from mlsdlib.course.warm import WarmParent

    with usage_errors():
        desk = paths.root() / "work"
        chosen = select(sections or [])
        fresh = lay_out(chosen, desk)
        modules = () if cold or copy_only else course_modules()
    typer.echo(f"{len(fresh)} copied to work/, {len(chosen) - len(fresh)} were there already.")
    if copy_only:
        return
    set_environment(progress=None)
    os.environ["MLSD_ROOT"] = str(paths.root())
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={desk}"]
    if sections and len(chosen) == 1:
        command.append(str(desk / chosen[0].notebook.name))
    with ExitStack() as stack:
        os.environ.pop(WARM_SOCKET, None)
        if modules:
            os.environ.update(stack.enter_context(WarmParent(modules)).variables)
        raise typer.Exit(subprocess.call(command))


@app.command()
def reset(sections: Annotated[list[str], typer.Argument(help="Sections such as 3.2.")]) -> None:
    """Put a fresh copy of a notebook into work/; the old one is kept in work/kept/."""
    from mlsdlib.course.desk import reset as put_fresh
    from mlsdlib.course.sections import select

    with usage_errors():
        root = paths.root()
        for section in select(sections):
            copy, kept = put_fresh(section, root / "work")
            typer.echo(f"{copy.relative_to(root)} is fresh.")
            if kept:
                typer.echo(f"Your old one is {kept.relative_to(root)}.")


@app.command()
def new(
    number: Annotated[
        str, typer.Argument(help="The section's number, 3.3 or 4.2a; the exercise's id, 4.1-e90.")
    ],
    title: Annotated[str, typer.Argument(help="Its title.")],
    exercise: Annotated[
        bool, typer.Option("--exercise", help="Write an exercise of your own, and no section.")
    ] = False,
    own: Annotated[
        Path, typer.Option(help="With --exercise: the folder of your own exercises.")
    ] = Path("own"),
) -> None:
    """Write the skeleton of a new section, or of an exercise of your own to grade."""
    from mlsdlib.course.new import create, create_exercise

    if exercise:
        with usage_errors():
            for file in create_exercise(number, title, own):
                typer.echo(f"wrote {file}")
        typer.echo(f"It works as it is. Put your own parts into both, then: mlsd class check {own}")
        return
    with usage_errors():
        root = paths.root()
        for file in create(number, title, root):
            typer.echo(f"wrote {file.relative_to(root)}")


@app.command()
def build(
    sections: Sections = None,
    check: Annotated[
        bool, typer.Option("--check", help="Execute nothing; fail where something is not whole.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Execute what has not changed too.")
    ] = False,
) -> None:
    """Make the notebooks and the solutions from their sources."""
    from mlsdlib.course import build as builder
    from mlsdlib.course import thresholds
    from mlsdlib.course.check import check_sections
    from mlsdlib.course.sections import discover, select

    with usage_errors():
        chosen = select(sections or [])
        limits = thresholds.load()
        if check:
            problems = check_sections(chosen, limits)
            if not sections:
                problems += [*_orphans(limits, discover()), *builder.evidence_drift()]
            for problem in problems:
                typer.echo(problem, err=True)
            typer.echo(f"{len(chosen)} sections checked, {len(problems)} problems.")
            raise typer.Exit(1 if problems else 0)
        for section in chosen:
            for target in builder.targets(section):
                _build_one(target, force=force)
        builder.build_evidence()


def _build_one(target, *, force: bool) -> None:
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    from mlsdlib.course.build import build as make

    name = f"{target.file.parent.name}/{target.file.name}"
    try:
        executed = make(target, force=force)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as err:
        fail(f"{name} was not written, a cell of its source fails:\n{err}", code=1)
    typer.echo(f"{'built' if executed else 'unchanged'}  {name}")


def _orphans(limits, sections) -> list[str]:
    """Thresholds whose claim no notebook makes: a claim is never dropped silently."""
    from mlsdlib.course.thresholds import calls

    try:
        made = {call.id for section in sections for call in calls(section)}
    except (ValueError, SyntaxError):  # a section that cannot be read is a problem of its own
        return []
    return [f"claims.toml: no notebook makes claim {id}" for id in limits if id not in made]


@app.command()
def progress() -> None:
    """Show your guesses, exercises and quiz answers, and how well your guesses are calibrated."""
    from mlsdlib.course.calibration import by_section, calibration
    from mlsdlib.course.sections import discover

    with usage_errors():
        rows = by_section(discover())
    for row in rows:
        counts = (("guesses", row.guesses), ("exercises", row.exercises), ("quiz", row.questions))
        shown = ", ".join(f"{name} {done}/{total}" for name, (done, total) in counts)
        typer.echo(f"{row.title}: {shown}")
    found = calibration()
    if found is None:
        typer.echo("No guess measured yet: put a number in a predict(...) cell and run on.")
    else:
        typer.echo(
            f"Of {found.compared} guesses compared, {found.within_two} lie within a factor of two; "
            f"the typical guess is off by a factor of {found.median_factor:.2g}."
        )


@app.command()
def doctor() -> None:
    """Say in words what is wrong with this installation."""
    from mlsdlib.course.doctor import examine, report

    findings = examine()
    for line in report(findings):
        typer.echo(line)
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


cli_batch.register(app)
cli_class.register(app)
