"""`mlsdlib.evaluation` beside the loops that everybody writes.

Run ``python benchmarks/bench_evaluation.py``. Three pairs: both must find the same, checked first,
and the second must be clearly faster:

- slices of real census rows: pandas' groupby with a test and an interval a slice, beside
  `slice_metrics`. scipy's tail of the hypergeometric distribution is most of what both cost: it is
  slower for larger tables, in a loop or not.
- invariance of a spam filter: a call of `predict` a message, beside one call for all.
- the error of a perfectly calibrated model: outcomes drawn and binned again and again, beside
  `calibration_test`, which draws how many of a bin come true. Both are random: their means and
  bands must agree within what 2,000 draws leave open.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from mlsdlib import datasets
from mlsdlib.evaluation import (
    BehaviourTest,
    CalibrationTest,
    calibration_test,
    invariance_test,
    slice_metrics,
)
from mlsdlib.timing import time_ratio

LEAST = {"slices": 3.0, "invariance": 10.0, "calibration": 2.5}  # at the interval's lower end
DRAWS = 2_000


def show(name: str, slow: Callable, fast: Callable, same: Callable, least: float = 0) -> bool:
    """Print how many times longer `slow` takes; return whether that is as much as promised."""
    ratio = time_ratio(slow, fast, pairs=7, same=same)
    promised = f", at least {least:g} promised" if least else ""
    print(f"  {name:58s} {ratio}{promised}", flush=True)
    return ratio.low >= least


# --- slices ---


def loop_over_slices(frame: pd.DataFrame, wrong: pd.Series, by: list[str]) -> pd.DataFrame:
    """Test every group of every column and pair of columns, one by one."""
    found = []
    total, errors = len(wrong), int(wrong.sum())
    for names in [[name] for name in by] + [list(pair) for pair in combinations(by, 2)]:
        for values, rows in wrong.groupby([frame[name] for name in names], sort=False):
            n, k = len(rows), int(rows.sum())
            if not 30 <= n < total:
                continue
            interval = stats.binomtest(k, n).proportion_ci(method="wilson")
            name = ", ".join(f"{c}={v}" for c, v in zip(names, values, strict=True))
            pvalue = stats.hypergeom.sf(k - 1, total, errors, n)
            found.append((name, n, k, k / n, interval.low, interval.high, pvalue))
    columns = ["slice", "n", "errors", "value", "low", "high", "pvalue"]
    result = pd.DataFrame(found, columns=columns)
    return result.assign(qvalue=stats.false_discovery_control(result["pvalue"]))


def same_slices(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """Return whether two tables agree on every slice."""
    a, b = (table.drop(columns="rest", errors="ignore") for table in (a, b))
    a, b = (table.set_index("slice").sort_index() for table in (a, b))
    return a.index.equals(b.index) and np.allclose(a, b, rtol=1e-9)


def slices(rows: int) -> bool:
    """Compare on a rule of thumb: who is between 25 and 62 and not disabled has work."""
    frame = datasets.load_acs_employment().sample(rows, random_state=np.random.default_rng(0))
    frame = frame.reset_index(drop=True)
    y = frame["employed"]
    p = (frame["AGEP"].between(25, 62) & (frame["DIS"] == 2)).astype(int)
    by = ["SCHL", "MAR", "RELP", "DIS", "CIT", "MIG", "SEX", "RAC1P", "year"]
    wrong = y != p
    n_slices = len(slice_metrics(frame, y, p, by=by))
    return show(
        f"slices: groupby loop / slice_metrics, {n_slices:,} of {rows:,} rows",
        lambda: loop_over_slices(frame, wrong, by),
        lambda: slice_metrics(frame, y, p, by=by),
        same_slices,
        LEAST["slices"],
    )


# --- invariance ---


def add_link(texts: list[str]) -> list[str]:
    """Append what should not matter to whether a message is spam."""
    return [f"{text} http://example.org" for text in texts]


def loop_over_rows(predict: Callable, texts: list[str]) -> list[int]:
    """Return which predictions a link changes."""
    return [i for i, text in enumerate(texts) if predict([text])[0] != predict(add_link([text]))[0]]


def invariance(rows: int) -> bool:
    """Compare on a filter for real text messages."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    messages = datasets.load_sms_spam()
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10))
    model.fit(messages["text"][rows:], messages["label"][rows:])
    texts = messages["text"][:rows].tolist()

    def same(a: list[int], b: BehaviourTest) -> bool:
        return a == b.failed.tolist() and len(a) > 0

    return show(
        f"invariance: call a row / invariance_test, {rows:,} texts",
        lambda: loop_over_rows(model.predict, texts),
        lambda: invariance_test(model.predict, texts, add_link),
        same,
        LEAST["invariance"],
    )


# --- calibration ---


def loop_over_draws(p: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the errors of a perfect model, its outcomes drawn and binned each time."""
    which = np.minimum((p * 15).astype(int), 14)
    n = np.maximum(np.bincount(which, minlength=15), 1)
    mean = np.bincount(which, p, minlength=15) / n
    errors = np.empty(DRAWS)
    for i in range(DRAWS):
        share = np.bincount(which, rng.random(len(p)) < p, minlength=15) / n
        errors[i] = np.abs(share - mean) @ n / len(p)
    return errors


def same_band(drawn: np.ndarray, found: CalibrationTest) -> bool:
    """Return whether two simulations agree within five standard errors."""
    spread = drawn.std()
    band = np.quantile(drawn, [0.025, 0.975])
    mean_agrees = abs(drawn.mean() - found.null_mean) < 5 * spread * (2 / DRAWS) ** 0.5
    # The standard error of these quantiles is about 2.7 spread / sqrt(draws).
    ends_agree = (
        np.abs(band - [found.null_low, found.null_high]) < 5 * 2.7 * spread * (2 / DRAWS) ** 0.5
    )
    return bool(mean_agrees and ends_agree.all())


def calibration(rows: int) -> bool:
    """Compare on probabilities spread evenly."""
    rng = np.random.default_rng(0)
    p = rng.random(rows)
    y = rng.random(rows) < p
    return show(
        f"calibration: draw and bin / calibration_test, {rows:,} rows",
        lambda: loop_over_draws(p, np.random.default_rng(1)),
        lambda: calibration_test(y, p, resamples=DRAWS, rng=2),
        same_band,
        LEAST["calibration"],
    )


def main() -> int:
    """Print the ratios; return 1 if one is below what is promised."""
    print(f"evaluation beside loops; load {os.getloadavg()[0]:.1f}")
    kept = [slices(5_000), slices(50_000), invariance(300)]
    kept += [calibration(rows) for rows in (100, 1_000, 10_000)]
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
