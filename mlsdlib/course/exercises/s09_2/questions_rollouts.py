"""Section 9.2b: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="9.2-q7",
        text="A new ranker has run as a shadow for a week. On nine requests of ten it shows what "
        "the old one shows. What is known?",
        options={
            "a": "it will earn about as many clicks as the old one",
            "b": "it answers real requests, how fast, and on which requests the two differ",
            "c": "it is right wherever the two agree",
        },
        answer="b",
        why={
            "a": "What it would have earned on the tenth that differs nobody has seen.",
            "b": "That is what a shadow is for: does it run, does it keep up, where does it "
            "differ? It doubles the computing, and no customer sees an answer of it.",
            "c": "They agree where both are wrong, too.",
        },
    ),
    Question(
        id="9.2-q8",
        text="Clicks come within a second, orders within an hour, returns after a month. On which "
        "of them can a bandit learn which page to show in a sale of three days?",
        options={
            "a": "on the returns: they are what the shop lives on",
            "b": "on the clicks, perhaps on the orders, and somebody watches the returns later",
            "c": "on none: a bandit needs a trained model",
        },
        answer="b",
        why={
            "a": "The sale is over before the first return is known. Until then it guesses.",
            "b": "A bandit needs a short loop of feedback, and predictions that are made online. "
            "What comes late has to be checked otherwise: a click is not a sale.",
            "c": "It needs counts of each arm, kept up to date. That is what makes it harder to "
            "run than a test, not a model.",
        },
    ),
    Question(
        id="9.2-q9",
        text="At noon an upstream service breaks, and all models fail twice as often. A canary "
        "whose gate knows the old failure rate is running. What happens, and what would help?",
        options={
            "a": "the gate rolls back a good challenger; compare it with the champion of now",
            "b": "nothing: both fail alike",
            "c": "the gate promotes the challenger; a smaller share would help",
        },
        answer="a",
        why={
            "a": "The gate compares with a number from the past. A control group, asked at the "
            "same time, fails as well and takes the blame off the challenger.",
            "b": "The gate does not look at the champion. It knows p0.",
            "c": "More failures never promote. And a share changes how fast it decides, not what.",
        },
    ),
    Question(
        id="9.2-q10",
        text="You want to know what a new policy would have earned. The log has what was shown and "
        "clicked, but not with what probability the old policy showed it. What can be saved?",
        options={
            "a": "nothing, unless the old policy can be run again on the logged inputs, or showed "
            "things by lot",
            "b": "set all probabilities to one over the number of items",
            "c": "count the clicks on rows where both agree",
        },
        answer="a",
        why={
            "a": "The probability must be that of the moment. If the old policy had no lot in it, "
            "what it did not show has probability 0, and no formula helps.",
            "b": "That is the log of another policy. The answer may be off in either direction.",
            "c": "Where both agree, both are mostly right: it flatters.",
        },
    ),
    Question(
        id="9.2-q11",
        text="After four weeks a bandit has shown headline A to most customers, headline B to few. "
        "B's mean is far below A's. What goes into the report on how much better A is?",
        options={
            "a": "the difference of the two means",
            "b": "that A is probably better; for the size, run a test with fixed shares",
            "c": "nothing: a bandit cannot compare",
        },
        answer="b",
        why={
            "a": "B's mean is too low on average: after bad luck it was not shown again, and the "
            "luck could not mend itself.",
            "b": "The bandit was made to lose few clicks, not to measure.",
            "c": "It finds the better arm well. It is the size that it gets wrong.",
        },
    ),
    Question(
        id="9.2-q12",
        text="A shop lets a bandit choose among the pictures of a product, by clicks. Overnight "
        "one picture has gone from a tenth to nearly all of the traffic. Orders have not moved. "
        "What is the first thing to look at?",
        options={
            "a": "nothing: this is what a bandit does with a good picture",
            "b": "who clicked: how many visitors the new clicks come from",
            "c": "whether epsilon is too large",
        },
        answer="b",
        why={
            "a": "With a good picture orders would move, too, and seldom over one night.",
            "b": "A few visitors, or bots, can feed it what they like. Count a visitor once, keep "
            "a floor under each share, and let a change this large wait for somebody.",
            "c": "More exploration would have moved less traffic, not more.",
        },
    ),
)
