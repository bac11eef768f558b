"""The `mlsd` command's entry point, light enough to explain what is not installed."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the `mlsd` command; say what to install where its packages are missing."""
    # An optional part of nbformat's schema checks that costs a second to import and is not used.
    sys.modules.setdefault("rfc3987_syntax", None)
    try:
        from mlsdlib.course.cli import app
    except ModuleNotFoundError as err:
        sys.exit(
            f"mlsd needs the package {err.name!r}, which is not installed. "
            'Install the course with: pip install "mlsdlib[course]"'
        )
    app()


if __name__ == "__main__":
    main()
