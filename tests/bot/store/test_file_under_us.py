"""A SQLite file that is moved, replaced or overwritten while open: what nobody would find is not said to be kept."""

import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text

from bot.store import clicks, tables
from bot.store.database import Served, is_served_elsewhere, open_to_serve
from bot.store.store import DatabaseAway
from tests.harness.builders import NOON

Deed = Callable[[Path], object]


def _delete_all(path: Path) -> None:
    for file in path.parent.iterdir():
        file.unlink()


def _replace(path: Path, part: str = "") -> None:
    file = Path(f"{path}{part}")
    Path(shutil.copy(file, f"{file}.copy")).replace(file)


def _make_anew(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE clicks (trigger_id TEXT PRIMARY KEY, at BIGINT)")


def _overwrite(path: Path, of: str = "") -> None:
    """As `cp` does: the file stays which it was."""
    backup = shutil.copy(f"{path}{of}", path.with_name("backup.db"))
    shutil.copyfile(backup, path)


def _link(path: Path) -> None:
    path.symlink_to(shutil.copy(path.rename(path.with_name("a.db")), path.with_name("b.db")))


DEEDS: dict[str, Deed] = {
    "deleted": Path.unlink,
    "deleted with all beside it": _delete_all,
    "replaced by a copy": _replace,
    "made anew": _make_anew,
    "overwritten in place": _overwrite,
    "overwritten with something else": lambda path: path.write_bytes(b"x" * path.stat().st_size),
    "emptied": lambda path: path.write_bytes(b""),
    "moved": lambda path: path.rename(path.with_name("elsewhere.db")),
    "a link to another": _link,
    "its folder moved": lambda path: path.parent.rename(path.parent.with_name("elsewhere")),
    "its folder replaced": lambda path: (
        path.parent.rename(path.parent.with_name("elsewhere")),
        shutil.copytree(path.parent.with_name("elsewhere"), path.parent),
    ),
    "its log deleted": lambda path: Path(f"{path}-wal").unlink(),
    "its log replaced": lambda path: _replace(path, "-wal"),
    "the log's index deleted": lambda path: Path(f"{path}-shm").unlink(),
}


@pytest.fixture
def path(migrated: Path, tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return Path(shutil.copy(migrated, tmp_path / "data" / "buynumber.db"))


@pytest.fixture
def served(path: Path) -> Iterator[Served]:
    served = open_to_serve(f"sqlite:///{path}")
    yield served
    served.close()


def _click(connection: Connection) -> bool:
    return clicks.is_new(connection, "1", now=NOON)


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(tables.clicks)).scalar_one()


@pytest.mark.parametrize("deed", DEEDS)
async def test_nothing_is_written_to_or_read_from_a_file_that_does_not_stand_at_its_path(
    served: Served, path: Path, deed: str
) -> None:
    DEEDS[deed](path)
    for use in (served.store.write(_click), served.store.read(_count)):
        with pytest.raises(DatabaseAway, match=r"buynumber\.db (or its log was moved, deleted or re|was overwritten)"):
            await use


async def test_it_goes_on_once_the_file_is_put_back_and_nothing_of_the_time_between_is_kept(
    served: Served, path: Path
) -> None:
    DEEDS["moved"](path)
    with pytest.raises(DatabaseAway):
        await served.store.write(_click)
    shutil.move(path.with_name("elsewhere.db"), path)
    assert await served.store.read(_count) == 0
    assert await served.store.write(_click)


@pytest.mark.parametrize("deed", [name for name in DEEDS if "folder" not in name and "beside" not in name])
async def test_others_see_that_the_process_that_serves_has_another_file_open(
    served: Served, path: Path, deed: str
) -> None:
    url = f"sqlite:///{path}"
    assert not is_served_elsewhere(url)
    DEEDS[deed](path)
    with pytest.raises(DatabaseAway):
        await served.store.read(_count)
    assert is_served_elsewhere(url)
    served.close()
    assert not is_served_elsewhere(url)


async def test_an_older_copy_put_over_the_file_between_two_commits_is_noticed_for_good(
    served: Served, path: Path
) -> None:
    """The log begins anew with the commit before it, and another process has the rest written back after it."""
    backup = path.with_name("backup.db")
    with closing(sqlite3.connect(path)) as other, closing(sqlite3.connect(backup)) as copy:
        other.backup(copy)
    with closing(sqlite3.connect(path)) as other:
        assert await served.store.write(_click)
        other.execute("PRAGMA wal_checkpoint(RESTART)")
        assert not await served.store.write(_click)
        shutil.copyfile(backup, path)
        for _ in range(2):
            with pytest.raises(DatabaseAway, match="was overwritten"):
                await served.store.write(_click)
            other.execute("PRAGMA wal_checkpoint(RESTART)")


def _many_pages(connection: Connection) -> None:
    """More than SQLite leaves in its log."""
    connection.execute(text("INSERT OR REPLACE INTO clicks SELECT zeroblob(5000000), 0"))


def _write(other: sqlite3.Connection, sql: str = "UPDATE control SET id = id") -> None:
    with other:
        other.execute(sql)


def _writes_back(how: str) -> Callable[[sqlite3.Connection], object]:
    return lambda other: other.execute(f"PRAGMA wal_checkpoint({how})")


BESIDE: dict[str, Callable[[sqlite3.Connection], object]] = {
    "writes": _write,
    "fills the log": lambda other: _write(other, "INSERT OR REPLACE INTO clicks SELECT zeroblob(5000000), 0"),
    **{f"writes back: {how}": _writes_back(how) for how in ("PASSIVE", "FULL", "RESTART", "TRUNCATE")},
}


@pytest.mark.parametrize("beside", BESIDE)
async def test_what_other_processes_do_by_way_of_sqlite_is_no_overwriting(
    served: Served, path: Path, beside: str
) -> None:
    with closing(sqlite3.connect(path)) as other:
        for before, own, after in itertools.product((beside, "writes"), (_many_pages, _click), (beside, "writes")):
            BESIDE[before](other)
            await served.store.write(own)
            BESIDE[after](other)
            await served.store.read(_count)
            BESIDE[beside](other)
            assert await served.store.read_at_length(_count)
