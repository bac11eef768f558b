"""The grader's side of the marker: a process that may be lost to what it reads."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from mlsdlib.course.classroom.extract import MISSING, Program, best
from mlsdlib.course.classroom.inside.wire import Late, Wire, WireError
from mlsdlib.course.classroom.marker import MOST_MESSAGE
from mlsdlib.course.classroom.sandbox import Answer
from mlsdlib.course.exercises.base import Case
from mlsdlib.course.kernel import ENVIRONMENT

SECONDS = 30.0
"""How long reading one student's notebooks, or judging one exercise, may take."""


class Marker:
    """A marker process, started again whenever it is lost; use it as a context.

    Parameters
    ----------
    own : Path, optional
        A folder of an instructor's own exercises.
    seconds : float
        How long one request may take.
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

        All of them together get `SECONDS`. Those that the marker does not survive, or not in time,
        are left out, and are a problem.
        """
        self._wake()
        until = time.monotonic() + self._seconds
        sent = [base64.b64encode(data).decode() for data in notebooks]
        try:
            return self._extracted(ids, sent, time.monotonic() + self._seconds / 2)
        except WireError:  # the marker may have been lost to one of them, or to something else
            return self._each_alone(ids, sent, until)

    def _each_alone(self, ids: Sequence[str], sent: list[str], until: float) -> dict[str, object]:
        """Return the best that single notebooks hold, small ones first: those are read at once."""
        found: dict[int, dict] = {}
        problems: list[str] = []
        lost: list[Program] = []
        for left, number in enumerate(sorted(range(len(sent)), key=lambda n: len(sent[n]))):
            share = (until - time.monotonic()) / (len(sent) - left)
            if share > 0:
                self._wake()
            end = time.monotonic() + max(share, self._seconds / 10)
            try:
                if share <= 0:
                    raise Late("no time is left for it")
                found[number] = self._extracted(ids, [sent[number]], end)
                problems += found[number]["problems"]
            except WireError as err:
                problems.append(f"the notebook cannot be read: {err}")
                lost = [Program(MISSING, detail=problems[-1])]
        every = [found[number]["programs"] for number in sorted(found)]
        chosen = {id: best([*(Program(**of[id]) for of in every), *lost]) for id in ids}
        return {"programs": {id: asdict(p) for id, p in chosen.items()}, "problems": problems}

    def _wake(self) -> None:
        """Start a marker where there is none: how long that takes is no notebook's fault."""
        if self._process is None:
            self._ask({"do": "extract", "ids": [], "notebooks": []})

    def _extracted(self, ids: Sequence[str], sent: list[str], until: float) -> dict[str, object]:
        return self._ask({"do": "extract", "ids": list(ids), "notebooks": sent}, until=until)

    def judge(
        self, id: str, cases: Sequence[Case], answers: Sequence[Answer]
    ) -> list[dict[str, str]]:
        """Return a verdict on each answer; see `marker`.

        An answer that the marker does not survive is wrong, if the check survives the right one.
        """
        sent = [
            {"status": a.status, "detail": a.detail, "raw": a.raw.decode("latin-1")}
            for a in answers
        ]
        try:
            return self._ask({"do": "judge", "id": id, "cases": list(cases), "answers": sent})
        except WireError:
            return self._one_by_one(id, cases, sent)

    def _one_by_one(self, id: str, cases: Sequence[Case], sent: list[dict]) -> list[dict[str, str]]:
        """Return verdicts up to the answer that the marker does not survive; it waits for one."""
        verdicts: list[dict[str, str]] = []
        for case, answer in zip(cases, sent, strict=True):
            request = {"do": "judge", "id": id, "cases": [case], "answers": [answer]}
            try:
                verdicts += self._ask(request)
            except WireError as err:
                verdicts.append(self._blame(id, case, str(err)))
                break
        rest = {"outcome": verdicts[-1]["outcome"], "why": "not judged", "input": "", "got": ""}
        return verdicts + [rest] * (len(cases) - len(verdicts))

    def _blame(self, id: str, case: Case, err: str) -> dict[str, str]:
        """Return the verdict on an answer that the marker has not survived."""
        facts = {"input": "", "got": ""}
        try:
            mistake = self._ask({"do": "rehearse", "id": id, "case": case})["mistake"]
        except WireError as lost:
            mistake = f"the check of {id} does not end: {lost}"
        if mistake:
            return {"outcome": "grader error", "why": mistake, **facts}
        why = f"The check cannot read this result ({err})."
        return {"outcome": "not yet", "why": why, **facts}

    def _ask(self, request: dict, *, until: float | None = None) -> object:
        wire = self._start()
        if until is None:
            until = time.monotonic() + self._seconds
        try:
            wire.send(request, until=until)
            return wire.receive(until=until)
        except WireError:
            self._end()
            raise

    def _start(self) -> Wire:
        if self._process is None:
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
        return self._wire

    def _end(self) -> None:
        if self._process is not None:
            self._wire.close()
            self._process.kill()
            self._process.wait()
            self._process = None
