"""Section 8.3a: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="8.3-q1",
        text="The share of requests that fail, the use of the graphics card, the share of missing "
        "prices, the mean score. Which are operational metrics?",
        options={
            "a": "the first two",
            "b": "the first three",
            "c": "all: each of them is measured in operation",
        },
        answer="a",
        why={
            "a": "They tell whether the service is well, with or without a model. The other two "
            "are of raw inputs and of predictions.",
            "b": "Missing prices are a matter of the raw inputs: the service answers all the same.",
            "c": "A service can be fast and up while its inputs and scores are nonsense.",
        },
    ),
    Question(
        id="8.3-q2",
        text="The platform team renames a field, and a model gets its default for a week. Which "
        "check would have found it first?",
        options={
            "a": "the accuracy",
            "b": "a schema of the raw inputs: the field is missing",
            "c": "the latency",
        },
        answer="b",
        why={
            "a": "It comes when the labels do, and says nothing of the reason.",
            "b": "At the first request. Raw inputs are often another team's: check what you get.",
            "c": "A default is as fast as a value.",
        },
    ),
    Question(
        id="8.3-q3",
        text="Each of ten copies of a service reports its median latency. What is the median of "
        "all requests?",
        options={
            "a": "the median of the ten medians",
            "b": "their mean, weighted by requests",
            "c": "that cannot be said",
        },
        answer="c",
        why={
            "a": "A copy with few requests would count as much as one with many.",
            "b": "That works for means. Medians do not add up.",
            "c": "Have each copy report counts in bins: those add up, and quantiles can be read.",
        },
    ),
    Question(
        id="8.3-q4",
        text="Your team is called five times a week, and nearly always for nothing. What helps?",
        options={
            "a": "a second person on call",
            "b": "a dashboard in place of the alarms",
            "c": "fewer rules: on what customers notice, and a limit on the size of a change",
        },
        answer="c",
        why={
            "a": "Then two people stop looking.",
            "b": "A dashboard that nobody must look at is looked at by nobody, at night least.",
            "c": "An alarm should be rare and true, and say what to do. The rest goes to a "
            "dashboard or a log.",
        },
    ),
    Question(
        id="8.3-q5",
        text="A feature has 200 rows a day, and its PSI was 0.12 yesterday. The limit is 0.1. What "
        "do you do first?",
        options={
            "a": "train again",
            "b": "look what the PSI is on quiet days with 200 rows",
            "c": "raise the limit to 0.25",
        },
        answer="b",
        why={
            "a": "On what? Perhaps nothing has changed.",
            "b": "Chance alone reaches this with so few rows; psi_threshold says how often.",
            "c": "That is another number from the same handbook, and it knows no rows either.",
        },
    ),
)
