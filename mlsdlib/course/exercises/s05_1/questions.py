"""Section 5.1: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="5.1-q1",
        text="A bank wants to find fraud. It has few cases, and investigators who have seen many. "
        "Where do you begin?",
        options={
            "a": "a deep network on the raw payments: it learns its features by itself",
            "b": "features that the investigators name, such as a tiny payment just before a large "
            "one",
            "c": "word counts of the payments' texts, since these need no expert",
        },
        answer="b",
        why={
            "a": "It needs many cases to learn from, and it sees only what is in the raw payments.",
            "b": "With few labels, domain knowledge stands in for data. Later, try the others "
            "beside it.",
            "c": "Try them too. But fraud shows in sequences and sums more than in words.",
        },
    ),
    Question(
        id="5.1-q2",
        text="A vocabulary has five words; 'food' is number 2, counted from 0. What is its one-hot "
        "vector, and what does a network do with it first?",
        options={
            "a": "0 0 1 0 0; multiplying it by a matrix picks row 2, which is learned",
            "b": "2; the network learns how much larger it is than 1",
            "c": "0 0 1 0 0; the network counts in how many texts it occurs",
        },
        answer="a",
        why={
            "a": "One 1, the rest 0. The row is the word's learned features, its embedding.",
            "b": "As a bare number, word 2 would lie between words 1 and 3, which means nothing.",
            "c": "That is the vector. But counting texts is TF-IDF, and not learned.",
        },
    ),
    Question(
        id="5.1-q3",
        text="'These shoes are not good' becomes the tokens 'shoes' and 'good'. Which step did it?",
        options={
            "a": "lemmatising, which put every word in its base form",
            "b": "lowercasing",
            "c": "dropping stop words, and 'not' is on the list",
        },
        answer="c",
        why={
            "a": "'Shoes' would have become 'shoe', and 'not' would have stayed.",
            "b": "That changes letters, not words.",
            "c": "Lists of stop words were made for search. 2-grams that come afterwards cannot "
            "bring 'not good' back.",
        },
    ),
    Question(
        id="5.1-q4",
        text="A shop predicts churn: who will not buy again? 'Days since the last order' is "
        "missing for many customers, and nearly all of those churned. Good news?",
        options={
            "a": "yes, a missing value is a strong feature",
            "b": "first find out why it is missing: perhaps it was deleted once they had left",
            "c": "no, rows with missing values must be dropped",
        },
        answer="b",
        why={
            "a": "So were the missing dates of our comments, in one video.",
            "b": "Then it is missing because of the label, and at prediction time it will not be.",
            "c": "That would throw away most of those who churned, and keep the question.",
        },
    ),
    Question(
        id="5.1-q5",
        text="Deep networks take raw pixels. What has become of the engineer of image features?",
        options={
            "a": "edges and corners are learned; what is not in the pixels, such as who took the "
            "photo and when, must still be brought in",
            "b": "nothing has changed: edges are still computed by hand first",
            "c": "no features are chosen any more, in any model with an image",
        },
        answer="a",
        why={
            "a": "Learned and engineered features meet in one model, as text and user did here.",
            "b": "Networks that learn them from many images have been better for years.",
            "c": "The choice of what else the model may know remains, and it often matters more.",
        },
    ),
)
