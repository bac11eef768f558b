"""The manifest of a run: which outputs are done, and from which inputs.

One small file an output, put after it. So a row is never half written, workers on several machines
need no lock, and an output without its row, or with the row of other inputs, is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from mlsdlib.course.store import Store

FOLDER = "manifest"


@dataclass(frozen=True)
class Row:
    """One finished job: its key, what it was, how long it took, and its claims as stored."""

    key: str
    section: str
    output: str
    parameters: dict[str, object]
    seconds: float
    claims: list[dict[str, object]] = field(default_factory=list)


def job_key(source: str, parameters: dict[str, object], library: str) -> str:
    """Return the hash of all that a job's output depends on.

    Parameters
    ----------
    source : str
        The notebook without outputs.
    parameters : dict
        The values that are set.
    library : str
        Digest of the library, the data and the packages.
    """
    facts = json.dumps([source, sorted(parameters.items()), library])
    return hashlib.sha256(facts.encode()).hexdigest()


def write_row(store: Store, row: Row, put_output: Callable[[], None]) -> None:
    """Put an output, then its row; at no moment does an old row vouch for a new output."""
    store.remove(_name(row.output))
    put_output()
    store.put(_name(row.output), json.dumps(asdict(row), indent=1).encode())


def read_rows(store: Store) -> dict[str, Row]:
    """Return the rows of the outputs that are there, by output."""
    outputs = set(store.names())
    rows = (_row(store.get(f"{FOLDER}/{name}")) for name in store.names(FOLDER))
    return {row.output: row for row in rows if row is not None and row.output in outputs}


def read_row(store: Store, output: str) -> Row | None:
    """Return the row of an output; None where the row or the output is missing."""
    row = _row(store.get(_name(output)))
    return row if row is not None and store.exists(output) else None


def _row(data: bytes | None) -> Row | None:
    with contextlib.suppress(ValueError, TypeError):  # of another version, or not ours
        row = Row(**json.loads(data or b""))
        return row if isinstance(row.output, str) else None
    return None


def _name(output: str) -> str:
    return f"{FOLDER}/{output.removesuffix('.ipynb')}.json"
