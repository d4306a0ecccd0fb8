"""The hourly sweep: the provider's own numbers and ledger against all attempts, whatever they ended in.

What it finds beside the attempts is kept for `check`; approvers are told once of a debit that nothing explains.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import structlog

from bot.domain import trail
from bot.domain.alert import Alert
from bot.domain.attempt import NOT_DEFINITE, Attempt, Ending
from bot.domain.audit import BOT
from bot.domain.explaining import CLOCK_MARGIN
from bot.domain.facts import Debit
from bot.domain.ledger import LedgerEntry
from bot.domain.looks import SETTLED_AFTER
from bot.domain.numbers import E164
from bot.services.letters import Announcement
from bot.services.plans import DueSweep
from bot.services.ports import Provider, ProviderUnavailable
from bot.services.reconcile.alerts import told_ids
from bot.services.reconcile.compare import compare, settle_unread
from bot.services.reconcile.debits import WATCHED_FOR, Swept, is_awaited, sort_out, watched_from, weigh
from bot.services.unit import Unit, Units
from bot.store import attempts, audit, findings
from bot.store.findings import Change, Elsewhere, Finding, FindingKind, NotCompared
from bot.store.store import StoreError
from bot.work import queue
from bot.work.queue import Claim, LeaseLost

log: structlog.stdlib.BoundLogger = structlog.get_logger()

AFTER_A_FAILED_READ = timedelta(minutes=5)

AT_ONCE = 200
"""Attempts are weighed in one read."""

TOLD_EVERY = timedelta(days=1)
"""That sweeps cannot read."""

Unread = Literal["own_numbers", "ledger"]
"""What a sweep could not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeps:
    """Works `DueSweep`, which is always there once and plans itself anew."""

    units: Units
    provider: Provider

    async def run(self, held: Claim, _: DueSweep) -> None:
        """While some of our own numbers cannot be read, a number that is missing may be one: it is not compared.

        While the ledger cannot be read, what own numbers alone can tell is compared.
        """
        began = self.units.clock.now()
        compared, since = await self.units.read_at_length(_watched)
        try:
            listed = await self.provider.own_numbers()
        except ProviderUnavailable as unavailable:
            await self._settle_unread(held, compared, began)
            await self._cannot_read(held, began, "own_numbers", unavailable.reason)
            return
        rows, unread = None, None
        try:
            rows = await self.provider.transactions(since - CLOCK_MARGIN)
        except ProviderUnavailable as unavailable:
            unread = unavailable.reason
        own = {number.e164: number for number in listed.numbers}
        if listed.unreadable:
            await self._settle_unread(held, [attempt for attempt in compared if attempt.e164 not in own], began)
            compared = [attempt for attempt in compared if attempt.e164 in own]
        sort = partial(sort_out, is_ledger_unread=unread is not None)
        swept = await self.units.read_at_length(sort, compared, own, rows, since, began)
        in_question = await self._in_question(compared, swept)
        left_out = [attempt for attempt in in_question if not await self._was_compared(held, attempt, swept)]
        if unread is not None:
            await self._cannot_read(held, began, "ledger", unread)
            return
        found = await self.units.read_at_length(_beside, swept)
        for first in range(0, len(found.elsewhere), AT_ONCE):
            await self.units.write(held, _keep, found.elsewhere[first : first + AT_ONCE])
        await self.units.finish(held, _finish, swept, found, left_out)

    async def _cannot_read(self, held: Claim, began: datetime, unread: Unread, reason: str) -> None:
        log.warning("a sweep cannot read", what=unread, reason=reason)
        await self.units.write(held, _put_back, held, began, unread, reason)

    async def _settle_unread(self, held: Claim, unread: Sequence[Attempt], began: datetime) -> None:
        for attempt in unread:
            if attempt.ending is Ending.ON_WORD and attempt.is_unsettled:
                await self.units.write(held, settle_unread, attempt.id, began)

    async def _in_question(self, compared: Sequence[Attempt], swept: Swept) -> list[Attempt]:
        """All attempts for each number of which something may follow.

        These are compared one by one, because what follows from one may change what is counted for the next; for
        another number it changes nothing.
        """
        found = set[E164]()
        for first in range(0, len(compared), AT_ONCE):
            some = compared[first : first + AT_ONCE]
            try:
                weighed = await self.units.read_at_length(weigh, some, swept)
                found |= {one.attempt.e164 for one in weighed if not one.is_over(swept)}
            except StoreError:
                raise
            except Exception:
                log.warning("attempts are weighed one by one, for one of them cannot be", exc_info=True)
                found |= {attempt.e164 for attempt in some}
        return [attempt for attempt in compared if attempt.e164 in found]

    async def _was_compared(self, held: Claim, attempt: Attempt, swept: Swept) -> bool:
        """A bug that one attempt meets holds up none of the others."""
        try:
            (weighed,) = await self.units.read_at_length(weigh, [attempt], swept)
            if not weighed.is_over(swept):
                await self.units.write(held, compare, weighed, swept)
        except (StoreError, LeaseLost):
            raise
        except Exception:
            log.exception("an attempt could not be compared", attempt=attempt.id, request=attempt.request)
            return False
        return True


def _put_back(unit: Unit, held: Claim, began: datetime, unread: Unread, reason: str) -> None:
    """It is tried again soon; once that went on for hours, approvers are told of it daily."""
    queue.put_back(unit.connection, held, after=unit.now + AFTER_A_FAILED_READ, error=reason)
    findings.sweep_failed(unit.connection, at=began, unread=unread, reason=reason)
    how = findings.sweeping(unit.connection)
    was_told = how.told_at is not None and unit.now - how.told_at < TOLD_EVERY
    if was_told or not how.is_overdue(unit.now):
        return
    findings.sweep_told(unit.connection, at=unit.now)
    told = trail.SweepFailed(unread=unread, reason=reason, since=how.failing_since or began, good_at=how.good_at)
    entry = audit.append(unit.connection, at=unit.now, actor=BOT, request=None, told=told)
    queue.add(unit.connection, Announcement(entry=entry.seq), now=unit.now)


def first_sweep_from(unit: Unit, moment: datetime) -> datetime | None:
    """When the first sweep at that moment or later is due: never a time that has passed; `None` while none can read.

    With a sweep due at 12:20 and every hour after that, it is 14:20 for 13:30. One that is overdue comes at once.
    """
    if findings.sweeping(unit.connection).failing_since is not None:
        return None
    due = queue.next_due(unit.connection, DueSweep) or moment
    due += DueSweep.every * max(0, -((due - moment) // DueSweep.every))
    return max(due, unit.now)


def _watched(unit: Unit) -> tuple[list[Attempt], datetime]:
    """Oldest first what may still turn out otherwise, and from when on the ledger tells of it.

    That is seven days, and further back for an attempt whose money is still waited for. With one that was alerted
    20 days ago and nothing else open, the ledger is read from its call on: a charge that is not read is not explained.
    So is what was settled since the last good sweep, without the ledger.
    """
    since, unread_since = unit.now - WATCHED_FOR, findings.sweeping(unit.connection).unread_since
    found = attempts.watched(unit.connection, since)
    awaited = [one for one in found if one.ending not in NOT_DEFINITE or is_awaited(one, unread_since)]
    tried = attempts.of_numbers(unit.connection, [attempt.e164 for attempt in awaited])
    begins = [watched_from(attempt, tried[attempt.e164]) for attempt in awaited]
    return found, min([since, *begins])


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a sweep found beside the attempts: numbers that no request bought, and debits that none of ours explains."""

    elsewhere: Sequence[Change]
    """Since the sweep before."""
    strays: Sequence[LedgerEntry]
    """Those of which no attempt's alert tells."""
    known: Mapping[str, Finding]
    """By their subjects, all but numbers that the sweep before kept."""


def _beside(unit: Unit, swept: Swept) -> Beside:
    since = swept.began - WATCHED_FOR
    before = findings.every(unit.connection)
    numbers = {one.subject: one for one in before if one.kind is FindingKind.BOUGHT_ELSEWHERE}
    bought = attempts.sold_among(unit.connection, swept.own)
    elsewhere = [
        Finding(
            kind=FindingKind.BOUGHT_ELSEWHERE,
            subject=number.e164,
            details=Elsewhere(status=number.status, owner=number.owner),
            found_at=number.purchased_at or _found_at(numbers.get(number.e164), swept.began),
        )
        for number in swept.own.values()
        if number.e164 not in bought
    ]
    lately = {attempt.e164 for attempt in attempts.since(unit.connection, since) if attempt.ending.is_sale}
    told = told_ids(attempts.alerted_ones(unit.connection))
    strays = [] if swept.ledger is None else swept.ledger.strays(swept.own.keys() | lately, since)
    strays = [row for row in strays if row.id not in told]
    known = {one.subject: one for one in before if one.kind is not FindingKind.BOUGHT_ELSEWHERE}
    return Beside(elsewhere=findings.changes(numbers.values(), elsewhere), strays=strays, known=known)


def _found_at(before: Finding | None, now: datetime) -> datetime:
    return now if before is None else before.found_at


def _keep(unit: Unit, some: Sequence[Change]) -> None:
    findings.change(unit.connection, some)


def _finish(unit: Unit, swept: Swept, found: Beside, left_out: Sequence[Attempt]) -> None:
    """Keeps what no attempt explains, tells of what is new, and plans the next sweep."""
    unit = unit.at(swept.began)
    queue.drop_parked(unit.connection, DueSweep)
    findings.sweep_read(unit.connection, at=swept.began, unread_rows=swept.unread_rows)
    debits = _told(unit, _unexplained_debits(unit, found))
    not_compared = [
        Finding(
            kind=FindingKind.NOT_COMPARED,
            subject=attempt.id,
            details=NotCompared(request=attempt.request, e164=attempt.e164),
            found_at=unit.now,
        )
        for attempt in left_out
    ]
    findings.change(unit.connection, findings.changes(found.known.values(), [*debits, *not_compared]))
    queue.add(unit.connection, DueSweep(), now=unit.now, after=unit.now + DueSweep.every)


def _unexplained_debits(unit: Unit, found: Beside) -> list[Finding]:
    """Those that nobody wrote off since."""
    written_off = attempts.all_written_off(unit.connection)
    left = {row.id: (row, found.known.get(row.id)) for row in found.strays if row.id not in written_off}
    return [
        Finding(
            kind=FindingKind.UNEXPLAINED_DEBIT,
            subject=row.id,
            details=Debit.of(row),
            found_at=row.at or _found_at(before, unit.now),
            told_at=None if before is None else before.told_at,
        )
        for row, before in left.values()
    ]


def _told(unit: Unit, debits: Sequence[Finding]) -> list[Finding]:
    """The debits as they are once approvers were told: each once, and after the hour that own numbers may lag."""
    due = [debit for debit in debits if debit.told_at is None and unit.now - debit.found_at >= SETTLED_AFTER]
    if not due:
        return list(debits)
    listed = tuple(debit.details for debit in due if isinstance(debit.details, Debit))
    told = trail.SweepAlert(what=Alert.UNEXPLAINED_DEBITS, debits=listed)
    entry = audit.append(unit.connection, at=unit.now, actor=BOT, request=None, told=told)
    queue.add(unit.connection, Announcement(entry=entry.seq), now=unit.now)
    return [replace(debit, told_at=unit.now) if debit in due else debit for debit in debits]
