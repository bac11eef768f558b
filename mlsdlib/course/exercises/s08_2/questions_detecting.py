"""Section 8.2b: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS_DETECTING"]

QUESTIONS_DETECTING = (
    Question(
        id="8.2-q6",
        text="With a million rows a day, Kolmogorov-Smirnov rings on all columns every day. What "
        "is to be done?",
        options={
            "a": "lower the level to 0.001",
            "b": "ring on the size of the distance, not on its significance",
            "c": "retrain every day",
        },
        answer="b",
        why={
            "a": "With so many rows any difference passes any level.",
            "b": "Set the size at which the model is known to suffer.",
            "c": "Nothing says that the model has got worse.",
        },
    ),
    Question(
        id="8.2-q7",
        text="Each column looks as before, and a classifier tells old rows from new ones with an "
        "AUC of 0.9. How can that be?",
        options={
            "a": "the classifier has overfitted",
            "b": "the columns go together in another way",
            "c": "the test of the columns had too many rows",
        },
        answer="b",
        why={
            "a": "The AUC is of rows that it has not seen.",
            "b": "A bug that joins wrong rows does that. Tests of single columns cannot see it.",
            "c": "More rows find more.",
        },
    ),
    Question(
        id="8.2-q8",
        text="A dashboard shows the accuracy since the release, over all data. It falls by a "
        "hardly visible 0.3 points. What may have happened?",
        options={
            "a": "nothing",
            "b": "accuracy fell by 10 points yesterday",
            "c": "the release was bad from the start",
        },
        answer="b",
        why={
            "a": "Perhaps. This window cannot tell.",
            "b": "One bad day of thirty moves a cumulative mean by a thirtieth of its fall.",
            "c": "Then it would have been low from the start.",
        },
    ),
    Question(
        id="8.2-q9",
        text="A store ranks apps. The number of downloads is the best feature and moves daily; the "
        "app's category is worse and stays. What should the model use?",
        options={
            "a": "the best features, always",
            "b": "stable features only",
            "c": "compare with the cost: a model of downloads in coarse ranks may live longer",
        },
        answer="c",
        why={
            "a": "Then it must be retrained as often as they move.",
            "b": "That may cost more than retraining.",
            "c": "Performance and stability are traded. Bins of ranks keep most and move less.",
        },
    ),
    Question(
        id="8.2-q10",
        text="A detector rings: a column of inputs has moved. What comes first?",
        options={
            "a": "retrain on the newest data",
            "b": "find out whether the world has changed or a program has",
            "c": "switch the model off",
        },
        answer="b",
        why={
            "a": "If a pipeline writes cents for euros, the new model learns the bug.",
            "b": "Most alarms are human errors: units, joins, nulls, another encoding.",
            "c": "First see whether it is harmed at all.",
        },
    ),
)
