"""Traces: the critical path against worlds in which it is known."""

import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsdlib.monitoring import (
    Call,
    Span,
    SpanContext,
    Tracer,
    align_clocks,
    critical_path,
    simulate_traces,
    time_by_service,
)


def path(*spans):
    return [(part.span.service, part.start, part.end) for part in critical_path(spans)]


ROOT = Span("shop", "checkout", 0, 10, id="a")


def child(service, start, end, id, parent="a"):
    return Span(service, "work", start, end, id=id, parent=parent)


def test_one_after_the_other_with_gaps():
    assert path(ROOT, child("x", 1, 3, "b"), child("y", 5, 8, "c")) == [
        ("shop", 0, 1),
        ("x", 1, 3),
        ("shop", 3, 5),
        ("y", 5, 8),
        ("shop", 8, 10),
    ]


def test_what_ran_beside_a_longer_one_is_not_on_the_path():
    assert path(ROOT, child("x", 1, 9, "b"), child("y", 2, 8.9, "c")) == [
        ("shop", 0, 1),
        ("x", 1, 9),
        ("shop", 9, 10),
    ]
    # y ends while x still runs, and began before it: until x began nobody waited for y
    assert path(ROOT, child("x", 4, 9, "b"), child("y", 1, 6, "c")) == [
        ("shop", 0, 4),
        ("x", 4, 9),
        ("shop", 9, 10),
    ]


def test_a_child_that_outlives_its_parent_is_cut():
    assert path(ROOT, child("x", 8, 15, "b"), child("y", -2, 1, "c")) == [
        ("y", 0, 1),
        ("shop", 1, 8),
        ("x", 8, 10),
    ]
    assert path(ROOT, child("x", 12, 15, "b")) == [("shop", 0, 10)]


def test_the_path_goes_down_to_the_grandchildren():
    assert path(ROOT, child("x", 2, 8, "b"), child("db", 3, 7, "c", "b")) == [
        ("shop", 0, 2),
        ("x", 2, 3),
        ("db", 3, 7),
        ("x", 7, 8),
        ("shop", 8, 10),
    ]


leaf = st.builds(Call, st.sampled_from("abcde"), st.floats(0.01, 1))
trees = st.recursive(
    leaf,
    lambda sub: st.builds(
        Call,
        st.sampled_from("abcde"),
        st.floats(0.01, 1),
        st.lists(sub, max_size=3).map(tuple),
        st.booleans(),
    ),
    max_leaves=8,
)


@given(trees, st.integers(0, 5))
def test_the_path_has_no_gap_and_its_times_add_up(call, seed):
    (spans,), _ = simulate_traces(call, 1, rng=np.random.default_rng(seed))
    found = critical_path(spans)
    assert found[0].start == spans[0].start
    assert found[-1].end == spans[0].end
    for one, two in pairwise(found):
        assert one.end == two.start
        assert one.seconds > 0
    times = time_by_service(spans)
    assert sum(times.values()) == pytest.approx(spans[0].seconds)
    assert [*times.values()] == sorted(times.values(), reverse=True)


@given(trees)
def test_making_the_path_faster_makes_the_request_faster_and_nothing_else_does(call):
    def simulated(service, factor):  # no two pieces of work take equally long
        return simulate_traces(call, 1, rng=np.random.default_rng(0), slow=service, factor=factor)

    for service in set(call.services):
        (spans,), _ = simulated(service, 1.0)
        (faster,), _ = simulated(service, 0.999)
        gain = spans[0].seconds - faster[0].seconds
        if service in time_by_service(spans):
            assert gain > 0
        else:
            assert gain == pytest.approx(0, abs=1e-12)


@given(trees, st.dictionaries(st.sampled_from("abcde"), st.floats(-100, 100)))
def test_aligned_clocks_put_every_child_inside_its_parent(call, skew):
    skew = {name: by for name, by in skew.items() if name in call.services}
    (spans,), _ = simulate_traces(call, 1, rng=np.random.default_rng(0), skew=skew)
    aligned = align_clocks(spans)
    assert [span.id for span in sorted(aligned, key=lambda s: int(s.id, 16))] == [
        span.id for span in spans
    ]
    by_id = {span.id: span for span in aligned}
    for span, before in zip(sorted(aligned, key=lambda s: int(s.id, 16)), spans, strict=True):
        assert span.seconds == pytest.approx(before.seconds)
        if span.parent:
            parent = by_id[span.parent]
            assert parent.start - 1e-9 <= span.start
            assert span.end <= parent.end + 1e-9


def test_clocks_that_agree_are_left_alone():
    spans = [ROOT, child("x", 1, 3, "b"), child("db", 2, 3, "c", "b")]
    assert align_clocks(spans) == spans


def test_a_moved_child_takes_its_own_along_and_a_longer_one_stays():
    spans = [ROOT, child("x", 101, 105, "b"), child("db", 102, 103, "c", "b")]
    assert [(s.start, s.end) for s in align_clocks(spans)] == [(0, 10), (3, 7), (4, 5)]
    late = [ROOT, child("mail", 9, 40, "b")]
    assert align_clocks(late) == late


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([], r"one first span, got \[\]"),
        ([ROOT, Span("x", "y", 0, 1, id="b")], "got \\['shop checkout', 'x y'\\]"),
        ([ROOT, child("x", 0, 1, "a")], "ids that differ"),
        ([ROOT, child("x", 0, 1, "b", "c"), child("y", 0, 1, "c", "b")], "each other's parents"),
    ],
)
def test_what_is_no_trace_is_refused(spans, message):
    with pytest.raises(ValueError, match=message):
        critical_path(spans)


def test_a_span_does_not_end_before_it_starts():
    with pytest.raises(ValueError, match="end must not come before start"):
        Span("a", "b", 2, 1)


def test_a_trace_goes_on_in_another_service_and_thread():
    shop, risk = Tracer("shop"), Tracer("risk")

    def score(header):
        with risk.span("score", parent=SpanContext.from_header(header)):
            pass

    with shop.span("checkout") as checkout:
        thread = threading.Thread(target=score, args=(checkout.header,))
        thread.start()
        thread.join()
    (mine,), (theirs,) = shop.spans, risk.spans
    assert (theirs.trace, theirs.parent, mine.parent) == (mine.trace, mine.id, "")
    assert [part.span.service for part in critical_path([mine, theirs])] == ["shop", "risk", "shop"]


def test_a_span_is_kept_when_its_work_fails():
    tracer = Tracer("shop")
    with pytest.raises(KeyError), tracer.span("checkout"):
        raise KeyError("gone")
    assert [span.name for span in tracer.spans] == ["checkout"]
    with (
        pytest.raises(TypeError, match="parent must be a SpanContext"),
        tracer.span("x", parent="a"),
    ):
        pass


@pytest.mark.parametrize("header", ["", "00-" + "a" * 32, f"00-{'A' * 32}-{'b' * 16}-01"])
def test_a_header_of_another_form_is_refused(header):
    with pytest.raises(ValueError, match="header must be 00-"):
        SpanContext.from_header(header)


def test_the_slow_service_is_slow_in_its_share_of_the_requests():
    call = Call("shop", 0.1, (Call("db", 0.2),))
    rng = np.random.default_rng(0)
    traces, slowed = simulate_traces(call, 2_000, rng=rng, slow="db", share=0.1, factor=10)
    own = np.array([spans[1].seconds for spans in traces])
    assert 0.08 < slowed.mean() < 0.12
    assert np.median(own[slowed]) == pytest.approx(2, rel=0.1)
    assert np.median(own[~slowed]) == pytest.approx(0.2, rel=0.1)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n": 0}, ValueError, "n must be a whole number"),
        ({"rng": 3}, TypeError, "rng must be a numpy"),
        ({"slow": "x"}, ValueError, "must name shop; got 'x'"),
        ({"skew": {"x": 1}}, ValueError, "must name shop; got 'x'"),
        ({"share": 2}, ValueError, "share must lie"),
        ({"factor": -1}, ValueError, "factor must be at least 0"),
        ({"spread": -1}, ValueError, "spread must be at least 0"),
    ],
)
def test_what_is_no_world_is_refused(options, error, message):
    options = {"n": 1, "rng": np.random.default_rng(0), **options}
    with pytest.raises(error, match=message):
        simulate_traces(Call("shop", 0.1), options.pop("n"), **options)


def test_what_is_no_call_is_refused():
    with pytest.raises(ValueError, match="work must be at least 0"):
        Call("shop", -1)
    with pytest.raises(TypeError, match="calls must be a tuple of Call"):
        Call("shop", 1, [Call("x", 1)])
