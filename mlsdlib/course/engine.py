"""Our papermill engine: it keeps hold of the notebook and the kernel, whatever becomes of them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable

import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.log import logger

from mlsdlib.course import kernel
from mlsdlib.course.guard import Guard

NAME = "mlsd"


class Engine(NBClientEngine):
    """Executes as papermill does, with a kernel without ports and a guard beside it."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man, kernel_name, *, hold, seconds, gigabytes, hooks, **options
    ):
        """Run the cells; `hold` is given the notebook and its guard beforehand.

        The other options are papermill's own, of which the course sets none.
        """
        client = PapermillNotebookClient(
            nb_man,
            kernel_manager_class=kernel.QuietKernelManager,
            kernel_name=kernel_name,
            timeout=kernel.CELL_SECONDS,
            log=logger,
            **hooks,
        )
        with (
            tempfile.TemporaryFile() as log,
            Guard(lambda: _pid(client), seconds=seconds, gigabytes=gigabytes) as guard,
        ):
            hold(nb_man.nb, guard)
            try:
                # What cells print goes another way: this is what the process itself has to say.
                return client.execute(stderr=log)
            except DeadKernelError as err:
                raise DeadKernelError(_last_words(log)) from err


papermill_engines.register(NAME, Engine)


def _last_words(log) -> str:
    """Return what a kernel that crashed has left on its stderr, in one line or empty."""
    log.seek(0)
    lines = log.read().decode(errors="replace").splitlines()
    return next((line for line in lines if line.startswith("Fatal Python error")), "")


def _pid(client: PapermillNotebookClient) -> int | None:
    return getattr(getattr(client.km, "provisioner", None), "pid", None)


def execute(
    notebook,
    parameters: dict[str, object],
    *,
    name: str,
    seconds: float,
    gigabytes: float,
    on_cell: Callable[[], None] | None = None,
):
    """Execute a notebook through papermill; return it, the error in one line, and the cell.

    Parameters
    ----------
    notebook : NotebookNode
        What to run.
    parameters : dict
        The values to set.
    name : str
        Its name, for the output's metadata.
    seconds, gigabytes : float
        The limits that the guard keeps.
    on_cell : callable, optional
        Called after each code cell.
    """
    held: list = [notebook, None]
    started: list[int] = []

    def hold(executed, guard) -> None:
        held[:] = executed, guard

    error, cell = "", None
    try:
        papermill.execute_notebook(
            notebook,
            None,
            parameters=parameters,
            engine_name=NAME,
            kernel_name="python3",
            progress_bar=False,
            hold=hold,
            seconds=seconds,
            gigabytes=gigabytes,
            hooks={
                "on_cell_execute": lambda cell, cell_index: started.append(cell_index),
                "on_cell_executed": (lambda **_: on_cell()) if on_cell else None,
            },
        )
    except papermill.PapermillExecutionError as err:
        # The traceback ends in colours; papermill has put two cells in, but not in what we hold.
        error = re.sub(r"\x1b\[[0-9;]*m", "", f"{err.ename}: {err.evalue}").splitlines()[0]
        cell = err.cell_index
    except CellTimeoutError:
        error = f"the cell ran longer than {kernel.CELL_SECONDS:g} s, the limit of a cell"
    except DeadKernelError as err:
        error = ": ".join(filter(None, ["the kernel died while it ran this cell", str(err)]))
    except Exception as err:  # whatever else a kernel may do
        error = f"{type(err).__name__}: {err}".splitlines()[0]
    executed, guard = held
    if error and guard is not None and guard.reason:
        error = f"the kernel was killed: {guard.reason}"
    if error and cell is None and started:
        cell = started[-1]
    executed.metadata.setdefault("papermill", {}).update(input_path=name, output_path=None)
    return executed, error, cell
