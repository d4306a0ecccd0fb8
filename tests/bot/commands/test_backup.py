"""`backup FILE`: a whole copy while others write, or none; what is started from it begins frozen."""

import resource
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bot.store import sqlite
from tests.bot.commands.conftest import on_a_bench
from tests.harness.process import Run
from tests.harness.stores import a_store, lay_down_a_database
from tests.harness.workbench import Workbench


async def _a_request(bench: Workbench) -> None:
    await bench.a_request()


def test_the_copy_is_one_private_file_with_all_that_was_committed_and_a_whole_trail(run: Run, tmp_path: Path) -> None:
    on_a_bench(tmp_path, _a_request)
    served = a_store(tmp_path)
    try:
        ended = run("backup", "copy.db")
    finally:
        served.close()
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Copied to copy.db, up to entry #1 ")
    assert sorted(file.name for file in tmp_path.glob("copy*")) == ["copy.db"]
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    copied = {"DATABASE_URL": "sqlite:///copy.db"}
    assert run("audit", "verify", **copied).out.startswith("The trail is whole: 1 entry")
    assert run("requests", **copied).out == run("requests").out


def test_what_others_write_meanwhile_neither_gets_into_the_copy_nor_has_it_begun_anew(tmp_path: Path) -> None:
    lay_down_a_database(tmp_path / "buynumber.db")
    pages = sqlite.PAGES_AT_ONCE
    with closing(sqlite3.connect(tmp_path / "buynumber.db")) as other:
        other.execute("CREATE TABLE ballast (it BLOB)")
        other.execute("INSERT INTO ballast VALUES (zeroblob(?))", [pages * 3 * 4096])
        other.commit()
        steps = []

        def at(done: int, of: int) -> None:
            steps.append((done, of))
            other.execute("INSERT INTO ballast VALUES (zeroblob(4096))")
            other.commit()

        sqlite.copy_while_used(tmp_path / "buynumber.db", tmp_path / "copy.db", at=at)
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})
    assert len(steps) == 4
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM ballast").fetchone() == (1,)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("there.db", "there.db is there already"),
        ("no/such/folder.db", "the copy cannot be written: No such file or directory"),
    ],
)
def test_what_is_there_is_never_overwritten_and_nothing_is_left_of_a_copy_that_cannot_be_made(
    run: Run, tmp_path: Path, file: str, words: str
) -> None:
    lay_down_a_database(tmp_path / "buynumber.db")
    (tmp_path / "there.db").write_text("mine")
    before = sorted(tmp_path.iterdir())
    ended = run("backup", file)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert words in ended.err
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "there.db").read_text() == "mine"


def test_a_disk_that_takes_no_more_leaves_no_part_of_a_copy(run: Run, tmp_path: Path) -> None:
    lay_down_a_database(tmp_path / "buynumber.db")
    before, (usual, most) = sorted(tmp_path.iterdir()), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, most))
    try:
        ended = run("backup", "copy.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (usual, most))
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert ended.err.startswith("buynumber: the copy cannot be written: ")
    assert sorted(tmp_path.iterdir()) == before


def test_of_a_database_on_postgresql_it_names_what_makes_copies_there(run: Run) -> None:
    ended = run("backup", "copy.db", DATABASE_URL="postgresql://bot:letmein@127.0.0.1:1/numbers")
    assert ended.code == 2
    assert (
        ended.err
        == "buynumber: `buynumber backup` copies SQLite files: of a PostgreSQL database make copies with pg_dump\n"
    )
