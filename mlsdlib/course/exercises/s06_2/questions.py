"""Section 6.2: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="6.2-q1",
        text="A résumé filter is tested: other first names change no decision, in 0 of 5,000 "
        "cases. What do you know?",
        options={
            "a": "the model is fair",
            "b": "nothing yet: perhaps the names are not in its vocabulary, and it reads gender "
            "elsewhere",
            "c": "the accuracy is the same for men and women",
        },
        answer="b",
        why={
            "a": "It did not react to this edit. Clubs, schools and pronouns were not edited.",
            "b": "Ask whether the edit reached the inputs of the model. A zero may be the "
            "tokeniser's.",
            "c": "The test had no labels. Accuracy by slice is another test.",
        },
    ),
    Question(
        id="6.2-q2",
        text="A deep network is too sure of itself. You have 200 labelled rows to calibrate it. "
        "What do you try first?",
        options={
            "a": "isotonic regression, since it can take any shape",
            "b": "temperature scaling: one number, and no answer changes",
            "c": "nothing: calibration would change its AUC",
        },
        answer="b",
        why={
            "a": "A staircase from 200 rows is mostly noise. It wants thousands.",
            "b": "One number can be learned from few rows. It changes how sure, not what.",
            "c": "A rising curve keeps the order of the rows, and so the AUC.",
        },
    ),
    Question(
        id="6.2-q3",
        text="On 80 rows a model has an ECE of 0.09. A colleague wants to recalibrate.",
        options={
            "a": "first ask what a perfectly calibrated model would show on these 80 rows",
            "b": "agree: 0.09 means that its probabilities are nine points off",
            "c": "use more bins, to see it more precisely",
        },
        answer="a",
        why={
            "a": "About as much. calibration_test gives the band, the debiased error a guess.",
            "b": "On so few rows most of it is chance: the ECE is biased upwards.",
            "c": "Fewer rows in each bin make the bias larger.",
        },
    ),
    Question(
        id="6.2-q4",
        text="Conformal intervals held 90 % of last month's deliveries, as promised. The shop now "
        "opens in the mountains. What is promised there?",
        options={
            "a": "90 %, since conformal prediction needs no assumption",
            "b": "90 %, if the model is good",
            "c": "nothing, before there are calibration rows from there",
        },
        answer="c",
        why={
            "a": "It needs none of the model, but one of the rows: old and new are exchangeable.",
            "b": "A bad model gets wide intervals and keeps the promise; good ones break it, too.",
            "c": "New rows of another kind are not exchangeable with the old. Even a slice of the "
            "old had no promise of its own.",
        },
    ),
    Question(
        id="6.2-q5",
        text="Model B is better than A on phones, and better on desktops; overall its error is "
        "higher. How can that be?",
        options={
            "a": "it cannot: a mean of better numbers is better",
            "b": "B served more of the harder device; compare both on the same requests",
            "c": "chance, from slicing too often",
        },
        answer="b",
        why={
            "a": "True for equal weights. The two models had different ones.",
            "b": "Simpson's paradox: the mix differs, not the models.",
            "c": "Two slices are few, and a mix can do this with millions of rows.",
        },
    ),
)
