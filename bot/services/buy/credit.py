"""Crediting a sale: which attempt bought the number that is ours now, and what it cost.

Every arrow into `purchased` is here. A sale belongs to one attempt, the newest for its number that the provider did
not definitely refuse; the database's unique index says so too. Lists may lag for an hour: what is found among our own
then may be what another attempt bought before this one was made.
"""

from datetime import datetime

from pydantic import JsonValue, TypeAdapter
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.domain.attempt import NOT_DEFINITE, Attempt, Ending
from bot.domain.audit import Event, Facts
from bot.domain.charge import debited_for
from bot.domain.ledger import LedgerEntry
from bot.domain.looks import SETTLED_AFTER
from bot.domain.money import Money
from bot.domain.numbers import E164, OwnedNumber
from bot.domain.policy import Limits
from bot.domain.request import PurchaseRequest
from bot.services.budget import month_facts
from bot.services.transitions import move, reply
from bot.store import attempts, budgets

NUMBER_DETAILS = TypeAdapter(OwnedNumber)


class CreditedElsewhere(Exception):
    """Another attempt has this sale; nothing was changed."""


def claimant(connection: Connection, number: E164) -> Attempt | None:
    """The one attempt that may have bought what is ours now, or that is known to have bought it."""
    for attempt in attempts.of_number(connection, number):
        if attempt.ending not in (Ending.REFUSED, Ending.UNEXECUTED):
            return attempt
    return None


def may_claim(connection: Connection, attempt: Attempt) -> bool:
    found = claimant(connection, attempt.e164)
    return found is not None and found.id == attempt.id and not found.ending.is_sale


def credit(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    number: OwnedNumber,
    ending: Ending,
    *,
    charged: Money | None,
    provider_request_id: str | None,
    actor: str,
    limits: Limits,
    now: datetime,
    facts: Facts,
) -> None:
    """This attempt bought the number; what was charged, how that differs from what was approved, and what it makes of
    the month's budget is said.

    Raises `CreditedElsewhere`.
    """
    if not may_claim(connection, attempt) or (ending is Ending.FOUND and _was_sold_before(connection, attempt)):
        raise CreditedElsewhere
    details = NUMBER_DETAILS.dump_json(number).decode()
    rivals = _rivals(connection, attempt)
    try:
        with connection.begin_nested():
            attempts.sold(
                connection,
                attempt.id,
                ending,
                at=now,
                sale=_sale(number, now),
                charged=charged,
                number=details,
                provider_request_id=provider_request_id,
            )
    except IntegrityError as taken:
        raise CreditedElsewhere from taken
    counted = charged or request.terms.charge
    budgets.spend(connection, request.id, counted)
    told = {
        "attempt": attempt.id,
        "number": details,
        "provider_request_id": provider_request_id,
        **charge_facts(request.terms.charge, charged),
        **month_facts(connection, request, counted.currency, limits),
        "rivals": rivals,
        **facts,
    }
    _, entry = move(
        connection, request, request.purchased(now), now=now, actor=actor, event=Event.PURCHASED, facts=told
    )
    reply(connection, entry, now=now)


def charge_of(number: OwnedNumber, debits: tuple[LedgerEntry, ...] | None) -> Money | None:
    """What the purchase cost: what the ledger says, else the fees that the provider states for the number."""
    debited = debited_for(number, debits) if debits else None
    if debited is not None or number.setup_fee is None or number.monthly_fee is None:
        return debited
    return number.setup_fee + number.monthly_fee


def _rivals(connection: Connection, attempt: Attempt) -> list[JsonValue]:
    """Requests whose earlier attempts could have made this sale."""
    return [
        other.request
        for other in attempts.of_number(connection, attempt.e164)
        if other.id != attempt.id and other.ending in NOT_DEFINITE
    ]


def _was_sold_before(connection: Connection, attempt: Attempt) -> bool:
    """May the number that is ours now be an earlier attempt's, which lists did not show yet before this one's call?"""
    return any(
        other.settled_at is not None and attempt.recorded_at - other.settled_at < SETTLED_AFTER
        for other in attempts.of_number(connection, attempt.e164)
        if other.id != attempt.id and other.ending.is_sale
    )


def _sale(number: OwnedNumber, now: datetime) -> str:
    """The provider's id of a sale: a number that was released and bought again is another sale."""
    return f"{number.id or ''}@{(number.purchased_at or now).isoformat()}"


def charge_facts(approved: Money, charged: Money | None) -> dict[str, JsonValue]:
    """What was approved and what was charged, as the trail keeps both."""
    return {
        "approved": approved.plain(),
        "approved_currency": approved.currency,
        "charged": None if charged is None else charged.plain(),
        "charged_currency": None if charged is None else charged.currency,
        "differs": charged is not None and charged != approved,
    }
