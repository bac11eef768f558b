"""Exercise 6.1-e6: a name for a run."""

from __future__ import annotations

import builtins
import hashlib
import json
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, attempted

__all__ = ["EXERCISE"]


def run_id(config, data):
    """Return a text that is the same for the same configuration and data, else another."""
    text = json.dumps(config, sort_keys=True)
    return hashlib.sha256(text.encode() + b"\0" + data).hexdigest()


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    small = {"depth": 3, "rate": 0.1}
    yield {"runs": [[small, "a,b\n1,2\n"], [small, "a,b\n1,2\n"]]}
    yield {"runs": [[small, "a"], [{"rate": 0.1, "depth": 3}, "a"]]}  # order of keys
    yield {"runs": [[small, "a,b\n1,2\n"], [small, "a,b\n1,3\n"]]}  # one byte
    yield {"runs": [[small, "a,b\n"], [small, "a,b"], [small, ""]]}
    yield {"runs": [[small, "1\n2\n3\n"], [small, "3\n2\n1\n"]]}  # order of rows
    yield {"runs": [[{"depth": 3}, "a"], [{"depth": 4}, "a"], [{"width": 3}, "a"], [{}, "a"]]}
    yield {"runs": [[{"rate": 0.1}, "a"], [{"rate": 0.10000000000000002}, "a"]]}
    yield {"runs": [[{"rate": 0.3}, "a"], [{"rate": 0.1 + 0.2}, "a"], [{"rate": 3e-1}, "a"]]}
    yield {"runs": [[{"a": "1"}, "a"], [{"a": 1}, "a"], [{"a": None}, "a"], [{"a": "None"}, "a"]]}
    yield {"runs": [[{"a": 1, "b": 2}, "a"], [{"a": 2, "b": 1}, "a"], [{"ab": 12}, "a"]]}
    yield {"runs": [[{"opt": {"x": 1, "y": 2}}, "a"], [{"opt": {"y": 2, "x": 1}}, "a"]]}  # nested
    yield {"runs": [[{"layers": [8, 4]}, "a"], [{"layers": [4, 8]}, "a"], [{"layers": [84]}, "a"]]}
    yield {"runs": [[{"a": 1}, "b"], [{"a": 1, "b": 1}, ""], [{}, "a1b"]]}
    yield {"runs": [[{}, 'x{"a": 1}'], [{"a": 1}, "x"], [{"a": 1}, "{}x"]]}
    for _ in range(10):
        names = rng.permutation(list("abcdefgh"))[:4].tolist()
        config = dict(zip(names, rng.normal(0, 1, 4).tolist(), strict=True))
        turned = dict(reversed(config.items()))
        data = "".join(rng.choice(list("01,\n"), 20))
        at = int(rng.integers(20))
        other = data[:at] + ("x" if rng.random() < 0.5 else "") + "y" + data[at + 1 :]
        yield {"runs": [[config, data], [turned, data], [config, other]]}


def _call(fn, case: Case) -> object:
    """Return the ids of all runs, or two lists if they depend on the salt of Python's `hash`."""
    own = builtins.hash
    answers = []
    for mask in (0, 0x2545F4914F6CDD1D):  # as in two processes with a salt each
        builtins.hash = lambda value, mask=mask: own(value) ^ mask
        try:
            found = [attempted(fn(dict(config), data.encode())) for config, data in case["runs"]]
        finally:
            builtins.hash = own
        answers.append([one if isinstance(one, str) else [repr(one)] for one in found])
    one, other = answers
    return one if one == other else {"one process": one, "another": other}


def _show(name: str, case: Case) -> str:
    calls = ", ".join(f"{name}({config!r}, {data.encode()!r})" for config, data in case["runs"])
    return f"the ids {calls}"


def _judge(case: Case, result: object) -> Problem | None:
    if isinstance(result, dict):
        return Problem(
            Words("the same id in every process and at any time"),
            "The id must depend on its inputs only. Python's hash is salted anew in each process; "
            "clocks and random numbers differ, too.",
        )
    if not all(isinstance(one, str) and one for one in result):
        return Problem(Words("a text for each run"), "Return a text.")
    expected = [run_id(config, data.encode()) for config, data in case["runs"]]
    for i, (config, data) in enumerate(case["runs"]):
        for j, (other, other_data) in enumerate(case["runs"][:i]):
            same = expected[i] == expected[j]
            if (result[i] == result[j]) == same:
                continue
            if same:
                why = "The order of keys, also of inner ones, must not matter."
                return Problem(Words(f"the same id for runs {j + 1} and {i + 1}"), why)
            if config == other:
                why = "One byte of the data is another run: hash all of the bytes, in order."
            elif data == other_data:
                why = "Another key or value is another run, however little it differs."
            else:
                why = "What belongs to the configuration must not pass for data: keep them apart."
            return Problem(Words(f"other ids for runs {j + 1} and {i + 1}"), why)
    return None


def _order_of_keys(config, data):
    return hashlib.sha256(json.dumps(config).encode() + b"\0" + data).hexdigest()


def _outer_keys_only(config, data):
    return hashlib.sha256(repr(sorted(config.items())).encode() + b"\0" + data).hexdigest()


def _length_of_data(config, data):
    return run_id(config, str(len(data)).encode())


def _sum_of_data(config, data):
    return run_id(config, str(sum(data)).encode())


def _first_bytes(config, data):
    return run_id(config, data[:4])


def _rounded(config, data):
    plain = {k: round(v, 6) if isinstance(v, float) else v for k, v in config.items()}
    return run_id(plain, data)


def _salted(config, data):
    return str(builtins.hash((json.dumps(config, sort_keys=True), data)))


def _config_alone(config, data):
    return run_id(config, b"")


def _values_as_text(config, data):
    return run_id({key: str(value) for key, value in config.items()}, data)


def _a_number(config, data):
    return int(run_id(config, data), 16)


EXERCISE = Exercise(
    id="6.1-e6",
    name="run_id",
    reference=run_id,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "Bring the configuration into one form that does not depend on the order of its keys, and "
        "hash that together with the data.",
        "json.dumps can sort keys, inner ones as well. hashlib.sha256 takes bytes. Put something "
        "between both parts that JSON never writes.",
        'text = json.dumps(config, sort_keys=True); return hashlib.sha256(text.encode() + b"\\0" + '
        "data).hexdigest()",
    ),
    wrong=(
        Wrong("the order of keys counts", _order_of_keys, "The order of keys"),
        Wrong("only outer keys sorted", _outer_keys_only, "also of inner ones"),
        Wrong("the length of the data", _length_of_data, "One byte of the data"),
        Wrong("the sum of the data", _sum_of_data, "One byte of the data"),
        Wrong("the first bytes", _first_bytes, "One byte of the data"),
        Wrong("rounded numbers", _rounded, "however little"),
        Wrong("salted", _salted, "must depend on its inputs only"),
        Wrong("the configuration alone", _config_alone, "One byte of the data"),
        Wrong("values as text", _values_as_text, "however little"),
        Wrong("a number", _a_number, "Return a text"),
    ),
    note="The library's run_id also hashes arrays and frames, with their types. An id tells runs "
    "apart that were recorded; what nobody wrote into config, it cannot see.",
)
