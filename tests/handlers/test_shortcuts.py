"""The picker from a shortcut, from a message and from a button: where it asks, and for whom it does not open."""

from pathlib import Path

import pytest

from bot.domain import refusals
from bot.domain.rules import Rules
from bot.sandbox.slack import Done, Invalid, Message, View
from bot.sandbox.slack.example import ASHA, FINANCE, GENERAL, GUEST, NUMBERS
from bot.sandbox.slack.shapes import JsonObject
from bot.services.acts import Ask
from handlers.views.forms import REQUEST_NUMBER, REQUEST_NUMBER_HERE
from tests.handlers import picking
from tests.handlers.door import Door, a_door
from tests.harness.office import BENGALURU


async def asked_by(door: Door, form: View) -> Ask:
    """What somebody asks for with the form."""
    await picking.choose(door, form, BENGALURU)
    assert await door.slack.submit(ASHA, form.id) == Done()
    return await door.the_act(Ask)


async def test_a_shortcut_asks_in_a_public_channel_that_is_chosen_in_the_form(door: Door) -> None:
    assert await door.slack.shortcut(ASHA, REQUEST_NUMBER) == Done()
    form = await door.form()
    await picking.choose(door, form, BENGALURU)
    sent = await door.slack.submit(ASHA, form.id)
    assert isinstance(sent, Invalid)
    assert list(sent.errors) == ["channel"]
    picking.fill(door, form, channel={"type": "conversations_select", "selected_conversation": GENERAL})
    ask = await asked_by(door, form)
    assert (ask.channel, ask.by.channel, ask.is_private) == (GENERAL, GENERAL, False)


async def test_in_a_channel_where_nobody_may_ask_nothing_is_asked_and_the_form_says_so(tmp_path: Path) -> None:
    async with a_door(tmp_path, rules=Rules(allowed_channels=frozenset({NUMBERS}))) as door:
        await door.slack.shortcut(ASHA, REQUEST_NUMBER)
        form = await door.form()
        picking.fill(door, form, channel={"type": "conversations_select", "selected_conversation": GENERAL})
        await picking.choose(door, form, BENGALURU)
        sent = await door.slack.submit(ASHA, form.id)
        assert sent == Invalid(errors={"channel": "Numbers cannot be asked for there. Choose another channel."})


@pytest.mark.parametrize(
    ("allowed", "asks"), [(None, False), (frozenset({FINANCE}), False), (frozenset({NUMBERS}), True)]
)
async def test_a_shortcut_asks_in_the_channel_of_approvals_where_that_is_allowed(
    tmp_path: Path, allowed: frozenset[str] | None, asks: bool
) -> None:
    async with a_door(tmp_path, rules=Rules(approval_channel=FINANCE, allowed_channels=allowed)) as door:
        await door.slack.shortcut(ASHA, REQUEST_NUMBER)
        form = await door.form()
        assert ("channel" in form.state) is asks
        if not asks:
            ask = await asked_by(door, form)
            assert (ask.channel, ask.is_private) == (FINANCE, True)


def a_reply_in(door: Door, channel: str) -> Message:
    first = door.slack.say(ASHA, channel, "we need a number")
    return door.slack.say(ASHA, channel, "yes, please", first.ts)


@pytest.mark.parametrize(("channel", "is_private"), [(NUMBERS, False), (FINANCE, True)])
async def test_a_message_in_a_thread_asks_in_its_channel(door: Door, channel: str, is_private: bool) -> None:
    message = a_reply_in(door, channel)
    assert await door.slack.shortcut(ASHA, REQUEST_NUMBER_HERE, message=message.ts) == Done()
    ask = await asked_by(door, await door.form())
    assert (ask.channel, ask.is_private) == (channel, is_private)


async def test_a_message_where_nobody_may_ask_opens_no_form(tmp_path: Path) -> None:
    async with a_door(tmp_path, rules=Rules(allowed_channels=frozenset({FINANCE}))) as door:
        message = a_reply_in(door, NUMBERS)
        await door.slack.shortcut(ASHA, REQUEST_NUMBER_HERE, message=message.ts)
        assert await door.turned_away() == refusals.ChannelNotAllowed(channel=NUMBERS, allowed=(FINANCE,))


async def test_a_button_in_app_home_opens_the_picker_as_a_shortcut_does(door: Door) -> None:
    button: JsonObject = {
        "type": "button",
        "action_id": REQUEST_NUMBER,
        "text": {"type": "plain_text", "text": "Request a number"},
    }
    row: JsonObject = {"type": "actions", "elements": [button]}
    view = door.slack.workspace.views.publish(ASHA, {"type": "home", "blocks": [row]})
    assert await door.slack.click(ASHA, view.id, REQUEST_NUMBER) == Done()
    assert "channel" in (await door.form()).state


async def test_a_guest_sees_nothing_of_what_is_on_sale_whichever_way_they_take(door: Door) -> None:
    await door.slack.shortcut(GUEST, REQUEST_NUMBER)
    [refused] = await door.until_turned_away(1)
    assert isinstance(refused.refusal, refusals.NotAFullMember)
    assert door.slack.modal(GUEST) is None
