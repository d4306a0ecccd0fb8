"""Why a request failed, in words: from its stable code and what the audit entry kept."""

from bot.domain.audit import Facts
from bot.domain.terms import IMPOSSIBLE_FEES
from handlers.views.looks import seen_words
from handlers.views.wording import cut, escape

PROVIDER_WORDS = 500


USE_IT = "Use it from the provider's console, or pick another one with `/buynumber`."


def failure(error: str | None, facts: Facts, button: str | None) -> str:
    """What happened and what to do next, in a few sentences.

    `button` says where the one stands that asks for the number again (`on the message above`), if there is one.
    Similar numbers that are offered instead are `similar_words`' business.
    """
    return f"{_what_happened(error, facts)}{_what_next(error, facts, button)}"


def _what_happened(error: str | None, facts: Facts) -> str:
    match error:
        case "already_ours":
            return "The number is already among our own numbers at the provider, so there was nothing to buy."
        case "not_in_inventory":
            return _not_on_sale(facts)
        case "terms_kept_changing":
            return "Its price changed three times while it was being approved."
        case "not_bought" if facts.get("seen"):
            return f"The provider shows that it was not: {seen_words(facts['seen'])}"
        case "not_bought":
            return "The provider was not asked about it."
        case "sold_to_another_request":
            return "The number is ours by another request."
        case "not_sent":
            return "The provider could not be reached, so the purchase never left."
        case "not_executed":
            return f"The provider did not take the purchase, three times in a row.{said(facts)}"
        case "rejected":
            return f"The provider refused to sell it.{said(facts)}"
        case _:
            return f"It ended with the code `{escape(error or 'none')}`.{said(facts)}"


def _what_next(error: str | None, facts: Facts, button: str | None) -> str:
    """With a blank before it; empty while there is nothing that would not be refused."""
    if error in ("already_ours", "sold_to_another_request"):
        return f" {USE_IT}"
    if error == "not_in_inventory":
        return "" if facts.get("similar") else " Pick another one with `/buynumber`."
    if button is None:
        return ""
    match error:
        case "terms_kept_changing":
            return f" Once it holds still, ask again with the button {button}."
        case "not_sent" | "not_executed":
            return f" Ask again later with the button {button}."
        case "rejected":
            return f" Once that is settled with the provider, ask again with the button {button}."
        case _:
            return f" If it is still needed, ask again with the button {button}."


def _not_on_sale(facts: Facts) -> str:
    missing = facts.get("missing")
    if missing == "blocked":
        return "The provider has blocked the number meanwhile."
    if missing == IMPOSSIBLE_FEES:
        return "The provider states fees for it that cannot be right."
    if missing:
        return f"The provider does not state its {escape(str(missing))} any more."
    return "The number is not on sale any more."


def said(facts: Facts) -> str:
    """The reason that was given, and what the provider's support asks for; empty when nothing is known."""
    words, code, reference = facts.get("message"), facts.get("code"), facts.get("provider_request_id")
    named = [("code", code), ("provider's request id", reference)]
    details = ", ".join(f"{name} `{escape(str(value))}`" for name, value in named if value)
    if words:
        reason = f" Reason given: “{cut(escape(str(words)), PROVIDER_WORDS)}”"
        return f"{reason} ({details})." if details else f"{reason}."
    return f" {details[0].upper()}{details[1:]}." if details else ""
