"""Machine learning systems design, measured.

One module per topic, each usable on its own::

    from mlsdlib import datasets, formats
    from mlsdlib.estimate import wilson

Importing `mlsdlib` loads nothing heavy: every module imports what it needs, when it needs it.
`mlsdlib.course` holds what turns the library into a course; no topic module depends on it.
"""

__version__ = "0.1.0"
