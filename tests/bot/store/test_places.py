"""Where a database is served from: a copy lies elsewhere, whatever its name; what was renamed does not."""

import shutil
from pathlib import Path

import pytest

from bot.store import control
from bot.store.database import open_to_serve
from bot.store.store import Moved
from tests.harness.postgres import Server, engine_of


def _place(url: str) -> str:
    served = open_to_serve(url)
    served.close()
    return served.place


def test_a_file_keeps_its_place_whatever_it_is_called_and_a_copy_under_its_name_has_another(
    migrated: Path, tmp_path: Path
) -> None:
    first, second = (tmp_path / name for name in ("first.db", "second.db"))
    shutil.copy(migrated, first)
    place = _place(f"sqlite:///{first}")
    assert _place(f"sqlite:///{first}") == place
    first.rename(second)
    assert _place(f"sqlite:///{second}") == place
    shutil.copy(second, first)
    assert _place(f"sqlite:///{first}") != place


def test_a_database_of_a_server_keeps_its_place_and_one_that_was_made_of_it_has_another(
    postgres: Server, postgres_database: str
) -> None:
    place = _place(postgres.url(postgres_database))
    assert _place(postgres.url(postgres_database)) == place
    postgres.until_nobody_is_connected(postgres_database)
    postgres._create("copy_of_it", postgres_database)
    assert _place(postgres.url("copy_of_it")) != place
    postgres.run("ALTER DATABASE {} RENAME TO renamed", "copy_of_it")
    postgres.drop("renamed")


def test_where_nobody_may_ask_for_the_servers_identifier_it_is_served_all_the_same(
    postgres: Server, postgres_database: str
) -> None:
    url = postgres.url(postgres_database)
    postgres.run("CREATE ROLE bot LOGIN; GRANT ALL ON DATABASE {} TO bot", postgres_database)
    with engine_of(url) as engine, engine.begin() as connection:
        connection.exec_driver_sql("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        connection.exec_driver_sql("GRANT ALL ON ALL TABLES IN SCHEMA public TO bot")
    assert _place(url.replace("postgres:@", "bot:@")).startswith("server unknown database ")


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (control.moved, "this database was moved to elsewhere: set DATABASE_URL to that"),
        (control.arriving, "the move from elsewhere was not finished"),
    ],
)
def test_what_has_moved_or_is_not_wholly_there_is_not_served(own_postgres_url: str, column: object, words: str) -> None:
    assert callable(column)
    with engine_of(own_postgres_url) as engine, engine.begin() as connection:
        column(connection, "elsewhere")
    with pytest.raises(Moved, match=words):
        open_to_serve(own_postgres_url)
