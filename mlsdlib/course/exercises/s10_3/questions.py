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
            "a": "whether it can run on our own servers or in our account",
            "b": "whether it is the fastest of its kind, since speed decides",
            "c": "nothing, since managed is always better for a small team",
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
            "a": "call the endpoint ten million times, from several machines",
            "b": "before buying, find out how it does batch prediction",
            "c": "nothing more, since a model that is deployed does both",
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
            "a": "the weights in use in March, and the rows of the complaint",
            "b": "the whole bundle, with functions, dependencies, data and tags",
            "c": "the training data and the code, since one can retrain",
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
            "a": "computation: both counts should come faster",
            "b": "management: one name, one definition, one owner",
            "c": "consistency: training and serving must agree",
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
            "a": "one definition and one past feed both",
            "b": "the Java code answers faster than before",
            "c": "nothing, as long as both programs are tested",
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
            "a": "Feast mostly serves features that others have computed",
            "b": "MLflow is a feature store with an offline and an online part",
            "c": "all feature stores do about the same, so take the cheapest",
        },
        answer="a",
        why={
            "a": "In batches, mostly. Tecton is managed; it computes batch and streaming features.",
            "b": "It tracks experiments, and stores and deploys models.",
            "c": "Some only catalogue, some only serve, some compute.",
        },
    ),
)
