"""What every surface is given: where to hand things in, whom to ask, and what the command rests on."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.clock import Clock
from bot.domain import refusals
from bot.domain.policy import Permission, may_take_part
from bot.domain.refusals import NotAllowed
from bot.domain.rules import Rules
from bot.services.acts import Reception, TurnedAway
from bot.services.ports import PeopleUnavailable, Provider
from bot.services.tell.queries import FormQueries
from handlers.outgoing import SlackMessenger
from handlers.payloads import Interaction, SlashCommand
from handlers.people import SlackPeople

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surfaces:
    """`messenger` is for what goes on `beside` an answer; `default_country` is ISO 3166 alpha-2."""

    messenger: SlackMessenger
    reception: Reception
    forms: FormQueries
    people: SlackPeople
    provider: Provider
    rules: Rules
    clock: Clock
    default_country: str
    _beside: set[asyncio.Task[None]] = field(default_factory=set, init=False)

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Goes on beside the answer: Slack waits three seconds for one, and a form's trigger lives no longer."""
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._beside.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a handler failed", exc_info=error)

    async def turn_away(self, who: Interaction | SlashCommand, refusal: NotAllowed, *, once: str) -> None:
        """Nothing came of what somebody sent, which `once` is unique to: they hear why, and the trail keeps it."""
        by = who.address(self.clock.now())
        await self.reception.turn_away(TurnedAway.of(refusal, team=who.team_id, trigger_id=once, by=by))

    async def may_look(self, who: Interaction | SlashCommand) -> Permission:
        """Nobody but full members sees what is on sale."""
        try:
            return may_take_part(await self.people.person(who.team_id, who.sender))
        except PeopleUnavailable as unavailable:
            return refusals.PeopleUnreadable(why=unavailable.reason)
