"""Section 11.1: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="11.1-q1",
        text="On Monday an app took your photo for a cat, on Friday the same photo for a dog. "
        "“Machine learning is probabilistic”, says the support. What is the likely reason?",
        options={
            "a": "the model outputs probabilities, and these come out otherwise each time",
            "b": "on Wednesday another model was shipped, as accurate as the old",
            "c": "rounding: the threads add their numbers in another order each time",
        },
        answer="b",
        why={
            "a": "A probability is a number like any other. With the same weights and the same "
            "input it is the same, unless the answer is drawn from it.",
            "b": "Two models of equal accuracy are right about different inputs.",
            "c": "That changes the last digits. It can turn only an answer that was a tie.",
        },
    ),
    Question(
        id="11.1-q2",
        text="A guest has ticked “pets allowed”. Meanwhile the model has found a filter that it "
        "thinks better by more than delta. What do rules such as those of Booking.com say?",
        options={
            "a": "show the better filter in its place",
            "b": "keep what is in use; a new city brings new filters",
            "c": "never change the filters, so that guests learn them",
        },
        answer="b",
        why={
            "a": "A filter that vanishes while it is applied is worse than a mediocre one.",
            "b": "The rules say when it must stay the same, and when new ones are welcome.",
            "c": "Then the first, uncertain guess stays for ever.",
        },
    ),
    Question(
        id="11.1-q3",
        text="A large language model is mostly correct, and fine-tuning it for your task costs "
        "more than you have. For which task does it help most to show its five best answers?",
        options={
            "a": "page layouts, for people who cannot write HTML",
            "b": "doses of a medicine, for patients who take it at home",
            "c": "a thousand product texts that go online each night unread",
        },
        answer="a",
        why={
            "a": "Rendered, five layouts are judged at a glance by somebody who could not have "
            "made one. Checking is much cheaper than solving.",
            "b": "The patient cannot see which dose is right: checking is as hard as solving.",
            "c": "Nobody is there to choose.",
        },
    ),
    Question(
        id="11.1-q4",
        text="A radiologist sees the model's finding first and agrees with nearly all. Is this "
        "human-in-the-loop?",
        options={
            "a": "yes: a human looks at all and has the last word",
            "b": "only in form, if the agreement is automation bias",
            "c": "no, since the human does not train the model",
        },
        answer="b",
        why={
            "a": "A last word that always repeats the first adds only time.",
            "b": "Humans must pick or refine predictions. Whether they do can be measured: plant a "
            "wrong finding, and see how often it is caught.",
            "c": "To pick or to refine is enough.",
        },
    ),
    Question(
        id="11.1-q5",
        text="You want to skip the main model when it would be late anyway: by a rule on the "
        "length of the query, or by a second model that predicts the latency from the query. Your "
        "latencies come from other jobs on the same machine. What do you gain?",
        options={
            "a": "with a good enough second model, all of the wasted calls",
            "b": "nothing: the request does not tell whether it will be slow",
            "c": "as much as the rule gives; the second model gives nothing",
        },
        answer="b",
        why={
            "a": "No model predicts from the request what is not in the request.",
            "b": "Here a hedged second call helps: its luck is its own. If the query itself is "
            "slow, it is the other way round.",
            "c": "Both look only at the request.",
        },
    ),
    Question(
        id="11.1-q6",
        text="Users expect three things: the same as before, the right answer, and in time. A "
        "route planner sends the median of last year because the model was late. Which of them "
        "was given up, and for which?",
        options={
            "a": "some correctness, for time",
            "b": "some time, for consistency",
            "c": "nothing: the user got an answer",
        },
        answer="a",
        why={
            "a": "A rough answer in time fails smoothly; an exact one after the turn does not "
            "help.",
            "b": "The backup was there to save time.",
            "c": "The answer is worse, and the user should see that it is a rough one.",
        },
    ),
)
