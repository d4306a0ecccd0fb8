"""Terms: equal offers have equal digests, and any change that costs or binds shows in the digest."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.money import Money
from bot.domain.numbers import Listing, e164
from bot.domain.terms import IMPOSSIBLE_FEES, NotForSale, Terms
from tests.harness.builders import ACCOUNT, a_listing, some_terms

quick = settings(derandomize=True, deadline=None, max_examples=150)

MICROS = st.integers(min_value=0, max_value=10**12)


@st.composite
def _terms(draw: st.DrawFn) -> Terms:
    """From few values, so that equal terms come up often."""
    currency = draw(st.sampled_from(["INR", "USD"]))
    fees = st.sampled_from(["0", "1", "1.00", "1.000000", "1E+1", "10", "10.5"])
    return Terms(
        e164=e164(draw(st.sampled_from(["+918069000142", "+918069000143"]))),
        account=draw(st.sampled_from(["MA_1", "SA_1"])),
        setup_fee=Money(Decimal(draw(fees)), currency),
        monthly_fee=Money(Decimal(draw(fees)), currency),
        minimum_commitment_months=draw(st.sampled_from([0, 12])),
        identity_check=draw(st.booleans()),
        trial=draw(st.booleans()),
        left_out=draw(st.sampled_from([(), ("trial",)])),
    )


@quick
@given(_terms(), _terms())
def test_two_digests_are_equal_exactly_when_the_terms_are(one: Terms, other: Terms) -> None:
    same = replace(one, left_out=()) == replace(other, left_out=())
    assert (one.digest == other.digest) is same


@pytest.mark.parametrize("fees", ["100.0+1 INR", "100+1.000 INR", "1E2+1.0 INR", "100.000000+1.00 INR"])
def test_trailing_zeros_and_exponents_do_not_change_the_digest(fees: str) -> None:
    assert some_terms(fees).digest == some_terms("100+1 INR").digest


@pytest.mark.parametrize(("months", "committed"), [(0, "150"), (1, "150"), (12, "700")])
def test_buying_commits_to_the_setup_fee_and_every_month_of_the_commitment_one_at_least(
    months: int, committed: str
) -> None:
    assert some_terms("100+50 INR", months=months).committed.plain() == committed


def test_a_commitment_whose_sum_cannot_be_kept_is_not_for_sale() -> None:
    with pytest.raises(NotForSale) as reason:
        Terms.offered(a_listing("1+5000 INR", months=2**31 - 1), ACCOUNT)
    assert reason.value.missing == IMPOSSIBLE_FEES


OTHER_TERMS = {
    "the number": some_terms(number="+918069000143"),
    "the account": some_terms(account="SA_OTHER"),
    "the setup fee": some_terms("100.000001+1 INR"),
    "the monthly fee": some_terms("100+1.000001 INR"),
    "what is due now and what monthly": some_terms("1+100 INR"),
    "the currency": some_terms("100+1 USD"),
    "the commitment": some_terms(months=1),
    "the identity check": some_terms(identity_check=True),
    "the trial": some_terms(trial=True),
}


@pytest.mark.parametrize("changed", OTHER_TERMS.values(), ids=OTHER_TERMS)
def test_the_digest_changes_with(changed: Terms) -> None:
    assert changed.digest != some_terms().digest


def test_the_digest_is_the_same_in_every_version_since_buttons_carry_it() -> None:
    assert some_terms("100.50+1 INR", months=12, identity_check=True).digest == "7f2ba92c852a3bd48cbe7bb158096e34"


@quick
@given(MICROS, MICROS)
@example(0, 0)
def test_the_charge_is_setup_and_first_month_and_the_first_year_twelve_of_them(setup: int, monthly: int) -> None:
    terms = replace(
        some_terms(), setup_fee=Money.from_micros(setup, "INR"), monthly_fee=Money.from_micros(monthly, "INR")
    )
    assert terms.charge.micros == setup + monthly
    assert terms.first_year.micros == setup + 12 * monthly


def test_fees_of_two_currencies_are_no_terms() -> None:
    with pytest.raises(ValueError, match="one currency"):
        replace(some_terms(), monthly_fee=Money.of("1 USD"))


def test_what_a_listing_offers_are_its_terms_for_the_paying_account() -> None:
    listing = a_listing("100.50+1 INR", months=12, identity_check=True, trial=True)
    terms = some_terms("100.50+1 INR", account="SA_1", months=12, identity_check=True, trial=True)
    assert Terms.offered(listing, "SA_1") == terms
    assert Terms.offered(a_listing("0+0 INR"), ACCOUNT) == some_terms("0+0 INR")


def test_terms_that_a_listing_leaves_out_bind_nobody_and_are_named() -> None:
    terms = Terms.offered(a_listing(months=None, identity_check=None, trial=None), ACCOUNT)
    assert terms.left_out == ("minimum commitment", "identity check", "trial")
    assert replace(terms, left_out=()) == some_terms()
    assert terms.digest == some_terms().digest


NOT_FOR_SALE: list[tuple[Listing, str]] = [
    (a_listing(blocked=True), "blocked"),
    (replace(a_listing(), setup_fee=None), "setup fee"),
    (replace(a_listing(), monthly_fee=None), "monthly fee"),
    (replace(a_listing(None), states_currency=False), "currency"),
    (a_listing("100+800000000000 INR"), IMPOSSIBLE_FEES),
    (replace(a_listing(), monthly_fee=None, misstates_fees=True), IMPOSSIBLE_FEES),
]


@pytest.mark.parametrize(("listing", "missing"), NOT_FOR_SALE)
def test_a_listing_that_cannot_be_requested_says_why(listing: Listing, missing: str) -> None:
    with pytest.raises(NotForSale) as refused:
        Terms.offered(listing, ACCOUNT)
    assert refused.value.missing == missing
