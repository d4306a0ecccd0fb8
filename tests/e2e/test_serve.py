"""`python -m bot serve` as a process of its own, between the stand-ins, with its settings in the environment."""

import resource
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bot.sandbox.slack import Done
from bot.sandbox.slack.example import ASHA, MEERA
from bot.sandbox.vobiz import Mood
from tests.harness.office import DATABASE, Office, Transport, a_closed_office, environment_for
from tests.harness.process import Bot, Ended, a_bot


@dataclass(kw_only=True)
class Street:
    """People and both stand-ins, as in an office whose bot is not opened here but runs as a process."""

    office: Office
    folder: Path
    running: AsyncExitStack

    def env(self, transport: Transport = "http") -> dict[str, str]:
        """What has to be set, and that all of it happens on this machine."""
        slack, vobiz = self.office.slack, self.office.vobiz
        return environment_for(slack, vobiz, self.folder, transport, {"APPROVERS": MEERA, "LOG_FORMAT": "json"})

    async def serve(self, env: dict[str, str]) -> Bot:
        """Started, and killed at the end if it still runs."""
        return await self.running.enter_async_context(a_bot("serve", folder=self.folder, env=env))

    async def is_open(self, env: dict[str, str]) -> Bot:
        """One that serves, and Slack knows where."""
        bot = await self.serve(env)
        if (await bot.is_open())["transport"] == "http":
            self.office.slack.events_url = bot.url
        return bot


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with a_closed_office(tmp_path) as office, AsyncExitStack() as running:
        yield Street(office=office, folder=tmp_path, running=running)


async def test_with_the_settings_it_needs_it_serves_buys_and_ends_when_told(
    street: Street, transport: Transport
) -> None:
    bot = await street.is_open(street.env(transport))
    async with httpx.AsyncClient(base_url=bot.address) as client:
        assert [(await client.get(f"/{path}")).status_code for path in ("healthz", "readyz")] == [200, 200]
    card = await street.office.a_card()
    assert await street.office.approve(card) == Done()
    await street.office.told(card, "is bought.")
    await street.office.shows(card, "Bought")
    bot.tell(signal.SIGTERM)
    ended = await bot.ends()
    assert (ended.code, ended.out) == (0, "")


async def test_settings_may_stand_in_a_file(street: Street) -> None:
    (street.folder / ".env").write_text("\n".join(f"{name}={value}" for name, value in street.env().items()), "utf-8")
    bot = await street.is_open({})
    bot.tell(signal.SIGINT)
    assert (await bot.ends()).code == 0


async def test_no_secret_is_logged_not_even_while_everything_goes_wrong(street: Street) -> None:
    env = {**street.env("socket mode"), "LOG_LEVEL": "DEBUG"}
    bot = await street.is_open(env)
    await street.office.ask("+91 80 6900 9999")
    await street.office.hears(ASHA, "is not on sale")
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


async def test_what_keeps_it_from_serving_is_said_in_one_line(street: Street) -> None:
    wrong = {**street.env("socket mode"), "SLACK_APP_TOKEN": "xapp-wrong-token", "LOG_LEVEL": "CRITICAL"}
    refused = "buynumber: Slack refuses SLACK_APP_TOKEN: invalid_auth\n"
    assert await (await street.serve(wrong)).ends() == Ended(code=2, out="", err=refused)
    await street.is_open(street.env())
    in_use = f"buynumber: another process serves from {street.folder / 'office.db'}: stop it first\n"
    assert await (await street.serve(street.env())).ends() == Ended(code=2, out="", err=in_use)


@pytest.mark.parametrize("deed", ["deleted", "overwritten"])
async def test_a_database_that_is_gone_under_it_stops_it_from_buying_and_everybody_can_see_that(
    street: Street, deed: str
) -> None:
    bot = await street.is_open(street.env())
    database = street.folder / DATABASE
    backup = shutil.copy(database, street.folder / "backup.db")
    card = await street.office.a_card()
    if deed == "deleted":
        database.unlink()
    else:
        shutil.copyfile(backup, database)
    assert await street.office.approve(card) != Done()
    await bot.logs("the database is away")
    async with httpx.AsyncClient(base_url=bot.address) as client:
        assert (await client.get("/readyz")).status_code == 503
    async with a_bot("check", folder=street.folder, env=street.env()) as checking:
        ended = await checking.ends()
    assert ended.code == 1
    assert "wrong  database: it was moved, deleted, replaced or overwritten under the bot" in ended.out
    assert street.office.vobiz.purchase_calls == []
    assert bot.failures == []


async def test_a_disk_that_takes_no_more_is_no_place_to_serve_from(street: Street) -> None:
    bot = await street.is_open(street.env())
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    assert await street.office.ask("status") != Done()
    async with httpx.AsyncClient(base_url=bot.address) as client:
        assert (await client.get("/readyz")).status_code == 503
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert (await client.get("/readyz")).status_code == 200
    assert await street.office.ask("status") == Done()
    assert bot.failures == []
