"""Every row of the outcome table, through real HTTP."""

import asyncio
import json
import socket
from collections.abc import Callable

import pytest

from bot.domain.money import Money
from bot.domain.numbers import e164
from bot.domain.outcome import Bought, Outcome, Refusal, Refused, Unknown
from bot.sandbox.vobiz import Edition, Mood, Says, Script, Sells, VobizStandIn
from bot.vobiz.client import Vobiz

NUMBER = e164("+918069000142")

ClientOf = Callable[..., Vobiz]


async def _buy(vobiz: Vobiz, timeout: float = 5.0) -> Outcome:
    return await vobiz.purchase(NUMBER, "INR", timeout=timeout, may_leave=lambda: True)


def _body(content: object, status: int = 200) -> Script:
    return Script(says=Says.BODY, status=status, body=json.dumps(content), headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("edition", list(Edition))
async def test_a_sale_answered_in_either_edition_is_bought(
    standin: VobizStandIn, vobiz: Vobiz, edition: Edition
) -> None:
    standin.edition = edition
    await vobiz.learn_casing()
    outcome = await _buy(vobiz)
    assert isinstance(outcome, Bought)
    assert (outcome.number.e164, outcome.number.owner) == (NUMBER, standin.master.auth_id)
    assert outcome.charge == Money.of("101 INR")
    assert [sale.e164 for sale in standin.sales] == [NUMBER]


async def test_the_call_names_the_number_and_the_approved_currency(standin: VobizStandIn, vobiz: Vobiz) -> None:
    await _buy(vobiz)
    (call,) = standin.purchase_calls
    assert (call.e164, call.currency, call.auth_id) == (NUMBER, "INR", standin.master.auth_id)


@pytest.mark.parametrize("status", [200, 201])
async def test_the_requested_number_with_us_as_owner_is_bought(
    standin: VobizStandIn, vobiz: Vobiz, status: int
) -> None:
    number = {"e164": NUMBER.removeprefix("+"), "account_id": standin.master.auth_id}
    standin.next_purchase(_body({"number": number}, status))
    assert isinstance(await _buy(vobiz), Bought)


async def test_a_status_in_capitals_is_the_same_status(standin: VobizStandIn, vobiz: Vobiz) -> None:
    number = {"e164": NUMBER, "account_id": standin.master.auth_id, "status": "ACTIVE"}
    standin.next_purchase(_body({"number": number}))
    assert isinstance(await _buy(vobiz), Bought)


async def test_a_receipt_of_items_alone_is_bought_when_an_item_shows_number_and_owner(
    standin: VobizStandIn, vobiz: Vobiz
) -> None:
    items = [{"e164": "+12125550142"}, {"e164": NUMBER, "auth_id": standin.master.auth_id, "status": "active"}]
    standin.next_purchase(_body({"message": "?", "items": items}))
    assert isinstance(await _buy(vobiz), Bought)


async def test_a_sub_account_buys_when_its_master_becomes_the_owner(standin: VobizStandIn, client_of: ClientOf) -> None:
    assert isinstance(await _buy(client_of(standin.sub)), Bought)


@pytest.mark.parametrize("owner", ["MA_SOMEBODY", "SA_STANDIN", "", None])
async def test_a_master_accounts_number_with_any_other_owner_is_unknown(
    standin: VobizStandIn, vobiz: Vobiz, owner: str | None
) -> None:
    standin.next_purchase(_body({"number": {"e164": NUMBER, "account_id": owner}}))
    assert await _buy(vobiz) == Unknown(reason="no_owner")


REFUSED = [
    (Mood.REFUSED_400, Refusal.REJECTED, "bad_request"),
    (Mood.REFUSED_401, Refusal.REJECTED, "unauthorized"),
    (Mood.REFUSED_403, Refusal.REJECTED, "forbidden"),
    (Mood.REFUSED_422, Refusal.REJECTED, "unprocessable"),
    (Mood.BALANCE_402, Refusal.BALANCE_TOO_LOW, "INSUFFICIENT_BALANCE"),
    (Mood.BALANCE_400, Refusal.BALANCE_TOO_LOW, "INSUFFICIENT_BALANCE"),
    (Mood.BALANCE_500, Refusal.BALANCE_TOO_LOW, "INSUFFICIENT_BALANCE"),
    (_body({"error": "insufficient_balance"}, 503), Refusal.BALANCE_TOO_LOW, "insufficient_balance"),
    (_body({"error": "Insufficient balance"}), Refusal.BALANCE_TOO_LOW, "Insufficient balance"),
    (_body({}, 402), Refusal.BALANCE_TOO_LOW, "http_402"),
    (_body({"error": "x", "code": "INSUFFICIENT_BALANCE"}, 400), Refusal.BALANCE_TOO_LOW, "INSUFFICIENT_BALANCE"),
    (_body({"code": "INSUFFICIENT_BALANCE", "message": "x"}, 500), Refusal.BALANCE_TOO_LOW, "INSUFFICIENT_BALANCE"),
    (Mood.GONE_404, Refusal.NOT_IN_INVENTORY, "not_found"),
    (_body({"error": "not found"}, 404), Refusal.NOT_IN_INVENTORY, "not found"),
    (_body({"error": {"message": "number not found in inventory"}}, 404), Refusal.NOT_IN_INVENTORY, "http_404"),
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
    outcome = await _buy(vobiz)
    assert isinstance(outcome, Refused)
    assert (outcome.why, outcome.code) == (why, code)
    assert len(standin.purchase_calls) == 1
    assert not standin.sales


UNKNOWN = [
    (Mood.SOLD_ANSWER_LOST, "connection_lost"),
    (Mood.DROPPED, "connection_lost"),
    (Mood.COMMITS_LATE, "connection_lost"),
    (Mood.DEBIT_ONLY, "connection_lost"),
    (Mood.DEBIT_ONLY_AND_GONE, "connection_lost"),
    (Mood.HTML_502, "http_502"),
    (Mood.HTML_502_SOLD, "http_502"),
    (Mood.COMMITS_LATE_AFTER_500, "http_500"),
    (Mood.GARBAGE, "unreadable"),
    (Mood.GARBAGE_SOLD, "unreadable"),
    (Mood.EMPTY, "unreadable"),
    (Mood.EMPTY_SOLD, "unreadable"),
    (Mood.OTHER_NUMBER, "other_number"),
    (Mood.NO_OWNER, "no_owner"),
    (Mood.PENDING, "not_active"),
    (_body({"items": [{"e164": "+12125550142", "account_id": "MA_STANDIN"}]}), "other_number"),
    (_body({"error": "x", "number": {"e164": NUMBER, "account_id": "MA_STANDIN"}}), "unreadable"),
    (_body([1]), "unreadable"),
    (_body({"code": "OOPS", "message": "failed to purchase number"}, 500), "http_500"),
    (Script(says=Says.BODY, body="[" * 100_000), "unreadable"),
    (Script(says=Says.BODY, body='{"number": NaN}'), "unreadable"),
    *[(_body({}, status), f"http_{status}") for status in (202, 203, 206, 405, 408, 409, 410, 418, 500, 503, 504)],
    (Script(says=Says.BODY, status=302, headers={"Location": "/api/v1/auth/me"}), "http_302"),
    (Script(says=Says.BODY, status=307, headers={"Location": "http://127.0.0.1:9/elsewhere"}), "http_307"),
]


@pytest.mark.parametrize(("mood", "reason"), UNKNOWN)
async def test_an_answer_the_table_does_not_settle_is_unknown_and_never_sent_again(
    standin: VobizStandIn, vobiz: Vobiz, mood: Mood | Script, reason: str
) -> None:
    standin.next_purchase(mood)
    outcome = await _buy(vobiz)
    assert isinstance(outcome, Unknown)
    assert (outcome.reason, outcome.call_is_over) == (reason, False)
    assert len(standin.purchase_calls) == 1


@pytest.mark.parametrize("edition", list(Edition))
@pytest.mark.parametrize("mood", [Mood.OWN_500, Mood.OWN_500_SOLD])
async def test_a_500_in_the_providers_own_words_is_unknown_but_over(
    standin: VobizStandIn, vobiz: Vobiz, mood: Mood, edition: Edition
) -> None:
    standin.edition = edition
    await vobiz.learn_casing()
    standin.next_purchase(mood)
    outcome = await _buy(vobiz)
    assert outcome == Unknown(
        reason="http_500", message="failed to purchase number", provider_request_id="req_000001", call_is_over=True
    )


@pytest.mark.parametrize("mood", [Mood.NEVER_ANSWERED, Mood.SOLD_NEVER_ANSWERED, Mood.DRIP, Mood.DRIP_SOLD])
async def test_no_whole_answer_in_time_is_unknown(standin: VobizStandIn, vobiz: Vobiz, mood: Mood) -> None:
    standin.next_purchase(mood)
    assert await _buy(vobiz, timeout=0.2) == Unknown(reason="timeout")
    assert len(standin.purchase_calls) == 1


@pytest.mark.parametrize("mood", [Mood.HUGE, Mood.HUGE_SOLD])
async def test_a_body_without_end_is_cut_off_and_unknown(standin: VobizStandIn, vobiz: Vobiz, mood: Mood) -> None:
    standin.next_purchase(mood)
    assert await _buy(vobiz) == Unknown(reason="too_big")
    assert standin.bytes_sent < 25 * 1024 * 1024


async def test_a_sale_that_answers_late_but_in_time_is_bought(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.next_purchase(Mood.SOLD_WHEN_RELEASED)
    buying = asyncio.create_task(_buy(vobiz))
    await standin.purchase_call()
    await standin.release()
    assert isinstance(await buying, Bought)


async def test_what_was_required_and_available_is_told(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.set_balance("INR", "20.25")
    outcome = await _buy(vobiz)
    assert isinstance(outcome, Refused)
    assert (outcome.required, outcome.available) == (Money.of("101 INR"), Money.of("20.25 INR"))
    assert outcome.provider_request_id == "req_000001"


@pytest.mark.parametrize(
    ("script", "seconds"),
    [
        (Script(says=Says.BODY, status=429, headers={"Retry-After": "7"}), 7.0),
        (_body({"error": {"code": "slow", "message": "slow down", "details": {"retryAfter": 3}}}, 429), 3.0),
        (Script(says=Says.BODY, status=429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), 0.0),
        (Script(says=Says.BODY, status=429, headers={"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}), 3600.0),
        (Script(says=Says.BODY, status=429, headers={"Retry-After": "999999999"}), 3600.0),
        (_body({"error": {"code": "slow", "message": "slow down", "details": {"retryAfter": 86400}}}, 429), 3600.0),
        (Script(says=Says.BODY, status=429, headers={"Retry-After": "Fri, 31 Dec 9999 23:59:59 -2359"}), 3600.0),
        (Script(says=Says.BODY, status=429, headers={"Retry-After": "Fri, 01 Jan 9999999999999 00:00:00 GMT"}), None),
        (Script(says=Says.BODY, status=429, headers={"Retry-After": "Mon, 01 Jan 2026 00:00:00 +99999999999"}), None),
        (Script(says=Says.BODY, status=429, headers={"Retry-After": "soon"}), None),
        (Script(says=Says.BODY, status=429), None),
    ],
)
async def test_a_429_says_how_long_to_wait(
    standin: VobizStandIn, vobiz: Vobiz, script: Script, seconds: float | None
) -> None:
    standin.next_purchase(script)
    outcome = await _buy(vobiz)
    assert isinstance(outcome, Refused)
    assert outcome.retry_after == seconds


async def test_a_refused_connection_is_not_sent(client_of: ClientOf) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        outcome = await _buy(client_of(base_url=f"http://127.0.0.1:{unheard.getsockname()[1]}/api"))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.NOT_SENT


async def test_a_failed_tls_handshake_is_not_sent(standin: VobizStandIn, client_of: ClientOf) -> None:
    outcome = await _buy(client_of(base_url=standin.base_url.replace("http:", "https:")))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.NOT_SENT
    assert not standin.purchase_calls


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
        outcome = await _buy(client_of(base_url=f"https://127.0.0.1:{port}/api"), timeout=0.2)
        await hung_up.wait()
    assert isinstance(outcome, Refused)
    assert (outcome.why, outcome.message) == (Refusal.NOT_SENT, "not sent: timeout")


async def test_a_call_taken_back_before_its_first_byte_is_dropped(standin: VobizStandIn, vobiz: Vobiz) -> None:
    outcome = await vobiz.purchase(NUMBER, "INR", timeout=5, may_leave=lambda: False)
    assert isinstance(outcome, Refused)
    assert (outcome.why, outcome.code) == (Refusal.NOT_EXECUTED, "dropped")
    assert not standin.purchase_calls


async def test_whether_it_may_leave_is_asked_once_the_connection_stands(client_of: ClientOf) -> None:
    asked: list[str] = []

    def may_leave() -> bool:
        asked.append("asked")
        return True

    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        vobiz = client_of(base_url=f"http://127.0.0.1:{unheard.getsockname()[1]}/api")
        await vobiz.purchase(NUMBER, "INR", timeout=5, may_leave=may_leave)
    assert not asked


async def test_no_time_left_means_not_sent(standin: VobizStandIn, vobiz: Vobiz) -> None:
    outcome = await _buy(vobiz, timeout=0)
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.NOT_SENT
    assert not standin.purchase_calls


async def test_a_dead_pooled_connection_does_not_repeat_the_call(standin: VobizStandIn, vobiz: Vobiz) -> None:
    await vobiz.learn_casing()
    standin.next_purchase(Mood.DROPPED)
    await _buy(vobiz)
    assert isinstance(await _buy(vobiz), Bought)
    assert len(standin.purchase_calls) == 2


async def test_a_fee_that_moved_shows_in_the_charge(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.change_terms(NUMBER, setup_fee="150.50", monthly_fee=0.9)
    outcome = await _buy(vobiz)
    assert isinstance(outcome, Bought)
    assert outcome.charge == Money.of("151.4 INR")


async def test_a_receipt_with_unusable_fees_states_no_charge(standin: VobizStandIn, vobiz: Vobiz) -> None:
    number = {"e164": NUMBER, "account_id": standin.master.auth_id, "setup_fee": -1, "monthly_fee": "x"}
    standin.next_purchase(_body({"number": {**number, "currency": "INR"}}))
    outcome = await _buy(vobiz)
    assert isinstance(outcome, Bought)
    assert outcome.charge is None


@pytest.mark.parametrize("sells", [Sells.NOT, Sells.NOW])
async def test_a_dropped_call_tells_nothing_about_the_sale(standin: VobizStandIn, vobiz: Vobiz, sells: Sells) -> None:
    standin.next_purchase(Script(sells=sells, says=Says.NOTHING))
    assert await _buy(vobiz) == Unknown(reason="connection_lost")


async def test_a_number_somebody_else_took_is_not_in_inventory(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.somebody_else_takes(NUMBER)
    outcome = await _buy(vobiz)
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.NOT_IN_INVENTORY


async def test_a_request_id_in_a_header_is_kept(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.next_purchase(Script(says=Says.BODY, status=502, body="<html>", headers={"X-Request-Id": "edge-7"}))
    assert await _buy(vobiz) == Unknown(reason="http_502", provider_request_id="edge-7")


async def test_a_blocked_status_in_the_receipt_is_unknown(standin: VobizStandIn, vobiz: Vobiz) -> None:
    number = {"e164": NUMBER, "account_id": standin.master.auth_id, "status": "blocked"}
    standin.next_purchase(_body({"number": number}))
    assert await _buy(vobiz) == Unknown(reason="not_active")
