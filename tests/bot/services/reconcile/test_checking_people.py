"""Looks that show a charge without the number, and what people are asked when looks do not tell."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import JsonValue

from bot.domain.attempt import Ending
from bot.domain.audit import OPERATOR
from bot.domain.facts import Seen
from bot.domain.outcome import Refusal, Refused
from bot.domain.policy import Resolution
from bot.domain.request import Status
from bot.domain.trail import Event
from bot.services.plans import NextLook, Nudge
from bot.store.attempts import write_off
from bot.store.lanes import Lane
from bot.work.queue import LeaseLost
from tests.harness.builders import NOON, NUMBER, an_owned_number
from tests.harness.ledger import a_rental, a_row
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, Shows, charged, clean, neither, ours, unread
from tests.harness.swept import TICK, is_alerted
from tests.harness.workbench import Workbench
from tests.harness.worker import LEASE

pytestmark = pytest.mark.sqlite_only("its looks are kept as test_checking keeps them on both")

OTHER = "+918069000999"
CHARGED = Event.CHARGED_WITHOUT_NUMBER


async def _times_said(bench: Workbench) -> int:
    return [entry.event for entry in await bench.trail()].count(CHARGED)


# charged without a number


async def test_a_charge_without_the_number_is_said_once_and_at_once_with_what_the_providers_support_needs(
    bench: Workbench,
) -> None:
    request = await bench.a_purchase(LOST)
    called = bench.clock.now()
    charged(bench)
    await bench.look()
    facts = facts_of(await bench.last(CHARGED))
    assert (await bench.told())[-1] is CHARGED
    assert (facts["provider_request_id"], facts["called_at"]) == ("req_7", called.isoformat())
    debit = {"id": "txn_1", "amount": "101", "currency": "INR", "at": called.isoformat()}
    assert facts["seen"]["debits"] == [debit | {"description": f"DID purchase {NUMBER}"}]
    assert (await bench.attempt(request)).alerted_at == bench.clock.now()
    await bench.look(times=5)
    assert (await bench.now(request)).status is Status.CHECKING
    assert await _times_said(bench) == 1
    assert await bench.month() == ("101", "0")


async def test_a_refund_takes_it_back(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    charged(bench)
    await bench.look()
    clean(bench)
    await bench.look()
    assert not await is_alerted(bench, request)
    await bench.look(times=2)
    assert (await bench.now(request)).status is Status.FAILED


@pytest.mark.parametrize("charge", [f"DID purchase {NUMBER}", "DID purchase"])
async def test_a_refund_of_another_number_does_not(bench: Workbench, charge: str) -> None:
    bench.provider.others = [an_owned_number("500+7 INR", number=OTHER, id="num_9")]
    request = await bench.a_purchase(LOST)
    bench.provider.ledger = [a_row(description=charge, at=bench.clock.now())]
    await bench.look()
    bench.provider.ledger.append(a_row(kind="refund", description="Refund", reference="num_9", at=bench.clock.now()))
    await bench.look(times=5)
    assert (await bench.now(request)).status is Status.CHECKING
    assert await is_alerted(bench, request)


async def test_a_charge_that_is_refunded_and_made_again_is_said_again(bench: Workbench) -> None:
    await bench.a_purchase(LOST)
    for shows in (charged, clean, charged):
        shows(bench)
        await bench.look()
    assert await _times_said(bench) == 2


async def test_a_charge_that_another_purchase_of_that_time_explains_is_none(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    bench.provider.others = [an_owned_number(number=OTHER, id="num_9", purchased_at=bench.clock.now())]
    bench.provider.ledger = [a_row(at=bench.clock.now())]
    await bench.look()
    assert not await is_alerted(bench, request)


@pytest.mark.parametrize("billed", [False, True])
async def test_where_all_that_is_charged_is_a_month_an_older_number_explains_it_when_it_was_billed(
    bench: Workbench, billed: bool
) -> None:
    request = await bench.a_purchase(LOST, fees="0+1 INR")
    older = an_owned_number("9+1 INR", number=OTHER, id="num_9", purchased_at=NOON - timedelta(days=60))
    bench.provider.others = [replace(older, next_billing_at=bench.clock.now() if billed else None)]
    bench.provider.ledger = [a_rental("1 INR", at=bench.clock.now())]
    await bench.look()
    assert await is_alerted(bench, request) is not billed


async def test_a_charge_that_names_the_number_of_another_attempt_is_that_ones(bench: Workbench) -> None:
    await bench.a_purchase(Refused(why=Refusal.REJECTED, code="kyc", message="?"), number=OTHER)
    request = await bench.a_purchase(LOST)
    bench.provider.ledger = [a_row(description=f"DID {OTHER.removeprefix('+')}", at=bench.clock.now())]
    await bench.look()
    assert not await is_alerted(bench, request)


async def test_a_charge_that_is_written_off_during_a_look_is_not_said_again(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    charged(bench)
    await bench.look()
    attempt = await bench.attempt(request)

    async def write_it_off(read: str) -> None:
        if read == "own_numbers":
            await bench.store.write(lambda connection: write_off(connection, attempt, frozenset({"txn_1"})))

    bench.provider.during_read = write_it_off
    await bench.look()
    assert not await is_alerted(bench, request)
    assert await _times_said(bench) == 1


# people


@pytest.mark.parametrize(
    ("shows", "seen"),
    [
        (neither, {"owned": False, "on_sale": False, "debits": []}),
        (unread("owned"), {"owned": None, "on_sale": None, "debits": None}),
    ],
)
async def test_after_the_last_look_people_are_asked_with_what_was_seen_and_what_could_not_be_read(
    bench: Workbench, shows: Shows, seen: dict[str, JsonValue]
) -> None:
    request = await bench.a_purchase(LOST)
    shows(bench)
    await bench.look(times=5)
    assert not (await bench.attempt(request)).asks_people
    await bench.look()
    attempt = await bench.attempt(request)
    assert attempt.asks_people
    told = facts_of(await bench.last(Event.PEOPLE_ASKED))["seen"]
    assert told == (attempt.seen or Seen()).facts()
    assert told == {"owned_status": None, "owned_by": None, "ledger_closed": False} | seen
    assert (await bench.told())[-1] is Event.PEOPLE_ASKED
    assert (await bench.row(Nudge)).not_before == bench.clock.now() + timedelta(days=1)


async def test_people_are_reminded_once_a_day_until_they_have_said_it(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    neither(bench)
    await bench.look(times=6)
    for _ in range(2):
        bench.clock.advance(timedelta(days=1) - TICK)
        await bench.run_due(Lane.JUDGE)
        assert (await bench.row(Nudge)).not_before == bench.clock.now() + TICK
        bench.clock.advance(TICK)
        await bench.run(Nudge)
        assert facts_of(await bench.last(Event.REMINDED)) == {"about": "outcome"}
    await bench.resolve(Resolution.NOT_BOUGHT, request)
    trail = await bench.trail()
    bench.clock.advance(timedelta(days=1))
    await bench.run(Nudge)
    assert await bench.trail() == trail
    assert not await bench.rows(Nudge)


# races


async def test_a_look_at_what_is_known_by_now_changes_nothing(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)

    async def meanwhile(read: str) -> None:
        if read == "transactions":
            await bench.say_without_asking(Resolution.NOT_BOUGHT, request)

    bench.provider.during_read = meanwhile
    ours(bench)
    await bench.look()
    assert (await bench.now(request)).status is Status.FAILED
    assert (await bench.attempt(request)).ending is Ending.ON_WORD
    assert (await bench.last(Event.FAILED)).actor == OPERATOR
    assert not await bench.rows(NextLook)


async def test_a_look_whose_lease_is_lost_leaves_nothing(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    bench.clock.advance(1)
    robbed = await bench.claim(NextLook)
    bench.clock.advance(LEASE + TICK)
    await bench.claim(NextLook)
    before = await bench.attempt(request)
    ours(bench)
    with pytest.raises(LeaseLost):
        await bench.do(robbed)
    assert await bench.attempt(request) == before
    assert (await bench.now(request)).status is Status.CHECKING
