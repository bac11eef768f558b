"""Exercise 7.3-e1: where does a model answer sooner?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def place(model, device, net):
    """Return where a model answers sooner: "edge", "cloud", or None for nowhere."""
    fits = model["mb"] <= device["free_mb"]
    if not net["online"]:
        return "edge" if fits else None
    sooner = device["slowdown"] * model["ms"] <= model["ms"] + net["rtt_ms"]
    return "edge" if fits and sooner else "cloud"


def _case(ms, mb, slowdown, free_mb, rtt_ms) -> Case:
    net = {"online": False} if rtt_ms is None else {"online": True, "rtt_ms": rtt_ms}
    return {"args": [{"ms": ms, "mb": mb}, {"slowdown": slowdown, "free_mb": free_mb}, net]}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(5, 20, 8, 100, 60)
    yield _case(100, 20, 8, 100, 60)  # heavy
    yield _case(8, 20, 8, 100, 60)  # the server's own time decides
    yield _case(5, 20, 13, 100, 60)  # a tie
    yield _case(5, 20, 14, 100, 60)
    yield _case(5, 200, 8, 100, 60)  # does not fit
    yield _case(5, 100, 8, 100, 60)  # fits just so
    yield _case(100, 20, 50, 100, None)  # offline: slow beats never
    yield _case(5, 200, 8, 100, None)  # offline, and does not fit
    yield _case(5, 100, 8, 100, None)
    yield _case(5, 20, 1, 100, 0)  # no network between, a tie
    yield _case(5, 20, 0.5, 100, 0)  # a device that is faster than the server
    for _ in range(20):
        rtt = None if rng.random() < 0.25 else int(rng.integers(0, 200))
        yield _case(
            int(rng.integers(1, 100)),
            int(rng.integers(10, 200)),
            int(rng.integers(1, 20)),
            int(rng.integers(10, 200)),
            rtt,
        )


def _judge(case: Case, result: object) -> Problem | None:
    model, device, net = case["args"]
    expected = place(model, device, net)
    if result == expected and isinstance(result, str | None):
        return None
    if result not in ("edge", "cloud", None):
        why = 'Return "edge", "cloud" or None.'
    elif model["mb"] > device["free_mb"]:
        why = "A model that needs more than is free cannot run on the device."
    elif not net["online"]:
        why = "Without a network the cloud never answers: a slow answer beats none."
    elif model["mb"] == device["free_mb"]:
        why = "A model that needs all that is free still fits."
    elif device["slowdown"] * model["ms"] == model["ms"] + net["rtt_ms"]:
        why = "If both are equally soon, it is the edge, which needs no network."
    else:
        why = "Compare slowdown * ms with ms + rtt_ms: the server computes, too."
    return Problem(expected, why)


def _forgets_memory(model, device, net):
    return place({**model, "mb": 0}, device, net)


def _must_be_less(model, device, net):
    return place({**model, "mb": model["mb"] + 1e-9}, device, net)


def _forgets_offline(model, device, net):
    return place(model, device, {"online": True, "rtt_ms": net.get("rtt_ms", 0)})


def _server_takes_no_time(model, device, net):
    if not net["online"] or model["mb"] > device["free_mb"]:
        return place(model, device, net)
    return "edge" if device["slowdown"] * model["ms"] <= net["rtt_ms"] else "cloud"


def _tie_to_the_cloud(model, device, net):
    return place(model, {**device, "slowdown": device["slowdown"] * (1 + 1e-9)}, net)


def _always_somewhere(model, device, net):
    return place(model, device, net) or "cloud"


EXERCISE = Exercise(
    id="7.3-e1",
    name="place",
    reference=place,
    cases=_cases,
    judge=_judge,
    hints=(
        "First ask where the model can run at all, then where it is sooner.",
        "It can run on the device if mb <= free_mb, and in the cloud if online is true. The device "
        "takes slowdown * ms, the cloud ms + rtt_ms.",
        'if not net["online"]: return "edge" if fits else None; then "edge" if it fits and '
        'slowdown * ms <= ms + rtt_ms, else "cloud"',
    ),
    wrong=(
        Wrong("memory is forgotten", _forgets_memory, "more than is free"),
        Wrong("a model that fits just so does not", _must_be_less, "still fits"),
        Wrong("the network is always there", _forgets_offline, "a slow answer beats none"),
        Wrong("the server takes no time", _server_takes_no_time, "the server computes, too"),
        Wrong("a tie goes to the cloud", _tie_to_the_cloud, "equally soon"),
        Wrong("there is always a place", _always_somewhere, "cannot run on the device"),
    ),
    note="This looks at latency alone. Battery, cost, and what may leave the device by law can "
    "overrule it; a deadline can rule out both.",
)
