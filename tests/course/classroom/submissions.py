"""Notebooks as students hand them in, made from a list of cells."""

from __future__ import annotations

import json
from dataclasses import asdict

from mlsdlib.course.classroom.extract import Program
from mlsdlib.course.classroom.inside.worker import define


def notebook(*sources: str, section: str = "", **metadata: object) -> bytes:
    """Return a notebook of these code cells, as bytes."""
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "outputs": [], "source": source}
        for n, source in enumerate(sources)
    ]
    about = {**metadata, **({"mlsdlib": {"section": section}} if section else {})}
    made = {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(made).encode()


def run(program: Program, name: str) -> object:
    """Run a program in this process, as the worker does in its own; return what it defines."""
    space: dict[str, object] = {"__name__": "__main__"}
    define([asdict(piece) for piece in program.pieces], space, name)
    return space[name]
