"""Bandits and their simulation: published regrets, one run against a loop, what is refused."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib import experiments as ex

PLAIN = {
    "ab": lambda k=3: ex.ABTest(k, trial=12),
    "epsilon": lambda k=3: ex.EpsilonGreedy(k, epsilon=0.3),
    "ucb": lambda k=3: ex.UCB1(k),
    "thompson": lambda k=3: ex.ThompsonBeta(k, prior=(1, 4)),
}
D = 4
ALL = {**PLAIN, "linucb": lambda k=3: ex.LinUCB(k, D, alpha=0.5)}


def segments(runs, rng):
    """Two kinds of user, of whom each likes another arm."""
    kind = rng.integers(2, size=runs)
    contexts = np.concatenate([np.eye(2)[kind], rng.random((runs, D - 2))], axis=1)
    return contexts, np.array([[0.6, 0.3, 0.1], [0.1, 0.3, 0.6]])[kind]


def looped(policy, world, horizon, *, delay, batch, rng):
    """One run as anybody would write it: arms, rewards and regret in the order of pulls."""
    waiting, arms, rewards, regret = [], [], [], 0.0
    for t in range(horizon):
        if t % batch == 0:
            for row in [w for w in waiting if w[0] + 1 + delay <= t]:
                policy.update(*row[1:])
                waiting.remove(row)
        context, means = None, np.asarray(world)
        if callable(world):
            contexts, table = world(1, rng)
            context, means = contexts[0].tolist(), table[0]
        arm = policy.pull(context, rng=rng)
        reward = float(rng.random() < means[arm])
        waiting.append((t, arm, reward, context))
        arms.append(arm)
        rewards.append(reward)
        regret += means.max() - means[arm]
    return np.array(arms), np.array(rewards), regret


# --- against published values and a plain loop ---


@pytest.mark.parametrize(
    ("policy", "regret", "stderr"),
    [
        (ex.ThompsonBeta(5), 65.9, 2.1),
        (ex.EpsilonGreedy(5, epsilon=0.1), 91.5, 5.1),
        (ex.UCB1(5), 215.9, 1.5),
    ],
)
def test_regret_is_the_known_one(policy, regret, stderr):
    runs = ex.simulate(policy, [0.5, 0.4, 0.4, 0.4, 0.4], 5_000, 300, rng=7).regret[:, -1]
    # Two independent means of 300 runs: four standard errors of their difference.
    own = runs.std(ddof=1) / np.sqrt(300)
    assert abs(runs.mean() - regret) < 4 * np.hypot(stderr, own)
    assert own == pytest.approx(stderr, rel=0.5)


def test_the_ab_test_pays_for_equal_allocation_and_knows_the_winner():
    runs = ex.simulate(ex.ABTest(2, trial=20_000), [0.05, 0.06], 20_000, 100, rng=0)
    assert runs.regret[:, -1].mean() == pytest.approx(100, abs=0.5)
    assert runs.correct.mean() > 0.95


def test_adaptive_means_are_too_low():
    runs = ex.simulate(ex.ThompsonBeta(5), [0.05] * 5, 5_000, 300, rng=3)
    bias = np.nanmean(runs.means - 0.05, axis=1)
    assert abs(bias.mean() + 0.0046) < 4 * bias.std(ddof=1) / np.sqrt(300)
    fair = ex.simulate(ex.ABTest(5, trial=5_000), [0.05] * 5, 5_000, 300, rng=3).means - 0.05
    assert abs(fair.mean()) < 4 * fair.std(ddof=1) / np.sqrt(fair.size)


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 999),
    horizon=st.integers(1, 40),
    delay=st.integers(0, 50),
    batch=st.integers(1, 9),
)
def test_one_run_is_the_loop_draw_for_draw(name, seed, horizon, delay, batch):
    world = segments if name == "linucb" else [0.2, 0.5, 0.4]
    rng = np.random.default_rng(seed)
    arms, rewards, regret = looped(ALL[name](), world, horizon, delay=delay, batch=batch, rng=rng)
    runs = ex.simulate(ALL[name](), world, horizon, 1, delay=delay, batch=batch, rng=seed)
    assert runs.pulls[0].tolist() == np.bincount(arms, minlength=3).tolist()
    assert runs.rewards[0].tolist() == np.bincount(arms, rewards, minlength=3).tolist()
    assert runs.regret[0, -1] == pytest.approx(regret)


@pytest.mark.parametrize("name", ALL)
def test_many_runs_are_the_loop_in_distribution(name):
    world = segments if name == "linucb" else [0.2, 0.5, 0.4]
    rng = np.random.default_rng(1)
    one = [looped(ALL[name](), world, 100, delay=5, batch=3, rng=rng)[2] for _ in range(100)]
    many = ex.simulate(ALL[name](), world, 100, 1_000, delay=5, batch=3, rng=2).regret[:, -1]
    stderr = np.hypot(np.std(one, ddof=1) / 10, many.std(ddof=1) / np.sqrt(1_000))
    assert abs(np.mean(one) - many.mean()) < 4 * stderr


@pytest.mark.parametrize("name", ALL)
def test_runs_know_nothing_of_each_other(name):
    rng = np.random.default_rng(0)
    together, alone = ALL[name]()._spread(3), [ALL[name]() for _ in range(3)]
    for _ in range(30):
        arms, rewards, x = rng.integers(3, size=3), rng.random(3), rng.normal(size=(3, D))
        together._learn(arms, rewards, x)
        for i, policy in enumerate(alone):
            policy.update(int(arms[i]), rewards[i], x[i])
    for name in together._state:
        for i, policy in enumerate(alone):
            np.testing.assert_allclose(getattr(together, name)[i], getattr(policy, name)[0])


# --- laws ---


@pytest.mark.parametrize("name", ALL)
@given(seed=st.integers(0, 999), n=st.integers(0, 30), cut=st.integers(0, 30))
@settings(max_examples=25, deadline=None)
def test_update_many_is_the_fold_and_takes_any_pieces(name, seed, n, cut):
    rng = np.random.default_rng(seed)
    arms, rewards, x = rng.integers(3, size=n), rng.random(n), rng.normal(size=(n, D))
    fold, whole, pieces = ALL[name](), ALL[name](), ALL[name]()
    for i in range(n):
        fold.update(int(arms[i]), rewards[i], x[i])
    whole.update_many(arms, rewards, x)
    pieces.update_many(arms[:cut], rewards[:cut], x[:cut])
    pieces.update_many(arms[cut:], rewards[cut:], x[cut:])
    for name in fold._state:
        np.testing.assert_array_equal(getattr(whole, name), getattr(fold, name))
        np.testing.assert_array_equal(getattr(pieces, name), getattr(fold, name))


@pytest.mark.parametrize("name", ["epsilon", "ucb", "thompson", "linucb"])
def test_late_rewards_may_come_in_any_order(name):
    rng = np.random.default_rng(0)
    arms, rewards, x = rng.integers(3, size=60), rng.integers(2, size=60), rng.normal(size=(60, D))
    order, one, other = rng.permutation(60), ALL[name](), ALL[name]()
    one.update_many(arms, rewards, x)
    other.update_many(arms[order], rewards[order], x[order])
    for name in one._state:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-12)


@pytest.mark.parametrize("name", ALL)
def test_ties_are_drawn_by_lot(name):
    policy, rng = ALL[name](), np.random.default_rng(0)
    for ask in (policy.pull, policy.recommend):
        times = np.bincount([ask([1.0] * D, rng=rng) for _ in range(3_000)], minlength=3)
        assert np.abs(times / 3_000 - 1 / 3).max() < 0.04  # four standard errors


def test_a_tie_between_two_is_drawn_between_these_two():
    policy, rng = ex.UCB1(3), np.random.default_rng(0)
    policy.update_many([0, 1, 2], [1, 0, 1])
    times = np.bincount([policy.pull(rng=rng) for _ in range(1_000)], minlength=3)
    assert times[1] == 0
    assert abs(times[0] - 500) < 70


@pytest.mark.parametrize("name", ALL)
def test_pulling_changes_nothing(name):
    policy, rng = ALL[name](), np.random.default_rng(0)
    before = {name: getattr(policy, name).copy() for name in policy._state}
    for _ in range(5):
        policy.pull([1.0] * D, rng=rng)
    world = segments if name == "linucb" else [0.2, 0.5, 0.4]
    ex.simulate(policy, world, 20, 3, rng=0)
    for name, old in before.items():
        np.testing.assert_array_equal(getattr(policy, name), old)


def test_runs_begin_with_what_the_policy_knows():
    policy = ex.ThompsonBeta(2)
    policy.update_many([0] * 900 + [1] * 900, [1] * 800 + [0] * 1_000)
    assert ex.simulate(policy, [0.9, 0.1], 50, 20, rng=0).regret[:, -1].max() == 0


# --- single methods ---


def test_the_ab_test_ends_and_its_winner_stays():
    policy, rng = ex.ABTest(2, trial=4), np.random.default_rng(0)
    policy.update_many([0, 1, 0], [1, 1, 1])
    assert {policy.pull(rng=rng) for _ in range(50)} == {0, 1}
    policy.update(1, 0)
    policy.update_many([0] * 100, [0] * 100)  # after the trial: too late, bad as it is
    assert policy.pulls.tolist() == [102, 2]
    assert {policy.pull(rng=rng) for _ in range(50)} == {0}
    assert policy.recommend(rng=rng) == 0


@pytest.mark.parametrize("policy", [ex.EpsilonGreedy(3, epsilon=0), ex.UCB1(3)])
def test_an_arm_without_a_reward_comes_first_but_is_not_recommended(policy):
    policy.update_many([0, 1], [1, 0])
    rng = np.random.default_rng(0)
    assert {policy.pull(rng=rng) for _ in range(20)} == {2}
    assert policy.recommend(rng=rng) == 0


def test_epsilon_is_the_share_that_explores():
    rng = np.random.default_rng(0)
    policy = ex.EpsilonGreedy(4, epsilon=0.4)
    policy.update_many([0, 1, 2, 3], [0, 0, 1, 0])
    times = np.bincount([policy.pull(rng=rng) for _ in range(4_000)], minlength=4) / 4_000
    np.testing.assert_allclose(times, [0.1, 0.1, 0.7, 0.1], atol=0.03)


def test_thompson_pulls_an_arm_as_often_as_it_is_likely_to_be_best():
    policy, rng = ex.ThompsonBeta(2, prior=(2, 3)), np.random.default_rng(0)
    policy.update_many([0, 0, 1], [1, 0, 0.25])
    np.testing.assert_array_equal(policy.posterior, [[3, 4], [2.25, 3.75]])
    np.testing.assert_allclose(policy.means, [0.5, 0.25])
    draws = rng.beta([3, 2.25], [4, 3.75], size=(100_000, 2))
    share = np.mean([policy.pull(rng=rng) for _ in range(4_000)])
    assert share == pytest.approx((draws[:, 1] > draws[:, 0]).mean(), abs=0.035)


def test_a_mean_without_a_pull_is_missing():
    policy = ex.UCB1(2)
    policy.update(1, True)
    np.testing.assert_array_equal(policy.means, [np.nan, 1])


def test_a_delay_as_long_as_the_run_leaves_nothing_to_learn_from():
    for policy in (ex.ThompsonBeta(4), ex.UCB1(4), ex.EpsilonGreedy(4)):
        runs = ex.simulate(policy, [0.9, 0, 0, 0], 100, 100, delay=100, rng=0)
        np.testing.assert_allclose(runs.pulls.mean(axis=0), 25, atol=2)
        assert runs.correct.all()  # in the end all rewards are in


def test_an_undecided_bound_waits_on_one_arm():
    policy = ex.UCB1(2)
    policy.update_many([0, 0, 1], [1, 1, 0])
    runs = ex.simulate(policy, [0.5, 0.5], 50, 20, batch=50, rng=0)
    assert (runs.pulls.max(axis=1) == 50).all()


def test_inverse_stays_exact():
    rng = np.random.default_rng(0)
    policy, X = ex.LinUCB(2, 20), rng.normal(size=(10_000, 20))
    arms, rewards = rng.integers(2, size=10_000), rng.normal(size=10_000)
    policy.update_many(arms, rewards, X)
    for arm in range(2):
        mine = X[arms == arm]
        A = np.eye(20) + mine.T @ mine
        assert np.abs(policy._inverse[0, arm] @ A - np.eye(20)).max() < 1e-12
        theta = np.linalg.solve(A, mine.T @ rewards[arms == arm])
        np.testing.assert_allclose(policy.coefficients[arm], theta, atol=1e-12)


def test_linucb_scores_by_the_book():
    rng = np.random.default_rng(1)
    policy, n = ex.LinUCB(3, D, alpha=3.0, ridge=2.0), 20
    arms, rewards, X = rng.integers(3, size=n), rng.random(n), rng.normal(size=(n, D))
    policy.update_many(arms, rewards, X)
    for x in rng.normal(size=(50, D)):
        score, greedy = [], []
        for arm in range(3):
            A = 2 * np.eye(D) + X[arms == arm].T @ X[arms == arm]
            theta = np.linalg.solve(A, X[arms == arm].T @ rewards[arms == arm])
            greedy.append(theta @ x)
            score.append(theta @ x + 3 * np.sqrt(x @ np.linalg.solve(A, x)))
        assert policy.pull(x, rng=rng) == np.argmax(score)
        assert policy.recommend(x, rng=rng) == np.argmax(greedy)


def test_contexts_earn_where_users_differ():
    plain = ex.simulate(ex.ThompsonBeta(3), segments, 1_000, 30, rng=0).regret[:, -1]
    personal = ex.simulate(ex.LinUCB(3, D, alpha=0.5), segments, 1_000, 30, rng=0)
    assert personal.regret[:, -1].mean() < plain.mean() / 3
    assert personal.correct.mean() > 0.8


# --- the table of results ---


def test_regret_is_noted_along_the_way():
    runs = ex.simulate(ex.UCB1(2), [[0.2, 0.8], [1, 0]], 7, 2, points=3, rng=0)
    assert runs.times.tolist() == [2, 5, 7]
    assert runs.regret.shape == (2, 3)
    assert (np.diff(runs.regret, axis=1) >= 0).all()
    np.testing.assert_allclose(runs.regret[:, -1], [0.6, 1] * runs.pulls[[0, 1], [0, 1]])
    assert ex.simulate(ex.UCB1(2), [0, 1], 3, 2, rng=0).times.tolist() == [1, 2, 3]


def test_memory_does_not_grow_with_the_horizon():
    def peak(horizon):
        tracemalloc.start()
        ex.simulate(ex.EpsilonGreedy(3), [0.1, 0.2, 0.3], horizon, 200, points=5, delay=9, rng=0)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(3_000) < 1.5 * peak(300)


# --- what is refused ---


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: ex.UCB1(1), ValueError, "n_arms must be at least 2, got 1"),
        (lambda: ex.UCB1(2.0), TypeError, "n_arms must be a whole number"),
        (lambda: ex.ABTest(2, trial=0), ValueError, "trial must be at least 1"),
        (lambda: ex.EpsilonGreedy(2, epsilon=1.1), ValueError, "epsilon must be between 0 and 1"),
        (lambda: ex.EpsilonGreedy(2, epsilon="1"), TypeError, "epsilon must be a number"),
        (lambda: ex.ThompsonBeta(2, prior=(0, 1)), ValueError, "prior must hold two positive"),
        (lambda: ex.ThompsonBeta(2, prior=(1,)), ValueError, "prior must hold two positive"),
        (lambda: ex.LinUCB(2, 0), ValueError, "n_features must be at least 1"),
        (lambda: ex.LinUCB(2, 3, alpha=-1), ValueError, "alpha must be at least 0"),
        (lambda: ex.LinUCB(2, 3, ridge=0), ValueError, "ridge must be positive"),
        (lambda: ex.LinUCB(2, 3, ridge=np.nan), ValueError, "ridge must be at least 0"),
    ],
)
def test_policies_refuse(make, error, says):
    with pytest.raises(error, match=says):
        make()


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda p: p.pull([1, 2], rng=0), TypeError, "rng must be a numpy Generator that goes on"),
        (lambda p: p.pull([1, 2], rng=None), TypeError, "rng must be a numpy Generator"),
        (lambda p: p.update(2, 1, [1, 2]), ValueError, "arm must be between 0 and 1, got 2"),
        (lambda p: p.update(True, 1, [1, 2]), TypeError, "arm must be a whole number"),
        (lambda p: p.update(0, np.nan, [1, 2]), ValueError, "reward must be finite, got nan"),
        (lambda p: p.update(0, None, [1, 2]), TypeError, "reward must be a number, got None"),
        (lambda p: p.update(0, 1), ValueError, "context must hold 2 numbers, got None"),
        (lambda p: p.update(0, 1, [1]), ValueError, "context must have the shape"),
        (lambda p: p.update(0, 1, ["a", "b"]), TypeError, "context must hold numbers"),
        (lambda p: p.update(0, 1, [1, np.inf]), ValueError, "finite numbers, got inf"),
        (lambda p: p.update_many([0], [1]), ValueError, "contexts must hold 2 numbers a row"),
        (lambda p: p.update_many([0], [1, 2]), ValueError, "arms and rewards must be as long"),
        (lambda p: p.update_many([0], [1], []), ValueError, "arms and contexts must be as long"),
        (lambda p: p.update_many([0.5], [1], [[1, 2]]), TypeError, "arms must be a list of whole"),
        (lambda p: p.update_many([-1], [1], [[1, 2]]), ValueError, "arms must lie between 0 and 1"),
        (lambda p: p.update_many([0], ["a"], [[1, 2]]), TypeError, "rewards must be a list of num"),
        (lambda p: p.update_many([0], [np.inf], [[1, 2]]), ValueError, "rewards must be finite"),
    ],
)
def test_pulls_and_updates_refuse_and_change_nothing(call, error, says):
    policy = ex.LinUCB(2, 2)
    with pytest.raises(error, match=says):
        call(policy)
    assert policy.pulls.tolist() == [0, 0]


@pytest.mark.parametrize("policy", [ex.UCB1(2), ex.ThompsonBeta(2)])
def test_rewards_beyond_one_are_refused_where_the_method_needs_it(policy):
    with pytest.raises(ValueError, match=r"reward must be between 0 and 1, got 1.5"):
        policy.update(0, 1.5)
    with pytest.raises(ValueError, match="rewards must be between 0 and 1, got -1"):
        policy.update_many([0, 1], [0, -1])
    assert policy.pulls.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"policy": "ucb"}, TypeError, "policy must be a bandit of this package, got str"),
        ({"policy": ex.LinUCB(2, 2)}, ValueError, "world must be callable for LinUCB"),
        ({"world": [0.1]}, ValueError, r"world must have the shape \(2,\) or \(3, 2\), got \(1,\)"),
        ({"world": ["a", "b"]}, TypeError, "world must hold numbers, or be callable"),
        ({"world": [0.1, np.nan]}, ValueError, "world must give probabilities between 0 and 1"),
        ({"world": [0.1, 1.1]}, ValueError, "world must give probabilities between 0 and 1"),
        ({"world": lambda n, rng: (None, np.ones(2))}, ValueError, "world must give means of sh"),
        ({"world": lambda n, rng: (None, np.full((n, 2), 2))}, ValueError, "world must give prob"),
        ({"horizon": 0}, ValueError, "horizon must be at least 1"),
        ({"runs": 0}, ValueError, "runs must be at least 1"),
        ({"delay": -1}, ValueError, "delay must be at least 0"),
        ({"batch": 0}, ValueError, "batch must be at least 1"),
        ({"points": 0}, ValueError, "points must be at least 1"),
    ],
)
def test_simulate_refuses(change, error, says):
    given = {"policy": ex.UCB1(2), "world": [0.1, 0.2], "horizon": 5, "runs": 3} | change
    with pytest.raises(error, match=says):
        ex.simulate(**given, rng=0)


@pytest.mark.parametrize(
    ("contexts", "says"), [(None, "world must give contexts"), (np.nan, "finite contexts")]
)
def test_simulate_refuses_contexts_that_linucb_cannot_use(contexts, says):
    def world(runs, rng):
        return contexts and np.full((runs, 2), contexts), np.zeros((runs, 2))

    with pytest.raises(ValueError, match=says):
        ex.simulate(ex.LinUCB(2, 2), world, 5, 3, rng=0)
