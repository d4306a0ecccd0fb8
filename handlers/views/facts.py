"""What is said about a request wherever it is shown: the number, its fees, what binds the buyer, who asked and why."""

from bot.domain.account import has_a_master
from bot.domain.audit import Event, Facts
from bot.domain.money import Money
from bot.domain.request import PurchaseRequest
from bot.domain.shown import MonthSoFar, Shown
from bot.domain.terms import Terms
from handlers.views.wording import country, escape, mention, money, number, when

NOT_STATED = "not stated"

CAPABILITY = {"voice": "calls", "sms": "SMS", "mms": "MMS", "fax": "fax"}


def card_facts(request: PurchaseRequest) -> list[tuple[str, str]]:
    """Name and value (mrkdwn) of everything a decision rests on."""
    terms = request.terms
    return [
        ("Number", f"`{terms.e164}`"),
        ("Country and region", place(request.country, request.region)),
        ("Can do", capabilities(request.capabilities)),
        ("Setup fee", money(terms.setup_fee)),
        ("Monthly fee", money(terms.monthly_fee)),
        ("Charged when bought", f"{money(terms.charge)} (setup and first month)"),
        ("First year", f"{money(terms.first_year)} (setup and 12 months, taxes not included)"),
        ("Requested by", mention(request.requester)),
        ("Reason", escape(request.reason) or "none given"),
        ("Expires", when(request.expires_at)),
    ]


def place(country_code: str | None, region: str | None) -> str:
    """`India, Bengaluru`, escaped; a missing country is said, a missing region is not."""
    where = escape(country(country_code)) if country_code else NOT_STATED
    return f"{where}, {escape(region)}" if region else where


def capabilities(names: tuple[str, ...] | None) -> str:
    if names is None:
        return NOT_STATED
    return escape(", ".join(CAPABILITY.get(name, name) for name in names)) or "nothing stated"


def budget_left(month: MonthSoFar) -> str:
    """What the month has room for, before this request."""
    left, budget = month.left, month.budget
    if left is None or budget is None:
        return "none set"
    if budget.amount == 0:
        return f"none in {budget.currency}: nothing in it can be approved"
    if left.amount < 0:
        return f"{money(left * -1)} over the {money(budget)} of {month.month}"
    return f"{money(left)} of {money(budget)} left in {month.month}, before this request"


def overrun(facts: Facts) -> str:
    """That a charge took its month past the budget, with a blank before it; empty when it did not."""
    if facts.get("budget") is None:
        return ""
    month, currency = escape(str(facts["month"])), str(facts["currency"])
    spent, reserved, budget = (Money.of(f"{facts[name]} {currency}") for name in ("spent", "reserved", "budget"))
    used = spent + reserved
    if used <= budget:
        return ""
    if budget.amount == 0:
        return (
            f" *There is no budget in {currency}*, and {money(used)} is spent or promised in {month}: "
            "nothing in it can be approved before whoever runs the bot sets one in MONTHLY_BUDGET."
        )
    return (
        f" *{month} is over its budget*: {money(used)} of {money(budget)} is spent or promised, so nothing more can be "
        "approved in that month, unless whoever runs the bot raises MONTHLY_BUDGET."
    )


def shortfall(shown: Shown) -> str:
    """The account's balance as it was when the number was asked for, if that does not cover the charge."""
    facts, charge = shown.cause.facts(), shown.request.terms.charge
    available = facts.get("available")
    if shown.cause.event is not Event.REQUESTED or available is None:
        return ""
    has = money(Money.of(f"{available} {charge.currency}"))
    if facts.get("may_overdraw"):
        return f"{has}, less than the charge; the account is postpaid and goes below zero"
    return f"{has}, less than the charge; top the account up before you approve"


def too_few_approvers(shown: Shown) -> str:
    """That the request could never get its votes from those who were approvers when it was made."""
    able = shown.cause.facts().get("can_approve")
    if shown.cause.event is not Event.REQUESTED or able is None:
        return ""
    return (
        f"only {able} can approve this, and it needs {shown.votes_needed}: nobody approves their own request. "
        "Withdraw it and have somebody else ask, or tell whoever runs the bot"
    )


def binds(terms: Terms) -> list[str]:
    """What binds the buyer beyond the fees, a sentence each."""
    said = []
    if terms.minimum_commitment_months:
        months = terms.minimum_commitment_months
        said.append(f"Minimum commitment: {months} {'month' if months == 1 else 'months'}.")
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


def button_value(shown: Shown) -> str:
    """All that a button carries: the request's id and the digest of the terms on show."""
    return f"{shown.request.id}.{shown.request.terms.digest}"


def title(shown: Shown) -> str:
    return number(shown.request.terms.e164)
