"""The main job, from the command to the thread, over both transports."""

from bot.domain.request import Status
from bot.sandbox.slack import Done
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, VIKRAM
from tests.harness.office import BENGALURU, Office, buttons


async def test_a_command_becomes_a_card_an_approval_a_purchase_and_a_reply_with_the_details(office: Office) -> None:
    card = await office.a_card(f"{BENGALURU} for the support line")
    assert "INR 101.00" in card.text
    assert "for the support line" not in card.text.splitlines()[0]
    assert await office.approve(card) == Done()
    reply = await office.told(card, "is bought.")
    await office.shows(card, "Bought")
    assert [sale.e164 for sale in office.vobiz.sales] == [BENGALURU]
    assert len(office.vobiz.purchase_calls) == 1
    assert "+918069000142" in reply.text
    assert f"<@{ASHA}>" in reply.text
    assert f"<@{MEERA}>" in reply.text
    [request] = await office.requests()
    assert request.status is Status.PURCHASED


async def test_the_card_asks_the_approvers_for_exactly_what_is_bought(office: Office) -> None:
    card = await office.a_card(f"{BENGALURU} for the support line")
    for words in (
        f"Waits for a decision by <@{MEERA}> and <@{VIKRAM}>",
        f"Number: `{BENGALURU}`",
        "Country and region: India, Bengaluru",
        "Setup fee: INR 100.00",
        "Monthly fee: INR 1.00",
        "Charged when bought: INR 101.00",
        "First year: INR 112.00",
        f"Requested by: <@{ASHA}>",
        "Reason: the support line",
    ):
        assert words in card.text


async def test_nothing_is_bought_before_somebody_approved(office: Office) -> None:
    await office.a_card()
    assert office.vobiz.purchase_calls == []


async def test_after_the_purchase_the_thread_tells_the_decision_and_then_the_outcome(office: Office) -> None:
    card = await office.a_card()
    await office.approve(card)
    await office.told(card, "is bought.")
    decision, outcome = office.slack.thread(NUMBERS, card.ts)
    assert decision.text.startswith(f"<@{MEERA}> approved buying +91 80 6900 0142 for INR 101.00.")
    assert outcome.text.startswith(f"<@{ASHA}>, +91 80 6900 0142 is bought. INR 101.00 was charged.")
    assert "not routed yet" in outcome.text


async def test_a_bought_numbers_card_has_no_buttons(office: Office) -> None:
    card = await office.a_card()
    await office.approve(card)
    bought = await office.shows(card, "Bought")
    assert buttons(bought) == {}
