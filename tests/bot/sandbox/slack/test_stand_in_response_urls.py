"""Response URLs, with Slack's own webhook client."""

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.slack import SlackStandIn
from bot.sandbox.slack.example import ASHA, NUMBERS
from tests.bot.sandbox.slack.conftest import words_of
from tests.harness.clock import FakeClock

Url = Callable[..., AsyncWebhookClient]


@pytest.fixture
def url(slack: SlackStandIn, session: aiohttp.ClientSession) -> Url:
    """A response URL of a command, or of a click on the message given."""

    def issue(message_ts: str | None = None) -> AsyncWebhookClient:
        kind: Any = "commands" if message_ts is None else "actions"
        issued = slack.workspace.response_urls.issue(kind, user=ASHA, channel=NUMBERS, message_ts=message_ts)
        return AsyncWebhookClient(slack.origin + issued.path, session=session, retry_handlers=[])

    return issue


@pytest.fixture
async def card(client: AsyncWebClient) -> str:
    ts: str = (await client.chat_postMessage(channel=NUMBERS, text="card"))["ts"]
    return ts


async def test_an_answer_goes_to_the_person_alone_unless_told_otherwise(url: Url, slack: SlackStandIn) -> None:
    answer = await url().send(text="only you")
    await url().send(text="everyone", response_type="in_channel")
    assert (answer.status_code, answer.body) == (200, "ok")
    assert words_of(slack.ephemerals_for(ASHA)) == ["only you"]
    assert words_of(slack.messages(NUMBERS)) == ["everyone"]


async def test_the_sixth_use_is_refused_and_what_was_refused_is_none(url: Url) -> None:
    one = url()
    refused = await one.send(text="")
    assert (refused.status_code, '"no_text"' in refused.body) == (400, True)
    assert [(await one.send(text="x")).status_code for _ in range(5)] == [200] * 5
    refused = await one.send(text="x")
    assert (refused.status_code, '"used_url"' in refused.body) == (404, True)


async def test_it_is_over_after_thirty_minutes_and_an_invented_one_is_not_found(
    url: Url, slack: SlackStandIn, session: aiohttp.ClientSession, clock: FakeClock
) -> None:
    one, invented = url(), AsyncWebhookClient(f"{slack.origin}/actions/T0/1/secret", session=session)
    assert (await invented.send(text="x")).status_code == 404
    clock.advance(30 * 60 + 1)
    refused = await one.send(text="x")
    assert (refused.status_code, '"expired_url"' in refused.body) == (404, True)


@pytest.mark.parametrize(
    ("body", "in_channel", "to_the_person"),
    [
        pytest.param({"text": "new", "replace_original": True}, ["new"], [], id="replaced"),
        pytest.param({"text": "new"}, ["new"], [], id="replaced when nothing is said about it"),
        pytest.param({"text": "new", "replace_original": False}, ["card"], ["new"], id="left, with an answer beside"),
        pytest.param({"delete_original": True}, [], [], id="deleted"),
    ],
)
async def test_what_becomes_of_the_message_acted_on(
    url: Url, slack: SlackStandIn, card: str, body: dict[str, Any], in_channel: list[str], to_the_person: list[str]
) -> None:
    await url(card).send_dict(body)
    assert words_of(slack.messages(NUMBERS)) == in_channel
    assert words_of(slack.ephemerals_for(ASHA)) == to_the_person


async def test_an_answer_can_go_into_the_thread(url: Url, slack: SlackStandIn, card: str) -> None:
    where = {"thread_ts": card, "response_type": "in_channel", "replace_original": False}
    await url(card).send_dict({"text": "in there", **where})
    assert words_of(slack.thread(NUMBERS, card)) == ["in there"]


async def test_an_ephemeral_message_is_replaced_by_a_url(url: Url, slack: SlackStandIn, client: AsyncWebClient) -> None:
    posted = await client.chat_postEphemeral(channel=NUMBERS, user=ASHA, text="old")
    await url(posted["message_ts"]).send(text="new", replace_original=True)
    assert words_of(slack.ephemerals_for(ASHA)) == ["new"]


async def test_faults_on_order_meet_answers_by_url_too(url: Url, slack: SlackStandIn) -> None:
    slack.workspace.faults.refuse("response_url", "expired_url")
    assert (await url().send(text="x")).status_code == 404
    slack.workspace.faults.lose_answer("response_url")
    with pytest.raises(aiohttp.ClientError):
        await url().send(text="lost")
    assert words_of(slack.ephemerals_for(ASHA)) == ["lost"]
