"""What people do is on disk before it is answered, and is taken once."""

from datetime import timedelta

import pytest

from bot.domain.policy import Decision
from bot.services.acts import Ask, Decide, Reception
from tests.harness.bench import Bench
from tests.harness.builders import ASKER, an_address

pytestmark = pytest.mark.sqlite_only("the store's own tests take clicks on both")


async def test_what_was_taken_waits_for_its_judge_with_its_response_url(bench: Bench) -> None:
    ask = bench.an_ask(by=an_address(response_url="https://hooks.slack.com/commands/T1/1/secret"))
    assert await Reception(store=bench.store, clock=bench.clock).take(ask)
    row = await bench.row(Ask)
    assert row.not_before == bench.clock.now()
    assert Ask.model_validate_json(row.payload) == ask


async def test_the_same_trigger_is_taken_once(bench: Bench) -> None:
    ask = bench.an_ask()
    assert await bench.take(ask)
    bench.clock.advance(timedelta(minutes=5))
    assert not await bench.take(ask)
    assert len(await bench.rows()) == 1


async def test_a_click_waits_as_work_of_its_request(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.click(Decision.WITHDRAW, request, by=ASKER)
    assert (await bench.row(Decide)).request == request.id
