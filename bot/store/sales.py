"""Numbers that were bought, and decisions, as a report counts them: read row by row, however many there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from bot.domain.attempt import number_of
from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber
from bot.domain.request import Status
from bot.store.columns import UtcTime
from bot.store.tables import IS_SALE, attempts, requests

AT_ONCE = 500

_SOLD = (
    select(
        requests.c.requester,
        requests.c.country,
        requests.c.currency,
        requests.c.setup_fee,
        requests.c.setup_fee_digits,
        requests.c.monthly_fee,
        requests.c.monthly_fee_digits,
        requests.c.minimum_commitment_months,
        requests.c.purchased_at,
        attempts.c.charged,
        attempts.c.charged_digits,
        attempts.c.charged_currency,
        attempts.c.details,
    )
    .join(attempts, attempts.c.request == requests.c.id)
    .where(requests.c.status == Status.PURCHASED, requests.c.purchased_at < bindparam("before", type_=UtcTime), IS_SALE)
)
_DECIDED = select(requests.c.created_at, requests.c.decided_at, requests.c.is_automatic, requests.c.status).where(
    requests.c.decided_at >= bindparam("begins", type_=UtcTime),
    requests.c.decided_at < bindparam("before", type_=UtcTime),
    requests.c.status.not_in((Status.WITHDRAWN, Status.EXPIRED)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """One purchase. `number` is what the provider returned; what was approved counts while no charge is known."""

    requester: str
    country: str | None
    charged: Money
    monthly_fee: Money
    commitment_months: int
    purchased_at: datetime
    number: OwnedNumber | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One request that was approved or denied."""

    created_at: datetime
    decided_at: datetime
    is_automatic: bool
    is_denied: bool


def sold_before(connection: Connection, before: datetime) -> Iterator[Sold]:
    for row in connection.execution_options(yield_per=AT_ONCE).execute(_SOLD, {"before": before}):
        monthly = Money.from_micros(row.monthly_fee, row.currency, row.monthly_fee_digits)
        charged = monthly + Money.from_micros(row.setup_fee, row.currency, row.setup_fee_digits)
        if row.charged is not None:
            charged = Money.from_micros(row.charged, row.charged_currency, row.charged_digits)
        yield Sold(
            requester=row.requester,
            country=row.country,
            charged=charged,
            monthly_fee=monthly,
            commitment_months=row.minimum_commitment_months,
            purchased_at=row.purchased_at,
            number=None if row.details is None else number_of(row.details),
        )


def decided_between(connection: Connection, begins: datetime, before: datetime) -> Iterator[Decision]:
    """Without those that were withdrawn or expired."""
    for row in connection.execute(_DECIDED, {"begins": begins, "before": before}):
        yield Decision(
            created_at=row.created_at,
            decided_at=row.decided_at,
            is_automatic=row.is_automatic,
            is_denied=row.status is Status.DENIED,
        )
