"""Many who ask at once, of a provider that answers: what our own queue takes is no fault of the provider's."""

import asyncio
from dataclasses import replace

import pytest
from pydantic import SecretStr

from bot import lanes
from bot.domain.numbers import e164
from bot.sandbox.vobiz import StockNumber, VobizStandIn
from bot.services.acts import Ask
from bot.services.parking import Parking
from bot.store.lanes import Lane
from bot.vobiz.client import Vobiz
from bot.work.crew import Crew
from tests.harness.patience import PATIENCE
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("its statements are test_submit's; how many ask does not change them")

CROWD = 200

A_SECOND_FOR_TWELVE = 1 / 12
"""Seconds by the bot's clock that go by with each read: the last of the crowd has its turn after half a minute."""


async def test_nobody_of_a_crowd_is_told_that_vobiz_cannot_be_read_while_it_answers(bench: Workbench) -> None:
    stock = [
        StockNumber(id=f"num_{no}", e164=f"+9180690{no:05d}", country="IN", setup_fee=100, monthly_fee=1)
        for no in range(10_000, 10_000 + CROWD)
    ]
    standin = VobizStandIn(numbers=stock)
    standin.listen(reads=lambda _: bench.clock.advance(A_SECOND_FOR_TWELVE))
    await standin.start()
    login = standin.master
    vobiz = Vobiz(base_url=standin.base_url, auth_id=login.auth_id, auth_token=SecretStr(login.token))
    duties = lanes.duties(bench.units, vobiz, bench.people, bench.messenger)
    judging = {Lane.JUDGE: replace(lanes.paces(bench.rules)[Lane.JUDGE], at_once=4, slow_at_once=4)}
    crew = Crew(duties, park=Parking(bench.rules), store=bench.store, clock=bench.clock, paces=judging)
    for number in stock:
        await bench.take(bench.an_ask().model_copy(update={"e164": e164(number.e164)}))
    begins = bench.clock.now()
    judged = asyncio.Event()
    bench.store.on_commit(lambda: judged.set())
    crew.start()
    async with asyncio.timeout(PATIENCE):
        while await bench.rows(Ask):
            await judged.wait()
            judged.clear()
    await crew.stop()
    await vobiz.aclose()
    await standin.stop()
    assert [letter.refusal for letter in await bench.words()] == []
    assert len(await bench.requests()) == CROWD
    assert (bench.clock.now() - begins).total_seconds() > 30
