"""The share of mutants that the exercises' checks catch, printed when the tests have run."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from tests.checks.trial import Assessment

KEY = "mutants"


@pytest.fixture
def report_mutants(request):
    """Return a function that hands an exercise's assessment to the summary, from any worker."""

    def report(id: str, assessment: Assessment) -> None:
        request.node.user_properties.append((KEY, {"exercise": id, **asdict(assessment)}))

    return report


def pytest_terminal_summary(terminalreporter):
    """Print the share, and name the survivors."""
    found = [
        value
        for reports in (
            terminalreporter.getreports("passed"),
            terminalreporter.getreports("failed"),
        )
        for report in reports
        if report.when == "call"
        for key, value in report.user_properties
        if key == KEY
    ]
    if not found:
        return
    caught = sum(entry["caught"] for entry in found)
    survivors = [f"{e['exercise']} {words}" for e in found for words in e["survivors"]]
    equivalent = sum(len(entry["equivalent"]) for entry in found)
    total = caught + len(survivors)
    terminalreporter.section("mutants of the reference solutions")
    terminalreporter.line(
        f"{caught} of {total} caught ({caught / max(1, total):.1%}) in {len(found)} exercises; "
        f"{equivalent} more are equivalent to the reference"
    )
    for survivor in survivors:
        terminalreporter.line(f"survived: {survivor}")
