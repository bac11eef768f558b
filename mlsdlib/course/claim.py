"""Claims: a sentence, a measured estimate, a threshold fixed before measuring, and a verdict."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from mlsdlib.course.ids import check_id
from mlsdlib.course.progress import record
from mlsdlib.course.session import SESSION, publish
from mlsdlib.estimate import Estimate

VERDICTS = ("holds", "fails", "undecided")
METADATA_KEY = "mlsdlib.claim"
_CLOCK_UNITS = {"s", "ms", "us", "µs", "ns", "second", "seconds", "minutes", "min", "h"}


def decide(
    estimate: Estimate,
    *,
    above: float | None = None,
    below: float | None = None,
    between: tuple[float, float] | None = None,
) -> str:
    """Return the verdict ``"holds"``, ``"fails"`` or ``"undecided"``.

    A claim holds when the whole interval lies on the claimed side of the threshold, fails when
    the whole interval lies on the other side, and is undecided otherwise. The sides of `above`
    and `below` do not hold the threshold itself; `between` holds both its ends.

    Parameters
    ----------
    estimate : Estimate
        The measured quantity.
    above, below : float
        The threshold; exactly one of `above`, `below` and `between` must be given.
    between : pair of float
        The range ``(low, high)``, ``low < high``.

    Raises
    ------
    TypeError, ValueError
        If not exactly one threshold is given, or it is not a number.

    Examples
    --------
    >>> decide(Estimate(7.0, 6.0, 8.0), above=5)
    'holds'
    >>> decide(Estimate(7.0, 4.0, 8.0), above=5)
    'undecided'
    >>> decide(Estimate(0.0, 0.0, 0.0), above=0)
    'fails'
    """
    given = {"above": above, "below": below, "between": between}
    names = [name for name, threshold in given.items() if threshold is not None]
    if len(names) != 1:
        got = ", ".join(names) or "none"
        raise ValueError(f"exactly one of above, below and between must be given, got {got}")
    low, high = estimate.low, estimate.high
    if between is not None:
        start, end = _range(between)
        holds, fails = start <= low and high <= end, high < start or end < low
    elif above is not None:
        threshold = _number("above", above)
        holds, fails = low > threshold, high <= threshold
    else:
        threshold = _number("below", below)
        holds, fails = high < threshold, low >= threshold
    return "holds" if holds else "fails" if fails else "undecided"


@dataclass(frozen=True)
class Claim:
    """One decided claim: what `mlsd evidence` collects, and what `recap` lists."""

    id: str
    text: str
    verdict: str
    value: float
    low: float
    high: float
    unit: str
    method: str
    n: int
    threshold: str
    parameters: dict[str, object]
    reading: str = ""

    @property
    def line(self) -> str:
        """The stable line a reader sees and nbval compares."""
        verb = "is undecided" if self.verdict == "undecided" else self.verdict
        return f"Claim {self.id} {verb}: {self.text}"

    @property
    def measured(self) -> str:
        """Value, unit and interval, rounded to three digits."""
        if self.method == "exact":
            return f"{self.value:.6g} {self.unit}".strip()
        return str(Estimate(self.value, self.low, self.high, unit=self.unit))

    def _ipython_display_(self) -> None:
        """Show nothing: `claim` has shown the claim already."""


def claim(
    id: str,
    text: str,
    measured: Estimate | float,
    *,
    above: float | None = None,
    below: float | None = None,
    between: tuple[float, float] | None = None,
    exact: bool = False,
    reason: str = "",
    means: Mapping[str, str] | None = None,
) -> Claim:
    """Decide a claim, show its verdict, and return it.

    Parameters
    ----------
    id : str
        The claim's number, for example ``"3.2-1"``.
    text : str
        The claim, one sentence without its full stop.
    measured : Estimate or float
        What was measured. A bare number is taken only with ``exact=True``.
    above, below, between
        The threshold, as in `decide`: fixed before measuring, with its reason in
        ``notebooks/claims.toml``.
    exact : bool
        The number is a count or a deterministic result, without sampling error.
    reason : str
        Why the number is exact; required with ``exact=True``.
    means : mapping, optional
        What each verdict means for the reader: the keys ``holds``, ``fails``, ``undecided``. The
        reading of the verdict obtained is shown, so no prose can contradict the data.

    Raises
    ------
    TypeError
        If `measured` is a bare number without ``exact=True``.
    ValueError
        If the id is malformed, a duration is claimed as such (compare two with
        `mlsdlib.timing.time_ratio`), or a reading is missing.

    Examples
    --------
    >>> _ = claim("0-1", "The ratio is at least 5", Estimate(7.0, 6.0, 8.0), above=5)
    Claim 0-1 holds: The ratio is at least 5
    """
    check_id("claim", id)
    if not isinstance(text, str) or not text.strip() or text.rstrip().endswith("."):
        raise ValueError(f"text must be one sentence without its full stop, got {text!r}")
    estimate = _estimate(measured, exact, reason)
    if estimate.unit in _CLOCK_UNITS and estimate.method != "exact":
        raise ValueError(
            f"measured must not be a duration (unit {estimate.unit!r}): it would describe the "
            "machine; compare two calls with mlsdlib.timing.time_ratio"
        )
    if means is not None and set(means) != set(VERDICTS):
        raise ValueError(f"means must have the keys {', '.join(VERDICTS)}, got {', '.join(means)}")
    verdict = decide(estimate, above=above, below=below, between=between)
    decided = Claim(
        id=id,
        text=text.strip(),
        verdict=verdict,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        unit=estimate.unit,
        method=estimate.method,
        n=estimate.n,
        threshold=describe_threshold(above=above, below=below, between=between),
        parameters=dict(SESSION.parameters),
        reading=means[verdict] if means else "",
    )
    SESSION.claims[id] = decided
    _show(decided)
    return decided


def claim_from(facts: Mapping[str, object]) -> Claim:
    """Return the claim that a notebook's output stores under `METADATA_KEY`."""
    ends = {"value": math.inf, "low": -math.inf, "high": math.inf}  # stored as null, see `_finite`
    return Claim(
        **{k: ends[k] if fact is None and k in ends else fact for k, fact in facts.items()}
    )


def limits_of(threshold: str) -> tuple[float, ...]:
    """Return the number or the two numbers of a threshold in words.

    Examples
    --------
    >>> limits_of("above 5"), limits_of("between 0.75 and 0.85")
    ((5.0,), (0.75, 0.85))
    """
    return tuple(float(word) for word in threshold.split()[1:] if word != "and")


def finding(id: str) -> str:
    """Return the reading of a decided claim: a title for the figure that shows it.

    Raises
    ------
    KeyError
        If the claim was not decided in this notebook yet, or has no readings.
    """
    check_id("claim", id)
    decided = SESSION.claims.get(id)
    if decided is None or not decided.reading:
        raise KeyError(f"claim {id} has no reading yet: call claim({id!r}, ..., means=...) first")
    return decided.reading


def describe_threshold(
    *,
    above: float | None = None,
    below: float | None = None,
    between: tuple[float, float] | list[float] | None = None,
) -> str:
    """Return the threshold in words.

    Examples
    --------
    >>> describe_threshold(above=5)
    'above 5'
    """
    if between is not None:
        return f"between {between[0]:.12g} and {between[1]:.12g}"
    return f"above {above:.12g}" if above is not None else f"below {below:.12g}"


def _estimate(measured: Estimate | float, exact: bool, reason: str) -> Estimate:
    if isinstance(measured, Estimate):
        if exact:
            raise TypeError("measured must be a bare number with exact=True, got an Estimate")
        return measured
    if not exact:
        raise TypeError(
            "measured must be an Estimate (a value with its interval), got "
            f"{type(measured).__name__}; for a count or a deterministic result say exact=True "
            "and give the reason"
        )
    if not isinstance(reason, str) or not reason.strip():
        raise ValueError("reason must say why the number is exact, got an empty string")
    return Estimate(measured, measured, measured, method="exact")


def _number(name: str, threshold: object) -> float:
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)):
        raise TypeError(f"{name} must be a number, got {threshold!r}")
    if math.isnan(threshold):
        raise ValueError(f"{name} must not be NaN")
    return float(threshold)


def _range(between: object) -> tuple[float, float]:
    if not isinstance(between, (tuple, list)) or len(between) != 2:
        raise TypeError(f"between must be a pair (low, high), got {between!r}")
    start, end = (_number("between", end) for end in between)
    if not start < end:
        raise ValueError(f"between must be a pair low < high, got {between!r}")
    return start, end


def _show(decided: Claim) -> None:
    guess = SESSION.guesses.get(decided.id)
    value = f"measured {decided.measured}, claimed {decided.threshold}"
    if guess is not None:
        value += f"; your guess was {guess:.3g}"
        record(
            "measured",
            decided.id,
            guess=guess,
            value=_finite(decided.value),
            low=_finite(decided.low),
            high=_finite(decided.high),
        )
    facts = asdict(decided)
    facts.update({name: _finite(facts[name]) for name in ("value", "low", "high")})
    rich = (
        f"<p><b>Claim {decided.id} {_verb(decided)}:</b> {html.escape(decided.text)}<br>"
        f'<span class="mlsd-value">{html.escape(value)}</span></p>'
    )
    publish({"text/plain": decided.line, "text/html": rich}, {METADATA_KEY: facts})
    if decided.reading:
        publish({"text/plain": decided.reading, "text/markdown": f"*{decided.reading}*"})


def _verb(decided: Claim) -> str:
    return "is undecided" if decided.verdict == "undecided" else decided.verdict


def _finite(number: float) -> float | None:
    """JSON has no infinity: an open end of an interval is stored as null."""
    return number if math.isfinite(number) else None
