"""What the bot's database says, for those who choose what happens next in a soak."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from bot.domain.attempt import DEFINITE, Attempt
from bot.domain.request import PurchaseRequest, Status
from bot.store import attempts, requests
from bot.store.tables import cards


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A request as people find it, with where its card stands."""

    request: PurchaseRequest
    channel: str
    ts: str
    asks_people: bool
    is_alerted: bool


def standing(connection: Connection) -> list[Standing]:
    """Those with a card whose story is not over, however old, and some whose card offers to ask again."""
    found = []
    ended = (Status.FAILED, Status.EXPIRED, Status.DENIED)
    wait = [requests.get(connection, attempt.request) for attempt in attempts.for_people(connection)]
    listed = [*requests.newest(connection, most=200), *(request for request in wait if request is not None)]
    for request in {request.id: request for request in listed}.values():
        if request.is_open or request.status in ended:
            card = connection.execute(select(cards).where(cards.c.id == request.card)).one()
            attempt = attempts.newest_of(connection, request.id)
            if card.ts is not None:
                found.append(
                    Standing(
                        request=request,
                        channel=card.channel,
                        ts=card.ts,
                        asks_people=attempt is not None and attempt.asks_people,
                        is_alerted=attempt is not None and attempt.alerted_at is not None,
                    )
                )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Numbers, by how much is still open about them, and the ledger's rows that were given up."""

    asked_for: frozenset[str]  # at any time
    busy: frozenset[str]  # something may still follow
    untouched: frozenset[str]  # wanted now, and no call for one of them is in doubt
    given_up: frozenset[str]

    @classmethod
    def of(cls, connection: Connection) -> "Known":
        asked_for, busy, untouched = set(), set(), set()
        for request in requests.newest(connection):
            number = request.terms.e164
            made = attempts.of_number(connection, number)
            asked_for.add(number)
            if request.is_open or not all(map(_is_over, made)):
                busy.add(number)
            if request.status in (Status.PENDING, Status.APPROVED) and _are_definite(made):
                untouched.add(number)
        return cls(
            asked_for=frozenset(asked_for),
            busy=frozenset(busy),
            untouched=frozenset(untouched),
            given_up=attempts.all_written_off(connection),
        )


def _is_over(attempt: Attempt) -> bool:
    is_seen = attempt.confirmed_at is not None or not attempt.ending.is_sale
    return is_seen and attempt.settled_at is not None and attempt.alerted_at is None


def _are_definite(made: Sequence[Attempt]) -> bool:
    return all(attempt.ending in DEFINITE for attempt in made)
