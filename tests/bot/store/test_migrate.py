"""Migrations: the schema people run is the one the tables describe."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, Row, func, select, text

from bot.domain.request import Status
from bot.store.migrate import _MIGRATIONS, HEAD, ONE_AT_A_TIME, migrate, revision
from bot.store.postgres import plain_engine
from bot.store.sqlite import writing_engine
from bot.store.tables import metadata
from tests.harness.builders import a_request
from tests.harness.past import OF_REQUESTS, multiply
from tests.harness.patience import PATIENCE
from tests.harness.postgres import Server, engine_of, until_waiting_for_locks
from tests.harness.stores import keep

EARLIER = sorted(file.name[1:5] for file in (_MIGRATIONS / "versions").iterdir() if file.name.startswith("v"))[:-1]
"""The revisions that people's databases may stand at."""

Schema = dict[tuple[str, str], str]


@pytest.fixture
def empty_postgres(postgres: Server) -> Iterator[str]:
    """The address of a database without a schema."""
    name = postgres.new_database(migrated=False)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without a schema."""
    if request.param == "sqlite":
        engine = writing_engine(tmp_path / "empty.db")
    else:
        engine = plain_engine(request.getfixturevalue("empty_postgres"))
    yield engine
    engine.dispose()


def _schema(connection: Connection) -> Schema:
    """Every table, index and trigger of ours by name, with what makes it, as the database itself says it."""
    return _of_sqlite(connection) if connection.dialect.name == "sqlite" else _of_postgresql(connection)


_POSTGRESQLS_OWN_WORDS = """
    SELECT 'column' AS type, table_name || '.' || column_name AS name,
        concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default) AS sql
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
"""


def _of_postgresql(connection: Connection) -> Schema:
    rows = connection.execute(text(_POSTGRESQLS_OWN_WORDS))
    return {(row.type, row.name): row.sql for row in rows if "alembic_version" not in row.name}


def _of_sqlite(connection: Connection) -> Schema:
    rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {
        (row.type, row.name): _in_one_form(row.sql)
        for row in rows
        if row.name not in {"alembic_version", "sqlite_sequence"}
    }


def _in_one_form(definition: str) -> str:
    """Without the spaces and quotes that differ, a table's columns and constraints in alphabetical order."""
    flat = re.sub(r"\s+", " ", definition.replace('"', "")).strip()
    made = re.fullmatch(r"(CREATE TABLE \w+) \( ?(.*?) ?\)", flat)
    if made is None:
        return flat
    return f"{made[1]} ({', '.join(sorted(part.strip() for part in re.split(r', (?![^(]*[)])', made[2])))})"


def test_every_table_and_index_of_the_migrations_is_what_the_tables_describe(empty: Engine) -> None:
    migrate(empty)
    with empty.begin() as connection:
        made = {key: definition for key, definition in _schema(connection).items() if key[0] != "trigger"}
    with empty.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(text(f"DROP TABLE {table.name}"))
    with empty.begin() as connection:
        for index in (index for table in metadata.tables.values() for index in table.indexes):
            index.dialect_options[connection.dialect.name]["where"] = index.info.get("where")
        metadata.create_all(connection)
        assert made == _schema(connection)


def test_a_migration_says_where_it_began_and_leaves_the_database_at_the_head(empty: Engine) -> None:
    assert revision(empty) is None
    assert migrate(empty) is None
    assert revision(empty) == HEAD
    assert migrate(empty) == HEAD


def test_a_database_that_the_version_before_filled_keeps_its_rows_and_gets_the_present_schema(empty: Engine) -> None:
    before = EARLIER[-1]
    with empty.begin() as connection:
        _upgrade_to(connection, before)
        for no, status in enumerate(Status):
            keep(connection, a_request(number=f"+91806900000{no}0", status=status), ts=f"1.{no}")
        multiply(connection, 20)
        kept = _rows(connection)
    assert len(kept["requests"]) == 21 * len(Status)
    assert migrate(empty) == before
    with empty.connect() as connection:
        assert _rows(connection) == kept
        old_and_upgraded = _schema(connection)
    assert revision(empty) == HEAD
    assert old_and_upgraded.keys() >= {("index", name) for name in _indexes()}


def _upgrade_to(connection: Connection, revision: str) -> None:
    """As an older version did."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _rows(connection: Connection) -> dict[str, Sequence[Row[Any]]]:
    of_requests = {table.name: select(table).order_by(*table.primary_key) for table in OF_REQUESTS}
    return {name: connection.execute(query).all() for name, query in of_requests.items()}


def _indexes() -> set[str]:
    return {str(index.name) for table in metadata.tables.values() for index in table.indexes}


def test_of_two_migrations_at_once_the_second_waits_and_finds_nothing_to_do(empty_postgres: str) -> None:
    with ExitStack() as stack:
        first, second, third, watching = (stack.enter_context(engine_of(empty_postgres)) for _ in range(4))
        threads = stack.enter_context(ThreadPoolExecutor())
        with first.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
            both = [threads.submit(migrate, engine) for engine in (second, third)]
            until_waiting_for_locks(watching, 2)
        assert {began.result(PATIENCE) for began in both} == {None, HEAD}
        assert revision(watching) == HEAD


def test_a_migration_that_fails_leaves_nothing(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE votes (of_another_program TEXT)"))
        before = _schema(connection)
    with pytest.raises(Exception, match=r'votes"? already exists'):
        migrate(empty)
    with empty.begin() as connection:
        assert _schema(connection) == before
    assert revision(empty) is None
