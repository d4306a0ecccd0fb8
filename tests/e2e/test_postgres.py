"""The bot on PostgreSQL: the same job, by several processes, and through an outage of the database.

A test asks for its database before its office, which is then closed first: a bot whose database has gone waits for it.
"""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from sqlalchemy import Connection, select, text

from bot.app import Service
from bot.domain.request import Status
from bot.sandbox.slack import Done, Failed
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, VIKRAM
from bot.sandbox.vobiz import Mood
from bot.store import audit, requests, tables
from tests.harness.office import BENGALURU, OpenOffice, environment_for
from tests.harness.patience import PATIENCE
from tests.harness.postgres import Server, engine_of, until_waiting_for_locks
from tests.harness.process import a_bot


async def _is_ready(service: Service) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{service.port}/readyz")).status_code


@asynccontextmanager
async def _held(url: str, lock: Callable[[Connection], object], *, until_waiting: int) -> AsyncIterator[None]:
    """Holds something while what is inside begins, and lets go when so many wait."""
    with engine_of(url) as engine, engine_of(url) as watching, engine.begin() as connection:
        lock(connection)
        yield
        await asyncio.to_thread(until_waiting_for_locks, watching, until_waiting)


def _parked(url: str) -> list[str]:
    parked = select(tables.work.c.kind).where(tables.work.c.parked_at.is_not(None))
    with engine_of(url) as engine, engine.begin() as connection:
        return list(connection.execute(parked).scalars())


async def test_the_main_job(own_postgres_url: str, open_office: OpenOffice) -> None:
    office = await open_office(DATABASE_URL=own_postgres_url)
    assert await _is_ready(office.service) == 200
    card = await office.a_card()
    assert await office.approve(card) == Done()
    await office.told(card, "is bought.")
    await office.shows(card, f"Bought. Approved by <@{MEERA}>")
    assert [sale.e164 for sale in office.vobiz.sales] == [BENGALURU]
    [request] = await office.requests()
    assert request.status is Status.PURCHASED


async def test_what_one_process_took_another_may_do(own_postgres_url: str, open_office: OpenOffice) -> None:
    office = await open_office(DATABASE_URL=own_postgres_url)
    card = await office.a_card()
    second = Service(office.settings)
    await second.start()
    try:
        await second.ready()
        office.slack.events_url = f"http://127.0.0.1:{second.port}/slack/events"
        await office.service.stop()
        await office.approve(card)
        await office.told(card, "is bought.")
    finally:
        await second.stop()
    assert len(office.vobiz.purchase_calls) == 1


async def test_processes_side_by_side_buy_each_number_once_and_tell_it_once(
    own_postgres_url: str, open_office: OpenOffice
) -> None:
    office = await open_office(DATABASE_URL=own_postgres_url)
    second = Service(office.settings)
    await second.start()
    try:
        await second.ready()
        numbers = [BENGALURU, "+918069000187", "+918069000231"]
        cards = [await office.a_card(number) for number in numbers]
        await asyncio.gather(*(office.approve(card) for card in cards))
        for card in cards:
            await office.told(card, "is bought.")
            await office.shows(card, "Bought")
    finally:
        await second.stop()
    assert {call.e164 for call in office.vobiz.purchase_calls} == set(numbers)
    assert len(office.vobiz.purchase_calls) == len(numbers)
    assert [len(office.slack.thread(NUMBERS, card.ts)) for card in cards] == [2, 2, 2]


async def test_of_two_who_ask_for_one_number_at_once_the_second_hears_of_the_first(
    own_postgres_url: str, open_office: OpenOffice
) -> None:
    office = await open_office(DATABASE_URL=own_postgres_url)

    def hold_the_trail(connection: Connection) -> None:
        connection.execute(select(tables.audit_head).with_for_update())

    async with _held(own_postgres_url, hold_the_trail, until_waiting=2):
        assert await office.ask(f"{BENGALURU} for me", by=ASHA) == Done()
        assert await office.ask(f"{BENGALURU} for me", by=VIKRAM) == Done()
    [card] = await office.slack.wait_for(lambda _: office.slack.messages(NUMBERS), timeout=PATIENCE)
    [request] = await office.requests()
    loser = VIKRAM if request.requester == ASHA else ASHA
    heard = await office.hears(loser, "already")
    assert request.requester in card.text
    assert "+91 80 6900 0142" in heard.text
    with engine_of(own_postgres_url) as engine, engine.begin() as connection:
        assert len(audit.of_request(connection, request.id)) == 1


async def test_while_the_database_is_away_nothing_is_taken_and_afterwards_everything_goes_on(
    postgres: Server, postgres_database: str, own_postgres_url: str, open_office: OpenOffice
) -> None:
    office = await open_office(DATABASE_URL=own_postgres_url)
    card = await office.a_card()
    await asyncio.to_thread(postgres.cut_off, postgres_database)
    assert isinstance(await office.approve(card), Failed)
    assert await _is_ready(office.service) == 503
    await asyncio.to_thread(postgres.let_in, postgres_database)
    assert await _is_ready(office.service) == 200
    [request] = await office.requests()
    assert request.status is Status.PENDING
    assert await office.approve(card) == Done()
    await office.told(card, "is bought.")
    assert _parked(own_postgres_url) == []


async def test_a_process_that_is_told_to_stop_ends_within_fifteen_seconds_though_the_database_does_not_answer(
    tmp_path: Path, postgres: Server, postgres_database: str, own_postgres_url: str, open_office: OpenOffice
) -> None:
    office = await open_office(DATABASE_URL=own_postgres_url)
    await office.service.stop()
    settings = {"DATABASE_URL": own_postgres_url, "LOG_FORMAT": "json"}
    env = environment_for(office.slack, office.vobiz, tmp_path, "http", settings)
    with engine_of(own_postgres_url) as engine, engine_of(own_postgres_url) as watching:
        async with a_bot("serve", folder=tmp_path, env=env, started=True) as bot:
            await bot.logs("serving")
            with engine.begin() as connection:
                connection.execute(text("LOCK TABLE work"))
                await asyncio.to_thread(until_waiting_for_locks, watching, 2)
                with postgres.stalled(postgres_database):
                    told = time.monotonic()
                    bot.tell(signal.SIGTERM)
                    ended = await bot.ends()
                    took = time.monotonic() - told
    assert (ended.code, took < 15) == (0, True)
    assert "Traceback" not in ended.err
    assert json.loads(ended.err.splitlines()[-1])["event"] == "left without closing: something does not answer"


async def test_a_sale_whose_answer_comes_while_the_database_is_away_is_kept(
    postgres: Server, postgres_database: str, own_postgres_url: str, open_office: OpenOffice
) -> None:
    office = await open_office(DATABASE_URL=own_postgres_url)
    card = await office.a_card()
    office.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    await office.approve(card)
    await office.vobiz.purchase_call()
    await asyncio.to_thread(postgres.cut_off, postgres_database)
    await office.vobiz.release()
    assert await _is_ready(office.service) == 503
    await asyncio.to_thread(postgres.let_in, postgres_database)
    await office.told(card, "is bought.")
    with engine_of(own_postgres_url) as engine, engine.begin() as connection:
        [request] = requests.newest(connection)
        told = [entry.event.value for entry in audit.of_request(connection, request.id)]
    assert told == ["requested", "approved", "attempt_recorded", "purchased"]
    assert _parked(own_postgres_url) == []
