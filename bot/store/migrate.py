"""Brings a database's schema up to date. Alembic is imported only when there is something to do: it is slow to load."""

from importlib import resources

from sqlalchemy import Engine, inspect, text

from bot.store.store import StoreError

HEAD = "0001"
"""The newest migration's revision."""


class NewerSchema(StoreError):
    """The database was written by a newer version of the bot."""


def revision(engine: Engine) -> str | None:
    """The revision the database stands at; `None` when it is empty."""
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def migrate(engine: Engine) -> None:
    """Runs every migration that is missing, all in one transaction. Raises `NewerSchema`."""
    present = revision(engine)
    if present == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(resources.files("bot.store") / "migrations"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if present is not None and present not in known:
        raise NewerSchema("the database was written by a newer version of the bot: update the bot")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
