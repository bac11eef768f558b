"""Section 11.2: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="11.2-q1",
        text="Match the work to the role: (1) asks whether a forecast is better, and by how much; "
        "(2) turns the notebook into a service with tests; (3) automates releases and wakes up "
        "if one fails; (4) builds what all teams deploy with; (5) knows why nobody rides at "
        "four in the afternoon.",
        options={
            "a": "1 ML engineer, 2 data scientist, 3 platform engineer, 4 DevOps engineer, 5 data "
            "scientist",
            "b": "1 data scientist, 2 ML engineer, 3 DevOps engineer, 4 platform engineer, 5 "
            "subject matter expert",
            "c": "1 subject matter expert, 2 DevOps engineer, 3 ML engineer, 4 data scientist, 5 "
            "platform engineer",
        },
        answer="b",
        why={
            "a": "A service with tests is engineering, and why people ride is not in the data "
            "scientist's tables alone.",
            "b": "Titles differ between companies; the five kinds of work do not.",
            "c": "The expert knows the city. What is better by how much is measured by somebody "
            "whose work that is.",
        },
    ),
    Question(
        id="11.2-q2",
        text="Dispatchers label trips for the fraud model. Where else in its life should they be?",
        options={
            "a": "nowhere: labels are what a model takes from experts",
            "b": "at the end, to accept or reject the finished model",
            "c": "everywhere, from wording the problem to the screen",
        },
        answer="c",
        why={
            "a": "The labels are the smallest part: they know which errors hurt, and what nobody "
            "has put into a column.",
            "b": "Then it is too late to learn that the problem was worded wrongly.",
            "c": "At each of these somebody decides what an expert knows better.",
        },
    ),
    Question(
        id="11.2-q3",
        text="Features wait for weeks between the model team and the platform team, and each says "
        "that the other has broken it. Which drawbacks of separate teams are these?",
        options={
            "a": "coordination overhead, finger-pointing, a narrow view",
            "b": "the wide range of skills, and too much time spent on infrastructure",
            "c": "hiring is hard, and people cannot focus",
        },
        answer="a",
        why={
            "a": "With a narrow view each side can improve only its own part, and the wait lies "
            "between the parts.",
            "b": "These are the drawbacks of the other approach, where one person owns all of it.",
            "c": "Hiring and focus are what separate teams are good at.",
        },
    ),
    Question(
        id="11.2-q4",
        text="What is Netflix's model?",
        options={
            "a": "every data scientist learns containers, job orchestration and workflow tools",
            "b": "specialists build tools, data scientists own projects with them",
            "c": "an operations team runs all models for the data scientists",
        },
        answer="b",
        why={
            "a": "That is end-to-end ownership without tools: the penalty stays as it is.",
            "b": "The specialists' skill goes into the tool once, and not into each project.",
            "c": "That is the first approach, separate teams.",
        },
    ),
    Question(
        id="11.2-q5",
        text="A team of six has heard that a platform makes generalists fast. It would take two "
        "people to keep one, and saves a quarter of each person's time. What now?",
        options={
            "a": "build it: it will repay after enough years",
            "b": "stay slow: no tool can help so few",
            "c": "use one that others keep, bought or shared",
        },
        answer="c",
        why={
            "a": "Six quarters are less than two people: it loses each month, so no time is "
            "enough.",
            "b": "Only building it for six is ruled out.",
            "c": "What a platform saves grows with its users; its upkeep hardly does.",
        },
    ),
    Question(
        id="11.2-q6",
        text="A dispatcher can change a surge rule in a no-code tool, live at once. What must the "
        "tool have before that is a good idea?",
        options={
            "a": "versions, tests before and after, and a way back",
            "b": "a course in Python for all of the dispatchers",
            "c": "an engineer who types in what they dictate",
        },
        answer="a",
        why={
            "a": "A rule is code, whoever writes it. The expert needs no Python, and the rule "
            "needs what code needs.",
            "b": "No-code and low-code tools are there so that experts contribute without it.",
            "c": "That is the hand-off again, and the typing is where domain knowledge is lost.",
        },
    ),
)
