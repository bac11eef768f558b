"""Section 8.2a: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS_KINDS"]

QUESTIONS_KINDS = (
    Question(
        id="8.2-q1",
        text="A new screening programme invites all women over 40. The model was trained on women "
        "who came by themselves. Who has a tumour looks as before, at any age. What is it?",
        options={
            "a": "covariate shift",
            "b": "label shift",
            "c": "concept drift",
        },
        answer="a",
        why={
            "a": "Who comes has changed, P(X). For given inputs the risk is the same.",
            "b": "The share of tumours does fall, but since others are looked at: P(X | Y) moves.",
            "c": "P(Y | X) has stayed.",
        },
    ),
    Question(
        id="8.2-q2",
        text="The inputs have moved. A large network fits the old and the new region well. What do "
        "importance weights do for it?",
        options={
            "a": "much: its error falls by the ratio of the densities",
            "b": "little: they add variance, and it has hardly any bias to lose",
            "c": "they change nothing at all",
        },
        answer="b",
        why={
            "a": "That would need a model that is wrong and has to choose where.",
            "b": "As for the polynomial of degree 7. Look at the effective sample size.",
            "c": "Fewer rows count, so the fit is noisier.",
        },
    ),
    Question(
        id="8.2-q3",
        text="A spam filter's share of spam has doubled since a new campaign; spam and mail look "
        "as before. You have its scores and no new labels. In which order?",
        options={
            "a": "estimate the new share, correct the scores",
            "b": "calibrate on old labels, estimate the new share, correct the scores",
            "c": "retrain on the newest scores as labels",
        },
        answer="b",
        why={
            "a": "The correction multiplies the scores. If they are no probabilities, it harms.",
            "b": "BBSE itself forgives a bias, Bayes' rule does not.",
            "c": "The model would learn its own mistakes.",
        },
    ),
    Question(
        id="8.2-q4",
        text="Inputs pass every test, the mean prediction is as ever. May accuracy have collapsed?",
        options={
            "a": "no: a model is a function of its inputs",
            "b": "yes, if the relation between inputs and labels has changed",
            "c": "only if the tests had too few rows",
        },
        answer="b",
        why={
            "a": "Its predictions are. Whether they are right is decided elsewhere.",
            "b": "No test of X can see P(Y | X). It takes labels, or a proxy of them.",
            "c": "More rows would make them no less blind.",
        },
    ),
    Question(
        id="8.2-q5",
        text="Prices of flats fell in the pandemic, and prices of rides differ at weekends. Both "
        "are concept drift. What is different about the second?",
        options={
            "a": "it comes back: give the model the day of the week, or a model for each",
            "b": "it needs more data of the last week",
            "c": "it is a covariate shift",
        },
        answer="a",
        why={
            "a": "A cyclic drift is an input that the model does not have yet.",
            "b": "Last week's weekdays say little about the weekend.",
            "c": "The same ride at the same hour has another price.",
        },
    ),
)
