"""Tell: delivers what waits in the outbox. Slack is a view of the database, so everything is read at delivery.

Deliveries are at-least-once: a card's `ts` is stored when known, a rewrite carries the whole card, and one that a newer
one overtook is dropped. What may have been delivered before says so; of a worker that died, its row's failures tell.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.audit import BOT, Entry, Event, Facts
from bot.domain.policy import Reason
from bot.domain.request import OPEN, UNTIL_THE_CALL_LEAVES, PurchaseRequest, RequestId, Status
from bot.domain.shown import Shown
from bot.services.acts import Address
from bot.services.letters import (
    RESPONSE_URL_LIVES,
    Announcement,
    CardLetter,
    Letter,
    NoHome,
    Posting,
    ReplyTo,
    StatusList,
    Words,
)
from bot.services.ports import MessageGone, Messenger, NotDelivered, Undeliverable
from bot.services.rules import Rules
from bot.services.tell.queries import listed_for, shown_now, shown_then
from bot.services.transitions import move
from bot.store import audit, budgets, cards, requests
from bot.store.cards import Card
from bot.store.store import DatabaseAway, Store
from bot.work import queue
from bot.work.queue import Claim, Kind
from bot.work.retry import CannotSucceed, TryLater, backoff

log: structlog.stdlib.BoundLogger = structlog.get_logger()

IN_STEP = 10
"""Pending cards, the newest, that follow what the month has left. Slack takes some fifty rewrites a minute (source: its
page on rate limits), and those that tell of decisions are among them."""

AnyLetter = TypeVar("AnyLetter", bound=Letter)
AnyPosting = TypeVar("AnyPosting", bound=Posting)

LOOK_EVERY = 1.0
"""Seconds between looks for a database that is away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """The tell lane. Its methods raise `TryLater` and `CannotSucceed`."""

    store: Store
    messenger: Messenger
    clock: Clock
    rules: Rules

    async def card(self, held: Claim) -> None:
        """Posts the card, or rewrites it and its copies, as the database has it now."""
        await self._show(held, CardLetter.model_validate_json(held.payload))
        await self._finish(held)

    async def reply(self, held: Claim) -> None:
        """Tells one audit entry in the thread of its request's card; that is posted first where it does not stand."""
        letter = ReplyTo.model_validate_json(held.payload)
        now = self.clock.now()
        shown = await self.store.read(lambda connection: shown_then(connection, letter.entry, self.rules, now=now))
        card = await self.store.read(lambda connection: cards.get(connection, shown.request.card))
        if card.ts is None:
            await self._show(held, letter)
            raise TryLater(timedelta(0), "the card was posted first")
        letter = await self._known_repeat(held, letter, letter.repeating())
        try:
            with _delivering(held):
                await self.messenger.reply(card.channel, card.ts, shown, is_repeat=letter.is_repeat)
        except MessageGone as gone:
            log.warning("thread is gone", request=shown.request.id, channel=card.channel, ts=card.ts)
            await self.store.write(lambda connection: cards.lost(connection, card.id))
            raise TryLater(timedelta(0), "the card was deleted") from gone
        except MayHaveArrived:
            await self._carry(held, letter.repeating())
            raise
        await self._finish(held)

    async def announce(self, held: Claim) -> None:
        """Tells everybody in the channel; without one, wherever people are to be found."""
        letter = Announcement.model_validate_json(held.payload)
        entry = await self.store.read(lambda connection: audit.get(connection, letter.entry))
        if letter.alone and letter.to is not None:
            with _delivering(held):
                await self.messenger.announce_to(letter.to, entry)
        elif letter.channel is None:
            now = self.clock.now()
            channel = self.rules.places.approval_channel
            await self.store.write(lambda connection: _spread(connection, held, letter, channel, now))
            return
        else:
            await self._announce_in(held, letter, letter.channel, entry)
        await self._finish(held)

    async def _announce_in(self, held: Claim, letter: Announcement, channel: str, entry: Entry) -> None:
        """Where nobody can be told, whoever caused it is told alone: no click is silent."""
        try:
            with _delivering(held):
                await self.messenger.announce(channel, entry, self.rules.approvers)
        except CannotSucceed:
            if letter.to is None:
                raise
            with _delivering(held):
                await self.messenger.announce_to(letter.to, entry)

    async def words(self, held: Claim) -> None:
        """Tells one person alone why nothing changed."""
        letter = await self._still_fit(held, Words.model_validate_json(held.payload))
        with _delivering(held):
            await self.messenger.say(letter)
        await self._finish(held)

    async def listing(self, held: Claim) -> None:
        """Tells one person alone what they asked for and, if they may decide, what waits."""
        letter = await self._still_fit(held, StatusList.model_validate_json(held.payload))

        now = self.clock.now()
        listed = await self.store.read(lambda connection: listed_for(connection, letter, self.rules, now=now))
        with _delivering(held):
            if letter.in_home:
                await self.messenger.show_home(letter.to.user, listed)
            else:
                await self.messenger.list_requests(letter.to, listed)
        await self._finish(held)

    async def no_home(self, held: Claim) -> None:
        """Tells somebody in their App Home why nothing is there."""
        letter = NoHome.model_validate_json(held.payload)
        with _delivering(held):
            await self.messenger.show_no_home(letter)
        await self._finish(held)

    def _standing(self, connection: Connection, held: Claim) -> tuple[Shown, list[Card]]:
        request = None if held.request is None else requests.get(connection, held.request)
        if request is None:
            raise CannotSucceed("there is no such request")
        return shown_now(connection, request, self.rules, now=self.clock.now()), cards.with_copies(
            connection, request.card
        )

    async def _show(self, held: Claim, letter: CardLetter | ReplyTo) -> None:
        shown, standing = await self.store.read(lambda connection: self._standing(connection, held))
        if any(card.shown < shown.entry.seq for card in standing):
            await self._keep_in_step(shown)
        is_stale = isinstance(letter, CardLetter) and letter.month_changed and shown.request.status is Status.PENDING
        for card in standing:
            if card.ts is None:
                await self._post(held, letter, card, shown)
            elif is_stale or card.shown < shown.entry.seq:
                await self._rewrite(held, card, card.ts, shown)

    async def _keep_in_step(self, shown: Shown) -> None:
        """A request that moved may have changed what its month has left, and other pending cards say that too.

        Planned here, not by the move itself: whether there is a budget to show is a rule, and a transaction that takes
        one row of work at a time meets none of the move's locks.
        """
        if shown.month is None:
            return
        now = self.clock.now()
        beside = await self.store.read(lambda connection: _beside(connection, shown.request))
        await asyncio.gather(*(self.store.write(partial(_show_month, request=request, now=now)) for request in beside))

    async def _post(self, held: Claim, letter: CardLetter | ReplyTo, card: Card, shown: Shown) -> None:
        """The first card that can only fail ends its request: nothing is bought where the trail cannot be."""
        now, requester = self.clock.now(), letter.requester if isinstance(letter, CardLetter) else None
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
            code = reason.reason
            await self.store.write(lambda connection: _give_up(connection, shown, requester, code, now))
            return
        await self._keep(lambda connection: _stands(connection, card, ts, shown, now))

    async def _rewrite(self, held: Claim, card: Card, ts: str, shown: Shown) -> None:
        try:
            with _delivering(held):
                await self.messenger.rewrite_card(card.channel, ts, shown)
        except MessageGone:
            await self._after_loss(card, shown)
        await self.store.write(lambda connection: cards.rewritten(connection, card.id, shown=shown.entry.seq))

    async def _after_loss(self, card: Card, shown: Shown) -> None:
        """Somebody deleted the message: an open request's card is posted again, others stay as they are."""
        log.warning("card is gone", request=shown.request.id, channel=card.channel, ts=card.ts)
        if shown.request.is_open and card.copy_of is None:
            await self.store.write(lambda connection: cards.lost(connection, card.id))
            raise TryLater(timedelta(0), "the card was deleted")

    async def _known_repeat(self, held: Claim, letter: AnyPosting, repeating: AnyPosting) -> AnyPosting:
        """A worker that died in between may have delivered it: from then on it is a repeat."""
        return await self._carry(held, repeating) if held.failures else letter

    async def _carry(self, held: Claim, letter: AnyPosting) -> AnyPosting:
        await self._keep(lambda connection: queue.rewrite(connection, held, letter.model_dump_json()))
        return letter

    async def _finish(self, held: Claim) -> None:
        await self._keep(lambda connection: queue.finish(connection, held))

    async def _keep(self, change: Callable[[Connection], None]) -> None:
        """Writes what came of a call, however long the database is away: forgotten, it would be made once more."""
        while True:
            try:
                return await self.store.write(change)
            except DatabaseAway as away:
                log.warning("a delivery cannot be kept yet", reason=str(away))
                await self.clock.wait(asyncio.Event().wait(), LOOK_EVERY)

    async def _still_fit(self, held: Claim, letter: AnyLetter) -> AnyLetter:
        """Without its `response_url` once that has died: a secret is not kept for longer than it is good for."""
        if letter.to.response_url is None or self.clock.now() < letter.to.at + RESPONSE_URL_LIVES:
            return letter
        kept = letter.model_copy(update={"to": letter.to.model_copy(update={"response_url": None})})
        await self.store.write(lambda connection: queue.rewrite(connection, held, kept.model_dump_json()))
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


def _spread(
    connection: Connection, held: Claim, letter: Announcement, approval_channel: str | None, now: datetime
) -> None:
    """Where open requests stand; without any, in the approval channel, or where the last request was told of."""
    queue.finish(connection, held)
    told_of = requests.in_state(connection, OPEN) or ([] if approval_channel else requests.newest(connection, most=1))
    channels = {cards.get(connection, request.card).channel for request in told_of}
    if not channels and approval_channel is not None:
        channels = {approval_channel}
    for channel in sorted(channels):
        payload = letter.model_copy(update={"channel": channel, "to": None}).model_dump_json()
        queue.add(connection, Kind.ANNOUNCE, now=now, payload=payload)


def _beside(connection: Connection, moved: PurchaseRequest) -> list[RequestId]:
    """The newest pending requests of the same currency, if the one that moved ever held anything of it."""
    if not budgets.has_counted(connection, moved.id):
        return []
    pending = requests.newest(connection, statuses=(Status.PENDING,), currency=moved.terms.currency, most=IN_STEP)
    return [request.id for request in pending if request.id != moved.id]


def _show_month(connection: Connection, request: RequestId, now: datetime) -> None:
    """One waiting rewrite shows the month as it is then; one that is on its way may have read it before."""
    if not queue.is_waiting(connection, Kind.CARD, request):
        letter = CardLetter(month_changed=True)
        queue.add(connection, Kind.CARD, now=now, request=request, payload=letter.model_dump_json())


def _stands(connection: Connection, card: Card, ts: str, shown: Shown, now: datetime) -> None:
    """Keeps where the card stands; a click that came before Slack's answer may have told of this message or another."""
    known = cards.lock(connection, card.id).ts
    if known is None or known == ts:
        cards.posted(connection, card.id, ts=ts, shown=shown.entry.seq, at=now)
    elif cards.standing_at(connection, card.channel, ts) is None:
        cards.remember_copy(connection, card.id, copy=secrets.token_hex(16), channel=card.channel, ts=ts, at=now)


def _give_up(connection: Connection, shown: Shown, requester: Address, code: str, now: datetime) -> None:
    request = requests.lock(connection, shown.request.id)
    if request is None or request.status not in UNTIL_THE_CALL_LEAVES:
        return
    facts: Facts = {"why": "card_not_posted", "code": code}
    move(connection, request, request.withdrawn(now), now=now, actor=BOT, event=Event.WITHDRAWN, facts=facts)
    for kind in (Kind.CARD, Kind.REPLY):
        queue.drop(connection, kind, request.id)
    words = Words(to=requester, reason=Reason.CARD_NOT_POSTED, evidence=dict(facts), request=request.id)
    queue.add(connection, Kind.WORDS, now=now, payload=words.model_dump_json())
