"""Replies in the thread: one for each decision and each outcome, naming who and why."""

from collections.abc import Mapping
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.domain.audit import Event, Facts
from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber
from bot.domain.shown import Shown
from handlers.views.again import ABOVE, can_be_asked_again, similar_words
from handlers.views.card import figures, why_again
from handlers.views.facts import capabilities, overrun, title
from handlers.views.failures import failure, said
from handlers.views.looks import reconciling, said_by, settled_after
from handlers.views.message import Message, footer, lines_of, message, paragraph, table_of
from handlers.views.wording import actor, country, ended, escape, join, mention, mention_approver, money, when


def reply(shown: Shown) -> Message:
    """The audit entry told in words; it ends with the entry's number and hash."""
    mark = f"Entry {shown.entry.mark}"
    said_first = _sentence(shown)
    facts = _details(shown) if shown.entry.event is Event.PURCHASED else []
    next_step = [NEXT_STEP] if shown.entry.event is Event.PURCHASED else []
    blocks: list[Block] = [
        paragraph(said_first),
        *table_of(facts),
        *(paragraph(words) for words in next_step),
        footer(mark),
    ]
    text = "\n".join(filter(None, [said_first, lines_of(facts), *next_step, mark]))
    return message(text, blocks)


NEXT_STEP = (
    "The number is not routed yet: assign it to a trunk or an application in the provider's console, "
    "then call it once to hear that it rings."
)


def _sentence(shown: Shown) -> str:
    match shown.entry.event:
        case Event.VOTED | Event.APPROVED | Event.DENIED | Event.WITHDRAWN:
            return _decided(shown)
        case Event.EXPIRED | Event.REMINDED | Event.ASKED_AGAIN:
            return _waited(shown)
        case Event.NOT_EXECUTED | Event.PURCHASED | Event.FAILED | Event.CHECKING | Event.PARKED:
            return _bought_or_not(shown)
        case _:
            return reconciling(shown)


def _decided(shown: Shown) -> str:
    facts, by, what = shown.entry.facts(), actor(shown.entry.actor), title(shown)
    match shown.entry.event:
        case Event.VOTED:
            count = len(_names(facts.get("voters")))
            return f"{by} approved buying {what}: {count} of {facts.get('needed')} approvals."
        case Event.APPROVED if facts.get("automatic"):
            return (
                f"Buying {what} for {money(_charge(shown))} is approved automatically: charges up to "
                f"{_fee(facts, 'limit')} need no approval. It is bought next."
            )
        case Event.APPROVED:
            return f"{by} approved buying {what} for {money(_charge(shown))}. It is bought next."
        case Event.DENIED:
            reason = ended(escape(str(facts.get("reason") or "no reason given")))
            return (
                f"{mention(shown.request.requester)}, {by} denied buying {what}: {reason} Nothing was bought. If it is "
                f"still needed, ask again with the button {ABOVE}, or pick another one with `/buynumber`."
            )
        case _:
            return f"{by} withdrew the request for {what}. Nothing was bought."


def _waited(shown: Shown) -> str:
    request, what = shown.request, title(shown)
    match shown.entry.event:
        case Event.EXPIRED:
            asker = mention(request.requester)
            return (
                f"{asker}, nobody decided about {what} in time, so the request expired. Nothing was bought. "
                f"Ask again with the button {ABOVE}, or with `/buynumber`, if it is still needed."
            )
        case Event.REMINDED if shown.entry.facts().get("about") == "outcome":
            return f"{_asked(shown)}: nobody has said yet what became of {what}. Use the buttons {ABOVE}."
        case Event.REMINDED if shown.entry.facts().get("about") == "alert":
            return (
                f"{_asked(shown)}: what this thread says about {what} is still open. Ask the provider's support; when "
                f"there is nothing more to wait for, say so with the button {ABOVE}."
            )
        case Event.REMINDED:
            return (
                f"{_asked(shown)}, {what} still waits for your decision, until {when(request.expires_at)}. "
                f"Use the buttons {ABOVE}."
            )
        case _:
            return _asked_again(shown)


def _bought_or_not(shown: Shown) -> str:
    facts, what = shown.entry.facts(), title(shown)
    match shown.entry.event:
        case Event.NOT_EXECUTED:
            return f"The provider did not take the purchase of {what} this time; it is tried again.{said(facts)}"
        case Event.PURCHASED:
            return _purchased(shown)
        case Event.FAILED:
            why = failure(str(facts.get("error")), facts, ABOVE if can_be_asked_again(shown.entry) else None)
            return (
                f"{mention(shown.request.requester)}, {what} was not bought.{said_by(shown.entry)} {why}"
                f"{_settles(facts)}{similar_words(shown.entry, ABOVE)}"
            )
        case Event.CHECKING:
            return _checking(shown)
        case _:
            return (
                f"{_asked(shown)}: the bot failed at something it had to do for {what}, and gave up. "
                "Whoever runs it finds out more with `buynumber check`."
            )


def _asked_again(shown: Shown) -> str:
    facts, what = shown.entry.facts(), title(shown)
    words = f"{_asked(shown)}, {what} needs a new decision: {why_again(facts)}"
    if facts.get("why") == "terms_changed":
        monthly = _fee(facts, "monthly_fee")
        words += f" It now costs {money(_charge(shown))} at once and {monthly} every month.{_changed(facts)}"
    if facts.get("why") == "balance_too_low" and not figures(facts):
        words += said(facts)
    return words


def _checking(shown: Shown) -> str:
    return (
        f"{mention(shown.request.requester)}, {_asked(shown)}: nobody knows yet whether {title(shown)} was bought, "
        "because the provider gave no definite answer. It is not tried again; the bot is finding out, and says here "
        f"what it finds.{said(shown.entry.facts())}"
    )


def _purchased(shown: Shown) -> str:
    facts, what = shown.entry.facts(), title(shown)
    words = f"{mention(shown.request.requester)}, {what} is bought.{said_by(shown.entry)}{_charged(shown)}"
    if facts.get("late"):
        words = f"{_asked(shown)}: *it was bought after all*. {words}"
    alarm = f"{_rivals(facts)}{overrun(facts)}"
    return f"{words} {_asked(shown)}:{alarm}" if alarm else words


def _rivals(facts: Facts) -> str:
    if not facts.get("rivals"):
        return ""
    return (
        " an earlier purchase of the same number could claim this sale too; compare the ledger in the provider's "
        "console."
    )


def _settles(facts: Facts) -> str:
    until = facts.get("settles_at")
    if until is None:
        return ""
    return f" The number can be requested again {settled_after(datetime.fromisoformat(str(until)))}."


def _asked(shown: Shown) -> str:
    return join([mention_approver(approver) for approver in shown.approvers])


def _charged(shown: Shown) -> str:
    facts = shown.entry.facts()
    charged = facts.get("charged")
    if charged is None:
        return " The provider's answer does not say what it charged: compare the ledger in its console."
    paid = money(Money.of(f"{charged} {facts.get('charged_currency')}"))
    if not facts.get("differs"):
        return f" {paid} was charged."
    approved = money(Money.of(f"{facts.get('approved')} {facts.get('approved_currency')}"))
    return f" *{paid} was charged, but {approved} was approved*: ask the provider about the difference."


def _details(shown: Shown) -> list[tuple[str, str]]:
    number = shown.attempt and shown.attempt.number
    people = [
        ("Requested by", mention(shown.request.requester)),
        ("Approved by", join([mention(voter) for voter in shown.voters]) or "the automatic limit"),
        ("Reason", escape(shown.request.reason) or "none given"),
    ]
    return [*_number_details(number), *people] if number else people


def _number_details(number: OwnedNumber) -> list[tuple[str, str]]:
    """As the provider returned them; what it left out is not shown."""
    fees = [("Setup fee", number.setup_fee), ("Monthly fee", number.monthly_fee)]
    found = [
        ("Number", f"`{number.e164}`"),
        ("Provider's id", number.id and f"`{escape(number.id)}`"),
        ("Account", number.owner and f"`{escape(number.owner)}`"),
        ("Status", number.status and escape(number.status)),
        ("Country", number.country and escape(country(number.country))),
        ("Region", number.region and escape(number.region)),
        ("Can do", number.capabilities and capabilities(number.capabilities)),
        *((name, fee and money(fee)) for name, fee in fees),
        ("Bought at", number.purchased_at and when(number.purchased_at)),
        ("Next billing", number.next_billing_at and when(number.next_billing_at)),
    ]
    return [(name, value) for name, value in found if isinstance(value, str) and value]


def _charge(shown: Shown) -> Money:
    facts = shown.entry.facts()
    return Money.of(f"{facts['charge']} {facts['currency']}")


def _changed(facts: Facts) -> str:
    """Which terms are not what they were, each with what it was."""
    before = facts.get("before")
    if not isinstance(before, Mapping):
        return ""
    now, then = _terms(facts), _terms(before)
    changes = [f"{name} {now[name]} (was {then[name]})" for name in now if now[name] != then[name]]
    return f" Changed: {', '.join(changes)}." if changes else ""


def _terms(facts: Facts) -> dict[str, str]:
    months = facts.get("minimum_commitment_months")
    return {
        "setup fee": _fee(facts, "setup_fee"),
        "monthly fee": _fee(facts, "monthly_fee"),
        "minimum commitment": f"{months} months" if months else "none",
        "identity check": "needed" if facts.get("identity_check") else "not needed",
        "trial number": "yes" if facts.get("trial") else "no",
    }


def _fee(facts: Facts, name: str) -> str:
    return money(Money.of(f"{facts[name]} {facts['currency']}"))


def _error(shown: Shown) -> str | None:
    """As it was when the entry was written: the truth may have come later."""
    return str(shown.entry.facts().get("error") or shown.request.error or "") or None


def _names(voters: object) -> list[object]:
    return voters if isinstance(voters, list) else []
