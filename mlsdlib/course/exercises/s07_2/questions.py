"""Section 7.2: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="7.2-q1",
        text="A model answers in 80 milliseconds where 40 are asked for. Which of these does NOT "
        "make inference faster by itself?",
        options={
            "a": "a graph with merged operators",
            "b": "a file half as large, in half precision, on a CPU that computes in 32 bits",
            "c": "a student with a quarter of the units",
        },
        answer="b",
        why={
            "a": "Fewer operators to start and fewer trips through memory do save time.",
            "b": "It is turned back into 32 bits as it is loaded: only the file is smaller.",
            "c": "Smaller dense matrices are faster anywhere.",
        },
    ),
    Question(
        id="7.2-q2",
        text="In 4 bits after training a model loses a point, in 2 bits most of its accuracy. The "
        "device takes 2 bits. What helps most?",
        options={
            "a": "calibrate on more examples",
            "b": "train further with weights rounded to 2 bits, passing the gradient through",
            "c": "a loss scale",
        },
        answer="b",
        why={
            "a": "That finds better ranges for the inputs; the weights stay as coarse.",
            "b": "The net learns to live with the rounding; even one bit, the sign, may do.",
            "c": "That keeps small gradients of half precision from becoming zero.",
        },
    ),
    Question(
        id="7.2-q3",
        text="A paper shows a distilled student 10 points above one trained on labels. What do you "
        "ask first?",
        options={
            "a": "did both see the same images, and how would labels on all of them do",
            "b": "which temperature was used",
            "c": "do teacher and student have the same architecture",
        },
        answer="a",
        why={
            "a": "The teacher may stand in for labels that the other student did not get.",
            "b": "It matters, but it does not tell what the gain is made of.",
            "c": "They need not: a student may be of another kind.",
        },
    ),
    Question(
        id="7.2-q4",
        text="A layer of 3 x 3 convolutions is replaced by a depthwise separable one with 8 times "
        "fewer weights. How much faster is it?",
        options={
            "a": "8 times",
            "b": "one must time it: memory and start-up count as well",
            "c": "not at all, as with zeros in place",
        },
        answer="b",
        why={
            "a": "Weights and operations are not time, the less so for few channels.",
            "b": "With few channels the gain is small, with many it comes near the ratio.",
            "c": "Its matrices are really smaller, so there is a gain.",
        },
    ),
    Question(
        id="7.2-q5",
        text="Half of a layer's weights are zero. In which form is it faster than the dense one?",
        options={
            "a": "in place, with a dense kernel",
            "b": "in CSR, which stores a position beside each weight",
            "c": "if the zeros are whole rows, and these are removed",
        },
        answer="c",
        why={
            "a": "A dense kernel multiplies zeros like anything else.",
            "b": "At half zeros it takes as many bytes, and is slower; it wins with nearly all.",
            "c": "What is left is a smaller dense matrix.",
        },
    ),
    Question(
        id="7.2-q6",
        text="Static int8 beats dynamic int8 by a tenth of the time in your test, with ranges "
        "calibrated on photos taken by day. What must you fear in production?",
        options={
            "a": "photos whose values lie outside these ranges, such as those taken by night",
            "b": "that the weights drift away from their scales",
            "c": "nothing: both compute with the same whole numbers",
        },
        answer="a",
        why={
            "a": "Static ranges are fixed, and what lies outside is cut off; dynamic ones are "
            "looked for at each call.",
            "b": "Weights are rounded once, in both, and do not change while serving.",
            "c": "The weights are the same; the scales of the numbers between the layers are not.",
        },
    ),
)
