"""The month's budget: one counter per month and currency, changed by conditional updates, never by a sum.

What an approval reserves never passes the budget; what was really charged may, and what is held again for it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Update, bindparam, insert, select, update
from sqlalchemy.exc import NoResultFound

from bot.domain.money import Money
from bot.domain.request import RequestId
from bot.store.adding import add_if_missing
from bot.store.tables import budgets, reservations

_COUNTER = select(budgets).where(
    budgets.c.month == bindparam("of_month"), budgets.c.currency == bindparam("of_currency")
)
_LOCK_COUNTER = _COUNTER.with_for_update()
_LOCK_ALL = select(budgets.c.month).order_by(budgets.c.month, budgets.c.currency).with_for_update()
_COUNTERS = select(budgets).where(budgets.c.month == bindparam("of_month"))
_CHANGE = update(budgets).where(
    budgets.c.month == bindparam("of_month"), budgets.c.currency == bindparam("of_currency")
)
_RESERVE = _CHANGE.values(reserved=budgets.c.reserved + bindparam("micros"))
_RESERVE_WITHIN = _RESERVE.where(budgets.c.reserved + budgets.c.spent + bindparam("micros") <= bindparam("budget"))
_SPEND = _CHANGE.values(spent=budgets.c.spent + bindparam("micros"))
_HELD = select(reservations).where(reservations.c.request == bindparam("of_request"))
_HOLD = insert(reservations)
_HOLD_ANEW = update(reservations).where(reservations.c.request == bindparam("of_request"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What one month came to in one currency."""

    month: str
    """`2026-11`."""
    reserved: Money
    spent: Money

    @property
    def used(self) -> Money:
        return self.reserved + self.spent


def of_month(connection: Connection, month: str, currency: str) -> Month:
    row = connection.execute(_COUNTER, {"of_month": month, "of_currency": currency}).first()
    return _month(month, currency, row)


def lock(connection: Connection, month: str, currency: str) -> None:
    """Keeps the counter from changing until the transaction ends; for those that write their audit entry first."""
    counter = {"of_month": month, "of_currency": currency}
    if connection.execute(_LOCK_COUNTER, counter).first() is None:
        _make_counter(connection, month, currency)
        connection.execute(_LOCK_COUNTER, counter).one()


def lock_all(connection: Connection) -> None:
    """As `lock`, every counter there is; for those that move several requests."""
    connection.execute(_LOCK_ALL).all()


def in_currencies(connection: Connection, month: str, named: Collection[str]) -> list[Month]:
    """By name: these currencies, and those in which anything was reserved or spent."""
    counters = {row.currency: row for row in connection.execute(_COUNTERS, {"of_month": month})}
    return [_month(month, currency, counters.get(currency)) for currency in sorted({*counters, *named})]


def reserve(connection: Connection, request: RequestId, charge: Money, *, month: str, budget: Money | None) -> bool:
    """Holds the charge for the request; False when the month's budget has no room for it, and then nothing is held.

    Without a budget there is always room. Releases what the request held before.
    """
    known = _release(connection, request)
    change, limit = (_RESERVE, {}) if budget is None else (_RESERVE_WITHIN, {"budget": budget.micros})
    if not _count(connection, change, month, charge.currency, charge.micros, **limit):
        return False
    held = {"month": month, "currency": charge.currency, "amount": charge.micros}
    if known is None:
        connection.execute(_HOLD, {"request": request, **held})
    else:
        connection.execute(_HOLD_ANEW, {"of_request": request, **held})
    return True


def release(connection: Connection, request: RequestId) -> None:
    """Frees what the request holds, if anything."""
    _release(connection, request)


def spend(connection: Connection, request: RequestId, charged: Money) -> str:
    """What was really charged counts in the month of approval, which is returned, whatever it does to the budget.

    Nothing stays held. Raises SQLAlchemy's `NoResultFound` for a request that never held anything.
    """
    held = _release(connection, request)
    if held is None:
        raise NoResultFound(f"request {request} never held anything")
    _count(connection, _SPEND, held.month, charged.currency, charged.micros)
    month: str = held.month
    return month


def correct(connection: Connection, request: RequestId, *, counted: Money, charged: Money) -> None:
    """The charge became known only later; until then what was approved counted."""
    spend(connection, request, counted * -1)
    spend(connection, request, charged)


def hold_again(connection: Connection, request: RequestId, charge: Money) -> None:
    """Money moved for a request that held nothing any more: it is held again, past the budget if need be."""
    reserve(connection, request, charge, month=month_of(connection, request), budget=None)


def month_of(connection: Connection, request: RequestId) -> str:
    """Of its approval. Raises SQLAlchemy's `NoResultFound` for a request that never held anything."""
    month: str = connection.execute(_HELD, {"of_request": request}).one().month
    return month


def _month(month: str, currency: str, row: Row[Any] | None) -> Month:
    reserved, spent = (0, 0) if row is None else (row.reserved, row.spent)
    return Month(month=month, reserved=Money.from_micros(reserved, currency), spent=Money.from_micros(spent, currency))


def _release(connection: Connection, request: RequestId) -> Row[Any] | None:
    """The request's reservation as it was, if it ever had one."""
    held = connection.execute(_HELD, {"of_request": request}).first()
    if held is not None and held.amount:
        _count(connection, _RESERVE, held.month, held.currency, -held.amount)
        connection.execute(_HOLD_ANEW, {"of_request": request, "amount": 0})
    return held


def _count(connection: Connection, change: Update, month: str, currency: str, micros: int, **limit: int) -> bool:
    """Changes the counter, and makes it for the first that needs it; False when there is no room in it."""
    counter = {"of_month": month, "of_currency": currency, "micros": micros, **limit}
    if connection.execute(change, counter).rowcount == 1:
        return True
    _make_counter(connection, month, currency)
    return connection.execute(change, counter).rowcount == 1


def _make_counter(connection: Connection, month: str, currency: str) -> None:
    add_if_missing(connection, budgets, month=month, currency=currency, reserved=0, spent=0)
