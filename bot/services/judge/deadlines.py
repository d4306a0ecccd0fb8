"""What time does to a request: it expires, people are reminded of it, and an approval that is not used lapses."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.domain import trail
from bot.domain.attempt import Attempt
from bot.domain.facts import TermsTold
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.trail import WhyAgain
from bot.services.plans import Expire, Lapse, Nudge, Remind
from bot.services.transitions import ask_again, await_people, move_together, remark
from bot.services.unit import Unit, Units
from bot.store import attempts, requests
from bot.work.queue import Claim
from bot.work.retry import TryLater

CALL_IS_AWAITED = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Judges what is due. That its time has come is what the claim says: work is not claimed before."""

    units: Units

    async def expire(self, held: Claim, due: Expire) -> None:
        await self.units.finish(held, _expire, held.request, due)

    async def remind(self, held: Claim, due: Remind) -> None:
        await self.units.finish(held, _remind, held.request, due)

    async def lapse(self, held: Claim, due: Lapse) -> None:
        """Raises `TryLater` while a call is out: when that is not executed, the approval is still to lapse."""
        await self.units.finish(held, _lapse, held.request, due)

    async def nudge(self, held: Claim, _: Nudge) -> None:
        await self.units.finish(held, _nudge, held.request)


def _expire(unit: Unit, about: RequestId | None, due: Expire) -> None:
    if waiting := _waiting(unit, about, due):
        move_together(unit, waiting, lambda request: request.expired(unit.now), lambda _: trail.Expired())


def _remind(unit: Unit, about: RequestId | None, due: Remind) -> None:
    if waiting := _waiting(unit, about, due):
        remark(unit, waiting[0], trail.Reminded().of_all(waiting))


def _waiting(unit: Unit, about: RequestId | None, due: Expire | Remind) -> list[PurchaseRequest]:
    """The request, or its basket, locked, if it still is the waiting time that the deadline belongs to."""
    read = [] if about is None else requests.decided_with(unit.connection, about)
    locked = requests.lock_together(unit.connection, read)
    is_meant = all(
        request.status is Status.PENDING and request.terms_version == due.terms_version for request in locked
    )
    return locked if is_meant else []


def _lapse(unit: Unit, about: RequestId | None, due: Lapse) -> None:
    request = None if about is None else requests.lock(unit.connection, about)
    if request is not None and request.terms_version != due.terms_version:
        return
    if request is not None and request.status is Status.PURCHASING:
        raise TryLater(CALL_IS_AWAITED, "a call is out")
    if request is not None and request.status is Status.APPROVED:
        ask_again(unit, request, trail.AskedAgain(why=WhyAgain.LAPSED, terms=TermsTold.of(request.terms)))


def _nudge(unit: Unit, about: RequestId | None) -> None:
    """Once a day, for as long as people are asked what became of a purchase, or an alert waits for them."""
    request = None if about is None else requests.lock(unit.connection, about)
    attempt = None if request is None else attempts.newest_of(unit.connection, request.id)
    if request is None or attempt is None:
        return
    waits_for = _waits_for(request, attempt)
    if waits_for is not None:
        remark(unit, request, trail.Reminded(about=waits_for))
    if waits_for is not None or request.status is Status.CHECKING:
        await_people(unit, request.id)


def _waits_for(request: PurchaseRequest, attempt: Attempt) -> Literal["outcome", "alert"] | None:
    """What people are to say."""
    if request.status is Status.CHECKING and attempt.asks_people:
        return "outcome"
    return None if attempt.alerted_at is None else "alert"
