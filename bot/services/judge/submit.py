"""Submit: somebody asks for a number; it becomes a request with a card, or words to the caller alone."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from bot.domain import basket, refusals, terms
from bot.domain.basket import MOST
from bot.domain.numbers import E164, Listing
from bot.domain.places import may_ask_in
from bot.domain.policy import Allowed, Approvers, Permission, may_cost, may_take_part
from bot.domain.refusals import NotAllowed
from bot.domain.request import Status
from bot.domain.rules import Rules
from bot.domain.terms import Terms
from bot.services.acts import Ask, AskAgain
from bot.services.judge.requesting import Offer, request_all
from bot.services.offers import in_the_way
from bot.services.people import PeopleData
from bot.services.ports import Balance, PeopleUnavailable, Provider, ProviderUnavailable
from bot.services.tell.queries import offered_for
from bot.services.transitions import refuse
from bot.services.unit import Unit, Units
from bot.store import control, requests
from bot.work.queue import Claim

READ_WITHIN = timedelta(seconds=9)
"""Whoever asked hears within ten seconds that the provider cannot be read, however many ask beside them."""

READ_GETS = 3.0
"""Seconds at least while the provider answers: what our own queue took of the ten is no fault of its."""

WARNINGS_WITHIN = 1.5
"""Seconds: reading the number comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Judges what was asked for: by a full member and where that is allowed, a number on sale with all its prices.

    There is no other request for it either. Of a basket that goes for every number, or for none: whoever picked a set
    hears what is wrong with which, and nothing is asked for that they did not pick.
    """

    units: Units
    provider: Provider
    people: PeopleData
    sold_in: set[str] = field(default_factory=set)
    """The currencies of what was asked for last: the next is likely sold in the same."""

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
        size = _may_be_so_many(len(ask.numbers), self.units.rules)
        if isinstance(size, NotAllowed):
            return size
        person = await self.people.allowed(ask, may_take_part)
        if isinstance(person, NotAllowed):
            return person
        left = self._seconds_left(ask)
        expected = frozenset(self.sold_in if left > 0 else ())
        reading = asyncio.create_task(self._balances(expected))
        try:
            found = await asyncio.gather(*(self._found(number, left) for number in ask.numbers))
            if refused := [one for one in found if isinstance(one, NotAllowed)]:
                return _of_all(ask, refused)
            balances = await reading
        finally:
            reading.cancel()
        listings = [one for one in found if isinstance(one, Listing)]
        currencies = {one.setup_fee.currency for one in listings if one.setup_fee is not None}
        more, approvers = await asyncio.gather(self._balances(currencies - expected), self._approvers())
        self.sold_in.clear()
        self.sold_in.update(currencies)
        balances |= more
        account = self.provider.account
        return Offer(asker=person, account=account, listings=listings, balances=balances, approvers=approvers)

    async def _found(self, number: E164, left: float) -> Listing | NotAllowed:
        """As it is on sale."""
        if left <= 0:
            return refusals.ProviderUnreadable(e164=number, why="waited")
        try:
            listing, owned = await asyncio.gather(
                self.provider.find(number, within=left), self.provider.owned(number, within=left)
            )
        except ProviderUnavailable as unavailable:
            return refusals.ProviderUnreadable(e164=number, why=unavailable.reason)
        if owned is not None:
            return refusals.AlreadyOurs(e164=number)
        return refusals.NotInInventory(e164=number) if listing is None else listing

    def _seconds_left(self, ask: Ask) -> float:
        """For reading the provider; none are left when it is the provider that kept everybody waiting."""
        left = (ask.at + READ_WITHIN - self.units.clock.now()).total_seconds()
        return left if self.provider.is_silent else max(left, READ_GETS)

    async def _balances(self, currencies: Collection[str]) -> dict[str, Balance]:
        """Worth a warning on the card, and no waiting: right before the purchase they are read again."""
        found = await asyncio.gather(*map(self._balance, currencies))
        return {currency: told for currency, told in zip(currencies, found, strict=True) if told is not None}

    async def _balance(self, currency: str) -> Balance | None:
        try:
            async with asyncio.timeout(WARNINGS_WITHIN):
                return await self.provider.balance(currency)
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
        offered = _offered(offer)
        if refused := [one for one in offered if isinstance(one, NotAllowed)]:
            refuse(unit, ask, _of_all(ask, refused))
            return
        on_sale = [one for one in offered if isinstance(one, Terms)]
        counts_the_day = unit.rules.max_purchases_per_day is not None and unit.rules.is_automatic(*on_sale)
        frozen = control.is_frozen(unit.connection, alone=counts_the_day)
        unit = unit.at(self.units.clock.now())
        asker = self.people.fresh(ask, offer.asker, unit.now)
        verdict = asker if isinstance(asker, NotAllowed) else _can_all_be_asked(unit, on_sale, ask)
        if isinstance(verdict, NotAllowed):
            refuse(unit, ask, verdict)
        else:
            request_all(unit, ask, offer, on_sale, frozen=frozen)


def _may_be_so_many(asked: int, rules: Rules) -> Permission:
    """A basket that no day has room for would never be approved."""
    if asked > MOST:
        return refusals.BasketTooLarge(asked=asked, most=MOST)
    a_day = rules.max_purchases_per_day
    if a_day is not None and asked > a_day and asked > 1:
        return refusals.BasketTooLarge(asked=asked, most=a_day, a_day=True)
    return Allowed()


def _of_all(ask: Ask, refused: Sequence[NotAllowed]) -> NotAllowed:
    """Of a basket with each number that is the reason."""
    return refusals.BasketRefused.of(refused) if len(ask.numbers) > 1 else refused[0]


def _offered(offer: Offer) -> list[Terms | refusals.NotForSale]:
    offered: list[Terms | refusals.NotForSale] = []
    for listing in offer.listings:
        try:
            offered.append(Terms.offered(listing, offer.account))
        except terms.NotForSale as reason:
            offered.append(refusals.NotForSale(e164=listing.e164, missing=reason.missing))
    if not basket.can_be_kept([one for one in offered if isinstance(one, Terms)]):
        return [refusals.NotForSale(e164=each.e164, missing=terms.IMPOSSIBLE_FEES) for each in offer.listings]
    return offered


def _can_all_be_asked(unit: Unit, offered: Sequence[Terms], ask: Ask) -> Permission:
    present = basket.digest([one.digest for one in offered])
    if ask.digest is not None and ask.digest != present:
        return refusals.TermsChanged(shown=ask.digest, present=present)
    verdicts = [_can_be_asked(unit, one, ask) for one in offered]
    refused = [verdict for verdict in verdicts if isinstance(verdict, NotAllowed)]
    return _of_all(ask, refused) if refused else Allowed()


def _can_be_asked(unit: Unit, offered: Terms, ask: Ask) -> Permission:
    """Not too dear, and with nothing else for the number that is open or may still be bought."""
    cost = may_cost(offered, unit.rules)
    if isinstance(cost, NotAllowed):
        return cost
    return in_the_way(unit, offered.e164, ask) or Allowed()


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
