"""Claims: what is refused, what is decided, what a reader and the evidence get to see."""

import importlib
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.course import begin, claim, finding, predict, recap, session
from mlsdlib.course.claim import decide, describe_threshold
from mlsdlib.course.recap import SENTINEL_KEY
from mlsdlib.course.session import SESSION
from mlsdlib.estimate import Estimate

MEANS = {"holds": "It pays.", "fails": "It does not pay.", "undecided": "Measure more."}
SEVEN = Estimate(7.0, 6.0, 8.0, method="t", n=12, unit="times")
unhurried = settings(deadline=None)
ends = st.floats(-1e6, 1e6)


@pytest.fixture
def published(monkeypatch):
    """What the notebook would show: a list of (data, metadata)."""
    shown = []

    def publish(data, metadata=None):
        shown.append((data, metadata or {}))

    for name in ("claim", "recap"):  # as attributes of the package these are the functions
        module = importlib.import_module(f"mlsdlib.course.{name}")
        monkeypatch.setattr(module, "publish", publish)
    return shown


def make(measured=SEVEN, text="The ratio is above 5", id="3.2-1", **options):
    return claim(id, text, measured, **{"above": 5} | options)


# ---- the verdict


@pytest.mark.parametrize(
    ("low", "high", "threshold", "verdict"),
    [
        (6, 8, {"above": 5}, "holds"),
        (5, 8, {"above": 5}, "undecided"),
        (4, 5, {"above": 5}, "fails"),
        (4, 6, {"above": 5}, "undecided"),
        (5, 5, {"above": 5}, "fails"),
        (2, 4, {"below": 5}, "holds"),
        (2, 5, {"below": 5}, "undecided"),
        (5, 6, {"below": 5}, "fails"),
        (5, 5, {"below": 5}, "fails"),
        (2, 3, {"between": (2, 3)}, "holds"),
        (1.9, 3, {"between": (2, 3)}, "undecided"),
        (1, 4, {"between": (2, 3)}, "undecided"),
        (3.1, 4, {"between": [2, 3]}, "fails"),
        (1, 1.9, {"between": [2, 3]}, "fails"),
        (6, math.inf, {"above": 5}, "holds"),
        (-math.inf, math.inf, {"above": 5}, "undecided"),
    ],
)
def test_the_verdict_is_the_side_of_the_whole_interval(low, high, threshold, verdict):
    assert decide(Estimate(low, low, high), **threshold) == verdict


@unhurried
@given(low=ends, width=st.floats(0, 1e3), threshold=ends)
def test_above_and_below_never_both_hold(low, width, threshold):
    estimate = Estimate(low, low, low + width)
    above, below = decide(estimate, above=threshold), decide(estimate, below=threshold)
    assert (above == "holds") <= (below == "fails")
    assert (below == "holds") <= (above == "fails")
    assert (above == "undecided") >= (estimate.low < threshold < estimate.high)


@pytest.mark.parametrize(
    ("threshold", "error", "message"),
    [
        ({}, ValueError, "exactly one of above, below and between must be given, got none"),
        ({"above": 1, "below": 2}, ValueError, "got above, below"),
        ({"above": 1, "below": 2, "between": (1, 2)}, ValueError, "got above, below, between"),
        ({"above": math.nan}, ValueError, "above must not be NaN"),
        ({"below": math.nan}, ValueError, "below must not be NaN"),
        ({"between": (1, math.nan)}, ValueError, "between must not be NaN"),
        ({"above": "5"}, TypeError, "above must be a number, got '5'"),
        ({"above": True}, TypeError, "above must be a number, got True"),
        ({"between": 3}, TypeError, r"between must be a pair \(low, high\), got 3"),
        ({"between": (1, 2, 3)}, TypeError, r"between must be a pair \(low, high\)"),
        ({"between": (2, 2)}, ValueError, "between must be a pair low < high"),
        ({"between": (3, 2)}, ValueError, "between must be a pair low < high"),
    ],
)
def test_exactly_one_threshold_that_is_a_number(threshold, error, message):
    with pytest.raises(error, match=message):
        decide(SEVEN, **threshold)


def test_a_threshold_is_described_in_full():
    assert describe_threshold(above=1_234_567) == "above 1234567"
    assert describe_threshold(below=0.05) == "below 0.05"
    assert describe_threshold(between=(1, 2.5)) == "between 1 and 2.5"


# ---- what is refused


@pytest.mark.parametrize("number", [7, 7.0, np.float64(7), None, "7", (6, 7, 8)])
def test_a_bare_number_is_refused(number):
    with pytest.raises(
        TypeError, match=r"must be an Estimate .* say exact=True and give the reason"
    ):
        make(number)


@pytest.mark.parametrize("reason", ["", "  ", None])
def test_an_exact_number_needs_its_reason(reason):
    with pytest.raises(ValueError, match="reason must say why the number is exact"):
        make(7, exact=True, reason=reason)


def test_an_exact_number_is_an_interval_without_width():
    made = make(7, exact=True, reason="rows are counted")
    assert (made.verdict, made.value, made.low, made.high) == ("holds", 7, 7, 7)
    assert (made.method, made.measured) == ("exact", "7")


@pytest.mark.parametrize(("number", "error"), [(math.nan, ValueError), ("7", TypeError)])
def test_an_exact_number_is_a_number(number, error):
    with pytest.raises(error):
        make(number, exact=True, reason="rows are counted")


def test_an_estimate_is_never_exact():
    with pytest.raises(TypeError, match="must be a bare number with exact=True, got an Estimate"):
        make(SEVEN, exact=True, reason="rows are counted")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "µs", "ns", "seconds", "min", "h"])
def test_a_duration_is_refused(unit):
    with pytest.raises(ValueError, match=rf"must not be a duration \(unit '{unit}'\).*time_ratio"):
        make(Estimate(7, 6, 8, unit=unit))


@pytest.mark.parametrize("text", ["", " ", "It ends here.", "It ends here. ", None])
def test_the_text_is_a_sentence_without_full_stop(text):
    with pytest.raises(ValueError, match="text must be one sentence without its full stop"):
        make(text=text)


@pytest.mark.parametrize("id", ["1", "3.2", "3.2-e1", "3.2-q1", ""])
def test_the_id_is_a_claims(id):
    with pytest.raises(ValueError, match="id of a claim must look like"):
        make(id=id)


@pytest.mark.parametrize("means", [{}, {"holds": "a"}, MEANS | {"maybe": "b"}])
def test_the_readings_are_those_of_the_three_verdicts(means):
    with pytest.raises(ValueError, match="means must have the keys holds, fails, undecided, got"):
        make(means=means)


def test_a_refused_claim_leaves_no_trace(published):
    with pytest.raises(ValueError, match="exactly one"):
        make(above=None)
    assert (SESSION.claims, published) == ({}, [])


# ---- what is shown


def test_the_plain_text_is_exactly_the_verdict_line(published):
    for measured, verb in (
        (SEVEN, "holds"),
        (Estimate(3, 2, 4), "fails"),
        (Estimate(5, 4, 6), "is undecided"),
    ):
        make(measured)
        assert published.pop()[0]["text/plain"] == f"Claim 3.2-1 {verb}: The ratio is above 5"


def test_the_figures_stand_in_the_span_that_nbval_blanks(published):
    make(text="Less < more & so on")
    ((data, _),) = published
    assert data["text/html"] == (
        "<p><b>Claim 3.2-1 holds:</b> Less &lt; more &amp; so on<br>"
        '<span class="mlsd-value">measured 7 times [6, 8], claimed above 5</span></p>'
    )


def test_outside_a_notebook_the_line_is_printed(capsys):
    make(means=MEANS)
    assert capsys.readouterr().out == "Claim 3.2-1 holds: The ratio is above 5\nIt pays.\n"


def test_the_claim_itself_shows_nothing_more(capsys):
    made = make()
    capsys.readouterr()
    assert made._ipython_display_() is None
    assert capsys.readouterr().out == ""


def test_the_metadata_hold_all_that_evidence_needs(published):
    begin("3.2", seed=3, n_rows=1_000)
    make(means=MEANS)
    facts = published[0][1]["mlsdlib.claim"]
    assert json.loads(json.dumps(facts)) == {
        "id": "3.2-1",
        "text": "The ratio is above 5",
        "verdict": "holds",
        "value": 7.0,
        "low": 6.0,
        "high": 8.0,
        "unit": "times",
        "method": "t",
        "n": 12,
        "threshold": "above 5",
        "parameters": {"seed": 3, "n_rows": 1_000},
        "reading": "It pays.",
    }


def test_an_open_end_is_stored_as_null(published):
    make(Estimate(7, 6, math.inf))
    facts = published[0][1]["mlsdlib.claim"]
    assert (facts["low"], facts["high"]) == (6, None)
    assert "Infinity" not in json.dumps(facts)


def test_the_reading_of_the_verdict_obtained_is_shown_and_found(published):
    make(Estimate(3, 2, 4), means=MEANS)
    assert published[1][0] == {
        "text/plain": "It does not pay.",
        "text/markdown": "*It does not pay.*",
    }
    assert finding("3.2-1") == "It does not pay."


def test_there_is_no_finding_before_the_claim_or_without_readings():
    make()
    for id in ("3.2-1", "3.2-2"):
        with pytest.raises(KeyError, match=f"claim {id} has no reading yet"):
            finding(id)
    with pytest.raises(ValueError, match="id of a claim must look like"):
        finding("3.2")


def test_a_guess_is_shown_beside_the_measurement_and_recorded(published, record_file):
    begin("3.2")
    predict("3.2-1", "How many times?", guess=20)
    make()
    assert "; your guess was 20</span>" in published[0][0]["text/html"]
    assert "20" not in published[0][0]["text/plain"]
    guess, measured = map(json.loads, record_file.read_text().splitlines())
    assert (guess["kind"], guess["id"], guess["guess"]) == ("guess", "3.2-1", 20)
    assert {name: measured[name] for name in ("kind", "guess", "value", "low", "high")} == {
        "kind": "measured",
        "guess": 20,
        "value": 7,
        "low": 6,
        "high": 8,
    }


# ---- the recap and the session


def test_the_recap_lists_the_claims_and_carries_the_sentinel(published):
    begin("3.2", seed=1)
    make()
    make(Estimate(3, 2, 4), text="Less < more", id="3.2-2")
    recap()
    data, metadata = published[-1]
    assert data["text/plain"].splitlines() == [
        "Section 3.2, 2 claims: holds 1, fails 1",
        "3.2-1    holds      The ratio is above 5",
        "3.2-2    fails      Less < more",
    ]
    assert '<span class="mlsd-value">7 times [6, 8]</span>' in data["text/html"]
    assert "Less &lt; more" in data["text/html"]
    assert metadata == {SENTINEL_KEY: {"section": "3.2", "claims": ["3.2-1", "3.2-2"]}}


def test_a_claim_decided_again_stands_once_in_the_recap(published):
    begin("3.2")
    make()
    make(Estimate(3, 2, 4))
    recap()
    assert published[-1][0]["text/plain"].startswith("Section 3.2, 1 claims: fails 1\n")


def test_a_recap_needs_a_notebook_and_a_claim():
    with pytest.raises(RuntimeError, match=r"recap\(\) needs a notebook: call begin"):
        recap()
    begin("3.2")
    with pytest.raises(RuntimeError, match=r"recap\(\) found no claim"):
        recap()


def test_begin_empties_the_session():
    begin("3.2", seed=1)
    predict("3.2-1", "How many?", guess=2)
    make()
    begin("3.3a")
    assert session.Session(section="3.3a") == SESSION


@pytest.mark.parametrize(
    ("section", "parameters", "error", "message"),
    [
        ("3-2", {}, ValueError, "section must be a number such as .*, got '3-2'"),
        (3.2, {}, ValueError, "section must be a number"),
        ("3.2", {"rows": [1]}, TypeError, r"rows must be a number, a string or a bool, got \[1\]"),
    ],
)
def test_begin_takes_a_section_and_plain_values(section, parameters, error, message):
    with pytest.raises(error, match=message):
        begin(section, **parameters)
