"""Why a request failed, in words: from its stable code and what the audit entry kept."""

from typing import assert_never

from bot.domain import trail
from bot.domain.facts import ProviderSaid, Seen, TermsTold
from bot.domain.request import Failure
from bot.domain.terms import IMPOSSIBLE_FEES
from handlers.views.outcomes import seen_words
from handlers.views.wording import cut, escape, money

PROVIDER_WORDS = 500


def failure(told: trail.Failed, button: str | None) -> str:
    """What happened and what to do next, in a few sentences.

    `button` says where the one stands that asks for the number again (`on the message above`), if there is one.
    Similar numbers that are offered instead are `similar_words`' business.
    """
    match told.error:
        case Failure.ALREADY_OURS:
            what = "The number is already among our own numbers at the provider, so there was nothing to buy."
            then = USE_IT
        case Failure.SOLD_TO_ANOTHER_REQUEST:
            what, then = "The number is ours by another request.", USE_IT
        case Failure.NOT_IN_INVENTORY:
            what, then = _not_on_sale(told.missing), "" if told.similar else "Pick another one with `/buynumber`."
        case Failure.TERMS_KEPT_CHANGING:
            what = "Its terms changed three times while it was being approved."
            then = _again(button, "Once it holds still, ask again with the button")
        case Failure.OVER_MAX_CHARGE:
            what = f"{_charge(told.terms)} is more than any purchase may cost, whoever approves it."
            then = _again(button, "Once it costs less, or MAX_CHARGE is raised, ask again with the button")
        case Failure.NOT_BOUGHT:
            shows = "The provider was not asked about it."
            if told.seen is not None:
                shows = f"{_shown(told.seen)}: {seen_words(told.seen)}"
            what = shows
            then = _again(button, "If it is still needed, ask again with the button")
        case Failure.NOT_SENT:
            what = "The provider could not be reached, so the purchase never left."
            then = _again(button, "Ask again later with the button")
        case Failure.NOT_EXECUTED:
            what = f"The provider did not take the purchase, three times in a row.{said(told.said)}"
            then = _again(button, "Ask again later with the button")
        case Failure.REJECTED:
            what = f"The provider refused to sell it.{said(told.said)}"
            then = _again(button, "Once that is settled with the provider, ask again with the button")
        case _:
            assert_never(told.error)
    return f"{what} {then}".rstrip()


def _charge(terms: TermsTold | None) -> str:
    return "Its charge" if terms is None else f"Its charge of {money(terms.charge)}"


def _shown(seen: Seen) -> str:
    if seen.debits is None or seen.ledger_closed:
        return "What can be read at the provider does not contradict that"
    return "The provider shows that it was not"


USE_IT = "Use it from the provider's console, or pick another one with `/buynumber`."


def _again(button: str | None, words: str) -> str:
    """Empty while asking again would be refused."""
    return f"{words} {button}." if button else ""


def _not_on_sale(missing: str) -> str:
    if missing == "blocked":
        return "The provider has blocked the number meanwhile."
    if missing == IMPOSSIBLE_FEES:
        return "The provider states fees for it that cannot be right."
    if missing:
        return f"The provider does not state its {escape(missing)} any more."
    return "The number is not on sale any more."


def said(by: ProviderSaid | None) -> str:
    """The reason that was given, and what the provider's support asks for, with a blank before it."""
    if by is None:
        return ""
    named = [("code", by.code), ("provider's request id", by.provider_request_id)]
    details = ", ".join(f"{name} `{escape(value)}`" for name, value in named if value)
    if by.message:
        reason = f" Reason given: “{cut(escape(by.message), PROVIDER_WORDS)}”"
        return f"{reason} ({details})." if details else f"{reason}."
    return f" {details[0].upper()}{details[1:]}." if details else ""
