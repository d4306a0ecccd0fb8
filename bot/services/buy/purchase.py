"""Purchase: what was approved is read again, the attempt is recorded, the call is made once, and its outcome is kept.

Two transactions with the call between them. The first carries every condition under which money may move; the second
only says what came of it. A worker that finds a request already `purchasing` took over from one that died in between:
nobody knows what that call did, and it is never made again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.domain.outcome import Bought, Outcome, Refusal, Refused, Unknown
from bot.domain.readiness import Reading
from bot.domain.request import PurchaseRequest, Status
from bot.services import plans
from bot.services.buy.outcome import Answered, find_out, keep_outcome
from bot.services.buy.record import RECORDED_IS_FRESH, Read, record
from bot.services.people import still_approvers
from bot.services.ports import Balance, People, PeopleUnavailable, Provider, ProviderUnavailable
from bot.services.unit import Unit, Units
from bot.store import cards, requests, votes
from bot.work import queue
from bot.work.queue import Claim
from bot.work.retry import TryLater, backoff

log: structlog.stdlib.BoundLogger = structlog.get_logger()

CARD_IS_AWAITED = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchases:
    """Buys what was approved, once."""

    units: Units
    provider: Provider
    people: People

    async def buy(self, held: Claim, _: plans.Purchase) -> None:
        """Raises `TryLater` while the card does not stand yet, or the provider or Slack cannot be read in time."""
        request = await self.units.read(_to_buy, held)
        if request is not None and request.status is Status.APPROVED:
            await self._buy_approved(held, request)
        elif request is not None and request.status is Status.PURCHASING:
            await self.units.finish(held, find_out, request.id)
        else:
            await self.units.done(held)

    async def _buy_approved(self, held: Claim, request: PurchaseRequest) -> None:
        read = await self._read(held, request)
        clock = self.units.clock
        began = clock.monotonic()
        recorded = await self.units.write(held, record, held, read)
        if recorded is None:
            return

        def may_leave() -> bool:
            passed, wall = timedelta(seconds=clock.monotonic() - began), clock.now()
            in_time = passed <= RECORDED_IS_FRESH and recorded.at <= wall <= recorded.at + RECORDED_IS_FRESH
            return in_time and wall < recorded.lease_until and read.approvers.is_fresh(wall)

        outcome = await self._call(request, may_leave)
        answered = Answered(recorded, outcome, clock.now())
        await self.units.insist(lambda: self.units.finish(held, keep_outcome, answered))

    async def _read(self, held: Claim, request: PurchaseRequest) -> Read:
        """Slack first: it may be slow, and what the provider says is to be of right before the call.

        Of the provider own numbers first: absent there, then present later, means since the attempt.
        """
        try:
            listed = await self.people.approvers()
            voters = await self.units.store.read(lambda connection: votes.counted(connection, request))
            approvers = await still_approvers(self.people, listed, request.team, voters)
            owned = await self.provider.owned(request.terms.e164)
            listing = await self.provider.find(request.terms.e164)
            balance = await self._balance(request.terms.currency)
        except (ProviderUnavailable, PeopleUnavailable) as unavailable:
            raise TryLater(backoff(held.claims), unavailable.reason) from unavailable
        reading = Reading(
            account=self.provider.account,
            owned=owned,
            listing=listing,
            available=None if balance is None else balance.available,
            may_overdraw=balance is not None and balance.may_overdraw,
        )
        return Read(request=request, approvers=approvers, provider=reading)

    async def _balance(self, currency: str) -> Balance | None:
        """One that cannot be read stops nothing: the provider refuses by itself what it does not cover."""
        try:
            return await self.provider.balance(currency)
        except ProviderUnavailable as unavailable:
            log.warning("the balance cannot be read", reason=unavailable.reason)
            return None

    async def _call(self, request: PurchaseRequest, may_leave: Callable[[], bool]) -> Outcome:
        """The call, and the one look that two of its refusals need before they are believed."""
        terms = request.terms
        seconds = self.units.rules.vobiz_timeout.total_seconds()
        outcome = await self.provider.purchase(terms.e164, terms.currency, timeout=seconds, may_leave=may_leave)
        match outcome:
            case Refused(why=Refusal.BALANCE_TOO_LOW | Refusal.NOT_IN_INVENTORY):
                return await self._confirmed(request, outcome)
            case _:
                return outcome

    async def _confirmed(self, request: PurchaseRequest, refused: Refused) -> Outcome:
        """Own numbers did not have it right before the call: having it now means since then, whatever was answered.

        What another account has, a master's sub-account for one, this call did not buy.
        """
        try:
            owned = await self.provider.owned(request.terms.e164)
        except ProviderUnavailable as unavailable:
            return _doubtful(refused, unavailable.reason)
        if owned is None or not owned.may_be_of(request.terms.account):
            return refused
        if refused.why is Refusal.NOT_IN_INVENTORY and owned.is_usable:
            return Bought(number=owned, provider_request_id=refused.provider_request_id, answered_not_found=True)
        return _doubtful(refused, "owned after a refusal")


def _doubtful(refused: Refused, why: str) -> Unknown:
    return Unknown(
        reason=f"{refused.why.value}_unconfirmed",
        message=f"{refused.message} ({why})",
        provider_request_id=refused.provider_request_id,
    )


def _to_buy(unit: Unit, held: Claim) -> PurchaseRequest | None:
    """Raises `TryLater` while the card does not stand in the channel: money moves only where the trail is.

    And while nobody knows yet whether this database is only new, or another one was lost.
    """
    request = None if held.request is None else requests.get(unit.connection, held.request)
    if request is None or request.status is not Status.APPROVED:
        return request
    if cards.get(unit.connection, request.card).ts is None:
        raise TryLater(CARD_IS_AWAITED, "the card does not stand yet")
    if queue.is_there(unit.connection, plans.Beginning):
        raise TryLater(CARD_IS_AWAITED, "own numbers were not read since the database was made")
    return request
