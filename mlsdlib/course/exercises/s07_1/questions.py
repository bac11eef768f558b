"""Section 7.1: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="7.1-q1",
        text="A service gathers the requests of a few milliseconds and hands them to the model in "
        "one call. What is this?",
        options={
            "a": "batch prediction, since there is a batch",
            "b": "online prediction",
            "c": "streaming prediction, since requests stream in",
        },
        answer="b",
        why={
            "a": "Batch prediction is made before anybody asks. Here callers wait for it.",
            "b": "It is made when somebody asks, and the caller waits. The batch is a matter of "
            "efficiency.",
            "c": "That word is about features: those that come from a stream, beside those from a "
            "batch.",
        },
    ),
    Question(
        id="7.1-q2",
        text="A taxi app says when your driver will arrive, from the usual speed in this street at "
        "this hour, and from the speed of the cars there in the last five minutes. What is it?",
        options={
            "a": "batch prediction",
            "b": "online prediction with batch features only",
            "c": "streaming prediction",
        },
        answer="c",
        why={
            "a": "Nobody could predict all rides in advance, from all places at all times.",
            "b": "The last five minutes are in no nightly batch.",
            "c": "It is online, and uses batch features together with streaming features.",
        },
    ),
    Question(
        id="7.1-q3",
        text="200 requests arrive in a second, and each spends a twentieth of a second in the "
        "service, on average. How many are inside, on average?",
        options={"a": "4", "b": "10", "c": "it depends on the number of threads"},
        answer="b",
        why={
            "a": "Multiply: arrivals in a second times seconds inside.",
            "b": "Little's law: 200 times a twentieth, whatever the queues and threads.",
            "c": "That changes how long they stay. Given how long, the number follows.",
        },
    ),
    Question(
        id="7.1-q4",
        text="Your service is asked for more than it can do. What helps the most callers?",
        options={
            "a": "a longer queue, so that nobody is turned away",
            "b": "a short queue, and an error at once for the others",
            "c": "clients that ask again at once when they get an error",
        },
        answer="b",
        why={
            "a": "Then all wait, and the model works for callers that have given up.",
            "b": "What is accepted is answered in time, and the others know that they must go "
            "elsewhere or come later.",
            "c": "That doubles the load. Let them wait before they try again, longer each time.",
        },
    ),
    Question(
        id="7.1-q5",
        text="Which of these can do with batch prediction?",
        options={
            "a": "the weekly mail with films you may like",
            "b": "whether this card payment is a fraud",
            "c": "the translation of what you have just typed",
        },
        answer="a",
        why={
            "a": "All inputs are known the night before, and nobody waits.",
            "b": "The payment was not known before, and it must be stopped now.",
            "c": "There are more sentences than anybody can translate in advance.",
        },
    ),
)
