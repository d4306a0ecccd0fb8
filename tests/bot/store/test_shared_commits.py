"""Writers share commits: each is atomic by itself, and answered only when it is on disk."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, insert, select, text
from sqlalchemy.exc import IntegrityError

from bot.store.store import MOST_IN_ONE_COMMIT, DatabaseAway, SharedCommits
from bot.store.tables import clicks, votes
from tests.harness.builders import BOSS, NOON
from tests.harness.patience import PATIENCE

Unit = Callable[[Connection], None]


class Broken(Exception):
    """What a failing unit of work raises."""


@pytest.fixture
def writer(engine: Engine) -> Iterator[SharedCommits]:
    writer = SharedCommits(engine, stands=lambda: None)
    yield writer
    writer.close()


@pytest.fixture
def commits(engine: Engine) -> list[None]:
    """Grows by one with each commit."""
    seen: list[None] = []
    event.listen(engine, "commit", lambda _: seen.append(None))
    return seen


@contextmanager
def _busy(writer: SharedCommits) -> Iterator[None]:
    """While this lasts the writer takes nothing, so what is handed in meanwhile is taken together."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(_: Connection) -> None:
        begun.set()
        go_on.wait(PATIENCE)

    held = writer.submit(wait)
    begun.wait(PATIENCE)
    yield
    go_on.set()
    held.result(PATIENCE)


def _adds(*keys: str, then: Exception | None = None) -> Unit:
    def add(connection: Connection) -> None:
        for key in keys:
            connection.execute(insert(clicks).values(trigger_id=key, at=NOON))
        if then is not None:
            raise then

    return add


def _keys(connection: Connection) -> list[str]:
    return list(connection.execute(select(clicks.c.trigger_id).order_by(clicks.c.trigger_id)).scalars())


def _on_disk(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as other:
        return [row[0] for row in other.execute("SELECT trigger_id FROM clicks ORDER BY 1")]


def _breaks_the_commit(connection: Connection) -> None:
    """A row that belongs to nothing, found only when the transaction ends."""
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    connection.execute(insert(votes).values(request="0" * 32, terms_version=1, approver=BOSS, at=NOON, entry=1))


def _fills_the_disk(connection: Connection) -> None:
    """More than a file may hold that may not grow; SQLite then undoes the whole transaction by itself."""
    pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    connection.execute(insert(clicks).values(trigger_id="x" * 1_000_000, at=NOON))


def _error(answer: Future[None]) -> BaseException | None:
    return answer.exception(PATIENCE)


@pytest.mark.parametrize(("more", "together"), [(0, 2), (1, 3)])
def test_who_waits_together_shares_one_commit_as_long_as_they_fit(
    writer: SharedCommits, commits: list[None], path: Path, more: int, together: int
) -> None:
    with _busy(writer):
        answers = [writer.submit(_adds(f"{number:02}")) for number in range(MOST_IN_ONE_COMMIT + more)]
        before = len(commits)
    assert [_error(answer) for answer in answers] == [None] * len(answers)
    assert len(commits) - before == together, "one for who held the writer"
    assert len(_on_disk(path)) == len(answers)


def test_nobody_is_answered_before_the_commit_or_can_take_it_back(writer: SharedCommits, engine: Engine) -> None:
    answered_early: list[bool] = []
    with _busy(writer):
        answers = [writer.submit(_adds(key)) for key in "ab"]
        assert not answers[0].cancel()
        event.listen(engine, "commit", lambda _: answered_early.extend(answer.done() for answer in answers))
    assert [_error(answer) for answer in answers] == [None, None]
    assert answered_early[-2:] == [False, False]
    with engine.begin() as connection:
        assert _keys(connection) == ["a", "b"]


def test_units_run_in_the_order_they_were_handed_in_and_each_sees_what_those_before_did(writer: SharedCommits) -> None:
    keys = [f"{number:02}" for number in range(20)]
    seen: list[list[str]] = []

    def adds_and_looks(key: str) -> Unit:
        def run(connection: Connection) -> None:
            _adds(key)(connection)
            seen.append(_keys(connection))

        return run

    with _busy(writer):
        answers = [writer.submit(adds_and_looks(key)) for key in keys]
    assert [_error(answer) for answer in answers] == [None] * len(keys)
    assert seen == [keys[: number + 1] for number in range(len(keys))]


def test_one_that_fails_or_that_the_database_refuses_undoes_itself_alone(writer: SharedCommits, path: Path) -> None:
    units = [_adds("a"), _adds("b", "c", then=Broken()), _adds("b", "a"), _adds("d")]
    with _busy(writer):
        answers = [writer.submit(unit) for unit in units]
    assert [type(_error(answer)) for answer in answers] == [type(None), Broken, IntegrityError, type(None)]
    assert _on_disk(path) == ["a", "d"]


@pytest.mark.parametrize(("fails", "why"), [(_breaks_the_commit, IntegrityError), (_fills_the_disk, DatabaseAway)])
def test_a_commit_that_fails_or_a_disk_that_is_full_fails_all_of_it_and_the_next_ones_go_on(
    writer: SharedCommits, path: Path, fails: Unit, why: type[Exception]
) -> None:
    with _busy(writer):
        answers = [writer.submit(unit) for unit in [_adds("a"), fails, _adds("b")]]
    assert [type(_error(answer)) for answer in answers] == [why] * 3
    assert _on_disk(path) == []
    assert _error(writer.submit(_adds("a"))) is None
    assert _on_disk(path) == ["a"]


def test_a_transaction_that_cannot_begin_fails_all_and_the_next_goes_on(writer: SharedCommits, path: Path) -> None:
    writer.submit(lambda connection: connection.execute(text("PRAGMA busy_timeout = 0")).scalar()).result(PATIENCE)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert isinstance(_error(writer.submit(_adds("a"))), DatabaseAway)
    assert _error(writer.submit(_adds("b"))) is None
    assert _on_disk(path) == ["b"]


def test_closing_waits_for_everything_that_was_handed_in(engine: Engine, path: Path) -> None:
    writer = SharedCommits(engine, stands=lambda: None)
    with _busy(writer):
        answers = [writer.submit(_adds(f"{number:03}")) for number in range(MOST_IN_ONE_COMMIT + 1)]
        closing_it = threading.Thread(target=writer.close, daemon=True)
        closing_it.start()
    closing_it.join(PATIENCE)
    assert not closing_it.is_alive()
    assert all(answer.done() for answer in answers)
    assert len(_on_disk(path)) == len(answers)
