"""What cards say of the month: what it had left when the number was asked for."""

import pytest

from bot.domain import trail
from bot.domain.facts import MonthTold
from bot.domain.money import Money
from bot.domain.request import Status
from bot.services.letters import CardLetter
from bot.work.queue import Lane
from tests.harness.bench import Bench
from tests.harness.builders import a_request, some_rules

FULL = MonthTold(
    month="2026-11", currency="INR", spent=Money.of("0 INR"), reserved=Money.of("101 INR"), budget=Money.of("250 INR")
)
EMPTY = FULL.model_copy(update={"reserved": Money.of("0 INR")})


@pytest.fixture
def limited(bench: Bench) -> Bench:
    """250 INR a month: enough for two of the usual numbers."""
    bench.rules = some_rules(monthly_budget="250 INR")
    return bench


async def _month_shown(bench: Bench) -> MonthTold | None:
    """As the card has it that is delivered next."""
    await bench.run_due(Lane.TELL)
    shown = [sent for sent in bench.messenger.sent if sent.how in ("post_card", "rewrite_card")][-1].one
    told = shown.cause.told
    assert isinstance(told, trail.Requested | trail.AskedAgain)
    return told.in_month


async def test_a_card_says_what_was_left_when_the_number_was_asked_for(limited: Bench) -> None:
    await limited.approve(await limited.a_request(a_request(number="+918069000001"), ts="1.000003"))
    await limited.run_due(Lane.TELL)
    await limited.ask()
    assert await _month_shown(limited) == FULL


async def test_without_a_budget_it_says_nothing_of_it(bench: Bench) -> None:
    await bench.ask()
    assert await _month_shown(bench) is None


async def test_asked_again_it_says_what_is_left_then_with_what_it_held_itself_given_back(limited: Bench) -> None:
    request = await limited.an_approved_request()
    await limited.switch()
    assert (await limited.now(request)).status is Status.PENDING
    assert await _month_shown(limited) == EMPTY


async def test_what_others_hold_afterwards_rewrites_no_other_card(limited: Bench) -> None:
    pending = await limited.a_request(a_request(number="+918069000001"), ts="1.000003")
    approved = await limited.a_request(a_request(number="+918069000002"), ts="2.000003")
    await limited.approve(approved)
    await limited.run_due(Lane.TELL)
    assert {sent.one.request.id for sent in limited.messenger.took("rewrite_card")} == {approved.id}
    assert await limited.rows(CardLetter) == []
    assert await limited.now(pending) == pending
