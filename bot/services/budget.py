"""The month's budget and the day's purchases: whether an approval fits into them, and how the month stands."""

from bot.domain import refusals
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


def full_day(unit: Unit) -> refusals.DayIsFull | None:
    """Why nothing more is approved today, if so. Nobody else may decide meanwhile: `control.is_frozen(alone=True)`."""
    most = unit.rules.max_purchases_per_day
    if most is None:
        return None
    begins, ends = unit.rules.day(unit.now)
    is_full = requests.approved_between(unit.connection, begins, ends) >= most
    return refusals.DayIsFull(most=most, until=ends) if is_full else None


def over_budget(unit: Unit, request: PurchaseRequest, *, reserves: bool) -> refusals.OverBudget | None:
    """Why the charge does not fit into the month, if it does not; with `reserves` it is held when it does.

    Asked at the first of two votes already, so that nobody votes for what cannot be approved.
    """
    charge = request.terms.charge
    budget = unit.rules.budget_in(charge.currency)
    month = unit.rules.month(unit.now)
    if reserves:
        fits = budgets.reserve(unit.connection, request.id, charge, month=month, budget=budget)
    else:
        fits = budget is None or budgets.of_month(unit.connection, month, charge.currency).used + charge <= budget
    if fits or budget is None:
        return None
    used = budgets.of_month(unit.connection, month, charge.currency).used
    return refusals.OverBudget(charge=charge, currency=charge.currency, budget=budget, used=used, month=month)
