"""What people may read: requests with everything that a card, a reply or a list tells about them."""

import json
from collections.abc import Iterator

from sqlalchemy import Connection

from bot.domain.audit import Entry
from bot.domain.looks import SETTLED_AFTER
from bot.domain.request import PurchaseRequest, Status
from bot.domain.shown import Shown, ShownAttempt
from bot.services.crediting import NUMBER_DETAILS
from bot.services.rules import Rules
from bot.store import attempts, audit, requests, votes
from bot.store.attempts import Attempt

LISTED = 20
"""Requests a list in Slack shows at most: a message holds 50 blocks."""


def shown_now(connection: Connection, request: PurchaseRequest, rules: Rules) -> Shown:
    """The request as its card shows it: as of the entry that moved it last."""
    return _shown(connection, request, audit.get(connection, request.entry), rules)


def shown_then(connection: Connection, entry: int, rules: Rules) -> Shown:
    """The request with the entry that a reply tells. Raises `LookupError` for an entry without a request."""
    told = audit.get(connection, entry)
    request = None if told.request is None else requests.get(connection, told.request)
    if request is None:
        raise LookupError(f"entry {entry} tells of no request")
    return _shown(connection, request, told, rules)


def own_requests(connection: Connection, team: str, user: str, rules: Rules) -> list[Shown]:
    """What somebody asked for, newest first."""
    found = requests.newest(connection, requester=(team, user), most=LISTED)
    return [shown_now(connection, request, rules) for request in found]


def waiting_requests(connection: Connection, rules: Rules) -> list[Shown]:
    """What waits for a decision, newest first."""
    found = requests.newest(connection, statuses=(Status.PENDING,), most=LISTED)
    return [shown_now(connection, request, rules) for request in found]


def every_request(connection: Connection, status: Status | None) -> Iterator[tuple[PurchaseRequest, list[str]]]:
    """Every request, newest first, with its approvers in the order of their votes on the present terms."""
    for request in requests.newest(connection, statuses=() if status is None else (status,)):
        yield request, votes.voters(connection, request)


def _shown(connection: Connection, request: PurchaseRequest, entry: Entry, rules: Rules) -> Shown:
    attempt = attempts.newest_of(connection, request.id)
    return Shown(
        request=request,
        entry=entry,
        cause=audit.get(connection, request.cause),
        voters=tuple(votes.voters(connection, request)),
        votes_needed=rules.limits.votes_needed(request.terms.charge),
        approvers=rules.approvers,
        attempt=None if attempt is None else _shown_attempt(attempt),
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
