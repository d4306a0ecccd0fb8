"""The bot on PostgreSQL, through outages of the database. What several processes do to one another: `tests/races`.

A test asks for its database before its office, which is then closed first: a bot whose database has gone waits for it.
"""

import asyncio
import json
import signal
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert, select, text
from structlog.testing import capture_logs

from bot.app import Service
from bot.commands.serve import LEAVES_AFTER
from bot.domain.request import Status
from bot.sandbox.slack import Done, Failed
from bot.sandbox.vobiz import Mood
from bot.store import audit, requests, tables
from bot.store.database import open_to_serve
from bot.store.migrate import NewerSchema
from tests.harness.office import OpenOffice, environment_for
from tests.harness.patience import PATIENCE
from tests.harness.postgres import Server, engine_of, until_waiting_for_locks
from tests.harness.process import a_bot


async def _is_ready(service: Service) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{service.port}/readyz")).status_code


def _parked(url: str) -> list[str]:
    parked = select(tables.work.c.kind).where(tables.work.c.parked_at.is_not(None))
    with engine_of(url) as engine, engine.begin() as connection:
        return list(connection.execute(parked).scalars())


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
    await office.shows(card, "Bought")
    assert _parked(own_postgres_url) == []


async def test_a_sale_whose_answer_comes_while_the_database_is_away_is_kept(
    postgres: Server, postgres_database: str, own_postgres_url: str, open_office: OpenOffice
) -> None:
    office = await open_office(DATABASE_URL=own_postgres_url)
    card = await office.a_card()
    office.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    await office.approve(card)
    await office.vobiz.purchase_call()
    await asyncio.to_thread(postgres.cut_off, postgres_database)
    with capture_logs() as logged:
        await office.vobiz.release()
        async with asyncio.timeout(PATIENCE):
            while "what came of a call waits to be kept" not in [line["event"] for line in logged]:
                assert await _is_ready(office.service) == 503
    await asyncio.to_thread(postgres.let_in, postgres_database)
    await office.told(card, "is bought.")
    with engine_of(own_postgres_url) as engine, engine.begin() as connection:
        [request] = requests.newest(connection)
        told = [entry.event.value for entry in audit.of_request(connection, request.id)]
    assert told == ["requested", "approved", "attempt_recorded", "purchased"]
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
                    bot.tell(signal.SIGTERM)
                    ended = await bot.ends()
    assert (ended.code, LEAVES_AFTER < 15) == (0, True)
    assert "Traceback" not in ended.err
    assert json.loads(ended.err.splitlines()[-1])["event"] == "left without closing: something does not answer"


async def test_a_process_goes_on_beside_a_newer_version_that_migrated_the_database_and_does_not_start_there_again(
    own_postgres_url: str, open_office: OpenOffice
) -> None:
    office = await open_office(DATABASE_URL=own_postgres_url)
    card = await office.a_card()
    [request] = await office.requests()
    with engine_of(own_postgres_url) as engine, engine.begin() as connection:
        for table in ("control", "requests", "attempts", "audit_entries", "work"):
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN of_tomorrow TEXT DEFAULT 'x' NOT NULL"))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        newer = {"lane": "tell", "kind": "of_tomorrow", "payload": "[]", "request": request.id}
        connection.execute(insert(tables.work).values(newer | {"not_before": request.created_at}))
    assert await office.approve(card) == Done()
    await office.told(card, "is bought.")
    await office.shows(card, "Bought")
    with engine_of(own_postgres_url) as engine, engine.begin() as connection:
        left = connection.execute(select(tables.work).where(tables.work.c.kind == "of_tomorrow")).one()
    assert (left.claims, left.lease_token, left.parked_at) == (0, None, None)
    with pytest.raises(NewerSchema):
        open_to_serve(own_postgres_url)
