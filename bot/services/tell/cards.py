"""Cards: posted where they do not stand, rewritten where they do, posted anew when somebody deleted them.

Every writer of a card keeps which entry it showed, and plans a rewrite when the request has gone on since: so whoever
comes last, and whatever overtakes what, a card shows the present state in the end.
"""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from bot.domain import refusals, trail
from bot.domain.request import UNTIL_THE_CALL_LEAVES, PurchaseRequest, RequestId
from bot.domain.shown import OnCard, Shown
from bot.services.acts import Address
from bot.services.letters import CardLetter, ReplyTo, Rewrite, Words
from bot.services.ports import CannotEdit, MessageGone, Messenger
from bot.services.tell.delivering import MayHaveArrived, carry, delivering, known_repeat
from bot.services.tell.queries import basket_now, shown_now
from bot.services.transitions import catch_up, move_together
from bot.services.unit import Keeps, Unit, Units
from bot.store import cards, requests
from bot.store.cards import Card
from bot.work import queue
from bot.work.queue import Claim
from bot.work.retry import CannotSucceed, TryLater, backoff

log: structlog.stdlib.BoundLogger = structlog.get_logger()

POSTING_IS_AWAITED = 5
"""How often words that name a card look whether it stands, ever less often, before they go all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A card as it is, and what it is to show. `thread` is what the work on it is filed under."""

    thread: RequestId
    shown: OnCard
    card: Card
    copies: Sequence[Card]

    @property
    def needs_buttons(self) -> bool:
        """Somebody does, of the request or of one of a basket."""
        members = (self.shown,) if isinstance(self.shown, Shown) else self.shown.members
        return any(
            shown.request.is_open or (shown.attempt is not None and shown.attempt.is_alerted) for shown in members
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """Its methods raise `TryLater` and `CannotSucceed`."""

    units: Units
    messenger: Messenger

    async def card(self, held: Claim, letter: CardLetter) -> None:
        """Posts the card as the database has it now, unless it stands."""
        standing = await self.units.read(_standing, held.request)
        if standing.card.ts is None:
            await self._post(held, letter, standing, self.units.finish)
        else:
            await self.units.insist(lambda: self.units.finish(held, _catch_up, standing))

    async def have_it_stand(self, held: Claim, letter: ReplyTo) -> None:
        """Posts the card that a reply belongs to, unless it stands."""
        standing = await self.units.read(_standing, held.request)
        if standing.card.ts is None:
            await self._post(held, letter, standing, self.units.write)

    async def rewrite(self, held: Claim, _: Rewrite) -> None:
        """Has a card that stands, and its copies, show what the database has now."""
        standing = await self.units.read(_standing, held.request)
        seq = standing.shown.entry.seq
        behind = [card for card in (standing.card, *standing.copies) if card.ts is not None and card.shown < seq]
        for card in behind:
            await self._rewrite(held, card, standing, self.units.finish if card is behind[-1] else self.units.write)
        if not behind:
            await self.units.insist(lambda: self.units.finish(held, _catch_up, standing))

    async def _post(self, held: Claim, letter: CardLetter | ReplyTo, standing: Standing, keep: Keeps) -> None:
        """The first card that can only fail ends its request, or basket: nothing is bought where no trail can be."""
        requester = letter.requester if isinstance(letter, CardLetter) else None
        letter = await known_repeat(self.units, held, letter, letter.repeating_card())
        channel, shown = standing.card.channel, standing.shown
        try:
            with delivering(held):
                ts = await self.messenger.post_card(channel, shown, is_repeat=letter.card_is_repeat)
        except MayHaveArrived:
            await carry(self.units, held, letter.repeating_card())
            raise
        except CannotSucceed as reason:
            if requester is None:
                raise
            await keep(held, _give_up, standing, requester, reason.reason)
            return
        await self.units.insist(lambda: keep(held, _stands, ts, standing))

    async def _rewrite(self, held: Claim, card: Card, standing: Standing, keep: Keeps) -> None:
        """Of a card that stands."""
        try:
            with delivering(held):
                await self.messenger.rewrite_card(card.channel, card.ts or "", standing.shown)
        except (MessageGone, CannotEdit) as refused:
            log.warning("card cannot be rewritten", request=standing.thread, ts=card.ts, reason=str(refused))
            await keep(held, _lose, card, standing, stands=isinstance(refused, CannotEdit))
        else:
            await keep(held, _rewritten, card, standing)

    async def see_that_they_stand(self, held: Claim, named: Sequence[RequestId]) -> None:
        """Has cards that somebody deleted posted again; Slack tells of that when they are to be rewritten."""
        for request in named if held.claims == 1 else ():
            standing = await self.units.read(_standing, request)
            if standing.card.ts is not None:
                with suppress(TryLater, CannotSucceed):
                    await self._rewrite(held, standing.card, standing, self.units.write)
        now = [await self.units.read(_standing, request) for request in named]
        if any(one.card.ts is None for one in now) and held.claims < POSTING_IS_AWAITED:
            raise TryLater(backoff(held.claims), "the card is posted first")


def have_its_card_seen_to(unit: Unit, request: PurchaseRequest) -> None:
    """Has it rewritten though nothing happened, as words name it: if somebody deleted it, it is posted again."""
    cards.rewritten(unit.connection, request.card, shown=0)
    catch_up(unit, request.thread, 0)


def _standing(unit: Unit, about: RequestId | None) -> Standing:
    """Of a request, or of the basket that it is in, or that this is."""
    request = None if about is None else requests.get(unit.connection, about)
    thread: RequestId
    shown: OnCard
    if request is not None and not request.is_in_basket:
        thread, shown, first = request.id, shown_now(unit, request), request.card
    else:
        basket = about if request is None else request.thread
        found = None if basket is None else basket_now(unit, basket)
        if basket is None or found is None:
            raise CannotSucceed("there is no such request")
        thread, shown, first = basket, found, basket
    card, *copies = cards.with_copies(unit.connection, first)
    return Standing(thread=thread, shown=shown, card=card, copies=copies)


def _stands(unit: Unit, ts: str, standing: Standing) -> None:
    """Keeps where the card stands; a click that came before Slack's answer may have told of this message or another."""
    card, shown = standing.card, standing.shown.entry.seq
    stood_at = cards.lock(unit.connection, card.id).ts
    if stood_at is None or stood_at == ts:
        cards.posted(unit.connection, card.id, ts=ts, shown=shown, at=unit.now)
    elif cards.standing_at(unit.connection, card.channel, ts) is None:
        _remember_copy(unit, card, ts)
        shown = 0  # whoever rewrites just now has not seen it
    catch_up(unit, standing.thread, shown)


def _rewritten(unit: Unit, card: Card, standing: Standing) -> None:
    cards.rewritten(unit.connection, card.id, shown=standing.shown.entry.seq)
    _catch_up(unit, standing)


def _catch_up(unit: Unit, standing: Standing) -> None:
    """Plans a rewrite for what happened since it was read: whoever moved the request may not have seen a card stand."""
    first = cards.lock(unit.connection, standing.card.id)
    if first.ts is not None:
        catch_up(unit, standing.thread, first.shown)


def _lose(unit: Unit, card: Card, standing: Standing, *, stands: bool) -> None:
    """A card whose buttons somebody needs is posted anew; others stay as they are, and their threads say the end.

    The old message, if it `stands`, is a copy from then on.
    """
    if card.ts is None or card.copy_of is not None or not standing.needs_buttons:
        cards.rewritten(unit.connection, card.id, shown=standing.shown.entry.seq)
    elif cards.lost(unit.connection, card.id, ts=card.ts):
        queue.add(unit.connection, CardLetter(), now=unit.now, request=standing.thread)
        if stands:
            _remember_copy(unit, card, card.ts)
    _catch_up(unit, standing)


def _remember_copy(unit: Unit, card: Card, ts: str) -> None:
    copy = secrets.token_hex(16)
    cards.remember_copy(unit.connection, card.id, copy=copy, channel=card.channel, ts=ts, at=unit.now)


def _give_up(unit: Unit, standing: Standing, requester: Address, code: str) -> None:
    thread = standing.thread
    locked = requests.lock_together(unit.connection, requests.decided_with(unit.connection, thread))
    ended = [request for request in locked if request.status in UNTIL_THE_CALL_LEAVES]
    if not ended:
        return
    told = trail.Withdrawn(why="card_not_posted", code=code)
    move_together(unit, ended, lambda request: request.withdrawn(unit.now), lambda _: told, silently=True)
    for letter in (CardLetter, Rewrite, ReplyTo):
        queue.drop(unit.connection, letter, thread)
    refusal = refusals.CardNotPosted(why="card_not_posted", code=code)
    queue.add(unit.connection, Words.of(refusal, requester, request=ended[0].id), now=unit.now)
