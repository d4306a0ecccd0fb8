"""After a call without a definite answer: looks find out, and in the end people do."""

from datetime import timedelta

import pytest

from bot.domain.attempt import Ending
from bot.domain.audit import BOT
from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber
from bot.domain.outcome import Unknown
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.plans import NextLook, Nudge, Purchase
from bot.store.lanes import Lane
from tests.harness.builders import an_owned_number
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, OWN_500, Shows, charged, clean, ledger_closed, neither, ours, under_way, unread
from tests.harness.swept import TICK, is_alerted, named
from tests.harness.workbench import Workbench


async def _failed(bench: Workbench, request: PurchaseRequest) -> bool:
    return (await bench.now(request)).status is Status.FAILED


async def test_looks_are_made_one_five_fifteen_seconds_one_five_and_thirty_minutes_after_one_another(
    bench: Workbench,
) -> None:
    await bench.a_purchase(LOST)
    neither(bench)
    for pause in (1, 5, 15, 60, 300, 1800):
        bench.clock.advance(timedelta(seconds=pause) - TICK)
        assert not await bench.is_due(Lane.BUY)
        bench.clock.advance(TICK)
        await bench.run(NextLook)
    assert not await bench.rows(NextLook)


# not bought


async def test_two_clean_looks_apart_the_later_a_minute_after_the_call_are_a_failure(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    for _ in range(3):
        await bench.look()
        assert not await _failed(bench, request)
    await bench.look()
    failed = await bench.now(request)
    assert (failed.status, failed.error) == (Status.FAILED, "not_bought")
    entry = await bench.last(Event.FAILED)
    assert entry.actor == BOT
    unowned = {"owned": False, "owned_status": None, "owned_by": None}
    assert facts_of(entry)["seen"] == {**unowned, "on_sale": True, "ledger_closed": False, "debits": []}
    assert (await bench.told())[-1] is Event.FAILED
    assert (await bench.attempt(request)).ending is Ending.BY_LOOKS
    assert not await bench.rows(NextLook, Nudge)
    assert len(bench.provider.calls) == 1


async def test_the_first_clean_look_is_not_enough_however_late_it_comes(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    listing = bench.provider.listing
    neither(bench)
    await bench.look(times=4)
    bench.provider.listing = listing
    await bench.look()
    assert not await _failed(bench, request)
    await bench.look()
    assert await _failed(bench, request)


@pytest.mark.parametrize("unreadable", [set(), {"find"}], ids=["read whole", "inventory unreadable"])
async def test_a_look_that_shows_a_charge_takes_an_earlier_clean_one_back(
    bench: Workbench, unreadable: set[str]
) -> None:
    request = await bench.a_purchase(LOST)
    await bench.look()
    charged(bench)
    bench.provider.unreadable = unreadable
    await bench.look(times=2)
    clean(bench)
    bench.provider.unreadable = set()
    await bench.look()
    assert not await _failed(bench, request)
    await bench.look()
    assert await _failed(bench, request)


@pytest.mark.parametrize("unreadable", ["owned", "find", "transactions"])
async def test_a_look_that_could_not_read_changes_nothing(bench: Workbench, unreadable: str) -> None:
    request = await bench.a_purchase(LOST)
    await bench.look()
    bench.provider.unreadable = {unreadable}
    await bench.look(times=2)
    bench.provider.unreadable = set()
    await bench.look()
    assert await _failed(bench, request)


@pytest.mark.parametrize(
    "shows", [charged, neither, ledger_closed, unread("owned"), unread("find"), unread("transactions")]
)
async def test_the_later_of_the_two_looks_has_to_be_clean_itself(bench: Workbench, shows: Shows) -> None:
    request = await bench.a_purchase(LOST)
    await bench.look(times=3)
    shows(bench)
    await bench.look()
    assert (await bench.now(request)).status is Status.CHECKING


async def test_a_look_is_as_old_as_its_first_read_however_long_the_others_take(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    await bench.look(times=2)

    async def slowly(_: str) -> None:
        bench.clock.advance(30)

    bench.provider.during_read = slowly
    await bench.look()
    assert bench.clock.now() - (await bench.attempt(request)).call_ended > timedelta(seconds=60)
    assert not await _failed(bench, request)


async def _set_forward(bench: Workbench) -> None:
    """The wall clock, by ten minutes; what is due by then is done."""
    bench.clock.set_wall(bench.clock.now() + timedelta(minutes=10))
    await bench.run(NextLook)


@pytest.mark.parametrize("looks_before", [0, 1, 2, 3])
async def test_a_wall_clock_that_was_set_forward_makes_no_evidence_of_two_looks(
    bench: Workbench, looks_before: int
) -> None:
    request = await bench.a_purchase(LOST)
    await bench.look(times=looks_before)
    await _set_forward(bench)
    looks = looks_before + 1
    while not await _failed(bench, request):
        await bench.look()
        looks += 1
    assert looks == (5 if looks_before == 3 else 4)


async def test_after_a_restart_of_the_machine_evidence_takes_two_looks_of_its_own(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    await bench.look(times=3)
    bench.clock.boot = "another-boot"
    await bench.look()
    assert not await _failed(bench, request)
    await bench.look()
    assert await _failed(bench, request)


async def test_two_machines_that_look_by_turns_find_out_as_soon_as_one(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    for boot in ("one-boot", "other-boot") * 2:
        bench.clock.boot = boot
        await bench.look()
    assert await _failed(bench, request)


async def test_what_one_machine_saw_before_a_charge_is_no_evidence_after_it(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    await bench.look()
    bench.clock.boot = "other-boot"
    charged(bench)
    await bench.look()
    clean(bench)
    await bench.look()
    bench.clock.boot = "a-boot"
    await bench.look()
    assert not await _failed(bench, request)
    await bench.look()
    assert await _failed(bench, request)


async def test_after_a_process_died_the_minute_counts_from_the_end_of_its_lease(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    bench.provider.outcomes = [ConnectionError()]
    with pytest.raises(ConnectionError):
        await bench.run(Purchase)
    bench.clock.advance(timedelta(minutes=1))
    await bench.run(Purchase)
    attempt = await bench.attempt(request)
    assert attempt.call_ended == attempt.lease_until
    await bench.look(times=4)
    assert await _failed(bench, request)


@pytest.mark.parametrize(("outcome", "is_unsettled"), [(LOST, True), (OWN_500, False)], ids=["lost", "own 500"])
async def test_the_money_stays_held_for_an_hour_unless_the_providers_own_500_settles_it_as_it_fails(
    bench: Workbench, outcome: Unknown, is_unsettled: bool
) -> None:
    request = await bench.a_purchase(outcome)
    ended = bench.clock.now()
    assert await bench.month() == ("101", "0")
    await bench.look(times=4)
    assert await _failed(bench, request)
    assert (await bench.attempt(request)).is_unsettled is is_unsettled
    settles_at = (ended + timedelta(hours=1)).isoformat() if is_unsettled else None
    assert facts_of(await bench.last(Event.FAILED))["settles_at"] == settles_at
    assert await bench.month() == ("101" if is_unsettled else "0", "0")


# bought


@pytest.mark.parametrize(
    ("owned", "debited", "amount"),
    [
        (an_owned_number("100+1 INR"), "119.18 INR", "119.18 INR"),
        (an_owned_number(None), "119.18 INR", "119.18 INR"),
        (an_owned_number("100+2 INR"), None, "102 INR"),
        (an_owned_number(None), None, None),
    ],
    ids=["ledger and fees", "ledger alone", "fees alone", "neither"],
)
async def test_what_it_cost_is_what_the_ledger_says_or_else_the_numbers_fees(
    bench: Workbench, owned: OwnedNumber, debited: str | None, amount: str | None
) -> None:
    request = await bench.a_purchase(LOST)
    if debited is not None:
        bench.provider.ledger = [named(bench, debited)]
    bench.provider.owned_number = owned
    await bench.look()
    paid = None if amount is None else Money.of(amount)
    assert (await bench.attempt(request)).charged == paid
    facts = facts_of(await bench.last(Event.PURCHASED))
    assert (facts["approved"], facts["differs"]) == ("101", paid is not None)
    assert await bench.month() == ("0", "101" if paid is None else paid.plain())


async def test_a_number_that_is_still_being_bought_is_waited_for_and_bought_once_it_is_ours(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    under_way(bench)
    charged(bench)
    await bench.look()
    assert (await bench.now(request)).status is Status.CHECKING
    assert (await bench.attempt(request)).alerted_at is None
    ours(bench)
    await bench.look()
    bought = await bench.now(request)
    assert (bought.status, bought.purchased_at) == (Status.PURCHASED, bench.clock.now())
    assert (await bench.attempt(request)).ending is Ending.FOUND
    assert facts_of(await bench.last(Event.PURCHASED))["provider_request_id"] == "req_7"
    assert (await bench.told())[-1] is Event.PURCHASED
    assert not await bench.rows(NextLook)


@pytest.mark.parametrize("is_charged", [True, False])
async def test_a_number_of_another_account_is_not_what_was_bought_and_people_are_asked(
    bench: Workbench, *, is_charged: bool
) -> None:
    request = await bench.a_purchase(LOST)
    bench.provider.owned_number = an_owned_number(owner="SA_OTHER")
    if is_charged:
        charged(bench)
    await bench.look(times=6)
    assert (await bench.now(request)).status is Status.CHECKING
    attempt = await bench.attempt(request)
    assert (attempt.asks_people, attempt.alerted_at is not None) == (True, is_charged)
    seen = facts_of(await bench.last(Event.PEOPLE_ASKED))["seen"]
    assert isinstance(seen, dict)
    assert (seen["owned"], seen["owned_by"]) == (False, "SA_OTHER")


async def test_a_number_that_another_request_bought_is_not_bought_twice_nor_its_charge_alerted(
    bench: Workbench,
) -> None:
    first = await bench.a_purchase()
    second = await bench.a_purchase(LOST)
    ours(bench)
    bench.provider.ledger = [named(bench)]
    await bench.look()
    assert (await bench.now(first)).status is Status.PURCHASED
    failed = await bench.now(second)
    assert (failed.status, failed.error) == (Status.FAILED, "sold_to_another_request")
    assert (await bench.attempt(second)).ending is Ending.BY_LOOKS
    assert not await is_alerted(bench, second)
    assert await bench.month() == ("101", "101")
