"""What people may read: requests with everything that a card, a reply or a list tells about them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from bot.domain.attempt import Attempt
from bot.domain.audit import Entry
from bot.domain.looks import SETTLED_AFTER
from bot.domain.numbers import E164
from bot.domain.policy import Allowed, Decision, Limits, Person, may_ask_to_decide, may_ask_to_resolve
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.shown import Listed, Shown, ShownAttempt
from bot.services.budget import month_so_far, months_so_far
from bot.services.buy.credit import NUMBER_DETAILS
from bot.services.letters import StatusList
from bot.services.rules import Rules
from bot.store import attempts, audit, requests, votes
from bot.store.store import DatabaseAway, Store

log: structlog.stdlib.BoundLogger = structlog.get_logger()

LISTED = 20
"""Requests a list in Slack shows at most: a message holds 50 blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a form has to say about a request before anything is decided."""

    store: Store

    async def number_of(self, request: RequestId) -> E164 | None:
        """`None` for an unknown request, and while the database is away: the form opens all the same."""
        try:
            found = await self.store.read(lambda connection: requests.get(connection, request))
        except DatabaseAway as away:
            log.warning("a form goes without the number", request=request, reason=str(away))
            return None
        return None if found is None else found.terms.e164


def shown_now(connection: Connection, request: PurchaseRequest, rules: Rules, *, now: datetime) -> Shown:
    """The request as its card shows it: as of the entry that moved it last."""
    return _shown(connection, request, audit.get(connection, request.entry), rules, now)


def shown_then(connection: Connection, entry: int, rules: Rules, *, now: datetime) -> Shown:
    """The request with the entry that a reply tells. Raises `LookupError` for an entry without a request."""
    told = audit.get(connection, entry)
    request = None if told.request is None else requests.get(connection, told.request)
    if request is None:
        raise LookupError(f"entry {entry} tells of no request")
    return _shown(connection, request, told, rules, now)


def listed_for(connection: Connection, letter: StatusList, rules: Rules, *, now: datetime) -> Listed:
    """What one person may see: own requests; for approvers all that waits; of private places only their own."""
    person = Person(team=letter.team, user=letter.to.user, read_at=now)
    sees = (person.team, person.user)
    own = requests.newest(connection, requester=sees, most=LISTED)
    bought = requests.newest(
        connection, statuses=(Status.PURCHASED,), visible_to=None if letter.is_approver else sees, most=LISTED
    )
    waiting, for_others = _undecided(connection, person, rules.limits) if letter.is_approver else ([], [])
    room = max(0, LISTED - len(waiting))

    def shown(found: list[PurchaseRequest]) -> tuple[Shown, ...]:
        return tuple(shown_now(connection, request, rules, now=now) for request in found)

    return Listed(
        own=shown(own),
        waiting=shown(waiting[:LISTED]) if letter.is_approver else None,
        unread=letter.unread,
        more_waiting=len(waiting[LISTED:]),
        for_others=shown(for_others[:room]),
        more_for_others=len(for_others[room:]),
        bought=shown(bought),
        months=tuple(months_so_far(connection, rules, now=now)),
    )


def _undecided(
    connection: Connection, person: Person, limits: Limits
) -> tuple[list[PurchaseRequest], list[PurchaseRequest]]:
    """What this approver has to say something about, and what they voted for and others have to.

    Outcomes come first, because money may have moved; then what expires next. Their own requests are in neither.
    """
    open_questions = [requests.get(connection, attempt.request) for attempt in attempts.for_people(connection)]
    outcomes = [request for request in open_questions if request is not None and request.status is not Status.PENDING]
    waiting = [request for request in outcomes if isinstance(may_ask_to_resolve(request, person, limits), Allowed)]
    for_others = []
    for request in requests.pending(connection):
        counted = votes.counted(connection, request)
        if person.user in counted and len(counted) < limits.votes_needed(request.terms.charge):
            for_others.append(request)
        elif isinstance(may_ask_to_decide(Decision.APPROVE, request, person, limits), Allowed):
            waiting.append(request)
    return waiting, for_others


def every_request(connection: Connection, status: Status | None) -> Iterator[tuple[PurchaseRequest, list[str]]]:
    """Every request, newest first, with its approvers in the order of their votes on the present terms."""
    for request in requests.newest(connection, statuses=() if status is None else (status,)):
        yield request, votes.counted(connection, request)


def _shown(connection: Connection, request: PurchaseRequest, entry: Entry, rules: Rules, now: datetime) -> Shown:
    attempt = attempts.newest_of(connection, request.id)
    return Shown(
        request=request,
        entry=entry,
        cause=audit.get(connection, request.cause),
        voters=tuple(votes.counted(connection, request)),
        votes_needed=rules.limits.votes_needed(request.terms.charge),
        approvers=rules.approvers,
        attempt=None if attempt is None else _shown_attempt(attempt),
        month=month_so_far(connection, request.terms.currency, rules, now=now) if rules.limits.budget else None,
    )


def _shown_attempt(attempt: Attempt) -> ShownAttempt:
    return ShownAttempt(
        id=attempt.id,
        code=attempt.code,
        message=attempt.message,
        provider_request_id=attempt.provider_request_id,
        charged=attempt.charged,
        number=None if attempt.number is None else NUMBER_DETAILS.validate_json(attempt.number),
        asks_people=attempt.asks_people,
        is_alerted=attempt.alerted_at is not None,
        seen=None if attempt.seen is None else json.loads(attempt.seen),
        settles_at=attempt.call_ended + SETTLED_AFTER if attempt.is_unsettled else None,
    )
