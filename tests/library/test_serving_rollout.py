"""A rollout over HTTP: who answers, who is asked in vain, what is decided, what is closed."""

import gc
import http.client
import json
import threading
import time
import warnings
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from mlsdlib.experiments import CanaryGate
from mlsdlib.serving import (
    OnnxModel,
    PredictionService,
    Rollout,
    ServiceProcess,
    classifier_to_onnx,
    run_load,
)

ROWS = np.arange(100.0)[:, None]


def answers(number):
    """Return a model that always says the same."""
    return lambda rows: np.full(len(rows), number)


def broken(rows):
    raise ArithmeticError("no")


@pytest.fixture
def serve():
    """Start services, and stop them in the end."""
    with ExitStack() as stack:
        yield lambda predict, **options: stack.enter_context(
            PredictionService(predict, n_features=1, **options)
        )


def start(champion, **options):
    return Rollout(champion.url, n_features=1, rng=0, **options)


def load(rollout, n=200, clients=6):
    (run,) = run_load([rollout.url], ROWS, n=n, clients=clients, rng=0)
    assert run.lost == 0
    return run


def ask(url, body=b'{"features": [1]}'):
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)) as connection:
        connection.request("POST", "/predict", body)
        with connection.getresponse() as answer:
            return answer.status, json.loads(answer.read())


# ---- the champion


def test_the_champion_answers(serve):
    with start(serve(answers(1.0))) as rollout:
        assert set(load(rollout).log["prediction"]) == {1.0}
        assert rollout.stats().answered == 200
        assert rollout.log == ()


def test_what_the_champion_refuses_its_caller_hears(serve):
    with start(serve(broken)) as rollout:
        status, said = ask(rollout.url)
        assert status == 500
        assert "ArithmeticError" in said["error"]
        assert ask(rollout.url, b'{"features": [1, 2]}')[0] == 400
        assert rollout.stats().failed == 1


def test_nobody_there_is_an_error_and_not_silence(serve):
    champion = serve(answers(1.0))
    with start(champion) as rollout:
        assert ask(rollout.url)[0] == 200
        champion.stop()
        status, said = ask(rollout.url)
        assert status == 500
        assert "no answer" in said["error"]


def test_a_champion_that_is_late_is_given_up(serve):
    gone = threading.Event()
    with start(serve(lambda rows: [gone.wait(10)] * len(rows)), deadline=0.2) as rollout:
        assert ask(rollout.url)[0] == 504
        gone.set()


# ---- the shadow


@pytest.mark.parametrize("mirror", ["aside", "inline"])
def test_a_shadow_gets_each_request_and_nobody_its_answers(serve, mirror):
    with start(serve(answers(1.0))) as rollout:
        rollout.shadow(serve(answers(2.0)).url, mirror=mirror, most=500)
        assert set(load(rollout).log["prediction"]) == {1.0}
        pairs = rollout.end_shadow()
        assert [(pair.served, pair.shadow) for pair in pairs] == [(1.0, 2.0)] * 200
        assert load(rollout, 20).count("answered") == 20
        assert rollout.end_shadow() == []


@pytest.mark.parametrize("mirror", ["aside", "inline"])
def test_a_broken_shadow_is_no_customers_concern(serve, mirror):
    with start(serve(answers(1.0))) as rollout:
        rollout.shadow(serve(broken).url, mirror=mirror)
        assert load(rollout, 50).count("answered") == 50
        pairs = rollout.end_shadow()
        assert len(pairs) == 50
        assert all(pair.shadow is None for pair in pairs)


def test_a_slow_shadow_drops_copies_and_holds_up_nobody(serve):
    free = threading.Event()
    with start(serve(answers(1.0))) as rollout:
        rollout.shadow(serve(lambda rows: [free.wait(20)] * len(rows)).url, most=5)
        assert load(rollout, 50).count("answered") == 50
        free.set()
        pairs = rollout.end_shadow()
        assert len(pairs) == 50
        assert 44 <= sum(pair.shadow is None for pair in pairs) <= 45  # one may be on its way


# ---- the canary


def test_a_bad_canary_is_rolled_back_and_a_good_one_promoted(serve):
    champion, bad, good = serve(answers(1.0)), serve(answers(2.0)), serve(answers(3.0))
    with start(champion, failed=lambda row, answer: answer == 2.0) as rollout:
        rollout.canary(bad.url, CanaryGate(0.05, 0.2, shares=(0.2, 1.0)))
        run = load(rollout)
        assert run.count("answered") == 200
        assert 1 <= (run.log["prediction"] == 2.0).sum() < 30
        assert [event.what for event in rollout.log] == ["canary", "roll back"]
        assert rollout.log[-1].share == 0
        assert rollout.log[-1].failed == rollout.log[-1].served == 3
        assert rollout.champion == champion.url
        rollout.canary(good.url, CanaryGate(0.05, 0.2, shares=(0.2, 1.0)))
        assert load(rollout, 400).count("answered") == 400
        assert [event.what for event in rollout.log[2:]] == ["canary", "next stage", "promote"]
        assert rollout.log[-1].share == 1
        assert rollout.champion == good.url
        champion.stop()  # nobody asks it any more
        assert set(load(rollout, 20).log["prediction"]) == {3.0}


@pytest.mark.parametrize("how", ["broken", "gone"])
def test_where_a_canary_gives_no_answer_the_champion_does(serve, how):
    canary = serve(broken)
    if how == "gone":
        canary.stop()
    with start(serve(answers(1.0))) as rollout:
        rollout.canary(canary.url, CanaryGate(0.05, 0.2, shares=(0.5, 1.0)))
        assert set(load(rollout).log["prediction"]) == {1.0}
        assert [event.what for event in rollout.log] == ["canary", "roll back"]
        assert rollout.log[-1].served == 0
        assert rollout.log[-1].failed == 3


def test_a_canary_that_is_late_leaves_time_for_the_champion(serve):
    gone = threading.Event()
    slow = serve(lambda rows: [gone.wait(20)] * len(rows))
    with start(serve(answers(1.0)), deadline=1.0) as rollout:
        rollout.canary(slow.url, CanaryGate(0.05, 0.2, shares=(1.0,)))
        assert ask(rollout.url) == (200, {"prediction": 1.0})
        gone.set()


def test_a_canary_can_be_ended_by_hand_and_is_alone(serve):
    with start(serve(answers(1.0))) as rollout:
        rollout.end_canary()  # nothing to end
        rollout.canary(serve(answers(2.0)).url, CanaryGate(0.05, 0.2, shares=(1.0,)))
        with pytest.raises(RuntimeError, match="there is a canary"):
            rollout.canary(rollout.champion, CanaryGate(0.05, 0.2))
        assert ask(rollout.url) == (200, {"prediction": 2.0})
        rollout.end_canary()
        assert ask(rollout.url) == (200, {"prediction": 1.0})
        assert rollout.log[-1].what == "end"


def test_a_canary_that_is_killed_at_the_worst_moment_costs_no_request(tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(90, 1)), np.repeat([0, 1, 2], 30)
    (tmp_path / "model.onnx").write_bytes(classifier_to_onnx(LogisticRegression().fit(x, y)))
    with (
        ServiceProcess(tmp_path / "model.onnx") as champion,
        ServiceProcess(tmp_path / "model.onnx", crash_after=10) as canary,
        Rollout(champion.url, n_features=1, rng=0) as rollout,
    ):
        rollout.canary(canary.url, CanaryGate(0.05, 0.2, shares=(0.5, 1.0)))
        assert load(rollout).count("answered") == 200
        assert not canary.is_running()
        assert rollout.log[-1].what == "roll back"


# ---- arguments, and the end


def test_a_wrong_argument_is_named(serve):
    champion = serve(answers(1.0))
    for url in ("127.0.0.1:80", "https://127.0.0.1:80", "http://127.0.0.1", 80, None):
        with pytest.raises(ValueError, match="url must be http://host:port, got"):
            Rollout(url, n_features=1)
    with pytest.raises(ValueError, match="n_features must be at least 1"):
        Rollout(champion.url, n_features=0)
    with start(champion) as rollout:
        with pytest.raises(ValueError, match="mirror must be among aside, inline; got 'late'"):
            rollout.shadow(champion.url, mirror="late")
        with pytest.raises(ValueError, match="most must be at least 1"):
            rollout.shadow(champion.url, most=0)


def test_nothing_is_left_open(serve):
    threads = threading.active_count()
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        with PredictionService(answers(1.0), n_features=1) as champion:
            with start(champion) as rollout:
                rollout.shadow(champion.url)
                rollout.canary(champion.url, CanaryGate(0.05, 0.2))
                load(rollout, 50)
            rollout.stop()  # twice is as once
        gc.collect()
    end = time.monotonic() + 10
    while threading.active_count() > threads and time.monotonic() < end:
        time.sleep(0.02)
    assert threading.active_count() <= threads


def test_a_linear_classifier_answers_with_its_labels():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(200, 4)), rng.choice([3, 5, 8], 200)
    model = LogisticRegression().fit(x, y)
    found = OnnxModel(classifier_to_onnx(model))(x)
    assert np.mean(found == model.predict(x)) > 0.99  # 32 bits may flip a near-tie
    assert set(found.tolist()) <= {3, 5, 8}
    for labels in (["a", "b", "c"] * 50, [0, 1] * 75):
        with pytest.raises(ValueError, match="model must have three or more whole numbers"):
            classifier_to_onnx(LogisticRegression().fit(x[:150], labels))
