"""Section 8.1: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="8.1-q1",
        text="A translation service answers in 30 milliseconds, as agreed. One sentence in five "
        "comes back with the opposite meaning. Has the system failed?",
        options={
            "a": "no: it is up, fast and without errors",
            "b": "yes: it meets its operational expectations, and violates those of performance",
            "c": "only if users complain",
        },
        answer="b",
        why={
            "a": "These are the operational expectations. A system has others, too.",
            "b": "One violated expectation is a failure; this kind makes no noise.",
            "c": "Most users of a translation cannot tell that it is wrong.",
        },
    ),
    Question(
        id="8.1-q2",
        text="After a release, one server in two cannot read the new model file, since it still "
        "runs the old binary. What failed?",
        options={
            "a": "a dependency",
            "b": "the deployment",
            "c": "the hardware",
            "d": "the hyperparameters",
        },
        answer="b",
        why={
            "a": "That would be something that others maintain and that changed under you.",
            "b": "The wrong binary, or a missing permission, are failures of deployment.",
            "c": "The machines do what they are told.",
            "d": "Settings of the training do not stop a file from being read.",
        },
    ),
    Question(
        id="8.1-q3",
        text="A shop's model meets an order of 5,000 lamps and is right about it. It is badly "
        "wrong about ordinary-looking orders from one street, at great cost. Which is the edge "
        "case?",
        options={
            "a": "the order of 5,000 lamps",
            "b": "the orders from that street",
            "c": "both",
        },
        answer="b",
        why={
            "a": "It is an outlier: far from all other orders. The model copes with it.",
            "b": "Rare, badly predicted and costly: an edge case need not look unusual.",
            "c": "An outlier is about the data, an edge case about the model.",
        },
    ),
    Question(
        id="8.1-q4",
        text="The Gini index of a news page climbs week after week. What do you know?",
        options={
            "a": "the loop is degenerate, good articles are not found",
            "b": "the page becomes narrower; whether it is wrong takes a look at what is not shown",
            "c": "readers' tastes become more alike",
        },
        answer="b",
        why={
            "a": "A ranker that learns what is good also becomes narrower.",
            "b": "Show some of it by lot, or compare with a truth from elsewhere.",
            "c": "The index is about what is shown, and knows nothing of tastes.",
        },
    ),
    Question(
        id="8.1-q5",
        text="A model predicts clicks from features of the ad and its position. What do you give "
        "it as the position when it ranks tomorrow's ads?",
        options={
            "a": "the position at which each ad stood yesterday",
            "b": "the same position for all ads",
            "c": "nothing: leave the feature out of the trained model",
        },
        answer="b",
        why={
            "a": "Then yesterday's ranking decides tomorrow's: the bias is back.",
            "b": "With one position for all, only what differs between the ads can order them.",
            "c": "A trained model needs all its inputs; and it was there to soak up the bias.",
        },
    ),
    Question(
        id="8.1-q6",
        text="In a pandemic, an airline's demand model orders twice the meals that are eaten. Its "
        "code, its settings and its inputs are as they were tested. Which cause is it?",
        options={
            "a": "poor hyperparameters",
            "b": "a discrepancy between training and inference",
            "c": "a shift: production differs from the data it was trained on",
            "d": "a degenerate feedback loop",
        },
        answer="c",
        why={
            "a": "They were good enough until the world changed.",
            "b": "Both pipelines compute the same.",
            "c": "It generalises to data like those it knows, and these are others.",
            "d": "Its forecasts do not change who flies.",
        },
    ),
)
