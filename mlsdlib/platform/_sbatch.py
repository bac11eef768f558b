"""What a batch script asks of Slurm."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_LONG = {
    "A": "account", "a": "array", "b": "begin", "C": "constraint", "c": "cpus-per-task",
    "D": "chdir", "d": "dependency", "e": "error", "i": "input", "J": "job-name", "L": "licenses",
    "M": "clusters", "N": "nodes", "n": "ntasks", "o": "output", "p": "partition", "q": "qos",
    "t": "time", "w": "nodelist", "x": "exclude",
}  # fmt: skip
_FLAGS = {"contiguous", "exclusive", "hold", "no-requeue", "overcommit", "parsable", "requeue",
          "spread-job", "test-only", "wait"}  # fmt: skip
"""Options that need no value."""


@dataclass(frozen=True, slots=True)
class SbatchScript:
    """The options of a batch script.

    Parameters
    ----------
    options : mapping
        By their long names, as text; of one that is given twice the last. A flag is empty.
    time_limit : float or None
        Minutes after which Slurm ends the job; infinite if none is asked for, None if the script
        says nothing and the partition's limit applies.
    begin : str or None
        The earliest start, ``--begin``; None if the job may start at once.
    """

    options: Mapping[str, str]
    time_limit: float | None
    begin: str | None


def parse_sbatch(text: str) -> SbatchScript:
    r"""Return what a batch script asks of Slurm, read as `sbatch` reads it.

    An option stands on a line that begins with ``#SBATCH``, until the first line that is neither
    blank nor a comment: what comes later has no effect. What follows a ``#`` is a comment.

    Parameters
    ----------
    text : str
        The script, with its first line ``#!``.

    Raises
    ------
    ValueError
        If it does not begin with ``#!``, an option has no value or is none, or a time has no
        meaning.

    References
    ----------
    The manual of ``sbatch``, Slurm 23.02.

    Examples
    --------
    >>> script = parse_sbatch("#!/bin/bash\n#SBATCH --time=11:00:00 # When to start the job\n")
    >>> script.time_limit, script.begin
    (660.0, None)
    """
    if not text.startswith("#!"):
        raise ValueError("text must be a script whose first line begins with #!")
    options: dict[str, str] = {}
    for line in text.splitlines()[1:]:
        if line.strip() and not line.lstrip().startswith("#"):
            break
        if re.match(r"#SBATCH\s", line):
            options.update(_options(line.removeprefix("#SBATCH")))
    limit = _minutes(options["time"]) if "time" in options else None
    return SbatchScript(MappingProxyType(options), limit, options.get("begin"))


def _options(line: str) -> dict[str, str]:
    found, words = {}, shlex.split(line, comments=True)
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            name, has_value, value = word[2:].partition("=")
        elif re.match(r"-[A-Za-z]", word):
            name, value = _LONG.get(word[1], word[1]), word[2:]
            has_value = value
        else:
            raise ValueError(f"{word!r} in {line.strip()!r} is no option: is a - missing?")
        if not has_value and name not in _FLAGS:
            if not words:
                raise ValueError(f"option {name} has no value in {line.strip()!r}")
            value = words.pop(0)
        found[name] = value
    return found


def _minutes(text: str) -> float:
    """Return a limit in minutes; seconds are rounded up, as Slurm counts in minutes."""
    if text.upper() in ("UNLIMITED", "INFINITE"):
        return math.inf
    match = re.fullmatch(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?", text)
    if match is None:
        raise ValueError(
            "time must be minutes, minutes:seconds, hours:minutes:seconds, days-hours, "
            f"days-hours:minutes or days-hours:minutes:seconds; got {text!r}"
        )
    days, *rest = match.groups()
    parts = [int(part) for part in rest if part is not None]
    if days is not None:  # days-hours, and what else there is
        hours, minutes, seconds = parts + [0] * (3 - len(parts))
    elif len(parts) == 3:
        hours, minutes, seconds = parts
    else:  # a lone number is minutes
        hours, minutes, seconds = 0, *parts, *[0] * (2 - len(parts))
    total = int(days or 0) * 1440 + hours * 60 + minutes + math.ceil(seconds / 60)
    return float(total) if total else math.inf
