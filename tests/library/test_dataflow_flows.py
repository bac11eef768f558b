"""Messages on four ways, a consumer that is away for a while, and services in a chain."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import psutil
import pytest

from mlsdlib.dataflow import HttpService, NatsServer, chain_availability, run_flow
from mlsdlib.estimate import wilson

FLOWS = ("database", "service", "pub-sub", "queue")


@pytest.fixture(scope="module")
def server():
    with NatsServer() as running:
        yield running


@pytest.mark.parametrize("flow", FLOWS)
def test_every_message_arrives_once(server, flow):
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    found = run_flow(flow, 30, server=server, interval_ms=1, rng=0)
    assert found.columns.tolist() == [
        "flow", "message", "sent_s", "held_ms", "accepted", "latency_ms", "deliveries"
    ]  # fmt: skip
    assert (found["flow"] == flow).all()
    assert found["message"].tolist() == list(range(30))
    assert (found["deliveries"] == 1).all()
    assert found["accepted"].all()
    assert (found["latency_ms"] > 0).all()
    assert (found["held_ms"] > 0).all()
    assert found["sent_s"].is_monotonic_increasing
    assert found["sent_s"][0] == 0
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before


def test_only_the_service_holds_its_caller(server):
    held = {
        flow: run_flow(flow, 9, server=server, interval_ms=1, work_ms=20, rng=0)["held_ms"]
        for flow in FLOWS
    }
    assert held["service"].min() >= 20
    for flow in ("database", "pub-sub", "queue"):
        assert held[flow].median() < 20


def test_a_row_waits_for_the_next_look():
    slow = run_flow("database", 20, poll_ms=100, interval_ms=10, rng=0)["latency_ms"]
    fast = run_flow("database", 20, poll_ms=1, interval_ms=10, rng=0)["latency_ms"]
    assert slow.median() > 25  # half a pause, and twice as safe
    assert fast.median() < slow.median()


def test_who_waits_for_a_consumer_that_is_away(server):
    away = range(10, 20)
    found = {
        flow: run_flow(flow, 30, server=server, interval_ms=2, down=(10, 20), rng=0)
        for flow in FLOWS
    }
    lost = {flow: set(f.loc[f["deliveries"] == 0, "message"]) for flow, f in found.items()}
    assert lost["database"] == lost["queue"] == set()
    assert lost["service"] == set(away)
    assert lost["pub-sub"] >= set(away)
    assert lost["pub-sub"] <= {9, *away}  # what the consumer had in its hands as it died
    refused = {flow: set(f.loc[~f["accepted"], "message"]) for flow, f in found.items()}
    assert refused == {"service": set(away), "database": set(), "queue": set(), "pub-sub": set()}
    # Who waits, waits until the consumer is back.
    for flow in ("database", "queue"):
        latency = found[flow]["latency_ms"]
        assert latency[10] > 1000 * (found[flow]["sent_s"][19] - found[flow]["sent_s"][10])


def test_a_consumer_that_is_away_at_the_end_does_the_rest_when_it_is_back(server):
    for flow in ("database", "queue"):
        found = run_flow(flow, 12, server=server, interval_ms=1, down=(6, 11), rng=0)
        assert (found["deliveries"] >= 1).all()


def test_the_seed_moves_the_arrivals(server):
    def arrivals(rng):
        return run_flow("pub-sub", 10, server=server, interval_ms=5, rng=rng)["sent_s"]

    first, other = arrivals(1), arrivals(2)
    assert (first - other).abs().max() > 0.001


def test_flows_run_where_a_loop_is_running(server):
    async def notebook():
        return run_flow("queue", 5, server=server)

    assert asyncio.run(notebook())["deliveries"].tolist() == [1] * 5


@pytest.mark.parametrize(
    ("flow", "options", "message"),
    [
        ("mail", {}, "flow must be among database, service, pub-sub, queue; got 'mail'"),
        ("queue", {}, "server must be a running NatsServer for 'queue', got None"),
        ("pub-sub", {"server": NatsServer()}, "server must be a running NatsServer"),
        ("service", {"n_messages": 0}, "n_messages must be a whole number of at least 1, got 0"),
        ("service", {"n_messages": 2.0}, "n_messages must be a whole number"),
        ("service", {"interval_ms": -1}, "interval_ms must be a finite number of at least 0"),
        ("service", {"poll_ms": float("inf")}, "poll_ms must be a finite number"),
        ("service", {"work_ms": float("nan")}, "work_ms must be a finite number"),
        ("service", {"down": (5, 5)}, "down must be two messages in order, up to 20; got"),
        ("service", {"down": (5, 21)}, "down must be two messages in order, up to 20; got"),
    ],
)
def test_run_flow_rejects(flow, options, message):
    with pytest.raises(ValueError, match=message):
        run_flow(flow, **{"n_messages": 20} | options)


# Services


def test_a_chain_answers_as_often_as_said():
    chain = [0.9, 0.8, 0.95]
    url, seed = "", 0
    with ExitStack() as stack:
        services = []
        for availability in reversed(chain):
            service = HttpService(next_url=url, availability=availability, rng=(seed := seed + 1))
            url = stack.enter_context(service).url
            services.append(service)
        answered = sum(services[-1].call(i) for i in range(300))
        alone = sum(services[0].call(i, retries=1) for i in range(300))
    for count, expected in (
        (answered, chain_availability(chain)),
        (alone, chain_availability([0.95], retries=1)),
    ):
        share = wilson(count, 300, level=0.9999)
        assert share.low < expected < share.high


def test_the_caller_waits_for_the_whole_chain():
    with ExitStack() as stack:
        url = ""
        for _ in range(3):
            service = stack.enter_context(HttpService(next_url=url, work_ms=15))
            url = service.url
        start = time.monotonic()
        assert service.call({"order": 1})
        assert time.monotonic() - start >= 0.045


def test_a_killed_service_fails_its_callers_and_leaves_no_process():
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with HttpService() as behind, HttpService(next_url=behind.url) as front:
        assert front.call(1)
        behind.kill()
        assert not front.call(2)
        assert not behind.call(3, retries=2)
        front.kill()
        assert not front.call(4)
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before


def test_a_service_is_down_by_lot():
    with HttpService(availability=0.0) as never, HttpService(availability=1.0) as always:
        assert not any(never.call(i, retries=3) for i in range(20))
        assert all(always.call(i) for i in range(20))


def test_a_service_dies_with_its_owner():
    code = (
        "import time\nfrom mlsdlib.dataflow import HttpService\n"
        "s = HttpService(); s.__enter__(); print(s._worker.pid, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with owner:
        service = psutil.Process(int(owner.stdout.readline()))
        os.kill(owner.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while service.is_running() and service.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"availability": 1.5}, r"availability must lie from 0 to 1, got 1\.5"),
        ({"work_ms": -1}, "work_ms must be a finite number of at least 0, got -1"),
    ],
)
def test_service_rejects(options, message):
    with pytest.raises(ValueError, match=message):
        HttpService(**options)
    with pytest.raises(RuntimeError, match="the service was not started"):
        HttpService().call(1)
