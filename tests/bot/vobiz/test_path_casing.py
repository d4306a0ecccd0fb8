"""The path casing that drifted: learned by reads, never bet on by the purchase."""

import pytest

from bot.domain.outcome import Bought, Refusal, Unknown
from bot.sandbox.vobiz import Account, Mood, ReadMood, Script, VobizStandIn
from bot.sandbox.vobiz.server import AnyCasing
from bot.services.ports import ProviderUnavailable
from bot.vobiz.client import Vobiz
from tests.bot.vobiz.conftest import NUMBER, ClientOf, answer, buy, refused

the_wrong_one_is_answered = pytest.mark.parametrize("status", [404, 401])
in_either_direction = pytest.mark.parametrize(("before", "after"), [("Account", "account"), ("account", "Account")])


@the_wrong_one_is_answered
@in_either_direction
async def test_a_read_follows_a_drift_in_either_direction(
    standin: VobizStandIn, vobiz: Vobiz, before: AnyCasing, after: AnyCasing, status: int
) -> None:
    standin.casing, standin.wrong_casing_status = before, status
    assert await vobiz.find(NUMBER) is not None
    standin.casing = after
    assert await vobiz.find(NUMBER) is not None
    assert isinstance(await buy(vobiz), Bought)


@the_wrong_one_is_answered
@in_either_direction
async def test_a_purchase_met_by_a_drift_is_not_executed_and_the_next_one_uses_the_other_casing(
    standin: VobizStandIn, vobiz: Vobiz, before: AnyCasing, after: AnyCasing, status: int
) -> None:
    standin.casing, standin.wrong_casing_status = before, status
    await vobiz.learn_casing()
    standin.casing = after
    assert (await refused(vobiz)).why is Refusal.NOT_EXECUTED
    assert isinstance(await buy(vobiz), Bought)
    assert [call.casing for call in standin.purchase_calls] == [before, after]


async def test_a_bare_not_found_is_not_taken_for_gone_when_reads_moved(standin: VobizStandIn, vobiz: Vobiz) -> None:
    await vobiz.learn_casing()
    standin.casing, standin.router_body = "account", '{"error": "not found"}'
    assert (await refused(vobiz)).why is Refusal.NOT_EXECUTED


THE_PATH = "numbers/purchase-from-inventory"


@pytest.mark.parametrize(
    "router",
    [
        Mood.ROUTER_404,
        Mood.ROUTER_401,
        answer({"statusCode": 404, "message": f"Cannot POST /api/v1/Account/X/{THE_PATH}", "error": "Not Found"}, 404),
        answer({"error": {"code": 404, "message": f"POST {THE_PATH} was not found on this server"}}, 404),
        answer({"detail": "Not Found"}, 404),
    ],
)
async def test_a_routers_answer_while_reads_work_says_nothing_of_the_number_and_the_next_call_uses_the_other_casing(
    standin: VobizStandIn, vobiz: Vobiz, router: Mood | Script
) -> None:
    standin.casing = "both"
    await vobiz.learn_casing()
    standin.next_purchase(router)
    assert (await refused(vobiz)).why is Refusal.NOT_EXECUTED
    assert isinstance(await buy(vobiz), Bought)
    assert [call.casing for call in standin.purchase_calls] == ["Account", "account"]


async def test_an_unknown_login_is_denied_and_its_purchase_rejected(standin: VobizStandIn, client_of: ClientOf) -> None:
    vobiz = client_of(Account(auth_id=standin.master.auth_id, token="wrong"))
    outcome = await refused(vobiz)
    assert (outcome.why, outcome.code, outcome.message) == (Refusal.REJECTED, "401", "Invalid token")
    with pytest.raises(ProviderUnavailable, match="denied"):
        await vobiz.learn_casing()
    with pytest.raises(ProviderUnavailable, match="denied"):
        await vobiz.find(NUMBER)


async def test_a_401_while_no_read_works_is_not_taken_for_a_bad_login(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.next_purchase(Mood.REFUSED_401)
    standin.every_read(ReadMood.UNAVAILABLE_503)
    assert (await refused(vobiz, timeout=2.0)).why is Refusal.NOT_EXECUTED


async def test_a_bare_404_while_no_read_works_is_unknown(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.next_purchase(Mood.ROUTER_404)
    standin.every_read(ReadMood.NEVER_ANSWERED)
    assert await buy(vobiz, timeout=2.0) == Unknown(reason="http_404")
