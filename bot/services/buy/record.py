"""The transaction right before the money: it records the attempt, or finds why the call may not leave."""

from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection

from bot.domain.audit import BOT, Event, Facts
from bot.domain.policy import Approvers, enough_votes
from bot.domain.readiness import AlreadyOurs, Changed, Gone, Reading, Ready, TooLittle, readiness
from bot.domain.request import PurchaseRequest, Status
from bot.services.rules import Rules
from bot.services.transitions import ask_again, fail, has_lapsed, move, terms_facts
from bot.store import attempts, control, requests, votes
from bot.work import queue
from bot.work.queue import Claim
from bot.work.retry import TryLater, backoff


def record(
    connection: Connection,
    held: Claim,
    read: PurchaseRequest,
    reading: Reading,
    approvers: Approvers,
    rules: Rules,
    *,
    attempt: str,
    now: datetime,
    lease_until: datetime,
) -> bool:
    """True when the attempt is recorded and the call may leave; otherwise the request went where the reading sends it.

    `read` is the request as it was when the provider was read. Raises `LeaseLost`, and `TryLater` when the approvers
    were read too long ago: then everything is read anew.
    """
    queue.extend(connection, held, until=lease_until)
    if not approvers.is_fresh(now):
        raise TryLater(backoff(held.claims), "people data is outdated")
    frozen = control.is_frozen(connection)
    request = requests.lock(connection, read.id)
    if request is None or request.status is not Status.APPROVED or request.terms_version != read.terms_version:
        queue.finish(connection, held)
        return False
    if _turned_back(connection, request, reading, approvers, rules, now, frozen=frozen):
        queue.finish(connection, held)
        return False
    facts = {**terms_facts(request.terms), **approvers.evidence(now), "attempt": attempt, "no": request.attempts + 1}
    moved, entry = move(
        connection, request, request.purchasing(), now=now, actor=BOT, event=Event.ATTEMPT_RECORDED, facts=facts
    )
    attempts.record(
        connection,
        moved,
        attempt=attempt,
        number_id=None if reading.listing is None else reading.listing.id,
        at=now,
        lease_until=lease_until,
        entry=entry.seq,
    )
    return True


def _turned_back(
    connection: Connection,
    request: PurchaseRequest,
    reading: Reading,
    approvers: Approvers,
    rules: Rules,
    now: datetime,
    *,
    frozen: bool,
) -> bool:
    """Sends the request where it belongs when the call may not leave."""
    found = readiness(request, reading)
    match found:
        case AlreadyOurs():
            fail(connection, request, "already_ours", {}, now=now)
        case Gone(missing):
            facts: Facts = {"missing": missing, "similar": [other.facts() for other in reading.similar]}
            fail(connection, request, "not_in_inventory", facts, now=now)
        case Changed(terms):
            before = {"before": terms_facts(request.terms)}
            ask_again(connection, request, rules.times, now=now, why="terms_changed", facts=before, terms=terms)
        case TooLittle(required, available):
            figures = {"required": required.plain(), "available": available.plain()}
            ask_again(connection, request, rules.times, now=now, why="balance_too_low", facts=figures)
        case Ready() if has_lapsed(request, now):
            ask_again(connection, request, rules.times, now=now, why="lapsed", facts={})
        case Ready() if frozen:
            ask_again(connection, request, rules.times, now=now, why="frozen", facts={})
        case Ready(offered) if request.is_automatic and offered.left_out:
            ask_again(connection, request, rules.times, now=now, why="terms_left_out", facts={}, terms=offered)
        case Ready(offered) if request.is_automatic and not rules.limits.is_automatic(offered):
            ask_again(connection, request, rules.times, now=now, why="limit_lowered", facts={})
        case Ready() if not (request.is_automatic or _has_its_votes(connection, request, approvers, rules)):
            ask_again(connection, request, rules.times, now=now, why="approver_left", facts=approvers.evidence(now))
        case Ready():
            return False
        case _:
            assert_never(found)
    return True


def _has_its_votes(connection: Connection, request: PurchaseRequest, approvers: Approvers, rules: Rules) -> bool:
    needed = rules.limits.votes_needed(request.terms.charge)
    return enough_votes(votes.counted(connection, request), approvers, needed)
