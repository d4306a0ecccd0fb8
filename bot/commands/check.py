"""`check`: tries every credential and setting against the real services, a line each. Spends nothing."""

from typing import TextIO

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from bot.app import checkup
from bot.clock import SystemClock
from bot.invocation import typed
from bot.redaction import Redactor
from bot.services.checkup import Line, Mark, database_lines, stuck_lines, sweep_lines
from bot.settings import Settings
from bot.store.database import is_served_elsewhere, is_whole, open_to_read
from bot.store.store import DatabaseAway, NotServedYet, StoreError, WrongEncoding

DAMAGED = Line(Mark.WRONG, "database: it cannot be read, or is damaged")
OF_ANOTHER_VERSION = Line(
    Mark.WRONG,
    f"database: it holds what this version of the bot cannot read: run {typed('check')} of the newest version there is",
)

SERVED_ELSEWHERE = Line(
    Mark.WRONG,
    "database: it was moved, deleted or replaced under the bot, which buys nothing until it is put back or restarted",
)


async def check(settings: Settings, out: TextIO) -> bool:
    """Writes the lines; True when nothing is wrong. Raises `WrongEncoding`, as every command does."""
    lines = [*await checkup(settings), *await _database(settings)]
    redact = Redactor(settings.secrets)
    out.writelines(f"{line.mark.value:5}  {redact(line.words)}\n" for line in lines)
    wrong = sum(line.mark is Mark.WRONG for line in lines)
    out.write("All is right.\n" if not wrong else f"{wrong} not right.\n")
    return not wrong


async def _database(settings: Settings) -> list[Line]:
    url = settings.database_url.get_secret_value()
    try:
        if is_served_elsewhere(url):
            return [SERVED_ELSEWHERE]
        store = open_to_read(url)
    except WrongEncoding:
        raise
    except NotServedYet as reason:
        return [Line(Mark.NOTE, f"database: {reason}")]
    except StoreError as reason:
        return [Line(Mark.WRONG, f"database: {reason}")]
    try:
        return await store.read(_lines)
    except DatabaseAway as reason:
        return [Line(Mark.WRONG, f"database: {reason}")]
    except DatabaseError:
        return [DAMAGED]
    except ValueError:
        return [OF_ANOTHER_VERSION]
    finally:
        store.close()


def _lines(connection: Connection) -> list[Line]:
    if not is_whole(connection):
        return [DAMAGED]
    now = SystemClock().now()
    found = (*sweep_lines(connection, now), *database_lines(connection), *stuck_lines(connection, now))
    return [Line(Mark.OK, "database: up to date"), *found]
