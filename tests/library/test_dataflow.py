"""Who gets a message, in what order, how often an answer comes, and effects that come once."""

from __future__ import annotations

import asyncio
import itertools
import math
import re
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.dataflow import (
    IdempotentConsumer,
    chain_availability,
    deliver,
    order_violations,
    run,
)

# Subjects

token = st.sampled_from(["a", "b", "orders", "A"])
subjects = st.lists(token, min_size=1, max_size=4).map(".".join)
patterns = st.builds(
    lambda tokens, tail: ".".join([*tokens, *tail]),
    st.lists(token | st.just("*"), min_size=1, max_size=4),
    st.sampled_from([[], [">"]]),
) | st.just(">")
bindings = st.dictionaries(
    st.sampled_from("pqrstu"),
    patterns | st.tuples(patterns, st.sampled_from(["g", "h"])),
    max_size=6,
)


def as_regex(pattern):
    parts = [
        {"*": r"[^.]+", ">": r"[^.]+(\.[^.]+)*"}.get(t, re.escape(t)) for t in pattern.split(".")
    ]
    return r"\.".join(parts)


@settings(max_examples=400, deadline=None)
@given(bindings, subjects)
def test_deliver_is_the_regular_expression(bindings, subject):
    copies = deliver(bindings, subject)
    plain = {n for n, b in bindings.items() if isinstance(b, str)}
    listening = {
        n for n, b in bindings.items()
        if re.fullmatch(as_regex(b if isinstance(b, str) else b[0]), subject)
    }  # fmt: skip
    assert sorted(n for copy in copies for n in copy) == sorted(listening)
    assert all(len(copy) == 1 for copy in copies if copy[0] in plain)
    groups = [{bindings[n][1] for n in copy} for copy in copies if copy[0] not in plain]
    assert all(len(group) == 1 for group in groups)
    assert len(set().union(*groups)) == len(groups)  # one copy for a group


def test_deliver_by_hand():
    assert deliver({}, "a") == []
    assert deliver({"x": "a.*"}, "a") == []
    assert deliver({"x": "a.>"}, "a") == []
    assert deliver({"x": "a.*", "y": "a.>"}, "a.b.c") == [["y"]]
    assert deliver({"x": ("a", "g"), "y": ("*", "g"), "z": ("a", "h")}, "a") == [["x", "y"], ["z"]]
    # A subscriber and a group of the same name are two things.
    assert deliver({"g": "a", "x": ("a", "g")}, "a") == [["g"], ["x"]]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (({}, "a.*"), ValueError, r"subject must have no wildcard, got 'a\.\*'"),
        (({}, "a..b"), ValueError, "subject must be tokens separated by dots"),
        (({}, ""), ValueError, "subject must be tokens"),
        (({}, "a b"), ValueError, "subject must be tokens"),
        (({}, 3), TypeError, "subject must be a string, got 3"),
        (({"x": "a.>.b"}, "a"), ValueError, "pattern must have '>' as its last token only"),
        (({"x": ".a"}, "a"), ValueError, "pattern must be tokens"),
        (({"x": ("a", "")}, "a"), ValueError, "group must be tokens"),
        (({"x": ("a", 1)}, "a"), TypeError, "group must be a string, got 1"),
    ],
)
def test_deliver_rejects(arguments, error, message):
    with pytest.raises(error, match=message):
        deliver(*arguments)


# Order


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("kl"), st.integers(-3, 6)), max_size=14))
def test_order_violations_is_the_brute_force(log):
    found = order_violations([n for _, n in log], key=[k for k, _ in log])
    assert found.index.tolist() == list(dict.fromkeys(k for k, _ in log))
    for key in found.index:
        numbers = [n for k, n in log if k == key]
        duplicates = late = 0
        for i, number in enumerate(numbers):
            if number in numbers[:i]:
                duplicates += 1
            elif any(earlier > number for earlier in numbers[:i]):
                late += 1
        missing = set(range(min(numbers), max(numbers) + 1)) - set(numbers)
        assert found.loc[key].to_dict() == {
            "processed": len(numbers), "duplicates": duplicates, "late": late,
            "missing": len(missing),
        }  # fmt: skip


def test_order_without_a_key_and_without_messages():
    found = order_violations([3, 1, 2, 2, 7])
    assert found.index.tolist() == [0]
    assert found.loc[0].tolist() == [5, 1, 2, 3]
    assert order_violations([]).empty
    assert order_violations([1, 2], key=[None, None]).loc[:, "processed"].tolist() == [2]


@pytest.mark.parametrize(
    ("sequence", "key", "message"),
    [
        ([1.5], None, "sequence must be one column of whole numbers, got shape .* float64"),
        ([[1]], None, "sequence must be one column"),
        (["a"], None, "sequence must be one column"),
        ([1, 2], ["k"], "key must have 2 values, got 1"),
    ],
)
def test_order_rejects(sequence, key, message):
    with pytest.raises(ValueError, match=message):
        order_violations(sequence, key=key)


# Availability

availability = st.sampled_from([0.0, 0.3, 0.9, 1.0])
chains = st.lists(availability | st.lists(availability, min_size=1, max_size=3), max_size=4)


@settings(deadline=None)
@given(chains, st.integers(0, 2))
def test_chain_availability_is_the_sum_over_all_outcomes(chain, retries):
    """Enumerate which of the attempts of which service succeed."""
    answered = 1.0
    for link in chain:
        services = (link if isinstance(link, list) else [link]) * (retries + 1)
        share = 0.0
        for outcomes in itertools.product([True, False], repeat=len(services)):
            weight = math.prod(a if up else 1 - a for a, up in zip(services, outcomes, strict=True))
            share += weight * any(outcomes)
        answered *= share
    assert math.isclose(chain_availability(chain, retries=retries), answered, abs_tol=1e-12)


def test_chain_availability_at_the_edges():
    assert chain_availability([]) == 1.0
    assert chain_availability([0.0], retries=50) == 0.0
    assert chain_availability([1, 1, (0, 1)]) == 1.0
    assert math.isclose(chain_availability([0.999] * 30), 0.999**30)


@pytest.mark.parametrize(
    ("chain", "retries", "error", "message"),
    [
        ([1.1], 0, ValueError, r"chain must hold availabilities from 0 to 1, got 1\.1"),
        ([-0.1], 0, ValueError, "chain must hold availabilities"),
        ([math.nan], 0, ValueError, "chain must hold availabilities"),
        (["0.9"], 0, TypeError, r"chain must hold numbers, got '0\.9'"),
        ([True], 0, TypeError, "chain must hold numbers, got True"),
        ([[]], 0, ValueError, "chain must have no empty branch"),
        ([0.9], -1, ValueError, "retries must be at least 0, got -1"),
        ([0.9], 0.5, TypeError, r"retries must be a whole number, got 0\.5"),
        ([0.9], True, TypeError, "retries must be a whole number, got True"),
    ],
)
def test_chain_availability_rejects(chain, retries, error, message):
    with pytest.raises(error, match=message):
        chain_availability(chain, retries=retries)


# Effects


class Crash(Exception):
    """What a test dies of."""


def ledger(path=":memory:", **options):
    con = sqlite3.connect(path, **options)
    con.execute("CREATE TABLE IF NOT EXISTS payments (id, amount)")
    con.commit()
    return con


delivery = st.tuples(
    st.integers(0, 4) | st.sampled_from("01"), st.sampled_from(["", "before", "after"])
)


@settings(deadline=None)
@given(st.lists(delivery, max_size=15), st.booleans())
def test_every_message_has_one_effect_whatever_crashes_and_whatever_order(deliveries, implicit):
    """A crash before or after the effect's statement undoes it, and a later delivery makes it."""
    crash = ""

    def pay(con, payload):
        if crash == "before":
            raise Crash
        con.execute("INSERT INTO payments VALUES (?, ?)", payload)
        if crash == "after":
            raise Crash

    with closing(ledger(**({} if implicit else {"isolation_level": None}))) as con:
        consumer = IdempotentConsumer(con, pay)
        done = []
        for message, crash in deliveries:
            is_new = message not in done
            if crash and is_new:
                with pytest.raises(Crash):
                    consumer.handle(message, (message, 1))
            else:
                assert consumer.handle(message, (message, 1)) == is_new
                done += [message] * is_new
            assert not con.in_transaction
            rows = con.execute("SELECT id FROM payments").fetchall()
            assert [row for (row,) in rows] == done


def test_what_was_processed_is_known_to_the_next_consumer(tmp_path):
    path = tmp_path / "db"
    insert = "INSERT INTO payments VALUES (?, 1)"
    for expected in (True, False):
        with closing(ledger(path)) as con:
            consumer = IdempotentConsumer(con, lambda con, id: con.execute(insert, (id,)))
            assert consumer.handle("m-1", "m-1") is expected
    with closing(ledger(path)) as con:
        assert con.execute("SELECT count(*) FROM payments").fetchone() == (1,)


def test_idempotent_consumer_rejects():
    with closing(ledger()) as con:
        with pytest.raises(TypeError, match="effect must be callable, got int"):
            IdempotentConsumer(con, 3)
        with pytest.raises(TypeError, match=r"con must be a sqlite3\.Connection, got str"):
            IdempotentConsumer("db", print)
        consumer = IdempotentConsumer(con, lambda con, payload: None)
        for bad in (None, True, 1.5, b"x"):
            with pytest.raises(TypeError, match="message_id must be an int or a str, got"):
                consumer.handle(bad, "")


# Coroutines


async def double(number):
    await asyncio.sleep(0)
    if number < 0:
        raise ValueError("number must not be negative")
    return 2 * number


def test_run_works_inside_a_running_loop():
    async def notebook():
        return run(double(21))

    assert asyncio.run(notebook()) == run(double(21)) == 42
    with pytest.raises(ValueError, match="must not be negative"):
        run(double(-1))


def test_run_takes_a_coroutine():
    for wrong in (double, 3):
        with pytest.raises(TypeError, match="coroutine must be a coroutine, got"):
            run(wrong)
