"""`freeze` and `unfreeze`, from the command to the channel and back to buying."""

from bot.domain.request import Status
from bot.sandbox.slack import Done, Message
from bot.sandbox.slack.example import MEERA, NUMBERS, VIKRAM
from tests.harness.office import Office


async def said(office: Office, words: str) -> Message:
    """What everybody in the channel sees, once it says so."""
    found = await office.sees(lambda: [one for one in office.slack.messages(NUMBERS) if words in one.text])
    return found[-1]


async def test_a_freeze_is_told_to_everybody_and_nothing_is_approved_until_somebody_lifts_it(office: Office) -> None:
    card = await office.a_card()
    assert await office.ask("freeze", by=MEERA) == Done()
    told = await said(office, f"*Buying is frozen* by <@{MEERA}>")
    assert "`/buynumber unfreeze`" in told.text
    await office.approve(card, by=VIKRAM)
    await office.hears(VIKRAM, "buying is frozen. Approve it again once an approver has lifted the freeze.")
    [request] = await office.requests()
    assert request.status is Status.PENDING
    assert office.vobiz.purchase_calls == []
    await office.ask("unfreeze", by=VIKRAM)
    await said(office, f"*Buying is possible again*: <@{VIKRAM}> lifted the freeze")
    await office.approve(card)
    await office.told(card, "is bought.")
