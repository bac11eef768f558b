"""Identifiers: sections `3.2`, claims `3.2-1`, exercises `3.2-e1`, quiz questions `3.2-q1`."""

from __future__ import annotations

import re

SECTION = r"\d+(?:\.\d+)?"
_KINDS = {"claim": r"\d+[a-z]?", "exercise": r"e\d+", "quiz": r"q\d+"}
_EXAMPLES = {"claim": "3.2-1 or 3.2-1b", "exercise": "3.2-e1", "quiz": "3.2-q1"}


def check_id(kind: str, identifier: object) -> str:
    """Return `identifier` if it is a well-formed id of this kind, else raise.

    Examples
    --------
    >>> check_id("claim", "3.2-1")
    '3.2-1'
    >>> check_id("exercise", "3.2-1")
    Traceback (most recent call last):
    ...
    ValueError: id of an exercise must look like 3.2-e1, got '3.2-1'
    """
    article = "an" if kind == "exercise" else "a"
    if not isinstance(identifier, str):
        raise TypeError(f"id of {article} {kind} must be a string, got {identifier!r}")
    if not re.fullmatch(f"{SECTION}-{_KINDS[kind]}", identifier):
        raise ValueError(
            f"id of {article} {kind} must look like {_EXAMPLES[kind]}, got {identifier!r}"
        )
    return identifier


def section_of(identifier: str) -> str:
    """Return the section an id belongs to.

    Examples
    --------
    >>> section_of("3.2-e1")
    '3.2'
    """
    return identifier.split("-")[0]
