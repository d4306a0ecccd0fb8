"""Several processes start at once on one database, and one of them stops in the middle of its work."""

import asyncio

import httpx
import pytest
from sqlalchemy import select

from bot.domain.request import Status
from bot.sandbox.slack import Done
from bot.sandbox.slack.delivery import Acknowledged
from bot.sandbox.slack.example import NUMBERS
from bot.sandbox.vobiz import Mood
from bot.services.acts import Decide
from bot.services.plans import DueSweep, DueTidy, Purchase
from bot.store import control
from bot.store.lanes import Lane
from bot.store.tables import work
from tests.harness.patience import PATIENCE
from tests.harness.postgres import Server, until_waiting_for_locks
from tests.harness.process import Bot
from tests.races.house import BOUGHT, House, a_house
from tests.races.locks import the_claims

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_several_that_start_at_once_all_serve_and_plan_what_there_is_one_of_once(postgres: Server) -> None:
    async with a_house(postgres) as house:
        slack_answers = house.slack.workspace.faults.hang("auth.test", times=3)
        starting = asyncio.gather(*(house.serve() for _ in range(3)))
        await house.slack.wait_for(lambda workspace: len(workspace.calls_of("auth.test")) >= 3, timeout=PATIENCE)
        with house.held(control.hold):
            slack_answers.set()
            await asyncio.to_thread(until_waiting_for_locks, house.engine, 3)
        serves = await starting
        async with httpx.AsyncClient() as client:
            ready = await asyncio.gather(*(client.get(f"{serve.address}/readyz") for serve in serves))
        assert [answer.status_code for answer in ready] == [200] * 3
        planned = select(work.c.kind).where(work.c.kind.in_([DueSweep.kind, DueTidy.kind])).order_by(work.c.kind)
        assert house.read(lambda it: list(it.execute(planned).scalars())) == [DueSweep.kind, DueTidy.kind]
        cards = [await house.at(serve, house.a_card()) for serve in serves]
        for serve, card in zip(serves, cards, strict=True):
            assert await house.at(serve, house.office.approve(card)) == Done()
        for card in cards:
            await house.office.told(card, "is bought.")
            house.ended(card, told=BOUGHT, calls=1)
            assert len(house.slack.thread(NUMBERS, card.ts)) == 2
        assert house.failures == []


async def test_one_click_that_is_delivered_to_two_processes_counts_once(house: House, pair: tuple[Bot, Bot]) -> None:
    card = await house.a_card()
    request = house.request_of(card)
    taken = select(work.c.id).where(work.c.kind == Decide.kind, work.c.request == request.id)
    with house.held(the_claims(Lane.JUDGE)):
        assert await house.at(pair[0], house.office.approve(card)) == Done()
        assert isinstance(await house.at(pair[1], house.slack.http.replay()), Acknowledged)
        assert len(house.read(lambda connection: connection.execute(taken).all())) == 1
    await house.office.told(card, "is bought.")
    house.ended(card, told=BOUGHT, calls=1)


async def test_a_process_that_is_told_to_stop_while_its_call_is_out_keeps_the_answer_first(
    house: House, pair: tuple[Bot, Bot]
) -> None:
    card = await house.a_card()
    house.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    await house.office.approve(card)
    await house.call_of(card)
    stopping, _ = await house.holder(Purchase, house.request_of(card).id)
    stopped = asyncio.create_task(stopping.stop())
    await stopping.is_stopping()
    await house.vobiz.release()
    assert await stopped == 0
    await house.stands(card, Status.PURCHASED)
    await house.office.told(card, "is bought.")
    house.ended(card, told=BOUGHT, calls=1)


async def test_clicks_that_a_stopping_process_took_are_judged_by_the_other(house: House, pair: tuple[Bot, Bot]) -> None:
    stopping, _ = pair
    before, after = await house.a_card(), await house.a_card()
    with house.held(the_claims(Lane.JUDGE)) as held:
        assert await house.at(stopping, house.office.approve(before)) == Done()
        await held.waited_for(stopping)
        stopped = asyncio.create_task(stopping.stop())
        await stopping.is_stopping()
        assert await house.at(stopping, house.office.approve(after)) == Done()
    assert await stopped == 0
    for card in (before, after):
        await house.office.told(card, "is bought.")
        house.ended(card, told=BOUGHT, calls=1)
