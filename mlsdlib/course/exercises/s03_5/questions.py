"""Section 3.5: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="3.5-q1",
        text="A driver's mean rating over all rides, and the number of free drivers in a district. "
        "Which needs a stream?",
        options={
            "a": "the mean rating",
            "b": "the number of free drivers",
            "c": "both, since a stream is fresher",
        },
        answer="b",
        why={
            "a": "One more ride hardly moves it: a nightly batch will do. It is a static feature.",
            "b": "It changes by the minute: a dynamic feature.",
            "c": "Freshness costs a second program. Measure what it gains first.",
        },
    ),
    Question(
        id="3.5-q2",
        text="Each night a job counts the rides of the last 90 days. The data have grown, and it "
        "does not finish. What helps most?",
        options={
            "a": "keep the counts, add the new day, subtract the oldest",
            "b": "run it each hour",
            "c": "keep the maximum of each day as well",
        },
        answer="a",
        why={
            "a": "Then it reads two days in place of 90.",
            "b": "That is 24 times the work.",
            "c": "That answers another question.",
        },
    ),
    Question(
        id="3.5-q3",
        text="Which windows suit the question how long people stay in a shop's app?",
        options={"a": "tumbling ones", "b": "sliding ones", "c": "sessions"},
        answer="c",
        why={
            "a": "A visit across a full hour would be cut in two.",
            "b": "They answer what happened in the last hour, again and again.",
            "c": "A session lasts as long as something goes on.",
        },
    ),
    Question(
        id="3.5-q4",
        text="A stream's hourly totals are below those of the nightly batch by 2 %. What is the "
        "first suspicion?",
        options={
            "a": "the broker loses messages",
            "b": "events that came after the watermark were dropped",
            "c": "the batch counts twice",
        },
        answer="b",
        why={
            "a": "Possible, but a broker with acknowledgements loses little.",
            "b": "Look at the count of late events, and weigh completeness against waiting.",
            "c": "Possible after a job that ran twice, and then seldom by the same 2 %.",
        },
    ),
    Question(
        id="3.5-q5",
        text="A model was trained on features from SQL and is served by a stream. It does worse "
        "than in the test. How do you find a bug in the stream's features?",
        options={
            "a": "train it again",
            "b": "compare both features key by key for the same moments",
            "c": "compare the mean of the feature in training and in serving",
        },
        answer="b",
        why={
            "a": "On the batch's features it would learn the same again.",
            "b": "That is a parity test; it finds each key that differs.",
            "c": "A shift by some hours or a missing edge may leave the mean as it was.",
        },
    ),
)
