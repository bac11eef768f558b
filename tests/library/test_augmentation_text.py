"""Synonyms, templates, pieces of words and masks."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib import augmentation as aug
from mlsdlib import datasets

GLAD = {"happy": ["glad"], "good": ["fine", "great"]}

# --- swap_synonyms ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm so happy to see you", "I'm so glad to see you"),
        ("Happy HAPPY happy", "Glad GLAD glad"),
        ("unhappy, happyish", "unhappy, happyish"),
        ("not happy", "not happy"),
        ("not happy. happy", "not happy. glad"),
        ("not happy, but happy", "not happy, but glad"),
        ("not happy but happy", "not happy but glad"),
        ("I don't feel happy; happy", "I don't feel happy; glad"),
        ("I don’t feel happy", "I don’t feel happy"),
        ("NEVER happy! Happy!", "NEVER happy! Glad!"),
        ("nothing happy", "nothing happy"),
        ("knot happy", "knot glad"),
        ("happy2happy", "glad2glad"),
        ("", ""),
        ("  happy\thappy\n", "  glad\tglad\n"),
    ],
)
def test_swap_keeps_case_marks_and_negation(text, expected):
    assert aug.swap_synonyms(text, GLAD, 1.0, rng=0) == expected


def test_swap_may_ignore_negation():
    assert aug.swap_synonyms("not happy", GLAD, 1.0, keep_negated=False) == "not glad"


@settings(deadline=None)
@given(st.text(max_size=40))
def test_without_probability_or_words_the_text_stays(text):
    assert aug.swap_synonyms(text, GLAD, 0.0) == text
    assert aug.swap_synonyms(text, {}, 1.0) == text


def test_swap_replaces_the_share_asked_for_by_each_synonym():
    words = aug.swap_synonyms("good " * 4_000, GLAD, 0.3, rng=0).split()
    assert 0.27 < 1 - words.count("good") / 4_000 < 0.33
    assert 0.4 < words.count("fine") / (4_000 - words.count("good")) < 0.6


# --- lexicons ---


def test_wordnet_gives_the_usual_sense_only_unless_asked():
    table = datasets.load_wordnet()
    one = aug.wordnet_lexicon(table, ["prize", "doctor", "good", "bank", "qwxyz"])
    assert one["prize"] == ["award"]
    assert "physician" in one["doctor"]
    assert "nurse" not in one["doctor"]
    assert "good" not in one
    assert "qwxyz" not in one
    three = aug.wordnet_lexicon(table, ["prize"], senses=3)
    assert three["prize"][0] == "award"
    assert "trophy" in three["prize"]


def test_glove_puts_opposites_and_siblings_near():
    table = datasets.load_glove()
    near = aug.nearest_words(["cheap", "doctor", "qwxyz"], table["word"],
                             table.iloc[:, 1:].to_numpy(), k=3)  # fmt: skip
    assert near["cheap"][0] == "expensive"
    assert near["doctor"][0] == "nurse"
    assert "qwxyz" not in near


def test_nearest_is_by_the_angle_and_never_the_word_itself():
    vectors = np.array([[1, 0], [9, 1], [0, 2], [0, 0]])
    near = aug.nearest_words(["a", "c"], list("abcd"), vectors, k=3)
    assert near == {"a": ["b", "c", "d"], "c": ["b", "a", "d"]}


# --- templates ---


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_fills_are_all_different_and_as_many_as_the_product(sizes):
    lists = {f"p{i}": [f"w{i}{j}" for j in range(n)] for i, n in enumerate(sizes)}
    fills = aug.fill_template(" ".join(f"{{{name}}}" for name in lists), **lists)
    assert len(fills) == len(set(fills)) == np.prod(sizes)
    assert fills[-1] == fills[len(fills) - 1] == list(fills)[-1]
    assert fills[1:3] == list(fills)[1:3]


def test_millions_of_fills_are_not_made():
    words = [f"w{i}" for i in range(1_000)]
    fills = aug.fill_template("{a} {b} {c} {a}", a=words, b=words, c=words)
    assert len(fills) == 10**9
    assert fills[123_456_789] == "w123 w456 w789 w123"
    assert repr(fills) == "<1,000,000,000 fills of '{a} {b} {c} {a}'>"


def test_a_template_without_placeholder_is_one_sentence():
    assert list(aug.fill_template("as it is")) == ["as it is"]


# --- wordpiece and masks ---


@pytest.fixture(scope="module")
def vocabulary():
    file = datasets.path("all_minilm_l6_v2_tokenizer.json.gz")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return json.load(lines)["model"]["vocab"]


def test_pieces_are_berts(vocabulary):
    """The example of the BERT repository's README, uncased."""
    names = {number: piece for piece, number in vocabulary.items()}
    pieces = [names[i] for i in aug.wordpiece("John Johanson's house", vocabulary)]
    assert pieces == ["john", "johan", "##son", "'", "s", "house"]
    assert [names[i] for i in aug.wordpiece("unaffable_", vocabulary)] == [
        "una", "##ffa", "##ble", "_"]  # fmt: skip
    assert aug.wordpiece("", vocabulary) == []


def mask(ids, **options):
    defaults = {"mask_id": 1, "vocab_size": 100, "special_ids": [0, 2], "rng": 0}
    return aug.mlm_mask(ids, **defaults | options)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_labels_are_the_tokens_that_were_selected_and_nothing_else_changes(seed, p):
    ids = np.random.default_rng(seed).integers(100, size=(5, 20))
    inputs, labels = mask(ids, p=p, rng=seed)
    selected = labels != -100
    assert np.array_equal(labels[selected], ids[selected])
    assert np.array_equal(inputs[~selected], ids[~selected])
    assert not selected[ids < 3].any()
    assert not (inputs[selected] == 2).any()


def test_shares_are_those_of_the_paper():
    ids = np.random.default_rng(0).integers(3, 100, 400_000)
    inputs, labels = mask(ids)
    selected = labels != -100
    drawn = (inputs != ids) & (inputs != 1)
    assert selected.mean() == pytest.approx(0.15, abs=0.002)
    assert (inputs == 1).mean() == pytest.approx(0.12, abs=0.002)
    # One of 97 random tokens is the old one.
    assert drawn.mean() == pytest.approx(0.015 * 96 / 97, abs=0.001)
    assert set(np.unique(inputs[drawn])) == set(range(3, 100))


def test_all_or_none_of_each():
    ids = np.full(50, 7)
    assert (mask(ids, p=1.0, mask_share=1.0, random_share=0.0)[0] == 1).all()
    assert (mask(ids, p=1.0, mask_share=0.0, random_share=0.0)[0] == 7).all()
    assert (mask(ids, p=0.0)[1] == -100).all()
    assert mask([])[0].shape == (0,)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: aug.swap_synonyms(["a"], {}, 0.5), TypeError, "text must be a string, got list"),
        (lambda: aug.swap_synonyms("a", {}, 1.5), ValueError, "p must lie between 0 and 1"),
        (lambda: aug.swap_synonyms("a", {"a": "bc"}, 1), TypeError, "a list of words for 'a'"),
        (lambda: aug.swap_synonyms("a", {}, "x"), TypeError, "p must be a number"),
        (lambda: aug.nearest_words(["a"], ["a"], np.ones((2, 2))), ValueError, "one row for each"),
        (lambda: aug.nearest_words(["a"], ["a"], np.ones((1, 2)), k=1), ValueError, "k must be l"),
        (lambda: aug.wordnet_lexicon(None, [], senses=0), ValueError, "senses must be at least 1"),
        (lambda: aug.fill_template("{a}"), ValueError, r"placeholder \{a\}"),
        (lambda: aug.fill_template("a", b=["x"]), ValueError, "b must be a placeholder"),
        (lambda: aug.fill_template("{a}", a="xy"), TypeError, "a must be a list of words"),
        (lambda: aug.fill_template("{a}", a=[]), ValueError, "a must hold at least one word"),
        (lambda: aug.fill_template("{a}", a=["x"])[1], IndexError, "between 0 and 0, got 1"),
        (lambda: aug.fill_template("a {}"), ValueError, "must name its placeholders"),
        (lambda: aug.wordpiece(None, {"[UNK]": 0}), TypeError, "text must be a string"),
        (lambda: mask([5], special_ids=[100]), ValueError, "special_ids must lie between 0 and"),
        (lambda: aug.wordpiece("a", {}), ValueError, "must have the piece"),
        (lambda: mask([100]), ValueError, "ids must lie between 0 and vocab_size - 1 = 99"),
        (lambda: mask([0.5]), TypeError, "ids must be whole numbers"),
        (lambda: mask([5], mask_share=0.8, random_share=0.3), ValueError, "at most 1, got 1.1"),
        (lambda: mask([5], p=2), ValueError, "p must lie between 0 and 1"),
        (lambda: mask([0], vocab_size=2, special_ids=[0]), ValueError, "at least one ordinary"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
