"""Who asks for the status sees their own requests, and approvers see what waits; read when it is delivered."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import refusals
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.acts import AskForStatus
from bot.services.letters import StatusList
from bot.work.queue import Lane
from bot.work.retry import TryLater
from tests.harness.bench import Bench
from tests.harness.builders import ASKER, BOSS, CHIEF, NOON, a_request, some_approvers, some_rules
from tests.harness.fakes import UNREADABLE_GROUP, Sent
from tests.harness.seen import asked

pytestmark = pytest.mark.sqlite_only("it only reads, as the store's own tests do on both")


async def _a_request(
    bench: Bench, no: int, *, by: str = ASKER, status: Status = Status.PENDING, team: str = "T1"
) -> PurchaseRequest:
    """The later, the higher its number."""
    created = NOON + timedelta(minutes=no)
    request = a_request(number=f"+9180690{no:05}", requester=by, status=status, created_at=created)
    return await bench.a_request(replace(request, team=team), ts=f"{no}.000001")


async def _listed(bench: Bench, user: str, *, in_home: bool = False) -> Sent:
    await bench.ask_for_status(user, in_home=in_home)
    await bench.run_due(Lane.TELL)
    return bench.messenger.took("home" if in_home else "status_list")[-1]


def _waiting(listed: Sent) -> list[PurchaseRequest]:
    """For whoever asked."""
    assert listed.waiting is not None
    return [shown.request for shown in listed.waiting]


def _for_others(listed: Sent) -> list[str]:
    assert listed.listed is not None
    return [shown.request.id for shown in listed.listed.for_others]


async def test_who_asks_sees_their_own_requests_newest_first(bench: Bench) -> None:
    first = await _a_request(bench, 1, status=Status.DENIED)
    await _a_request(bench, 2, by=CHIEF)
    third = await _a_request(bench, 3)
    listed = await _listed(bench, ASKER)
    assert (listed.how, listed.where) == ("status_list", (ASKER,))
    assert [shown.request for shown in listed.shown] == [third, first]


async def test_who_is_no_approver_does_not_see_what_waits(bench: Bench) -> None:
    await _a_request(bench, 1, by=CHIEF)
    assert (await _listed(bench, ASKER)).waiting is None


async def test_an_approver_sees_everything_that_waits_for_a_decision(bench: Bench) -> None:
    first = await _a_request(bench, 1)
    await _a_request(bench, 2, status=Status.APPROVED)
    third = await _a_request(bench, 3, by=CHIEF)
    listed = await _listed(bench, BOSS)
    assert _waiting(listed) == [first, third]
    assert listed.shown == ()


async def test_what_expires_next_comes_first_of_what_waits(bench: Bench) -> None:
    later = await _a_request(bench, 1)
    sooner = await bench.a_request(
        a_request(number="+918069000143", created_at=NOON + timedelta(minutes=2), expires_after=timedelta(hours=1)),
        ts="2.000001",
    )
    assert _waiting(await _listed(bench, BOSS)) == [sooner, later]


async def test_what_waits_is_cut_after_twenty_where_it_expires_last_and_says_how_many_more_wait(bench: Bench) -> None:
    made = [await _a_request(bench, no) for no in range(1, 24)]
    listed = await _listed(bench, BOSS)
    assert _waiting(listed) == made[:20]
    assert listed.listed is not None
    assert (listed.listed.more_waiting, listed.listed.more_for_others) == (3, 0)


async def test_their_own_request_waits_for_others(bench: Bench) -> None:
    await _a_request(bench, 1, by=BOSS)
    other = await _a_request(bench, 2)
    assert _waiting(await _listed(bench, BOSS)) == [other]


async def test_with_self_approval_allowed_their_own_request_waits_for_them_too(bench: Bench) -> None:
    bench.rules = some_rules(allow_self_approval=True)
    own = await _a_request(bench, 1, by=BOSS)
    assert _waiting(await _listed(bench, BOSS)) == [own]


async def test_what_they_voted_for_waits_for_others_until_the_votes_are_void(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await _a_request(bench, 1)
    await bench.approve(request, by=BOSS)
    listed = await _listed(bench, BOSS)
    assert (_waiting(listed), _for_others(listed)) == ([], [request.id])
    assert _for_others(await _listed(bench, CHIEF)) == []
    await bench.approve(request, by=CHIEF)
    await bench.switch()
    listed = await _listed(bench, BOSS)
    assert (_waiting(listed), _for_others(listed)) == ([await bench.now(request)], [])


async def test_what_they_voted_for_without_being_counted_waits_for_them_still(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="1 INR")
    request = await _a_request(bench, 1)
    await bench.approve(request, by=BOSS)
    bench.people.list_of_approvers = some_approvers(CHIEF, "U_THIRD")
    await bench.approve(request, by=CHIEF)
    bench.people.list_of_approvers = some_approvers(BOSS, CHIEF)
    listed = await _listed(bench, BOSS)
    assert (_waiting(listed), _for_others(listed)) == ([await bench.now(request)], [])
    assert _for_others(await _listed(bench, CHIEF)) == [request.id]


async def test_what_has_the_votes_it_needs_by_now_waits_for_anybodys_click(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="1 INR")
    request = await _a_request(bench, 1)
    await bench.approve(request, by=BOSS)
    bench.rules = some_rules()
    assert _waiting(await _listed(bench, BOSS)) == [await bench.now(request)]
    await bench.approve(request, by=BOSS)
    assert (await bench.now(request)).status is Status.APPROVED


async def test_a_list_of_what_waits_for_others_is_cut_too_and_says_so(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    made = [await _a_request(bench, no) for no in range(1, 23)]
    for request in made[:4]:
        await bench.approve(request, by=BOSS)
    listed = (await _listed(bench, BOSS)).listed
    assert listed is not None
    assert listed.waiting is not None
    assert [len(listed.waiting), len(listed.for_others)] == [18, 2]
    assert [listed.more_waiting, listed.more_for_others] == [0, 2]


async def test_an_outcome_of_their_own_request_is_said_by_others(bench: Bench) -> None:
    request = await asked(bench)
    await bench.run_due(Lane.JUDGE)
    assert _waiting(await _listed(bench, BOSS)) == [request]
    bench.people.list_of_approvers = some_approvers(ASKER, BOSS)
    assert _waiting(await _listed(bench, ASKER)) == []


async def test_a_list_is_as_of_when_it_is_delivered(bench: Bench) -> None:
    request = await _a_request(bench, 1)
    await bench.ask_for_status(BOSS)
    await bench.deny(request)
    await bench.run(StatusList)
    assert bench.messenger.sent[-1].waiting == ()


async def test_a_list_shows_how_many_votes_there_are(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await _a_request(bench, 1)
    await bench.approve(request, by=CHIEF)
    (shown,) = (await _listed(bench, ASKER)).shown
    assert (shown.voters, shown.votes_needed) == ((CHIEF,), 2)


async def test_a_list_ends_after_twenty(bench: Bench) -> None:
    made = [await _a_request(bench, no) for no in range(1, 23)]
    listed = await _listed(bench, ASKER)
    assert [shown.request for shown in listed.shown] == made[:1:-1]


async def test_somebody_of_another_workspace_with_the_same_id_is_somebody_else(bench: Bench) -> None:
    await _a_request(bench, 1, team="T_OTHER")
    assert (await _listed(bench, ASKER)).shown == ()


async def test_app_home_gets_the_same_lists(bench: Bench) -> None:
    own, other = await _a_request(bench, 1, by=BOSS), await _a_request(bench, 2)
    listed = await _listed(bench, BOSS, in_home=True)
    assert (listed.how, listed.where) == ("home", (BOSS,))
    assert ([shown.request for shown in listed.shown], _waiting(listed)) == ([own], [other])


async def test_an_empty_list_of_approvers_makes_nobody_one(bench: Bench) -> None:
    bench.people.list_of_approvers = some_approvers()
    request = await _a_request(bench, 1)
    listed = await _listed(bench, ASKER)
    assert ([shown.request for shown in listed.shown], listed.waiting) == ([request], None)


async def test_who_is_no_full_member_sees_nothing_and_hears_why(bench: Bench) -> None:
    bench.people.why_not[ASKER] = "guest"
    await _a_request(bench, 1)
    await bench.ask_for_status(ASKER)
    assert await bench.refusal(Event.REQUEST_REFUSED) == (refusals.NotAFullMember.reason, {"why": "guest"})
    assert not await bench.rows(StatusList)


@pytest.mark.parametrize("what", ["silent", "list_is_silent"])
async def test_while_slack_cannot_say_who_asks_it_is_tried_again_for_a_minute(bench: Bench, what: str) -> None:
    setattr(bench.people, what, True)
    with pytest.raises(TryLater):
        await bench.ask_for_status(ASKER)
    bench.clock.advance(59)
    with pytest.raises(TryLater):
        await bench.run(AskForStatus)
    assert not await bench.rows(StatusList)


async def test_after_a_minute_without_knowing_who_asks_it_is_refused(bench: Bench) -> None:
    bench.people.silent = True
    with pytest.raises(TryLater):
        await bench.ask_for_status(ASKER)
    bench.clock.advance(60)
    await bench.run(AskForStatus)
    assert await bench.refusal(Event.REQUEST_REFUSED) == (refusals.PeopleUnreadable.reason, {"why": "internal_error"})


@pytest.mark.parametrize("user", [ASKER, BOSS])
async def test_while_the_approvers_cannot_be_read_everybody_sees_their_own_and_why_that_is_all(
    bench: Bench, user: str
) -> None:
    own = await _a_request(bench, 1, by=user)
    await _a_request(bench, 2, by=CHIEF)
    bench.people.list_is_silent = True
    with pytest.raises(TryLater):
        await bench.ask_for_status(user)
    bench.clock.advance(60)
    await bench.run(AskForStatus)
    await bench.run_due(Lane.TELL)
    (listed,) = bench.messenger.took("status_list")
    assert ([shown.request for shown in listed.shown], listed.waiting) == ([own], None)
    assert listed.listed is not None
    written = f"{BOSS},{UNREADABLE_GROUP}"
    unread = refusals.PeopleUnreadable(why="internal_error", list=written, group=UNREADABLE_GROUP)
    assert listed.listed.unread == unread
    assert not await bench.words()
