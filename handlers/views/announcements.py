"""What is said to everybody in the channel: buying is frozen, buying goes on, and what needs approvers."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from bot.domain import trail
from bot.domain.audit import Entry
from bot.domain.facts import OneOf
from bot.services.plans import DueSweep
from handlers.views.blocks import footer, paragraph
from handlers.views.message import Message, message
from handlers.views.outcomes import SUPPORT, debits_words
from handlers.views.wording import actor, escape, join, mention_approver, number, when

NAMED = 10
"""Debits that one announcement names at most."""


def announcement(entry: Entry, approvers: Sequence[str] = ()) -> Message:
    """The audit entry told in words; it ends with the entry's number and hash.

    Raises `ValueError` for an entry that is no business of everybody's.
    """
    asked = join([mention_approver(approver) for approver in approvers]) or "Approvers"
    told = entry.told
    if not isinstance(told, trail.Announced):
        raise ValueError(f"{entry.event} is not announced")  # noqa: TRY004 - its event is wrong, an entry it is
    match told:
        case trail.Frozen(own_numbers=int() as own):
            words = (
                f"{asked}: *buying is frozen*. The bot's database is new, and the account already has {own} numbers. "
                "If the bot ran before, have its database restored: its trail, budget and open purchases are in there. "
                "Otherwise lift it with `/buynumber unfreeze`."
            )
        case trail.Frozen(copied_after=datetime() as copied):
            words = (
                f"{asked}: *buying is frozen*. The bot was started from a copy of its database, which knows of nothing "
                f"after {when(copied)}. It compares it with our numbers and charges now, and asks about what differs; "
                "approvals given since then are lost. If no other bot serves from the original any more, lift it then "
                "with `/buynumber unfreeze`."
            )
        case trail.Frozen():
            words = _frozen(told, entry.actor)
        case trail.Unfrozen():
            words = (
                f"*Buying is possible again*: {actor(entry.actor)} lifted the freeze. "
                "What waits for a decision can be approved now."
            )
        case trail.Parked():
            words = f"{asked}: *{_gave_up(told)}.* Whoever runs it finds out more with `buynumber check`."
        case trail.SweepAlert():
            words = f"{asked}: {_unexplained(told)}"
        case trail.SweepFailed():
            words = f"{asked}: {_unread(told)}"
        case _:
            assert_never(told)
    mark = f"Entry {entry.mark}"
    return message(f"{words}\n{mark}", [paragraph(words), footer(mark)])


def _frozen(told: trail.Frozen, by: str) -> str:
    words = (
        f"*Buying is frozen* by {actor(by)}. Nothing is approved or bought until an approver types "
        "`/buynumber unfreeze`."
    )
    if told.out:
        out = _numbers(told.out)
        words += f" These purchase calls may have left already: {out}. Their threads say what becomes of them."
    if told.returned:
        words += f" These need a new approval afterwards: {_numbers(told.returned)}."
    return words


def _gave_up(told: trail.Parked) -> str:
    if told.kind == DueSweep.kind:
        return (
            "the bot could not compare its purchases with the provider's numbers and ledger. It tries again every "
            "hour; until that works, nobody is told of charges and numbers that turn up late"
        )
    return "the bot failed at something it had to do, and gave up"


def _unexplained(told: trail.SweepAlert) -> str:
    debits = told.debits or ()
    more = f" and {len(debits) - NAMED} more" if len(debits) > NAMED else ""
    return (
        "*money was charged that none of our numbers and requests explains.* "
        f"{SUPPORT}: {debits_words(debits[:NAMED])}{more}. `buynumber check` lists it for a week."
    )


def _unread(told: trail.SweepFailed) -> str:
    what, late, but = "list of our numbers", "charges and numbers", ""
    if told.unread == "ledger":
        what, late, but = "ledger", "charges", " unless a person said that it was not bought"
    since = when(told.good_at or told.since)
    return (
        f"*the provider's {what} could not be read since {since}* (`{escape(told.reason)}`), so purchases are not "
        f"compared with it. The bot goes on trying; until that works, nobody is told of {late} that turn up late, "
        f"and what is held for them stays held{but}. Whoever runs it finds out more with `buynumber check`."
    )


def _numbers(named: Sequence[OneOf]) -> str:
    return join([number(one.e164) for one in named])
