"""The hourly sweep: the provider's own numbers and ledger against all attempts, whatever they ended in.

What it finds beside the attempts is kept for `check`.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.attempt import DEFINITE, NOT_DEFINITE, SALES, Attempt, Ending
from bot.domain.ledger import CLOCK_MARGIN, LedgerEntry, strays
from bot.domain.numbers import OwnedNumber
from bot.domain.policy import Limits
from bot.services.compare import WATCHED_FOR, Swept, compare
from bot.services.looking import debit_facts, own_as_others
from bot.services.ports import Provider, ProviderUnavailable
from bot.store import attempts, control, findings, work
from bot.store.findings import Finding
from bot.store.store import Store
from bot.store.work import Claim, Kind

EVERY = timedelta(hours=1)
AFTER_A_FAILED_READ = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Works `Kind.SWEEP`, which is always there once and plans itself anew."""

    store: Store
    provider: Provider
    clock: Clock
    limits: Limits

    async def plan(self) -> None:
        """Makes sure at start that a sweep is planned."""
        now = self.clock.now()

        def plan(connection: Connection) -> None:
            control.hold(connection)
            work.add_single(connection, Kind.SWEEP, now=now)

        await self.store.write(plan)

    async def run(self, held: Claim) -> None:
        now = self.clock.now()
        compared = await self.store.read(partial(_compared, since=now - WATCHED_FOR))
        try:
            own = {number.e164: number for number in await self.provider.own_numbers()}
            rows = await self.provider.transactions(_read_from(compared, now))
        except ProviderUnavailable:
            again = now + AFTER_A_FAILED_READ
            await self.store.write(lambda connection: work.put_back(connection, held, after=again))
            return
        swept = Swept(own=own, rows=rows)
        for attempt in compared:
            await self.store.write(partial(compare, attempt_id=attempt.id, swept=swept, limits=self.limits, now=now))
        await self.store.write(lambda connection: _finish(connection, held, swept, now))


def first_sweep_from(connection: Connection, moment: datetime) -> datetime:
    """When the first sweep at that moment or later is due; the moment itself while none is planned."""
    due = work.next_due(connection, Kind.SWEEP)
    if due is None:
        return moment
    return due + EVERY * max(0, -((due - moment) // EVERY))


def _compared(connection: Connection, *, since: datetime) -> list[Attempt]:
    """Oldest first: what may still turn out otherwise, and what ended for good since then."""
    found = reversed(attempts.ending_in(connection, list(Ending)))
    return [
        attempt
        for attempt in found
        if attempt.ending in (Ending.OPEN, *NOT_DEFINITE)
        or (attempt.ending in SALES and attempt.confirmed_at is None)
        or (attempt.ending in DEFINITE and attempt.recorded_at >= since)
    ]


def _read_from(compared: list[Attempt], now: datetime) -> datetime:
    """The days that are watched, and as far back as money is waited for: a charge that is not read is not explained."""
    waiting = [attempt for attempt in compared if attempt.is_unsettled or attempt.alerted_at or attempt.ending in SALES]
    return min([now - WATCHED_FOR, *(attempt.recorded_at for attempt in waiting)]) - CLOCK_MARGIN


def _finish(connection: Connection, held: Claim, swept: Swept, now: datetime) -> None:
    """Keeps for `check` what no attempt explains, and plans the next sweep."""
    work.finish(connection, held)
    ours = {attempt.e164 for attempt in attempts.ending_in(connection, SALES)}
    found = [_elsewhere(number, now) for number in swept.own.values() if number.e164 not in ours]
    since = now - WATCHED_FOR
    rows = [row for row in swept.rows or () if row.at is None or row.at >= since]
    own = own_as_others(connection, list(swept.own.values()), since)
    found += [_stray(row, now) for row in strays(rows, own, attempts.all_written_off(connection))]
    findings.replace(connection, found)
    work.add(connection, Kind.SWEEP, now=now, after=now + EVERY)


def _elsewhere(number: OwnedNumber, now: datetime) -> Finding:
    details = json.dumps({"status": number.status, "owner": number.owner})
    return Finding(kind="bought_elsewhere", subject=number.e164, details=details, found_at=number.purchased_at or now)


def _stray(row: LedgerEntry, now: datetime) -> Finding:
    return Finding(
        kind="unexplained_debit", subject=row.id, details=json.dumps(debit_facts(row)), found_at=row.at or now
    )
