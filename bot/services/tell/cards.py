"""Cards: posted where they do not stand, rewritten where they do, posted anew when somebody deleted them.

Every writer of a card keeps which entry it showed, and plans a rewrite when the request has gone on since: so whoever
comes last, and whatever overtakes what, a card shows the present state in the end.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass

import structlog

from bot.domain import refusals, trail
from bot.domain.request import UNTIL_THE_CALL_LEAVES, RequestId
from bot.domain.shown import Shown
from bot.services.acts import Address
from bot.services.letters import CardLetter, ReplyTo, Rewrite, Words
from bot.services.ports import CannotEdit, MessageGone, Messenger
from bot.services.tell.delivering import MayHaveArrived, carry, delivering, known_repeat
from bot.services.tell.queries import shown_now
from bot.services.transitions import catch_up, move
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
class Cards:
    """Its methods raise `TryLater` and `CannotSucceed`."""

    units: Units
    messenger: Messenger

    async def card(self, held: Claim, letter: CardLetter) -> None:
        """Posts the card as the database has it now, unless it stands."""
        shown, card, _ = await self.units.read(_standing, held.request)
        if card.ts is None:
            await self._post(held, letter, card, shown, self.units.finish)
        else:
            await self.units.insist(lambda: self.units.finish(held, _catch_up, shown))

    async def have_it_stand(self, held: Claim, letter: ReplyTo) -> None:
        """Posts the card that a reply belongs to, unless it stands."""
        shown, card, _ = await self.units.read(_standing, held.request)
        if card.ts is None:
            await self._post(held, letter, card, shown, self.units.write)

    async def rewrite(self, held: Claim, _: Rewrite) -> None:
        """Has a card that stands, and its copies, show what the database has now."""
        shown, first, copies = await self.units.read(_standing, held.request)
        behind = [card for card in (first, *copies) if card.ts is not None and card.shown < shown.entry.seq]
        for card in behind:
            await self._rewrite(held, card, shown, self.units.finish if card is behind[-1] else self.units.write)
        if not behind:
            await self.units.insist(lambda: self.units.finish(held, _catch_up, shown))

    async def _post(self, held: Claim, letter: CardLetter | ReplyTo, card: Card, shown: Shown, keep: Keeps) -> None:
        """The first card that can only fail ends its request: nothing is bought where the trail cannot be."""
        requester = letter.requester if isinstance(letter, CardLetter) else None
        letter = await known_repeat(self.units, held, letter, letter.repeating_card())
        try:
            with delivering(held):
                ts = await self.messenger.post_card(card.channel, shown, is_repeat=letter.card_is_repeat)
        except MayHaveArrived:
            await carry(self.units, held, letter.repeating_card())
            raise
        except CannotSucceed as reason:
            if requester is None:
                raise
            await keep(held, _give_up, shown, requester, reason.reason)
            return
        await self.units.insist(lambda: keep(held, _stands, card, ts, shown))

    async def _rewrite(self, held: Claim, card: Card, shown: Shown, keep: Keeps) -> None:
        """Of a card that stands."""
        try:
            with delivering(held):
                await self.messenger.rewrite_card(card.channel, card.ts or "", shown)
        except (MessageGone, CannotEdit) as refused:
            log.warning("card cannot be rewritten", request=shown.request.id, ts=card.ts, reason=str(refused))
            await keep(held, _lose, card, shown, stands=isinstance(refused, CannotEdit))
        else:
            await keep(held, _rewritten, card, shown)

    async def see_that_it_stands(self, held: Claim, request: RequestId) -> None:
        """Has a card that somebody deleted posted again; Slack tells of that when it is to be rewritten."""
        shown, card, _ = await self.units.read(_standing, request)
        if card.ts is not None and held.claims == 1:
            with suppress(TryLater, CannotSucceed):
                await self._rewrite(held, card, shown, self.units.write)
            _, card, _ = await self.units.read(_standing, request)
        if card.ts is None and held.claims < POSTING_IS_AWAITED:
            raise TryLater(backoff(held.claims), "the card is posted first")


def _standing(unit: Unit, about: RequestId | None) -> tuple[Shown, Card, list[Card]]:
    """What is to be shown, the card, and its copies."""
    request = None if about is None else requests.get(unit.connection, about)
    if request is None:
        raise CannotSucceed("there is no such request")
    card, *copies = cards.with_copies(unit.connection, request.card)
    return shown_now(unit, request), card, copies


def _stands(unit: Unit, card: Card, ts: str, shown: Shown) -> None:
    """Keeps where the card stands; a click that came before Slack's answer may have told of this message or another."""
    known = cards.lock(unit.connection, card.id).ts
    if known is None or known == ts:
        cards.posted(unit.connection, card.id, ts=ts, shown=shown.entry.seq, at=unit.now)
    elif cards.standing_at(unit.connection, card.channel, ts) is None:
        _remember_copy(unit, card, ts)
    _catch_up(unit, shown)


def _rewritten(unit: Unit, card: Card, shown: Shown) -> None:
    cards.rewritten(unit.connection, card.id, shown=shown.entry.seq)
    _catch_up(unit, shown)


def _catch_up(unit: Unit, shown: Shown) -> None:
    """Plans a rewrite for what happened since it was read: whoever moved the request may not have seen a card stand."""
    first = cards.lock(unit.connection, shown.request.card)
    if first.ts is not None:
        catch_up(unit, shown.request.id, first.shown)


def _lose(unit: Unit, card: Card, shown: Shown, *, stands: bool) -> None:
    """A card whose buttons somebody needs is posted anew; others stay as they are, and their threads say the end.

    The old message, if it `stands`, is a copy from then on.
    """
    needs_people = shown.attempt is not None and shown.attempt.is_alerted
    if card.ts is None or card.copy_of is not None or not (shown.request.is_open or needs_people):
        cards.rewritten(unit.connection, card.id, shown=shown.entry.seq)
    elif cards.lost(unit.connection, card.id, ts=card.ts):
        queue.add(unit.connection, CardLetter(), now=unit.now, request=shown.request.id)
        if stands:
            _remember_copy(unit, card, card.ts)
    _catch_up(unit, shown)


def _remember_copy(unit: Unit, card: Card, ts: str) -> None:
    copy = secrets.token_hex(16)
    cards.remember_copy(unit.connection, card.id, copy=copy, channel=card.channel, ts=ts, at=unit.now)


def _give_up(unit: Unit, shown: Shown, requester: Address, code: str) -> None:
    request = requests.lock(unit.connection, shown.request.id)
    if request is None or request.status not in UNTIL_THE_CALL_LEAVES:
        return
    told = trail.Withdrawn(why="card_not_posted", code=code)
    move(unit, request, request.withdrawn(unit.now), told, silently=True)
    for letter in (CardLetter, Rewrite, ReplyTo):
        queue.drop(unit.connection, letter, request.id)
    refusal = refusals.CardNotPosted(why="card_not_posted", code=code)
    queue.add(unit.connection, Words.of(refusal, requester, request=request.id), now=unit.now)
