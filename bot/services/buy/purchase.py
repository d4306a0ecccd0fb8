"""Purchase: what was approved is read again, the attempt is recorded, the call is made once, and its outcome is kept.

Two transactions with the call between them. The first carries every condition under which money may move; the second
only says what came of it. A worker that finds a request already `purchasing` took over from one that died in between:
nobody knows what that call did, and it is never made again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from bot.domain.numbers import OwnedNumber
from bot.domain.outcome import Bought, Outcome, Refusal, Refused, Unknown
from bot.domain.readiness import Reading
from bot.domain.request import PurchaseRequest, Status
from bot.services import plans
from bot.services.buy.outcome import LONGEST_PAUSE, Answered, find_out, keep_outcome
from bot.services.buy.record import RECORDED_IS_FRESH, Read, record
from bot.services.people import still_approvers
from bot.services.ports import Balance, People, PeopleUnavailable, Provider, ProviderUnavailable
from bot.services.transitions import APPROVAL_LASTS
from bot.services.unit import Unit, Units
from bot.store import attempts, cards, requests, votes
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

    async def buy(self, held: Claim, planned: plans.Purchase) -> None:
        """Raises `TryLater` while the card does not stand yet, the provider asked to wait, or something cannot be
        read in time.
        """
        request, voters = await self.units.read(_to_buy, held)
        if request is not None and request.status is Status.APPROVED:
            await self._buy_approved(held, request, voters)
        elif request is not None and request.status is Status.PURCHASING and planned.refused is not None:
            await self._confirm(held, request, planned.refused)
        elif request is not None and request.status is Status.PURCHASING:
            await self.units.finish(held, find_out, request.id)
        else:
            await self.units.done(held)

    async def _buy_approved(self, held: Claim, request: PurchaseRequest, voters: Sequence[str]) -> None:
        read = await self._read(held, request, voters)
        clock = self.units.clock
        began = clock.monotonic()
        for_the_call = replace(held, lease=self.units.rules.purchase_lease)
        recorded = await self.units.write(for_the_call, record, held, read)
        if recorded is None:
            return

        def may_leave() -> bool:
            passed, wall = timedelta(seconds=clock.monotonic() - began), clock.now()
            in_time = passed <= RECORDED_IS_FRESH and recorded.at <= wall <= recorded.at + RECORDED_IS_FRESH
            return in_time and wall < recorded.lease_until and read.approvers.is_fresh(wall)

        seconds, terms = self.units.rules.vobiz_timeout.total_seconds(), request.terms
        outcome = await self.provider.purchase(terms.e164, terms.currency, timeout=seconds, may_leave=may_leave)
        match outcome:
            case Refused(why=Refusal.BALANCE_TOO_LOW | Refusal.NOT_IN_INVENTORY):
                refused = plans.RefusedCall(attempt=recorded.attempt, refusal=outcome, at=clock.now())
                await self.units.insist(lambda: self.units.write(held, _keep_refusal, held, refused))
                await self._confirm(held, request, refused)
            case _:
                await self._keep(held, Answered(request.id, recorded.attempt, outcome, clock.now()))

    async def _keep(self, held: Claim, answered: Answered) -> None:
        await self.units.insist(lambda: self.units.finish(held, keep_outcome, answered))

    async def _read(self, held: Claim, request: PurchaseRequest, voters: Sequence[str]) -> Read:
        """Slack first: it may be slow, and what the provider says is to be of right before the call.

        What is absent from own numbers before the attempt is recorded, and present later, came since.
        """
        try:
            listed = await self.people.approvers()
            approvers = await still_approvers(self.people, listed, request.team, voters)
            owned, listing, balance = await asyncio.gather(
                self.provider.owned(request.terms.e164),
                self.provider.find(request.terms.e164),
                self._balance(request.terms.currency),
            )
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

    async def _confirm(self, held: Claim, request: PurchaseRequest, refused: plans.RefusedCall) -> None:
        """The one read that these refusals need before they are believed; what was answered is on disk.

        Raises `TryLater` while own numbers cannot be read, for as long as an approval lasts.
        """
        try:
            outcome = _confirmed(request, refused.refusal, await self.provider.owned(request.terms.e164))
        except ProviderUnavailable as unavailable:
            if self.units.clock.now() < refused.at + APPROVAL_LASTS:
                raise TryLater(backoff(held.claims), unavailable.reason) from unavailable
            outcome = _doubtful(refused.refusal, unavailable.reason)
        await self._keep(held, Answered(request.id, refused.attempt, outcome, self.units.clock.now()))


def _confirmed(request: PurchaseRequest, refused: Refused, owned: OwnedNumber | None) -> Outcome:
    """Own numbers did not have it right before the call: having it now means since then, whatever was answered.

    What another account has, a master's sub-account for one, this call did not buy.
    """
    if owned is None or not owned.may_be_of(request.terms.account):
        return refused
    if refused.why is Refusal.NOT_IN_INVENTORY and owned.is_usable:
        return Bought(number=owned, provider_request_id=refused.provider_request_id, answered_not_found=True)
    return _doubtful(refused, "owned after a refusal")


def _keep_refusal(unit: Unit, held: Claim, refused: plans.RefusedCall) -> None:
    """Whoever has the row from now on knows what was answered."""
    queue.rewrite(unit.connection, held, plans.Purchase(refused=refused))


def _doubtful(refused: Refused, why: str) -> Unknown:
    return Unknown(
        reason=f"{refused.why.value}_unconfirmed",
        message=f"{refused.message} ({why})",
        provider_request_id=refused.provider_request_id,
    )


def _to_buy(unit: Unit, held: Claim) -> tuple[PurchaseRequest | None, Sequence[str]]:
    """And whose votes approved it.

    Raises `TryLater` while the card does not stand in the channel: money moves only where the trail is. And while
    nobody knows yet whether this database is only new, or another one was lost.
    """
    request = None if held.request is None else requests.get(unit.connection, held.request)
    if request is None or request.status is not Status.APPROVED:
        return request, []
    if cards.get(unit.connection, request.card).ts is None:
        raise TryLater(CARD_IS_AWAITED, "the card does not stand yet")
    if queue.is_there(unit.connection, plans.Beginning):
        raise TryLater(CARD_IS_AWAITED, "own numbers were not read since the database was made")
    until = attempts.waits_until(unit.connection)
    if until is not None and unit.now < until:
        raise TryLater(min(until - unit.now, LONGEST_PAUSE), "the provider asked to wait")
    return request, votes.counted(unit.connection, request)
