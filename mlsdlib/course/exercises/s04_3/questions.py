"""Section 4.3: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="4.3-q1",
        text="Of ten thousand X-rays one shows cancer. A model is right about all but one of them. "
        "What is known about it?",
        options={
            "a": "it finds nearly every cancer",
            "b": "it is not worse than calling every X-ray normal",
            "c": "its precision is high",
        },
        answer="b",
        why={
            "a": "It may find none: calling all normal has the same accuracy.",
            "b": "Accuracy and error rate count the common class. Ask for recall and precision.",
            "c": "It may never call anything cancer, and then it has no precision.",
        },
    ),
    Question(
        id="4.3-q2",
        text="Most medical bills are small, a few are huge, and those make up most of the sum. A "
        "regression trained on absolute error does well on average. What will it miss?",
        options={
            "a": "nothing: class imbalance is about classes",
            "b": "the huge bills",
            "c": "the small bills",
        },
        answer="b",
        why={
            "a": "Rare and important values of a number are the same problem.",
            "b": "They are few, so a model that ignores them has a low average error. Measure the "
            "error where it costs: among the large ones.",
            "c": "They are common, and the average error is mostly about them.",
        },
    ),
    Question(
        id="4.3-q3",
        text="A detector of fraud has a ROC AUC of 0.95 in a test set with as many frauds as good "
        "payments. In service one payment of a thousand is a fraud. What happens?",
        options={
            "a": "the ROC AUC falls far below 0.95",
            "b": "the ROC AUC stays, and most of its alarms are false",
            "c": "precision and recall stay as they were",
        },
        answer="b",
        why={
            "a": "It compares positives with negatives, however many there are of each.",
            "b": "The rate of false alarms stays, and there are a thousand times as many payments "
            "that can raise one.",
            "c": "Recall does. Precision depends on how common fraud is.",
        },
    ),
    Question(
        id="4.3-q4",
        text="A team predicts churn. It balances the data by SMOTE, trains, and gives a discount "
        "to whoever has a churn probability above 0.05. Everybody gets one. Why?",
        options={
            "a": "the model learnt that half of the customers churn",
            "b": "SMOTE made the ranking worse",
            "c": "0.05 is too low a threshold for any model",
        },
        answer="a",
        why={
            "a": "Its probabilities fit the balanced world. Correct them for the true share, or "
            "train on the data as they are.",
            "b": "Perhaps a little; that does not move everybody above the threshold.",
            "c": "With calibrated probabilities it is right if a lost customer costs 19 discounts.",
        },
    ),
    Question(
        id="4.3-q5",
        text="A team drops the common row of every Tomek link from its whole table, then "
        "cross-validates. The AUC rises, and in service it is lower. What went wrong?",
        options={
            "a": "copies of test rows were in training",
            "b": "cases on the border between the classes were missing from the test",
            "c": "nothing in the method: to drop rows is never a leak",
        },
        answer="b",
        why={
            "a": "Nothing was copied or mixed. That is how oversampling leaks.",
            "b": "They were dropped because of their labels, and they are the hard ones. Split "
            "first, and resample only what you train on.",
            "c": "Labels of test rows decided which ones may be asked about. In service all come.",
        },
    ),
    Question(
        id="4.3-q6",
        text="In detecting objects in a picture nearly all regions are easy background. What does "
        "the focal loss do about it?",
        options={
            "a": "it weighs each class by one over its frequency",
            "b": "it weighs examples by how wrong the model still is about them",
            "c": "it leaves background regions out of training",
        },
        answer="b",
        why={
            "a": "That is what class weights do, whether an example is easy or not.",
            "b": "The easy ones fade, whatever their class. So do the probabilities: they are no "
            "longer calibrated.",
            "c": "That would be undersampling.",
        },
    ),
)
