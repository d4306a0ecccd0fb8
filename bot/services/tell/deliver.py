"""Deliver: replies, announcements, lists and words to one person, as they wait in the outbox; at least once each.

Slack is a view of the database, so everything is read at delivery.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import structlog

from bot.domain import refusals
from bot.domain.audit import Entry
from bot.domain.request import OPEN, RequestId
from bot.domain.shown import Shown
from bot.services.letters import (
    RESPONSE_URL_LIVES,
    Announcement,
    NoHome,
    NumberTold,
    ReplyTo,
    ReportTold,
    StatusList,
    ToOne,
    Words,
)
from bot.services.ports import MessageGone, Messenger
from bot.services.tell.cards import Cards
from bot.services.tell.delivering import MayHaveArrived, carry, delivering, known_repeat
from bot.services.tell.known import known_of
from bot.services.tell.queries import listed_for, shown_then
from bot.services.unit import Unit, Units
from bot.store import audit, cards, control, requests
from bot.store.cards import Card
from bot.work import queue
from bot.work.queue import Claim
from bot.work.retry import CannotSucceed, TryLater

log: structlog.stdlib.BoundLogger = structlog.get_logger()

SOMEBODY_IS_AWAITED = timedelta(minutes=1)

AnyLetter = TypeVar("AnyLetter", bound=ToOne)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Everything but cards. Its methods raise `TryLater` and `CannotSucceed`."""

    units: Units
    messenger: Messenger
    cards: Cards

    async def reply(self, held: Claim, letter: ReplyTo) -> None:
        """Tells one audit entry in the thread of its request's card; that is posted first where it does not stand."""
        shown, card = await self.units.read(_told, held.request, letter)
        if card.ts is None:
            await self.cards.have_it_stand(held, letter)
            raise TryLater(timedelta(0), "the card was posted first")
        thread = card.ts
        letter = await known_repeat(self.units, held, letter, letter.repeating())
        try:
            with delivering(held):
                await self.messenger.reply(card.channel, thread, shown, is_repeat=letter.is_repeat)
        except MessageGone as gone:
            log.warning("thread is gone", request=shown.request.id, channel=card.channel, ts=thread)
            await self.units.write(held, _lose, card, thread)
            raise TryLater(timedelta(0), "the card was deleted") from gone
        except MayHaveArrived:
            await carry(self.units, held, letter.repeating())
            raise
        await self._finish(held)

    async def announce(self, held: Claim, letter: Announcement) -> None:
        """Tells everybody in the channel; without one, wherever people are to be found."""
        entry = await self.units.store.read(lambda connection: audit.get(connection, letter.entry))
        if letter.alone and letter.to is not None:
            with delivering(held):
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
            with delivering(held):
                await self.messenger.announce(channel, entry, self.units.rules.approvers)
        except CannotSucceed:
            if letter.to is None:
                raise
            with delivering(held):
                await self.messenger.announce_to(letter.to, entry)

    async def words(self, held: Claim, letter: Words) -> None:
        """Tells one person alone why nothing changed; a card that the words name has to be there."""
        letter = await self._still_fit(held, letter)
        await self.cards.see_that_they_stand(held, [*map(RequestId, refusals.requests_named(letter.refusal))])
        with delivering(held):
            await self.messenger.words(letter)
        await self._finish(held)

    async def status_list(self, held: Claim, letter: StatusList) -> None:
        """Tells one person alone what they asked for and, if they may decide, what waits."""
        letter = await self._still_fit(held, letter)
        listed = await self.units.read(listed_for, letter)
        if not letter.in_home:
            listed_once = {one.request.id: one for one in (*listed.own, *(listed.waiting or ()), *listed.for_others)}
            open_ones = [one for one in listed_once.values() if one.request.is_open]
            await self._links(held, [(one, *one.message) for one in open_ones if one.message is not None])
        with delivering(held):
            if letter.in_home:
                await self.messenger.home(letter.to.user, listed)
            else:
                await self.messenger.status_list(letter.to, listed)
        await self._finish(held)

    async def number_told(self, held: Claim, letter: NumberTold) -> None:
        """Tells one person alone what is known of a number."""
        letter = await self._still_fit(held, letter)
        seen_by = None if letter.sees_all else (letter.team, letter.to.user)
        known = await self.units.read_at_length(known_of, letter.e164, seen_by=seen_by)
        stand = [(asked.shown, asked.channel, asked.ts) for asked in known.asked if asked.ts is not None]
        links = await self._links(held, stand)
        with delivering(held):
            await self.messenger.number_told(letter.to, known, links)
        await self._finish(held)

    async def report(self, held: Claim, letter: ReportTold) -> None:
        """Tells an approver a month's figures."""
        from bot.services.tell.report import report_of  # most processes end without one, as with its views

        letter = await self._still_fit(held, letter)
        found = await self.units.read_at_length(report_of, letter.month)
        with delivering(held):
            await self.messenger.report(letter.to, found)
        await self._finish(held)

    async def no_home(self, held: Claim, letter: NoHome) -> None:
        """Tells somebody in their App Home why nothing is there."""
        with delivering(held):
            await self.messenger.no_home(letter)
        await self._finish(held)

    async def _links(self, held: Claim, messages: Iterable[tuple[Shown, str, str]]) -> dict[str, str]:
        """To those that Slack knows, by request. One that somebody deleted has its card posted again if it is open."""
        links: dict[str, str] = {}
        gone: list[RequestId] = []

        async def look(shown: Shown, channel: str, ts: str) -> None:
            try:
                link = await self.messenger.link(channel, ts)
            except MessageGone:
                gone.append(shown.request.id)
            else:
                links.update({} if link is None else {shown.request.id: link})

        await asyncio.gather(*(look(*message) for message in messages))
        await self.cards.see_that_they_stand(held, gone)
        return links

    async def _finish(self, held: Claim) -> None:
        await self.units.insist(lambda: self.units.done(held))

    async def _still_fit(self, held: Claim, letter: AnyLetter) -> AnyLetter:
        """Without its `response_url` once that has died: a secret is not kept for longer than it is good for."""
        if letter.to.response_url is None or self.units.clock.now() < letter.to.at + RESPONSE_URL_LIVES:
            return letter
        kept = letter.model_copy(update={"to": letter.to.model_copy(update={"response_url": None})})
        return await carry(self.units, held, kept)


def _told(unit: Unit, thread: RequestId | None, letter: ReplyTo) -> tuple[Shown, Card]:
    """In the request's thread, or in its basket's: there it is told even if the request has left since."""
    shown = shown_then(unit, letter.entry)
    request = shown.request
    return shown, cards.get(unit.connection, request.card if thread in (None, request.id) else str(thread))


def _lose(unit: Unit, card: Card, ts: str) -> None:
    cards.lost(unit.connection, card.id, ts=ts)


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
