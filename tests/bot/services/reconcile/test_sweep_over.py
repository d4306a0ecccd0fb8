"""The hourly sweep: what nothing follows from any more, however much of it there is."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from sqlalchemy import Engine, event

from bot.domain.outcome import Bought, Refusal, Refused
from bot.services.plans import DueSweep
from tests.harness.builders import a_listing, an_owned_number
from tests.harness.ledger import a_row
from tests.harness.seen import LOST
from tests.harness.swept import HOUR, alerts, sweep
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


async def _a_past(bench: Workbench) -> None:
    """One number was bought and charged in two rows, one was refused, one was found not bought; all of it is over."""
    bought, refused, failed = (f"+9180690005{next(_numbers):02}" for _ in range(3))
    at = bench.clock.now()
    owned = an_owned_number("100+1 INR", number=bought, id=f"num_{bought}", purchased_at=at)
    await bench.a_purchase(Bought(number=owned), number=bought)
    bench.provider.others = [*bench.provider.others, owned]
    charges = [a_row(amount, description=f"DID {bought}", at=at) for amount in ("100 INR", "1 INR")]
    bench.provider.ledger = [*(bench.provider.ledger or ()), *charges]
    await bench.a_purchase(REJECTED, number=refused)
    bench.provider.listing = a_listing(number=failed)
    await bench.a_failure(LOST, number=failed)
    await sweep(bench, after=2 * HOUR)


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
