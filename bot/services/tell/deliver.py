"""Tell: delivers what waits in the outbox. Slack is a view of the database, so everything is read at delivery.

Deliveries are at-least-once: a card's `ts` is stored when known, a rewrite carries the whole card, and one that a newer
one overtook is dropped. What may have been delivered before says so; of a worker that died, its row's failures tell.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import structlog

from bot.domain import refusals, trail
from bot.domain.audit import Entry
from bot.domain.request import OPEN, UNTIL_THE_CALL_LEAVES
from bot.domain.shown import Shown
from bot.services.acts import Address
from bot.services.letters import (
    RESPONSE_URL_LIVES,
    Announcement,
    CardLetter,
    NoHome,
    Posting,
    ReplyTo,
    StatusList,
    ToOne,
    Words,
)
from bot.services.ports import MessageGone, Messenger, NotDelivered, Undeliverable
from bot.services.tell.queries import listed_for, shown_now, shown_then
from bot.services.transitions import move
from bot.services.unit import Unit, Units
from bot.store import audit, cards, control, requests
from bot.store.cards import Card
from bot.work import queue
from bot.work.queue import Claim, Work
from bot.work.retry import CannotSucceed, TryLater, backoff

log: structlog.stdlib.BoundLogger = structlog.get_logger()

SOMEBODY_IS_AWAITED = timedelta(minutes=1)

AnyLetter = TypeVar("AnyLetter", bound=ToOne)
AnyPosting = TypeVar("AnyPosting", bound=Posting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """The tell lane. Its methods raise `TryLater` and `CannotSucceed`."""

    units: Units
    messenger: Messenger

    async def card(self, held: Claim, letter: CardLetter) -> None:
        """Posts the card, or rewrites it and its copies, as the database has it now."""
        await self._show(held, letter)
        await self._finish(held)

    async def reply(self, held: Claim, letter: ReplyTo) -> None:
        """Tells one audit entry in the thread of its request's card; that is posted first where it does not stand."""
        shown, card = await self.units.read(_told, letter)
        if card.ts is None:
            await self._show(held, letter)
            raise TryLater(timedelta(0), "the card was posted first")
        letter = await self._known_repeat(held, letter, letter.repeating())
        try:
            with _delivering(held):
                await self.messenger.reply(card.channel, card.ts, shown, is_repeat=letter.is_repeat)
        except MessageGone as gone:
            log.warning("thread is gone", request=shown.request.id, channel=card.channel, ts=card.ts)
            await self.units.write(held, _lose, card)
            raise TryLater(timedelta(0), "the card was deleted") from gone
        except MayHaveArrived:
            await self._carry(held, letter.repeating())
            raise
        await self._finish(held)

    async def announce(self, held: Claim, letter: Announcement) -> None:
        """Tells everybody in the channel; without one, wherever people are to be found."""
        entry = await self.units.store.read(lambda connection: audit.get(connection, letter.entry))
        if letter.alone and letter.to is not None:
            with _delivering(held):
                await self.messenger.announce_to(letter.to, entry)
        elif letter.channel is None:
            await self.units.finish(held, _spread, letter)
            return
        else:
            await self._announce_in(held, letter, letter.channel, entry)
        await self._finish(held)

    async def _announce_in(self, held: Claim, letter: Announcement, channel: str, entry: Entry) -> None:
        """Where nobody can be told, whoever caused it is told alone: no click is silent."""
        try:
            with _delivering(held):
                await self.messenger.announce(channel, entry, self.units.rules.approvers)
        except CannotSucceed:
            if letter.to is None:
                raise
            with _delivering(held):
                await self.messenger.announce_to(letter.to, entry)

    async def words(self, held: Claim, letter: Words) -> None:
        """Tells one person alone why nothing changed."""
        letter = await self._still_fit(held, letter)
        with _delivering(held):
            await self.messenger.words(letter)
        await self._finish(held)

    async def status_list(self, held: Claim, letter: StatusList) -> None:
        """Tells one person alone what they asked for and, if they may decide, what waits."""
        letter = await self._still_fit(held, letter)
        listed = await self.units.read(listed_for, letter)
        with _delivering(held):
            if letter.in_home:
                await self.messenger.home(letter.to.user, listed)
            else:
                await self.messenger.status_list(letter.to, listed)
        await self._finish(held)

    async def no_home(self, held: Claim, letter: NoHome) -> None:
        """Tells somebody in their App Home why nothing is there."""
        with _delivering(held):
            await self.messenger.no_home(letter)
        await self._finish(held)

    async def _show(self, held: Claim, letter: CardLetter | ReplyTo) -> None:
        shown, standing = await self.units.read(_standing, held)
        for card in standing:
            if card.ts is None:
                await self._post(held, letter, card, shown)
            elif card.shown < shown.entry.seq:
                await self._rewrite(held, card, card.ts, shown)

    async def _post(self, held: Claim, letter: CardLetter | ReplyTo, card: Card, shown: Shown) -> None:
        """The first card that can only fail ends its request: nothing is bought where the trail cannot be."""
        requester = letter.requester if isinstance(letter, CardLetter) else None
        letter = await self._known_repeat(held, letter, letter.repeating_card())
        try:
            with _delivering(held):
                ts = await self.messenger.post_card(card.channel, shown, is_repeat=letter.card_is_repeat)
        except MayHaveArrived:
            await self._carry(held, letter.repeating_card())
            raise
        except CannotSucceed as reason:
            if requester is None:
                raise
            await self.units.write(held, _give_up, shown, requester, reason.reason)
            return
        await self.units.insist(lambda: self.units.write(held, _stands, card, ts, shown))

    async def _rewrite(self, held: Claim, card: Card, ts: str, shown: Shown) -> None:
        try:
            with _delivering(held):
                await self.messenger.rewrite_card(card.channel, ts, shown)
        except MessageGone:
            await self._after_loss(held, card, shown)
        await self.units.write(held, _rewritten, card, shown)

    async def _after_loss(self, held: Claim, card: Card, shown: Shown) -> None:
        """Somebody deleted the message: an open request's card is posted again, others stay as they are."""
        log.warning("card is gone", request=shown.request.id, channel=card.channel, ts=card.ts)
        if shown.request.is_open and card.copy_of is None:
            await self.units.write(held, _lose, card)
            raise TryLater(timedelta(0), "the card was deleted")

    async def _known_repeat(self, held: Claim, letter: AnyPosting, repeating: AnyPosting) -> AnyPosting:
        """A worker that died in between may have delivered it: from then on it is a repeat."""
        return await self._carry(held, repeating) if held.failures else letter

    async def _carry(self, held: Claim, letter: AnyPosting) -> AnyPosting:
        await self.units.insist(lambda: self.units.write(held, _carry, held, letter))
        return letter

    async def _finish(self, held: Claim) -> None:
        await self.units.insist(lambda: self.units.done(held))

    async def _still_fit(self, held: Claim, letter: AnyLetter) -> AnyLetter:
        """Without its `response_url` once that has died: a secret is not kept for longer than it is good for."""
        if letter.to.response_url is None or self.units.clock.now() < letter.to.at + RESPONSE_URL_LIVES:
            return letter
        kept = letter.model_copy(update={"to": letter.to.model_copy(update={"response_url": None})})
        await self.units.write(held, _carry, held, kept)
        return kept


class MayHaveArrived(TryLater):
    """Slack's answer may be all that was lost: the next try can be a second copy."""


@contextmanager
def _delivering(held: Claim) -> Iterator[None]:
    """Turns what Slack said into what becomes of the work. A message that is gone is the caller's to judge."""
    try:
        yield
    except NotDelivered as reason:
        after = backoff(held.claims) if reason.retry_after is None else timedelta(seconds=reason.retry_after)
        later = MayHaveArrived if reason.may_have_arrived else TryLater
        raise later(after, reason.reason) from reason
    except Undeliverable as reason:
        raise CannotSucceed(reason.code) from reason


def _told(unit: Unit, letter: ReplyTo) -> tuple[Shown, Card]:
    shown = shown_then(unit, letter.entry)
    return shown, cards.get(unit.connection, shown.request.card)


def _standing(unit: Unit, held: Claim) -> tuple[Shown, list[Card]]:
    request = None if held.request is None else requests.get(unit.connection, held.request)
    if request is None:
        raise CannotSucceed("there is no such request")
    return shown_now(unit, request), cards.with_copies(unit.connection, request.card)


def _spread(unit: Unit, letter: Announcement) -> None:
    """Where open requests stand; without any, in the approval channel, or where the last request was told of.

    Raises `TryLater` while it is frozen and there is no such place: whoever asks first hears why nothing is bought.
    """
    approval_channel = unit.rules.approval_channel
    told_of = requests.in_state(unit.connection, OPEN)
    if not told_of and approval_channel is None:
        told_of = requests.newest(unit.connection, most=1)
    channels = {cards.get(unit.connection, request.card).channel for request in told_of}
    if not channels and approval_channel is not None:
        channels = {approval_channel}
    if not channels and control.looks_frozen(unit.connection):
        raise TryLater(SOMEBODY_IS_AWAITED, "nobody has asked for anything yet")
    for channel in sorted(channels):
        queue.add(unit.connection, letter.model_copy(update={"channel": channel, "to": None}), now=unit.now)


def _stands(unit: Unit, card: Card, ts: str, shown: Shown) -> None:
    """Keeps where the card stands; a click that came before Slack's answer may have told of this message or another."""
    known = cards.lock(unit.connection, card.id).ts
    if known is None or known == ts:
        cards.posted(unit.connection, card.id, ts=ts, shown=shown.entry.seq, at=unit.now)
    elif cards.standing_at(unit.connection, card.channel, ts) is None:
        copy = secrets.token_hex(16)
        cards.remember_copy(unit.connection, card.id, copy=copy, channel=card.channel, ts=ts, at=unit.now)


def _lose(unit: Unit, card: Card) -> None:
    cards.lost(unit.connection, card.id)


def _rewritten(unit: Unit, card: Card, shown: Shown) -> None:
    cards.rewritten(unit.connection, card.id, shown=shown.entry.seq)


def _carry(unit: Unit, held: Claim, letter: Work) -> None:
    queue.rewrite(unit.connection, held, letter)


def _give_up(unit: Unit, shown: Shown, requester: Address, code: str) -> None:
    request = requests.lock(unit.connection, shown.request.id)
    if request is None or request.status not in UNTIL_THE_CALL_LEAVES:
        return
    told = trail.Withdrawn(why="card_not_posted", code=code)
    move(unit, request, request.withdrawn(unit.now), told, silently=True)
    for letter in (CardLetter, ReplyTo):
        queue.drop(unit.connection, letter, request.id)
    refusal = refusals.CardNotPosted(why="card_not_posted", code=code)
    queue.add(unit.connection, Words.of(refusal, requester, request=request.id), now=unit.now)
