"""Section 5.2a, feature operations: its quiz, questions 1 to 5."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="5.2-q1",
        text="People with a high income leave the field empty more often, also among people of "
        "the same age, job and town. Which mechanism is it, and what follows?",
        options={
            "a": "MCAR: drop the rows",
            "b": "MAR: fill in the mean of age, job and town, and the bias is gone",
            "c": "MNAR: the known incomes mislead; the gap itself is information",
        },
        answer="c",
        why={
            "a": "MCAR gaps have nothing to do with the value. These have.",
            "b": "That repairs gaps which age, job and town explain. Here, among equals, the "
            "income itself decides.",
            "c": "No other column explains the gap. A model can use an indicator, a report needs "
            "other data.",
        },
    ),
    Question(
        id="5.2-q2",
        text="Distances in metres are to be given in kilometres, in training and in serving. Which "
        "model's predictions may change most?",
        options={
            "a": "nearest neighbours without a scaler",
            "b": "a decision tree",
            "c": "nearest neighbours behind a standard scaler",
        },
        answer="a",
        why={
            "a": "The column's part in every distance shrinks by a factor of a thousand.",
            "b": "It moves its thresholds along; the order of the values stays.",
            "c": "The scaler divides the unit out again.",
        },
    ),
    Question(
        id="5.2-q3",
        text="A linear model gets the carrier as a number in alphabetical order, and a carrier "
        "that training never saw. What is wrong, and what is better?",
        options={
            "a": "nothing: numbers are what a model needs",
            "b": "the order means nothing: one-hot, with zeros or a shared column for new values",
            "c": "the numbers are too large: scale them",
        },
        answer="b",
        why={
            "a": "The model must take the tenth carrier to be ten times the first.",
            "b": "Each carrier gets its own weight, and a new one does not stop the service.",
            "c": "A scaled order is the same meaningless order, and a new carrier has no number.",
        },
    ),
    Question(
        id="5.2-q4",
        text="A service hashes user ids with Python's hash. Tests pass, but in production the "
        "model is no better than chance. Why?",
        options={
            "a": "too many collisions",
            "b": "in another process the ids have other bins than in training",
            "c": "new users have no bin",
        },
        answer="b",
        why={
            "a": "Then the tests would have been bad as well.",
            "b": "Python salts the hash of a text in each process. A test within one process "
            "cannot see it.",
            "c": "Hashing has a bin for every value: that is its point.",
        },
    ),
    Question(
        id="5.2-q5",
        text="A model of sessions was trained on up to 50 clicks. Now comes one with 80. Which "
        "positions has it?",
        options={
            "a": "learned ones: it looks up row 80",
            "b": "sinusoidal ones: a vector exists for 80, though the model never saw one like it",
            "c": "the sine and the cosine of a cycle of 50 clicks",
        },
        answer="b",
        why={
            "a": "The table has 50 rows; the row was never made, let alone trained.",
            "b": "Waves go on for ever. Whether the model can use them there must be tested.",
            "c": "Then click 80 would look like click 30. Clicks do not come round like hours.",
        },
    ),
)
