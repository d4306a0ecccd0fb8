"""Submit: somebody asks for a number; it becomes a request with a card, or words to the caller alone."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.clock import Clock
from bot.domain.audit import BOT, Event, Facts
from bot.domain.looks import SETTLED_AFTER
from bot.domain.money import Money
from bot.domain.numbers import Listing
from bot.domain.places import Places
from bot.domain.policy import Allowed, Approvers, NotAllowed, Reason, may_request
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.similar import similar_of
from bot.domain.terms import NotForSale, Terms
from bot.services.acts import Act, Ask, AskAgain
from bot.services.budget import over_budget
from bot.services.letters import CardLetter
from bot.services.people import who
from bot.services.ports import Balance, People, PeopleUnavailable, Provider, ProviderUnavailable
from bot.services.reconcile.sweep import first_sweep_from
from bot.services.rules import Rules
from bot.services.transitions import await_call, await_decision, move, refresh_homes, refuse, reply, terms_facts
from bot.store import attempts, audit, budgets, cards, control, requests
from bot.store.store import Store
from bot.work import queue
from bot.work.queue import Claim, Kind

READ_WITHIN = timedelta(seconds=9)
"""Whoever asked hears within ten seconds that the provider cannot be read, however long it took to have a turn."""

WARNINGS_WITHIN = 1.5
"""Seconds: reading the number comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the provider said about the number; `balance` is `None` when it did not say.

    `approvers` are there when a second approval may be needed, and Slack said who they are.
    """

    listing: Listing
    balance: Balance | None
    approvers: Approvers | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Judges what was asked for: by a full member and where that is allowed, a number on sale with all its prices.

    There is no other request for it either.
    """

    store: Store
    provider: Provider
    people: People
    clock: Clock
    rules: Rules

    async def judge(self, held: Claim) -> None:
        """Raises `TryLater` while Slack cannot say who asked."""
        await self._judge(held, Ask.model_validate_json(held.payload))

    async def judge_again(self, held: Claim) -> None:
        """A new request by whoever clicked, freshly priced. Raises `TryLater` while Slack cannot say who that is."""
        act = AskAgain.model_validate_json(held.payload)
        found = await self.store.read(lambda connection: _asked_before(connection, act, self.rules.places))
        if isinstance(found, Ask):
            await self._judge(held, found)
            return
        now = self.clock.now()
        await self.store.write(lambda connection: _refuse(connection, held, act, found, now))

    async def _judge(self, held: Claim, ask: Ask) -> None:
        found = await self._consider(held, ask)
        now = self.clock.now()
        if isinstance(found, NotAllowed):
            await self.store.write(lambda connection: _refuse(connection, held, ask, found, now))
        else:
            await self._keep(lambda connection: self._submit(connection, held, ask, found, now))

    async def _keep(self, submit: Callable[[Connection], None]) -> None:
        """The database refuses the second of two requests for one number; looked at again, the first one shows."""
        try:
            await self.store.write(submit)
        except IntegrityError:
            await self.store.write(submit)

    async def _consider(self, held: Claim, ask: Ask) -> Offer | NotAllowed:
        place = self.rules.places.may_ask_in(ask.channel)
        if isinstance(place, NotAllowed):
            return place
        person = await who(self.people, ask, self.clock.now())
        if isinstance(person, NotAllowed):
            return person
        verdict = may_request(person)
        if isinstance(verdict, NotAllowed):
            return verdict
        left = self._seconds_left(held, ask)
        if left is not None and left <= 0:
            return NotAllowed(Reason.PROVIDER_UNREADABLE, {"e164": ask.e164, "why": "waited"})
        try:
            listing, owned = await asyncio.gather(
                self.provider.find(ask.e164, within=left), self.provider.owned(ask.e164, within=left)
            )
        except ProviderUnavailable as unavailable:
            return NotAllowed(Reason.PROVIDER_UNREADABLE, {"e164": ask.e164, "why": unavailable.reason})
        if owned is not None:
            return NotAllowed(Reason.ALREADY_OURS, {"e164": ask.e164})
        if listing is None:
            return NotAllowed(Reason.NOT_IN_INVENTORY, {"e164": ask.e164})
        balance, approvers = await asyncio.gather(self._balance(listing), self._approvers())
        return Offer(listing=listing, balance=balance, approvers=approvers)

    def _seconds_left(self, held: Claim, ask: Ask) -> float | None:
        """For reading the provider. `None` for whoever had a turn before and lost the time to Slack, or to a crash."""
        left = (ask.at + READ_WITHIN - self.clock.now()).total_seconds()
        return None if left <= 0 and held.claims > 1 else left

    async def _balance(self, listing: Listing) -> Balance | None:
        """Worth a warning on the card, and no waiting: right before the purchase it is read again."""
        if listing.setup_fee is None:
            return None
        try:
            async with asyncio.timeout(WARNINGS_WITHIN):
                return await self.provider.balance(listing.setup_fee.currency)
        except (ProviderUnavailable, TimeoutError):
            return None

    async def _approvers(self) -> Approvers | None:
        """Worth a warning too: of two approvers one cannot approve what they ask for, and the second vote never comes.

        At every vote they are read again.
        """
        if self.rules.limits.second_above is None or self.rules.limits.self_approval:
            return None
        try:
            async with asyncio.timeout(WARNINGS_WITHIN):
                return await self.people.approvers()
        except (PeopleUnavailable, TimeoutError):
            return None

    def _submit(self, connection: Connection, held: Claim, ask: Ask, offer: Offer, now: datetime) -> None:
        listing = offer.listing
        try:
            terms = Terms.offered(listing, self.provider.account)
        except NotForSale as reason:
            refusal = NotAllowed(Reason.NOT_FOR_SALE, {"e164": ask.e164, "missing": reason.missing})
            _refuse(connection, held, ask, refusal, now)
            return
        verdict = _is_free(connection, terms, ask)
        if isinstance(verdict, NotAllowed):
            _refuse(connection, held, ask, verdict, now)
            return
        queue.finish(connection, held)
        frozen = control.is_frozen(connection)
        request = self._new(ask, listing, terms, now)
        cards.add(connection, request.card, self.rules.places.approval_channel or ask.channel)
        requests.add(connection, request)
        if self.rules.limits.is_automatic(terms):
            budgets.lock(connection, self.rules.month(now), terms.currency)
        needed = self.rules.limits.votes_needed(terms.charge)
        warnings = {**_shortfall(terms.charge, offer.balance), **_too_few(request, offer.approvers, needed)}
        facts = {**_facts(request), **warnings, "frozen": frozen}
        entry = audit.append(connection, at=now, actor=ask.user, event=Event.REQUESTED, request=request.id, facts=facts)
        request = requests.entered(connection, request, entry.seq)
        refresh_homes(connection, now=now)
        letter = CardLetter(requester=ask.by)
        queue.add(connection, Kind.CARD, now=now, request=request.id, payload=letter.model_dump_json())
        if not self._approve_automatically(connection, request, now, frozen=frozen):
            await_decision(connection, request, self.rules.times, now=now)

    def _approve_automatically(
        self, connection: Connection, request: PurchaseRequest, now: datetime, *, frozen: bool
    ) -> bool:
        """Once, here, without a vote: a small charge that binds nobody, while the month's budget has room for it."""
        limits, charge = self.rules.limits, request.terms.charge
        if not limits.is_automatic(request.terms) or frozen:
            return False
        if over_budget(connection, request, self.rules, now=now, reserves=True) is not None:
            return False
        limit = (limits.auto_up_to or {})[charge.currency]
        facts: Facts = {**terms_facts(request.terms), "automatic": True, "limit": limit.plain()}
        approved = request.approved(now, automatically=True)
        moved, entry = move(connection, request, approved, now=now, actor=BOT, event=Event.APPROVED, facts=facts)
        reply(connection, entry, now=now)
        await_call(connection, moved, now=now)
        return True

    def _new(self, ask: Ask, listing: Listing, terms: Terms, now: datetime) -> PurchaseRequest:
        return PurchaseRequest(
            id=RequestId(secrets.token_hex(16)),
            card=secrets.token_hex(16),
            team=ask.team,
            channel=ask.channel,
            requester=ask.user,
            reason=ask.reason,
            terms=terms,
            country=listing.country,
            region=listing.region,
            capabilities=listing.capabilities,
            is_private=ask.is_private,
            created_at=now,
            expires_at=now + self.rules.times.expires_after,
        )


def _is_free(connection: Connection, terms: Terms, ask: Ask) -> NotAllowed | Allowed:
    if ask.digest is not None and ask.digest != terms.digest:
        return NotAllowed(Reason.TERMS_CHANGED, {"shown": ask.digest, "present": terms.digest})
    other = requests.open_for(connection, terms.e164)
    if other is not None:
        return NotAllowed(Reason.ALREADY_REQUESTED, {"e164": terms.e164, **_known_of(connection, other, ask)})
    unsettled = [attempt for attempt in attempts.of_number(connection, terms.e164) if attempt.is_unsettled]
    if unsettled:
        until = first_sweep_from(connection, max(attempt.call_ended for attempt in unsettled) + SETTLED_AFTER)
        is_alerted = any(attempt.alerted_at is not None for attempt in unsettled)
        evidence: Facts = {"e164": terms.e164, "until": until.isoformat(), "is_alerted": is_alerted}
        return NotAllowed(Reason.UNSETTLED, evidence)
    return Allowed()


def _known_of(connection: Connection, other: PurchaseRequest, ask: Ask) -> Facts:
    """Whose request it is and where its card stands, unless that is private and not the caller's own."""
    is_own = (other.team, other.requester) == (ask.team, ask.user)
    if other.is_private and not is_own:
        return {"request": other.id}
    channel = cards.get(connection, other.card).channel
    return {"request": other.id, "requester": other.requester, "channel": channel}


def _asked_before(connection: Connection, act: AskAgain, places: Places) -> Ask | NotAllowed:
    """What asking again means: the same number and reason, or a similar number for the same reason.

    In the channel where it is clicked; in that of approvals, where nobody need be allowed to ask, where it was asked
    for before.
    """
    before = requests.get(connection, act.request)
    if before is None:
        return NotAllowed(Reason.NO_SUCH_REQUEST, {"request": act.request})
    if before.is_open or before.status is Status.PURCHASED:
        return NotAllowed(Reason.NOT_TO_BE_ASKED_AGAIN, {"status": before.status.value})
    number = before.terms.e164
    if act.digest != before.terms.digest:
        offered = [option for option in similar_of(audit.get(connection, before.cause)) if option.digest == act.digest]
        if not offered:
            return NotAllowed(Reason.NO_SUCH_REQUEST, {"request": act.request})
        number = offered[0].e164
    return Ask(
        team=act.team,
        trigger_id=act.trigger_id,
        by=act.by,
        channel=before.channel if act.channel in (None, places.approval_channel) else act.channel,
        e164=number,
        reason=before.reason,
        is_private=before.is_private,
    )


def _refuse(connection: Connection, held: Claim, ask: Act, refusal: NotAllowed, now: datetime) -> None:
    queue.finish(connection, held)
    refuse(connection, ask, Event.REQUEST_REFUSED, refusal, now=now)


def _shortfall(charge: Money, balance: Balance | None) -> Facts:
    """What the account lacks, if it does; a postpaid one may go below zero."""
    if balance is None or balance.available >= charge.amount:
        return {}
    available = Money.at_most(balance.available, charge.currency)
    return {"available": available.plain(), "may_overdraw": balance.may_overdraw}


def _too_few(request: PurchaseRequest, approvers: Approvers | None, needed: int) -> Facts:
    """How many can approve it, if that many are not enough; whoever asked is not among them."""
    if approvers is None:
        return {}
    able = len(approvers.users - {request.requester})
    return {} if able >= needed else {"can_approve": able}


def _facts(request: PurchaseRequest) -> Facts:
    return {
        **terms_facts(request.terms),
        "reason": request.reason,
        "team": request.team,
        "channel": request.channel,
        "country": request.country,
        "region": request.region,
        "expires_at": request.expires_at.isoformat(),
    }
