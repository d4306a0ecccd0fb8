"""`check`: tries every credential and setting against the real services, a line each. Spends nothing."""

from typing import TextIO

from bot.app import checkup
from bot.services.checkup import Line, Mark, database_lines
from bot.settings import Settings
from bot.store.database import open_to_read
from bot.store.store import StoreError


async def check(settings: Settings, out: TextIO) -> bool:
    """Writes the lines; True when nothing is wrong."""
    lines = [*await checkup(settings), *await _database(settings)]
    out.writelines(f"{line.mark.value:5}  {line.words}\n" for line in lines)
    wrong = sum(line.mark is Mark.WRONG for line in lines)
    out.write("All is right.\n" if not wrong else f"{wrong} not right.\n")
    return not wrong


async def _database(settings: Settings) -> list[Line]:
    try:
        store = open_to_read(settings.database_url.get_secret_value())
    except StoreError as reason:
        return [Line(Mark.NOTE, f"database: {reason}")]
    try:
        return [Line(Mark.OK, "database: up to date"), *await store.read(database_lines)]
    finally:
        store.close()
