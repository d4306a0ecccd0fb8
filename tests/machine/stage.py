"""The stage: both stand-ins, the real bot between them on a real file, and three clocks. The bot can be killed.

Nothing here waits for time to pass: `rest` waits for commits until nothing is due, `live` moves the clocks from one due
work to the next.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.app import Service
from bot.sandbox.slack import Workspace, furnish
from bot.sandbox.slack.example import MANAGERS, MEERA, VIKRAM
from bot.sandbox.vobiz import StockNumber, VobizStandIn
from bot.sandbox.vobiz.state import Fee, InsufficientBalance
from bot.services.plans import DueTidy
from bot.store.lanes import Given, Lane
from bot.store.store import Store
from tests.harness.office import DATABASE, Office, a_slack, environment_for
from tests.harness.patience import PATIENCE
from tests.harness.stores import lay_down_a_database
from tests.machine.clocks import ThreeClocks
from tests.machine.crowd import Crowd
from tests.machine.limits import SETTINGS, World
from tests.machine.processes import Processes, Turns
from tests.machine.records import EPOCH, Records, moment
from tests.machine.witness import Witness

T = TypeVar("T")

DUE = """
    SELECT id FROM work
    WHERE parked_at IS NULL AND not_before <= :now AND (lease_until IS NULL OR lease_until <= :now) AND NOT EXISTS (
        SELECT id FROM work AS other
        WHERE other.request = work.request AND other.lane = work.lane AND other.id <> work.id
            AND other.parked_at IS NULL AND (other.lease_until > :now
                OR (other.id < work.id AND (other.not_before <= :now OR other.claims > 0)))
    ) LIMIT 1
"""
"""What somebody could take now: free, its time has come, and nothing of the same request and lane comes first."""

RICH, POOR = 100_000, 3

PLACES: tuple[tuple[str, Fee, Fee], ...] = (
    ("+9180690001", 100, 1),
    ("+9122690002", "249.50", 499),
    ("+9180690003", "100.00", 1),
    ("+9111690004", 0, 12.5),
)
"""One vote, two votes, one vote at the same price, none."""

NUMBERS_ON_SALE = tuple(
    StockNumber(id=f"num_{place}{end}", e164=f"{start}{end}", country="IN", setup_fee=setup, monthly_fee=monthly)
    for end in ("42", "87")
    for place, (start, setup, monthly) in enumerate(PLACES, start=1)
)


class Stage:
    """One life of a team, its Slack and its provider."""

    def __init__(self, folder: Path, turns: Turns, world: World) -> None:
        self.turns = turns
        self.world = world
        self.clock = ThreeClocks()
        self.vobiz = VobizStandIn(numbers=NUMBERS_ON_SALE)
        self.vobiz.world.clock = lambda: self.clock.true
        self.vobiz.world.ledger_names_numbers = world.names_numbers
        self.vobiz.lag_ledger(world.ledger_lag)
        self.vobiz.set_balance("INR", RICH)
        workspace = Workspace(monotonic=self.clock.monotonic, wall=lambda: self.clock.now().timestamp())
        self.slack = a_slack(furnish(workspace))
        self._path = folder / DATABASE
        lay_down_a_database(self._path)
        self.records = Records(self._path)
        self.crowd = Crowd(self.slack, self.records, self.clock)
        self.witness = Witness(self.vobiz, self.records, self.clock, self.crowd)
        self.is_dead = True
        self.deaths = 0
        self.lists_held_since: datetime | None = None
        self.refunded: set[str] = set()  # ledger rows that were given back
        self._dead_tokens: set[str] = set()
        self._down_for = 0.0

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self.processes = Processes(loop)
        self._changed = asyncio.Event()
        self._died = asyncio.Event()
        self.vobiz.listen(calls=self._look_soon)
        await self.vobiz.start()
        await self.slack.start()
        self.slack.workspace.people.set_group_members(MANAGERS, MEERA, VIKRAM)
        self.crowd.note_able()
        environment = environment_for(self.slack, self.vobiz, self._path.parent, "http", SETTINGS)
        self._office = Office(self.slack, self.vobiz, environment, self.clock)
        await self._start()
        await self.rest()

    async def close(self) -> None:
        self.turns.forget()
        self.die(loses_commits=False)
        await self._bury()
        await self.slack.stop()
        await self.vobiz.stop()
        self.records.close()

    # The bot's life

    def die(self, *, loses_commits: bool, down_for: float = 0.0) -> None:
        """The process is killed, now; it starts again `down_for` seconds later, when somebody waits for it."""
        if self.is_dead:
            return
        self.is_dead = True
        self.deaths += 1
        self._down_for = down_for
        self.processes.kill(self._office.service, loses_commits=loses_commits)
        self._died.set()
        self._changed.set()

    async def _start(self) -> None:
        """A new process on the same database. It needs Slack for a moment, to learn who it is."""
        self.slack.come_back()
        self.is_dead = False
        self._died.clear()
        opening = self.processes.run(self._office.open())
        with suppress(asyncio.CancelledError):
            await opening
        if not self.is_dead:
            self._store.on_commit(lambda: self._changed.set())

    async def _bury(self) -> None:
        await self.processes.bury(self._office.service)
        query = "SELECT lease_token FROM work WHERE lease_token IS NOT NULL"
        self._dead_tokens |= {row["lease_token"] for row in self.records.rows(query)}

    async def revive(self) -> None:
        """Buries what died, and starts it again."""
        while self.is_dead:
            await self._bury()
            owed = self._provider_owes()
            if owed is not None and owed <= self.clock.true + timedelta(seconds=self._down_for):
                await self._provider_ends()
            self.clock.advance(self._down_for)
            self._office.service = Service(self._office.settings, self.clock)
            await self._start()

    @property
    def _store(self) -> Store:
        return self._office.service._served.store

    async def act(self, doing: Awaitable[T]) -> T:
        """Something people do. Returns what they see, also when the bot dies meanwhile."""
        task = asyncio.ensure_future(doing)
        death = asyncio.ensure_future(self._died.wait())
        await asyncio.wait([task, death], return_when=asyncio.FIRST_COMPLETED)
        death.cancel()
        if not task.done():
            await self._bury()
        return await task

    # Time

    async def rest(self) -> None:
        """Returns once the bot lives, nothing is due and nobody works, but for calls whose answers are held back."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    if self.is_dead:
                        await self.revive()
                    self._changed.clear()
                    if not self._is_busy():
                        return
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"Way out: never at rest: {self.work()}") from None

    async def pass_time(self, seconds: float, *, stops: bool) -> None:
        """Lets time pass for everybody. With `stops` it stops at each moment at which something is due."""
        until = self.clock.true + timedelta(seconds=seconds)
        while True:
            owed = self._provider_owes()
            if owed is not None and owed <= self.clock.true:
                await self.catch_up()
            if self.clock.true >= until:
                return
            await self._move_towards(until, stops=stops)

    async def jump(self, move: Callable[[], None]) -> None:
        """Moves the clocks at once; everybody notices."""
        move()
        self.wake()
        await self.rest()

    def wake(self) -> None:
        """Whoever waits for work looks, as everybody does every second."""
        self._store._hear([Given(lane, None, self.clock.now()) for lane in Lane])

    async def _move_towards(self, until: datetime, *, stops: bool) -> None:
        """Never past what the provider owes: a call that arrives on the way is owed from then on."""
        owed = self._provider_owes() or until
        left = (min(until, owed) - self.clock.true).total_seconds()
        due = self._until_due() if stops else None
        await self.jump(partial(self.clock.advance, left if due is None else min(left, max(due, 1.0))))

    async def catch_up(self) -> None:
        """The provider ends what it still had to do: late sales happen, held answers leave, lists show what is so."""
        await self._provider_ends()
        await self.rest()

    async def _provider_ends(self) -> None:
        self.vobiz.release_lists()
        self.lists_held_since = None
        while self.vobiz.waiting:
            with suppress(InsufficientBalance):
                await self.vobiz.release()
        self.witness.notice()

    def _provider_owes(self) -> datetime | None:
        """When the provider has to be done with what it put off."""
        numbers = {waiting.e164 for waiting in self.vobiz.waiting}
        calls = [self.witness.last_of(number) for number in numbers]
        owed = [call.at + self.world.ends_calls_within for call in calls if call is not None]
        if self.lists_held_since is not None:
            owed.append(self.lists_held_since + timedelta(minutes=50))
        return min(owed, default=None)

    def work(self) -> list[tuple[object, ...]]:
        """All rows of work, for messages."""
        rows = self.records.rows("SELECT kind, request, not_before, lease_token, parked_at, claims, error FROM work")
        return [(*row[:2], str(moment(row[2])), *row[3:]) for row in rows]

    def _look_soon(self, _: object) -> None:
        """A call whose answer is held back is no reason to wait; it is known as such once its handler waits."""
        asyncio.get_running_loop().call_soon(self._changed.set)

    def _is_busy(self) -> bool:
        held = {waiting.e164 for waiting in self.vobiz.waiting if waiting.holds_answer}
        query = """SELECT lease_token, kind, e164 FROM work LEFT JOIN requests ON requests.id = work.request
                   WHERE lease_token IS NOT NULL"""
        leased = [row for row in self.records.rows(query) if row["lease_token"] not in self._dead_tokens]
        if any(row["kind"] != "purchase" or row["e164"] not in held for row in leased):
            return True
        return bool(self.records.rows(DUE, {"now": (self.clock.now() - EPOCH) // timedelta(microseconds=1)}))

    def _until_due(self) -> float | None:
        """Seconds until something becomes due, or the lease of somebody dead is over."""
        now = self.clock.now()
        query = "SELECT not_before, lease_until, lease_token FROM work WHERE parked_at IS NULL AND kind <> ?"
        times = [
            moment(max(row["not_before"], row["lease_until"] or 0))
            for row in self.records.rows(query, DueTidy.kind)  # for what comes round so often time is not stopped
            if row["lease_token"] is None or row["lease_token"] in self._dead_tokens
        ]
        return min(((time - now).total_seconds() for time in times if time > now), default=None)
