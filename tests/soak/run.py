"""A soak: rounds of people, weather and passing time, then everything is made well and compared."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

from aiohttp import web_app
from sqlalchemy import Connection

from bot.sandbox.slack import Workspace
from bot.sandbox.slack.example import MANAGERS, MEERA, TARA, VIKRAM
from bot.store import control
from tests.harness.promise.rest import AtRest
from tests.harness.timeline import TimedOffice, a_timed_office
from tests.soak.comparing import compare
from tests.soak.known import Known, Tally, standing
from tests.soak.market import Market
from tests.soak.people import Crowd
from tests.soak.weather import Weather

SETTINGS = {
    "APPROVERS": f"{MEERA},{VIKRAM},{MANAGERS}",
    "SECOND_APPROVAL_ABOVE": "INR:400,USD:300,GBP:300",
    "AUTO_APPROVE_UP_TO": "INR:6,USD:6,GBP:6",
    "MONTHLY_BUDGET": "INR:60000,USD:30000,GBP:30000",
    "REQUEST_EXPIRES_AFTER": "6h",
    "REMIND_AFTER": "2h",
}

LEASE = timedelta(seconds=31)  # longer than any

ROUNDS_A_CLEANING = 10

ROUNDS_TO_SETTLE = 12  # of two hours: requests expire, sweeps compare, people say what nobody can find out


class Soak:
    """One run. `seed` decides what is done; how it interleaves is the machine's."""

    def __init__(self, timed: TimedOffice, seed: int) -> None:
        self.timed = timed
        self.tally = Tally()
        self._random = Random(seed)
        self._market = Market(timed.office.vobiz, self._random)
        self._weather = Weather(timed.office.slack, timed.office.vobiz, self._market, self._random, self.tally)
        self._crowd = Crowd(timed.office.slack, self._market, self._random, self.tally)

    async def go_on(self, seconds: float) -> None:
        """Rounds until so much real time has passed."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await self.round()

    async def round(self) -> None:
        self.tally.rounds += 1
        self._market.restock()
        self._people_come_and_go()
        self._weather.changes()
        found = await self.timed.store.read(standing)
        frozen = await self.timed.store.read(control.looks_frozen)
        acts = self._crowd.plan(found, frozen=frozen, may_use_forms=self._weather.is_slack_well)
        self.timed.office.slack.http.is_twice = self._random.random() < 0.2
        crash = self._random.random() < 0.08
        async with asyncio.TaskGroup() as group:
            for act in acts:
                group.create_task(act())
            if crash:
                group.create_task(self._crash(after=self._random.randint(0, 40)))
        await self._passes(self._some_time())
        if self._random.random() < 0.1:
            self.tally.faults["restarts"] += 1
            await self._reopen()
        if self.tally.rounds % ROUNDS_A_CLEANING == 0:
            await self._clean()

    async def settle(self) -> None:
        """Everything is made well, and time passes until nothing is open any more."""
        office = self.timed.office
        office.slack.http.is_twice = False
        await self._weather.clears()
        office.slack.workspace.people.set_group_members(MANAGERS)
        for _ in range(ROUNDS_TO_SETTLE):
            if await self.timed.store.read(control.looks_frozen):
                await self._crowd.lifts_the_freeze()
            found = await self.timed.store.read(standing)
            for act in self._crowd.everything_said(found):
                await act()
            await self.timed.live(timedelta(hours=2))

    async def compare(self) -> None:
        """Adds to the tally what is not as promised."""
        not_ours = self._market.bought_in_the_console

        def differences(connection: Connection) -> list[str]:
            return compare(self.rest(connection), self.tally, not_ours=not_ours)

        self.tally.differences += await self.timed.store.read(differences)

    def rest(self, connection: Connection) -> AtRest:
        office = self.timed.office
        return AtRest(
            connection=connection,
            slack=office.slack,
            vobiz=office.vobiz,
            rules=office.settings.rules,
            approvers=frozenset({MEERA, VIKRAM, TARA}),
            now=self.timed.clock.now(),
            heard_before=self.tally.heard,
        )

    def _some_time(self) -> timedelta:
        """While something stays broken not much: everything is tried again and again until it works."""
        chance = self._random.random()
        if chance < 0.6:
            return timedelta(seconds=self._random.randint(1, 120))
        if chance < 0.85 or self._weather.is_lasting:
            return timedelta(minutes=self._random.randint(3, 30))
        return timedelta(hours=self._random.randint(1, 8))

    async def _passes(self, duration: timedelta) -> None:
        """Step by step, or all at once as while a machine sleeps."""
        await self.timed.rest()
        await self._weather.before(self.timed.clock.now() + duration)
        if self._random.random() < 0.7:
            await self.timed.live(duration)
        else:
            await self.timed.sleep(duration)

    async def _crash(self, *, after: int) -> None:
        """In the middle of it: what runs is dropped where it is, and its leases stay until they are over."""
        for _ in range(after):
            await asyncio.sleep(0)
        self.tally.faults["crashes"] += 1
        for task in asyncio.all_tasks():
            if task.get_name().split(" ")[0] in ("judge", "buy", "tell"):
                task.cancel()
        await self._reopen()

    async def _reopen(self) -> None:
        """Slack is well meanwhile: a bot that nobody introduces itself to waits in real time.

        What the old one left in the middle is taken over when its leases are over.
        """
        self._weather.leaves_slack_alone()
        await self.timed.office.reopen()
        web_app._cached_build_middleware.cache_clear()  # it would keep each bot that ever listened, with its database
        await self.timed.sleep(LEASE)

    def _people_come_and_go(self) -> None:
        people = self.timed.office.slack.workspace.people
        people.set_group_members(MANAGERS, *((TARA,) if self._random.random() < 0.7 else ()))

    async def _clean(self) -> None:
        """Others act while nothing is under way, and what nobody looks at any more is forgotten."""
        office = self.timed.office
        known = await self.timed.store.read(Known.of)
        self._market.forgets(known.busy)
        if office.vobiz._reads.held is None:
            if self._random.random() < 0.3:
                self._market.somebody_takes_one(known.untouched)
            if self._random.random() < 0.2:
                self._market.our_people_buy_one(known.asked_for)
        if self._random.random() < 0.4:
            self._market.gives_money_back(known.given_up)
        office.slack.workspace.calls.clear()
        office.slack.sent.clear()
        office.vobiz._reads.calls.clear()
        self._forget_words(office.slack.workspace)

    def _forget_words(self, workspace: Workspace) -> None:
        for message in list(workspace.messages):
            if message.only_for is not None or (message.channel.startswith("D") and message.by_app):
                self.tally.heard[message.only_for or f"U{message.channel[1:]}"] += 1
                workspace.messages.remove(message)
            elif message.thread_ts is not None and message.blocks:
                workspace.messages.keep(replace(message, blocks=()))


@asynccontextmanager
async def a_soak(folder: Path, seed: int, **settings: str) -> AsyncIterator[Soak]:
    async with a_timed_office(folder, **SETTINGS, **settings) as timed:
        timed.office.vobiz.world.numbers.clear()
        yield Soak(timed, seed)
