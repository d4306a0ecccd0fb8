"""What is said about a request wherever it is shown: the number, its fees, what binds the buyer, who asked and why."""

from bot.domain import trail
from bot.domain.account import has_a_master
from bot.domain.facts import MonthTold
from bot.domain.request import PurchaseRequest
from bot.domain.shown import Shown
from bot.domain.terms import IMPOSSIBLE_FEES, Terms
from bot.domain.trail import AnyTold
from handlers.views.wording import country, escape, mention, money, number, when

NOT_STATED = "not stated"

CAPABILITY = {"voice": "calls", "sms": "SMS", "mms": "MMS", "fax": "fax"}


def card_fields(request: PurchaseRequest) -> list[tuple[str, str]]:
    """Name and value (mrkdwn) of everything a decision rests on."""
    terms = request.terms
    return [
        ("Number", f"`{terms.e164}`"),
        ("Country and region", location(request.country, request.region)),
        ("Can do", capabilities(request.capabilities)),
        ("Setup fee", money(terms.setup_fee)),
        ("Monthly fee", money(terms.monthly_fee)),
        ("Charged when bought", f"{money(terms.charge)} (setup and first month)"),
        ("First year", f"{money(terms.first_year)} (setup and 12 months, taxes not included)"),
        ("Requested by", mention(request.requester)),
        ("Reason", escape(request.reason) or "none given"),
        ("Expires", when(request.expires_at)),
    ]


def location(country_code: str | None, region: str | None) -> str:
    """`India, Bengaluru`, escaped; a missing country is said, a missing region is not."""
    where = escape(country(country_code)) if country_code else NOT_STATED
    return f"{where}, {escape(region)}" if region else where


def capabilities(names: tuple[str, ...] | None) -> str:
    if names is None:
        return NOT_STATED
    return escape(", ".join(CAPABILITY.get(name, name) for name in names)) or "nothing stated"


def budget_left(cause: AnyTold) -> str:
    """What the month had room for when the number was asked for; empty where there was no budget."""
    month = cause.in_month if isinstance(cause, trail.Requested | trail.AskedAgain) else None
    if month is None or month.budget is None:
        return ""
    left, budget = month.budget - month.used, month.budget
    if budget.amount == 0:
        return f"none in {budget.currency}: nothing in it can be approved"
    if left.amount < 0:
        return f"{money(left * -1)} over the {money(budget)} of {month.month}"
    return f"{money(left)} of {money(budget)} left in {month.month} when this was asked for"


def overrun(month: MonthTold | None) -> str:
    """That a charge took its month past the budget, with a blank before it; empty when it did not."""
    if month is None or month.budget is None or month.used <= month.budget:
        return ""
    if month.budget.amount == 0:
        return (
            f" *There is no budget in {month.currency}*, and {money(month.used)} is spent or promised in "
            f"{month.month}: nothing in it can be approved before whoever runs the bot sets one in MONTHLY_BUDGET."
        )
    return (
        f" *{month.month} is over its budget*: {money(month.used)} of {money(month.budget)} is spent or promised, so "
        "nothing more can be approved in that month, unless whoever runs the bot raises MONTHLY_BUDGET."
    )


def warnings(shown: Shown) -> list[tuple[str, str]]:
    """What whoever decides should know of the budget, of the account's balance, and of too few approvers.

    All as it was when the number was asked for.
    """
    told = shown.cause.told
    found = [("Budget", budget_left(told))]
    if isinstance(told, trail.Requested):
        found += [("Balance", _shortfall(told)), ("Approvers", _too_few_approvers(told, shown.votes_needed))]
    return [(name, words) for name, words in found if words]


def _shortfall(asked: trail.Requested) -> str:
    if asked.available is None:
        return ""
    if asked.may_overdraw:
        return f"{money(asked.available)}, less than the charge; the account is postpaid and goes below zero"
    return f"{money(asked.available)}, less than the charge; top the account up before you approve"


def _too_few_approvers(asked: trail.Requested, needed: int) -> str:
    if asked.can_approve is None:
        return ""
    return (
        f"only {asked.can_approve} can approve this, and it needs {needed}: nobody approves their own request. "
        "Withdraw it and have somebody else ask, or tell whoever runs the bot"
    )


def months(count: int) -> str:
    return "1 month" if count == 1 else f"{count} months"


def binds(terms: Terms) -> list[str]:
    """What binds the buyer beyond the fees, a sentence each."""
    said = []
    if terms.minimum_commitment_months:
        said.append(
            f"Minimum commitment: buying commits to {money(terms.committed)} over "
            f"{months(terms.minimum_commitment_months)} (setup and every monthly fee, taxes not included)."
        )
    if terms.identity_check:
        said.append("Identity check (Aadhaar) needed: the number does not ring before it is passed.")
    if terms.trial:
        said.append("This is a trial number.")
    if terms.left_out:
        said.append(f"The provider does not say: {', '.join(terms.left_out)}.")
    return said or ["No minimum commitment and no identity check."]


def payer(account: str) -> str | None:
    """Said when another account pays: a sub-account's master (source: the provider's purchase page)."""
    if has_a_master(account):
        return f"Bought for sub-account {escape(account)}: its master account pays."
    return None


def not_for_sale(what: str, missing: str) -> str:
    """Why a listed number cannot be requested: `missing` is that of `NotForSale`."""
    if missing == "blocked":
        return f"{what} is blocked at Vobiz and cannot be bought."
    if missing == IMPOSSIBLE_FEES:
        return f"{what} cannot be requested: Vobiz states fees for it that cannot be right."
    return f"{what} cannot be requested: Vobiz does not state its {escape(missing)}."


def button_value(shown: Shown) -> str:
    """All that a button carries: the request's id and the digest of the terms on show."""
    return f"{shown.request.id}.{shown.request.terms.digest}"


def title(shown: Shown) -> str:
    return number(shown.request.terms.e164)
