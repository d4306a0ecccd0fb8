"""`check`: tries every credential and setting against the real services, a line each. Spends and changes nothing."""

import json
from typing import TextIO

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from bot.asking import checkup
from bot.clock import SystemClock
from bot.invocation import typed
from bot.redaction import Redactor
from bot.services.checkup.database import delivery_lines, stuck_lines, sweep_lines, waiting_lines
from bot.services.checkup.line import Line, Mark, ok, wrong
from bot.settings import Settings
from bot.store import pulse
from bot.store.database import is_served_elsewhere, is_whole, open_to_change, open_to_read
from bot.store.migrate import HEAD
from bot.store.store import DatabaseAway, NotServedYet, StoreError, WrongEncoding

RESTORE = "restore a copy, as README.md says, or name another in DATABASE_URL"
DAMAGED = wrong("database", "it cannot be read, or is damaged", RESTORE)
OF_ANOTHER_VERSION = wrong(
    "database", "it holds what this version of the bot cannot read", f"run {typed('check')} of the newest version"
)
SERVED_ELSEWHERE = wrong(
    "database",
    "it was moved, deleted, replaced or overwritten under the bot, which buys nothing since",
    f"put the file back, or stop the bot and start {typed('serve')} anew",
)
SEE_TO_IT = "see to DATABASE_URL, and to the server or file that it names"


class _Undo(Exception):
    """What was written is not kept."""


async def check(settings: Settings, out: TextIO, *, as_json: bool) -> bool:
    """Writes the lines, or an object for each; True when nothing is wrong. Raises `WrongEncoding`, as every command."""
    lines = [*await checkup(settings), *await _database(settings)]
    redact = Redactor(settings.secrets)
    wrongs = sum(line.mark is Mark.WRONG for line in lines)
    if as_json:
        out.writelines(f"{json.dumps(redact.everywhere(_as_object(line)))}\n" for line in lines)
        return not wrongs
    out.writelines(f"{redact(str(line))}\n" for line in lines)
    out.write("All is right.\n" if not wrongs else f"{wrongs} not right.\n")
    return not wrongs


def _as_object(line: Line) -> dict[str, object]:
    return {
        "name": line.name,
        "mark": line.mark.value,
        "words": line.words,
        "way": line.way or None,
        "commands": line.commands,
    }


async def _database(settings: Settings) -> list[Line]:
    url = settings.database_url.get_secret_value()
    try:
        if is_served_elsewhere(url):
            return [SERVED_ELSEWHERE]
        store = open_to_read(url)
    except WrongEncoding:
        raise
    except NotServedYet as reason:
        return [_unopened(Mark.NOTE, reason)]
    except StoreError as reason:
        return [_unopened(Mark.WRONG, reason)]
    try:
        lines = await store.read(_lines)
    except DatabaseAway as reason:
        return [_unopened(Mark.WRONG, reason)]
    except DatabaseError:
        return [DAMAGED]
    except ValueError:
        return [OF_ANOTHER_VERSION]
    finally:
        store.close()
    return [await _written_line(url), *lines] if DAMAGED not in lines else lines


def _unopened(mark: Mark, reason: StoreError) -> Line:
    """Where the store's own words name a command, that is the way out."""
    words, _, way = str(reason).rpartition(": ")
    return Line(mark, "database", words, way) if "`" in way else Line(mark, "database", str(reason), SEE_TO_IT)


async def _written_line(url: str) -> Line:
    """Whether it takes a write, which is undone."""
    try:
        store = open_to_change(url)
        try:
            await store.write(_write_in_vain)
        finally:
            store.close()
    except _Undo:
        return ok("database", f"schema {HEAD}, up to date, and takes writes")
    except (StoreError, DatabaseError) as reason:
        words = f"schema {HEAD}, up to date, but it takes no write ({type(reason).__name__})"
        return wrong("database", words, "see to the disk, and to who may write what DATABASE_URL names")
    raise AssertionError


def _write_in_vain(connection: Connection) -> None:
    pulse.beat(connection, SystemClock().now())
    raise _Undo


def _lines(connection: Connection) -> list[Line]:
    if not is_whole(connection):
        return [DAMAGED]
    now = SystemClock().now()
    return [
        *sweep_lines(connection, now),
        *delivery_lines(connection),
        *waiting_lines(connection),
        *stuck_lines(connection, now),
    ]
