"""`audit export`: the trail, oldest first, for programs (JSON lines) and for tables (CSV, XLSX). It is an entry itself.

Cells that a table's program could take for a formula begin with an apostrophe; numbers, `+` and all, stay as they are.
"""

import csv
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bot.clock import SystemClock
from bot.commands import sealed
from bot.commands.progress import Progress
from bot.domain import trail
from bot.domain.audit import OPERATOR, Entry, Written
from bot.domain.facts import Facts
from bot.domain.rules import Rules
from bot.problems import Problem
from bot.services.unit import Unit, Units
from bot.store import audit
from bot.store.store import Store

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

AT_ONCE = 500
"""Entries that are read together."""

COLUMNS = ("seq", "at", "actor", "event", "request", "e164", "charge", "currency", "reason", "data", "before", "hash")
"""Of a table; what an entry does not tell is empty. The names are read by scripts."""

ROWS = 1_000_000
"""Entries on a sheet: one holds 1,048,576 rows. Source: Excel's specifications."""

CELL = 32_767
"""Characters in a cell of a sheet. Source: the same."""

_FORMULA = re.compile(r"[\s]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")

Add = Callable[[Written], object]


class Format(StrEnum):
    """What it is written as."""

    JSONL = "jsonl"
    CSV = "csv"
    XLSX = "xlsx"


async def export(store: Store, written_as: Format, output: Path | None, *, since: datetime | None) -> None:
    """Writes all entries that follow the last archive, and the one that tells of the export, to the file or to stdout.

    Raises `Problem` for what cannot be written, and `StoreError`.
    """

    def note(unit: Unit) -> Entry:
        told = trail.Exported(format=written_as, since=since)
        return audit.append(unit.connection, at=unit.now, actor=OPERATOR, told=told, request=None)

    from_when = "" if since is None else since.astimezone(UTC).isoformat(timespec="microseconds")
    with _writing(written_as, output) as add:
        own = await Units(store=store, clock=SystemClock(), rules=Rules()).by_hand(note)
        archived = await store.read_at_length(sealed.told_of)
        last = archived[-1].up_to if archived else 0
        for one in archived:
            sys.stderr.write(f"buynumber: not exported: {sealed.where_is_it(one)}\n")
        with Progress(own.seq) as progress:
            while last < own.seq:
                read = partial(audit.stretch, after=last, most=min(AT_ONCE, own.seq - last))
                for entry in await store.read_at_length(read):
                    last = entry.seq
                    if entry.stamp >= from_when:
                        add(entry)
                progress.at(last)


@contextmanager
def _writing(written_as: Format, output: Path | None) -> Iterator[Add]:
    try:
        if written_as is Format.XLSX:
            with _workbook(output) as add:
                yield add
            return
        with _text(output) as out:
            yield partial(_write_line, out) if written_as is Format.JSONL else _table(out)
    except BrokenPipeError:
        raise
    except OSError as reason:
        raise Problem(f"the export cannot be written: {reason.strerror}") from reason


@contextmanager
def _text(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
    else:
        with os.fdopen(_opened(output), "w", encoding="utf-8", newline="") as out:
            yield out


def _opened(output: Path) -> int:
    """Its owner's alone, as the database is."""
    return os.open(output, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)


def _write_line(out: TextIO, entry: Written) -> None:
    fields = {"seq": entry.seq, "at": entry.stamp, "actor": entry.actor, "event": entry.event, "request": entry.request}
    chain = {"before": entry.before, "hash": entry.hash}
    # As it was written, so that no reader has to write it in the same way to compute the hash.
    told = entry.data if _facts(entry) is not None else json.dumps(entry.data)
    begins, ends = (json.dumps(part, ensure_ascii=False) for part in (fields, chain))
    out.write(f'{begins[:-1]}, "data": {told}, {ends[1:]}\n')


def _table(out: TextIO) -> Add:
    table = csv.writer(out)
    table.writerow(COLUMNS)
    return lambda entry: table.writerow(map(harmless, _cells(entry)))


@contextmanager
def _workbook(output: Path | None) -> Iterator[Add]:
    """Texts alone: nothing of it is a formula, whatever it begins with."""
    try:
        from xlsxwriter import Workbook
    except ImportError:
        raise Problem("--format xlsx needs XlsxWriter: pip install 'XlsxWriter>=3.2,<4'") from None
    if output is None:
        raise Problem("--format xlsx needs --output FILE")
    with os.fdopen(_opened(output), "wb") as out, Workbook(out, {"constant_memory": True}) as workbook:
        sheet: Worksheet | None = None
        row = ROWS

        def add(entry: Written) -> None:
            nonlocal sheet, row
            if sheet is None or row == ROWS:
                sheet, row = workbook.add_worksheet(), 0
                _write_row(sheet, 0, COLUMNS)
            row += 1
            _write_row(sheet, row, _cells(entry))

        yield add


def _write_row(sheet: "Worksheet", row: int, cells: tuple[str, ...]) -> None:
    for column, cell in enumerate(cells):
        sheet.write_string(row, column, cell if len(cell) <= CELL else f"{cell[: CELL - 1]}…")


def _cells(entry: Written) -> tuple[str, ...]:
    facts = _facts(entry) or {}
    told = (_text_of(facts, name) for name in ("e164", "charge", "currency", "reason"))
    first = (str(entry.seq), entry.stamp, entry.actor, entry.event, entry.request or "")
    return (*first, *told, entry.data, entry.before, entry.hash)


def _text_of(facts: Facts, name: str) -> str:
    """Without halves of surrogate pairs, which older versions kept."""
    found = facts.get(name)
    return found.encode(errors="replace").decode() if isinstance(found, str) else ""


def _facts(entry: Written) -> Facts | None:
    """`None` for what nobody wrote as an entry."""
    try:
        facts = json.loads(entry.data)
    except ValueError:
        return None
    return facts if isinstance(facts, dict) else None


def harmless(cell: str) -> str:
    """So that no program that reads tables takes it for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell
