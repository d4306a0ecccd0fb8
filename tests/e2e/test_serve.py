"""`python -m bot serve` as a process of its own, between the stand-ins, with its settings in the environment."""

import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.domain.request import Status
from bot.sandbox.slack import Done
from bot.sandbox.vobiz import Mood
from tests.harness.clock import FakeClock
from tests.harness.office import Office, Transport, a_closed_office, environment_for
from tests.harness.process import Bot, Ended, a_bot
from tests.harness.stores import a_store

A_LEASE_AND_MORE = timedelta(minutes=2)
"""Longer than a worker has a purchase to itself."""


@dataclass(kw_only=True)
class Street:
    """People and both stand-ins, as in an office whose bot is not opened here but runs as a process."""

    office: Office
    folder: Path
    session: aiohttp.ClientSession
    running: AsyncExitStack

    def env(self, transport: Transport = "http") -> dict[str, str]:
        """What has to be set, and that all of it happens on this machine."""
        slack, vobiz = self.office.slack, self.office.vobiz
        return environment_for(slack, vobiz, self.folder, transport, {"APPROVERS": "U0MEERA01", "LOG_FORMAT": "json"})

    async def serve(self, env: dict[str, str]) -> Bot:
        """Started, and killed at the end if it still runs."""
        return await self.running.enter_async_context(a_bot("serve", folder=self.folder, env=env))

    async def fails(self, env: dict[str, str]) -> Ended:
        """A bot that ends by itself."""
        bot = await self.serve(env)
        return await bot.ends()

    async def is_open(self, bot: Bot) -> str:
        """Waits until it serves, tells Slack where, and returns its address."""
        if (await bot.is_open())["transport"] == "http":
            self.office.slack.events_url = bot.url
        return bot.address

    async def get(self, url: str) -> int:
        async with self.session.get(url) as answer:
            return answer.status


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with a_closed_office(tmp_path) as office, aiohttp.ClientSession() as session, AsyncExitStack() as running:
        yield Street(office=office, folder=tmp_path, session=session, running=running)


async def test_with_the_settings_it_needs_it_serves_buys_and_ends_when_told(
    street: Street, transport: Transport
) -> None:
    bot = await street.serve(street.env(transport))
    address = await street.is_open(bot)
    assert [await street.get(f"{address}/{path}") for path in ("healthz", "readyz")] == [200, 200]
    card = await street.office.a_card()
    assert await street.office.approve(card) == Done()
    await street.office.told(card, "is bought.")
    await street.office.shows(card, "Bought")
    bot.tell(signal.SIGTERM)
    ended = await bot.ends()
    assert (ended.code, ended.out) == (0, "")


async def test_settings_may_stand_in_a_file(street: Street) -> None:
    (street.folder / ".env").write_text("\n".join(f"{name}={value}" for name, value in street.env().items()), "utf-8")
    bot = await street.serve({})
    await street.is_open(bot)
    bot.tell(signal.SIGINT)
    assert (await bot.ends()).code == 0


async def test_no_secret_is_logged_not_even_while_everything_goes_wrong(street: Street) -> None:
    env = {**street.env("socket mode"), "LOG_LEVEL": "DEBUG"}
    bot = await street.serve(env)
    await street.is_open(bot)
    await street.office.ask("+91 80 6900 9999")
    await street.office.hears("U0ASHA001", "is not on sale")
    street.office.vobiz.next_purchase(Mood.HTML_502)
    card = await street.office.a_card()
    await street.office.approve(card)
    await street.office.told(card, "nobody knows yet")
    street.office.slack.workspace.faults.lose_answer("response_url")
    await street.office.ask("+91 80 6900 9999")
    await bot.logs("work waits")
    bot.tell(signal.SIGTERM)
    ended = await bot.ends()
    assert "route" in ended.err
    secrets = {env[name] for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "VOBIZ_AUTH_TOKEN", "DATABASE_URL")}
    assert [secret for secret in secrets if secret in ended.err] == []
    assert "/commands/" not in ended.err


async def test_a_purchase_that_is_out_when_it_is_told_to_end_is_awaited_and_the_next_one_tells_of_it(
    street: Street,
) -> None:
    bot = await street.serve(street.env())
    await street.is_open(bot)
    card = await street.office.a_card()
    street.office.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    await street.office.approve(card)
    await street.office.vobiz.purchase_call()
    bot.tell(signal.SIGTERM)
    await bot.is_stopping()
    await street.office.vobiz.release()
    assert (await bot.ends()).code == 0
    [request] = await street.office.requests()
    assert request.status is Status.PURCHASED
    await street.is_open(await street.serve(street.env()))
    await street.office.told(card, "is bought.")
    await street.office.shows(card, "Bought")
    assert len(street.office.vobiz.purchase_calls) == 1


async def test_a_bot_that_was_killed_while_a_purchase_was_out_leaves_it_to_the_next_one_which_does_not_call_again(
    street: Street,
) -> None:
    bot = await street.serve(street.env())
    await street.is_open(bot)
    card = await street.office.a_card()
    street.office.vobiz.next_purchase(Mood.SOLD_NEVER_ANSWERED)
    await street.office.approve(card)
    await street.office.vobiz.purchase_call()
    bot.tell(signal.SIGKILL)
    await bot.ends()
    later = FakeClock(datetime.now(UTC) + A_LEASE_AND_MORE)
    next_one = Office(street.office.slack, street.office.vobiz, street.office.environment, later)
    await next_one.open()
    street.running.push_async_callback(next_one.service.stop)
    await next_one.shows(card, "Outcome unknown: ")
    await next_one.told(card, "the bot was stopped while the call was out")
    assert len(street.office.vobiz.purchase_calls) == 1


async def test_a_second_one_on_the_same_database_says_so_in_one_line(street: Street) -> None:
    await street.is_open(await street.serve(street.env()))
    second = await street.fails(street.env())
    assert (second.code, second.out) == (2, "")
    assert second.err == (f"buynumber: another process serves from {street.folder / 'office.db'}: stop it first\n")


@pytest.mark.parametrize(
    ("setting", "token"), [("SLACK_BOT_TOKEN", "xoxb-wrong-token"), ("SLACK_APP_TOKEN", "xapp-wrong-token")]
)
async def test_a_token_that_slack_refuses_is_named_in_one_line(street: Street, setting: str, token: str) -> None:
    ended = await street.fails({**street.env("socket mode"), setting: token, "LOG_LEVEL": "CRITICAL"})
    assert ended == Ended(code=2, out="", err=f"buynumber: Slack refuses {setting}: invalid_auth\n")


async def test_a_database_of_a_newer_version_is_not_touched(street: Street) -> None:
    a_store(street.folder).close()
    with closing(sqlite3.connect(street.folder / "buynumber.db")) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
        file.commit()
    ended = await street.fails({**street.env(), "DATABASE_URL": f"sqlite:///{street.folder / 'buynumber.db'}"})
    newer = "buynumber: the database was written by a newer version of the bot: update the bot\n"
    assert ended == Ended(code=2, out="", err=newer)
