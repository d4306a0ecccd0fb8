"""Several numbers typed in one line: one message, one decision, then each has its own outcome and reply."""

import json
from io import StringIO

from bot.commands.requests import print_requests
from bot.domain.request import Status
from bot.sandbox.slack import Message
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, VIKRAM
from bot.sandbox.vobiz import Mood
from bot.store import database
from tests.harness.office import Office, OpenOffice, buttons

WRITTEN = ("+91 80 6900 0142", "+91 80 6900 0187", "+91 80 6900 0231")
THREE = f"{', '.join(WRITTEN)} for the office"


async def test_three_are_approved_at_once_and_one_fails_while_two_are_bought(open_office: OpenOffice) -> None:
    office = await open_office(MONTHLY_BUDGET="INR:10000", SECOND_APPROVAL_ABOVE="INR:302")
    card = await office.a_card(THREE)
    assert card.text.startswith(f"<@{ASHA}> asks: buy 3 numbers for ₹303 now, then ₹3 a month (")
    office.vobiz.next_purchase(Mood.REFUSED_403)
    await office.approve(card, by=MEERA)
    await office.told(card, f"approved buying 3 numbers ({', '.join(WRITTEN)}): 1 of 2 approvals.")
    await office.approve(card, by=VIKRAM)
    card = await office.shows(card, "2 bought")
    assert "1 not bought" in card.text
    _, decision, *outcomes = await office.sees(lambda: _at_least(5, office.slack.thread(NUMBERS, card.ts)))
    assert decision.text.startswith(f"Buying 3 numbers ({', '.join(WRITTEN)}) was approved by <@{VIKRAM}>.")
    for written in WRITTEN:
        assert sum(written in reply.text for reply in outcomes) == 1
    assert sum("is bought." in reply.text for reply in outcomes) == len(office.vobiz.sales) == 2
    assert len([message for message in office.slack.messages(NUMBERS) if message.thread_ts is None]) == 1
    assert buttons(card).keys() == {"ask_again"}
    told = await _as_json(office)
    assert {line["basket"] for line in told} == {told[0]["basket"]} != {None}
    assert [line["approvers"] for line in told] == [[MEERA, VIKRAM]] * 3


async def test_all_are_denied_with_one_reason_or_withdrawn_and_none_is_bought(office: Office) -> None:
    card = await office.a_card(THREE)
    await office.deny(card, "we have enough")
    await office.shows(card, "3 denied")
    assert "we have enough" in (await office.told(card, "denied buying 3 numbers")).text
    card = await office.a_card(THREE)
    await office.withdraw(card)
    await office.shows(card, "3 withdrawn")
    assert {request.status for request in await office.requests()} == {Status.DENIED, Status.WITHDRAWN}
    assert office.vobiz.purchase_calls == []


async def test_what_cannot_be_asked_for_is_named_and_the_others_are_not_asked_for(office: Office) -> None:
    await office.ask(f"{WRITTEN[0]}, +91 98765 43218, +91 98765 43219 for the office")
    words = (await office.hears(ASHA, "Nothing was requested, because of these numbers:")).text
    assert [written in words for written in (WRITTEN[0], "+91 98765 43218", "+91 98765 43219")] == [False, True, True]
    assert await office.requests() == []


def _at_least(count: int, replies: list[Message]) -> list[Message]:
    return replies if len(replies) >= count else []


async def _as_json(office: Office) -> list[dict[str, object]]:
    store, out = database.open_to_read(office.settings.database_url.get_secret_value()), StringIO()
    try:
        await print_requests(store, out, status=None, as_json=True)
    finally:
        store.close()
    return [json.loads(line) for line in out.getvalue().splitlines()]
