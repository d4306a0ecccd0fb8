"""`audit archive`: the file and the database are one chain, whatever is done to either is found, and nothing else goes.

A year ago one number was denied to somebody and another was bought; today somebody is denied a third.
"""

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bot.commands import archive, audit
from bot.domain import trail
from bot.domain.audit import digest
from bot.domain.rules import Rules
from bot.services.unit import Unit
from bot.store import audit as audit_entries
from bot.store.database import open_to_change, open_to_read
from bot.store.tables import work
from tests.bot.commands.test_audit import forge
from tests.harness.builders import BOSS, NUMBER, a_request
from tests.harness.clock import FakeClock
from tests.harness.process import Run
from tests.harness.stores import a_store_at
from tests.harness.workbench import Workbench

DENIED, LATER = "+918069000199", "+918069000177"

LAST_MONTH = (datetime.now(UTC) - timedelta(days=30)).date().isoformat()


def _on_a_bench(url: str, now: datetime, do: Callable[[Workbench], Awaitable[str]]) -> str:
    async def serve() -> str:
        served = a_store_at(url)
        try:
            found = await do(Workbench(served.store, FakeClock(now)))
            await served.store.write(lambda connection: connection.execute(delete(work)))  # all of it was delivered
            return found
        finally:
            served.close()

    return asyncio.run(serve())


async def _a_year_ago(bench: Workbench) -> str:
    """Of its nine entries five are the purchase's, #4 to #7 and #9."""
    await bench.switch()
    await bench.switch(freezes=False)
    now = bench.clock.now()
    denied = await bench.a_request(a_request(number=DENIED, reason="für später", created_at=now), ts="8.000008")
    bought = await bench.a_purchase()
    await bench.deny(denied, reason="zu teuer 📞")
    last = partial(audit_entries.append, at=now, actor=BOSS, told=trail.LookAsked(), request=bought.id)
    await bench.store.write(last)
    return bought.id


async def _today(bench: Workbench) -> str:
    later = await bench.a_request(a_request(number=LATER, created_at=bench.clock.now()), ts="9.000009")
    await bench.deny(later)
    return later.id


@pytest.fixture
def bought(database_url: str) -> str:
    now = datetime.now(UTC)
    found = _on_a_bench(database_url, now - timedelta(days=365), _a_year_ago)
    _on_a_bench(database_url, now, _today)
    return found


def _seqs(url: str) -> list[int]:
    store = open_to_read(url)
    try:
        return [entry.seq for entry in asyncio.run(store.read(partial(audit_entries.stretch, after=0, most=99)))]
    finally:
        store.close()


OLD = ("audit", "archive", "--before", LAST_MONTH, "old")


def test_old_entries_move_to_a_file_and_with_it_the_trail_is_as_whole_as_before(
    run: Run, database_url: str, bought: str, tmp_path: Path
) -> None:
    def ran(*words: str, code: int = 0) -> str:
        ended = run(*words, DATABASE_URL=database_url)
        assert (ended.code, ended.err) == (code, "")
        return ended.out

    sealed, left = ran(*OLD).splitlines()
    digest = hashlib.sha256((tmp_path / "old").read_bytes()).hexdigest()
    assert sealed.startswith(f"Entries #1 to #9 are sealed in old, SHA-256 {digest}: ")
    assert left.startswith("1 request and 3 entries left the database; ")
    assert (tmp_path / "old").stat().st_mode & 0o777 == 0o600
    # The freeze stays for `check`, #3 and #8 are the denial that left with its entries.
    assert _seqs(database_url) == [1, 4, 5, 6, 7, 9, 10, 11, 12]
    whole, unchecked = ran("audit", "verify").splitlines()
    assert whole.startswith("The trail is whole from #10 on: 3 entries, the last is #12 ")
    assert unchecked == f"Not checked: an archive of #1 to #9 (SHA-256 {digest}), name it with --archive FILE."
    assert ran("audit", "verify", "--archive", "old").startswith("The trail is whole: 12 entries, the last is #12 ")

    assert ran("why", DENIED, code=1).endswith(f"Not looked through: {unchecked.removeprefix('Not checked: ')}\n")
    first, asked, denied = ran("why", DENIED, "--archive", "old").splitlines()
    assert first.startswith(f"{DENIED}  archived  request ")
    assert asked.endswith("requested by U_ASKER: für später")
    assert denied.endswith(f"denied by {BOSS}: zu teuer 📞")
    told = json.loads(ran("why", DENIED, "--archive", "old", "--json"))["archived"]
    assert [entry["event"] for one in told for entry in one["entries"]] == ["requested", "denied"]
    assert ran("why", NUMBER, "--archive", "old").startswith(f"{NUMBER}  purchased  request {bought}\n")

    exported = run("audit", "export", DATABASE_URL=database_url)
    assert [json.loads(line)["seq"] for line in exported.out.splitlines()] == [10, 11, 12, 13]
    assert exported.err == f"buynumber: not exported: an archive of #1 to #9 (SHA-256 {digest})\n"


def test_the_next_archive_goes_on_where_the_last_one_ends_and_each_is_checked_when_it_is_named(
    run: Run, database_url: str, bought: str, tmp_path: Path
) -> None:
    run(*OLD, DATABASE_URL=database_url)
    whole = (tmp_path / "old").read_bytes()
    again = run(*OLD, DATABASE_URL=database_url)
    assert (again.code, again.out.splitlines()[0]) == (0, f"No entry from before {LAST_MONTH} is left to archive.")
    refused = run("audit", "archive", "--before", "2999-01-01", "old", DATABASE_URL=database_url)
    assert (refused.code, refused.err) == (2, "buynumber: old is there already: an archive overwrites nothing\n")
    assert (tmp_path / "old").read_bytes() == whole
    assert run("audit", "archive", "--before", "2999-01-01", "next", DATABASE_URL=database_url).code == 0
    assert _seqs(database_url) == [1, 4, 5, 6, 7, 9, 10, 11, 12, 13]

    def verified(*named: str) -> tuple[int, str]:
        words = [word for name in named for word in ("--archive", name)]
        ended = run("audit", "verify", *words, DATABASE_URL=database_url)
        return ended.code, (ended.out + ended.err).splitlines()[0]

    assert verified()[1].startswith("The trail is whole from #13 on: 1 entry")
    assert verified("next")[1].startswith("The trail is whole from #10 on: 4 entries")
    assert verified("next", "old")[1].startswith("The trail is whole: 13 entries")
    code, said = verified("old")
    assert (code, said.startswith("buynumber: the trail begins after an archive of #10 to #12 (SHA-256 ")) == (2, True)


def test_a_receipt_whose_part_of_the_chain_was_archived_needs_the_file(
    run: Run, tmp_path: Path, database_url: str, bought: str
) -> None:
    whole = run("receipt", bought, DATABASE_URL=database_url).out
    run(*OLD, DATABASE_URL=database_url)
    refused = run("receipt", bought, DATABASE_URL=database_url)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == (
        "buynumber: its part of the chain was archived, #8 first: name the file with --archive FILE\n"
    )
    assert run("receipt", bought, "--archive", "old", DATABASE_URL=database_url).out == whole
    (tmp_path / "receipt").write_text(whole)
    assert run("receipt", "--verify", "receipt").code == 0


def test_whichever_bit_of_an_archive_is_flipped_and_whatever_line_is_moved_is_found(
    run: Run, tmp_path: Path, database_url: str, bought: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "AT_ONCE", 3)
    run(*OLD, DATABASE_URL=database_url)
    lines = (tmp_path / "old").read_bytes().splitlines(keepends=True)

    @settings(derandomize=True, deadline=None, max_examples=60)
    @given(st.sampled_from(["flip", "drop", "swap", "put in", "cut"]), st.data())
    def is_found(how: str, draw: st.DataObject) -> None:
        forged = [*lines]
        one, other = draw.draw(st.permutations(range(len(lines))))[:2]
        if how == "flip":
            at, bit = draw.draw(st.integers(0, len(forged[one]) - 1)), draw.draw(st.integers(0, 7))
            forged[one] = forged[one][:at] + bytes([forged[one][at] ^ 1 << bit]) + forged[one][at + 1 :]
        elif how == "drop":
            del forged[one]
        elif how == "swap":
            forged[one], forged[other] = forged[other], forged[one]
        elif how == "put in":
            forged.insert(one, forged[other])
        else:
            forged[-1] = forged[-1][: draw.draw(st.integers(0, len(forged[-1]) - 1))]
        (tmp_path / "forged").write_bytes(b"".join(forged))
        ended = run("audit", "verify", "--archive", "forged", DATABASE_URL=database_url)
        assert (ended.code, ended.err) == (1, "")
        assert ended.out.startswith("The trail is broken: ")
        for command in (("why", DENIED), ("receipt", bought)):
            refused = run(*command, "--archive", "forged", DATABASE_URL=database_url)
            assert (refused.code, refused.out) == (2, "")
            assert refused.err.startswith("buynumber: forged is no archive of this trail, or was changed: ")

    is_found()
    for nothing in (b"", lines[0], b"null\n", b"\x00" * 99):
        (tmp_path / "forged").write_bytes(nothing)
        assert run("audit", "verify", "--archive", "forged", DATABASE_URL=database_url).code == 1
    missing = run("audit", "verify", "--archive", "nowhere", DATABASE_URL=database_url)
    assert (missing.code, missing.err) == (2, "buynumber: nowhere cannot be read: No such file or directory\n")


FORGERIES = {
    "a word of an entry that stayed": (
        "UPDATE audit_entries SET data = replace(data, 'support', 'other') WHERE seq = 4",
        "entry #4 is not",
    ),
    "the first after the seam": ("DELETE FROM audit_entries WHERE seq = 10", "entry #10 is missing: #11 comes next"),
    "all that tells of the archive": (
        "UPDATE audit_entries SET data = replace(data, '\"up_to\":9', '\"up_to\":8') WHERE seq = 12",
        "entry #12 is not what its hash covers",
    ),
    "that there is one": ("UPDATE audit_entries SET event = 'exported' WHERE seq = 12", "entry #2 is missing"),
}


@pytest.mark.parametrize(("statement", "said"), FORGERIES.values(), ids=FORGERIES)
@pytest.mark.sqlite_only("what `verify` reads is alike on both")
def test_what_is_changed_in_the_database_beside_an_archive_is_found_without_the_file(
    run: Run, tmp_path: Path, database_url: str, bought: str, statement: str, said: str
) -> None:
    run(*OLD)
    forge(tmp_path / "buynumber.db", statement)
    ended = run("audit", "verify")
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.startswith(f"The trail is broken: {said}")


@pytest.mark.sqlite_only("what `verify` reads is alike on both")
def test_with_the_file_an_entry_that_stayed_is_the_one_that_was_archived_and_none_is_missing(
    run: Run, tmp_path: Path, database_url: str, bought: str
) -> None:
    run(*OLD)
    path = tmp_path / "buynumber.db"
    with closing(sqlite3.connect(path)) as database:
        at, data, before = database.execute("SELECT at, data, before FROM audit_entries WHERE seq = 1").fetchone()
    other = digest(1, datetime.fromtimestamp(at / 10**6, UTC), "U_OTHER", "frozen", None, data, before)
    forge(path, f"UPDATE audit_entries SET actor = 'U_OTHER', hash = '{other}' WHERE seq = 1")
    assert run("audit", "verify").code == 0
    ended = run("audit", "verify", "--archive", "old")
    assert (ended.code, ended.out) == (1, "The trail is broken: entry #1 is not the one that was archived.\n")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM audit_entries WHERE seq IN (1, 4)")
    ended = run("audit", "verify", "--archive", "old")
    assert (ended.code, ended.out) == (1, "The trail is broken: entry #4 is missing, and its request is not.\n")


@pytest.mark.sqlite_only("nothing of it is the database's")
def test_of_a_broken_trail_nothing_is_archived(run: Run, tmp_path: Path, database_url: str, bought: str) -> None:
    run(*OLD)
    forge(tmp_path / "buynumber.db", "UPDATE audit_entries SET actor = 'U_OTHER' WHERE seq = 11")
    refused = run("audit", "archive", "--before", "2999-01-01", "next")
    assert (refused.code, refused.out) == (1, "Nothing was archived: entry #11 is not what its hash covers.\n")
    assert not (tmp_path / "next").exists()


def test_whoever_dies_once_the_file_is_told_of_leaves_both_and_the_next_archive_lets_go_of_the_rest(
    run: Run, tmp_path: Path, database_url: str, bought: str
) -> None:
    store = open_to_change(database_url)
    try:
        before = datetime.combine(date.fromisoformat(LAST_MONTH), datetime.min.time(), UTC)
        asyncio.run(archive._seal(store, tmp_path / "old", before))
    finally:
        store.close()
    assert _seqs(database_url) == [*range(1, 13)]
    assert run("audit", "verify", DATABASE_URL=database_url).code == 0
    assert run("audit", "verify", "--archive", "old", DATABASE_URL=database_url).code == 0
    later = run("audit", "archive", "--before", LAST_MONTH, "next", DATABASE_URL=database_url)
    assert later.out.splitlines()[1].startswith("1 request and 3 entries left the database")
    assert not (tmp_path / "next").exists()
    assert run("audit", "verify", "--archive", "old", DATABASE_URL=database_url).code == 0


def test_of_two_archives_of_the_same_entries_the_second_is_none(
    run: Run, tmp_path: Path, database_url: str, bought: str
) -> None:
    run(*OLD, DATABASE_URL=database_url)
    told = trail.Archived(first=1, up_to=9, hash="", sha256="")
    store = open_to_change(database_url)
    try:
        with pytest.raises(archive._NotWhole, match="somebody else archived these entries meanwhile"):
            asyncio.run(
                store.write(lambda connection: archive._record(Unit(connection, datetime.now(UTC), Rules()), told))
            )
    finally:
        store.close()
    assert _seqs(database_url)[-1] == 12
    thrown_away = (tmp_path / "old").read_bytes().splitlines(keepends=True)[:-1]
    (tmp_path / "unsealed").write_bytes(b"".join(thrown_away))
    ended = run("audit", "verify", "--archive", "unsealed", DATABASE_URL=database_url)
    assert (ended.code, ended.out) == (
        1,
        "The trail is broken: unsealed is not the archive that was sealed up to #8.\n",
    )


STAYING = {
    "it ended lately": "UPDATE requests SET decided_at = {now} WHERE e164 = '" + DENIED + "'",
    "work names it": "INSERT INTO work (lane, kind, payload, not_before) "
    "SELECT 'tell', 'words', '{{\"request\": \"' || id || '\"}}', 0 FROM requests WHERE e164 = '" + DENIED + "'",
    "its number was reserved for": "INSERT INTO reservations SELECT id, '2026-01', 'INR', 0 FROM requests "
    "WHERE e164 = '" + DENIED + "'",
    "it is of a basket": "UPDATE requests SET basket = card WHERE e164 = '" + DENIED + "'",
    "it was asked for anew": "UPDATE requests SET entry = 11 WHERE e164 = '" + DENIED + "'",
}


@pytest.mark.parametrize("statement", STAYING.values(), ids=STAYING)
@pytest.mark.sqlite_only("the statement is alike on both")
def test_a_request_that_something_still_needs_stays_with_all_its_entries(
    run: Run, tmp_path: Path, database_url: str, bought: str, statement: str
) -> None:
    with closing(sqlite3.connect(tmp_path / "buynumber.db")) as database, database:
        database.execute(statement.format(now=int(datetime.now(UTC).timestamp() * 10**6)))
    assert run(*OLD).out.splitlines()[1].startswith("0 requests and 1 entry left the database")
    assert _seqs(database_url) == [1, *range(3, 13)]
    assert run("audit", "verify", "--archive", "old").code == 0
