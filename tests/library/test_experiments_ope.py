"""Off-policy estimates: values by hand, right on average, honest intervals, what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit

from mlsdlib import experiments as ex
from mlsdlib.sampling import effective_sample_size

PI_B, PI_E, REWARD = [0.25] * 4, [0.1, 0.4, 0.5, 0.5], [1, 0, 1, 1]


def standard_error(estimate):
    return (estimate.high - estimate.low) / 2 / stdtrit(estimate.n - 1, 0.975)


def a_log(rng, n):
    """Three actions, contexts of two kinds; the truth of the new policy is known."""
    kind = rng.integers(2, size=n)
    truth = np.array([[0.2, 0.5, 0.7], [0.6, 0.3, 0.1]])[kind]
    behaviour = np.array([[0.6, 0.2, 0.2], [0.3, 0.3, 0.4]])[kind]
    target = np.array([[0.0, 0.3, 0.7], [0.9, 0.1, 0.0]])[kind]
    action = (rng.random(n)[:, None] > behaviour.cumsum(axis=1)).sum(axis=1)
    rows = np.arange(n)
    reward = (rng.random(n) < truth[rows, action]).astype(float)
    value = (0.3 * 0.5 + 0.7 * 0.7 + 0.9 * 0.6 + 0.1 * 0.3) / 2
    return reward, behaviour[rows, action], target, action, truth, value


# --- values ---


def test_known_values():
    w = ex.propensity_weights(PI_B, PI_E)
    np.testing.assert_allclose(w, [0.4, 1.6, 2, 2])
    assert ex.ips(REWARD, PI_B, PI_E).value == pytest.approx(1.1)
    assert ex.snips(REWARD, PI_B, PI_E).value == pytest.approx(0.733333, abs=1e-6)
    assert effective_sample_size(w) == pytest.approx(3.358209, abs=1e-6)


def test_clipped_weights_give_clipped_values():
    np.testing.assert_allclose(ex.propensity_weights(PI_B, PI_E, clip=1.5), [0.4, 1.5, 1.5, 1.5])
    assert ex.ips(REWARD, PI_B, PI_E, clip=1.5).value == pytest.approx(3.4 / 4)
    assert ex.snips(REWARD, PI_B, PI_E, clip=1.5).value == pytest.approx(3.4 / 4.9)
    assert ex.ips(REWARD, PI_B, PI_E, clip=2).value == ex.ips(REWARD, PI_B, PI_E).value


def test_the_same_policy_is_worth_the_mean():
    for estimate in (ex.ips, ex.snips):
        assert estimate(REWARD, PI_B, PI_B).value == 0.75


def test_snips_has_the_standard_error_of_the_delta_method():
    rng, values, errors, covered = np.random.default_rng(0), [], [], 0
    for _ in range(1_000):
        big = rng.random(2_000) < 0.2  # weight 4, else 1/4
        log = 5 + rng.normal(size=2_000), np.where(big, 0.25, 1), np.where(big, 1, 0.25)
        found = ex.snips(*log)
        values.append(found.value)
        errors.append(standard_error(found))
        covered += found.low <= 5 <= found.high
    assert np.mean(errors) == pytest.approx(0.0403, abs=2e-4)
    assert np.std(values) == pytest.approx(0.0398, rel=0.08)  # its own error: 2.2 %
    assert 0.93 <= covered / 1_000 <= 0.97


def test_all_estimates_are_right_on_average_and_cover():
    found = {"ips": [], "snips": [], "direct": [], "robust": [], "wrong model": []}
    rng = np.random.default_rng(1)
    for _ in range(500):
        reward, pi_b, pi_e, action, q, value = a_log(rng, 400)
        logged = pi_e[np.arange(400), action]
        found["ips"].append(ex.ips(reward, pi_b, logged))
        found["snips"].append(ex.snips(reward, pi_b, logged))
        found["direct"].append(ex.direct_method(pi_e, q))
        found["robust"].append(ex.doubly_robust(reward, pi_b, pi_e, q, action=action))
        found["wrong model"].append(ex.doubly_robust(reward, pi_b, pi_e, 1 - q, action=action))
    spread = {}
    for name, estimates in found.items():
        values = np.array([e.value for e in estimates])
        spread[name] = values.std()
        assert abs(values.mean() - value) < 4 * values.std() / np.sqrt(500), name
        assert np.mean([e.low <= value <= e.high for e in estimates]) > 0.91, name
        assert np.mean([standard_error(e) for e in estimates]) == pytest.approx(
            values.std(), rel=0.15
        ), name
    assert spread["direct"] < spread["robust"] < spread["snips"] < spread["ips"]


def test_a_right_model_saves_wrong_propensities():
    rng, values = np.random.default_rng(2), []
    for _ in range(300):
        reward, pi_b, pi_e, action, q, value = a_log(rng, 400)
        wrong = np.sqrt(pi_b)
        values.append(ex.doubly_robust(reward, wrong, pi_e, q, action=action).value)
    assert abs(np.mean(values) - value) < 4 * np.std(values) / np.sqrt(300)


# --- laws ---


LOGS = st.integers(2, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.floats(-5, 5), min_size=n, max_size=n),
        st.lists(st.floats(0.05, 1), min_size=n, max_size=n),
        st.lists(st.floats(0.05, 1), min_size=n, max_size=n),
    )
)


@given(LOGS, st.floats(-10, 10))
def test_snips_moves_with_the_rewards_and_stays_among_them(log, constant):
    reward, pi_b, pi_e = map(np.array, log)
    found = ex.snips(reward, pi_b, pi_e)
    moved = ex.snips(reward + constant, pi_b, pi_e)
    assert moved.value == pytest.approx(found.value + constant, abs=1e-9)
    assert moved.high - moved.low == pytest.approx(found.high - found.low, abs=1e-9)
    assert reward.min() - 1e-9 <= found.value <= reward.max() + 1e-9


@given(LOGS, st.floats(0.1, 1))
def test_snips_needs_the_new_probabilities_only_up_to_a_factor(log, factor):
    reward, pi_b, pi_e = map(np.array, log)
    one, other = ex.snips(reward, pi_b, pi_e), ex.snips(reward, pi_b, factor * pi_e)
    assert (one.value, one.high) == pytest.approx((other.value, other.high), abs=1e-9)


@given(LOGS, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_order_of_rows_does_not_matter(log, random):
    order = list(range(len(log[0])))
    random.shuffle(order)
    for estimate in (ex.ips, ex.snips):
        one = estimate(*log)
        other = estimate(*(np.array(x)[order] for x in log))
        assert (one.value, one.low) == pytest.approx((other.value, other.low), abs=1e-9)


@given(st.integers(0, 999), st.floats(0.1, 5))
@settings(max_examples=30)
def test_without_a_model_doubly_robust_is_ips(seed, clip):
    reward, pi_b, pi_e, action, _, _ = a_log(np.random.default_rng(seed), 50)
    logged = pi_e[np.arange(50), action]
    want = ex.ips(reward, pi_b, logged, clip=clip)
    for found in (
        ex.doubly_robust(reward, pi_b, logged, clip=clip),
        ex.doubly_robust(reward, pi_b, pi_e, action=action, clip=clip),
        ex.doubly_robust(reward, pi_b, pi_e, np.zeros((50, 3)), action=action, clip=clip),
    ):
        np.testing.assert_allclose(
            [found.value, found.low, found.high], [want.value, want.low, want.high]
        )


def test_level_and_names_of_methods():
    narrow, wide = (ex.snips(REWARD, PI_B, PI_E, level=x) for x in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high
    assert (wide.method, wide.n, wide.level) == ("SNIPS", 4, 0.99)
    assert ex.ips(REWARD, PI_B, PI_E).method == "IPS"
    assert ex.direct_method(np.eye(2), np.eye(2)).method == "direct method"
    assert ex.doubly_robust(REWARD, PI_B, PI_E).method == "doubly robust"


def test_a_model_may_stand_alone_where_the_log_has_no_such_action():
    never = ex.doubly_robust(
        [1, 1], [1, 1], [[0, 1], [0, 1]], [[0.5, 0.2], [0.5, 0.4]], action=[0, 0]
    )
    assert never.value == pytest.approx(0.3)


# --- what is refused ---


@pytest.mark.parametrize("estimate", [ex.ips, ex.snips, ex.doubly_robust])
@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"pi_b": [0.5, 0, 0.5, 0.5]}, ValueError, "pi_b must be positive, got 0 in row 1"),
        ({"pi_b": [0.5, 2, 0.5, 0.5]}, ValueError, "pi_b must lie between 0 and 1, got 2"),
        ({"pi_b": [0.5, np.nan, 0.5, 0.5]}, ValueError, "pi_b must hold finite.*row 1 does not"),
        ({"pi_b": [0.5, None, 0.5, 0.5]}, TypeError, "pi_b must hold numbers, none missing"),
        ({"pi_b": None}, TypeError, "pi_b must be given, got None"),
        ({"pi_b": [0.5] * 3}, ValueError, r"pi_b and pi_e must be as long.*\[3, 4\]"),
        ({"pi_e": [0.5, -0.1, 0, 0]}, ValueError, "pi_e must lie between 0 and 1, got -0.1"),
        ({"pi_e": [0, 0, 0, 0]}, ValueError, "pi_e must be positive somewhere"),
        ({"reward": [1, 0, 1]}, ValueError, "reward and pi_b must be as long"),
        ({"reward": [1, 0, 1, np.nan]}, ValueError, "reward must hold finite.*row 3"),
        ({"reward": [[1, 0, 1, 1]]}, ValueError, "reward must be one-dimensional"),
        ({"reward": ["a", "b", "c", "d"]}, TypeError, "reward must hold numbers"),
        ({"reward": [1], "pi_b": [1], "pi_e": [1]}, ValueError, "at least 2 rows, got 1"),
        ({"clip": 0}, ValueError, "clip must be positive"),
        ({"clip": -1}, ValueError, "clip must be at least 0"),
        ({"clip": "1"}, TypeError, "clip must be a number"),
        ({"level": 1}, ValueError, "level must lie between 0 and 1"),
    ],
)
def test_logs_that_tell_nothing_are_refused(estimate, change, error, says):
    with pytest.raises(error, match=says):
        estimate(**{"reward": REWARD, "pi_b": PI_B, "pi_e": PI_E} | change)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"action": None}, ValueError, "action must be given"),
        ({"action": None, "q": None}, ValueError, "action must be given"),
        ({"action": [0, 2]}, ValueError, "action must lie between 0 and 1, got 2"),
        ({"action": [0, -1]}, ValueError, "action must lie between 0 and 1, got -1"),
        ({"action": [0.0, 1.0]}, TypeError, "action must be a list of whole numbers"),
        ({"action": [0]}, ValueError, "action and pi_e must be as long"),
        ({"pi_e": [0.5, 0.5]}, ValueError, "pi_e must have 2 axes"),
        ({"pi_e": [[0.5, 0.5], [0.5, 0.6]]}, ValueError, "pi_e must sum to 1.*1.1 in row 1"),
        ({"pi_e": [[1.5, -0.5], [0.5, 0.5]]}, ValueError, "pi_e must lie between 0 and 1"),
        ({"q": [[1, 2, 3], [1, 2, 3]]}, ValueError, r"q must have the shape of pi_e, \(2, 2\)"),
        ({"q": [[1, 2], [1, np.nan]]}, ValueError, "q must hold finite numbers"),
    ],
)
def test_doubly_robust_refuses(change, error, says):
    given = {
        "reward": [1, 0],
        "pi_b": [0.5, 0.5],
        "pi_e": [[0.5, 0.5], [0, 1]],
        "q": [[0.1, 0.2], [0.3, 0.4]],
        "action": [0, 1],
    } | change
    with pytest.raises(error, match=says):
        ex.doubly_robust(**given)


def test_direct_method_refuses():
    with pytest.raises(ValueError, match="q must have the shape of pi_e"):
        ex.direct_method(np.eye(2), [[1, 2, 3], [1, 2, 3]])
    with pytest.raises(ValueError, match="pi_e must sum to 1"):
        ex.direct_method(np.ones((2, 2)), np.ones((2, 2)))
