"""Replies in the thread: one for each decision and each outcome, naming who and why."""

from typing import assert_never

from bot.domain import trail
from bot.domain.facts import ChargeTold, TermsTold
from bot.domain.numbers import OwnedNumber
from bot.domain.shown import Shown
from bot.domain.trail import WhyAgain
from handlers.views.again import ABOVE, can_be_asked_again, similar_words
from handlers.views.blocks import footer, paragraph, table_of
from handlers.views.card import figures, why_again
from handlers.views.failures import failure, said
from handlers.views.message import Message, lines_of, message
from handlers.views.outcomes import LEDGER_UNREAD, alerted, difference, said_by, seen_words, settled_after, written_off
from handlers.views.request import capabilities, months, overrun, title
from handlers.views.wording import actor, begun, country, ended, escape, join, mention, mention_approver, money, when


def reply(shown: Shown) -> Message:
    """The audit entry told in words; it ends with the entry's number and hash."""
    mark = f"Entry {shown.entry.mark}"
    said_first = _sentence(shown)
    is_bought = isinstance(shown.entry.told, trail.Purchased)
    fields = _details(shown) if is_bought else []
    next_step = [NEXT_STEP] if is_bought else []
    blocks = [paragraph(said_first), *table_of(fields), *(paragraph(words) for words in next_step), footer(mark)]
    text = "\n".join(filter(None, [said_first, lines_of(fields), *next_step, mark]))
    return message(text, blocks)


NEXT_STEP = (
    "The number is not routed yet: assign it to a trunk or an application in the provider's console, "
    "then call it once to hear that it rings."
)


def _sentence(shown: Shown) -> str:  # noqa: C901 - as flat as there are events
    """Raises `ValueError` for an entry that is not told in a thread."""
    entry, what = shown.entry, title(shown)
    by, asked, requester = actor(entry.actor), _asked(shown), mention(shown.request.requester)
    match entry.told:
        case trail.Voted() as told:
            return f"{begun(by)} approved buying {what}: {len(told.voters)} of {told.needed} approvals."
        case trail.Approved() as told:
            return _approved(told, what, by)
        case trail.Denied(reason=reason):
            return (
                f"{requester}, {by} denied buying {what}: {ended(escape(reason or 'no reason given'))} Nothing was "
                f"bought. If it is still needed, ask again with the button {ABOVE}, or pick another one with "
                "`/buynumber`."
            )
        case trail.Withdrawn():
            return f"{begun(by)} withdrew the request for {what}. Nothing was bought."
        case trail.Expired():
            return (
                f"{requester}, nobody decided about {what} in time, so the request expired. Nothing was bought. "
                f"Ask again with the button {ABOVE}, or with `/buynumber`, if it is still needed."
            )
        case trail.Reminded() as told:
            return f"{asked}{_reminded(told, shown)}"
        case trail.AskedAgain() as told:
            return _asked_again(told, shown)
        case trail.NotExecuted() as told:
            return f"The provider did not take the purchase of {what} this time; it is tried again.{said(told.said)}"
        case trail.Purchased() as told:
            return _purchased(told, shown)
        case trail.Failed() as told:
            why = failure(told, ABOVE if can_be_asked_again(told) else None)
            until = told.settles_at
            settles = "" if until is None else f" The number can be requested again {settled_after(until)}."
            similar = similar_words(told.similar, ABOVE)
            return f"{requester}, {what} was not bought.{said_by(entry)} {why}{settles}{similar}"
        case trail.Offered(similar=similar):
            return f"{requester}, {what} is gone.{similar_words(similar, ABOVE)}"
        case trail.Checking() as told:
            return (
                f"{requester}, {asked}: nobody knows yet whether {what} was bought, because the provider gave no "
                "definite answer. It is not tried again; the bot is finding out, and says here what it finds."
                f"{said(told.said)}"
            )
        case trail.Parked():
            return (
                f"{asked}: the bot failed at something it had to do for {what}, and gave up. "
                "Whoever runs it finds out more with `buynumber check`."
            )
        case trail.ChargedWithoutNumber() | trail.SweepAlert() as told:
            return f"{asked}: {alerted(told, what)}"
        case trail.PeopleAsked(seen=seen):
            return (
                f"{asked}: the bot could not find out whether {what} was bought. It saw: {seen_words(seen)} "
                "Look at the provider's console, then use the buttons on the message above."
            )
        case trail.LookAsked():
            return f"{begun(by)} asked the bot to look again at {what}."
        case trail.WrittenOff() as told:
            return written_off(told, what, entry.actor)
        case (
            trail.Requested()
            | trail.RequestRefused()
            | trail.DecisionRefused()
            | trail.AttemptRecorded()
            | trail.Settled()
            | trail.Frozen()
            | trail.Unfrozen()
            | trail.SweepFailed()
            | trail.TakenUp()
            | trail.LetGo()
            | trail.Exported()
        ):
            raise ValueError(f"{entry.event} is not told in a thread")
        case told:
            assert_never(told)


def _approved(told: trail.Approved, what: str, by: str) -> str:
    charge = money(told.terms.charge)
    if told.automatic and told.limit is not None:
        return (
            f"Buying {what} for {charge} is approved automatically: charges up to {money(told.limit)} need no "
            "approval. It is bought next."
        )
    return f"{begun(by)} approved buying {what} for {charge}. It is bought next."


def _reminded(told: trail.Reminded, shown: Shown) -> str:
    what = title(shown)
    match told.about:
        case "outcome":
            return f": nobody has said yet what became of {what}. Use the buttons {ABOVE}."
        case "alert":
            return (
                f": what this thread says about {what} is still open. Ask the provider's support; when "
                f"there is nothing more to wait for, say so with the button {ABOVE}."
            )
        case None:
            until = when(shown.request.expires_at)
            return f", {what} still waits for your decision, until {until}. Use the buttons {ABOVE}."
        case _:
            assert_never(told.about)


def _asked_again(told: trail.AskedAgain, shown: Shown) -> str:
    words = f"{_asked(shown)}, {title(shown)} needs a new decision: {why_again(told)}"
    if told.why is WhyAgain.TERMS_CHANGED:
        charge, monthly = money(told.terms.charge), money(told.terms.monthly_fee)
        words += f" It now costs {charge} at once and {monthly} every month.{_changed(told)}"
    if told.why is WhyAgain.BALANCE_TOO_LOW and not figures(told):
        words += said(told.said)
    return words


def _purchased(told: trail.Purchased, shown: Shown) -> str:
    what = title(shown)
    words = f"{mention(shown.request.requester)}, {what} is bought.{said_by(shown.entry)}{_charged(told.paid)}"
    if told.late:
        words = f"{_asked(shown)}: *it was bought after all*. {words}"
    rivals = RIVALS if told.rivals else ""
    if told.seen is not None and told.seen.is_ledger_unread:
        words = f"{words} {begun(LEDGER_UNREAD)}."
    alarm = f"{rivals}{overrun(told.in_month)}"
    return f"{words} {_asked(shown)}:{alarm}" if alarm else words


RIVALS = (
    " an earlier purchase of the same number could claim this sale too; compare the ledger in the provider's console."
)


def _charged(paid: ChargeTold) -> str:
    if paid.charged is None:
        return " Nobody knows yet what was charged: compare the ledger in the provider's console."
    if not paid.differs:
        return f" {money(paid.charged)} was charged."
    return f" *{difference(paid)}*: ask the provider about the difference."


def _asked(shown: Shown) -> str:
    return join([mention_approver(approver) for approver in shown.approvers])


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


def _changed(told: trail.AskedAgain) -> str:
    """Which terms are not what they were, each with what it was."""
    if told.before is None:
        return ""
    now, then = _terms(told.terms), _terms(told.before)
    changes = [f"{name} {now[name]} (was {then[name]})" for name in now if now[name] != then[name]]
    return f" Changed: {', '.join(changes)}." if changes else ""


def _terms(terms: TermsTold) -> dict[str, str]:
    bound = terms.minimum_commitment_months
    return {
        "setup fee": money(terms.setup_fee),
        "monthly fee": money(terms.monthly_fee),
        "minimum commitment": months(bound) if bound else "none",
        "identity check": "needed" if terms.identity_check else "not needed",
        "trial number": "yes" if terms.trial else "no",
        "account": escape(terms.account),
    }
