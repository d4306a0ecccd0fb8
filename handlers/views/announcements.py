"""What is said to everybody in the channel: buying is frozen, buying goes on, and what needs approvers."""

from collections.abc import Sequence

from bot.domain.audit import Entry, Event
from handlers.views.looks import SUPPORT, debits_words
from handlers.views.message import Message, footer, message, paragraph
from handlers.views.wording import actor, join, mention_approver, number

NAMED = 10
"""Debits that one announcement names at most."""


def announcement(entry: Entry, approvers: Sequence[str] = ()) -> Message:
    """The audit entry told in words; it ends with the entry's number and hash."""
    asked = join([mention_approver(approver) for approver in approvers]) or "Approvers"
    match entry.event:
        case Event.FROZEN:
            words = _frozen(entry)
        case Event.PARKED:
            words = _gave_up(entry, asked)
        case Event.SWEEP_ALERT:
            words = _unexplained(entry, asked)
        case _:
            words = _unfrozen(entry)
    mark = f"Entry {entry.mark}"
    return message(f"{words}\n{mark}", [paragraph(words), footer(mark)])


def _frozen(entry: Entry) -> str:
    words = (
        f"*Buying is frozen* by {actor(entry.actor)}. Nothing is approved or bought until an approver types "
        "`/buynumber unfreeze`."
    )
    if out := _numbers(entry, "out"):
        words += f" These purchase calls may have left already: {out}. Their threads say what becomes of them."
    if returned := _numbers(entry, "returned"):
        words += f" These need a new approval afterwards: {returned}."
    return words


def _unfrozen(entry: Entry) -> str:
    return (
        f"*Buying is possible again*: {actor(entry.actor)} lifted the freeze. "
        "What waits for a decision can be approved now."
    )


def _gave_up(entry: Entry, asked: str) -> str:
    if entry.facts().get("kind") == "sweep":
        said = (
            "the bot could not compare its purchases with the provider's numbers and ledger. It tries again every "
            "hour; until that works, nobody is told of charges and numbers that turn up late"
        )
    else:
        said = "the bot failed at something it had to do, and gave up"
    return f"{asked}: *{said}.* Whoever runs it finds out more with `buynumber check`."


def _unexplained(entry: Entry, asked: str) -> str:
    listed = entry.facts().get("debits")
    debits = listed if isinstance(listed, list) else []
    more = f" and {len(debits) - NAMED} more" if len(debits) > NAMED else ""
    return (
        f"{asked}: *money was charged that none of our numbers and requests explains.* "
        f"{SUPPORT}: {debits_words(debits[:NAMED])}{more}. `buynumber check` lists it for a week."
    )


def _numbers(entry: Entry, name: str) -> str:
    listed = entry.facts().get(name)
    found = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return join([number(str(item["e164"])) for item in found])
