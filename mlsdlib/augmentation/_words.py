"""Other words for the same, from a dictionary or from vectors, and where they must not go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.augmentation._inputs import count_of, finite, share_of

if TYPE_CHECKING:
    import pandas as pd

_PARTS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|[\W\d_]+")
_NEGATION = re.compile(r"not|no|never|nor|neither|none|nobody|nothing|without|cannot|.*n['’]t")
_SCOPE_ENDS = re.compile(r"[.,;:!?()\n]")


def swap_synonyms(
    text: str,
    lexicon: Mapping[str, Sequence[str]],
    p: float,
    *,
    keep_negated: bool = True,
    rng: np.random.Generator | int | None = None,
) -> str:
    """Return the text with some of its words replaced by synonyms.

    Words behind a negation, up to the next mark or *but*, stay: "not bad" praises, "not awful"
    does not. The case is kept: *Happy* becomes *Glad*, *HAPPY* becomes *GLAD*.

    Parameters
    ----------
    text : str
    lexicon : mapping
        Word in lower case to its synonyms.
    p : float
        Probability that a word with synonyms is replaced, by one of them.
    keep_negated : bool
        Whether words in the scope of a negation stay.
    rng : numpy Generator, int or None

    Raises
    ------
    TypeError, ValueError
        If `text` is no string, `p` no probability, or a word's synonyms are no list of words.

    Examples
    --------
    >>> swap_synonyms("Happy? I'm not happy.", {"happy": ["glad"]}, 1.0)
    "Glad? I'm not happy."
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a string, got {type(text).__name__}")
    p, rng = share_of("p", p), np.random.default_rng(rng)
    negated, parts = False, []
    for part in _PARTS.findall(text):
        word = part.lower()
        if _SCOPE_ENDS.search(part) or word == "but":
            negated = False
        synonyms = lexicon.get(word)
        if synonyms and not negated and rng.random() < p:
            if isinstance(synonyms, str) or not all(synonyms):
                raise TypeError(f"lexicon must have a list of words for {word!r}, got {synonyms!r}")
            part = _cased(synonyms[rng.integers(len(synonyms))], like=part)
        if keep_negated and _NEGATION.fullmatch(word):
            negated = True
        parts.append(part)
    return "".join(parts)


def wordnet_lexicon(
    table: pd.DataFrame, words: Iterable[str], *, senses: int = 1
) -> dict[str, list[str]]:
    """Return the synonyms of words by WordNet, for those that have any.

    A word that is noun and verb, say, counts as what it is more often. Synonyms of several words
    and names are left out.

    Parameters
    ----------
    table : DataFrame
        What `mlsdlib.datasets.load_wordnet` returns.
    words : iterable of str
        In lower case.
    senses : int
        How many senses of a word to use, the usual ones first. With more than one, synonyms of
        other meanings come in: a *bank* is a *depository*, a *slope* and a *shot*.

    Raises
    ------
    TypeError, ValueError
        If `senses` is less than 1.

    Examples
    --------
    >>> from mlsdlib import datasets
    >>> wordnet_lexicon(datasets.load_wordnet(), ["prize", "car", "good"])
    {'prize': ['award'], 'car': ['auto', 'automobile', 'machine', 'motorcar']}
    """
    senses = count_of("senses", senses)
    words = list(dict.fromkeys(words))
    entries = table[table["lemma"].isin(words)]
    usual = entries.sort_values(["tag_count", "sense_number"], ascending=[False, True],
                                kind="stable").drop_duplicates("lemma")  # fmt: skip
    entries = entries.merge(usual[["lemma", "pos"]])
    entries = entries[entries["sense_number"] <= senses].sort_values("sense_number", kind="stable")
    synset = ["pos", "synset_offset"]
    others = table[table["lemma"].str.fullmatch("[a-z]+")]
    pairs = entries[["lemma", *synset]].merge(others[["lemma", *synset]], on=synset)
    pairs = pairs[pairs["lemma_x"] != pairs["lemma_y"]]
    lexicon: dict[str, list[str]] = {}
    for word, synonym in zip(pairs["lemma_x"], pairs["lemma_y"], strict=True):
        known = lexicon.setdefault(word, [])
        if synonym not in known:
            known.append(synonym)
    return {word: lexicon[word] for word in words if word in lexicon}


def nearest_words(
    words: Iterable[str], vocabulary: Sequence[str], vectors: np.ndarray, *, k: int = 5
) -> dict[str, list[str]]:
    """Return the `k` nearest words by the cosine of their vectors, nearest first.

    Near is what stands in the same company: synonyms, but opposites and siblings as well.

    Parameters
    ----------
    words : iterable of str
        Those that the vocabulary lacks are left out.
    vocabulary : sequence of str
    vectors : array of shape (len(vocabulary), d)
    k : int

    Raises
    ------
    TypeError, ValueError
        If vocabulary and vectors differ in length, or `k` is not from 1 up to the others' number.

    Examples
    --------
    >>> vectors = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    >>> nearest_words(["hot"], ["hot", "cold", "table"], vectors, k=1)
    {'hot': ['cold']}
    """
    vocabulary, vectors = list(vocabulary), np.asarray(vectors)
    if vectors.ndim != 2 or len(vectors) != len(vocabulary):
        raise ValueError(
            f"vectors must have one row for each of {len(vocabulary)} words, got shape "
            f"{vectors.shape}"
        )
    finite("vectors", vectors)
    k = count_of("k", k)
    if k >= len(vocabulary):
        raise ValueError(f"k must be less than the {len(vocabulary)} words known, got {k}")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(lengths > 0, lengths, 1)
    place = {word: i for i, word in enumerate(vocabulary)}
    known = [word for word in dict.fromkeys(words) if word in place]
    at = [place[word] for word in known]
    likeness = unit[at] @ unit.T
    likeness[np.arange(len(at)), at] = -np.inf
    nearest = np.argsort(-likeness, axis=1, kind="stable")[:, :k]
    return {word: [vocabulary[i] for i in row] for word, row in zip(known, nearest, strict=True)}


def _cased(word: str, *, like: str) -> str:
    """Return a word in the case of another one."""
    if len(like) > 1 and like.isupper():
        return word.upper()
    return word[0].upper() + word[1:] if like[0].isupper() else word
