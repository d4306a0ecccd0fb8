"""Compare: one attempt against what the provider shows, hours and days after its call.

A late truth corrects `failed`, what can no longer change is settled, and approvers are told once of what nobody can
explain; that ends when it is refunded, written off, or shows after all.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue
from sqlalchemy import Connection

from bot.domain.attempt import DEFINITE, NOT_DEFINITE, SALES, Attempt, Ending
from bot.domain.audit import BOT, Event, Facts
from bot.domain.ledger import LedgerEntry, is_about, suspects, total, unexplained
from bot.domain.looks import SETTLED_AFTER, Look
from bot.domain.money import Money
from bot.domain.numbers import E164, OwnedNumber
from bot.domain.policy import Limits
from bot.domain.request import PurchaseRequest, Status
from bot.services.budget import month_facts
from bot.services.crediting import CreditedElsewhere, charge_facts, charge_of, claimant, credit
from bot.services.looking import debit_facts, expected_of, others_of
from bot.services.moves import move, reply
from bot.services.reconcile import conclude
from bot.store import attempts, budgets, requests

WATCHED_FOR = timedelta(days=7)
"""How long after a call its number and its debits are compared; later changes are made by people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What one sweep read; `rows` is `None` for an account that may not read its ledger."""

    own: Mapping[E164, OwnedNumber]
    rows: Sequence[LedgerEntry] | None


def compare(connection: Connection, *, attempt_id: str, swept: Swept, limits: Limits, now: datetime) -> None:
    """One attempt in one transaction, read again under its request's lock."""
    request = requests.lock(connection, attempts.get(connection, attempt_id).request)
    attempt = attempts.get(connection, attempt_id)
    if request is None:
        return
    if request.status is Status.FAILED and attempt.ending in NOT_DEFINITE:
        debits = _unexplained(connection, attempt, request, swept)
        _compare_failed(connection, request, attempt, swept, debits, limits, now)
    elif request.status is Status.CHECKING and attempt.ending is Ending.OPEN and attempt.asks_people:
        _compare_checking(connection, request, attempt, swept, limits, now)
    elif request.status is Status.PURCHASED and attempt.ending in SALES:
        _compare_purchased(connection, request, attempt, swept, limits, now)
    elif attempt.ending in DEFINITE:
        _compare_refused(connection, request, attempt, swept, limits, now)


def _unexplained(
    connection: Connection, attempt: Attempt, request: PurchaseRequest, swept: Swept
) -> tuple[LedgerEntry, ...] | None:
    """A row that names nobody and is stamped days later is not this call's, whatever its size."""
    if swept.rows is None:
        return None
    until = attempt.recorded_at + WATCHED_FOR
    rows = [
        row for row in swept.rows if row.at is None or row.at <= until or row.names(attempt.e164, attempt.number_id)
    ]
    expected = expected_of(attempt, request.terms)
    others = others_of(connection, list(swept.own.values()), expected)
    return unexplained(rows, expected, others, attempts.all_written_off(connection))


def _compare_failed(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    swept: Swept,
    debits: tuple[LedgerEntry, ...] | None,
    limits: Limits,
    now: datetime,
) -> None:
    owned = swept.own.get(attempt.e164)
    newest = claimant(connection, attempt.e164)
    if newest is None or newest.id != attempt.id:
        _settle(connection, request, attempt, debits, now)
    elif owned is not None and owned.is_usable:
        _late_truth(connection, request, attempt, owned, debits, limits, now)
    elif owned is not None:
        return  # still being bought, or on its way back: neither can be told from the other yet
    elif debits:
        _alert(connection, request, attempt, "charged_without_number", debits, limits, now)
    else:
        _settle(connection, request, attempt, debits, now)


def _compare_checking(
    connection: Connection, request: PurchaseRequest, attempt: Attempt, swept: Swept, limits: Limits, now: datetime
) -> None:
    """People are asked, and meanwhile the number may have turned up."""
    owned = swept.own.get(attempt.e164)
    if owned is not None and owned.is_usable:
        debits = _unexplained(connection, attempt, request, swept)
        look = Look(is_owned_read=True, owned=owned, debits=debits)
        conclude(connection, request, attempt, look, actor=BOT, limits=limits, now=now)


def _late_truth(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    owned: OwnedNumber,
    debits: tuple[LedgerEntry, ...] | None,
    limits: Limits,
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
            limits=limits,
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
    connection: Connection, request: PurchaseRequest, attempt: Attempt, swept: Swept, limits: Limits, now: datetime
) -> None:
    """Own numbers may lag for an hour, so that a number is not missed before; after a week people changed it."""
    rows = _named_debits(connection, attempt, request, swept)
    request = _read_charge(connection, request, attempt, total(rows), limits, now)
    is_later = now - attempt.call_ended >= SETTLED_AFTER
    if len(rows) > 1 and not is_about(total(rows), attempt.charged or request.terms.charge):
        _alert(connection, request, attempt, "charged_twice", tuple(rows), limits, now)
    elif attempt.e164 not in swept.own and now - attempt.recorded_at < WATCHED_FOR:
        if is_later:
            _alert(connection, request, attempt, "not_among_own_numbers", (), limits, now)
    elif is_later:
        attempts.confirm(connection, attempt.id, at=now)
        _explained(connection, request, attempt, now)


def _read_charge(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    charged: Money | None,
    limits: Limits,
    now: datetime,
) -> PurchaseRequest:
    """Where the answer did not say what was charged, what was approved counted until now."""
    approved = request.terms.charge
    if attempt.charged is not None or charged is None:
        return request
    attempts.charge_read(connection, attempt.id, charged)
    budgets.correct(connection, request.id, counted=approved, charged=charged)
    if charged == approved:
        return request
    facts: Facts = {
        "what": "charged_otherwise",
        "attempt": attempt.id,
        **charge_facts(approved, charged),
        **month_facts(connection, request, charged.currency, limits),
    }
    moved, entry = move(connection, request, request.noted(), now=now, actor=BOT, event=Event.SWEEP_ALERT, facts=facts)
    reply(connection, entry, now=now)
    return moved


def _compare_refused(
    connection: Connection, request: PurchaseRequest, attempt: Attempt, swept: Swept, limits: Limits, now: datetime
) -> None:
    """The provider said that it did nothing; a charge that names the number says otherwise."""
    is_newest = attempts.of_number(connection, attempt.e164)[0].id == attempt.id
    debits = _named_debits(connection, attempt, request, swept) if is_newest else []
    if debits and attempt.e164 not in swept.own:
        _alert(connection, request, attempt, "charged_without_number", tuple(debits), limits, now)
    else:
        _explained(connection, request, attempt, now)


def _named_debits(
    connection: Connection, attempt: Attempt, request: PurchaseRequest, swept: Swept
) -> list[LedgerEntry]:
    """Those in the days after the purchase that name the number; next month's rental is not among them."""
    found = suspects(swept.rows or (), expected_of(attempt, request.terms), attempts.all_written_off(connection))
    until = attempt.recorded_at + WATCHED_FOR
    named = [row for row in found if row.names(attempt.e164, attempt.number_id)]
    return [row for row in named if row.at is None or row.at <= until]


def _explained(connection: Connection, request: PurchaseRequest, attempt: Attempt, now: datetime) -> None:
    """Whatever was alerted is refunded, or shows after all."""
    if attempt.alerted_at is None:
        return
    attempts.alerted(connection, attempt.id, at=None)
    facts: Facts = {"attempt": attempt.id}
    move(connection, request, request.noted(), now=now, actor=BOT, event=Event.SETTLED, facts=facts)


def _alert(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    what: str,
    debits: tuple[LedgerEntry, ...],
    limits: Limits,
    now: datetime,
) -> None:
    """Said once; a debit makes the attempt unsettled again until it is refunded or written off."""
    if attempt.alerted_at is not None:
        return
    attempts.alerted(connection, attempt.id, at=now)
    seen = json.dumps({"owned": False, "debits": [debit_facts(row) for row in debits]})
    attempts.looked(connection, attempt.id, clean_since=None, seen=seen)
    month: Facts = {}
    if attempt.ending in NOT_DEFINITE:
        attempts.settle(connection, attempt.id, at=None)
        budgets.hold_again(connection, request.id, request.terms.charge)
        month = month_facts(connection, request, request.terms.currency, limits)
    told: list[JsonValue] = [debit_facts(row) for row in debits]
    facts: Facts = {
        "what": what,
        "attempt": attempt.id,
        "debits": told,
        "provider_request_id": attempt.provider_request_id,
        "called_at": attempt.recorded_at.isoformat(),
        **month,
    }
    _, entry = move(connection, request, request.noted(), now=now, actor=BOT, event=Event.SWEEP_ALERT, facts=facts)
    reply(connection, entry, now=now)
