"""Migrations: the schema people run is the one the tables describe."""

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from bot.domain.audit import GENESIS
from bot.store.migrate import HEAD, NewerSchema, migrate, revision
from bot.store.sqlite import writing_engine
from bot.store.tables import metadata

Schema = dict[tuple[str, str], str]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Engine]:
    """A database without a schema."""
    engine = writing_engine(tmp_path / "empty.db")
    yield engine
    engine.dispose()


def _schema(connection: Connection) -> Schema:
    """Every table, index and trigger of ours by name, with what makes it: in SQLite the text of its definition."""
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
    return f"{made[1]} ({', '.join(sorted(re.split(r', (?![^(]*[)])', made[2])))})"


def test_the_migrations_make_what_the_tables_describe(connection: Connection) -> None:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    assert compare_metadata(context, metadata) == []


def test_every_table_and_index_is_defined_alike_in_both(connection: Connection, empty: Engine) -> None:
    with empty.begin() as described:
        metadata.create_all(described)
        expected = _schema(described)
    made = {key: definition for key, definition in _schema(connection).items() if key[0] != "trigger"}
    assert made == expected


def test_only_the_trail_has_triggers(connection: Connection) -> None:
    triggers = {name for kind, name in _schema(connection) if kind == "trigger"}
    assert triggers == {"audit_entries_no_update", "audit_entries_no_delete"}


def test_the_newest_migration_is_the_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(resources.files("bot.store") / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_an_empty_database_stands_at_no_revision(empty: Engine) -> None:
    assert revision(empty) is None


def test_a_migrated_database_stands_at_the_head(empty: Engine) -> None:
    migrate(empty)
    assert revision(empty) == HEAD


def test_migrating_again_changes_nothing(empty: Engine) -> None:
    migrate(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE control SET frozen_by = 'U_BOSS'"))
        before = _schema(connection)
    migrate(empty)
    with empty.begin() as connection:
        assert _schema(connection) == before
        assert connection.execute(text("SELECT frozen_by FROM control")).scalar_one() == "U_BOSS"


def test_a_new_database_is_not_frozen_and_its_trail_is_empty(connection: Connection) -> None:
    assert connection.execute(text("SELECT id, frozen_at, frozen_by FROM control")).all() == [(1, None, None)]
    assert connection.execute(text("SELECT id, seq, hash FROM audit_head")).all() == [(1, 0, GENESIS)]


def test_a_migration_that_fails_leaves_nothing(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE votes (of_another_program TEXT)"))
        before = _schema(connection)
    with pytest.raises(Exception, match="votes already exists"):
        migrate(empty)
    with empty.begin() as connection:
        assert _schema(connection) == before
    assert revision(empty) is None


def test_a_database_of_a_newer_version_is_refused(empty: Engine) -> None:
    migrate(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerSchema, match="update the bot"):
        migrate(empty)
    assert revision(empty) == "9999"
