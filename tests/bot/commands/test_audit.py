"""`audit verify`: whatever was done to the trail is found, and by which entry."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands import audit
from bot.domain import trail
from bot.domain.trail import Event
from bot.store import audit as audit_entries
from tests.bot.commands import spoiling
from tests.bot.commands.conftest import on_a_bench
from tests.harness.builders import BOSS, NOON
from tests.harness.process import Ended, Run
from tests.harness.stores import a_store_at, lay_down_a_database
from tests.harness.workbench import Workbench

COLUMNS = ("seq", "at", "actor", "event", "request", "data", "before", "hash")


async def _a_denial(bench: Workbench) -> str:
    """How Slack shows the last of its three entries."""
    bench.provider.listing = None
    await bench.ask()
    await bench.deny(await bench.a_request(), reason="zu teuer 📞")
    return (await bench.last(Event.DENIED)).mark


def forge(path: Path, *statements: str) -> None:
    """As somebody with a database shell does, to whom a trigger is no more than a statement."""
    with closing(sqlite3.connect(path)) as database, database:
        for change in ("update", "delete"):
            database.execute(f"DROP TRIGGER audit_entries_no_{change}")
        for statement in statements:
            database.execute(statement)


def test_a_whole_trail_ends_with_0_and_how_slack_shows_its_last_entry(run: Run, tmp_path: Path) -> None:
    mark = on_a_bench(tmp_path, _a_denial)
    assert run("audit", "verify") == Ended(code=0, out=f"The trail is whole: 3 entries, the last is {mark}.\n", err="")


def test_a_trail_on_either_kind_of_database_is_checked(run: Run, database_url: str) -> None:
    served = a_store_at(database_url)
    for reason in ("für die Hotline", "\x00 and \U0001f4de"):
        told = trail.Denied(reason=reason)
        asyncio.run(served.store.write(partial(audit_entries.append, at=NOON, actor=BOSS, told=told, request=None)))
    served.close()
    assert run("audit", "verify", DATABASE_URL=database_url).out.startswith("The trail is whole: 2 entries")


def test_of_nothing_nothing_is_wrong(run: Run, tmp_path: Path) -> None:
    lay_down_a_database(tmp_path / "buynumber.db")
    assert run("audit", "verify") == Ended(code=0, out="The trail is empty.\n", err="")


FORGERIES = {
    "a word of an entry": (
        "UPDATE audit_entries SET data = replace(data, 'teuer', 'billig') WHERE seq = 3",
        "#3 is not",
    ),
    "when it was": ("UPDATE audit_entries SET at = at + 1 WHERE seq = 2", "#2 is not what its hash covers"),
    "a time that is none": ("UPDATE audit_entries SET at = 'never' WHERE seq = 2", "#2 is no entry that the bot wrote"),
    "a kind that is none": (
        "UPDATE audit_entries SET event = 'forged' WHERE seq = 1",
        "#1 is not what its hash covers",
    ),
    "no text": ("UPDATE audit_entries SET data = CAST(x'7bff7d' AS TEXT) WHERE seq = 2", "#2 is not what its hash"),
    "a blob": ("UPDATE audit_entries SET data = x'7b7d' WHERE seq = 2", "#2 is no entry that the bot wrote"),
    "the first": ("DELETE FROM audit_entries WHERE seq = 1", "#1 is missing: #2 comes next"),
    "one between": ("DELETE FROM audit_entries WHERE seq = 2", "#2 is missing: #3 comes next"),
    "the tail": ("DELETE FROM audit_entries WHERE seq > 1", "#2 is missing, and all up to #3"),
    "all": ("DELETE FROM audit_entries", "#1 is missing, and all up to #3"),
    "the head": ("UPDATE audit_head SET seq = 2", "#3 is not the one that was written last"),
    "one too many": (
        "INSERT INTO audit_entries SELECT 4, at, actor, event, request, data, hash, hash FROM audit_entries LIMIT 1",
        "#4 does not follow the entry before it",
    ),
}


@pytest.mark.parametrize(("statement", "said"), FORGERIES.values(), ids=FORGERIES)
def test_the_first_entry_that_is_wrong_is_named(run: Run, tmp_path: Path, statement: str, said: str) -> None:
    on_a_bench(tmp_path, _a_denial)
    forge(tmp_path / "buynumber.db", statement)
    ended = run("audit", "verify")
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.startswith("The trail is broken: entry #")
    assert said in ended.out


@pytest.mark.parametrize(
    "spoil", [spoiling.empty, spoiling.no_database, spoiling.an_older_versions, spoiling.a_newer_versions]
)
def test_a_trail_that_cannot_be_read_ends_with_2(run: Run, tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    path = tmp_path / "buynumber.db"
    assert run("audit", "verify").code == 2
    assert not path.exists()
    on_a_bench(tmp_path, _a_denial)
    spoil(path)
    ended = run("audit", "verify")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)


Rows = list[list[int | bytes | None]]


def flipped(rows: Rows, draw: st.DataObject) -> Rows:
    """One bit of one row, but for its number."""
    row = draw.draw(st.sampled_from(rows))
    place = draw.draw(st.sampled_from([place for place, cell in enumerate(row) if place and cell is not None]))
    cell = row[place]
    if isinstance(cell, bytes):
        at, bit = draw.draw(st.integers(0, len(cell) - 1)), draw.draw(st.integers(0, 7))
        row[place] = cell[:at] + bytes([cell[at] ^ 1 << bit]) + cell[at + 1 :]
    else:
        assert cell is not None
        row[place] = cell ^ 1 << draw.draw(st.integers(0, 50))
    return rows


def dropped(rows: Rows, draw: st.DataObject) -> Rows:
    del rows[draw.draw(st.integers(0, len(rows) - 1))]
    return rows


def swapped(rows: Rows, draw: st.DataObject) -> Rows:
    one, other = draw.draw(st.permutations(range(len(rows))))[:2]
    rows[one], rows[other] = rows[other], rows[one]
    return numbered(rows)


def put_in(rows: Rows, draw: st.DataObject) -> Rows:
    rows.insert(draw.draw(st.integers(0, len(rows))), [*draw.draw(st.sampled_from(rows))])
    return numbered(rows)


def dropped_and_numbered_anew(rows: Rows, draw: st.DataObject) -> Rows:
    return numbered(dropped(rows, draw))


def numbered(rows: Rows) -> Rows:
    return [[seq, *row[1:]] for seq, row in enumerate(rows, start=1)]


def test_any_bit_flipped_and_any_row_dropped_swapped_or_put_in_is_found(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "AT_ONCE", 2)
    on_a_bench(tmp_path, _a_denial)
    path = tmp_path / "buynumber.db"
    forge(path)
    texts = ", ".join(f"CAST({column} AS BLOB)" for column in COLUMNS[2:])
    with closing(sqlite3.connect(path)) as database:
        whole = database.execute(f"SELECT seq, at, {texts} FROM audit_entries ORDER BY seq").fetchall()
    assert run("audit", "verify").code == 0

    @settings(derandomize=True, deadline=None, max_examples=50)
    @given(st.sampled_from([flipped, dropped, dropped_and_numbered_anew, swapped, put_in]), st.data())
    def is_found(forged: Callable[[Rows, st.DataObject], Rows], draw: st.DataObject) -> None:
        rows = forged([[*row] for row in whole], draw)
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("DELETE FROM audit_entries")
            values = ", ".join(["?", "?", *["CAST(? AS TEXT)"] * len(COLUMNS[2:])])
            database.executemany(f"INSERT INTO audit_entries VALUES ({values})", rows)
        ended = run("audit", "verify")
        assert (ended.code, ended.err) == (1, "")

    is_found()
