"""The outline's concepts: each has a heading in its notebook, and something that proves it."""

import re
import tomllib

import pytest

from mlsdlib.course import paths, thresholds
from mlsdlib.course.exercises import section_module
from mlsdlib.course.sections import Section, discover

SECTIONS = [pytest.param(section, id=section.name) for section in discover()]


def load():
    """Return the concepts of each section: name to heading and proof."""
    file = paths.root() / "notebooks" / "concepts.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def provable(section):
    """Return the ids of a section that can prove a concept: claims, exercises, questions."""
    source = "\n".join(cell.source for cell in section.cells)
    module = section_module(section.number)
    table = [*getattr(module, "EXERCISES", ()), *getattr(module, "QUESTIONS", ())]
    practised = {entry.id for entry in table if f'"{entry.id}"' in source}
    return {call.id for call in thresholds.calls(section)}, practised


def problems(section, concepts):
    """Return what is wrong with the concepts of a section, each in one line."""
    if not concepts:
        return [f"{section.name} has no concepts in notebooks/concepts.toml"]
    texts = [cell.source for cell in section.cells if cell.kind == "markdown"]
    headings = {h.strip() for text in texts for h in re.findall(r"(?m)^#+ (.+)$", text)}
    claims, practised = provable(section)
    told = []
    for name, concept in concepts.items():
        if set(concept) != {"heading", "proof"}:
            told.append(f"{name!r} takes a heading and a proof, got {sorted(concept)}")
            continue
        if concept["heading"] not in headings:
            told.append(f"{name!r}: the notebook has no heading {concept['heading']!r}")
        if concept["proof"] not in claims | practised:
            told.append(f"{name!r}: the notebook has no {concept['proof']}")
    objectives = re.findall(r"[\d.]+-[eq]\d+", texts[0])
    used = {concept.get("proof") for concept in concepts.values()} | set(objectives)
    return told + [f"{id} proves no concept and no objective" for id in sorted(practised - used)]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_concept_has_a_heading_and_a_proof(section):
    assert problems(section, load().get(section.name)) == []


def test_concepts_belong_to_a_section_that_exists():
    assert set(load()) <= {section.name for section in discover()}


@pytest.fixture
def trial(tmp_path):
    source = tmp_path / "00_trial.py"
    source.write_text(
        "# %% [markdown]\n# # 0 Trial\n#\n# - decide (exercise 0-e1)\n\n"
        "# %% [markdown]\n# ## Round 1\n\n"
        '# %%\nclaim("0-1", "text", measured, above=1)\nexercise("0-e1").check(f)\n'
        'exercise("0-e2").check(f)\nquiz("0-q1", choice=None)\n'
    )
    return Section(source, "0", "0")


def concept(heading="Round 1", proof="0-1", **more):
    return {"heading": heading, "proof": proof} | more


def test_problems_finds_nothing_where_all_is_linked(trial):
    linked = {"A": concept(), "B": concept(proof="0-q1"), "C": concept(proof="0-e2")}
    assert problems(trial, linked) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (concept(heading="Round 2"), "'D': the notebook has no heading 'Round 2'"),
        (concept(proof="0-7"), "'D': the notebook has no 0-7"),
        (concept(proof="0-e3"), "'D': the notebook has no 0-e3"),
        (concept(page="1"), "'D' takes a heading and a proof, got ['heading', 'page', 'proof']"),
    ],
)
def test_problems_catches_a_broken_link(trial, wrong, message):
    linked = {"B": concept(proof="0-q1"), "C": concept(proof="0-e2"), "D": wrong}
    assert problems(trial, linked) == [message]


def test_problems_catches_what_nothing_links_to(trial):
    assert problems(trial, {"B": concept(proof="0-q1")}) == [
        "0-e2 proves no concept and no objective"
    ]
    assert problems(trial, None) == ["0 has no concepts in notebooks/concepts.toml"]
