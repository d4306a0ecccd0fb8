"""Asking again: the buttons of a request that ended, and the new request that comes of them."""

from dataclasses import replace

import pytest

from bot.domain.request import Status
from bot.sandbox.slack import Done, Failed, Message
from bot.sandbox.slack.example import ASHA, FINANCE, GUEST, MEERA, NUMBERS, TARA, VIKRAM
from bot.services.acts import AskAgain
from tests.handlers.door import Door
from tests.handlers.views.cases import CARDS, ID, SIMILAR
from tests.harness.builders import some_terms
from tests.harness.office import BENGALURU, Office, buttons


@pytest.mark.parametrize(
    ("name", "button", "digest"),
    [
        ("denied", "ask_again", some_terms().digest),
        ("failed, similar numbers offered", "ask_similar_1", SIMILAR[0].digest),
        ("failed, similar numbers offered", "ask_similar_3", SIMILAR[2].digest),
    ],
)
async def test_a_click_is_stored_with_what_the_button_carried_without_asking_anybody(
    door: Door, name: str, button: str, digest: str
) -> None:
    ts = await door.messenger.post_card(FINANCE, CARDS[name])
    door.slack.workspace.calls.clear()
    assert await door.slack.click(MEERA, ts, button) == Done()
    act = await door.the_act(AskAgain)
    assert (act.request, act.digest, act.channel) == (ID, digest, FINANCE)
    assert (act.user, act.team, act.at) == (MEERA, door.slack.workspace.team.id, door.clock.now())
    assert act.by.response_url is not None
    assert door.slack.workspace.calls == []
    assert door.vobiz.read_calls == []


@pytest.mark.parametrize("button", ["ask_again", "ask_similar_1"])
@pytest.mark.parametrize("value", ["", ID, f"{ID}.", f"{ID}.{'d1' * 16}.{'d1' * 16}", f"{ID}.{BENGALURU}"])
async def test_a_button_that_carries_what_the_bot_never_wrote_requests_nothing_and_is_answered_in_words(
    door: Door, button: str, value: str
) -> None:
    ts = await door.messenger.post_card(NUMBERS, CARDS["denied"])
    assert await door.slack.forge_click(MEERA, ts, button, value=value) == Done()
    [answer] = await door.slack.wait_for(lambda _: door.slack.ephemerals_for(MEERA))
    assert answer.text.startswith("Nothing changed")
    assert await door.acts() == []


@pytest.mark.parametrize("button", ["ask_similar_0", "ask_similar_4", "ask_similar_11", "ask_again_"])
async def test_a_button_that_is_never_offered_is_answered_in_words(door: Door, button: str) -> None:
    ts = await door.messenger.post_card(NUMBERS, CARDS["denied"])
    value = f"{ID}.{some_terms().digest}"
    assert await door.slack.forge_click(MEERA, ts, button, value=value) == Done()
    [answer] = await door.slack.wait_for(lambda _: door.slack.ephemerals_for(MEERA))
    assert answer.text.startswith("Nothing changed")
    assert await door.acts() == []


async def test_a_click_that_cannot_be_stored_is_not_acknowledged(door: Door) -> None:
    ts = await door.messenger.post_card(NUMBERS, CARDS["denied"])
    door.store.close()
    assert isinstance(await door.slack.click(MEERA, ts, "ask_again"), Failed)


async def denied(office: Office) -> Message:
    card = await office.a_card(f"{BENGALURU} for the support line")
    await office.deny(card, "not this week")
    return await office.shows(card, "Denied")


async def the_new_card(office: Office, channel: str = NUMBERS) -> Message:
    """The second card, once it stands."""
    posted = await office.slack.wait_for(lambda _: office.slack.messages(channel)[1:])
    return posted[0]


async def test_it_becomes_a_new_request_by_whoever_clicked_for_the_same_reason(office: Office) -> None:
    card = await denied(office)
    await office.slack.click(TARA, card.ts, "ask_again")
    again = await the_new_card(office)
    assert f"Requested by: <@{TARA}>" in again.text
    assert "Reason: the support line" in again.text
    newest, before = await office.requests()
    assert (newest.status, before.status) == (Status.PENDING, Status.DENIED)
    assert newest.id != before.id


async def test_it_is_priced_anew(office: Office) -> None:
    card = await denied(office)
    office.vobiz.change_terms(BENGALURU, monthly_fee=2)
    await office.slack.click(ASHA, card.ts, "ask_again")
    assert "Charged when bought: INR 102.00" in (await the_new_card(office)).text


async def test_the_new_request_needs_an_approval_of_its_own(office: Office) -> None:
    card = await denied(office)
    await office.slack.click(MEERA, card.ts, "ask_again")
    again = await the_new_card(office)
    await office.approve(again, by=MEERA)
    await office.hears(MEERA, "this is your own request")
    await office.approve(again, by=VIKRAM)
    await office.told(again, "is bought.")


async def test_while_the_new_request_is_open_there_is_no_third(office: Office) -> None:
    card = await denied(office)
    await office.slack.click(TARA, card.ts, "ask_again")
    await the_new_card(office)
    await office.slack.click(ASHA, card.ts, "ask_again")
    await office.hears(ASHA, "is already requested")
    assert len(office.slack.messages(NUMBERS)) == 2


async def test_a_guest_cannot_ask_again(office: Office) -> None:
    card = await denied(office)
    await office.slack.click(GUEST, card.ts, "ask_again")
    await office.hears(GUEST, "guests cannot ask for numbers")
    assert len(office.slack.messages(NUMBERS)) == 1


@pytest.mark.parametrize(("is_bought", "words"), [(False, "it waits for a decision"), (True, "it is already bought")])
async def test_what_is_open_or_bought_cannot_be_asked_for_again(office: Office, is_bought: bool, words: str) -> None:
    card = await office.a_card()
    if is_bought:
        await office.approve(card)
        await office.told(card, "is bought.")
    await office.slack.forge_click(TARA, card.ts, "ask_again", value=buttons(card)["approve"])
    await office.hears(TARA, f"Nothing was requested: {words}. See the thread of the message that you clicked.")
    assert len(await office.requests()) == 1


async def gone(office: Office) -> Message:
    """The card of a number that somebody else took before it was bought; similar ones are offered."""
    card = await office.a_card(f"{BENGALURU} for the support line")
    office.vobiz.somebody_else_takes(BENGALURU)
    await office.approve(card)
    return await office.shows(card, "Similar numbers on sale")


async def test_when_a_number_is_gone_similar_ones_are_offered_on_the_card_and_in_the_thread(office: Office) -> None:
    card = await gone(office)
    assert list(buttons(card)) == ["ask_similar_1", "ask_similar_2", "ask_similar_3"]
    first = await office.told(card, "was not bought")
    assert "Pick another one with `/buynumber`" in first.text
    reply = await office.told(card, "is gone.")
    assert "Similar numbers on sale: +91 80 6900 0187 in Bengaluru for INR 100.00 and INR 1.00 a month" in reply.text
    assert office.vobiz.purchase_calls == []


async def test_a_number_that_was_blocked_meanwhile_has_similar_ones_on_its_card_too(office: Office) -> None:
    card = await office.a_card()
    world = office.vobiz.world
    world.change(replace(world.numbers[BENGALURU], blocked=True))
    await office.approve(card)
    await office.shows(card, "The provider has blocked the number meanwhile.")
    failed = await office.shows(card, "Similar numbers on sale")
    assert list(buttons(failed)) == ["ask_similar_1", "ask_similar_2", "ask_similar_3"]
    assert office.vobiz.purchase_calls == []


async def test_what_somebody_asked_for_meanwhile_is_not_offered(office: Office) -> None:
    await office.a_card("+918069000187 for the night shift")
    card = await office.a_card()
    office.vobiz.somebody_else_takes(BENGALURU)
    await office.approve(card)
    failed = await office.shows(card, "Similar numbers on sale")
    assert "+91 80 6900 0187" not in failed.text


async def test_a_similar_number_is_asked_for_by_one_click_for_the_same_reason(office: Office) -> None:
    card = await gone(office)
    await office.slack.click(TARA, card.ts, "ask_similar_1")
    again = await the_new_card(office)
    assert again.text.startswith("Approve buying +91 80 6900 0187")
    assert f"Requested by: <@{TARA}>" in again.text
    assert "Reason: the support line" in again.text


async def test_a_number_that_was_never_offered_is_not_asked_for(office: Office) -> None:
    card = await gone(office)
    request = buttons(card)["ask_similar_1"].partition(".")[0]
    await office.slack.forge_click(TARA, card.ts, "ask_similar_1", value=f"{request}.{'d1' * 16}")
    await office.hears(TARA, "there is no such request")
    assert len(office.slack.messages(NUMBERS)) == 1


async def test_what_was_asked_for_in_a_private_channel_stays_private_when_it_is_asked_for_again(office: Office) -> None:
    await office.ask(f"{BENGALURU} for the merger", channel=FINANCE)
    [card] = await office.slack.wait_for(lambda _: office.slack.messages(FINANCE))
    await office.deny(card, "not this week")
    await office.shows(card, "Denied")
    await office.slack.click(MEERA, card.ts, "ask_again")
    await the_new_card(office, FINANCE)
    assert [request.is_private for request in await office.requests()] == [True, True]
