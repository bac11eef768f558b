"""Exercise 9.2-e8: Thompson sampling."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, attempted

__all__ = ["EXERCISE"]

_PULLS = 1_000


def thompson(s, f, rng):
    """Return the arm to pull next."""
    draws = [rng.beta(1 + won, 1 + lost) for won, lost in zip(s, f, strict=True)]
    return draws.index(max(draws))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for s, f in (
        ([20, 5], [10, 25]),  # the first is better for nearly certain
        ([0, 0], [0, 0]),  # nothing is known: by lot
        ([2, 2, 2], [3, 3, 3]),  # three alike
        ([0, 0], [5, 0]),  # the second was never tried
        ([15, 1], [1, 0]),  # good for sure, or perhaps better
        ([3, 0], [7, 0]),  # the second was never tried
        ([0, 0], [30, 1]),  # neither has ever won
        ([50, 6], [50, 4]),  # sure and middling, or unsure and perhaps better
        ([10, 0, 4], [90, 0, 46]),
        ([4], [9]),
    ):
        yield {"s": s, "f": f, "seed": int(rng.integers(2**31))}
    for _ in range(3):
        k = int(rng.integers(2, 5))
        s, f = rng.integers(0, 12, (2, k)).tolist()
        yield {"s": s, "f": f, "seed": int(rng.integers(2**31))}


def _call(fn: Callable[..., object], case: Case) -> object:
    """Pull many times before any reward comes, as a batch does."""
    rng, s, f = np.random.default_rng(case["seed"]), [*case["s"]], [*case["f"]]
    pulled = [attempted(fn(s, f, rng)) for _ in range(_PULLS)]
    kinds = [int(arm) if isinstance(arm, (int, np.integer)) else repr(arm) for arm in pulled]
    return {"pulls": [[arm, n] for arm, n in Counter(kinds).items()],
            "kept": s == case["s"] and f == case["f"]}  # fmt: skip


def _judge(case: Case, result: object) -> Problem | None:
    share = _best(case["s"], case["f"])
    said = ", ".join(f"{p:.0%}" for p in share)
    expected = Words(f"arms pulled in about {said} of {_PULLS:,} calls")
    pulls = dict(result["pulls"])
    if not all(isinstance(arm, int) and 0 <= arm < len(share) for arm in pulls):
        return Problem(expected, "Return the number of an arm, counted from 0.")
    if not result["kept"]:
        return Problem(expected, "Do not change s and f: rewards that are not known yet are in "
                                 "neither.")  # fmt: skip
    found = np.array([pulls.get(arm, 0) / _PULLS for arm in range(len(share))])
    off = np.abs(found - share) > 5 * np.sqrt(share * (1 - share) / _PULLS) + 0.002
    if not off.any():
        return None
    if len(pulls) == 1:
        why = (
            "In many calls with the same s and f it pulls the same arm: draw anew, from rng, for "
            "each arm and in each call. A batch of customers would all get the same."
        )
    elif len(set(zip(case["s"], case["f"], strict=True))) == 1:
        why = "Arms of which the same is known must be pulled equally often."
    elif any(a + b == 0 for a, b in zip(case["s"], case["f"], strict=True)):
        why = (
            "An arm that was never tried may have any rate, all equally likely: Beta(1, 1). Add 1 "
            "to its successes and 1 to its failures."
        )
    else:
        why = (
            "Each arm must be pulled as often as it is likely to be the best. Draw a rate for each "
            "from Beta(1 + successes, 1 + failures), independently, and take the highest."
        )
    return Problem(expected, why)


def _best(s: list[int], f: list[int]) -> np.ndarray:
    """Return the probability of each arm to be the best, by integration."""
    from scipy.stats import beta

    x = (np.arange(4_000) + 0.5) / 4_000
    arms = [beta(1 + won, 1 + lost) for won, lost in zip(s, f, strict=True)]
    below = np.array([arm.cdf(x) for arm in arms])
    found = np.array([
        (arm.pdf(x) * np.delete(below, k, axis=0).prod(axis=0)).mean() for k, arm in enumerate(arms)
    ])  # fmt: skip
    return np.clip(found / found.sum(), 0, 1)


def _show(name: str, case: Case) -> str:
    return f"{_PULLS:,} times {name}({case['s']}, {case['f']}, rng)"


def _greedy(s, f, rng):
    means = [(1 + won) / (2 + won + lost) for won, lost in zip(s, f, strict=True)]
    return means.index(max(means))


def _trials_for_failures(s, f, rng):
    draws = [rng.beta(1 + won, 1 + won + lost) for won, lost in zip(s, f, strict=True)]
    return draws.index(max(draws))


def _no_prior(s, f, rng):
    draws = [rng.beta(won + 0.01, lost + 0.01) for won, lost in zip(s, f, strict=True)]
    return draws.index(max(draws))


def _by_mean(s, f, rng):
    means = np.array([(1 + won) / (2 + won + lost) for won, lost in zip(s, f, strict=True)])
    return int(rng.choice(len(s), p=means / means.sum()))


def _seeded(s, f, rng):
    return thompson(s, f, np.random.default_rng(0))


def _epsilon(s, f, rng):
    return _greedy(s, f, rng) if rng.random() > 0.1 else int(rng.integers(len(s)))


def _counts_at_once(s, f, rng):
    arm = thompson(s, f, rng)
    f[arm] += 1
    return arm


EXERCISE = Exercise(
    id="9.2-e8",
    name="thompson",
    reference=thompson,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "What is known of an arm is a distribution of rates, not a rate. Pretend that one draw "
        "from it is the truth.",
        "rng.beta(1 + successes, 1 + failures) draws a rate that fits what was seen of an arm, if "
        "all rates were equally likely before.",
        "draws = [rng.beta(1 + a, 1 + b) for a, b in zip(s, f)]; return draws.index(max(draws))",
    ),
    wrong=(
        Wrong("greedy", _greedy, "draw anew"),
        Wrong("its own seed", _seeded, "draw anew"),
        Wrong("trials for failures", _trials_for_failures, "as often as it is likely"),
        Wrong("no prior", _no_prior, "never tried may have any rate"),
        Wrong("in proportion to the mean", _by_mean, "as often as it is likely"),
        Wrong("epsilon-greedy", _epsilon, "as often as it is likely"),
        Wrong("counts at once", _counts_at_once, "Do not change s and f"),
    ),
    equivalent=dict.fromkeys(
        (
            "thompson: `zip(s, f, strict=True)` -> `zip(s, f)`",
            "thompson: `strict=True` -> `strict=False`",
        ),
        "both lists have one entry an arm",
    ),
    note="A flat prior believes that a click rate of 0.9 is as likely as one of 0.05. Where rates "
    "are low, Beta(1, 19) wastes fewer customers; a confident prior that is wrong wastes many.",
)
