"""`migrate`, and what `serve` says to a database that needs it, as an operator runs them."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store.database import open_to_serve
from bot.store.migrate import HEAD
from tests.bot.conftest import REQUIRED
from tests.harness.office import a_closed_office
from tests.harness.postgres import Server, engine_of
from tests.harness.process import Ended, a_bot


def _run(command: str, folder: Path, url: str, **more: str) -> Ended:
    async def ran() -> Ended:
        async with a_bot(command, folder=folder, env={"DATABASE_URL": url, **more}) as bot:
            return await bot.ends()

    return asyncio.run(ran())


def test_a_database_is_brought_up_to_date_and_it_is_said_from_where(tmp_path: Path, postgres: Server) -> None:
    url = postgres.url(postgres.new_database(migrated=False))
    first, second = (_run("migrate", tmp_path, url) for _ in range(2))
    assert (first.code, first.err) == (0, "")
    assert first.out == f"The database was brought from nothing to revision {HEAD}.\n"
    assert second.out == f"The database is up to date, at revision {HEAD}.\n"
    open_to_serve(url).close()


def test_a_file_that_is_missing_is_made(tmp_path: Path) -> None:
    assert _run("migrate", tmp_path, "sqlite:///new.db").code == 0
    open_to_serve(f"sqlite:///{tmp_path / 'new.db'}").close()


@pytest.mark.parametrize(
    ("revision", "words"),
    [
        (None, "the database is empty: run `buynumber migrate` first"),
        ("0000", "has an older schema"),
        ("9999", "a newer version"),
    ],
)
def test_serving_from_another_versions_schema_or_none_ends_with_2_and_one_line(
    tmp_path: Path, postgres: Server, revision: str | None, words: str
) -> None:
    url = postgres.url(postgres.new_database(migrated=revision is not None))
    if revision is not None:
        with engine_of(url) as engine, engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    ended = _run("serve", tmp_path, url, **REQUIRED)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert words in ended.err


@pytest.mark.parametrize("command", ["migrate", "requests"])
def test_a_server_that_is_not_there_ends_with_2_in_one_line_without_its_address(tmp_path: Path, command: str) -> None:
    ended = _run(command, tmp_path, "postgresql://bot:letmein@127.0.0.1:1/numbers")
    assert ended.code == 2
    assert ended.err == "buynumber: the database cannot be used: Connection refused\n"


@pytest.mark.parametrize("command", ["migrate", "serve", "check", "requests", "freeze"])
async def test_a_database_in_another_encoding_ends_every_command_with_2_and_one_line(
    tmp_path: Path, postgres: Server, command: str
) -> None:
    url = postgres.url(postgres.new_database_in("SQL_ASCII"))
    async with (
        a_closed_office(tmp_path, {"DATABASE_URL": url}) as office,
        a_bot(command, folder=tmp_path, env=office.environment) as bot,
    ):
        ended = await bot.ends()
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert ended.err.startswith("buynumber: the database keeps its texts as SQL_ASCII")
