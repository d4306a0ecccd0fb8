"""The provider's stand-in: as strict as the real one, and its state tells what really happened."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal

import httpx
import phonenumbers
import pytest

from bot.sandbox.vobiz import Edition, Mood, VobizStandIn, demo_inventory

NUMBER, OTHER = "+918069000142", "+918069000187"


@dataclass
class Customer:
    """Somebody with the right credentials."""

    http: httpx.AsyncClient

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(f"/v1/{path}", headers=headers)

    async def buy(self, e164: str = NUMBER, currency: str = "INR") -> httpx.Response:
        path = "/v1/Account/MA_STANDIN/numbers/purchase-from-inventory"
        return await self.http.post(path, json={"e164": e164, "currency": currency})


@pytest.fixture
async def vobiz() -> AsyncIterator[VobizStandIn]:
    server = VobizStandIn(numbers=demo_inventory())
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def we(vobiz: VobizStandIn) -> AsyncIterator[Customer]:
    headers = {"X-Auth-ID": vobiz.master.auth_id, "X-Auth-Token": vobiz.master.token}
    async with httpx.AsyncClient(base_url=vobiz.base_url, headers=headers, trust_env=False) as http:
        yield Customer(http)


async def test_a_wrong_token_is_401_and_another_accounts_path_403(we: Customer) -> None:
    answer = await we.get("Account/MA_STANDIN/numbers", **{"X-Auth-Token": "wrong"})
    assert (answer.status_code, answer.json()) == (401, {"error": {"code": 401, "message": "Invalid token"}})
    assert (await we.get("Account/SA_STANDIN/numbers")).status_code == 403


@pytest.mark.parametrize("status", [404, 401])
async def test_the_wrong_casing_meets_only_the_router(vobiz: VobizStandIn, we: Customer, status: int) -> None:
    vobiz.wrong_casing_status = status
    answer = await we.get("account/MA_STANDIN/numbers")
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (status, "text/plain")


async def test_a_number_is_sold_once_debited_and_handed_over(vobiz: VobizStandIn, we: Customer) -> None:
    answer, refused = await we.buy(), await we.buy()
    assert (answer.json()["number"]["account_id"], refused.status_code) == ("MA_STANDIN", 404)
    assert [call.e164 for call in vobiz.purchase_calls] == [NUMBER, NUMBER]
    assert [(sale.e164, sale.owner, sale.by) for sale in vobiz.sales] == [(NUMBER, "MA_STANDIN", "api")]
    assert [row.amount for row in vobiz.ledger] == [Decimal(101)]


async def test_a_missing_plus_or_another_currency_is_400(vobiz: VobizStandIn, we: Customer) -> None:
    refused = await we.buy("918069000142"), await we.buy(currency="USD")
    assert [answer.status_code for answer in refused] == [400, 400]
    assert not vobiz.ledger


async def test_a_raw_plus_in_a_query_is_a_space(we: Customer) -> None:
    path = "Account/MA_STANDIN/inventory/numbers?search="
    totals = [(await we.get(path + search)).json()["total"] for search in ("+918069000142", "%2B918069000142")]
    assert totals == [0, 1]


@pytest.mark.parametrize(("edition", "status"), [(Edition.NEWEST, 402), (Edition.OLDER, 400)])
async def test_too_low_a_balance_buys_nothing(vobiz: VobizStandIn, we: Customer, edition: Edition, status: int) -> None:
    vobiz.edition, vobiz.casing = edition, "both"
    vobiz.set_balance("INR", 100)
    assert (await we.buy()).status_code == status
    assert (vobiz.ledger, vobiz.sales) == ([], [])


async def test_a_refund_gives_the_debit_back(vobiz: VobizStandIn) -> None:
    vobiz.our_people_buy_in_the_console(NUMBER)
    vobiz.refund(vobiz.ledger[0])
    assert vobiz.world.funds["MA_STANDIN", "INR"].available == Decimal(50_000)
    assert [row.kind for row in vobiz.ledger] == ["debit", "credit"]


LOST = None


@pytest.mark.parametrize(
    ("mood", "status", "sold", "debits", "on_sale"),
    [
        (Mood.SOLD_ANSWER_LOST, LOST, 1, 1, False),
        (Mood.DROPPED, LOST, 0, 0, True),
        (Mood.DEBIT_ONLY, LOST, 0, 1, True),
        (Mood.DEBIT_ONLY_AND_GONE, LOST, 0, 1, False),
        (Mood.COMMITS_LATE, LOST, 0, 0, True),
        (Mood.OWN_500, 500, 0, 0, True),
        (Mood.OWN_500_SOLD, 500, 1, 1, False),
        (Mood.HTML_502, 502, 0, 0, True),
        (Mood.HTML_502_SOLD, 502, 1, 1, False),
        (Mood.GARBAGE_SOLD, 200, 1, 1, False),
        (Mood.EMPTY_SOLD, 200, 1, 1, False),
        (Mood.NO_OWNER, 200, 1, 1, False),
        (Mood.OTHER_NUMBER, 200, 0, 0, True),
        (Mood.GONE_404, 404, 0, 0, True),
    ],
)
async def test_whatever_a_call_is_answered_the_world_is_as_ordered(
    vobiz: VobizStandIn, we: Customer, mood: Mood, status: int | None, sold: int, debits: int, on_sale: bool
) -> None:
    vobiz.next_purchase(mood)
    try:
        answered: int | None = (await we.buy()).status_code
    except httpx.TransportError:
        answered = LOST
    assert (answered, len(vobiz.ledger)) == (status, debits)
    assert sum(sale.by == "api" for sale in vobiz.sales) == sold
    assert (vobiz.world.for_sale(NUMBER) is not None) is on_sale


async def test_what_comes_late_comes_on_release(vobiz: VobizStandIn, we: Customer) -> None:
    vobiz.next_purchase(Mood.COMMITS_LATE_AFTER_500, Mood.PENDING)
    await we.buy()
    assert not vobiz.sales
    await vobiz.release()
    assert [sale.e164 for sale in vobiz.sales] == [NUMBER]
    assert (await we.buy(OTHER)).json()["number"]["status"] == "pending_purchase"
    await vobiz.release()
    assert vobiz.world.numbers[OTHER].status == "active"


async def test_what_comes_late_and_can_not_be_paid_any_more_is_not_sold(vobiz: VobizStandIn, we: Customer) -> None:
    vobiz.next_purchase(Mood.COMMITS_LATE_AFTER_500)
    await we.buy()
    vobiz.set_balance("INR", 100)
    await vobiz.release()
    assert (vobiz.sales, vobiz.ledger) == ([], [])


async def test_moods_are_played_in_order_and_then_all_is_normal(vobiz: VobizStandIn, we: Customer) -> None:
    vobiz.next_purchase(Mood.REFUSED_422, Mood.TOO_MANY_429)
    assert [(await we.buy()).status_code for _ in range(3)] == [422, 429, 200]


def test_the_demo_inventory_holds_valid_numbers_of_five_countries_with_everything_that_binds_a_buyer() -> None:
    numbers = demo_inventory()
    assert len({number.e164 for number in numbers}) == len(numbers) >= 40
    assert {number.country for number in numbers} == {"IN", "US", "GB", "DE", "SG"}
    for number in numbers:
        assert phonenumbers.region_code_for_number(phonenumbers.parse(number.e164)) == number.country
    for binding in ("minimum_commitment_months", "identity_check", "trial", "blocked"):
        assert any(getattr(number, binding) for number in numbers)
    assert {type(number.monthly_fee) for number in numbers} == {int, float, str}
