"""Section 6.1a, model selection: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="6.1-q1",
        text="A new model forecasts sales for each of the next 14 days. In a test on randomly held "
        "out days it beats 'the same as yesterday'. What do you ask for?",
        options={
            "a": "nothing: it beats the baseline on data that it has not seen",
            "b": "a test on days after training, against the same weekday of the last known week, "
            "and against the forecast in use",
            "c": "a zero-rule baseline, since yesterday is too strong",
        },
        answer="b",
        why={
            "a": "The neighbours of each held-out day were in training, and nobody knows yesterday "
            "14 days ahead.",
            "b": "The test must look like the use, and the baselines must respect the horizon. "
            "What is in use has to be beaten, too.",
            "c": "A weaker baseline proves less.",
        },
    ),
    Question(
        id="6.1-q2",
        text="A tool for AutoML tries 500 pipelines on your 400 validation rows and reports its "
        "best score. Which number may go into the decision?",
        options={
            "a": "the reported score: the search used validation rows only",
            "b": "the mean score of the 500",
            "c": "the winner's score on rows that no choice has seen, once",
        },
        answer="c",
        why={
            "a": "Being the luckiest of 500 is part of how it won. That part does not repeat.",
            "b": "That is nearly unbiased for a pipeline drawn blindly, but that is not the one "
            "you ship.",
            "c": "An outer test, or nested cross-validation, also pays for the choosing. Used "
            "again and again it becomes validation itself.",
        },
    ),
    Question(
        id="6.1-q3",
        text="For stacking, a second model learns to combine five first ones from their "
        "predictions on the very rows they were trained on. What happens?",
        options={
            "a": "it trusts the member that has learnt its rows by heart",
            "b": "nothing bad: the labels are the true ones",
            "c": "the members get more alike",
        },
        answer="a",
        why={
            "a": "On its own rows that member is always right. Predictions for stacking come from "
            "folds: each row from members that never saw it.",
            "b": "The labels are, but the predictions are better than they will be in use.",
            "c": "The members are finished; only their weights are learnt.",
        },
    ),
    Question(
        id="6.1-q4",
        text="Over 100 random splits of 300 customers, model A is better than B by 0.004 on "
        "average, and the usual t-test gives p = 0.001. What now?",
        options={
            "a": "ship A: 100 splits are plenty",
            "b": "make 1,000 splits to be sure",
            "c": "correct for the shared rows, or get other customers",
        },
        answer="c",
        why={
            "a": "They are 100 looks at the same 300 people. The test takes them for 100 samples.",
            "b": "p falls further and the people stay the same: more splits make any difference "
            "significant.",
            "c": "What is uncertain is whether these customers stand for others. Only the share "
            "of rows, or new rows, can tell.",
        },
    ),
    Question(
        id="6.1-q5",
        text="With this year's 2,000 labels a simple model is slightly better than a network. "
        "Labels will come in by the thousand. How do you choose?",
        options={
            "a": "the simple one now; draw the learning curves of both, and ask again with more "
            "labels",
            "b": "the network: it is the state of the art",
            "c": "neither: average the two",
        },
        answer="a",
        why={
            "a": "Start simple, it is also the baseline of what comes later. Which is better "
            "later is another question, and the curves answer it.",
            "b": "State of the art on which data, at which latency, at whose cost?",
            "c": "That pays for both, and gains only if they err differently.",
        },
    ),
)
