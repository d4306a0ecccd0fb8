"""The hourly sweep: the provider's own numbers and ledger against all attempts, whatever they ended in.

It corrects a `failed` by a late truth, settles what can no longer change, and tells approvers once of what nobody can
explain; what it finds beside the attempts is kept for `check`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from pydantic import JsonValue
from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.audit import BOT, Event, Facts
from bot.domain.ledger import CLOCK_MARGIN, LedgerEntry, is_about, strays, suspects, total, unexplained
from bot.domain.looks import SETTLED_AFTER, Look
from bot.domain.numbers import E164, OwnedNumber
from bot.domain.request import PurchaseRequest, Status
from bot.services.crediting import CreditedElsewhere, charge_of, claimant, credit
from bot.services.looking import debit_facts, expected_of, others_of, own_as_others
from bot.services.moves import move, reply
from bot.services.ports import Provider, ProviderUnavailable
from bot.services.reconcile import conclude
from bot.store import attempts, budgets, control, findings, requests, work
from bot.store.attempts import DEFINITE, NOT_DEFINITE, SALES, Attempt, Ending
from bot.store.findings import Finding
from bot.store.store import Store
from bot.store.work import Claim, Kind

EVERY = timedelta(hours=1)
AFTER_A_FAILED_READ = timedelta(minutes=5)

WATCHED_FOR = timedelta(days=7)
"""How long after a purchase its number and its debits are compared; later changes are made by people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What one sweep read; `rows` is `None` for an account that may not read its ledger."""

    own: Mapping[E164, OwnedNumber]
    rows: Sequence[LedgerEntry] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Works `Kind.SWEEP`, which is always there once and plans itself anew."""

    store: Store
    provider: Provider
    clock: Clock

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
        since = min([attempt.recorded_at for attempt in compared], default=now) - CLOCK_MARGIN
        try:
            own = {number.e164: number for number in await self.provider.own_numbers()}
            rows = await self.provider.transactions(max(since, now - 2 * WATCHED_FOR))
        except ProviderUnavailable:
            again = now + AFTER_A_FAILED_READ
            await self.store.write(lambda connection: work.put_back(connection, held, after=again))
            return
        swept = Swept(own=own, rows=rows)
        for attempt in compared:
            await self.store.write(partial(_compare, attempt_id=attempt.id, swept=swept, now=now))
        await self.store.write(lambda connection: _finish(connection, held, swept, now))


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


def _compare(connection: Connection, *, attempt_id: str, swept: Swept, now: datetime) -> None:
    """One attempt in one transaction, read again under its request's lock."""
    request = requests.lock(connection, attempts.get(connection, attempt_id).request)
    attempt = attempts.get(connection, attempt_id)
    if request is None:
        return
    if request.status is Status.FAILED and attempt.ending in NOT_DEFINITE:
        debits = _unexplained(connection, attempt, request, swept)
        _compare_failed(connection, request, attempt, swept, debits, now)
    elif request.status is Status.CHECKING and attempt.ending is Ending.OPEN and attempt.asks_people:
        _compare_checking(connection, request, attempt, swept, now)
    elif request.status is Status.PURCHASED and attempt.ending in SALES:
        _compare_purchased(connection, request, attempt, swept, now)
    elif attempt.ending in DEFINITE and attempts.of_number(connection, attempt.e164)[0].id == attempt.id:
        debits = tuple(_named_debits(connection, attempt, request, swept))
        if debits and attempt.e164 not in swept.own:
            _alert(connection, request, attempt, "charged_without_number", debits, now)


def _unexplained(
    connection: Connection, attempt: Attempt, request: PurchaseRequest, swept: Swept
) -> tuple[LedgerEntry, ...] | None:
    if swept.rows is None:
        return None
    expected = expected_of(attempt, request.terms)
    others = others_of(connection, list(swept.own.values()), expected)
    return unexplained(swept.rows, expected, others, attempts.all_written_off(connection))


def _compare_failed(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    swept: Swept,
    debits: tuple[LedgerEntry, ...] | None,
    now: datetime,
) -> None:
    owned = swept.own.get(attempt.e164)
    newest = claimant(connection, attempt.e164)
    if newest is None or newest.id != attempt.id:
        _settle(connection, request, attempt, debits, now)
    elif owned is not None and owned.is_usable:
        _late_truth(connection, request, attempt, owned, debits, now)
    elif debits:
        _alert(connection, request, attempt, "charged_without_number", debits, now)
    else:
        _settle(connection, request, attempt, debits, now)


def _compare_checking(
    connection: Connection, request: PurchaseRequest, attempt: Attempt, swept: Swept, now: datetime
) -> None:
    """People are asked, and meanwhile the number may have turned up."""
    owned = swept.own.get(attempt.e164)
    if owned is not None and owned.is_usable:
        debits = _unexplained(connection, attempt, request, swept)
        conclude(connection, request, attempt, Look(is_owned_read=True, owned=owned, debits=debits), actor=BOT, now=now)


def _late_truth(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    owned: OwnedNumber,
    debits: tuple[LedgerEntry, ...] | None,
    now: datetime,
) -> None:
    try:
        credit(
            connection,
            request,
            attempt,
            owned,
            Ending.FOUND,
            charged=charge_of(owned, debits),
            provider_request_id=attempt.provider_request_id,
            actor=BOT,
            now=now,
            facts={"late": True},
        )
    except CreditedElsewhere:
        _settle(connection, request, attempt, debits, now)


def _settle(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    debits: tuple[LedgerEntry, ...] | None,
    now: datetime,
) -> None:
    """An hour after the call ended, with neither the number nor an unexplained debit, nothing can follow any more."""
    if attempt.alerted_at is not None and not debits and debits is not None:
        attempts.alerted(connection, attempt.id, at=None)
    if not attempt.is_unsettled or debits or now - attempt.call_ended < SETTLED_AFTER:
        return
    attempts.settle(connection, attempt.id, at=now)
    budgets.release(connection, request.id)
    facts: Facts = {"attempt": attempt.id}
    move(connection, request, request.noted(), now=now, actor=BOT, event=Event.SETTLED, facts=facts)


def _compare_purchased(
    connection: Connection, request: PurchaseRequest, attempt: Attempt, swept: Swept, now: datetime
) -> None:
    rows = _named_debits(connection, attempt, request, swept)
    if attempt.charged is None and (charged := total(rows)) is not None:
        attempts.charge_read(connection, attempt.id, charged)
        budgets.correct(connection, request.id, counted=request.terms.charge, charged=charged)
    paid = attempt.charged or request.terms.charge
    if len(rows) > 1 and not is_about(total(rows), paid):
        _alert(connection, request, attempt, "charged_twice", tuple(rows), now)
    elif attempt.e164 not in swept.own:
        _alert(connection, request, attempt, "not_among_own_numbers", (), now)
    elif now - attempt.recorded_at >= SETTLED_AFTER:
        attempts.confirm(connection, attempt.id, at=now)


def _named_debits(
    connection: Connection, attempt: Attempt, request: PurchaseRequest, swept: Swept
) -> list[LedgerEntry]:
    """Those in the days after the purchase that name the number; next month's rental is not among them."""
    found = suspects(swept.rows or (), expected_of(attempt, request.terms), attempts.all_written_off(connection))
    until = attempt.recorded_at + WATCHED_FOR
    named = [row for row in found if row.names(attempt.e164, attempt.number_id)]
    return [row for row in named if row.at is None or row.at <= until]


def _alert(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    what: str,
    debits: tuple[LedgerEntry, ...],
    now: datetime,
) -> None:
    """Said once; a debit makes the attempt unsettled again until it is refunded or written off."""
    if attempt.alerted_at is not None:
        return
    attempts.alerted(connection, attempt.id, at=now)
    seen = json.dumps({"owned": False, "debits": [debit_facts(row) for row in debits]})
    attempts.looked(connection, attempt.id, clean_since=None, seen=seen)
    if attempt.ending in NOT_DEFINITE:
        attempts.settle(connection, attempt.id, at=None)
        budgets.hold_again(connection, request.id, request.terms.charge)
    told: list[JsonValue] = [debit_facts(row) for row in debits]
    facts: Facts = {
        "what": what,
        "attempt": attempt.id,
        "debits": told,
        "provider_request_id": attempt.provider_request_id,
        "called_at": attempt.recorded_at.isoformat(),
    }
    _, entry = move(connection, request, request.noted(), now=now, actor=BOT, event=Event.SWEEP_ALERT, facts=facts)
    reply(connection, entry, now=now)


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
