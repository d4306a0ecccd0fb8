"""What the reads answer: inventory, own numbers, balance."""

from dataclasses import replace
from datetime import UTC
from decimal import Decimal

import pytest
from pydantic import JsonValue

from bot.domain.money import Money
from bot.domain.numbers import E164, Listing, OwnedNumber
from bot.sandbox.vobiz import Edition, ReadMood, Script, StockNumber, VobizStandIn, demo_inventory
from bot.services.ports import Balance, ProviderUnavailable
from bot.vobiz.client import Vobiz
from tests.bot.vobiz.conftest import NUMBER, ClientOf, answer

AMERICAN = E164("+12125550142")
BINDING = {Edition.NEWEST: (6, True, True), Edition.OLDER: (None, None, None)}


def _many(count: int, owner: str = "") -> list[StockNumber]:
    """Numbers +918069100000 and following."""
    return [
        StockNumber(id=f"many_{index}", e164=f"+9180691{index:05d}", country="IN", owner=owner)
        for index in range(count)
    ]


def _items(*items: dict[str, JsonValue]) -> Script:
    """A list's whole answer."""
    return answer({"items": items, "total": len(items)})


async def _found(vobiz: Vobiz, number: E164 = NUMBER) -> Listing:
    listing = await vobiz.find(number)
    assert listing is not None
    return listing


async def _owned(vobiz: Vobiz, number: E164 = NUMBER) -> OwnedNumber:
    owned = await vobiz.owned(number)
    assert owned is not None
    return owned


async def test_find_reads_the_exact_number_and_what_binds_its_buyer_where_the_edition_states_it(
    standin: VobizStandIn, vobiz: Vobiz, edition: Edition
) -> None:
    standin.change_terms(NUMBER, minimum_commitment_months=6, identity_check=True, trial=True)
    listing = await _found(vobiz)
    assert (listing.e164, listing.region) == (NUMBER, "Bengaluru")
    assert (listing.setup_fee, listing.monthly_fee) == (Money.of("100 INR"), Money.of("1 INR"))
    assert (listing.minimum_commitment_months, listing.identity_check, listing.trial) == BINDING[edition]


async def test_find_keeps_the_digits_of_fees_and_takes_no_longer_number(standin: VobizStandIn, vobiz: Vobiz) -> None:
    listing = await _found(vobiz, AMERICAN)
    assert [fee and fee.plain() for fee in (listing.setup_fee, listing.monthly_fee)] == ["0.5", "0.9"]
    standin.world.stock([StockNumber(id="long", e164="+91806900099", country="IN")])
    assert await vobiz.find(E164("+9180690009")) is None


@pytest.mark.parametrize(
    ("fee", "is_stated"),
    [
        *[(mistaken, True) for mistaken in (-1, "abc", "1e400", "0.1234567", "NaN", "1_0", True)],
        *[(nothing, False) for nothing in (None, "", " ")],
    ],
)
async def test_a_fee_that_is_no_exact_amount_is_none_and_told_from_one_that_is_not_stated(
    standin: VobizStandIn, vobiz: Vobiz, fee: int | str | None, is_stated: bool
) -> None:
    number = standin.world.numbers[NUMBER]
    standin.world.change(replace(number, setup_fee=fee))
    listing = await _found(vobiz)
    assert (listing.setup_fee, listing.states_currency, listing.misstates_fees) == (None, True, is_stated)
    standin.world.change(replace(number, monthly_fee=fee))
    listing = await _found(vobiz)
    assert (listing.monthly_fee, listing.states_currency, listing.misstates_fees) == (None, True, is_stated)


@pytest.mark.parametrize("currency", [None, "", "rupees"])
async def test_a_listing_without_a_currency_says_that_it_is_the_currency_that_is_missing(
    standin: VobizStandIn, vobiz: Vobiz, currency: str | None
) -> None:
    standin.world.change(replace(standin.world.numbers[NUMBER], currency=currency))
    listing = await _found(vobiz)
    assert (listing.setup_fee, listing.states_currency, listing.misstates_fees) == (None, False, False)


@pytest.mark.parametrize("status", ["Active", "ACTIVE", " active "])
async def test_a_number_is_on_sale_however_that_is_written(standin: VobizStandIn, vobiz: Vobiz, status: str) -> None:
    standin.next_read(_items({"e164": NUMBER, "status": status}))
    assert await vobiz.find(NUMBER) is not None


@pytest.mark.parametrize("country", [None, "", "India", "in"])
async def test_a_country_that_is_not_stated_by_its_code_is_the_numbers_own(
    standin: VobizStandIn, vobiz: Vobiz, country: str | None
) -> None:
    standin.every_read(_items({"e164": NUMBER, "country": country}, {"e164": AMERICAN}))
    assert (await _found(vobiz)).country == "IN"
    assert [found.e164 for found in (await vobiz.browse(country="IN")).listings] == [NUMBER]


@pytest.mark.parametrize(("told", "may_lack"), [({}, True), ({"total": 100}, False), ({"page": 7, "total": 900}, True)])
async def test_a_full_page_of_a_list_whose_end_is_not_told_may_not_be_all_of_it(
    standin: VobizStandIn, vobiz: Vobiz, told: dict[str, JsonValue], may_lack: bool
) -> None:
    entries: list[JsonValue] = [{"e164": f"+9180690{no:05}", "country": "IN"} for no in range(100)]
    standin.every_read(answer({"items": entries, **told}))
    assert (await vobiz.browse(country="IN")).may_lack == may_lack


async def test_a_number_of_no_country_is_found_and_has_none(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.next_read(_items({"e164": "+80012345678", "country": "World"}))
    assert (await _found(vobiz, E164("+80012345678"))).country is None


async def test_a_number_with_an_unreadable_obligation_is_not_offered(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.change_terms(NUMBER, minimum_commitment_months=-3)
    with pytest.raises(ProviderUnavailable, match="unreadable"):
        await vobiz.find(NUMBER)
    assert [listing.e164 for listing in (await vobiz.browse(country=None)).listings] == [AMERICAN]


async def test_a_blocked_number_is_found_as_blocked_and_not_offered(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.world.change(replace(standin.world.numbers[NUMBER], blocked=True))
    assert (await _found(vobiz)).blocked
    assert [listing.e164 for listing in (await vobiz.browse(country=None)).listings] == [AMERICAN]


async def test_an_inventory_that_cannot_be_searched_is_walked_and_one_that_repeats_a_page_tells_of_no_number_gone(
    standin: VobizStandIn, vobiz: Vobiz
) -> None:
    standin.edition = Edition.OLDER
    standin.world.stock(_many(250))
    await vobiz.learn_casing()
    assert await vobiz.find(E164("+918069100249")) is not None
    assert await vobiz.find(E164("+918069100999")) is None
    standin.every_read(ReadMood.REPEATS_PAGES, route="inventory")
    before = len(standin.read_calls)
    with pytest.raises(ProviderUnavailable, match="incomplete"):
        await vobiz.find(E164("+918069100999"))
    assert len(standin.read_calls) - before <= 4


async def test_find_ends_where_the_pages_end_when_the_total_lies(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.every_read(ReadMood.LIES_ABOUT_TOTALS)
    assert await vobiz.find(E164("+918069100999")) is None
    assert len(standin.read_calls) <= 3


@pytest.mark.usefixtures("edition")
async def test_browse_filters_country_and_digits_in_either_edition(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.world.stock(demo_inventory())
    page = await vobiz.browse(country="IN", digits="98765")
    assert [listing.e164 for listing in page.listings] == ["+919876543210", "+919876543265"]
    assert not page.has_more


@pytest.mark.usefixtures("edition")
async def test_browse_pages_through_the_whole_inventory_once(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.world.stock(_many(230))
    pages = [await vobiz.browse(country="IN", digits="80691", page=page) for page in (1, 2, 3)]
    assert [page.has_more for page in pages] == [True, True, False]
    found = [listing.e164 for page in pages for listing in page.listings]
    assert sorted(found) == [number.e164 for number in _many(230)]


async def test_browse_searches_the_digits_of_what_was_typed(standin: VobizStandIn, vobiz: Vobiz) -> None:
    page = await vobiz.browse(country=None, digits="+91 80-6900")
    assert [listing.e164 for listing in page.listings] == [NUMBER]
    assert standin.read_calls[-1].query["search"] == "91806900"


@pytest.mark.usefixtures("edition")
async def test_numbers_we_own_are_found_among_many_and_listed_whole(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.world.stock(_many(250, standin.master.auth_id))
    number = await _owned(vobiz, E164("+918069100249"))
    assert (number.owner, number.is_usable) == (standin.master.auth_id, True)
    assert len((await vobiz.own_numbers()).numbers) == 250


@pytest.mark.usefixtures("edition")
@pytest.mark.parametrize("count", [0, 1, 20, 25, 99, 100, 101, 200, 250])
async def test_not_owned_is_said_after_the_whole_list_was_seen(standin: VobizStandIn, vobiz: Vobiz, count: int) -> None:
    standin.world.stock(_many(count, standin.master.auth_id))
    assert await vobiz.owned(NUMBER) is None


@pytest.mark.usefixtures("edition")
async def test_a_lying_total_leaves_open_whether_a_number_is_ours(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.every_read(ReadMood.LIES_ABOUT_TOTALS, route="own_numbers")
    with pytest.raises(ProviderUnavailable, match="incomplete"):
        await vobiz.owned(NUMBER)


async def test_a_list_that_is_stuck_leaves_open_whether_it_is_ours(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.edition = Edition.OLDER
    standin.world.stock(_many(250, standin.master.auth_id))
    await vobiz.learn_casing()
    standin.every_read(ReadMood.REPEATS_PAGES, route="own_numbers")
    with pytest.raises(ProviderUnavailable, match="incomplete"):
        await vobiz.owned(NUMBER)
    assert len(standin.read_calls) <= 5


@pytest.mark.parametrize("others_first", [True, False])
async def test_a_number_that_is_listed_for_a_sub_account_too_is_told_as_ours(
    standin: VobizStandIn, vobiz: Vobiz, *, others_first: bool
) -> None:
    ours = replace(standin.world.numbers[NUMBER], owner=standin.master.auth_id)
    subs = replace(ours, id="num_1b", owner=standin.sub.auth_id)
    first, second = (subs, ours) if others_first else (ours, subs)
    standin.world.numbers |= {NUMBER: first, f"{NUMBER} again": second}
    assert (await _owned(vobiz)).owner == standin.master.auth_id


async def test_a_sub_accounts_number_is_told_once_the_whole_list_was_seen(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.world.change(replace(standin.world.numbers[NUMBER], owner=standin.sub.auth_id))
    assert (await _owned(vobiz)).owner == standin.sub.auth_id
    standin.every_read(ReadMood.LIES_ABOUT_TOTALS, route="own_numbers")
    with pytest.raises(ProviderUnavailable, match="incomplete"):
        await vobiz.owned(NUMBER)


@pytest.mark.parametrize("status", ["pending_release", "pending_purchase", "blocked", "suspended"])
async def test_a_number_in_any_other_state_is_still_ours(standin: VobizStandIn, vobiz: Vobiz, status: str) -> None:
    standin.next_read(_items({"e164": NUMBER, "status": status, "account_id": standin.master.auth_id}))
    number = await _owned(vobiz)
    assert (number.status, number.is_usable) == (status, False)


async def test_a_released_number_is_ours_once_it_is_bought_again(standin: VobizStandIn, vobiz: Vobiz) -> None:
    mine = {"e164": NUMBER, "account_id": standin.master.auth_id}
    standin.next_read(_items({**mine, "status": "Released"}))
    assert await vobiz.owned(NUMBER) is None
    standin.next_read(_items({**mine, "id": "1", "status": "released"}, {**mine, "id": "2", "status": "active"}))
    assert (await _owned(vobiz)).id == "2"


async def test_a_bought_number_says_when(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.our_people_buy_in_the_console(NUMBER)
    number = await _owned(vobiz)
    assert number.purchased_at == number.last_billing_at == standin.sales[0].at
    assert number.purchased_at is not None
    assert number.purchased_at.tzinfo is UTC
    assert number.next_billing_at is not None


@pytest.mark.parametrize(
    ("is_postpaid", "soft_limit", "may_overdraw"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
async def test_the_balance_is_exact_and_only_postpaid_with_a_soft_limit_may_overdraw_it(
    standin: VobizStandIn, vobiz: Vobiz, is_postpaid: bool, soft_limit: bool, may_overdraw: bool
) -> None:
    standin.set_balance("INR", "-1234.1", is_postpaid=is_postpaid, soft_limit=soft_limit)
    balance = Balance(currency="INR", available=Decimal("-1234.1"), may_overdraw=may_overdraw)
    assert await vobiz.balance("INR") == balance


async def test_no_other_balance_nor_a_sub_accounts_own_is_what_pays(standin: VobizStandIn, client_of: ClientOf) -> None:
    assert await client_of().balance("JPY") is None
    assert await client_of(standin.sub).balance("INR") is None
    standin.let_sub_account_read_its_own("INR", 0)
    assert await client_of(standin.sub).balance("INR") is None
