"""A page of its own: it runs nothing and loads nothing, whatever stands in it."""

from __future__ import annotations

import html

_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
       color: #1a1a1a; background: #fff; overflow-wrap: anywhere; }
h1 { line-height: 1.2; } h2 { font-size: 1.1rem; }
code { background: #f2f2f2; padding: 0 .2rem; }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #16181a; }
  code { background: #2b2f33; } }
"""


def page(title: str, body: str, *, style: str = "", images: bool = False) -> str:
    """Return an HTML page that works offline, and lets no script and no address in.

    Parameters
    ----------
    title : str
        The title, as plain text; it is the heading too.
    body : str
        What stands below the heading, as HTML: whatever others have written must be escaped.
    style : str
        CSS that comes after what all pages share.
    images : bool
        Whether images that stand in the page itself are shown.

    Examples
    --------
    >>> made = page("Marks of <b>", "<p>None.</p>")
    >>> "<h1>Marks of &lt;b&gt;</h1>" in made, "default-src 'none'" in made
    (True, True)
    """
    heading = html.escape(title)
    policy = "default-src 'none'; style-src 'unsafe-inline'" + ("; img-src data:" * images)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{heading}</title>\n<style>\n{_STYLE}{style}</style>\n</head>\n<body>\n"
        f"<h1>{heading}</h1>\n{body}\n</body>\n</html>\n"
    )
