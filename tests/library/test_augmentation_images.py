"""Changes of pictures: laws, shapes and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mlsdlib import augmentation as aug

pictures = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5))
    | st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5), st.just(3)),
    elements=st.floats(0, 1),
)
CHANGES = [
    lambda x: aug.shift(x, 1, -1),
    lambda x: aug.crop(x, 1, rng=0),
    lambda x: aug.flip(x),
    lambda x: aug.rotate(x, 90),
    lambda x: aug.rotate(x, 10),
    lambda x: aug.invert(x),
    lambda x: aug.erase(x, 1, rng=0),
    lambda x: aug.add_noise(x, 0.1, rng=0),
]


@settings(deadline=None, max_examples=40)
@given(pictures)
def test_two_flips_two_negatives_and_four_quarters_change_nothing(x):
    for axis in ("horizontal", "vertical"):
        assert np.array_equal(aug.flip(aug.flip(x, axis), axis), x)
    np.testing.assert_allclose(aug.invert(aug.invert(x)), x, atol=1e-15)
    assert np.array_equal(aug.rotate(aug.rotate(x, 270), 90), x)
    assert np.array_equal(aug.rotate(x, 360), x)
    assert np.array_equal(aug.rotate(x, -90), aug.rotate(x, 270))
    assert np.array_equal(aug.rotate(x, 180), aug.flip(aug.flip(x), "vertical"))


@pytest.mark.parametrize("change", CHANGES)
def test_the_batch_itself_is_never_changed(change):
    x = np.random.default_rng(0).random((2, 4, 4))
    kept = x.copy()
    changed = change(x)
    changed[:] = -1
    assert np.array_equal(x, kept)


@given(pictures, st.integers(-6, 6), st.integers(-6, 6))
@settings(deadline=None, max_examples=60)
def test_shift_is_numpys_roll_with_the_rest_filled(x, down, right):
    rolled = np.roll(x, (down, right), (1, 2))
    rows, columns = np.arange(x.shape[1]) - down, np.arange(x.shape[2]) - right
    rolled[:, (rows < 0) | (rows >= x.shape[1])] = 7
    rolled[:, :, (columns < 0) | (columns >= x.shape[2])] = 7
    assert np.array_equal(aug.shift(x, down, right, fill=7), rolled)


def test_each_picture_may_move_by_itself():
    x = np.random.default_rng(0).random((3, 4, 5))
    moved = aug.shift(x, np.array([0, 1, -1]), np.array([2, 0, 0]))
    assert np.array_equal(moved[0], aug.shift(x[:1], 0, 2)[0])
    assert np.array_equal(moved[1], aug.shift(x[1:2], 1, 0)[0])
    assert np.array_equal(moved[2], aug.shift(x[2:], -1, 0)[0])


def test_a_padded_crop_of_the_same_size_is_a_shift_and_every_shift_comes():
    x = np.random.default_rng(0).random((400, 4, 4)) + 1
    cut = aug.crop(x, 4, pad=1, rng=1)
    shifts = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    found = [[np.array_equal(cut[i], aug.shift(x[i : i + 1], *s)[0]) for s in shifts]
             for i in range(len(x))]  # fmt: skip
    assert np.array_equal(np.sum(found, axis=1), np.ones(len(x)))
    assert np.sum(found, axis=0).min() > 20  # of 400 / 9


def test_a_crop_without_frame_is_a_window_of_the_picture():
    x = np.arange(2 * 5 * 6 * 3).reshape(2, 5, 6, 3)
    cut = aug.crop(x, 3, rng=2)
    assert cut.shape == (2, 3, 3, 3)
    for picture, window in zip(x, cut, strict=True):
        assert any(np.array_equal(picture[i : i + 3, j : j + 3], window)
                   for i in range(3) for j in range(4))  # fmt: skip


def test_a_turn_by_nearly_a_quarter_is_nearly_a_quarter_turn():
    """Both ways of turning agree on the direction."""
    x = np.zeros((1, 9, 9))
    x[0, 2, 4] = 1.0
    assert np.abs(aug.rotate(x, 89.99) - aug.rotate(x, 90)).max() < 0.01
    assert aug.rotate(x, 90)[0, 4, 2] == 1.0  # from the top to the left: counter-clockwise


def test_erase_takes_one_square_of_each_and_every_place_comes():
    x = np.ones((300, 4, 5))
    gone = aug.erase(x, 2, rng=0) == 0
    assert (gone.sum(axis=(1, 2)) == 4).all()
    corners = {tuple(np.argwhere(g).min(axis=0)) for g in gone}
    assert corners == {(i, j) for i in range(3) for j in range(4)}
    for g in gone:
        i, j = np.argwhere(g).min(axis=0)
        assert g[i : i + 2, j : j + 2].all()


@pytest.mark.parametrize("kind", ["sign", "normal"])
def test_noise_stays_within_the_bounds(kind):
    x = np.random.default_rng(0).random((20, 8, 8))
    noisy = aug.add_noise(x, 0.3, kind=kind, rng=1)
    assert noisy.min() >= 0
    assert noisy.max() <= 1
    assert np.array_equal(aug.add_noise(x, 0.0, kind=kind, rng=1), x)


def test_noise_has_the_size_that_was_asked_for():
    x = np.full((50, 8, 8), 0.5)
    sign = aug.add_noise(x, 0.25, rng=1) - 0.5
    assert set(np.abs(sign).ravel()) == {0.25}
    assert abs(sign.mean()) < 0.02
    normal = aug.add_noise(x, 0.1, kind="normal", rng=1) - 0.5
    assert 0.095 < normal.std() < 0.105


def test_grey_levels_keep_their_type():
    x = np.array([[[0, 200], [255, 7]]], np.uint8)
    for change in (aug.shift(x, 1, 0), aug.crop(x, 1, rng=0), aug.flip(x), aug.rotate(x, 90),
                   aug.erase(x, 1, rng=0), aug.invert(x, bounds=(0, 255))):  # fmt: skip
        assert change.dtype == np.uint8
    assert aug.invert(x, bounds=(0, 255)).tolist() == [[[255, 55], [0, 248]]]


X = np.zeros((2, 4, 4))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: aug.flip(np.zeros((4, 4))), ValueError, r"images must have shape .* got \(4, 4\)"),
        (lambda: aug.flip(np.array([[["a"]]])), TypeError, "images must hold numbers"),
        (lambda: aug.flip(X, "diagonal"), ValueError, "axis must be .* got 'diagonal'"),
        (lambda: aug.shift(X, 0.5, 0), TypeError, "down must be whole numbers"),
        (lambda: aug.shift(X, 0, [1, 2, 3]), ValueError, "right must be one number or one for"),
        (lambda: aug.crop(X, 5), ValueError, "size must be at most 4"),
        (lambda: aug.crop(X, 0), ValueError, "size must be at least 1, got 0"),
        (lambda: aug.crop(X, 2, pad=-1), ValueError, "pad must be at least 0"),
        (lambda: aug.crop(X, 2.0), TypeError, "size must be a whole number"),
        (lambda: aug.erase(X, 5), ValueError, "size must be at most 4, got 5"),
        (lambda: aug.rotate(X, float("nan")), ValueError, "degrees must be"),
        (lambda: aug.invert(X, bounds=(1, 0)), ValueError, "bounds must be .* low < high"),
        (lambda: aug.invert(X, bounds=1), ValueError, "bounds must be a pair"),
        (lambda: aug.add_noise(X, -0.1), ValueError, "eps must be zero or positive, got -0.1"),
        (lambda: aug.add_noise(X, True), TypeError, "eps must be a number"),
        (lambda: aug.crop(X * np.nan, 2), ValueError, "images must be finite"),
        (lambda: aug.invert(np.full((1, 2, 2), 255, np.uint8)), ValueError, "within bounds"),
        (lambda: aug.add_noise(X + 2, 0.1), ValueError, "within bounds"),
        (lambda: aug.add_noise(X, 0.1, kind="pink"), ValueError, "kind must be sign or normal"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
