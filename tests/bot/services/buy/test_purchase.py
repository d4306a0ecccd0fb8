"""Buying what was approved: when the call leaves, that it leaves once, and what is kept of its answer."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.domain.attempt import Ending
from bot.domain.audit import BOT
from bot.domain.money import Money
from bot.domain.outcome import Bought, Unknown
from bot.domain.request import Status
from bot.domain.trail import Event
from bot.services.letters import CardLetter, ReplyTo
from bot.services.plans import Purchase
from bot.store import attempts, requests
from bot.store.database import open_to_read
from bot.store.store import Store
from bot.work.queue import Lane, LeaseLost
from bot.work.retry import TryLater
from tests.harness.bench import Bench
from tests.harness.builders import NUMBER, a_listing, an_owned_number, some_rules
from tests.harness.fakes import PurchaseCall
from tests.harness.rows import facts_of


@pytest.fixture
def other_reader(bench: Bench, database_url: str) -> Iterator[Store]:
    """The bench's database as another process sees it: only what is committed."""
    store = open_to_read(database_url)
    yield store
    store.close()


async def test_what_was_approved_is_bought_with_one_call_in_the_approved_currency(bench: Bench) -> None:
    request = await bench.an_approved_request()
    bench.clock.advance(1)
    await bench.run(Purchase)
    bought = await bench.now(request)
    assert (bought.status, bought.purchased_at, bought.error) == (Status.PURCHASED, bench.clock.now(), None)
    assert bench.provider.calls == [PurchaseCall(NUMBER, "INR", 20.0)]
    assert not await bench.rows(Purchase)


async def test_a_purchase_is_told_with_its_number_and_its_charge(bench: Bench) -> None:
    await bench.an_approved_request()
    bench.provider.outcomes = [Bought(number=an_owned_number(), provider_request_id="req_7")]
    await bench.run(Purchase)
    recorded, purchased = (await bench.trail())[-2:]
    assert (recorded.event, purchased.event, purchased.actor) == (Event.ATTEMPT_RECORDED, Event.PURCHASED, BOT)
    facts = facts_of(purchased)
    assert facts["provider_request_id"] == "req_7"
    assert (facts["approved"], facts["charged"], facts["charged_currency"], facts["differs"]) == (
        "101",
        "101",
        "INR",
        False,
    )
    assert await _told_last(bench) == purchased.seq


@pytest.mark.parametrize("fees", ["100+1.01 INR", "99+1 INR", "100+1 USD"])
async def test_a_charge_that_differs_from_what_was_approved_is_said(bench: Bench, fees: str) -> None:
    await bench.an_approved_request()
    bench.provider.outcomes = [Bought(number=an_owned_number(fees))]
    await bench.run(Purchase)
    assert facts_of(await bench.last(Event.PURCHASED))["differs"] is True


async def test_an_answer_that_names_no_charge_is_no_difference(bench: Bench) -> None:
    await bench.an_approved_request()
    bench.provider.outcomes = [Bought(number=an_owned_number(None))]
    await bench.run(Purchase)
    facts = facts_of(await bench.last(Event.PURCHASED))
    assert (facts["charged"], facts["differs"]) == (None, False)


async def test_the_sale_and_its_charge_are_credited_to_the_attempt(bench: Bench) -> None:
    request = await bench.an_approved_request()
    bench.provider.outcomes = [Bought(number=an_owned_number("100.50+1 INR", id="num_9"), provider_request_id="req_7")]
    await bench.run(Purchase)
    (row,) = await bench.attempts()
    assert (row.outcome, row.provider_request_id) == (Ending.BOUGHT, "req_7")
    assert row.sale.startswith("num_9@")
    attempt = await bench.store.read(lambda connection: attempts.newest_of(connection, request.id))
    assert attempt is not None
    assert attempt.charged == Money.of("101.50 INR")


async def test_the_attempt_is_on_disk_before_the_call_leaves(bench: Bench, other_reader: Store) -> None:
    request = await bench.an_approved_request()
    seen: list[tuple[Status, Ending]] = []

    async def look() -> None:
        found = await other_reader.read(lambda connection: requests.get(connection, request.id))
        attempt = await other_reader.read(lambda connection: attempts.open_of(connection, request.id))
        assert found is not None
        assert attempt is not None
        seen.append((found.status, attempt.ending))

    bench.provider.before_call = look
    await bench.run(Purchase)
    assert seen == [(Status.PURCHASING, Ending.OPEN)]


async def test_what_is_read_is_read_right_before_and_own_numbers_first(bench: Bench) -> None:
    await bench.an_approved_request()
    await bench.run(Purchase)
    assert bench.provider.reads == ["owned", "find", "balance"]


async def test_a_price_that_changes_while_slack_is_slow_to_say_who_approves_is_not_paid(bench: Bench) -> None:
    request = await bench.an_approved_request()

    async def the_price_changes(_: str) -> None:
        bench.provider.listing = a_listing("909+1 INR")

    bench.people.during_look_up = the_price_changes
    await bench.run(Purchase)
    assert bench.provider.calls == []
    assert (await bench.now(request)).status is Status.PENDING


async def test_nothing_is_bought_before_the_card_stands(bench: Bench) -> None:
    request = await bench.an_approved_request(ts=None)
    with pytest.raises(TryLater):
        await bench.run(Purchase)
    assert not bench.provider.reads
    await bench.run(CardLetter)
    bench.clock.advance(1)
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED


@pytest.mark.parametrize("read", ["owned", "find"])
async def test_while_the_provider_cannot_be_read_nothing_is_bought_and_it_is_tried_again(
    bench: Bench, read: str
) -> None:
    request = await bench.an_approved_request()
    bench.provider.unreadable = {read}
    with pytest.raises(TryLater):
        await bench.run(Purchase)
    assert await bench.now(request) == request
    bench.provider.unreadable = set()
    bench.clock.advance(1)
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_a_balance_that_cannot_be_read_holds_nothing_up(bench: Bench) -> None:
    request = await bench.an_approved_request()
    bench.provider.unreadable = {"balance"}
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_while_slack_cannot_say_who_the_approvers_are_nothing_is_bought(bench: Bench) -> None:
    request = await bench.an_approved_request()
    bench.people.list_is_silent = True
    with pytest.raises(TryLater):
        await bench.run(Purchase)
    assert await bench.now(request) == request
    assert not bench.provider.calls


@pytest.mark.parametrize("wait", [timedelta(seconds=5), timedelta(0)])
async def test_a_call_leaves_within_five_seconds_of_its_record(bench: Bench, wait: timedelta) -> None:
    request = await bench.an_approved_request()
    _wait_before_the_call(bench, wait)
    await bench.run(Purchase)
    assert len(bench.provider.calls) == 1
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_a_call_that_waited_longer_than_five_seconds_does_not_leave(bench: Bench) -> None:
    request = await bench.an_approved_request()
    _wait_before_the_call(bench, timedelta(seconds=5, microseconds=1))
    await bench.run(Purchase)
    assert not bench.provider.calls
    assert (await bench.now(request)).status is Status.APPROVED
    (attempt,) = await bench.attempts()
    assert (attempt.outcome, attempt.code) == (Ending.UNEXECUTED, "dropped")


@pytest.mark.parametrize("by", [timedelta(seconds=6), timedelta(hours=8), timedelta(seconds=-1)])
async def test_a_call_does_not_leave_when_the_wall_clock_alone_says_that_time_passed_or_jumped(
    bench: Bench, by: timedelta
) -> None:
    await bench.an_approved_request()

    async def sleep() -> None:
        bench.clock.set_wall(bench.clock.now() + by)

    bench.provider.before_call = sleep
    await bench.run(Purchase)
    assert not bench.provider.calls


async def test_a_call_does_not_leave_when_the_monotonic_clock_alone_says_that_time_passed(bench: Bench) -> None:
    await bench.an_approved_request()

    async def set_back() -> None:
        wall = bench.clock.now()
        bench.clock.advance(6)
        bench.clock.set_wall(wall)

    bench.provider.before_call = set_back
    await bench.run(Purchase)
    assert not bench.provider.calls


async def test_a_call_does_not_leave_when_its_lease_is_over(bench: Bench) -> None:
    bench.rules = some_rules(vobiz_timeout=timedelta(seconds=1))
    await bench.an_approved_request()
    _wait_before_the_call(bench, timedelta(seconds=3))
    await bench.run(Purchase)
    assert not bench.provider.calls


async def test_the_lease_lasts_three_times_the_longest_call(bench: Bench) -> None:
    bench.rules = some_rules(vobiz_timeout=timedelta(seconds=30))
    await bench.an_approved_request()
    leases: list[timedelta] = []

    async def look() -> None:
        held_until = (await bench.row(Purchase)).lease_until
        assert held_until is not None
        leases.append(held_until - bench.clock.now())

    bench.provider.during_call = look
    await bench.run(Purchase)
    assert leases == [timedelta(seconds=90)]


async def test_whoever_takes_over_from_a_dead_worker_makes_no_call_and_finds_out(bench: Bench) -> None:
    request = await bench.an_approved_request()

    async def die() -> None:
        raise ConnectionError

    bench.provider.during_call = die
    with pytest.raises(ConnectionError):
        await bench.run(Purchase)
    assert not await bench.is_due(Lane.BUY)
    bench.clock.advance(60)
    await bench.run(Purchase)
    assert len(bench.provider.calls) == 1
    assert (await bench.now(request)).status is Status.CHECKING
    assert facts_of(await bench.last(Event.CHECKING))["code"] == "process_died"


async def test_an_answer_that_comes_after_the_lease_was_lost_is_not_kept(bench: Bench) -> None:
    request = await bench.an_approved_request()

    async def rob() -> None:
        bench.clock.advance(60)
        await bench.run(Purchase)

    bench.provider.during_call = rob
    with pytest.raises(LeaseLost):
        await bench.run(Purchase)
    assert len(bench.provider.calls) == 1
    assert (await bench.now(request)).status is Status.CHECKING
    (attempt,) = await bench.attempts()
    assert attempt.outcome == Ending.OPEN


async def test_a_worker_that_was_robbed_before_the_record_makes_no_call(bench: Bench) -> None:
    request = await bench.an_approved_request()
    robbed = await bench.claim(Purchase)
    bench.clock.advance(31)
    await bench.claim(Purchase)
    with pytest.raises(LeaseLost):
        await bench.do(robbed)
    assert not bench.provider.calls
    assert await bench.now(request) == request
    assert not await bench.attempts()


@pytest.mark.parametrize("is_over", [True, False])
async def test_an_unknown_outcome_is_checking_with_its_attempt_open(bench: Bench, *, is_over: bool) -> None:
    request = await bench.an_approved_request()
    bench.provider.outcomes = [
        Unknown(reason="http_500", message="oops", provider_request_id="req_7", call_is_over=is_over)
    ]
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.CHECKING
    facts = facts_of(await bench.last(Event.CHECKING))
    assert (facts["code"], facts["message"], facts["provider_request_id"]) == ("http_500", "oops", "req_7")
    (attempt,) = await bench.attempts()
    assert (attempt.outcome, attempt.call_is_over, attempt.call_ended_at) == (Ending.OPEN, is_over, bench.clock.now())
    assert len(bench.provider.calls) == 1


@pytest.mark.parametrize("decision", ["deny", "withdraw"])
async def test_what_is_denied_or_withdrawn_while_the_provider_is_read_is_not_bought(
    bench: Bench, decision: str
) -> None:
    request = await bench.an_approved_request()

    async def decide(read: str) -> None:
        if read == "balance":
            await (bench.deny(request) if decision == "deny" else bench.withdraw(request))

    bench.provider.during_read = decide
    await bench.run(Purchase)
    assert not bench.provider.calls
    assert not await bench.attempts()
    assert not await bench.rows(Purchase)


async def _told_last(bench: Bench) -> int:
    """The entry that the newest reply tells."""
    return ReplyTo.model_validate_json((await bench.rows(ReplyTo))[-1].payload).entry


def _wait_before_the_call(bench: Bench, wait: timedelta) -> None:
    async def pass_time() -> None:
        bench.clock.advance(wait)

    bench.provider.before_call = pass_time
