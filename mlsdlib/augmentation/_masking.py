"""Words as pieces with numbers, and some of them hidden: how BERT is trained."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from mlsdlib.augmentation._inputs import count_of, share_of

IGNORED = -100
"""The label that torch's cross-entropy leaves out."""


def wordpiece(text: str, vocabulary: Mapping[str, int], *, unknown: str = "[UNK]") -> list[int]:
    """Return the numbers of the pieces of a text, by WordPiece's rule (Schuster & Nakajima 2012).

    Lower case; words and single marks; each word is cut from the left into the longest pieces
    that the vocabulary has, where a piece that continues a word begins with ``##``. A word that
    cannot be cut is unknown.

    Parameters
    ----------
    text : str
    vocabulary : mapping
        Piece to number.
    unknown : str
        The piece for words that cannot be cut.

    Raises
    ------
    TypeError, ValueError
        If `text` is no string, or the vocabulary lacks `unknown`.

    Examples
    --------
    >>> vocabulary = {"[UNK]": 0, "play": 1, "##ing": 2, "!": 3}
    >>> wordpiece("Playing xyz!", vocabulary)
    [1, 2, 0, 3]
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a string, got {type(text).__name__}")
    if unknown not in vocabulary:
        raise ValueError(f"vocabulary must have the piece {unknown!r}")
    return [
        piece
        for word in re.findall(r"[^\W_]+|[^\s\w]|_", text.lower())
        for piece in _cut(word, vocabulary) or [vocabulary[unknown]]
    ]


def mlm_mask(
    ids: Sequence[int] | np.ndarray,
    *,
    mask_id: int,
    vocab_size: int,
    special_ids: Collection[int] = (),
    p: float = 0.15,
    mask_share: float = 0.8,
    random_share: float = 0.1,
    rng: np.random.Generator | int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the inputs and labels of masked language modelling (Devlin 2019, *BERT*).

    Each token is *selected* with probability `p`, special ones never. Of the selected, a share
    becomes the mask, a share a random ordinary token, and the rest stays as it is. Only selected
    tokens have a label, the token itself; the others have -100.

    Parameters
    ----------
    ids : array of whole numbers
        Numbers of the tokens, of any shape.
    mask_id, vocab_size : int
        The number of the mask, and how many numbers there are.
    special_ids : collection of int
        Tokens that stay as they are and are never drawn, such as those that begin a text.
    p : float
        Probability that a token is selected.
    mask_share, random_share : float
        What becomes of the selected; together at most 1.
    rng : numpy Generator, int or None

    Returns
    -------
    inputs, labels : arrays of the shape of `ids`, int64

    Raises
    ------
    TypeError, ValueError
        If a number is out of range, or the shares sum to more than 1.

    Examples
    --------
    >>> inputs, labels = mlm_mask([5, 6, 7, 8], mask_id=1, vocab_size=10, special_ids=[1, 5],
    ...                           p=1.0, mask_share=1.0, random_share=0.0, rng=0)
    >>> inputs.tolist(), labels.tolist()
    ([5, 1, 1, 1], [-100, 6, 7, 8])
    """
    ids = np.asarray(ids)
    if ids.size and ids.dtype.kind not in "iu":
        raise TypeError(f"ids must be whole numbers, got dtype {ids.dtype}")
    ids = ids.astype(np.int64)
    vocab_size = count_of("vocab_size", vocab_size)
    if ids.size and (ids.min() < 0 or ids.max() >= vocab_size):
        raise ValueError(f"ids must lie between 0 and vocab_size - 1 = {vocab_size - 1}")
    special = np.array(sorted({*special_ids, count_of("mask_id", mask_id, at_least=0)}), np.int64)
    if special[0] < 0 or special[-1] >= vocab_size:
        raise ValueError(
            f"mask_id and special_ids must lie between 0 and vocab_size - 1 = {vocab_size - 1}"
        )
    p, masked = share_of("p", p), share_of("mask_share", mask_share)
    changed = masked + share_of("random_share", random_share)
    if changed > 1 + 1e-12:
        raise ValueError(f"mask_share + random_share must be at most 1, got {changed:g}")
    ordinary = np.setdiff1d(np.arange(vocab_size), special)
    if len(ordinary) == 0:
        raise ValueError("special_ids must leave at least one ordinary token")
    rng = np.random.default_rng(rng)
    selected = (rng.random(ids.shape) < p) & ~np.isin(ids, special)
    fate = rng.random(ids.shape)
    drawn = rng.choice(ordinary, ids.shape)
    inputs = np.where(selected & (fate < masked), mask_id, ids)
    inputs = np.where(selected & (fate >= masked) & (fate < changed), drawn, inputs)
    return inputs, np.where(selected, ids, IGNORED)


def _cut(word: str, vocabulary: Mapping[str, int]) -> list[int]:
    """Return the numbers of a word's pieces, none if it cannot be cut."""
    pieces, start = [], 0
    while start < len(word):
        head = "##" if start else ""
        for end in range(len(word), start, -1):
            number = vocabulary.get(head + word[start:end])
            if number is not None:
                break
        else:
            return []
        pieces.append(number)
        start = end
    return pieces
