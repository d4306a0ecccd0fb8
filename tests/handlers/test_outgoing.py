"""What the bot says to Slack: where it goes, and what becomes of it when Slack does not take it."""

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.policy import Reason
from bot.sandbox.slack import Message, SlackStandIn
from bot.sandbox.slack.example import ASHA, BOARD, FINANCE, GENERAL, GONE, MEERA, NUMBERS, OLD, TARA
from bot.sandbox.slack.response_urls import LIFETIME, MOST_USES
from bot.services.acts import Address
from bot.services.letters import Words
from bot.services.ports import MessageGone, NotDelivered, Undeliverable
from handlers.calls import SlackCalls
from handlers.outgoing import SlackMessenger
from handlers.views.answers import FORM_NOT_OPENED
from handlers.views.forms import PickerState, picker
from tests.builders import FakeClock, a_request, a_shown, an_address

RESPONSE_URL = "response_url"


@pytest.fixture
def messenger(client: AsyncWebClient, session: aiohttp.ClientSession, calls: SlackCalls) -> SlackMessenger:
    return SlackMessenger(client, session, calls)


def an_address_of(slack: SlackStandIn, user: str = ASHA, channel: str | None = NUMBERS) -> Address:
    """With a `response_url` that Slack gave out just now."""
    url = slack.workspace.response_urls.issue("commands", user=user, channel=channel or NUMBERS)
    return an_address(user, channel=channel, response_url=f"{slack.origin}{url.path}")


def frozen(to: Address) -> Words:
    return Words(to=to, reason=Reason.FROZEN, evidence={})


def heard(slack: SlackStandIn, user: str = ASHA) -> list[Message]:
    """What this person alone hears: in channels, and in their conversation with the bot."""
    direct = slack.workspace.channels.direct(user)
    return [*slack.ephemerals_for(user), *slack.messages(direct.id)]


async def test_a_card_stands_in_its_channel_and_its_ts_is_known(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    ts = await messenger.post_card(NUMBERS, a_shown())
    assert "Approve buying" in slack.message(NUMBERS, ts).text


async def test_a_card_can_stand_in_a_public_channel_without_the_bot(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    ts = await messenger.post_card(GENERAL, a_shown())
    assert slack.message(GENERAL, ts).by_app


@pytest.mark.parametrize(("channel", "code"), [(BOARD, "channel_not_found"), (OLD, "is_archived")])
async def test_a_card_that_can_never_stand_says_why(messenger: SlackMessenger, channel: str, code: str) -> None:
    with pytest.raises(Undeliverable) as refused:
        await messenger.post_card(channel, a_shown())
    assert refused.value.code == code


async def test_an_answer_without_a_ts_is_no_card(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    slack.workspace.faults.break_with("chat.postMessage", 200, content_type="application/json", body='{"ok": true}')
    with pytest.raises(NotDelivered):
        await messenger.post_card(NUMBERS, a_shown())


async def test_a_card_is_rewritten_in_place(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    ts = await messenger.post_card(NUMBERS, a_shown())
    denied = a_request().denied(a_request().created_at)
    await messenger.rewrite_card(NUMBERS, ts, a_shown(denied))
    assert [message.text.splitlines()[0] for message in slack.messages(NUMBERS)] == ["Denied: +91 80 6900 0142"]


async def test_a_card_that_was_deleted_is_gone(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    ts = await messenger.post_card(NUMBERS, a_shown())
    slack.workspace.messages.remove(slack.message(NUMBERS, ts))
    with pytest.raises(MessageGone):
        await messenger.rewrite_card(NUMBERS, ts, a_shown())


async def test_a_reply_stands_in_the_thread(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    ts = await messenger.post_card(NUMBERS, a_shown())
    await messenger.reply(NUMBERS, ts, a_shown())
    assert [reply.thread_ts for reply in slack.thread(NUMBERS, ts)] == [ts]
    assert len(slack.messages(NUMBERS)) == 1


async def test_nothing_that_is_posted_unfolds_links(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    await messenger.post_card(NUMBERS, a_shown())
    [call] = slack.workspace.calls_of("chat.postMessage")
    assert not call.arguments["unfurl_links"]
    assert not call.arguments["unfurl_media"]


async def test_words_go_by_the_response_url_to_one_person_alone(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    await messenger.say(frozen(an_address_of(slack)))
    assert [message.channel for message in heard(slack)] == [NUMBERS]
    assert heard(slack, MEERA) == []
    assert slack.workspace.calls_of("chat.postEphemeral") == []


async def test_words_about_a_click_leave_the_clicked_message_as_it_is(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    ts = await messenger.post_card(NUMBERS, a_shown())
    before = slack.message(NUMBERS, ts)
    url = slack.workspace.response_urls.issue("actions", user=ASHA, channel=NUMBERS, message_ts=ts)
    await messenger.say(frozen(an_address(ASHA, channel=NUMBERS, response_url=f"{slack.origin}{url.path}")))
    assert slack.message(NUMBERS, ts) == before
    assert len(heard(slack)) == 1


async def test_when_the_response_url_has_died_words_go_to_the_person_in_the_channel(
    slack: SlackStandIn, messenger: SlackMessenger, clock: FakeClock
) -> None:
    to = an_address_of(slack)
    clock.advance(LIFETIME + 1)
    await messenger.say(frozen(to))
    assert [message.channel for message in heard(slack)] == [NUMBERS]
    assert len(slack.workspace.calls_of("chat.postEphemeral")) == 1


async def test_when_the_response_url_is_used_up_words_go_to_the_person_in_the_channel(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    to = an_address_of(slack)
    for _ in range(MOST_USES + 1):
        await messenger.say(frozen(to))
    assert len(heard(slack)) == MOST_USES + 1
    assert len(slack.workspace.calls_of("chat.postEphemeral")) == 1


async def test_without_a_response_url_words_go_to_the_person_in_the_channel(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    await messenger.say(frozen(an_address(ASHA, channel=FINANCE)))
    assert [(message.channel, message.only_for) for message in heard(slack)] == [(FINANCE, ASHA)]


@pytest.mark.parametrize("channel", [GENERAL, BOARD, OLD, "C0UNKNOWN"])
async def test_where_the_bot_cannot_whisper_words_come_as_a_direct_message(
    slack: SlackStandIn, messenger: SlackMessenger, channel: str
) -> None:
    await messenger.say(frozen(an_address(ASHA, channel=channel)))
    assert [message.channel for message in heard(slack)] == [slack.workspace.channels.direct(ASHA).id]


async def test_to_somebody_who_is_not_in_the_channel_words_come_as_a_direct_message(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    await messenger.say(frozen(an_address(TARA, channel=FINANCE)))
    assert [message.channel for message in heard(slack, TARA)] == [slack.workspace.channels.direct(TARA).id]


async def test_without_any_place_words_come_as_a_direct_message(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    await messenger.say(frozen(an_address(ASHA, channel=None)))
    assert [message.channel for message in heard(slack)] == [slack.workspace.channels.direct(ASHA).id]


async def test_words_to_somebody_who_cannot_be_reached_at_all_can_only_fail(messenger: SlackMessenger) -> None:
    with pytest.raises(Undeliverable):
        await messenger.say(frozen(an_address(GONE, channel=None)))


async def test_a_wait_asked_for_by_the_response_url_is_told_and_kept_to(
    slack: SlackStandIn, messenger: SlackMessenger, clock: FakeClock
) -> None:
    to = an_address_of(slack)
    slack.workspace.faults.limit(RESPONSE_URL, retry_after=9)
    with pytest.raises(NotDelivered) as limited:
        await messenger.say(frozen(to))
    assert limited.value.retry_after == 9
    clock.advance(4)
    with pytest.raises(NotDelivered) as still_limited:
        await messenger.say(frozen(to))
    assert still_limited.value.retry_after == 5
    clock.advance(5)
    await messenger.say(frozen(to))
    assert len(heard(slack)) == 1


@pytest.mark.parametrize("status", [500, 503])
async def test_a_response_url_that_fails_for_now_is_tried_again_later_and_nowhere_else(
    slack: SlackStandIn, messenger: SlackMessenger, status: int
) -> None:
    slack.workspace.faults.break_with(RESPONSE_URL, status)
    with pytest.raises(NotDelivered):
        await messenger.say(frozen(an_address_of(slack)))
    assert heard(slack) == []


async def test_a_response_url_that_nobody_answers_is_tried_again_later(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    slack.workspace.faults.drop(RESPONSE_URL)
    with pytest.raises(NotDelivered):
        await messenger.say(frozen(an_address_of(slack)))


async def test_a_whisper_that_fails_for_now_is_not_turned_into_a_direct_message(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    slack.workspace.faults.limit("chat.postEphemeral", retry_after=3)
    with pytest.raises(NotDelivered) as limited:
        await messenger.say(frozen(an_address(ASHA, channel=NUMBERS)))
    assert limited.value.retry_after == 3
    assert heard(slack) == []


async def test_a_list_goes_to_whoever_asked_alone(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    await messenger.list_requests(an_address_of(slack), [a_shown()], None)
    assert ["Your requests" in message.text for message in heard(slack)] == [True]
    assert slack.messages(NUMBERS) == []


async def test_a_home_is_published_for_its_owner_alone(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    await messenger.show_home(MEERA, [], [a_shown()])
    assert slack.home(MEERA) is not None
    assert slack.home(ASHA) is None


async def test_a_home_that_cannot_be_published_can_only_fail(messenger: SlackMessenger) -> None:
    with pytest.raises(Undeliverable):
        await messenger.show_home(GONE, [], None)


FORM = picker(PickerState(channel=NUMBERS, country="IN"))


async def test_a_form_opens_in_front_of_whoever_asked(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    await messenger.open_form(slack.workspace.triggers.issue(ASHA), FORM, an_address_of(slack))
    assert slack.modal(ASHA) is not None
    assert heard(slack) == []


async def test_a_form_that_comes_too_late_is_replaced_by_words(
    slack: SlackStandIn, messenger: SlackMessenger, clock: FakeClock
) -> None:
    trigger = slack.workspace.triggers.issue(ASHA)
    clock.advance(4)
    await messenger.open_form(trigger, FORM, an_address_of(slack))
    assert [message.text for message in heard(slack)] == [FORM_NOT_OPENED]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_form_slack_has_no_time_for_is_replaced_by_words(
    slack: SlackStandIn, messenger: SlackMessenger, status: int
) -> None:
    slack.workspace.faults.break_with("views.open", status)
    await messenger.open_form(slack.workspace.triggers.issue(ASHA), FORM, an_address_of(slack))
    assert [message.text for message in heard(slack)] == [FORM_NOT_OPENED]


async def test_a_form_that_was_opened_before_needs_no_words(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    trigger = slack.workspace.triggers.issue(ASHA)
    await messenger.open_form(trigger, FORM, an_address_of(slack))
    await messenger.open_form(trigger, FORM, an_address_of(slack))
    assert heard(slack) == []


async def test_while_slack_is_away_neither_form_nor_words_come_and_nothing_is_raised(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    await slack.go_away()
    await messenger.open_form(slack.workspace.triggers.issue(ASHA), FORM, an_address_of(slack))
    slack.come_back()
    assert heard(slack) == []


async def test_a_form_is_rewritten_while_it_is_what_was_seen(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    await messenger.open_form(slack.workspace.triggers.issue(ASHA), FORM, an_address_of(slack))
    view = slack.modal(ASHA)
    assert view is not None
    changed = picker(PickerState(channel=NUMBERS, country="US"))
    assert await messenger.rewrite_form(view.id, view.hash, changed)
    assert not await messenger.rewrite_form(view.id, view.hash, FORM)
    shown = slack.modal(ASHA)
    assert shown is not None
    assert shown.definition["private_metadata"] == changed["private_metadata"]


async def test_a_form_that_is_closed_by_now_is_left_alone(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    assert await messenger.rewrite_form("V0CLOSED1", None, FORM)
    assert slack.modal(ASHA) is None


async def test_a_response_url_stands_in_no_log_line(
    slack: SlackStandIn, messenger: SlackMessenger, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    to = an_address_of(slack)
    assert to.response_url is not None
    slack.workspace.faults.break_with("views.open", 503)
    slack.workspace.faults.break_with(RESPONSE_URL, 503)
    await messenger.open_form("1.2.3", FORM, to)
    logged = caplog.text + "".join(capsys.readouterr())
    assert "form not opened" in logged
    assert to.response_url.get_secret_value() not in logged
    assert slack.workspace.app.bot_token not in logged
