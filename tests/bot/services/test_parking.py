"""Work that the bot cannot do: an operator sees it, and whoever waits for it hears so."""

from datetime import timedelta

import pytest

from bot.domain import refusals
from bot.domain.audit import BOT
from bot.domain.policy import Decision
from bot.domain.request import Status
from bot.domain.trail import Event
from bot.services.acts import Ask, Decide
from bot.services.letters import ReplyTo, Rewrite
from bot.services.parking import deliver_again
from bot.services.plans import DueSweep, DueTidy, Lapse, NextLook, Nudge, Purchase, plan_rounds
from bot.services.ports import Undeliverable
from bot.services.tidy import PARKED_IS_KEPT
from bot.store.lanes import Lane
from bot.work import queue, stuck
from bot.work.queue import Work
from tests.harness.builders import BOSS, CHIEF, a_request
from tests.harness.errands import an_errand
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, neither
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("the queue's own tests park on both")


async def _park(bench: Workbench, kind: type[Work]) -> None:
    """The bot fails at what is due next, which is of this kind, for good."""
    await bench.park(await bench.claim(kind), "KeyError")


async def _parked(bench: Workbench) -> list[str]:
    return [row.kind for row in await bench.store.read(stuck.parked)]


async def _announced(bench: Workbench) -> list[Event]:
    """What waits to be told, or was told, to everybody."""
    await bench.deliver()
    return [sent.entry.event for sent in bench.messenger.took("announce") if sent.entry is not None]


async def test_a_click_that_cannot_be_judged_is_told_to_the_clicker_and_in_the_thread_alone(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench.click(Decision.APPROVE, request, by=BOSS)
    await _park(bench, Decide)
    (words,) = await bench.words()
    assert (words.to.user, words.reason, words.request) == (BOSS, refusals.BotFailed.reason, request.id)
    assert words.evidence.items() >= {"kind": "decide", "error": "KeyError"}.items()
    parked, refused = (await bench.trail())[-2:]
    assert (parked.event, parked.actor, parked.request) == (Event.PARKED, BOT, request.id)
    assert (refused.event, refused.actor) == (Event.DECISION_REFUSED, BOSS)
    assert await bench.told() == [Event.PARKED]
    assert await _announced(bench) == []
    assert await _parked(bench) == [Decide.kind]
    assert (await bench.now(request)).status is Status.PENDING


async def test_a_request_that_cannot_be_judged_is_told_to_whoever_asked_and_in_the_channel_to_approvers(
    bench: Workbench,
) -> None:
    await bench.a_request(a_request(channel="C_LAST", status=Status.DENIED))
    await bench.take(bench.an_ask())
    await _park(bench, Ask)
    reason, evidence = await bench.refusal(Event.REQUEST_REFUSED)
    assert (reason, evidence["kind"]) == (refusals.BotFailed.reason, "submit")
    assert not await bench.rows(ReplyTo)
    assert await _announced(bench) == [Event.PARKED]
    (sent,) = bench.messenger.took("announce")
    assert (sent.where, sent.approvers) == (("C_LAST",), (BOSS, CHIEF))


async def test_an_act_that_cannot_even_be_read_is_kept_in_the_trail(bench: Workbench) -> None:
    now = bench.clock.now()
    await bench.store.write(lambda connection: queue.add(connection, an_errand(Ask.kind), now=now))
    await _park(bench, Ask)
    assert facts_of(await bench.last(Event.PARKED))["error"] == "KeyError"
    assert not await bench.words()


async def test_a_delivery_that_can_only_fail_is_told_to_nobody_in_slack(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench.deny(request)
    trail = await bench.trail()
    await _park(bench, Rewrite)
    assert await bench.trail() == trail
    assert not await bench.words()
    assert await _parked(bench) == [Rewrite.kind]


async def test_a_start_tries_parked_deliveries_once_more_and_nothing_else_that_is_parked(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench.click(Decision.APPROVE, request, by=BOSS)
    await _park(bench, Decide)
    bench.messenger.failures = [Undeliverable("is_archived"), None, Undeliverable("is_archived")]
    await bench.deliver()
    assert await _parked(bench) == [Decide.kind, Rewrite.kind, ReplyTo.kind]
    await deliver_again(bench.units)
    await bench.deliver()
    assert await _parked(bench) == [Decide.kind]
    assert {sent.how for sent in bench.messenger.sent} == {"rewrite_card", "reply", "words"}


async def test_a_look_that_cannot_be_made_leaves_it_to_people_who_are_reminded_daily(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    bench.clock.advance(1)
    await _park(bench, NextLook)
    assert (await bench.attempt(request)).asks_people
    assert (await bench.told())[-1] is Event.PARKED
    assert (await bench.row(Nudge)).not_before == bench.clock.now() + timedelta(days=1)
    neither(bench)
    bench.clock.advance(timedelta(days=1))
    await bench.run_due(Lane.JUDGE)
    assert facts_of(await bench.last(Event.REMINDED)) == {"about": "outcome"}


async def test_a_purchase_that_is_given_up_after_its_call_left_is_found_out(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    bench.provider.outcomes = [ConnectionError()]
    with pytest.raises(ConnectionError):
        await bench.run(Purchase)
    bench.clock.advance(timedelta(minutes=2))
    await _park(bench, Purchase)
    assert (await bench.now(request)).status is Status.CHECKING
    assert (await bench.told())[-2:] == [Event.CHECKING, Event.PARKED]
    for _ in range(4):
        await bench.look()
    assert (await bench.now(request)).status is Status.FAILED
    assert len(bench.provider.calls) == 1


async def test_one_that_is_given_up_before_any_call_lapses(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    await _park(bench, Purchase)
    assert (await bench.now(request)).status is Status.APPROVED
    bench.clock.advance(timedelta(minutes=15))
    await bench.run(Lapse)
    assert (await bench.now(request)).status is Status.PENDING
    assert await bench.month() == ("0", "0")


@pytest.mark.parametrize(("kind", "after"), [(DueSweep, timedelta(hours=1)), (DueTidy, timedelta(minutes=5))])
async def test_what_plans_itself_anew_is_planned_when_it_was_given_up_too_and_that_is_said_once(
    bench: Workbench, kind: type[Work], after: timedelta
) -> None:
    await bench.a_request()
    await bench.store.write(lambda connection: queue.add(connection, kind(), now=bench.clock.now()))
    for _ in range(3):
        await _park(bench, kind)
        assert await _parked(bench) == [kind.kind]
        _, planned = await bench.rows(kind)
        assert planned.not_before == bench.clock.now() + after
        bench.clock.advance(after)
    assert await _announced(bench) == [Event.PARKED]
    await bench.run(kind)
    assert await _parked(bench) == []


async def _a_parked_click(bench: Workbench) -> int:
    """An approval that the bot failed at; the number of its row."""
    request = await bench.a_request()
    await bench.click(Decision.APPROVE, request, by=BOSS)
    await _park(bench, Decide)
    return (await bench.row(Decide)).id


async def test_an_approver_has_it_tried_again_and_then_it_is_judged_as_it_would_have_been(bench: Workbench) -> None:
    row = await _a_parked_click(bench)
    await bench.unpark(row)
    entry = await bench.last(Event.TAKEN_UP)
    assert (entry.actor, facts_of(entry)) == (BOSS, {"kind": "decide", "work": row, "error": "KeyError"})
    assert await _parked(bench) == []
    await bench.run(Decide)
    (request,) = await bench.requests()
    assert request.status is Status.APPROVED


async def test_an_approver_lets_it_go_and_nothing_of_it_is_left(bench: Workbench) -> None:
    row = await _a_parked_click(bench)
    await bench.unpark(row, drops=True)
    entry = await bench.last(Event.LET_GO)
    (request,) = await bench.requests()
    assert (entry.actor, entry.request, facts_of(entry)["work"]) == (BOSS, request.id, row)
    assert not await bench.rows(Decide)
    await bench.unpark(row, drops=True)
    assert await bench.refusal(Event.DECISION_REFUSED) == (refusals.NotParked.reason, {"work": row})


@pytest.mark.parametrize("drops", [False, True])
async def test_who_is_no_approver_neither_has_it_tried_again_nor_lets_it_go(bench: Workbench, drops: bool) -> None:
    row = await _a_parked_click(bench)
    await bench.unpark(row, drops=drops, by="U_STRANGER")
    assert (await bench.refusal(Event.DECISION_REFUSED))[0] == refusals.NotAnApprover.reason
    assert await _parked(bench) == [Decide.kind]


async def test_only_approvers_see_in_app_home_what_was_parked(bench: Workbench) -> None:
    row = await _a_parked_click(bench)
    for who, sees in ((BOSS, [row]), ("U_STRANGER", [])):
        await bench.ask_for_status(who, in_home=True)
        await bench.deliver()
        listed = bench.messenger.took("home")[-1].listed
        assert listed is not None
        assert [left.work for left in listed.undone] == sees


async def test_what_was_parked_for_a_week_is_let_go_by_the_bot_which_says_so(bench: Workbench) -> None:
    row = await _a_parked_click(bench)
    await bench.store.write(lambda connection: plan_rounds(connection, bench.clock.now()))
    bench.clock.advance(PARKED_IS_KEPT)
    await bench.run(DueTidy)
    assert await _parked(bench) == [Decide.kind]
    bench.clock.advance(DueTidy.every)
    await bench.run(DueTidy)
    entry = await bench.last(Event.LET_GO)
    assert (entry.actor, facts_of(entry)["work"]) == (BOT, row)
    assert await _parked(bench) == []
