"""`mlsd build --check`: every defect it promises to find, planted one at a time."""

import pytest

from mlsdlib.course.check import PLACEHOLDER
from mlsdlib.course.new import create
from mlsdlib.course.sections import discover
from mlsdlib.course.thresholds import load

CLAIM = 'claim(\n    "9.9-1",'
DRAW = "draws = rng.uniform(0, 1, size=n_draws)"
LAST = "\n# %%\nrecap()\n"


def cell(code, tags=""):
    """One more code cell before the last."""
    return (LAST, f"\n# %% {tags}\n{code}\n{LAST}")


IN_SOURCE = {
    "title": (("# # 9.9 A tiny course", "# A tiny course"), "the first cell must give the title"),
    "question": (("**Core question.**", "Question:"), "the first cell must give the question"),
    "minutes": (("**Time** 30 minutes", "30 minutes"), "the first cell must give the minutes"),
    "no parameters": ((' tags=["parameters"]', ""), "cell tagged 'parameters', found 0"),
    "two parameters cells": (
        cell("x: int = 1  # more", 'tags=["parameters"]'),
        "needs one cell tagged 'parameters', found 2",
    ),
    "no seed": (("seed: int = 0", "chance: int = 0"), "must declare seed"),
    "bad parameter": (("seed: int = 0", "seed = 0"), "must read `name: type = default"),
    "no recap": ((LAST, "\n"), "the last code cell must call recap()"),
    "recap not last": (("**Read on.**", "**Read on.**\n\n# %%\nx = 1"), "must call recap()"),
    "placeholder": (("## Round 1", f"## {PLACEHOLDER}"), f"placeholder: '## {PLACEHOLDER}'"),
    "perf_counter": (cell("t = time.perf_counter()"), "reads a clock; use mlsdlib.timing"),
    "perf_counter_ns": (cell("t = perf_counter_ns()"), "reads a clock"),
    "time.time": (cell("t = time.time()"), "reads a clock"),
    "now": (cell("t = datetime.now()"), "reads a clock"),
    "urlopen": (cell("urllib.request.urlopen(place)"), "reaches for the network"),
    "address": (cell('pd.read_csv("https://example.org/a.csv")'), "reaches for the network"),
    "openml": (cell('fetch_openml("adult")'), "reaches for the network"),
    "ignored output": (
        cell("x = 1", 'tags=["nbval-ignore-output"]'),
        "a cell with nbval-ignore-output must say why in a comment `# volatile: …`",
    ),
    "ignored by a comment": (cell("x = 1  # NBVAL_IGNORE_OUTPUT"), "must say why in a comment"),
    "skipped": (cell("x = 1", 'tags=["nbval-skip"]'), "a cell with nbval-skip must say why"),
    "claim twice": (
        cell('claim("9.9-1", "The mean is below 1", t_interval(draws), below=1.0)'),
        "claim 9.9-1 is made 2 times",
    ),
    "claim of another section": ((CLAIM, CLAIM.replace("9.9", "9.8")), "claim 9.8-1 belongs to"),
    "claim without threshold": (
        (CLAIM, CLAIM.replace("9.9-1", "9.9-2")),
        "claim 9.9-2 has no threshold in notebooks/claims.toml",
    ),
    "another threshold": (
        ("below=1.0", "below=0.9"),
        "9.9-1 says below 0.9, claims.toml says below 1",
    ),
    "another side": (("below=1.0", "above=1.0"), "says above 1, claims.toml says below 1"),
    "no threshold": (("    below=1.0,\n", ""), "claim 9.9-1 says no single threshold"),
    "computed threshold": (("below=1.0", "below=n_draws"), "must be typed literally, got claim("),
    "computed id": ((CLAIM, "claim(\n    name,"), "must be typed literally"),
    "no prompt": (("### Exercise 9.9-e1", "### Your turn"), "exercise 9.9-e1 has no prompt"),
    "prompt of another": (("### Exercise 9.9-e1", "### Exercise 9.9-e12"), "has no prompt"),
    "no stub": (("    return TODO", "    return 0"), "has no stub: define value_range with TODO"),
    "stub of another name": (
        ("def value_range(", "def extent("),
        "has no stub: define value_range",
    ),
    "no check": (
        ('exercise("9.9-e1").check(value_range)', "value_range"),
        'has no check: a later cell must call exercise("9.9-e1").check(value_range)',
    ),
    "unknown exercise": (("# exercise 9.9-e1\n", "# exercise 9.9-e2\n"), "9.9: no exercise 9.9-e2"),
    "exercise left out": (
        ("# exercise 9.9-e1\n", "# an exercise\n"),
        "is defined but stands in no",
    ),
    "three questions": (
        ('quiz("9.9-q4", choice=None)', "None"),
        "four to six quiz questions, has 3",
    ),
    "seven questions": (
        cell("for _ in range(3):\n" + 3 * '    quiz("9.9-q1")\n'),
        "four to six quiz questions, has 7",
    ),
    "question left out": (
        ('quiz("9.9-q4", choice=None)', "None"),
        "9.9: 9.9-q4 is defined but stands in no cell",
    ),
    "unknown question": (('quiz("9.9-q4"', 'quiz("9.9-q7"'), "no quiz 9.9-q7: section 9.9 has"),
    "not Python": ((DRAW, "draws = = 1"), "9.9: a code cell is not Python: invalid syntax"),
}
IN_EXERCISES = {
    "two hints": ('"Written: a pointer.", ', "", "must have three hints, has 2"),
    "empty hint": ('"Written: a pointer."', '""', "must have three hints"),
    "two wrong answers": (
        '            Wrong("the maximum alone", lambda values: max(values), "mistake"),\n',
        "",
        "must plant three wrong answers, has 2",
    ),
    "no note": (
        'note="Written: what this solution trades away."',
        'note=""',
        "must say what its solution trades away",
    ),
}


def test_a_whole_section_has_no_problem(course, mlsd):
    assert course.problems() == []
    result = mlsd("build", "--check")
    assert (result.exit_code, result.stdout) == (0, "1 sections checked, 0 problems.\n")


@pytest.mark.parametrize(("edit", "found"), IN_SOURCE.values(), ids=IN_SOURCE)
def test_a_defect_of_the_source_is_found(course, edit, found):
    course.edit(*edit)
    assert found in "\n".join(course.problems())


@pytest.mark.parametrize(("old", "new", "found"), IN_EXERCISES.values(), ids=IN_EXERCISES)
def test_a_defect_of_an_exercise_is_found(course, old, new, found):
    course.edit(old, new, course.exercises)
    assert f"9.9: exercise 9.9-e1 {found}" in "\n".join(course.problems())


def test_an_ignored_output_with_its_reason_is_no_defect(course):
    course.edit(*cell("x = 1  # volatile: a duration", 'tags=["nbval-ignore-output"]'))
    assert not any("must say why" in problem for problem in course.problems())


def test_thresholds_are_compared_in_full(course):
    course.edit("below=1.0", "below=1_000_001")
    course.edit("below = 1.0", "below = 1_000_000", course.claims)
    assert "says below 1000001, claims.toml says below 1000000" in "\n".join(course.problems())


def test_one_defect_hides_no_other(course):
    course.edit("## Round 1", f"## {PLACEHOLDER}")
    course.edit("# exercise 9.9-e1\n", "# exercise 9.9-e2\n")
    found = "\n".join(course.problems())
    assert "placeholder" in found
    assert "no exercise 9.9-e2" in found


def test_a_section_that_cannot_be_read_hides_no_other_section(course, mlsd):
    create("9.8", "Another", course.root)
    course.edit("below=1.0", "below=n_draws")
    result = mlsd("build", "--check")
    assert result.exit_code == 1
    assert "9.9: 09_9_a_tiny_course.py: a claim's id and threshold must be typed" in result.stderr
    assert "9.8: still holds the skeleton's placeholder" in result.stderr


def test_the_check_prints_each_problem_and_fails(course, mlsd):
    course.edit("## Round 1", "## First round")
    result = mlsd("build", "--check", "9.9")
    assert result.exit_code == 1
    assert result.stdout == "1 sections checked, 2 problems.\n"
    assert result.stderr.splitlines() == [
        f"9.9: {folder}/09_9_a_tiny_course.ipynb, cell {number} differs from its source: "
        "edit the source, then build"
        for folder, number in (("notebooks", 3), ("solutions", 3))
    ]


def test_the_check_executes_nothing(course, mlsd, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("nothing may be executed")

    monkeypatch.setattr("mlsdlib.course.kernel.execute", refuse)
    course.edit(DRAW, DRAW + "  # changed")
    assert mlsd("build", "--check").exit_code == 1


def test_a_threshold_without_its_claim_is_an_orphan(course, mlsd):
    text = course.claims.read_text()
    course.claims.write_text(text + '["9.9-2"]\nabove = 3\nreason = "r"\nseed = "s"\n')
    result = mlsd("build", "--check")
    assert result.exit_code == 1
    assert result.stderr == "claims.toml: no notebook makes claim 9.9-2\n"


def test_the_evidence_must_be_what_the_notebooks_and_the_replication_say(course, mlsd):
    file, drifted = course.root / "EVIDENCE.md", "EVIDENCE.md is not what the notebooks and docs/"
    whole = file.read_text()
    (claim,) = [line for line in whole.splitlines() if line.startswith("| 9.9-1 |")]
    assert whole.count("## 9.9 A tiny course") == 1
    assert "1 claims: 1 " in whole
    file.write_text(whole.replace("9.9-1", "9.9-2"))
    assert mlsd("build", "--check").stderr.startswith(drifted)
    file.unlink()
    assert mlsd("build", "--check").stderr.startswith(drifted)
    assert mlsd("build").exit_code == 0
    assert file.read_text() == whole
    verdict = claim.split(" | ")[1]
    (course.root / "docs").mkdir()
    (course.root / "docs" / "replication.csv").write_text(
        f"claim,printed,seeds,same\n9.9-1,{verdict},20,19\n9.9-1,another,20,20\n"
    )
    assert mlsd("build", "--check").stderr.startswith(drifted)
    assert mlsd("build").exit_code == 0
    assert "| 19 of 20 |" in file.read_text()
    assert mlsd("build", "--check").exit_code == 0


def test_the_skeleton_has_no_defect_but_its_blanks_and_that_it_is_not_built(course, mlsd):
    assert mlsd("new", "9.8", "Another one").exit_code == 0
    problems = mlsd("build", "--check", "9.8").stderr.splitlines()
    known = ("still holds the skeleton's placeholder", "is missing: run mlsd build 9.8")
    assert problems
    assert [problem for problem in problems if not any(word in problem for word in known)] == []


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('above = 1\nbelow = 2\nreason = "r"\nseed = "s"', "takes one of above, below, between"),
        ('reason = "r"\nseed = "s"', "takes one of above, below, between"),
        ('above = 1\nreason = "r"\nseed = "s"\ncolour = 3', "got above, reason, seed, colour"),
        ('above = 1\nseed = "s"', "9.9-1: reason is missing"),
        ('above = 1\nreason = " "\nseed = "s"', "9.9-1: reason is missing"),
        ('above = 1\nreason = "r"', "9.9-1: seed is missing"),
        ('above = "1"\nreason = "r"\nseed = "s"', "above takes a number, got '1'"),
        ('above = true\nreason = "r"\nseed = "s"', "above takes a number, got True"),
        ('between = 1\nreason = "r"\nseed = "s"', "between takes two numbers, got 1"),
        ('between = [1]\nreason = "r"\nseed = "s"', r"between takes two numbers, got \[1\]"),
    ],
)
def test_an_incomplete_threshold_is_an_error(tiny, entry, message):
    tiny.claims.write_text(f'["9.9-1"]\n{entry}\n')
    with pytest.raises(ValueError, match=f"claims.toml, 9.9-1: .*{message}|{message}"):
        load()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"9.9-1" = 5', "claims.toml, 9.9-1: must be a table"),
        ('["9.9-e1"]\nabove = 1', "id of a claim must look like 3.2-1"),
        ("nonsense", "Expected '=' after a key"),
    ],
)
def test_a_claims_file_that_cannot_be_read_is_exit_code_2(tiny, mlsd, text, message):
    tiny.write().claims.write_text(text)
    result = mlsd("build", "--check")
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_threshold_knows_its_words_reason_and_history(tiny):
    tiny.claims.write_text(
        '["9.9-1"]\nbetween = [0.1, 2]\nreason = "r"\nseed = "s"\n'
        'timing = true\nchanged = "was 3"\n'
    )
    (limit,) = load().values()
    assert limit.words == "between 0.1 and 2"
    assert (limit.reason, limit.seed, limit.timing, limit.changed) == ("r", "s", True, "was 3")
    tiny.write()
    assert [section.name for section in discover()] == ["9.9"]
