"""The main job, from the command to the thread, over both transports."""

from bot.domain.request import Status
from bot.sandbox.slack import Done
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, VIKRAM
from tests.harness.office import BENGALURU, Office, buttons


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
    assert "for the support line" not in card.text.splitlines()[0]
    assert "pays" not in card.text
    assert office.vobiz.purchase_calls == []


async def test_an_approval_becomes_a_purchase_and_the_thread_tells_the_decision_and_then_the_outcome(
    office: Office,
) -> None:
    card = await office.a_card()
    assert await office.approve(card) == Done()
    await office.told(card, "is bought.")
    assert buttons(await office.shows(card, "Bought")) == {}
    decision, outcome = office.slack.thread(NUMBERS, card.ts)
    assert decision.text.startswith(f"<@{MEERA}> approved buying +91 80 6900 0142 for INR 101.00.")
    assert outcome.text.startswith(f"<@{ASHA}>, +91 80 6900 0142 is bought. INR 101.00 was charged.")
    for words in (BENGALURU, f"<@{MEERA}>", "not routed yet"):
        assert words in outcome.text
    assert [sale.e164 for sale in office.vobiz.sales] == [BENGALURU]
    assert len(office.vobiz.purchase_calls) == 1
    [request] = await office.requests()
    assert request.status is Status.PURCHASED
