"""What everybody sees: cards, replies and announcements, and what becomes of them when Slack does not take them."""

import pytest

from bot.domain import trail
from bot.sandbox.slack.example import BOARD, GENERAL, MEERA, NUMBERS, OLD
from bot.services.ports import MessageGone, NotDelivered, Undeliverable
from handlers.views.message import REPEATED
from tests.handlers.desk import Desk
from tests.handlers.views.cases import REPLIES
from tests.harness.builders import a_request, a_shown, an_entry


@pytest.mark.parametrize("channel", [NUMBERS, GENERAL])
async def test_a_card_stands_where_the_bot_is_a_member_or_not_and_unfolds_no_links(desk: Desk, channel: str) -> None:
    ts = await desk.messenger.post_card(channel, a_shown())
    assert "asks: buy +91 80 6900 0142" in desk.slack.message(channel, ts).text
    [call] = desk.workspace.calls_of("chat.postMessage")
    assert not call.arguments["unfurl_links"]
    assert not call.arguments["unfurl_media"]


@pytest.mark.parametrize(("channel", "code"), [(BOARD, "channel_not_found"), (OLD, "is_archived")])
async def test_what_can_never_stand_says_why(desk: Desk, channel: str, code: str) -> None:
    with pytest.raises(Undeliverable) as refused:
        await desk.messenger.post_card(channel, a_shown())
    assert refused.value.code == code
    with pytest.raises(Undeliverable) as refused:
        await desk.messenger.announce(channel, an_entry(trail.Frozen(), actor=MEERA), (MEERA,))
    assert refused.value.code == code


async def test_an_answer_without_a_ts_is_no_card(desk: Desk) -> None:
    desk.faults.break_with("chat.postMessage", 200, content_type="application/json", body='{"ok": true}')
    with pytest.raises(NotDelivered):
        await desk.messenger.post_card(NUMBERS, a_shown())


async def test_a_card_is_rewritten_in_place_until_it_is_deleted(desk: Desk) -> None:
    ts = await desk.messenger.post_card(NUMBERS, a_shown())
    denied = a_request().denied(a_request().created_at)
    await desk.messenger.rewrite_card(NUMBERS, ts, a_shown(denied))
    [card] = desk.slack.messages(NUMBERS)
    assert "Denied +91 80 6900 0142" in card.text.splitlines()[0]
    desk.workspace.messages.remove(desk.slack.message(NUMBERS, ts))
    with pytest.raises(MessageGone):
        await desk.messenger.rewrite_card(NUMBERS, ts, a_shown())


async def test_what_stands_in_a_channel_carries_its_entrys_number_and_hash_for_whoever_compares(desk: Desk) -> None:
    def witnessed(seq: int) -> dict[str, object]:
        return {"event_type": "audit_entry", "event_payload": {"number": seq, "hash": "ab" * 6}}

    card, denied = a_shown(), REPLIES["denied"]
    ts = await desk.messenger.post_card(NUMBERS, card)
    assert desk.slack.message(NUMBERS, ts).metadata == witnessed(card.entry.seq)
    await desk.messenger.rewrite_card(NUMBERS, ts, denied)
    await desk.messenger.reply(NUMBERS, ts, denied)
    await desk.messenger.announce(NUMBERS, an_entry(trail.Frozen(), seq=9, actor=MEERA), ())
    [reply] = desk.slack.thread(NUMBERS, ts)
    shown, said = desk.slack.messages(NUMBERS)
    assert [message.metadata for message in (shown, reply, said)] == [*[witnessed(denied.entry.seq)] * 2, witnessed(9)]


async def test_a_reply_stands_in_the_thread(desk: Desk) -> None:
    ts = await desk.messenger.post_card(NUMBERS, a_shown())
    await desk.messenger.reply(NUMBERS, ts, REPLIES["denied"])
    assert [reply.thread_ts for reply in desk.slack.thread(NUMBERS, ts)] == [ts]
    assert len(desk.slack.messages(NUMBERS)) == 1


async def test_a_copy_that_slack_may_have_already_says_so(desk: Desk) -> None:
    first = await desk.messenger.post_card(NUMBERS, a_shown())
    again = await desk.messenger.post_card(NUMBERS, a_shown(), is_repeat=True)
    await desk.messenger.reply(NUMBERS, first, REPLIES["denied"], is_repeat=True)
    [reply] = desk.slack.thread(NUMBERS, first)
    assert [REPEATED in desk.slack.message(NUMBERS, ts).text for ts in (first, again)] == [False, True]
    assert REPEATED in reply.text
    assert REPEATED in str(reply.blocks[-1])


async def test_an_announcement_stands_in_the_channel_for_everybody(desk: Desk) -> None:
    await desk.messenger.announce(NUMBERS, an_entry(trail.Frozen(), actor=MEERA), (MEERA,))
    [said] = desk.slack.messages(NUMBERS)
    assert said.text.startswith(f"*Buying is frozen* by <@{MEERA}>.")
    assert said.thread_ts is None
