"""`freeze` and `unfreeze`, from the command to the channel."""

from pathlib import Path

import pytest

from bot.domain.request import Status
from bot.sandbox.slack import Done, Message
from bot.sandbox.slack.example import ASHA, FINANCE, GUEST, MEERA, NUMBERS, TARA, VIKRAM
from bot.sandbox.vobiz import Mood, ReadMood
from tests.harness.office import BENGALURU, Office, an_office

OTHER = "+918069000187"


async def said(office: Office, words: str, *, channel: str = NUMBERS) -> Message:
    """What everybody in the channel sees, once it says so."""
    found = await office.slack.wait_for(
        lambda _: [message for message in office.slack.messages(channel) if words in message.text]
    )
    return found[-1]


@pytest.fixture
async def frozen(office: Office) -> Office:
    """By Meera, with a card that waits."""
    await office.a_card()
    await office.ask("freeze", by=MEERA)
    await said(office, "Buying is frozen")
    return office


async def test_a_freeze_is_said_in_the_channel_with_who_and_how_it_ends(office: Office) -> None:
    assert await office.ask("freeze", by=MEERA) == Done()
    told = await said(office, "Buying is frozen")
    assert f"by <@{MEERA}>" in told.text
    assert "`/buynumber unfreeze`" in told.text


async def test_while_it_is_frozen_nothing_is_approved(frozen: Office) -> None:
    [card] = [message for message in frozen.slack.messages(NUMBERS) if "Approve buying" in message.text]
    await frozen.approve(card, by=VIKRAM)
    await frozen.hears(VIKRAM, "buying is frozen. Approve it again once an approver has lifted the freeze.")
    [request] = await frozen.requests()
    assert request.status is Status.PENDING
    assert frozen.vobiz.purchase_calls == []


async def test_while_it_is_frozen_stopping_a_request_does_not_wait(frozen: Office) -> None:
    [card] = [message for message in frozen.slack.messages(NUMBERS) if "Approve buying" in message.text]
    await frozen.withdraw(card)
    await frozen.shows(card, f"Withdrawn by <@{ASHA}>.")


async def test_once_it_is_lifted_buying_goes_on(frozen: Office) -> None:
    [card] = [message for message in frozen.slack.messages(NUMBERS) if "Approve buying" in message.text]
    await frozen.ask("unfreeze", by=VIKRAM)
    told = await said(frozen, "Buying is possible again")
    assert f"<@{VIKRAM}> lifted the freeze" in told.text
    await frozen.approve(card)
    await frozen.told(card, "is bought.")


async def test_freezing_twice_and_lifting_twice_is_told_to_the_caller_alone(office: Office) -> None:
    await office.ask("unfreeze", by=MEERA)
    await office.hears(MEERA, "Buying is not frozen.")
    await office.ask("freeze", by=MEERA)
    await said(office, "Buying is frozen")
    await office.ask("freeze", by=VIKRAM)
    await office.hears(VIKRAM, "Buying is frozen already.")
    assert len(office.slack.messages(NUMBERS)) == 1


@pytest.mark.parametrize(
    ("user", "words"), [(TARA, f"Ask one of them: <@{MEERA}>, <@{VIKRAM}>."), (GUEST, "guests cannot")]
)
@pytest.mark.parametrize("text", ["freeze", "unfreeze"])
async def test_whoever_may_not_decide_may_not_stop_the_team_either(
    office: Office, user: str, words: str, text: str
) -> None:
    await office.ask(text, by=user)
    await office.hears(user, words)
    card = await office.a_card()
    await office.approve(card)
    await office.told(card, "is bought.")


async def test_a_call_that_has_left_is_named_and_goes_on(office: Office) -> None:
    card = await office.a_card()
    office.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
    await office.approve(card)
    await office.vobiz.purchase_call()
    await office.ask("freeze", by=VIKRAM)
    told = await said(office, "Buying is frozen")
    assert "may have left already: +91 80 6900 0142." in told.text
    await office.vobiz.release()
    await office.told(card, "is bought.")
    assert [sale.e164 for sale in office.vobiz.sales] == [BENGALURU]


async def test_what_was_approved_and_not_bought_yet_needs_a_new_approval(tmp_path: Path) -> None:
    async with an_office(tmp_path, VOBIZ_TIMEOUT="1s") as office:
        card = await office.a_card()
        office.vobiz.every_read(ReadMood.UNAVAILABLE_503)
        await office.approve(card)
        await office.shows(card, "Approved:")
        await office.ask("freeze", by=VIKRAM)
        told = await said(office, "Buying is frozen")
        assert "need a new approval afterwards: +91 80 6900 0142." in told.text
        await office.shows(card, "buying was frozen, so earlier votes do not count")
        await office.told(card, "needs a new decision: buying was frozen")
        assert office.vobiz.purchase_calls == []


async def test_with_an_approval_channel_it_is_said_there(tmp_path: Path) -> None:
    async with an_office(tmp_path, APPROVAL_CHANNEL=NUMBERS) as office:
        await office.ask("freeze", by=MEERA, channel=FINANCE)
        await said(office, "Buying is frozen", channel=NUMBERS)
        assert office.slack.messages(FINANCE) == []


async def test_without_one_it_is_said_where_it_was_typed(office: Office) -> None:
    await office.ask("freeze", by=MEERA, channel=FINANCE)
    await said(office, "Buying is frozen", channel=FINANCE)
    assert office.slack.messages(NUMBERS) == []


async def test_while_it_is_frozen_nothing_is_approved_automatically_either(tmp_path: Path) -> None:
    async with an_office(tmp_path, AUTO_APPROVE_UP_TO="INR:200", MONTHLY_BUDGET="INR:1000") as office:
        await office.ask("freeze", by=MEERA)
        await said(office, "Buying is frozen")
        await office.ask(BENGALURU)
        await said(office, "Approve buying +91 80 6900 0142")
        await office.ask("unfreeze", by=MEERA)
        await said(office, "Buying is possible again")
        await office.ask(OTHER)
        await said(office, "Approved automatically: a charge this small needs no approval.")
        assert {request.terms.e164: request.is_automatic for request in await office.requests()} == {
            BENGALURU: False,
            OTHER: True,
        }
