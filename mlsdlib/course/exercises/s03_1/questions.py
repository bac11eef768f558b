"""Section 3.1: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="3.1-q1",
        text="A form lets people upload a photo of a broken product and describe it. When do you "
        "check what they send?",
        options={
            "a": "each night, in the job that reads the logs",
            "b": "at once, before it is stored as valid, and tell them what is wrong",
            "c": "when a model is trained on it",
        },
        answer="b",
        why={
            "a": "By then they have gone. What a program writes may be read now and then; what a "
            "person typed can only be mended while the person is there.",
            "b": "User input is what is malformed most often, and its author still waits.",
            "c": "A wrong value has then been in every report for weeks, and looks like a fact.",
        },
    ),
    Question(
        id="3.1-q2",
        text="Your model's predictions are written to a file, with the inputs and the time. Which "
        "kind of data is this?",
        options={
            "a": "user input, since users caused it",
            "b": "third-party data",
            "c": "system-generated data, like any other log",
        },
        answer="c",
        why={
            "a": "Users caused the requests; the program wrote the lines, always in one form.",
            "b": "Nobody outside made or sold it.",
            "c": "It is what you will debug with, and compare with the outcomes that come later.",
        },
    ),
    Question(
        id="3.1-q3",
        text="You want to find a fault that hits one request in a million, and to know the mean "
        "latency, without keeping every line. What do you keep?",
        options={
            "a": "a random hundredth of all requests",
            "b": "all that fail or are slow, a hundredth of the others, and the probability with "
            "each line",
            "c": "all that fail or are slow, nothing else",
        },
        answer="b",
        why={
            "a": "The mean is fine; of a hundred such faults you keep one, if you are lucky.",
            "b": "The rare ones are all there, and one over the probability gives the rates back.",
            "c": "The faults are there, and nothing to compare them with: no rate can be computed.",
        },
    ),
    Question(
        id="3.1-q4",
        text="A partner offers clicks of its customers, names replaced by random numbers that stay "
        "the same. Your lawyer asks whether these are anonymous.",
        options={
            "a": "No: they are pseudonymous, and a few known clicks can recognise a person",
            "b": "Yes: without names nobody can be found",
            "c": "Yes, as long as the random numbers are long enough",
        },
        answer="a",
        why={
            "a": "All clicks of one person hang together, and nobody else has the same few.",
            "b": "You have recognised people by two films.",
            "c": "The number hides the name. The behaviour behind it is what gives them away.",
        },
    ),
    Question(
        id="3.1-q5",
        text="Your advertising model used interests bought from a data broker. Phones now ask "
        "people before an app may read the advertiser's number. What happens?",
        options={
            "a": "nothing: the broker has other sources, and fingerprints of devices are free",
            "b": "third-party data cover fewer people, and those that remain chose to: your own "
            "customers' data gain in worth",
            "c": "the data get better, since those who decline were noise",
        },
        answer="b",
        why={
            "a": "A fingerprint recognises people who have just said no; stores and regulators act "
            "against it.",
            "b": "Fewer rows, and not a random part of the people: check what the model does on "
            "those who declined.",
            "c": "Those who decline differ from those who agree; leaving them out biases the data.",
        },
    ),
)
