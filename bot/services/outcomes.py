"""The transaction right after the money: what came of the call, said to the database and by it to everybody.

Every arrow out of `purchasing` is here.
"""

from datetime import datetime, timedelta
from typing import assert_never

from pydantic import JsonValue, TypeAdapter
from sqlalchemy import Connection

from bot.domain.audit import BOT, Event, Facts
from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber
from bot.domain.outcome import Bought, Outcome, Refusal, Refused, Unknown
from bot.domain.request import ATTEMPTS_AN_APPROVAL, PurchaseRequest, Status
from bot.services.moves import fail, move, reply
from bot.services.rules import Rules
from bot.services.waiting import ask_again
from bot.store import attempts, control, requests, work
from bot.store.attempts import Attempt, Ending
from bot.store.work import Claim, Kind

NUMBER_DETAILS = TypeAdapter(OwnedNumber)

PAUSE_AFTER_NOT_EXECUTED = timedelta(seconds=2)


def keep_outcome(
    connection: Connection, held: Claim, outcome: Outcome, rules: Rules, *, attempt: str, now: datetime
) -> None:
    """Keeps what the call's answer says. Raises `LeaseLost`: then whoever took over finds out by looking."""
    work.finish(connection, held)
    frozen = control.is_frozen(connection)
    found = _of_open_attempt(connection, held)
    if found is None or found[1].id != attempt:
        return
    request, opened = found
    match outcome:
        case Bought():
            _bought(connection, request, opened, outcome, now)
        case Refused():
            _close(connection, opened, outcome, now)
            _refused(connection, request, outcome, rules, now, frozen=frozen)
        case Unknown():
            _unknown(connection, request, opened, outcome, now)
        case _:
            assert_never(outcome)


def lost_with_its_process(connection: Connection, held: Claim, now: datetime) -> None:
    """The worker that made the call died: nobody knows what came of it."""
    work.finish(connection, held)
    found = _of_open_attempt(connection, held)
    if found is not None:
        gone = Unknown(reason="process_died", message="the bot was stopped while the call was out")
        _unknown(connection, *found, gone, now)


def _of_open_attempt(connection: Connection, held: Claim) -> tuple[PurchaseRequest, Attempt] | None:
    request = None if held.request is None else requests.lock(connection, held.request)
    if request is None or request.status is not Status.PURCHASING:
        return None
    opened = attempts.open_of(connection, request.id)
    return None if opened is None else (request, opened)


def _bought(connection: Connection, request: PurchaseRequest, opened: Attempt, bought: Bought, now: datetime) -> None:
    """Settles what was really charged; a difference from what was approved is said, whatever its sign."""
    number = bought.number
    details = NUMBER_DETAILS.dump_json(number).decode()
    attempts.bought(
        connection,
        opened.id,
        at=now,
        sale=number.id or (number.purchased_at or now).isoformat(),
        charged=bought.charge,
        number=details,
        provider_request_id=bought.provider_request_id,
    )
    facts = {
        "attempt": opened.id,
        "number": details,
        "provider_request_id": bought.provider_request_id,
        **_charge_facts(request.terms.charge, bought.charge),
    }
    _, entry = move(connection, request, request.purchased(now), now=now, actor=BOT, event=Event.PURCHASED, facts=facts)
    reply(connection, entry, now=now)


def _charge_facts(approved: Money, charged: Money | None) -> dict[str, JsonValue]:
    return {
        "approved": approved.plain(),
        "approved_currency": approved.currency,
        "charged": None if charged is None else charged.plain(),
        "charged_currency": None if charged is None else charged.currency,
        "differs": charged is not None and charged != approved,
    }


def _close(connection: Connection, opened: Attempt, refused: Refused, now: datetime) -> None:
    ending = Ending.UNEXECUTED if refused.why is Refusal.NOT_EXECUTED else Ending.REFUSED
    attempts.ended(
        connection,
        opened.id,
        ending,
        at=now,
        code=refused.code,
        message=refused.message,
        provider_request_id=refused.provider_request_id,
    )


def _refused(
    connection: Connection, request: PurchaseRequest, refused: Refused, rules: Rules, now: datetime, *, frozen: bool
) -> None:
    facts: dict[str, JsonValue] = {
        "code": refused.code,
        "message": refused.message,
        "provider_request_id": refused.provider_request_id,
    }
    match refused.why:
        case Refusal.BALANCE_TOO_LOW:
            figures: Facts = {
                "required": None if refused.required is None else refused.required.plain(),
                "available": None if refused.available is None else refused.available.plain(),
            }
            ask_again(connection, request, rules, now=now, why="balance_too_low", facts={**facts, **figures})
        case Refusal.NOT_EXECUTED if request.attempts < ATTEMPTS_AN_APPROVAL and frozen:
            ask_again(connection, request, rules, now=now, why="frozen", facts=facts)
        case Refusal.NOT_EXECUTED if request.attempts < ATTEMPTS_AN_APPROVAL:
            pause = timedelta(seconds=refused.retry_after) if refused.retry_after else PAUSE_AFTER_NOT_EXECUTED
            _try_again(connection, request, facts, now=now, after=now + pause)
        case Refusal.NOT_EXECUTED | Refusal.NOT_SENT | Refusal.NOT_IN_INVENTORY | Refusal.REJECTED:
            fail(connection, request, refused.why.value, facts, now=now)
        case _:
            assert_never(refused.why)


def _try_again(
    connection: Connection, request: PurchaseRequest, facts: Facts, *, now: datetime, after: datetime
) -> None:
    """Approved still: terms are read anew and a new attempt is recorded then."""
    _, entry = move(
        connection, request, request.not_executed(), now=now, actor=BOT, event=Event.NOT_EXECUTED, facts=facts
    )
    reply(connection, entry, now=now)
    work.add(connection, Kind.PURCHASE, now=now, request=request.id, after=after)


def _unknown(
    connection: Connection, request: PurchaseRequest, opened: Attempt, unknown: Unknown, now: datetime
) -> None:
    """The attempt stays open, and no other call is made for it."""
    attempts.ended(
        connection,
        opened.id,
        Ending.OPEN,
        at=now,
        code=unknown.reason,
        message=unknown.message,
        provider_request_id=unknown.provider_request_id,
        call_is_over=unknown.call_is_over,
    )
    facts: Facts = {
        "attempt": opened.id,
        "code": unknown.reason,
        "message": unknown.message,
        "provider_request_id": unknown.provider_request_id,
    }
    _, entry = move(connection, request, request.checking(), now=now, actor=BOT, event=Event.CHECKING, facts=facts)
    reply(connection, entry, now=now)
