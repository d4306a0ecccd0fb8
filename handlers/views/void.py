"""Why earlier votes are void, and a request waits for a decision once more."""

from typing import assert_never

from bot.domain import trail
from bot.domain.trail import WhyAgain
from handlers.views.wording import escape, join, money


def why_again(told: trail.AskedAgain) -> str:
    """In one sentence, without the subject: it follows the number, or a word that says so."""
    match told.why:
        case WhyAgain.TERMS_CHANGED:
            return "the terms changed, so earlier votes do not count."
        case WhyAgain.BALANCE_TOO_LOW:
            return f"the account's balance is too low{figures(told)}. Top it up, then approve again."
        case WhyAgain.FROZEN:
            return "buying was frozen, so earlier votes do not count."
        case WhyAgain.APPROVER_LEFT:
            return (
                "somebody who approved may not decide any more, or two approvals are needed by now, so earlier votes "
                "do not count."
            )
        case WhyAgain.TERMS_LEFT_OUT:
            named = join([escape(term) for term in told.terms.left_out])
            return f"the provider leaves out terms now ({named}), so it is not bought without an approval."
        case WhyAgain.LIMIT_LOWERED:
            return "a charge like this is not approved automatically any more."
        case WhyAgain.LAPSED:
            return "it was not bought within 15 minutes of the approval, so earlier votes do not count."
        case _:
            assert_never(told.why)


def figures(told: trail.AskedAgain) -> str:
    """Both figures of a balance that is too low, where they are known."""
    if told.required is None or told.available is None:
        return ""
    return f" ({money(told.required)} needed, {money(told.available)} available)"
