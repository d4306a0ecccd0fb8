"""The month's budget: what is held and spent, until when, and what is said when it is not enough."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.domain import refusals, trail
from bot.domain.facts import MonthTold
from bot.domain.money import Money
from bot.domain.outcome import Bought, Refusal, Refused
from bot.domain.policy import Decision, Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.plans import DueSweep, Lapse, Purchase
from bot.services.ports import Balance
from bot.store.lanes import Lane
from bot.work import claims
from tests.bot.services.stories.book import (
    MINUTE,
    OTHER_LISTED,
    Story,
    a_failure,
    a_purchase,
    an_approval,
    buy,
    debit,
    deny,
    later,
    look,
    people_are_asked,
    resolve,
    run,
    shows,
    story,
    sweep,
    switch,
    tell,
    withdraw,
)
from tests.harness.builders import BOSS, CHIEF, a_listing, a_request, an_owned_number, some_rules
from tests.harness.clock import FakeClock
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, OWN_500, ours
from tests.harness.workbench import Workbench
from tests.harness.worker import LEASE

BUSY = Refused(why=Refusal.NOT_EXECUTED, code="rate_limited", message="slow down")


@pytest.fixture
def limited(bench: Workbench) -> Workbench:
    """250 INR a month: enough for two of the usual numbers."""
    bench.rules = some_rules(monthly_budget="250 INR")
    return bench


async def _another(bench: Workbench, no: int, fees: str = "100+1 INR") -> PurchaseRequest:
    made = a_request(fees, number=f"+9180690{no:05}", created_at=bench.clock.now())
    return await bench.a_request(made, ts=f"{no}.000003")


async def _over(bench: Workbench) -> dict[str, object]:
    """The last click was refused for this."""
    reason, evidence = await bench.refusal(Event.DECISION_REFUSED)
    assert reason == refusals.OverBudget.reason
    return dict(evidence)


# approving


async def test_what_does_not_fit_any_more_is_refused_with_the_figures_and_exactly_what_is_left_fits(
    limited: Workbench,
) -> None:
    for no in (1, 2):
        await limited.approve(await _another(limited, no))
    third = await _another(limited, 3)
    await limited.approve(third)
    figures = {"charge": "101", "currency": "INR", "budget": "250", "used": "202", "month": "2026-11"}
    assert await _over(limited) == figures
    assert await limited.now(third) == third
    assert await limited.voters(third) == []
    assert await limited.month() == ("202", "0")
    await limited.approve(await _another(limited, 4, "47.5+0.5 INR"))
    assert await limited.month() == ("250", "0")


async def test_nobody_gives_a_first_vote_for_what_cannot_be_approved(limited: Workbench) -> None:
    limited.rules = some_rules(monthly_budget="250 INR", second_approval_above="10 INR")
    request = await _another(limited, 1, "250+1 INR")
    await limited.approve(request)
    assert (await _over(limited))["used"] == "0"
    assert await limited.voters(request) == []


async def test_a_first_vote_holds_nothing_and_the_second_has_to_find_room(limited: Workbench) -> None:
    limited.rules = some_rules(monthly_budget="250 INR", second_approval_above="101 INR")
    dear = await _another(limited, 1, "200+1 INR")
    await limited.approve(dear, by=BOSS)
    assert await limited.month() == ("0", "0")
    await limited.approve(await _another(limited, 2))
    await limited.approve(dear, by=CHIEF)
    assert (await _over(limited))["used"] == "101"
    assert await limited.voters(dear) == [BOSS]


async def test_what_costs_a_currency_that_the_budget_does_not_name_is_not_approved_and_may_be_denied(
    limited: Workbench,
) -> None:
    request = await _another(limited, 1, "1+1 USD")
    await limited.approve(request)
    evidence = await _over(limited)
    assert (evidence["currency"], evidence["budget"], evidence["used"]) == ("USD", "0", "0")
    await limited.deny(request)
    assert (await limited.now(request)).status is Status.DENIED


async def test_without_a_budget_everything_fits_and_is_counted_and_it_is_told_that_there_is_none(
    bench: Workbench,
) -> None:
    await bench.a_purchase()
    assert facts_of(await bench.last(Event.PURCHASED)).items() >= {"spent": "101", "budget": None}.items()
    await bench.approve(await _another(bench, 1, "900000+1 INR"))
    assert await bench.month() == ("900001", "101")


async def test_approvals_that_are_judged_at_the_same_time_share_the_budget(limited: Workbench) -> None:
    requests = [await _another(limited, no) for no in range(5)]
    for request in requests:
        await limited.click(Decision.APPROVE, request, by=BOSS)
    now = limited.clock.now()
    claimed = await limited.store.write(
        lambda connection: claims.claim(connection, Lane.JUDGE, now=now, lease=LEASE, most=5, kinds=limited.duties)
    )
    await asyncio.gather(*(limited.do(held) for held in claimed))
    assert [(await limited.now(request)).status for request in requests].count(Status.APPROVED) == 2
    assert await limited.month() == ("202", "0")
    assert [words.reason for words in await limited.words()] == [refusals.OverBudget.reason] * 3


# what becomes of it


async def test_a_charge_that_is_higher_passes_the_budget_is_said_and_blocks_further_approvals(
    limited: Workbench,
) -> None:
    await limited.a_purchase(Bought(number=an_owned_number("250+1 INR")))
    assert await limited.month() == ("0", "251")
    assert facts_of(await limited.last(Event.PURCHASED)).items() >= {"differs": True, "charged": "251"}.items()
    await limited.approve(await _another(limited, 1, "0+0.1 INR"))
    assert (await _over(limited))["used"] == "251"


def _refused(why: Refusal) -> Story:
    return story(buy(Refused(why=why, code="no", message="no")))


WAYS_OUT = {
    "denied": story(deny()),
    "withdrawn": story(withdraw()),
    "lapsed": story(later(15 * MINUTE), run(Lapse)),
    "frozen": story(switch()),
    "terms changed": story(shows(listing=a_listing("100+2 INR")), buy()),
    "gone": story(shows(listing=None), buy()),
    "ours already": story(ours, buy()),
    "balance too low before": story(
        shows(spendable=Balance(currency="INR", available=Decimal(1), may_overdraw=False)), buy()
    ),
    "balance too low": _refused(Refusal.BALANCE_TOO_LOW),
    "rejected": _refused(Refusal.REJECTED),
    "not sent": _refused(Refusal.NOT_SENT),
}


@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT)
async def test_every_way_out_frees_what_was_held(limited: Workbench, way: Story) -> None:
    request = await limited.an_approved_request()
    assert await limited.month() == ("101", "0")
    await tell(limited, way)
    assert (await limited.now(request)).status not in (Status.APPROVED, Status.PURCHASING, Status.CHECKING)
    assert await limited.month() == ("0", "0")


async def test_while_a_call_is_out_and_when_it_is_tried_again_it_stays_held(limited: Workbench) -> None:
    async def look() -> None:
        assert await limited.month() == ("101", "0")

    limited.provider.during_call = look
    assert (await limited.a_purchase(BUSY)).status is Status.APPROVED
    assert await limited.month() == ("101", "0")


DEARER, OF_UNKNOWN_FEES = an_owned_number("200+1 INR"), an_owned_number(None)
"""As an answer or a list states it, where the usual fees were approved."""

OVERRUNS = {
    "answered dearer": story(a_purchase(Bought(number=DEARER))),
    "found dearer": story(a_purchase(LOST), shows(owned_number=DEARER), look()),
    "said by a person": story(people_are_asked, shows(owned_number=DEARER), resolve(Resolution.BOUGHT)),
    "found late": story(a_failure(OWN_500), shows(owned_number=DEARER), sweep()),
    "charge known late": story(
        *(a_purchase(Bought(number=OF_UNKNOWN_FEES)), shows(owned_number=OF_UNKNOWN_FEES)),
        *(debit(amount="201 INR"), sweep(timedelta(seconds=61))),
    ),
    "charged without the number": story(
        a_failure(OWN_500), debit(), Workbench.plan_sweep, an_approval(OTHER_LISTED), run(DueSweep)
    ),
}


@pytest.mark.parametrize("overruns", OVERRUNS.values(), ids=OVERRUNS)
async def test_an_overrun_is_told_with_how_the_month_stands_then_however_it_comes_about(
    bench: Workbench, overruns: Story
) -> None:
    bench.rules = some_rules(monthly_budget="150 INR")
    await tell(bench, overruns)
    told, (reserved, spent) = (await bench.trail())[-1], await bench.month()
    assert Decimal(reserved) + Decimal(spent) > 150
    stands = {"month": "2026-11", "currency": "INR", "reserved": reserved, "spent": spent, "budget": "150"}
    assert facts_of(told).items() >= stands.items()
    assert told.event is (await bench.told())[-1]


# months


async def test_the_month_turns_in_the_teams_time_zone(limited: Workbench) -> None:
    limited.rules = some_rules(monthly_budget="101 INR", time_zone="Asia/Kolkata")
    limited.clock = FakeClock(datetime(2026, 11, 30, 18, 29, tzinfo=UTC))
    first, second = [await _another(limited, no) for no in (1, 2)]
    await limited.approve(first)
    await limited.approve(second)
    assert (await _over(limited))["month"] == "2026-11"
    limited.clock.advance(60)
    await limited.approve(second)
    assert (await limited.now(second)).status is Status.APPROVED
    assert await _months(limited) == (("101", "0"), ("101", "0"))


async def _months(bench: Workbench) -> tuple[tuple[str, str], tuple[str, str]]:
    """What November and December have reserved and spent."""
    return await bench.month(), await bench.month(month="2026-12")


@pytest.fixture
def late(limited: Workbench) -> Workbench:
    """In the last minute of November."""
    limited.clock = FakeClock(datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    return limited


async def test_what_is_charged_counts_in_the_month_of_approval(late: Workbench) -> None:
    await late.an_approved_request()
    late.clock.advance(60)
    await late.run(Purchase)
    assert await _months(late) == (("0", "101"), ("0", "0"))


async def test_what_is_approved_anew_in_the_next_month_counts_there(late: Workbench) -> None:
    request = await late.an_approved_request()
    await late.switch()
    await late.switch(freezes=False)
    late.clock.advance(60)
    await late.approve(await late.now(request))
    assert await _months(late) == (("0", "0"), ("101", "0"))


# what cards say of the month


async def _month_shown(bench: Workbench) -> MonthTold | None:
    """As the card has it that is delivered next."""
    await bench.deliver()
    shown = [sent for sent in bench.messenger.sent if sent.how in ("post_card", "rewrite_card")][-1].one
    told = shown.cause.told
    assert isinstance(told, trail.Requested | trail.AskedAgain)
    return told.in_month


def _held(amount: str) -> MonthTold:
    """Of the 250 INR, and nothing spent yet."""
    reserved, budget = Money.of(amount), Money.of("250 INR")
    return MonthTold(month="2026-11", currency="INR", spent=Money.of("0 INR"), reserved=reserved, budget=budget)


async def test_a_card_says_what_was_left_when_the_number_was_asked_for(limited: Workbench) -> None:
    await limited.approve(await _another(limited, 1))
    await limited.deliver()
    await limited.ask()
    assert await _month_shown(limited) == _held("101 INR")


async def test_asked_again_a_card_says_what_is_left_with_what_it_held_itself_given_back(limited: Workbench) -> None:
    await limited.an_approved_request()
    await limited.switch()
    assert await _month_shown(limited) == _held("0 INR")


async def test_what_others_hold_afterwards_rewrites_no_other_card(limited: Workbench) -> None:
    pending, approved = [await _another(limited, no) for no in (1, 2)]
    await limited.approve(approved)
    await limited.deliver()
    assert {sent.one.request.id for sent in limited.messenger.took("rewrite_card")} == {approved.id}
    assert await limited.now(pending) == pending
