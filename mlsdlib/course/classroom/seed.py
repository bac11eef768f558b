"""The instructor's secret, from which the random cases come."""

from __future__ import annotations

import os
import secrets

from mlsdlib.course.store import Store

SEED_FILE = "seed"


def secret_seed(store: Store, given: str | None) -> str:
    """Return the seed: the one given, else the one that an earlier run has kept, else a new one."""
    if given:
        return given
    if not store.exists(SEED_FILE):
        _put_first(store, SEED_FILE, secrets.token_hex(16).encode())
    kept = (store.get(SEED_FILE) or b"").decode().strip()
    if not kept:
        raise ValueError(f"no seed stands in {store.url(SEED_FILE)}: remove the file")
    return kept


def _put_first(store: Store, name: str, data: bytes) -> None:
    """Put a file where there is none: of two writers at once, one does, and both read the same."""
    if not store.local:
        store.put(name, data)
        return
    side = f"{name}-{secrets.token_hex(4)}"
    store.put(side, data)
    try:
        os.link(store.url(side), store.url(name))  # unlike a rename, it replaces nothing
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        store.put(name, data)
    finally:
        store.remove(side)
