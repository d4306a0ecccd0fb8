"""The hourly sweep: what nothing follows from any more, however much of it there is."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from sqlalchemy import Engine, event

from bot.domain.numbers import OwnedNumber
from bot.domain.outcome import Bought, Refusal, Refused
from bot.services.plans import DueSweep
from bot.services.reconcile.sweep import AT_ONCE
from tests.harness.builders import a_listing, an_owned_number
from tests.harness.ledger import a_row
from tests.harness.seen import LOST
from tests.harness.swept import DAY, HOUR, alerts, sweep
from tests.harness.workbench import Workbench

REJECTED = Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file")

_numbers = count(1)


@contextmanager
def _statements() -> Iterator[list[str]]:
    """What the databases are asked meanwhile."""
    asked: list[str] = []

    def note(_: object, __: object, words: str, *___: object) -> None:
        asked.append(words)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _next_number() -> str:
    return f"+9180690005{next(_numbers):02}"


async def _bought(bench: Workbench, number: str) -> OwnedNumber:
    """Charged in two rows."""
    at = bench.clock.now()
    owned = an_owned_number("100+1 INR", number=number, id=f"num_{number}", purchased_at=at)
    await bench.a_purchase(Bought(number=owned), number=number)
    bench.provider.others = [*bench.provider.others, owned]
    charges = [a_row(amount, description=f"DID {number}", at=at) for amount in ("100 INR", "1 INR")]
    bench.provider.ledger = [*(bench.provider.ledger or ()), *charges]
    return owned


async def _a_past(bench: Workbench) -> None:
    """One number was bought, one bought and let go, one refused, one found not bought; two more as the last two, and
    then bought. All of it is over.
    """
    await _bought(bench, _next_number())
    let_go = await _bought(bench, _next_number())
    refused, failed, refused_first, failed_first = (_next_number() for _ in range(4))
    for number in (refused, refused_first):
        await bench.a_purchase(REJECTED, number=number)
    for number in (failed, failed_first):
        await _a_failure(bench, number)
    await sweep(bench, after=2 * HOUR)
    for number in (refused_first, failed_first):
        await _bought(bench, number)
    await sweep(bench, after=2 * HOUR)
    bench.provider.others = [owned for owned in bench.provider.others if owned != let_go]


async def _a_failure(bench: Workbench, number: str) -> None:
    bench.provider.listing = a_listing(number=number)
    await bench.a_failure(LOST, number=number)


async def _asked_by_a_sweep(bench: Workbench) -> int:
    await sweep(bench, after=HOUR)
    bench.clock.advance(HOUR)
    held = await bench.claim(DueSweep)
    with _statements() as asked:
        await bench.do(held)
    return len(asked)


async def test_what_is_over_costs_a_sweep_no_statement_more(bench: Workbench) -> None:
    await _a_past(bench)
    few = await _asked_by_a_sweep(bench)
    for _ in range(3):
        await _a_past(bench)
    assert await _asked_by_a_sweep(bench) == few
    assert await alerts(bench) == []


@pytest.mark.sqlite_only("it is the same count")
async def test_nor_does_a_debit_without_time_or_number_however_many_failures_there_were(bench: Workbench) -> None:
    asked = []
    for failures in (1, 4):
        bench.provider.ledger = []
        for _ in range(failures):
            await _a_failure(bench, _next_number())
        await sweep(bench, after=2 * HOUR)
        await sweep(bench, after=8 * DAY)
        bench.provider.ledger = [a_row(id=f"txn_{no}_{failures}", at=None) for no in range(2)]
        asked.append(await _asked_by_a_sweep(bench))
    assert asked[0] == asked[1]
    assert await alerts(bench) == ["unexplained_debits"] * 2


@pytest.mark.sqlite_only("it is the same count")
async def test_what_was_found_beside_is_kept_in_parts_and_is_not_written_again(bench: Workbench) -> None:
    numbers = [f"+91806900{no:04}" for no in range(2 * AT_ONCE + 1)]
    bench.provider.others = [an_owned_number(number=number, purchased_at=None) for number in numbers]
    bench.provider.ledger = [a_row("77 INR", id="txn_1", at=None)]
    await bench.plan_sweep()
    with _statements() as asked:
        await bench.sweep()
    assert sum(words.startswith("INSERT INTO findings") for words in asked) == 4
    found = await bench.findings("bought_elsewhere")
    await sweep(bench, after=2 * HOUR)
    with _statements() as asked:
        await bench.sweep()
    assert not [words for words in asked if words.startswith(("INSERT INTO findings", "DELETE FROM findings"))]
    assert await bench.findings("bought_elsewhere") == found
