"""Who asks about a number is told of its requests, and of private ones only who may see them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.known import Known
from bot.domain.request import Status
from bot.services.letters import NumberTold, Words
from bot.store.lanes import Lane
from bot.work.retry import TryLater
from tests.harness.builders import ASKER, BOSS, CHANNEL, CHIEF, a_request, an_owned_number
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("it only reads, as the store's own tests do on both")

STRANGER = "U_STRANGER"


async def _asked(bench: Workbench, *, private: bool = False) -> None:
    made = replace(a_request(status=Status.DENIED, created_at=bench.clock.now()), is_private=private)
    await bench.a_request(made, ts="9.000009")


async def _known(bench: Workbench, user: str) -> Known:
    await bench.ask_why(user)
    await bench.deliver()
    sent = bench.messenger.took("number_told")[-1]
    assert sent.where[0] == user
    assert sent.known is not None
    return sent.known


async def test_what_bought_it_is_told_before_what_was_asked_since(bench: Workbench) -> None:
    bought = await bench.a_purchase()
    await _asked(bench)
    known = await _known(bench, STRANGER)
    assert [asked.shown.request.status for asked in known.asked] == [Status.PURCHASED, Status.DENIED]
    assert known.asked[0].shown.request.id == bought.id
    assert (known.asked[0].shown.voters, known.asked[0].channel) == ((BOSS,), CHANNEL)


@pytest.mark.parametrize(("user", "sees"), [(ASKER, True), (CHIEF, True), (STRANGER, False)])
async def test_what_was_asked_for_in_private_is_for_its_requester_and_for_approvers(
    bench: Workbench, user: str, sees: bool
) -> None:
    await _asked(bench, private=True)
    known = await _known(bench, user)
    assert (len(known.asked) == 1, known.is_hidden) == (sees, not sees)


async def test_while_the_approvers_cannot_be_read_nobody_is_taken_for_one(bench: Workbench) -> None:
    await _asked(bench, private=True)
    bench.people.list_is_silent = True
    with pytest.raises(TryLater):
        await bench.ask_why(CHIEF)
    bench.clock.advance(timedelta(minutes=1))
    await bench.run_due(Lane.JUDGE)
    await bench.deliver()
    (sent,) = bench.messenger.took("number_told")
    assert sent.known is not None
    assert (sent.known.asked, sent.known.is_hidden) == ((), True)


async def test_a_guest_hears_why_they_hear_nothing(bench: Workbench) -> None:
    bench.people.why_not[STRANGER] = "guest"
    await bench.ask_why(STRANGER)
    (row,) = await bench.rows(Words, NumberTold)
    assert row.kind == Words.kind


async def test_a_number_that_no_request_bought_is_told_as_the_sweep_saw_it(bench: Workbench) -> None:
    assert (await _known(bench, ASKER)).swept_at is None
    bench.provider.others = [an_owned_number()]
    await bench.plan_sweep()
    await bench.sweep()
    known = await _known(bench, ASKER)
    assert (known.asked, known.is_hidden) == ((), False)
    assert known.outside is not None
    assert (known.outside.status, known.swept_at) == ("active", known.outside.found_at)


async def test_the_link_is_asked_for_when_it_is_delivered_and_left_out_while_slack_says_none(bench: Workbench) -> None:
    await _asked(bench)
    await _known(bench, ASKER)
    bench.messenger.links[CHANNEL] = "https://slack.example/p1"
    await _known(bench, ASKER)
    assert [sent.where[1:] for sent in bench.messenger.took("number_told")] == [(), ("https://slack.example/p1",)]
