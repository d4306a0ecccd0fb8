"""Why a request failed, in words: from its stable code and what the audit entry kept."""

from bot.domain.audit import Facts
from bot.domain.terms import IMPOSSIBLE_FEES
from handlers.views.looks import seen_words
from handlers.views.wording import cut, escape

PROVIDER_WORDS = 500


def failure(error: str | None, facts: Facts) -> str:
    """One or two sentences that say what happened and what to do next."""
    match error:
        case "already_ours":
            return "The number is already among your own numbers at the provider, so there was nothing to buy."
        case "not_in_inventory":
            return f"{_not_on_sale(facts)} Pick another one with `/buynumber`."
        case "terms_kept_changing":
            return "Its price changed three times while it was being approved. Ask for it again when it holds still."
        case "not_bought" if facts.get("seen"):
            return f"The provider shows that it was not: {seen_words(facts['seen'])}"
        case "not_bought":
            return "The provider was not asked about it."
        case "sold_to_another_request":
            return "The number is ours by another request."
        case "not_sent":
            return "The provider could not be reached, so the purchase never left. Ask again later with `/buynumber`."
        case "not_executed":
            return f"The provider did not take the purchase, three times in a row.{said(facts)} Ask again later."
        case "rejected":
            return f"The provider refused to sell it.{said(facts)} Ask again once that is settled with the provider."
        case _:
            return f"It ended with the code `{escape(error or 'none')}`.{said(facts)}"


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
