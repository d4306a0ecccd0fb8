"""How everything stands, in numbers: what a scrape of metrics reads, over one snapshot and from indexes alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from bot.domain.attempt import Ending
from bot.domain.money import Money
from bot.domain.request import Status
from bot.store import audit, budgets, control, findings
from bot.store.budgets import Month
from bot.store.lanes import Lane
from bot.store.tables import IS_FOR_PEOPLE, IS_PARKED, attempts, requests, work

DELIVERING = (Lane.TELL.value, Lane.SHOW.value)

APPROVED = (Status.APPROVED, Status.PURCHASING, Status.CHECKING, Status.PURCHASED, Status.FAILED)

_IN_STATE = select(requests.c.status, func.count()).group_by(requests.c.status)
_OLDEST_PENDING = select(func.min(requests.c.created_at)).where(requests.c.status == Status.PENDING)
_APPROVED = (
    select(requests.c.currency, func.sum(requests.c.setup_fee + requests.c.monthly_fee))
    .where(requests.c.status.in_(APPROVED))
    .group_by(requests.c.currency)
)
_OLDEST_LETTER = select(
    func.min(func.coalesce(work.c.tried_since, work.c.not_before, type_=work.c.not_before.type))
).where(work.c.lane.in_(DELIVERING), work.c.parked_at.is_(None))
_PARKED = select(work.c.lane, func.count().label("rows")).where(IS_PARKED).group_by(work.c.lane)
_FOR_PEOPLE = select(func.count()).where(
    IS_FOR_PEOPLE,
    or_(attempts.c.alerted_at.is_not(None), and_(attempts.c.ending == Ending.OPEN, attempts.c.asks_people)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of one moment; times are `None` where there is nothing that they are of."""

    requests: Mapping[Status, int]
    oldest_pending: datetime | None
    """When it was asked for."""
    approved: Mapping[str, Money]
    """By currency: the charges approved in the month, whatever became of them."""
    month: list[Month]
    oldest_letter: datetime | None
    """Since when the oldest delivery to Slack has been due, or tried; later than now when none is due yet."""
    parked: Mapping[str, int]
    for_people: int
    """Purchases that only people can explain."""
    good_sweep: datetime | None
    chain: int
    """Entries of the trail."""
    is_frozen: bool


def read(connection: Connection, month: str, begins: datetime) -> Figures:
    """Of a month in the team's time zone, which began then."""
    approved = connection.execute(_APPROVED.where(requests.c.decided_at >= begins))
    by_status = {Status(status): count for status, count in connection.execute(_IN_STATE)}
    return Figures(
        requests=by_status,
        oldest_pending=connection.execute(_OLDEST_PENDING).scalar(),
        approved={currency: Money.from_micros(int(micros), currency) for currency, micros in approved},
        month=budgets.in_currencies(connection, month, ()),
        oldest_letter=connection.execute(_OLDEST_LETTER).scalar(),
        parked={row.lane: row.rows for row in connection.execute(_PARKED)},
        for_people=connection.execute(_FOR_PEOPLE).scalar_one(),
        good_sweep=findings.sweeping(connection).good_at,
        chain=audit.head(connection).seq,
        is_frozen=control.looks_frozen(connection),
    )
