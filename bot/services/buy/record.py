"""The transaction right before the money: it records the attempt, or finds why the call may not leave."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from bot.domain import trail
from bot.domain.facts import TermsTold
from bot.domain.policy import Approvers, enough_votes, whose_votes_count
from bot.domain.readiness import AlreadyOurs, Changed, Gone, Reading, Ready, TooLittle, readiness
from bot.domain.request import Failure, PurchaseRequest, RequestId, Status
from bot.domain.terms import Terms
from bot.domain.trail import Event, WhyAgain
from bot.services.transitions import ask_again, fail, has_lapsed, move
from bot.services.unit import Unit
from bot.store import attempts, audit, control, requests, votes
from bot.work import queue
from bot.work.queue import Claim
from bot.work.retry import TryLater, backoff

RECORDED_IS_FRESH = timedelta(seconds=5)
"""An attempt recorded longer ago than this is dropped: what it was recorded on may not hold any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read right before the call, and of which request, as it was then."""

    request: PurchaseRequest
    approvers: Approvers
    provider: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The attempt is on disk, and its call may leave."""

    request: RequestId
    attempt: str
    at: datetime
    lease_until: datetime


def record(unit: Unit, held: Claim, read: Read) -> Recorded | None:
    """`None` when the call may not leave: then the request went where the reading sends it.

    Raises `LeaseLost`, and `TryLater` when the approvers were read too long ago: then everything is read anew.
    """
    lease_until = unit.now + unit.rules.purchase_lease
    if not read.approvers.is_fresh(unit.now):
        raise TryLater(backoff(held.claims), "people data is outdated")
    frozen = control.is_frozen(unit.connection)
    request = requests.lock(unit.connection, read.request.id)
    if request is None or request.status is not Status.APPROVED or request.terms_version != read.request.terms_version:
        queue.finish(unit.connection, held)
        return None
    if _turned_back(unit, request, read, frozen=frozen):
        queue.finish(unit.connection, held)
        return None
    attempt = secrets.token_hex(16)
    told = trail.AttemptRecorded(
        terms=TermsTold.of(request.terms),
        approvers=read.approvers.told(unit.now),
        attempt=attempt,
        no=request.attempts + 1,
    )
    moved = move(unit, request, request.purchasing(), told, silently=True)
    attempts.record(
        unit.connection,
        moved,
        attempt=attempt,
        number_id=None if read.provider.listing is None else read.provider.listing.id,
        at=unit.now,
        lease_until=lease_until,
    )
    return Recorded(request=moved.id, attempt=attempt, at=unit.now, lease_until=lease_until)


def _turned_back(unit: Unit, request: PurchaseRequest, read: Read, *, frozen: bool) -> bool:
    """Sends the request where it belongs when the call may not leave."""
    found = readiness(request, read.provider)
    terms = TermsTold.of(request.terms)
    match found:
        case AlreadyOurs():
            fail(unit, request, trail.Failed(error=Failure.ALREADY_OURS))
        case Gone(missing):
            fail(unit, request, trail.Failed(error=Failure.NOT_IN_INVENTORY, missing=missing))
        case Changed(present):
            told = trail.AskedAgain(why=WhyAgain.TERMS_CHANGED, terms=TermsTold.of(present), before=terms)
            ask_again(unit, request, told, present)
        case Ready() | TooLittle() if not unit.rules.may_charge(request.terms.charge):
            fail(unit, request, trail.Failed(error=Failure.OVER_MAX_CHARGE, terms=terms))
        case TooLittle(required, available):
            too_low = WhyAgain.BALANCE_TOO_LOW
            told = trail.AskedAgain(why=too_low, terms=terms, required=required, available=available)
            ask_again(unit, request, told)
        case Ready() if has_lapsed(request, unit.now):
            ask_again(unit, request, trail.AskedAgain(why=WhyAgain.LAPSED, terms=terms))
        case Ready() if frozen:
            ask_again(unit, request, trail.AskedAgain(why=WhyAgain.FROZEN, terms=terms))
        case Ready(offered) if request.is_automatic and offered.left_out:
            told = trail.AskedAgain(why=WhyAgain.TERMS_LEFT_OUT, terms=TermsTold.of(offered))
            ask_again(unit, request, told, offered)
        case Ready(offered) if request.is_automatic and not _is_automatic_still(unit, request, offered):
            ask_again(unit, request, trail.AskedAgain(why=WhyAgain.LIMIT_LOWERED, terms=terms))
        case Ready() if not (request.is_automatic or _has_its_votes(unit, request, read.approvers)):
            list_read = read.approvers.told(unit.now)
            ask_again(unit, request, trail.AskedAgain(why=WhyAgain.APPROVER_LEFT, terms=terms, approvers=list_read))
        case Ready():
            return False
        case _:
            assert_never(found)
    return True


def _has_its_votes(unit: Unit, request: PurchaseRequest, approvers: Approvers) -> bool:
    """As many as the rules of now ask for what was decided with it, whatever became of the others since."""
    told = votes.last_counted(unit.connection, request)
    counting = whose_votes_count(request, unit.rules, approvers)
    return told is not None and enough_votes(told.voters, counting, unit.rules.votes_needed(*told.committed))


def _is_automatic_still(unit: Unit, request: PurchaseRequest, offered: Terms) -> bool:
    """By the limit of now, also for the sum of what was approved with it: there nothing binds, so a sum is a charge."""
    approved = audit.newest_of(unit.connection, request.id, (Event.APPROVED,)) if request.is_in_basket else None
    told = None if approved is None else approved.told
    beside = told.committed if isinstance(told, trail.Approved) else ()
    return unit.rules.is_automatic(offered) and unit.rules.is_small(*beside)
