"""Section 4.2, the quality of labels: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="4.2-q1",
        text="A hospital has 50,000 X-ray pictures labelled by hand. Which of these is no price of "
        "hand labels?",
        options={
            "a": "a radiologist's hour for every few dozen pictures",
            "b": "somebody outside the clinic sees patients' pictures",
            "c": "a new scanner comes, and the model waits weeks for labels of its pictures",
            "d": "a label is known only after the patient has fallen ill, or has not",
        },
        answer="d",
        why={
            "a": "It is one: where labels take expertise, they are expensive.",
            "b": "It is one: who labels data must see them, a matter of privacy.",
            "c": "It is one: a model adapts as slowly as its labels are made.",
            "d": "That is the price of natural labels, the length of their feedback loop.",
        },
    ),
    Question(
        id="4.2-q2",
        text="Two labelling firms sort texts into ten topics and get two labels in five wrong. "
        "Firm A's errors are random, firm B's always name the next topic. Whose do you prefer?",
        options={
            "a": "neither: the same rate does the same harm",
            "b": "A's: a model can average random errors away",
            "c": "B's: a rule is easier to learn",
        },
        answer="b",
        why={
            "a": "The rate does not tell what the errors point to.",
            "b": "Among similar texts the right label is still the most frequent one.",
            "c": "It is, and the model learns it: it will make the same errors.",
        },
    ),
    Question(
        id="4.2-q3",
        text="You have three labels for each of 60 comments, from 80 people. How do you make one "
        "label a comment?",
        options={
            "a": "Dawid-Skene, a confusion matrix for each person",
            "b": "the majority's vote, and look at the close ones",
            "c": "the label of the person who agrees most with the others",
            "d": "two more labels for each: then a right label costs less",
        },
        answer="b",
        why={
            "a": "With two or three labels a person it would take chance for skill.",
            "b": "With so few labels a person nobody's skill can be judged.",
            "c": "With two or three labels a person, agreeing with others is luck.",
            "d": "Most labels are right already: the bill grows faster than their share.",
        },
    ),
    Question(
        id="4.2-q4",
        text="People label posts as ironic or not. After a new instruction their kappa rises from "
        "0.4 to 0.8. What do you know?",
        options={
            "a": "they now do the same as each other",
            "b": "four labels in five are right",
            "c": "their disagreement was error, and is mended",
        },
        answer="a",
        why={
            "a": "Whether it is the right thing takes gold labels to see, if there are any.",
            "b": "Kappa compares annotators with each other, and with chance; not with the truth.",
            "c": "Readers may rightly differ; the rule has chosen one reading for all.",
        },
    ),
    Question(
        id="4.2-q5",
        text="A merged training set keeps no record of who delivered which row. A firm's labels "
        "turn out to be bad. What is lost?",
        options={
            "a": "nothing, a model can find wrong labels by their neighbours",
            "b": "the way to the cause: which rows, and what else came from there",
            "c": "only the invoice",
        },
        answer="b",
        why={
            "a": "It finds many single rows, and nobody to talk to.",
            "b": "Lineage names the source, and lets you look why it differs before you drop it.",
            "c": "The next delivery would be merged as well.",
        },
    ),
    Question(
        id="4.2-q6",
        text="Which of these tasks has natural labels with the longest feedback loop?",
        options={
            "a": "the arrival time that a map application predicts",
            "b": "whether somebody clicks on a recommended film",
            "c": "whether a card payment was fraud",
        },
        answer="c",
        why={
            "a": "The car arrives within the hour, and the label with it.",
            "b": "The click comes within minutes; whether the film was liked takes longer.",
            "c": "The owner sees it on the statement and disputes it, weeks or months later.",
        },
    ),
)
