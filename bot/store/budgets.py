"""The month's budget: one counter per month and currency, changed by conditional updates, never by a sum.

What an approval reserves never passes the budget; what was really charged may, and what is held again for it.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, insert, select, true, update

from bot.domain.money import Money
from bot.domain.request import RequestId
from bot.store.adding import add_if_missing
from bot.store.tables import budgets, reservations


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
    row = connection.execute(select(budgets).where(_is(month, currency))).first()
    reserved, spent = (0, 0) if row is None else (row.reserved, row.spent)
    return Month(month=month, reserved=Money.from_micros(reserved, currency), spent=Money.from_micros(spent, currency))


def lock(connection: Connection, month: str, currency: str) -> None:
    """Keeps the counter from changing until the transaction ends; for those that write their audit entry first."""
    _make_counter(connection, month, currency)
    connection.execute(select(budgets.c.month).where(_is(month, currency)).with_for_update()).one()


def lock_all(connection: Connection) -> None:
    """As `lock`, every counter there is; for those that move several requests."""
    in_one_order = select(budgets.c.month).order_by(budgets.c.month, budgets.c.currency)
    connection.execute(in_one_order.with_for_update()).all()


def currencies_of(connection: Connection, month: str) -> list[str]:
    """Those in which anything was reserved or spent, by name."""
    query = select(budgets.c.currency).where(budgets.c.month == month).order_by(budgets.c.currency)
    return list(connection.execute(query).scalars())


def reserve(connection: Connection, request: RequestId, charge: Money, *, month: str, budget: Money | None) -> bool:
    """Holds the charge for the request; False when the month's budget has no room for it, and then nothing is held.

    Without a budget there is always room. Releases what the request held before.
    """
    release(connection, request)
    _make_counter(connection, month, charge.currency)
    has_room = true() if budget is None else budgets.c.reserved + budgets.c.spent + charge.micros <= budget.micros
    counter = update(budgets).where(_is(month, charge.currency), has_room)
    if connection.execute(counter.values(reserved=budgets.c.reserved + charge.micros)).rowcount != 1:
        return False
    held = {"month": month, "currency": charge.currency, "amount": charge.micros}
    known = connection.execute(update(reservations).where(reservations.c.request == request).values(**held))
    if known.rowcount == 0:
        connection.execute(insert(reservations).values(request=request, **held))
    return True


def release(connection: Connection, request: RequestId) -> None:
    """Frees what the request holds, if anything."""
    row = connection.execute(select(reservations).where(reservations.c.request == request)).first()
    if row is None or not row.amount:
        return
    counter = update(budgets).where(_is(row.month, row.currency))
    connection.execute(counter.values(reserved=budgets.c.reserved - row.amount))
    connection.execute(update(reservations).where(reservations.c.request == request).values(amount=0))


def spend(connection: Connection, request: RequestId, charged: Money) -> None:
    """What was really charged counts in the month of approval, whatever it does to the budget; nothing stays held."""
    release(connection, request)
    month = month_of(connection, request)
    _make_counter(connection, month, charged.currency)
    counter = update(budgets).where(_is(month, charged.currency))
    connection.execute(counter.values(spent=budgets.c.spent + charged.micros))


def correct(connection: Connection, request: RequestId, *, counted: Money, charged: Money) -> None:
    """The charge became known only later; until then what was approved counted."""
    spend(connection, request, counted * -1)
    spend(connection, request, charged)


def hold_again(connection: Connection, request: RequestId, charge: Money) -> None:
    """Money moved for a request that held nothing any more: it is held again, past the budget if need be."""
    reserve(connection, request, charge, month=month_of(connection, request), budget=None)


def month_of(connection: Connection, request: RequestId) -> str:
    """Of its approval. Raises SQLAlchemy's `NoResultFound` for a request that never held anything."""
    month: str = connection.execute(select(reservations.c.month).where(reservations.c.request == request)).scalar_one()
    return month


def _is(month: str, currency: str) -> ColumnElement[bool]:
    return and_(budgets.c.month == month, budgets.c.currency == currency)


def _make_counter(connection: Connection, month: str, currency: str) -> None:
    add_if_missing(connection, budgets, month=month, currency=currency, reserved=0, spent=0)
