"""What every surface is given: where to hand things in, whom to ask, and what the command rests on."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.clock import Clock
from bot.domain import refusals
from bot.domain.policy import Allowed, Permission, may_take_part
from bot.domain.refusals import NotAllowed
from bot.domain.rules import Rules
from bot.services.acts import Reception, TurnedAway
from bot.services.ports import PeopleUnavailable
from bot.services.tell.queries import FormQueries
from handlers.offering import Offering
from handlers.outgoing import SlackMessenger
from handlers.payloads import Interaction, SlashCommand
from handlers.people import SlackPeople

OF_USE = 3.0
"""Seconds that a form's trigger lives."""

PEOPLE_WITHIN = 0.8
"""Seconds of the three that Slack waits for an answer."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Choices:
    """Which choice is the newest in each form, while its terms are being read: those of an older one come too late."""

    def __init__(self) -> None:
        self._newest: dict[str, str] = {}

    def begin(self, form: str, choice: str) -> None:
        self._newest[form] = choice

    def is_newest(self, form: str, choice: str) -> bool:
        return self._newest.get(form) == choice

    def end(self, form: str, choice: str) -> None:
        if self.is_newest(form, choice):
            del self._newest[form]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surfaces:
    """`messenger` is for what goes on `beside` an answer; `default_country` is ISO 3166 alpha-2."""

    messenger: SlackMessenger
    reception: Reception
    forms: FormQueries
    people: SlackPeople
    offering: Offering
    rules: Rules
    clock: Clock
    default_country: str
    choices: Choices = field(default_factory=Choices, init=False)
    _beside: set[asyncio.Task[None]] = field(default_factory=set, init=False)

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Goes on beside the answer: Slack waits three seconds for one."""
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._ended)

    async def finish(self) -> None:
        """What goes on beside an answer is over within the three seconds for which it is of use."""
        if self._beside:
            _, late = await asyncio.wait(self._beside, timeout=OF_USE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

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

    async def looks_at_once(self, who: Interaction | SlashCommand) -> bool:
        """As `may_look`; false, too, when that cannot be known while Slack waits for an answer."""
        try:
            async with asyncio.timeout(PEOPLE_WITHIN):
                return isinstance(await self.may_look(who), Allowed)
        except TimeoutError:
            return False
