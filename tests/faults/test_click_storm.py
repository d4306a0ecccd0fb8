"""Sixty clicks by two people, each delivered to two processes on one PostgreSQL: one purchase at most, all are told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import aiohttp
from aiohttp import web
from sqlalchemy import Connection

from bot.domain.request import Status
from bot.sandbox.slack import Done, Message, Outcome, Workspace
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, VIKRAM
from bot.store import database, requests
from tests.faults.processes import Process, a_process
from tests.faults.scenes import APPROVERS
from tests.harness.office import BENGALURU, Office, a_closed_office, buttons
from tests.harness.patience import PATIENCE
from tests.harness.promise.invariants import complaints, no_act_is_lost
from tests.harness.promise.rest import at_rest
from tests.harness.promise.told import told_alone


class TwiceToTwo:
    """Between Slack and two processes: the same signed bytes go to both, to each of them first in turn."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self._processes = processes
        self._turn = count()

    async def take(self, request: web.Request) -> web.Response:
        """Answers what the first of the two answered."""
        body, first = await request.read(), next(self._turn) % 2
        async with aiohttp.ClientSession() as session:
            statuses = [
                await self._pass_on(session, self._processes[which].events_url, request, body)
                for which in (first, 1 - first)
            ]
        assert set(statuses) == {200}
        return web.Response()

    async def _pass_on(self, session: aiohttp.ClientSession, url: str, request: web.Request, body: bytes) -> int:
        async with session.post(url, data=body, headers=request.headers) as answer:
            return answer.status


class Storm:
    """One card under a storm of clicks."""

    def __init__(self, office: Office) -> None:
        self.slack = office.slack
        self.vobiz = office.vobiz
        self._settings = office.settings
        self._processes: Sequence[Process] = ()

    async def begin(self, processes: Sequence[Process]) -> None:
        self._processes = processes
        await self.slack.command(ASHA, NUMBERS, BENGALURU)
        await self.slack.wait_for(lambda _: self.slack.messages(NUMBERS), timeout=PATIENCE)

    @property
    def card(self) -> Message:
        (card,) = self.slack.messages(NUMBERS)
        return card

    async def approve(self, by: str, value: str) -> Outcome:
        """As somebody clicks whose Slack has not shown the rewritten card yet."""
        return await self.slack.forge_click(by, self.card.ts, "approve", value=value)

    async def open_deny_form(self, by: str, value: str) -> None:
        assert await self.slack.forge_click(by, self.card.ts, "deny", value=value) == Done()
        await self.slack.wait_for(lambda _: self.slack.modal(by), timeout=PATIENCE)

    async def send_deny_form(self, by: str) -> Outcome:
        form = self.slack.modal(by)
        assert form is not None
        return await self.slack.submit(by, form.id, {"reason": {"reason": "too dear"}})

    async def is_over(self, acts: int) -> None:
        """Everybody has seen what came of each act: a reply in the thread, or words to them alone."""

        def seen(_: Workspace) -> bool:
            replies = [reply.text for reply in self.slack.thread(NUMBERS, self.card.ts)]
            decided = sum("approved buying" in text or "denied buying" in text for text in replies)
            refused = sum(len(told_alone(self.slack, person)) for person in APPROVERS)
            ended = any("is bought." in text or "denied buying" in text for text in replies)
            return decided + refused >= acts and ended and self.card.text.startswith(("Bought", "Denied"))

        await self.slack.wait_for(seen, timeout=PATIENCE)
        for process in self._processes:
            await process.stop()

    async def ends_well(self, acts: dict[str, int]) -> Status:
        """Nothing is otherwise than promised; returns what became of the request."""

        def ask(connection: Connection) -> tuple[list[str], Status]:
            rest = at_rest(
                connection, self.slack, self.vobiz, self._settings.rules, approvers=APPROVERS, now=datetime.now(UTC)
            )
            (request,) = requests.newest(connection)
            done = {ASHA: 1, **acts}
            return [*complaints(rest), *no_act_is_lost(rest, done, done)], request.status

        store = database.open_to_read(self._settings.database_url.get_secret_value())
        try:
            found, status = await store.read(ask)
        finally:
            store.close()
        assert found == []
        return status


@asynccontextmanager
async def a_storm(folder: Path, **settings: str) -> AsyncIterator[Storm]:
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(a_closed_office(folder, settings))
        processes = [
            await stack.enter_async_context(a_process(office.environment, folder, now=datetime.now(UTC), lives=None))
            for _ in range(2)
        ]
        front = web.Application()
        front.router.add_post("/", TwiceToTwo(processes).take)
        runner = web.AppRunner(front, access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        office.slack.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        storm = Storm(office)
        await storm.begin(processes)
        yield storm


async def test_thirty_approvals_each_are_one_vote_each(tmp_path: Path, own_postgres_url: str) -> None:
    async with a_storm(tmp_path, DATABASE_URL=own_postgres_url, SECOND_APPROVAL_ABOVE="INR:100") as storm:
        value = buttons(storm.card)["approve"]
        clicks = [storm.approve(by, value) for _ in range(30) for by in (MEERA, VIKRAM)]
        assert await asyncio.gather(*clicks) == [Done()] * 60
        await storm.is_over(60)
        assert await storm.ends_well({MEERA: 30, VIKRAM: 30}) is Status.PURCHASED
        assert len(storm.vobiz.purchase_calls) == 1
        assert {person: len(told_alone(storm.slack, person)) for person in APPROVERS} == {MEERA: 29, VIKRAM: 29}


async def test_approvals_and_denials_at_once_end_in_one_of_the_two(tmp_path: Path, own_postgres_url: str) -> None:
    async with a_storm(tmp_path, DATABASE_URL=own_postgres_url) as storm:
        value = buttons(storm.card)["approve"]

        async def deny(by: str) -> None:
            for _ in range(7):
                assert await storm.send_deny_form(by) == Done()
                await storm.open_deny_form(by, value)
            assert await storm.send_deny_form(by) == Done()

        people = (MEERA, VIKRAM)
        for by in people:
            await storm.open_deny_form(by, value)
        approvals = [storm.approve(by, value) for _ in range(15) for by in people]
        await asyncio.gather(*(deny(by) for by in people), *approvals)
        await storm.is_over(46)
        status = await storm.ends_well({MEERA: 23, VIKRAM: 23})
        assert status in (Status.PURCHASED, Status.DENIED)
        assert len(storm.vobiz.purchase_calls) == (1 if status is Status.PURCHASED else 0)
