"""Section 8.3b: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="8.3-q6",
        text="Day 31: the prices ring, and with them mean score and promised accuracy. What do "
        "you do?",
        options={
            "a": "roll back to the model of last week",
            "b": "look into the log of the inputs: what came, from when, and from whom",
            "c": "nothing: the promised accuracy has risen",
        },
        answer="b",
        why={
            "a": "That model gets the same inputs. Nothing says that the model is the reason.",
            "b": "The day and the size of the jump name the reason at once: a unit. Its owner "
            "mends it.",
            "c": "It has; nobody without labels can know. And the invoice uses prices, too.",
        },
    ),
    Question(
        id="8.3-q7",
        text="Day 44: the feedback rings as well. Nothing else has moved since the prices did. "
        "What is the likely reason, and what helps?",
        options={
            "a": "a bug in an input; roll back",
            "b": "what customers want has changed; train on new labels",
            "c": "chance; wait for another week",
        },
        answer="b",
        why={
            "a": "An input that is broken mostly shows: in its range, its bins, its missing "
            "values. An old model would be as wrong.",
            "b": "P(y given x) has moved. No test of inputs can see that; only labels can, and "
            "only labels help.",
            "c": "The rule held for two days at three standard deviations. Look first.",
        },
    ),
    Question(
        id="8.3-q8",
        text="The accuracy among those who answer a survey has been 0.6 for months. Now it is 0.5. "
        "What is known?",
        options={
            "a": "the accuracy of all has fallen by 0.1",
            "b": "the accuracy of all was 0.6",
            "c": "either the model has become worse, or other people answer",
        },
        answer="c",
        why={
            "a": "The scale of the survey is not that of all customers.",
            "b": "Those who answer are not drawn by lot.",
            "c": "The level is biased, a fall may be true. Check that the share of answers is as "
            "before.",
        },
    ),
    Question(
        id="8.3-q9",
        text="A page asks 60 services in parallel. Each is slow in one request of 100. What do "
        "customers see?",
        options={
            "a": "one slow page of 100",
            "b": "nearly every second page is slow",
            "c": "every page is slow",
        },
        answer="b",
        why={
            "a": "The page waits for the slowest of all 60.",
            "b": "1 - 0.99**60 is 0.45, if they are slow independently of each other.",
            "c": "All 60 are fast in more than half of the cases.",
        },
    ),
    Question(
        id="8.3-q10",
        text="Loans are declined more often since Monday. Which of these is observability, not "
        "monitoring?",
        options={
            "a": "an alert on the share of declined loans",
            "b": "a log with inputs, score and each feature's part in it, which can be asked anew",
            "c": "a dashboard of the mean score",
        },
        answer="b",
        why={
            "a": "It tells that something is up: monitoring.",
            "b": "Which feature pushed the scores, and for whom? The question is new; no new code "
            "is needed to answer it.",
            "c": "A number that somebody chose before: monitoring.",
        },
    ),
)
