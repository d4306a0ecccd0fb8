"""What is said about a request wherever it is shown: the number, its fees, what binds the buyer, who asked and why."""

from datetime import datetime

from bot.domain import trail
from bot.domain.account import has_a_master
from bot.domain.basket import charged_by
from bot.domain.facts import MonthTold
from bot.domain.money import Money
from bot.domain.request import PurchaseRequest
from bot.domain.shown import Shown
from bot.domain.terms import IMPOSSIBLE_FEES, Terms
from handlers.countries import place
from handlers.views.wording import country, ended, escape, flag, mention, money, month_name, number, when

NOT_STATED = "not stated"

CAPABILITY = {"voice": "calls", "sms": "SMS", "mms": "MMS", "fax": "fax"}

PARTED = " · "
"""Between facts that share a line."""


def money_line(terms: Terms) -> str:
    """`*₹101 now* (₹100 setup + ₹1 first month), then *₹1 a month*`."""
    return f"*{money(terms.charge)} now* ({made_of(terms)}), then *{a_month(terms.monthly_fee)}*"


def made_of(terms: Terms) -> str:
    """What is charged at once: `₹100 setup + ₹1 first month`, `no setup fee, ₹1 first month`."""
    setup = f"{money(terms.setup_fee)} setup" if terms.setup_fee.amount else "no setup fee"
    first = f"{money(terms.monthly_fee)} first month" if terms.monthly_fee.amount else "no monthly fee"
    return f"{setup}{' +' if terms.setup_fee.amount and terms.monthly_fee.amount else ','} {first}"


def a_month(fee: Money) -> str:
    return f"{money(fee)} a month" if fee.amount else "nothing a month"


def price(charge: Money, terms: Terms) -> str:
    """`₹101, then ₹1 a month`; `charge` is what was charged, or will be."""
    return f"{money(charge)}, then {a_month(terms.monthly_fee)}"


def location(country_code: str | None, region: str | None) -> str:
    """`Bengaluru, India`, escaped, and `Singapore` once; a missing country is said, a missing region is not."""
    where = place(country_code, region)
    return escape(where if country_code else ", ".join(filter(None, [where, f"country {NOT_STATED}"])))


def capabilities(names: tuple[str, ...] | None) -> str:
    if names is None:
        return NOT_STATED
    return escape(", ".join(CAPABILITY.get(name, name) for name in names)) or "nothing stated"


def what_and_where(request: PurchaseRequest) -> str:
    """`🇮🇳 Bengaluru, India · calls`."""
    where = f"{flag(request.country or '')} {location(request.country, request.region)}".lstrip()
    can_do = capabilities(request.capabilities) if request.capabilities else f"abilities {NOT_STATED}"
    return f"{where}{PARTED}{can_do}"


def who_and_why(request: PurchaseRequest) -> str:
    """Who asks, and the reason at full length."""
    if not request.reason:
        return f"{mention(request.requester)}: no reason given."
    return f"{mention(request.requester)}: “{escape(request.reason)}”"


def in_a_sentence(request: PurchaseRequest) -> str:
    """What is asked for, as a lock screen shows it: the number, its price, then the reason."""
    terms, known = request.terms, [capabilities(request.capabilities)] if request.capabilities else []
    if request.region or request.country:
        known.insert(0, escape(request.region or country(request.country or "")))
    of_it = f" ({', '.join(known)})" if known else ""
    reason = f": {ended(escape(request.reason))}" if request.reason else "; no reason given."
    return (
        f"{mention(request.requester)} asks: buy {number(terms.e164)}{of_it} for {money(terms.charge)} now, "
        f"then {a_month(terms.monthly_fee)}{reason}"
    )


def budget_left(shown: Shown) -> str:
    """What the month had room for when the number was asked for; empty without a budget, and where it does not fit."""
    month = _month(shown)
    if month is None or month.budget is None or _lack(shown):
        return ""
    return f"{money(month.budget - month.used)} was left in {month_name(month.month, shown.cause.at)}"


def _month(shown: Shown) -> MonthTold | None:
    told = shown.cause.told
    return told.in_month if isinstance(told, trail.Requested | trail.AskedAgain) else None


def _lack(shown: Shown) -> str:
    """Why the charge did not fit into the month when the number was asked for, if it did not."""
    month = _month(shown)
    if month is None or month.budget is None:
        return ""
    left, name = month.budget - month.used, month_name(month.month, shown.cause.at)
    if month.budget.amount == 0:
        return f"There was no budget in {month.currency} {_then(shown)}: nothing in it could be approved."
    if left.amount < 0:
        return f"{name} was {money(left * -1)} over its budget of {money(month.budget)} {_then(shown)}."
    if left < charge_asked(shown):
        return f"Only {money(left)} of {money(month.budget)} was left in {name} {_then(shown)}: this did not fit."
    return ""


def _then(shown: Shown) -> str:
    """Behind what may be otherwise by now."""
    return f"when it was asked for ({when(shown.cause.at)})"


def charge_asked(shown: Shown) -> Money:
    """What approving it charges in its currency: of a basket, for all of it."""
    currency = shown.request.terms.currency
    return next(total for total in charged_by(shown.together or [shown.request]) if total.currency == currency)


def overrun(month: MonthTold | None, at: datetime) -> str:
    """That a charge took its month past the budget, with a blank before it; empty when it did not.

    `at` is when it is told.
    """
    if month is None or month.budget is None or month.used <= month.budget:
        return ""
    name = month_name(month.month, at)
    if month.budget.amount == 0:
        return (
            f" *There is no budget in {month.currency}*, and {money(month.used)} is spent or promised in "
            f"{name}: nothing in it can be approved before whoever runs the bot sets one in MONTHLY_BUDGET."
        )
    return (
        f" *{name} is over its budget*: {money(month.used)} of {money(month.budget)} is spent or promised, so "
        "nothing more can be approved in that month, unless whoever runs the bot raises MONTHLY_BUDGET."
    )


def warnings(shown: Shown) -> list[str]:
    """What stood in the way when the number was asked for, a sentence each: budget, balance, too few approvers.

    Each says that it was so then: it stays on the card, and may have been mended since.
    """
    told = shown.cause.told
    found = [_lack(shown)]
    if isinstance(told, trail.Requested):
        found += [_shortfall(told, _then(shown)), _too_few_approvers(told, shown.votes_needed, _then(shown))]
    return [words for words in found if words]


def _shortfall(asked: trail.Requested, then: str) -> str:
    if asked.available is None:
        return ""
    short = f"The account had {money(asked.available)} {then}, less than the charge"
    if asked.may_overdraw:
        return f"{short}, and is postpaid: it goes below zero."
    return f"{short}: top it up first, if that was not done since."


def _too_few_approvers(asked: trail.Requested, needed: int, then: str) -> str:
    if asked.can_approve is None:
        return ""
    return (
        f"Only {asked.can_approve} could approve this {then}, and it needs {needed}: nobody approves their own "
        "request. If that is still so, withdraw it and have somebody else ask, or tell whoever runs the bot."
    )


def months(count: int) -> str:
    return "1 month" if count == 1 else f"{count} months"


def binds(terms: Terms) -> list[str]:
    """What binds the buyer beyond the fees, a sentence each; nothing where nothing does."""
    said = []
    if terms.minimum_commitment_months:
        said.append(
            f"{terms.minimum_commitment_months}-month minimum, {money(terms.committed)} in all (setup and every "
            "monthly fee, before tax)."
        )
    if terms.identity_check:
        said.append("Identity check (Aadhaar) first: it does not ring before.")
    if terms.trial:
        said.append("It is a trial number.")
    if terms.left_out:
        said.append(f"The provider does not say: {', '.join(terms.left_out)}.")
    return said


def payer(account: str) -> str | None:
    """Said when another account pays: a sub-account's master (source: the provider's purchase page)."""
    if has_a_master(account):
        return f"Bought for sub-account {escape(account)}: its master account pays."
    return None


def cautions(shown: Shown) -> list[str]:
    """All that whoever decides should know beside the price, each line with its sign."""
    terms = shown.request.terms
    found = [*binds(terms), *filter(None, [payer(terms.account)]), *warnings(shown)]
    return [f"⚠️ {words}" for words in found]


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
