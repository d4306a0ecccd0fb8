"""One call to Slack: what its failures mean for whoever waits for it, and how long Slack asked to wait."""

import asyncio

import aiohttp
import pytest
from pydantic import SecretStr

from bot.redaction import Redactor
from bot.sandbox.slack.example import ASHA, FINANCE, NUMBERS
from bot.services.ports import CannotEdit, MessageGone, NotDelivered, NotLetIn, Undeliverable
from handlers.calls import FIXED, GONE, NO_WAIT_GIVEN, NOT_LET_IN, PASSING, RedactingClient, SlackCalls
from handlers.outgoing import SlackMessenger
from handlers.views.answers import one_line_answer
from tests.handlers.desk import Desk, a_client
from tests.harness.builders import an_address

POST = "chat.postMessage"


async def post(desk: Desk, channel: str = NUMBERS) -> str:
    """Posts into a channel the way the messenger does; the `ts`."""
    answer = await desk.calls.run(POST, channel, lambda: desk.client.chat_postMessage(channel=channel, text="hello"))
    return str(answer["ts"])


async def test_an_answer_is_handed_on(desk: Desk) -> None:
    assert desk.slack.message(NUMBERS, await post(desk)).text == "hello"


@pytest.mark.parametrize("code", sorted(PASSING))
async def test_what_may_go_better_next_time_was_not_delivered(desk: Desk, code: str) -> None:
    desk.faults.refuse(POST, code)
    with pytest.raises(NotDelivered):
        await post(desk)


@pytest.mark.parametrize("code", sorted(NOT_LET_IN))
async def test_a_token_or_workspace_that_slack_refuses_is_no_last_word_on_what_was_sent(desk: Desk, code: str) -> None:
    desk.faults.refuse(POST, code)
    with pytest.raises(NotLetIn) as refused:
        await post(desk)
    assert (refused.value.reason, refused.value.may_have_arrived) == (code, False)


@pytest.mark.parametrize("code", sorted(GONE))
async def test_a_message_that_is_not_there_is_gone(desk: Desk, code: str) -> None:
    desk.faults.refuse(POST, code)
    with pytest.raises(MessageGone, match=code):
        await post(desk)


@pytest.mark.parametrize("code", sorted(FIXED))
async def test_a_message_that_slack_lets_nobody_edit_is_there_and_stays_as_it_is(desk: Desk, code: str) -> None:
    desk.faults.refuse(POST, code)
    with pytest.raises(CannotEdit, match=code):
        await post(desk)


@pytest.mark.parametrize("code", ["channel_not_found", "is_archived", "not_in_channel", "invalid_blocks", "unheard_of"])
async def test_any_other_refusal_can_only_fail_and_keeps_its_code(desk: Desk, code: str) -> None:
    desk.faults.refuse(POST, code)
    with pytest.raises(Undeliverable) as refused:
        await post(desk)
    assert refused.value.code == code


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", "application/json"])
@pytest.mark.parametrize("body", ["", "upstream connect error", "[]", '"busy"'])
@pytest.mark.parametrize("status", [200, 404, 500, 503])
async def test_a_foreign_answer_means_not_delivered(desk: Desk, status: int, content_type: str, body: str) -> None:
    desk.faults.break_with(POST, status, content_type=content_type, body=body)
    with pytest.raises(NotDelivered):
        await post(desk)


async def test_a_call_or_an_answer_that_is_lost_may_have_arrived_and_is_not_sent_again_by_itself(desk: Desk) -> None:
    for lose, messages in ((desk.faults.drop, 0), (desk.faults.lose_answer, 1)):
        lose(POST)
        with pytest.raises(NotDelivered) as lost:
            await post(desk)
        assert lost.value.may_have_arrived
        assert len(desk.slack.messages(NUMBERS)) == messages


async def test_a_call_without_an_answer_in_time_was_not_delivered(desk: Desk) -> None:
    released = desk.faults.hang(POST)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.05)) as impatient:
        client = a_client(desk.slack.api_url, impatient, desk.workspace.app.bot_token)
        with pytest.raises(NotDelivered):
            await desk.calls.run(POST, NUMBERS, lambda: client.chat_postMessage(channel=NUMBERS, text="hello"))
    released.set()


async def test_what_nobody_listens_to_cannot_have_arrived(desk: Desk) -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    client = a_client(f"http://127.0.0.1:{port}/api/", desk.session, "xoxb-1")
    with pytest.raises(NotDelivered) as unreached:
        await desk.calls.run("auth.test", "", client.auth_test)
    assert not unreached.value.may_have_arrived


async def the_wait(desk: Desk) -> float | None:
    """How long the next one has to wait."""
    with pytest.raises(NotDelivered) as limited:
        await post(desk)
    return limited.value.retry_after


async def test_slacks_wait_is_told_and_kept_to_without_asking_again_until_it_is_over(desk: Desk) -> None:
    desk.faults.limit(POST, retry_after=7)
    assert await the_wait(desk) == 7
    desk.clock.advance(5)
    assert await the_wait(desk) == 2
    assert len(desk.workspace.calls_of(POST)) == 1
    desk.clock.advance(2)
    assert desk.slack.message(NUMBERS, await post(desk)).text == "hello"


async def test_a_wait_for_one_channel_or_method_holds_up_no_other(desk: Desk) -> None:
    ts = await post(desk)
    desk.faults.limit(POST, channel=NUMBERS)
    with pytest.raises(NotDelivered):
        await post(desk, NUMBERS)
    assert desk.slack.message(FINANCE, await post(desk, FINANCE)).text == "hello"
    await desk.calls.run("chat.update", NUMBERS, lambda: desk.client.chat_update(channel=NUMBERS, ts=ts, text="better"))
    assert desk.slack.message(NUMBERS, ts).text == "better"


async def test_a_later_wait_takes_the_place_of_an_earlier_one(desk: Desk) -> None:
    desk.faults.limit(POST, retry_after=1)
    desk.faults.limit(POST, retry_after=60)
    assert await the_wait(desk) == 1
    desk.clock.advance(1)
    assert await the_wait(desk) == 60
    desk.clock.advance(59)
    assert await the_wait(desk) == 1


@pytest.mark.parametrize(
    ("named", "wait"),
    [("3600", 3600), ("3601", 3600), ("1e300", 3600), ("inf", 3600), ("-5", 0), ("nan", NO_WAIT_GIVEN), ("soon", 1)],
)
def test_a_wait_is_never_longer_than_an_hour_and_always_a_time(desk: Desk, named: str, wait: float) -> None:
    assert desk.calls.too_fast(POST, NUMBERS, {"Retry-After": named}).retry_after == wait


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", "application/json", None])
async def test_too_many_calls_without_a_wait_named_are_given_a_short_one(desk: Desk, content_type: str | None) -> None:
    if content_type is None:
        desk.faults.refuse(POST, "ratelimited")
    else:
        desk.faults.break_with(POST, 429, content_type=content_type, body="slow down")
    assert await the_wait(desk) == NO_WAIT_GIVEN


async def test_neither_what_slack_says_nor_what_is_said_there_repeats_a_secret(desk: Desk) -> None:
    redact = Redactor([SecretStr("let'me-in")])
    client = RedactingClient(token=desk.client.token, base_url=desk.slack.api_url, session=desk.session)
    client.redact = redact
    told = "KYC of let\\'me-in, let&#x27;me-in and xoxb-1-2"
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": told}}]
    answer = await client.chat_postMessage(channel=NUMBERS, text=told, blocks=blocks)
    message = desk.slack.message(NUMBERS, str(answer["ts"]))
    assert message.text == "KYC of [redacted], [redacted] and [redacted]"
    assert "me-in" not in str(message.blocks)
    calls = SlackCalls(desk.clock, redact)
    messenger = SlackMessenger(client, desk.session, calls)
    url = desk.workspace.response_urls.issue("commands", user=ASHA, channel=NUMBERS)
    to = an_address(ASHA, channel=NUMBERS, response_url=f"{desk.slack.origin}{url.path}")
    await messenger.answer(to, one_line_answer("it is let'me-in"))
    assert [said.text for said in desk.heard()] == ["it is [redacted]"]
    desk.faults.refuse(POST, "bad_token_let'me-in")
    with pytest.raises(Undeliverable, match=r"bad_token_\[redacted\]"):
        await calls.run(POST, NUMBERS, lambda: client.chat_postMessage(channel=NUMBERS, text="hello"))
