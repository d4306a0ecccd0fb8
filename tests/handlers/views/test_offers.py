"""Numbers and countries as lists offer them, and what is said about a search."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.domain.money import Money
from bot.domain.numbers import Listing
from bot.sandbox.slack.blocks import check_options
from handlers.countries import matching
from handlers.views import offers
from handlers.views.offers import NOTHING, Offer
from handlers.views.wording import money
from tests.harness.builders import NUMBER, a_listing

quick = hypothesis_settings(derandomize=True, deadline=None, max_examples=100)

FEES = "₹100 + ₹1 a month"
BOUND = a_listing(months=6, identity_check=True, trial=True, capabilities=("voice", "sms"), region="Mumbai")


@pytest.mark.parametrize(
    ("listing", "details"),
    [
        (a_listing(), f"Bengaluru · calls · {FEES}"),
        (
            replace(BOUND, capabilities=("sms",), minimum_commitment_months=0),
            f"Mumbai · SMS · {FEES} · ID check · trial",
        ),
        (a_listing(months=6, capabilities=("voice", "sms")), f"Bengaluru · calls, SMS · {FEES} · 6 months"),
        (a_listing(region=None, capabilities=None), f"India · {FEES}"),
        (a_listing(region=None, country=None), f"Elsewhere · calls · {FEES}"),
        (a_listing(None), "Bengaluru · calls · price not stated"),
        (a_listing(months=1), f"Bengaluru · calls · {FEES} · 1 month"),
    ],
)
def test_a_number_is_offered_with_place_abilities_fees_and_what_binds(listing: Listing, details: str) -> None:
    option: Any = offers.number_option(listing)
    assert (option["value"], option["text"]["text"]) == (NUMBER, "+91 80 6900 0142")
    assert option["description"]["text"] == details


amounts = st.decimals(min_value="0.000001", max_value="9223372036.775807", places=6).map(
    lambda amount: Money(amount, "INR")
)


@quick
@given(region=st.text(max_size=500), setup=amounts, monthly=amounts)
def test_a_price_is_offered_whole_however_long_the_place_is(region: str, setup: Money, monthly: Money) -> None:
    listing = Listing(
        e164=a_listing().e164, region=region, setup_fee=setup, monthly_fee=monthly, capabilities=("voice", "sms", "mms")
    )
    groups = offers.offered(Offer(country="IN", listings=[listing, listing], count=2, age=3600))
    assert check_options({"option_groups": [*groups]}) == []
    option: Any = offers.number_option(listing)
    assert option["description"]["text"].endswith(f"{money(setup)} + {money(monthly)} a month")


def test_what_binds_is_offered_however_dear_and_able_a_number_is() -> None:
    dear = replace(
        BOUND, setup_fee=Money.of("1234567.25 INR"), monthly_fee=Money.of("7654321.75 INR"), region="x" * 500
    )
    option: Any = offers.number_option(dear)
    assert option["description"]["text"].endswith(" a month · 6 months · ID check · trial")
    assert check_options({"options": [option]}) == []


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(60, "1 minute ago"), (119, "1 minute ago"), (180, "3 minutes ago"), (3600, "1 hour ago"), (9000, "2 hours ago")],
)
def test_an_age_is_said_in_whole_minutes_or_hours(seconds: float, said: str) -> None:
    assert offers.ago(seconds) == said


ONE = Offer(country="IN", listings=[a_listing()], count=1, on_sale=9)
NONE = Offer(country="IN", on_sale=9)


@pytest.mark.parametrize(
    ("offer", "said"),
    [
        (ONE, "1 number fits."),
        (replace(ONE, is_search=False), "1 number is on sale in India."),
        (
            replace(ONE, is_search=False, count=9),
            "9 numbers are on sale in India, 1 are listed: say more to see others.",
        ),
        (replace(ONE, count=1234), "1,234 numbers fit, 1 are listed: say more to see others."),
        (replace(ONE, is_whole=False, is_reading=True), "1 number fits so far; the rest is still being read."),
        (replace(ONE, is_whole=False), "1 number fits so far; Vobiz lists more than could be read."),
        (replace(ONE, age=60.0), "1 number fits. · As of 1 minute ago."),
        (
            replace(ONE, age=200.0, is_unread=True),
            "1 number fits. · As of 3 minutes ago, and Vobiz cannot be read just now.",
        ),
        (NONE, "No number fits. Try other digits or another country."),
        (replace(NONE, on_sale=0), "Nothing is on sale in India just now. Try another country."),
        (replace(NONE, too_dear=2), "What fits costs more than may be charged for one number."),
        (replace(NONE, unknown=["xyzzy"]), "“xyzzy” is not understood: try a city, digits or SMS."),
        (
            replace(NONE, unknown=["london"], elsewhere=["GB", "CA"]),
            "“london” is in United Kingdom and Canada: change the country.",
        ),
        (
            replace(NONE, is_whole=False, is_reading=True),
            "None of those read so far. Vobiz is still being read: look again in a moment.",
        ),
    ],
)
def test_what_a_search_came_to_is_said_in_a_line_and_in_a_list_without_numbers(offer: Offer, said: str) -> None:
    assert offers.found_words(offer) == said
    groups = offers.offered(offer)
    assert check_options({"option_groups": [*groups]}) == []
    assert (f"'value': '{NOTHING}'" in str(groups)) is (not offer.listings)


def test_every_country_can_be_offered() -> None:
    options = [offers.country_option(code) for code in matching("")]
    assert len(options) > 200
    for start in range(0, len(options), 100):
        assert check_options({"options": [*options[start : start + 100]]}) == []
