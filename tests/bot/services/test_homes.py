"""App Home is kept fresh for an hour after it was opened, and shows each person what they may see."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import refusals
from bot.domain.money import Money
from bot.domain.policy import Decision
from bot.domain.request import PurchaseRequest, Status
from bot.domain.shown import Listed
from bot.services.acts import AskForStatus, Decide
from bot.services.letters import NoHome, StatusList
from bot.services.plans import Expire
from bot.store.lanes import Lane
from bot.work.retry import TryLater
from tests.harness.builders import ASKER, BOSS, CHIEF, a_request, some_rules
from tests.harness.ledger import a_row
from tests.harness.seen import LOST
from tests.harness.swept import HOUR, TICK, sweep
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("the store's own tests keep homes on both")


async def _open(bench: Workbench, user: str) -> Listed:
    """What is shown when it is opened."""
    await bench.ask_for_status(user, in_home=True)
    return await _shown(bench)


async def _shown(bench: Workbench) -> Listed:
    await bench.deliver()
    listed = bench.messenger.took("home")[-1].listed
    assert listed is not None
    return listed


async def _refreshes(bench: Workbench) -> list[str]:
    """Whose App Home is on its way to be shown anew."""
    acts = [AskForStatus.model_validate_json(row.payload) for row in await bench.rows(AskForStatus)]
    assert all(act.in_home and not act.trigger_id for act in acts)
    return [act.user for act in acts]


@pytest.fixture
async def request_at_home(bench: Workbench) -> PurchaseRequest:
    """It waits for a decision, and one of the approvers has App Home open."""
    request = await bench.a_request()
    await _open(bench, BOSS)
    return request


async def test_each_move_of_a_request_shows_an_open_home_anew(
    bench: Workbench, request_at_home: PurchaseRequest
) -> None:
    await bench.approve(request_at_home, by=CHIEF)
    assert await _refreshes(bench) == [BOSS]
    await bench.run(AskForStatus)
    assert await _refreshes(bench) == []
    assert (await _shown(bench)).waiting == ()
    await bench.deny(request_at_home, by=CHIEF)
    assert await _refreshes(bench) == [BOSS]


async def test_a_new_request_and_what_time_does_to_it_do_so_too(bench: Workbench) -> None:
    bench.rules = some_rules(request_expires_after=timedelta(minutes=10), remind_after=None)
    await _open(bench, BOSS)
    await bench.ask()
    assert await _refreshes(bench) == [BOSS]
    await bench.run(AskForStatus)
    bench.clock.advance(timedelta(minutes=10))
    await bench.run(Expire)
    assert await _refreshes(bench) == [BOSS]


async def test_several_moves_before_it_is_shown_need_one(bench: Workbench, request_at_home: PurchaseRequest) -> None:
    for decision in (Decision.APPROVE, Decision.DENY):
        await bench.click(decision, request_at_home, by=CHIEF)
    for _ in range(2):
        await bench.run(Decide)
    assert (await bench.now(request_at_home)).status is Status.DENIED
    assert await _refreshes(bench) == [BOSS]


async def test_everybody_who_has_one_open_gets_theirs_and_nobody_who_only_typed_status(
    bench: Workbench, request_at_home: PurchaseRequest
) -> None:
    await _open(bench, ASKER)
    await bench.ask_for_status(CHIEF)
    await bench.deny(request_at_home, by=CHIEF)
    assert sorted(await _refreshes(bench)) == sorted([ASKER, BOSS])


@pytest.mark.parametrize(("after", "shown"), [(HOUR, [BOSS]), (HOUR + TICK, [])])
async def test_an_hour_after_it_was_opened_it_stays_as_it_is_also_when_it_was_shown_anew_meanwhile(
    bench: Workbench, request_at_home: PurchaseRequest, after: timedelta, shown: list[str]
) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    bench.clock.advance(HOUR / 2)
    await bench.approve(request_at_home, by=CHIEF)
    await bench.run(AskForStatus)
    bench.clock.advance(after - HOUR / 2)
    await bench.deny(request_at_home, by=CHIEF)
    assert await _refreshes(bench) == shown


async def test_a_freeze_shows_an_open_home_anew_and_so_does_its_end(
    bench: Workbench, request_at_home: PurchaseRequest
) -> None:
    for freezes in (True, False):
        await bench.switch(freezes=freezes)
        assert await _refreshes(bench) == [BOSS]
        await bench.run(AskForStatus)
        assert ((await _shown(bench)).frozen is not None) == freezes


async def test_who_may_not_see_anything_hears_why_there(bench: Workbench) -> None:
    bench.people.why_not[ASKER] = "guest"
    await bench.ask_for_status(ASKER, in_home=True)
    await bench.run(NoHome)
    assert bench.messenger.sent[-1].how == "no_home"
    assert not await bench.trail()
    assert not await bench.words()


async def _opened_unread(bench: Workbench, what: str) -> None:
    """Opened while Slack does not answer, until it is waited for no longer."""
    setattr(bench.people, what, True)
    with pytest.raises(TryLater):
        await bench.ask_for_status(in_home=True)
    bench.clock.advance(60)
    await bench.run(AskForStatus)


async def test_when_slack_cannot_say_who_opened_it_that_is_said_there(bench: Workbench) -> None:
    await _opened_unread(bench, "silent")
    assert refusals.PeopleUnreadable.reason in (await bench.row(NoHome)).payload


async def test_when_slack_cannot_say_who_the_approvers_are_their_own_requests_are_shown(bench: Workbench) -> None:
    own = await bench.a_request()
    await _opened_unread(bench, "list_is_silent")
    home = await _shown(bench)
    assert [shown.request for shown in home.own] == [own]
    assert home.unread


@pytest.mark.parametrize("what", ["silent", "list_is_silent"])
async def test_what_cannot_be_shown_anew_stays_as_it_stands_until_the_next_move(
    bench: Workbench, request_at_home: PurchaseRequest, what: str
) -> None:
    await bench.approve(request_at_home, by=CHIEF)
    setattr(bench.people, what, True)
    with pytest.raises(TryLater):
        await bench.run(AskForStatus)
    bench.clock.advance(60)
    await bench.run(AskForStatus)
    assert await bench.rows(StatusList, NoHome) == []
    assert not await bench.words()
    setattr(bench.people, what, False)
    await bench.deny(request_at_home, by=CHIEF)
    assert await _refreshes(bench) == [BOSS]


async def test_who_may_not_see_anything_any_more_does_not_keep_what_stands(
    bench: Workbench, request_at_home: PurchaseRequest
) -> None:
    bench.people.why_not[BOSS] = "deactivated"
    await bench.deny(request_at_home, by=CHIEF)
    await bench.run(AskForStatus)
    assert refusals.NotAFullMember.reason in (await bench.row(NoHome)).payload


async def _bought(bench: Workbench, no: int, *, by: str = ASKER, is_private: bool = False) -> PurchaseRequest:
    made = a_request(number=f"+9180690{no:05}", requester=by, status=Status.PURCHASED)
    return await bench.a_request(replace(made, is_private=is_private), ts=f"{no}.000001")


@pytest.mark.parametrize(("user", "sees"), [("U_MEMBER", [2]), (ASKER, [2, 1]), (BOSS, [2, 1])])
async def test_what_was_asked_for_in_private_is_seen_by_who_asked_and_approvers_alone(
    bench: Workbench, user: str, sees: list[int]
) -> None:
    bought = {1: await _bought(bench, 1, is_private=True), 2: await _bought(bench, 2)}
    home = await _open(bench, user)
    assert {shown.request.id for shown in home.bought} == {bought[no].id for no in sees}


async def test_a_purchase_that_waits_for_people_waits_for_approvers(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    assert (await _open(bench, BOSS)).waiting == ()
    bench.provider.unreadable = {"owned"}
    for _ in range(6):
        await bench.look()
    await bench.run_due(Lane.JUDGE)
    waiting = (await _open(bench, BOSS)).waiting
    assert waiting is not None
    assert [(shown.request.id, shown.attempt is not None) for shown in waiting] == [(request.id, True)]


async def test_a_charge_that_nothing_explains_waits_for_approvers_before_requests_do(bench: Workbench) -> None:
    failed = await bench.a_failure(LOST)
    bench.provider.ledger = [a_row(at=bench.clock.now())]
    await sweep(bench)
    pending = await bench.a_request(a_request(number="+918069000143"))
    waiting = (await _open(bench, BOSS)).waiting
    assert waiting is not None
    assert [shown.request.id for shown in waiting] == [failed.id, pending.id]


async def test_the_month_is_shown_in_each_currency_that_was_used_or_has_a_budget(bench: Workbench) -> None:
    bench.rules = some_rules(monthly_budget="500 INR")
    await bench.a_purchase()
    bench.rules = some_rules(monthly_budget="20 USD")
    shown = [(month.spent, month.budget) for month in (await _open(bench, ASKER)).months]
    assert shown == [(Money.of("101 INR"), Money.of("0 INR")), (Money.of("0 USD"), Money.of("20 USD"))]
