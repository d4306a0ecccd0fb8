"""Who asks for the status sees their own requests, and approvers see what waits; read when it is delivered."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import refusals
from bot.domain.policy import Approvers
from bot.domain.request import PurchaseRequest, Status
from bot.domain.rules import Rules
from bot.domain.shown import Listed, Shown
from bot.services.acts import AskForStatus
from bot.services.letters import StatusList
from bot.store.lanes import Lane
from bot.work.retry import TryLater
from tests.harness.builders import ASKER, BOSS, CHANNEL, CHIEF, NOON, a_request, some_approvers, some_rules
from tests.harness.fakes import UNREADABLE_GROUP
from tests.harness.seen import asked
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("it only reads, as the store's own tests do on both")


async def _a_request(
    bench: Workbench,
    no: int,
    *,
    by: str = ASKER,
    status: Status = Status.PENDING,
    team: str = "T1",
    expires_after: timedelta = timedelta(hours=72),
) -> PurchaseRequest:
    """The later, the higher its number."""
    created, number = NOON + timedelta(minutes=no), f"+9180690{no:05}"
    request = a_request(number=number, requester=by, status=status, created_at=created, expires_after=expires_after)
    return await bench.a_request(replace(request, team=team), ts=f"{no}.000001")


async def _listed(bench: Workbench, user: str, how: str = "status_list") -> Listed:
    await bench.ask_for_status(user, in_home=how == "home")
    await bench.deliver()
    sent = bench.messenger.took(how)[-1]
    assert sent.where == (user,)
    assert sent.listed is not None
    return sent.listed


def _of(shown: tuple[Shown, ...] | None) -> list[PurchaseRequest]:
    """The requests of a list that there is."""
    assert shown is not None
    return [one.request for one in shown]


async def test_what_is_listed_says_where_its_card_stands_and_whether_buying_is_frozen(bench: Workbench) -> None:
    await _a_request(bench, 1)
    listed = await _listed(bench, ASKER)
    assert ([one.message for one in listed.own], listed.frozen) == ([(CHANNEL, "1.000001")], None)
    await bench.freeze()
    assert (await _listed(bench, ASKER)).frozen == (bench.clock.now(), BOSS)


@pytest.mark.parametrize(
    ("rules", "named"),
    [(some_rules(), (CHIEF,)), (some_rules(allow_self_approval=True), (BOSS, CHIEF))],
    ids=["not their own", "their own too"],
)
async def test_a_card_names_as_approvers_those_who_may_approve_it(
    bench: Workbench, rules: Rules, named: tuple[str, ...]
) -> None:
    bench.rules = rules
    await _a_request(bench, 1, by=BOSS)
    [own] = (await _listed(bench, BOSS)).own
    assert own.approvers == named


async def test_who_asks_sees_their_own_requests_newest_first(bench: Workbench) -> None:
    first = await _a_request(bench, 1, status=Status.DENIED)
    await _a_request(bench, 2, by=CHIEF)
    third = await _a_request(bench, 3)
    assert _of((await _listed(bench, ASKER)).own) == [third, first]


@pytest.mark.parametrize("approvers", [some_approvers(BOSS, CHIEF), some_approvers()], ids=["others", "nobody"])
async def test_who_is_no_approver_does_not_see_what_waits(bench: Workbench, approvers: Approvers) -> None:
    bench.people.list_of_approvers = approvers
    request = await _a_request(bench, 1)
    listed = await _listed(bench, ASKER)
    assert (_of(listed.own), listed.waiting) == ([request], None)


@pytest.mark.parametrize("how", ["status_list", "home"])
async def test_an_approver_sees_what_waits_for_their_decision_and_what_expires_next_first(
    bench: Workbench, how: str
) -> None:
    later = await _a_request(bench, 1)
    sooner = await _a_request(bench, 2, by=CHIEF, expires_after=timedelta(hours=1))
    await _a_request(bench, 3, status=Status.APPROVED)
    own = await _a_request(bench, 4, by=BOSS)
    listed = await _listed(bench, BOSS, how)
    assert (_of(listed.waiting), _of(listed.own)) == ([sooner, later], [own])


async def test_with_self_approval_allowed_their_own_request_waits_for_them_too(bench: Workbench) -> None:
    bench.rules = some_rules(allow_self_approval=True)
    own = await _a_request(bench, 1, by=BOSS)
    assert _of((await _listed(bench, BOSS)).waiting) == [own]


async def test_lists_are_cut_after_twenty_and_say_how_many_more_wait(bench: Workbench) -> None:
    made = [await _a_request(bench, no) for no in range(1, 24)]
    listed = await _listed(bench, BOSS)
    assert _of(listed.waiting) == made[:20]
    assert (listed.more_waiting, listed.more_for_others) == (3, 0)
    assert _of((await _listed(bench, ASKER)).own) == made[:2:-1]


async def test_a_list_of_what_waits_for_others_is_cut_too_and_says_so(bench: Workbench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    for request in [await _a_request(bench, no) for no in range(1, 23)][:4]:
        await bench.approve(request, by=BOSS)
    listed = await _listed(bench, BOSS)
    assert [len(_of(listed.waiting)), len(listed.for_others)] == [18, 2]
    assert [listed.more_waiting, listed.more_for_others] == [0, 2]


async def test_what_they_voted_for_waits_for_others_until_the_votes_are_void(bench: Workbench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await _a_request(bench, 1)
    await bench.approve(request, by=BOSS)
    listed = await _listed(bench, BOSS)
    assert (_of(listed.waiting), _of(listed.for_others)) == ([], [await bench.now(request)])
    assert not (await _listed(bench, CHIEF)).for_others
    await bench.approve(request, by=CHIEF)
    await bench.switch()
    listed = await _listed(bench, BOSS)
    assert (_of(listed.waiting), _of(listed.for_others)) == ([await bench.now(request)], [])


async def test_what_they_voted_for_without_being_counted_waits_for_them_still(bench: Workbench) -> None:
    bench.rules = some_rules(second_approval_above="1 INR")
    request = await _a_request(bench, 1)
    await bench.approve(request, by=BOSS)
    bench.people.list_of_approvers = some_approvers(CHIEF, "U_THIRD")
    await bench.approve(request, by=CHIEF)
    bench.people.list_of_approvers = some_approvers(BOSS, CHIEF)
    listed = await _listed(bench, BOSS)
    assert (_of(listed.waiting), _of(listed.for_others)) == ([await bench.now(request)], [])
    assert _of((await _listed(bench, CHIEF)).for_others) == [await bench.now(request)]


async def test_what_has_the_votes_it_needs_by_now_waits_for_anybodys_click(bench: Workbench) -> None:
    bench.rules = some_rules(second_approval_above="1 INR")
    request = await _a_request(bench, 1)
    await bench.approve(request, by=BOSS)
    bench.rules = some_rules()
    assert _of((await _listed(bench, BOSS)).waiting) == [await bench.now(request)]


async def test_an_outcome_of_their_own_request_is_said_by_others(bench: Workbench) -> None:
    request = await asked(bench)
    await bench.run_due(Lane.JUDGE)
    assert _of((await _listed(bench, BOSS)).waiting) == [request]
    bench.people.list_of_approvers = some_approvers(ASKER, BOSS)
    assert _of((await _listed(bench, ASKER)).waiting) == []


async def test_a_list_is_as_of_when_it_is_delivered(bench: Workbench) -> None:
    request = await _a_request(bench, 1)
    await bench.ask_for_status(BOSS)
    await bench.deny(request)
    await bench.run(StatusList)
    assert bench.messenger.sent[-1].waiting == ()


async def test_somebody_of_another_workspace_with_the_same_id_is_somebody_else(bench: Workbench) -> None:
    await _a_request(bench, 1, team="T_OTHER")
    assert (await _listed(bench, ASKER)).own == ()


@pytest.mark.parametrize("user", [ASKER, BOSS])
async def test_while_the_approvers_cannot_be_read_everybody_sees_their_own_and_why_that_is_all(
    bench: Workbench, user: str
) -> None:
    own = await _a_request(bench, 1, by=user)
    await _a_request(bench, 2, by=CHIEF)
    bench.people.list_is_silent = True
    with pytest.raises(TryLater):
        await bench.ask_for_status(user)
    bench.clock.advance(60)
    await bench.run(AskForStatus)
    await bench.deliver()
    (sent,) = bench.messenger.took("status_list")
    assert sent.listed is not None
    assert (_of(sent.listed.own), sent.waiting) == ([own], None)
    written = f"{BOSS},{UNREADABLE_GROUP}"
    unread = refusals.PeopleUnreadable(why="internal_error", list=written, group=UNREADABLE_GROUP)
    assert sent.listed.unread == unread
    assert not await bench.words()
