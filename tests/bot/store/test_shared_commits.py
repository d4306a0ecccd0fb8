"""Writers share commits: each is atomic by itself, and answered only when it is on disk."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, insert, select, text
from sqlalchemy.exc import IntegrityError

from bot.store import shared_commits
from bot.store.lanes import Given, Lane, give_work
from bot.store.shared_commits import SharedCommits
from bot.store.store import DatabaseAway, StoreClosed
from bot.store.tables import clicks, votes
from tests.harness.builders import BOSS, NOON
from tests.harness.patience import PATIENCE

Unit = Callable[[Connection], None]
Answer = asyncio.Future[None]


class Broken(Exception):
    """What a failing unit of work raises."""


@pytest.fixture
async def writer(engine: Engine) -> AsyncIterator[SharedCommits]:
    writer = SharedCommits(engine, stands=lambda: None)
    yield writer
    writer.close()


@pytest.fixture
def commits(engine: Engine) -> list[None]:
    """Grows by one with each commit."""
    seen: list[None] = []
    event.listen(engine, "commit", lambda _: seen.append(None))
    return seen


@pytest.fixture(params=["at once", "in a thread"])
def _disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick, or so slow that commits are made beside the loop; and a machine that is slow takes no commit apart."""
    monkeypatch.setattr(shared_commits, "TOGETHER", 60.0)
    monkeypatch.setattr(shared_commits, "WORTH_A_THREAD", {"at once": 60.0, "in a thread": 0.0}[request.param])


pytestmark = pytest.mark.usefixtures("_disk")


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


def _submit(writer: SharedCommits, *units: Unit) -> list[Answer]:
    """All before the loop goes on, so they are taken together."""
    return [writer.submit(unit, urgent=False) for unit in units]


async def _errors(answers: list[Answer]) -> list[type[object]]:
    async with asyncio.timeout(PATIENCE):
        return [type(found) for found in await asyncio.gather(*answers, return_exceptions=True)]


OK = type(None)
"""What is no error."""


async def test_who_waits_together_shares_one_commit(writer: SharedCommits, commits: list[None], path: Path) -> None:
    answers = _submit(writer, *(_adds(f"{number:02}") for number in range(9)))
    assert await _errors(answers) == [OK] * 9
    assert len(commits) == 1
    assert len(_on_disk(path)) == 9


async def test_one_commit_takes_no_more_once_that_takes_long(
    writer: SharedCommits, commits: list[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_commits, "TOGETHER", 0.0)
    assert await _errors(_submit(writer, *(_adds(key) for key in "abc"))) == [OK] * 3
    assert len(commits) == 3


async def test_what_is_urgent_overtakes_what_was_handed_in_before_it(writer: SharedCommits) -> None:
    ran: list[str] = []

    def runs(name: str) -> Unit:
        return lambda _: ran.append(name)

    answers = [writer.submit(runs(name), urgent=name == "urgent") for name in ("one", "urgent")]
    await asyncio.gather(*answers)
    assert ran == ["urgent", "one"]


async def test_nobody_is_answered_before_the_commit(writer: SharedCommits, engine: Engine) -> None:
    answered_early: list[bool] = []
    answers = _submit(writer, _adds("a"), _adds("b"))
    event.listen(engine, "commit", lambda _: answered_early.extend(answer.done() for answer in answers))
    assert await _errors(answers) == [OK, OK]
    assert answered_early == [False, False]


async def test_units_run_in_the_order_they_were_handed_in_and_each_sees_what_those_before_did(
    writer: SharedCommits,
) -> None:
    keys = [f"{number:02}" for number in range(20)]
    seen: list[list[str]] = []

    def adds_and_looks(key: str) -> Unit:
        def run(connection: Connection) -> None:
            _adds(key)(connection)
            seen.append(_keys(connection))

        return run

    assert await _errors(_submit(writer, *map(adds_and_looks, keys))) == [OK] * len(keys)
    assert seen == [keys[: number + 1] for number in range(len(keys))]


async def test_one_that_fails_or_that_the_database_refuses_undoes_itself_alone(
    writer: SharedCommits, path: Path
) -> None:
    units = [_adds("a"), _adds("b", "c", then=Broken()), _adds("b", "a"), _adds("b", then=StopIteration()), _adds("d")]
    assert await _errors(_submit(writer, *units)) == [OK, Broken, IntegrityError, RuntimeError, OK]
    assert _on_disk(path) == ["a", "d"]


def _gives(lane: Lane, then: Exception | None = None) -> Unit:
    def give(connection: Connection) -> None:
        give_work(connection, lane, None, NOON)
        if then is not None:
            raise then

    return give


async def test_what_was_given_is_taken_in_the_commit_that_gives_it_and_what_was_undone_is_not_told(
    writer: SharedCommits, commits: list[None]
) -> None:
    taken: list[Given] = []

    async def take_on(given: Sequence[Given]) -> None:
        await writer.submit(lambda _: taken.extend(given), urgent=False)

    taking: list[asyncio.Task[None]] = []
    writer.hears = lambda given: taking.append(asyncio.create_task(take_on(given)))
    answers = _submit(writer, _gives(Lane.BUY, Broken()), _gives(Lane.TELL), _gives(Lane.SHOW))
    assert await _errors(answers) == [Broken, OK, OK]
    await asyncio.gather(*taking)
    assert taken == [Given(Lane.TELL, None, NOON), Given(Lane.SHOW, None, NOON)]
    assert len(commits) == 1


async def test_who_waits_for_an_answer_does_not_wait_for_others_to_take_what_was_given(
    writer: SharedCommits, commits: list[None]
) -> None:
    heard_after: list[int] = []
    writer.hears = lambda _: heard_after.append(len(commits))
    await writer.submit(_gives(Lane.JUDGE), urgent=True)
    assert heard_after == [1]


async def test_what_a_commit_that_fails_gave_is_heard_by_nobody_who_could_take_it(writer: SharedCommits) -> None:
    heard: list[Sequence[Given]] = []
    writer.hears = heard.append
    failing, urgent = writer.submit(_breaks_the_commit, urgent=True), writer.submit(_gives(Lane.BUY), urgent=True)
    assert await _errors([failing, urgent]) == [IntegrityError, IntegrityError]
    assert heard == []


@pytest.mark.parametrize(("fails", "why"), [(_breaks_the_commit, IntegrityError), (_fills_the_disk, DatabaseAway)])
async def test_a_commit_that_fails_or_a_disk_that_is_full_fails_all_of_it_and_the_next_ones_go_on(
    writer: SharedCommits, path: Path, fails: Unit, why: type[Exception]
) -> None:
    assert await _errors(_submit(writer, _adds("a"), fails)) == [why, why]
    assert _on_disk(path) == []
    assert await _errors(_submit(writer, _adds("a"))) == [OK]
    assert _on_disk(path) == ["a"]


async def test_while_another_process_writes_the_loop_goes_on_and_the_write_is_made_after_that(
    writer: SharedCommits, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        (answer,) = _submit(writer, _adds("a"))
        await asyncio.sleep(0)
        assert not answer.done()
        other.execute("COMMIT")
        assert await _errors([answer]) == [OK]
    assert _on_disk(path) == ["a"]


async def test_a_transaction_that_cannot_begin_fails_all_that_wait_and_the_next_goes_on(
    writer: SharedCommits, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_commits, "LOCKED_FOR", 0)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await _errors(_submit(writer, _adds("a"), _adds("b"))) == [DatabaseAway, DatabaseAway]
    assert await _errors(_submit(writer, _adds("b"))) == [OK]
    assert _on_disk(path) == ["b"]


async def test_finishing_waits_for_everything_that_was_handed_in_and_takes_nothing_more(
    writer: SharedCommits, path: Path
) -> None:
    answers = _submit(writer, *(_adds(f"{number:02}") for number in range(3)))
    await writer.finish()
    assert [answer.done() for answer in answers] == [True] * 3
    assert len(_on_disk(path)) == 3
    with pytest.raises(StoreClosed):
        _submit(writer, _adds("late"))


async def test_what_has_not_begun_when_it_is_closed_hears_that_and_never_is(writer: SharedCommits, path: Path) -> None:
    answers = _submit(writer, _adds("a"))
    writer.close()
    assert await _errors(answers) == [StoreClosed]
    assert _on_disk(path) == []
