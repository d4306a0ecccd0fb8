"""What everybody sees: cards, replies and announcements, and what becomes of them when Slack does not take them."""

import pytest

from bot.domain import trail
from bot.sandbox.slack import SlackStandIn
from bot.sandbox.slack.example import BOARD, GENERAL, MEERA, NUMBERS, OLD
from bot.services.ports import MessageGone, NotDelivered, Undeliverable
from handlers.outgoing import SlackMessenger
from handlers.views.message import REPEATED
from tests.handlers.views.told import REPLIES
from tests.harness.builders import a_request, a_shown, an_entry


@pytest.mark.parametrize("channel", [NUMBERS, GENERAL])
async def test_a_card_stands_in_its_channel_be_it_a_public_one_without_the_bot_and_unfolds_no_links(
    slack: SlackStandIn, messenger: SlackMessenger, channel: str
) -> None:
    ts = await messenger.post_card(channel, a_shown())
    assert "Approve buying" in slack.message(channel, ts).text
    [call] = slack.workspace.calls_of("chat.postMessage")
    assert not call.arguments["unfurl_links"]
    assert not call.arguments["unfurl_media"]


@pytest.mark.parametrize(("channel", "code"), [(BOARD, "channel_not_found"), (OLD, "is_archived")])
async def test_what_can_never_stand_says_why(messenger: SlackMessenger, channel: str, code: str) -> None:
    with pytest.raises(Undeliverable) as refused:
        await messenger.post_card(channel, a_shown())
    assert refused.value.code == code
    with pytest.raises(Undeliverable) as refused:
        await messenger.announce(channel, an_entry(trail.Frozen(), actor=MEERA), (MEERA,))
    assert refused.value.code == code


async def test_an_answer_without_a_ts_is_no_card(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    slack.workspace.faults.break_with("chat.postMessage", 200, content_type="application/json", body='{"ok": true}')
    with pytest.raises(NotDelivered):
        await messenger.post_card(NUMBERS, a_shown())


async def test_a_card_is_rewritten_in_place_until_it_is_deleted(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    ts = await messenger.post_card(NUMBERS, a_shown())
    denied = a_request().denied(a_request().created_at)
    await messenger.rewrite_card(NUMBERS, ts, a_shown(denied))
    assert [message.text.splitlines()[0] for message in slack.messages(NUMBERS)] == ["Denied: +91 80 6900 0142"]
    slack.workspace.messages.remove(slack.message(NUMBERS, ts))
    with pytest.raises(MessageGone):
        await messenger.rewrite_card(NUMBERS, ts, a_shown())


async def test_a_reply_stands_in_the_thread(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    ts = await messenger.post_card(NUMBERS, a_shown())
    await messenger.reply(NUMBERS, ts, REPLIES["denied"])
    assert [reply.thread_ts for reply in slack.thread(NUMBERS, ts)] == [ts]
    assert len(slack.messages(NUMBERS)) == 1


async def test_a_copy_that_slack_may_have_already_says_so(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    first = await messenger.post_card(NUMBERS, a_shown())
    again = await messenger.post_card(NUMBERS, a_shown(), is_repeat=True)
    await messenger.reply(NUMBERS, first, REPLIES["denied"], is_repeat=True)
    [reply] = slack.thread(NUMBERS, first)
    assert [REPEATED in slack.message(NUMBERS, ts).text for ts in (first, again)] == [False, True]
    assert REPEATED in reply.text
    assert REPEATED in str(reply.blocks[-1])


async def test_an_announcement_stands_in_the_channel_for_everybody(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    await messenger.announce(NUMBERS, an_entry(trail.Frozen(), actor=MEERA), (MEERA,))
    [said] = slack.messages(NUMBERS)
    assert said.text.startswith(f"*Buying is frozen* by <@{MEERA}>.")
    assert said.thread_ts is None
