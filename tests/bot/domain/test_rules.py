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
    ("rules", "committed", "needed"),
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
def test_what_commits_to_more_than_the_limit_or_in_an_unlisted_currency_needs_two(
    rules: Rules, committed: str, needed: int
) -> None:
    assert rules.votes_needed(Money.of(committed)) == needed


@pytest.mark.parametrize(
    ("rules", "charge", "may_be"),
    [
        (NONE_SET, "1000000 INR", True),
        (Rules(max_charge={"INR": Money.of("101 INR")}), "101.00 INR", True),
        (Rules(max_charge={"INR": Money.of("101 INR")}), "101.000001 INR", False),
        (Rules(max_charge={"INR": Money.of("101 INR")}), "0 USD", False),
    ],
)
def test_no_charge_is_above_the_most_or_in_a_currency_without_one(rules: Rules, charge: str, *, may_be: bool) -> None:
    assert rules.may_charge(Money.of(charge)) is may_be


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


@pytest.mark.parametrize(
    ("zone", "moment", "begins", "ends"),
    [
        ("UTC", "2026-11-29T12:00", "2026-11-29T00:00", "2026-11-30T00:00"),
        ("UTC", "2026-11-29T00:00", "2026-11-29T00:00", "2026-11-30T00:00"),
        ("Asia/Kolkata", "2026-11-29T18:29", "2026-11-28T18:30", "2026-11-29T18:30"),
        ("Asia/Kolkata", "2026-11-29T18:30", "2026-11-29T18:30", "2026-11-30T18:30"),
        ("America/New_York", "2026-11-01T12:00", "2026-11-01T04:00", "2026-11-02T05:00"),
        ("Africa/Cairo", "2026-04-24T12:00", "2026-04-23T22:00", "2026-04-24T21:00"),
    ],
    ids=["noon", "midnight", "before it turns", "as it turns", "a day of 25 hours", "a day that begins at one o'clock"],
)
def test_the_day_turns_where_the_team_is(zone: str, moment: str, begins: str, ends: str) -> None:
    day = Rules(time_zone=ZoneInfo(zone)).day(datetime.fromisoformat(f"{moment}+00:00"))
    assert [turn.isoformat()[:16] for turn in day] == [begins, ends]


def test_a_worker_has_a_purchase_to_itself_for_three_times_the_calls_own_deadline() -> None:
    assert Rules(vobiz_timeout=timedelta(seconds=7)).purchase_lease == timedelta(seconds=21)


@pytest.mark.parametrize(
    ("committed", "needed"),
    [(("10000 INR", "200 USD"), 1), (("10000 INR", "200.01 USD"), 2), (("1 INR", "1 USD", "1 EUR"), 2)],
)
def test_of_the_sums_of_several_currencies_one_is_enough_to_need_two(committed: tuple[str, ...], needed: int) -> None:
    assert SECOND.votes_needed(*map(Money.of, committed)) == needed


def test_what_is_decided_together_is_automatic_when_its_sum_is_small_and_none_of_it_binds() -> None:
    half, more, bound = some_terms("50+0.50 INR"), some_terms("50+0.51 INR"), some_terms("1+1 INR", months=1)
    assert AUTOMATIC.is_automatic(half, half)
    for together in ([half, more], [half, bound], [half, some_terms("1+1 USD")]):
        assert not AUTOMATIC.is_automatic(*together)
