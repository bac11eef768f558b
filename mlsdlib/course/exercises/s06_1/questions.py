"""Section 6.1, model selection and training: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="6.1-q1",
        text="A new model forecasts sales for each of the next 14 days. In a test on randomly held "
        "out days it beats 'the same as yesterday'. What do you ask for?",
        options={
            "a": "nothing: it beats the baseline on data that it has not seen",
            "b": "a test on days after training, against the same weekday of the last known week, "
            "and against the forecast in use",
            "c": "a zero-rule baseline, since yesterday is too strong",
        },
        answer="b",
        why={
            "a": "The neighbours of each held-out day were in training, and nobody knows yesterday "
            "14 days ahead.",
            "b": "The test must look like the use, and the baselines must respect the horizon. "
            "What is in use has to be beaten, too.",
            "c": "A weaker baseline proves less.",
        },
    ),
    Question(
        id="6.1-q2",
        text="A network learns to tell defects from photographs. Its loss does not fall. On one "
        "batch of 20 photographs, for hundreds of steps, it does not fall either. Where do you "
        "look?",
        options={
            "a": "at the code and the learning rate: enough weights can learn any 20 labels by "
            "heart",
            "b": "at the amount of data: 20 are too few to learn from",
            "c": "at regularisation: it generalises badly",
        },
        answer="a",
        why={
            "a": "Nothing needs to be understood to fit one batch. If that fails, the gradient, "
            "the step or the shapes are wrong.",
            "b": "Few rows are easier to fit, not harder.",
            "c": "It has learnt nothing yet that could fail to generalise.",
        },
    ),
    Question(
        id="6.1-q3",
        text="As training rows are added, training and validation error meet early, and both stay "
        "high. What may help?",
        options={
            "a": "more rows of the same kind",
            "b": "better features or a model that can bend more",
            "c": "stronger regularisation",
        },
        answer="b",
        why={
            "a": "The curves have met: rows no longer change anything.",
            "b": "The model is too simple for these features: bias. A gap between the curves "
            "would be variance, where rows or regularisation help.",
            "c": "That makes a model that is too stiff stiffer.",
        },
    ),
    Question(
        id="6.1-q4",
        text="A tool for AutoML tries 500 pipelines on your 400 validation rows and reports its "
        "best score. Which number may go into the decision?",
        options={
            "a": "the reported score: the search used validation rows only",
            "b": "the mean score of the 500",
            "c": "the winner's score on rows that no choice has seen, once",
        },
        answer="c",
        why={
            "a": "Being the luckiest of 500 is part of how it won. That part does not repeat.",
            "b": "That is nearly unbiased for a pipeline drawn blindly, but that is not the one "
            "you ship.",
            "c": "An outer test, or nested cross-validation, also pays for the choosing. Used "
            "again and again it becomes validation itself.",
        },
    ),
    Question(
        id="6.1-q5",
        text="The weights of a model do not fit into the memory of one accelerator. What helps?",
        options={
            "a": "synchronous data parallel training on eight of them",
            "b": "model parallel training: each holds some of the layers, or a part of each layer",
            "c": "asynchronous data parallel training, since nobody waits",
        },
        answer="b",
        why={
            "a": "Each of the eight would hold a whole copy. (Sharding the copies, as ZeRO does, "
            "is already a cut through the model.)",
            "b": "The price is talk between the parts at each step, and idle parts: pipelines "
            "send small batches through one after another to keep all busy.",
            "c": "It has whole copies as well, and late gradients on top.",
        },
    ),
    Question(
        id="6.1-q6",
        text="For stacking, a second model learns to combine five first ones from their "
        "predictions on the very rows they were trained on. What happens?",
        options={
            "a": "it trusts the member that has learnt its rows by heart",
            "b": "nothing bad: the labels are the true ones",
            "c": "the members get more alike",
        },
        answer="a",
        why={
            "a": "On its own rows that member is always right. Predictions for stacking come from "
            "folds: each row from members that never saw it.",
            "b": "The labels are, but the predictions are better than they will be in use.",
            "c": "The members are finished; only their weights are learnt.",
        },
    ),
)
