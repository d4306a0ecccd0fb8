"""What may have become of a database file before a command meets it."""

import sqlite3
from contextlib import closing
from pathlib import Path


def an_older_versions(path: Path) -> None:
    _stands_at(path, "0000")


def a_newer_versions(path: Path) -> None:
    _stands_at(path, "9999")


def _stands_at(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def work_and_findings_of_a_newer_versions_kinds(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO work (lane, kind, payload, not_before) VALUES ('tell', 'newer', 'x', 0)")
        database.execute("INSERT INTO findings (kind, subject, details, found_at) VALUES ('newer', 'x', '{}', 0)")


def an_attempt_that_ended_as_a_newer_version_ends_them(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "INSERT INTO attempts (id, request, terms_version, e164, currency, recorded_at, lease_until, outcome, "
            "entry, alerted_at) VALUES ('a', 'r', 1, '+918069000142', 'INR', 0, 0, 'newer', 1, 0)"
        )


def empty(path: Path) -> None:
    path.write_bytes(b"")


def no_database(path: Path) -> None:
    path.write_bytes(b"These are not the pages you look for. " * 200)


def damaged_where_the_requests_are(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        [page] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'requests'").fetchone()
        [size] = database.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"x" * size)


def another_programs(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE votes (of_another_program TEXT)")


def taking_no_write(path: Path) -> None:
    """As for whoever may not write it, also where that is root."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TRIGGER no_write BEFORE UPDATE ON pulse BEGIN SELECT RAISE(ABORT, 'attempt to write'); END"
        )
