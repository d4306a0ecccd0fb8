"""The hourly sweep: the provider's own numbers and ledger against all attempts, whatever they ended in.

What it finds beside the attempts is kept for `check`; approvers are told once of a debit that nothing explains.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from pydantic import JsonValue
from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.attempt import NOT_DEFINITE, SALES, Attempt, Ending
from bot.domain.audit import BOT, Event, Facts
from bot.domain.explaining import CLOCK_MARGIN, strays
from bot.domain.ledger import LedgerEntry
from bot.domain.looks import SETTLED_AFTER
from bot.domain.numbers import OwnedNumber
from bot.domain.policy import Limits
from bot.services.letters import Announcement
from bot.services.ports import Provider, ProviderUnavailable
from bot.services.reconcile.alerts import told_ids
from bot.services.reconcile.compare import compare, settle_unread
from bot.services.reconcile.debits import WATCHED_FOR, Swept, watched_from
from bot.services.reconcile.look import debit_facts, own_as_others
from bot.store import attempts, audit, control, findings, requests
from bot.store.findings import Finding, FindingKind
from bot.store.store import Store, StoreError
from bot.work import queue
from bot.work.queue import Claim, Kind

log: structlog.stdlib.BoundLogger = structlog.get_logger()

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
            queue.add_single(connection, Kind.SWEEP, now=now)

        await self.store.write(plan)

    async def run(self, held: Claim) -> None:
        now = self.clock.now()
        compared, since = await self.store.read(partial(_to_compare, now=now))
        try:
            own = {number.e164: number for number in await self.provider.own_numbers()}
            rows = await self.provider.transactions(since - CLOCK_MARGIN)
        except ProviderUnavailable:
            for attempt in compared:
                if attempt.ending is Ending.ON_WORD and attempt.is_unsettled:
                    await self.store.write(partial(settle_unread, attempt_id=attempt.id, now=now))
            again = now + AFTER_A_FAILED_READ
            await self.store.write(lambda connection: queue.put_back(connection, held, after=again))
            return
        swept = Swept(own=own, rows=rows)
        left_out = [attempt for attempt in compared if not await self._was_compared(attempt, swept, now)]
        await self.store.write(lambda connection: _finish(connection, held, swept, left_out, now))

    async def _was_compared(self, attempt: Attempt, swept: Swept, now: datetime) -> bool:
        """A bug that one attempt meets holds up none of the others."""
        try:
            await self.store.write(partial(compare, attempt_id=attempt.id, swept=swept, limits=self.limits, now=now))
        except StoreError:
            raise
        except Exception:
            log.exception("an attempt could not be compared", attempt=attempt.id, request=attempt.request)
            return False
        return True


def first_sweep_from(connection: Connection, moment: datetime) -> datetime:
    """When the first sweep at that moment or later is due; the moment itself while none is planned."""
    due = queue.next_due(connection, Kind.SWEEP)
    if due is None:
        return moment
    return due + EVERY * max(0, -((due - moment) // EVERY))


def _to_compare(connection: Connection, *, now: datetime) -> tuple[list[Attempt], datetime]:
    """Oldest first what may still turn out otherwise, and from when on the ledger tells of it.

    Those are the days that are watched, and as far back as money is waited for: a charge that is not read is not
    explained.
    """
    since = now - WATCHED_FOR
    found = [attempt for attempt in attempts.ending_in(connection, list(Ending)) if _is_watched(attempt, since)]
    awaited = [attempt for attempt in found if attempt.ending not in NOT_DEFINITE or _waits(attempt)]
    return found[::-1], min([since, *(watched_from(connection, attempt) for attempt in awaited)])


def _is_watched(attempt: Attempt, since: datetime) -> bool:
    """What ended without a definite word is watched for ever: a late truth corrects it."""
    is_open = attempt.ending in (Ending.OPEN, *NOT_DEFINITE)
    is_unseen = attempt.ending in SALES and attempt.confirmed_at is None
    return is_open or is_unseen or attempt.alerted_at is not None or attempt.recorded_at >= since


def _waits(attempt: Attempt) -> bool:
    return attempt.is_unsettled or attempt.alerted_at is not None


def _finish(connection: Connection, held: Claim, swept: Swept, left_out: Sequence[Attempt], now: datetime) -> None:
    """Keeps what no attempt explains, tells of what is new, and plans the next sweep."""
    queue.finish(connection, held)
    queue.drop_parked(connection, Kind.SWEEP)
    ours = {attempt.e164 for attempt in attempts.ending_in(connection, SALES)}
    elsewhere = [_elsewhere(number, now) for number in swept.own.values() if number.e164 not in ours]
    debits = _told(connection, _unexplained_debits(connection, swept, now), now)
    findings.replace(connection, [*elsewhere, *debits, *(_left_out(attempt, now) for attempt in left_out)])
    queue.add(connection, Kind.SWEEP, now=now, after=now + EVERY)


def _elsewhere(number: OwnedNumber, now: datetime) -> Finding:
    return Finding(
        kind=FindingKind.BOUGHT_ELSEWHERE,
        subject=number.e164,
        details=json.dumps({"status": number.status, "owner": number.owner}),
        found_at=number.purchased_at or now,
    )


def _left_out(attempt: Attempt, now: datetime) -> Finding:
    return Finding(
        kind=FindingKind.NOT_COMPARED,
        subject=attempt.id,
        details=json.dumps({"request": attempt.request, "e164": attempt.e164}),
        found_at=now,
    )


def _unexplained_debits(connection: Connection, swept: Swept, now: datetime) -> list[Finding]:
    """The number charges of the watched days that neither a number of ours nor an attempt's alert explains."""
    since = now - WATCHED_FOR
    rows = [row for row in swept.rows or () if row.at is None or row.at >= since]
    bought = _bought_since(connection, swept, since)
    own = own_as_others(connection, [*swept.own.values(), *bought], since)
    told = told_ids(attempts.alerted_ones(connection))
    known = {finding.subject: finding for finding in findings.every(connection)}
    found = [row for row in strays(rows, own, attempts.all_written_off(connection)) if row.id not in told]
    return list({row.id: _unexplained_debit(row, known.get(row.id), now) for row in found}.values())


def _bought_since(connection: Connection, swept: Swept, since: datetime) -> list[OwnedNumber]:
    """What was bought through the bot and is not among our own (any more): its debit is explained all the same."""
    found = []
    for attempt in attempts.since(connection, since):
        request = requests.get(connection, attempt.request)
        if attempt.ending in SALES and attempt.e164 not in swept.own and request is not None:
            setup_fee, monthly_fee = request.terms.setup_fee, request.terms.monthly_fee
            number = OwnedNumber(e164=attempt.e164, id=attempt.number_id, setup_fee=setup_fee, monthly_fee=monthly_fee)
            found.append(number)
    return found


def _unexplained_debit(row: LedgerEntry, known: Finding | None, now: datetime) -> Finding:
    return Finding(
        kind=FindingKind.UNEXPLAINED_DEBIT,
        subject=row.id,
        details=json.dumps(debit_facts(row)),
        found_at=row.at or (now if known is None else known.found_at),
        told_at=None if known is None else known.told_at,
    )


def _told(connection: Connection, debits: Sequence[Finding], now: datetime) -> list[Finding]:
    """The debits as they are once approvers were told: each once, and after the hour that own numbers may lag."""
    due = [debit for debit in debits if debit.told_at is None and now - debit.found_at >= SETTLED_AFTER]
    if not due:
        return list(debits)
    listed: list[JsonValue] = [json.loads(debit.details) for debit in due]
    facts: Facts = {"what": "unexplained_debits", "debits": listed}
    entry = audit.append(connection, at=now, actor=BOT, event=Event.SWEEP_ALERT, request=None, facts=facts)
    queue.add(connection, Kind.ANNOUNCE, now=now, payload=Announcement(entry=entry.seq).model_dump_json())
    return [replace(debit, told_at=now) if debit in due else debit for debit in debits]
