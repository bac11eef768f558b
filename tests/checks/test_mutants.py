"""The instrument that measures checks: mutants, the time limit, and the assessment."""

import time
from dataclasses import replace

import pytest

from mlsdlib.course.exercises.base import Exercise, Problem, Wrong, same_number
from mlsdlib.course.source import solution_source
from tests.checks.mutants import mutants
from tests.checks.trial import TimeUp, assess, define, passes, time_limit


def descriptions(body, signature="x, y"):
    source = f"def f({signature}):\n    " + body.replace("\n", "\n    ")
    return {mutant.description.removeprefix("f: ") for mutant in mutants(source)}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return x < y", {"`x < y` -> `x >= y`", "`x < y` -> `x <= y`"}),
        ("return x in y", {"`x in y` -> `x not in y`"}),
        ("return x < y == 3", {"`x < y == 3` -> `x < y != 3`", "`x < y == 3` -> `x < y == 4`"}),
        ("return x + y", {"`x + y` -> `x - y`"}),
        ("return x * y", {"`x * y` -> `x`", "`x * y` -> `y`"}),
        ("return x / y", {"`x / y` -> `x`"}),
        ("return x[3]", {"`x[3]` -> `x[4]`", "`x[3]` -> `x[2]`"}),
        ("return x and y", {"`x and y` -> `x or y`"}),
        ("return not x", {"`not x` -> `x`"}),
        ("return -x", {"`-x` -> `x`"}),
        ("return True", {"`return True` -> `return False`"}),
        ("return min(x)", {"`min(x)` -> `max(x)`"}),
        ("return x.argmax()", {"`x.argmax` -> `x.argmin`"}),
        ("return g(x, axis=0)", {"`axis=0` -> `axis=1`", "`g(x, axis=0)` -> `g(x)`"}),
        ("return g(x, weights=y)", {"`g(x, weights=y)` -> `g(x)`"}),
        ("return x[y:]", {"`y:` -> `:`", "`y:` -> `y + 1:`"}),
        ("return x[:y]", {"`:y` -> `:`", "`:y` -> `:y + 1`"}),
        ("if x:\n    y()", {"`if x: y()` -> `if x: pass`"}),
        ("for i in x: y(i)", {"`for i in x: y(i)` -> `for i in x: pass`",
                              "`for i in x: y(i)` -> `for i in x: y(i) break`"}),
        ("while x: break", {"`break` -> `continue`"}),
        ("z = x\nreturn z", {"`z = x` -> `pass`", "`return z` -> `return`"}),
    ],
)  # fmt: skip
def test_every_kind_of_mistake_is_made(body, expected):
    assert expected <= descriptions(body)


def test_nothing_is_mutated_that_does_not_run():
    source = (
        'import numpy as np\n\n\ndef f(x: "tuple[1, 2]") -> "3":\n    """Return 4 + 5."""\n'
        "    if x:\n        raise ValueError(f'{x + 1} of {min(2, 3)}')\n"
    )
    made = [mutant.description for mutant in mutants(source)]
    assert len(made) == 1
    assert made[0].startswith("f: `if x: raise")


def test_mutants_differ_from_the_source_and_from_each_other_and_are_python():
    source = solution_source(median, "median")
    made = mutants(source)
    assert len({mutant.source for mutant in made} | {source}) == len(made) + 1
    assert len({mutant.description for mutant in made}) == len(made)
    for mutant in made:
        compile(mutant.source, "<mutant>", "exec")
        assert "\n" not in mutant.description


def test_the_same_words_are_numbered():
    assert {"`x + 1` -> `x - 1`", "`x + 1` -> `x - 1` #2"} <= descriptions("return x + 1, x + 1")


def median(values):
    """Return the median of some numbers."""
    ordered = sorted(values)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    while half > len(ordered):
        half = half - 1
    return (ordered[half - 1] + ordered[half]) / 2


def median_cases(rng):
    yield {"args": [[3.0, 1.0, 2.0]]}
    yield {"args": [[4.0, 1.0]]}
    for size in rng.integers(1, 9, size=10):
        yield {"args": [rng.normal(size=size).tolist()]}


def judge_median(case, result):
    expected = median(*case["args"])
    return None if same_number(result, expected) else Problem(expected, "Sort, take the middle.")


MEDIAN = Exercise(
    id="9.9-e1",
    name="median",
    reference=median,
    cases=median_cases,
    judge=judge_median,
    hints=("a", "b", "c"),
    wrong=(Wrong("mean", lambda values: sum(values) / len(values), "Sort"),) * 3,
    note="It sorts.",
)
LOOP = "while half > len(ordered): half = half - 1"
NEVER_RUNS = [
    f"median: `{LOOP}` -> `while half > len(ordered): pass`",
    f"median: `{LOOP}` -> `{LOOP} break`",
    "median: `half > len(ordered)` -> `half >= len(ordered)`",
    "median: `half - 1` -> `half + 1`",
    "median: `half - 1` -> `half - 2`",
    "median: `half - 1` -> `half - 0`",
]


def test_assessment_names_the_mutants_that_no_case_catches():
    found = assess(MEDIAN)
    assert sorted(found.survivors) == sorted(NEVER_RUNS)
    assert found.equivalent == found.stale == []
    assert found.caught > 10
    assert found.share == found.caught / (found.caught + len(NEVER_RUNS))


def test_equivalent_mutants_are_not_counted_and_stale_ones_are_told():
    listed = dict.fromkeys(NEVER_RUNS, "the loop never runs")
    stale = "median: `half - 1` -> `half * 1`"
    found = assess(replace(MEDIAN, equivalent=listed | {stale: "gone"}))
    assert found.survivors == []
    assert sorted(found.equivalent) == sorted(NEVER_RUNS)
    assert found.stale == [stale]
    assert found.share == 1.0


def test_a_mutant_that_is_caught_is_not_equivalent():
    caught = "median: `return ordered[half]` -> `return`"
    assert assess(replace(MEDIAN, equivalent={caught: "wrong"})).stale == [caught]


def test_a_check_that_accepts_anything_catches_only_what_breaks_down():
    found = assess(replace(MEDIAN, judge=lambda case, result: None))
    assert found.share < 0.7


def test_a_reference_that_does_not_pass_is_an_error():
    with pytest.raises(AssertionError, match=r"9\.9-e1 does not pass as a cell"):
        assess(replace(MEDIAN, judge=lambda case, result: Problem(1, "no")))


@pytest.mark.parametrize(
    "source",
    [
        "def median(values):\n    while True:\n        pass",
        "def median(values):\n    while True:\n        try:\n            while True: pass\n"
        "        except Exception: pass",
        "while True:\n    pass",
        "1 / 0",
        "def mean(values): return 1",
    ],
    ids=["endless", "endless and deaf", "endless cell", "broken cell", "other name"],
)
def test_what_never_answers_does_not_pass(source):
    start = time.process_time()
    assert not passes(MEDIAN, source, seconds=0.2)
    assert time.process_time() - start < 2


def test_a_warning_is_no_error_to_a_function_on_trial():
    source = "import warnings\n" + solution_source(median, "median").replace(
        "    half =", "    warnings.warn('beware')\n    half =", 1
    )
    assert passes(MEDIAN, source, seconds=1)
    with pytest.raises(UserWarning, match="beware"):
        define(source, "median")([1.0])


def test_a_judge_that_breaks_down_is_an_error_of_the_exercise():
    broken = replace(MEDIAN, judge=lambda case, result: None if result > 1 else Problem(1, "no"))
    with pytest.raises(TypeError, match="NoneType"):
        passes(broken, "def median(values): return None", seconds=1)


def work(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_time_limit_ends_work_and_ends_with_its_block():
    with pytest.raises(TimeUp), time_limit(0.05):
        work(5)
    with time_limit(0.05):
        work(0.01)
    work(0.2)
