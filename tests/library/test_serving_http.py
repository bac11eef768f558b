"""A service over HTTP: every request is answered, refused, or reported to its caller as failed."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from mlsdlib.serving import LoadRun, PredictionService, ServiceProcess, run_load


def total(rows):
    return rows.sum(axis=1)


def ask(service, body=b"", method="POST", path="/predict", headers=()):
    """Return status, headers and what the answer says, on a connection of its own."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    place = urlsplit(service.url).netloc
    with contextlib.closing(http.client.HTTPConnection(place, timeout=10)) as connection:
        connection.request(method, path, body, dict(headers))
        with connection.getresponse() as answer:
            said = answer.read()
    return answer.status, dict(answer.headers), json.loads(said) if said else None


def send(service, text):
    """Return all that comes back for these bytes, until the service closes the connection."""
    place = urlsplit(service.url)
    with socket.create_connection((place.hostname, place.port), 10) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b""))


@pytest.fixture
def service():
    with PredictionService(total, n_features=2) as made:
        yield made


class Gate:
    """A model that waits until it may answer."""

    def __init__(self):
        self.open, self.called = threading.Event(), threading.Event()

    def __call__(self, rows):
        self.called.set()
        assert self.open.wait(20)
        return total(rows)


# ---- one request


def test_a_row_is_predicted(service):
    status, headers, said = ask(service, {"features": [1, 2.5]})
    assert (status, said, headers["Content-Type"]) == (200, {"prediction": 3.5}, "application/json")
    assert ask(service, method="GET", path="/health")[::2] == (200, {"status": "up"})
    assert service.stats().answered == 1
    assert service.statuses() == {200: 2}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "the body must be JSON"),
        (b"{", "the body must be JSON"),
        (b"\xff\xfe", "the body must be JSON"),
        (b"[" * 60_000, "the body must be JSON"),
        ([1, 2], 'the body must be {"features": [numbers]}'),
        ({}, 'the body must be {"features": [numbers]}'),
        ({"features": "12"}, "features must be a list of numbers"),
        ({"features": [1, "2"]}, "features must be a list of numbers"),
        ({"features": [1, True]}, "features must be a list of numbers"),
        ({"features": [1, None]}, "features must be a list of numbers"),
        ({"features": [1, [2]]}, "features must be a list of numbers"),
        ({"features": [1]}, "features must be 2 numbers, got 1"),
        ({"features": [1, 2, 3]}, "features must be 2 numbers, got 3"),
        (b'{"features": [1, NaN]}', "features must be finite in 32 bits"),
        (b'{"features": [1, -Infinity]}', "features must be finite in 32 bits"),
        (b'{"features": [1, 1e300]}', "features must be finite in 32 bits"),
        (b'{"features": [1, 1' + b"0" * 400 + b"]}", "features must be finite in 32 bits"),
        ({"features": [1, 2], "timeout_ms": 0}, "timeout_ms must be a number above 0, got 0"),
        ({"features": [1, 2], "timeout_ms": "5"}, "timeout_ms must be a number above 0, got 5"),
        (b'{"features": [1, 2], "timeout_ms": NaN}', "timeout_ms must be a number above 0"),
        ({"features": [1, 2], "model": "x"}, "unknown: model"),
    ],
)
def test_a_malformed_request_is_told_what_is_wrong(service, body, says):
    status, _, said = ask(service, body)
    assert status == 400
    assert says in said["error"]
    assert service.stats().accepted == 0
    assert ask(service, {"features": [1, 2]})[0] == 200


@pytest.mark.parametrize(
    ("request_", "status", "says"),
    [
        ({"path": "/"}, 404, "there are POST /predict and GET /health"),
        ({"path": "/", "method": "GET"}, 404, "there are POST /predict"),
        ({"method": "GET"}, 405, "/predict takes POST only"),
        ({"path": "/health"}, 405, "/health takes GET only"),
        ({"body": b"x" * 70_000}, 413, "a request has at most 65536 bytes, this one 70000"),
    ],
)
def test_a_request_that_goes_astray_is_told_so(service, request_, status, says):
    found, headers, said = ask(service, **request_)
    assert found == status
    assert says in said["error"]
    assert headers.get("Allow") == {"/predict": "POST", "/health": "GET"}.get(
        request_.get("path", "/predict") if status == 405 else None
    )


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"POST /predict HTTP/1.1\r\n\r\n", b"411"),
        (b"GET /x HTTP/1.1\r\nContent-Length: 20\r\n\r\nGET / HTTP/1.1\r\n\r\n", b"404"),
        (b"POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (b"POST /predict HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST /predict HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n", b"400"),
        (b"POST /predict HTTP/1.1\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n", b"413"),
        (b"POST /predict HTTP/1.1\r\nContent-Length: 9\r\n\r\n{}", b"400"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"DELETE /predict HTTP/1.1\r\n\r\n", b"501"),
    ],
)
def test_what_is_no_proper_http_gets_an_answer_and_no_second_chance(service, text, status):
    said = send(service, text)
    assert status in said.splitlines()[0]
    assert b'{"error": ' in said
    assert said.count(b'"error"') == 1


def test_a_connection_is_kept_and_requests_may_follow_at_once(service):
    body = b'{"features": [1, 2]}'
    one = b"POST /predict HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    said = send(service, one * 3)
    assert said.count(b"HTTP/1.1 200 OK") == said.count(b'{"prediction": 3.0}') == 3


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda rows: 1 / 0, "the model failed: ZeroDivisionError"),
        (lambda rows: rows[:, 0] * np.nan, "JSON cannot say what the model gave"),
        (lambda rows: [object()], "JSON cannot say what the model gave"),
        (lambda rows: [], "gave 0 predictions"),
    ],
)
def test_a_model_that_fails_is_an_error_of_the_service(answer, says):
    with PredictionService(answer, n_features=2) as service:
        status, _, said = ask(service, {"features": [1, 2]})
    assert status == 500
    assert says in said["error"]


def test_a_prediction_may_be_a_vector():
    with PredictionService(lambda rows: rows[:, ::-1], n_features=2) as service:
        assert ask(service, {"features": [1, 2]})[2] == {"prediction": [2.0, 1.0]}


# ---- too much, too slow


def test_a_full_queue_turns_away_and_says_when_to_come_again():
    model = Gate()
    with PredictionService(model, n_features=1, max_batch=1, max_queue=1) as service:
        with ThreadPoolExecutor(2) as pool:
            asked = [pool.submit(ask, service, {"features": [0]})]
            assert model.called.wait(10)
            asked.append(pool.submit(ask, service, {"features": [1]}))
            while service.stats().inside < 2:
                time.sleep(0.001)
            status, headers, said = ask(service, {"features": [2]})
            model.open.set()
            assert sorted(f.result()[2]["prediction"] for f in asked) == [0.0, 1.0]
        assert (status, headers["Retry-After"]) == (503, "1")
        assert said == {"error": "1 rows wait, as many as may"}
    assert service.statuses() == {200: 2, 503: 1}


def test_a_slow_model_is_not_waited_for_longer_than_the_deadline():
    model = Gate()
    with PredictionService(model, n_features=1, max_batch=1, deadline=0.2) as service:
        start = time.monotonic()
        status, _, said = ask(service, {"features": [0], "timeout_ms": 50})
        assert (status, said) == (504, {"error": "no answer within 50 ms"})
        status, _, said = ask(service, {"features": [1], "timeout_ms": 60_000})
        assert (status, said) == (504, {"error": "no answer within 200 ms"})
        assert time.monotonic() - start >= 0.25
        model.open.set()
    stats = service.stats()  # the first was running; the second never cost the model anything
    assert (stats.answered, stats.cancelled) == (1, 1)


def test_there_are_only_so_many_connections():
    with PredictionService(total, n_features=2, max_connections=2) as service:
        place = urlsplit(service.url)
        address = place.hostname, place.port
        idle = [socket.create_connection(address, 10) for _ in range(2)]
        with socket.create_connection(address, 10) as third:
            assert third.recv(4096).startswith(b"HTTP/1.1 503 ")
        for connection in idle:
            connection.close()
        for _ in range(1_000):
            try:
                if ask(service, {"features": [1, 2]})[0] == 200:
                    return
            except (OSError, http.client.HTTPException):  # cut before it could read the 503
                pass
            time.sleep(0.005)
    pytest.fail("a connection that was closed still counts")


def test_every_caller_gets_the_answer_to_its_own_question():
    rows = np.random.default_rng(0).normal(size=(50, 3)).round(3)
    with PredictionService(total, n_features=3, max_batch=8) as service:
        (run,) = run_load([service.url], rows, n=300, clients=12, rng=1)
    assert (run.count("answered"), run.lost) == (300, 0)
    expected = rows.astype(np.float32)[run.log["row"]].sum(axis=1)
    assert run.log["prediction"].to_numpy() == pytest.approx(expected, abs=1e-6)
    assert service.stats().answered == 300
    assert service.stats().batches < 300


# ---- the end


def test_stopping_answers_what_has_come_and_takes_nothing_more():
    model = Gate()
    service = PredictionService(model, n_features=1, max_batch=1).__enter__()
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(ask, service, {"features": [k]}) for k in range(3)]
        while service.stats().inside < 3:
            time.sleep(0.001)
        stopping = threading.Thread(target=service.stop)
        stopping.start()
        while not service._server.draining:
            time.sleep(0.001)
        time.sleep(0.1)  # until it has closed its door
        with pytest.raises(OSError):
            ask(service, {"features": [9]})
        model.open.set()
        stopping.join(10)
        found = [f.result(10) for f in asked]
    assert [status for status, _, _ in found] == [200] * 3
    assert {headers["Connection"] for _, headers, _ in found} == {"close"}
    assert (service.stats().accepted, service.stats().answered) == (3, 3)
    service.stop()


def test_stopping_at_once_says_so_to_those_who_wait():
    model = Gate()
    service = PredictionService(model, n_features=1, max_batch=1).__enter__()
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(ask, service, {"features": [k]}) for k in range(3)]
        while service.stats().inside < 3:
            time.sleep(0.001)
        stopping = threading.Thread(target=service.stop, kwargs={"drain": False})
        stopping.start()
        while service.stats().inside > 1:
            time.sleep(0.001)
        model.open.set()
        stopping.join(10)
        assert sorted(f.result(10)[0] for f in asked) == [200, 503, 503]


def test_a_model_that_hangs_does_not_hold_up_the_end_for_ever():
    model = Gate()
    service = PredictionService(model, n_features=1, max_batch=1).__enter__()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, service, {"features": [0]})
        assert model.called.wait(10)
        start = time.monotonic()
        service.stop(timeout=0.2)
        assert time.monotonic() - start < 10
        with pytest.raises((OSError, http.client.HTTPException)):  # its caller is told by the cut
            asked.result(10)
        model.open.set()


def test_an_idle_connection_does_not_hold_up_the_end():
    with PredictionService(total, n_features=2) as service:
        connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=10)
        connection.request("POST", "/predict", b'{"features": [1, 2]}')
        assert connection.getresponse().read() == b'{"prediction": 3.0}'
        start = time.monotonic()
    assert time.monotonic() - start < 5
    with contextlib.closing(connection), pytest.raises((OSError, http.client.HTTPException)):
        _ = connection.request("GET", "/health"), connection.getresponse()


def test_stopping_under_load_loses_nothing():
    def slow(rows):
        time.sleep(0.002)
        return total(rows)

    rows = np.ones((4, 2))
    with PredictionService(slow, n_features=2, max_batch=1) as service:
        with ThreadPoolExecutor(1) as pool:
            load = pool.submit(run_load, [service.url], rows, n=600, rate=300, rng=0)
            while service.stats().answered < 50:
                time.sleep(0.001)
            service.stop()
        (run,) = load.result(60)
    stats = service.stats()
    assert run.lost == 0
    assert run.count("failed") > 0  # nobody was there any more
    assert stats.accepted == stats.answered + stats.cancelled
    assert run.count("answered") == service.statuses()[200]


# ---- load


def test_callers_who_come_at_a_rate_come_whatever_happens():
    def slow(rows):
        time.sleep(0.02)
        return total(rows)

    options = {"n_features": 1, "max_batch": 1, "max_queue": 3}
    with PredictionService(slow, **options) as service:
        (run,) = run_load([service.url], [[1.0]], n=100, rate=400, rng=0)
    assert run.count("answered") + run.count("rejected") == 100
    assert run.count("rejected") > 50
    assert run.log["due_ms"].is_monotonic_increasing
    assert run.latency_ms(0.5) >= 20
    assert run.within(1e6) == run.count("answered") > 0 == run.within(10)


def test_the_patience_of_the_callers_reaches_the_service():
    def slow(rows):
        time.sleep(0.1)
        return total(rows)

    with PredictionService(slow, n_features=1, max_batch=1) as service:
        (run,) = run_load([service.url], [[1.0]], n=8, clients=8, timeout_ms=150, rng=0)
    assert run.count("late") > 0
    assert run.count("late") + run.count("answered") == 8


def test_callers_tell_apart_what_can_happen():
    with PredictionService(total, n_features=2) as service:
        (run,) = run_load([service.url], [[1.0]], n=5, clients=2, rng=0)
    assert (run.count("refused"), run.lost) == (5, 0)
    assert np.isnan(run.latency_ms(0.5))
    (run,) = run_load([service.url], [[1.0]], n=5, clients=2, rng=0)  # nobody is there
    assert (run.count("failed"), run.lost) == (5, 0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        (run,) = run_load([url], [[1.0]], n=3, clients=3, timeout=0.2, rng=0)
    assert (run.count("failed"), run.lost) == (3, 0)
    with pytest.raises(ValueError, match="outcome must be one of answered, rejected"):
        run.count("ok")


def test_what_is_not_in_the_log_is_lost():
    import pandas as pd

    log = pd.DataFrame({"outcome": ["answered"], "latency_ms": [1.0]})
    assert LoadRun(log, 1.0, 3).lost == 2


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"clients": None}, ValueError, "exactly one of clients and rate must be given"),
        ({"rate": 5}, ValueError, "exactly one of clients and rate must be given"),
        ({"clients": 0}, ValueError, "clients must be at least 1, got 0"),
        ({"clients": None, "rate": 0}, ValueError, "rate must be above 0"),
        ({"n": 0}, ValueError, "n must be at least 1, got 0"),
        ({"rows": [1.0]}, ValueError, r"rows must have shape \(k, n_features\), got \(1,\)"),
        ({"urls": "http://127.0.0.1:1"}, TypeError, "urls must be a sequence of addresses"),
        ({"timeout": 0}, ValueError, "timeout must be above 0"),
    ],
)
def test_run_load_names_what_it_will_not_take(change, error, message):
    given = {"urls": ["http://127.0.0.1:1"], "rows": [[1.0]], "n": 1, "clients": 1} | change
    with pytest.raises(error, match=message):
        run_load(**given)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_features": 0}, "n_features must be at least 1"),
        ({"max_batch": 0}, "max_batch must be at least 1"),
        ({"deadline": 0}, "deadline must be above 0"),
        ({"max_connections": 0}, "max_connections must be at least 1"),
    ],
)
def test_a_service_names_what_it_will_not_take(change, message):
    with pytest.raises(ValueError, match=message):
        PredictionService(total, **{"n_features": 1} | change)


def test_a_service_is_started_once():
    service = PredictionService(total, n_features=1)
    with pytest.raises(RuntimeError, match="was not started"):
        service.stats()
    assert service.statuses() == {}
    service.stop()
    with service, pytest.raises(RuntimeError, match="was started before"):
        service.__enter__()


# ---- in a process of its own


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    from onnx import TensorProto, helper

    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 1])
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    node = helper.make_node("ReduceSum", ["x", "axes"], ["y"])
    graph = helper.make_graph([node], "sum", [x], [y], initializer=[axes])
    file = tmp_path_factory.mktemp("model") / "sum.onnx"
    opset = [helper.make_opsetid("", 17)]
    made = helper.make_model(graph, opset_imports=opset, ir_version=9)
    file.write_bytes(made.SerializeToString())
    return file


ROWS = np.random.default_rng(0).normal(size=(20, 3)).round(2)


def test_a_process_serves_and_ends_gently(model):
    with ServiceProcess(model, max_batch=4) as service:
        (run,) = run_load([service.url], ROWS, n=60, clients=5, rng=0)
        stats = service.stop()
        assert not service.is_running()
        with pytest.raises(RuntimeError, match="the process is not running"):
            service.stop()
    assert (run.count("answered"), stats["answered"], stats["inside"]) == (60, 60, 0)
    expected = ROWS.astype(np.float32)[run.log["row"]].sum(axis=1)
    assert run.log["prediction"].to_numpy() == pytest.approx(expected, abs=1e-5)


def test_a_crash_under_load_leaves_nobody_without_an_outcome(model):
    with ServiceProcess(model, crash_after=100, max_batch=4) as service:
        (run,) = run_load([service.url], ROWS, n=300, clients=8, rng=0)
        assert not service.is_running()
    assert run.lost == 0
    # What the model had predicted last was never answered.
    assert 100 - 8 <= run.count("answered") < 100
    assert run.count("answered") + run.count("failed") == 300


def test_a_process_that_cannot_start_says_so(model, capfd):
    with pytest.raises(RuntimeError, match="ended early"), ServiceProcess(model, max_batch=0):
        pass
    assert "max_batch must be at least 1" in capfd.readouterr().err
    with pytest.raises(ValueError, match="crash_after must be at least 1"):
        ServiceProcess(model, crash_after=0)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_service_ends_with_its_owner(model):
    code = (
        "import sys, time; from mlsdlib.serving import ServiceProcess as S\n"
        "s = S(sys.argv[1]).__enter__(); print(s._child.pid, flush=True); time.sleep(60)"
    )
    root = Path(__file__).parents[2]
    owner = subprocess.Popen(
        [sys.executable, "-c", code, str(model)], stdout=subprocess.PIPE, text=True, cwd=root
    )
    child = int(owner.stdout.readline())
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait(10)
    owner.stdout.close()
    for _ in range(1_000):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    pytest.fail("the service outlived its owner")
