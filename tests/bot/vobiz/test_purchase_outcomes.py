"""Every row of the outcome table, through real HTTP."""

import asyncio
import socket

import pytest

from bot.domain.money import Money
from bot.domain.outcome import Bought, Refusal, Unknown
from bot.sandbox.vobiz import Edition, Mood, Says, Script, VobizStandIn
from bot.vobiz.client import Vobiz
from tests.bot.vobiz.conftest import NUMBER, ClientOf, answer, buy, refused

OURS = {"e164": NUMBER, "account_id": "MA_STANDIN"}


async def test_a_sale_in_either_edition_is_bought(standin: VobizStandIn, vobiz: Vobiz, edition: Edition) -> None:
    await vobiz.learn_casing()
    outcome = await buy(vobiz)
    assert isinstance(outcome, Bought)
    assert (outcome.number.e164, outcome.number.owner) == (NUMBER, standin.master.auth_id)
    assert outcome.number.charge == Money.of("101 INR")
    assert [sale.e164 for sale in standin.sales] == [NUMBER]
    (call,) = standin.purchase_calls
    assert (call.e164, call.currency, call.auth_id) == (NUMBER, "INR", standin.master.auth_id)


@pytest.mark.parametrize(
    "receipt",
    [
        pytest.param(answer({"number": {**OURS, "e164": NUMBER.removeprefix("+")}}), id="a number without its plus"),
        pytest.param(answer({"number": OURS}, 201), id="a 201"),
        pytest.param(answer({"number": {**OURS, "status": "ACTIVE"}}), id="a status in capitals"),
        pytest.param(
            answer({"message": "?", "items": [{"e164": "+12125550142"}, {"e164": NUMBER, "auth_id": "MA_STANDIN"}]}),
            id="items alone, one with number and owner",
        ),
    ],
)
async def test_a_receipt_of_the_number_as_ours_is_bought(standin: VobizStandIn, vobiz: Vobiz, receipt: Script) -> None:
    standin.next_purchase(receipt)
    assert isinstance(await buy(vobiz), Bought)


async def test_a_sub_account_buys_when_its_master_becomes_the_owner(standin: VobizStandIn, client_of: ClientOf) -> None:
    assert isinstance(await buy(client_of(standin.sub)), Bought)


REFUSED = [
    (Mood.REFUSED_400, Refusal.REJECTED, "bad_request"),
    (Mood.REFUSED_401, Refusal.REJECTED, "unauthorized"),
    (Mood.REFUSED_403, Refusal.REJECTED, "forbidden"),
    (Mood.REFUSED_422, Refusal.REJECTED, "unprocessable"),
    (Mood.BALANCE_402, Refusal.BALANCE_TOO_LOW, "INSUFFICIENT_BALANCE"),
    (Mood.BALANCE_400, Refusal.BALANCE_TOO_LOW, "INSUFFICIENT_BALANCE"),
    (Mood.BALANCE_500, Refusal.BALANCE_TOO_LOW, "INSUFFICIENT_BALANCE"),
    (answer({"error": "insufficient_balance"}, 503), Refusal.BALANCE_TOO_LOW, "insufficient_balance"),
    (answer({"error": "Insufficient balance"}), Refusal.BALANCE_TOO_LOW, "Insufficient balance"),
    (answer({}, 402), Refusal.BALANCE_TOO_LOW, "http_402"),
    (answer({"error": "x", "code": "INSUFFICIENT_BALANCE"}, 400), Refusal.BALANCE_TOO_LOW, "INSUFFICIENT_BALANCE"),
    (answer({"code": "INSUFFICIENT_BALANCE", "message": "x"}, 500), Refusal.BALANCE_TOO_LOW, "INSUFFICIENT_BALANCE"),
    (Mood.GONE_404, Refusal.NOT_IN_INVENTORY, "not_found"),
    (answer({"error": "not found"}, 404), Refusal.NOT_IN_INVENTORY, "not found"),
    (answer({"error": {"message": "number not found in inventory"}}, 404), Refusal.NOT_IN_INVENTORY, "http_404"),
    (Mood.TOO_MANY_429, Refusal.NOT_EXECUTED, "rate_limited"),
    (Mood.ROUTER_404, Refusal.NOT_EXECUTED, "http_404"),
    (Mood.ROUTER_401, Refusal.NOT_EXECUTED, "http_401"),
    (Script(says=Says.BODY, status=403, body="<html>"), Refusal.REJECTED, "http_403"),
]


@pytest.mark.parametrize(("mood", "why", "code"), REFUSED)
async def test_an_answer_that_excludes_a_sale_is_refused(
    standin: VobizStandIn, vobiz: Vobiz, mood: Mood | Script, why: Refusal, code: str
) -> None:
    standin.next_purchase(mood)
    outcome = await refused(vobiz)
    assert (outcome.why, outcome.code) == (why, code)
    assert len(standin.purchase_calls) == 1
    assert not standin.sales


SOMEBODY_ELSES = [
    answer({"number": {**OURS, "account_id": owner}}) for owner in ("MA_SOMEBODY", "SA_STANDIN", "", None)
]
NOT_THE_JSON_OF_A_SALE = [
    answer([1]),
    *(Script(says=Says.BODY, body=body) for body in ("[" * 100_000, '{"number": NaN}')),
]
UNKNOWN: dict[str, list[Mood | Script]] = {
    "connection_lost": [
        Mood.SOLD_ANSWER_LOST,
        Mood.DROPPED,
        Mood.COMMITS_LATE,
        Mood.DEBIT_ONLY,
        Mood.DEBIT_ONLY_AND_GONE,
    ],
    "http_502": [Mood.HTML_502, Mood.HTML_502_SOLD],
    "http_500": [Mood.COMMITS_LATE_AFTER_500, answer({}, 500)],
    "unreadable": [Mood.GARBAGE, Mood.GARBAGE_SOLD, Mood.EMPTY, Mood.EMPTY_SOLD, *NOT_THE_JSON_OF_A_SALE],
    "other_number": [Mood.OTHER_NUMBER, answer({"items": [{**OURS, "e164": "+12125550142"}]})],
    "no_owner": [Mood.NO_OWNER, *SOMEBODY_ELSES],
    "not_active": [Mood.PENDING, answer({"number": {**OURS, "status": "blocked"}})],
    "http_302": [Script(says=Says.BODY, status=302, headers={"Location": "/api/v1/auth/me"})],
    "http_307": [Script(says=Says.BODY, status=307, headers={"Location": "http://127.0.0.1:9/elsewhere"})],
    **{f"http_{status}": [answer({}, status)] for status in (202, 203, 206, 405, 408, 409, 410, 418, 503, 504)},
}


@pytest.mark.parametrize(("mood", "reason"), [(mood, reason) for reason in UNKNOWN for mood in UNKNOWN[reason]])
async def test_an_answer_the_table_does_not_settle_is_unknown_and_never_sent_again(
    standin: VobizStandIn, vobiz: Vobiz, mood: Mood | Script, reason: str
) -> None:
    standin.next_purchase(mood)
    assert await buy(vobiz) == Unknown(reason=reason)
    assert len(standin.purchase_calls) == 1


async def test_the_words_and_the_id_of_an_unknown_outcome_are_kept(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.next_purchase(answer({"error": "x", "number": OURS}))
    assert await buy(vobiz) == Unknown(reason="unreadable", message="x")
    standin.next_purchase(Script(says=Says.BODY, status=502, body="<html>", headers={"X-Request-Id": "edge-7"}))
    assert await buy(vobiz) == Unknown(reason="http_502", provider_request_id="edge-7")


@pytest.mark.usefixtures("edition")
@pytest.mark.parametrize("mood", [Mood.OWN_500, Mood.OWN_500_SOLD])
async def test_a_500_of_the_providers_own_is_unknown_but_over(standin: VobizStandIn, vobiz: Vobiz, mood: Mood) -> None:
    await vobiz.learn_casing()
    standin.next_purchase(mood)
    outcome = await buy(vobiz)
    assert outcome == Unknown(
        reason="http_500", message="failed to purchase number", provider_request_id="req_000001", call_is_over=True
    )


@pytest.mark.parametrize("status", [501, 502, 503, 504, 599])
async def test_any_other_5xx_in_the_providers_own_form_leaves_the_call_open(
    standin: VobizStandIn, vobiz: Vobiz, status: int
) -> None:
    words = {"error": {"code": "INTERNAL_ERROR", "message": "try again"}, "requestId": "req_7"}
    standin.next_purchase(answer({"status": "error", **words}, status))
    assert await buy(vobiz) == Unknown(
        reason=f"http_{status}", message="try again", provider_request_id="req_7", call_is_over=False
    )


@pytest.mark.parametrize("mood", [Mood.NEVER_ANSWERED, Mood.SOLD_NEVER_ANSWERED, Mood.DRIP, Mood.DRIP_SOLD])
async def test_no_whole_answer_in_time_is_unknown(standin: VobizStandIn, vobiz: Vobiz, mood: Mood) -> None:
    standin.next_purchase(mood)
    assert await buy(vobiz, timeout=1.0) == Unknown(reason="timeout")
    assert len(standin.purchase_calls) == 1


@pytest.mark.parametrize("mood", [Mood.HUGE, Mood.HUGE_SOLD])
async def test_a_body_without_end_is_cut_off_and_unknown(standin: VobizStandIn, vobiz: Vobiz, mood: Mood) -> None:
    standin.next_purchase(mood)
    assert await buy(vobiz) == Unknown(reason="too_big")
    assert standin.bytes_sent < 25 * 1024 * 1024


async def test_a_sale_that_answers_late_but_in_time_is_bought(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.next_purchase(Mood.SOLD_WHEN_RELEASED)
    buying = asyncio.create_task(buy(vobiz))
    await standin.purchase_call()
    await standin.release()
    assert isinstance(await buying, Bought)


async def test_what_was_required_and_available_is_told(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.set_balance("INR", "20.25")
    outcome = await refused(vobiz)
    assert (outcome.required, outcome.available) == (Money.of("101 INR"), Money.of("20.25 INR"))
    assert outcome.provider_request_id == "req_000001"


def _in_the_body(seconds: float) -> Script:
    return answer({"error": {"code": "slow", "message": "slow down", "details": {"retryAfter": seconds}}}, 429)


def _in_the_header(retry_after: str) -> Script:
    return Script(says=Says.BODY, status=429, headers={"Retry-After": retry_after})


FAR_AWAY = ["Fri, 31 Dec 9999 23:59:59 GMT", "999999999", "Fri, 31 Dec 9999 23:59:59 -2359"]
NO_TIME = ["Fri, 01 Jan 9999999999999 00:00:00 GMT", "Mon, 01 Jan 2026 00:00:00 +99999999999", "soon"]


@pytest.mark.parametrize(
    ("script", "seconds"),
    [
        (_in_the_header("7"), 7.0),
        (_in_the_body(3), 3.0),
        (_in_the_header("Wed, 21 Oct 2015 07:28:00 GMT"), 0.0),
        (_in_the_body(86400), 3600.0),
        *((_in_the_header(words), 3600.0) for words in FAR_AWAY),
        *((_in_the_header(words), None) for words in NO_TIME),
        (Script(says=Says.BODY, status=429), None),
    ],
)
async def test_a_429_says_how_long(standin: VobizStandIn, vobiz: Vobiz, script: Script, seconds: float | None) -> None:
    standin.next_purchase(script)
    assert (await refused(vobiz)).retry_after == seconds


async def test_a_connection_that_cannot_be_made_is_not_sent_and_nobody_is_asked_whether_it_may_leave(
    standin: VobizStandIn, client_of: ClientOf
) -> None:
    def not_asked() -> bool:
        raise AssertionError("there is no connection to leave by")

    no_tls = client_of(base_url=standin.base_url.replace("http:", "https:"))
    assert (await refused(no_tls, may_leave=not_asked)).why is Refusal.NOT_SENT
    assert not standin.purchase_calls
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        nobody = client_of(base_url=f"http://127.0.0.1:{unheard.getsockname()[1]}/api")
        assert (await refused(nobody, may_leave=not_asked)).why is Refusal.NOT_SENT


async def test_a_connection_still_being_made_at_the_deadline_is_not_sent(client_of: ClientOf) -> None:
    hung_up = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        hung_up.set()

    mute = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = mute.sockets[0].getsockname()[1]
    async with mute:
        outcome = await refused(client_of(base_url=f"https://127.0.0.1:{port}/api"), timeout=0.2)
        await hung_up.wait()
    assert (outcome.why, outcome.message) == (Refusal.NOT_SENT, "not sent: timeout")


async def test_without_time_left_nothing_is_sent_nor_when_it_may_not_leave(standin: VobizStandIn, vobiz: Vobiz) -> None:
    assert (await refused(vobiz, timeout=0)).why is Refusal.NOT_SENT
    outcome = await refused(vobiz, may_leave=lambda: False)
    assert (outcome.why, outcome.code) == (Refusal.NOT_EXECUTED, "dropped")
    assert not standin.purchase_calls


async def test_a_dead_pooled_connection_does_not_repeat_the_call(standin: VobizStandIn, vobiz: Vobiz) -> None:
    await vobiz.learn_casing()
    standin.next_purchase(Mood.DROPPED)
    await buy(vobiz)
    assert isinstance(await buy(vobiz), Bought)
    assert len(standin.purchase_calls) == 2


async def test_fees_that_moved_show_in_the_charge_and_unusable_ones_do_not(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.next_purchase(answer({"number": {**OURS, "setup_fee": -1, "monthly_fee": "x", "currency": "INR"}}))
    standin.change_terms(NUMBER, setup_fee="150.50", monthly_fee=0.9)
    for charge in (None, Money.of("151.4 INR")):
        outcome = await buy(vobiz)
        assert isinstance(outcome, Bought)
        assert outcome.number.charge == charge
