"""The month's budget: whether an approval fits into it, and how the month stands."""

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.audit import Facts
from bot.domain.policy import Limits, NotAllowed, Reason
from bot.domain.request import PurchaseRequest
from bot.domain.shown import MonthSoFar
from bot.services.rules import Rules
from bot.store import budgets


def month_so_far(connection: Connection, currency: str, rules: Rules, *, now: datetime) -> MonthSoFar:
    found = budgets.of_month(connection, rules.month(now), currency)
    return MonthSoFar(
        month=found.month, spent=found.spent, reserved=found.reserved, budget=rules.limits.budget_in(currency)
    )


def months_so_far(connection: Connection, rules: Rules, *, now: datetime) -> list[MonthSoFar]:
    """Every currency that has a budget, or in which something was bought this month."""
    used = budgets.currencies_of(connection, rules.month(now))
    return [
        month_so_far(connection, currency, rules, now=now) for currency in sorted({*used, *(rules.limits.budget or {})})
    ]


def month_facts(connection: Connection, request: PurchaseRequest, currency: str, limits: Limits) -> Facts:
    """How the month of the request's approval stands in this currency, after what this transaction did to it.

    Only for what has changed that counter in the same transaction: until its end nobody else changes it.
    """
    found = budgets.of_month(connection, budgets.month_of(connection, request.id), currency)
    budget = limits.budget_in(currency)
    return {
        "month": found.month,
        "currency": currency,
        "spent": found.spent.plain(),
        "reserved": found.reserved.plain(),
        "budget": None if budget is None else budget.plain(),
    }


def over_budget(
    connection: Connection, request: PurchaseRequest, rules: Rules, *, now: datetime, reserves: bool
) -> NotAllowed | None:
    """Why the charge does not fit into the month, if it does not; with `reserves` it is held when it does.

    Asked at the first of two votes already, so that nobody votes for what cannot be approved.
    """
    charge = request.terms.charge
    budget = rules.limits.budget_in(charge.currency)
    month = rules.month(now)
    if reserves:
        fits = budgets.reserve(connection, request.id, charge, month=month, budget=budget)
    else:
        fits = budget is None or budgets.of_month(connection, month, charge.currency).used + charge <= budget
    if fits or budget is None:
        return None
    evidence: Facts = {
        "charge": charge.plain(),
        "currency": charge.currency,
        "budget": budget.plain(),
        "used": budgets.of_month(connection, month, charge.currency).used.plain(),
        "month": month,
    }
    return NotAllowed(Reason.OVER_BUDGET, evidence)
