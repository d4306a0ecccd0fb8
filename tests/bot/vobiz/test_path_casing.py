"""The path casing that drifted: learned by reads, never bet on by the purchase."""

import json
from collections.abc import Callable

import pytest
from pydantic import JsonValue

from bot.domain.numbers import e164
from bot.domain.outcome import Bought, Outcome, Refusal, Refused, Unknown
from bot.sandbox.vobiz import Account, Mood, ReadMood, Says, Script, VobizStandIn
from bot.sandbox.vobiz.server import AnyCasing
from bot.services.ports import ProviderUnavailable
from bot.vobiz.client import Vobiz

NUMBER = e164("+918069000142")

ClientOf = Callable[..., Vobiz]


async def _buy(vobiz: Vobiz) -> Outcome:
    return await vobiz.purchase(NUMBER, "INR", timeout=5, may_leave=lambda: True)


@pytest.mark.parametrize("status", [404, 401])
@pytest.mark.parametrize("casing", ["Account", "account", "both"])
async def test_the_casing_learned_at_start_is_the_one_the_purchase_uses(
    standin: VobizStandIn, vobiz: Vobiz, casing: AnyCasing, status: int
) -> None:
    standin.casing, standin.wrong_casing_status = casing, status
    await vobiz.learn_casing()
    assert isinstance(await _buy(vobiz), Bought)
    assert len(standin.purchase_calls) == 1


@pytest.mark.parametrize("status", [404, 401])
@pytest.mark.parametrize(("before", "after"), [("Account", "account"), ("account", "Account")])
async def test_a_read_follows_a_drift_in_either_direction(
    standin: VobizStandIn, vobiz: Vobiz, before: AnyCasing, after: AnyCasing, status: int
) -> None:
    standin.casing, standin.wrong_casing_status = before, status
    assert await vobiz.find(NUMBER) is not None
    standin.casing = after
    assert await vobiz.find(NUMBER) is not None
    assert isinstance(await _buy(vobiz), Bought)


@pytest.mark.parametrize("status", [404, 401])
@pytest.mark.parametrize(("before", "after"), [("Account", "account"), ("account", "Account")])
async def test_a_purchase_met_by_a_drift_is_not_executed_and_the_next_one_uses_the_other_casing(
    standin: VobizStandIn, vobiz: Vobiz, before: AnyCasing, after: AnyCasing, status: int
) -> None:
    standin.casing, standin.wrong_casing_status = before, status
    await vobiz.learn_casing()
    standin.casing = after
    missed = await _buy(vobiz)
    assert isinstance(missed, Refused)
    assert missed.why is Refusal.NOT_EXECUTED
    assert isinstance(await _buy(vobiz), Bought)
    assert [call.casing for call in standin.purchase_calls] == [before, after]


async def test_a_not_found_that_names_no_number_is_not_taken_for_gone_when_reads_moved(
    standin: VobizStandIn, vobiz: Vobiz
) -> None:
    await vobiz.learn_casing()
    standin.casing, standin.router_body = "account", '{"error": "not found"}'
    outcome = await _buy(vobiz)
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.NOT_EXECUTED


@pytest.mark.parametrize(
    "body",
    [
        {
            "statusCode": 404,
            "message": "Cannot POST /api/v1/Account/MA_STANDIN/numbers/purchase-from-inventory",
            "error": "Not Found",
        },
        {"error": {"code": 404, "message": "POST numbers/purchase-from-inventory was not found on this server"}},
    ],
)
async def test_a_router_that_repeats_the_path_does_not_say_that_the_number_is_gone(
    standin: VobizStandIn, vobiz: Vobiz, body: dict[str, JsonValue]
) -> None:
    standin.casing = "both"
    await vobiz.learn_casing()
    standin.next_purchase(Script(says=Says.BODY, status=404, body=json.dumps(body)))
    missed = await _buy(vobiz)
    assert isinstance(missed, Refused)
    assert missed.why is Refusal.NOT_EXECUTED
    assert isinstance(await _buy(vobiz), Bought)
    assert [call.casing for call in standin.purchase_calls] == ["Account", "account"]


@pytest.mark.parametrize("mood", [Mood.ROUTER_404, Mood.ROUTER_401])
async def test_a_router_answer_while_reads_work_makes_the_next_attempt_use_the_other_casing(
    standin: VobizStandIn, vobiz: Vobiz, mood: Mood
) -> None:
    standin.casing = "both"
    await vobiz.learn_casing()
    standin.next_purchase(mood)
    await _buy(vobiz)
    assert isinstance(await _buy(vobiz), Bought)
    assert [call.casing for call in standin.purchase_calls] == ["Account", "account"]


async def test_a_401_while_reads_are_refused_too_is_a_bad_login(standin: VobizStandIn, client_of: ClientOf) -> None:
    vobiz = client_of(Account(auth_id=standin.master.auth_id, token="wrong"))
    outcome = await _buy(vobiz)
    assert isinstance(outcome, Refused)
    assert (outcome.why, outcome.code, outcome.message) == (Refusal.REJECTED, "401", "Invalid token")


async def test_a_401_while_reads_cannot_be_made_is_not_taken_for_a_bad_login(
    standin: VobizStandIn, vobiz: Vobiz
) -> None:
    standin.next_purchase(Mood.REFUSED_401)
    standin.every_read(ReadMood.UNAVAILABLE_503)
    outcome = await vobiz.purchase(NUMBER, "INR", timeout=2.0, may_leave=lambda: True)
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.NOT_EXECUTED


async def test_a_bare_404_while_no_read_works_is_unknown(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.next_purchase(Mood.ROUTER_404)
    standin.every_read(ReadMood.NEVER_ANSWERED)
    assert await vobiz.purchase(NUMBER, "INR", timeout=2.0, may_leave=lambda: True) == Unknown(reason="http_404")


async def test_a_404_in_another_json_form_is_not_executed_rather_than_gone(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.next_purchase(Script(says=Says.BODY, status=404, body=json.dumps({"detail": "Not Found"})))
    outcome = await _buy(vobiz)
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.NOT_EXECUTED


async def test_a_wrong_token_fails_the_start_as_denied(standin: VobizStandIn, client_of: ClientOf) -> None:
    vobiz = client_of(Account(auth_id=standin.master.auth_id, token="wrong"))
    with pytest.raises(ProviderUnavailable, match="denied"):
        await vobiz.learn_casing()


async def test_a_login_the_provider_does_not_know_is_denied(standin: VobizStandIn, vobiz: Vobiz) -> None:
    del standin.world.accounts[standin.master.auth_id]
    with pytest.raises(ProviderUnavailable, match="denied"):
        await vobiz.find(NUMBER)
