"""What is said to everybody in the channel: buying is frozen, buying goes on."""

from bot.domain.audit import Entry, Event
from handlers.views.message import Message, footer, message, paragraph
from handlers.views.wording import actor, join, number


def announcement(entry: Entry) -> Message:
    """The audit entry told in words; it ends with the entry's number and hash."""
    words = _frozen(entry) if entry.event is Event.FROZEN else _unfrozen(entry)
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


def _numbers(entry: Entry, name: str) -> str:
    listed = entry.facts().get(name)
    found = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return join([number(str(item["e164"])) for item in found])
