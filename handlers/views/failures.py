"""Why a request failed, in words: from its stable code and what the audit entry kept."""

from typing import assert_never

from bot.domain import trail
from bot.domain.facts import ProviderSaid, Seen, TermsTold
from bot.domain.request import Failure
from bot.domain.terms import IMPOSSIBLE_FEES
from handlers.views.again import ABOVE, can_be_asked_again
from handlers.views.outcomes import seen_words
from handlers.views.wording import begun, cut, escape, money

PROVIDER_WORDS = 500


def failure(told: trail.Failed) -> str:
    """What happened and what to do next, in a few sentences, as the thread says it.

    Similar numbers that are offered instead are `similar_words`' business.
    """
    match told.error:
        case Failure.ALREADY_OURS:
            what = "The number is already among our own numbers at the provider, so there was nothing to buy."
            then = USE_IT
        case Failure.SOLD_TO_ANOTHER_REQUEST:
            what, then = "The number is ours by another request.", USE_IT
        case Failure.NOT_IN_INVENTORY:
            what, then = f"{begun(_gone(told.missing))}.", "" if told.similar else "Pick another one with `/buynumber`."
        case Failure.TERMS_KEPT_CHANGING:
            what = "Its terms changed three times while it was being approved."
            then = _again(told, "Once it holds still, ask again with the button")
        case Failure.OVER_MAX_CHARGE:
            what = f"{_charge(told.terms)} is more than any purchase may cost, whoever approves it."
            then = _again(told, "Once it costs less, or MAX_CHARGE is raised, ask again with the button")
        case Failure.NOT_BOUGHT:
            what = "The provider was not asked about it."
            if told.seen is not None:
                what = f"{_shown(told.seen)}: {seen_words(told.seen)}"
            then = _again(told, "If it is still needed, ask again with the button")
        case Failure.NOT_SENT:
            what = "The provider could not be reached, so the purchase never left."
            then = _again(told, "Ask again later with the button")
        case Failure.NOT_EXECUTED:
            what = f"The provider did not take the purchase, three times in a row.{said(told.said)}"
            then = _again(told, "Ask again later with the button")
        case Failure.REJECTED:
            what = f"The provider refused to sell it.{said(told.said)}"
            then = _again(told, "Once that is settled with the provider, ask again with the button")
        case _:
            assert_never(told.error)
    return f"{what} {then}".rstrip()


def because(told: trail.Failed) -> str:
    """The same in a few words, as the card says it."""
    match told.error:
        case Failure.ALREADY_OURS:
            return "it is among our own numbers already"
        case Failure.SOLD_TO_ANOTHER_REQUEST:
            return "it is ours by another request"
        case Failure.NOT_IN_INVENTORY:
            return _gone(told.missing)
        case Failure.TERMS_KEPT_CHANGING:
            return "its terms changed three times meanwhile"
        case Failure.OVER_MAX_CHARGE:
            return "it would charge more than any purchase may"
        case Failure.NOT_BOUGHT:
            return "the purchase call bought nothing"
        case Failure.NOT_SENT:
            return "the provider could not be reached"
        case Failure.NOT_EXECUTED:
            return "the provider did not take the purchase, three times"
        case Failure.REJECTED:
            message = "" if told.said is None else told.said.message
            return f"refused: “{cut(escape(message), A_FEW_WORDS)}”" if message else "the provider refused it"
        case _:
            assert_never(told.error)


A_FEW_WORDS = 30


def _charge(terms: TermsTold | None) -> str:
    return "Its charge" if terms is None else f"Its charge of {money(terms.charge)}"


def _shown(seen: Seen) -> str:
    if seen.debits is None or seen.ledger_closed:
        return "What can be read at the provider does not contradict that"
    return "The provider shows that it was not"


USE_IT = "Use it from the provider's console, or pick another one with `/buynumber`."


def _again(told: trail.Failed, words: str) -> str:
    """Empty while asking again would be refused."""
    return f"{words} {ABOVE}." if can_be_asked_again(told) else ""


def _gone(missing: str) -> str:
    if missing == "blocked":
        return "the provider has blocked the number meanwhile"
    if missing == IMPOSSIBLE_FEES:
        return "the provider states fees for it that cannot be right"
    if missing:
        return f"the provider does not state its {escape(missing)} any more"
    return "the number is not on sale any more"


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
