"""What the hourly sweep is shown, and what it says of it, each as a function of the bench."""

from datetime import timedelta

from bot.domain.ledger import LedgerEntry
from bot.domain.request import PurchaseRequest
from bot.domain.trail import Event
from bot.services.plans import DueSweep
from tests.harness.builders import NUMBER
from tests.harness.ledger import a_row
from tests.harness.rows import facts_of
from tests.harness.workbench import Workbench

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)


async def sweep(bench: Workbench, *, after: timedelta = timedelta(0)) -> None:
    """The sweep that is due then."""
    bench.clock.advance(after)
    await bench.plan_sweep()
    await bench.run(DueSweep)


def named(bench: Workbench, amount: str | None = "101 INR", *, id: str | None = None) -> LedgerEntry:
    """A debit of now that names the number."""
    return a_row(amount, id=id, description=f"DID purchase {NUMBER}", at=bench.clock.now())


async def alerts(bench: Workbench) -> list[object]:
    """What sweeps said, in order."""
    return [facts_of(entry)["what"] for entry in await bench.trail() if entry.event is Event.SWEEP_ALERT]


async def is_alerted(bench: Workbench, request: PurchaseRequest) -> bool:
    """Are approvers told of its newest attempt, and is that not over?"""
    return (await bench.attempt(request)).alerted_at is not None
