"""Section 4.4: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="4.4-q1",
        text="A model tells left from right hands on X-ray pictures. Which change keeps the label?",
        options={
            "a": "mirroring left and right",
            "b": "moving the picture by a few pixels",
            "c": "both",
        },
        answer="b",
        why={
            "a": "A mirrored left hand is a right hand: the label must change with it.",
            "b": "Where the hand lies on the film says nothing about which hand it is.",
            "c": "One of the two turns a left hand into a right one.",
        },
    ),
    Question(
        id="4.4-q2",
        text="You add five shifted copies of each picture, then split at random into training and "
        "test set. The accuracy on the test set rises. What happened?",
        options={
            "a": "the copies taught the model more",
            "b": "copies of training pictures lie in the test set",
            "c": "the test set is larger and therefore easier",
        },
        answer="b",
        why={
            "a": "Perhaps, but this test cannot show it: it contains what was learned.",
            "b": "Split first, by the original, and change the training part only.",
            "c": "A larger test set is more exact, not easier.",
        },
    ),
    Question(
        id="4.4-q3",
        text="In the GloVe vectors, the nearest word to 'doctor' is 'nurse'. Why?",
        options={
            "a": "both stand in similar sentences",
            "b": "both mean the same",
            "c": "the vectors were trained badly",
        },
        answer="a",
        why={
            "a": "Vectors learn company. Opposites and siblings keep the same company as synonyms.",
            "b": "A patient would object.",
            "c": "They do what they were trained for: to predict the words around.",
        },
    ),
    Question(
        id="4.4-q4",
        text="A paper reports high accuracy under FGSM after training on FGSM images. What is "
        "missing before you call the model safe?",
        options={
            "a": "accuracy under random noise",
            "b": "accuracy under other attacks: many steps, as PGD, or one pixel and no limit",
            "c": "a larger eps in training",
        },
        answer="b",
        why={
            "a": "Random noise of the same size is hardly an attack.",
            "b": "One step finds some weak spots; a model may have learned to hide just these. And "
            "what resists small changes of all pixels need not resist a large one of a single one.",
            "c": "A test must not depend on how one trained; attack it with all you have.",
        },
    ),
    Question(
        id="4.4-q5",
        text="CycleGAN learns from photographs in summer and others in winter, with no pairs of "
        "the same place. What keeps the winter version of a photograph the same place?",
        options={
            "a": "the discriminator, which knows the place",
            "b": "translated back, it must give the first photograph again",
            "c": "nothing, it may be any place in winter",
        },
        answer="b",
        why={
            "a": "It only tells whether a picture looks like winter.",
            "b": "Two networks, there and back: the cycle that gives the method its name.",
            "c": "Without the way back that would happen.",
        },
    ),
    Question(
        id="4.4-q6",
        text="From 12 templates and long lists of names you make a million queries. How do you "
        "test what a model trained on some of them is worth?",
        options={
            "a": "on a random tenth of the million",
            "b": "on queries with names that training did not have",
            "c": "on templates that training did not have, or better on real queries",
        },
        answer="c",
        why={
            "a": "Each of them has a near twin in training.",
            "b": "Better, but the pattern of the sentence is known by heart.",
            "c": "There are 12 independent examples here, not a million.",
        },
    ),
)
