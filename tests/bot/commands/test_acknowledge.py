"""`acknowledge`: what a sweep found is listed no more, and that an operator said so stands in the trail."""

from pathlib import Path

import pytest

from bot.domain.audit import OPERATOR
from bot.domain.facts import Debit
from bot.domain.trail import Event
from bot.services.checkup.database import waiting_lines
from bot.store import findings
from bot.store.findings import Elsewhere, Finding, FindingKind, NotCompared
from tests.bot.commands.conftest import on_a_bench
from tests.harness.builders import NOON, NUMBER
from tests.harness.process import Ended, Run
from tests.harness.rows import facts_of
from tests.harness.stores import lay_down_a_database
from tests.harness.workbench import Workbench

FOUND = (
    Finding(
        kind=FindingKind.BOUGHT_ELSEWHERE, subject=NUMBER, details=Elsewhere(status="active", owner=None), found_at=NOON
    ),
    Finding(
        kind=FindingKind.NOT_COMPARED,
        subject="aa" * 16,
        details=NotCompared(request="5e" * 16, e164=NUMBER),
        found_at=NOON,
    ),
    Finding(
        kind=FindingKind.UNEXPLAINED_DEBIT, subject="txn_1", details=Debit(id="txn_1"), found_at=NOON, told_at=NOON
    ),
)


async def _find_again(bench: Workbench) -> None:
    """As each sweep does that finds the same."""
    await bench.store.write(lambda connection: findings.change(connection, findings.changes([], FOUND)))


async def _listed(bench: Workbench) -> list[str]:
    return [line.name for line in await bench.store.read(waiting_lines)]


@pytest.mark.parametrize("found", FOUND, ids=lambda found: found.kind.value)
def test_whatever_a_sweep_may_find_is_listed_no_more_however_often_it_is_found(
    run: Run, tmp_path: Path, found: Finding
) -> None:
    on_a_bench(tmp_path, _find_again)
    listed = on_a_bench(tmp_path, _listed)
    assert len(listed) == len(FOUND)
    assert run("acknowledge", found.subject) == Ended(code=0, out=f"{found.subject} is listed no more.\n", err="")
    on_a_bench(tmp_path, _find_again)
    left = on_a_bench(tmp_path, _listed)
    assert len(set(listed) - set(left)) == 1
    entry = on_a_bench(tmp_path, lambda bench: bench.last(Event.ACKNOWLEDGED))
    assert (entry.actor, facts_of(entry)) == (OPERATOR, {"kind": found.kind.value, "subject": found.subject})


def test_what_is_not_listed_cannot_be_acknowledged_nor_twice(run: Run, tmp_path: Path) -> None:
    assert run("acknowledge", NUMBER).code == 2
    assert not list(tmp_path.iterdir())
    lay_down_a_database(tmp_path / "buynumber.db")
    on_a_bench(tmp_path, _find_again)
    assert [run("acknowledge", NUMBER).code for _ in range(2)] == [0, 1]
    words = "There is nothing to acknowledge that is called txn_9: `buynumber check` lists what there is.\n"
    assert run("acknowledge", "txn_9") == Ended(code=1, out=words, err="")
