"""Section 6.1b, training: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="6.1-q6",
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
        id="6.1-q7",
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
        id="6.1-q8",
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
        id="6.1-q9",
        text="Two runs in the log have the same id, made from parameters and data, and different "
        "scores. What can you tell?",
        options={
            "a": "the data were changed in between",
            "b": "something that was not recorded as a parameter differed: a seed, a version, the "
            "number of threads",
            "c": "the hash collided",
        },
        answer="b",
        why={
            "a": "Then the id would be another one: the data are in it, byte by byte.",
            "b": "Whatever changes the result belongs into the record. Compare the rest of the "
            "two lines first.",
            "c": "Less likely than any other thing that can go wrong here.",
        },
    ),
    Question(
        id="6.1-q10",
        text="64 synchronous workers wait for the slowest of them in each step. What do 4 backup "
        "workers do?",
        options={
            "a": "each step takes the first 64 gradients of 68, and nobody waits for the slowest 4",
            "b": "they make the gradient less noisy",
            "c": "they make training asynchronous",
        },
        answer="a",
        why={
            "a": "The tail is what a step waits for, and it is cut off. The work of 4 workers is "
            "thrown away.",
            "b": "The mean is over as many gradients as before.",
            "c": "All gradients of a step are still for the same weights. None is stale.",
        },
    ),
)
