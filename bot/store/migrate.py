"""Brings a database's schema up to date. Alembic is imported only when there is something to do: it is slow to load."""

from importlib import resources

from sqlalchemy import Connection, Engine, func, inspect, select, text

from bot.store.store import CannotOpen

_MIGRATIONS = resources.files("bot.store") / "migrations"

HEAD = max(file.name[1:5] for file in (_MIGRATIONS / "versions").iterdir() if file.name.startswith("v"))
"""The newest migration's revision: `0001` of `v0001_first_tables.py`. They are numbered in their order."""

ONE_AT_A_TIME = 7_314_020_111
"""The key of the advisory lock that two migrations of one PostgreSQL database meet at."""


class NewerSchema(CannotOpen):
    """The database was written by a newer version of the bot."""


def revision(engine: Engine) -> str | None:
    """The revision the database stands at; `None` when it is empty."""
    with engine.connect() as connection:
        return _revision(connection)


def migrate(engine: Engine) -> str | None:
    """Runs every migration that is missing, all in one transaction, and returns the revision before.

    Whoever comes second waits for the first. Raises `NewerSchema`.
    """
    present = revision(engine)
    if present == HEAD:
        return present
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
        present = _revision(connection)
        if present != HEAD:
            _upgrade(connection, present)
    return present


def make(connection: Connection) -> None:
    """Makes the schema in a PostgreSQL database that has no table yet. Raises `CannotOpen` when there is one."""
    connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
    if inspect(connection).get_table_names():
        raise CannotOpen("the database there is not empty: make a new one (CREATE DATABASE), and name that")
    _upgrade(connection, None)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _upgrade(connection: Connection, present: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if present is not None and present not in known:
        raise NewerSchema("the database was written by a newer version of the bot: update the bot")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
