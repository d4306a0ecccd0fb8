"""The provider's stand-in: as strict as the real one, and its state tells what really happened."""

from collections.abc import AsyncIterator
from decimal import Decimal

import httpx
import phonenumbers
import pytest

from bot.sandbox.vobiz import Edition, Mood, VobizStandIn, demo_inventory

NUMBER, OTHER = "+918069000142", "+918069000187"


@pytest.fixture
async def standin() -> AsyncIterator[VobizStandIn]:
    server = VobizStandIn(numbers=demo_inventory())
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def http(standin: VobizStandIn) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"X-Auth-ID": standin.master.auth_id, "X-Auth-Token": standin.master.token}
    async with httpx.AsyncClient(base_url=standin.base_url, headers=headers, trust_env=False) as client:
        yield client


async def _purchase(http: httpx.AsyncClient, e164: str = NUMBER, currency: str = "INR") -> httpx.Response:
    body = {"e164": e164, "currency": currency}
    return await http.post("/v1/Account/MA_STANDIN/numbers/purchase-from-inventory", json=body)


async def test_a_wrong_token_is_401_and_another_accounts_path_403(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/Account/MA_STANDIN/numbers", headers={"X-Auth-Token": "wrong"})
    assert (answer.status_code, answer.json()) == (401, {"error": {"code": 401, "message": "Invalid token"}})
    assert (await http.get("/v1/Account/SA_STANDIN/numbers")).status_code == 403


@pytest.mark.parametrize("status", [404, 401])
async def test_the_wrong_casing_meets_only_the_router(
    standin: VobizStandIn, http: httpx.AsyncClient, status: int
) -> None:
    standin.wrong_casing_status = status
    answer = await http.get("/v1/account/MA_STANDIN/numbers")
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (status, "text/plain")


async def test_a_number_is_sold_once_debited_and_handed_over(standin: VobizStandIn, http: httpx.AsyncClient) -> None:
    answer, refused = await _purchase(http), await _purchase(http)
    assert (answer.json()["number"]["account_id"], refused.status_code) == ("MA_STANDIN", 404)
    assert [call.e164 for call in standin.purchase_calls] == [NUMBER, NUMBER]
    assert [(sale.e164, sale.owner, sale.by) for sale in standin.sales] == [(NUMBER, "MA_STANDIN", "api")]
    assert [row.amount for row in standin.ledger] == [Decimal(101)]


@pytest.mark.parametrize(("e164", "currency"), [("918069000142", "INR"), (NUMBER, "USD")])
async def test_a_missing_plus_or_another_currency_is_400(
    standin: VobizStandIn, http: httpx.AsyncClient, e164: str, currency: str
) -> None:
    assert (await _purchase(http, e164, currency)).status_code == 400
    assert not standin.ledger


async def test_a_raw_plus_in_a_query_is_a_space(http: httpx.AsyncClient) -> None:
    path = "/v1/Account/MA_STANDIN/inventory/numbers?search="
    totals = [(await http.get(path + search)).json()["total"] for search in ("+918069000142", "%2B918069000142")]
    assert totals == [0, 1]


@pytest.mark.parametrize(("edition", "status"), [(Edition.NEWEST, 402), (Edition.OLDER, 400)])
async def test_too_little_balance_changes_nothing(
    standin: VobizStandIn, http: httpx.AsyncClient, edition: Edition, status: int
) -> None:
    standin.edition, standin.casing = edition, "both"
    standin.set_balance("INR", 100)
    assert (await _purchase(http)).status_code == status
    assert not standin.ledger
    assert not standin.sales


async def test_a_refund_gives_the_debit_back(standin: VobizStandIn) -> None:
    standin.our_people_buy_in_the_console(NUMBER)
    standin.refund(standin.ledger[0])
    assert standin.world.funds["MA_STANDIN", "INR"].available == Decimal(50_000)
    assert [row.kind for row in standin.ledger] == ["debit", "credit"]


@pytest.mark.parametrize(
    ("mood", "sold", "debits", "on_sale"),
    [
        (Mood.SOLD_ANSWER_LOST, True, 1, False),
        (Mood.DROPPED, False, 0, True),
        (Mood.DEBIT_ONLY, False, 1, True),
        (Mood.DEBIT_ONLY_AND_GONE, False, 1, False),
        (Mood.COMMITS_LATE, False, 0, True),
    ],
)
async def test_a_call_whose_answer_is_lost_leaves_the_world_as_ordered(
    standin: VobizStandIn, http: httpx.AsyncClient, mood: Mood, sold: bool, debits: int, on_sale: bool
) -> None:
    standin.next_purchase(mood)
    with pytest.raises(httpx.TransportError):
        await _purchase(http)
    assert any(sale.by == "api" for sale in standin.sales) is sold
    assert len(standin.ledger) == debits
    assert (standin.world.for_sale(NUMBER) is not None) is on_sale


@pytest.mark.parametrize(
    ("mood", "status", "sold"),
    [
        (Mood.OWN_500, 500, False),
        (Mood.OWN_500_SOLD, 500, True),
        (Mood.HTML_502, 502, False),
        (Mood.HTML_502_SOLD, 502, True),
        (Mood.GARBAGE_SOLD, 200, True),
        (Mood.EMPTY_SOLD, 200, True),
        (Mood.NO_OWNER, 200, True),
        (Mood.OTHER_NUMBER, 200, False),
        (Mood.GONE_404, 404, False),
    ],
)
async def test_an_answer_tells_what_was_ordered_whatever_was_sold(
    standin: VobizStandIn, http: httpx.AsyncClient, mood: Mood, status: int, sold: bool
) -> None:
    standin.next_purchase(mood)
    assert (await _purchase(http)).status_code == status
    assert bool(standin.sales) is sold


async def test_what_comes_late_comes_on_release(standin: VobizStandIn, http: httpx.AsyncClient) -> None:
    standin.next_purchase(Mood.COMMITS_LATE_AFTER_500, Mood.PENDING)
    await _purchase(http)
    assert not standin.sales
    await standin.release()
    assert [sale.e164 for sale in standin.sales] == [NUMBER]
    assert (await _purchase(http, OTHER)).json()["number"]["status"] == "pending_purchase"
    await standin.release()
    assert standin.world.numbers[OTHER].status == "active"


async def test_moods_are_played_in_order_and_then_all_is_normal(standin: VobizStandIn, http: httpx.AsyncClient) -> None:
    standin.next_purchase(Mood.REFUSED_422, Mood.TOO_MANY_429)
    assert [(await _purchase(http)).status_code for _ in range(3)] == [422, 429, 200]


def test_the_demo_inventory_holds_valid_numbers_of_five_countries_with_everything_that_binds_a_buyer() -> None:
    numbers = demo_inventory()
    assert len({number.e164 for number in numbers}) == len(numbers) >= 40
    assert {number.country for number in numbers} == {"IN", "US", "GB", "DE", "SG"}
    for number in numbers:
        assert phonenumbers.region_code_for_number(phonenumbers.parse(number.e164)) == number.country
    for binding in ("minimum_commitment_months", "identity_check", "trial", "blocked"):
        assert any(getattr(number, binding) for number in numbers)
    assert {type(number.monthly_fee) for number in numbers} == {int, float, str}
