"""Submit: somebody asks for a number; it becomes a request with a card, or words to the caller alone."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from bot.domain import refusals, terms, trail
from bot.domain.facts import TermsTold
from bot.domain.looks import SETTLED_AFTER
from bot.domain.money import Money
from bot.domain.numbers import Listing
from bot.domain.places import may_ask_in
from bot.domain.policy import Allowed, Approvers, Permission, Person, may_cost, may_take_part
from bot.domain.refusals import NotAllowed
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.terms import Terms
from bot.services.acts import Ask, AskAgain
from bot.services.budget import full_day, month_told, over_budget
from bot.services.letters import CardLetter
from bot.services.people import PeopleData
from bot.services.ports import Balance, PeopleUnavailable, Provider, ProviderUnavailable
from bot.services.reconcile.sweep import first_sweep_from
from bot.services.tell.queries import offered_for
from bot.services.transitions import await_call, await_decision, move, refresh_homes, refuse
from bot.services.unit import Unit, Units
from bot.store import attempts, audit, budgets, cards, control, requests
from bot.work import queue
from bot.work.queue import Claim

READ_WITHIN = timedelta(seconds=9)
"""Whoever asked hears within ten seconds that the provider cannot be read, however many ask beside them."""

READ_GETS = 3.0
"""Seconds at least while the provider answers: what our own queue took of the ten is no fault of its."""

WARNINGS_WITHIN = 1.5
"""Seconds: reading the number comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the provider said about the number, for whom; `balance` is `None` when it did not say.

    `approvers` are there when a second approval may be needed, and Slack said who they are.
    """

    asker: Person
    account: str
    """The one that would buy."""
    listing: Listing
    balance: Balance | None
    approvers: Approvers | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Judges what was asked for: by a full member and where that is allowed, a number on sale with all its prices.

    There is no other request for it either.
    """

    units: Units
    provider: Provider
    people: PeopleData

    async def judge(self, held: Claim, ask: Ask) -> None:
        """Raises `TryLater` while Slack cannot say who asked, and when waiting for the lock made that too old."""
        found = await self._consider(ask)
        if isinstance(found, NotAllowed):
            await self.units.finish(held, refuse, ask, found)
            return
        try:
            await self.units.finish(held, self._submit, ask, found)
        except IntegrityError:  # the database refuses the second of two requests for one number
            await self.units.finish(held, self._submit, ask, found)

    async def judge_again(self, held: Claim, act: AskAgain) -> None:
        """A new request by whoever clicked, freshly priced. Raises `TryLater` while Slack cannot say who that is."""
        found = await self.units.read(_asked_before, act)
        if isinstance(found, Ask):
            await self.judge(held, found)
        else:
            await self.units.finish(held, refuse, act, found)

    async def _consider(self, ask: Ask) -> Offer | NotAllowed:
        place = may_ask_in(ask.channel, self.units.rules)
        if isinstance(place, NotAllowed):
            return place
        person = await self.people.allowed(ask, may_take_part)
        if isinstance(person, NotAllowed):
            return person
        left = self._seconds_left(ask)
        if left <= 0:
            return refusals.ProviderUnreadable(e164=ask.e164, why="waited")
        try:
            listing, owned = await asyncio.gather(
                self.provider.find(ask.e164, within=left), self.provider.owned(ask.e164, within=left)
            )
        except ProviderUnavailable as unavailable:
            return refusals.ProviderUnreadable(e164=ask.e164, why=unavailable.reason)
        if owned is not None:
            return refusals.AlreadyOurs(e164=ask.e164)
        if listing is None:
            return refusals.NotInInventory(e164=ask.e164)
        balance, approvers = await asyncio.gather(self._balance(listing), self._approvers())
        account = self.provider.account
        return Offer(asker=person, account=account, listing=listing, balance=balance, approvers=approvers)

    def _seconds_left(self, ask: Ask) -> float:
        """For reading the provider; none are left when it is the provider that kept everybody waiting."""
        left = (ask.at + READ_WITHIN - self.units.clock.now()).total_seconds()
        return left if self.provider.is_silent else max(left, READ_GETS)

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
        rules = self.units.rules
        if rules.most_votes_needed == 1 or rules.allow_self_approval:
            return None
        try:
            async with asyncio.timeout(WARNINGS_WITHIN):
                return await self.people.people.approvers()
        except (PeopleUnavailable, TimeoutError):
            return None

    def _submit(self, unit: Unit, ask: Ask, offer: Offer) -> None:
        try:
            offered = Terms.offered(offer.listing, offer.account)
        except terms.NotForSale as reason:
            refuse(unit, ask, refusals.NotForSale(e164=ask.e164, missing=reason.missing))
            return
        counts_the_day = unit.rules.max_purchases_per_day is not None and unit.rules.is_automatic(offered)
        frozen = control.is_frozen(unit.connection, alone=counts_the_day)
        unit = unit.at(self.units.clock.now())
        asker = self.people.fresh(ask, offer.asker, unit.now)
        verdict = asker if isinstance(asker, NotAllowed) else _can_be_asked(unit, offered, ask)
        if isinstance(verdict, NotAllowed):
            refuse(unit, ask, verdict)
        else:
            _ask(unit, ask, offer, offered, frozen=frozen)


def _ask(unit: Unit, ask: Ask, offer: Offer, offered: Terms, *, frozen: bool) -> None:
    request = _new(unit, ask, offer.listing, offered)
    cards.add(unit.connection, request.card, unit.rules.approval_channel or ask.channel)
    requests.add(unit.connection, request)
    if unit.rules.is_automatic(offered):
        budgets.lock(unit.connection, unit.rules.month(unit.now), offered.currency)
    told = _requested(unit, request, offer, frozen=frozen)
    if ask.again is not None:
        told = told.also(again=ask.again)
    entry = audit.append(unit.connection, at=unit.now, actor=ask.user, request=request.id, told=told)
    request = requests.entered(unit.connection, request, entry.seq)
    refresh_homes(unit)
    queue.add(unit.connection, CardLetter(requester=ask.by), now=unit.now, request=request.id)
    if frozen or not _approve_automatically(unit, request):
        await_decision(unit, request)


def _can_be_asked(unit: Unit, offered: Terms, ask: Ask) -> Permission:
    """As it was shown, not too dear, and with nothing else for the number that is open or may still be bought."""
    if ask.digest is not None and ask.digest != offered.digest:
        return refusals.TermsChanged(shown=ask.digest, present=offered.digest)
    cost = may_cost(offered, unit.rules)
    if isinstance(cost, NotAllowed):
        return cost
    other = requests.open_for(unit.connection, offered.e164)
    if other is not None:
        return _already_requested(unit, other, ask)
    tried = attempts.of_number(unit.connection, offered.e164)
    unsettled = [attempt for attempt in tried if attempt.is_unsettled]
    if unsettled:
        until = first_sweep_from(unit, max(attempt.call_ended for attempt in unsettled) + SETTLED_AFTER)
        is_alerted = any(attempt.alerted_at is not None for attempt in unsettled)
        return refusals.Unsettled(e164=offered.e164, until=until, is_alerted=is_alerted)
    return Allowed()


def _already_requested(unit: Unit, other: PurchaseRequest, ask: Ask) -> refusals.AlreadyRequested:
    """With whose it is and where its card stands, unless that is private and not the caller's own."""
    number = other.terms.e164
    if other.is_private and (other.team, other.requester) != (ask.team, ask.user):
        return refusals.AlreadyRequested(e164=number, request=other.id)
    channel = cards.get(unit.connection, other.card).channel
    return refusals.AlreadyRequested(e164=number, request=other.id, requester=other.requester, channel=channel)


def _asked_before(unit: Unit, act: AskAgain) -> Ask | NotAllowed:
    """What asking again means: the same number and reason, or a similar number for the same reason.

    In the channel where it is clicked; in that of approvals, where nobody need be allowed to ask, where it was asked
    for before.
    """
    before = requests.get(unit.connection, act.request)
    if before is None:
        return refusals.NoSuchRequest(request=act.request)
    if before.is_open or before.status is Status.PURCHASED:
        return refusals.NotToBeAskedAgain(status=before.status.value)
    number = before.terms.e164
    if act.digest != before.terms.digest:
        offered = [option for option in offered_for(unit, before) if option.digest == act.digest]
        if not offered:
            return refusals.NoSuchRequest(request=act.request)
        number = offered[0].e164
    return Ask(
        team=act.team,
        trigger_id=act.trigger_id,
        by=act.by,
        channel=before.channel if act.channel in (None, unit.rules.approval_channel) else act.channel,
        e164=number,
        reason=before.reason,
        is_private=before.is_private,
        again=before.id,
    )


def _new(unit: Unit, ask: Ask, listing: Listing, offered: Terms) -> PurchaseRequest:
    return PurchaseRequest(
        id=RequestId(secrets.token_hex(16)),
        card=secrets.token_hex(16),
        team=ask.team,
        channel=ask.channel,
        requester=ask.user,
        reason=ask.reason,
        terms=offered,
        country=listing.country,
        region=listing.region,
        capabilities=listing.capabilities,
        is_private=ask.is_private,
        created_at=unit.now,
        expires_at=unit.now + unit.rules.request_expires_after,
    )


def _requested(unit: Unit, request: PurchaseRequest, offer: Offer, *, frozen: bool) -> trail.Requested:
    """With what those who decide should know.

    What the account lacks (a postpaid one may go below zero), how many can approve it where that is not enough (whoever
    asked is not among them), and how the month stands.
    """
    charge, balance = request.terms.charge, offer.balance
    told = trail.Requested(
        terms=TermsTold.of(request.terms),
        reason=request.reason,
        team=request.team,
        channel=request.channel,
        country=request.country,
        region=request.region,
        expires_at=request.expires_at,
        frozen=frozen,
    )
    if balance is not None and balance.available < charge.amount:
        available = Money.at_most(balance.available, charge.currency)
        told = told.also(available=available, may_overdraw=balance.may_overdraw)
    if offer.approvers is not None:
        able = len(offer.approvers.users - {request.requester})
        if able < unit.rules.votes_needed(request.terms.committed):
            told = told.also(can_approve=able)
    if unit.rules.monthly_budget is not None:
        told = told.also(in_month=month_told(unit, unit.rules.month(unit.now), charge.currency))
    return told


def _approve_automatically(unit: Unit, request: PurchaseRequest) -> bool:
    """Once, here, without a vote: a small charge that binds nobody, while day and month have room for it."""
    rules = unit.rules
    if not rules.is_automatic(request.terms) or full_day(unit) or over_budget(unit, request, reserves=True):
        return False
    limit = (rules.auto_approve_up_to or {})[request.terms.currency]
    told = trail.Approved(terms=TermsTold.of(request.terms), automatic=True, limit=limit)
    moved = move(unit, request, request.approved(unit.now, automatically=True), told)
    await_call(unit, moved)
    return True
