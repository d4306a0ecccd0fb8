"""The two forms: what they ask, and what they remember."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import JsonValue
from syrupy.assertion import SnapshotAssertion

from bot.domain.money import Money
from bot.domain.numbers import Listing
from bot.domain.request import RequestId
from bot.domain.terms import Terms
from bot.sandbox.slack.blocks import check_options, check_view
from handlers.views import forms
from handlers.views.blocks import paragraph
from handlers.views.request import not_for_sale
from handlers.views.wording import countries, money
from tests.handlers.views.sight import sent, view_as_seen
from tests.harness.builders import ACCOUNT, CHANNEL, NUMBER, a_listing

quick = hypothesis_settings(derandomize=True, deadline=None, max_examples=100)

STATE = forms.PickerState(channel=CHANNEL, country="IN", digits="80")
BOUND = a_listing("500+750 INR", months=6, identity_check=True, trial=None, capabilities=("voice", "sms"))


def terms(listing: Listing, account: str = ACCOUNT) -> Terms:
    return Terms.offered(listing, account)


FORMS: Mapping[str, Mapping[str, JsonValue]] = {
    "deny": forms.deny_form(RequestId("5e" * 16), "d1" * 16),
    "deny a known number": forms.deny_form(RequestId("5e" * 16), "d1" * 16, NUMBER),
    "picker": forms.picker(STATE),
    "picker with terms": forms.picker(STATE, forms.offered_terms(BOUND, terms(BOUND))),
    "picker with terms of a sub-account": forms.picker(
        STATE, forms.offered_terms(a_listing(), terms(a_listing(), "SA_SUB1"))
    ),
    "picker with why not": forms.picker(STATE, [paragraph(not_for_sale("This number", "monthly fee"))]),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_form_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert view_as_seen(FORMS[name]) == snapshot
    assert check_view(sent(FORMS[name])) == []


def test_more_digits_than_a_number_has_are_not_filled_in() -> None:
    blocks = str(forms.picker(STATE.model_copy(update={"digits": "1" * 20}))["blocks"])
    assert f"'{'1' * 15}'" in blocks


def test_a_digest_counts_for_the_number_whose_terms_are_on_show_alone() -> None:
    state = STATE.model_copy(update={"shown": forms.ShownTerms(e164=NUMBER, digest="d1" * 16)})
    assert state.digest_of(NUMBER) == "d1" * 16
    assert state.digest_of("+918069000187") is None
    assert STATE.digest_of(NUMBER) is None


@pytest.mark.parametrize(
    ("listing", "details"),
    [
        (a_listing(), "Bengaluru, ₹100 + ₹1 a month"),
        (a_listing(region=None), "India, ₹100 + ₹1 a month"),
        (a_listing(region=None, country=None), "₹100 + ₹1 a month"),
        (a_listing(None), "Bengaluru, price not stated"),
    ],
)
def test_a_number_is_offered_with_its_place_and_its_fees(listing: Listing, details: str) -> None:
    option: Any = forms.number_option(listing)
    assert (option["value"], option["text"]["text"]) == (NUMBER, "+91 80 6900 0142")
    assert option["description"]["text"] == details


amounts = st.decimals(min_value=0, max_value="9223372036854.775807", places=6).map(lambda amount: Money(amount, "INR"))


@quick
@given(region=st.text(max_size=500), setup=amounts, monthly=amounts)
def test_a_price_is_offered_whole_however_long_the_place_is(region: str, setup: Money, monthly: Money) -> None:
    listing = Listing(e164=a_listing().e164, region=region, setup_fee=setup, monthly_fee=monthly)
    option: Any = forms.number_option(listing)
    assert check_options({"options": [option]}) == []
    assert option["description"]["text"].endswith(f"{money(setup)} + {money(monthly)} a month")


def test_every_country_can_be_offered() -> None:
    options = [forms.country_option(code) for code in countries("")]
    assert len(options) > 200
    for start in range(0, len(options), 100):
        assert check_options({"options": [*options[start : start + 100]]}) == []


def test_a_notice_is_no_number() -> None:
    option: Any = forms.notice_option("w" * 200)
    assert option["value"] == forms.NOTHING
    assert check_options({"options": [option]}) == []
