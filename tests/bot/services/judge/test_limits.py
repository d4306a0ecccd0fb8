"""The month's budget: what is held and spent, until when, and what is said when it is not enough."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.domain import refusals
from bot.domain.money import Money
from bot.domain.outcome import Bought, Outcome, Refusal, Refused, Unknown
from bot.domain.policy import Decision, Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.plans import DueSweep, Lapse, Purchase
from bot.services.ports import Balance
from bot.work import queue
from bot.work.queue import Lane
from tests.harness.bench import Bench
from tests.harness.builders import BOSS, CHIEF, NUMBER, a_listing, a_request, an_owned_number, some_rules
from tests.harness.clock import FakeClock
from tests.harness.ledger import a_row
from tests.harness.rows import facts_of
from tests.harness.seen import asked
from tests.harness.worker import LEASE

LOST = Unknown(reason="timeout")
OWN_500 = Unknown(reason="http_500", call_is_over=True)
BUSY = Refused(why=Refusal.NOT_EXECUTED, code="rate_limited", message="slow down")


@pytest.fixture
def limited(bench: Bench) -> Bench:
    """250 INR a month: enough for two of the usual numbers."""
    bench.rules = some_rules(monthly_budget="250 INR")
    return bench


async def _another(bench: Bench, no: int, fees: str = "100+1 INR") -> PurchaseRequest:
    made = a_request(fees, number=f"+9180690{no:05}", created_at=bench.clock.now())
    return await bench.a_request(made, ts=f"{no}.000003")


async def _over(bench: Bench) -> dict[str, object]:
    """The last click was refused for this."""
    reason, evidence = await bench.refusal(Event.DECISION_REFUSED)
    assert reason == refusals.OverBudget.reason
    return dict(evidence)


# approving


async def test_an_approval_holds_its_charge(limited: Bench) -> None:
    await limited.approve(await limited.a_request())
    assert await limited.month() == ("101", "0")


async def test_what_does_not_fit_any_more_is_refused_with_the_figures(limited: Bench) -> None:
    for no in (1, 2):
        await limited.approve(await _another(limited, no))
    third = await _another(limited, 3)
    await limited.approve(third)
    assert await _over(limited) == {
        "charge": "101",
        "currency": "INR",
        "budget": "250",
        "used": "202",
        "month": "2026-11",
    }
    assert await limited.now(third) == third
    assert await limited.voters(third) == []
    assert await limited.month() == ("202", "0")


async def test_exactly_what_is_left_fits(limited: Bench) -> None:
    await limited.approve(await _another(limited, 1))
    await limited.approve(await _another(limited, 2, "148.5+0.5 INR"))
    assert await limited.month() == ("250", "0")


async def test_nobody_gives_a_first_vote_for_what_cannot_be_approved(limited: Bench) -> None:
    limited.rules = some_rules(monthly_budget="250 INR", second_approval_above="10 INR")
    request = await _another(limited, 1, "250+1 INR")
    await limited.approve(request)
    assert (await _over(limited))["used"] == "0"
    assert await limited.voters(request) == []


async def test_a_first_vote_holds_nothing_and_the_second_has_to_find_room(limited: Bench) -> None:
    limited.rules = some_rules(monthly_budget="250 INR", second_approval_above="101 INR")
    dear = await _another(limited, 1, "200+1 INR")
    await limited.approve(dear, by=BOSS)
    assert await limited.month() == ("0", "0")
    await limited.approve(await _another(limited, 2))
    await limited.approve(dear, by=CHIEF)
    assert (await _over(limited))["used"] == "101"
    assert await limited.voters(dear) == [BOSS]


async def test_a_currency_that_the_budget_does_not_name_cannot_be_approved(limited: Bench) -> None:
    request = await _another(limited, 1, "1+1 USD")
    await limited.approve(request)
    evidence = await _over(limited)
    assert (evidence["currency"], evidence["budget"], evidence["used"]) == ("USD", "0", "0")
    assert (await limited.now(request)).status is Status.PENDING


async def test_without_a_budget_everything_fits_and_is_counted(bench: Bench) -> None:
    await bench.approve(await _another(bench, 1, "900000+1 INR"))
    assert await bench.month() == ("900001", "0")


async def test_deny_and_withdraw_need_no_budget(limited: Bench) -> None:
    dear = await _another(limited, 1, "900+1 INR")
    await limited.deny(dear)
    assert (await limited.now(dear)).status is Status.DENIED


async def test_approvals_that_are_judged_at_the_same_time_share_the_budget(limited: Bench) -> None:
    requests = [await _another(limited, no) for no in range(5)]
    for request in requests:
        await limited.click(Decision.APPROVE, request, by=BOSS)
    now = limited.clock.now()
    claimed = await limited.store.write(
        lambda connection: queue.claim(connection, Lane.JUDGE, now=now, lease=LEASE, most=5, kinds=limited.duties)
    )
    await asyncio.gather(*(limited.do(held) for held in claimed))
    assert [(await limited.now(request)).status for request in requests].count(Status.APPROVED) == 2
    assert await limited.month() == ("202", "0")
    assert [words.reason for words in await limited.words()] == [refusals.OverBudget.reason] * 3


# what becomes of it


async def test_a_purchase_spends_what_was_really_charged(limited: Bench) -> None:
    await limited.a_purchase(Bought(number=an_owned_number("90+0.5 INR")))
    assert await limited.month() == ("0", "90.5")


async def test_a_charge_that_is_higher_passes_the_budget_is_said_and_blocks_further_approvals(limited: Bench) -> None:
    await limited.a_purchase(Bought(number=an_owned_number("250+1 INR")))
    assert await limited.month() == ("0", "251")
    assert facts_of(await limited.last(Event.PURCHASED)).items() >= {"differs": True, "charged": "251"}.items()
    await limited.approve(await _another(limited, 1, "0+0.1 INR"))
    assert (await _over(limited))["used"] == "251"


async def _deny(bench: Bench, request: PurchaseRequest) -> None:
    await bench.deny(request)


async def _withdraw(bench: Bench, request: PurchaseRequest) -> None:
    await bench.withdraw(request)


async def _lapse(bench: Bench, request: PurchaseRequest) -> None:
    bench.clock.advance(timedelta(minutes=15))
    await bench.run(Lapse)


async def _freeze(bench: Bench, request: PurchaseRequest) -> None:
    await bench.switch()


def _when(**changes: object) -> Callable[[Bench, PurchaseRequest], Awaitable[None]]:
    """The purchase, with the provider changed before."""

    async def way(bench: Bench, request: PurchaseRequest) -> None:
        for name, value in changes.items():
            setattr(bench.provider, name, value)
        await bench.run(Purchase)

    return way


def _answered(outcome: Outcome) -> Callable[[Bench, PurchaseRequest], Awaitable[None]]:
    async def way(bench: Bench, request: PurchaseRequest) -> None:
        bench.provider.outcomes = [outcome]
        await bench.run(Purchase)

    return way


POOR = Balance(currency="INR", available=Money.of("1 INR").amount, may_overdraw=False)

WAYS_OUT = {
    "denied": _deny,
    "withdrawn": _withdraw,
    "lapsed": _lapse,
    "frozen": _freeze,
    "terms changed": _when(listing=a_listing("100+2 INR")),
    "gone": _when(listing=None),
    "ours already": _when(owned_number=an_owned_number()),
    "balance too low before": _when(spendable=POOR),
    "balance too low": _answered(Refused(why=Refusal.BALANCE_TOO_LOW, code="http_402", message="top up")),
    "rejected": _answered(Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file")),
    "not sent": _answered(Refused(why=Refusal.NOT_SENT, code="not_sent", message="refused")),
}


@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT)
async def test_every_way_out_frees_what_was_held(
    limited: Bench, way: Callable[[Bench, PurchaseRequest], Awaitable[None]]
) -> None:
    request = await limited.an_approved_request()
    assert await limited.month() == ("101", "0")
    await way(limited, request)
    assert (await limited.now(request)).status not in (Status.APPROVED, Status.PURCHASING, Status.CHECKING)
    assert await limited.month() == ("0", "0")


async def test_while_a_call_is_out_and_when_it_is_tried_again_it_stays_held(limited: Bench) -> None:
    async def look() -> None:
        assert await limited.month() == ("101", "0")

    limited.provider.during_call = look
    assert (await limited.a_purchase(BUSY)).status is Status.APPROVED
    assert await limited.month() == ("101", "0")


@pytest.mark.parametrize(("outcome", "then"), [(LOST, ("101", "0")), (OWN_500, ("0", "0"))], ids=["lost", "own 500"])
async def test_it_stays_held_while_the_outcome_is_unknown_and_until_that_is_settled(
    limited: Bench, outcome: Unknown, then: tuple[str, str]
) -> None:
    await limited.a_purchase(outcome)
    assert await limited.month() == ("101", "0")
    for _ in range(4):
        await limited.look()
    assert await limited.month() == then


async def test_a_late_truth_may_pass_the_budget_and_is_said(limited: Bench) -> None:
    await limited.a_failure(OWN_500)
    await limited.plan_sweep()
    for no in (1, 2):
        await limited.approve(await _another(limited, no))
    limited.provider.owned_number = an_owned_number()
    await limited.run(DueSweep)
    assert await limited.month() == ("202", "101")
    assert facts_of(await limited.last(Event.PURCHASED))["late"] is True


DEARER = "200+1 INR"
"""What an answer or a list says of the fees, where the usual ones were approved."""


async def _answered_dearer(bench: Bench) -> None:
    await bench.a_purchase(Bought(number=an_owned_number(DEARER)))


async def _found_dearer(bench: Bench) -> None:
    await bench.a_purchase(LOST)
    bench.provider.owned_number = an_owned_number(DEARER)
    await bench.look()


async def _said_by_a_person(bench: Bench) -> None:
    request = await asked(bench)
    bench.provider.owned_number = an_owned_number(DEARER)
    await bench.resolve(Resolution.BOUGHT, request)


async def _found_late(bench: Bench) -> None:
    await bench.a_failure(OWN_500)
    bench.provider.owned_number = an_owned_number(DEARER)
    await _sweep(bench)


async def _charge_known_late(bench: Bench) -> None:
    await bench.a_purchase(Bought(number=an_owned_number(None)))
    bench.provider.owned_number = an_owned_number(None)
    bench.provider.ledger = [a_row("201 INR", description=NUMBER, at=bench.clock.now())]
    bench.clock.advance(61)
    await _sweep(bench)


async def _charged_without_the_number(bench: Bench) -> None:
    await bench.a_failure(OWN_500)
    bench.provider.ledger = [a_row(description=NUMBER, at=bench.clock.now())]
    await bench.plan_sweep()
    await bench.approve(await _another(bench, 1))
    await bench.run(DueSweep)


async def _sweep(bench: Bench) -> None:
    await bench.plan_sweep()
    await bench.run(DueSweep)


OVERRUNS = [
    _answered_dearer,
    _found_dearer,
    _said_by_a_person,
    _found_late,
    _charge_known_late,
    _charged_without_the_number,
]


@pytest.mark.parametrize("overruns", OVERRUNS)
async def test_an_overrun_is_told_with_how_the_month_stands_then_however_it_comes_about(
    bench: Bench, overruns: Callable[[Bench], Awaitable[None]]
) -> None:
    bench.rules = some_rules(monthly_budget="150 INR")
    await overruns(bench)
    told, (reserved, spent) = (await bench.trail())[-1], await bench.month()
    assert Decimal(reserved) + Decimal(spent) > 150
    stands = {"month": "2026-11", "currency": "INR", "reserved": reserved, "spent": spent, "budget": "150"}
    assert facts_of(told).items() >= stands.items()
    assert told.event is (await bench.told())[-1]


async def test_a_charge_in_another_currency_is_told_with_how_the_month_stands_in_that_one(limited: Bench) -> None:
    await limited.a_purchase(Bought(number=an_owned_number("2+1 USD")))
    facts = facts_of(await limited.last(Event.PURCHASED))
    assert (facts["currency"], facts["spent"], facts["budget"]) == ("USD", "3", "0")


async def test_without_a_budget_it_is_told_that_there_is_none(bench: Bench) -> None:
    await bench.a_purchase()
    assert facts_of(await bench.last(Event.PURCHASED)).items() >= {"spent": "101", "budget": None}.items()


# months


LAST_OF_NOVEMBER = datetime(2026, 11, 30, 18, 29, tzinfo=UTC)
"""23:59 in Kolkata."""


async def test_the_month_turns_in_the_teams_time_zone(limited: Bench) -> None:
    limited.rules = some_rules(monthly_budget="101 INR", time_zone="Asia/Kolkata")
    limited.clock = FakeClock(LAST_OF_NOVEMBER)
    first, second = [await _another(limited, no) for no in (1, 2)]
    await limited.approve(first)
    await limited.approve(second)
    assert (await _over(limited))["month"] == "2026-11"
    limited.clock.advance(60)
    await limited.approve(second)
    assert (await limited.now(second)).status is Status.APPROVED
    assert (await limited.month(), await limited.month(month="2026-12")) == (("101", "0"), ("101", "0"))


async def test_what_is_charged_counts_in_the_month_of_approval(limited: Bench) -> None:
    limited.clock = FakeClock(datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    await limited.an_approved_request()
    limited.clock.advance(60)
    await limited.run(Purchase)
    assert (await limited.month(), await limited.month(month="2026-12")) == (("0", "101"), ("0", "0"))


async def test_what_is_approved_anew_in_the_next_month_counts_there(limited: Bench) -> None:
    limited.clock = FakeClock(datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    request = await limited.an_approved_request()
    await limited.switch()
    await limited.switch(freezes=False)
    limited.clock.advance(60)
    await limited.approve(await limited.now(request))
    assert (await limited.month(), await limited.month(month="2026-12")) == (("0", "0"), ("101", "0"))
