"""Why a request failed, in words: from its stable code and what the audit entry kept."""

from bot.domain.audit import Facts
from handlers.views.looks import seen_words
from handlers.views.wording import cut, escape

PROVIDER_WORDS = 500


def failure(error: str | None, facts: Facts) -> str:
    """One or two sentences that say what happened and what to do next."""
    match error:
        case "already_ours":
            return "The number is already among your own numbers at the provider."
        case "not_in_inventory":
            return "The number is not on sale any more. Pick another one with `/buynumber`."
        case "terms_kept_changing":
            return "Its price changed three times while it was being approved. Ask for it again when it holds still."
        case "not_bought" if facts.get("seen"):
            return f"The provider shows that it was not: {seen_words(facts['seen'])}"
        case "not_bought":
            return "An operator said so without asking the provider."
        case "sold_to_another_request":
            return "The number is ours by another request."
        case "not_sent":
            return f"The provider could not be reached, so the purchase never left. Ask again later.{said(facts)}"
        case "not_executed":
            return f"The provider did not take the purchase, three times in a row. Ask again later.{said(facts)}"
        case _:
            return f"The provider refused.{said(facts)}"


def said(facts: Facts) -> str:
    """The provider's own words and request id, for its support."""
    words, code, reference = facts.get("message"), facts.get("code"), facts.get("provider_request_id")
    parts = []
    if words:
        parts.append(f" It said: “{cut(escape(str(words)), PROVIDER_WORDS)}”")
    if code:
        parts.append(f" (code `{escape(str(code))}`)")
    if reference:
        parts.append(f" (provider's request id `{escape(str(reference))}`)")
    return "".join(parts) + ("." if parts else "")
