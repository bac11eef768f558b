"""A service that hands requests on: to a champion, its shadow, and a canary that may be dropped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mlsdlib.checks import check_choice, whole
from mlsdlib.serving._batcher import BatcherStats, Overloaded
from mlsdlib.serving._peers import Mirror, Peer, Shadowed
from mlsdlib.serving._service import PredictionService

MIRRORS = ("aside", "inline")


class Gate(Protocol):
    """What decides on a canary; `mlsdlib.experiments.CanaryGate` is one."""

    share: float

    def update(self, failed: bool) -> str:
        """Return "promote", "roll back", or something else that changes only `share`."""


@dataclass(frozen=True, slots=True)
class RolloutEvent:
    """Something that happened to a rollout.

    Attributes
    ----------
    what : str
        "shadow", "canary", a decision of the gate other than "go on", or "end".
    url : str
        The challenger.
    share : float
        Its share of the traffic from now on.
    served, failed : int
        Answers that customers got of it since it became a canary, and requests on which it failed,
        those among them that the champion then answered.
    """

    what: str
    url: str
    share: float
    served: int
    failed: int


class Rollout(PredictionService):
    """A service over HTTP that asks other services, and brings in a challenger step by step.

    Every request goes to the champion. With a `shadow`, the challenger gets a copy of each request,
    and nobody sees its answers. With a `canary`, it answers a share of the requests for good, and
    a gate that hears of each outcome widens the share, promotes it to champion, or rolls it back.
    If the challenger gives no answer, the champion is asked: the customer notices nothing, the gate
    does.

    Parameters
    ----------
    champion : str
        Address of a `PredictionService` or `ServiceProcess`.
    n_features : int
        Numbers in a row.
    failed : callable, optional
        ``failed(row, prediction)`` says whether an answer that was served was wrong; without it
        only errors count. Feedback that comes later has to be told to the gate by whoever gets it.
    deadline, max_body, max_connections
        As for `PredictionService`.
    rng : numpy Generator, int or None
        Draws who gets the canary. (Where a customer comes again, draw by a hash of the customer.)

    Attributes
    ----------
    url : str
        Where it listens.
    champion : str
        Who answers now.
    log : tuple of RolloutEvent
        What happened, in order.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> from mlsdlib.serving import run_load
    >>> with PredictionService(lambda rows: rows[:, 0], n_features=1) as champion:
    ...     with Rollout(champion.url, n_features=1) as rollout:
    ...         run_load([rollout.url], [[1.0], [2.0]], n=20, clients=4, rng=0)
    [<LoadRun: 20 requests, 20 answered, 0 rejected, 0 late, 0 refused, 0 failed, 0 lost>]
    """

    def __init__(
        self,
        champion: str,
        *,
        n_features: int,
        failed: Callable[[np.ndarray, object], bool] | None = None,
        deadline: float = 10.0,
        max_body: int = 65_536,
        max_connections: int = 1_000,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        self._set_up(n_features, deadline, max_body, max_connections)
        self._peers: list[Peer] = []
        self._champion, self._judge = self._peer(champion), failed
        self._rng = np.random.default_rng(rng)
        self._lock = threading.Lock()
        self._make = lambda: _Router(self)
        self._counts = dict.fromkeys(("answered", "failed", "rejected"), 0)
        self._shadow: Mirror | None = None
        self._canary: _Canary | None = None
        self.log: tuple[RolloutEvent, ...] = ()

    @property
    def champion(self) -> str:
        """Who answers now."""
        return self._champion.url

    def stats(self) -> BatcherStats:
        """Return what became of the rows so far."""
        with self._lock:
            counts = dict(self._counts)
        return BatcherStats(accepted=counts["answered"] + counts["failed"], **counts)

    def shadow(self, url: str, *, mirror: str = "aside", most: int = 100) -> None:
        """Send the challenger a copy of each request from now on.

        Parameters
        ----------
        url : str
            The challenger.
        mirror : {"aside", "inline"}
            Whether a thread of its own asks the challenger after the customer has the answer, or
            the customer waits for both.
        most : int
            Aside, most copies that may wait; further ones are dropped, and compared as missing.
        """
        check_choice("mirror", mirror, MIRRORS)
        made = Mirror(self._peer(url), mirror == "inline", whole("most", most, 1), self.deadline)
        self.end_shadow()
        with self._lock:
            self._shadow = made
            self._note("shadow", url, 0.0, 0, 0)

    def end_shadow(self) -> list[Shadowed]:
        """Copy no more requests; return those copied, once the last has been answered."""
        with self._lock:
            mirror, self._shadow = self._shadow, None
        return [] if mirror is None else mirror.end()

    def canary(self, url: str, gate: Gate) -> None:
        """Let the challenger answer a share of the requests, as the gate has it.

        Raises
        ------
        RuntimeError
            If there is a canary.
        """
        made = _Canary(self._peer(url), gate)
        with self._lock:
            if self._canary is not None:
                raise RuntimeError("there is a canary: end it before the next")
            self._canary = made
            self._note("canary", url, gate.share, 0, 0)

    def end_canary(self) -> None:
        """Take the traffic from the canary, whatever its gate thinks; nothing if there is none."""
        with self._lock:
            if self._canary is not None:
                self._decide("end", self._canary, 0.0)

    def stop(self, *, drain: bool = True, timeout: float = 30.0) -> None:
        """Take no more requests, and end, and what there is of a shadow with it."""
        super().stop(drain=drain, timeout=timeout)
        self.end_shadow()
        for peer in self._peers:
            peer.close()

    def _peer(self, url: str) -> Peer:
        peer = Peer(url)
        self._peers.append(peer)
        return peer

    def _answer(self, row: np.ndarray, timeout: float) -> object:
        """Return the prediction for one row; this runs in the thread of its connection."""
        end = time.monotonic() + timeout
        with self._lock:
            champion, canary, mirror = self._champion, self._canary, self._shadow
            chosen = canary is not None and self._rng.random() < canary.gate.share
        if chosen:
            try:  # half of the time, so that the champion has the other half
                answer = canary.peer.ask(row, timeout / 2)
            except Exception:
                self._tell(canary, True, served=False)
            else:
                wrong = self._judge is not None and bool(self._judge(row, answer))
                self._tell(canary, wrong, served=True)
                return answer
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        answer = champion.ask(row, left)
        if mirror is not None:
            mirror.copy(row, answer)
        return answer

    def _tell(self, canary: _Canary, failed: bool, *, served: bool) -> None:
        """Tell the gate an outcome, and do what it decides."""
        with self._lock:
            if canary is not self._canary:  # decided while this request was on its way
                return
            canary.served += served
            canary.failed += failed
            said = canary.gate.update(failed)
            if said == "promote":
                self._champion = canary.peer
                self._decide(said, canary, 1.0)
            elif said == "roll back":
                self._decide(said, canary, 0.0)
            elif said != "go on":
                self._note(said, canary.peer.url, canary.gate.share, canary.served, canary.failed)

    def _decide(self, what: str, canary: _Canary, share: float) -> None:
        self._canary = None
        self._note(what, canary.peer.url, share, canary.served, canary.failed)

    def _note(self, what: str, url: str, share: float, served: int, failed: int) -> None:
        self.log = (*self.log, RolloutEvent(what, url, share, served, failed))

    def _count(self, outcome: str) -> None:
        with self._lock:
            self._counts[outcome] += 1


@dataclass(slots=True)
class _Canary:
    peer: Peer
    gate: Gate
    served: int = 0
    failed: int = 0


class _Router:
    """Answers rows for the server of a `Rollout` as a `MicroBatcher` would, each in its thread."""

    def __init__(self, rollout: Rollout) -> None:
        self._rollout = rollout

    def __call__(self, row: np.ndarray, *, timeout: float) -> object:
        try:
            answer = self._rollout._answer(row, timeout)
        except Overloaded:
            self._rollout._count("rejected")
            raise
        except Exception:
            self._rollout._count("failed")
            raise
        self._rollout._count("answered")
        return answer

    def close(self, *, drain: bool = True, timeout: float = 30.0) -> None:
        """Do nothing: nothing waits here, and the server waits for the requests at work."""
