"""The grader's side of the marker: a process that may be lost to what it reads."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from mlsdlib.course.classroom.inside.wire import Late, Wire, WireError
from mlsdlib.course.classroom.marker import MOST_MESSAGE, READY
from mlsdlib.course.classroom.sandbox import Answer
from mlsdlib.course.exercises.base import Case
from mlsdlib.course.kernel import ENVIRONMENT

SECONDS = 30.0
"""How long reading one student's notebooks, or judging one exercise, may take."""
START_SECONDS = 60.0
STARTS = 3
PATIENCE = 3
"""Losses of the marker until what it reads is to blame; `_price` says how many one counts for."""
KNOWN = json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}]}).encode()
"""A notebook that every marker survives."""


class MarkerError(Exception):
    """The marker itself does not work: no submission is to blame."""


class Marker:
    """A marker process, started again whenever it is lost; use it as a context.

    What it reads is to blame only if it is lost to that again and again, and to nothing else in
    between: the system may have killed it, for the want of memory or at somebody's word.

    Parameters
    ----------
    own : Path, optional
        A folder of an instructor's own exercises.
    seconds : float
        How long one student's notebooks, or the answers to one exercise, may take.
    """

    def __init__(self, own: Path | None = None, *, seconds: float = SECONDS) -> None:
        self._own, self._seconds = own, seconds
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> Marker:
        return self

    def __exit__(self, *exc: object) -> None:
        self._end()

    def extract(self, ids: Sequence[str], notebooks: Sequence[bytes]) -> dict[str, object]:
        """Return ``programs`` by exercise and ``problems`` of the notebooks.

        Notebooks that the marker does not survive are left out, and are a problem.

        Raises
        ------
        MarkerError
            If it does not survive a sound one either.
        """
        patience = PATIENCE
        while patience > 0:
            try:
                return self._extract(ids, notebooks)
            except WireError as err:
                problem = f"the notebook cannot be read: {err}"
                patience -= _price(err)
            try:
                self._extract(ids, [KNOWN])
            except WireError as err:
                raise MarkerError(f"the marker cannot read a sound notebook: {err}") from None
        if len(notebooks) > 1:
            fit = [data for data in notebooks if "lost" not in self.extract(ids, [data])]
            if len(fit) < len(notebooks):
                found = self.extract(ids, fit)
                return {**found, "problems": [*found["problems"], problem]}
        missing = {"status": "missing", "pieces": [], "detail": problem, "untouched": False}
        return {"programs": dict.fromkeys(ids, missing), "problems": [problem], "lost": True}

    def _extract(self, ids: Sequence[str], notebooks: Sequence[bytes]) -> dict[str, object]:
        sent = [base64.b64encode(data).decode() for data in notebooks]
        request = {"do": "extract", "ids": list(ids), "notebooks": sent}
        return self._ask(request, until=self._until())

    def judge(
        self, id: str, cases: Sequence[Case], answers: Sequence[Answer]
    ) -> list[dict[str, str]]:
        """Return a verdict on each answer; see `marker`.

        An answer that the marker does not survive is wrong, if the check survives the right one;
        those after it are not judged.
        """
        verdicts: list[dict[str, str]] = []
        patience, until = PATIENCE, self._until()
        while len(verdicts) < len(cases):
            case, answer = cases[len(verdicts)], answers[len(verdicts)]
            try:
                verdicts.append(self._judge(id, case, answer, until))
            except WireError as err:
                patience -= _price(err)
                verdict = self._blame(id, case, str(err))
                if patience <= 0 or verdict["outcome"] == "grader error":
                    rest = {**verdict, "why": "not judged"}
                    return [*verdicts, verdict, *[rest] * (len(cases) - len(verdicts) - 1)]
                until = self._until()
        return verdicts

    def _judge(self, id: str, case: Case, answer: Answer, until: float) -> dict[str, str]:
        request = {"do": "judge", "id": id, "case": case, "status": answer.status,
                   "detail": answer.detail}  # fmt: skip
        return self._ask(request, answer.raw, until=until)

    def _blame(self, id: str, case: Case, err: str) -> dict[str, str]:
        """Return the verdict on an answer that the marker has not survived."""
        facts = {"input": "", "got": ""}
        try:
            request = {"do": "rehearse", "id": id, "case": case}
            mistake = self._ask(request, until=self._until())["mistake"]
        except WireError as lost:
            mistake = f"the check of {id} does not end: {lost}"
        if mistake:
            return {"outcome": "grader error", "why": mistake, **facts}
        why = f"The check cannot read this result ({err})."
        return {"outcome": "not yet", "why": why, **facts}

    def _ask(self, request: dict, *more: bytes, until: float) -> object:
        """Return the marker's answer to a request, and to the bytes that go with it."""
        try:
            self._wire.send(request, until=until)
            for data in more:
                self._wire.send_bytes(data, until=until)
            return self._wire.receive(until=until)
        except WireError:
            self._end()
            raise

    def _until(self) -> float:
        """Have a marker; return when a request that begins now must be done."""
        for _ in range(STARTS):
            if self._process is not None or self._start():
                return time.monotonic() + self._seconds
        raise MarkerError("the marker did not start")

    def _start(self) -> bool:
        """Start a marker; return whether it is there."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "mlsdlib.course.classroom.marker",
                 str(self._own.absolute()) if self._own else "", str(os.getpid())],
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                env={**os.environ, **ENVIRONMENT, "MLSD_PROGRESS": "off"},
                start_new_session=True,
            )  # fmt: skip
        self._wire = Wire(ours, most=MOST_MESSAGE)
        try:
            return self._wire.receive(until=time.monotonic() + START_SECONDS) == READY
        except WireError:
            self._end()
            return False

    def _end(self) -> None:
        if self._process is not None:
            self._wire.close()
            self._process.kill()
            self._process.wait()
            self._process = None


def _price(err: WireError) -> int:
    """Return what a loss costs of the patience: more where nobody else can have killed it."""
    return 2 if isinstance(err, Late) else 1
