"""A crowd of approvers and whoever asked, before the doors of two processes; and ears for what each hears alone."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy import Connection, update

from bot.domain.request import RequestId
from bot.sandbox.slack import Done, Message, Outcome, SlackStandIn
from bot.sandbox.slack.changes import Posted
from bot.sandbox.slack.example import ASHA
from bot.services.plans import Expire
from bot.store import tables
from tests.harness.patience import PATIENCE
from tests.harness.process import Bot
from tests.races.house import House

HALF = 50 if "RACE_ROUNDS" in os.environ else 12  # a step of its own has the time for a hundred

APPROVING = tuple(f"U0YES{number:03}" for number in range(HALF))
DENYING = tuple(f"U0NO{number:03}" for number in range(HALF))
EVERYBODY = (*APPROVING, *DENYING, ASHA)

CROWD = "S0CROWD01"  # the group of those who may approve and deny

Click = Callable[[], Awaitable[Outcome]]


@contextmanager
def ears(slack: SlackStandIn) -> Iterator[Callable[[], Mapping[str, Sequence[str]]]]:
    """What people hear alone while this is open, by person."""
    changes = slack.workspace.changes.watch()
    people = {channel.id: channel.im_user for channel in slack.workspace.channels if channel.im_user}
    heard: dict[str, list[str]] = defaultdict(list)

    def so_far() -> Mapping[str, Sequence[str]]:
        while not changes.empty():
            change = changes.get_nowait()
            if isinstance(change, Posted):
                person = change.message.only_for or people.get(change.message.channel)
                if person is not None:
                    heard[person].append(change.message.text)
        return heard

    yield so_far
    slack.workspace.changes.unwatch(changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """Everybody stands before one of the doors, as chance has it."""

    house: House
    doors: tuple[Bot, Bot]
    chance: Random

    def click(self, user: str, card: Message, action: str) -> Click:
        door = self.chance.choice(self.doors)
        return lambda: self.house.at(door, self.house.slack.click(user, card.ts, action))

    async def everybodys(self, card: Message) -> dict[str, Click]:
        """What everybody is about to do, in any order; who denies has the form open already."""
        opened = await asyncio.gather(*(self._denial(user, card) for user in DENYING))
        clicks = {user: self.click(user, card, "approve") for user in APPROVING}
        clicks |= dict(zip(DENYING, opened, strict=True))
        clicks[ASHA] = self.click(ASHA, card, "withdraw")
        order = list(EVERYBODY)
        self.chance.shuffle(order)
        return {user: clicks[user] for user in order}

    async def _denial(self, user: str, card: Message) -> Click:
        slack, door = self.house.slack, self.chance.choice(self.doors)
        assert await self.click(user, card, "deny")() == Done()
        form = await slack.wait_for(lambda _: slack.modal(user), timeout=PATIENCE)
        assert form is not None
        view = form.id
        return lambda: self.house.at(door, slack.submit(user, view, {"reason": {"reason": "too dear"}}))


def expire(connection: Connection, request: RequestId, at: datetime) -> None:
    """Moves the moment in which the request expires."""
    connection.execute(update(tables.requests).where(tables.requests.c.id == request).values(expires_at=at))
    waiting = tables.work.c.request == request, tables.work.c.kind == Expire.kind
    connection.execute(update(tables.work).where(*waiting).values(not_before=at))
