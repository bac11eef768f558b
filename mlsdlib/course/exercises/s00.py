"""Preface: its exercises and its quiz."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy import stats

from mlsdlib.course.exercises.base import (
    Case,
    Exercise,
    Problem,
    Question,
    Words,
    Wrong,
    attempted,
    same_number,
)

__all__ = ["EXERCISES", "QUESTIONS"]


def verdict(low, high, above):
    """Return "holds", "fails" or "undecided" for a quantity claimed to be above a threshold."""
    if low > above:
        return "holds"
    if high <= above:
        return "fails"
    return "undecided"


def _verdict_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [6.0, 8.0, 5.0]}
    yield {"args": [4.0, 8.0, 5.0]}
    yield {"args": [1.0, 3.0, 5.0]}
    yield {"args": [0.5, 2.0, 1.0]}
    yield {"args": [5.0, 8.0, 5.0]}
    yield {"args": [2.0, 5.0, 5.0]}
    yield {"args": [-3.0, -1.0, -2.0]}
    yield {"args": [-1.5, -1.0, -2.0]}
    for low, width, above in rng.uniform(-3, 3, size=(40, 3)).round(1).tolist():
        yield {"args": [low, low + abs(width), above]}


def _judge_verdict(case: Case, result: object) -> Problem | None:
    low, high, above = case["args"]
    expected = verdict(low, high, above)
    if result == expected:
        return None
    if expected == "undecided":
        why = "Part of the interval is above the threshold and part is not: the data allow both."
    elif expected == "holds":
        why = "Even the low end is above the threshold, so no value the data allow is against it."
    else:
        why = "Even the high end is not above the threshold, so no value the data allow is for it."
    if result not in ("holds", "fails", "undecided"):
        why += ' The answer must be "holds", "fails" or "undecided".'
    return Problem(expected, why)


def paired_interval(a, b):
    """Return (mean, low, high): the mean of a - b with its 95-percent t interval."""
    differences = np.asarray(a) - np.asarray(b)
    n = len(differences)
    mean = differences.mean()
    half = stats.t.ppf(0.975, n - 1) * differences.std(ddof=1) / math.sqrt(n)
    return mean, mean - half, mean + half


def _paired_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[10.0, 20.0, 30.0], [9.0, 18.5, 28.5]]}
    yield {"args": [[1.0, 2.0], [3.0, 5.0]]}
    yield {"args": [[5.0, 5.0, 5.0, 5.0], [4.0, 6.0, 4.0, 5.0]]}
    for size in rng.integers(3, 30, size=15):
        days = rng.normal(20, 10, size)
        a, b = days + rng.normal(2, 1, size), days
        yield {"args": [a.round(2).tolist(), b.round(2).tolist()]}


def _call_paired(fn, case: Case) -> object:
    a, b = (np.asarray(values) for values in case["args"])
    result = attempted(fn(a, b))
    if isinstance(result, (tuple, list, np.ndarray)):
        return [float(x) if isinstance(x, (int, float, np.number)) else x for x in result]
    return result


def _judge_paired(case: Case, result: object) -> Problem | None:
    expected = [float(x) for x in paired_interval(*case["args"])]
    shown = Words("({:.4f}, {:.4f}, {:.4f})".format(*expected))
    if not isinstance(result, list) or len(result) != 3:
        return Problem(shown, "The answer must be three numbers: (mean, low, high).")
    if all(
        same_number(got, want, tolerance=1e-6) for got, want in zip(result, expected, strict=True)
    ):
        return None
    mean, low, high = expected
    numbers = [x for x in result if isinstance(x, float)]
    if len(numbers) == 3 and np.allclose(sorted(numbers), sorted(expected), rtol=1e-6):
        return Problem(shown, "The numbers are right, in another order: (mean, low, high).")
    if not same_number(result[0], mean, tolerance=1e-6):
        return Problem(shown, "The mean must be that of a - b, pair by pair.")
    got, want = (result[2] - result[1]) / 2, (high - low) / 2
    if not same_number(result[1] + result[2], low + high, tolerance=1e-6):
        return Problem(shown, "The interval must reach equally far to both sides of the mean.")
    a, b = map(np.asarray, case["args"])
    welch = math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    if got > want and got > 1.9 * welch:
        why = "This is the width for two unrelated samples: take the spread of the differences."
    elif got > 1.2 * want * math.sqrt(len(a)) / 2:
        why = "The standard error of a mean shrinks with the square root of the number of pairs."
    else:
        why = (
            "The width is a quantile of Student's t with n - 1 degrees of freedom, times the "
            "standard deviation (divisor n - 1), over the square root of n."
        )
    return Problem(shown, why)


def _welch_width(a, b):
    mean = np.mean(a) - np.mean(b)
    half = 1.96 * math.sqrt(np.var(a, ddof=1) / len(a) + np.var(b, ddof=1) / len(b))
    return mean, mean - half, mean + half


def _normal_width(a, b):
    d = np.asarray(a) - np.asarray(b)
    half = 1.96 * d.std(ddof=1) / math.sqrt(len(d))
    return d.mean(), d.mean() - half, d.mean() + half


def _spread_of_one(a, b):
    d = np.asarray(a) - np.asarray(b)
    half = stats.t.ppf(0.975, len(d) - 1) * d.std(ddof=1)
    return d.mean(), d.mean() - half, d.mean() + half


def sample_size(sd_a, sd_b, effect, threshold):
    """Return how many observations a group the rule needs to say "holds" in 80 of 100 runs."""
    margin = effect - threshold
    if margin <= 0:
        return None
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.80)
    return math.ceil(z**2 * (sd_a**2 + sd_b**2) / margin**2)


def _size_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [40.0, 40.0, 5.0, 1.0]}
    yield {"args": [10.0, 30.0, 2.0, 0.0]}
    yield {"args": [10.0, 10.0, 1.0, 1.0]}
    yield {"args": [10.0, 10.0, 0.5, 1.0]}
    yield {"args": [5.0, 5.0, -1.0, -2.0]}
    for sd_a, sd_b, effect, margin in rng.uniform(1, 20, size=(20, 4)).round(2).tolist():
        sign = 1 if margin < 16 else -1
        # The normal quantiles need a sample that is not tiny.
        yield {"args": [4 * sd_a + 20, 4 * sd_b + 20, effect + sign * margin / 2, effect]}


def _judge_size(case: Case, result: object) -> Problem | None:
    expected = sample_size(*case["args"])
    if expected is None:
        if result is None:
            return None
        return Problem(
            None, "The effect is not beyond the threshold: no sample is large enough, say None."
        )
    sd_a, sd_b, effect, _ = case["args"]
    # Quantiles are often rounded, and exact methods differ a little: half a percent is right.
    near = isinstance(result, (int, float, np.number)) and same_number(
        result, expected, tolerance=0.005
    )
    if near and float(result).is_integer():
        return None
    if near:
        return Problem(expected, "A number of observations is whole: round up, with math.ceil.")
    if same_number(result, sample_size(sd_a, sd_b, effect, 0.0), tolerance=0.01):
        why = "What must be found is the distance to the threshold, not to zero."
    elif same_number(result, expected * 1.96**2 / 7.849, tolerance=0.02):
        why = "With 1.96 alone the rule succeeds in half the runs: add the quantile of the power."
    else:
        why = "n = (z_interval + z_power)² · (variance of a + variance of b) / margin²."
    return Problem(expected, why)


EXERCISES = (
    Exercise(
        id="0-e1",
        name="verdict",
        reference=verdict,
        cases=_verdict_cases,
        judge=_judge_verdict,
        hints=(
            "The interval holds the values that the data allow. Ask whether all of them agree.",
            "Two comparisons decide: one with the low end, one with the high end.",
            'low > above gives "holds"; high <= above gives "fails"; what is left?',
        ),
        wrong=(
            Wrong(
                "the middle decides",
                lambda low, high, above: "holds" if (low + high) / 2 > above else "fails",
                "allow both",
            ),
            Wrong(
                "not proved is disproved",
                lambda low, high, above: "holds" if low > above else "fails",
                "allow both",
            ),
            Wrong(
                "significance alone",
                lambda low, high, above: (
                    "holds" if low > 0 else "fails" if high <= 0 else "undecided"
                ),
                "the threshold",
            ),
            Wrong(
                "the threshold counts as above",
                lambda low, high, above: (
                    "holds" if low >= above else "fails" if high < above else "undecided"
                ),
                "allow both",
            ),
        ),
        note="The rule never says how likely a claim is: it says what the data rule out.",
    ),
    Exercise(
        id="0-e2",
        name="paired_interval",
        reference=paired_interval,
        cases=_paired_cases,
        judge=_judge_paired,
        call=_call_paired,
        hints=(
            "Once each pair is one difference, this is the interval of a single mean.",
            "Take d = a - b, its mean, and its standard deviation with divisor n - 1.",
            "half = stats.t.ppf(0.975, n - 1) * d.std(ddof=1) / math.sqrt(n)",
        ),
        wrong=(
            Wrong("unpaired width", _welch_width, "unrelated samples"),
            Wrong("normal quantile", _normal_width, "Student's t"),
            Wrong("spread of one pair", _spread_of_one, "square root of the number of pairs"),
            Wrong("b minus a", lambda a, b: paired_interval(b, a), "pair by pair"),
        ),
        note="Pairs must be independent of each other: folds that share training rows are not.",
    ),
    Exercise(
        id="0-e3",
        name="sample_size",
        reference=sample_size,
        cases=_size_cases,
        judge=_judge_size,
        hints=(
            "The rule succeeds when the estimate lies beyond the threshold by more than half an "
            "interval. Noise moves the estimate; leave room for that too.",
            "The half interval is z(0.975) standard errors, the room for 80 of 100 is z(0.80) "
            "more. Both together must fit between the threshold and the effect.",
            "(z1 + z2) * sqrt((sd_a**2 + sd_b**2) / n) = effect - threshold. Solve for n.",
        ),
        wrong=(
            Wrong(
                "the threshold forgotten",
                lambda sd_a, sd_b, effect, threshold: sample_size(sd_a, sd_b, effect, 0.0),
                "not to zero",
            ),
            Wrong(
                "half the runs",
                lambda sd_a, sd_b, effect, threshold: (
                    math.ceil(1.96**2 * (sd_a**2 + sd_b**2) / (effect - threshold) ** 2)
                    if effect > threshold
                    else None
                ),
                "half the runs",
            ),
            Wrong(
                "blind to the direction",
                lambda sd_a, sd_b, effect, threshold: (
                    math.ceil(7.849 * (sd_a**2 + sd_b**2) / (effect - threshold) ** 2)
                    if effect != threshold
                    else None
                ),
                "no sample is large enough",
            ),
            Wrong(
                "one group's spread",
                lambda sd_a, sd_b, effect, threshold: (
                    math.ceil(7.849 * 2 * sd_a**2 / (effect - threshold) ** 2)
                    if effect > threshold
                    else None
                ),
                "variance of b",
            ),
        ),
        note="It trusts that means are nearly normal; with heavy tails run a simulation as well.",
    ),
)

QUESTIONS = (
    Question(
        id="0-q1",
        text='A claim reads "above 5", and the interval is [4.6, 9.8]. What is the verdict?',
        options={
            "a": "holds: the middle of the interval is above 5",
            "b": "fails: the low end is not above 5",
            "c": "undecided: the data allow values on both sides of 5",
        },
        answer="c",
        why={
            "a": "The middle is the best guess, but the data allow values below 5 too.",
            "b": "It would fail if the whole interval were below 5. Most of it is above.",
            "c": "More data would narrow the interval and might decide it.",
        },
    ),
    Question(
        id="0-q2",
        text="Why does a claim name a threshold such as 5, and not just zero difference?",
        options={
            "a": "With enough data any difference is told from zero; the threshold asks whether "
            "it matters",
            "b": "A threshold makes the interval narrower",
            "c": "A threshold lets us choose the verdict after the measurement",
        },
        answer="a",
        why={
            "a": "A difference can be certain and useless. The threshold is where a decision "
            "would change.",
            "b": "The interval depends on the data alone.",
            "c": "It is fixed, with its reason, before the measurement. Chosen afterwards it "
            "proves nothing.",
        },
    ),
    Question(
        id="0-q3",
        text="You test ten ideas that do nothing, each on data of its own. An idea looks like a "
        "gain if its whole 95-percent interval lies above zero. How likely is it that none does?",
        options={
            "a": "about 97 in 100",
            "b": "about 78 in 100",
            "c": "certain, since none of them works",
        },
        answer="b",
        why={
            "a": "That is one test. Ten tests have ten chances to go wrong.",
            "b": "An interval lies wholly above the truth with probability 0.025, half of the five "
            "in a hundred that miss. None of ten does with probability 0.975 to the power of ten.",
            "c": "Noise alone produces gains. That is what the experiments above showed.",
        },
    ),
    Question(
        id="0-q4",
        text="Two models are scored on the same 30 days. When does pairing by day help?",
        options={
            "a": "always, since pairing removes all noise",
            "b": "when good and bad days move both models' scores together",
            "c": "only when the two models are equally good",
        },
        answer="b",
        why={
            "a": "It removes what the two share. What they do not share stays.",
            "b": "The shared ups and downs cancel in the difference.",
            "c": "How good they are does not matter; how much their scores share does.",
        },
    ),
    Question(
        id="0-q5",
        text="Function A was timed 100 times, then function B 100 times. A looks 4 percent "
        "slower. What first?",
        options={
            "a": "report it: 100 repeats are plenty",
            "b": "take the fastest run of each, it is free of noise",
            "c": "measure again in pairs, A and B in turn",
        },
        answer="c",
        why={
            "a": "Repeats remove noise, not drift: the machine may have slowed down for A only.",
            "b": "The fastest run is the luckiest one, and it has no interval.",
            "c": "What happens to the machine then happens to both.",
        },
    ),
)
