"""Predictions: the reader commits to a number before running the experiment."""

from __future__ import annotations

import math

from mlsdlib.course.ids import check_id
from mlsdlib.course.progress import record
from mlsdlib.course.session import SESSION


def predict(id: str, question: str, *, guess: float | None = None) -> None:
    """Ask the reader for a guess; the claim of the same id will show it beside the measurement.

    Nothing waits for an answer: without a guess the notebook runs on.

    Parameters
    ----------
    id : str
        The claim that the question is about.
    question : str
        What to guess, and in which unit.
    guess : float, optional
        The reader's number.

    Raises
    ------
    TypeError, ValueError
        If the guess is not a finite number, or the id is not a claim's.

    Examples
    --------
    >>> predict("0-1", "How many times faster?", guess=10)
    Predict 0-1: How many times faster?
    Your guess is 10. Run on and compare.
    """
    check_id("claim", id)
    if not isinstance(question, str) or not question.strip():
        raise ValueError(f"question must be a sentence, got {question!r}")
    print(f"Predict {id}: {question}")
    if guess is None:
        SESSION.guesses.pop(id, None)
        print("Put a number in guess=..., run this cell again, then run on.")
        return
    if isinstance(guess, bool) or not isinstance(guess, (int, float)):
        raise TypeError(f"guess must be a number, got {guess!r}")
    if not math.isfinite(guess):
        raise ValueError(f"guess must be finite, got {guess!r}")
    SESSION.guesses[id] = float(guess)
    record("guess", id, guess=float(guess))
    print(f"Your guess is {guess:.3g}. Run on and compare.")
