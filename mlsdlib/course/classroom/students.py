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
    >>> written_names(["anna", "anna ", " ben"])
    {'anna': 'anna', 'anna ': 'anna (d047e20b)', ' ben': 'ben'}
    """
    made = {folder: as_cell(folder) or "?" for folder in folders}
    taken = Counter(made.values())
    for folder, name in made.items():
        if name != folder and taken[name] > 1:
            # Not a number: who else hands in must not change whose an override is.
            digest = hashlib.sha256(folder.encode("utf-8", errors="surrogatepass")).hexdigest()
            made[folder] = f"{name} ({digest[:8]})"
    (name, count), *_ = Counter(made.values()).most_common(1) or [("", 0)]
    if count > 1:
        raise ValueError(f"two students would both stand as {name!r}: rename one of their folders")
    return made
