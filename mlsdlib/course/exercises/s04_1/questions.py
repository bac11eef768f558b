"""Section 4.1: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="4.1-q1",
        text="An interviewer must find 50 women and 50 men, and asks the first who come by. What "
        "is this?",
        options={
            "a": "stratified sampling",
            "b": "quota sampling",
            "c": "judgement sampling",
            "d": "snowball sampling",
        },
        answer="b",
        why={
            "a": "In a stratified sample chance decides within each group.",
            "b": "The groups have the right sizes, and who is in them is whoever is at hand.",
            "c": "There an expert picks the single cases.",
            "d": "There those who were asked name the next ones.",
        },
    ),
    Question(
        id="4.1-q2",
        text="Cars that are to drive everywhere record more than anybody can label. So far two "
        "million images have labels, all from one sunny city. What next, for the same money?",
        options={
            "a": "two million more from that city, where the routine is there",
            "b": "no sample: a model should learn from all that was recorded",
            "c": "fewer images, drawn by lot from all places where the cars drive",
        },
        answer="c",
        why={
            "a": "Size cures variance: more of the same is a narrower interval around the wrong "
            "value. Snow is as rare in the next two million.",
            "b": "Labels cost money: that is why one samples at all. The mistake was how.",
            "c": "The bias comes from where the data are taken. A smaller sample with known "
            "chances speaks for the whole.",
        },
    ),
    Question(
        id="4.1-q3",
        text="Posts carry several tags each. You sample 10 % of the posts of each tag, one tag "
        "after the other, and put all together. What is wrong?",
        options={
            "a": "nothing: each tag is represented",
            "b": "posts with many tags are too frequent",
            "c": "rare tags are missing",
        },
        answer="b",
        why={
            "a": "Each tag is there, and the posts are no longer what they were.",
            "b": "A post with five tags had five chances.",
            "c": "Each tag has its 10 %.",
        },
    ),
    Question(
        id="4.1-q4",
        text="Fraud is one row in a hundred, and shall count as much as the rest. Draw batches in "
        "which it is half, or draw them at random and multiply its loss by 99?",
        options={
            "a": "the expected gradient is the same, up to a constant factor; that of the balanced "
            "batches varies less",
            "b": "the second changes the expected gradient, the first does not",
            "c": "they are the same in every respect",
        },
        answer="a",
        why={
            "a": "A random batch has now one fraud, now none, and each weighs much.",
            "b": "Both lead to the same weighted loss: in each, fraud counts as much as the rest.",
            "c": "On average only. What one batch says is far noisier in the second way.",
        },
    ),
    Question(
        id="4.1-q5",
        text="You want 1,000 of the tweets of a day, from two servers that each see their own "
        "half of the stream. How?",
        options={
            "a": "a reservoir of 500 on each",
            "b": "a reservoir of 1,000 on each; at night merge them by the numbers seen",
            "c": "keep every tenth tweet, and the first 1,000 of those",
        },
        answer="b",
        why={
            "a": "Only if both see equally many: else tweets of the busier server get less of a "
            "chance.",
            "b": "How many come from each side is drawn as from an urn with both counts.",
            "c": "That is the morning.",
        },
    ),
    Question(
        id="4.1-q6",
        text="The rewards of an old policy are weighted to judge a new one. The effective sample "
        "size of 10,000 rows is 2. What do you do?",
        options={
            "a": "trust it: the estimate has no bias",
            "b": "do not trust it: try a policy nearer to the old one, or collect new data",
            "c": "leave out the row with the large weight",
        },
        answer="b",
        why={
            "a": "Two rows decide; next week they will be two others.",
            "b": "The old policy hardly ever did what the new one would do.",
            "c": "Clipping weights is done, and brings a bias: that row stands for what the new "
            "policy does all the time.",
        },
    ),
)
