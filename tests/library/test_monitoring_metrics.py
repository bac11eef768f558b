"""Counters, gauges and histograms: Prometheus's own parser reads what they say."""

import math
import threading
import urllib.error
import urllib.request

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client import Histogram as TheirHistogram
from prometheus_client.parser import text_string_to_metric_families

from mlsdlib.monitoring import BinCounts, MetricsEndpoint, Registry, parse, scrape

numbers = st.floats(-1e6, 1e6)


def test_prometheus_reads_the_text_as_it_was_meant():
    registry = Registry()
    answered = registry.counter("answers_total", 'Back\\slash,\nnew line "x"', ["status", "note"])
    answered.inc(2, status=200, note='a "quoted"\nline\\')
    answered.inc(status=503, note="")
    registry.gauge("age_days", "Age.").set(-math.inf)
    registry.histogram("seconds", "Time.", buckets=[0.1, 1]).observe_many([0.1, 0.2, 7])
    families = {f.name: f for f in text_string_to_metric_families(registry.text())}
    assert families["answers"].documentation == 'Back\\slash,\nnew line "x"'
    assert {
        (s.labels["status"], s.labels["note"], s.value) for s in families["answers"].samples
    } == {
        ("200", 'a "quoted"\nline\\', 2.0),
        ("503", "", 1.0),
    }
    assert families["age_days"].samples[0].value == -math.inf
    assert [(s.name, s.labels.get("le"), s.value) for s in families["seconds"].samples] == [
        ("seconds_bucket", "0.1", 1.0),
        ("seconds_bucket", "1", 2.0),
        ("seconds_bucket", "+Inf", 3.0),
        ("seconds_sum", None, 7.3),
        ("seconds_count", None, 3.0),
    ]
    assert families["seconds"].type == "histogram"


@given(st.lists(st.floats(-10, 10), max_size=30))
def test_the_counts_are_those_of_prometheus_own_client(values):
    theirs = TheirHistogram("h", "H.", buckets=[-1, 0, 2.5], registry=CollectorRegistry())
    ours = BinCounts([-1, 0, 2.5])
    for value in values:
        theirs.observe(value)
    ours.update_many(values)
    counts = [s.value for m in theirs.collect() for s in m.samples if s.name == "h_bucket"]
    assert ours.cumulative()[1] == counts


@given(st.lists(numbers, max_size=20), st.lists(numbers, max_size=20))
def test_many_updates_are_one_and_merged_counts_are_those_of_all(first, second):
    folded, at_once, other = (BinCounts([-5, 0, 5, 100]) for _ in range(3))
    for value in first + second:
        folded.update(value)
    at_once.update_many(first)
    other.update_many(second)
    at_once.merge(other)
    assert at_once.get().tolist() == folded.get().tolist()
    assert at_once.sum == pytest.approx(folded.sum, abs=1e-6)
    assert other.counts.sum() == len(second)


@given(st.lists(st.floats(0, 9.99), min_size=1, max_size=40), st.floats(0, 1))
def test_a_quantile_lies_in_the_bin_of_the_exact_one(values, q):
    ends = np.arange(1, 11.0)
    bins = BinCounts(ends)
    bins.update_many(values)
    exact = float(np.quantile(values, q, method="inverted_cdf"))
    top = ends[np.searchsorted(ends, exact)]
    assert top - 1 - 1e-9 <= bins.quantile(q) <= top + 1e-9


def test_quantiles_follow_prometheus_at_the_ends():
    bins = BinCounts([-1, 1, 2])
    assert math.isnan(bins.quantile(0.5))
    bins.update_many([-3, 5, 6])
    assert bins.quantile(0.1) == -1  # its first bin ends below zero: only that end is known
    assert bins.quantile(0.9) == 2  # and of the last bin only the lower end
    assert math.isnan(only_infinite().quantile(0.5))


def only_infinite():
    bins = BinCounts([math.inf])
    bins.update(3)
    return bins


def test_memory_does_not_grow_with_the_values():
    bins = BinCounts()
    bins.update_many(np.random.default_rng(0).exponential(size=100_000))
    assert len(bins.counts) == 12
    assert bins.counts.sum() == 100_000


def test_the_tail_of_three_processes_is_that_of_their_merged_counts():
    rng = np.random.default_rng(1)
    values = [rng.exponential(scale, 5_000) for scale in (0.1, 0.1, 1.0)]
    merged, alone = Registry(), []
    whole = merged.histogram("seconds", "Time.", buckets=np.linspace(0.05, 8, 160))
    for some in values:
        registry = Registry()
        own = registry.histogram("seconds", "Time.", buckets=np.linspace(0.05, 8, 160))
        own.observe_many(some)
        alone.append(own.quantile(0.99))
        merged.merge(registry)
    together = parse(merged.text())["seconds_count"]
    exact = np.quantile(np.concatenate(values), 0.99)
    p99 = whole.quantile(0.99)
    assert together == 15_000
    assert p99 == pytest.approx(exact, abs=0.05)
    assert abs(np.mean(alone) - exact) > 1


def test_threads_lose_no_count():
    registry = Registry()
    counter = registry.counter("n_total", "N.")
    histogram = registry.histogram("s", "S.")

    def work():
        for _ in range(500):
            counter.inc()
            histogram.observe(0.01)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.get() == 2_000
    assert histogram.get().counts.sum() == 2_000


def test_registries_are_merged_series_by_series():
    mine, theirs = Registry(), Registry()
    for registry, status in ((mine, 200), (theirs, 503)):
        registry.counter("answers_total", "Answers.", ["status"]).inc(status=status)
        registry.gauge("queue", "Waiting.").set(4)
    mine.merge(theirs)
    assert parse(mine.text()) == {
        'answers_total{status="200"}': 1.0,
        'answers_total{status="503"}': 1.0,
        "queue": 8.0,
    }
    assert parse(theirs.text())["queue"] == 4.0


def test_a_metric_without_labels_is_there_before_anything_happens():
    registry = Registry()
    registry.counter("n_total", "N.")
    registry.histogram("s", "S.", buckets=[1])
    by_status = registry.counter("by_total", "By.", ["status"])
    assert parse(registry.text()) == {
        "n_total": 0.0,
        's_bucket{le="1"}': 0.0,
        's_bucket{le="+Inf"}': 0.0,
        "s_sum": 0.0,
        "s_count": 0.0,
    }
    assert by_status.get(status=1) == 0.0


def test_the_endpoint_shows_what_is_true_when_it_is_asked():
    registry = Registry()
    counter = registry.counter("n_total", "N.")
    with MetricsEndpoint(registry) as endpoint:
        assert scrape(endpoint.url) == {"n_total": 0.0}
        counter.inc(2)
        assert scrape(endpoint.url) == {"n_total": 2.0}
        with urllib.request.urlopen(endpoint.url, timeout=5) as answer:
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        elsewhere = endpoint.url.removesuffix("metrics")
        with pytest.raises(urllib.error.HTTPError) as refused:
            scrape(elsewhere)
        refused.value.close()
        assert refused.value.code == 404
        with pytest.raises(RuntimeError, match="started before"):
            endpoint.__enter__()
    with pytest.raises(OSError, match="refused"):
        scrape(endpoint.url)


def test_a_text_that_is_none_is_refused():
    with pytest.raises(ValueError, match="a sample a line, got 'n_total three'"):
        parse("n_total three\n")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda r: r.counter("2x", "X."), ValueError, "no digit first, got '2x'"),
        (lambda r: r.counter(2, "X."), TypeError, "name must be a text"),
        (lambda r: r.counter("x", "X.", "status"), TypeError, "labels must be a sequence"),
        (lambda r: r.counter("x", "X.", ["__a"]), ValueError, "labels must be of letters"),
        (lambda r: r.counter("x", "X.", ["a", "a"]), ValueError, "labels must differ"),
        (lambda r: r.histogram("x", "X.", ["le"]), ValueError, "got 'le'"),
        (lambda r: r.histogram("x", "X.", buckets=[2, 1]), ValueError, "upper must rise"),
        (lambda r: r.histogram("x", "X.", buckets=[]), ValueError, "not empty"),
        (lambda r: r.histogram("x", "X.", buckets=["a"]), TypeError, "upper must hold numbers"),
        (lambda r: [r.gauge("x", "X."), r.counter("x", "X.")], ValueError, "name must be new"),
        (lambda r: r.counter("x", "X.").inc(-1), ValueError, "amount must be at least 0, got -1"),
        (lambda r: r.counter("x", "X.").inc("1"), TypeError, "amount must be a number"),
        (lambda r: r.counter("x", "X.", ["a"]).inc(b=1), ValueError, r"must be \['a'\], got \['b'"),
        (lambda r: r.counter("x", "X.", ["a"]).inc(), ValueError, r"must be \['a'\], got \[\]"),
        (lambda r: r.gauge("x", "X.").set(math.nan), ValueError, "value must not be NaN"),
        (lambda r: r.histogram("x", "X.").observe(math.nan), ValueError, "count what is missing"),
        (lambda r: r.histogram("x", "X.").observe("a"), TypeError, "values must hold numbers"),
        (lambda r: r.histogram("x", "X.").observe_many([[1]]), ValueError, "one-dimensional"),
        (lambda r: r.histogram("x", "X.").quantile(2), ValueError, "q must lie between 0 and 1"),
        (lambda r: r.merge(3), TypeError, "other must be a Registry, got 3"),
        (lambda r: r.merge(with_counter("y")), ValueError, "same metrics, got 'y' too"),
        (lambda r: MetricsEndpoint(3), TypeError, "registry must be a Registry"),
        (lambda r: scrape("http://127.0.0.1:1", timeout=-1), ValueError, "timeout must be at"),
    ],
)
def test_what_is_no_metric_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(Registry())


def with_counter(name, labels=()):
    registry = Registry()
    registry.counter(name, "Y.", labels)
    return registry


def test_only_what_is_alike_is_merged():
    mine = with_counter("y")
    with pytest.raises(ValueError, match=r"must be y with labels \[\], got y with \['a'\]"):
        mine.merge(with_counter("y", ["a"]))
    theirs = Registry()
    theirs.gauge("y", "Y.")
    with pytest.raises(TypeError, match="other must be a Counter"):
        mine.merge(theirs)
    with pytest.raises(ValueError, match="other must have the bins"):
        BinCounts([1]).merge(BinCounts([2]))
    with pytest.raises(TypeError, match="other must be BinCounts"):
        BinCounts([1]).merge([2])


def test_nothing_is_counted_of_values_that_are_refused():
    bins = BinCounts([1])
    with pytest.raises(ValueError, match="must not be NaN"):
        bins.update_many([0.5, math.nan])
    assert bins.counts.sum() == 0
