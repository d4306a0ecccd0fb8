"""A sale belongs to one attempt: which one, and what it cost."""

from datetime import datetime, timedelta

import pytest

from bot.domain.attempt import Ending
from bot.domain.audit import BOT
from bot.domain.money import Money
from bot.domain.outcome import Bought, Refusal, Refused
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.plans import NextLook
from tests.harness.builders import NOON, an_owned_number
from tests.harness.ledger import a_row
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, meanwhile
from tests.harness.swept import HOUR, TICK
from tests.harness.workbench import Workbench

GONE = Refused(why=Refusal.NOT_IN_INVENTORY, code="not_found", message="number not found in inventory")


def _bought(
    purchased_at: datetime | None = NOON, *, id: str | None = "num_1", fees: str | None = "100+1 INR"
) -> Bought:
    return Bought(number=an_owned_number(fees, id=id, purchased_at=purchased_at), provider_request_id="req_7")


async def _found(
    bench: Workbench, purchased_at: datetime | None = NOON, *, id: str | None = "num_1"
) -> PurchaseRequest:
    """A purchase without an answer, whose number is among our own at the first look."""
    request = await bench.a_purchase(LOST)
    bench.provider.owned_number = an_owned_number(id=id, purchased_at=purchased_at)
    await bench.look()
    bench.provider.owned_number = None
    return await bench.now(request)


@pytest.mark.parametrize(
    ("fees", "charged", "differs", "spent"),
    [
        ("100+1 INR", "101", False, "101"),
        ("100.5+1 INR", "101.5", True, "101.5"),
        ("99+1 INR", "100", True, "100"),
        ("100+1 USD", "101", True, "0"),
        (None, None, False, "101"),
    ],
    ids=["as approved", "dearer", "cheaper", "in another currency", "not said yet"],
)
async def test_a_sale_is_told_with_the_numbers_details_and_its_charge_and_counts_in_the_month(
    bench: Workbench, fees: str | None, charged: str | None, differs: bool, spent: str
) -> None:
    request = await bench.a_purchase(_bought(fees=fees))
    entry, attempt = await bench.last(Event.PURCHASED), await bench.attempt(request)
    facts, currency = facts_of(entry), fees and fees.split()[1]
    assert (facts["approved"], facts["charged"], facts["charged_currency"]) == ("101", charged, currency)
    assert (facts["differs"], facts["rivals"], facts["provider_request_id"]) == (differs, [], "req_7")
    assert facts["number"] == attempt.details
    assert (attempt.ending, attempt.settled_at) == (Ending.BOUGHT, bench.clock.now())
    assert [row.sale for row in await bench.attempts()] == [f"num_1@{NOON.isoformat()}"]
    assert attempt.charged == (None if fees is None else Money.of(f"{charged} {currency}"))
    assert (entry.actor, await bench.month()) == (BOT, ("0", spent))


async def test_of_a_number_that_is_found_the_rows_that_make_up_its_charge_count(bench: Workbench) -> None:
    bench.provider.ledger = [a_row("250 INR"), a_row("119.18 INR")]
    await _found(bench)
    assert facts_of(await bench.last(Event.PURCHASED))["charged"] == "119.18"
    assert await bench.month() == ("0", "119.18")


@pytest.mark.parametrize("id", ["num_1", None])
@pytest.mark.parametrize(("answered", "listed"), [(NOON, NOON), (NOON, NOON + TICK), (None, NOON), (None, None)])
async def test_one_sale_is_not_found_again_by_the_next_attempt_while_lists_may_lag(
    bench: Workbench, id: str | None, answered: datetime | None, listed: datetime | None
) -> None:
    await bench.a_purchase(_bought(answered, id=id))
    bench.clock.advance(HOUR - TICK)
    second = await _found(bench, listed, id=id)
    assert (second.status, second.error) == (Status.FAILED, "sold_to_another_request")
    attempt = await bench.attempt(second)
    assert (attempt.ending, attempt.is_unsettled) == (Ending.BY_LOOKS, True)
    assert await bench.month() == ("101", "101")


@pytest.mark.parametrize("id", ["num_1", None])
@pytest.mark.parametrize("purchased_at", [NOON + 2 * HOUR, None])
async def test_a_number_that_was_released_and_is_bought_again_is_another_sale(
    bench: Workbench, id: str | None, purchased_at: datetime | None
) -> None:
    await bench.a_purchase(_bought(None if purchased_at is None else NOON, id=id))
    bench.clock.advance(HOUR)
    second = await _found(bench, purchased_at, id=id)
    assert second.status is Status.PURCHASED
    assert await bench.month() == ("0", "202")


async def test_two_answers_that_tell_of_one_sale_are_one(bench: Workbench) -> None:
    await bench.a_purchase(_bought())
    second = await bench.a_purchase(_bought())
    assert second.status is Status.CHECKING
    assert facts_of(await bench.last(Event.CHECKING))["code"] == "sale_of_another_attempt"
    assert (await bench.attempt(second)).ending is Ending.OPEN


@pytest.mark.parametrize(("after", "is_another"), [(HOUR - TICK, False), (HOUR, True)])
async def test_two_answers_that_do_not_say_when_are_one_sale_within_the_hour(
    bench: Workbench, after: timedelta, *, is_another: bool
) -> None:
    for number_id in ("num_1", None):
        await bench.a_purchase(_bought(None, id=number_id))
        bench.clock.advance(after)
    assert [row.sale for row in await bench.attempts()] == ["#1", "#2" if is_another else None]


async def test_a_sale_that_an_earlier_attempt_could_have_made_is_said(bench: Workbench) -> None:
    first = await bench.a_failure(LOST)
    second = await bench.a_purchase(_bought())
    assert second.status is Status.PURCHASED
    assert facts_of(await bench.last(Event.PURCHASED))["rivals"] == [first.id]


async def test_a_404_to_our_own_call_is_no_sale_while_an_earlier_attempt_could_own_it(bench: Workbench) -> None:
    await bench.a_failure(LOST)
    bench.provider.during_call = meanwhile(bench, owned_number=an_owned_number())
    second = await bench.a_purchase(GONE)
    assert (second.status, second.error) == (Status.FAILED, "not_in_inventory")
    assert (await bench.attempt(second)).ending is Ending.REFUSED


async def test_a_404_to_our_own_call_is_no_sale_when_an_earlier_one_was_credited_within_the_hour(
    bench: Workbench,
) -> None:
    await bench.a_purchase(_bought(None))
    bench.provider.during_call = meanwhile(bench, owned_number=an_owned_number())
    second = await bench.a_purchase(GONE)
    assert second.status is Status.CHECKING
    await bench.look()
    assert (await bench.now(second)).error == "sold_to_another_request"


async def test_a_refused_attempt_is_no_rival(bench: Workbench) -> None:
    await bench.a_purchase(Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file"))
    await bench.a_purchase(_bought())
    assert facts_of(await bench.last(Event.PURCHASED))["rivals"] == []


async def test_what_is_found_explains_the_charge_that_was_alerted(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    bench.provider.ledger = [a_row(at=bench.clock.now())]
    await bench.look()
    assert (await bench.attempt(request)).alerted_at is not None
    bench.provider.owned_number = an_owned_number()
    await bench.look()
    assert (await bench.attempt(request)).alerted_at is None
    assert not await bench.rows(NextLook)
