"""The month's report is for approvers, of the month that is asked for or the present one."""

import pytest

from bot.services.letters import ReportTold, Words
from tests.harness.builders import ASKER, BOSS
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("it only reads, as the store's own tests do on both")


@pytest.mark.parametrize(("asked", "month", "numbers"), [(None, "2026-11", 1), ("2026-10", "2026-10", 0)])
async def test_an_approver_is_told_the_months_figures(
    bench: Workbench, asked: str | None, month: str, numbers: int
) -> None:
    await bench.a_purchase()
    await bench.ask_for_report(BOSS, asked)
    await bench.deliver()
    (sent,) = bench.messenger.took("report")
    assert sent.report is not None
    assert (sent.where, sent.report.month, sent.report.numbers) == ((BOSS,), month, numbers)


async def test_whoever_is_no_approver_is_refused_with_words(bench: Workbench) -> None:
    await bench.ask_for_report(ASKER)
    (row,) = await bench.rows(ReportTold, Words)
    assert row.kind == Words.kind
