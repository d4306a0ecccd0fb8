"""What people do is on disk before it is answered, is taken once, and keeps no `response_url` longer than it lives."""

from datetime import timedelta

import pytest

from bot.domain.policy import Decision
from bot.services.acts import Ask, Decide, Reception
from bot.services.letters import CardLetter
from bot.services.plans import DueTidy, Expire, plan_rounds
from tests.harness.builders import ASKER, BOSS, CHIEF, TEAM, an_address
from tests.harness.rows import facts_of
from tests.harness.swept import TICK
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("the store's own tests take clicks and rewrite payloads on both")

URL = "https://hooks.slack.com/commands/T1/1/secret"
HALF_HOUR = timedelta(minutes=30)


async def test_what_was_taken_waits_for_its_judge_with_its_response_url_and_is_taken_once(bench: Workbench) -> None:
    ask, reception = bench.an_ask(by=an_address(response_url=URL)), Reception(store=bench.store, clock=bench.clock)
    assert await reception.take(ask)
    row = await bench.row(Ask)
    assert row.not_before == bench.clock.now()
    assert Ask.model_validate_json(row.payload) == ask
    bench.clock.advance(timedelta(minutes=5))
    assert not await reception.take(ask)
    assert len(await bench.rows()) == 1


async def test_a_click_waits_as_work_of_its_request(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench.click(Decision.WITHDRAW, request, by=ASKER)
    assert (await bench.row(Decide)).request == request.id


async def _plan(bench: Workbench) -> None:
    now = bench.clock.now()
    await bench.store.write(lambda connection: plan_rounds(connection, now))


@pytest.mark.parametrize(("after", "url"), [(HALF_HOUR, None), (HALF_HOUR - TICK, URL)])
async def test_the_url_of_an_act_that_waits_is_dropped_when_it_has_died(
    bench: Workbench, after: timedelta, url: str | None
) -> None:
    await _plan(bench)
    at = bench.clock.now()
    ask = bench.an_ask(by=an_address(at=at, response_url=URL))
    await bench.take(ask)
    bench.clock.advance(after)
    await bench.run(DueTidy)
    kept = ask.model_copy(update={"by": an_address(at=at, response_url=url)})
    assert Ask.model_validate_json((await bench.row(Ask)).payload) == kept


async def test_it_is_dropped_inside_a_letter_and_from_parked_work_too(bench: Workbench) -> None:
    await bench.ask(by=an_address(at=bench.clock.now(), response_url=URL))
    await _plan(bench)
    await bench.park(await bench.claim(CardLetter), "is_archived")
    bench.clock.advance(HALF_HOUR)
    await bench.run(DueTidy)
    letter = CardLetter.model_validate_json((await bench.row(CardLetter)).payload)
    assert letter.requester is not None
    assert letter.requester.response_url is None
    assert URL not in "".join(row.payload for row in await bench.rows())


async def test_work_without_one_is_left_alone(bench: Workbench) -> None:
    await bench.ask()
    await _plan(bench)
    before = await bench.rows(CardLetter, Expire)
    bench.clock.advance(HALF_HOUR)
    await bench.run(DueTidy)
    assert await bench.rows(CardLetter, Expire) == before


@pytest.mark.parametrize(("after", "is_new"), [(HALF_HOUR, False), (HALF_HOUR + TICK, True)])
async def test_what_was_done_longer_ago_than_half_an_hour_is_forgotten(
    bench: Workbench, after: timedelta, is_new: bool
) -> None:
    await _plan(bench)
    ask = bench.an_ask()
    await bench.take(ask)
    bench.clock.advance(after)
    await bench.run(DueTidy)
    assert await bench.take(ask) is is_new


async def test_it_is_done_every_five_minutes_by_one_row(bench: Workbench) -> None:
    for _ in range(2):
        await _plan(bench)
    await bench.run(DueTidy)
    await _plan(bench)
    assert (await bench.row(DueTidy)).not_before == bench.clock.now() + timedelta(minutes=5)


async def test_what_people_do_is_told_with_their_workspace_and_what_they_were_called_then(bench: Workbench) -> None:
    bench.people.names = {ASKER: "Asha Rao", BOSS: "Meera"}
    await bench.ask()
    (request,) = await bench.requests()
    bench.people.names[BOSS] = "Meera Nair"
    bench.people.why_not[CHIEF] = "guest"
    await bench.deny(request, by=CHIEF)
    await bench.deny(request)
    told = [(entry.actor, facts_of(entry).get("who")) for entry in await bench.trail()]
    assert told == [
        (ASKER, {"team": TEAM, "name": "Asha Rao"}),
        (CHIEF, None),
        (BOSS, {"team": TEAM, "name": "Meera Nair"}),
    ]
    assert "Asha" not in str(await bench.rows())
