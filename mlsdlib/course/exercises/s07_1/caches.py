"""Exercise 7.1-e3: a cache that forgets, without stampedes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Wrong,
    call_with_tuples,
    show_tuples,
)

__all__ = ["EXERCISE"]


def cache_log(requests, maxsize, ttl, work):
    """Return for each request "hit", "miss", or "wait"."""
    cache, computing, log = {}, {}, []  # when written, least recently used first; when ready

    def expire(now):
        for key in [key for key, written in cache.items() if now - written >= ttl]:
            del cache[key]

    for t, key in requests:
        for done, ready in list(computing.items()):
            if ready <= t:
                del computing[done]
                expire(ready)
                if len(cache) == maxsize:
                    del cache[next(iter(cache))]
                cache[done] = ready
        expire(t)
        if key in cache:
            cache[key] = cache.pop(key)
            log.append("hit")
        elif key in computing:
            log.append("wait")
        else:
            computing[key] = t + work
            log.append("miss")
    return log


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    def each(keys: str, step: int = 10) -> list:
        return [[step * number, key] for number, key in enumerate(keys)]

    yield {"args": [each("aabab"), 2, 1000, 0]}
    yield {"args": [each("abcab"), 2, 1000, 0]}  # a goes, then b, then c
    yield {"args": [each("abacab"), 2, 1000, 0]}  # b goes: a was used since
    yield {"args": [each("abcba"), 3, 1000, 0]}
    yield {"args": [[[0, "a"], [9, "a"], [10, "a"]], 2, 10, 0]}  # gone as its age reaches ttl
    yield {"args": [[[0, "a"], [1, "b"], [20, "b"]], 2, 10, 0]}  # both have gone
    yield {"args": [[[0, "a"], [6, "a"], [12, "a"]], 2, 10, 0]}  # a hit makes nothing younger
    yield {"args": [[[0, "a"], [5, "b"], [9, "a"], [11, "c"], [12, "b"]], 2, 10, 0]}  # a is gone
    yield {"args": [[[0, "a"], [1, "a"], [2, "a"], [3, "a"]], 2, 100, 3]}  # a stampede
    yield {"args": [[[0, "a"], [1, "b"], [1, "a"], [2, "b"], [9, "b"]], 2, 100, 5]}  # two keys
    yield {"args": [[[0, "a"], [12, "a"], [15, "a"]], 2, 10, 5]}  # as old as it was ready, at 5
    yield {"args": [[[0, "a"], [10, "a"], [11, "a"], [13, "a"]], 2, 7, 3]}  # expires: a stampede
    yield {"args": [[[0, "a"], [1, "b"], [4, "b"], [6, "c"], [12, "b"], [13, "a"]], 2, 100, 3]}
    yield {"args": [[[0, "a"], [4, "b"], [5, "a"], [6, "c"], [9, "a"], [9, "b"]], 1, 100, 2]}
    yield {"args": [[[0, "a"], [3, "b"], [8, "a"], [9, "c"], [11, "b"]], 2, 8, 1]}
    yield {"args": [[[0, "a"], [0, "a"], [0, "b"], [0, "a"]], 1, 10, 0]}
    yield {"args": [[], 2, 10, 0]}
    for _ in range(25):
        n = int(rng.integers(8, 20))
        times = np.cumsum(rng.integers(0, 4, n)).tolist()
        keys = rng.choice(list("abcd"), n, p=[0.4, 0.3, 0.2, 0.1]).tolist()
        requests = [list(pair) for pair in zip(times, keys, strict=True)]
        options = int(rng.integers(1, 4)), int(rng.choice([4, 9, 50])), int(rng.choice([0, 2, 4]))
        yield {"args": [requests, *options]}


def _judge(case: Case, result: object) -> Problem | None:
    requests, maxsize, ttl, work = case["args"]
    expected = cache_log([tuple(request) for request in requests], maxsize, ttl, work)
    if result == expected:
        return None
    if not isinstance(result, list) or len(result) != len(requests):
        return Problem(expected, "Return a list with one word for each request.")
    place = next(i for i, pair in enumerate(zip(result, expected, strict=True)) if len({*pair}) > 1)
    t, key = requests[place]
    got, right = result[place], expected[place]
    if got not in ("hit", "miss", "wait"):
        return Problem(expected, 'Each word is "hit", "miss" or "wait".')
    where = f"Request {place}, for {key!r} at {t}: "
    if right == "wait":
        why = "its value is being computed. It waits, and nobody computes it again."
    elif got == "wait":
        why = f"nobody computes it now. A computation that began at t is ready at t + {work}."
    elif right == "hit":
        why = (
            f"it was ready less than {ttl} ago, and for want of room the key that was used least "
            "recently goes. A hit is a use, and so is becoming ready. What is too old has gone "
            "before."
        )
    else:
        roomy = cache_log([tuple(request) for request in requests], len(requests), ttl, work)
        why = (
            f"its age, since it was ready, has reached {ttl}. A hit makes nothing younger."
            if roomy[place] == "miss"
            else "for want of room it has gone: the key that was used least recently goes."
        )
    return Problem(expected, where + why)


def _first_in_first_out(requests, maxsize, ttl, work):
    cache, computing, log = {}, {}, []
    for t, key in requests:
        for done, ready in list(computing.items()):
            if ready <= t:
                del computing[done]
                cache = {k: w for k, w in cache.items() if ready - w < ttl}
                if len(cache) == maxsize:
                    del cache[next(iter(cache))]
                cache[done] = ready
        cache = {k: w for k, w in cache.items() if t - w < ttl}
        log.append("hit" if key in cache else "wait" if key in computing else "miss")
        if log[-1] == "miss":
            computing[key] = t + work
    return log


def _a_hit_makes_younger(requests, maxsize, ttl, work):
    cache, computing, log = {}, {}, []
    for t, key in requests:
        for done, ready in list(computing.items()):
            if ready <= t:
                del computing[done]
                cache = {k: w for k, w in cache.items() if ready - w < ttl}
                if len(cache) == maxsize:
                    del cache[next(iter(cache))]
                cache[done] = ready
        cache = {k: w for k, w in cache.items() if t - w < ttl}
        log.append("hit" if key in cache else "wait" if key in computing else "miss")
        if log[-1] == "hit":
            del cache[key]
            cache[key] = t
        elif log[-1] == "miss":
            computing[key] = t + work
    return log


def _lives_longer(requests, maxsize, ttl, work):
    return cache_log(requests, maxsize, ttl + 0.5, work)


def _stampede(requests, maxsize, ttl, work):
    return ["miss" if word == "wait" else word for word in cache_log(requests, maxsize, ttl, work)]


def _ready_at_once(requests, maxsize, ttl, work):
    return cache_log(requests, maxsize, ttl, 0)


def _no_bound(requests, maxsize, ttl, work):
    return cache_log(requests, len(requests) + 1, ttl, work)


def _never_too_old(requests, maxsize, ttl, work):
    return cache_log(requests, maxsize, float("inf"), work)


EXERCISE = Exercise(
    id="7.1-e3",
    name="cache_log",
    reference=cache_log,
    cases=_cases,
    judge=_judge,
    call=call_with_tuples,
    show=show_tuples,
    hints=(
        "Keep two dictionaries: when each entry was written, and when each computation is ready.",
        "At each request first store what has become ready, each at its time, then drop what is "
        "too old, then look. A dictionary keeps its order: pop a key and write it again when it is "
        "used.",
        "for done, ready in list(computing.items()): if ready <= t: del computing[done]; drop what "
        "is too old at ready; if len(cache) == maxsize: del cache[next(iter(cache))]; "
        "cache[done] = ready",
    ),
    wrong=(
        Wrong("first in, first out", _first_in_first_out, "A hit is a use"),
        Wrong("a hit makes younger", _a_hit_makes_younger, "A hit makes nothing younger"),
        Wrong("lives too long", _lives_longer, "has reached"),
        Wrong("stampede", _stampede, "nobody computes it again"),
        Wrong("ready at once", _ready_at_once, "being computed"),
        Wrong("no bound", _no_bound, "for want of room"),
        Wrong("never too old", _never_too_old, "has reached"),
    ),
    note="Those who wait get an answer that is as old as the computation is long. If that is too "
    "slow, give out the old entry while one request computes the new one (stale while revalidate).",
)
