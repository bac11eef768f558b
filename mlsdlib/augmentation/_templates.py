"""Sentences from a template and lists of words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from string import Formatter


class Fills(Sequence):
    """Every way to fill a template, made when it is asked for: what `fill_template` returns.

    Millions of fills cost no memory: ``len(fills)`` counts them and ``fills[i]`` makes one.
    The last placeholder changes fastest.
    """

    def __init__(self, template: str, lexicon: dict[str, Sequence[str]]) -> None:
        self.template, self._lexicon = template, lexicon

    def __len__(self) -> int:
        return math.prod(map(len, self._lexicon.values()))

    def __getitem__(self, i):
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        k = int(i) + len(self) * (i < 0)
        if not 0 <= k < len(self):
            raise IndexError(f"i must lie between 0 and {len(self) - 1}, got {i}")
        chosen = {}
        for name, words in reversed(self._lexicon.items()):
            k, place = divmod(k, len(words))
            chosen[name] = words[place]
        return self.template.format(**chosen)

    def __repr__(self) -> str:
        return f"<{len(self):,} fills of {self.template!r}>"


def fill_template(template: str, /, **lexicon: Sequence[str]) -> Fills:
    """Return all sentences that a template makes, as a sequence (Ribeiro 2020, *CheckList*).

    Parameters
    ----------
    template : str
        A sentence with placeholders such as ``{cuisine}``; one that stands twice gets the same
        word twice.
    **lexicon : sequences
        The words for each placeholder.

    Raises
    ------
    TypeError, ValueError
        If a placeholder has no list, a list has no placeholder, or a list is empty.

    Examples
    --------
    >>> fills = fill_template("a {cuisine} place in {city}", cuisine=["Thai", "Greek"],
    ...                       city=["Oslo", "Rome"])
    >>> len(fills), fills[1]
    (4, 'a Thai place in Rome')
    """
    fields = [field for _, field, _, _ in Formatter().parse(template) if field is not None]
    names = list(dict.fromkeys(fields))
    if unnamed := [name for name in names if not name.isidentifier()]:
        raise ValueError(f"template must name its placeholders, as {{city}}; got {{{unnamed[0]}}}")
    if missing := [name for name in names if name not in lexicon]:
        raise ValueError(f"template has the placeholder {{{missing[0]}}}, give {missing[0]}=[…]")
    if unused := [name for name in lexicon if name not in names]:
        raise ValueError(f"{unused[0]} must be a placeholder of the template, has {names}")
    for name in names:
        if isinstance(lexicon[name], str):
            raise TypeError(f"{name} must be a list of words, got {lexicon[name]!r}")
        if len(lexicon[name]) == 0:
            raise ValueError(f"{name} must hold at least one word, got none")
    return Fills(template, {name: lexicon[name] for name in names})
