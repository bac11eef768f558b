"""What students have written, fit to be shown: in a table, on a page, on a terminal."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def clean(text: str) -> str:
    r"""Return a text in one line, with nothing in it that cannot be written, or acts on a terminal.

    Examples
    --------
    >>> clean("a\nb \x1b[2J \ud800"), clean("Zoë ≠ 零")
    ('a b ?[2J ?', 'Zoë ≠ 零')
    """
    # Surrogates cannot be written, and other control characters fool who reads.
    shown = text.encode("utf-8", errors="replace").decode()
    return " ".join("".join(c if c.isprintable() or c.isspace() else "?" for c in shown).split())


def as_cell(text: str) -> str:
    """Return a clean text that no spreadsheet takes for a formula.

    Examples
    --------
    >>> as_cell("=1+1"), as_cell("1+1")
    ("'=1+1", '1+1')
    """
    line = clean(text)
    return f"'{line}" if line.startswith(_FORMULA) else line


def listed(names: list[str], most: int = 5) -> str:
    """Return names in one clean line, and how many there are beyond the first few.

    Examples
    --------
    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(clean, names[:most])) + more
