"""The team's rules: how many votes a charge needs, what is bought without any, and what a month may cost."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.money import Money
from bot.domain.rules import Rules
from bot.domain.terms import Terms
from tests.harness.builders import some_terms

NONE_SET = Rules()

SECOND = Rules(second_approval_above={"INR": Money.of("10000 INR"), "USD": Money.of("200 USD")})


@pytest.mark.parametrize(
    ("rules", "charge", "needed"),
    [
        (NONE_SET, "1000000 INR", 1),
        (SECOND, "0 INR", 1),
        (SECOND, "10000 INR", 1),
        (SECOND, "10000.000001 INR", 2),
        (SECOND, "200.01 USD", 2),
        (SECOND, "200.00 USD", 1),
        (SECOND, "0.01 EUR", 2),
        (Rules(second_approval_above={}), "0 INR", 2),
    ],
)
def test_a_charge_above_the_limit_or_in_an_unlisted_currency_needs_two(rules: Rules, charge: str, needed: int) -> None:
    assert rules.votes_needed(Money.of(charge)) == needed


AUTOMATIC = Rules(auto_approve_up_to={"INR": Money.of("101 INR")})


@pytest.mark.parametrize(
    ("rules", "terms", "automatic"),
    [
        (NONE_SET, some_terms("0+1 INR"), False),
        (AUTOMATIC, some_terms("100+1 INR"), True),
        (AUTOMATIC, some_terms("100.000001+1 INR"), False),
        (AUTOMATIC, some_terms("1+1 USD"), False),
        (AUTOMATIC, some_terms("1+1 INR", months=1), False),
        (AUTOMATIC, some_terms("1+1 INR", identity_check=True), False),
        (AUTOMATIC, some_terms("1+1 INR", trial=True), False),
        (AUTOMATIC, some_terms("1+1 INR", left_out=("trial",)), False),
    ],
    ids=["off", "up to it", "above it", "another currency", "commitment", "identity check", "trial", "left out"],
)
def test_only_a_small_charge_that_surely_binds_nobody_is_automatic(rules: Rules, terms: Terms, automatic: bool) -> None:
    assert rules.is_automatic(terms) is automatic


def test_a_currency_that_the_budget_does_not_name_has_none_left_and_without_a_budget_there_is_no_limit() -> None:
    rules = Rules(monthly_budget={"INR": Money.of("1000 INR")})
    assert rules.budget_in("INR") == Money.of("1000 INR")
    assert rules.budget_in("USD") == Money.of("0 USD")
    assert NONE_SET.budget_in("INR") is None


def test_the_month_turns_where_the_team_is() -> None:
    late = datetime(2026, 11, 30, 18, 30, tzinfo=UTC)
    assert NONE_SET.month(late) == "2026-11"
    assert Rules(time_zone=ZoneInfo("Asia/Kolkata")).month(late) == "2026-12"


def test_a_worker_has_a_purchase_to_itself_for_three_times_the_calls_own_deadline() -> None:
    assert Rules(vobiz_timeout=timedelta(seconds=7)).purchase_lease == timedelta(seconds=21)
