"""One bot, a process of its own, and what is thrown at it; afterwards it must be as it was, and a number be bought."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import aiohttp

from bot.domain.audit import BOT
from bot.domain.trail import Event
from bot.sandbox.slack import Done
from bot.sandbox.slack.delivery import Acknowledged, Envelope
from bot.sandbox.slack.example import (
    ASHA,
    GONE,
    GUEST,
    MEERA,
    NAMESAKE,
    NUMBERS,
    OTHER_BOT,
    SINGLE_CHANNEL_GUEST,
    STRANGER,
    TARA,
)
from bot.sandbox.vobiz import StockNumber
from tests.attack.recorded import as_sent_by, kind_of, recorded
from tests.attack.spoiling import Spoiler, Spoilt
from tests.harness.office import DATABASE, Office, Transport, a_closed_office
from tests.harness.patience import PATIENCE
from tests.harness.process import Bot, a_bot
from tests.machine.records import Records

ATTACKERS = (*(ASHA, ASHA, ASHA, ASHA), *(TARA, TARA), NAMESAKE, GUEST, SINGLE_CHANNEL_GUEST, GONE, STRANGER, OTHER_BOT)
"""Nobody who may approve. Who sent it is the one thing that nobody but Slack can forge."""

HARMLESS = frozenset(
    {
        *(Event.REQUESTED, Event.REQUESTED_ANEW, Event.WITHDRAWN, Event.ANSWERED),
        *(Event.REQUEST_REFUSED, Event.DECISION_REFUSED),
    }
)
"""What those can do: ask, take back, answer, be refused."""

AT_ONCE = 16

MOST_GROWTH = 48
"""MB of memory that may be gained after the first fifth."""

FOR_THE_END, SHOWN = "+918069012345", "+91 80 6901 2345"


class Siege:
    """`problems` is what may not be; `seen` counts what the attacks were answered."""

    def __init__(self, office: Office, bot: Bot, folder: Path, seed: str) -> None:
        self.office = office
        self.bot = bot
        self.problems: list[str] = []
        self.seen: Counter[str] = Counter()
        self.memory = 0
        self._seed = seed
        self._folder = folder
        self._records = Records(folder / DATABASE)
        self._before = 0
        self._spoiler: Spoiler | None = None
        self._search: Envelope | None = None

    @property
    def port(self) -> int:
        return int(self.bot.address.rpartition(":")[2])

    def close(self) -> None:
        self._records.close()

    async def learn(self) -> None:
        """Records what there is to spoil."""
        people = self.office.slack.workspace.people
        found = await recorded(self.office)
        self._search = next(envelope for envelope in found if kind_of(envelope) == "block_suggestion country")
        random = Random(self._seed)
        by_nobody_who_may = [as_sent_by(people.get(random.choice(ATTACKERS)), envelope) for envelope in found * 4]
        self._spoiler = Spoiler(self.office.slack.workspace, by_nobody_who_may)
        await self.rests()
        [(self._before,)] = self._records.rows("SELECT seq FROM audit_head")

    async def throw(self, numbers: Iterable[int]) -> None:
        """These payloads, some at a time. What each of them is depends on the seed and its number alone."""
        assert self._spoiler is not None
        over_http = self.office.slack.events_url is not None
        waiting = iter(numbers)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session:

            async def take() -> None:
                for number in waiting:
                    assert self._spoiler is not None
                    spoilt = self._spoiler.draw(Random(f"{self._seed}.{number}"))
                    if over_http:
                        await self._post(session, number, spoilt)
                    else:
                        await self._push(number, spoilt)

            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(take())
        await self.answers()

    async def answers(self) -> None:
        """Somebody who types something has it acknowledged."""
        if (outcome := await self.office.ask("help")) != Done():
            self.problems.append(f"a command was not acknowledged: {outcome}")

    async def rests(self) -> None:
        """Returns when nothing is due any more; what hangs meanwhile is raised."""
        due, before = self._due(), 0
        while due:
            before = due
            async with asyncio.timeout(PATIENCE):
                while (due := self._due()) >= before:  # noqa: ASYNC110 - another process' commits tell nobody
                    await asyncio.sleep(0.1)

    def _due(self) -> int:
        now = int(self.office.slack.workspace.wall() * 1_000_000)
        query = (
            "SELECT count(*) FROM work WHERE parked_at IS NULL AND failures = 0 AND error IS NULL AND not_before <= ?"
        )
        count: int = self._records.rows(query, now)[0][0]
        return count

    def warm(self) -> None:
        self.memory = resident(self.bot)

    async def end(self) -> None:
        """What must be true afterwards."""
        await self.rests()
        grown = resident(self.bot) - self.memory
        if grown > MOST_GROWTH:
            self.problems.append(f"memory grew by {grown} MB")
        self.seen["MB grown"] = grown
        self._look_at_the_trail()
        self.problems += [f"logged: {line}"[:3000] for line in self.bot.failures]
        await self._buy()
        async with a_bot("audit", "verify", folder=self._folder, env=self.office.environment) as verifying:
            ended = await verifying.ends()
        if ended.code != 0:
            self.problems.append(f"audit verify: {ended.out} {ended.err}")

    def _look_at_the_trail(self) -> None:
        rows = self._records.rows("SELECT event, actor, request FROM audit_entries WHERE seq > ?", self._before)
        self.seen.update(f"entry {row['event']}" for row in rows)
        self.problems += [f"{row['actor']} could: {row['event']}" for row in rows if row["event"] not in HARMLESS]
        own = {row["id"]: row["requester"] for row in self._records.rows("SELECT id, requester FROM requests")}
        by_people = [row for row in rows if row["actor"] != BOT]  # it withdraws what it can post no card of
        theirs = [row for row in by_people if row["event"] in (Event.WITHDRAWN, Event.ANSWERED)]
        self.problems += [
            f"{row['actor']} {row['event']} what {own[row['request']]} asked for"
            for row in theirs
            if own[row["request"]] != row["actor"]
        ]
        if self.office.vobiz.purchase_calls:
            self.problems.append("something was bought")
        for table in ("votes", "attempts", "reservations"):
            if self._records.rows(f"SELECT 1 FROM {table}"):
                self.problems.append(f"there are {table}")
        parked = self._records.rows("SELECT lane, kind, error FROM work WHERE parked_at IS NOT NULL")
        self.problems += [f"parked: {row['kind']} {row['error']}" for row in parked if row["lane"] in ("judge", "buy")]
        self.seen["for nowhere"] = len(parked)

    async def _buy(self) -> None:
        """The main job: asked for, approved, bought once."""
        office = self.office
        number = StockNumber(id="num_end", e164=FOR_THE_END, country="IN", region="Bengaluru")
        office.vobiz.world.stock([number])
        await office.ask(f"{FOR_THE_END} for the support line", by=TARA)
        [card] = await office.sees(lambda: [one for one in office.slack.messages(NUMBERS) if SHOWN in one.text][:1])
        await office.approve(card, by=MEERA)
        await office.told(card, "is bought.")
        if len(office.vobiz.purchase_calls) != 1:
            self.problems.append(f"{len(office.vobiz.purchase_calls)} purchase calls for one number")

    async def _post(self, session: aiohttp.ClientSession, number: int, spoilt: Spoilt) -> None:
        assert self.office.slack.events_url is not None
        try:
            async with session.post(self.office.slack.events_url, data=spoilt.body, headers=spoilt.headers) as answer:
                await answer.read()
        except (aiohttp.ClientError, TimeoutError, ValueError) as reason:
            self._fails(number, spoilt, repr(reason))
            return
        self.seen[str(answer.status)] += 1
        if answer.status >= 500 or (answer.status == 200 and not spoilt.is_signed):
            self._fails(number, spoilt, str(answer.status))

    async def _push(self, number: int, spoilt: Spoilt) -> None:
        """What has no form of Slack's gets no answer; a search that comes after it, on the same connection, does."""
        sockets = self.office.slack.sockets
        envelope = f'"envelope_id": "{number}", "type": "{spoilt.kind}", "accepts_response_payload": true'
        socket = sockets.connections[sockets._turn % len(sockets.connections)].socket
        await socket.send_str(f'{{{envelope}, "payload": {spoilt.text}}}')
        assert self._search is not None
        answer = await sockets.deliver(self._search)
        self.seen[type(answer).__name__] += 1
        if not isinstance(answer, Acknowledged):
            self._fails(number, spoilt, repr(answer))

    def _fails(self, number: int, spoilt: Spoilt, why: str) -> None:
        sent = {**spoilt.headers, "body": spoilt.body[:3000], "text": spoilt.text[:3000]}
        self.problems.append(f"number {number}: {why}: {sent}")


@asynccontextmanager
async def a_siege(folder: Path, transport: Transport, seed: str) -> AsyncIterator[Siege]:
    async with (
        a_closed_office(folder, {"LOG_FORMAT": "json"}, transport=transport) as office,
        a_bot("serve", folder=folder, env=office.environment) as bot,
    ):
        await bot.is_open()
        if transport == "http":
            office.slack.events_url = bot.url
        siege = Siege(office, bot, folder, seed)
        try:
            await siege.learn()
            yield siege
        finally:
            siege.close()


def resident(bot: Bot) -> int:
    """MB of it in memory."""
    return int(Path(f"/proc/{bot.pid}/statm").read_text("ascii").split()[1]) * 4096 // 2**20
