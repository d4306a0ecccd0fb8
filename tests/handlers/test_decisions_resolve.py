"""The buttons by which people say what became of a purchase: what is stored, and what is answered instead."""

import pytest

from bot.domain.policy import Resolution
from bot.domain.request import Status
from bot.domain.shown import Listed
from bot.sandbox.slack import Done, Failed, Message
from bot.sandbox.slack.example import ASHA, GUEST, MEERA, NUMBERS, TARA
from bot.sandbox.vobiz import Mood
from bot.services.acts import Resolve
from tests.handlers.door import Door
from tests.handlers.views.cases import ID, checking, looked
from tests.harness.office import Office, buttons

ASKED = checking(attempt=looked("charged", asks_people=True, is_alerted=True))


@pytest.mark.parametrize("resolution", Resolution)
async def test_what_a_person_says_is_stored_without_asking_anybody(door: Door, resolution: Resolution) -> None:
    ts = await door.messenger.post_card(NUMBERS, ASKED)
    door.slack.workspace.calls.clear()
    assert await door.slack.click(MEERA, ts, resolution.value) == Done()
    act = await door.the_act(Resolve)
    assert (act.resolution, act.request, act.user, act.at) == (resolution, ID, MEERA, door.clock.now())
    assert act.team == door.slack.workspace.team.id
    assert (act.by.channel, act.by.response_url is None) == (NUMBERS, False)
    assert door.slack.workspace.calls == []
    assert door.vobiz.read_calls == []


@pytest.mark.parametrize("resolution", Resolution)
async def test_it_can_be_said_at_home_too(door: Door, resolution: Resolution) -> None:
    await door.messenger.home(MEERA, Listed(own=(), waiting=(ASKED,)))
    home = door.slack.home(MEERA)
    assert home is not None
    assert await door.slack.click(MEERA, home.id, resolution.value) == Done()
    act = await door.the_act(Resolve)
    assert (act.resolution, act.request, act.by.channel, act.by.response_url) == (resolution, ID, None, None)


@pytest.mark.parametrize("resolution", Resolution)
@pytest.mark.parametrize("value", ["", ID, f"{ID}.", f"{ID.upper()}.{'d1' * 16}", f"{ID}.{'d1' * 16}'--"])
async def test_a_button_that_carries_what_the_bot_never_wrote_changes_nothing_and_is_answered_in_words(
    door: Door, resolution: Resolution, value: str
) -> None:
    ts = await door.messenger.post_card(NUMBERS, ASKED)
    assert await door.slack.forge_click(MEERA, ts, resolution.value, value=value) == Done()
    [answer] = await door.slack.wait_for(lambda _: door.slack.ephemerals_for(MEERA))
    assert answer.text.startswith("Nothing changed")
    assert await door.acts() == []


async def test_what_cannot_be_stored_is_not_acknowledged(door: Door) -> None:
    ts = await door.messenger.post_card(NUMBERS, ASKED)
    door.store.close()
    assert isinstance(await door.slack.click(MEERA, ts, "resolve_bought"), Failed)


async def unknown(office: Office) -> Message:
    """The card of a purchase whose answer was lost a moment ago."""
    card = await office.a_card()
    office.vobiz.next_purchase(Mood.DROPPED)
    await office.approve(card)
    return await office.shows(card, "Outcome unknown: ")


@pytest.mark.parametrize(
    ("user", "button", "words"),
    [
        (MEERA, "resolve_bought", "the bot is still finding out"),
        (MEERA, "resolve_not_bought", "the bot is still finding out"),
        (MEERA, "look_again", "the bot is still finding out"),
        (MEERA, "write_off", "Nothing was written off."),
        (TARA, "resolve_bought", "you are not among the approvers"),
        (GUEST, "look_again", "guests cannot"),
        (ASHA, "resolve_not_bought", "this is your own request"),
    ],
)
async def test_before_it_is_asked_or_by_whom_it_may_not_be_said_it_changes_nothing(
    office: Office, user: str, button: str, words: str
) -> None:
    card = await unknown(office)
    assert "resolve_bought" not in buttons(card)
    [request] = await office.requests()
    value = f"{request.id}.{request.terms.digest}"
    assert await office.slack.forge_click(user, card.ts, button, value=value) == Done()
    answer = await office.hears(user, words)
    assert answer.channel == NUMBERS
    [after] = await office.requests()
    assert after.status is Status.CHECKING


@pytest.mark.parametrize("button", ["resolve_bought", "resolve_not_bought", "look_again"])
async def test_once_it_is_known_there_is_nothing_to_say(office: Office, button: str) -> None:
    card = await office.a_card()
    await office.approve(card)
    await office.told(card, "is bought.")
    [request] = await office.requests()
    value = f"{request.id}.{request.terms.digest}"
    await office.slack.forge_click(MEERA, card.ts, button, value=value)
    await office.hears(MEERA, "nothing to find out any more; it is already bought")


async def test_about_a_request_that_nobody_made_there_is_nothing_to_say(office: Office) -> None:
    card = await office.a_card()
    await office.slack.forge_click(MEERA, card.ts, "resolve_bought", value=f"{'5e' * 16}.{'d1' * 16}")
    await office.hears(MEERA, "there is no such request")
