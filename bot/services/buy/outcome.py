"""The transaction right after the money: what came of the call, said to the database and by it to everybody.

Every arrow out of `purchasing` is here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from bot.domain import trail
from bot.domain.attempt import NOT_DEFINITE, Attempt, Ending
from bot.domain.facts import ProviderSaid, TermsTold
from bot.domain.looks import PAUSES
from bot.domain.outcome import Bought, Outcome, Refusal, Refused, Unknown
from bot.domain.request import ATTEMPTS_AN_APPROVAL, Failure, RequestId, Status
from bot.domain.trail import WhyAgain
from bot.services import plans
from bot.services.buy.credit import CreditedElsewhere, Sale, credit
from bot.services.transitions import ask_again, await_look, fail, move
from bot.services.unit import Case, Unit
from bot.store import attempts, control, requests
from bot.work import queue

PAUSE_AFTER_NOT_EXECUTED = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an attempt's call, and when that was known."""

    request: RequestId
    attempt: str
    outcome: Outcome
    at: datetime


def keep_outcome(unit: Unit, answered: Answered) -> None:
    """Keeps what the call's answer says."""
    frozen = control.is_frozen(unit.connection)
    case = _out(unit.at(answered.at), answered.request)
    if case is None or case.attempt.id != answered.attempt:
        return
    match answered.outcome:
        case Bought() as bought:
            _bought(case, bought)
        case Refused() as refused:
            _close(case, refused)
            _refused(case, refused, frozen=frozen or case.attempt.frozen_since)
        case Unknown() as unknown:
            _unknown(case, unknown)
        case _:
            assert_never(answered.outcome)


def find_out(unit: Unit, request: RequestId) -> None:
    """Whoever made the call is gone, and nobody knows what came of it: from now on looks find out."""
    case = _out(unit, request)
    if case is not None:
        gone = Unknown(reason="process_died", message="the bot was stopped while the call was out")
        ended = max(unit.now, case.attempt.lease_until)
        _unknown(Case(unit.at(ended), case.request, case.attempt), gone)


def _out(unit: Unit, request: RequestId) -> Case | None:
    """The request and its open attempt while the call is out."""
    locked = requests.lock(unit.connection, request)
    if locked is None or locked.status is not Status.PURCHASING:
        return None
    attempt = attempts.open_of(unit.connection, locked.id)
    return None if attempt is None else Case(unit, locked, attempt)


def _bought(case: Case, bought: Bought) -> None:
    """A sale that another attempt has, or may have, is not taken from it: then looks find out."""
    if bought.answered_not_found and _has_rival(case.unit, case.attempt):
        refused = Refused(why=Refusal.NOT_IN_INVENTORY, code="not_found", message="sold by an earlier call")
        _close(case, refused)
        said = ProviderSaid(code=refused.code)
        fail(case.unit, case.request, trail.Failed(error=Failure.NOT_IN_INVENTORY, said=said))
        return
    sale = Sale(
        number=bought.number,
        ending=Ending.FOUND if bought.answered_not_found else Ending.BOUGHT,
        charged=bought.number.charge,
        provider_request_id=bought.provider_request_id,
    )
    try:
        credit(case, sale)
    except CreditedElsewhere:
        _unknown(case, Unknown(reason="sale_of_another_attempt", provider_request_id=bought.provider_request_id))


def _has_rival(unit: Unit, opened: Attempt) -> bool:
    """Is there another attempt for the number that may have bought it?"""
    others = attempts.of_number(unit.connection, opened.e164)
    return any(other.ending in NOT_DEFINITE for other in others if other.id != opened.id)


def _close(case: Case, refused: Refused) -> None:
    connection, now = case.unit.connection, case.unit.now
    attempts.call_ended(connection, case.attempt.id, _said(refused.code, refused), at=now, is_over=True)
    ending = Ending.UNEXECUTED if refused.why is Refusal.NOT_EXECUTED else Ending.REFUSED
    attempts.ended(connection, case.attempt.id, ending, settled_at=now)
    if refused.retry_after:
        attempts.wait(connection, case.attempt.id, until=now + _pause(refused))


def _said(code: str, by: Refused | Unknown) -> ProviderSaid:
    return ProviderSaid(code=code, message=by.message, provider_request_id=by.provider_request_id)


def _refused(case: Case, refused: Refused, *, frozen: bool) -> None:
    unit, request = case.unit, case.request
    terms, said = TermsTold.of(request.terms), _said(refused.code, refused)
    match refused.why:
        case Refusal.BALANCE_TOO_LOW:
            told = trail.AskedAgain(why=WhyAgain.BALANCE_TOO_LOW, terms=terms, said=said)
            ask_again(unit, request, told.also(required=refused.required, available=refused.available))
        case Refusal.NOT_EXECUTED if request.attempts < ATTEMPTS_AN_APPROVAL and frozen:
            ask_again(unit, request, trail.AskedAgain(why=WhyAgain.FROZEN, terms=terms, said=said))
        case Refusal.NOT_EXECUTED if request.attempts < ATTEMPTS_AN_APPROVAL:
            move(unit, request, request.not_executed(), trail.NotExecuted(said=said))
            after = unit.now + _pause(refused)
            queue.drop(unit.connection, plans.Purchase, request.id)  # an earlier approval's is not to come sooner
            queue.add(unit.connection, plans.Purchase(), now=unit.now, request=request.id, after=after)
        case Refusal.NOT_EXECUTED | Refusal.NOT_SENT | Refusal.NOT_IN_INVENTORY | Refusal.REJECTED:
            fail(unit, request, trail.Failed(error=Failure(refused.why.value), said=said))
        case _:
            assert_never(refused.why)


def _pause(refused: Refused) -> timedelta:
    """As long as the provider asks, and no longer than `LONGEST_PAUSE`."""
    if not refused.retry_after:
        return PAUSE_AFTER_NOT_EXECUTED
    return timedelta(seconds=min(refused.retry_after, LONGEST_PAUSE.total_seconds()))


def _unknown(case: Case, unknown: Unknown) -> None:
    """The attempt stays open, and no other call is made for it: looks find out."""
    unit, request, attempt = case.unit, case.request, case.attempt
    said = _said(unknown.reason, unknown)
    attempts.call_ended(unit.connection, attempt.id, said, at=unit.now, is_over=unknown.call_is_over)
    move(unit, request, request.checking(), trail.Checking(attempt=attempt.id, said=said))
    await_look(unit, request.id, PAUSES)
