"""`parked`: work that waits for an operator, listed, tried again or let go. Works whether a process serves or not."""

from datetime import UTC, datetime
from typing import TextIO

from sqlalchemy import Connection

from bot.clock import SystemClock
from bot.domain.audit import OPERATOR
from bot.domain.rules import Rules
from bot.invocation import typed
from bot.services.parking import put_right
from bot.services.unit import Unit, Units
from bot.store.store import Store
from bot.work import stuck
from bot.work.stuck import Stuck


async def print_parked(store: Store, out: TextIO) -> None:
    """Writes what is parked, what keeps failing, and what another version left for itself, oldest first."""
    now = datetime.now(UTC)
    rows = await store.read(lambda connection: _stuck(connection, now))
    if not rows:
        out.write("Nothing is parked, and nothing keeps failing.\n")
    for row in rows:
        state = "parked" if row.is_parked else "failing" if row.is_known else "of another version"
        about = f" of request {row.request}" if row.request else ""
        out.write(f"{row.id}  {state} since {row.since:%Y-%m-%d %H:%M} UTC  {row.kind}{about}  ({row.error or '-'})\n")


def _stuck(connection: Connection, now: datetime) -> list[Stuck]:
    left = stuck.left_to_others(connection, now=now)
    return [*stuck.parked(connection), *stuck.failing(connection, now=now), *left]


async def settle(store: Store, out: TextIO, row: int, *, drops: bool) -> bool:
    """Says what became of it; False when there is no such work."""

    def change(unit: Unit) -> bool:
        return put_right(unit, OPERATOR, row, drops=drops)

    if not await Units(store=store, clock=SystemClock(), rules=Rules()).by_hand(change):
        out.write(f"There is no parked work {row}: {typed('parked')} lists what there is.\n")
        return False
    out.write(f"{row} was let go.\n" if drops else f"{row} is tried again as soon as a process serves.\n")
    return True
