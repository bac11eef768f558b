"""Alert rules against the states that Prometheus documents; logs that lose nothing."""

import math
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsdlib.monitoring import (
    Alert,
    AlertRule,
    JsonLog,
    draw_board,
    expected_accuracy,
    read_log,
)


def is_high(value):
    return None if value is None else value > 1


def states(values, step=10, **options):
    rule = AlertRule("high", is_high, **options)
    found = rule.update_many([step * i for i in range(len(values))], values)
    return "".join(state[0] for state in found), rule.alerts


def test_without_a_hold_time_it_fires_at_once():
    assert states([0, 2, 0])[0] == "ifi"


def test_a_spike_shorter_than_the_hold_time_calls_nobody():
    assert states([0, 2, 2, 0, 2, 2, 2], for_=20) == (
        "ippippf",
        [Alert("high", since=40, fired=60)],
    )


def test_a_resolved_alert_says_when():
    assert states([2, 2, 0, 2], for_=10) == ("pfip", [Alert("high", 0, 10, 20)])


def test_fluttering_calls_again_and_again_unless_it_is_kept():
    flutter = [2, 0, 2, 0, 2, 0, 0, 0]
    assert len(states(flutter)[1]) == 3
    kept, alerts = states(flutter, keep_firing_for=20)
    assert (kept, alerts) == ("ffffffii", [Alert("high", 0, 0, 60)])


def test_what_is_not_measured_lets_an_alert_go_quiet_unless_told_otherwise():
    assert states([2, None, None])[0] == "fii"
    assert states([0, None, None], absent=True, for_=10)[0] == "ipf"


@given(st.lists(st.sampled_from([0, 2]), min_size=1, max_size=30), st.integers(0, 4))
def test_it_fires_exactly_where_the_condition_held_for_so_long(values, hold):
    found, alerts = states(values, for_=10 * hold)
    runs = "".join("1" if value else "0" for value in values)
    expected = "".join(
        "i" if not value else "f" if runs[: i + 1].rstrip("1").__len__() <= i - hold else "p"
        for i, value in enumerate(values)
    )
    assert found == expected
    assert len(alerts) == sum(len(run) > hold for run in runs.split("0") if run)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: AlertRule("a", 3), TypeError, "expr must be a function"),
        (lambda: AlertRule("a", is_high, for_=-1), ValueError, "for_ must be at least 0"),
        (lambda: AlertRule("a", is_high, for_=math.inf), ValueError, "for_ must be finite"),
        (lambda: AlertRule("a", is_high, keep_firing_for="1"), TypeError, "keep_firing_for must"),
        (lambda: AlertRule("a", is_high, absent=None), TypeError, "absent must be True or False"),
        (lambda: AlertRule("a", lambda v: v).update(0, 1), TypeError, "expr must give True"),
        (lambda: AlertRule("a", is_high).update(math.nan, 1), ValueError, "time must not be NaN"),
        (
            lambda: AlertRule("a", is_high).update_many([1, 1], [0, 0]),
            ValueError,
            "time must rise, got 1 after 1",
        ),
    ],
)
def test_what_is_no_rule_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_log_keeps_every_event_of_every_thread(tmp_path):
    file = tmp_path / "log.jsonl"

    def work(name):
        for i in range(200):
            log.write("step", worker=name, i=i)

    with JsonLog(file) as log:
        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    events = [*read_log(file)]
    assert len(events) == 800
    for k in range(4):
        assert [e["i"] for e in events if e["worker"] == k] == [*range(200)]


WRITER = """
import sys
from mlsdlib.monitoring import JsonLog
with JsonLog(sys.argv[1]) as log:
    for i in range(300):
        log.write("step", i=i, text="x" * 200)
"""


def test_lines_of_several_processes_do_not_mix(tmp_path):
    file = tmp_path / "log.jsonl"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(file)]) for _ in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert sorted(event["i"] for event in read_log(file)) == sorted([*range(300)] * 2)


def test_a_log_is_continued_and_a_torn_last_line_is_left_out(tmp_path):
    file = tmp_path / "log.jsonl"
    for i in range(2):
        with JsonLog(file, clock=lambda: 1.5) as log:
            log.write("step", i=np.int64(i), x=np.array([0.5, 1]))
    with file.open("ab") as torn:
        torn.write(b'{"time": 2')
    assert [*read_log(file)] == [
        {"time": 1.5, "event": "step", "i": i, "x": [0.5, 1.0]} for i in range(2)
    ]
    file.write_text("[1]\n")
    with pytest.raises(ValueError, match="an object of JSON a line, line 1"):
        [*read_log(file)]
    file.write_text('{"a": 1}\n{oh\n{"b": 1}\n')
    with pytest.raises(ValueError, match="line 2"):
        [*read_log(file)]


def test_what_is_no_field_is_refused_and_nothing_is_written(tmp_path):
    file = tmp_path / "log.jsonl"
    with JsonLog(file) as log:
        with pytest.raises(ValueError, match="must not be named time or event"):
            log.write("step", time=3)
        with pytest.raises(ValueError, match="fields must hold JSON values"):
            log.write("step", x=math.nan)
        with pytest.raises(TypeError, match="fields must hold JSON values, got"):
            log.write("step", x=object())
    assert file.read_bytes() == b""
    with pytest.raises(RuntimeError, match="closed"):
        log.write("step")
    log.close()


def test_calibrated_probabilities_promise_the_accuracy_they_have():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(300):
        p = rng.beta(1, 1, 400)
        y = rng.random(400) < p
        promised = expected_accuracy(p)
        inside += promised.low <= ((p > 0.5) == y).mean() <= promised.high
    assert 0.91 <= inside / 300 <= 0.98


def test_two_columns_promise_what_one_does():
    p = np.random.default_rng(1).random(50)
    one, two = expected_accuracy(p), expected_accuracy(np.column_stack([1 - p, p]))
    assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high))
    assert one.value == pytest.approx(np.maximum(p, 1 - p).mean())


@pytest.mark.parametrize(
    ("p", "options", "error", "message"),
    [
        ([], {}, ValueError, "p must have shape"),
        (0.5, {}, ValueError, "p must have shape"),
        ([0.5, math.nan], {}, ValueError, "between 0 and 1"),
        ([1.5], {}, ValueError, "between 0 and 1"),
        (["a"], {}, TypeError, "p must hold numbers"),
        ([[0.5, 0.4]], {}, ValueError, "rows that sum to 1"),
        ([0.5], {"level": 1}, ValueError, "level must lie between 0 and 1"),
    ],
)
def test_what_promises_nothing_is_refused(p, options, error, message):
    with pytest.raises(error, match=message):
        expected_accuracy(p, **options)


def test_outside_takes_its_limits_from_the_past():
    rule = AlertRule.outside("score", [1.0, 3.0], width=2, for_=1)
    half = 2 * np.std([1.0, 3.0], ddof=1)
    assert rule.limits == pytest.approx((2 - half, 2 + half))
    readings = [2 + half, 2 + half + 1e-9, 2 - half - 1e-9, 2.0, None]
    states = ["inactive", "pending", "firing", "inactive", "inactive"]
    assert rule.update_many(range(5), readings) == states


def test_outside_takes_a_past_without_any_change():
    rule = AlertRule.outside("missing", [0.0] * 14)
    assert rule.update_many([0, 1], [0.0, 0.001]) == ["inactive", "firing"]


@pytest.mark.parametrize("history", [[], [1.0], [1.0, np.nan], [[1.0, 2.0]], ["a", "b"]])
def test_outside_names_a_wrong_history(history):
    with pytest.raises((TypeError, ValueError), match="history must hold"):
        AlertRule.outside("score", history)


def board(seen, rules):
    from matplotlib.figure import Figure

    axes = Figure().subplots(3)
    draw_board(axes, range(len(seen)), seen, rules, until=9, unit="hour")
    return axes


def test_a_board_shows_numbers_limits_and_alerts():
    rule = AlertRule.outside("score", [0.4, 0.5, 0.6])
    rule.update_many(range(4), [0.5, 0.9, 0.5, 0.9])
    axes = board([{"score": y, "missing": 0.0} for y in (0.5, 0.9, 0.5, 0.9)], {"score": rule})
    assert list(axes[0].lines[0].get_ydata()) == [0.5, 0.9, 0.5, 0.9]
    assert [line.get_ydata()[0] for line in axes[0].lines[1:3]] == list(rule.limits)
    assert axes[0].get_title() == "score: hour 1"
    assert axes[1].get_title() == "missing"
    bars = [(bar.get_x(), bar.get_width()) for bar in axes[2].patches]
    assert bars == [(1, 1), (3, 6)]


def test_a_board_can_be_drawn_again():
    from matplotlib.figure import Figure

    axes = Figure().subplots(2)
    for seen in ([{"a": 1.0}], [{"a": 1.0}, {"a": 2.0}]):
        draw_board(axes, range(len(seen)), seen, {}, until=9)
    assert len(axes[0].lines) == 1


def test_a_board_names_what_does_not_fit():
    with pytest.raises(ValueError, match="axes must be 2, one more than numbers, got 3"):
        board([{"a": 1.0}], {})
    with pytest.raises(ValueError, match="one entry for each time"):
        board([], {})
