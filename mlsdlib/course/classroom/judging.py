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
from dataclasses import asdict
from pathlib import Path

from mlsdlib.course.classroom.extract import MISSING, Program, best
from mlsdlib.course.classroom.inside.wire import Late, Wire, WireError
from mlsdlib.course.classroom.marker import MOST_MESSAGE, READY
from mlsdlib.course.classroom.sandbox import Answer
from mlsdlib.course.exercises.base import Case
from mlsdlib.course.kernel import ENVIRONMENT

SECONDS = 30.0
"""How long reading one student's notebooks together, or judging one exercise, may take."""
START_SECONDS = 60.0
STARTS = 3
LOSSES, LATE = 3, 2
"""How often the marker is lost, or late, until what it reads is to blame."""
KNOWN = json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}]}).encode()
"""A notebook that every marker survives."""


class MarkerError(Exception):
    """The marker or a check itself does not work: no submission is to blame."""


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

        Half of the time is for all of them together, the other half for each alone, where that
        fails. Those that the marker does not survive, or not in time, are left out, and are a
        problem.

        Raises
        ------
        MarkerError
            If it does not survive a sound one either, or makes a mistake.
        """
        sent = [base64.b64encode(data).decode() for data in notebooks]
        try:
            return self._extracted(ids, sent, self._seconds / 2)
        except WireError:  # the clock goes on when a marker is there again
            return self._each_alone(ids, sent, self._until(self._seconds / 2))

    def _each_alone(self, ids: Sequence[str], sent: list[str], until: float) -> dict[str, object]:
        """Return the best that single notebooks hold, small ones first: those are read at once."""
        found: dict[int, dict] = {}
        problems: list[str] = []
        lost: list[Program] = []
        for left, number in enumerate(sorted(range(len(sent)), key=lambda n: len(sent[n]))):
            share = (until - time.monotonic()) / (len(sent) - left)
            try:
                if share <= 0:
                    raise Late("no time is left for it")
                seconds = max(share, self._seconds / 10)
                found[number] = self._extracted(ids, [sent[number]], seconds)
                problems += found[number]["problems"]
            except WireError as err:
                problems.append(f"the notebook cannot be read: {err}")
                lost = [Program(MISSING, detail=problems[-1])]
        every = [found[number]["programs"] for number in sorted(found)]
        chosen = {id: best([*(Program(**of[id]) for of in every), *lost]) for id in ids}
        return {"programs": {id: asdict(p) for id, p in chosen.items()}, "problems": problems}

    def _extracted(self, ids: Sequence[str], sent: list[str], seconds: float) -> dict[str, object]:
        """Return what notebooks hold, read together; after a loss a sound one is read."""
        request = {"do": "extract", "ids": list(ids), "notebooks": sent}
        losses = 0
        while True:
            try:
                return self._ask(request, until=self._until(seconds))
            except WireError as err:
                losses += 1
                self._read_known(ids)
                if isinstance(err, Late) or losses == LOSSES:
                    raise

    def _read_known(self, ids: Sequence[str]) -> None:
        sound = base64.b64encode(KNOWN).decode()
        request = {"do": "extract", "ids": list(ids), "notebooks": [sound]}
        try:
            self._ask(request, until=self._until(self._seconds))
        except WireError as err:
            raise MarkerError(f"the marker cannot read a sound notebook: {err}") from None

    def judge(
        self, id: str, cases: Sequence[Case], answers: Sequence[Answer]
    ) -> list[dict[str, str]]:
        """Return a verdict on each answer; see `marker`.

        An answer that the marker does not survive is wrong, if the check survives the right one;
        those after it are not judged. All answers together have their time twice.

        Raises
        ------
        MarkerError
            If the marker or the check makes a mistake.
        """
        verdicts: list[dict[str, str]] = []
        losses, late, until = 0, 0, self._until(self._seconds)
        while len(verdicts) < len(cases):
            case, answer = cases[len(verdicts)], answers[len(verdicts)]
            try:
                verdicts.append(self._judge(id, case, answer, until))
                losses = 0
            except WireError as err:
                late += isinstance(err, Late)
                losses += not isinstance(err, Late)
                verdict = self._blame(id, case, str(err))
                if losses == LOSSES or late == LATE or verdict["outcome"] == "grader error":
                    rest = {**verdict, "why": "not judged"}
                    return [*verdicts, verdict, *[rest] * (len(cases) - len(verdicts) - 1)]
                until = self._until(self._seconds)
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
            mistake = self._ask(request, until=self._until(self._seconds))["mistake"]
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
            reply = self._wire.receive(until=until)
        except WireError:
            self._end()
            raise
        if isinstance(reply, dict) and "failed" in reply:
            raise MarkerError(reply["failed"])
        return reply

    def _until(self, seconds: float) -> float:
        """Have a marker; return when a request that begins now must be done."""
        self._wake()
        return time.monotonic() + seconds

    def _wake(self) -> None:
        for _ in range(STARTS):
            if self._process is not None or self._start():
                return
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
                stderr=subprocess.DEVNULL,
                env={**os.environ, **ENVIRONMENT, "MLSD_PROGRESS": "off"},
                start_new_session=True,
            )  # fmt: skip
        self._wire = Wire(ours, most=MOST_MESSAGE)
        try:
            if self._wire.receive(until=time.monotonic() + START_SECONDS) == READY:
                return True
        except WireError:
            pass
        self._end()
        return False

    def _end(self) -> None:
        if self._process is not None:
            self._wire.close()
            self._process.kill()
            self._process.wait()
            self._process = None
