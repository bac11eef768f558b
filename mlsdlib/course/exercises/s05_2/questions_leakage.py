"""Section 5.2b, leakage and importance: its quiz, questions 6 to 11."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="5.2-q6",
        text="A model foretells at the desk whether a patient has pneumonia. Its best feature is "
        "'antibiotics were prescribed'. Tests at random are excellent. Which leakage is it, and "
        "what shows it?",
        options={
            "a": "preprocessing: fit the scaler inside the folds",
            "b": "target leakage: ask for each column whether it is known when the model is asked",
            "c": "group leakage: keep each patient on one side",
        },
        answer="b",
        why={
            "a": "A scaler learns two numbers. It cannot make a feature excellent.",
            "b": "The prescription follows from the diagnosis. No split can show that, since the "
            "column is in the test rows as well; its moment in time does.",
            "c": "Also with each patient on one side, the prescription tells the diagnosis.",
        },
    ),
    Question(
        id="5.2-q7",
        text="A colleague scales all rows, then picks 20 of 5,000 genes by their correlation with "
        "the disease, then cross-validates on 60 patients. What do you ask to be mended first?",
        options={
            "a": "the scaler: it comes first",
            "b": "the choice of genes: it read the labels of the test patients",
            "c": "nothing: the model itself is cross-validated",
        },
        answer="b",
        why={
            "a": "It must be mended as well, but without labels it can hardly invent a signal.",
            "b": "Among so many genes some fit the labels of all patients by chance, those of the "
            "test too.",
            "c": "What is cross-validated must hold every step that learns.",
        },
    ),
    Question(
        id="5.2-q8",
        text="You forecast tomorrow's orders from data of three years. A split at random gives "
        "half the error of a split by time. Which do you report?",
        options={
            "a": "the split by time: tomorrow has no neighbours on both sides",
            "b": "the split at random: it has the lower error",
            "c": "the mean of both",
        },
        answer="a",
        why={
            "a": "A test must be as far from training as the use will be.",
            "b": "It answers another question: to fill in a day between two days that are known.",
            "c": "One of the two questions is yours; the other does not get better by mixing.",
        },
    ),
    Question(
        id="5.2-q9",
        text="An encoder replaces each user by the share of clicks of this user. Training AUC is "
        "0.95, test AUC is lower than without the column. What happened?",
        options={
            "a": "too few users: hash them instead",
            "b": "the share of a training row holds its own label; fit it on other folds",
            "c": "the test users are all new",
        },
        answer="b",
        why={
            "a": "There are many users with few rows each: that is why the own label weighs so "
            "much.",
            "b": "The model learnt to read the label out of the code, which no test row offers.",
            "c": "Then the column would say nothing in the test, but training would still look "
            "too good.",
        },
    ),
    Question(
        id="5.2-q10",
        text="Two columns hold the same price, in euros and in cents. Permutation finds both "
        "unimportant. What do you do?",
        options={
            "a": "drop both",
            "b": "shuffle both together, or leave both out and train again",
            "c": "trust the importance by impurity instead",
        },
        answer="b",
        why={
            "a": "Then the price is gone, and it may matter most of all.",
            "b": "Each stood in for the other while it was shuffled. As a group they cannot.",
            "c": "It shares the price's importance between the two, and it flatters columns with "
            "many values.",
        },
    ),
    Question(
        id="5.2-q11",
        text="SHAP values say that 'booked online' adds 0.2 to the predicted chance that this "
        "guest cancels. Should the hotel close its online shop?",
        options={
            "a": "yes: a fifth of the cancellations would go away",
            "b": "no: it tells how this model got to its number, not what would happen",
            "c": "no: impurity has to confirm it first",
        },
        answer="b",
        why={
            "a": "The same guests might cancel elsewhere. Only an experiment can tell.",
            "b": "It shares out a prediction among features. Who books online may differ in much "
            "else.",
            "c": "Impurity describes the model as well, and worse.",
        },
    ),
)
