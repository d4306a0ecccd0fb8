"""Alerts: approvers are told of what nobody can explain at the provider, once, and reminded daily until it ends.

An alert belongs to an attempt. It ends when the money is given back, when what was missing shows after all, or when an
approver acknowledges it.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import Connection

from bot.domain.alert import Alert
from bot.domain.attempt import NOT_DEFINITE, Attempt
from bot.domain.audit import BOT, Event, Facts
from bot.domain.charge import is_one_purchase
from bot.domain.ledger import LedgerEntry
from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber
from bot.domain.policy import Limits
from bot.domain.request import PurchaseRequest
from bot.services.budget import month_facts
from bot.services.buy.credit import NUMBER_DETAILS, charge_of
from bot.services.reconcile.look import debit_facts
from bot.services.transitions import await_people, move, reply
from bot.store import attempts, budgets, requests


def alert(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    what: Alert,
    debits: Sequence[LedgerEntry] = (),
    *,
    limits: Limits,
    now: datetime,
    owned: OwnedNumber | None = None,
    event: Event = Event.SWEEP_ALERT,
    facts: Facts | None = None,
) -> bool:
    """Tells approvers; False when they know it already. What may still turn out otherwise is unsettled again."""
    if _is_known(connection, attempt, what, debits):
        return False
    listed: list[JsonValue] = [debit_facts(row) for row in debits]
    seen: dict[str, JsonValue] = {
        "what": what,
        "owned": owned is not None,
        "owned_status": None if owned is None else owned.status,
        "debits": listed,
    }
    attempts.alerted(connection, attempt.id, at=now)
    attempts.looked(connection, attempt.id, clean_since=None, seen=json.dumps(seen))
    month: Facts = {}
    if attempt.ending in NOT_DEFINITE:
        attempts.settle(connection, attempt.id, at=None)
        budgets.hold_again(connection, request.id, request.terms.charge)
        month = month_facts(connection, request, request.terms.currency, limits)
    told: Facts = {
        **seen,
        "attempt": attempt.id,
        "provider_request_id": attempt.provider_request_id,
        "called_at": attempt.recorded_at.isoformat(),
        **month,
        **(facts or {}),
    }
    _, entry = move(connection, request, request.noted(), now=now, actor=BOT, event=event, facts=told)
    reply(connection, entry, now=now)
    await_people(connection, request.id, now=now)
    return True


def explained(connection: Connection, request: PurchaseRequest, attempt: Attempt, now: datetime) -> None:
    """Whatever was alerted is refunded, or shows after all."""
    if attempt.alerted_at is None:
        return
    attempts.alerted(connection, attempt.id, at=None)
    facts: Facts = {"attempt": attempt.id}
    move(connection, request, request.noted(), now=now, actor=BOT, event=Event.SETTLED, facts=facts)


def alerted_of(attempt: Attempt) -> Alert | None:
    """What its alert says; `None` without one, or when a look at the provider made it."""
    said = None if attempt.alerted_at is None else json.loads(attempt.seen or "{}").get("what")
    return None if said is None else Alert(said)


def told_debits(attempt: Attempt) -> list[dict[str, JsonValue]]:
    """The debits of which the attempt's alert tells, as `debit_facts`; none while it has no alert."""
    if attempt.alerted_at is None:
        return []
    found: list[dict[str, JsonValue]] = json.loads(attempt.seen or "{}").get("debits") or []
    return found


def told_ids(of: Sequence[Attempt]) -> frozenset[str]:
    """The ledger's ids of the debits of which these attempts' alerts tell."""
    return frozenset(str(row["id"]) for attempt in of for row in told_debits(attempt))


def beside_sale(connection: Connection, sale: Attempt, debits: tuple[LedgerEntry, ...]) -> tuple[LedgerEntry, ...]:
    """The debits for a number that its sale does not explain: all of them when they are more than its charge."""
    bought = requests.get(connection, sale.request)
    if bought is None or not is_one_purchase(debits, price(sale, bought)):
        return debits
    return ()


def price(sale: Attempt, bought: PurchaseRequest) -> Money:
    """What a sale was to cost: the fees that the provider stated for it, else those that were approved."""
    number = None if sale.number is None else NUMBER_DETAILS.validate_json(sale.number)
    stated = None if number is None else charge_of(number, None)
    return bought.terms.charge if stated is None else stated


def _is_known(connection: Connection, attempt: Attempt, what: Alert, debits: Sequence[LedgerEntry]) -> bool:
    """Was the same said of this attempt, or are all these debits told of with others?

    An attempt that they keep unsettled says so itself.
    """
    ids = {row.id for row in debits}
    if attempt.alerted_at is not None:
        return alerted_of(attempt) in (what, None) and ids <= told_ids([attempt])
    is_settled = attempt.ending not in NOT_DEFINITE
    return is_settled and bool(ids) and ids <= told_ids(attempts.alerted_ones(connection))
