"""By which name a student stands in tables: the one of the folder, as far as it can be written."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from mlsdlib.course.classroom.clean import as_cell


def written_names(folders: Iterable[str]) -> dict[str, str]:
    """Return a name for each name of a folder: clean, and no two the same.

    Parameters
    ----------
    folders : iterable of str
        Names as the file system has them, whatever the student's system has made of them.

    Raises
    ------
    ValueError
        If two would still be the same.

    Examples
    --------
    >>> written_names(["anna", "anna "])
    {'anna': 'anna', 'anna ': 'anna (d047e20b)'}
    """
    made = {folder: _written(folder) for folder in folders}
    (name, count), *_ = Counter(made.values()).most_common(1) or [("", 0)]
    if count > 1:
        raise ValueError(f"two students would both stand as {name!r}: rename one of their folders")
    return made


def _written(folder: str) -> str:
    """Return the name of one folder, whatever the others are: an override must stay its owner's."""
    name = as_cell(folder) or "?"
    if name == folder:
        return name
    digest = hashlib.sha256(folder.encode("utf-8", errors="surrogatepass")).hexdigest()
    return f"{name} ({digest[:8]})"
