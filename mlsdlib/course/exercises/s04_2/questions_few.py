"""Section 4.2b: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="4.2-q7",
        text="A message to which a rule does not apply: what does the labelling function return?",
        options={
            "a": "the more frequent class",
            "b": "an abstention",
            "c": "a probability of one half",
        },
        answer="b",
        why={
            "a": "Then a rule with a small coverage would vote nearly everywhere, and mostly "
            "without a reason.",
            "b": "It votes only where its rule applies; others may vote there, or nobody.",
            "c": "A labelling function votes for a class or not at all. The label model makes the "
            "probabilities.",
        },
    ),
    Question(
        id="4.2-q8",
        text="Five colleagues add rules to your set. Four of the new rules look for nearly the "
        "same words. You have 200 messages with gold labels. What do you do?",
        options={
            "a": "trust the label model: it weighs the rules by itself",
            "b": "compare the model with the majority vote on the 200 messages, and merge rules "
            "that agree too often",
            "c": "throw out all rules with a small coverage",
        },
        answer="b",
        why={
            "a": "It takes agreement for proof. Copies agree whether they are right or wrong.",
            "b": "A few gold labels show whether the model gains or loses against counting votes.",
            "c": "A rule that applies seldom may be nearly always right.",
        },
    ),
    Question(
        id="4.2-q9",
        text="On what does each method of semi-supervision rely?",
        options={
            "a": "self-training on a model that is right when it is sure, spreading on neighbours "
            "of the same class, perturbation on changes that keep the label",
            "b": "all three on a larger number of hand labels",
            "c": "all three on classes of the same size",
        },
        answer="a",
        why={
            "a": "Each assumes something. Where it is wrong, unlabelled data do harm.",
            "b": "They add made labels to the few that people gave.",
            "c": "Unequal classes make collapse likelier, but that is not what they rest on.",
        },
    ),
    Question(
        id="4.2-q10",
        text="You fine-tune a large pre-trained model with 50 labels. Which comparison tells what "
        "the pre-training is worth?",
        options={
            "a": "its accuracy before and after fine-tuning",
            "b": "the frozen model against the fine-tuned one",
            "c": "the same 50 labels with a simple model that starts from nothing",
        },
        answer="c",
        why={
            "a": "That tells what the 50 labels are worth.",
            "b": "That tells whether to change its weights or only the last layer.",
            "c": "A source that does not fit may do worse than no source: negative transfer.",
        },
    ),
    Question(
        id="4.2-q11",
        text="How does query by committee choose?",
        options={
            "a": "several models vote, and the examples on which they disagree most are labelled",
            "b": "several people label each example",
            "c": "the examples that lie farthest from all labelled ones",
        },
        answer="a",
        why={
            "a": "The models are trained on different resamples, or are of different kinds.",
            "b": "Those are annotators; how they disagree is known only once they are paid.",
            "c": "That is coverage, for instance by greedy k-centre. It needs no model, which "
            "helps at a cold start.",
        },
    ),
    Question(
        id="4.2-q12",
        text="A product gets new messages all the time, and active learning picks which of today's "
        "are labelled. You want to know today's accuracy. On which messages?",
        options={
            "a": "on the picked ones: they are labelled anyway",
            "b": "on a random sample of today's messages, labelled besides",
            "c": "on the test set of last year",
        },
        answer="b",
        why={
            "a": "They were picked because the model wavers there: it looks far worse than it is.",
            "b": "A small random sample costs little, and only it is fair.",
            "c": "It says nothing about what has changed since, which is why one labels real-time "
            "data at all.",
        },
    ),
)
