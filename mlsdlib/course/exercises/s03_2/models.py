"""Section 3.2b, data models: contradictions, documents of three versions, walks in a graph."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import numpy as np

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    NotAttempted,
    Problem,
    Words,
    Wrong,
    attempted,
    same_number,
)

__all__ = ["EXERCISES"]


# 3.2-e4 --------------------------------------------------------------------------------------


def find_anomalies(rows, lhs, rhs):
    """Return, sorted, the values of column lhs that occur with more than one value of rhs."""
    found = {}
    for row in rows:
        if row[lhs] is not None and row[rhs] is not None:
            found.setdefault(row[lhs], set()).add(row[rhs])
    return sorted(key for key, values in found.items() if len(values) > 1)


def _anomaly_cases(rng: np.random.Generator) -> Iterator[Case]:
    def rows(*pairs):
        return [{"code": code, "name": name} for code, name in pairs]

    yield {"args": [rows(("A", "cup"), ("A", "mug"), ("B", "pen")), "code", "name"]}
    yield {"args": [rows(("A", "cup"), ("A", "cup"), ("B", "cup")), "code", "name"]}
    yield {"args": [rows((None, "cup"), (None, "mug"), ("B", "pen")), "code", "name"]}
    yield {"args": [rows(("A", "cup"), ("A", None)), "code", "name"]}
    yield {"args": [rows(("A", "cup"), ("B", "cup")), "name", "code"]}
    yield {"args": [rows(("B", "x"), ("A", "y"), ("B", "z"), ("A", "w")), "code", "name"]}
    yield {"args": [rows((0, "cup"), (0, ""), (1, "pen")), "code", "name"]}
    yield {"args": [rows(("A", "Cup"), ("A", "cup"), ("B", "pen")), "code", "name"]}
    yield {"args": [[], "code", "name"]}
    for _ in range(25):
        codes = rng.choice(["A", "B", "C", "D", None], size=8).tolist()
        names = rng.choice(["cup", "mug", None], size=8, p=[0.6, 0.25, 0.15]).tolist()
        yield {"args": [rows(*zip(codes, names, strict=True)), "code", "name"]}


def _call_anomalies(fn, case: Case) -> object:
    result = attempted(fn(*case["args"]))
    return list(result) if isinstance(result, (list, tuple, set, np.ndarray)) else result


def _judge_anomalies(case: Case, result: object) -> Problem | None:
    rows, lhs, rhs = case["args"]
    expected = find_anomalies(rows, lhs, rhs)
    if result == expected:
        return None
    if not isinstance(result, list):
        why = "The answer must be a list of left-hand values."
    elif None in result or (set(result) - set(expected) and _has_null(rows, lhs, rhs)):
        why = "A null is unknown: it contradicts nothing, neither on the left nor on the right."
    elif set(result) - set(expected):
        why = "The same value on many rows is no contradiction; two different ones are."
    elif len(result) != len(set(result)) or set(result) == set(expected):
        why = "Give each value once, in sorted order."
    else:
        why = f"Each value of {lhs} must come with one value of {rhs}: find those with several."
    return Problem(expected, why)


def _has_null(rows, lhs, rhs) -> bool:
    return any(row[lhs] is None or row[rhs] is None for row in rows)


def _nulls_count(rows, lhs, rhs):
    found = {}
    for row in rows:
        found.setdefault(row[lhs], set()).add(row[rhs])
    return sorted((k for k, v in found.items() if len(v) > 1), key=str)


def _repeats_count(rows, lhs, rhs):
    keys = [row[lhs] for row in rows if row[lhs] is not None and row[rhs] is not None]
    return sorted({key for key in keys if keys.count(key) > 1})


def _wrong_way_round(rows, lhs, rhs):
    return find_anomalies(rows, rhs, lhs)


# 3.2-e5 --------------------------------------------------------------------------------------


def read_order(document):
    """Return the total of an order, whichever version of the shop's software wrote it."""
    total = 0.0
    for line in json.loads(document)["lines"]:
        quantity = line["qty"] if "qty" in line else line["quantity"]
        total += int(quantity) * float(line["price"])
    return total


def _order_cases(rng: np.random.Generator) -> Iterator[Case]:
    def order(*lines):
        return {"args": [json.dumps({"id": "536365", "lines": list(lines)})]}

    yield order({"quantity": 3, "price": 2.5}, {"quantity": 1, "price": 4.0})
    yield order({"qty": 3, "price": 2.5})
    yield order({"qty": "3", "price": "2.50"})
    yield order({"quantity": 3, "price": 2.5}, {"qty": "2", "price": 1.0})
    yield order({"qty": 0, "price": 2.5}, {"qty": 2, "price": 1.5})
    yield order({"quantity": 0, "price": 2.5}, {"qty": 2, "price": 0})
    yield order({"qty": 3, "price": 0.125})
    yield order({"qty": -1, "price": 2.5})
    yield order({"count": 3, "price": 2.5})
    yield order({"qty": 3})
    yield order({"qty": None, "price": 2.5})
    yield order()
    for _ in range(20):
        lines = []
        for _ in range(int(rng.integers(1, 5))):
            quantity, price = int(rng.integers(1, 20)), round(float(rng.uniform(0.5, 9)), 2)
            version = int(rng.integers(3))
            if version == 0:
                lines.append({"quantity": quantity, "price": price})
            elif version == 1:
                lines.append({"qty": quantity, "price": price})
            else:
                lines.append({"qty": str(quantity), "price": f"{price:.2f}"})
        yield order(*lines)


def _call_order(fn, case: Case) -> object:
    try:
        result = attempted(fn(*case["args"]))
    except NotAttempted:
        raise
    except Exception as err:  # the prompt asks for an error, of any kind
        return {"raised": f"{type(err).__name__}: {err}"}
    return float(result) if isinstance(result, (Decimal, Fraction)) else result


def _judge_order(case: Case, result: object) -> Problem | None:
    expected = _call_order(read_order, case)
    raised = isinstance(result, dict) and "raised" in result
    if isinstance(expected, dict):
        if raised:
            return None
        return Problem(
            Words("an error"),
            "The document lacks what the total needs: a wrong number is worse than an error.",
        )
    if same_number(result, expected, tolerance=1e-6):
        return None
    document = case["args"][0]
    if raised:
        why = "This document is one of the three versions: it must be read."
    elif '"qty": 0' in document or '"quantity": 0' in document:
        why = "Zero is a quantity, not a missing one: test for the key, not for the value."
    elif '"qty": -' in document:
        why = "A line with a negative quantity is a return: it lowers the total."
    elif '"qty"' in document:
        why = "Newer documents call the quantity qty, and some hold numbers as text."
    else:
        why = "Add up quantity times price over the lines."
    return Problem(expected, why)


def _missing_is_zero(document):
    lines = json.loads(document)["lines"]
    return sum(
        int(line.get("qty", line.get("quantity", 0)) or 0) * float(line.get("price", 0))
        for line in lines
    )


def _first_version_only(document):
    return sum(line.get("quantity", 0) * line["price"] for line in json.loads(document)["lines"])


def _zero_is_missing(document):
    lines = json.loads(document)["lines"]
    return sum(int(line.get("qty") or line["quantity"]) * float(line["price"]) for line in lines)


def _numbers_only(document):
    lines = json.loads(document)["lines"]
    return float(sum(line.get("qty", line.get("quantity")) * line["price"] for line in lines))


# 3.2-e6 --------------------------------------------------------------------------------------


def k_hop(adjacency, source, k):
    """Return the set of nodes at most k steps from source, which is at 0 steps from itself."""
    seen = {source}
    frontier = [source]
    for _ in range(k):
        reached = []
        for node in frontier:
            for neighbour in adjacency[node]:
                if neighbour not in seen:
                    seen.add(neighbour)
                    reached.append(neighbour)
        frontier = reached
    return seen


def _graph_cases(rng: np.random.Generator) -> Iterator[Case]:
    ring = {"a": ["b", "e"], "b": ["a", "c"], "c": ["b", "d"], "d": ["c", "e"], "e": ["d", "a"]}
    loop = {"a": ["a", "b"], "b": ["a"], "c": []}
    path = {"a": ["b"], "b": ["c"], "c": ["d"], "d": []}
    detour = {"s": ["a", "b"], "a": ["b"], "b": ["c"], "c": ["d"], "d": []}
    yield {"args": [ring, "a", 1]}
    yield {"args": [ring, "a", 0]}
    yield {"args": [ring, "a", 2]}
    yield {"args": [loop, "a", 3]}
    yield {"args": [loop, "c", 2]}
    yield {"args": [path, "a", 2]}
    yield {"args": [path, "a", 9]}
    yield {"args": [detour, "s", 2]}
    yield {"args": [{**detour, "s": ["b", "a"]}, "s", 2]}
    for _ in range(25):
        nodes = [chr(ord("a") + i) for i in range(int(rng.integers(2, 12)))]
        graph = {
            node: sorted(set(rng.choice(nodes, int(rng.integers(0, 3))).tolist())) for node in nodes
        }
        yield {"args": [graph, str(rng.choice(nodes)), int(rng.integers(0, 5))]}


def _call_graph(fn, case: Case) -> object:
    result = attempted(fn(*case["args"]))
    return sorted(result) if isinstance(result, (set, frozenset, list, tuple)) else result


def _judge_graph(case: Case, result: object) -> Problem | None:
    graph, source, k = case["args"]
    expected = sorted(k_hop(graph, source, k))
    if result == expected:
        return None
    if not isinstance(result, list):
        why = "The answer must be a set of nodes."
    elif source not in result:
        why = "The source is at 0 steps from itself: it belongs to the answer."
    elif len(result) != len(set(result)):
        why = "A node that is reached twice is still one node."
    elif set(result) < set(expected):
        why = f"Nodes within {k} steps are missing; a node may be reached in several ways."
    else:
        why = f"Some of these nodes are further away than k = {k}."
    return Problem(expected, why)


def _without_source(adjacency, source, k):
    return k_hop(adjacency, source, k) - {source}


def _one_step_more(adjacency, source, k):
    return k_hop(adjacency, source, k + 1)


def _last_ring_only(adjacency, source, k):
    inner = k_hop(adjacency, source, k - 1) if k else set()
    return (k_hop(adjacency, source, k) - inner) | {source}


def _depth_first(adjacency, source, k):
    seen = set()

    def visit(node, left):
        seen.add(node)
        for neighbour in adjacency[node] if left else ():
            if neighbour not in seen:
                visit(neighbour, left - 1)

    visit(source, k)
    return seen


EXERCISES = (
    Exercise(
        id="3.2-e4",
        name="find_anomalies",
        reference=find_anomalies,
        cases=_anomaly_cases,
        judge=_judge_anomalies,
        call=_call_anomalies,
        hints=(
            "If a code decides the name, then each code comes with one name. Look for codes that "
            "come with several.",
            "Collect the set of names of each code. Leave out rows in which either is None.",
            "found.setdefault(row[lhs], set()).add(row[rhs]), then keep the keys whose set has "
            "more than one member, sorted.",
        ),
        wrong=(
            Wrong("nulls contradict", _nulls_count, "A null is unknown"),
            Wrong("repetition is contradiction", _repeats_count, "no contradiction"),
            Wrong("right decides left", _wrong_way_round, "find those with several"),
        ),
        note="mlsdlib.relational.find_anomalies does it on a data frame, with compound keys.",
    ),
    Exercise(
        id="3.2-e5",
        name="read_order",
        reference=read_order,
        cases=_order_cases,
        judge=_judge_order,
        call=_call_order,
        hints=(
            "The store accepts any document, so the reader holds the schema: all versions of it.",
            "For each line find the quantity under its new or its old name, then convert text to "
            "numbers. Let a missing field raise.",
            'line["qty"] if "qty" in line else line["quantity"], then int(...) and float(...).',
        ),
        wrong=(
            Wrong("missing is zero", _missing_is_zero, "worse than an error"),
            Wrong("the first version only", _first_version_only, "call the quantity qty"),
            Wrong("zero is missing", _zero_is_missing, "must be read"),
            Wrong("numbers only", _numbers_only, "must be read"),
        ),
        note="Every old version stays in the reader until the last old document is rewritten.",
    ),
    Exercise(
        id="3.2-e6",
        name="k_hop",
        reference=k_hop,
        cases=_graph_cases,
        judge=_judge_graph,
        call=_call_graph,
        hints=(
            "Walk in rings: from the nodes reached last, look at all their neighbours.",
            "Keep two things: the set of all nodes seen, and the list of those seen in the last "
            "step. Repeat k times.",
            "For each neighbour not in seen: add it to seen and to the next ring. The set stops "
            "cycles.",
        ),
        wrong=(
            Wrong("the source is left out", _without_source, "0 steps from itself"),
            Wrong("one step too many", _one_step_more, "further away"),
            Wrong("only the last ring", _last_ring_only, "are missing"),
            Wrong("depth first, each node once", _depth_first, "reached in several ways"),
        ),
        note="mlsdlib.graphs.k_hop is this walk; it also refuses an unknown source.",
    ),
)
