"""Writing files so that nothing is ever half written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["write_bytes", "write_text"]


def write_text(file: Path, text: str) -> None:
    """Write `text` in UTF-8 as `write_bytes` does."""
    write_bytes(file, text.encode("utf-8"))


def write_bytes(file: Path, content: bytes, *, durable: bool = False) -> None:
    """Write `content` to the side, then rename it onto `file`: a reader sees the old or the new.

    Whoever writes may be killed at any moment; if `durable`, the machine may stop, too. The folder
    is made where it is missing.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, side = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        Path(side).chmod(0o644)
        Path(side).replace(file)
    except BaseException:
        Path(side).unlink(missing_ok=True)
        raise
