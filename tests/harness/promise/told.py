"""Told: cards and threads say what the database holds, and nobody was refused in silence."""

from collections import Counter
from collections.abc import Iterator

from bot.domain import trail
from bot.domain.audit import BOT, Entry
from bot.domain.request import PurchaseRequest
from bot.domain.shown import OnCard
from bot.domain.trail import Event
from bot.sandbox.slack import Message, SlackStandIn
from bot.services.tell.queries import basket_now, shown_now
from bot.services.unit import Unit
from bot.store import audit, cards
from handlers.views.basket import card
from handlers.views.message import REPEATED
from tests.harness.promise.rest import AtRest

NOT_TOLD_IN_THREADS = frozenset(
    {
        Event.REQUESTED,
        Event.REQUESTED_ANEW,
        Event.REQUEST_REFUSED,
        Event.DECISION_REFUSED,
        Event.ATTEMPT_RECORDED,
        Event.SETTLED,
    }
)


def every_card_is_up_to_date(rest: AtRest) -> Iterator[str]:
    """Cards that the bot knows of."""
    for request in rest.requests.values():
        for known in cards.with_copies(rest.connection, request.card):
            if known.ts is None:
                if request.is_open:
                    yield f"the card of {request.terms.e164} does not stand"
                continue
            message = rest.slack.workspace.messages.find(known.channel, known.ts)
            expected = card(_on_card(Unit(rest.connection, rest.now, rest.rules), request)).text
            if message is not None and _lines(message.text) != _lines(expected):
                yield f"the card of {request.terms.e164} says {message.text!r}, not {expected!r}"


def _on_card(unit: Unit, request: PurchaseRequest) -> OnCard:
    basket = basket_now(unit, request.thread) if request.is_in_basket else None
    return basket or shown_now(unit, request)


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line != REPEATED]


def every_thread_tells_all_in_order(rest: AtRest) -> Iterator[str]:
    """What is told twice says so."""
    told: dict[str, list[str]] = {}
    replies = [message for message in rest.slack.workspace.messages if message.thread_ts and message.by_app]
    for reply in sorted(replies, key=lambda message: message.ts):
        mark = next(line for line in reply.text.splitlines() if line.startswith("Entry #"))
        if mark in told and REPEATED not in reply.text:
            yield f"{mark} stands twice and does not say so"
        told.setdefault(mark, []).append(reply.ts)
    for request in rest.requests.values():
        entries = [
            entry
            for entry in audit.of_request(rest.connection, request.id)
            if entry.event not in NOT_TOLD_IN_THREADS
            and "card_not_posted" not in entry.data
            and not _is_told_with_another(entry)
        ]
        stood = [told.get(f"Entry {entry.mark}", [""])[0] for entry in entries]
        if "" in stood:
            yield f"the thread of {request.terms.e164} does not tell {entries[stood.index('')].event}"
        elif stood != sorted(stood):
            events = [entry.event.value for entry in entries]
            yield f"the thread of {request.terms.e164} tells {events} in another order"


def _is_told_with_another(entry: Entry) -> bool:
    """One reply tells a decision about a basket: the entry of its first."""
    together = entry.told.together if isinstance(entry.told, trail.Decided) else None
    return together is not None and together.members[0].request != entry.request


def everybody_heard_why_not(rest: AtRest) -> Iterator[str]:
    """Each refusal became words to the one who was refused, at least once."""
    refusals = (Event.REQUEST_REFUSED, Event.DECISION_REFUSED)
    refused = Counter(entry.actor for entry in rest.trail if entry.event in refusals and entry.actor != BOT)
    for person, times in refused.items():
        words = len(told_alone(rest.slack, person)) + rest.heard_before.get(person, 0)
        if words < times:
            yield f"{person} was refused {times} times and heard of {words}"


def told_alone(slack: SlackStandIn, person: str) -> list[Message]:
    """Where nobody else sees it: in a channel, or as a direct message."""
    direct = slack.workspace.channels.direct(person).id
    return [*slack.ephemerals_for(person), *slack.messages(direct)]
