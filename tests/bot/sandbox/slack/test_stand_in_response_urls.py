"""Response URLs, with Slack's own webhook client."""

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.slack import SlackStandIn
from bot.sandbox.slack.example import ASHA, NUMBERS


@pytest.fixture
def url(slack: SlackStandIn, session: aiohttp.ClientSession) -> Callable[..., AsyncWebhookClient]:
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


async def test_an_answer_goes_to_the_person_alone_unless_told_otherwise(
    url: Callable[..., AsyncWebhookClient], slack: SlackStandIn
) -> None:
    answer = await url().send(text="only you")
    await url().send(text="everyone", response_type="in_channel")
    assert (answer.status_code, answer.body) == (200, "ok")
    assert [message.text for message in slack.ephemerals_for(ASHA)] == ["only you"]
    assert [message.text for message in slack.messages(NUMBERS)] == ["everyone"]


async def test_the_sixth_use_is_refused(url: Callable[..., AsyncWebhookClient]) -> None:
    one = url()
    for _ in range(5):
        assert (await one.send(text="x")).status_code == 200
    refused = await one.send(text="x")
    assert (refused.status_code, '"used_url"' in refused.body) == (404, True)


async def test_it_is_over_after_thirty_minutes(
    url: Callable[..., AsyncWebhookClient], advance: Callable[[float], None]
) -> None:
    one = url()
    advance(30 * 60 + 1)
    refused = await one.send(text="x")
    assert (refused.status_code, '"expired_url"' in refused.body) == (404, True)


async def test_a_refused_answer_does_not_count_as_a_use(url: Callable[..., AsyncWebhookClient]) -> None:
    one = url()
    refused = await one.send(text="")
    assert (refused.status_code, '"no_text"' in refused.body) == (400, True)
    assert [(await one.send(text="x")).status_code for _ in range(5)] == [200] * 5


async def test_an_invented_url_is_not_found(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    invented = AsyncWebhookClient(f"{slack.origin}/actions/T0/1/secret", session=session)
    assert (await invented.send(text="x")).status_code == 404


async def test_the_message_acted_on_is_replaced(
    url: Callable[..., AsyncWebhookClient], slack: SlackStandIn, card: str
) -> None:
    await url(card).send(text="replaced", replace_original=True)
    assert [message.text for message in slack.messages(NUMBERS)] == ["replaced"]


async def test_a_new_message_needs_replace_original_false(
    url: Callable[..., AsyncWebhookClient], slack: SlackStandIn, card: str
) -> None:
    await url(card).send(text="beside", replace_original=False)
    assert [message.text for message in slack.messages(NUMBERS)] == ["card"]
    assert [message.text for message in slack.ephemerals_for(ASHA)] == ["beside"]
    await url(card).send(text="said nothing about it")
    assert slack.message(NUMBERS, card).text == "said nothing about it"


async def test_the_message_acted_on_is_deleted(
    url: Callable[..., AsyncWebhookClient], slack: SlackStandIn, card: str
) -> None:
    await url(card).send(delete_original=True)
    assert slack.messages(NUMBERS) == []


async def test_an_answer_can_go_into_the_thread(
    url: Callable[..., AsyncWebhookClient], slack: SlackStandIn, card: str
) -> None:
    await url(card).send_dict(
        {"text": "in there", "thread_ts": card, "response_type": "in_channel", "replace_original": False}
    )
    assert [message.text for message in slack.thread(NUMBERS, card)] == ["in there"]


async def test_an_ephemeral_message_can_be_replaced_by_its_own_url(
    url: Callable[..., AsyncWebhookClient], slack: SlackStandIn, client: AsyncWebClient
) -> None:
    posted = await client.chat_postEphemeral(channel=NUMBERS, user=ASHA, text="old")
    await url(posted["message_ts"]).send(text="new", replace_original=True)
    assert [message.text for message in slack.ephemerals_for(ASHA)] == ["new"]


async def test_a_refusal_on_order_has_slacks_status(
    url: Callable[..., AsyncWebhookClient], slack: SlackStandIn
) -> None:
    slack.workspace.faults.refuse("response_url", "expired_url")
    assert (await url().send(text="x")).status_code == 404


async def test_faults_on_order_meet_answers_by_url_too(
    url: Callable[..., AsyncWebhookClient], slack: SlackStandIn
) -> None:
    slack.workspace.faults.lose_answer("response_url")
    with pytest.raises(aiohttp.ClientError):
        await url().send(text="lost")
    assert [message.text for message in slack.ephemerals_for(ASHA)] == ["lost"]
