"""The `mlsd` command: running notebooks, many at a time, and what comes of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from mlsdlib.course import paths
from mlsdlib.course.cli_app import Sections, fail, usage_errors

Values = Annotated[
    list[str] | None,
    typer.Option("-p", "--parameter", help="name=value, name=1,2,3 or name=0:5; repeatable."),
]
Out = Annotated[str | None, typer.Option(help="Folder of the outputs, or a URL fsspec knows.")]
Workers = Annotated[int | None, typer.Option(help="Processes; one a core by default.")]
Solved = Annotated[bool, typer.Option("--solved", help="Run the solutions.")]
Quick = Annotated[bool, typer.Option("--quick", help="Use the small test values.")]
Cold = Annotated[bool, typer.Option("--cold", help="Start every kernel afresh, fork none.")]
Again = Annotated[bool, typer.Option("--again", help="Run what is done already too.")]
Dask = Annotated[str | None, typer.Option(help="Run on a cluster: tcp://host:8786.")]
Deadline = Annotated[float | None, typer.Option(help="Seconds a notebook may take [1800].")]
Memory = Annotated[float | None, typer.Option(help="Gigabytes a notebook may use [4].")]


def register(app: typer.Typer) -> None:
    """Add these commands to the app."""
    for command in (run, sweep, replicate, evidence):
        app.command()(command)
    options = {"ignore_unknown_options": True, "allow_interspersed_args": False}
    app.command(context_settings=options)(warm)


def run(
    sections: Sections = None,
    parameter: Values = None,
    all_sections: Annotated[bool, typer.Option("--all", help="Run every section.")] = False,
    out: Out = None,
    workers: Workers = None,
    solved: Solved = False,
    quick: Quick = False,
    cold: Cold = False,
    again: Again = False,
    dask: Dask = None,
    deadline: Deadline = None,
    memory: Memory = None,
) -> None:
    """Run notebooks through papermill and print the evidence; what is done is not done again."""
    from mlsdlib.course.evidence import print_table, table

    with usage_errors():
        if bool(sections) == all_sections:
            raise ValueError("name the sections to run, or say --all (see: mlsd list)")
        jobs = _plan(sections, parameter, out or "runs", solved, quick, deadline, memory)
        results = _run(jobs, workers, dask, cold=cold, again=again)
    print_table(table((r.output.removesuffix(".ipynb"), r.claims) for r in results if r.ok))
    raise typer.Exit(_tell_failures(results))


def sweep(
    sections: Sections = None,
    parameter: Values = None,
    name: Annotated[
        str | None, typer.Option(help="Folder in runs/; else one named for the call.")
    ] = None,
    out: Out = None,
    workers: Workers = None,
    quick: Quick = False,
    cold: Cold = False,
    again: Again = False,
    dask: Dask = None,
    deadline: Deadline = None,
    memory: Memory = None,
    publish: Annotated[
        str | None, typer.Option(help="Keep the table under this name for a notebook to show.")
    ] = None,
) -> None:
    """Run a grid of parameters; write one table of all claims and one figure a claim."""
    from mlsdlib.course import sweep as sweeps

    with usage_errors():
        asked = _assignments(parameter or [])
        if not asked:
            raise ValueError("say what to sweep: -p n_rows=100,10000 -p seed=0:5")
        folder = out or f"runs/{name or sweeps.name_of(sections or ['all'], asked)}"
        jobs = _plan(sections, parameter, folder, False, quick, deadline, memory)
        results = _run(jobs, workers, dask, cold=cold, again=again)
        frame = sweeps.tidy(results)
        written = sweeps.write(sweeps.Sweep(frame), jobs[0].store)
        if publish:
            written.append(sweeps.publish(sweeps.Sweep(frame), publish))
    typer.echo(sweeps.summary(frame))
    for file in written:
        typer.echo(f"wrote {file}")
    raise typer.Exit(_tell_failures(results))


def replicate(
    sections: Sections = None,
    seeds: Annotated[int, typer.Option(help="How many seeds at first.")] = 20,
    out: Out = None,
    workers: Workers = None,
    cold: Cold = False,
    dask: Dask = None,
    deadline: Deadline = None,
    memory: Memory = None,
    record: Annotated[
        bool, typer.Option("--record", help="Keep the dated result in docs/replication.csv.")
    ] = False,
) -> None:
    """Run claims over other seeds; fail where a printed verdict does not repeat."""
    from mlsdlib.course import replicate as again
    from mlsdlib.course.sections import select

    with usage_errors():
        chosen = select(sections or [])
        folder = out or "runs/replicate"

        def over(some, parameters):
            jobs = again.jobs(some, parameters, _store(folder), **_limits(deadline, memory))
            return _run(jobs, workers, dask, cold=cold, again=False)

        looks = again.replicate(chosen, seeds, over)
        if record:
            again.record(looks, paths.root() / "docs" / "replication.csv")
    again.print_table(looks)
    for error in dict.fromkeys(error for look in looks for error in look.errors):
        typer.echo(f"FAILED {error}", err=True)
    raise typer.Exit(0 if all(look.ok for look in looks) else 1)


def evidence(
    places: Annotated[
        list[Path] | None, typer.Argument(help="Notebooks or folders; runs/ by default.")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write a Markdown table here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write an HTML table here.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="Write a Parquet table here.")] = None,
) -> None:
    """Collect the claims of executed notebooks into one table."""
    from mlsdlib.course import evidence as collected
    from mlsdlib.files import write_text

    with usage_errors():
        files = _notebooks(places or [paths.root() / "runs"])
        frame = collected.table((file.stem, collected.claims_of(file)) for file in files)
        if frame.empty:
            raise ValueError("no claim found: run the notebooks first (mlsd run --all)")
        if markdown:
            write_text(markdown, collected.to_markdown(frame))
        if html:
            write_text(html, collected.to_html(frame))
        if parquet:
            parquet.parent.mkdir(parents=True, exist_ok=True)
            side = parquet.with_name(f".{parquet.name}.part")
            frame.to_parquet(side, index=False)
            side.replace(parquet)
    if not (markdown or html or parquet):
        collected.print_table(frame)


def warm(
    command: Annotated[list[str], typer.Argument(help="The command, with its arguments.")],
) -> None:
    """Run a command whose kernels are forked from a warm parent: papermill, pytest, a script."""
    from mlsdlib.course.kernel import ENVIRONMENT
    from mlsdlib.course.warm import WarmParent

    with usage_errors():
        modules = course_modules()
    with WarmParent(modules) as parent:
        try:
            code = subprocess.call(command, env={**os.environ, **ENVIRONMENT, **parent.variables})
        except FileNotFoundError:
            fail(f"no such command: {command[0]}", code=2)
        except KeyboardInterrupt:
            code = 130
    raise typer.Exit(code)


def course_modules() -> tuple[str, ...]:
    """Return the packages' modules that the notebooks of the course may import."""
    from mlsdlib.course.plan import plan
    from mlsdlib.course.sections import discover
    from mlsdlib.course.store import Store

    built = [section for section in discover() if section.notebook.exists()]
    jobs = plan(built, {}, store=Store("unused"))
    return tuple(sorted({module for job in jobs for module in job.preload}))


def _plan(sections, parameter, folder, solved, quick, deadline, memory):
    from mlsdlib.course.plan import plan
    from mlsdlib.course.sections import select

    values = _assignments(parameter or [])
    options = {"solved": solved, "quick": quick, **_limits(deadline, memory)}
    return plan(select(sections or []), values, store=_store(folder), **options)


def _limits(deadline: float | None, memory: float | None) -> dict[str, float]:
    given = {"seconds": deadline, "gigabytes": memory}
    for name, value in zip(("deadline", "memory"), given.values(), strict=True):
        if value is not None and not value > 0:
            raise ValueError(f"--{name} must be above 0, got {value:g}")
    return {name: value for name, value in given.items() if value is not None}


def _store(folder: str):
    """Return the store of a folder of the course, or of a URL."""
    from mlsdlib.course.store import Store

    return Store(folder if "://" in folder else paths.root() / folder)


def _run(jobs, workers, dask, *, cold, again):
    from mlsdlib.course.batch import run_jobs
    from mlsdlib.course.show_progress import watching

    with cluster(dask) as executor, watching(jobs) as watch:
        try:
            return run_jobs(
                jobs,
                workers=workers,
                executor=executor,
                cold=cold,
                again=again,
                on_cell=watch.cell,
                on_result=watch.result,
            )
        except KeyboardInterrupt:
            fail("stopped. What was done is kept: the same command goes on from there.", code=130)


@contextmanager
def cluster(address: str | None) -> Iterator[object]:
    """Yield the executor of a Dask cluster, None where no cluster is asked for."""
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError:
        raise ValueError('--dask needs a package: pip install "mlsdlib[cluster]"') from None
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as err:  # distributed's own message names the address
        raise ValueError(f"no scheduler answers at {address}: {err}") from err
    with client, client.get_executor(pure=False) as executor:
        yield executor


def _assignments(texts: list[str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise ValueError(f"a parameter must read name=value, got {text!r}")
        if name in values:
            raise ValueError(f"parameter {name} is given twice")
        values[name] = value
    return values


def _tell_failures(results) -> int:
    """Say what failed, in which cell and why; return the exit code."""
    failed = [result for result in results if not result.ok]
    for result in failed:
        where = "" if result.cell is None else f", cell {result.cell}"
        typer.echo(f"FAILED section {result.job.section}{where}: {result.error}", err=True)
        if result.job.store.exists(result.output):
            typer.echo(f"       what ran is kept in {_shown(result.url)}", err=True)
    return 1 if failed else 0


def _shown(url: str) -> str:
    try:
        return str(Path(url).relative_to(paths.root()))
    except ValueError:
        return url


def _notebooks(places: list[Path]) -> list[Path]:
    files: list[Path] = []
    for place in places:
        if not place.exists():
            raise FileNotFoundError(f"no such notebook or folder: {place}")
        found = sorted(place.glob("*.ipynb")) if place.is_dir() else [place]
        files += [file for file in found if not file.name.endswith(".failed.ipynb")]
    return files
