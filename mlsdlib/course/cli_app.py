"""What all commands of `mlsd` share: the app, its argument types, and how errors are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="A course on machine learning systems design in which every claim is measured.",
    pretty_exceptions_enable=False,
)

Sections = Annotated[
    list[str] | None, typer.Argument(help="Sections such as 3.2; all where none is named.")
]


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn bad input into one line on the terminal and exit code 2."""
    try:
        yield
    except KeyError as err:
        fail(str(err.args[0]), code=2)
    except SyntaxError as err:
        fail(f"a code cell is not Python: {err}", code=2)
    except (ValueError, FileNotFoundError, FileExistsError) as err:
        fail(str(err), code=2)


def fail(message: str, *, code: int) -> NoReturn:
    """Say on stderr what is wrong, and exit."""
    typer.echo(f"mlsd: {message}", err=True)
    raise typer.Exit(code)
