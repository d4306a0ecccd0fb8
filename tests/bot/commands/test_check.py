"""`check`: every credential and setting is tried, a line each, and nothing is spent."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.sandbox.slack import SlackStandIn, Workspace, furnish
from bot.sandbox.slack.example import MEERA, NUMBERS, VIKRAM
from bot.sandbox.vobiz import VobizStandIn, demo_inventory
from tests.office import DATABASE, environment_for
from tests.process import Ended, a_bot
from tests.stores import lay_down_a_database


@dataclass
class Outside:
    """Both stand-ins and a folder, before anything serves."""

    slack: SlackStandIn
    vobiz: VobizStandIn
    folder: Path

    async def check(self, **settings: str) -> Ended:
        env = environment_for(self.slack, self.vobiz, self.folder, "http", settings)
        async with a_bot("check", folder=self.folder, env=env) as checking:
            return await checking.ends()


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    vobiz = VobizStandIn(numbers=demo_inventory())
    await vobiz.start()
    async with SlackStandIn(workspace=furnish(Workspace())) as slack:
        yield Outside(slack, vobiz, tmp_path)
    await vobiz.stop()


async def test_where_all_is_right_it_says_so_and_ends_with_0(outside: Outside) -> None:
    lay_down_a_database(outside.folder / DATABASE)
    ended = await outside.check(APPROVAL_CHANNEL=NUMBERS, MONTHLY_BUDGET="INR:5000,USD:100")
    assert (ended.code, ended.err) == (0, "")
    *lines, last = ended.out.splitlines()
    assert last == "All is right."
    assert {line.split()[0] for line in lines} == {"ok"}
    for words in ("SLACK_BOT_TOKEN", "APPROVAL_CHANNEL", "APPROVERS: 2", "login works", "INR", "USD", "up to date"):
        assert words in ended.out
    assert not outside.vobiz.purchase_calls
    assert not outside.slack.messages(NUMBERS)


async def test_everything_that_is_wrong_is_named_without_any_secret_and_ends_with_1(outside: Outside) -> None:
    secrets = {"SLACK_BOT_TOKEN": "xoxb-letmein", "VOBIZ_AUTH_TOKEN": "letmebuy"}
    ended = await outside.check(**secrets, APPROVERS=f"{MEERA},{VIKRAM}")
    assert ended.code == 1
    wrong = [line for line in ended.out.splitlines() if line.startswith("wrong")]
    assert ["SLACK_BOT_TOKEN" in wrong[0], "VOBIZ_AUTH_TOKEN" in wrong[1]] == [True, True]
    assert ended.out.splitlines()[-1] == "2 not right."
    assert "letme" not in ended.out + ended.err


async def test_a_database_that_nobody_made_yet_is_worth_knowing_and_is_not_made(outside: Outside) -> None:
    ended = await outside.check()
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines() if "database" in line] == ["note"]
    assert not list(outside.folder.iterdir())
