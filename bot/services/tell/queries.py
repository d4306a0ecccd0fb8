"""What people may read: requests with everything that a card, a reply or a list tells about them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from bot.domain import refusals, trail
from bot.domain.attempt import Attempt
from bot.domain.audit import Entry
from bot.domain.basket import committed_by
from bot.domain.looks import SETTLED_AFTER
from bot.domain.numbers import E164
from bot.domain.policy import Allowed, Person, may_approve
from bot.domain.request import Failure, PurchaseRequest, RequestId, Status
from bot.domain.shown import LeftUndone, Listed, Shown, ShownAttempt, ShownBasket
from bot.domain.similar import Similar
from bot.domain.trail import Event
from bot.services.budget import months_so_far
from bot.services.letters import StatusList
from bot.services.unit import Unit
from bot.store import attempts, audit, cards, control, questions, requests, votes
from bot.store.store import DatabaseAway, Store
from bot.work import stuck

log: structlog.stdlib.BoundLogger = structlog.get_logger()

T = TypeVar("T")

LISTED = 20
"""Requests a list in Slack shows at most: a message holds 50 blocks."""

READ_AT_ONCE = 500
"""Requests whose votes are read together: fewer than either database takes values in one statement."""

OFFERING = (Event.OFFERED, Event.FAILED)
"""What tells of numbers that were offered instead of one that was gone."""

TELLING = (*votes.COUNTED, *questions.TELLING, *OFFERING, Event.REQUESTED_ANEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormQueries:
    """What a form has to say about a request before anything is decided."""

    store: Store

    async def number_of(self, about: RequestId) -> E164 | None:
        """`None` for an unknown request, a basket, and while the database is away: the form opens all the same."""
        return await self._of(about, lambda _, together: together[0].terms.e164 if len(together) == 1 else None)

    async def requester_of(self, about: RequestId) -> str | None:
        """Who asked for a request or a basket; `None` for what is unknown, and while the database is away."""
        return await self._of(about, lambda _, together: together[0].requester)

    async def question_of(self, about: RequestId, seq: int) -> str | None:
        """What the entry of this number asks about a request or a basket that waits; `None` as for `requester_of`."""

        def question(connection: Connection, together: Sequence[PurchaseRequest]) -> str | None:
            asked = questions.asked(connection, together, seq)
            return None if asked is None else asked.question

        return await self._of(about, question)

    async def _of(
        self, about: RequestId, read: Callable[[Connection, Sequence[PurchaseRequest]], T | None]
    ) -> T | None:
        def found(connection: Connection) -> T | None:
            together = requests.decided_with(connection, about)
            return read(connection, together) if together else None

        try:
            return await self.store.read(found, urgent=True)
        except DatabaseAway as away:
            log.warning("a form goes without what it is about", request=about, reason=str(away))
            return None


def shown_now(unit: Unit, request: PurchaseRequest) -> Shown:
    """The request as its card shows it: as of the entry that moved it last."""
    return _shown_as_of(unit, request, request.entry)


def basket_now(unit: Unit, basket: str) -> ShownBasket | None:
    """The basket as its card shows it; `None` for an unknown one."""
    members = requests.asked_together(unit.connection, basket)
    shown = _shown_by_id(unit, {request.id: request for request in members})
    return ShownBasket(tuple(shown[request.id] for request in members)) if members else None


def shown_then(unit: Unit, entry: int) -> Shown:
    """The request with the entry that a reply tells. Raises `LookupError` for an entry without a request."""
    request = requests.told_by(unit.connection, entry)
    if request is None:
        raise LookupError(f"entry {entry} tells of no request")
    return _shown_as_of(unit, request, entry)


def offered_for(unit: Unit, request: PurchaseRequest) -> tuple[Similar, ...]:
    """What was offered instead, if anything; earlier versions told it with the failure itself."""
    return _offered_by(audit.newest_of(unit.connection, request.id, OFFERING), request)


def listed_for(unit: Unit, letter: StatusList) -> Listed:
    """What one person may see: own requests; for approvers all that waits; of private places only their own."""
    person = Person(team=letter.team, user=letter.to.user, read_at=unit.now)
    sees = (person.team, person.user)
    own = requests.newest(unit.connection, requester=sees, most=LISTED)
    bought = requests.bought(unit.connection, seen_by=None if letter.is_approver else sees, most=LISTED)
    waiting, for_others = _undecided(unit, person) if letter.is_approver else ([], [])
    room = max(0, LISTED - len(waiting))
    listed = [*own, *waiting[:LISTED], *for_others[:room], *bought]
    shown = _shown_by_id(unit, {request.id: request for request in listed})

    def as_shown(found: Sequence[PurchaseRequest]) -> tuple[Shown, ...]:
        return tuple(shown[request.id] for request in found)

    return Listed(
        own=as_shown(own),
        waiting=as_shown(waiting[:LISTED]) if letter.is_approver else None,
        unread=letter.unread,
        refused=_refused(unit, letter),
        more_waiting=len(waiting[LISTED:]),
        for_others=as_shown(for_others[:room]),
        more_for_others=len(for_others[room:]),
        bought=as_shown(bought),
        months=tuple(months_so_far(unit)),
        frozen=control.frozen_by(unit.connection),
        undone=tuple(_undone(unit)) if letter.is_approver else (),
    )


def _refused(unit: Unit, letter: StatusList) -> refusals.AnyRefusal | None:
    told = None if letter.refusal is None else audit.get(unit.connection, letter.refusal).told
    return told.refusal if isinstance(told, trail.DecisionRefused) else None


def _undone(unit: Unit) -> Iterator[LeftUndone]:
    rows = stuck.parked(unit.connection)
    about = requests.among(unit.connection, {row.request for row in rows if row.request is not None})
    for row in rows:
        request = None if row.request is None else about.get(row.request)
        number = None if request is None else request.terms.e164
        yield LeftUndone(work=row.id, kind=row.kind, error=row.error or "", at=row.since, e164=number)


def _undecided(unit: Unit, person: Person) -> tuple[list[PurchaseRequest], list[PurchaseRequest]]:
    """What this approver has to say something about, and what they voted for and others have to.

    Outcomes come first, because money may have moved; then what expires next. Their own requests are in neither.
    """
    asked = requests.for_people(unit.connection)
    outcomes = [request for request in asked if request.status is not Status.PENDING]
    waiting = [request for request in outcomes if isinstance(may_approve(request, unit.rules, person), Allowed)]
    for_others = []
    last_votes = _last_votes(unit.connection, votes.voted_for(unit.connection, person.user))
    for together in _decided_together(requests.pending(unit.connection)):
        request = together[0]
        counted = votes.counted_by(last_votes.get(request.id), request)
        if person.user in counted and len(counted) < unit.rules.votes_needed(*committed_by(together)):
            for_others.append(request)
        elif isinstance(may_approve(request, unit.rules, person), Allowed):
            waiting.append(request)
    return waiting, for_others


def _decided_together(pending: Iterable[PurchaseRequest]) -> Iterable[Sequence[PurchaseRequest]]:
    """Each request by itself, and a basket as one, where its first stands: all of it waits, or nothing."""
    by_thread = defaultdict[RequestId, list[PurchaseRequest]](list)
    for request in pending:
        by_thread[request.thread].append(request)
    return by_thread.values()


def every_request(connection: Connection, status: Status | None) -> Iterator[tuple[PurchaseRequest, list[str]]]:
    """Every request, newest first, with its approvers in the order of their votes on the present terms."""
    found = requests.newest(connection, statuses=() if status is None else (status,))
    for start in range(0, len(found), READ_AT_ONCE):
        some = found[start : start + READ_AT_ONCE]
        last_votes = _last_votes(connection, {request.id for request in some})
        for request in some:
            yield request, votes.counted_by(last_votes.get(request.id), request)


def _last_votes(connection: Connection, of: Collection[RequestId]) -> dict[RequestId | None, Entry]:
    return {entry.request: entry for entry in audit.among(connection, of, (), votes.COUNTED)}


def _shown_as_of(unit: Unit, request: PurchaseRequest, entry: int) -> Shown:
    told = audit.some_of(unit.connection, request.id, (entry, request.cause), TELLING)
    together = requests.in_baskets(unit.connection, [request.card]) if request.is_in_basket else ()
    attempt = attempts.newest_of(unit.connection, request.id) if request.may_have_attempts else None
    return _shown(unit, request, entry, told, attempt, together)


def _shown_by_id(unit: Unit, listed: Mapping[RequestId, PurchaseRequest]) -> dict[RequestId, Shown]:
    """As their cards show them, and where these stand: however many, the database is asked a few times."""
    seqs = {seq for request in listed.values() for seq in (request.entry, request.cause)}
    told = defaultdict[RequestId | None, list[Entry]](list)
    for entry in audit.among(unit.connection, listed, seqs, TELLING):
        told[entry.request].append(entry)
    tried = attempts.newest_among(unit.connection, listed)
    standing = cards.standing_among(unit.connection, {request.card for request in listed.values()})
    together = defaultdict[RequestId, list[PurchaseRequest]](list)
    for request in requests.in_baskets(
        unit.connection, {request.card for request in listed.values() if request.is_in_basket}
    ):
        together[request.thread].append(request)
    return {
        of: replace(
            _shown(unit, request, request.entry, told[of], tried.get(of), together.get(request.thread, ())),
            message=standing.get(request.card),
        )
        for of, request in listed.items()
    }


def _shown(
    unit: Unit,
    request: PurchaseRequest,
    entry: int,
    told: Sequence[Entry],
    attempt: Attempt | None,
    together: Sequence[PurchaseRequest],
) -> Shown:
    """As of one of its entries; `told` are those that matter, oldest first, `together` its basket."""
    by_seq = {one.seq: one for one in told}
    return Shown(
        request=request,
        entry=by_seq[entry],
        cause=by_seq[request.cause],
        voters=tuple(votes.counted_by(_last(told, votes.COUNTED), request)),
        votes_needed=unit.rules.votes_needed(*committed_by(together or [request])),
        approvers=_approvers_of(unit, request),
        denied_before=_denied_before(unit, by_seq[request.cause]) if request.status is Status.PENDING else None,
        asked=questions.newest(told, request) if request.status is Status.PENDING else None,
        requested_anew=_requested_anew(told, request),
        attempt=None if attempt is None else _shown_attempt(unit, attempt),
        offered=_offered_by(_last(told, OFFERING), request),
        together=tuple(together),
    )


def _denied_before(unit: Unit, cause: Entry) -> Entry | None:
    """How the request was denied that this one asks again for, if it was."""
    told = cause.told
    if not isinstance(told, trail.Requested) or told.again is None:
        return None
    before = requests.get(unit.connection, RequestId(told.again))
    if before is None or before.status is not Status.DENIED:
        return None
    return audit.get(unit.connection, before.cause)


def _requested_anew(told: Sequence[Entry], request: PurchaseRequest) -> Entry | None:
    last = _last(told, (Event.REQUESTED_ANEW,))
    return last if last is not None and last.seq > request.cause else None


def _approvers_of(unit: Unit, request: PurchaseRequest) -> tuple[str, ...]:
    """Whom a card mentions: nobody who may not approve it, unless nobody else is there."""
    listed = unit.rules.approvers
    if unit.rules.allow_self_approval:
        return listed
    return tuple(approver for approver in listed if approver != request.requester) or listed


def _last(told: Sequence[Entry], events: tuple[Event, ...]) -> Entry | None:
    return next((entry for entry in reversed(told) if entry.event in events), None)


def _offered_by(last: Entry | None, request: PurchaseRequest) -> tuple[Similar, ...]:
    told = None if last is None or request.error is not Failure.NOT_IN_INVENTORY else last.told
    return told.similar if isinstance(told, trail.Offered | trail.Failed) else ()


def _shown_attempt(unit: Unit, attempt: Attempt) -> ShownAttempt:
    settles_at = max(attempt.call_ended + SETTLED_AFTER, unit.now)  # no time that has passed, however long it lasts
    return ShownAttempt(
        id=attempt.id,
        code=attempt.code,
        message=attempt.message,
        provider_request_id=attempt.provider_request_id,
        charged=attempt.charged,
        number=attempt.number,
        asks_people=attempt.asks_people,
        is_alerted=attempt.alerted_at is not None,
        seen=attempt.seen,
        settles_at=settles_at if attempt.is_unsettled else None,
    )
