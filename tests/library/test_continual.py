"""Continual learning: prequential evaluation, trainers, replay, the gate and the registry."""

import json
import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, SGDClassifier

from mlsdlib import continual
from mlsdlib.continual import (
    ChampionChallenger,
    MatrixFactors,
    ModelRegistry,
    ReplayBuffer,
    StatefulTrain,
    StatelessRetrain,
    prequential_evaluate,
    shrink_and_perturb,
)


class Spy:
    """A model that predicts the mean of what it has seen, and keeps a diary."""

    def __init__(self):
        self.seen, self.diary = [], []

    def predict(self, X):
        self.diary.append(("predict", X[:, 0].tolist()))
        return np.full(len(X), np.mean(self.seen) if self.seen else 0.0)

    def update(self, X, y):
        self.diary.append(("update", X[:, 0].tolist()))
        self.seen += y.tolist()


def stream_of(times, sizes, rng):
    """Chunks whose inputs are the numbers of their rows."""
    first = 0
    for time, size in zip(times, sizes, strict=True):
        yield time, np.arange(first, first + size)[:, None], rng.normal(size=size)
        first += size


# ---- prequential evaluation


def test_without_delay_it_is_the_loop_test_then_train():
    rng = np.random.default_rng(0)
    chunks = [(t, rng.normal(size=(4, 2)), rng.integers(2, size=4)) for t in range(12)]
    ours, by_hand = (StatefulTrain(SGDClassifier(random_state=0), classes=[0, 1]) for _ in range(2))
    for model in (ours, by_hand):
        model.update(*chunks[0][1:])
    run = prequential_evaluate(ours, chunks[1:])
    said = []
    for _, X, y in chunks[1:]:
        said += by_hand.predict(X).tolist()
        by_hand.update(X, y)
    assert run.prediction.tolist() == said
    assert run.n_learned == 4 * 10  # nobody asks after the last chunk, so it is not learned
    assert run.n_updates == 10
    assert run.y.tolist() == [int(v) for _, _, y in chunks[1:] for v in y]
    assert run.time.tolist() == [t for t, _, y in chunks[1:] for _ in y]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_label_is_used_before_it_arrives_and_each_once(data):
    steps = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=8))
    sizes = data.draw(st.lists(st.integers(0, 3), min_size=len(steps), max_size=len(steps)))
    times, n = np.cumsum(steps).tolist(), sum(sizes)
    delays = data.draw(st.lists(st.sampled_from([0.0, 1.0, 2.5, np.inf]), min_size=n, max_size=n))
    asked = np.repeat(times, sizes)
    spy = Spy()
    run = prequential_evaluate(spy, stream_of(times, sizes, np.random.default_rng(0)), delay=delays)
    now, learned = -1, []
    for what, rows in spy.diary:
        if what == "predict":
            now += 1
        else:  # the update comes just before the prediction of the next chunk
            moment = times[now + 1]
            known = asked[rows] + np.array(delays)[rows]
            assert (known <= moment).all()
            assert known.tolist() == sorted(known)  # in the order in which the labels came
            learned += rows
    due = [i for i in range(n) if asked[i] + delays[i] <= times[-1]]
    chunk = np.repeat(np.arange(len(times)), sizes)
    due = [i for i in due if chunk[i] < len(times) - 1 and asked[i] + delays[i] <= times[-1]]
    assert sorted(learned) == due
    assert run.n_learned == len(due)


def test_an_infinite_delay_never_teaches_anything():
    spy = Spy()
    run = prequential_evaluate(
        spy, stream_of([0, 1, 2], [2, 2, 2], np.random.default_rng(0)), delay=np.inf
    )
    assert (run.n_learned, run.n_updates, set(run.prediction)) == (0, 0, {0.0})


@pytest.mark.parametrize(
    ("times", "delay", "message"),
    [
        ([2, 1], 0, "order of time"),
        ([1, 2], -1, "delay"),
        ([1, 2], np.nan, "delay"),
        ([1, 2], [0.0], "one number for each row"),
        ([1, 2], [0.0] * 9, "one number for each row"),
        ([], 0, "at least one chunk"),
    ],
)
def test_prequential_evaluation_names_what_is_wrong(times, delay, message):
    chunks = stream_of(times, [2] * len(times), np.random.default_rng(0))
    with pytest.raises(ValueError, match=message):
        prequential_evaluate(Spy(), chunks, delay=delay)


def test_inputs_and_labels_must_be_as_many():
    with pytest.raises(ValueError, match="X and y"):
        prequential_evaluate(Spy(), [(0, np.zeros((2, 1)), np.zeros(3))])


# ---- trainers


@pytest.mark.parametrize("window", [None, 5, 7, 100])
def test_retraining_is_fitting_the_last_rows(window):
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(20, 2)), rng.normal(size=20)
    model = StatelessRetrain(LinearRegression, window=window)
    for first in range(0, 20, 4):
        model.update(X[first : first + 4], y[first : first + 4])
    last = slice(-window, None) if window and window < 20 else slice(None)
    expected = LinearRegression().fit(X[last], y[last]).predict(X)
    assert model.predict(X) == pytest.approx(expected)
    assert model.n_stored == min(20, window or 20)
    assert model.n_visited == sum(min(n, window or 20) for n in range(4, 24, 4))


def test_stateful_training_is_partial_fit():
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(60, 3)), rng.integers(2, size=60)
    ours = StatefulTrain(SGDClassifier(random_state=3), classes=[0, 1])
    theirs = SGDClassifier(random_state=3)
    for first in range(0, 60, 10):
        ours.update(X[first : first + 10], y[first : first + 10])
        theirs.partial_fit(X[first : first + 10], y[first : first + 10], classes=[0, 1])
    assert ours.predict(X).tolist() == theirs.predict(X).tolist()
    assert (ours.n_stored, ours.n_visited) == (0, 60)


def test_replay_adds_old_rows_in_its_share():
    sizes = []

    class Counts:
        def partial_fit(self, X, y):
            sizes.append((len(y), int((X[:, 0] < 100).sum())))

        def predict(self, X):
            return X[:, 0]

    model = StatefulTrain(Counts(), replay=ReplayBuffer(10, rng=0), share=0.25)
    model.update(np.zeros((30, 1)), np.zeros(30))
    model.update(np.full((30, 1), 100), np.ones(30))
    assert sizes == [(30, 30), (40, 10)]
    assert (model.n_stored, model.n_visited) == (10, 70)


def test_trainers_name_what_is_wrong():
    with pytest.raises(TypeError, match="partial_fit"):
        StatefulTrain(LinearRegression())
    with pytest.raises(ValueError, match="together"):
        StatefulTrain(SGDClassifier(), share=0.5)
    with pytest.raises(ValueError, match="share"):
        StatefulTrain(SGDClassifier(), replay=ReplayBuffer(3), share=1.0)
    with pytest.raises(ValueError, match="window"):
        StatelessRetrain(LinearRegression, window=0)
    with pytest.raises(ValueError, match="not been updated"):
        StatelessRetrain(LinearRegression).predict([[0.0]])
    with pytest.raises(ValueError, match="at least one row"):
        StatelessRetrain(LinearRegression).update(np.zeros((0, 1)), [])


# ---- replay


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 12), st.lists(st.sampled_from("abcd"), min_size=1, max_size=60), st.integers(0)
)
def test_a_balanced_buffer_shares_its_room(k, labels, seed):
    buffer = ReplayBuffer(k, balanced=True, rng=seed % 2**32)
    rows = np.arange(len(labels))[:, None]
    buffer.update_many(rows, np.array(labels))
    X, y = buffer.get()
    assert len(buffer) == len(y) == min(k, len(labels))
    assert len(set(X[:, 0].tolist())) == len(y)
    assert all(labels[i] == label for i, label in zip(X[:, 0], y, strict=True))
    kept, seen = Counter(y.tolist()), Counter(labels)
    most = max(kept.values())
    for label, n in seen.items():  # few are kept only of what there are few of
        assert kept[label] == n or kept[label] >= most - 1


@pytest.mark.parametrize("balanced", [False, True])
def test_each_row_of_a_class_has_the_same_chance(balanced):
    labels = np.array([0] * 14 + [1] * 6 + [0] * 10)
    times, counts = 3_000, np.zeros(30)
    for seed in range(times):
        buffer = ReplayBuffer(8, balanced=balanced, rng=seed)
        buffer.update_many(np.arange(30)[:, None], labels)
        counts[buffer.get()[0][:, 0]] += 1
    for label in (0, 1):
        share = counts[labels == label] / times
        spread = np.sqrt(share.mean() * (1 - share.mean()) / times)
        assert np.abs(share - share.mean()).max() < 5 * spread
    expected = 4 / 6 if balanced else 8 / 30
    assert counts[labels == 1].mean() / times == pytest.approx(expected, abs=0.02)


def test_chunks_of_any_size_give_the_same_buffer():
    X, y = np.arange(200)[:, None], np.arange(200) % 3
    for balanced in (False, True):
        whole, parts = (ReplayBuffer(20, balanced=balanced, rng=5) for _ in range(2))
        whole.update_many(X, y)
        for first in range(0, 200, 7):
            parts.update_many(X[first : first + 7], y[first : first + 7])
        assert whole.get()[0].tolist() == parts.get()[0].tolist()


def test_a_sample_of_the_buffer_comes_from_it():
    buffer = ReplayBuffer(5, rng=0)
    with pytest.raises(ValueError, match="empty"):
        buffer.get()
    buffer.update_many(np.arange(50)[:, None], np.arange(50) % 2)
    X, y = buffer.sample(40)
    assert set(X[:, 0]) <= set(buffer.get()[0][:, 0])
    assert (X[:, 0] % 2 == y).all()
    assert len(buffer.sample(0)[1]) == 0


# ---- weights


def test_shrink_and_perturb_at_its_ends():
    w, fresh = np.array([[1.0, -2.0]]), np.array([[0.5, 0.5]])
    assert shrink_and_perturb(w, shrink=1, fresh=fresh, noise=0).tolist() == w.tolist()
    assert shrink_and_perturb(w, shrink=0, fresh=fresh, noise=1).tolist() == fresh.tolist()
    for wrong, message in (
        ({"shrink": 1.1, "noise": 0.1}, "shrink"),
        ({"shrink": 0.5, "noise": -0.1}, "noise"),
    ):
        with pytest.raises(ValueError, match=message):
            shrink_and_perturb(w, fresh=fresh, **wrong)
    with pytest.raises(ValueError, match="shape"):
        shrink_and_perturb(w, shrink=0.5, fresh=np.zeros(2), noise=0.1)


# ---- the gate


def test_the_gate_lets_in_what_is_worse_by_the_margin_as_rarely_as_promised():
    rng, passed = np.random.default_rng(3), 0
    gate = ChampionChallenger(margin=0.1, min_n=10, alpha=0.05)
    for _ in range(2_000):
        champion = rng.normal(size=20)
        passed += (
            gate.decide(champion, {"new": champion + rng.normal(0.1, 0.5, 20)}).winner is not None
        )
    assert passed / 2_000 == pytest.approx(0.05, abs=0.015)


def test_many_equal_challengers_share_the_level():
    rng, passed = np.random.default_rng(4), 0
    gate = ChampionChallenger(min_n=10, alpha=0.1)
    for _ in range(1_500):
        champion = rng.normal(size=30)
        many = {str(k): champion + rng.normal(0, 0.5, 30) for k in range(5)}
        passed += gate.decide(champion, many).winner is not None
    assert passed / 1_500 < 0.12


def test_the_gate_agrees_with_students_t_by_hand():
    from scipy.stats import t

    rng = np.random.default_rng(5)
    champion, new = rng.normal(size=12), rng.normal(size=12)
    d = champion - new
    expected = d.mean() - t.ppf(0.95, 11) * d.std(ddof=1) / 12**0.5
    decision = ChampionChallenger(min_n=2).decide(champion, {"new": new})
    assert decision.low["new"] == pytest.approx(expected)
    assert decision.gain["new"] == pytest.approx(d.mean())


def test_the_best_of_those_that_pass_wins_and_groups_are_counted():
    rng = np.random.default_rng(6)
    old = rng.normal(size=40)
    some = {"good": old - 1 + rng.normal(0, 0.1, 40), "better": old - 2 + rng.normal(0, 0.1, 40)}
    day = np.arange(40) // 10
    assert ChampionChallenger(min_n=30).decide(old, some).winner == "better"
    few = ChampionChallenger(min_n=5).decide(old, some, by=day)
    assert (few.winner, few.n) == (None, 4)
    assert ChampionChallenger(min_n=4).decide(old, some, by=day).winner == "better"


def test_one_row_proves_nothing_and_equal_models_need_a_margin():
    gate = ChampionChallenger(min_n=2)
    assert gate.decide([1.0], {"new": [0.0]}).winner is None
    same = np.arange(10.0)
    assert gate.decide(same, {"new": same}).winner is None
    assert ChampionChallenger(min_n=2, margin=0.1).decide(same, {"new": same}).winner == "new"


def test_the_gate_names_what_is_wrong():
    with pytest.raises(ValueError, match="margin"):
        ChampionChallenger(margin=-0.1)
    with pytest.raises(ValueError, match="min_n"):
        ChampionChallenger(min_n=1)
    with pytest.raises(ValueError, match="alpha"):
        ChampionChallenger(alpha=0)
    with pytest.raises(ValueError, match="challengers"):
        ChampionChallenger().decide([1.0], {})


# ---- the registry


def test_stages_follow_promotion_and_rollback(tmp_path):
    registry = ModelRegistry(tmp_path)
    with pytest.raises(KeyError, match="no version is in production"):
        registry.load()
    versions = [registry.add(blob) for blob in (b"a", b"b", b"c")]
    assert versions == [1, 2, 3]
    assert {v.stage for v in registry.versions()} == {"staging"}
    registry.promote(1)
    registry.promote(3)
    assert [v.stage for v in registry.versions()] == ["archived", "staging", "production"]
    assert registry.rollback() == 1
    assert [v.stage for v in registry.versions()] == ["production", "staging", "archived"]
    with pytest.raises(ValueError, match="before this one"):
        registry.rollback()
    assert ModelRegistry(tmp_path).load() == b"a"


def test_a_rollback_skips_what_was_rolled_back(tmp_path):
    registry = ModelRegistry(tmp_path)
    for blob in (b"a", b"b", b"c"):
        registry.add(blob)
    registry.promote(1)
    registry.promote(2)
    registry.rollback()
    registry.promote(3)
    registry.promote(3)
    assert registry.rollback() == 1


def test_changed_bytes_are_not_loaded_promoted_or_rolled_back_to(tmp_path):
    registry = ModelRegistry(tmp_path)
    for blob in (b"good", b"new"):
        registry.promote(registry.add(blob))
    (tmp_path / "model-1.bin").write_bytes(b"evil")
    for use in (lambda: registry.load(1), lambda: registry.promote(1), registry.rollback):
        with pytest.raises(ValueError, match="version 1 are not"):
            use()
    assert registry.load() == b"new"


@pytest.mark.parametrize("dies_at", range(4))
def test_wherever_it_is_cut_off_the_old_or_the_new_state_is_there(tmp_path, dies_at, monkeypatch):
    registry = ModelRegistry(tmp_path)
    registry.promote(registry.add(b"old"))
    left = dies_at

    def cut(*_):
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError("power cut")

    real_sync, real_replace = os.fsync, type(tmp_path).replace
    monkeypatch.setattr(os, "fsync", lambda fd: (cut(), real_sync(fd)))
    monkeypatch.setattr(type(tmp_path), "replace", lambda a, b: (cut(), real_replace(a, b)))
    with pytest.raises(OSError, match="power cut"):
        registry.add(b"new")
    monkeypatch.undo()
    again = ModelRegistry(tmp_path)
    assert again.load() == b"old"
    assert [v.version for v in again.versions()] == [1]
    assert again.load(again.add(b"newer")) == b"newer"  # what was left behind is overwritten


def test_a_killed_writer_leaves_a_registry_that_works(tmp_path):
    script = (
        "import os, sys\n"
        "from mlsdlib.continual import ModelRegistry\n"
        "r = ModelRegistry(sys.argv[1])\n"
        "r.promote(r.add(b'old'))\n"
        "sync = os.fsync\n"
        "os.fsync = lambda fd: os._exit(9)\n"
        "r.add(b'x' * 100_000)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], timeout=60)
    assert done.returncode == 9
    assert ModelRegistry(tmp_path).load() == b"old"


def test_the_registry_names_what_is_wrong(tmp_path):
    registry = ModelRegistry(tmp_path)
    with pytest.raises(TypeError, match="bytes"):
        registry.add("text")
    with pytest.raises(TypeError):
        registry.add(b"a", info={"when": object()})
    assert registry.versions() == []
    with pytest.raises(KeyError, match="no version 7: there are none"):
        registry.promote(7)
    registry.add(b"a", info={"weeks": 4})
    with pytest.raises(KeyError, match="there are 1"):
        registry.load(2)
    assert registry.versions()[0].info == {"weeks": 4}
    assert set(json.loads((tmp_path / "index.json").read_text())) == {"models", "history"}


# ---- factors


def test_factors_find_what_made_the_ratings():
    rng = np.random.default_rng(7)
    P, Q = rng.normal(size=(60, 2)), rng.normal(size=(40, 2))
    X = np.argwhere(rng.random((60, 40)) < 0.5)
    y = 3 + (P[X[:, 0]] * Q[X[:, 1]]).sum(axis=1)
    new = rng.random(len(X)) < 0.2
    model = MatrixFactors(60, 40, factors=4, epochs=60, penalty=0.01, rng=0).fit(X[~new], y[~new])
    error = np.sqrt(((model.predict(X[new]) - y[new]) ** 2).mean())
    assert error < 0.5 * y[new].std()


def test_going_on_moves_only_who_takes_part():
    X = np.array([[0, 0], [1, 1], [2, 2]])
    model = MatrixFactors(3, 3, epochs=5, rng=0).fit(X, np.array([1.0, 2.0, 3.0]))
    before = model.predict(X)
    model.partial_fit(X[:1], np.array([5.0]))
    after = model.predict(X)
    assert after[0] > before[0]
    assert after[1:].tolist() == before[1:].tolist()


def test_factors_name_what_is_wrong():
    model = MatrixFactors(2, 2)
    with pytest.raises(ValueError, match="not been trained"):
        model.predict(np.array([[0, 0]]))
    for X in (np.array([[0, 2]]), np.array([[-1, 0]]), np.array([0, 1]), np.zeros((1, 2))):
        with pytest.raises(ValueError, match="X must hold"):
            model.fit(X, np.ones(1))
    with pytest.raises(ValueError, match="epochs"):
        MatrixFactors(2, 2, epochs=0)


def test_every_public_name_is_there():
    assert all(hasattr(continual, name) for name in continual.__all__)
