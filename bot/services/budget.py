"""The month's budget and the day's purchases: whether an approval fits into them, and how the month stands."""

from collections.abc import Sequence

from bot.domain import refusals
from bot.domain.basket import charged_by
from bot.domain.facts import MonthTold
from bot.domain.request import PurchaseRequest
from bot.domain.shown import MonthSoFar
from bot.services.unit import Unit
from bot.store import budgets, requests


def months_so_far(unit: Unit) -> list[MonthSoFar]:
    """Every currency that has a budget, or in which something was bought this month."""
    month = unit.rules.month(unit.now)
    counted = budgets.in_currencies(unit.connection, month, unit.rules.monthly_budget or {})
    return [
        MonthSoFar(month=month, spent=one.spent, reserved=one.reserved, budget=unit.rules.budget_in(one.spent.currency))
        for one in counted
    ]


def month_told(unit: Unit, month: str, currency: str) -> MonthTold:
    """How a month stands in a currency, after what this transaction did to it.

    It stays true until the transaction ends only where that has changed the counter, and so holds its lock.
    """
    found = budgets.of_month(unit.connection, month, currency)
    budget = unit.rules.budget_in(currency)
    return MonthTold(month=month, currency=currency, spent=found.spent, reserved=found.reserved, budget=budget)


def month_of_approval(unit: Unit, request: PurchaseRequest, currency: str) -> MonthTold:
    """As `month_told`, of the month in which the request was approved."""
    return month_told(unit, budgets.month_of(unit.connection, request.id), currency)


def full_day(unit: Unit, together: Sequence[PurchaseRequest]) -> refusals.DayIsFull | None:
    """Why not all of these are approved today, if so.

    Nobody else may decide meanwhile: `control.is_frozen(alone=True)`.
    """
    most = unit.rules.max_purchases_per_day
    if most is None:
        return None
    begins, ends = unit.rules.day(unit.now)
    if requests.approved_between(unit.connection, begins, ends) + len(together) <= most:
        return None
    full = refusals.DayIsFull(most=most, until=ends)
    return full.also(asked=len(together)) if len(together) > 1 else full


def over_budget(unit: Unit, together: Sequence[PurchaseRequest], *, reserves: bool) -> refusals.OverBudget | None:
    """Why not all the charges fit into the month, if so; with `reserves` each is held when all do, and else none.

    Asked at the first of two votes already, so that nobody votes for what cannot be approved.
    """
    month = unit.rules.month(unit.now)
    full = _hold(unit, together, month) if reserves else _full(unit, together, month)
    budget = None if full is None else unit.rules.budget_in(full)
    if full is None or budget is None:
        return None
    charge = next(total for total in charged_by(together) if total.currency == full)
    used = budgets.of_month(unit.connection, month, full).used
    return refusals.OverBudget(charge=charge, currency=full, budget=budget, used=used, month=month)


def _hold(unit: Unit, together: Sequence[PurchaseRequest], month: str) -> str | None:
    """Holds each charge in its turn, by currency as all lock counters; where one finds no room, none stays held.

    The currency without room, if there is one.
    """
    in_turn = sorted(together, key=lambda request: request.terms.currency)
    for place, request in enumerate(in_turn):
        charge = request.terms.charge
        budget = unit.rules.budget_in(charge.currency)
        if not budgets.reserve(unit.connection, request.id, charge, month=month, budget=budget):
            for held in in_turn[:place]:
                budgets.release(unit.connection, held.id)
            return charge.currency
    return None


def _full(unit: Unit, together: Sequence[PurchaseRequest], month: str) -> str | None:
    """The currency in which there is no room for the sum, if there is one."""
    for charge in charged_by(together):
        budget = unit.rules.budget_in(charge.currency)
        if budget is not None and budgets.of_month(unit.connection, month, charge.currency).used + charge > budget:
            return charge.currency
    return None
