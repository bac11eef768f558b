"""What one running notebook knows of itself: its section, parameters, guesses and claims."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlsdlib.course.ids import SECTION

if TYPE_CHECKING:
    from mlsdlib.course.claim import Claim


@dataclass
class Session:
    """The state of one notebook: `begin` empties it, so that a re-run starts clean."""

    section: str = ""
    parameters: dict[str, object] = field(default_factory=dict)
    guesses: dict[str, float] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)


SESSION = Session()


def begin(section: str, **parameters: object) -> None:
    """Start a notebook: name its section and the parameters that its claims carry as evidence.

    Parameters
    ----------
    section : str
        The section's number, for example ``"3.2"`` or ``"4.2a"``.
    **parameters
        The values of the parameters cell, by name. Plain JSON values only.

    Raises
    ------
    ValueError, TypeError
        If the section is not a number, or a parameter is not a plain value.

    Examples
    --------
    >>> begin("3.2", seed=1, n_rows=1_000)
    >>> SESSION.parameters
    {'seed': 1, 'n_rows': 1000}
    """
    if not isinstance(section, str) or not re.fullmatch(f"{SECTION}[a-z]?", section):
        raise ValueError(f"section must be a number such as '3.2' or '4.2a', got {section!r}")
    for name, value in parameters.items():
        if not isinstance(value, (bool, int, float, str)):
            raise TypeError(f"{name} must be a number, a string or a bool, got {value!r}")
    SESSION.section = section
    SESSION.parameters = dict(parameters)
    SESSION.guesses.clear()
    SESSION.claims.clear()


def publish(
    data: dict[str, str],
    metadata: dict[str, object] | None = None,
    *,
    place: str = "",
    update: bool = False,
) -> None:
    """Show one output: rich in a notebook, as plain text elsewhere.

    With a `place`, a name for the output, it can be replaced later by one that is an `update`.
    """
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ModuleNotFoundError:
        get_ipython = None
    if get_ipython is None or get_ipython() is None:
        print(data["text/plain"])
    elif place:
        display(data, raw=True, metadata=metadata or {}, display_id=place, update=update)
    else:
        display(data, raw=True, metadata=metadata or {})
