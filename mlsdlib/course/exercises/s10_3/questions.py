"""Section 10.3: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="10.3-q1",
        text="A hospital may not let patients' data leave its own servers, and has two engineers. "
        "A vendor offers a managed platform in the vendor's cloud. What do you ask first?",
        options={
            "a": "whether it can run on our servers or in our own account; else it is out, "
            "however convenient",
            "b": "whether it is the fastest, since speed decides",
            "c": "nothing: managed is always better for a small team",
        },
        answer="a",
        why={
            "a": "Compatibility and compliance come before comfort. Then weigh: what the hospital "
            "hosts itself, two engineers keep running, at night too.",
            "b": "A fast platform that may not be used is no platform.",
            "c": "It spares maintenance, and costs control: here the data may not go.",
        },
    ),
    Question(
        id="10.3-q2",
        text="A tool pushes models to endpoints that answer one request each. Every night you need "
        "predictions for ten million customers. What follows?",
        options={
            "a": "call the endpoint ten million times",
            "b": "look at batch prediction before buying: it needs another way, many rows at once "
            "and a place for the answers",
            "c": "nothing, a model that is deployed does both",
        },
        answer="b",
        why={
            "a": "It works and costs: each request pays for the network and for a batch of one.",
            "b": "Online and batch are both deployment, and few tools do both well.",
            "c": "The model can; the tool around it may not.",
        },
    ),
    Question(
        id="10.3-q3",
        text="A complaint arrives about a decision of last March. What do you need to find out why "
        "it was made?",
        options={
            "a": "the weights in use in March",
            "b": "the whole bundle: weights and definition, functions and dependencies to compute "
            "the score again, data and code to see where the weights came from, tags to find it",
            "c": "the training data, since one can retrain",
        },
        answer="b",
        why={
            "a": "Weights without functions and their versions give another score, silently.",
            "b": "A store that keeps all of it lets a bug be traced in an afternoon.",
            "c": "A retrained model is another model, the more so with other packages.",
        },
    ),
    Question(
        id="10.3-q4",
        text="Two teams have a feature `visits`. One counts seven days, the other twenty-eight. "
        "Which function of a feature store is missing?",
        options={
            "a": "computation: it should count faster",
            "b": "management: a name, its definition and its owner, to be found before anybody "
            "writes a second one",
            "c": "consistency between training and serving",
        },
        answer="b",
        why={
            "a": "Both counts may be fast. They are two features under one name.",
            "b": "Sharing begins with finding, and with one meaning for a name.",
            "c": "Each team may be consistent with itself.",
        },
    ),
    Question(
        id="10.3-q5",
        text="A model is trained on features from a nightly SQL job, and served with features that "
        "another team's Java code computes. What does a feature store change?",
        options={
            "a": "one definition and one table of the past feed both, so that training and serving "
            "see the same",
            "b": "it makes the Java code faster",
            "c": "nothing, as long as both are tested",
        },
        answer="a",
        why={
            "a": "That is consistency. Two programs for one feature drift apart.",
            "b": "It replaces it, or at least feeds it.",
            "c": "Each is tested against its own idea of the feature.",
        },
    ),
    Question(
        id="10.3-q6",
        text="Which sentence about tools is right?",
        options={
            "a": "Feast stores and serves features that are computed elsewhere, in batches for the "
            "most part; Tecton is managed and computes batch and streaming features, too",
            "b": "MLflow is a feature store",
            "c": "all feature stores do the same, so take the cheapest",
        },
        answer="a",
        why={
            "a": "The category is young and the offers differ: read what each one computes.",
            "b": "It tracks experiments, and stores and deploys models.",
            "c": "Some only catalogue, some only serve, some compute.",
        },
    ),
)
