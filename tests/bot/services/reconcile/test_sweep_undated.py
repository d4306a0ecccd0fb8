"""A debit without a time that names nobody: it accuses whoever may still have caused it, and is told once beside."""

import pytest

from bot.domain.ledger import LedgerEntry
from bot.domain.policy import Resolution
from bot.domain.request import PurchaseRequest
from bot.domain.trail import Event
from bot.services.reconcile.alerts import told_debits
from tests.harness.builders import a_listing
from tests.harness.ledger import a_row
from tests.harness.rows import facts_of
from tests.harness.seen import LOST
from tests.harness.swept import DAY, HOUR, alerts, is_alerted, sweep
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("what a sweep finds is kept as test_sweep keeps it on both")

SEVEN_DAYS = 7 * DAY
NUMBERS = [f"+9180690007{no:02}" for no in range(3)]


def _undated(amount: str | None = "101 INR", *, id: str = "txn_1", description: str = "DID purchase") -> LedgerEntry:
    return a_row(amount, id=id, description=description, at=None)


async def _a_failure(bench: Workbench, number: str) -> PurchaseRequest:
    bench.provider.listing = a_listing(number=number)
    return await bench.a_failure(LOST, number=number)


async def _settled(bench: Workbench, *numbers: str) -> list[PurchaseRequest]:
    """Failures that a sweep has settled, and the next one found nothing of either."""
    failed = [await _a_failure(bench, number) for number in numbers]
    await sweep(bench, after=2 * HOUR)
    await sweep(bench, after=HOUR)
    assert not any([(await bench.attempt(request)).is_unsettled for request in failed])
    return failed


async def _announced(bench: Workbench) -> list[str]:
    """The debits of which approvers were told beside all requests."""
    facts = [facts_of(entry) for entry in await bench.trail() if entry.event is Event.SWEEP_ALERT and not entry.request]
    return [row["id"] for told in facts for row in told["debits"]]


@pytest.mark.parametrize("amount", ["101 INR", "101 USD", "1000000 INR", None])
async def test_it_accuses_no_attempt_that_was_settled_and_is_a_week_old_and_is_announced_once(
    bench: Workbench, amount: str | None
) -> None:
    failed = await _settled(bench, *NUMBERS)
    bench.clock.advance(SEVEN_DAYS)
    bench.provider.ledger = [_undated(amount, id=f"txn_{no}") for no in range(2)]
    for _ in range(3):
        await sweep(bench, after=HOUR)
    assert [await is_alerted(bench, request) for request in failed] == [False] * 3
    assert await alerts(bench) == ["unexplained_debits"]
    assert sorted(await _announced(bench)) == ["txn_0", "txn_1"]
    assert len(await bench.findings("unexplained_debit")) == 2


async def test_it_accuses_what_was_recorded_within_the_week(bench: Workbench) -> None:
    (request,) = await _settled(bench, NUMBERS[0])
    bench.provider.ledger = [_undated()]
    recorded = (await bench.attempt(request)).recorded_at
    bench.clock.advance(recorded + SEVEN_DAYS - bench.clock.now())
    await sweep(bench)
    assert await alerts(bench) == ["charged_without_number"]
    assert await _announced(bench) == []


async def test_whom_it_accused_it_accuses_until_it_is_written_off_however_long_that_takes(bench: Workbench) -> None:
    failed = await _settled(bench, *NUMBERS[:2])
    bench.provider.ledger = [_undated()]
    await sweep(bench, after=HOUR)
    await sweep(bench, after=60 * DAY)
    assert [await is_alerted(bench, request) for request in failed] == [True, True]
    assert await alerts(bench) == ["charged_without_number"] * 2
    await bench.resolve(Resolution.WRITE_OFF, failed[0])
    await sweep(bench, after=HOUR)
    assert [(await bench.attempt(request)).is_unsettled for request in failed] == [False, False]
    await sweep(bench, after=HOUR)
    assert (await alerts(bench), await _announced(bench)) == (["charged_without_number"] * 2, [])


@pytest.mark.parametrize("says_so", ["looks", "a person"])
async def test_it_accuses_what_ended_while_no_ledger_was_read(bench: Workbench, says_so: str) -> None:
    bench.provider.unreadable = {"transactions"} if says_so == "a person" else set()
    if says_so == "a person":
        request = await bench.a_purchase(LOST)
        await bench.look(times=6)
        await bench.resolve(Resolution.NOT_BOUGHT, request)
    else:
        request = await bench.a_failure(LOST)
        bench.provider.unreadable = {"transactions"}
    await sweep(bench, after=2 * HOUR)
    assert (await bench.attempt(request)).is_unsettled == (says_so == "looks")
    bench.provider.unreadable, bench.provider.ledger = set(), [_undated()]
    await sweep(bench, after=SEVEN_DAYS)
    assert await is_alerted(bench, request)


async def test_one_that_names_its_number_accuses_that_one_however_old_it_is(bench: Workbench) -> None:
    first, second = await _settled(bench, *NUMBERS[:2])
    bench.provider.ledger = [_undated(description=f"DID {NUMBERS[1]}")]
    await sweep(bench, after=400 * DAY)
    assert [await is_alerted(bench, request) for request in (first, second)] == [False, True]
    assert [debit.id for debit in told_debits(await bench.attempt(second))] == ["txn_1"]
    assert await _announced(bench) == []
