"""Section 9.1: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="9.1-q1",
        text="A taxi service sets prices by a model that is retrained each night. A concert ends "
        "and demand is five times the usual. What helps these twenty minutes?",
        options={
            "a": "retraining each week, on more data",
            "b": "inputs of the last minutes, and a model that may be updated within minutes",
            "c": "a larger model",
        },
        answer="b",
        why={
            "a": "Next week the concert is over. More of the past does not hold this evening.",
            "b": "What is new is in the last minutes: as an input at once, as a label soon after. "
            "Both need fresh data from a stream.",
            "c": "It knows ordinary Thursdays even better.",
        },
    ),
    Question(
        id="9.1-q5",
        text="A script retrains a model each Sunday on the last three months. From next month on "
        "it shall go on from last week's weights. Which stage is that, and what changes most?",
        options={
            "a": "from automated stateless to automated stateful; the rows read for each update",
            "b": "from manual to automated; nobody has to start it",
            "c": "to continual learning; updates are triggered by shifts",
        },
        answer="a",
        why={
            "a": "Each row is read once and not thirteen times. How models and data are versioned "
            "has to change too: a model now depends on all models before it.",
            "b": "The script runs by itself already.",
            "c": "It still runs on Sundays, whether anything has moved or not.",
        },
    ),
    Question(
        id="9.1-q2",
        text='"With stateful training we can delete all data after each update." What is wrong?',
        options={
            "a": "nothing: the weights hold what is needed",
            "b": "replay, audits, another architecture and the repair of a bug need old rows; and "
            "weights may give away rows, so that privacy is not solved either",
            "c": "stateful training reads all old rows in each update",
        },
        answer="b",
        why={
            "a": "They hold what one model made of the rows, its bugs included.",
            "b": "To go on training one does not need them, for all else one does. How long to "
            "keep them is then a decision, and no side effect.",
            "c": "That is stateless training without a window.",
        },
    ),
    Question(
        id="9.1-q6",
        text="Four challengers run beside the champion every week, on the same 500 users. The best "
        "one promises a gain of 1 %, so it is released. A year later the sum of the promised gains "
        "is 20 %, and sales are as before. Why?",
        options={
            "a": "the users have changed",
            "b": "the best of four noisy numbers, picked again and again, is mostly luck",
            "c": "there was no non-inferiority margin",
        },
        answer="b",
        why={
            "a": "They may have. But this happens without any change.",
            "b": "It is the winner's curse. A gate that asks for a sure gain, with a stricter "
            "level for four, and a check on new users afterwards keep the account honest.",
            "c": "A margin above zero would have let in even more.",
        },
    ),
    Question(
        id="9.1-q3",
        text="A team wants hourly updates of two models: a linear one on hashed text, and a matrix "
        "factorisation that is computed from the whole table of users and items. Which is easier?",
        options={
            "a": "the linear one: each new row is one more step, and no new row changes the shape",
            "b": "the factorisation: it has no labels",
            "c": "both alike: a model is a model",
        },
        answer="a",
        why={
            "a": "A new user is a new row of the matrix, and its factors mean something only "
            "beside all others. Going on is possible, with a loss.",
            "b": "Ratings are its labels. And that is not what makes an update hard.",
            "c": "Gradient steps, matrix factors and trees take new rows very differently.",
        },
    ),
    Question(
        id="9.1-q4",
        text="A net in use gets each day's data and is trained on them until the loss is near 0. "
        "After a month it is worse than one trained anew on the whole month. What is likely, and "
        "what helps?",
        options={
            "a": "the learning rate is too low; raise it",
            "b": "it was trained to the end on little data, again and again; take fewer passes, "
            "or shrink and perturb the weights before each update",
            "c": "a month is too much data for one net",
        },
        answer="b",
        why={
            "a": "It reaches a loss near zero each day: it learns fast enough.",
            "b": "A warm start from weights that have made up their mind generalises worse, and "
            "each day's end is the next day's start.",
            "c": "The other net had the same month, and did well.",
        },
    ),
    Question(
        id="9.1-q7",
        text="A team wants to update every five minutes, not every day. What should it know first?",
        options={
            "a": "how much loss a day of age costs, and whether five minutes bring enough labels",
            "b": "whether the tools can do it",
            "c": "nothing: fresher is better",
        },
        answer="a",
        why={
            "a": "Both are in the log: shift the end of the training, and count labels that have "
            "come after five minutes. Then weigh the gain against the cost of an update.",
            "b": "They may well. That is the cost side, and only half of the question.",
            "c": "Labels of five minutes may be few, and of an odd kind: those that come first.",
        },
    ),
    Question(
        id="9.1-q8",
        text="Every update passes its gate on fresh, clean data. Can an attacker still have taught "
        "the model something?",
        options={
            "a": "no: the gate would have seen more errors",
            "b": "only if the attacker knows the weights",
            "c": "yes: something about inputs that hardly occur in clean data",
        },
        answer="c",
        why={
            "a": "It sees errors on its own rows, and the attacker's mark is not among them.",
            "b": "Taking part is enough: the model learns from what its users do.",
            "c": "So limit what one source can teach, test slices that must not move, and keep a "
            "version to go back to.",
        },
    ),
)
