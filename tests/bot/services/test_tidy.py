"""A `response_url` is not kept for longer than it is good for, wherever work carries it."""

from datetime import timedelta

import pytest

from bot.services.acts import Ask
from bot.services.letters import CardLetter
from bot.services.plans import DueTidy, Expire, plan_rounds
from bot.work import queue
from tests.harness.bench import Bench
from tests.harness.builders import an_address

pytestmark = pytest.mark.sqlite_only("the queue's own tests rewrite payloads on both")

URL = "https://hooks.slack.com/commands/T1/1/secret"
HALF_HOUR = timedelta(minutes=30)
TICK = timedelta(microseconds=1)


async def _plan(bench: Bench) -> None:
    now = bench.clock.now()
    await bench.store.write(lambda connection: plan_rounds(connection, now))


async def _ask(bench: Bench) -> Ask:
    """Somebody's request, with the URL to answer them."""
    ask = bench.an_ask(by=an_address(at=bench.clock.now(), response_url=URL))
    await bench.take(ask)
    return ask


async def _waiting(bench: Bench) -> Ask:
    return Ask.model_validate_json((await bench.row(Ask)).payload)


async def test_the_url_of_an_act_that_waits_is_dropped_when_it_has_died(bench: Bench) -> None:
    await _plan(bench)
    ask = await _ask(bench)
    bench.clock.advance(HALF_HOUR)
    await bench.run(DueTidy)
    kept = await _waiting(bench)
    assert kept == ask.model_copy(update={"by": ask.by.model_copy(update={"response_url": None})})


async def test_one_that_lives_is_kept(bench: Bench) -> None:
    await _plan(bench)
    ask = await _ask(bench)
    bench.clock.advance(HALF_HOUR - TICK)
    await bench.run(DueTidy)
    assert await _waiting(bench) == ask


async def test_it_is_dropped_inside_a_letter_and_from_parked_work_too(bench: Bench) -> None:
    await bench.ask(by=an_address(at=bench.clock.now(), response_url=URL))
    await _plan(bench)
    held = await bench.claim(CardLetter)
    now = bench.clock.now()
    await bench.store.write(lambda connection: queue.park(connection, held, now=now, error="is_archived"))
    bench.clock.advance(HALF_HOUR)
    await bench.run(DueTidy)
    letter = CardLetter.model_validate_json((await bench.row(CardLetter)).payload)
    assert letter.requester is not None
    assert letter.requester.response_url is None
    assert URL not in "".join(row.payload for row in await bench.rows())


async def test_work_without_one_is_left_alone(bench: Bench) -> None:
    await bench.ask()
    await _plan(bench)
    before = await bench.rows(CardLetter, Expire)
    bench.clock.advance(HALF_HOUR)
    await bench.run(DueTidy)
    assert await bench.rows(CardLetter, Expire) == before


async def test_it_is_done_every_five_minutes_by_one_row(bench: Bench) -> None:
    for _ in range(2):
        await _plan(bench)
    await bench.run(DueTidy)
    await _plan(bench)
    assert (await bench.row(DueTidy)).not_before == bench.clock.now() + timedelta(minutes=5)
