"""Section 10.2: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="10.2-q1",
        text="What does the line `30 6 * * 1 retrain` of cron promise?",
        options={
            "a": "it starts retrain at 6:30 every Monday, if the data are there",
            "b": "it starts retrain at 6:30 every Monday, whatever has happened before",
            "c": "it starts retrain every Monday and ends it after six and a half hours",
        },
        answer="b",
        why={
            "a": "Cron knows no data and no other job, only the clock.",
            "b": "Minute, hour, any day of any month, weekday 1: a time, and nothing else.",
            "c": "Cron ends nothing. If the last run is still there, a second one starts beside "
            "it.",
        },
    ),
    Question(
        id="10.2-q2",
        text="A step sends a mail to all customers, and the scheduler retries three times. What do "
        "you do first?",
        options={
            "a": "raise the retries, so that the mail surely goes out",
            "b": "note each mail that was sent, by day and customer, and skip those noted",
            "c": "nothing: the scheduler sees to it that a step is done once",
        },
        answer="b",
        why={
            "a": "A step that dies in the middle then mails half of them again, up to so many "
            "times.",
            "b": "Then a second try sends what is missing. Between sending and noting a mail may "
            "still go out twice, unless the mail service itself refuses a known id.",
            "c": "It does it at least once. Nobody can tell a step that died before its work from "
            "one that died after.",
        },
    ),
    Question(
        id="10.2-q3",
        text="Twenty training jobs wait, there are eight free machines, and two more could be "
        "rented. Who does what?",
        options={
            "a": "the scheduler picks the jobs that go first; the orchestrator rents and starts "
            "machines",
            "b": "the orchestrator picks the jobs; the scheduler rents machines",
            "c": "cron does both",
        },
        answer="a",
        why={
            "a": "When and in which order: a scheduler. Where from: an orchestrator. Many systems "
            "do some of both.",
            "b": "The other way round.",
            "c": "Cron starts each command when the clock says so, and knows neither queue nor "
            "machine.",
        },
    ),
    Question(
        id="10.2-q4",
        text="A company with its own data centre moves to the cloud, and no longer plans who may "
        "use which machine at what time. When is that the right thing?",
        options={
            "a": "always, since elastic machines are never idle",
            "b": "as long as what is wasted costs less than the people who would avoid it",
            "c": "never, since packing jobs well always costs less",
        },
        answer="b",
        why={
            "a": "They boot, they are kept warm, they are asked for in advance: all that is paid.",
            "b": "With few machines, attention is dearer; with thousands, machines are.",
            "c": "An engineer's month buys many machines.",
        },
    ),
    Question(
        id="10.2-q5",
        text="Two steps need different versions of the same library. You have Kubernetes. Which "
        "tool is made for this, and what is the catch?",
        options={
            "a": "cron, which starts each in its own shell",
            "b": "Argo: a container for each step, in YAML; but one cannot easily try the flow "
            "without Kubernetes",
            "c": "Argo, and the flow runs on any laptop as it is",
        },
        answer="b",
        why={
            "a": "That gives environments of their own, and no dependencies between the steps.",
            "b": "Kubeflow builds on it, and spares you most of the YAML.",
            "c": "It needs a cluster, be it a small one on the laptop.",
        },
    ),
    Question(
        id="10.2-q6",
        text="A data scientist wants to write one Python file, run it on a laptop today and on a "
        "hundred cloud machines tomorrow, and never see YAML. What fits?",
        options={
            "a": "Metaflow, whose decorators say where a step runs and what it needs; Prefect is "
            "near, where containers matter less",
            "b": "Slurm, whose comments say it",
            "c": "Airflow of 2021, since its DAGs grow with the data",
        },
        answer="a",
        why={
            "a": "Metaflow and Kubeflow hide the infrastructure; Prefect is plain Python, too.",
            "b": "Slurm schedules jobs on machines that are there; it knows no flow in Python.",
            "c": "Mapping a step over data came in 2022. And Airflow leaves the machines to you.",
        },
    ),
)
