"""Turns at the database: who answers Slack goes first, and work goes on all the same."""

import asyncio

import pytest
from sqlalchemy import Connection

from bot.store import turns
from bot.store.store import Store
from bot.store.turns import Turns
from tests.harness.patience import PATIENCE


async def _takes(turns: Turns, name: str, took: list[str]) -> None:
    await turns.take()
    took.append(name)


async def test_while_nobody_is_answered_every_turn_comes_at_once() -> None:
    took: list[str] = []
    taking = _takes(Turns(), "work", took)
    with pytest.raises(StopIteration):  # without the loop having done anything else
        taking.send(None)
    assert took == ["work"]


async def test_while_somebody_is_answered_work_waits_and_goes_on_in_its_order_even_if_that_never_ends() -> None:
    turns, took = Turns(), list[str]()
    with turns.answering():
        taking = [asyncio.create_task(_takes(turns, name, took)) for name in "abc"]
        await asyncio.sleep(0)
        assert took == []
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*taking)
    assert took == ["a", "b", "c"]


async def test_after_the_answer_turns_come_one_by_one_so_that_the_next_question_is_heard_in_between() -> None:
    turns, took = Turns(), list[str]()
    loop = asyncio.get_running_loop()
    with turns.answering():
        taking = [asyncio.create_task(_takes(turns, name, took)) for name in "ab"]
        await asyncio.sleep(0)
    heard = set[int]()

    def hear() -> None:
        """What else the loop does, each time round."""
        heard.add(len(took))
        if not all(one.done() for one in taking):
            loop.call_soon(hear)

    loop.call_soon(hear)
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*taking)
    assert {0, 1} <= heard


async def test_after_an_answer_that_came_alone_the_turn_comes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SELDOM", 2 * PATIENCE)
    its_turns, took = Turns(), list[str]()
    with its_turns.answering():
        taking = asyncio.create_task(_takes(its_turns, "work", took))
        await asyncio.sleep(0)
        assert took == []
    async with asyncio.timeout(PATIENCE):
        await taking


async def test_while_questions_keep_coming_work_waits_between_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SELDOM", 2 * PATIENCE)
    its_turns, took = Turns(), list[str]()
    for _ in range(2):
        with its_turns.answering():
            pass
    taking = asyncio.create_task(_takes(its_turns, "work", took))
    for _ in range(10):
        await asyncio.sleep(0)
    assert took == []
    taking.cancel()


async def test_who_gives_up_waiting_costs_nobody_a_turn() -> None:
    turns, took = Turns(), list[str]()
    with turns.answering():
        gives_up, stays = (asyncio.create_task(_takes(turns, name, took)) for name in "ab")
        await asyncio.sleep(0)
        gives_up.cancel()
        async with asyncio.timeout(PATIENCE):
            await stays
    assert took == ["b"]
    with pytest.raises(asyncio.CancelledError):
        await gives_up


async def test_what_is_urgent_is_written_before_what_was_handed_in_earlier_while_somebody_is_answered(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "SELDOM", PATIENCE)  # however long the answer takes, work gets no turn before it
    done: list[str] = []

    async def write(name: str, *, urgent: bool) -> None:
        def unit(_: Connection) -> None:
            done.append(name)

        await store.write(unit, urgent=urgent)

    with store.turns.answering():
        work = asyncio.create_task(write("work", urgent=False))
        await asyncio.sleep(0)
        await write("answer", urgent=True)
    assert done == ["answer"]
    work.cancel()
