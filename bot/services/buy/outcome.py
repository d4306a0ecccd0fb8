"""The transaction right after the money: what came of the call, said to the database and by it to everybody.

Every arrow out of `purchasing` is here.
"""

from datetime import datetime, timedelta
from typing import assert_never

from pydantic import JsonValue
from sqlalchemy import Connection

from bot.domain.attempt import NOT_DEFINITE, Attempt, Ending
from bot.domain.audit import BOT, Event, Facts
from bot.domain.looks import PAUSES
from bot.domain.outcome import Bought, Outcome, Refusal, Refused, Unknown
from bot.domain.policy import Limits
from bot.domain.request import ATTEMPTS_AN_APPROVAL, PurchaseRequest, RequestId, Status
from bot.services.buy.credit import CreditedElsewhere, credit
from bot.services.rules import Rules
from bot.services.transitions import ask_again, await_look, fail, move, reply
from bot.store import attempts, control, requests
from bot.work import queue
from bot.work.queue import Claim, Kind

PAUSE_AFTER_NOT_EXECUTED = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=1)


def keep_outcome(
    connection: Connection, held: Claim, outcome: Outcome, rules: Rules, *, attempt: str, now: datetime
) -> None:
    """Keeps what the call's answer says. Raises `LeaseLost`: then whoever took over finds out by looking."""
    queue.finish(connection, held)
    frozen = control.is_frozen(connection)
    found = _of_open_attempt(connection, held.request)
    if found is None or found[1].id != attempt:
        return
    request, opened = found
    match outcome:
        case Bought():
            _bought(connection, request, opened, outcome, rules.limits, now)
        case Refused():
            _close(connection, opened, outcome, now)
            _refused(connection, request, outcome, rules, now, frozen=frozen or opened.frozen_since)
        case Unknown():
            _unknown(connection, request, opened, outcome, now)
        case _:
            assert_never(outcome)


def lost_with_its_process(connection: Connection, held: Claim, now: datetime) -> None:
    """The worker that made the call died."""
    queue.finish(connection, held)
    find_out(connection, held.request, now)


def find_out(connection: Connection, request: RequestId | None, now: datetime) -> None:
    """Whoever had the call is gone, and nobody knows what came of it: from now on looks find out."""
    found = _of_open_attempt(connection, request)
    if found is not None:
        gone = Unknown(reason="process_died", message="the bot was stopped while the call was out")
        _unknown(connection, *found, gone, max(now, found[1].lease_until))


def _of_open_attempt(connection: Connection, request: RequestId | None) -> tuple[PurchaseRequest, Attempt] | None:
    locked = None if request is None else requests.lock(connection, request)
    if locked is None or locked.status is not Status.PURCHASING:
        return None
    opened = attempts.open_of(connection, locked.id)
    return None if opened is None else (locked, opened)


def _bought(
    connection: Connection, request: PurchaseRequest, opened: Attempt, bought: Bought, limits: Limits, now: datetime
) -> None:
    """A sale that another attempt has, or may have, is not taken from it: then looks find out."""
    if bought.answered_not_found and _has_rival(connection, opened):
        refused = Refused(why=Refusal.NOT_IN_INVENTORY, code="not_found", message="sold by an earlier call")
        _close(connection, opened, refused, now)
        fail(connection, request, Refusal.NOT_IN_INVENTORY.value, {"code": refused.code}, now=now)
        return
    try:
        credit(
            connection,
            request,
            opened,
            bought.number,
            Ending.FOUND if bought.answered_not_found else Ending.BOUGHT,
            charged=bought.charge,
            provider_request_id=bought.provider_request_id,
            actor=BOT,
            limits=limits,
            now=now,
            facts={},
        )
    except CreditedElsewhere:
        doubt = Unknown(reason="sale_of_another_attempt", provider_request_id=bought.provider_request_id)
        _unknown(connection, request, opened, doubt, now)


def _has_rival(connection: Connection, opened: Attempt) -> bool:
    """Is there another attempt for the number that may have bought it?"""
    others = attempts.of_number(connection, opened.e164)
    return any(other.ending in NOT_DEFINITE for other in others if other.id != opened.id)


def _close(connection: Connection, opened: Attempt, refused: Refused, now: datetime) -> None:
    attempts.call_ended(
        connection,
        opened.id,
        at=now,
        code=refused.code,
        message=refused.message,
        provider_request_id=refused.provider_request_id,
        is_over=True,
    )
    ending = Ending.UNEXECUTED if refused.why is Refusal.NOT_EXECUTED else Ending.REFUSED
    attempts.ended(connection, opened.id, ending, settled_at=now)


def _refused(
    connection: Connection, request: PurchaseRequest, refused: Refused, rules: Rules, now: datetime, *, frozen: bool
) -> None:
    facts: dict[str, JsonValue] = {
        "code": refused.code,
        "message": refused.message,
        "provider_request_id": refused.provider_request_id,
        "similar": [other.facts() for other in refused.similar],
    }
    match refused.why:
        case Refusal.BALANCE_TOO_LOW:
            figures: Facts = {
                "required": None if refused.required is None else refused.required.plain(),
                "available": None if refused.available is None else refused.available.plain(),
            }
            ask_again(connection, request, rules.times, now=now, why="balance_too_low", facts={**facts, **figures})
        case Refusal.NOT_EXECUTED if request.attempts < ATTEMPTS_AN_APPROVAL and frozen:
            ask_again(connection, request, rules.times, now=now, why="frozen", facts=facts)
        case Refusal.NOT_EXECUTED if request.attempts < ATTEMPTS_AN_APPROVAL:
            _try_again(connection, request, facts, now=now, after=now + _pause(refused))
        case Refusal.NOT_EXECUTED | Refusal.NOT_SENT | Refusal.NOT_IN_INVENTORY | Refusal.REJECTED:
            fail(connection, request, refused.why.value, facts, now=now)
        case _:
            assert_never(refused.why)


def _pause(refused: Refused) -> timedelta:
    """As long as the provider asks, and no longer than `LONGEST_PAUSE`."""
    if not refused.retry_after:
        return PAUSE_AFTER_NOT_EXECUTED
    return timedelta(seconds=min(refused.retry_after, LONGEST_PAUSE.total_seconds()))


def _try_again(
    connection: Connection, request: PurchaseRequest, facts: Facts, *, now: datetime, after: datetime
) -> None:
    """Approved still: terms are read anew and a new attempt is recorded then."""
    _, entry = move(
        connection, request, request.not_executed(), now=now, actor=BOT, event=Event.NOT_EXECUTED, facts=facts
    )
    reply(connection, entry, now=now)
    queue.add(connection, Kind.PURCHASE, now=now, request=request.id, after=after)


def _unknown(
    connection: Connection, request: PurchaseRequest, opened: Attempt, unknown: Unknown, now: datetime
) -> None:
    """The attempt stays open, and no other call is made for it: looks find out."""
    attempts.call_ended(
        connection,
        opened.id,
        at=now,
        code=unknown.reason,
        message=unknown.message,
        provider_request_id=unknown.provider_request_id,
        is_over=unknown.call_is_over,
    )
    facts: Facts = {
        "attempt": opened.id,
        "code": unknown.reason,
        "message": unknown.message,
        "provider_request_id": unknown.provider_request_id,
    }
    _, entry = move(connection, request, request.checking(), now=now, actor=BOT, event=Event.CHECKING, facts=facts)
    reply(connection, entry, now=now)
    await_look(connection, request.id, PAUSES, now=now)
