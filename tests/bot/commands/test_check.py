"""`check`: every credential and setting is tried, a line each, and nothing is spent."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.sandbox.slack import SlackStandIn
from bot.sandbox.slack.example import MEERA, NUMBERS, VIKRAM
from bot.sandbox.vobiz import ReadMood, VobizStandIn
from bot.store import tables
from handlers.checkup import OPTIONAL_SCOPES
from tests.bot.commands import spoiling
from tests.harness.office import DATABASE, a_closed_office, environment_for
from tests.harness.postgres import Server, engine_of
from tests.harness.process import Ended, a_bot
from tests.harness.stores import lay_down_a_database


@dataclass
class Outside:
    """Both stand-ins and a folder, before anything serves."""

    slack: SlackStandIn
    vobiz: VobizStandIn
    folder: Path

    async def check(self, *options: str, **settings: str) -> Ended:
        env = environment_for(self.slack, self.vobiz, self.folder, "http", settings)
        async with a_bot("check", *options, folder=self.folder, env=env) as checking:
            return await checking.ends()


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    async with a_closed_office(tmp_path) as office:
        yield Outside(office.slack, office.vobiz, tmp_path)


async def test_where_all_is_right_it_says_so_and_ends_with_0(outside: Outside) -> None:
    lay_down_a_database(outside.folder / DATABASE)
    before = (outside.folder / DATABASE).read_bytes()
    app = outside.slack.workspace.app
    outside.slack.workspace.app = replace(app, scopes=(*app.scopes, *OPTIONAL_SCOPES))
    ended = await outside.check(APPROVAL_CHANNEL=NUMBERS, MONTHLY_BUDGET="INR:5000,USD:100")
    assert (ended.code, ended.err) == (0, "")
    *lines, last = ended.out.splitlines()
    assert last == "All is right."
    assert {line.split()[0] for line in lines} == {"ok"}
    for words in ("SLACK_BOT_TOKEN", "APPROVAL_CHANNEL", "APPROVERS: 2", "login works", "INR", "USD", "takes writes"):
        assert words in ended.out
    assert not outside.vobiz.purchase_calls
    assert not outside.slack.messages(NUMBERS)
    assert (outside.folder / DATABASE).read_bytes() == before


async def test_everything_that_is_wrong_is_named_without_any_secret_and_ends_with_1(outside: Outside) -> None:
    secrets = {"SLACK_BOT_TOKEN": "xoxb-letmein", "VOBIZ_AUTH_TOKEN": "letmebuy"}
    ended = await outside.check(**secrets, APPROVERS=f"{MEERA},{VIKRAM}")
    assert ended.code == 1
    wrong = [line for line in ended.out.splitlines() if line.startswith("wrong")]
    assert ["SLACK_BOT_TOKEN" in wrong[0], "VOBIZ_AUTH_TOKEN" in wrong[1]] == [True, True]
    assert ended.out.splitlines()[-1] == "2 not right."
    assert "letme" not in ended.out + ended.err
    for_scripts = await outside.check("--json", **secrets, APPROVERS=f"{MEERA},{VIKRAM}")
    assert (for_scripts.code, "letme" in for_scripts.out) == (1, False)
    objects = [json.loads(line) for line in for_scripts.out.splitlines()]
    assert [f"{one['mark']:5}  {one['name']}: {one['words']}" for one in objects if one["way"] is None] == [
        line for line in ended.out.splitlines() if line.startswith("ok")
    ]
    assert [one["name"] for one in objects if one["mark"] == "wrong"] == ["SLACK_BOT_TOKEN", "Vobiz"]
    assert next(one for one in objects if one["name"] == "database")["commands"] == ["buynumber serve"]


async def test_a_database_that_nobody_made_yet_is_worth_knowing_and_is_not_made(outside: Outside) -> None:
    ended = await outside.check()
    assert (ended.code, of_the_database(ended)) == (0, ["note"])
    assert not list(outside.folder.iterdir())


@pytest.mark.parametrize(
    ("spoil", "code", "mark"),
    [
        pytest.param(spoiling.an_older_versions, 0, "note", id="the next start brings it up to date"),
        (spoiling.a_newer_versions, 1, "wrong"),
        (spoiling.work_and_findings_of_a_newer_versions_kinds, 1, "ok"),
        (spoiling.an_attempt_that_ended_as_a_newer_version_ends_them, 1, "wrong"),
        (spoiling.no_database, 1, "wrong"),
        (spoiling.damaged_where_the_requests_are, 1, "wrong"),
        (spoiling.another_programs, 1, "wrong"),
    ],
)
async def test_a_database_that_cannot_be_used_as_it_is_is_said_to_be_so(
    outside: Outside, spoil: Callable[[Path], None], code: int, mark: str
) -> None:
    lay_down_a_database(outside.folder / DATABASE)
    spoil(outside.folder / DATABASE)
    ended = await outside.check()
    assert (ended.code, ended.err, of_the_database(ended)) == (code, "", [mark])
    assert ended.out.splitlines()[-1] == ("1 not right." if code else "All is right.")


async def test_a_server_that_cannot_be_reached_or_has_to_be_migrated_is_wrong(
    outside: Outside, postgres: Server
) -> None:
    unreachable = await outside.check(DATABASE_URL="postgresql://bot:letmein@127.0.0.1:1/numbers")
    empty = await outside.check(DATABASE_URL=postgres.url(postgres.new_database(migrated=False)))
    for ended in (unreachable, empty):
        assert (ended.code, of_the_database(ended)) == (1, ["wrong"])
    assert "letmein" not in unreachable.out + unreachable.err
    assert "`buynumber migrate`" in empty.out


@pytest.mark.parametrize(
    ("route", "words"),
    [
        ("balance", "balance: not readable in INR (http_503)"),
        ("transactions", "ledger: not readable (http_503): nobody hears of late charges"),
    ],
)
async def test_a_balance_or_a_ledger_that_cannot_be_read_is_wrong(outside: Outside, route: str, words: str) -> None:
    lay_down_a_database(outside.folder / DATABASE)
    outside.vobiz.every_read(ReadMood.UNAVAILABLE_503, route=route)
    ended = await outside.check()
    assert ended.code == 1
    assert f"wrong  {words}" in ended.out


def of_the_database(ended: Ended) -> list[str]:
    """How the lines about the database are marked."""
    return [line.split()[0] for line in ended.out.splitlines() if "database" in line or ".db" in line]


async def test_a_server_takes_writes_too_which_are_undone(outside: Outside, own_postgres_url: str) -> None:
    ended = await outside.check(DATABASE_URL=own_postgres_url)
    assert (ended.code, "up to date, and takes writes" in ended.out) == (0, True)
    with engine_of(own_postgres_url) as engine, engine.connect() as connection:
        assert connection.execute(select(tables.pulse.c.at)).scalar_one() is None


async def test_a_database_that_takes_no_write_is_wrong(outside: Outside) -> None:
    lay_down_a_database(outside.folder / DATABASE)
    spoiling.taking_no_write(outside.folder / DATABASE)
    ended = await outside.check()
    assert ended.code == 1
    assert "up to date, but it takes no write (" in ended.out
