"""What a team works on and with: environments, containers, notebooks.

An index of packages in a folder is resolved by pip itself, at any date one likes::

    from mlsdlib import platform

    platform.write_wheels(folder, releases)
    platform.resolve(folder, ["learner==1.2.0"])

`audit_dockerfile` and `audit_manifest` name what is left open; `run_cells` runs the cells of a
notebook in any order; `platform.bookings` holds a program to plant mistakes in.
"""

from mlsdlib.platform._audit import Finding, audit_dockerfile, audit_manifest
from mlsdlib.platform._blas import train_elsewhere
from mlsdlib.platform._cells import CellRun, reorder, run_cells
from mlsdlib.platform._index import (
    Pin,
    Release,
    ResolveError,
    resolve,
    simulate_releases,
    write_wheels,
)

__all__ = [
    "CellRun",
    "Finding",
    "Pin",
    "Release",
    "ResolveError",
    "audit_dockerfile",
    "audit_manifest",
    "reorder",
    "resolve",
    "run_cells",
    "simulate_releases",
    "train_elsewhere",
    "write_wheels",
]
