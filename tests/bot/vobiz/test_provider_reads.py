"""What the reads answer: inventory, own numbers, balance, login."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from decimal import Decimal

import pytest
from pydantic import JsonValue

from bot.domain.money import Money
from bot.domain.numbers import E164, e164
from bot.sandbox.vobiz import Edition, ReadMood, Says, Script, StockNumber, VobizStandIn, demo_inventory
from bot.services.ports import Provider, ProviderUnavailable
from bot.vobiz.client import Vobiz

NUMBER = e164("+918069000142")

ClientOf = Callable[..., Vobiz]


def _many(count: int, owner: str = "") -> list[StockNumber]:
    """Numbers +918069100000 and following."""
    return [
        StockNumber(id=f"many_{index}", e164=f"+9180691{index:05d}", country="IN", owner=owner)
        for index in range(count)
    ]


def _items(*items: dict[str, JsonValue]) -> Script:
    """A list's whole answer."""
    return Script(says=Says.BODY, body=json.dumps({"items": items, "total": len(items)}))


@pytest.fixture(params=list(Edition))
def edition(request: pytest.FixtureRequest, standin: VobizStandIn) -> Edition:
    chosen = Edition(request.param)
    standin.edition = chosen
    return chosen


def test_the_client_is_a_provider(vobiz: Vobiz) -> None:
    provider: Provider = vobiz
    assert provider.account == "MA_STANDIN"


async def test_find_reads_the_exact_number_in_either_edition(vobiz: Vobiz, edition: Edition) -> None:
    listing = await vobiz.find(NUMBER)
    assert listing is not None
    assert (listing.e164, listing.region) == (NUMBER, "Bengaluru")
    assert (listing.setup_fee, listing.monthly_fee) == (Money.of("100 INR"), Money.of("1 INR"))


async def test_find_tells_what_binds_the_buyer(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.change_terms(NUMBER, minimum_commitment_months=6, identity_check=True, trial=True)
    listing = await vobiz.find(NUMBER)
    assert listing is not None
    assert (listing.minimum_commitment_months, listing.identity_check, listing.trial) == (6, True, True)


async def test_find_leaves_unstated_terms_open_in_the_older_edition(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.edition = Edition.OLDER
    listing = await vobiz.find(NUMBER)
    assert listing is not None
    assert (listing.minimum_commitment_months, listing.identity_check, listing.trial) == (None, None, None)


async def test_find_keeps_the_digits_of_decimal_and_string_fees(vobiz: Vobiz) -> None:
    listing = await vobiz.find(E164("+12125550142"))
    assert listing is not None
    assert listing.setup_fee is not None
    assert listing.monthly_fee is not None
    assert (listing.setup_fee.plain(), listing.monthly_fee.plain()) == ("0.5", "0.9")


async def test_find_does_not_take_a_longer_number_for_the_one_asked_for(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.world.stock([StockNumber(id="long", e164="+91806900099", country="IN")])
    assert await vobiz.find(E164("+9180690009")) is None


async def test_find_says_that_a_number_is_blocked(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.world.change(replace(standin.world.numbers[NUMBER], blocked=True))
    listing = await vobiz.find(NUMBER)
    assert listing is not None
    assert listing.blocked


@pytest.mark.parametrize("fee", [-1, "abc", "1e400", "0.1234567", None, "NaN", "1_0", ""])
async def test_a_fee_that_is_no_exact_amount_counts_as_not_stated(
    standin: VobizStandIn, vobiz: Vobiz, fee: int | str | None
) -> None:
    standin.world.change(replace(standin.world.numbers[NUMBER], setup_fee=fee))
    listing = await vobiz.find(NUMBER)
    assert listing is not None
    assert listing.setup_fee is None


@pytest.mark.parametrize("fee", [-1, "abc", "1e400", "0.1234567", "NaN", "1_0", True])
async def test_a_fee_that_cannot_be_right_is_told_from_one_that_is_not_stated(
    standin: VobizStandIn, vobiz: Vobiz, fee: int | str
) -> None:
    standin.world.change(replace(standin.world.numbers[NUMBER], monthly_fee=fee))
    listing = await vobiz.find(NUMBER)
    assert listing is not None
    assert (listing.states_currency, listing.misstates_fees) == (True, True)


@pytest.mark.parametrize("fee", [None, "", " "])
async def test_a_fee_that_is_not_stated_is_no_fee_that_cannot_be_right(
    standin: VobizStandIn, vobiz: Vobiz, fee: str | None
) -> None:
    standin.world.change(replace(standin.world.numbers[NUMBER], monthly_fee=fee))
    listing = await vobiz.find(NUMBER)
    assert listing is not None
    assert (listing.monthly_fee, listing.states_currency, listing.misstates_fees) == (None, True, False)


@pytest.mark.parametrize("currency", [None, "", "rupees"])
async def test_a_listing_without_a_currency_says_that_it_is_the_currency_that_is_missing(
    standin: VobizStandIn, vobiz: Vobiz, currency: str | None
) -> None:
    standin.world.change(replace(standin.world.numbers[NUMBER], currency=currency))
    listing = await vobiz.find(NUMBER)
    assert listing is not None
    assert (listing.setup_fee, listing.states_currency, listing.misstates_fees) == (None, False, False)


@pytest.mark.parametrize("status", ["Active", "ACTIVE", " active "])
async def test_a_number_on_sale_is_on_sale_however_its_status_is_written(
    standin: VobizStandIn, vobiz: Vobiz, status: str
) -> None:
    standin.next_read(_items({"e164": NUMBER, "status": status}))
    assert await vobiz.find(NUMBER) is not None


@pytest.mark.parametrize("country", [None, "", "India", "in"])
async def test_a_country_that_is_not_stated_by_its_code_is_the_numbers_own(
    standin: VobizStandIn, vobiz: Vobiz, country: str | None
) -> None:
    items = _items({"e164": NUMBER, "country": country}, {"e164": "+12125550142"})
    standin.next_read(items, times=2)
    listing = await vobiz.find(NUMBER)
    assert listing is not None
    assert listing.country == "IN"
    standin.next_read(items, times=2)
    assert [found.e164 for found in (await vobiz.browse(country="IN")).listings] == [NUMBER]


async def test_a_number_of_no_country_is_found_and_has_none(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.next_read(_items({"e164": "+80012345678", "country": "World"}))
    listing = await vobiz.find(E164("+80012345678"))
    assert listing is not None
    assert listing.country is None


async def test_a_number_with_an_unreadable_obligation_is_not_offered(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.change_terms(NUMBER, minimum_commitment_months=-3)
    with pytest.raises(ProviderUnavailable, match="unreadable"):
        await vobiz.find(NUMBER)
    assert [listing.e164 for listing in (await vobiz.browse(country=None)).listings] == ["+12125550142"]


async def test_find_walks_an_inventory_that_cannot_be_searched(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.edition = Edition.OLDER
    standin.world.stock(_many(250))
    await vobiz.learn_casing()
    assert await vobiz.find(E164("+918069100249")) is not None
    assert await vobiz.find(E164("+918069100999")) is None


async def test_find_cannot_say_a_number_is_gone_when_the_server_repeats_a_page(
    standin: VobizStandIn, vobiz: Vobiz
) -> None:
    standin.edition = Edition.OLDER
    standin.world.stock(_many(250))
    await vobiz.learn_casing()
    standin.every_read(ReadMood.REPEATS_PAGES, route="inventory")
    with pytest.raises(ProviderUnavailable, match="incomplete"):
        await vobiz.find(E164("+918069100999"))
    assert sum(call.route == "inventory" for call in standin.read_calls) <= 4


async def test_find_ends_where_the_pages_end_when_the_total_lies(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.every_read(ReadMood.LIES_ABOUT_TOTALS)
    assert await vobiz.find(E164("+918069100999")) is None
    assert len(standin.read_calls) <= 3


async def test_browse_filters_country_and_digits_in_either_edition(
    standin: VobizStandIn, vobiz: Vobiz, edition: Edition
) -> None:
    standin.world.stock(demo_inventory())
    page = await vobiz.browse(country="IN", digits="98765")
    assert [listing.e164 for listing in page.listings] == ["+919876543210", "+919876543265"]
    assert not page.has_more


async def test_browse_does_not_offer_blocked_numbers(standin: VobizStandIn, vobiz: Vobiz) -> None:
    blocked = {number.e164 for number in demo_inventory() if number.blocked}
    standin.world.stock(demo_inventory())
    page = await vobiz.browse(country="IN")
    assert blocked
    assert not blocked & {listing.e164 for listing in page.listings}


async def test_browse_pages_through_the_whole_inventory_once(
    standin: VobizStandIn, vobiz: Vobiz, edition: Edition
) -> None:
    standin.world.stock(_many(230))
    pages = [await vobiz.browse(country="IN", digits="80691", page=page) for page in (1, 2, 3)]
    assert [page.has_more for page in pages] == [True, True, False]
    found = [listing.e164 for page in pages for listing in page.listings]
    assert sorted(found) == [number.e164 for number in _many(230)]


async def test_browse_searches_the_digits_of_what_was_typed(standin: VobizStandIn, vobiz: Vobiz) -> None:
    page = await vobiz.browse(country=None, digits="+91 80-6900")
    assert [listing.e164 for listing in page.listings] == [NUMBER]
    assert standin.read_calls[-1].query["search"] == "91806900"


async def test_a_number_we_own_is_found_among_many_in_either_edition(
    standin: VobizStandIn, vobiz: Vobiz, edition: Edition
) -> None:
    standin.world.stock(_many(250, standin.master.auth_id))
    number = await vobiz.owned(E164("+918069100249"))
    assert number is not None
    assert (number.owner, number.is_usable) == (standin.master.auth_id, True)


@pytest.mark.parametrize("count", [0, 1, 20, 25, 99, 100, 101, 200, 250])
async def test_not_owned_is_said_after_the_whole_list_was_seen(
    standin: VobizStandIn, vobiz: Vobiz, edition: Edition, count: int
) -> None:
    standin.world.stock(_many(count, standin.master.auth_id))
    assert await vobiz.owned(NUMBER) is None


async def test_a_lying_total_leaves_open_whether_a_number_is_ours(
    standin: VobizStandIn, vobiz: Vobiz, edition: Edition
) -> None:
    standin.every_read(ReadMood.LIES_ABOUT_TOTALS, route="own_numbers")
    with pytest.raises(ProviderUnavailable, match="incomplete"):
        await vobiz.owned(NUMBER)


async def test_a_list_stuck_on_its_first_page_leaves_open_whether_a_number_is_ours(
    standin: VobizStandIn, vobiz: Vobiz
) -> None:
    standin.edition = Edition.OLDER
    standin.world.stock(_many(250, standin.master.auth_id))
    await vobiz.learn_casing()
    standin.every_read(ReadMood.REPEATS_PAGES, route="own_numbers")
    with pytest.raises(ProviderUnavailable, match="incomplete"):
        await vobiz.owned(NUMBER)
    assert len(standin.read_calls) <= 5


async def test_a_number_of_ours_that_is_not_usable_is_told_with_its_status(standin: VobizStandIn, vobiz: Vobiz) -> None:
    pending = replace(standin.world.numbers[NUMBER], owner=standin.master.auth_id, status="pending_purchase")
    standin.world.change(pending)
    number = await vobiz.owned(NUMBER)
    assert number is not None
    assert (number.status, number.is_usable) == ("pending_purchase", False)


@pytest.mark.parametrize("others_first", [True, False])
async def test_a_number_that_is_listed_for_a_sub_account_too_is_told_as_ours(
    standin: VobizStandIn, vobiz: Vobiz, *, others_first: bool
) -> None:
    ours = replace(standin.world.numbers[NUMBER], owner=standin.master.auth_id)
    subs = replace(ours, id="num_1b", owner=standin.sub.auth_id)
    first, second = (subs, ours) if others_first else (ours, subs)
    standin.world.numbers |= {NUMBER: first, f"{NUMBER} again": second}
    number = await vobiz.owned(NUMBER)
    assert number is not None
    assert number.owner == standin.master.auth_id


async def test_a_number_of_a_sub_account_is_told_as_its_own(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.world.change(replace(standin.world.numbers[NUMBER], owner=standin.sub.auth_id))
    number = await vobiz.owned(NUMBER)
    assert number is not None
    assert number.owner == standin.sub.auth_id


async def test_a_number_of_a_sub_account_does_not_tell_that_none_is_ours_before_the_whole_list_was_seen(
    standin: VobizStandIn, vobiz: Vobiz
) -> None:
    standin.world.change(replace(standin.world.numbers[NUMBER], owner=standin.sub.auth_id))
    standin.every_read(ReadMood.LIES_ABOUT_TOTALS, route="own_numbers")
    with pytest.raises(ProviderUnavailable, match="incomplete"):
        await vobiz.owned(NUMBER)


async def test_a_number_that_was_released_is_not_ours(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.next_read(_items({"e164": NUMBER, "status": "Released", "account_id": standin.master.auth_id}))
    assert await vobiz.owned(NUMBER) is None


@pytest.mark.parametrize("status", ["pending_release", "pending_purchase", "blocked", "suspended"])
async def test_a_number_in_any_other_state_is_still_ours(standin: VobizStandIn, vobiz: Vobiz, status: str) -> None:
    standin.next_read(_items({"e164": NUMBER, "status": status, "account_id": standin.master.auth_id}))
    number = await vobiz.owned(NUMBER)
    assert number is not None
    assert (number.status, number.is_usable) == (status, False)


async def test_a_released_number_that_was_bought_again_is_ours(standin: VobizStandIn, vobiz: Vobiz) -> None:
    mine = {"e164": NUMBER, "account_id": standin.master.auth_id}
    standin.next_read(_items({**mine, "id": "1", "status": "released"}, {**mine, "id": "2", "status": "active"}))
    number = await vobiz.owned(NUMBER)
    assert number is not None
    assert number.id == "2"


async def test_own_numbers_are_listed_whole(standin: VobizStandIn, vobiz: Vobiz, edition: Edition) -> None:
    standin.world.stock(_many(230, standin.master.auth_id))
    assert len(await vobiz.own_numbers()) == 230


async def test_a_bought_number_says_when(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.our_people_buy_in_the_console(NUMBER)
    number = await vobiz.owned(NUMBER)
    assert number is not None
    assert number.purchased_at is not None
    assert number.purchased_at.tzinfo is UTC
    assert number.purchased_at == number.last_billing_at == standin.sales[0].at
    assert number.next_billing_at is not None


async def test_lists_that_lag_show_the_number_once_released(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.hold_lists()
    standin.our_people_buy_in_the_console(NUMBER)
    assert await vobiz.owned(NUMBER) is None
    assert await vobiz.find(NUMBER) is not None
    standin.release_lists()
    assert await vobiz.owned(NUMBER) is not None
    assert await vobiz.find(NUMBER) is None


async def test_the_balance_is_exact(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.set_balance("INR", "1234.1")
    balance = await vobiz.balance("INR")
    assert balance is not None
    assert (balance.available, balance.may_overdraw) == (Decimal("1234.1"), False)


@pytest.mark.parametrize(
    ("is_postpaid", "soft", "expected"), [(True, True, True), (True, False, False), (False, True, False)]
)
async def test_only_postpaid_with_a_soft_limit_may_overdraw(
    standin: VobizStandIn, vobiz: Vobiz, is_postpaid: bool, soft: bool, expected: bool
) -> None:
    standin.set_balance("INR", -5, is_postpaid=is_postpaid, soft_limit=soft)
    balance = await vobiz.balance("INR")
    assert balance is not None
    assert balance.may_overdraw is expected


async def test_a_sub_account_cannot_read_its_masters_balance(standin: VobizStandIn, client_of: ClientOf) -> None:
    assert await client_of(standin.sub).balance("INR") is None


async def test_a_sub_accounts_own_balance_is_not_what_pays(standin: VobizStandIn, client_of: ClientOf) -> None:
    standin.let_sub_account_read_its_own("INR", 0)
    assert await client_of(standin.sub).balance("INR") is None


async def test_an_account_without_that_balance_has_none_to_read(vobiz: Vobiz) -> None:
    assert await vobiz.balance("JPY") is None
