"""Kernels that start as the course's do, and nbval taught what the course needs.

For the notebooks themselves this file is named on the command line, since it does not lie above
them: ``python -m pytest -p tests.conftest --nbval solutions/03_2_data_formats.ipynb``.
"""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

import nbval.kernel

from mlsdlib.course.kernel import (
    CELL_SECONDS,
    WARM_SOCKET,
    BlockingKernelManager,
    set_environment,
)
from mlsdlib.edge import find_node
from tests.notebooks.slicing import Slice, solution_slice

collect_ignore = ["library/feast_answers.py"]  # a script with packages of its own

NEEDS_NODE = "needs-node"
"""Tag of a cell whose output differs where there is no Node."""

set_environment()  # before any kernel starts, in an xdist worker too


def start_new_kernel(startup_timeout=60, kernel_name="python3", stderr=None, **options):
    """Start nbval's kernel without ports, as every kernel of the course.

    nbval hands over an open null device and never closes it.
    """
    stderr.close()
    manager = BlockingKernelManager(kernel_name=kernel_name)
    manager.start_kernel(stderr=subprocess.DEVNULL, **options)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=startup_timeout)
    except RuntimeError:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        raise
    return manager, client


def execute_cell_input(self, cell_input, allow_stdin=None):
    """Execute a cell as a notebook does: without a history a trailing `;` would hide nothing."""
    return self.kc.execute(
        cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False
    )


nbval.kernel.start_new_kernel = start_new_kernel
nbval.kernel.RunningKernel.execute_cell_input = execute_cell_input


def pytest_addoption(parser):
    """Add `--all-cells`."""
    parser.addoption(
        "--all-cells", action="store_true", help="Run every cell of a solution under nbval."
    )


def pytest_configure(config):
    """Give nbval the course's time limit and sanitizer."""
    config.option.nbval_cell_timeout = CELL_SECONDS
    config.option.nbval_sanitize_with = str(Path(__file__).with_name("sanitize.cfg"))


def pytest_report_header(config):
    """Say how many cells of each solution are run; the rest are the unsolved notebook's."""
    places = [Path(argument.split("::")[0]).resolve() for argument in config.args]
    files = {f for place in places for f in (place.glob("*.ipynb") if place.is_dir() else [place])}
    kernels = "forked from a warm parent" if WARM_SOCKET in os.environ else "cold"
    slices = [slice_of(file).line for file in sorted(files) if _is_sliced(config, file)]
    return [f"kernels: {kernels}", *slices] if config.option.nbval else []


def pytest_collection_modifyitems(config, items):
    """Deselect the cells of a solution that the unsolved notebook's run has tested.

    A cell tagged needs-node is run where there is no Node, too, and says so; what it says there is
    not compared.
    """
    if find_node() is None:
        for item in items:
            if NEEDS_NODE in getattr(item, "cell", {}).get("metadata", {}).get("tags", ()):
                item.options["check"] = False
    dropped = [
        item
        for item in items
        if _is_sliced(config, item.path) and item.cell.id not in slice_of(item.path).kept
    ]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


@cache
def slice_of(file: Path) -> Slice:
    """Return the slice of a solution; several hooks ask."""
    return solution_slice(file)


def _is_sliced(config, file: Path) -> bool:
    is_solution = file.suffix == ".ipynb" and file.parent.name == "solutions" and file.is_file()
    return is_solution and config.option.nbval and not config.option.all_cells
