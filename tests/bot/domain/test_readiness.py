"""May the call leave? What the provider says right before, against what was approved."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.money import Money
from bot.domain.numbers import Listing, OwnedNumber
from bot.domain.readiness import AlreadyOurs, Changed, Gone, Reading, Ready, TooLittle, readiness
from bot.domain.request import Status
from tests.harness.builders import ACCOUNT, a_listing, a_request, an_owned_number, some_terms

quick = settings(derandomize=True, deadline=None, max_examples=150)

REQUEST = a_request("100+1 INR", status=Status.APPROVED)
LISTED = a_listing("100+1 INR")


def _reading(
    *,
    owned: OwnedNumber | None = None,
    listing: Listing | None = LISTED,
    account: str = ACCOUNT,
    available: str | None = "500",
    may_overdraw: bool = False,
) -> Reading:
    """On sale as approved, with money for it, unless said otherwise."""
    amount = None if available is None else Decimal(available)
    return Reading(owned=owned, listing=listing, account=account, available=amount, may_overdraw=may_overdraw)


def test_what_was_approved_is_on_sale_and_there_is_money() -> None:
    assert readiness(REQUEST, _reading()) == Ready(REQUEST.terms)


@pytest.mark.parametrize("status", ["active", "pending_purchase", "pending_release", None])
@pytest.mark.parametrize("listing", [LISTED, None], ids=["still listed", "not listed"])
def test_a_number_of_ours_is_not_bought_again_whatever_its_status(status: str | None, listing: Listing | None) -> None:
    reading = _reading(owned=an_owned_number(status=status), listing=listing, available="0")
    assert readiness(REQUEST, reading) == AlreadyOurs()


@pytest.mark.parametrize(
    ("listing", "gone"),
    [(None, Gone()), (a_listing(blocked=True), Gone("blocked")), (replace(LISTED, setup_fee=None), Gone("setup fee"))],
)
def test_a_number_that_is_not_listed_or_not_for_sale_is_gone(listing: Listing | None, gone: Gone) -> None:
    assert readiness(REQUEST, _reading(listing=listing)) == gone


@pytest.mark.parametrize(
    "listing",
    [
        a_listing("100.000001+1 INR"),
        a_listing("99+1 INR"),
        a_listing("100+2 INR"),
        a_listing("100+1 USD"),
        a_listing(months=12),
        a_listing(identity_check=True),
        a_listing(trial=True),
    ],
)
def test_any_change_of_the_terms_asks_again_also_for_the_better(listing: Listing) -> None:
    found = readiness(REQUEST, _reading(listing=listing))
    assert isinstance(found, Changed)
    assert found.terms.digest != REQUEST.terms.digest
    assert found.terms.setup_fee == listing.setup_fee


def test_another_account_than_the_approved_one_asks_again() -> None:
    found = readiness(REQUEST, _reading(account="SA_OTHER"))
    assert found == Changed(some_terms(account="SA_OTHER"))


def test_terms_written_otherwise_are_the_same_and_what_is_left_out_is_said() -> None:
    listing = a_listing("100.00+1.0 INR", months=None, identity_check=None, trial=None)
    left_out = ("minimum commitment", "identity check", "trial")
    assert readiness(REQUEST, _reading(listing=listing)) == Ready(some_terms("100.00+1.0 INR", left_out=left_out))


def test_changed_terms_matter_more_than_the_balance() -> None:
    assert isinstance(readiness(REQUEST, _reading(listing=a_listing("200+1 INR"), available="0")), Changed)


@pytest.mark.parametrize(
    ("available", "said"),
    [("100.999999", "100.999999 INR"), ("100.99999999", "100.999999 INR"), ("-12.50", "-12.5 INR")],
)
def test_a_balance_that_does_not_cover_the_charge_is_never_shown_as_more_than_it_is(available: str, said: str) -> None:
    expected = TooLittle(Money.of("101 INR"), Money.of(said))
    assert readiness(REQUEST, _reading(available=available)) == expected


@pytest.mark.parametrize(("available", "may_overdraw"), [("101.00", False), ("-1000", True), (None, False)])
def test_enough_money_an_overdraft_or_an_unread_balance_stop_nothing(available: str | None, may_overdraw: bool) -> None:
    assert readiness(REQUEST, _reading(available=available, may_overdraw=may_overdraw)) == Ready(REQUEST.terms)


@quick
@given(st.decimals(min_value=-(10**6), max_value=10**6, places=8))
def test_the_call_leaves_exactly_when_there_is_enough(available: Decimal) -> None:
    found = readiness(REQUEST, _reading(available=str(available)))
    assert isinstance(found, Ready) is (available >= 101)
