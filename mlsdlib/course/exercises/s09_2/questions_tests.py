"""Section 9.2a: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="9.2-q1",
        text="A new model is clearly better on last week and clearly worse on the test split of "
        "two years ago. What now?",
        options={
            "a": "ship it: last week is the world as it is",
            "b": "drop it: the test split is what all models were compared on",
            "c": "find out whether the world has changed or last week's data are broken",
        },
        answer="c",
        why={
            "a": "If last week's data are broken, the model that fits the breakage wins.",
            "b": "If the world has changed, the old split rewards models of the old world.",
            "c": "The two tests disagree, and each has a way to be wrong. Neither can say which.",
        },
    ),
    Question(
        id="9.2-q2",
        text="A test was planned for two weeks. After four days p is 0.03. What is right?",
        options={
            "a": "stop: 0.03 is below 0.05",
            "b": "wait to the end, or use bounds that were made for looking",
            "c": "stop if it is still below 0.05 tomorrow",
        },
        answer="b",
        why={
            "a": "Who would also have stopped on the other days has many chances to be wrong.",
            "b": "A bound for four days of fourteen is far stricter than 0.05.",
            "c": "Two looks in a row are nearly the same look: the data are nearly the same.",
        },
    ),
    Question(
        id="9.2-q3",
        text="An experiment was to split traffic evenly. 50,500 came to A and 49,500 to B, and B "
        "won. What do you do with the result?",
        options={
            "a": "weight A down a little",
            "b": "nothing yet: find out why a fair coin did this",
            "c": "accept it: one in a hundred is a small difference",
        },
        answer="b",
        why={
            "a": "Who is missing? If those who left differ, no weight on those who stayed helps.",
            "b": "A fair coin does this about once in 600 tests. Mostly the assignment or the "
            "counting is broken, and with it whatever was measured.",
            "c": "Small for one test of ten people; of 100,000 it is far beyond chance.",
        },
    ),
    Question(
        id="9.2-q4",
        text="For which metric can CUPED do nothing?",
        options={
            "a": "spend of customers who have bought before",
            "b": "clicks on a headline by readers who were never seen before",
            "c": "minutes watched by subscribers",
        },
        answer="b",
        why={
            "a": "What somebody spent before tells much about what they spend now.",
            "b": "There is no time before the experiment to take away.",
            "c": "Subscribers have a past, and it explains a large part of their present.",
        },
    ),
    Question(
        id="9.2-q5",
        text="Interleaving prefers ranker B, clearly. What is known about revenue?",
        options={
            "a": "it rises with B",
            "b": "nothing: an A/B test has to measure it",
            "c": "it rises by the share of sessions that B won",
        },
        answer="b",
        why={
            "a": "People may prefer to click what is cheaper.",
            "b": "Both rankers were on the same page, so no customer had seen only one of them.",
            "c": "That share says how sure one is who is clicked more, not what a click is worth.",
        },
    ),
    Question(
        id="9.2-q6",
        text="Why must a pipeline of checks fix order, limits and data before a model comes?",
        options={
            "a": "so that no check is chosen, skipped or loosened for the model at hand",
            "b": "so that all checks take equally long",
            "c": "so that the A/B test comes first, since it is the most reliable",
        },
        answer="a",
        why={
            "a": "Who picks the test after seeing the model can pass any model. Code runs the same "
            "checks each time.",
            "b": "They do not: cheap and harmless ones come first.",
            "c": "It is also the dearest, and real customers pay for it: it comes last.",
        },
    ),
)
