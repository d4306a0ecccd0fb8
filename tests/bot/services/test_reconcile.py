"""After a call without a definite answer: looks find out, and in the end people do."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bot.domain.audit import BOT, OPERATOR, Event
from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber
from bot.domain.outcome import Refusal, Refused, Unknown
from bot.domain.policy import Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.services.resolve import resolve_without_asking
from bot.store.attempts import Ending, write_off
from bot.store.work import Kind, Lane, LeaseLost
from tests.bench import Bench
from tests.builders import NUMBER, an_owned_number
from tests.ledger import a_row
from tests.worker import LEASE

LOST = Unknown(reason="timeout", provider_request_id="req_7")
OWN_500 = Unknown(reason="http_500", call_is_over=True)

TICK = timedelta(microseconds=1)


def _debit(bench: Bench, amount: str = "101 INR") -> None:
    """Our number is charged for."""
    bench.provider.ledger = [a_row(amount, id="txn_1", description=f"DID purchase {NUMBER}", at=bench.clock.now())]


def _nothing_to_see(bench: Bench) -> None:
    """Neither ours nor on sale: nothing can be said."""
    bench.provider.listing = None


async def _failed(bench: Bench, request: PurchaseRequest) -> bool:
    return (await bench.now(request)).status is Status.FAILED


# when


async def test_looks_are_made_one_five_fifteen_seconds_one_five_and_thirty_minutes_after_one_another(
    bench: Bench,
) -> None:
    await bench.a_purchase(LOST)
    _nothing_to_see(bench)
    for pause in (1, 5, 15, 60, 300, 1800):
        bench.clock.advance(timedelta(seconds=pause) - TICK)
        assert not await bench.is_due(Lane.BUY)
        bench.clock.advance(TICK)
        await bench.run(Kind.LOOK)
    assert not await bench.rows(Kind.LOOK)


async def test_a_look_reads_own_numbers_first_and_the_ledger_last(bench: Bench) -> None:
    await bench.a_purchase(LOST)
    bench.provider.reads.clear()
    await bench.look()
    assert bench.provider.reads == ["owned", "find", "transactions"]


async def test_no_look_makes_a_second_call(bench: Bench) -> None:
    await bench.a_purchase(LOST)
    for _ in range(4):
        await bench.look()
    assert len(bench.provider.calls) == 1


# not bought


async def test_two_clean_looks_apart_the_later_a_minute_after_the_call_are_a_failure(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    for _ in range(3):
        await bench.look()
        assert not await _failed(bench, request)
    await bench.look()
    failed = await bench.now(request)
    assert (failed.status, failed.error) == (Status.FAILED, "not_bought")
    entry = await bench.last(Event.FAILED)
    assert entry.actor == BOT
    assert entry.facts()["seen"] == {
        "owned": False,
        "owned_status": None,
        "on_sale": True,
        "ledger_closed": False,
        "debits": [],
    }
    assert (await bench.told())[-1] is Event.FAILED
    assert (await bench.attempt(request)).ending is Ending.BY_LOOKS
    assert not await bench.rows(Kind.LOOK, Kind.NUDGE)


async def test_the_first_clean_look_is_not_enough_however_late_it_comes(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    listing = bench.provider.listing
    _nothing_to_see(bench)
    for _ in range(4):
        await bench.look()
    bench.provider.listing = listing
    await bench.look()
    assert not await _failed(bench, request)
    await bench.look()
    assert await _failed(bench, request)


@pytest.mark.parametrize("unread", [set(), {"find"}], ids=["read whole", "inventory unreadable"])
async def test_a_look_that_shows_a_charge_takes_an_earlier_clean_one_back(bench: Bench, unread: set[str]) -> None:
    request = await bench.a_purchase(LOST)
    await bench.look()
    _debit(bench)
    bench.provider.unreadable = unread
    await bench.look()
    await bench.look()
    bench.provider.ledger, bench.provider.unreadable = [], set()
    await bench.look()
    assert not await _failed(bench, request)
    await bench.look()
    assert await _failed(bench, request)


@pytest.mark.parametrize("unread", ["owned", "find", "transactions"])
async def test_a_look_that_could_not_read_changes_nothing(bench: Bench, unread: str) -> None:
    request = await bench.a_purchase(LOST)
    await bench.look()
    bench.provider.unreadable = {unread}
    for _ in range(2):
        await bench.look()
    bench.provider.unreadable = set()
    await bench.look()
    assert await _failed(bench, request)


@pytest.mark.parametrize("last", ["charged", "gone", "owned", "find", "transactions"])
async def test_the_later_of_the_two_looks_has_to_be_clean_itself(bench: Bench, last: str) -> None:
    request = await bench.a_purchase(LOST)
    for _ in range(3):
        await bench.look()
    match last:
        case "charged":
            _debit(bench)
        case "gone":
            _nothing_to_see(bench)
        case read:
            bench.provider.unreadable = {read}
    await bench.look()
    assert (await bench.now(request)).status is Status.CHECKING


@pytest.mark.parametrize("unread", ["owned", "find", "transactions"])
async def test_without_one_of_the_reads_nothing_fails(bench: Bench, unread: str) -> None:
    request = await bench.a_purchase(LOST)
    bench.provider.unreadable = {unread}
    for _ in range(6):
        await bench.look()
    assert (await bench.now(request)).status is Status.CHECKING


async def test_an_account_that_may_not_read_its_ledger_leaves_it_to_people(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    bench.provider.ledger = None
    for _ in range(6):
        await bench.look()
    assert (await bench.now(request)).status is Status.CHECKING
    assert (await bench.attempt(request)).asks_people


async def test_after_a_process_died_the_minute_counts_from_the_end_of_its_lease(bench: Bench) -> None:
    request = await bench.an_approved_request()
    bench.provider.outcomes = [ConnectionError()]
    with pytest.raises(ConnectionError):
        await bench.run(Kind.PURCHASE)
    bench.clock.advance(timedelta(minutes=1))
    await bench.run(Kind.PURCHASE)
    attempt = await bench.attempt(request)
    assert attempt.call_ended == attempt.lease_until
    for _ in range(4):
        await bench.look()
    assert await _failed(bench, request)


async def test_after_the_providers_own_500_it_is_settled_as_it_fails(bench: Bench) -> None:
    request = await bench.a_purchase(OWN_500)
    assert await bench.month() == ("101", "0")
    for _ in range(4):
        await bench.look()
    assert await _failed(bench, request)
    assert not (await bench.attempt(request)).is_unsettled
    assert (await bench.last(Event.FAILED)).facts()["settles_at"] is None
    assert await bench.month() == ("0", "0")


async def test_after_any_other_lost_answer_the_money_stays_held_for_an_hour(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    ended = bench.clock.now()
    for _ in range(4):
        await bench.look()
    assert await _failed(bench, request)
    assert (await bench.attempt(request)).is_unsettled
    assert (await bench.last(Event.FAILED)).facts()["settles_at"] == (ended + timedelta(hours=1)).isoformat()
    assert await bench.month() == ("101", "0")


# bought


async def test_a_number_found_among_our_own_is_bought(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    bench.provider.owned_number = an_owned_number()
    await bench.look()
    bought = await bench.now(request)
    assert (bought.status, bought.purchased_at) == (Status.PURCHASED, bench.clock.now())
    assert (await bench.attempt(request)).ending is Ending.FOUND
    assert (await bench.last(Event.PURCHASED)).facts()["provider_request_id"] == "req_7"
    assert (await bench.told())[-1] is Event.PURCHASED
    assert not await bench.rows(Kind.LOOK)


@pytest.mark.parametrize(
    ("owned", "debited", "charged"),
    [
        (an_owned_number("100+1 INR"), "119.18 INR", "119.18 INR"),
        (an_owned_number(None), "119.18 INR", "119.18 INR"),
        (an_owned_number("100+2 INR"), None, "102 INR"),
        (an_owned_number(None), None, None),
    ],
    ids=["ledger and fees", "ledger alone", "fees alone", "neither"],
)
async def test_what_it_cost_is_what_the_ledger_says_or_else_the_numbers_fees(
    bench: Bench, owned: OwnedNumber, debited: str | None, charged: str | None
) -> None:
    request = await bench.a_purchase(LOST)
    if debited is not None:
        _debit(bench, debited)
    bench.provider.owned_number = owned
    await bench.look()
    amount = None if charged is None else Money.of(charged)
    assert (await bench.attempt(request)).charged == amount
    facts = (await bench.last(Event.PURCHASED)).facts()
    assert (facts["approved"], facts["differs"]) == ("101", charged is not None)
    assert await bench.month() == ("0", "101" if amount is None else amount.plain())


async def test_a_number_that_is_still_being_bought_is_waited_for(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    bench.provider.listing, bench.provider.owned_number = None, an_owned_number(status="pending_purchase")
    _debit(bench)
    await bench.look()
    assert (await bench.now(request)).status is Status.CHECKING
    assert (await bench.attempt(request)).alerted_at is None
    bench.provider.owned_number = an_owned_number()
    await bench.look()
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_a_number_that_another_request_bought_is_not_bought_twice(bench: Bench) -> None:
    first = await bench.a_purchase()
    second = await bench.a_purchase(LOST)
    bench.provider.owned_number = an_owned_number()
    await bench.look()
    assert (await bench.now(first)).status is Status.PURCHASED
    failed = await bench.now(second)
    assert (failed.status, failed.error) == (Status.FAILED, "sold_to_another_request")
    assert (await bench.attempt(second)).ending is Ending.REFUSED
    assert await bench.month() == ("0", "101")


# charged without a number


async def test_a_charge_without_the_number_is_said_at_once_with_what_the_providers_support_needs(
    bench: Bench,
) -> None:
    request = await bench.a_purchase(LOST)
    called = bench.clock.now()
    _debit(bench)
    await bench.look()
    entry = await bench.last(Event.CHARGED_WITHOUT_NUMBER)
    assert (await bench.told())[-1] is Event.CHARGED_WITHOUT_NUMBER
    facts = entry.facts()
    assert (facts["provider_request_id"], facts["called_at"]) == ("req_7", called.isoformat())
    seen = facts["seen"]
    assert isinstance(seen, dict)
    assert seen["debits"] == [
        {
            "id": "txn_1",
            "amount": "101",
            "currency": "INR",
            "at": called.isoformat(),
            "description": f"DID purchase {NUMBER}",
        }
    ]
    assert (await bench.now(request)).status is Status.CHECKING
    assert (await bench.attempt(request)).alerted_at == bench.clock.now()


async def test_it_is_said_once_and_never_fails(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    _debit(bench)
    for _ in range(6):
        await bench.look()
    assert (await bench.now(request)).status is Status.CHECKING
    assert [entry.event for entry in await bench.trail()].count(Event.CHARGED_WITHOUT_NUMBER) == 1
    assert await bench.month() == ("101", "0")


async def test_a_refund_takes_it_back(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    _debit(bench)
    await bench.look()
    bench.provider.ledger = []
    await bench.look()
    assert (await bench.attempt(request)).alerted_at is None
    await bench.look()
    await bench.look()
    assert await _failed(bench, request)


async def test_a_charge_that_is_refunded_and_made_again_is_said_again(bench: Bench) -> None:
    await bench.a_purchase(LOST)
    for rows in ([a_row(description=NUMBER)], [], [a_row(description=NUMBER)]):
        bench.provider.ledger = rows
        await bench.look()
    assert [entry.event for entry in await bench.trail()].count(Event.CHARGED_WITHOUT_NUMBER) == 2


async def test_a_charge_that_another_purchase_of_that_time_explains_is_none(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    bench.provider.others = [an_owned_number(number="+918069000999", id="num_9", purchased_at=bench.clock.now())]
    bench.provider.ledger = [a_row(at=bench.clock.now())]
    await bench.look()
    assert (await bench.attempt(request)).alerted_at is None


async def test_a_charge_that_names_the_number_of_another_attempt_is_that_ones(bench: Bench) -> None:
    await bench.a_purchase(Refused(why=Refusal.REJECTED, code="kyc", message="?"), number="+918069000999")
    request = await bench.a_purchase(LOST)
    bench.provider.ledger = [a_row(description="DID 918069000999", at=bench.clock.now())]
    await bench.look()
    assert (await bench.attempt(request)).alerted_at is None


async def test_a_charge_that_is_written_off_during_a_look_is_not_said_again(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    _debit(bench)
    await bench.look()
    attempt = await bench.attempt(request)

    async def write_it_off(read: str) -> None:
        if read == "own_numbers":
            await bench.store.write(lambda connection: write_off(connection, attempt, frozenset({"txn_1"})))

    bench.provider.during_read = write_it_off
    await bench.look()
    assert (await bench.attempt(request)).alerted_at is None
    assert [entry.event for entry in await bench.trail()].count(Event.CHARGED_WITHOUT_NUMBER) == 1


# people


async def test_after_the_last_look_people_are_asked_with_what_was_seen(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    _nothing_to_see(bench)
    for _ in range(5):
        await bench.look()
        assert not (await bench.attempt(request)).asks_people
    await bench.look()
    attempt = await bench.attempt(request)
    assert attempt.asks_people
    facts = (await bench.last(Event.PEOPLE_ASKED)).facts()
    assert (
        facts["seen"]
        == json.loads(attempt.seen or "")
        == {
            "owned": False,
            "owned_status": None,
            "on_sale": False,
            "ledger_closed": False,
            "debits": [],
        }
    )
    assert (await bench.told())[-1] is Event.PEOPLE_ASKED
    assert (await bench.row(Kind.NUDGE)).not_before == bench.clock.now() + timedelta(days=1)


async def test_what_could_not_be_read_is_told_as_that(bench: Bench) -> None:
    await bench.a_purchase(LOST)
    bench.provider.unreadable = {"owned"}
    for _ in range(6):
        await bench.look()
    seen = (await bench.last(Event.PEOPLE_ASKED)).facts()["seen"]
    assert seen == {"owned": None, "owned_status": None, "on_sale": None, "ledger_closed": False, "debits": None}


async def test_people_are_reminded_once_a_day_until_they_have_said_it(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    _nothing_to_see(bench)
    for _ in range(6):
        await bench.look()
    for _ in range(2):
        bench.clock.advance(timedelta(days=1) - TICK)
        await bench.run_due(Lane.JUDGE)
        assert (await bench.row(Kind.NUDGE)).not_before == bench.clock.now() + TICK
        bench.clock.advance(TICK)
        await bench.run(Kind.NUDGE)
        assert (await bench.last(Event.REMINDED)).facts() == {"about": "outcome"}
    await bench.resolve(Resolution.NOT_BOUGHT, request)
    trail = await bench.trail()
    bench.clock.advance(timedelta(days=1))
    await bench.run(Kind.NUDGE)
    assert await bench.trail() == trail
    assert not await bench.rows(Kind.NUDGE)


# races


async def test_a_look_at_what_is_known_by_now_changes_nothing(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    attempt = await bench.attempt(request)

    def settle(connection: Connection) -> None:
        resolve_without_asking(connection, request, attempt, Resolution.NOT_BOUGHT, now=bench.clock.now())

    async def settle_meanwhile(read: str) -> None:
        if read == "transactions":
            await bench.store.write(settle)

    bench.provider.during_read = settle_meanwhile
    bench.provider.owned_number = an_owned_number()
    await bench.look()
    assert await _failed(bench, request)
    assert (await bench.attempt(request)).ending is Ending.BY_PERSON
    assert (await bench.last(Event.FAILED)).actor == OPERATOR
    assert not await bench.rows(Kind.LOOK)


async def test_a_look_whose_lease_is_lost_leaves_nothing(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    bench.clock.advance(1)
    robbed = await bench.claim(Kind.LOOK)
    bench.clock.advance(LEASE + TICK)
    await bench.claim(Kind.LOOK)
    before = await bench.attempt(request)
    bench.provider.owned_number = an_owned_number()
    with pytest.raises(LeaseLost):
        await bench.do(robbed)
    assert await bench.attempt(request) == before
    assert (await bench.now(request)).status is Status.CHECKING
