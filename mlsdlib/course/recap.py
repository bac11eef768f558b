"""The recap of a notebook: a table made from its claims, and the sign that it ran to its end."""

from __future__ import annotations

import html

from mlsdlib.course.claim import VERDICTS
from mlsdlib.course.session import SESSION, publish

SENTINEL_KEY = "mlsdlib.done"


def recap() -> None:
    """Show every claim of this notebook with its verdict; call it in the last code cell.

    The output also carries the sentinel that `mlsd run` looks for: a notebook without it did not
    run to its end, whatever its other cells say.

    Raises
    ------
    RuntimeError
        If no notebook was begun, or no claim was decided.
    """
    if not SESSION.section:
        raise RuntimeError("recap() needs a notebook: call begin(section, ...) in its first cells")
    claims = list(SESSION.claims.values())
    if not claims:
        raise RuntimeError("recap() found no claim: decide at least one with claim(...)")
    counts = {verdict: sum(c.verdict == verdict for c in claims) for verdict in VERDICTS}
    parts = (f"{verdict} {count}" for verdict, count in counts.items() if count)
    head = f"Section {SESSION.section}, {len(claims)} claims: " + ", ".join(parts)
    lines = [f"{c.id:<8} {c.verdict:<10} {c.text}" for c in claims]
    rows = "".join(
        f"<tr><td>{c.id}</td><td><b>{c.verdict}</b></td>"
        f'<td style="text-align:left">{html.escape(c.text)}</td>'
        f'<td><span class="mlsd-value">{html.escape(c.measured)}</span></td></tr>'
        for c in claims
    )
    table = (
        f"<p>{html.escape(head)}</p><table><thead><tr><th>claim</th><th>verdict</th>"
        f"<th>text</th><th>measured</th></tr></thead><tbody>{rows}</tbody></table>"
    )
    publish(
        {"text/plain": "\n".join([head, *lines]), "text/html": table},
        {SENTINEL_KEY: {"section": SESSION.section, "claims": [c.id for c in claims]}},
    )
