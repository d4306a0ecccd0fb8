"""Purchase: what was approved is read again, the attempt is recorded, the call is made once, and its outcome is kept.

Two transactions with the call between them. The first carries every condition under which money may move; the second
only says what came of it. A worker that finds a request already `purchasing` took over from one that died in between:
nobody knows what that call did, and it is never made again.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.outcome import Bought, Outcome, Refusal, Refused, Unknown
from bot.domain.policy import Approvers
from bot.domain.readiness import Gone, Reading, readiness
from bot.domain.request import PurchaseRequest, Status
from bot.services.buy.alternatives import Offering
from bot.services.buy.outcome import keep_outcome, lost_with_its_process
from bot.services.buy.record import record
from bot.services.people import still_approvers
from bot.services.ports import Balance, People, PeopleUnavailable, Provider, ProviderUnavailable
from bot.services.rules import Rules
from bot.store import cards, requests, votes
from bot.store.store import DatabaseAway, Store
from bot.work import queue
from bot.work.queue import Claim
from bot.work.retry import TryLater, backoff

log: structlog.stdlib.BoundLogger = structlog.get_logger()

RECORDED_IS_FRESH = timedelta(seconds=5)
"""An attempt recorded longer ago than this is dropped: what it was recorded on may not hold any more."""

CARD_IS_AWAITED = timedelta(seconds=1)

DATABASE_IS_AWAITED = 1.0
"""Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchases:
    """The buy lane."""

    store: Store
    provider: Provider
    people: People
    offering: Offering
    clock: Clock
    rules: Rules

    async def buy(self, held: Claim) -> None:
        """Raises `TryLater` while the card does not stand yet, or the provider or Slack cannot be read in time."""
        request = await self.store.read(lambda connection: _to_buy(connection, held))
        if request is not None and request.status is Status.APPROVED:
            await self._buy_approved(held, request)
        elif request is not None and request.status is Status.PURCHASING:
            now = self.clock.now()
            await self.store.write(lambda connection: lost_with_its_process(connection, held, now))
        else:
            await self.store.write(lambda connection: queue.finish(connection, held))

    async def _buy_approved(self, held: Claim, request: PurchaseRequest) -> None:
        reading, approvers = await self._read(held, request)
        attempt = secrets.token_hex(16)
        now = self.clock.now()
        recorded_at = self.clock.monotonic()
        lease_until = now + self.rules.purchase_lease
        if not await self.store.write(
            lambda connection: record(
                connection,
                held,
                request,
                reading,
                approvers,
                self.rules,
                attempt=attempt,
                now=now,
                lease_until=lease_until,
            )
        ):
            return

        def may_leave() -> bool:
            passed = self.clock.monotonic() - recorded_at
            fresh = RECORDED_IS_FRESH.total_seconds()
            wall = self.clock.now()
            in_time = passed <= fresh and now <= wall <= now + RECORDED_IS_FRESH and wall < lease_until
            return in_time and approvers.is_fresh(wall)

        outcome = await self._call(request, may_leave)
        ended = self.clock.now()
        await self._keep(
            lambda connection: keep_outcome(connection, held, outcome, self.rules, attempt=attempt, now=ended)
        )

    async def _keep(self, outcome: Callable[[Connection], None]) -> None:
        """What came of the money is not given up because the database is away; a lost lease ends it."""
        never = asyncio.Event()
        while True:
            try:
                await self.store.write(outcome)
            except DatabaseAway as away:
                log.warning("the outcome waits to be kept", reason=str(away))
                await self.clock.wait(never.wait(), DATABASE_IS_AWAITED)
            else:
                return

    async def _read(self, held: Claim, request: PurchaseRequest) -> tuple[Reading, Approvers]:
        """Slack first: it may be slow, and what the provider says is to be of right before the call.

        Of the provider own numbers first: absent there, then present later, means since the attempt.
        """
        try:
            approvers = await self._approvers_now(request)
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
        if isinstance(readiness(request, reading), Gone):
            reading = replace(reading, similar=await self.offering.instead_of(request))
        return reading, approvers

    async def _balance(self, currency: str) -> Balance | None:
        """One that cannot be read stops nothing: the provider refuses by itself what it does not cover."""
        try:
            return await self.provider.balance(currency)
        except ProviderUnavailable as unavailable:
            log.warning("the balance cannot be read", reason=unavailable.reason)
            return None

    async def _approvers_now(self, request: PurchaseRequest) -> Approvers:
        approvers = await self.people.approvers()
        voters = await self.store.read(lambda connection: votes.counted(connection, request))
        return await still_approvers(self.people, approvers, request.team, voters)

    async def _call(self, request: PurchaseRequest, may_leave: Callable[[], bool]) -> Outcome:
        """The call, and the one look that two of its refusals need before they are believed."""
        terms = request.terms
        seconds = self.rules.call_timeout.total_seconds()
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
        if owned is not None and not owned.may_be_of(request.terms.account):
            owned = None
        if owned is None and refused.why is Refusal.NOT_IN_INVENTORY:
            return replace(refused, similar=await self.offering.instead_of(request))
        if owned is None:
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


def _to_buy(connection: Connection, held: Claim) -> PurchaseRequest | None:
    """Raises `TryLater` while the card does not stand in the channel: money moves only where the trail is."""
    request = None if held.request is None else requests.get(connection, held.request)
    if request is not None and request.status is Status.APPROVED and cards.get(connection, request.card).ts is None:
        raise TryLater(CARD_IS_AWAITED, "the card does not stand yet")
    return request
