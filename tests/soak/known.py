"""What is counted in a soak, and what the bot's database says for those who choose what happens next."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from bot.domain.attempt import DEFINITE, Attempt
from bot.domain.request import PurchaseRequest, Status
from bot.store import attempts, requests
from bot.store.tables import cards


@dataclass(slots=True, kw_only=True)
class Tally:
    """`done` and `acknowledged` are by person, the rest by what it was."""

    done: Counter[str] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    heard: Counter[str] = field(default_factory=Counter)
    """Words to one person alone, of messages that were forgotten since."""
    rounds: int = 0
    differences: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
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
    listed = [*requests.newest(connection, most=200), *requests.for_people(connection)]
    for request in {request.id: request for request in listed}.values():
        if request.is_open or request.status in ended:
            card = connection.execute(select(cards).where(cards.c.id == request.card)).one()
            attempt = attempts.newest_of(connection, request.id)
            asks_people = attempt is not None and attempt.asks_people
            is_alerted = attempt is not None and attempt.alerted_at is not None
            if card.ts is not None:
                found.append(Standing(request, card.channel, card.ts, asks_people, is_alerted))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Numbers, by how much is still open about them, and the ledger's rows that were given up."""

    asked_for: Collection[str]  # at any time
    busy: Collection[str]  # something may still follow
    untouched: Collection[str]  # wanted now, and no call for one of them is in doubt
    given_up: Collection[str]

    @classmethod
    def of(cls, connection: Connection) -> "Known":
        asked_for, busy, untouched = set[str](), set[str](), set[str]()
        for request in requests.newest(connection):
            number = request.terms.e164
            made = attempts.of_number(connection, number)
            asked_for.add(number)
            if request.is_open or not all(map(_is_over, made)):
                busy.add(number)
            is_wanted = request.status in (Status.PENDING, Status.APPROVED)
            if is_wanted and all(attempt.ending in DEFINITE for attempt in made):
                untouched.add(number)
        given_up = attempts.all_written_off(connection)
        return cls(asked_for=asked_for, busy=busy, untouched=untouched, given_up=given_up)


def _is_over(attempt: Attempt) -> bool:
    is_seen = attempt.confirmed_at is not None or not attempt.ending.is_sale
    return is_seen and attempt.settled_at is not None and attempt.alerted_at is None
