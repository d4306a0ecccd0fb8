"""Crediting a sale: which attempt bought the number that is ours now, and what it cost.

Every arrow into `purchased` is here. A sale belongs to one attempt, the newest for its number that the provider did
not definitely refuse; the database's unique index says so too. Lists may lag for an hour: what is found among our own
then may be what another attempt bought before this one was made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from bot.domain import trail
from bot.domain.attempt import NOT_DEFINITE, Attempt, Ending, details_of
from bot.domain.audit import BOT
from bot.domain.charge import debited_for
from bot.domain.facts import ChargeTold, Seen
from bot.domain.ledger import LedgerEntry
from bot.domain.looks import SETTLED_AFTER
from bot.domain.money import Money
from bot.domain.numbers import E164, OwnedNumber
from bot.services.budget import month_of_approval
from bot.services.transitions import move
from bot.services.unit import Case, Unit
from bot.store import attempts, budgets


class CreditedElsewhere(Exception):
    """Another attempt has this sale; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A number that is ours now, and how that is known. `charged` is `None` when nobody knows yet what it cost."""

    number: OwnedNumber
    ending: Ending
    charged: Money | None
    provider_request_id: str | None
    seen: Seen | None = None
    """By this look."""
    late: bool = False
    """After it was taken for a failure."""
    without_asking: bool = False
    """By an operator's word alone."""


def claimant(unit: Unit, number: E164) -> Attempt | None:
    """The one attempt that may have bought what is ours now, or that is known to have bought it."""
    for attempt in attempts.of_number(unit.connection, number):
        if attempt.ending not in (Ending.REFUSED, Ending.UNEXECUTED):
            return attempt
    return None


def credit(case: Case, sale: Sale, *, by: str = BOT) -> None:
    """This attempt bought the number; what was charged, how that differs from what was approved, and what it makes of
    the month's budget is said.

    Raises `CreditedElsewhere`.
    """
    unit, request, attempt = case.unit, case.request, case.attempt
    newest = claimant(unit, attempt.e164)
    if newest is None or newest.id != attempt.id or newest.ending.is_sale:
        raise CreditedElsewhere
    others = [other for other in attempts.of_number(unit.connection, attempt.e164) if other.id != attempt.id]
    if sale.ending is Ending.FOUND and _was_sold_before(attempt, others):
        raise CreditedElsewhere
    try:
        with unit.connection.begin_nested():
            attempts.sold(
                unit.connection,
                attempt.id,
                sale.ending,
                at=unit.now,
                sale=_id_of(sale.number, unit.now),
                charged=sale.charged,
                number=sale.number,
                provider_request_id=sale.provider_request_id,
            )
    except IntegrityError as taken:
        raise CreditedElsewhere from taken
    counted = sale.charged or request.terms.charge
    budgets.spend(unit.connection, request.id, counted)
    told = trail.Purchased(
        attempt=attempt.id,
        number=details_of(sale.number),
        provider_request_id=sale.provider_request_id,
        paid=ChargeTold.of(request.terms.charge, sale.charged),
        in_month=month_of_approval(unit, request, counted.currency),
        rivals=tuple(other.request for other in others if other.ending in NOT_DEFINITE),
    )
    known = {"seen": sale.seen, "late": sale.late, "without_asking": sale.without_asking}
    told = told.also(**{name: value for name, value in known.items() if value})
    move(unit, request, request.purchased(unit.now), told, by=by)


def charge_of(number: OwnedNumber, debits: Sequence[LedgerEntry] | None) -> Money | None:
    """What the purchase cost: what the ledger says, else the fees that the provider states for the number.

    Of two rows of INR 101.00 for a number of 100 + 1 the one that names it counts; with neither row, 100 + 1.
    """
    debited = debited_for(number, debits) if debits else None
    if debited is not None or number.setup_fee is None or number.monthly_fee is None:
        return debited
    return number.setup_fee + number.monthly_fee


def _was_sold_before(attempt: Attempt, others: Sequence[Attempt]) -> bool:
    """May the number that is ours now be an earlier attempt's, which lists did not show yet before this one's call?"""
    return any(
        other.ending.is_sale and other.settled_at is not None and attempt.recorded_at - other.settled_at < SETTLED_AFTER
        for other in others
    )


def _id_of(number: OwnedNumber, now: datetime) -> str:
    """The provider's id of a sale: a number that was released and bought again is another sale."""
    return f"{number.id or ''}@{(number.purchased_at or now).isoformat()}"
