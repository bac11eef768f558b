"""Points, deadlines, overrides and limits, and the file they come from."""

import re
import tomllib
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from mlsdlib.course.classroom import gradebook, policy
from mlsdlib.course.classroom.limits import Limits
from mlsdlib.course.classroom.marking import Mark
from mlsdlib.course.classroom.registry import Registry

DEADLINE = datetime(2030, 1, 31, 22, 59, tzinfo=UTC)
LATE = "[late]\ndeadline = 2030-01-31T23:59:00Z\n"
RIGHT = Mark("4.1-e1", "correct", passed=4, cases=4)
HALF = Mark("4.1-e2", "not yet", passed=2, cases=4, kind="random case", drawn_passed=1, drawn=2)
OURS = Mark("4.1-e1", "grader error", cases=4)


WHOLE = re.sub(r"(?m)^# ", "", policy.EXAMPLE).replace("points = {", 'points = { "4.1-e2" = 3,')


def rules(text=WHOLE):
    return policy.parse(text)


def test_the_policy_that_is_printed_can_be_used(mlsd, tmp_path):
    said = mlsd("class", "policy")
    assert said.exit_code == 0
    (tmp_path / "policy.toml").write_text(said.output)
    printed = policy.load(tmp_path / "policy.toml")
    assert printed == policy.Policy(
        exercises=("4.1", "4.3"), partial=True, points={"default": 1}, limits=Limits()
    )
    policy.check(printed, Registry())


def test_the_policy_that_is_printed_has_all_there_is():
    stands = tomllib.loads(WHOLE)
    assert set(stands) == policy._KNOWN
    assert set(stands["late"]) == policy._LATE
    assert set(stands["limits"]) == {field.name for field in fields(Limits)}


@pytest.mark.parametrize(
    ("late", "factor"),
    [
        (timedelta(0), 1.0), (timedelta(minutes=15), 1.0), (timedelta(minutes=16), 0.9),
        (timedelta(days=1), 0.9), (timedelta(days=1, seconds=1), 0.8), (timedelta(days=5), 0.5),
        (timedelta(days=5, seconds=1), 0.0), (timedelta(days=-9), 1.0),
    ],
)  # fmt: skip
def test_being_late(late, factor):
    assert rules().factor("ben", DEADLINE + late) == pytest.approx(factor)


def test_extension_no_time_and_no_deadline():
    assert rules().factor("anna", DEADLINE + timedelta(days=2)) == 1.0
    assert rules().factor("ben", None) == 1.0
    assert policy.Policy().factor("ben", DEADLINE) == 1.0


def test_points():
    known = rules()
    late = DEADLINE + timedelta(hours=1)
    assert known.earned("ben", RIGHT, DEADLINE) == 1.0
    assert known.earned("ben", RIGHT, late) == 0.9
    assert known.earned("ben", HALF, DEADLINE) == 1.5
    assert known.earned("anna", HALF, None) == 2.5  # by hand
    assert rules("").earned("ben", HALF, None) == 0.0  # no partial credit unless asked for
    assert known.earned("ben", OURS, DEADLINE) is None


def test_partial_credit_is_for_cases_that_nobody_could_look_up():
    looked_up = Mark("4.1-e2", "not yet", passed=3, cases=5, drawn_passed=0, drawn=2)
    assert rules().earned("ben", looked_up, None) == 0.0
    slip = Mark("4.1-e2", "not yet", passed=25, cases=28, drawn_passed=20, drawn=20)
    assert rules().earned("ben", slip, None) == pytest.approx(2.68)  # not yet is never all
    only_chosen = Mark("4.1-e2", "not yet", passed=3, cases=4)
    assert rules().earned("ben", only_chosen, None) == pytest.approx(2.25)


def test_points_by_hand_settle_what_the_grader_could_not():
    by_hand = {("ben", "4.1-e1"): policy.Override(0.5, "seen")}
    known = policy.Policy(overrides=by_hand)
    (row,) = gradebook.rows([gradebook.Graded("ben", (OURS,))], known)
    assert (row["points"], row["override"]) == (0.5, "seen")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("exercise = []", "the policy knows exercises.* got 'exercise'"),
        ("exercises = '4.1'", "exercises must be a list"),
        ("partial = 1", "partial must be true or false, got 1"),
        ("points = 3", "points must be a table, got 3"),
        ("[points]\ndefault = -1", "points of default must be between 0 and 1e.09, got -1"),
        ("[points]\ndefault = inf", "points of default must be between 0 and .* got inf"),
        ("[points]\ndefault = true", "points of default must be a number, got True"),
        ("[late]\ndeadline = 'soon'", "deadline must be a date with a time, got 'soon'"),
        ("[late]\nper_day = 0.1", "late must have a deadline"),
        ("[late]\ndeadline = 2030-01-31T23:59:00", "deadline must have a time zone, such as"),
        (f"{LATE}per_day = nan", "per_day must be between 0 and 1, got nan"),
        (f"{LATE}per_day = 10", "per_day must be between 0 and 1, got 10"),
        (f"{LATE}grace_minutes = inf", "grace_minutes must be between .* got inf"),
        ("[extensions]\nanna = 2030-01-31T23:59:00", "extensions of anna must have a time zone"),
        ("[limits]\nseconds = 0", "seconds must be between 1 and 86400, got 0"),
        ("[limits]\nseconds = inf", "seconds must be between .* got inf"),
        ("[limits]\nanswer_megabytes = 1e-5", "answer_megabytes must be between 0.01 and"),
        ("[limits]\nprocesses = 9.5", "processes must be a whole number, got 9.5"),
        ("[limits]\ncores = 2", "limits knows .* got 'cores'"),
        ("[[overrides]]\nstudent = 'a'", "an override must name its exercise"),
        ("[[overrides]]\nwho = 'a'", "an override knows"),
        ("overrides = 3", "overrides must be tables, .* got 3"),
        (2 * "[[overrides]]\nstudent = 'a'\nexercise = '4.1-e1'\npoints = 1\n", "a, 4.1-e1 twice"),
        ("x = [", "Invalid|Unclosed|Expected"),
    ],
)
def test_what_is_wrong_in_a_policy_is_named(text, words, tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=f"policy.toml: .*(?:{words})"):
        policy.load(file)


def test_a_deadline_at_the_end_of_time_has_a_grace():
    known = rules("[late]\ndeadline = 9999-12-31T23:59:00Z\ngrace_minutes = 60")
    assert known.factor("ben", DEADLINE) == 1.0


@pytest.mark.parametrize("id", ["4.1-e99", "4.1", "4.1-q1", "99.9-e1"])
def test_points_and_overrides_are_of_exercises(id):
    for text in (
        f"points = {{ '{id}' = 1 }}",
        f"[[overrides]]\nstudent = 'a'\nexercise = '{id}'\npoints = 1",
    ):
        with pytest.raises(ValueError, match=f"(points|overrides) must name exercises: .*{id}"):
            policy.check(rules(text), Registry())
    policy.check(rules(), Registry())


def test_exercises_are_named_by_id_section_and_part():
    def ids(*names):
        return [exercise.id for exercise in Registry().select(names)]

    first, second = ids("4.2a"), ids("4.2b")
    assert first
    assert second
    assert sorted([*first, *second]) == sorted(ids("4.2"))
    assert ids("4.2-e1", "4.2a")[0] == "4.2-e1"
    assert ids("4.2-e1", "4.2a") == ids("4.2a")
    for name, words in {
        "foo": "exercise must be an id .* or a section such as 4.1, got 'foo'",
        "foo-1": "id of an exercise must look like 3.2-e1, got 'foo-1'",
        "4.1c": "section 4.1c has no exercises",
    }.items():
        with pytest.raises((KeyError, ValueError), match=words):
            ids(name)


def test_who_is_named_and_has_handed_in_nothing():
    assert policy.strangers(rules(), {"ben": DEADLINE}, ["anna", "ben"]) == []
    assert policy.strangers(rules(), {f"s{n}": DEADLINE for n in range(9)}, ["Anna"]) == [
        "overrides name students who have handed in nothing: 'anna'",
        "extensions name students who have handed in nothing: 'anna'",
        "times name students who have handed in nothing: 's0', 's1', 's2', 's3', 's4' and 4 more",
    ]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("processes", -1, "between 8 and 10000, got -1"), ("files", True, "got True")],
)
def test_limits_name_what_is_wrong(name, value, words):
    with pytest.raises(ValueError, match=f"{name} must be .*{words}"):
        Limits(**{name: value})
