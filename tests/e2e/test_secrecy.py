"""Every world is searched for the bot's secrets when it ends: here one is let out, in each place, and it is found."""

import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection

from bot.sandbox.slack.example import NUMBERS
from bot.services.acts import Address, AskForStatus, take
from tests.harness.builders import NOON
from tests.harness.office import Office, an_office
from tests.harness.process import Job, a_fork
from tests.harness.secrecy import secrets_of


async def _to_slack(office: Office, secret: str) -> None:
    client = AsyncWebClient(token=office.settings.slack_bot_token.get_secret_value(), base_url=office.slack.api_url)
    await client.chat_postMessage(channel=NUMBERS, text=f"we use {secret}")


async def _into_the_database(office: Office, secret: str) -> None:
    def keep(connection: Connection) -> bool:
        act = AskForStatus(team="T1", trigger_id="1", by=Address(user="U1", at=NOON, channel=secret))
        return take(connection, act, NOON)

    await office.service._served.store.write(keep)


@pytest.mark.parametrize(
    ("name", "let_out"),
    [
        ("SLACK_BOT_TOKEN", _into_the_database),
        ("SLACK_APP_TOKEN", _to_slack),
        ("SLACK_SIGNING_SECRET", _into_the_database),
        ("VOBIZ_AUTH_TOKEN", _to_slack),
    ],
)
async def test_a_secret_that_a_world_lets_out_is_found_and_not_repeated(
    tmp_path: Path, name: str, let_out: Callable[[Office, str], Awaitable[None]]
) -> None:
    async with AsyncExitStack() as world:
        office = await world.enter_async_context(an_office(tmp_path, transport="socket mode"))
        secret = secrets_of(office.environment)[name]
        await let_out(office, secret)
        with pytest.raises(AssertionError, match=f"holds the secret of {name}") as found:
            await world.aclose()
    assert secret not in str(found.value)


async def test_a_secret_in_a_postgresql_database_is_found(tmp_path: Path, own_postgres_url: str) -> None:
    async with AsyncExitStack() as world:
        office = await world.enter_async_context(an_office(tmp_path, DATABASE_URL=own_postgres_url))
        await _into_the_database(office, secrets_of(office.environment)["VOBIZ_AUTH_TOKEN"])
        with pytest.raises(AssertionError, match="the PostgreSQL database: holds the secret of VOBIZ_AUTH_TOKEN"):
            await world.aclose()


def blurt(said: Sequence[str]) -> int:
    sys.stdout.write(f"{os.environ['VOBIZ_AUTH_TOKEN'] if 'token' in said else said[0]}\n")
    return 0


@pytest.mark.parametrize(
    ("said", "found"),
    [("token", "the secret of VOBIZ_AUTH_TOKEN"), ("http://127.0.0.1:1/commands/T0DEMO001/1/s3cret", "a response URL")],
)
async def test_a_secret_that_a_process_says_is_found(tmp_path: Path, said: str, found: str) -> None:
    environment = {"VOBIZ_AUTH_TOKEN": "t0ken-of-the-account"}
    job = Job(run="tests.e2e.test_secrecy:blurt", arguments=[said], environment=environment, folder=tmp_path)
    bot = await a_fork(job)
    await bot.ends()
    with pytest.raises(AssertionError, match=f"a process said: holds {found}"):
        await bot.close()
