"""Replies in the thread: one for each decision and each outcome, naming who and why."""

from typing import assert_never

from bot.domain import trail
from bot.domain.facts import ChargeTold, TermsTold
from bot.domain.numbers import OwnedNumber
from bot.domain.shown import Shown
from bot.domain.trail import WhyAgain
from handlers.views.again import ABOVE, similar_words
from handlers.views.basket import all_of
from handlers.views.blocks import footer, paragraph, row_of
from handlers.views.card import deciders
from handlers.views.failures import failure, said
from handlers.views.message import Message, message
from handlers.views.outcomes import (
    FINDING_OUT,
    LEDGER_UNREAD,
    LOOK_AT_THE_CONSOLE,
    alerted,
    difference,
    said_by,
    seen_words,
    settled_after,
    written_off,
)
from handlers.views.questions import answer_button, answers, asks
from handlers.views.request import PARTED, a_month, capabilities, location, months, overrun, title
from handlers.views.void import figures, why_again
from handlers.views.wording import actor, begun, ended, escape, join, mention, mention_approver, money, when


def reply(shown: Shown) -> Message:
    """The audit entry told in words; it ends with the entry's number and hash."""
    mark = f"Entry {shown.entry.mark}"
    if isinstance(shown.entry.told, trail.Purchased):
        return _to_do(shown, shown.entry.told, mark)
    words = _sentence(shown)
    is_question = isinstance(shown.entry.told, trail.ChangesRequested)
    buttons = [row_of([answer_button(shown, _what(shown))], "answer")] if is_question else []
    return message(f"{words}\n{mark}", [paragraph(words), *buttons, footer(mark)])


CONSOLE = "<https://console.vobiz.ai|Vobiz's console>"
"""Source: what Vobiz's own command line asks people to open."""


def _to_do(shown: Shown, told: trail.Purchased, mark: str) -> Message:
    """Whose the number is, to copy; what has to be done before it rings; what it costs; and what nobody needs today."""
    copied = f"It is yours, to copy: `{shown.request.terms.e164}`"
    said = [f"{_purchased(told, shown)}\n{copied}", "\n".join(_steps(shown)), _next_bill(shown)]
    small = PARTED.join(_details(shown))
    return message("\n".join([*said, small, mark]), [*map(paragraph, said), footer(f"{small}{PARTED}{mark}")])


def _steps(shown: Shown) -> list[str]:
    """In their order."""
    routing = f"Assign it to a trunk or an application in {CONSOLE}, then call it once to hear that it rings."
    if not shown.request.terms.identity_check:
        return [f"*It does not ring yet:* {routing[0].lower()}{routing[1:]}"]
    return [
        "*It does not ring yet:*",
        f"1. Pass the identity check (Aadhaar) in {CONSOLE}: before that it does not ring.",
        f"2. {routing}",
    ]


def _next_bill(shown: Shown) -> str:
    """At the provider's own price, where its answer has one."""
    number = None if shown.attempt is None else shown.attempt.number
    fee = (number and number.monthly_fee) or shown.request.terms.monthly_fee
    if not fee.amount:
        return "There is no monthly fee."
    if number is None or number.next_billing_at is None:
        return f"Then it costs {money(fee)} a month."
    return f"Next bill: {money(fee)} on {when(number.next_billing_at)}, then every month."


def _sentence(shown: Shown) -> str:  # noqa: C901 - as flat as there are events
    """All but a purchase. Raises `ValueError` for an entry that is not told in a thread."""
    entry, what = shown.entry, _what(shown)
    by, asked, requester = actor(entry.actor), _asked(shown), mention(shown.request.requester)
    match entry.told:
        case trail.Voted() as told:
            missing = deciders(shown.approvers, told.voters)
            votes = f"{len(told.voters)} of {told.needed} approvals"
            return f"{begun(by)} approved buying {what}: {votes}. It still needs {missing}."
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
            return _reminded(told, shown, what)
        case trail.ChangesRequested() as told:
            return asks(told, entry, shown.request.requester, what)
        case trail.Answered() as told:
            return answers(told, entry, what)
        case trail.AskedAgain() as told:
            return _asked_again(told, shown)
        case trail.NotExecuted() as told:
            return f"The provider did not take the purchase of {what} this time; it is tried again.{said(told.said)}"
        case trail.Failed() as told:
            until = told.settles_at
            settles = "" if until is None else f" The number can be requested again {settled_after(until)}."
            return (
                f"{requester}, {what} was not bought.{said_by(entry)} {failure(told)}{settles}"
                f"{similar_words(told.similar)}"
            )
        case trail.Offered(similar=similar):
            return f"{requester}, {what} is gone.{similar_words(similar)}"
        case trail.Checking() as told:
            return (
                f"{requester}, {asked}: nobody knows yet whether {what} was bought, because the provider gave no "
                "definite answer. It is not tried again; the bot is finding out, and says here what it finds. "
                f"{FINDING_OUT}{said(told.said)}"
            )
        case trail.Parked():
            return (
                f"{asked}: the bot failed at something it had to do for {what}, and gave up. "
                "Whoever runs it finds out more with `buynumber check`."
            )
        case trail.ChargedWithoutNumber() | trail.SweepAlert() as told:
            return f"{asked}: {alerted(told, what, entry.at)}"
        case trail.PeopleAsked(seen=seen):
            return (
                f"{asked}: the bot could not find out whether {what} was bought. It saw: {seen_words(seen)} "
                f"{LOOK_AT_THE_CONSOLE}, then use the buttons {ABOVE}."
            )
        case trail.LookAsked():
            return f"{begun(by)} asked the bot to look again at {what}."
        case trail.WrittenOff() as told:
            return written_off(told, what, entry.actor)
        case (
            trail.Requested()
            | trail.RequestedAnew()
            | trail.RequestRefused()
            | trail.DecisionRefused()
            | trail.AttemptRecorded()
            | trail.Purchased()
            | trail.Settled()
            | trail.Frozen()
            | trail.Unfrozen()
            | trail.SweepFailed()
            | trail.TakenUp()
            | trail.LetGo()
            | trail.Exported()
            | trail.Archived()
            | trail.Moved()
            | trail.Acknowledged()
        ):
            raise ValueError(f"{entry.event} is not told in a thread")
        case told:
            assert_never(told)


def _what(shown: Shown) -> str:
    """What the entry is about: the number, or all that it decides."""
    together = shown.entry.told.together if isinstance(shown.entry.told, trail.Decided) else None
    return title(shown) if together is None else all_of(together)


def _approved(told: trail.Approved, what: str, by: str) -> str:
    charge = money(told.terms.charge)
    if told.together is not None:
        how = "is approved automatically" if told.automatic else f"was approved by {by}"
        return f"Buying {what} {how}. Each is bought next, and this thread says what becomes of it."
    if told.automatic and told.limit is not None:
        return (
            f"Buying {what} for {charge} is approved automatically: charges up to {money(told.limit)} need no "
            "approval. It is bought next."
        )
    return f"{begun(by)} approved buying {what} for {charge}. It is bought next."


def _reminded(told: trail.Reminded, shown: Shown, what: str) -> str:
    match told.about:
        case "outcome":
            return f"{_asked(shown)}: nobody has said yet what became of {what}. Use the buttons {ABOVE}."
        case "alert":
            return (
                f"{_asked(shown)}: what this thread says about {what} is still open. Ask the provider's support; when "
                f"there is nothing more to wait for, say so with the button {ABOVE}."
            )
        case None:
            who, until = deciders(shown.approvers, shown.voters), when(shown.request.expires_at)
            return f"{who}, {what} still waits for your decision, until {until}. Use the buttons {ABOVE}."
        case _:
            assert_never(told.about)


def _asked_again(told: trail.AskedAgain, shown: Shown) -> str:
    words = f"{_asked(shown)}, {title(shown)} needs a new decision: {why_again(told)}"
    if told.why is WhyAgain.TERMS_CHANGED:
        charge, monthly = money(told.terms.charge), money(told.terms.monthly_fee)
        words += f" It now costs {charge} at once and {monthly} every month.{_changed(told)}"
    if told.why is WhyAgain.BALANCE_TOO_LOW and not figures(told):
        words += said(told.said)
    if told.left is not None:
        words += " It is not decided with the others any more: it has a message of its own."
    return words


def _purchased(told: trail.Purchased, shown: Shown) -> str:
    what = title(shown)
    words = f"{mention(shown.request.requester)}, {what} is bought.{said_by(shown.entry)}{_charged(told.paid)}"
    if told.late:
        words = f"{_asked(shown)}: *it was bought after all*. {words}"
    rivals = RIVALS if told.rivals else ""
    if told.seen is not None and told.seen.is_ledger_unread:
        words = f"{words} {begun(LEDGER_UNREAD)}."
    alarm = f"{rivals}{overrun(told.in_month, shown.entry.at)}"
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


def _details(shown: Shown) -> list[str]:
    """The number as the provider returned it, where it did, and who wanted it."""
    number, request = shown.attempt and shown.attempt.number, shown.request
    by = f"approved by {join([mention(voter) for voter in shown.voters]) or 'the automatic limit'}"
    why = f"for “{escape(request.reason)}”" if request.reason else "no reason given"
    return [*(_number_details(number) if number else []), f"asked for by {mention(request.requester)}", why, by]


def _number_details(number: OwnedNumber) -> list[str]:
    """What the provider left out is not shown."""
    setup = number.setup_fee and (f"{money(number.setup_fee)} setup" if number.setup_fee.amount else "no setup fee")
    found = [
        (number.country or number.region) and location(number.country, number.region),
        number.capabilities and capabilities(number.capabilities),
        setup,
        number.monthly_fee and a_month(number.monthly_fee),
        number.purchased_at and f"bought {when(number.purchased_at)}",
        number.status and f"status {escape(number.status)}",
        number.id and f"id `{escape(number.id)}`",
        number.owner and f"account `{escape(number.owner)}`",
    ]
    return [words for words in found if isinstance(words, str) and words]


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
