"""Writers share commits: each is atomic by itself, and answered only when it is on disk."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event, insert, select, text
from sqlalchemy.exc import IntegrityError

from bot.store.sqlite import writing_engine
from bot.store.store import MOST_IN_ONE_COMMIT, DatabaseAway, SharedCommits, StoreClosed
from bot.store.tables import clicks, votes
from tests.harness.builders import BOSS, NOON
from tests.harness.patience import PATIENCE

quick = settings(derandomize=True, deadline=None, max_examples=150)

Unit = Callable[[Connection], None]


class Broken(Exception):
    """What a failing unit of work raises."""


@pytest.fixture
def writer(engine: Engine) -> Iterator[SharedCommits]:
    writer = SharedCommits(engine)
    yield writer
    writer.close()


@pytest.fixture(scope="module")
def long_lived(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedCommits]:
    path = tmp_path_factory.mktemp("shared") / "buynumber.db"
    shutil.copy(migrated, path)
    writer = SharedCommits(writing_engine(path))
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


def test_a_unit_of_work_answers_with_its_result(writer: SharedCommits) -> None:
    assert writer.submit(lambda _: "done").result(PATIENCE) == "done"


def test_who_waits_together_shares_one_commit(writer: SharedCommits, commits: list[None], path: Path) -> None:
    with _busy(writer):
        answers = [writer.submit(_adds(f"{number:02}")) for number in range(MOST_IN_ONE_COMMIT)]
        before = len(commits)
    assert [_error(answer) for answer in answers] == [None] * MOST_IN_ONE_COMMIT
    assert len(commits) - before == 2, "one for who held the writer, one for all the others"
    assert len(_on_disk(path)) == MOST_IN_ONE_COMMIT


def test_one_more_than_fit_into_a_commit_needs_another(writer: SharedCommits, commits: list[None]) -> None:
    with _busy(writer):
        answers = [writer.submit(_adds(f"{number:02}")) for number in range(MOST_IN_ONE_COMMIT + 1)]
        before = len(commits)
    assert [_error(answer) for answer in answers] == [None] * len(answers)
    assert len(commits) - before == 3


def test_nobody_is_answered_before_the_commit(writer: SharedCommits, engine: Engine) -> None:
    answered_early: list[bool] = []
    with _busy(writer):
        answers = [writer.submit(_adds(key)) for key in "ab"]
        event.listen(engine, "commit", lambda _: answered_early.extend(answer.done() for answer in answers))
    assert [_error(answer) for answer in answers] == [None, None]
    assert answered_early[-2:] == [False, False]


def test_units_run_one_after_another_in_the_order_they_were_handed_in(writer: SharedCommits) -> None:
    ran: list[int] = []

    def notes(number: int) -> Unit:
        return lambda _: ran.append(number)

    with _busy(writer):
        answers = [writer.submit(notes(number)) for number in range(20)]
    assert [_error(answer) for answer in answers] == [None] * 20
    assert ran == list(range(20))


def test_each_sees_what_the_one_before_did_in_the_same_commit(writer: SharedCommits) -> None:
    with _busy(writer):
        writer.submit(_adds("a"))
        seen = writer.submit(_keys)
    assert seen.result(PATIENCE) == ["a"]


def test_one_that_fails_undoes_itself_alone(writer: SharedCommits, path: Path) -> None:
    with _busy(writer):
        before, failed, after = (
            writer.submit(unit) for unit in [_adds("a"), _adds("b", "c", then=Broken()), _adds("d")]
        )
    assert isinstance(_error(failed), Broken)
    assert (_error(before), _error(after)) == (None, None)
    assert _on_disk(path) == ["a", "d"]


def test_one_that_the_database_refuses_undoes_itself_alone(writer: SharedCommits, path: Path) -> None:
    with _busy(writer):
        before, refused, after = (writer.submit(unit) for unit in [_adds("a"), _adds("b", "a"), _adds("c")])
    assert isinstance(_error(refused), IntegrityError)
    assert (_error(before), _error(after)) == (None, None)
    assert _on_disk(path) == ["a", "c"]


def test_a_commit_that_fails_fails_all_of_it(writer: SharedCommits, path: Path) -> None:
    with _busy(writer):
        answers = [writer.submit(unit) for unit in [_adds("a"), _breaks_the_commit, _adds("b")]]
    assert [type(_error(answer)) for answer in answers] == [IntegrityError] * 3
    assert _on_disk(path) == []


def test_a_disk_that_is_full_fails_all_whose_work_is_lost(writer: SharedCommits, path: Path) -> None:
    with _busy(writer):
        answers = [writer.submit(unit) for unit in [_adds("a"), _fills_the_disk, _adds("b")]]
    assert all(isinstance(_error(answer), DatabaseAway) for answer in answers)
    assert _on_disk(path) == []


@pytest.mark.parametrize("fails", [_breaks_the_commit, _fills_the_disk])
def test_after_a_commit_that_failed_the_next_ones_go_on(writer: SharedCommits, path: Path, fails: Unit) -> None:
    assert _error(writer.submit(fails)) is not None
    assert _error(writer.submit(_adds("a"))) is None
    assert _on_disk(path) == ["a"]


def test_a_transaction_that_cannot_begin_fails_all_and_the_next_goes_on(writer: SharedCommits, path: Path) -> None:
    writer.submit(lambda connection: connection.execute(text("PRAGMA busy_timeout = 0")).scalar()).result(PATIENCE)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert isinstance(_error(writer.submit(_adds("a"))), DatabaseAway)
    assert _error(writer.submit(_adds("b"))) is None
    assert _on_disk(path) == ["b"]


def test_what_was_handed_in_cannot_be_taken_back(writer: SharedCommits, path: Path) -> None:
    with _busy(writer):
        answer = writer.submit(_adds("a"))
        assert not answer.cancel()
    assert _error(answer) is None
    assert _on_disk(path) == ["a"]


def test_closing_waits_for_everything_that_was_handed_in(engine: Engine, path: Path) -> None:
    writer = SharedCommits(engine)
    with _busy(writer):
        answers = [writer.submit(_adds(f"{number:03}")) for number in range(2 * MOST_IN_ONE_COMMIT)]
        closing_it = threading.Thread(target=writer.close)
        closing_it.start()
    closing_it.join(PATIENCE)
    assert all(answer.done() for answer in answers)
    assert len(_on_disk(path)) == len(answers)


def test_nothing_is_taken_after_closing(engine: Engine, path: Path) -> None:
    writer = SharedCommits(engine)
    writer.close()
    with pytest.raises(StoreClosed):
        writer.submit(_adds("a"))
    assert _on_disk(path) == []


KEYS = st.lists(st.sampled_from("abcdef"), max_size=3)


@quick
@given(units=st.lists(st.tuples(KEYS, st.booleans()), max_size=8))
def test_however_units_fail_the_others_are_whole(
    long_lived: SharedCommits, units: list[tuple[list[str], bool]]
) -> None:
    long_lived.submit(lambda connection: connection.execute(clicks.delete())).result(PATIENCE)
    with _busy(long_lived):
        answers = [long_lived.submit(_adds(*keys, then=Broken() if breaks else None)) for keys, breaks in units]
        kept = long_lived.submit(_keys)
    expected: set[str] = set()
    succeed = []
    for keys, breaks in units:
        succeed.append(not breaks and len({*keys, *expected}) == len(keys) + len(expected))
        expected |= set(keys) if succeed[-1] else set()
    assert [_error(answer) is None for answer in answers] == succeed
    assert kept.result(PATIENCE) == sorted(expected)
