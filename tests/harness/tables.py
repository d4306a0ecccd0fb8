"""Tables that tests leave behind, in pytest's summary: in full when a test failed or with `-rA`, else a line each."""

from collections import Counter
from collections.abc import Sequence

import pytest

TABLE = "table"
"""The user property that a test keeps its rows under; the third cell is how it ended."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    shows_all = bool(set(terminalreporter.config.option.reportchars) & {"A", "P"})
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if isinstance(report, pytest.TestReport)
    ]
    tables = [
        (report, rows)
        for report in reports
        for name, rows in report.user_properties
        if name == TABLE and isinstance(rows, Sequence)
    ]
    if tables:
        terminalreporter.section("deaths and what came of them")
    for report, rows in sorted(tables, key=lambda table: table[0].nodeid):
        ended = ", ".join(f"{times} {how}" for how, times in sorted(Counter(row[2] for row in rows).items()))
        terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {len(rows)} lives, {ended}")
        if report.failed or shows_all:
            for line in _aligned(rows):
                terminalreporter.write_line(f"  {line}")


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """All cells but the last ones below each other."""
    fixed = 6
    widths = [max(len(row[place]) for row in rows) for place in range(fixed)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), "; ".join(row[fixed:])])
        for row in rows
    ]
