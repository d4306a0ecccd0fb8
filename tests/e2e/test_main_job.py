"""The main job, from the command to the thread: over both transports, and with every form of the provider.

Sub-account login, older edition, either casing of its paths.
"""

from typing import Literal

import pytest

from bot.domain.request import Status
from bot.sandbox.slack import Done
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, VIKRAM
from bot.sandbox.vobiz import Edition, Mood, VobizStandIn, demo_inventory
from tests.harness.clock import FakeClock
from tests.harness.office import BENGALURU, Office, OpenOffice, buttons


async def test_exactly_what_the_card_asks_for_is_bought_and_the_thread_tells_the_decision_and_then_the_outcome(
    office: Office,
) -> None:
    card = await office.a_card()
    sentence = "buy +91 80 6900 0142 (Bengaluru, calls) for ₹101 now, then ₹1 a month: the support line."
    assert card.text.splitlines()[0] == f"<@{ASHA}> asks: {sentence}"
    for words in ("₹100 setup + ₹1 first month", f"For <@{MEERA}> or <@{VIKRAM}> · first year ₹112 before tax"):
        assert words in card.text
    assert "pays" not in card.text
    assert office.vobiz.purchase_calls == []
    assert await office.approve(card) == Done()
    await office.told(card, "is bought.")
    assert buttons(await office.shows(card, "Bought")) == {}
    decision, outcome = office.slack.thread(NUMBERS, card.ts)
    assert decision.text.startswith(f"<@{MEERA}> approved buying +91 80 6900 0142 for ₹101.")
    assert outcome.text.startswith(f"<@{ASHA}>, +91 80 6900 0142 is bought. ₹101 was charged.")
    for words in (BENGALURU, f"<@{MEERA}>", "does not ring yet"):
        assert words in outcome.text
    assert [sale.e164 for sale in office.vobiz.sales] == [BENGALURU]
    assert len(office.vobiz.purchase_calls) == 1
    [request] = await office.requests()
    assert request.status is Status.PURCHASED


async def bought(office: Office) -> str:
    """What the card says that was approved and became a purchase."""
    card = await office.a_card()
    await office.approve(card)
    await office.told(card, "is bought. ₹101 was charged.")
    return card.text


async def test_with_a_sub_accounts_login_its_master_account_pays_and_its_own_balance_stops_nothing(
    open_office: OpenOffice,
) -> None:
    vobiz = VobizStandIn(numbers=demo_inventory())
    vobiz.let_sub_account_read_its_own("INR", 0)
    office = await open_office(vobiz=vobiz, VOBIZ_AUTH_ID=vobiz.sub.auth_id, VOBIZ_AUTH_TOKEN=vobiz.sub.token)
    card = await bought(office)
    assert "Bought for sub-account SA_STANDIN: its master account pays." in card
    assert "top the account up" not in card
    assert [row.account for row in vobiz.ledger] == [vobiz.master.auth_id]


@pytest.mark.parametrize(
    ("edition", "casing", "otherwise"),
    [
        (Edition.NEWEST, "Account", 404),
        (Edition.NEWEST, "Account", 401),
        (Edition.NEWEST, "account", 404),
        (Edition.OLDER, "account", 401),
    ],
)
async def test_either_edition_sells_by_paths_of_either_casing(
    open_office: OpenOffice, edition: Edition, casing: Literal["Account", "account"], otherwise: int
) -> None:
    vobiz = VobizStandIn(numbers=demo_inventory(), edition=edition, casing=casing, wrong_casing_status=otherwise)
    await bought(await open_office(vobiz=vobiz))
    assert [(call.casing, call.e164, call.currency) for call in vobiz.purchase_calls] == [(casing, BENGALURU, "INR")]


async def test_a_casing_that_changes_right_before_the_purchase_buys_once(
    open_office: OpenOffice, clock: FakeClock
) -> None:
    vobiz = VobizStandIn(numbers=demo_inventory(), casing="both")
    office = await open_office(vobiz=vobiz, clock=clock)
    card = await office.a_card()
    vobiz.next_purchase(Mood.ROUTER_404)
    await office.approve(card)
    await office.told(card, "did not take the purchase of +91 80 6900 0142 this time; it is tried again.")
    await office.a_while()
    await office.told(card, "is bought.")
    assert [call.casing for call in vobiz.purchase_calls] == ["Account", "account"]
    assert len(vobiz.sales) == 1
