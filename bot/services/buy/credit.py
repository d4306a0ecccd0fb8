"""Crediting a sale: which attempt bought the number that is ours now, and what it cost.

Every arrow into `purchased` is here. A sale belongs to one attempt, the newest for its number that the provider did
not definitely refuse; the database's unique index says so too. Lists may lag for an hour: what is found among our own
then may be what another attempt bought before this one was made.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from bot.domain import trail
from bot.domain.attempt import DEFINITE, NOT_DEFINITE, Attempt, Ending, details_of
from bot.domain.audit import BOT
from bot.domain.facts import ChargeTold, Seen
from bot.domain.ledger import LedgerEntry, is_one_charge, total
from bot.domain.looks import SETTLED_AFTER
from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber
from bot.services.budget import month_told
from bot.services.transitions import move
from bot.services.unit import Case
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


def claimant(tried: Sequence[Attempt]) -> Attempt | None:
    """Of the attempts for a number, newest first, the one that may have bought what is ours now, or has bought it."""
    return next((attempt for attempt in tried if attempt.ending not in DEFINITE), None)


def credit(case: Case, sale: Sale, *, by: str = BOT) -> None:
    """This attempt bought the number; what was charged, how that differs from what was approved, and what it makes of
    the month's budget is said.

    Raises `CreditedElsewhere`.
    """
    unit, request, attempt = case.unit, case.request, case.attempt
    tried = attempts.of_number(unit.connection, attempt.e164)
    newest, others = claimant(tried), [other for other in tried if other.id != attempt.id]
    if newest is None or newest.id != attempt.id or newest.ending.is_sale:
        raise CreditedElsewhere
    if sale.ending is Ending.FOUND and sold_before(attempt, others) is not None:
        raise CreditedElsewhere
    try:
        with unit.connection.begin_nested():
            attempts.sold(
                unit.connection,
                attempt.id,
                sale.ending,
                at=unit.now,
                sale=_id_of(sale.number, attempt, others),
                charged=sale.charged,
                number=sale.number,
                provider_request_id=sale.provider_request_id,
            )
    except IntegrityError as taken:
        raise CreditedElsewhere from taken
    counted = sale.charged or request.terms.charge
    month = budgets.spend(unit.connection, request.id, counted)
    told = trail.Purchased(
        attempt=attempt.id,
        number=details_of(sale.number),
        provider_request_id=sale.provider_request_id,
        paid=ChargeTold.of(request.terms.charge, sale.charged),
        in_month=month_told(unit, month, counted.currency),
        rivals=tuple(other.request for other in others if other.ending in NOT_DEFINITE),
    )
    known = {"seen": sale.seen, "late": sale.late, "without_asking": sale.without_asking}
    told = told.also(**{name: value for name, value in known.items() if value})
    move(unit, request, request.purchased(unit.now), told, by=by)


def charge_of(number: OwnedNumber, debits: Sequence[LedgerEntry] | None) -> Money | None:
    """What the purchase cost: the rows that name the number, else those that together are the charge that the provider
    states for it, else that charge.

    For 100 + 1 a row of 119.18 says 119.18, and two rows of it say 101.
    """
    named = [row for row in debits or () if row.names(number.e164, number.id)]
    rows, stated = named or debits or (), number.charge
    is_it = named or stated is None or is_one_charge(rows, stated)
    return (total(rows) if is_it else None) or stated


def sold_before(attempt: Attempt, others: Iterable[Attempt]) -> Attempt | None:
    """The sale that the number's being ours may mean as well: it was made less than an hour before the attempt.

    Lists may not have shown it yet right before this attempt's call.
    """
    return next((other for other in others if _is_just_before(attempt, other)), None)


def _is_just_before(attempt: Attempt, other: Attempt) -> bool:
    is_older_sale = other.ending.is_sale and other.entry < attempt.entry
    return is_older_sale and other.settled_at is not None and attempt.recorded_at - other.settled_at < SETTLED_AFTER


def _id_of(number: OwnedNumber, attempt: Attempt, others: Sequence[Attempt]) -> str:
    """The id of a sale: a number that was released and bought again is another sale.

    Where the provider does not say when, sales are counted, and those within an hour are one: the second attempt that
    is to have `#1` is refused by the index.
    """
    if number.purchased_at is not None:
        return f"{number.id or ''}@{number.purchased_at.isoformat()}"
    earlier = [other for other in others if other.ending.is_sale and not _is_just_before(attempt, other)]
    return f"#{len(earlier) + 1}"
