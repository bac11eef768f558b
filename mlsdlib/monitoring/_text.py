"""Prometheus's text format, version 0.0.4."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def head(name: str, kind: str, help: str) -> Iterator[str]:
    """Yield the two lines that come before a metric's samples."""
    help = help.replace("\\", r"\\").replace("\n", r"\n")
    yield f"# HELP {name} {help}"
    yield f"# TYPE {name} {kind}"


def line(name: str, labels: Iterable[tuple[str, object]], value: float) -> str:
    """Return the line of one sample."""
    text = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels)
    return f"{name}{{{text}}} {_number(value)}" if text else f"{name} {_number(value)}"


def parse(text: str) -> dict[str, float]:
    r"""Return the samples of a text, by what stands before their value.

    Parameters
    ----------
    text : str
        In Prometheus's text format, without timestamps: what `Registry.text` returns.

    Raises
    ------
    ValueError
        If a line is no sample.

    Examples
    --------
    >>> parse('# TYPE requests_total counter\nrequests_total{status="200"} 3\n')
    {'requests_total{status="200"}': 3.0}
    """
    samples = {}
    for row in text.splitlines():
        if row and not row.startswith("#"):
            series, _, value = row.rpartition(" ")
            try:
                samples[series] = float(value)
            except ValueError:
                raise ValueError(f"text must hold a sample a line, got {row!r}") from None
    return samples


def _escaped(value: object) -> str:
    text = _number(value) if isinstance(value, float) else str(value)
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
